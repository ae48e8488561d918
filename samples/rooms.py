"""Rooms: a random room kind, its walls, furniture put together from primitives, lights and things on the walls.

`build(rng)` returns a `Room`. A piece of furniture is a function of (Builder, rng) that lays parts in its own frame:
x across, y depth with the front at -y, z up from the floor, centred on the origin.
"""

import colorsys
import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import raycast as rc

Rng = np.random.Generator
KINDS = {
    "bedroom": 4, "furniture_store": 5, "office": 4, "living_room": 4, "kitchen": 2, "classroom": 2,
    "conference_room": 2, "corridor": 1, "bookstore": 2, "dining_room": 2, "computer_room": 1, "rest_space": 2,
}  # fmt: skip


def hsv(h: float, s: float, v: float) -> tuple[float, float, float]:
    """Linear colour from hue, saturation and value."""
    r, g, b = colorsys.hsv_to_rgb(h % 1, min(max(s, 0), 1), min(max(v, 0), 1))
    return r**1.6, g**1.6, b**1.6


def wood(rng: Rng) -> tuple[float, float, float]:
    return hsv(rng.normal(0.07, 0.015), rng.uniform(0.3, 0.75), rng.choice([rng.uniform(0.18, 0.4), rng.uniform(0.4, 0.85)]))


def paint(rng: Rng) -> tuple[float, float, float]:
    hue = rng.normal(0.11, 0.03) if rng.random() < 0.7 else rng.random()
    return hsv(hue, rng.beta(1, 8), rng.uniform(0.65, 0.98))


def cloth(rng: Rng) -> tuple[float, float, float]:
    return hsv(rng.random(), rng.choice([rng.uniform(0, 0.15), rng.uniform(0.1, 0.6)]), rng.uniform(0.1, 0.95))


@dataclass
class Room:
    """Everything that the ray caster needs, and the names of the object ids."""

    kind: str
    shell: np.ndarray
    prims: np.ndarray
    groups: np.ndarray
    materials: np.ndarray
    lights: np.ndarray
    ambient: np.ndarray
    names: list[str]
    footprints: list[tuple[float, float, float]]


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
        self, tex: int, a: tuple, b: tuple | None = None, scale: float = 1.0, aspect: float = 1.0, grain: float = 0.15,
        emission: float = 0.0, gloss: float = 0.0, softness: float = 0.0, seed: int = 0,
    ) -> int:  # fmt: skip
        self.materials.append((tex, *a, *(b or a), scale, aspect, grain, emission, gloss, softness, seed))
        return len(self.materials) - 1

    def wooden(self, rng: Rng, colour: tuple | None = None) -> int:
        a = colour or wood(rng)
        k = rng.uniform(0.5, 0.85)
        if rng.random() < 0.3:  # painted furniture
            return self.material(rc.PLAIN, paint(rng) if rng.random() < 0.6 else hsv(0, 0, rng.uniform(0.05, 0.3)),
                                 gloss=rng.uniform(0, 0.3))  # fmt: skip
        b = (a[0] * k, a[1] * k, a[2] * k)
        return self.material(rc.WOOD, a, b, aspect=rng.integers(0, 2), gloss=rng.uniform(0, 0.4), seed=rng.integers(999))

    def fronts(self, rng: Rng, nx: int, ny: int, colour: tuple | None = None) -> int:
        """Drawers or doors: a grid of panels with knobs on the front face."""
        return self.material(rc.PANELS, colour or wood(rng), hsv(0.1, 0.2, rng.uniform(0.1, 0.9)), nx, ny,
                             seed=rng.integers(999), gloss=rng.uniform(0, 0.2))  # fmt: skip

    def fabric(self, rng: Rng, softness: float = 1.0, colour: tuple | None = None) -> int:
        a = colour or cloth(rng)
        if rng.random() < 0.6:
            return self.material(rc.PLAIN, a, grain=0.35, softness=softness, seed=rng.integers(999))
        return self.material(rc.FABRIC, a, cloth(rng), rng.uniform(3, 14), rng.random(), softness=softness,
                             seed=rng.integers(999))  # fmt: skip

    def box(self, name, x, y, z, sx, sy, sz, mat, yaw=0.0, pitch=0.0, kind=rc.BOX) -> None:
        """A part of size (sx, sy, sz) whose base centre is (x, y, z); yaw about z, pitch about its own x."""
        self.parts.append((name, kind, x, y, z + sz / 2, sx / 2, sy / 2, sz / 2, mat, yaw, pitch))

    def ball(self, name, x, y, z, sx, sy, sz, mat, yaw=0.0, pitch=0.0) -> None:
        self.box(name, x, y, z, sx, sy, sz, mat, yaw, pitch, rc.ELLIPSOID)

    def drum(self, name, x, y, z, d, h, mat, d2=0.0) -> None:
        self.box(name, x, y, z, d, d2 or d, h, mat, kind=rc.CYLINDER)

    def place(self, x: float, y: float, z: float, yaw: float) -> None:
        """Move the parts laid since the last call to (x, y, z), turned by yaw; one group, one id for each name."""
        c, s = math.cos(yaw), math.sin(yaw)
        first, ids, rows = len(self.prims), {}, []
        for name, kind, px, py, pz, hx, hy, hz, mat, pyaw, pitch in self.parts:
            if name not in ids:
                ids[name] = len(self.names)
                self.names.append(name.split("#")[0])
            a, b = yaw + pyaw, pitch
            ca, sa, cb, sb = math.cos(a), math.sin(a), math.cos(b), math.sin(b)
            rot = [ca, sa, 0, -sa * cb, ca * cb, sb, sa * sb, -ca * sb, cb]
            rows.append([kind, x + c * px - s * py, y + s * px + c * py, z + pz, hx, hy, hz, *rot, mat, ids[name], math.hypot(hx, hy, hz)])
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


# ---------------------------------------------------------------- small things


