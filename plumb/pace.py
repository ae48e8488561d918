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

    So the loading of a model, before the first unit, and what a stopped run had done already, all at once at the
    beginning, do not count for long; nor does the first batch, which compiles and warms up.

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
        if not point.done and self._points:
            self._points[0] = point  # nothing was done until now: it has not begun yet
        elif not self._points or point.done > self._points[-1].done:
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
