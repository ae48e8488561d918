"""Seed -> a picture of a furnished room with its true depth: `render(seed)`.

Cameras are like those of SUN RGB-D: 50 to 70 degrees wide, held 0.8 to 1.8 m high, mostly a little
downwards. The same seed gives the same bytes on the same machine.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import raycast
import rooms


@dataclass(frozen=True)
class Rendering:
    """One view. `rgb` (H, W, 3) uint8 sRGB; `depth` (H, W) float32 z-depth in metres; `ids` (H, W) int16
    into `names`; `K` (3, 3) pinhole matrix; `pose` (3, 3) camera axes (x right, y down, z forward) to world
    axes (z up)."""

    rgb: np.ndarray
    depth: np.ndarray
    ids: np.ndarray
    names: list[str]
    K: np.ndarray
    pose: np.ndarray
    kind: str


def camera_pose(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """Camera-to-world rotation. yaw: clockwise from north, pitch: downwards, roll: clockwise; radians."""
    cy, sy, cp, sp, cr, sr = (f(a) for a in (yaw, pitch, roll) for f in (math.cos, math.sin))
    level = np.array([[cy, 0, sy], [-sy, 0, cy], [0, -1.0, 0]])
    tilt = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    return level @ tilt @ np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1.0]])


def develop(rng: np.random.Generator, linear: np.ndarray) -> np.ndarray:
    """Linear radiance -> sRGB uint8, as a cheap camera: exposure, white balance, vignette, curve, noise."""
    h, w, _ = linear.shape
    level = math.exp(np.log(linear.mean(-1) + 1e-3).mean())
    img = linear * (rng.uniform(0.13, 0.32) / level) * np.exp(rng.normal(0, 0.07, 3))
    y, x = np.mgrid[-1 : 1 : h * 1j, -1 : 1 : w * 1j]
    img *= (1 - rng.uniform(0, 0.3) * (x * x + y * y) / 2)[..., None]
    img = np.minimum(img, 1.0) if rng.random() < 0.4 else img * (1 + img / 2.2) / (1 + img)
    img = np.clip(img, 0, 1).astype(np.float32) ** (1 / 2.2)
    if (blur := rng.uniform(0, 0.8)) > 0.4:
        img = cv2.GaussianBlur(img, (0, 0), blur)
    grain = rng.uniform(0.002, 0.015)
    img += rng.normal(0, grain, (h, w, 1)) + rng.normal(0, grain / 2, (h, w, 3))
    return (np.clip(img, 0, 1) * 255 + 0.5).astype(np.uint8)


def find_view(
    rng: np.random.Generator, room: rooms.Room, fov: float, far: bool
) -> tuple[np.ndarray, np.ndarray]:
    """(pose, eye) of a camera clear of furniture that sees a scene 1.2 to 5 m away; best of a few tries."""
    x0, y0, _, x1, y1, top = room.shell[:6]
    size, best = (20, 15), None
    K = np.array([[10 / math.tan(fov / 2), 0, 9.5], [0, 10 / math.tan(fov / 2), 7], [0, 0, 1]])
    for _ in range(12):
        eye = np.array(
            [
                rng.uniform(x0 + 0.3, x1 - 0.3),
                rng.uniform(y0 + 0.3, y1 - 0.3),
                rng.uniform(0.8, min(1.8, top - 0.4)),
            ]
        )
        back = rng.uniform(0.5, 1.0)  # mostly near a wall and looking away from it
        target = np.array([rng.uniform(x0, x1), rng.uniform(y0, y1)]) * 0.6
        if rng.random() < 0.75:
            eye[:2] = -target / (np.linalg.norm(target) + 1e-6) * np.abs([x1, y1]) * back
            eye[:2] = np.clip(eye[:2], [x0 + 0.25, y0 + 0.25], [x1 - 0.25, y1 - 0.25])
        yaw = math.atan2(target[0] - eye[0], target[1] - eye[1]) + rng.normal(0, 0.25)
        pitch = math.radians(rng.normal(13, 6) if rng.random() < 0.85 else rng.uniform(-8, 38))
        pose = camera_pose(yaw, pitch, rng.normal(0, 0.035))
        depth, ids = raycast.cast_depth(*size, K, pose, eye, room.shell, room.prims, room.groups)
        middle, near = float(np.median(depth)), float(np.quantile(depth, 0.03))
        variety = len(np.unique(ids)) + 12 * (ids > 2).mean()
        cost = (
            max(0, 1.3 - middle) * 9
            + max(0, middle - (9 if far else 4.5)) * 5
            + max(0, 0.8 - near) * 30
            - 0.4 * variety
        )
        cost -= 6 * min(1.0, (depth > 8.3).mean() * 50) if far else 0
        if best is None or cost < best[0]:
            best = cost, pose, eye
    return best[1], best[2]


def render(
    seed: int,
    size: tuple[int, int] = (192, 144),
    samples: int = 2,
    K: np.ndarray | None = None,
    kind: str | None = None,
    far: bool = False,
) -> Rendering:
    """Render the room of `seed`.

    Args:
        size: (width, height) in pixels.
        samples: rays a pixel along each axis where the depth bends, half as many elsewhere.
        K: (3, 3) pinhole matrix; a random horizontal field of view of 50 to 70 degrees when None.
        kind: a room kind of `rooms.KINDS`; random when None.
        far: prefer a view with something beyond 8.3 m.
    """
    rng = np.random.default_rng([seed, 20])
    room = rooms.build(rng, kind)
    w, h = size
    fov = math.radians(rng.uniform(50, 70)) if K is None else 2 * math.atan(w / 2 / K[0, 0])
    if K is None:
        f = w / 2 / math.tan(fov / 2)
        K = np.array([[f, 0, (w - 1) / 2], [0, f, (h - 1) / 2], [0, 0, 1]])
    pose, eye = find_view(rng, room, fov, far)
    scene = (K, pose, eye, room.shell, room.prims, room.groups)
    depth, ids = raycast.cast_depth(w, h, *scene)
    near = 1 / depth
    bends = np.abs(cv2.Laplacian(near, cv2.CV_32F)) > 0.02 * near
    flat = cv2.dilate(bends.astype(np.uint8), np.ones((2, 2))) == 0
    counts = np.where(flat, max(1, samples // 2), samples).astype(np.uint8)
    linear, layers = raycast.cast_colour(
        counts, *scene, room.materials, room.lights, room.ambient, seed & 0xFFFFF
    )
    linear = raycast.smooth_light(linear, layers, depth, flat, 2)
    return Rendering(develop(rng, linear), depth, ids, room.names, K, pose, room.kind)