def pile(b: Builder, rng: Rng, z: float, w: float, d: float, n: int) -> None:
    """Things that lie on a table top of size (w, d) at height z."""
    for k in range(n):
        x, y, what = rng.uniform(-w / 2, w / 2) * 0.85, rng.uniform(-d / 2, d / 2) * 0.8, rng.integers(0, 8)
        mat = b.material(rc.PLAIN, cloth(rng), gloss=rng.uniform(0, 0.3), seed=k)
        if what == 0:
            b.drum(f"cup#{k}", x, y, z, 0.08, 0.1, mat)
        elif what == 1:
            for i in range(rng.integers(1, 5)):
                b.box(f"books#{k}", x, y, z + 0.03 * i, 0.2, 0.27, 0.03, b.material(rc.PLAIN, cloth(rng)), rng.normal(0, 0.3))
        elif what == 2:
            b.box(f"paper#{k}", x, y, z, 0.21, 0.29, 0.005, b.material(rc.TEXT, hsv(0, 0, 0.95), hsv(0, 0, 0.2), 9), rng.normal(0, 0.5))
        elif what == 3:
            b.drum(f"bottle#{k}", x, y, z, 0.07, 0.2, mat)
            b.drum(f"bottle#{k}", x, y, z + 0.2, 0.03, 0.07, mat)
        elif what == 4:
            b.box(f"box#{k}", x, y, z, rng.uniform(0.1, 0.3), rng.uniform(0.1, 0.25), rng.uniform(0.06, 0.25), mat, rng.normal(0, 0.4))
        elif what == 5:
            b.drum(f"vase#{k}", x, y, z, 0.1, 0.05, mat)
            b.ball(f"vase#{k}", x, y, z, 0.14, 0.14, 0.22, mat)
            b.ball(f"flowers#{k}", x, y, z + 0.2, 0.22, 0.22, 0.2, b.material(rc.LEAVES, (0.02, 0.1, 0.01), cloth(rng), seed=k))
        elif what == 6:
            b.ball(f"bowl#{k}", x, y, z - 0.04, 0.24, 0.24, 0.14, mat)
        else:
            b.box(f"picture#{k}", x, y, z, 0.16, 0.02, 0.2, picture_material(b, rng), rng.normal(0, 0.4), -0.2)


def table_lamp(b: Builder, rng: Rng, x: float, y: float, z: float) -> None:
    h, k = rng.uniform(0.22, 0.42), rng.integers(1 << 20)
    foot = b.material(rc.PLAIN, wood(rng), gloss=0.3)
    b.drum(f"lamp#{k}", x, y, z, 0.15, 0.03, foot)
    b.drum(f"lamp#{k}", x, y, z, 0.05, h, foot)
    if rng.random() < 0.6:
        b.ball(f"lamp#{k}", x, y, z + 0.02, 0.16, 0.16, h * 0.8, foot)
    glow = rng.choice([0.0, 0.5, 0.9])
    b.drum(f"lamp#{k}", x, y, z + h, rng.uniform(0.22, 0.36), rng.uniform(0.18, 0.3), b.material(rc.PLAIN, hsv(0.12, 0.12, 0.95), emission=glow))


def picture_material(b: Builder, rng: Rng) -> int:
    frame = hsv(0.08, rng.uniform(0, 0.6), rng.choice([0.08, 0.3, 0.9]))
    return b.material(rc.PICTURE, frame, hsv(0.12, 0.05, 0.95), aspect=rng.choice([0.0, 0.6, 1.0]), seed=rng.integers(9999))


# ---------------------------------------------------------------- furniture


def bed(b: Builder, rng: Rng) -> None:
    w, d, h = rng.choice([1.0, 1.45, 1.7, 1.95]), rng.uniform(1.95, 2.2), rng.uniform(0.42, 0.75)
    frame, sheet = b.wooden(rng), b.material(rc.FABRIC, hsv(0.6, rng.uniform(0, 0.08), 0.96), hsv(0.6, 0.05, 0.8), rng.uniform(2, 9), 0.9, softness=1.5)
    head = rng.uniform(h + 0.2, 1.45)
    b.box("bed", 0, -0.03, 0.06, w + 0.05, d, h * 0.35, frame)
    if rng.random() < 0.7:
        b.box("bed", 0, d / 2, 0, w + 0.14, 0.08, head, frame if rng.random() < 0.6 else b.fabric(rng, 0.5))
    else:  # a headboard of slats
        for x in np.linspace(-w / 2, w / 2, 9):
            b.box("bed", x, d / 2, 0, 0.05, 0.05, head, frame)
        b.box("bed", 0, d / 2, head, w + 0.1, 0.07, 0.08, frame)
    if rng.random() < 0.5:
        b.box("bed", 0, -d / 2, 0, w + 0.1, 0.07, rng.uniform(0.4, h + 0.25), frame)
    b.box("mattress", 0, 0, 0.06 + h * 0.35, w, d - 0.1, h * 0.65 - 0.06, sheet)
    cover = b.fabric(rng, 1.2)
    if rng.random() < 0.85:
        run = rng.uniform(0.35, 0.75) * d
        b.box("blanket", 0, -d / 2 + run / 2 + rng.uniform(0, 0.5) * (d - run), h * 0.55, w + 0.05, run, h * 0.45 + 0.03, cover)
    n = 2 if w > 1.2 else 1
    for row in range(rng.integers(1, 3)):
        pillow = b.fabric(rng, 1.0, None if rng.random() < 0.6 else hsv(0, 0, 0.95))
        for i in range(n):
            x = (i - (n - 1) / 2) * w / n
            b.ball(f"pillow#{i}{row}", x, d / 2 - 0.28 - 0.25 * row, h - 0.03, w / n * 0.85, 0.45, 0.2, pillow, rng.normal(0, 0.08), 0.35)


