"""Scale and shift: bringing a prediction to metres before it is compared with the ground truth."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from plumb import scratch

ALIGNMENTS: dict[str, str] = {
    "none": "prediction taken as metres",
    "median": "scaled to the median of the ground truth",
    "lsq_depth": "least-squares scale and shift in depth",
    "lsq_disparity": "least-squares scale and shift in inverse depth",
    "midas_disparity": "MiDaS's least-squares scale and shift in inverse depth",
    "robust_scale": "scaled by the least relative deviations in depth",
    "robust_depth": "scale and shift of the least relative deviations in depth",
    "robust_disparity": "scale and shift of the least relative deviations in inverse depth",
}

IN_DISPARITY = ("lsq_disparity", "midas_disparity", "robust_disparity")
"""The modes that fit in inverse depth; the others fit in depth."""

_OF_POSITIVE = ("median", "robust_scale", "lsq_disparity", "robust_disparity")

# The space of the fit follows what the model puts out.
AUTO: dict[str, str] = {"depth": "none", "affine_depth": "lsq_depth", "inverse_depth": "lsq_disparity"}
ROBUST: dict[str, str] = {
    "depth": "robust_scale",
    "affine_depth": "robust_depth",
    "inverse_depth": "robust_disparity",
}
_BY_QUANTITY = {"auto": AUTO, "robust": ROBUST}

_MIN_DISPARITY = 1e-3  # 1/m, the floor of lsq_disparity and robust_disparity: nothing aligned lies beyond a kilometre
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

    def apply(
        self,
        prediction: np.ndarray,
        max_depth: float,
        limits: tuple[float, float] = (-math.inf, math.inf),
        out: np.ndarray | None = None,
    ) -> np.ndarray:
        """Turn a prediction into depth.

        Args:
            prediction: any shape, in the model's own quantity; NaN stays NaN
            max_depth: the evaluation's cap in metres; only "midas_disparity" needs it, as 1 / its floor
            limits: the least and the greatest depth in metres, to which the result is clipped
            out: receives the result; None for a new array

        Returns:
            float64 depth in metres of the same shape
        """
        from plumb import kernels  # compiled: half a second to import

        prediction = np.ascontiguousarray(prediction, dtype=np.float64)
        out = np.empty(prediction.shape) if out is None else out
        floor = 0.0
        if self.mode in IN_DISPARITY:
            floor = 1.0 / max_depth if self.mode == "midas_disparity" else _MIN_DISPARITY
        low, high = map(float, limits)
        kernels.to_depth(prediction.ravel(), self.scale, self.shift, floor, low, high, out.ravel())
        return out


def check_alignment(request: str) -> None:
    """Raise ValueError unless ``request`` is a key of :data:`ALIGNMENTS`, "auto" or "robust"."""
    if request not in ALIGNMENTS and request not in _BY_QUANTITY:
        raise ValueError(f"unknown alignment {request!r}; choose from auto, {', '.join(ALIGNMENTS)}, robust")


def resolve(request: str, quantity: str) -> str:
    """The mode that is meant for a prediction of this quantity.

    Args:
        request: "auto" (:data:`AUTO`), "robust" (:data:`ROBUST`), or a mode, which is returned
        quantity: a key of :data:`plumb.depthmap.QUANTITIES`

    Raises:
        ValueError: unknown request
    """
    check_alignment(request)
    return _BY_QUANTITY[request][quantity] if request in _BY_QUANTITY else request


def align(p: np.ndarray, g: np.ndarray, mode: str) -> Alignment:
    """Fit a prediction to the ground truth over the valid pixels of one image.

    ``none`` leaves it. ``median`` is s = median(g) / median(p) over the pixels with p > 0. ``lsq_depth``
    minimises sum((s p + t - g)^2). ``lsq_disparity`` minimises sum((s p + t - 1/g)^2) over the pixels with
    p > 0; ``midas_disparity`` does so over all pixels (Ranftl et al., "Towards Robust Monocular Depth
    Estimation", 2020).

    The robust modes minimise the sum of relative deviations, which outliers move little (Wang et al., "MoGe:
    Unlocking Accurate Monocular Geometry Estimation", 2024): ``robust_scale`` is sum(|s p - g| / g) over the
    pixels with p > 0, ``robust_depth`` sum(|s p + t - g| / g), and ``robust_disparity``
    sum(|s p + t - 1/g| g) over the pixels with p > 0. So depths measured too large weigh little in the first
    two, depths measured too small in the third. Among equally good fits they take the smallest scale.

    Where p <= 0 a metric map has no depth and a disparity map no disparity, so there is nothing to fit there;
    in affine depth 0 is a value like any other, the nearest.

    A constant prediction, and with it a single pixel, has no unique scale and shift. As in published
    evaluations, the lsq and robust modes then take the smallest one, and ``midas_disparity`` takes zero for
    both, so that every pixel lands on the cap.

    Args:
        p: (N,) finite predictions in the model's own quantity
        g: (N,) true depths in metres, > 0
        mode: a key of :data:`ALIGNMENTS`

    Raises:
        AlignmentError: this prediction has no such alignment
        ValueError: unknown mode, or no pixel
    """
    check_alignment(mode)
    if mode in _BY_QUANTITY:
        raise ValueError(f"alignment {mode!r} depends on the prediction's quantity: resolve() it first")
    p = np.ascontiguousarray(p, dtype=np.float64)
    g = np.ascontiguousarray(g, dtype=np.float64)
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
    low, high = float(p.min()), float(p.max())
    # A map read back from 16-bit codes holds a model's exact 0 only to within the rounding of its scale.
    zero = _ROUNDING * max(-low, high)
    if mode in _OF_POSITIVE and low <= zero:
        positive = p > zero
        if not positive.any():
            raise AlignmentError("the prediction is positive on no valid pixel, so there is nothing to fit")
        p, g = p[positive], g[positive]
        low = float(p.min())
    if mode == "median":
        return float(np.median(g) / np.median(p)), 0.0
    if mode == "robust_scale":
        return _least_deviations(p, g, shifted=False)
    target = _inverse(g) if mode in IN_DISPARITY else g
    if mode in ("robust_depth", "robust_disparity"):
        return _least_deviations(p, target)
    if high - low > _ROUNDING * max(-low, high):
        return _least_squares(p, target)
    return (0.0, 0.0) if mode == "midas_disparity" else _least_squares_of_constant(p, target)


def _inverse(g: np.ndarray) -> np.ndarray:
    return np.divide(1.0, g, out=scratch.array("inverse depth", g.shape))


def _least_squares(p: np.ndarray, target: np.ndarray) -> tuple[float, float]:
    """Scale and shift of the smallest sum((s p + t - target)^2).

    Centred sums need no N x 2 matrix and lose no digits on a prediction far from 0.
    """
    from plumb import kernels  # compiled: half a second to import

    p_mean, target_mean = float(np.mean(p)), float(np.mean(target))
    spread, product = kernels.centred_sums(p, target, p_mean, target_mean)
    if not math.isfinite(spread):  # dividing by infinity would give a scale of 0 that looks like an answer
        return math.nan, math.nan
    scale = product / spread if spread else math.nan
    return scale, target_mean - scale * p_mean


def _least_squares_of_constant(p: np.ndarray, target: np.ndarray) -> tuple[float, float]:
    """Every (s, t) on a line fits equally well; this is its point nearest to the origin."""
    p_mean, target_mean = float(np.mean(p)), float(np.mean(target))
    length = math.hypot(p_mean, 1.0)
    return p_mean / length * (target_mean / length), target_mean / length / length


def _least_deviations(p: np.ndarray, target: np.ndarray, shifted: bool = True) -> tuple[float, float]:
    """Scale and shift of the smallest sum(|s p + t - target| / target); a shift of 0 unless ``shifted``."""
    from plumb.robust import weighted_l1_affine, weighted_l1_scale  # compiled: half a second to import

    weights = 1.0 / target
    return weighted_l1_affine(p, target, weights) if shifted else (weighted_l1_scale(p, target, weights), 0.0)
