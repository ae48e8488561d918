"""From maps to scores: one pair of arrays, many images on disk in parallel."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from plumb import scratch
from plumb.alignment import check_alignment
from plumb.camera import Camera
from plumb.depthmap import DepthMap, DepthMapError, MapFile
from plumb.parallel import map_ahead
from plumb.protocols import Crop, Protocol
from plumb.scores import Scores, unscored
from plumb.scoring import Truth, prepare, score


@dataclass(frozen=True)
class Comparison:
    """One image on disk: its ground truth and what is to be scored against it.

    Attributes:
        key: names the image to the caller
        ground_truth: the truth, or a sentence why there is none
        predictions: one after another, each a map or a sentence why there is none
        camera: of the image, None where it is not known
    """

    key: Hashable
    ground_truth: MapFile | str
    predictions: tuple[MapFile | str, ...]
    camera: Camera | None = None


def evaluate(
    prediction: np.ndarray,
    ground_truth: np.ndarray,
    *,
    quantity: str,
    alignment: str = "auto",
    min_depth: float = 1e-3,
    max_depth: float = 8.0,
    crop: Crop | None = None,
    metrics: tuple[str, ...] = (),
    camera: Camera | None = None,
) -> Scores:
    """Score one prediction against its ground truth.

    A pixel counts where min_depth < g < max_depth, strictly, and the prediction has a value. The prediction
    is aligned on these pixels, clipped to [min_depth, max_depth], then scored. Rules that need more, such as
    another cap or the 8-bit space, are a :class:`plumb.protocols.Protocol`: see :func:`plumb.scoring.score`.

    Args:
        prediction: (H, W) floating-point map in its quantity; NaN, infinity and what is masked mean no value
        ground_truth: (H, W) floating-point depth in metres; 0, NaN and what is masked mean no measurement
        quantity: "depth" (metres), "affine_depth" (0 near, 1 far) or "inverse_depth" (larger is nearer)
        alignment: "auto" and "robust" (by the quantity) or a key of :data:`plumb.alignment.ALIGNMENTS`
        min_depth, max_depth: the valid range and the cap, in metres
        crop: the part of the frame that counts, such as :data:`plumb.protocols.GARG_CROP`
        metrics: keys of :data:`plumb.metrics.METRICS`; () for :data:`plumb.metrics.DEFAULT_METRICS`
        camera: of the whole frame, for the metrics of points

    Raises:
        ValueError: the arrays are not floating-point maps of one size, or a name or the range is wrong
    """
    protocol = Protocol("evaluate", min_depth=min_depth, max_depth=max_depth, crop=crop, metrics=metrics)
    try:
        truth = prepare(_filled(ground_truth), protocol, camera)
        return score(DepthMap(_filled(prediction), quantity), truth, alignment)
    finally:
        scratch.clear()  # a notebook lives long, and its maps may be large


def _filled(array: np.ndarray) -> np.ndarray:
    """What a masked array hides becomes NaN."""
    masked = isinstance(array, np.ma.MaskedArray) and array.dtype.kind == "f"
    return array.filled(np.nan) if masked else np.asarray(array)


def evaluate_files(
    comparisons: Iterable[Comparison], protocol: Protocol, alignment: str = "auto", workers: int | None = None
) -> Iterator[tuple[Hashable, list[Scores]]]:
    """Score images on disk, in parallel and in order; each ground truth is read once for all its predictions.

    ``comparisons`` is read only a few ahead of what the caller takes, so memory does not grow with their number.
    What cannot be read or scored comes back with every metric None and the reason.

    Args:
        protocol, alignment: as in :func:`plumb.scoring.score`
        workers: threads; None for one a core

    Yields:
        the comparison's key, and the scores of its predictions in their order

    Raises:
        ValueError: unknown alignment, or ``workers`` below 1
    """
    check_alignment(alignment)
    if workers is not None and workers < 1:
        raise ValueError(f"workers must be 1 or more, got {workers}")
    scored = map_ahead(lambda comparison: _score_files(comparison, protocol, alignment), comparisons, workers)
    return ((comparison.key, scores) for comparison, scores in scored)


def _score_files(comparison: Comparison, protocol: Protocol, alignment: str) -> list[Scores]:
    try:
        truth = prepare(_read_truth(comparison.ground_truth), protocol, comparison.camera)
    except (DepthMapError, OSError) as error:  # these name the file themselves
        return [unscored(protocol.metrics, str(error)) for _ in comparison.predictions]
    return [_score_file(prediction, truth, alignment) for prediction in comparison.predictions]


def _score_file(prediction: MapFile | str, truth: Truth, alignment: str) -> Scores:
    if isinstance(prediction, str):
        return unscored(truth.protocol.metrics, prediction)
    try:
        values = prediction.read(into="read prediction")
        depth_map = DepthMap(values, prediction.quantity, prediction.field_of_view)
    except (DepthMapError, OSError) as error:
        return unscored(truth.protocol.metrics, str(error))
    try:
        return score(depth_map, truth, alignment)
    except ValueError as error:
        return unscored(truth.protocol.metrics, f"{prediction.path}: {error}")


def _read_truth(stored: MapFile | str) -> np.ndarray:
    if isinstance(stored, str):
        raise DepthMapError(stored)
    if stored.quantity != "depth":
        raise DepthMapError(f"{stored.path}: ground truth must be depth in metres")
    return stored.read(into="read truth")
