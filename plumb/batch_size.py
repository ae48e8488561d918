"""How many images a batch holds: found out while the run goes on."""

from __future__ import annotations

import time
from collections.abc import Callable

_PAYS = 1.05  # a larger batch must be this much faster to be kept
_MEASURED = 3  # batches of one size before it is judged; the first is warm-up and not timed


class BatchSize:
    """A size that doubles while images then pass faster, and halves for pictures for which memory runs out.

    Attributes:
        size: images a batch, at present, where memory suffices
        largest: what the size will never exceed
        used: images in the largest batch that has ended; 0 before the first
    """

    def __init__(self, first: int, largest: int, clock: Callable[[], float] = time.perf_counter):
        self.size = min(first, largest)
        self.largest = largest
        self.used = 0
        self._clock = clock
        self._slower = 0.0  # images a second with the size before this one
        self._began: float | None = None
        self._batches = self._images = 0
        self._fitting: dict[int, int] = {}  # images a batch of pictures of so many binary digits of pixels and more

    def of(self, pixels: int) -> int:
        """Images a batch, at present, of pictures of so many pixels."""
        return min([self.size, *(most for digits, most in self._fitting.items() if digits <= pixels.bit_length())])

    def ran(self, images: int, pixels: int) -> None:
        """A batch of so many images, of so many pixels each, has ended. Only whole ones in a row tell their speed."""
        now = self._clock()
        self.used = max(self.used, images)
        if self.size >= self.largest or images != self.size or self.of(pixels) < self.size:
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

    def out_of_memory(self, images: int, pixels: int) -> None:
        """A batch of so many images was too many: none as large is tried again of pictures of that size or larger.

        Smaller pictures keep their batches: of a few that are very large, the others do not become slower.
        """
        self._fitting[pixels.bit_length()] = max(1, min(self.of(pixels), images // 2))
        self._began = None
