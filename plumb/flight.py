"""Batches in flight: begun, waited for, divided where they fail, and cancelled from whatever thread."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from plumb.batch_size import BatchSize
from plumb.device_errors import device_lost, free_memory, one_line, out_of_memory
from plumb.models.base import DepthModel, Prediction, Running, StopRun

Task = TypeVar("Task")
Other = TypeVar("Other")


@dataclass(frozen=True)
class LoadedImage(Generic[Task]):
    """A picture in memory.

    Attributes:
        task: what it is of
        prepared: what the model made of it, see `DepthModel.prepare`
        size: (height, width)
    """

    task: Task
    prepared: Any
    size: tuple[int, int]


Batch = list[LoadedImage[Task]]


@dataclass(frozen=True)
class _Broken:
    """A batch that could not even be started."""

    error: Exception

    def result(self) -> list[Prediction]:
        raise self.error

    def cancel(self) -> None:
        """Nothing is left to stop."""


class Flight(Generic[Task]):
    """Batches on a model, `model.in_flight` of them at a time.

    Attributes:
        batch_size: learns from every batch
        cancelled: whether nothing more is begun or given
    """

    def __init__(self, model: DepthModel, batch_size: BatchSize):
        self.model, self.batch_size = model, batch_size
        self.cancelled = False
        self._begun: deque[tuple[Batch, Running]] = deque()
        self._lock = threading.Lock()
        self._unfinished: dict[int, Running] = {}  # those begun, and the one that is waited for

    def predict(self, batches: Iterable[Batch | Other]) -> Iterator[tuple[Task, Prediction | str] | Other]:
        """A prediction for every image, or why there is none.

        Args:
            batches: lists of images of one size; a `StopRun` among them is raised, anything else is handed on

        Raises:
            StopRun: if no other image would fare better; first comes what is in flight by then, it may be paid for
        """
        try:
            for batch in batches:
                if self.cancelled:
                    return
                if isinstance(batch, StopRun):
                    raise batch
                if not isinstance(batch, list):
                    yield batch
                    continue
                self._begun.append((batch, self._start(batch)))
                if len(self._begun) >= self.model.in_flight:
                    yield from self._finish(*self._begun.popleft())
            yield from self._finish_all()
        except StopRun:
            while self._begun:
                try:
                    yield from self._finish_all()
                except StopRun:
                    continue
            raise
        finally:
            self.cancel()

    def cancel(self) -> None:
        """Stop what is under way, and begin nothing more. From any thread; whoever waits for a batch stops soon."""
        with self._lock:
            self.cancelled = True
            unfinished, self._unfinished = self._unfinished, {}
        for running in unfinished.values():
            running.cancel()

    def _start(self, batch: Batch) -> Running:
        try:
            running = self.model.start([image.prepared for image in batch])
        except Exception as error:
            # Without its traceback, which would keep alive all that the network had computed until then.
            return _Broken(error.with_traceback(None))
        with self._lock:
            if not self.cancelled:
                self._unfinished[id(running)] = running
                return running
        running.cancel()
        return running

    def _finish_all(self) -> Iterator[tuple[Task, Prediction | str]]:
        while self._begun:
            yield from self._finish(*self._begun.popleft())

    def _finish(self, batch: Batch, running: Running, again: bool = True) -> Iterator[tuple[Task, Prediction | str]]:
        """Args: again: whether an image that lacks memory is tried again when nothing else is in flight."""
        failure = None
        try:
            predictions = running.result()
            self._check(predictions, batch)
        except StopRun:
            raise
        except Exception as error:  # whatever a network raises: the run must go on
            failure = error.with_traceback(None)
        finally:
            with self._lock:
                self._unfinished.pop(id(running), None)
        del running
        if self.cancelled:
            return
        if failure is not None:
            yield from self._again(batch, failure, again)
            return
        self.batch_size.ran(len(batch), _pixels(batch))
        for image, prediction in zip(batch, predictions, strict=True):
            yield image.task, prediction

    def _again(self, batch: Batch, failure: Exception, again: bool) -> Iterator[tuple[Task, Prediction | str]]:
        """Divide a batch: by two where memory ran out, else one by one, for one picture may have spoilt it."""
        if lost := device_lost(failure):
            raise lost
        part = 1
        if out_of_memory(failure):
            part = (len(batch) + 1) // 2
            self.batch_size.out_of_memory(len(batch), _pixels(batch))
            if len(batch) == 1 and again and self.model.in_flight > 1:
                yield from self._finish_all()
                free_memory()
                if not self.cancelled:
                    yield from self._finish(batch, self._start(batch), again=False)
                return
            free_memory()
        if len(batch) == 1:
            yield batch[0].task, one_line(failure)
            return
        for first in range(0, len(batch), part):
            if self.cancelled:
                return
            smaller = batch[first : first + part]
            yield from self._finish(smaller, self._start(smaller))

    def _check(self, predictions: list[Prediction], batch: Batch) -> None:
        found, expected = [p.depth.values.shape for p in predictions], [image.size for image in batch]
        if found != expected:
            raise ValueError(f"{self.model.name} gave maps of shapes {found} for images of shapes {expected}")


def _pixels(batch: Batch) -> int:
    """Of each of its images."""
    height, width = batch[0].size
    return height * width
