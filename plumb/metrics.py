"""The metrics of monocular depth, as pure functions over the pixels of one image.

Depth metrics take the valid pixels of a prediction and of its ground truth, in metres; 8-bit metrics take two
whole ``uint8`` maps. Which pixels count, and how a prediction is brought to metres, is decided before:
see :mod:`plumb.protocols` and :mod:`plumb.alignment`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from plumb import scratch

_ROUNDING = 1e-12  # far above what the arithmetic leaves of a perfect prediction, far below half a stored millimetre
SSIM_WINDOW = 7  # side, in pixels, of the window that scikit-image slides over the maps


@dataclass(frozen=True)
class Metric:
    """What a metric's number means.

    Attributes:
        unit: "" for a ratio
        better: "lower" or "higher"
        description: one line
        pooling: how the values of images give that of all their pixels: "mean" weighted by pixels, "root" of the
            mean square weighted by pixels, "" where they do not
    """

    unit: str
    better: str
    description: str
    pooling: str = ""


_SCALARS: dict[str, Metric] = {
    "abs_rel": Metric("", "lower", "mean error relative to the true distance", "mean"),
    "sq_rel": Metric("m", "lower", "mean squared error relative to the true distance", "mean"),
    "rmse": Metric("m", "lower", "root mean squared error", "root"),
    "rmse_log": Metric("", "lower", "root mean squared difference of natural logarithms", "root"),
    "log10": Metric("", "lower", "mean difference of base-10 logarithms", "mean"),
    # Pooled, each image keeps a scale of its own, as scale-invariant says.
    "silog": Metric("", "lower", "scale-invariant logarithmic error, times 100", "root"),
    "delta1": Metric("", "higher", "share of pixels within a factor of 1.25 of the truth", "mean"),
    "delta2": Metric("", "higher", "share of pixels within a factor of 1.25^2 of the truth", "mean"),
    "delta3": Metric("", "higher", "share of pixels within a factor of 1.25^3 of the truth", "mean"),
    "mae": Metric("m", "lower", "mean absolute error", "mean"),
    "irmse": Metric("1/m", "lower", "root mean squared error of inverse depth", "root"),
    "imae": Metric("1/m", "lower", "mean absolute error of inverse depth", "mean"),
}

_MASKED: dict[str, Metric] = {
    "masked_psnr": Metric("dB", "higher", "peak signal-to-noise ratio of the valid pixels, peak the protocol's cap"),
    "masked_ssim": Metric("", "higher", "structural similarity in metres, of the 7x7 windows without a hole"),
}

_SPATIAL: dict[str, Metric] = {
    "boundary_f1": Metric("", "higher", "F1 of occluding boundaries between measured pixels, as in MoGe"),
    "ordinal_error": Metric("", "lower", "share of pixel pairs whose order by distance is wrong (WHDR)"),
}

POINT_METRICS: dict[str, Metric] = {
    "point_error": Metric("m", "lower", "mean distance between predicted and true point", "mean"),
    "point_rel": Metric("", "lower", "mean distance between the points relative to the true one's", "mean"),
    "point_delta1": Metric("", "higher", "share of points within a quarter of their distance of the truth", "mean"),
    "normal_error": Metric("deg", "lower", "mean angle between predicted and true surface normal"),
}
"""In the space of a pinhole camera, for samples whose intrinsics are known."""

METRICS: dict[str, Metric] = {**_SCALARS, **_MASKED, **_SPATIAL, **POINT_METRICS}
"""Of maps in metres."""

DEFAULT_METRICS = (*_SCALARS, *_MASKED)
"""What a protocol in metres reports unless it says otherwise."""

# rmse means metres above and grey levels here: a number is never shown without its table's unit.
EIGHT_BIT_METRICS: dict[str, Metric] = {
    "rmse": Metric("8-bit levels", "lower", "root mean squared error of the 8-bit maps", "root"),
    "psnr": Metric("dB", "higher", "peak signal-to-noise ratio of the 8-bit maps"),
    "ssim": Metric("", "higher", "structural similarity of the 8-bit maps"),
}


def scalar_metrics(p: np.ndarray, g: np.ndarray) -> dict[str, float]:
    """Compute the scalar metrics over the valid pixels of one image, in float64.

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
    from plumb import kernels  # costs half a second, once

    p = np.ascontiguousarray(p, dtype=np.float64).ravel()
    g = np.ascontiguousarray(g, dtype=np.float64).ravel()
    if p.size != g.size or p.size == 0:
        raise ValueError(f"need as many predicted as true depths and at least one; got {p.size} and {g.size}")

    log_ratio = np.divide(p, g, out=scratch.array("log ratio", p.shape))
    np.log(log_ratio, out=log_ratio)  # numpy's logarithm is vectorized, the compiler's is not
    sums, within = kernels.pixel_sums(p, g, log_ratio)
    means = [total / p.size for total in sums]
    relative, squared_relative, absolute, squared, absolute_log, squared_log, variance, inverse, squared_inverse = means
    return {
        "abs_rel": relative,
        "sq_rel": squared_relative,
        "rmse": math.sqrt(squared),
        "rmse_log": math.sqrt(squared_log),
        "log10": absolute_log / math.log(10.0),
        "silog": 100.0 * math.sqrt(variance),
        **{f"delta{n}": count / p.size for n, count in enumerate(within, start=1)},
        "mae": absolute,
        "irmse": math.sqrt(squared_inverse),
        "imae": inverse,
    }


