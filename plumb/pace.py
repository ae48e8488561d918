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


@dataclass(frozen=True)
class Stretch:
    """The time over which a speed is measured: from one change to a later one.

    Attributes:
        units: done in it
        seconds: how long it was
        changes: how often units were reported in it, the first change left out
    """

    units: int
    seconds: float
    changes: int

    def speed(self, silent: float) -> float | None:
        """Units a second when nothing more was done for so many seconds since then.

        It falls while the job halts for longer than it usually does. After a halt as long as the stretch, and of twenty
        seconds at least, it is not known any more: there is no telling when the job goes on.
        """
        if self.seconds <= 0 or silent > max(_SECONDS, self.seconds):
            return None
        halts = silent > 2 * self.seconds / self.changes
        return self.units / (self.seconds + silent if halts else self.seconds)


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
    def stretch(self) -> Stretch | None:
        """What is measured, up to the last change; None while nothing is."""
        if len(self._points) < 2:
            return None
        first, last = self._points[0], self._points[-1]
        return Stretch(last.done - first.done, last.at - first.at, len(self._points) - 1)

    @property
    def speed(self) -> float | None:
        """Units a second now, see :meth:`Stretch.speed`; None while nothing is known."""
        stretch = self.stretch
        return stretch.speed(self._now() - self._points[-1].at) if stretch else None
