"""Long work that reports progress: a generator that yields `Progress` and returns its result."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeVar

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


def finish(job: Job[Result]) -> Result:
    """Run a job to its end without reporting."""
    while True:
        try:
            next(job)
        except StopIteration as stop:
            return stop.value
