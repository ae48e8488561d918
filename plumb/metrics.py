"""The metrics of monocular depth, as pure functions over the pixels of one image.

Depth metrics take the valid pixels of a prediction and of its ground truth, in metres; 8-bit metrics take two
whole ``uint8`` maps. Which pixels count, and how a prediction is brought to metres, is decided before:
see :mod:`plumb.protocols` and :mod:`plumb.alignment`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

SSIM_WINDOW = 7  # side, in pixels, of the window that scikit-image slides over the maps
_LOG_THRESHOLD = math.log(1.25)
_TIE = 1e-12  # far above the rounding of a logarithm, far below any difference that a depth map can hold


@dataclass(frozen=True)
class Metric:
    """What a metric's number means: unit ("" for a ratio), "lower" or "higher" is better, one line."""

    unit: str
    better: str
    description: str


METRICS: dict[str, Metric] = {
    "abs_rel": Metric("", "lower", "mean error relative to the true distance"),
    "sq_rel": Metric("m", "lower", "mean squared error relative to the true distance"),
    "rmse": Metric("m", "lower", "root mean squared error"),
    "rmse_log": Metric("", "lower", "root mean squared difference of natural logarithms"),
    "log10": Metric("", "lower", "mean difference of base-10 logarithms"),
    "silog": Metric("", "lower", "scale-invariant logarithmic error, times 100"),
    "delta1": Metric("", "higher", "share of pixels within a factor of 1.25 of the truth"),
    "delta2": Metric("", "higher", "share of pixels within a factor of 1.25^2 of the truth"),
    "delta3": Metric("", "higher", "share of pixels within a factor of 1.25^3 of the truth"),
    "mae": Metric("m", "lower", "mean absolute error"),
    "irmse": Metric("1/m", "lower", "root mean squared error of inverse depth"),
    "imae": Metric("1/m", "lower", "mean absolute error of inverse depth"),
}

# rmse means metres above and grey levels here: a number is never shown without its table's unit.
EIGHT_BIT_METRICS: dict[str, Metric] = {
    "rmse": Metric("8-bit levels", "lower", "root mean squared error of the 8-bit maps"),
    "psnr": Metric("dB", "higher", "peak signal-to-noise ratio of the 8-bit maps"),
    "ssim": Metric("", "higher", "structural similarity of the 8-bit maps"),
}


def scalar_metrics(p: np.ndarray, g: np.ndarray) -> dict[str, float]:
    """Compute every metric of :data:`METRICS` over the valid pixels of one image, in float64.

    With ``L = ln p - ln g``, means over the pixels:

    - abs_rel: mean(|p - g| / g)
    - sq_rel [m]: mean((p - g)^2 / g). KITTI's kit: mean(((p - g) / g)^2), without unit
    - rmse [m]: sqrt(mean((p - g)^2)), of one image; some labs pool the pixels of all images
    - rmse_log: sqrt(mean(L^2)). Metric3D: base-10 logarithm
    - log10: mean(|log10 p - log10 g|)
    - silog: 100 sqrt(mean(L^2) - mean(L)^2). Depth Anything V2: sqrt(mean(L^2) - mean(L)^2 / 2), not times
      100; UniDepth: divides by n - 1; Metric3D: base-10 logarithm
    - delta1, delta2, delta3: mean(max(p / g, g / p) < 1.25^n), strictly
    - mae [m]: mean(|p - g|)
    - irmse [1/m]: sqrt(mean((1/p - 1/g)^2)). KITTI: 1/km, a thousand times larger
    - imae [1/m]: mean(|1/p - 1/g|). KITTI: 1/km

    Sources: Eigen et al., "Depth Map Prediction from a Single Image using a Multi-Scale Deep Network", 2014
    (abs_rel, sq_rel, rmse, rmse_log, delta); KITTI depth benchmark (silog, irmse, imae).

    Args:
        p: predicted depth of the valid pixels in metres, one shape with ``g``, all > 0
        g: true depth of the same pixels in metres, all > 0

    Raises:
        ValueError: the shapes differ, or there is no pixel
    """
    p = np.asarray(p, dtype=np.float64).ravel()
    g = np.asarray(g, dtype=np.float64).ravel()
    if p.size != g.size or p.size == 0:
        raise ValueError(f"need as many predicted as true depths and at least one; got {p.size} and {g.size}")

    difference = p - g
    absolute = np.abs(difference)
    relative = absolute / g
    log_difference = np.log(p) - np.log(g)
    absolute_log = np.abs(log_difference)
    inverse_difference = np.abs(1.0 / p - 1.0 / g)
    return {
        "abs_rel": float(np.mean(relative)),
        "sq_rel": float(np.mean(relative * absolute)),
        "rmse": _root_mean_square(difference),
        "rmse_log": _root_mean_square(log_difference),
        "log10": float(np.mean(absolute_log)) / math.log(10.0),
        # The variance from centred values: the textbook difference of two means loses every digit near 0.
        "silog": 100.0 * float(np.std(log_difference)),
        "delta1": _share_within(1, p, g, absolute_log),
        "delta2": _share_within(2, p, g, absolute_log),
        "delta3": _share_within(3, p, g, absolute_log),
        "mae": float(np.mean(absolute)),
        "irmse": _root_mean_square(inverse_difference),
        "imae": float(np.mean(inverse_difference)),
    }