def nightstand(b: Builder, rng: Rng) -> None:
    w, h = rng.uniform(0.4, 0.65), rng.uniform(0.45, 0.75)
    colour = wood(rng)
    b.box("night_stand", 0, 0, 0.08, w, 0.42, h - 0.08, b.fronts(rng, 1, rng.integers(1, 4), colour))
    b.box("night_stand", 0, 0, h, w + 0.05, 0.46, 0.03, b.wooden(rng, colour))
    for x in (-1, 1):
        b.box("night_stand", x * w * 0.45, -0.15, 0, 0.05, 0.05, 0.09, b.wooden(rng, colour))
    if rng.random() < 0.75:
        table_lamp(b, rng, rng.uniform(-0.1, 0.1), 0.05, h + 0.03)
    pile(b, rng, h + 0.03, w, 0.35, rng.integers(0, 3))


def dresser(b: Builder, rng: Rng) -> None:
    w, h, d = rng.uniform(0.8, 1.8), rng.uniform(0.7, 1.35), rng.uniform(0.42, 0.55)
    colour = wood(rng) if rng.random() < 0.75 else paint(rng)
    b.box("dresser", 0, 0, 0.05, w, d, h - 0.05, b.fronts(rng, rng.integers(1, 4), rng.integers(3, 6), colour))
    b.box("dresser", 0, 0, h, w + 0.06, d + 0.04, 0.04, b.wooden(rng, colour))
    if rng.random() < 0.4 and h < 1.1:
        b.box("mirror", 0, d / 2 - 0.04, h + 0.04, w * 0.7, 0.04, 0.9, picture_material(b, rng))
    if rng.random() < 0.5:
        table_lamp(b, rng, -w * 0.35, 0, h + 0.04)
    pile(b, rng, h + 0.04, w, d, rng.integers(0, 5))


def wardrobe(b: Builder, rng: Rng) -> None:
    w, h = rng.uniform(0.8, 2.0), rng.uniform(1.7, 2.3)
    b.box("cabinet", 0, 0, 0, w, 0.58, h, b.fronts(rng, max(2, round(w / 0.5)), rng.integers(1, 3), wood(rng) if rng.random() < 0.6 else paint(rng)))


def cabinet(b: Builder, rng: Rng) -> None:
    w, h = rng.uniform(0.4, 1.2), rng.uniform(0.6, 1.5)
    colour = hsv(0.6, 0.05, rng.uniform(0.3, 0.9)) if rng.random() < 0.5 else wood(rng)
    b.box("cabinet", 0, 0, 0, w, 0.5, h, b.fronts(rng, rng.integers(1, 3), rng.integers(2, 5), colour))
    pile(b, rng, h, w, 0.45, rng.integers(0, 5))


def table(b: Builder, rng: Rng, w: float = 0.0, d: float = 0.0, h: float = 0.0, things: int = 4, name: str = "table") -> float:
    w, d, h = w or rng.uniform(0.8, 1.9), d or rng.uniform(0.6, 1.0), h or rng.uniform(0.68, 0.8)
    top, leg = b.wooden(rng), b.wooden(rng)
    if w < 1.2 and rng.random() < 0.35:
        b.drum(name, 0, 0, h - 0.04, w, 0.04, top)
        b.drum(name, 0, 0, 0, 0.1, h, leg)
        b.drum(name, 0, 0, 0, 0.5, 0.03, leg)
    else:
        b.box(name, 0, 0, h - 0.04, w, d, 0.04, top)
        t = rng.uniform(0.035, 0.09)
        for x in (-1, 1):
            for y in (-1, 1):
                b.box(name, x * (w / 2 - t), y * (d / 2 - t), 0, t, t, h - 0.04, leg)
        if rng.random() < 0.5:
            b.box(name, 0, d / 2 - t, h - 0.14, w - 2 * t, 0.02, 0.1, leg)
    pile(b, rng, h, w, d, rng.integers(0, things + 1))
    return h


def desk(b: Builder, rng: Rng) -> None:
    w, d, h = rng.uniform(1.1, 1.9), rng.uniform(0.6, 0.85), rng.uniform(0.7, 0.77)
    table(b, rng, w, d, h, 4, "desk")
    if rng.random() < 0.6:
        side = rng.choice([-1, 1])
        b.box("drawer", side * (w / 2 - 0.24), 0.02, 0.03, 0.42, d * 0.85, h - 0.09, b.fronts(rng, 1, 3))
    black = b.material(rc.PLAIN, hsv(0, 0, rng.uniform(0.05, 0.2)), gloss=0.2)
    for k in range(rng.integers(0, 3)):
        x, yaw, sw = (k - 0.5) * 0.62 + rng.normal(0, 0.05), rng.normal(0, 0.2), rng.uniform(0.42, 0.6)
        on = rng.random() < 0.6
        screen = b.material(rc.SCREEN, hsv(0, 0, 0.06), hsv(rng.uniform(0.5, 0.7), 0.3, 0.7) if on else hsv(0, 0, 0.04),
                            emission=0.9 if on else 0.0, gloss=0.3, seed=rng.integers(999))  # fmt: skip
        b.box(f"monitor#{k}", x, 0.12, h + 0.12, sw, 0.05, sw * 0.62, screen, yaw)
        b.drum(f"monitor#{k}", x, 0.14, h, 0.05, 0.2, black)
        b.drum(f"monitor#{k}", x, 0.14, h, 0.24, 0.015, black)
        b.box(f"keyboard#{k}", x, -0.15, h, 0.44, 0.15, 0.02, black, rng.normal(0, 0.1))
    if rng.random() < 0.35:
        b.box("computer", w * 0.3, 0.1, 0.0, 0.2, 0.45, 0.45, black)
    if rng.random() < 0.3:
        b.box("laptop", -w * 0.25, -0.02, h, 0.34, 0.24, 0.02, black)
        b.box("laptop", -w * 0.25, 0.12, h, 0.34, 0.015, 0.23, b.material(rc.SCREEN, hsv(0, 0, 0.1), hsv(0.6, 0.3, 0.8), emission=0.8), 0, -0.25)
    if rng.random() < 0.25:
        table_lamp(b, rng, -w * 0.4, 0.15, h)


