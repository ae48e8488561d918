"""Protocols: everything that decides a score besides the two maps, as data.

Published numbers of one model differ by factors because every lab crops, caps and aligns by itself; so each
number is shown beside the one line that :meth:`Protocol.describe` gives.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from plumb.alignment import ALIGNMENTS, check_alignment, resolve
from plumb.checks import check_choice, check_line, kind, number_of, pixels_of, shown
from plumb.metrics import DEFAULT_METRICS, EIGHT_BIT_METRICS, METRICS, Metric

SOURCES: dict[str, str] = {"any": "", "raw": " (measured maps only)", "filled": " (filled maps only)"}
"""Which ground truth maps count, by their source, and how a protocol's line says so."""

_BY_QUANTITY = {
    "auto": "alignment by the prediction's quantity",
    "robust": "robust alignment by the prediction's quantity",
}


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
        check_line("crop: name", self.name)
        try:
            self._settle()
        except ValueError as error:
            raise ValueError(f"crop {self.name!r}: {error}") from None

    def _settle(self) -> None:
        """Check all but the name, and turn numbers of any type into plain ones."""
        height, width, within = 1, 1, "fractions from 0 to 1 (give a frame for pixels)"
        if self.frame is not None:
            if not isinstance(self.frame, tuple | list) or len(self.frame) != 2:
                raise ValueError("frame must be a height and a width in pixels, such as (480, 640)")
            height, width = (pixels_of("frame", side) for side in self.frame)
            object.__setattr__(self, "frame", (height, width))
            within = f"a frame of {width}x{height}"
        for edge in ("top", "bottom", "left", "right"):
            plain = number_of if self.frame is None else pixels_of
            object.__setattr__(self, edge, plain(edge, getattr(self, edge)))
        if not (0 <= self.top < self.bottom <= height and 0 <= self.left < self.right <= width):
            raise ValueError(f"need top < bottom and left < right within {within}")

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> Crop:
        """Read a crop from a plain table, with its attributes as keys; ValueError names the key that is wrong."""
        keys = [field.name for field in fields(cls)]
        unknown = [key for key in table if key not in keys]
        if unknown:
            # TOML counts everything below a [crop] line to the crop.
            mend = f"; {unknown[0]} belongs to the protocol, above [crop]" if unknown[0] in _KEYS else ""
            raise ValueError(f"crop: unknown key {unknown[0]!r}; a crop has {', '.join(keys)}{mend}")
        missing = [key for key in keys if key != "frame" and key not in table]
        if missing:
            raise ValueError(f"crop: {missing[0]} is missing; a crop has {', '.join(keys)} (frame may be left out)")
        return cls(**table)

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
        top, bottom, left, right = map(shown, (self.top, self.bottom, self.left, self.right))
        where = f"rows {top}:{bottom}, columns {left}:{right}"
        if self.frame is None:
            return f"{self.name} crop ({where}, as fractions)"
        return f"{self.name} crop ({where}) of {self.frame[1]}x{self.frame[0]} frames, none on others"


