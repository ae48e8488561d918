"""Scenes as SUN RGB-D's archive lays them out, for tests of what reads it without a dataset."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np

from plumb.depthmap import write_codes
from plumb.sunrgbd import Scene, find_scenes, read_scene

KV2 = "kv2/kinect2data/0001-resize"  # three levels below SUNRGBD/
SUN3D = "xtion/sun3ddata/hotel/room_1/0000001-000000000000"  # five

K = "529.5 0 365\n0 529.5 265\n0 0 1\n"
TILT = "1 0 0 0\n0 0.8 0.6 0\n0 -0.6 0.8 0\n"
INDEX = {
    "objects": [{"name": "chair"}, {"name": "table"}],
    "frames": [{"polygon": [{"x": [1, 5, 5], "y": [1, 1, 7], "object": 1}]}],
}


def make_scene(root: Path, scene_id: str = KV2, depths: tuple[str, ...] = ("depth", "depth_bfx")) -> Path:
    """A complete scene of 8 x 6 pixels, 1 m measured and 2 m filled, as the official archive lays it out."""
    scene = root / scene_id
    for name in ("image", "extrinsics", "annotation2Dfinal"):
        (scene / name).mkdir(parents=True)
    cv2.imwrite(str(scene / "image" / "0001.jpg"), np.full((6, 8, 3), 90, np.uint8))
    for name in depths:
        metres = 1 if name == "depth" else 2
        write_codes(scene / name / "0002.png", np.full((6, 8), (1000 * metres) << 3, np.uint16))
    (scene / "intrinsics.txt").write_text(K)
    (scene / "extrinsics" / "20140915.txt").write_text(TILT)
    (scene / "scene.txt").write_text("bedroom")
    (scene / "annotation2Dfinal" / "index.json").write_text(json.dumps(INDEX))
    return scene


def read_only(root: Path, **options) -> Scene:
    """The one scene below `root`, read."""
    (folder,) = find_scenes(root)
    return read_scene(folder, **options)


def assert_problem(scene: Scene, path: Path, *words: str) -> None:
    """One problem, about this file, whose reason says these words."""
    assert [problem.path for problem in scene.problems] == [str(path)]
    for word in words:
        assert word in scene.problems[0].reason
