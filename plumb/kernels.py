"""The compiled loops of reading maps and of the default metrics: one pass where numpy needs a dozen.

:mod:`plumb.png`, :mod:`plumb.metrics` and :mod:`plumb.scoring` are their interface.
"""

from __future__ import annotations

import math

import numpy as np

from plumb.compiled import compiled, compiled_sums

WINDOW = 7  # side, in pixels, of the window of structural similarity
_AREA = WINDOW * WINDOW
_SHARE = 1.0 / _AREA  # a division costs as much as ten multiplications
_SAMPLE = _AREA / (_AREA - 1.0)  # from the covariance of a population to that of a sample
_DELTA = math.log(1.25)
_TIE = 1e-12  # far above the rounding of a logarithm, far below any difference that a depth map can hold
_TILE = 256  # columns that are worked on at a time, so that their sums stay in the nearest cache


@compiled()
def add_up_differences(rows, codes):
    """Undo the PNG filter "Sub": (H, 1 + 2 W) uint8 differences of bytes, high byte first, to (H, W) uint16."""
    for y in range(codes.shape[0]):
        row, high, low = rows[y], np.uint8(0), np.uint8(0)
        for x in range(codes.shape[1]):
            high = np.uint8(high + row[1 + 2 * x])
            low = np.uint8(low + row[2 + 2 * x])
            codes[y, x] = (np.uint16(high) << np.uint16(8)) | np.uint16(low)


@compiled()
def to_values(codes, scale, offset, values):
    """What codes stand for: offset + scale x code, NaN for code 0; (N,) uint16 to (N,) float64."""
    for i in range(codes.size):
        values[i] = offset + scale * codes[i] if codes[i] else np.nan


@compiled()
def select(p, g, low, high, p_out, g_out, g_map, mask):
    """Gather the pixels that count: low < g < high, strictly, and a finite prediction.

    Args:
        p, g: (N,) float64, NaN where there is no value
        p_out, g_out: (N,) float64, receive the values of these pixels at their beginning
        g_map: (N,) float64, receives g where they are, and 0 elsewhere
        mask: (N,) bool, receives where they are

    Returns:
        how many pixels count, and how many lack only the prediction
    """
    n = missing = 0
    for i in range(g.size):
        g_map[i], mask[i] = 0.0, False
        if low < g[i] and g[i] < high:
            if abs(p[i]) < np.inf:
                p_out[n], g_out[n], g_map[i], mask[i] = p[i], g[i], g[i], True
                n += 1
            else:
                missing += 1
    return n, missing


@compiled()
def to_depth(p, scale, shift, floor, low, high, out):
    """Apply a scale and shift and clip to [low, high]; with a floor above 0 the result is disparity, and inverted.

    Args:
        p, out: (N,) float64, may be the same; NaN stays NaN
    """
    for i in range(p.size):
        value = scale * p[i] + shift
        if floor > 0.0:
            value = 1.0 / (floor if value < floor else value)
        value = low if value < low else value
        out[i] = high if value > high else value


@compiled()
def spread(values, mask, out):
    """Put values, in order, where the mask is True, and 0 elsewhere; all arrays one-dimensional."""
    n = 0
    for i in range(mask.size):
        if mask[i]:
            out[i] = values[n]
            n += 1
        else:
            out[i] = 0.0


@compiled_sums()
def centred_sums(p, target, p_mean, target_mean):
    """Sums of (p - its mean)^2 and of (p - its mean) (target - its mean); (N,) float64."""
    spread = product = 0.0
    for i in range(p.size):
        spread += (p[i] - p_mean) * (p[i] - p_mean)
        product += (p[i] - p_mean) * (target[i] - target_mean)
    return spread, product


@compiled_sums()
def pixel_sums(p, g, log_ratio):
    """Sums over the pixels of one image, from which the scalar metrics follow.

    Args:
        p, g: (N,) float64 metres
        log_ratio: (N,) ln(p / g)

    Returns:
        sums of |d|/g, d^2/g, |d|, d^2, |L|, L^2, (L - mean L)^2, |1/p - 1/g|, (1/p - 1/g)^2, where d = p - g and
        L = ln(p / g); then how many pixels have max(p/g, g/p) below 1.25, 1.25^2, 1.25^3
    """
    relative = squared_relative = absolute = squared = 0.0
    log = absolute_log = squared_log = inverse = squared_inverse = 0.0
    within1 = within2 = within3 = ties = 0
    for i in range(p.size):
        distance, nearness = abs(p[i] - g[i]), 1.0 / g[i]
        relative += distance * nearness
        squared_relative += distance * distance * nearness
        absolute += distance
        squared += distance * distance
        size = abs(log_ratio[i])
        log += log_ratio[i]
        absolute_log += size
        squared_log += log_ratio[i] * log_ratio[i]
        inverse_distance = distance * nearness / p[i]
        inverse += inverse_distance
        squared_inverse += inverse_distance * inverse_distance
        within1 += size < _DELTA
        within2 += size < 2 * _DELTA
        within3 += size < 3 * _DELTA
        ties += (abs(size - _DELTA) < _TIE) | (abs(size - 2 * _DELTA) < _TIE) | (abs(size - 3 * _DELTA) < _TIE)
    if ties:  # on a limit to within the rounding of a logarithm only the ratio can tell: 2.5 m for 2 m is outside
        within1 = within2 = within3 = 0
        for i in range(p.size):
            worst = max(p[i] / g[i], g[i] / p[i])
            within1 += worst < 1.25
            within2 += worst < 1.25 * 1.25
            within3 += worst < 1.25 * 1.25 * 1.25
    # From centred values: the difference of two means loses every digit where the variance is near 0.
    mean, centred = log / p.size, 0.0
    for i in range(p.size):
        centred += (log_ratio[i] - mean) * (log_ratio[i] - mean)
    sums = relative, squared_relative, absolute, squared, absolute_log, squared_log, centred, inverse, squared_inverse
    return sums, (within1, within2, within3)