@dataclass(frozen=True)
class Protocol:
    """How predictions are scored.

    Attributes:
        name: its name in tables and runs: up to 60 letters, digits, ``-``, ``_``, ``.`` and inner spaces
        ground_truth: which depth is the truth, in words, for :meth:`describe`
        source: which ground truth maps count: "raw" (measured), "filled", or "any", those of unknown source too
        space: "metres", or "8-bit": both maps divided by their own maximum and cut to 256 levels
        min_depth, max_depth: a pixel counts where min_depth < g < max_depth, strictly, in metres; None in the
            8-bit space, where every pixel counts, holes too
        cap: predictions are clipped to [min_depth, cap], in metres; None for max_depth. Papers differ in the two
        crop: the part of a frame that counts, None for all of it
        alignment: "auto" and "robust" (by the prediction's quantity) or a key of :data:`plumb.alignment.ALIGNMENTS`
        metrics: the metrics that are reported, from :data:`plumb.metrics.METRICS` in metres and from
            :data:`plumb.metrics.EIGHT_BIT_METRICS` in 8-bit; () stands for the default ones, "all" for all
    """

    name: str
    ground_truth: str = "given depth"
    source: str = "any"
    space: str = "metres"
    min_depth: float | None = 1e-3
    max_depth: float | None = 8.0
    cap: float | None = None
    crop: Crop | None = None
    alignment: str = "auto"
    metrics: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_name(self.name)
        try:
            self._settle()
        except ValueError as error:
            raise ValueError(f"protocol {self.name!r}: {error}") from None

    def _settle(self) -> None:
        """Check all but the name, turn numbers of any type into plain ones, and spell the metrics out."""
        check_line("ground_truth", self.ground_truth)
        check_choice("source", self.source, SOURCES)
        check_choice("space", self.space, ("metres", "8-bit"))
        if self.space == "8-bit":
            if (self.min_depth, self.max_depth, self.cap) != (None, None, None):
                raise ValueError("8-bit counts all pixels; min_depth, max_depth and cap must be None, or left out")
        else:
            self._settle_range()
        if self.crop is not None and not isinstance(self.crop, Crop):
            raise ValueError(f"crop must be a Crop or None, not {kind(self.crop)}")
        if not isinstance(self.alignment, str):
            raise ValueError(f"alignment must be text, not {kind(self.alignment)}")
        check_alignment(self.alignment)
        object.__setattr__(self, "metrics", self._chosen_metrics())

    def _settle_range(self) -> None:
        for name in ("min_depth", "max_depth", "cap"):
            value = getattr(self, name)
            if value is not None or name != "cap":
                object.__setattr__(self, name, number_of(name, value))
        # A lower limit of 0 would let logarithms and inverse depths run to infinity.
        if not 0 < self.min_depth < self.max_depth:
            raise ValueError(f"need 0 < min_depth < max_depth, got {shown(self.min_depth)} and {shown(self.max_depth)}")
        if self.cap is not None and not self.cap > self.min_depth:
            raise ValueError(f"cap must be above min_depth, which is {shown(self.min_depth)}, got {shown(self.cap)}")

    def _chosen_metrics(self) -> tuple[str, ...]:
        if isinstance(self.metrics, str) and self.metrics == "all":
            return tuple(self.table)
        if not isinstance(self.metrics, tuple | list) or not all(isinstance(name, str) for name in self.metrics):
            raise ValueError('metrics must be a list of names, or the word "all"')
        unknown = [name for name in self.metrics if name not in self.table]
        if unknown:
            raise ValueError(
                f"unknown metrics {', '.join(map(repr, unknown))} in {self.space}; choose from {', '.join(self.table)}"
            )
        default = DEFAULT_METRICS if self.space == "metres" else tuple(self.table)
        return tuple(dict.fromkeys(self.metrics)) or default

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> Protocol:
        """Read a protocol from a plain table, as TOML, JSON or a form gives it.

        Its keys are the attributes of a protocol, all optional but ``name``, and ``base``, the name of a protocol of
        :data:`PROTOCOLS` whose rules hold where the table has none. ``crop`` is a name of :data:`CROPS`, "none", or a
        table with the attributes of a :class:`Crop`. A table that changes the space of its base takes only that
        base's crop, source and alignment.

        Raises:
            ValueError: names the key that is unknown, missing or wrong
        """
        unknown = [key for key in table if key not in _KEYS]
        if unknown:
            raise ValueError(f"unknown key {unknown[0]!r}; a protocol has {', '.join(_KEYS)}")
        if "name" not in table:
            raise ValueError("name is missing: a protocol is shown by its name in tables and runs")
        base = Protocol(table["name"])
        if "base" in table:
            check_choice("base", table["base"], PROTOCOLS)
            base = PROTOCOLS[table["base"]]
        rules = {field.name: getattr(base, field.name) for field in fields(cls)}
        if table.get("space", base.space) != base.space:
            none = {"min_depth": None, "max_depth": None} if table["space"] == "8-bit" else {}
            rules = {key: rules[key] for key in ("ground_truth", "source", "crop", "alignment")} | none
        rules |= {key: value for key, value in table.items() if key != "base"}
        return cls(**{**rules, "crop": _crop(rules["crop"])})

    def to_dict(self) -> dict[str, Any]:
        """The table that :meth:`from_dict` reads this protocol from, of plain types; no key has the value None.

        TOML knows no None, so what is None is left out.
        """

        def plain(items: list[tuple[str, Any]]) -> dict[str, Any]:
            return {key: list(v) if isinstance(v, tuple) else v for key, v in items if v is not None}

        return asdict(self, dict_factory=plain)

    @property
    def table(self) -> dict[str, Metric]:
        """The metrics of this protocol's space."""
        return METRICS if self.space == "metres" else EIGHT_BIT_METRICS

    @property
    def clip_range(self) -> tuple[float, float]:
        """The least and the greatest depth in metres that a prediction may have; the metres space only."""
        return self.min_depth, self.max_depth if self.cap is None else self.cap

    def metric(self, name: str) -> Metric:
        """What a metric means in this protocol: rmse is in metres in one space, in levels in the other."""
        return self.table[name]

    def mode(self, quantity: str, alignment: str = "auto") -> str:
        """The alignment of a prediction: what was asked for, else the protocol's own, else what its quantity needs."""
        return resolve(self.alignment if alignment == "auto" else alignment, quantity)

    def describe(self, alignment: str = "auto") -> str:
        """One line that can stand beside every number.

        Args:
            alignment: what was asked for instead of the protocol's own, "auto" for nothing else
        """
        check_alignment(alignment)
        mode = self.alignment if alignment == "auto" else alignment
        crop = self.crop.describe() if self.crop else "no crop"
        parts = [f"{self.name}: ground truth {self.ground_truth}{SOURCES[self.source]}"]
        if self.space == "metres":
            parts += [f"{shown(self.min_depth)} < g < {shown(self.max_depth)} m", crop]
            parts.append(f"predictions clipped to [{', '.join(map(shown, self.clip_range))}] m")
        else:
            parts += ["all pixels, holes included as 0", crop]
            parts.append("depth divided by each map's own maximum, 8 bit, rmse in levels")
        parts.append(_BY_QUANTITY.get(mode) or ALIGNMENTS[mode])
        parts.append("mean over images")
        return ", ".join(parts)