def chair(b: Builder, rng: Rng) -> None:
    w, h, back = rng.uniform(0.4, 0.5), rng.uniform(0.42, 0.48), rng.uniform(0.8, 1.05)
    frame, seat = b.wooden(rng), b.wooden(rng) if rng.random() < 0.5 else b.fabric(rng, 0.8)
    b.box("chair", 0, 0, h - 0.05, w, w, 0.06, seat)
    for x in (-1, 1):
        for y in (-1, 1):
            b.box("chair", x * (w / 2 - 0.02), y * (w / 2 - 0.02), 0, 0.035, 0.035, back if y > 0 else h, frame)
    if rng.random() < 0.5:
        b.box("chair", 0, w / 2 - 0.02, h + 0.15, w - 0.04, 0.03, back - h - 0.15, seat, 0, -0.06)
    else:
        for z in np.linspace(h + 0.15, back - 0.06, 3):
            b.box("chair", 0, w / 2 - 0.02, z, w - 0.04, 0.025, 0.06, frame)


def office_chair(b: Builder, rng: Rng) -> None:
    fabric, black = b.fabric(rng, 0.8, hsv(rng.random(), rng.uniform(0, 0.5), rng.uniform(0.06, 0.4))), b.material(rc.PLAIN, hsv(0, 0, 0.1), gloss=0.2)
    h = rng.uniform(0.44, 0.54)
    b.box("chair", 0, 0, h - 0.08, 0.48, 0.48, 0.09, fabric)
    b.box("chair", 0, 0.24, h + 0.08, 0.44, 0.07, rng.uniform(0.4, 0.65), fabric, 0, -0.12)
    b.drum("chair", 0, 0, 0.1, 0.06, h - 0.15, black)
    for k in range(5):
        a = k * 1.2566
        b.box("chair", 0.15 * math.cos(a), 0.15 * math.sin(a), 0.05, 0.32, 0.04, 0.04, black, a)
    if rng.random() < 0.6:
        for x in (-1, 1):
            b.box("chair", x * 0.27, 0, h + 0.18, 0.05, 0.26, 0.03, black)
            b.box("chair", x * 0.27, 0.05, h - 0.05, 0.03, 0.05, 0.23, black)


def sofa(b: Builder, rng: Rng, w: float = 0.0) -> None:
    w, d, seat, back = w or rng.uniform(1.4, 2.3), rng.uniform(0.8, 0.95), rng.uniform(0.38, 0.46), rng.uniform(0.75, 0.95)
    fabric = b.fabric(rng, 1.0)
    arm = rng.uniform(0.12, 0.25)
    b.box("sofa", 0, 0, 0.06, w, d, seat - 0.2, fabric)
    b.box("sofa", 0, d / 2 - 0.11, 0.06, w, 0.22, back - 0.06, fabric)
    for x in (-1, 1):
        b.box("sofa", x * (w - arm) / 2, 0, 0.05, arm, d, seat + 0.12, fabric)
    n = max(1, round((w - 2 * arm) / 0.65))
    step = (w - 2 * arm) / n
    for i in range(n):
        x = (i - (n - 1) / 2) * step
        b.box("sofa", x, -0.08, seat - 0.16, step * 0.98, d - 0.2, 0.17, fabric)
        b.box("sofa", x, d / 2 - 0.27, seat, step * 0.95, 0.16, back - seat - 0.02, fabric, 0, -0.15)
    for k in range(rng.integers(0, 4)):
        b.ball(f"pillow#{k}", rng.uniform(-1, 1) * (w / 2 - arm - 0.2), d / 2 - 0.4, seat - 0.01, 0.42, 0.16, 0.4, b.fabric(rng), rng.normal(0, 0.3), -0.35)


def armchair(b: Builder, rng: Rng) -> None:
    sofa(b, rng, rng.uniform(0.8, 1.0))


def coffee_table(b: Builder, rng: Rng) -> None:
    table(b, rng, rng.uniform(0.8, 1.3), rng.uniform(0.5, 0.7), rng.uniform(0.35, 0.48), 5, "coffee_table")


def dining_set(b: Builder, rng: Rng) -> None:
    pass  # laid by `furnish`: a table with chairs of their own ids around it


def shelf(b: Builder, rng: Rng, w: float = 0.0, h: float = 0.0) -> None:
    w, h, d = w or rng.uniform(0.7, 1.5), h or rng.uniform(1.1, 2.2), rng.uniform(0.26, 0.4)
    board = b.wooden(rng)
    n = max(2, round(h / 0.38))
    for x in (-1, 1):
        b.box("shelf", x * w / 2, 0, 0, 0.03, d, h, board)
    b.box("shelf", 0, d / 2, 0, w, 0.02, h, board)
    for k in range(n + 1):
        z = 0.05 + k * (h - 0.09) / n
        b.box("shelf", 0, 0, z, w, d, 0.03, board)
        if k == n:
            break
        gap = (h - 0.09) / n
        if rng.random() < 0.85:
            run = rng.uniform(0.4, 0.98) * w
            books = b.material(rc.BOOKS, hsv(0.1, 0.3, 0.6), scale=rng.uniform(18, 40), seed=rng.integers(9999))
            b.box(f"books#{k}", (run - w) / 2 * rng.choice([-1, 1]) * 0.95, rng.uniform(-0.05, 0.02), z + 0.03, run, d * 0.7, gap * rng.uniform(0.6, 0.85), books)
        else:
            pile(b, rng, z + 0.03, w, d, rng.integers(0, 4))


def tv_stand(b: Builder, rng: Rng) -> None:
    w, h = rng.uniform(1.0, 1.8), rng.uniform(0.4, 0.6)
    b.box("tv_stand", 0, 0, 0.04, w, 0.42, h, b.fronts(rng, rng.integers(2, 4), rng.integers(1, 3)))
    s = rng.uniform(0.8, 1.2)
    b.box("tv", 0, 0.02, h + 0.12, s, 0.06, s * 0.58, b.material(rc.SCREEN, hsv(0, 0, 0.05), hsv(0.6, 0.3, rng.choice([0.05, 0.7])), emission=0.5, gloss=0.4))
    b.box("tv", 0, 0.02, h + 0.04, 0.4, 0.2, 0.09, b.material(rc.PLAIN, hsv(0, 0, 0.08)))
    pile(b, rng, h + 0.04, w, 0.3, rng.integers(0, 3))


