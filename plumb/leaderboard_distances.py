"""Which images stand behind errors by distance, which pool the pixels of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from plumb.report import Evaluation

# What an image adds to a point, from its (..., 3) sums as in :class:`plumb.scores.Scores`; and in words, of a model.
_PARTS = {
    "abs_rel": lambda sums: sums[..., 1],
    "delta1": lambda sums: sums[..., 0] - sums[..., 2],
    "pixels": lambda sums: sums[..., 0],
}
_WORDS = {
    "abs_rel": ("that add most to the abs_rel of {}", " of the error there"),
    "delta1": ("that have most pixels outside delta1 in {} there", " of such pixels"),
    "pixels": ("that have most of them", ""),
}


@dataclass(frozen=True)
class Behind:
    """Images behind points of the plot.

    Attributes:
        ids: of their samples, the largest part first
        told: which these are, in words that can follow "the grid shows"
    """

    ids: list[str]
    told: str


def knows_images(evaluation: Evaluation) -> bool:
    """Whether an evaluation can say which images stand behind its errors by distance."""
    return evaluation.band_sums is not None


def behind(points: Iterable[tuple[Evaluation, str, float]], most: int) -> Behind:
    """The images with pixels in bands of the true distance, those first that make the largest part of what is drawn.

    Nearly every image has pixels at two or three metres, so not all are given but those that make the point what it is.
    By their sums, not their means: an image with five pixels there, all wrong, is no reason to look at it.

    Args:
        points: evaluation, what the point shows ("abs_rel", "delta1" or "pixels"), and where its band begins, in
            metres; of several evaluations or kinds each counts the same
        most: how many images at most

    Raises:
        ValueError: an evaluation does not know its images, or a point is of another kind
    """
    picked: dict[tuple[str, str], tuple[Evaluation, set[int]]] = {}
    for evaluation, kind, low in points:
        if kind not in _PARTS:
            raise ValueError(f"errors by distance show {', '.join(_PARTS)}, not {kind!r}")
        if evaluation.band_sums is None:
            raise ValueError(
                f"{evaluation.name} was evaluated by an earlier version of Plumb, which did not keep what each image "
                "adds to the errors by distance; evaluate it again"
            )
        if 0 <= low < evaluation.band_sums.shape[1]:
            picked.setdefault((evaluation.run, kind), (evaluation, set()))[1].add(int(low))
    parts: dict[str, float] = {}
    for (_, kind), (evaluation, bands) in picked.items():
        sums = evaluation.band_sums[:, sorted(bands)]
        of_image = _PARTS[kind](sums).sum(axis=1)
        shares = of_image / (of_image.sum() or 1.0) / len(picked)
        for row in np.flatnonzero(sums[..., 0].any(axis=1)):
            key = evaluation.sample_ids[row]
            parts[key] = parts.get(key, 0.0) + float(shares[row])
    ids = sorted(parts, key=lambda key: -parts[key])[:most]
    return Behind(ids, _told(picked, len(parts), len(ids), sum(parts[key] for key in ids)))


def _told(picked: Mapping[tuple[str, str], tuple[Evaluation, set[int]]], there: int, chosen: int, share: float) -> str:
    names = list(dict.fromkeys(evaluation.name for evaluation, _ in picked.values()))
    kinds = {kind for _, kind in picked}
    where = f"with pixels at {_spans({band for _, bands in picked.values() for band in bands})}"
    if there <= 1:
        return f"the only image {where}" if there else "no image"
    words, of_what = _WORDS[kinds.pop()] if len(kinds) == 1 else ("that add most to what was picked", "")
    by = words.format(" and ".join(names) if len(names) < 3 else f"{len(names)} models")
    if chosen == there:
        return f"all {there:,} images {where}, first those {by}"
    return f"the {chosen:,} of {there:,} images {where} {by} ({_percent(share)}{of_what})"


def _spans(bands: Iterable[int]) -> str:
    """ "1 to 3 m, 5 to 6 m" of the bands 1, 2 and 5."""
    ends: list[list[int]] = []
    for band in sorted(bands):
        if ends and ends[-1][1] == band:
            ends[-1][1] += 1
        else:
            ends.append([band, band + 1])
    return ", ".join(f"{low} to {high} m" for low, high in ends)


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %") if share >= 0.01 else "under 1 %"
