"""A random room: its kind, shell, furniture and lights: `build(rng)`."""

from dataclasses import dataclass

import numpy as np
import textures as tx
from furnish import furnish
from parts import Builder, Rng, cloth, hsv, paint, wood
from things import on_walls

KINDS = {
    "bedroom": 4,
    "furniture_store": 5,
    "office": 4,
    "living_room": 4,
    "kitchen": 2,
    "classroom": 2,
    "conference_room": 2,
    "corridor": 1,
    "bookstore": 2,
    "dining_room": 2,
    "computer_room": 1,
    "rest_space": 2,
}


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


def build(rng: Rng, kind: str | None = None) -> Room:
    """A furnished room of the given or a random kind, centred on the origin, floor at z = 0."""
    kind = kind or str(rng.choice(list(KINDS), p=np.array(list(KINDS.values())) / sum(KINDS.values())))
    b = Builder()
    big = {
        "furniture_store": 1.7,
        "classroom": 1.5,
        "bookstore": 1.4,
        "conference_room": 1.2,
        "rest_space": 1.4,
    }.get(kind, 1.0)
    W, D, H = (
        rng.uniform(3.0, 5.5) * big,
        rng.uniform(3.2, 6.0) * big,
        rng.uniform(2.35, 2.9) + 0.4 * (big > 1.3),
    )
    if kind == "corridor":
        W, D = rng.uniform(1.8, 2.8), rng.uniform(7, 14)
    public = kind in (
        "furniture_store",
        "office",
        "classroom",
        "conference_room",
        "bookstore",
        "computer_room",
        "corridor",
        "rest_space",
    )
    tone = paint(rng)
    first = 0
    for side in range(4):
        if side and rng.random() < 0.8:
            b.materials.append(b.materials[0])
            continue
        look = rng.choice([tx.PLAIN, tx.WALLPAPER, tx.BRICK, tx.TILES], p=[0.76, 0.14, 0.04, 0.06])
        a = tone if side == 0 else paint(rng)
        k = rng.uniform(0.75, 0.95)
        other = (a[0] * k, a[1] * k, a[2] * k) if look != tx.BRICK else hsv(0.1, 0.05, 0.7)
        if look == tx.BRICK:
            a = hsv(0.03, 0.6, 0.6)
        b.material(
            look,
            a,
            other,
            rng.uniform(4, 9),
            rng.uniform(0.2, 1.2),
            grain=rng.uniform(0.05, 0.2),
            seed=rng.integers(999),
        )
    floor = rng.choice([tx.PLANKS, tx.TILES, tx.CARPET, tx.PLAIN], p=[0.38, 0.22, 0.35, 0.05])
    if floor == tx.PLANKS:
        a = wood(rng)
        k = rng.uniform(0.55, 0.85)
        b.material(
            floor,
            a,
            (a[0] * k, a[1] * k, a[2] * k),
            rng.uniform(5, 12),
            rng.uniform(0.08, 0.2),
            gloss=rng.uniform(0, 0.5),
            seed=rng.integers(999),
        )
    else:
        a = hsv(
            rng.choice([rng.normal(0.1, 0.03), rng.random()]), rng.uniform(0, 0.25), rng.uniform(0.25, 0.85)
        )
        k = rng.uniform(0.55, 0.9)
        b.material(
            floor,
            a,
            (a[0] * k, a[1] * k, a[2] * k),
            rng.uniform(1.6, 3.5),
            1.0,
            gloss=rng.uniform(0, 0.5) * (floor == tx.TILES),
            seed=rng.integers(999),
        )
    panels = public and rng.random() < 0.7
    b.material(
        tx.CEILING if panels else tx.PLAIN,
        hsv(0.12, rng.uniform(0, 0.06), rng.uniform(0.8, 0.97)),
        grain=0.08,
        seed=rng.integers(99),
    )
    shell = np.array(
        [
            -W / 2,
            -D / 2,
            0,
            W / 2,
            D / 2,
            H,
            rng.choice([0.0, 0.07, 0.12]),
            rng.choice([0.0, 0.0, 0.09]),
            first,
        ],
        float,
    )
    windows = on_walls(b, rng, kind, W, D, H)
    if public and big > 1.3 and rng.random() < 0.6:  # a partition that leaves a way past
        at, length = rng.uniform(-0.2, 0.2) * D, rng.uniform(0.3, 0.7) * W
        b.box(
            "wall#p",
            0,
            0,
            0,
            length,
            0.12,
            H if rng.random() < 0.6 else 1.5,
            b.material(tx.PLAIN, paint(rng), grain=0.1),
        )
        side = rng.choice([-1, 1])
        b.place(side * (W - length) / 2, at, 0, 0)
        for k in np.linspace(-0.4, 0.4, 4):
            b.taken.append((side * (W - length) / 2 + k * length, at, 0.2))
    if rng.random() < 0.35:
        w, d = rng.uniform(1.2, 2.6), rng.uniform(0.9, 1.8)
        b.box(
            "rug",
            0,
            0,
            0,
            w,
            d,
            0.012,
            b.material(tx.RUG, cloth(rng), cloth(rng), rng.uniform(2, 6), seed=rng.integers(999)),
        )
        b.place(rng.uniform(-0.25, 0.25) * W, rng.uniform(-0.25, 0.25) * D, 0, rng.normal(0, 0.2))
    furnish(b, rng, kind, W, D)
    power = rng.uniform(1.5, 4.5) * max(1.0, (W * D / 16) ** 0.4)
    tint = np.array([1.0, rng.uniform(0.88, 1.0), rng.uniform(0.7, 1.0)])
    lights = []
    for _ in range(2 if W * D > 24 else 1):
        x, y = rng.uniform(-0.3, 0.3) * W, rng.uniform(-0.3, 0.3) * D
        lights.append([x, y, H - 0.3, *(power * tint), rng.uniform(0.05, 0.4)])
        if not panels and rng.random() < 0.8:
            glow = b.material(tx.PLAIN, hsv(0.12, 0.1, 1.0), emission=1.5)
            b.drum("lamp", 0, 0, H - 0.1, rng.uniform(0.25, 0.5), 0.1, glow)
            b.place(x, y, 0, 0)
    for x, y, z in windows[:1]:
        lights.append([x, y, z, *(rng.uniform(0.8, 3.0) * np.array([0.9, 0.97, 1.1])), 0.5])
    ambient = rng.uniform(0.25, 0.65) * np.array([1.0, rng.uniform(0.92, 1.0), rng.uniform(0.85, 1.05)])
    return Room(
        kind,
        shell,
        np.array(b.prims, float).reshape(-1, 19),
        np.array(b.groups, float).reshape(-1, 6),
        np.array(b.materials, float),
        np.array(lights, float),
        ambient,
        b.names,
        b.taken,
    )