def plant(b: Builder, rng: Rng) -> None:
    pot, h = b.material(rc.PLAIN, hsv(rng.choice([0.04, 0.1, 0.6]), rng.uniform(0, 0.7), rng.uniform(0.2, 0.9))), rng.uniform(0.6, 1.7)
    leaf = b.material(rc.LEAVES, hsv(0.33, 0.8, 0.25), hsv(rng.uniform(0.2, 0.38), 0.7, 0.6), seed=rng.integers(999))
    b.drum("plant_pot", 0, 0, 0, rng.uniform(0.25, 0.4), 0.3, pot)
    b.drum("plant", 0, 0, 0.3, 0.03, h - 0.3, b.material(rc.PLAIN, hsv(0.08, 0.5, 0.3)))
    for _ in range(rng.integers(7, 16)):
        a, r = rng.uniform(0, 6.28), rng.uniform(0.05, 0.3)
        b.ball("plant", r * math.cos(a), r * math.sin(a), rng.uniform(0.3, h), rng.uniform(0.15, 0.5), rng.uniform(0.06, 0.2), rng.uniform(0.05, 0.3), leaf, a, rng.uniform(-0.7, 0.7))


def floor_lamp(b: Builder, rng: Rng) -> None:
    h, foot = rng.uniform(1.3, 1.75), b.material(rc.PLAIN, hsv(0.1, 0.2, rng.uniform(0.05, 0.7)), gloss=0.4)
    b.drum("lamp", 0, 0, 0, 0.28, 0.03, foot)
    b.drum("lamp", 0, 0, 0, 0.03, h, foot)
    b.drum("lamp", 0, 0, h, rng.uniform(0.3, 0.45), 0.28, b.material(rc.PLAIN, hsv(0.12, 0.15, 0.95), emission=rng.choice([0.1, 0.8])))


def bin_(b: Builder, rng: Rng) -> None:
    b.drum("garbage_bin", 0, 0, 0, rng.uniform(0.24, 0.36), rng.uniform(0.3, 0.6), b.material(rc.PLAIN, cloth(rng)))


def boxes(b: Builder, rng: Rng) -> None:
    z = 0.0
    for k in range(rng.integers(1, 4)):
        s, h = rng.uniform(0.25, 0.55), rng.uniform(0.2, 0.4)
        card = b.material(rc.PLAIN, hsv(0.09, rng.uniform(0.3, 0.6), rng.uniform(0.45, 0.75)), grain=0.3)
        b.box(f"box#{k}", rng.normal(0, 0.03), 0, z, s, s * rng.uniform(0.6, 1), h, card, rng.normal(0, 0.2))
        z += h


def bench(b: Builder, rng: Rng) -> None:
    w, d, h = rng.uniform(0.9, 1.5), rng.uniform(0.4, 0.55), rng.uniform(0.4, 0.5)
    b.box("bench", 0, 0, h - 0.12, w, d, 0.13, b.fabric(rng, 1.2))
    b.box("bench", 0, 0, 0.08, w * 0.94, d * 0.9, h - 0.2, b.wooden(rng))


def stool(b: Builder, rng: Rng) -> None:
    h = rng.uniform(0.42, 0.75)
    b.drum("stool", 0, 0, h - 0.06, 0.36, 0.06, b.fabric(rng, 0))
    for k in range(4):
        b.box("stool", 0.12 * math.cos(k * 1.57 + 0.78), 0.12 * math.sin(k * 1.57 + 0.78), 0, 0.03, 0.03, h - 0.05, b.wooden(rng))


def counter(b: Builder, rng: Rng) -> None:
    w = rng.uniform(1.6, 3.2)
    colour = paint(rng) if rng.random() < 0.5 else wood(rng)
    front = b.fronts(rng, max(2, round(w / 0.5)), 2, colour)
    b.box("counter", 0, 0, 0, w, 0.58, 0.86, front)
    b.box("counter", 0, -0.01, 0.86, w + 0.02, 0.62, 0.04, b.material(rc.PLAIN, hsv(0.1, 0.1, rng.uniform(0.1, 0.9)), grain=0.5, gloss=0.4))
    b.box("cabinet", 0, 0.13, 1.45, w, 0.32, 0.7, b.fronts(rng, max(2, round(w / 0.45)), 1, colour))
    pile(b, rng, 0.9, w, 0.5, rng.integers(3, 9))
    steel = b.material(rc.PLAIN, hsv(0.6, 0.03, 0.6), gloss=0.6)
    if rng.random() < 0.6:
        b.box("microwave", w * 0.3, 0.05, 0.9, 0.48, 0.36, 0.28, b.material(rc.SCREEN, hsv(0, 0, 0.75), hsv(0, 0, 0.1)))
    b.drum("faucet", 0, 0.2, 0.9, 0.03, 0.25, steel)
    b.box("faucet", 0, 0.12, 1.13, 0.03, 0.18, 0.03, steel)


def fridge(b: Builder, rng: Rng) -> None:
    b.box("fridge", 0, 0, 0, rng.uniform(0.6, 0.9), 0.65, rng.uniform(1.5, 1.95), b.fronts(rng, 1, 2, hsv(0.6, 0.03, rng.uniform(0.3, 0.95))))


def stove(b: Builder, rng: Rng) -> None:
    b.box("stove", 0, 0, 0, 0.6, 0.6, 0.88, b.material(rc.SCREEN, hsv(0, 0, 0.8), hsv(0, 0, 0.08), gloss=0.3))
    for x in (-0.14, 0.14):
        for y in (-0.13, 0.13):
            b.drum("stove", x, y, 0.88, 0.18, 0.015, b.material(rc.PLAIN, hsv(0, 0, 0.07)))
    b.drum("pot", -0.14, 0.1, 0.89, 0.22, 0.14, b.material(rc.PLAIN, cloth(rng), gloss=0.5))


