"""Random crops, flips and camera faults, so that rendered rooms teach something about real ones."""

import math

import cv2
import numpy as np


def crop(
    rng: np.random.Generator, rgb: np.ndarray, disparity: np.ndarray, size: tuple[int, int], strength: float
) -> tuple[np.ndarray, np.ndarray]:
    """A random part of at least 65 % of each side (at strength 1), perhaps mirrored, at `size` (width, height)."""
    h, w = disparity.shape
    zoom, stretch = rng.uniform(1 - 0.35 * strength, 1.0), math.exp(rng.normal(0, 0.06))
    ch, cw = min(h, int(h * zoom * stretch)), min(w, int(w * zoom / stretch))
    y, x = rng.integers(0, h - ch + 1), rng.integers(0, w - cw + 1)
    rgb = cv2.resize(np.ascontiguousarray(rgb[y : y + ch, x : x + cw]), size, interpolation=cv2.INTER_LINEAR)
    part = disparity[y : y + ch, x : x + cw].astype(np.float32)
    disparity = cv2.resize(part, size, interpolation=cv2.INTER_NEAREST)
    if rng.random() < 0.5:
        rgb, disparity = rgb[:, ::-1], disparity[:, ::-1]
    return rgb, np.ascontiguousarray(disparity)


def photograph(rng: np.random.Generator, rgb: np.ndarray) -> np.ndarray:
    """uint8 (H, W, 3) -> float32 in [0, 1] with random exposure, colour, light, blur, noise, compression."""
    img = rgb.astype(np.float32) / 255
    h, w, _ = img.shape
    if rng.random() < 0.35:  # a light or a shadow from one side
        a = rng.uniform(0, 2 * math.pi)
        x, y = np.linspace(-1, 1, w, dtype=np.float32), np.linspace(-1, 1, h, dtype=np.float32)[:, None]
        ramp = np.float32(math.cos(a)) * x + np.float32(math.sin(a)) * y
        img = img * (1 + np.float32(rng.uniform(0, 0.5)) * ramp)[..., None]
    grey = cv2.cvtColor(img, cv2.COLOR_RGB2GRAY)[..., None]
    img = grey + (img - grey) * np.float32(0 if rng.random() < 0.1 else rng.uniform(0.4, 1.5))
    if rng.random() < 0.3:
        img = img[..., rng.permutation(3)]
    mean = img.mean()
    balance = np.exp(rng.normal(0, [0.06, 0.1, 0.06])).astype(np.float32)
    img = (mean + (img - mean) * np.float32(rng.uniform(0.6, 1.5))) * balance
    img = cv2.pow(np.clip(img * np.float32(rng.uniform(0.65, 1.4)), 1e-4, 1), math.exp(rng.normal(0, 0.25)))
    if rng.random() < 0.3:
        img = cv2.GaussianBlur(img, (0, 0), rng.uniform(0.3, 1.2))
    elif rng.random() < 0.3:
        img = np.clip(img + rng.uniform(0.3, 1.5) * (img - cv2.GaussianBlur(img, (0, 0), 1.0)), 0, 1)
    if rng.random() < 0.5:
        img = img + np.float32(rng.uniform(0.005, 0.05)) * rng.standard_normal(img.shape, np.float32)
    img = np.clip(img, 0, 1)
    if rng.random() < 0.3:
        _, data = cv2.imencode(
            ".jpg", (img * 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 90))]
        )
        img = cv2.imdecode(data, cv2.IMREAD_COLOR).astype(np.float32) / 255
    return img.astype(np.float32)


def augment(
    rng: np.random.Generator, rgb: np.ndarray, disparity: np.ndarray, size: tuple[int, int], strength: float
) -> tuple[np.ndarray, np.ndarray]:
    """One training pair of `size` (width, height): picture (H, W, 3) float32 in [0, 1], inverse depth (H, W) float32.

    `strength` in [0, 1] is the share of pictures that get camera faults, and how deep the crops go.
    """
    rgb, disparity = crop(rng, rgb, disparity, size, strength)
    faulty = rng.random() < strength
    return photograph(rng, rgb) if faulty else rgb.astype(np.float32) / 255, disparity
