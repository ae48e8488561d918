"""Scale and shift of the least weighted absolute deviations, exact, over the valid pixels of one image."""

from __future__ import annotations

import math

import numpy as np

_ROUNDING = 1e-12


def weighted_l1_scale(x: np.ndarray, y: np.ndarray, w: np.ndarray) -> float:
    """The s of the smallest sum(w |s x - y|); the smallest such s where many are equally good."""
    known = (x != 0) & (w > 0)
    if not known.any():
        raise ValueError("no point has a weight and an x other than 0, so every scale fits equally well")
    x, y, w = x[known], y[known], w[known]
    return _weighted_median(y / x, w * np.abs(x))


def weighted_l1_affine(x: np.ndarray, y: np.ndarray, w: np.ndarray) -> tuple[float, float]:
    """The (s, t) of the smallest sum(w |s x + t - y|)."""
    level = _weighted_median(y, w)
    if np.ptp(x) <= _ROUNDING * np.abs(x).max():
        length = math.hypot(x[0], 1.0)
        return float(x[0] / length * (level / length)), float(level / length / length)
    k = int(np.argmin(np.abs(y - level)))
    best, found = math.inf, (0.0, level)
    while True:
        dx, dy = x - x[k], y - y[k]
        line = dx != 0
        scale = _weighted_median(dy[line] / dx[line], w[line] * np.abs(dx[line]))
        residual = scale * dx - dy
        cost = float(np.sum(w * np.abs(residual)))
        if cost >= best:
            return found
        best, found = cost, (scale, float(y[k] - scale * x[k]))
        tied = np.abs(residual) <= 2e-15 * (abs(scale) * (np.abs(x) + abs(x[k])) + np.abs(y) + abs(y[k]))
        signs = np.where(tied, 0.0, w * np.sign(residual))
        slope_x, slope_t = float(np.sum(signs * x)), float(np.sum(signs))
        candidates = np.unique(x[tied])
        change = np.array([np.sum(w[tied] * np.abs(x[tied] - c)) - abs(slope_x - c * slope_t) for c in candidates])
        if change.min() >= -_ROUNDING * np.sum(w * np.abs(dx)):
            return found
        k = int(np.flatnonzero(tied)[np.argmin(np.abs(x[tied] - candidates[np.argmin(change)]))])


def _weighted_median(values: np.ndarray, weights: np.ndarray) -> float:
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, (0.5 - _ROUNDING) * total[-1])])
