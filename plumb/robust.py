"""Scale and shift of the least weighted absolute deviations, exact, over the valid pixels of one image.

sum(w |s x + t - y|) is convex, and flat between the lines t = y - s x that its points draw in the plane of s and
t. So it is smallest at a crossing of two of these lines, and along one of them at a weighted median.
:func:`_solve` follows lines downhill from crossing to crossing (Bloomfield and Steiger, "Least Absolute Deviations
Curve-Fitting", 1980); where many lines cross at once, as those of quantised maps do, it asks each before it ends.

Most pixels of an image need no such attention: the fit to a sample shows on which side of the fit they lie, and
all points of one side together act as one (Portnoy and Koenker, "The Gaussian Hare and the Laplacian Tortoise",
1997). Their sides are checked afterwards, so that the sample decides on the time and not on the result.
"""

from __future__ import annotations

import math

import numpy as np

from plumb.compiled import compiled

_ROUNDING = 1e-12  # sums that differ by less than this part of the whole are taken as equal
_ON_THE_LINE = 1e-15  # a residual below this part of the coordinates is rounding
_SAMPLE = 4096
_OPEN = 0.06  # share of the points, those nearest to the sample's fit, whose side it leaves open
_STALLED = 100  # steps without gain after which only rounding can be moving the fit
_ABOVE, _BELOW, _UNKNOWN = 0, 1, 2


def weighted_l1_scale(x: np.ndarray, y: np.ndarray, w: np.ndarray) -> float:
    """The s of the smallest sum(w |s x - y|); the smallest such s where several are equally good.

    Args:
        x, y, w: (N,) finite values, targets, and weights >= 0

    Returns:
        the scale; NaN where w x leaves the range of float64

    Raises:
        ValueError: no point has both a weight and an x other than 0
    """
    x, y, w = _weighted(x, y, w)
    ratios, weights = np.empty_like(x), np.empty_like(x)
    n, total = _slopes(x, y, w, 0.0, 0.0, ratios, weights)
    if n == 0:
        raise ValueError("x is 0 wherever there is a weight, so every scale fits equally well")
    return _quantile(ratios, weights, n, _half(total)) if 0.0 < total < math.inf else math.nan


def weighted_l1_affine(x: np.ndarray, y: np.ndarray, w: np.ndarray) -> tuple[float, float]:
    """The (s, t) of the smallest sum(w |s x + t - y|); that of the smallest s where several are equally good.

    Where x is constant only s x + t is determined, as the weighted median of y; of the many (s, t) this is
    the one nearest to (0, 0), as is usual in least squares.

    Args:
        x, y, w: (N,) finite values, targets, and weights >= 0

    Returns:
        scale and shift; NaN where w x or w y leaves the range of float64

    Raises:
        ValueError: no point has a weight
    """
    x, y, w = _weighted(x, y, w)
    low, high = float(x.min()), float(x.max())
    if high - low <= _ROUNDING * max(abs(low), abs(high)):
        level = _quantile(y.copy(), w.copy(), y.size, _half(float(w.sum())))
        length = math.hypot(low, 1.0)
        return low / length * (level / length), level / length / length
    if x.size <= 4 * _SAMPLE:
        return _solve(x, y, w, 0.0, float(np.median(y)))

    drawn = np.random.default_rng(0).integers(0, x.size, _SAMPLE)  # a stride could follow an image's columns
    scale, shift, width = _fit_sample(x[drawn], y[drawn], w[drawn])
    sides = np.empty(x.size, np.uint8)
    _take_sides(x, y, scale, shift, width, sides)
    while True:
        scale, shift = _solve(*_gather(x, y, w, sides), scale, shift)
        if _reopen(x, y, scale, shift, sides) == 0:
            return scale, shift


