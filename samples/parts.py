"""Parts of a room: colours, materials, and the builder that puts parts into world coordinates."""

import colorsys
import math
from dataclasses import dataclass, field

import numpy as np
import textures as tx
from intersect import BOX, CYLINDER, ELLIPSOID

Rng = np.random.Generator


def hsv(h: float, s: float, v: float) -> tuple[float, float, float]:
    """Linear colour from hue, saturation and value."""
    r, g, b = colorsys.hsv_to_rgb(h % 1, min(max(s, 0), 1), min(max(v, 0), 1))
    return r**1.6, g**1.6, b**1.6


def wood(rng: Rng) -> tuple[float, float, float]:
    return hsv(
        rng.normal(0.07, 0.015),
        rng.uniform(0.3, 0.75),
        rng.choice([rng.uniform(0.18, 0.4), rng.uniform(0.4, 0.85)]),
    )


def paint(rng: Rng) -> tuple[float, float, float]:
    hue = rng.normal(0.11, 0.03) if rng.random() < 0.7 else rng.random()
    return hsv(hue, rng.beta(1, 8), rng.uniform(0.65, 0.98))


def cloth(rng: Rng) -> tuple[float, float, float]:
    return hsv(
        rng.random(), rng.choice([rng.uniform(0, 0.15), rng.uniform(0.1, 0.6)]), rng.uniform(0.1, 0.95)
    )


@dataclass
class Builder:
    """Collects parts; `place` turns what a furniture function laid into world coordinates."""

    prims: list[list[float]] = field(default_factory=list)
    groups: list[list[float]] = field(default_factory=list)
    materials: list[tuple[float, ...]] = field(default_factory=list)
    names: list[str] = field(default_factory=lambda: ["wall", "floor", "ceiling"])
    parts: list[tuple] = field(default_factory=list)
    taken: list[tuple[float, float, float]] = field(default_factory=list)

    def material(
        self,
        tex: int,
        a: tuple,
        b: tuple | None = None,
        scale: float = 1.0,
        aspect: float = 1.0,
        grain: float = 0.15,
        emission: float = 0.0,
        gloss: float = 0.0,
        softness: float = 0.0,
        seed: int = 0,
    ) -> int:
        self.materials.append((tex, *a, *(b or a), scale, aspect, grain, emission, gloss, softness, seed))
        return len(self.materials) - 1

    def wooden(self, rng: Rng, colour: tuple | None = None) -> int:
        a = colour or wood(rng)
        k = rng.uniform(0.5, 0.85)
        if rng.random() < 0.3:  # painted furniture
            return self.material(
                tx.PLAIN,
                paint(rng) if rng.random() < 0.6 else hsv(0, 0, rng.uniform(0.05, 0.3)),
                gloss=rng.uniform(0, 0.3),
            )
        b = (a[0] * k, a[1] * k, a[2] * k)
        return self.material(
            tx.WOOD, a, b, aspect=rng.integers(0, 2), gloss=rng.uniform(0, 0.4), seed=rng.integers(999)
        )

    def fronts(self, rng: Rng, nx: int, ny: int, colour: tuple | None = None) -> int:
        """Drawers or doors: a grid of panels with knobs on the front face."""
        return self.material(
            tx.PANELS,
            colour or wood(rng),
            hsv(0.1, 0.2, rng.uniform(0.1, 0.9)),
            nx,
            ny,
            seed=rng.integers(999),
            gloss=rng.uniform(0, 0.2),
        )

    def fabric(self, rng: Rng, softness: float = 1.0, colour: tuple | None = None) -> int:
        a = colour or cloth(rng)
        if rng.random() < 0.6:
            return self.material(tx.PLAIN, a, grain=0.35, softness=softness, seed=rng.integers(999))
        return self.material(
            tx.FABRIC,
            a,
            cloth(rng),
            rng.uniform(3, 14),
            rng.random(),
            softness=softness,
            seed=rng.integers(999),
        )

    def box(self, name, x, y, z, sx, sy, sz, mat, yaw=0.0, pitch=0.0, kind=BOX) -> None:
        """A part of size (sx, sy, sz) whose base centre is (x, y, z); yaw about z, pitch about its own x."""
        self.parts.append((name, kind, x, y, z + sz / 2, sx / 2, sy / 2, sz / 2, mat, yaw, pitch))

    def ball(self, name, x, y, z, sx, sy, sz, mat, yaw=0.0, pitch=0.0) -> None:
        self.box(name, x, y, z, sx, sy, sz, mat, yaw, pitch, ELLIPSOID)

    def drum(self, name, x, y, z, d, h, mat, d2=0.0) -> None:
        self.box(name, x, y, z, d, d2 or d, h, mat, kind=CYLINDER)

    def place(self, x: float, y: float, z: float, yaw: float) -> None:
        """Move the parts laid since the last call to (x, y, z), turned by yaw, as one group."""
        c, s = math.cos(yaw), math.sin(yaw)
        first, ids, rows = len(self.prims), {}, []
        for name, kind, px, py, pz, hx, hy, hz, mat, pyaw, pitch in self.parts:
            if name not in ids:
                ids[name] = len(self.names)
                self.names.append(name.split("#")[0])
            a, b = yaw + pyaw, pitch
            ca, sa, cb, sb = math.cos(a), math.sin(a), math.cos(b), math.sin(b)
            rot = [ca, sa, 0, -sa * cb, ca * cb, sb, sa * sb, -ca * sb, cb]
            rows.append(
                [
                    kind,
                    x + c * px - s * py,
                    y + s * px + c * py,
                    z + pz,
                    hx,
                    hy,
                    hz,
                    *rot,
                    mat,
                    ids[name],
                    math.hypot(hx, hy, hz),
                ]
            )
        self.parts = []
        if not rows:
            return
        self.prims += rows
        p = np.array([r[1:7] for r in rows])
        radius = np.linalg.norm(p[:, 3:], axis=1, keepdims=True)
        lo, hi = (p[:, :3] - radius).min(0), (p[:, :3] + radius).max(0)
        mid = (lo + hi) / 2
        reach = (np.linalg.norm(p[:, :3] - mid, axis=1) + radius[:, 0]).max()
        self.groups.append([*mid, reach, first, len(self.prims)])
