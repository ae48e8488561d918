"""Long work that reports progress: a generator that yields `Progress` and returns its result."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Generic, TypeVar

from plumb.parallel import ticking

Result = TypeVar("Result")


@dataclass(frozen=True)
class Progress:
    """How far a job has come: `done` of `total` units, and a line for people."""

    done: int
    total: int
    label: str

    @property
    def fraction(self) -> float:
        return self.done / self.total if self.total else 1.0


Job = Generator[Progress, None, Result]


class Stopped(RuntimeError):
    """A job was stopped before its end."""


class Steps(Generic[Result]):
    """A job that is advanced step by step, and may be closed from another thread meanwhile.

    Attributes:
        progress: what the job said last; None when it has ended
        result: what it returned, once it has ended
    """

    def __init__(self, job: Job[Result]):
        self._job = job
        self._busy = threading.Lock()  # a generator that runs in one thread cannot be closed by another
        self._closed = False
        self.progress: Progress | None = None
        self.result: Result | None = None

    def advance(self, patience: float = 0.5) -> None:
        """Run until the job reports progress after at least `patience` seconds (the first time: at all), or ends.

        Raises:
            Stopped: if the job was closed before its end
        """
        until = time.monotonic() + (patience if self.progress else 0)
        with self._busy:
            if self._closed:
                raise Stopped("stopped before its end")
            try:
                self.progress = next(self._job)
                while time.monotonic() < until and not self._closed:
                    self.progress = next(self._job)
            except StopIteration as stop:
                self.progress, self.result = None, stop.value

    def close(self) -> None:
        """End the job where it is, as soon as it reports progress if it runs: its files and claims are released."""
        self._closed = True
        with self._busy:
            self._job.close()


def awaited(function: Callable[[], Result], progress: Progress, every: float = 1.0) -> Job[Result]:
    """Call `function`, which takes long, in a thread; report the same progress every so many seconds meanwhile.

    A job that is closed meanwhile ends at once. The function cannot be stopped: it goes on, and its result is dropped.
    """

    def call() -> Generator[tuple[Result], None, None]:
        yield (function(),)

    with closing(ticking(call(), every)) as results:
        while (result := next(results)) is None:
            yield progress
    return result[0]


def finish(job: Job[Result]) -> Result:
    """Run a job to its end without reporting; where it is interrupted, by Ctrl-C too, it lets go of all."""
    steps = Steps(job)
    try:
        steps.advance(patience=float("inf"))
        while steps.progress is not None:
            steps.advance(patience=float("inf"))
    finally:
        steps.close()
    return steps.result