def _weighted(x: np.ndarray, y: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The points that have a weight, as arrays that the compiled loops take."""
    x, y, w = (np.ascontiguousarray(values, dtype=np.float64) for values in (x, y, w))
    known = w > 0
    if known.size and known.all():
        return x, y, w
    if not known.any():
        raise ValueError("no point has a weight, so there is nothing to fit")
    return x[known], y[known], w[known]


def _fit_sample(x: np.ndarray, y: np.ndarray, w: np.ndarray) -> tuple[float, float, float]:
    """Scale and shift, and how far a point must lie from this line for its side to be taken as known."""
    scale, shift = _solve(x, y, w, 0.0, float(np.median(y)))
    distance = np.sort(np.abs(scale * x + shift - y))
    return scale, shift, float(distance[int(_OPEN * x.size)])


def _half(total: float) -> float:
    return (0.5 - _ROUNDING) * total


@compiled()
def _quantile(values, weights, n, target):
    """The smallest value up to which the first ``n`` weights reach ``target``; reorders both arrays.

    It is the smallest of all where ``target`` is 0 or less, and the largest where it is out of reach.
    """
    low, high, state = 0, n, 1
    while high - low > 1:
        # Any pivot will do, but one at a fixed place would make some orders, such as a ramp's, slow.
        state = (state * 1103515245 + 12345) % 2147483648
        pivot = values[low + state * (high - low) // 2147483648]
        below = equal = 0.0
        left, i, right = low, low, high  # below the pivot up to left, equal to it up to i, above it from right
        while i < right:
            value, weight = values[i], weights[i]
            if value < pivot:
                values[i], weights[i] = values[left], weights[left]
                values[left], weights[left] = value, weight
                below += weight
                left += 1
                i += 1
            elif value > pivot:
                right -= 1
                values[i], weights[i] = values[right], weights[right]
                values[right], weights[right] = value, weight
            else:
                equal += weight
                i += 1
        if left > low and target <= below:
            high = left
        elif right == high or target <= below + equal:
            return pivot
        else:
            target -= below + equal
            low = right
    return values[low]


@compiled()
def _slopes(x, y, w, x0, y0, slopes, weights):
    """On the line of the point (x0, y0) the cost is sum(weights |s - slopes|) but for a constant.

    Returns:
        the number of slopes and the sum of their weights
    """
    n, total = 0, 0.0
    for i in range(x.size):
        dx = x[i] - x0
        if dx != 0.0:
            slopes[n] = (y[i] - y0) / dx
            weights[n] = w[i] * abs(dx)
            total += weights[n]
            n += 1
    return n, total


@compiled()
def _crossing(x, y, w, k, scale, crossing):
    """What happens at a scale on the line of point ``k``.

    Returns:
        the cost; what the points whose lines do not pass here add to its derivatives, by the scale with point k
        held and by the shift; how many lines pass here, whose points ``crossing`` receives
    """
    cost = by_scale = by_shift = 0.0
    n = 0
    for i in range(x.size):
        dx, dy = x[i] - x[k], y[i] - y[k]
        residual = scale * dx - dy
        cost += w[i] * abs(residual)
        if abs(residual) <= _ON_THE_LINE * (abs(scale) * (abs(x[i]) + abs(x[k])) + abs(y[i]) + abs(y[k])):
            crossing[n] = i
            n += 1
        else:
            side = w[i] if residual > 0.0 else -w[i]
            by_scale += side * dx
            by_shift += side
    return cost, by_scale, by_shift, n


@compiled()
def _steepest(x, w, k, by_scale, by_shift, crossing, n, values, weights):
    """Of the lines that cross, the one on which the cost falls most towards larger scales.

    On the line of point j its derivative is by_scale - by_shift (x_j - x_k) + sum(w_i |x_i - x_j|) over the
    points i that cross, which is convex in x_j and smallest at a quantile. Between the lines the derivative is
    linear in the direction, so where it is negative on none of them, both ways, the cost is smallest.

    Returns:
        the line's point and the derivative
    """
    total = 0.0
    for i in range(n):
        values[i], weights[i] = x[crossing[i]] - x[k], w[crossing[i]]
        total += weights[i]
    best = _quantile(values, weights, n, 0.5 * (total + by_shift))
    point, slope = k, by_scale - by_shift * best
    for i in range(n):
        dx = x[crossing[i]] - x[k]
        slope += w[crossing[i]] * abs(dx - best)
        if dx == best:
            point = crossing[i]
    return point, slope


@compiled()
def _solve(x, y, w, scale, shift):
    """Scale and shift of the smallest cost, from a start, by all points; NaN where x is constant or sums overflow."""
    values, weights, crossing = np.empty(x.size), np.empty(x.size), np.empty(x.size, np.int64)
    k = 0
    for i in range(x.size):
        if abs(scale * x[i] + shift - y[i]) < abs(scale * x[k] + shift - y[k]):
            k = i
    lowest, stalled, sinking = np.inf, 0, True
    while True:
        n, total = _slopes(x, y, w, x[k], y[k], values, weights)
        if not 0.0 < total < np.inf:
            return np.nan, np.nan
        before, scale = scale, _quantile(values, weights, n, (0.5 - _ROUNDING) * total)
        cost, by_scale, by_shift, n = _crossing(x, y, w, k, scale, crossing)
        if not cost < np.inf:
            return np.nan, np.nan
        stalled = 0 if cost < lowest else stalled + 1
        lowest = min(cost, lowest)
        up, rise = _steepest(x, w, k, by_scale, by_shift, crossing, n, values, weights)
        down, fall = _steepest(x, w, k, -by_scale, -by_shift, crossing, n, values, weights)
        rounding = _ROUNDING * total
        if sinking and stalled < _STALLED and min(rise, fall) < -rounding:
            k = up if rise < fall else down
        elif fall <= rounding and (sinking or scale < before):  # no higher there, and smaller in scale
            k, sinking = down, False
        else:
            return scale, y[k] - scale * x[k]


@compiled()
def _take_sides(x, y, scale, shift, width, sides):
    """Note on which side of the points the line runs, where they are farther than ``width`` from it."""
    for i in range(x.size):
        residual = scale * x[i] + shift - y[i]
        sides[i] = _ABOVE if residual > width else _BELOW if residual < -width else _UNKNOWN


@compiled()
def _reopen(x, y, scale, shift, sides):
    """Forget the sides that are not those of this line, and count them."""
    n = 0
    for i in range(x.size):
        residual = scale * x[i] + shift - y[i]
        if (sides[i] == _ABOVE and not residual > 0.0) or (sides[i] == _BELOW and not residual < 0.0):
            sides[i] = _UNKNOWN
            n += 1
    return n


@compiled()
def _gather(x, y, w, sides):
    """x, y and w of the points of unknown side, after one point for each side that stands for all points there."""
    n = 2
    for i in range(x.size):
        n += sides[i] == _UNKNOWN
    near_x, near_y, near_w = np.zeros(n), np.zeros(n), np.zeros(n)
    n = 2
    for i in range(x.size):
        if sides[i] == _UNKNOWN:
            near_x[n], near_y[n], near_w[n] = x[i], y[i], w[i]
            n += 1
        else:
            near_x[sides[i]] += w[i] * x[i]
            near_y[sides[i]] += w[i] * y[i]
            near_w[sides[i]] += w[i]
    for side in range(2):
        if near_w[side] > 0.0:
            near_x[side] /= near_w[side]
            near_y[side] /= near_w[side]
    return near_x, near_y, near_w
