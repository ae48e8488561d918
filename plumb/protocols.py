"""Protocols: everything that decides a score besides the two maps, as data.

Published numbers of one model differ by factors because every lab crops, caps and aligns by itself; so each
number is shown beside the one line that :meth:`Protocol.describe` gives.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from plumb.alignment import ALIGNMENTS, AUTO, check_alignment
from plumb.metrics import EIGHT_BIT_METRICS, METRICS, Metric


@dataclass(frozen=True)
class Crop:
    """The part of a frame that counts.

    Attributes:
        name: what the field calls it
        top, bottom, left, right: rows top:bottom and columns left:right, in pixels of ``frame``, or, where
            ``frame`` is None, as fractions of any frame, rounded down to pixels
        frame: (height, width) of the frames that are cropped; a frame of another size is kept whole
    """

    name: str
    top: float
    bottom: float
    left: float
    right: float
    frame: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        height, width = self.frame or (1, 1)
        if not (0 <= self.top < self.bottom <= height and 0 <= self.left < self.right <= width):
            within = f"a frame of {width}x{height}" if self.frame else "fractions from 0 to 1"
            raise ValueError(f"crop {self.name!r}: need top < bottom and left < right within {within}")

    def slices(self, shape: tuple[int, int]) -> tuple[slice, slice]:
        """Rows and columns of a frame of ``shape`` (height, width) that count."""
        if self.frame is None:
            height, width = shape
        elif tuple(shape) == self.frame:
            height = width = 1
        else:
            return slice(None), slice(None)
        return (
            slice(int(self.top * height), int(self.bottom * height)),
            slice(int(self.left * width), int(self.right * width)),
        )

    def describe(self) -> str:
        """One line, such as ``NYU crop (rows 45:471, columns 41:601) of 640x480 frames``."""
        where = f"rows {self.top}:{self.bottom}, columns {self.left}:{self.right}"
        if self.frame is None:
            return f"{self.name} crop ({where}, as fractions)"
        return f"{self.name} crop ({where}) of {self.frame[1]}x{self.frame[0]} frames, none on others"


@dataclass(frozen=True)
class Protocol:
    """How predictions are scored.

    Attributes:
        name: its name in tables and runs
        ground_truth: which depth is the truth, in words
        space: "metres", or "8-bit": both maps divided by their own maximum and cut to 256 levels
        min_depth, max_depth: a pixel counts where min_depth < g < max_depth, strictly, in metres, and
            predictions are clipped to [min_depth, max_depth]; None in the 8-bit space, where every pixel
            counts, holes too
        crop: the part of a frame that counts, None for all of it
        alignment: "auto" (by the prediction's quantity) or a key of :data:`plumb.alignment.ALIGNMENTS`
        metrics: the metrics that are reported, from :data:`plumb.metrics.METRICS` in metres and from
            :data:`plumb.metrics.EIGHT_BIT_METRICS` in 8-bit; empty for all of them
    """

    name: str
    ground_truth: str = "given depth"
    space: str = "metres"
    min_depth: float | None = 1e-3
    max_depth: float | None = 8.0
    crop: Crop | None = None
    alignment: str = "auto"
    metrics: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.space not in ("metres", "8-bit"):
            raise ValueError(f"protocol {self.name!r}: space is {self.space!r}; choose metres or 8-bit")
        if self.crop is not None and not isinstance(self.crop, Crop):
            raise ValueError(f"protocol {self.name!r}: crop must be a Crop or None, not {self.crop!r}")
        check_alignment(self.alignment)
        if not self.metrics:
            object.__setattr__(self, "metrics", tuple(self._table))
        unknown = [name for name in self.metrics if name not in self._table]
        if unknown:
            raise ValueError(
                f"protocol {self.name!r}: unknown metrics {', '.join(map(repr, unknown))} in {self.space}; "
                f"choose from {', '.join(self._table)}"
            )
        self._check_range()

    def _check_range(self) -> None:
        limits = (self.min_depth, self.max_depth)
        if self.space == "8-bit":
            if limits != (None, None):
                raise ValueError(f"protocol {self.name!r}: 8-bit counts all pixels; set both depths to None")
        elif None in limits or not 0 < self.min_depth < self.max_depth < math.inf:
            # A lower limit of 0 would let logarithms and inverse depths run to infinity.
            raise ValueError(f"protocol {self.name!r}: need 0 < min_depth < max_depth, got {limits}")

    @property
    def _table(self) -> dict[str, Metric]:
        return METRICS if self.space == "metres" else EIGHT_BIT_METRICS

    def metric(self, name: str) -> Metric:
        """What a metric means in this protocol: rmse is in metres in one space, in levels in the other."""
        return self._table[name]

    def mode(self, quantity: str, alignment: str = "auto") -> str:
        """The alignment of a prediction: what was asked for, else the protocol's own, else what its quantity needs."""
        check_alignment(alignment)
        mode = self.alignment if alignment == "auto" else alignment
        return AUTO[quantity] if mode == "auto" else mode

    def describe(self, alignment: str = "auto") -> str:
        """One line that can stand beside every number.

        Args:
            alignment: what was asked for instead of the protocol's own, "auto" for nothing else
        """
        check_alignment(alignment)
        mode = self.alignment if alignment == "auto" else alignment
        parts = [f"{self.name}: ground truth {self.ground_truth}"]
        if self.space == "metres":
            low, high = f"{self.min_depth:g}", f"{self.max_depth:g}"
            parts.append(f"{low} < g < {high} m")
            parts.append(self.crop.describe() if self.crop else "no crop")
            parts.append(f"predictions clipped to [{low}, {high}] m")
        else:
            parts.append("all pixels, holes included as 0")
            parts.append(self.crop.describe() if self.crop else "no crop")
            parts.append("depth divided by each map's own maximum, 8 bit, rmse in levels")
        parts.append("alignment by the prediction's quantity" if mode == "auto" else ALIGNMENTS[mode])
        parts.append("mean over images")
        return ", ".join(parts)


NYU_CROP = Crop("NYU", 45, 471, 41, 601, frame=(480, 640))
"""Where the labelled NYU frames hold projected depth (Eigen et al., 2014)."""

GARG_CROP = Crop("Garg", 0.40810811, 0.99189189, 0.03594771, 0.96405229)
"""Where KITTI's lidar reaches (Garg et al., 2016)."""

PROTOCOLS: dict[str, Protocol] = {
    protocol.name: protocol
    for protocol in (
        Protocol("sunrgbd", ground_truth="raw depth", max_depth=8.0),
        Protocol("nyuv2", ground_truth="labelled or raw depth", max_depth=10.0, crop=NYU_CROP),
        Protocol("kitti", ground_truth="lidar depth", max_depth=80.0, crop=GARG_CROP),
        Protocol("relative8", ground_truth="given depth", space="8-bit", min_depth=None, max_depth=None),
    )
}