def pillar(b: Builder, rng: Rng) -> None:
    b.box("column", 0, 0, 0, rng.uniform(0.3, 0.6), rng.uniform(0.3, 0.6), 4.5, b.material(rc.PLAIN, paint(rng), grain=0.1))


def clutter(b: Builder, rng: Rng) -> None:
    """A random heap of primitives in any material: keeps a model from knowing furniture only."""
    for k in range(rng.integers(2, 7)):
        mat = b.material(rng.choice([rc.PLAIN, rc.FABRIC, rc.WOOD, rc.BRICK, rc.CARPET, rc.TILES]), cloth(rng), cloth(rng),
                         rng.uniform(2, 12), rng.random(), softness=rng.choice([0.0, 1.0]), seed=rng.integers(999))  # fmt: skip
        s = rng.uniform(0.06, 0.7, 3)
        b.box(f"object#{k}", rng.normal(0, 0.2), rng.normal(0, 0.2), rng.uniform(0, 0.7), *s, mat, rng.uniform(0, 3), rng.normal(0, 0.3), int(rng.integers(0, 3)))


# Pieces with their back to a wall and pieces that stand free, for each room kind, with the footprint radius kept clear.
SIZES: dict[Callable, float] = {
    bed: 1.1, nightstand: 0.4, dresser: 0.75, wardrobe: 0.8, cabinet: 0.5, table: 0.8, desk: 0.85, chair: 0.35,
    office_chair: 0.4, sofa: 1.0, armchair: 0.6, coffee_table: 0.6, shelf: 0.6, tv_stand: 0.75, plant: 0.35,
    floor_lamp: 0.25, bin_: 0.25, boxes: 0.4, bench: 0.6, stool: 0.25, counter: 1.3, fridge: 0.5, stove: 0.4,
    pillar: 0.4, clutter: 0.5, dining_set: 1.3,
}  # fmt: skip
AT_WALL: dict[str, list[Callable]] = {
    "bedroom": [bed, nightstand, nightstand, dresser, wardrobe, desk, shelf, plant, armchair, boxes],
    "furniture_store": [bed, nightstand, dresser, bed, nightstand, sofa, dresser, plant, cabinet, shelf, bed, wardrobe],
    "office": [desk, desk, shelf, cabinet, cabinet, plant, bin_, boxes, desk, wardrobe],
    "living_room": [sofa, tv_stand, shelf, plant, floor_lamp, armchair, cabinet, dresser],
    "kitchen": [counter, fridge, stove, counter, table, bin_, cabinet],
    "classroom": [cabinet, shelf, desk, bin_, boxes],
    "conference_room": [cabinet, plant, shelf, bin_, tv_stand],
    "corridor": [plant, bench, bin_, cabinet, boxes],
    "bookstore": [shelf, shelf, shelf, shelf, shelf, shelf, boxes, table],
    "dining_room": [cabinet, dresser, plant, shelf, floor_lamp],
    "computer_room": [desk, desk, desk, desk, desk, cabinet, bin_],
    "rest_space": [sofa, sofa, armchair, plant, bench, bin_, shelf],
}
FREE: dict[str, list[Callable]] = {
    "bedroom": [bench, chair, stool, bed], "furniture_store": [bed, bench, pillar, coffee_table, dining_set, bed, sofa, armchair],
    "office": [office_chair, office_chair, desk, table, bin_, boxes, office_chair],
    "living_room": [coffee_table, armchair, stool, dining_set], "kitchen": [dining_set, stool, chair],
    "classroom": [dining_set] + [desk, chair] * 4, "conference_room": [dining_set, dining_set, office_chair],
    "corridor": [boxes, plant], "bookstore": [shelf, shelf, table, boxes, shelf, table],
    "dining_room": [dining_set, dining_set, chair], "computer_room": [office_chair, desk, office_chair, desk, office_chair],
    "rest_space": [coffee_table, armchair, sofa, coffee_table, pillar, dining_set],
}  # fmt: skip


def free(b: Builder, x: float, y: float, r: float) -> bool:
    return all(math.hypot(x - u, y - v) > 0.8 * (r + q) for u, v, q in b.taken)


def furnish(b: Builder, rng: Rng, kind: str, W: float, D: float) -> None:
    """Put furniture along the walls, then in the middle, where there is room; what does not fit is left out."""
    for piece in AT_WALL[kind]:
        if rng.random() < 0.2:
            continue
        r = SIZES[piece]
        for _ in range(6):
            side = rng.integers(0, 4)
            length = W if side < 2 else D
            depth = {bed: 1.13, sofa: 0.5, armchair: 0.5, desk: 0.45, table: 0.5, wardrobe: 0.31, counter: 0.33, fridge: 0.35}.get(piece, 0.3)
            a = rng.uniform(-length / 2 + r * 0.8, length / 2 - r * 0.8) if length > 2 * r else 0.0
            off = depth + rng.choice([0.0, 0.0, rng.uniform(0, 0.3)])
            x, y, yaw = [(a, D / 2 - off, 0.0), (a, off - D / 2, math.pi), (off - W / 2, a, math.pi / 2), (W / 2 - off, a, -math.pi / 2)][side]
            if free(b, x, y, r):
                b.taken.append((x, y, r))
                piece(b, rng)
                b.place(x, y, 0, yaw + (rng.normal(0, 0.03) if off > depth else 0.0))
                break
    for piece in FREE[kind] + [clutter] * int(rng.choice([0, 0, 1, 2])):
        if rng.random() < 0.25:
            continue
        r = SIZES[piece]
        for _ in range(5):
            x, y = rng.uniform(-W / 2 + r, W / 2 - r) if W > 2 * r else 0.0, rng.uniform(-D / 2 + r, D / 2 - r) if D > 2 * r else 0.0
            if not free(b, x, y, r):
                continue
            b.taken.append((x, y, r))
            yaw = rng.choice([0, 1, 2, 3]) * math.pi / 2 + rng.choice([0.0, rng.normal(0, 0.3)])
            if piece is dining_set:
                w, d = rng.uniform(1.1, 2.2), rng.uniform(0.8, 1.1)
                table(b, rng, w, d, 0.0, 6)
                b.place(x, y, 0, yaw)
                seat = office_chair if rng.random() < 0.3 else chair
                style = rng.integers(1 << 30)
                n = 2 if w > 1.4 else 1
                for sx, sy, turn in [((i - (n - 1) / 2) * w / n, s * (d / 2 + 0.15), 0 if s > 0 else math.pi) for i in range(n) for s in (-1, 1)]:
                    if rng.random() < 0.85:
                        seat(b, np.random.default_rng(style))
                        c, s = math.cos(yaw), math.sin(yaw)
                        b.place(x + c * sx - s * sy, y + s * sx + c * sy, 0, yaw + turn + rng.normal(0, 0.15))
            else:
                piece(b, rng)
                b.place(x, y, 0, yaw)
            break