_KEYS = ("base", *(field.name for field in fields(Protocol)))
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9 ._-]{0,58}[A-Za-z0-9])?")


def _check_name(name: object) -> None:
    """A name must fit into a table of any format, a run's settings and a file's name."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(
            "a protocol's name must be up to 60 letters, digits, '-', '_', '.' and spaces, "
            f"with a letter or digit first and last, not {kind(name)}"
        )


def _crop(value: object) -> Crop | None:
    if value is None or isinstance(value, Crop):
        return value
    if isinstance(value, Mapping):
        return Crop.from_dict(value)
    names = {**CROPS, "none": None}
    if not isinstance(value, str) or value not in names:
        raise ValueError(f"crop is {kind(value)}; give one of {', '.join(names)}, or a table of its edges")
    return names[value]


NYU_CROP = Crop("NYU", 45, 471, 41, 601, frame=(480, 640))
"""Where the labelled NYU frames hold projected depth (Eigen et al., 2014)."""

GARG_CROP = Crop("Garg", 0.40810811, 0.99189189, 0.03594771, 0.96405229)
"""Where KITTI's lidar reaches (Garg et al., 2016)."""

CROPS: dict[str, Crop] = {"nyu": NYU_CROP, "garg": GARG_CROP}
"""The crops that a table may name."""

PROTOCOLS: dict[str, Protocol] = {
    protocol.name: protocol
    for protocol in (
        Protocol("sunrgbd", ground_truth="raw depth", max_depth=8.0),
        Protocol("nyuv2", ground_truth="labelled or raw depth", max_depth=10.0, crop=NYU_CROP),
        Protocol("kitti", ground_truth="lidar depth", max_depth=80.0, crop=GARG_CROP),
        Protocol("relative8", ground_truth="given depth", space="8-bit", min_depth=None, max_depth=None),
    )
}
"""The named protocols."""
