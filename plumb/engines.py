"""Where a prediction runs: in this process, or in Ray actors, one for each GPU of a machine or a cluster.

Only this process talks to the database. An actor gets a chunk of `ImageTask`s, runs `plumb.inference.predict_files`
over it, writes the maps to the folder that all machines share, and answers with what they are called.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from plumb.batch_size import BatchSize
from plumb.device_errors import DeviceLost
from plumb.inference import Failed, ImageTask, Outcome, Predicted, predict_files
from plumb.models import DepthModel
from plumb.ray_cluster import EngineError, cluster, places, ray_missing, why

__all__ = ["ENGINES", "EngineError", "RayActors", "ray_missing"]

ENGINES = ("local", "ray")

_CORES = 4  # of a CPU actor: more of them make one network little faster, and every actor holds the whole network
_SECONDS = 3.0  # of work in a chunk: long beside what begins and ends it, short beside what anyone waits for
_LARGEST = 1024  # images a chunk, however fast they are
_DEATHS = 5  # actors that may die for one that answers, in a row
_TICK = 1.0  # seconds after which whoever waits for the actors is asked whether to go on
_LOOK = 60.0  # seconds without an answer after which the cluster is looked at

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Loaded:
    """What an actor says of the model that it has loaded."""

    details: dict[str, Any]
    batch_size: int
    largest_batch: int


class _Predictor:
    """The actor."""

    def load(self, load: Callable[[], DepthModel]) -> _Loaded:
        self._model = model = load()
        self._batch_size: BatchSize | None = None  # kept from chunk to chunk, for it learns
        return _Loaded(model.details(), model.batch_size, model.largest_batch)

    def predict(self, tasks: list[ImageTask], first: int, largest: int) -> tuple[list[Outcome], Exception | None]:
        """What became of the tasks, and what ended the run before all of them were done."""
        self._batch_size = self._batch_size or BatchSize(first, largest)
        outcomes: list[Outcome] = []
        try:
            for outcome in predict_files(tasks, self._model, self._batch_size):
                outcomes.append(outcome)
        except DeviceLost as error:  # in this process only: another actor finds the maps, and goes on behind them
            print(error, file=sys.stderr, flush=True)
            os._exit(1)
        except Exception as error:
            return outcomes, error
        return outcomes, None


@dataclass(frozen=True)
class _Chunk:
    """Images that an actor gets at once, and how many actors have died over them."""

    tasks: list[ImageTask]
    deaths: int = 0


@dataclass
class _Actor:
    """One that runs, or waits to be placed; `chunk` is what it works on since `since`, None while it loads or idles."""

    handle: Any
    chunk: _Chunk | None = None
    since: float = 0.0


class RayActors:
    """Actors with a model, for the time of a ``with`` block: `load`, then `predict`. Its end ends them at once.

    They run on the cluster that this process is connected to, else on that of `RAY_ADDRESS`, else on a local one
    that is started and ended with the block. One takes a GPU each, or without GPUs `cores` cores; the first one is
    started at once, others when there is work for them. Each that dies is replaced, and its chunk goes to another.

    Args:
        load: makes the model, in each actor; what Ray can pickle, such as a `functools.partial` of `load_network`
        cores: of an actor, where the cluster has no GPU

    Attributes:
        details: what the loaded model says of itself, see `plumb.models.DepthModel.details`

    Raises:
        EngineError: on entering, if Ray is missing or its cluster out of reach
    """

    def __init__(self, load: Callable[[], DepthModel], cores: int = _CORES):
        self._loader, self._cores = load, cores
        self._waiting: deque[_Chunk] = deque()
        self._busy: dict[Any, _Actor] = {}  # by the answer that they owe
        self._idle: list[_Actor] = []
        self._deaths = 0
        self._answered = time.monotonic()

    def __enter__(self) -> RayActors:
        with ExitStack() as stack:
            environment = stack.enter_context(cluster())
            stack.callback(self._kill)
            needs, self._most = places(self._cores)
            self._options = {**needs, "runtime_env": environment, "max_restarts": 0}
            self._start()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def load(self) -> Iterator[None]:
        """Wait until an actor has loaded the model; None about once a second meanwhile, as long as that may take.

        Raises:
            ModelError: if the model cannot be loaded
            EngineError: if Ray cannot bring Plumb to its actors, or they die one after the other
        """
        while not self._idle:
            if not self._busy:
                self._start()
            self._settle()
            yield None

    def predict(self, tasks: Iterable[ImageTask], batch_size: int | None = None) -> Iterator[Outcome | None]:
        """`plumb.inference.predict_files` in the actors: the same maps, in the order in which they are finished.

        None comes about once a second while there is no outcome. Maps are whole or not there, however this ends.

        Args:
            tasks: taken as they are needed; sorted by image size they fill batches best
            batch_size: images a batch; None lets each actor find out

        Raises:
            StopRun, OSError: as `predict_files` does
            ModelError: if another actor cannot load the model
            EngineError: if actors die one after the other
        """
        yield from self.load()
        first, self._batch = (batch_size or self._loaded.batch_size), (batch_size or self._loaded.largest_batch)
        # An actor that looks for the best size of a batch needs several batches to tell.
        self._size = 4 * self._batch if self._batch > first else first
        self._first, tasks = first, iter(tasks)
        outcomes: list[Outcome] = []
        error = None
        while True:
            if error is None:
                self._hand_out(tasks)  # first: no actor has to wait until the caller has dealt with the outcomes
            yield from outcomes
            if error is not None:
                raise error
            if not self._waiting and not any(actor.chunk for actor in self._busy.values()):
                return
            outcomes, error = self._settle()
            if not outcomes and error is None:
                yield None

    @property
    def details(self) -> dict[str, Any]:
        return self._loaded.details

    def _start(self) -> None:
        import ray

        handle = ray.remote(_Predictor).options(**self._options).remote()
        self._busy[handle.load.remote(self._loader)] = _Actor(handle)

    def _hand_out(self, tasks: Iterator[ImageTask]) -> None:
        while len(self._waiting) < self._most and (cut := list(islice(tasks, self._size))):
            self._waiting.append(_Chunk(cut))
        while self._idle and self._waiting:
            actor = self._idle.pop()
            actor.chunk, actor.since = self._waiting.popleft(), time.monotonic()
            self._busy[actor.handle.predict.remote(actor.chunk.tasks, self._first, self._batch)] = actor
        loading = sum(actor.chunk is None for actor in self._busy.values())
        for _ in range(min(len(self._waiting) - loading, self._most - len(self._busy))):
            self._start()

    def _settle(self) -> tuple[list[Outcome], Exception | None]:
        """Wait a moment for the next answer: outcomes, and what ends the run."""
        import ray

        done, _ = ray.wait(list(self._busy), timeout=_TICK)
        if not done:
            if time.monotonic() > self._answered + _LOOK:
                self._look()
            return [], None
        self._answered = time.monotonic()
        actor = self._busy.pop(done[0])
        try:
            answer = ray.get(done[0])
        except ray.exceptions.RayTaskError as error:
            raise error.cause if isinstance(error.cause, Exception) else EngineError(why(error)) from None
        except ray.exceptions.RuntimeEnvSetupError as error:
            raise EngineError(f"Ray cannot bring Plumb to its actors: {why(error)}") from None
        except ray.exceptions.RayError as error:  # the actor died, or its node, or the way to it
            return self._bury(actor, why(error)), None
        self._idle.append(actor)
        if isinstance(answer, _Loaded):
            self._loaded = answer
            return [], None
        outcomes, ending = answer
        if actor.chunk.deaths:
            # The maps that it found are those of an actor that died before it could say so.
            outcomes = [replace(o, found=False) if isinstance(o, Predicted) else o for o in outcomes]
        else:
            self._measure(outcomes, time.monotonic() - actor.since)
        actor.chunk, self._deaths = None, 0
        return outcomes, ending

    def _look(self) -> None:
        """Nothing was heard for long: is there still somebody?"""
        import ray

        self._answered = time.monotonic()
        if not any(node["Alive"] for node in ray.nodes()):
            raise EngineError("the Ray cluster has died; start the run again, it goes on where it was")
        if all(actor.chunk is None for actor in self._busy.values()):
            _log.warning("waiting for Ray to place an actor (%s) and for it to load the model", self._options)

    def _measure(self, outcomes: list[Outcome], seconds: float) -> None:
        """Cut chunks of `_SECONDS` from now on, of whole batches, and at most twice as large as they were."""
        predicted = sum(isinstance(outcome, Predicted) and not outcome.found for outcome in outcomes)
        if predicted:
            size = min(int(predicted / seconds * _SECONDS), 2 * self._size, _LARGEST)
            self._size = max(size - size % self._batch, self._batch)

    def _bury(self, actor: _Actor, why: str) -> list[Failed]:
        """An actor is lost: its chunk waits for another one. What kills two in a row is halved, down to one image."""
        import ray

        with suppress(Exception):  # where only the way to it was lost
            ray.kill(actor.handle)
        self._deaths += 1
        if self._deaths > _DEATHS * self._most:
            raise EngineError(f"{self._deaths} Ray actors in a row died, the last one: {why}")
        chunk = actor.chunk
        if chunk is None:
            return []
        if not chunk.deaths:
            parts = [replace(chunk, deaths=1)]
        elif len(chunk.tasks) > 1:
            half = len(chunk.tasks) // 2
            parts = [_Chunk(part, 1) for part in (chunk.tasks[:half], chunk.tasks[half:])]
        else:
            [task] = chunk.tasks
            return [Failed(task, f"{task.image}: the actors that predicted it died; {why}")]
        self._waiting.extend(parts)
        return []

    def _kill(self) -> None:
        import ray

        for actor in (*self._busy.values(), *self._idle):
            with suppress(Exception):  # it may be dead, and so may its cluster
                ray.kill(actor.handle)