def on_walls(b: Builder, rng: Rng, kind: str, W: float, D: float, H: float) -> list[tuple[float, float, float]]:
    """Pictures, windows with curtains, doors, boards; returns the windows' centres, a little inside the room."""
    windows, spans = [], [[], [], [], []]
    wishes = ["window"] * rng.integers(0, 3) + ["door"] * rng.integers(0, 2 if kind != "corridor" else 6) + ["picture"] * rng.integers(0, 9)
    wishes += {"classroom": ["board", "board"], "conference_room": ["board"], "office": ["board", "paper", "paper"], "furniture_store": ["poster", "picture", "picture"],
               "corridor": ["paper", "poster"], "living_room": ["window"], "kitchen": ["clock"]}.get(kind, [])  # fmt: skip
    for what in wishes:
        side = rng.integers(0, 4)
        length = W if side < 2 else D
        w, h, z = {
            "window": (rng.uniform(0.8, 2.2), rng.uniform(0.9, 1.5), rng.uniform(0.75, 1.0)),
            "door": (rng.uniform(0.8, 0.95), 2.03, 0.0), "picture": (rng.uniform(0.25, 1.1), rng.uniform(0.25, 0.8), rng.uniform(1.2, 1.6)),
            "board": (rng.uniform(1.4, 3.0), 1.1, 0.95), "paper": (0.3, 0.42, 1.4), "poster": (rng.uniform(0.5, 2.0), rng.uniform(0.6, 1.0), rng.uniform(1.1, 1.6)),
            "clock": (0.3, 0.3, 1.9),
        }[what]  # fmt: skip
        h = min(h, H - z - 0.1)
        a = rng.uniform(-length / 2 + w / 2 + 0.1, length / 2 - w / 2 - 0.1) if length > w + 0.3 else None
        if a is None or h < 0.2 or any(abs(a - c) < (w + q) / 2 + 0.08 for c, q in spans[side]):
            continue
        spans[side].append((a, w))
        seed = rng.integers(9999)
        if what == "window":
            glow = rng.uniform(1.0, 3.0)
            mat = b.material(rc.WINDOW, hsv(0, 0, 0.9), hsv(0.58, 0.15, 1.0), rng.integers(1, 4), rng.integers(1, 4), emission=glow, seed=seed)
            b.box("window", 0, 0, z, w, 0.05, h, mat)
            b.box("window", 0, -0.06, z - 0.05, w + 0.15, 0.16, 0.04, b.material(rc.PLAIN, hsv(0, 0, 0.9)))
            if rng.random() < 0.5:
                cloth_ = b.material(rc.FABRIC, cloth(rng), cloth(rng), rng.uniform(6, 12), 0.2, softness=0.5)
                for s in (-1, 1):
                    b.box("curtain", s * (w / 2 + 0.12), -0.09, 0.05, rng.uniform(0.3, 0.6), 0.08, z + h + 0.1, cloth_)
        elif what == "door":
            b.box("door", 0, 0, z, w, 0.05, h, b.material(rc.PANELS, paint(rng) if rng.random() < 0.5 else wood(rng), hsv(0.1, 0.3, 0.6), rng.integers(1, 3), rng.integers(1, 4), emission=1e-6))
            frame = b.material(rc.PLAIN, hsv(0.1, 0.05, rng.uniform(0.4, 0.95)))
            for s in (-1, 1):
                b.box("door", s * (w / 2 + 0.04), 0, z, 0.08, 0.08, h, frame)
            b.box("door", 0, 0, z + h, w + 0.16, 0.08, 0.08, frame)
            b.ball("door", w * 0.4, -0.07, 1.0, 0.05, 0.08, 0.05, b.material(rc.PLAIN, hsv(0.12, 0.3, 0.7), gloss=0.6))
        elif what == "board":
            dark = rng.random() < 0.3
            b.box("whiteboard", 0, 0, z, w, 0.03, h, b.material(rc.TEXT, hsv(0.4, 0.3, 0.25) if dark else hsv(0, 0, 0.95), hsv(0.6, 0.3, 0.9 if dark else 0.4), 5, seed=seed, gloss=0.2))
            b.box("whiteboard", 0, -0.03, z - 0.03, w, 0.08, 0.03, b.material(rc.PLAIN, hsv(0, 0, 0.5)))
        elif what == "clock":
            b.ball("clock", 0, 0, z, w, 0.06, h, b.material(rc.PLAIN, hsv(0, 0, 0.9)))
        elif what == "paper":
            b.box("paper", 0, 0, z, w, 0.01, h, b.material(rc.TEXT, hsv(0, 0, 0.95), hsv(0, 0, 0.2), 8, seed=seed))
        else:
            b.box("picture" if what == "picture" else "poster", 0, 0, z, w, 0.04, h, picture_material(b, rng))
        x, y, yaw = [(a, D / 2, 0.0), (a, -D / 2, math.pi), (-W / 2, a, math.pi / 2), (W / 2, a, -math.pi / 2)][side]
        b.place(x, y, 0, yaw)
        if what == "window":
            windows.append((x * (1 - 0.6 / W), y * (1 - 0.6 / D), z + h / 2))
    return windows