@compiled()
def band_sums(p, g, bands):
    """Add to bands[i] the pixels with i <= g < i + 1 metres, their sum of |p - g|/g, those within a factor of 1.25.

    Args:
        p, g: (N,) float64 metres
        bands: (B, 3) float64; what lies beyond counts in the last
    """
    last = len(bands) - 1
    band, pixels, relative, within = 0, 0, 0.0, 0
    for i in range(p.size):
        here = min(int(g[i]), last)
        if here != band:  # neighbours mostly share a band, so the sums stay in registers
            bands[band, 0] += pixels
            bands[band, 1] += relative
            bands[band, 2] += within
            band, pixels, relative, within = here, 0, 0.0, 0
        pixels += 1
        ratio = p[i] / g[i]
        relative += abs(ratio - 1.0)
        # The other quotient is worth its time only where it decides.
        within += ratio < 1.25 and (ratio > 0.8 + _TIE or (ratio > 0.8 - _TIE and g[i] / p[i] < 1.25))
    bands[band, 0] += pixels
    bands[band, 1] += relative
    bands[band, 2] += within


@compiled_sums()
def similarity(p, g, mask, data_range):
    """Sum up the structural similarity of two maps over the windows that count.

    Args:
        p, g: (H, W) float64, finite everywhere, H and W at least WINDOW
        mask: (H, W) bool; a window counts where all of it is True
        data_range: distance between the largest and the smallest possible value

    Returns:
        the sum over the windows, and their number
    """
    height, width = g.shape
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    total, count = 0.0, 0
    for left in range(0, width - WINDOW + 1, _TILE):
        right = min(left + _TILE + WINDOW - 1, width)
        wide = right - left
        # Of each column the sums over the last WINDOW rows. Of the two variances only their sum is needed.
        p1, g1, squares, pg = np.zeros(wide), np.zeros(wide), np.zeros(wide), np.zeros(wide)
        inside = np.zeros(wide)
        for y in range(height):
            a, b, m = p[y, left:right], g[y, left:right], mask[y, left:right]
            for x in range(wide):
                p1[x] += a[x]
                g1[x] += b[x]
                squares[x] += a[x] * a[x] + b[x] * b[x]
                pg[x] += a[x] * b[x]
            for x in range(wide):
                inside[x] += m[x]
            if y < WINDOW - 1:
                continue
            for x in range(wide - WINDOW + 1):
                u = (p1[x] + p1[x + 1] + p1[x + 2] + p1[x + 3] + p1[x + 4] + p1[x + 5] + p1[x + 6]) * _SHARE
                v = (g1[x] + g1[x + 1] + g1[x + 2] + g1[x + 3] + g1[x + 4] + g1[x + 5] + g1[x + 6]) * _SHARE
                q = squares[x] + squares[x + 1] + squares[x + 2] + squares[x + 3] + squares[x + 4] + squares[x + 5]
                q = (q + squares[x + 6]) * _SHARE
                uv = (pg[x] + pg[x + 1] + pg[x + 2] + pg[x + 3] + pg[x + 4] + pg[x + 5] + pg[x + 6]) * _SHARE
                above = (2 * u * v + c1) * (2 * _SAMPLE * (uv - u * v) + c2)
                below = (u * u + v * v + c1) * (_SAMPLE * (q - u * u - v * v) + c2)
                whole = (
                    inside[x] + inside[x + 1] + inside[x + 2] + inside[x + 3] + inside[x + 4] + inside[x + 5]
                    + inside[x + 6] > _AREA - 0.5
                )  # fmt: skip
                total += above / below if whole else 0.0
                count += whole
            a, b, m = p[y - WINDOW + 1, left:right], g[y - WINDOW + 1, left:right], mask[y - WINDOW + 1, left:right]
            for x in range(wide):
                p1[x] -= a[x]
                g1[x] -= b[x]
                squares[x] -= a[x] * a[x] + b[x] * b[x]
                pg[x] -= a[x] * b[x]
            for x in range(wide):
                inside[x] -= m[x]
    return total, count
