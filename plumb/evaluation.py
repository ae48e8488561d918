"""Scores: of one pair of maps, of many pairs of files in parallel, and their summary."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from plumb.alignment import AlignmentError, align, check_alignment
from plumb.depthmap import QUANTITIES, DepthMapError, MapFile
from plumb.metrics import eight_bit, eight_bit_metrics, scalar_metrics
from plumb.parallel import map_ahead
from plumb.protocols import Crop, Protocol


@dataclass(frozen=True)
class Scores:
    """What one prediction scored.

    Attributes:
        metrics: value by metric, None where there is no value; never NaN or infinite
        reasons: why a metric is None, by metric
        n_valid: pixels that were scored
        n_missing: pixels that the protocol counts but where the prediction has no value. In metres they are
            in neither ``n_valid`` nor any metric, which flatters a model that keeps silent where it is hard:
            show this number beside the scores. In the 8-bit space they are scored, as 0.
        alignment: the mode that was used or tried, "auto" resolved; None where the maps could not be compared
        scale, shift: of the :class:`plumb.alignment.Alignment` that was found, None where none was
        flipped: the scale is not positive: near and far are swapped in the prediction
    """

    metrics: dict[str, float | None]
    reasons: dict[str, str] = field(default_factory=dict)
    n_valid: int = 0
    n_missing: int = 0
    alignment: str | None = None
    scale: float | None = None
    shift: float | None = None
    flipped: bool = False

    @property
    def reason(self) -> str | None:
        """Why nothing at all could be scored; None when something was."""
        if any(value is not None for value in self.metrics.values()):
            return None
        return next(iter(self.reasons.values()), "no metric was asked for")


class _NothingToScore(Exception):
    """Well-formed maps that leave nothing to score; the message says why."""


@dataclass(frozen=True)
class Pair:
    """A prediction and its ground truth on disk; ``key`` names the pair to the caller."""

    key: Hashable
    prediction: MapFile
    ground_truth: MapFile


@dataclass(frozen=True)
class Summary:
    """The scores of many samples.

    Attributes:
        mean: mean of the per-image values by metric, as in published tables; None where no sample has one
        n: samples with a value, by metric
        scored, unscored: samples with at least one value, and with none; the latter counted by reason
        metric_reasons: among the scored samples, how many lack a metric, by metric and reason
        flipped: scored samples whose alignment has a scale that is not positive
        n_valid, n_missing: pixels, summed over the scored samples
    """

    mean: dict[str, float | None]
    n: dict[str, int]
    scored: int
    unscored: int
    unscored_reasons: dict[str, int]
    metric_reasons: dict[str, dict[str, int]]
    flipped: int
    n_valid: int
    n_missing: int


def evaluate(
    prediction: np.ndarray,
    ground_truth: np.ndarray,
    *,
    quantity: str,
    alignment: str = "auto",
    min_depth: float = 1e-3,
    max_depth: float = 8.0,
    crop: Crop | None = None,
) -> Scores:
    """Score one prediction against its ground truth by every metric of :data:`plumb.metrics.METRICS`.

    A pixel counts where min_depth < g < max_depth, strictly, and the prediction has a value. The prediction
    is aligned on these pixels, clipped to [min_depth, max_depth], then scored.

    Args:
        prediction: (H, W) floating-point map in its quantity; NaN and infinity mean no value
        ground_truth: (H, W) floating-point depth in metres; 0 and NaN mean no measurement
        quantity: "depth" (metres), "affine_depth" (0 near, 1 far) or "inverse_depth" (larger is nearer)
        alignment: "auto" (by the quantity) or a key of :data:`plumb.alignment.ALIGNMENTS`
        min_depth, max_depth: the valid range and the cap, in metres
        crop: the part of the frame that counts, such as :data:`plumb.protocols.GARG_CROP`

    Raises:
        ValueError: the arrays are not floating-point maps of one size, or a name or the range is wrong
    """
    protocol = Protocol("evaluate", min_depth=min_depth, max_depth=max_depth, crop=crop)
    return score(prediction, ground_truth, quantity, protocol, alignment)


def score(
    prediction: np.ndarray,
    ground_truth: np.ndarray,
    quantity: str,
    protocol: Protocol,
    alignment: str = "auto",
) -> Scores:
    """Score as :func:`evaluate` does, by a protocol and by its alignment unless another mode is given."""
    if quantity not in QUANTITIES:
        raise ValueError(f"unknown quantity {quantity!r}; choose from {', '.join(QUANTITIES)}")
    mode = protocol.mode(quantity, alignment)
    prediction, ground_truth = np.asarray(prediction), np.asarray(ground_truth)
    _check_maps(prediction, ground_truth)
    part = protocol.crop.slices(ground_truth.shape) if protocol.crop else ...
    p, g = prediction[part].astype(np.float64, copy=False), ground_truth[part].astype(np.float64, copy=False)
    try:
        return _SPACES[protocol.space](p, g, protocol, mode)
    except (AlignmentError, _NothingToScore) as error:
        return _unscored(protocol, mode, str(error))


def evaluate_files(
    pairs: Iterable[Pair], protocol: Protocol, alignment: str = "auto", workers: int | None = None
) -> Iterator[tuple[Hashable, Scores]]:
    """Score pairs of map files, in parallel and in order.

    ``pairs`` is read only a few ahead of what the caller takes, so memory does not grow with their number. A
    pair that cannot be read or scored comes back with every metric None and the reason.

    Args:
        protocol, alignment: as in :func:`score`
        workers: threads; None for one a core

    Raises:
        ValueError: unknown alignment, or ``workers`` below 1
    """
    check_alignment(alignment)
    if workers is not None and workers < 1:
        raise ValueError(f"workers must be 1 or more, got {workers}")
    scored = map_ahead(lambda pair: _score_pair(pair, protocol, alignment), pairs, workers)
    return ((pair.key, scores) for pair, scores in scored)


def summarize(scores: Iterable[Scores]) -> Summary:
    """Average scores over samples; what could not be scored is counted and explained, and in no mean."""
    values: dict[str, list[float]] = {}
    unscored_reasons: Counter[str] = Counter()
    metric_reasons: defaultdict[str, Counter[str]] = defaultdict(Counter)
    scored = flipped = n_valid = n_missing = 0
    for sample in scores:
        for name, value in sample.metrics.items():
            known = values.setdefault(name, [])
            if value is not None:
                known.append(value)
        if sample.reason is not None:
            unscored_reasons[sample.reason] += 1
            continue
        for name, reason in sample.reasons.items():
            metric_reasons[name][reason] += 1
        scored += 1
        flipped += sample.flipped
        n_valid += sample.n_valid
        n_missing += sample.n_missing
    return Summary(
        # fsum is exact, so the order in which samples were scored cannot show in the last digits.
        mean={name: math.fsum(known) / len(known) if known else None for name, known in values.items()},
        n={name: len(known) for name, known in values.items()},
        scored=scored,
        unscored=sum(unscored_reasons.values()),
        unscored_reasons=dict(unscored_reasons),
        metric_reasons={name: dict(counts) for name, counts in metric_reasons.items()},
        flipped=flipped,
        n_valid=n_valid,
        n_missing=n_missing,
    )


def _check_maps(prediction: np.ndarray, ground_truth: np.ndarray) -> None:
    for name, array in (("prediction", prediction), ("ground truth", ground_truth)):
        if array.dtype.kind != "f":
            raise ValueError(
                f"{name} is {array.dtype}, which looks like stored codes; convert it to values first, "
                "such as millimetres to metres by `depth * 0.001`"
            )
        if array.ndim != 2:
            raise ValueError(f"{name} has shape {array.shape}; pass one (H, W) map, as by `array.squeeze()`")
    if prediction.shape != ground_truth.shape:
        raise ValueError(
            f"prediction has (H, W) = {prediction.shape} but ground truth {ground_truth.shape}; "
            "resize the prediction to the ground truth's size first"
        )


def _score_metres(p: np.ndarray, g: np.ndarray, protocol: Protocol, mode: str) -> Scores:
    """Align on the valid pixels, clip, score."""
    low, high = protocol.min_depth, protocol.max_depth
    valid = (g > low) & (g < high)  # False where NaN
    p, g = p[valid], g[valid]
    if g.size == 0:
        raise _NothingToScore(f"no pixel of the ground truth has {low:g} < g < {high:g} m")
    known = np.isfinite(p)
    n_missing = int(np.count_nonzero(~known))
    p, g = p[known], g[known]
    if p.size == 0:
        raise _NothingToScore("the prediction has no value on any valid pixel")
    found = align(p, g, mode)
    computed = scalar_metrics(np.clip(found.apply(p, high), low, high), g)
    metrics: dict[str, float | None] = {name: computed[name] for name in protocol.metrics}
    return Scores(metrics, {}, p.size, n_missing, mode, found.scale, found.shift, found.flipped)


def _score_8_bit(p: np.ndarray, g: np.ndarray, protocol: Protocol, mode: str) -> Scores:
    """Bring both maps to depth, divide each by its own maximum, cut to 8 bit, compare all pixels.

    A relative prediction is aligned on the measured pixels first, which turns it the right way round, and
    limited to the ground truth's farthest depth: one pixel of almost no disparity, almost infinitely far,
    would otherwise be the maximum that all others are divided by.
    """
    known = np.isfinite(p)
    measured = np.isfinite(g) & (g > 0)
    if not measured.any():
        raise _NothingToScore("the ground truth has no measured pixel")
    fit = known & measured
    if not fit.any():
        raise _NothingToScore("the prediction has no value on any measured pixel")
    found = align(p[fit], g[fit], mode)
    g = np.where(measured, g, 0.0)
    depth = np.where(known, p, np.nan)
    if mode != "none":
        depth = np.minimum(found.apply(depth, g.max()), g.max())
    if not (depth > 0).any():
        raise _NothingToScore("the prediction has no depth above 0")
    computed, reasons = eight_bit_metrics(eight_bit(g), eight_bit(np.maximum(depth, 0.0)))
    metrics = {name: computed[name] for name in protocol.metrics}
    reasons = {name: reason for name, reason in reasons.items() if name in metrics}
    n_missing = int(np.count_nonzero(~known))
    return Scores(metrics, reasons, p.size, n_missing, mode, found.scale, found.shift, found.flipped)


_SPACES = {"metres": _score_metres, "8-bit": _score_8_bit}


def _unscored(protocol: Protocol, mode: str | None, reason: str) -> Scores:
    metrics: dict[str, float | None] = dict.fromkeys(protocol.metrics)
    return Scores(metrics, dict.fromkeys(metrics, reason), alignment=mode)


def _score_pair(pair: Pair, protocol: Protocol, alignment: str) -> Scores:
    prediction, ground_truth = pair.prediction, pair.ground_truth
    try:
        if ground_truth.quantity != "depth":
            raise DepthMapError(f"{ground_truth.path}: ground truth must be depth in metres")
        p, g = prediction.read(), ground_truth.read()
    except (DepthMapError, OSError) as error:  # these name the file themselves
        return _unscored(protocol, None, str(error))
    try:
        return score(p, g, prediction.quantity, protocol, alignment)
    except ValueError as error:
        return _unscored(protocol, None, f"{prediction.path}: {error}")
