"""What a depth camera makes of true depth: noise, quantisation and holes; and the filled map made of what is
left.

Structured light (Kinect v1, Xtion, RealSense R200-like stereo) has a shadow beside every near object,
because projector and camera sit apart, and steps that grow with the square of depth. Time of flight (Kinect
v2) loses edges and the picture's dark corners instead.
"""

from dataclasses import dataclass

import cv2
import numpy as np

SHINY = ("window", "monitor", "tv", "mirror", "laptop", "faucet")


@dataclass(frozen=True)
class Sensor:
    """Image size, 3x3 pinhole matrix as nine numbers, range in metres, and what kind of camera it is."""

    size: tuple[int, int]
    K: tuple[float, ...]
    nearest: float
    farthest: float
    structured: bool
    holes: float  # about this share of pixels is lost


SENSORS = {
    "kv1": Sensor(
        (561, 427), (518.857901, 0, 284.582449, 0, 519.469611, 208.736166, 0, 0, 1), 0.55, 9.95, True, 0.17
    ),
    "kv2": Sensor((730, 530), (529.5, 0, 365, 0, 529.5, 265, 0, 0, 1), 0.5, 12.0, False, 0.2),
    "realsense": Sensor((681, 531), (691.584, 0, 362.778, 0, 691.584, 264.75, 0, 0, 1), 0.5, 6.0, True, 0.28),
    "xtion": Sensor((591, 441), (570.342, 0, 310.0, 0, 570.342, 225.0, 0, 0, 1), 0.6, 9.5, True, 0.19),
}


def clouds(rng: np.random.Generator, shape: tuple[int, int], grain: float) -> np.ndarray:
    """Smooth random field with ranks as values: uniform in [0, 1]."""
    field = cv2.GaussianBlur(rng.standard_normal(shape).astype(np.float32), (0, 0), grain)
    field += 0.3 * field.std() * rng.standard_normal(shape).astype(np.float32)
    rank = np.empty(field.size, np.float32)
    rank[field.ravel().argsort()] = np.linspace(0, 1, field.size, dtype=np.float32)
    return rank.reshape(shape)


def shadow(depth: np.ndarray, focal: float, baseline: float) -> np.ndarray:
    """(H, W) bool: pixels that a projector `baseline` metres to the left of the camera cannot light."""
    seen_at = np.arange(depth.shape[1]) - focal * baseline / depth
    nearest_to_the_right = np.minimum.accumulate(seen_at[:, ::-1], axis=1)[:, ::-1]
    return seen_at > nearest_to_the_right + 0.75


def measure(
    rng: np.random.Generator,
    depth: np.ndarray,
    rgb: np.ndarray,
    ids: np.ndarray,
    names: list[str],
    sensor: Sensor,
) -> np.ndarray:
    """True z-depth (H, W) in metres -> what `sensor` reports: uint16 millimetres, 0 = no measurement."""
    h, w = depth.shape
    focal = sensor.K[0]
    y, x = np.mgrid[-1 : 1 : h * 1j, -1 : 1 : w * 1j]
    # How slanted the surface is: the change of depth per pixel, in units of what a pixel spans at that depth.
    gy, gx = np.gradient(depth.astype(np.float64))
    slant = np.hypot(gx, gy) * focal / depth
    dark = 1 - cv2.GaussianBlur(rgb.max(-1), (0, 0), 2).astype(np.float64) / 255
    risk = (
        0.15 * np.clip(slant / 6, 0, 1) + 0.3 * np.clip(dark - 0.6, 0, 1) + 0.05 * np.clip(depth / 8, 0, 1.2)
    )
    risk += 0.3 * np.isin(ids, [i for i, name in enumerate(names) if name in SHINY])
    risk += (0.02 if sensor.structured else 0.25) * np.clip(np.hypot(x, y) - 0.85, 0, 1)
    lost = (depth < sensor.nearest) | (depth > sensor.farthest)
    jump = (np.abs(cv2.Laplacian(depth, cv2.CV_32F)) > 0.04 * depth).astype(np.uint8)
    lost |= cv2.dilate(jump, np.ones((3, 3) if sensor.structured else (4, 4))) > 0
    if sensor.structured:
        lost |= shadow(depth, focal, 0.075)
    # Losses come in patches: where a cloudy field exceeds what the surface tolerates.
    odds = 0.25 * clouds(rng, (h, w), 2.5) + 0.4 * clouds(rng, (h, w), 14.0) + 2.2 * risk
    missing = sensor.holes * rng.uniform(0.75, 1.4) - lost.mean()
    if missing > 0:
        lost |= odds > np.quantile(odds[~lost], 1 - missing / max(1e-6, 1 - lost.mean()))
    noise = cv2.GaussianBlur(rng.standard_normal((h, w)).astype(np.float32), (0, 0), 1.0) * 2.5
    if sensor.structured:
        step = 1 / (8 * focal * 0.075)  # an eighth of a pixel of disparity, as inverse depth
        inverse = np.round((1 / depth + 0.35 * step * noise) / step) * step
        metres = 1 / np.maximum(inverse, step)
    else:
        metres = depth + (0.0006 + 0.0004 * depth) * noise
    mm = np.clip(np.round(metres * 1000), 1, 65535)
    return np.where(lost, 0, mm).astype(np.uint16)


def fill(mm: np.ndarray) -> np.ndarray:
    """uint16 millimetres with holes -> without, on few levels, as a filter over 8-bit maps leaves it."""
    near, far = int(mm[mm > 0].min()), int(mm.max())
    step = max(1.0, (far - near) / 254)
    level = np.clip(np.round((mm - float(near)) / step), 0, 254).astype(np.uint8)
    level = cv2.inpaint(level, (mm == 0).astype(np.uint8), 4, cv2.INPAINT_TELEA)
    return np.round(near + level * step).astype(np.uint16)


def rotate(mm: np.ndarray) -> np.ndarray:
    """Millimetres -> the code that SUN RGB-D stores: all 16 bits rotated left by 3."""
    return (mm << 3) | (mm >> 13)
