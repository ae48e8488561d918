"""How many images a batch holds: found out while the run goes on."""

from __future__ import annotations

import time
from collections.abc import Callable

_PAYS = 1.05  # a larger batch must be this much faster to be kept
_MEASURED = 3  # batches of one size before it is judged; the first is warm-up and not timed


class BatchSize:
    """A size that doubles while images then pass faster, up to `largest`, and halves where memory runs out.

    Attributes:
        size: images a batch, at present
        largest: what the size will never exceed
    """

    def __init__(self, first: int, largest: int, clock: Callable[[], float] = time.perf_counter):
        self.size = min(first, largest)
        self.largest = largest
        self._clock = clock
        self._slower = 0.0  # images a second with the size before this one
        self._began: float | None = None
        self._batches = self._images = 0

    def ran(self, images: int) -> None:
        """A batch of so many images has ended. Only whole batches in a row tell how fast they are."""
        now = self._clock()
        if self.size >= self.largest or images != self.size:
            self._began = None
            return
        if self._began is None:
            self._began, self._batches, self._images = now, 1, 0
            return
        self._batches, self._images = self._batches + 1, self._images + images
        if self._batches < _MEASURED:
            return
        rate = self._images / max(now - self._began, 1e-9)
        self._began = None
        if rate >= _PAYS * self._slower:
            self._slower, self.size = rate, min(2 * self.size, self.largest)
        else:
            self.size = self.largest = max(1, self.size // 2)

    def out_of_memory(self, images: int) -> None:
        """A batch of so many images was too many: none as large is tried again."""
        self.largest = max(1, min(self.largest, images // 2))
        self.size = min(self.size, self.largest)
        self._began = None
