"""Scenes of a few pixels in SUN RGB-D's layout, written where a test wants them and as broken as it wants them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

HEIGHT, WIDTH = 24, 32
INTRINSICS = "30.5 0 16\n0 31.5 12\n0 0 1\n"
EXTRINSICS = "1 0 0 0\n0 0.8 0.6 0\n0 -0.6 0.8 0\n"
POLYGONS = {
    "objects": [{"name": "chair"}],
    "frames": [{"polygon": [{"x": [0, 16, 16, 0], "y": [0, 0, 12, 12], "object": 0}]}],
}


def millimetres(seed: int = 0, height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """(height, width) uint16 depth from 1 m to 12 m, a few pixels without measurement."""
    random = np.random.default_rng(seed)
    depth = random.integers(1000, 12000, (height, width), dtype=np.uint16)
    depth[random.random((height, width)) < 0.1] = 0
    return depth


def stored(depth: np.ndarray) -> bytes:
    """A depth PNG as SUN RGB-D stores it: millimetres rotated left by three bits."""
    return png((depth << 3) | (depth >> 13))


def png(pixels: np.ndarray) -> bytes:
    ok, data = cv2.imencode(".png", pixels)
    assert ok
    return data.tobytes()


def photo(seed: int = 0, height: int = HEIGHT, width: int = WIDTH) -> bytes:
    """A colour picture of noise."""
    return png(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))


def write_scene(
    root: Path,
    scene_id: str = "kv2/kinect2data/a",
    *,
    seed: int = 0,
    files: Mapping[str, bytes | str | None] | None = None,
) -> Path:
    """Write `<root>/SUNRGBD/<scene_id>`, whole but for `files`: other content, or None for no such file.

    Returns:
        the scene's folder
    """
    content: dict[str, bytes | str | None] = {
        "image/0001.png": photo(seed),
        "depth/0001.png": stored(millimetres(seed)),
        "depth_bfx/0001.png": stored(np.where(millimetres(seed), millimetres(seed), 5000).astype(np.uint16)),
        "intrinsics.txt": INTRINSICS,
        "extrinsics/1.txt": EXTRINSICS,
        "scene.txt": "office",
        "annotation2Dfinal/index.json": json.dumps(POLYGONS),
    }
    content |= files or {}
    folder = root / "SUNRGBD" / scene_id
    folder.mkdir(parents=True)
    for name, data in content.items():
        if data is not None:
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)
    return folder


def by_scene(dataset: Any) -> dict[str, Any]:
    """An imported dataset's samples by their scenes' ids."""
    return {sample.scene_id: sample for sample in dataset}
