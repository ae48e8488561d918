"""The evaluation of one pair as a careful engineer writes it by hand: OpenCV, numpy and scikit-image, no plumb.

The peer of `evaluate.py`, and a second opinion: it prints how far Plumb's numbers are from these.
"""

from __future__ import annotations

import cv2
import numpy as np
from skimage.metrics import structural_similarity

MIN_DEPTH, MAX_DEPTH = 1e-3, 8.0


def score(prediction_path: str, scale: float, offset: float, truth_path: str) -> dict[str, float]:
    """All scalar metrics, psnr and ssim of a map of inverse depth, fitted to its ground truth, in float64.

    Args:
        prediction_path: 16-bit PNG, inverse depth = offset + scale x code, 0 = no value
        truth_path: 16-bit PNG, millimetres, 0 = no measurement
    """
    codes = cv2.imread(prediction_path, cv2.IMREAD_UNCHANGED)  # (H, W) uint16
    truth = cv2.imread(truth_path, cv2.IMREAD_UNCHANGED) * 0.001  # (H, W) metres
    valid = (truth > MIN_DEPTH) & (truth < MAX_DEPTH) & (codes > 0)
    p, g = offset + scale * codes[valid], truth[valid]  # (N,)

    positive = p > 0
    columns = np.column_stack([p[positive], np.ones(np.count_nonzero(positive))])  # (N, 2)
    (factor, shift), *_ = np.linalg.lstsq(columns, 1 / g[positive], rcond=None)
    p = np.clip(1 / np.maximum(factor * p + shift, 1e-3), MIN_DEPTH, MAX_DEPTH)

    log_ratio = np.log(p) - np.log(g)
    ratio = np.maximum(p / g, g / p)
    mean_squared = np.mean((p - g) ** 2)
    metrics = {
        "abs_rel": np.mean(np.abs(p - g) / g),
        "sq_rel": np.mean((p - g) ** 2 / g),
        "rmse": np.sqrt(mean_squared),
        "rmse_log": np.sqrt(np.mean(log_ratio**2)),
        "log10": np.mean(np.abs(np.log10(p) - np.log10(g))),
        "silog": 100 * np.std(log_ratio),
        "delta1": np.mean(ratio < 1.25),
        "delta2": np.mean(ratio < 1.25**2),
        "delta3": np.mean(ratio < 1.25**3),
        "mae": np.mean(np.abs(p - g)),
        "irmse": np.sqrt(np.mean((1 / p - 1 / g) ** 2)),
        "imae": np.mean(np.abs(1 / p - 1 / g)),
        "masked_psnr": 10 * np.log10(MAX_DEPTH**2 / mean_squared),
        "masked_ssim": _masked_ssim(p, g, valid),
    }
    return {name: float(value) for name, value in metrics.items()}


def _masked_ssim(p: np.ndarray, g: np.ndarray, valid: np.ndarray) -> float:
    """Structural similarity of the 7x7 windows that are valid throughout."""
    a, b = np.zeros(valid.shape), np.zeros(valid.shape)
    a[valid], b[valid] = p, g
    _, similarity = structural_similarity(a, b, data_range=MAX_DEPTH, full=True)  # (H, W)
    whole = cv2.erode(valid.astype(np.uint8), np.ones((7, 7)), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return similarity[whole > 0].mean()