def distance_bands(p: np.ndarray, g: np.ndarray, max_depth: float) -> np.ndarray:
    """Sum up the error by distance, a band a metre.

    Args:
        p, g: as in :func:`scalar_metrics`, g below ``max_depth``

    Returns:
        (B, 3) float64: of the pixels with i <= g < i + 1 metres how many, their sum of |p - g| / g, and how many
        within a factor of 1.25
    """
    from plumb import kernels

    bands = np.zeros((math.ceil(max_depth), 3))
    kernels.band_sums(p, g, bands)
    return bands


def psnr(rmse: float, peak: float) -> float | None:
    """Peak signal-to-noise ratio in dB, 20 log10(peak / rmse).

    Returns:
        None for maps that are identical to within the rounding of float64, where it is infinite or says nothing
    """
    return 20.0 * math.log10(peak / rmse) if rmse > _ROUNDING * peak else None


def ssim(p: np.ndarray, g: np.ndarray, mask: np.ndarray, data_range: float) -> float | None:
    """Mean structural similarity over the windows that lie wholly within the mask.

    With a mask of nothing but True it is scikit-image's ``structural_similarity`` by its default settings: a uniform
    window of 7x7 px, covariances of a sample, windows that reach beyond the map left out.

    Source: Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity", 2004.

    Args:
        p, g: (H, W) float64, C-contiguous, finite everywhere, of the size of depths or 0 outside the mask too: large
            numbers there would cost the sums of other windows their last digits
        mask: (H, W) bool
        data_range: distance between the largest and the smallest possible value

    Returns:
        None where no window lies within the mask
    """
    from plumb import kernels

    if min(g.shape) < SSIM_WINDOW:
        return None
    total, count = kernels.similarity(p, g, mask, float(data_range))
    return total / count if count else None


def eight_bit(depth: np.ndarray) -> np.ndarray:
    """Divide a depth map by its own maximum and cut it to 256 levels: ``floor(255 * depth / max)``.

    Args:
        depth: (H, W) depth, any unit, >= 0; NaN and infinity are holes and become level 0

    Returns:
        (H, W) ``uint8``

    Raises:
        ValueError: no value of the map is above 0, so it has no maximum to be divided by
    """
    levels = scratch.array("levels", depth.shape)
    np.copyto(levels, depth)
    np.copyto(levels, 0.0, where=~np.isfinite(depth))
    maximum = levels.max(initial=0.0)
    if maximum <= 0:
        raise ValueError("no depth above 0, so the map cannot be divided by its maximum")
    levels /= maximum
    levels *= 255.0
    return levels.astype(np.uint8)


def eight_bit_metrics(a: np.ndarray, b: np.ndarray) -> tuple[dict[str, float | None], dict[str, str]]:
    """Compare two 8-bit maps: root mean squared error, PSNR (peak 255) and SSIM (7x7 window), as scikit-image does.

    Args:
        a: (H, W) ``uint8`` map of the ground truth
        b: (H, W) ``uint8`` map of the prediction

    Returns:
        the metrics of :data:`EIGHT_BIT_METRICS`, None where there is no number; why there is none, by metric

    Raises:
        ValueError: a map is not two-dimensional ``uint8``, is empty, or the shapes differ
    """
    if a.dtype != np.uint8 or b.dtype != np.uint8 or a.shape != b.shape or a.ndim != 2 or a.size == 0:
        got = f"{a.dtype} {a.shape} and {b.dtype} {b.shape}"
        raise ValueError(f"need two uint8 maps of one (H, W), as eight_bit() makes them; got {got}")
    metrics: dict[str, float | None] = {}
    reasons: dict[str, str] = {}
    first, second = scratch.array("first levels", a.shape), scratch.array("second levels", b.shape)
    np.copyto(first, a)
    np.copyto(second, b)
    difference = np.subtract(first, second, out=scratch.array("levels", a.shape))
    np.square(difference, out=difference)
    metrics["rmse"] = math.sqrt(difference.mean())
    metrics["psnr"] = psnr(metrics["rmse"], peak=255.0)
    if metrics["psnr"] is None:
        reasons["psnr"] = "the two 8-bit maps are identical, so psnr is infinite"
    metrics["ssim"] = ssim(first, second, np.ones(a.shape, bool), data_range=255.0)
    if metrics["ssim"] is None:
        reasons["ssim"] = f"the map is smaller than the {SSIM_WINDOW}x{SSIM_WINDOW} px window of ssim"
    return metrics, reasons
