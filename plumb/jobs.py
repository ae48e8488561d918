"""Long work that reports progress: a generator that yields `Progress` and returns its result."""

from __future__ import annotations

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


class Steps(Generic[Result]):
    """A job that is advanced step by step.

    Attributes:
        progress: what the job said last; None when it has ended
        result: what it returned, once it has ended
    """

    def __init__(self, job: Job[Result]):
        self._job = job
        self.progress: Progress | None = None
        self.result: Result | None = None

    def advance(self, patience: float = 0.5) -> None:
        """Run until the job reports progress after at least `patience` seconds (the first time: at all), or ends."""
        until = time.monotonic() + (patience if self.progress else 0)
        try:
            self.progress = next(self._job)
            while time.monotonic() < until:
                self.progress = next(self._job)
        except StopIteration as stop:
            self.progress, self.result = None, stop.value


def finish(job: Job[Result]) -> Result:
    """Run a job to its end without reporting."""
    steps = Steps(job)
    steps.advance(patience=float("inf"))
    while steps.progress is not None:
        steps.advance(patience=float("inf"))
    return steps.result
