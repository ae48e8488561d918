"""Long work that reports progress: a generator that yields `Progress` and returns its result."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Generic, TypeVar

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


def finish(job: Job[Result]) -> Result:
    """Run a job to its end without reporting."""
    steps = Steps(job)
    steps.advance(patience=float("inf"))
    while steps.progress is not None:
        steps.advance(patience=float("inf"))
    return steps.result