def build(rng: Rng, kind: str | None = None) -> Room:
    """A furnished room of the given or a random kind, centred on the origin, floor at z = 0."""
    kind = kind or str(rng.choice(list(KINDS), p=np.array(list(KINDS.values())) / sum(KINDS.values())))
    b = Builder()
    big = {"furniture_store": 1.7, "classroom": 1.5, "bookstore": 1.4, "conference_room": 1.2, "rest_space": 1.4}.get(kind, 1.0)
    W, D, H = rng.uniform(3.0, 5.5) * big, rng.uniform(3.2, 6.0) * big, rng.uniform(2.35, 2.9) + 0.4 * (big > 1.3)
    if kind == "corridor":
        W, D = rng.uniform(1.8, 2.8), rng.uniform(7, 14)
    public = kind in ("furniture_store", "office", "classroom", "conference_room", "bookstore", "computer_room", "corridor", "rest_space")
    tone = paint(rng)
    first = 0
    for side in range(4):
        if side and rng.random() < 0.8:
            b.materials.append(b.materials[0])
            continue
        look = rng.choice([rc.PLAIN, rc.WALLPAPER, rc.BRICK, rc.TILES], p=[0.76, 0.14, 0.04, 0.06])
        a = tone if side == 0 else paint(rng)
        k = rng.uniform(0.75, 0.95)
        other = (a[0] * k, a[1] * k, a[2] * k) if look != rc.BRICK else hsv(0.1, 0.05, 0.7)
        if look == rc.BRICK:
            a = hsv(0.03, 0.6, 0.6)
        b.material(look, a, other, rng.uniform(4, 9), rng.uniform(0.2, 1.2), grain=rng.uniform(0.05, 0.2), seed=rng.integers(999))
    floor = rng.choice([rc.PLANKS, rc.TILES, rc.CARPET, rc.PLAIN], p=[0.38, 0.22, 0.35, 0.05])
    if floor == rc.PLANKS:
        a = wood(rng)
        k = rng.uniform(0.55, 0.85)
        b.material(floor, a, (a[0] * k, a[1] * k, a[2] * k), rng.uniform(5, 12), rng.uniform(0.08, 0.2), gloss=rng.uniform(0, 0.5), seed=rng.integers(999))
    else:
        a = hsv(rng.choice([rng.normal(0.1, 0.03), rng.random()]), rng.uniform(0, 0.25), rng.uniform(0.25, 0.85))
        k = rng.uniform(0.55, 0.9)
        b.material(floor, a, (a[0] * k, a[1] * k, a[2] * k), rng.uniform(1.6, 3.5), 1.0, gloss=rng.uniform(0, 0.5) * (floor == rc.TILES), seed=rng.integers(999))
    panels = public and rng.random() < 0.7
    b.material(rc.CEILING if panels else rc.PLAIN, hsv(0.12, rng.uniform(0, 0.06), rng.uniform(0.8, 0.97)), grain=0.08, seed=rng.integers(99))
    shell = np.array([-W / 2, -D / 2, 0, W / 2, D / 2, H, rng.choice([0.0, 0.07, 0.12]), rng.choice([0.0, 0.0, 0.09]), first], float)
    windows = on_walls(b, rng, kind, W, D, H)
    if public and big > 1.3 and rng.random() < 0.6:  # a partition that leaves a way past
        at, length = rng.uniform(-0.2, 0.2) * D, rng.uniform(0.3, 0.7) * W
        b.box("wall#p", 0, 0, 0, length, 0.12, H if rng.random() < 0.6 else 1.5, b.material(rc.PLAIN, paint(rng), grain=0.1))
        side = rng.choice([-1, 1])
        b.place(side * (W - length) / 2, at, 0, 0)
        for k in np.linspace(-0.4, 0.4, 4):
            b.taken.append((side * (W - length) / 2 + k * length, at, 0.2))
    if rng.random() < 0.35:
        w, d = rng.uniform(1.2, 2.6), rng.uniform(0.9, 1.8)
        b.box("rug", 0, 0, 0, w, d, 0.012, b.material(rc.RUG, cloth(rng), cloth(rng), rng.uniform(2, 6), seed=rng.integers(999)))
        b.place(rng.uniform(-0.25, 0.25) * W, rng.uniform(-0.25, 0.25) * D, 0, rng.normal(0, 0.2))
    furnish(b, rng, kind, W, D)
    power = rng.uniform(1.5, 4.5) * max(1.0, (W * D / 16) ** 0.4)
    tint = np.array([1.0, rng.uniform(0.88, 1.0), rng.uniform(0.7, 1.0)])
    lights = []
    for _ in range(2 if W * D > 24 else 1):
        x, y = rng.uniform(-0.3, 0.3) * W, rng.uniform(-0.3, 0.3) * D
        lights.append([x, y, H - 0.3, *(power * tint), rng.uniform(0.05, 0.4)])
        if not panels and rng.random() < 0.8:
            glow = b.material(rc.PLAIN, hsv(0.12, 0.1, 1.0), emission=1.5)
            b.drum("lamp", 0, 0, H - 0.1, rng.uniform(0.25, 0.5), 0.1, glow)
            b.place(x, y, 0, 0)
    for x, y, z in windows[:1]:
        lights.append([x, y, z, *(rng.uniform(0.8, 3.0) * np.array([0.9, 0.97, 1.1])), 0.5])
    ambient = rng.uniform(0.25, 0.65) * np.array([1.0, rng.uniform(0.92, 1.0), rng.uniform(0.85, 1.05)])
    return Room(
        kind, shell, np.array(b.prims, float).reshape(-1, 19), np.array(b.groups, float).reshape(-1, 6),
        np.array(b.materials, float), np.array(lights, float), ambient, b.names, b.taken,
    )  # fmt: skip