def eight_bit(depth: np.ndarray) -> np.ndarray:
    """Divide a depth map by its own maximum and cut it to 256 levels: ``floor(255 * depth / max)``.

    Args:
        depth: (H, W) depth, any unit, >= 0; NaN and infinity are holes and become level 0

    Returns:
        (H, W) ``uint8``

    Raises:
        ValueError: no value of the map is above 0, so it has no maximum to be divided by
    """
    depth = np.where(np.isfinite(depth), depth, 0.0)
    maximum = depth.max(initial=0.0)
    if maximum <= 0:
        raise ValueError("no depth above 0, so the map cannot be divided by its maximum")
    return (depth / maximum * 255.0).astype(np.uint8)


def eight_bit_metrics(a: np.ndarray, b: np.ndarray) -> tuple[dict[str, float | None], dict[str, str]]:
    """Compare two 8-bit maps by scikit-image's error, PSNR (peak 255) and SSIM (7x7 window).

    Args:
        a: (H, W) ``uint8`` map of the ground truth
        b: (H, W) ``uint8`` map of the prediction

    Returns:
        the metrics of :data:`EIGHT_BIT_METRICS`, None where there is no number; why there is none, by metric

    Raises:
        ValueError: a map is not two-dimensional ``uint8``, is empty, or the shapes differ
    """
    from skimage.metrics import mean_squared_error, peak_signal_noise_ratio, structural_similarity

    if a.dtype != np.uint8 or b.dtype != np.uint8 or a.shape != b.shape or a.ndim != 2 or a.size == 0:
        got = f"{a.dtype} {a.shape} and {b.dtype} {b.shape}"
        raise ValueError(f"need two uint8 maps of one (H, W), as eight_bit() makes them; got {got}")
    metrics: dict[str, float | None] = dict.fromkeys(EIGHT_BIT_METRICS)
    metrics["rmse"] = math.sqrt(mean_squared_error(a, b))
    reasons: dict[str, str] = {}
    if metrics["rmse"] == 0:
        reasons["psnr"] = "the two 8-bit maps are identical, so psnr is infinite"
    else:
        metrics["psnr"] = float(peak_signal_noise_ratio(a, b, data_range=255))
    if min(a.shape) < SSIM_WINDOW:
        reasons["ssim"] = f"the map is smaller than the {SSIM_WINDOW}x{SSIM_WINDOW} px window of ssim"
    else:
        metrics["ssim"] = float(structural_similarity(a, b, win_size=SSIM_WINDOW, data_range=255))
    return metrics, reasons


def _root_mean_square(x: np.ndarray) -> float:
    return math.sqrt(float(np.mean(np.square(x))))


def _share_within(n: int, p: np.ndarray, g: np.ndarray, absolute_log: np.ndarray) -> float:
    """Share of pixels with max(p / g, g / p) < 1.25^n.

    The shared logarithm answers for all pixels but those that sit on the limit to within its rounding: 2.5 m
    for a true 2 m is outside, and there only the ratio itself can tell.
    """
    limit = n * _LOG_THRESHOLD
    inside = np.count_nonzero(absolute_log < limit - _TIE)
    tied = np.flatnonzero(np.abs(absolute_log - limit) <= _TIE)
    if tied.size:
        ratio = np.maximum(p[tied] / g[tied], g[tied] / p[tied])
        inside += np.count_nonzero(ratio < 1.25**n)
    return float(inside / p.size)
