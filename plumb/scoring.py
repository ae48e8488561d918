"""Score predictions of one image against its ground truth, by a protocol.

The ground truth is read, cropped and cut to 8 bit once for all predictions. The filters of structural similarity are
not shared: computed in one pass for three predictions they took 5.6 ms, and 5.7 ms beside each prediction anew.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from plumb import scratch
from plumb.alignment import IN_DISPARITY, AlignmentError, align
from plumb.camera import Camera
from plumb.depthmap import DepthMap
from plumb.metrics import (
    POINT_METRICS,
    SSIM_WINDOW,
    distance_bands,
    eight_bit,
    eight_bit_metrics,
    psnr,
    scalar_metrics,
    ssim,
)
from plumb.protocols import Protocol
from plumb.scores import Scores, unscored

NO_CAMERA = "the camera's intrinsics are not known, so there are no points to compare"
OUT_OF_RANGE = "the number is too large to be written down: the protocol's range of depths is too wide"
MAX_BANDS = 100  # a protocol that counts any distance must not ask for a band of each metre to the moon


class _NothingToScore(Exception):
    """Well-formed maps that leave nothing to score; the message says why."""


@dataclass(frozen=True)
class Truth:
    """The part of a ground truth that a protocol counts, and what all predictions scored against it share.

    Attributes:
        depth: (H, W) float64 metres, C-contiguous
        part: the rows and columns of the frame that it was cut from
        frame: (height, width) of the frame
        protocol: how predictions are scored
        camera: of this part, None where it is not known
    """

    depth: np.ndarray
    part: tuple[slice, slice]
    frame: tuple[int, int]
    protocol: Protocol
    camera: Camera | None

    @cached_property
    def measured(self) -> np.ndarray:
        """(H, W) float64 depth, 0 where nothing was measured."""
        return np.where(np.isfinite(self.depth) & (self.depth > 0), self.depth, 0.0)

    @cached_property
    def farthest(self) -> float:
        """The largest measured depth, 0 where nothing was measured."""
        return float(self.measured.max(initial=0.0))

    @cached_property
    def levels(self) -> np.ndarray:
        """(H, W) uint8, the depth divided by its own maximum."""
        return eight_bit(self.measured)

    @cached_property
    def pairs(self) -> np.ndarray:
        """(N, 2) pixels whose order is judged; metres only. Every model is asked the same ones, in every run.

        The seed is the counted truth in whole millimetres: what stands for a hole, and the last digits, which depend
        on how the map was stored, change no pair.
        """
        from plumb.ordinal import draw_pairs

        counted = (self.protocol.min_depth < self.depth) & (self.depth < self.protocol.max_depth)
        return draw_pairs(counted, zlib.crc32(np.rint(1000.0 * self.depth[counted])))


def prepare(ground_truth: np.ndarray, protocol: Protocol, camera: Camera | None = None) -> Truth:
    """Make a ground truth ready for the predictions that are scored against it.

    Args:
        ground_truth: (H, W) floating-point depth in metres; 0 and NaN mean no measurement
        camera: of the whole frame, for the metrics of points

    Raises:
        ValueError: it is no floating-point map
    """
    ground_truth = np.asarray(ground_truth)
    _check_map("ground truth", ground_truth)
    rows = columns = slice(None)
    if protocol.crop:
        rows, columns = protocol.crop.slices(ground_truth.shape)
    if camera is not None:
        camera = camera.cropped(columns.start or 0, rows.start or 0)
    part = np.ascontiguousarray(ground_truth[rows, columns], dtype=np.float64)
    return Truth(part, (rows, columns), ground_truth.shape, protocol, camera)


def score(prediction: DepthMap, truth: Truth, alignment: str = "auto") -> Scores:
    """Score one prediction as :func:`plumb.evaluation.evaluate` does, by the truth's protocol.

    Args:
        prediction: floating-point map of the ground truth's (H, W)
        alignment: "auto" for the protocol's own, or what :func:`plumb.alignment.resolve` takes

    Raises:
        ValueError: the map is not floating-point of that size, or the alignment is unknown
    """
    protocol = truth.protocol
    mode = protocol.mode(prediction.quantity, alignment)
    _check_map("prediction", prediction.values)
    if prediction.values.shape != truth.frame:
        raise ValueError(
            f"prediction has (H, W) = {prediction.values.shape} but ground truth {truth.frame}; "
            "resize the prediction to the ground truth's size first"
        )
    values = np.ascontiguousarray(prediction.values[truth.part], dtype=np.float64)
    try:
        return _SPACES[protocol.space](replace(prediction, values=values), truth, mode)
    except (AlignmentError, _NothingToScore) as error:
        return unscored(protocol.metrics, str(error), mode)


def _check_map(name: str, array: np.ndarray) -> None:
    if array.dtype.kind != "f":
        raise ValueError(
            f"{name} is {array.dtype}, which looks like stored codes; convert it to values first, "
            "such as millimetres to metres by `depth * 0.001`"
        )
    if array.ndim != 2:
        raise ValueError(f"{name} has shape {array.shape}; pass one (H, W) map, as by `array.squeeze()`")


@dataclass(frozen=True)
class _Valid:
    """The pixels that count, in arrays of the thread's.

    Attributes:
        p, g: (N,) float64 of these pixels
        g_map, mask: (H, W), g where they are and 0 elsewhere; where they are
        n_missing: pixels that lack only the prediction
    """

    p: np.ndarray
    g: np.ndarray
    g_map: np.ndarray
    mask: np.ndarray
    n_missing: int


def _select(p: np.ndarray, g: np.ndarray, low: float, high: float) -> _Valid:
    """The pixels of two (H, W) float64 maps with low < g < high and a finite prediction."""
    from plumb import kernels  # compiled: half a second to import

    p_valid, g_valid = scratch.array("valid prediction", (g.size,)), scratch.array("valid truth", (g.size,))
    g_map, mask = scratch.array("truth", g.shape), scratch.array("mask", g.shape, np.bool_)
    n, n_missing = kernels.select(p.ravel(), g.ravel(), low, high, p_valid, g_valid, g_map.ravel(), mask.ravel())
    return _Valid(p_valid[:n], g_valid[:n], g_map, mask, n_missing)


def _score_metres(prediction: DepthMap, truth: Truth, mode: str) -> Scores:
    """Align on the valid pixels, clip, score."""
    from plumb import kernels  # compiled: half a second to import

    p, protocol = prediction.values, truth.protocol
    low, high = protocol.min_depth, protocol.max_depth
    floor, cap = protocol.clip_range
    valid = _select(p, truth.depth, low, high)
    if valid.p.size + valid.n_missing == 0:
        raise _NothingToScore(f"no pixel of the ground truth has {low:g} < g < {high:g} m")
    if valid.p.size == 0:
        raise _NothingToScore("the prediction has no value on any valid pixel")
    found = align(valid.p, valid.g, mode)
    found.apply(valid.p, cap, limits=(floor, cap), out=valid.p)

    values: dict[str, float | None] = scalar_metrics(valid.p, valid.g)
    reasons: dict[str, str] = {}
    values["masked_psnr"] = psnr(values["rmse"], peak=cap)
    if values["masked_psnr"] is None:
        reasons["masked_psnr"] = "the prediction is the truth on every valid pixel, so psnr is infinite"
    wanted = set(protocol.metrics) - set(values)
    if wanted:
        p_map = scratch.array("prediction", p.shape)
        kernels.spread(valid.p, valid.mask.ravel(), p_map.ravel())
        # Whether the aligned map has the order of the model's own reversed: larger disparities are nearer.
        other_space = (prediction.quantity == "inverse_depth") != (mode in IN_DISPARITY)
        camera = _camera(prediction, truth)
        _score_maps(
            p_map, valid.g_map, valid.mask, cap, found.flipped != other_space, truth, camera, wanted, values, reasons
        )
    metrics = {name: values[name] for name in protocol.metrics}
    for name, value in metrics.items():
        if value is not None and not math.isfinite(value):
            metrics[name], reasons[name] = None, OUT_OF_RANGE
    reasons = {name: reason for name, reason in reasons.items() if name in metrics}
    bands, n = _bands(valid.p, valid.g, protocol), valid.p.size
    return Scores(metrics, reasons, n, valid.n_missing, mode, found.scale, found.shift, found.flipped, bands)


def band_count(protocol: Protocol) -> int:
    """How many bands of one metre scores by this protocol have; none in the 8-bit space, which knows no metres."""
    return min(math.ceil(protocol.max_depth), MAX_BANDS) if protocol.max_depth else 0


def _bands(p: np.ndarray, g: np.ndarray, protocol: Protocol) -> np.ndarray:
    """The sums by distance; pixels beyond the last band are in none."""
    count = band_count(protocol)
    if protocol.max_depth > count:
        near = g < count
        p, g = p[near], g[near]
    return distance_bands(p, g, count)


def _camera(prediction: DepthMap, truth: Truth) -> Camera | None:
    """The camera that the model found itself, of the part that counts; None for that of the truth."""
    if prediction.field_of_view is None:
        return None
    height, width = truth.frame
    focal = width / 2 / math.tan(math.radians(prediction.field_of_view) / 2)
    rows, columns = truth.part
    whole = Camera(focal, focal, (width - 1) / 2, (height - 1) / 2)
    return whole.cropped(columns.start or 0, rows.start or 0)


def _score_maps(p, g, mask, cap, reversed_order, truth, camera, wanted, values, reasons) -> None:
    """Add the metrics that need neighbours or rays; `p` and `g` are (H, W) metres, 0 outside the mask."""
    if "masked_ssim" in wanted:
        values["masked_ssim"] = ssim(p, g, mask, data_range=cap)
        if values["masked_ssim"] is None:
            reasons["masked_ssim"] = f"no {SSIM_WINDOW}x{SSIM_WINDOW} px window of the map is without a hole"
    if "boundary_f1" in wanted:
        from plumb.boundary import NO_BOUNDARY, boundary_f1

        values["boundary_f1"] = boundary_f1(p, g, mask)
        if values["boundary_f1"] is None:
            reasons["boundary_f1"] = NO_BOUNDARY
    if "ordinal_error" in wanted:
        from plumb.ordinal import NO_PAIRS, pair_error

        # Drawn where the truth counts, whether this prediction has a value there or not: else pairs would be its own.
        values["ordinal_error"] = pair_error(np.where(mask, p, np.nan), truth.depth, truth.pairs, reversed_order)
        if values["ordinal_error"] is None:
            reasons["ordinal_error"] = NO_PAIRS
    if wanted & set(POINT_METRICS):
        if truth.camera is None:
            values.update(dict.fromkeys(POINT_METRICS))
            reasons.update(dict.fromkeys(POINT_METRICS, NO_CAMERA))
        else:
            from plumb.points import NO_NORMALS, point_metrics

            values.update(point_metrics(p, g, mask, truth.camera, camera))
            if values["normal_error"] is None:
                reasons["normal_error"] = NO_NORMALS


def _score_8_bit(prediction: DepthMap, truth: Truth, mode: str) -> Scores:
    """Bring both maps to depth, divide each by its own maximum, cut to 8 bit, compare all pixels.

    A relative prediction is aligned on the measured pixels first, which turns it the right way round, and
    limited to the ground truth's farthest depth: one pixel of almost no disparity, almost infinitely far,
    would otherwise be the maximum that all others are divided by.
    """
    p = prediction.values
    valid = _select(p, truth.depth, 0.0, np.inf)
    if not truth.farthest:
        raise _NothingToScore("the ground truth has no measured pixel")
    if valid.p.size == 0:
        raise _NothingToScore("the prediction has no value on any measured pixel")
    found = align(valid.p, valid.g, mode)
    limits = (0.0, np.inf if mode == "none" else truth.farthest)
    depth = found.apply(p, truth.farthest, limits=limits, out=scratch.array("prediction", p.shape))
    known = np.isfinite(p)
    np.copyto(depth, 0.0, where=~known)
    if not depth.any():
        raise _NothingToScore("the prediction has no depth above 0")
    computed, reasons = eight_bit_metrics(truth.levels, eight_bit(depth))
    metrics = {name: computed[name] for name in truth.protocol.metrics}
    reasons = {name: reason for name, reason in reasons.items() if name in metrics}
    n_missing = int(np.count_nonzero(~known))
    return Scores(metrics, reasons, p.size, n_missing, mode, found.scale, found.shift, found.flipped)


_SPACES = {"metres": _score_metres, "8-bit": _score_8_bit}
