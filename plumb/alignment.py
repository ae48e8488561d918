"""Scale and shift: bringing a prediction to metres before it is compared with the ground truth."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

ALIGNMENTS: dict[str, str] = {
    "none": "prediction taken as metres",
    "median": "scaled to the median of the ground truth",
    "lsq_depth": "least-squares scale and shift in depth",
    "lsq_disparity": "least-squares scale and shift in inverse depth",
    "midas_disparity": "MiDaS's least-squares scale and shift in inverse depth",
}

# The space of the fit follows what the model puts out.
AUTO: dict[str, str] = {"depth": "none", "affine_depth": "lsq_depth", "inverse_depth": "lsq_disparity"}

_MIN_DISPARITY = 1e-3  # 1/m, the floor of lsq_disparity: nothing aligned lies beyond a kilometre
_ROUNDING = 1e-12  # relative to a prediction's largest value: below it lies rounding, not depth


class AlignmentError(ValueError):
    """A prediction that has no scale and shift; the message says why."""


@dataclass(frozen=True)
class Alignment:
    """How one prediction becomes metres.

    Attributes:
        mode: a key of :data:`ALIGNMENTS`
        scale: factor of the prediction; 1 for "none"
        shift: added to the scaled prediction, in metres, or in 1/m where the fit is in inverse depth
    """

    mode: str
    scale: float = 1.0
    shift: float = 0.0

    @property
    def flipped(self) -> bool:
        """The fitted scale is not positive: near and far are swapped, or not told apart."""
        return self.scale <= 0

    def apply(self, prediction: np.ndarray, max_depth: float) -> np.ndarray:
        """Turn a prediction into depth.

        Args:
            prediction: any shape, in the model's own quantity; NaN stays NaN
            max_depth: the evaluation's cap in metres; only "midas_disparity" needs it, as 1 / its floor

        Returns:
            float64 depth in metres of the same shape, not yet limited to the cap
        """
        if self.mode == "none":
            return np.asarray(prediction, dtype=np.float64)
        aligned = self.scale * np.asarray(prediction, dtype=np.float64) + self.shift
        if self.mode == "lsq_disparity":
            return 1.0 / np.maximum(aligned, _MIN_DISPARITY)
        if self.mode == "midas_disparity":
            return 1.0 / np.maximum(aligned, 1.0 / max_depth)
        return aligned


def check_alignment(mode: str) -> None:
    """Raise ValueError unless ``mode`` is "auto" or a key of :data:`ALIGNMENTS`."""
    if mode != "auto" and mode not in ALIGNMENTS:
        raise ValueError(f"unknown alignment {mode!r}; choose from auto, {', '.join(ALIGNMENTS)}")


def align(p: np.ndarray, g: np.ndarray, mode: str) -> Alignment:
    """Fit a prediction to the ground truth over the valid pixels of one image.

    ``none`` leaves it. ``median`` is s = median(g) / median(p) over the pixels with p > 0. ``lsq_depth``
    minimises sum((s p + t - g)^2). ``lsq_disparity`` minimises sum((s p + t - 1/g)^2) over the pixels with
    p > 0; ``midas_disparity`` does so over all pixels (Ranftl et al., "Towards Robust Monocular Depth
    Estimation", 2020).

    A constant prediction, and with it a single pixel, has no unique least-squares solution. As in published
    evaluations, the lsq modes then take the smallest one, and ``midas_disparity`` takes zero for both, so
    that every pixel lands on the cap.

    Args:
        p: (N,) finite predictions in the model's own quantity
        g: (N,) true depths in metres, > 0
        mode: a key of :data:`ALIGNMENTS`

    Raises:
        AlignmentError: this prediction has no such alignment
        ValueError: unknown mode, or no pixel
    """
    check_alignment(mode)
    if mode == "auto":
        raise ValueError("alignment 'auto' needs the prediction's quantity: look it up in AUTO")
    p = np.asarray(p, dtype=np.float64)
    g = np.asarray(g, dtype=np.float64)
    if p.shape != g.shape or p.size == 0:
        raise ValueError(f"need one true depth a prediction, and at least one; got {p.shape} and {g.shape}")

    if mode == "none":
        return Alignment(mode)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # what is not finite is refused below
        scale, shift = _fit(p, g, mode)
    if not (math.isfinite(scale) and math.isfinite(shift)):
        raise AlignmentError("the prediction's values are too large or too small to fit a scale and shift")
    return Alignment(mode, scale, shift)


def _fit(p: np.ndarray, g: np.ndarray, mode: str) -> tuple[float, float]:
    if mode == "lsq_depth":
        return _least_squares(p, g)
    if mode == "midas_disparity":
        return (0.0, 0.0) if _is_constant(p) else _least_squares(p, 1.0 / g)
    # A map read back from 16-bit codes holds a model's exact 0 only to within the rounding of its scale.
    positive = p > _ROUNDING * np.abs(p).max()
    if not positive.any():
        raise AlignmentError("the prediction is positive on no valid pixel, so there is nothing to fit")
    p, g = p[positive], g[positive]
    if mode == "median":
        return float(np.median(g) / np.median(p)), 0.0
    return _least_squares(p, 1.0 / g)


def _is_constant(p: np.ndarray) -> bool:
    return bool(np.ptp(p) <= _ROUNDING * np.abs(p).max())


def _least_squares(p: np.ndarray, target: np.ndarray) -> tuple[float, float]:
    """Scale and shift of the smallest sum((s p + t - target)^2).

    Centred sums need no N x 2 matrix and lose no digits on a prediction far from 0.
    """
    p_mean, target_mean = float(np.mean(p)), float(np.mean(target))
    if _is_constant(p):  # every (s, t) on a line fits equally well; this is its point nearest to the origin
        length = math.hypot(p_mean, 1.0)
        return p_mean / length * (target_mean / length), target_mean / length / length
    centred = p - p_mean
    spread = np.sum(np.square(centred))
    if not np.isfinite(spread):  # dividing by infinity would give a scale of 0 that looks like an answer
        return math.nan, math.nan
    scale = float(np.sum(centred * (target - target_mean)) / spread)
    return scale, target_mean - scale * p_mean
