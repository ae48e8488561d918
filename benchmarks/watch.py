"""What a process does while it works: its memory, and where its main thread spends the time."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from types import TracebackType

import psutil


class Watch:
    """Looks at the main thread every few milliseconds, for the time of a ``with`` block.

    Args:
        places: by name, the folders or files of code that make up a place
        interval: seconds from look to look

    Attributes:
        seconds: how long the block took
        shares: by place, part of the looks at which the main thread was in its code or in what that had called
        before_mb, peak_mb: resident memory when the block began, and at most within it
    """

    def __init__(self, places: dict[str, tuple[str, ...]], interval: float = 0.02) -> None:
        self._places = places
        self._interval = interval
        self._process = psutil.Process()
        self._done = threading.Event()
        self._looks, self._seen = 0, Counter(dict.fromkeys(places, 0))
        self.seconds, self.shares = 0.0, dict.fromkeys(places, 0.0)
        self.before_mb = self.peak_mb = self._resident_mb()

    def __enter__(self) -> Watch:
        self._began = time.perf_counter()
        self._thread = threading.Thread(target=self._look_on, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.seconds = time.perf_counter() - self._began
        self._done.set()
        self._thread.join()
        self.shares = {place: seen / max(self._looks, 1) for place, seen in self._seen.items()}

    def _resident_mb(self) -> float:
        return self._process.memory_info().rss / 2**20

    def _look_on(self) -> None:
        main = threading.main_thread().ident
        while not self._done.wait(self._interval):
            self.peak_mb = max(self.peak_mb, self._resident_mb())
            self._looks += 1
            files = set()
            frame = sys._current_frames().get(main)
            while frame:
                files.add(frame.f_code.co_filename)
                frame = frame.f_back
            self._seen.update(
                place for place, starts in self._places.items() if any(file.startswith(starts) for file in files)
            )
