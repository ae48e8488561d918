"""The evaluation once more, by plain numpy and scikit-image: slow, in the words of the definitions.

Nothing of it comes from `plumb`, so that a mistake there is not repeated here.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import binary_erosion
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio, structural_similarity


def to_metres(p: np.ndarray, g: np.ndarray, mode: str) -> np.ndarray:
    """(N,) predictions as metres, not yet clipped; p and g are the valid pixels."""
    if mode == "none":
        return p
    if mode == "median":
        return p * np.median(g[p > 0]) / np.median(p[p > 0])
    if mode == "lsq_depth":
        scale, shift = _fit(p, g)
        return scale * p + shift
    if mode == "lsq_disparity":
        scale, shift = _fit(p[p > 0], 1 / g[p > 0])
        return 1 / np.maximum(scale * p + shift, 1e-3)
    raise ValueError(mode)


def _fit(p: np.ndarray, target: np.ndarray) -> np.ndarray:
    return np.linalg.lstsq(np.stack([p, np.ones_like(p)], axis=1), target, rcond=None)[0]


def scores(
    prediction: np.ndarray, truth: np.ndarray, mode: str, low: float = 1e-3, high: float = 8.0
) -> dict[str, float]:
    """The default metrics of two (H, W) maps; masked_ssim where a window without a hole exists, else NaN."""
    valid = np.isfinite(truth) & (truth > low) & (truth < high) & np.isfinite(prediction)
    g = truth[valid]
    p = np.clip(to_metres(prediction[valid], g, mode), low, high)
    ratio = np.maximum(p / g, g / p)
    log = np.log(p) - np.log(g)
    p_map, g_map = np.zeros(truth.shape), np.zeros(truth.shape)
    p_map[valid], g_map[valid] = p, g
    return {
        "abs_rel": np.mean(np.abs(p - g) / g),
        "sq_rel": np.mean((p - g) ** 2 / g),
        "rmse": np.sqrt(mean_squared_error(g, p)),
        "rmse_log": np.sqrt(np.mean(log**2)),
        "log10": np.mean(np.abs(np.log10(p) - np.log10(g))),
        "silog": 100 * np.std(log),
        "delta1": np.mean(ratio < 1.25),
        "delta2": np.mean(ratio < 1.25**2),
        "delta3": np.mean(ratio < 1.25**3),
        "mae": np.mean(np.abs(p - g)),
        "irmse": np.sqrt(np.mean((1 / p - 1 / g) ** 2)),
        "imae": np.mean(np.abs(1 / p - 1 / g)),
        "masked_psnr": peak_signal_noise_ratio(g, p, data_range=high),
        "masked_ssim": _masked_ssim(g_map, p_map, valid, high),
    }


def _masked_ssim(g: np.ndarray, p: np.ndarray, valid: np.ndarray, high: float) -> float:
    similarity = structural_similarity(g, p, data_range=high, full=True)[1]
    # The map ends three pixels before each edge, and a window counts where all of it is valid.
    whole = binary_erosion(valid, np.ones((7, 7)))[3:-3, 3:-3]
    return similarity[3:-3, 3:-3][whole].mean() if whole.any() else np.nan


def scores_8_bit(depth: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """The 8-bit metrics of two (H, W) depth maps, holes NaN; each is divided by its own maximum."""
    a, b = (np.floor(np.nan_to_num(map_) / np.nanmax(map_) * 255).astype(np.uint8) for map_ in (truth, depth))
    return {
        "rmse": np.sqrt(mean_squared_error(a, b)),
        "psnr": peak_signal_noise_ratio(a, b),
        "ssim": structural_similarity(a, b),
    }
