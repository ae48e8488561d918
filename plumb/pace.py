"""How fast a job goes, from what it reports."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from plumb.jobs import Progress

_SECONDS = 20.0
_CHANGES = 4


@dataclass(frozen=True)
class _Point:
    """So much was done at that moment."""

    at: float
    done: int


class Pace:
    """Units a second over the last twenty seconds, or over the last four changes where those took longer.

    The time before the first unit is done does not count: a model is loaded, compiled and warmed up. What a stopped run
    had done already, and is reported at once at the beginning, does not count for long.

    Args:
        now: the clock, in seconds
    """

    def __init__(self, now: Callable[[], float] = time.monotonic):
        self._now = now
        self._total: int | None = None
        self._points: deque[_Point] = deque()

    def add(self, progress: Progress) -> None:
        """Note what the job reports, at once."""
        point = _Point(self._now(), progress.done)
        if progress.total != self._total or (self._points and point.done < self._points[-1].done):
            self._points.clear()  # another stage
            self._total = progress.total
        if point.done and (not self._points or point.done > self._points[-1].done):
            self._points.append(point)
        while len(self._points) > _CHANGES + 1 and self._points[1].at < point.at - _SECONDS:
            self._points.popleft()

    @property
    def speed(self) -> float | None:
        """Units a second; None while nothing is known. It falls while the job halts for longer than it usually does."""
        if len(self._points) < 2:
            return None
        first, last, changes = self._points[0], self._points[-1], len(self._points) - 1
        seconds = last.at - first.at
        if self._now() - last.at > 2 * seconds / changes:
            seconds = self._now() - first.at
        return (last.done - first.done) / seconds if seconds > 0 else None
