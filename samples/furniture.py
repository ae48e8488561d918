"""Furniture that stands anywhere: tables, seats, lamps, plants, boxes.

Each piece is a function of (Builder, rng) that lays parts in its own frame: x across, y depth with the
front at -y, z up from the floor, centred on the origin.
"""

import math

import numpy as np
import textures as tx
from parts import Builder, Rng, cloth, hsv, paint
from things import pile, table_lamp


def table(
    b: Builder, rng: Rng, w: float = 0.0, d: float = 0.0, h: float = 0.0, things: int = 4, name: str = "table"
) -> float:
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
    black = b.material(tx.PLAIN, hsv(0, 0, rng.uniform(0.05, 0.2)), gloss=0.2)
    for k in range(rng.integers(0, 3)):
        x, yaw, sw = (k - 0.5) * 0.62 + rng.normal(0, 0.05), rng.normal(0, 0.2), rng.uniform(0.42, 0.6)
        on = rng.random() < 0.6
        screen = b.material(
            tx.SCREEN,
            hsv(0, 0, 0.06),
            hsv(rng.uniform(0.5, 0.7), 0.3, 0.7) if on else hsv(0, 0, 0.04),
            emission=0.9 if on else 0.0,
            gloss=0.3,
            seed=rng.integers(999),
        )
        b.box(f"monitor#{k}", x, 0.12, h + 0.12, sw, 0.05, sw * 0.62, screen, yaw)
        b.drum(f"monitor#{k}", x, 0.14, h, 0.05, 0.2, black)
        b.drum(f"monitor#{k}", x, 0.14, h, 0.24, 0.015, black)
        b.box(f"keyboard#{k}", x, -0.15, h, 0.44, 0.15, 0.02, black, rng.normal(0, 0.1))
    if rng.random() < 0.35:
        b.box("computer", w * 0.3, 0.1, 0.0, 0.2, 0.45, 0.45, black)
    if rng.random() < 0.3:
        b.box("laptop", -w * 0.25, -0.02, h, 0.34, 0.24, 0.02, black)
        b.box(
            "laptop",
            -w * 0.25,
            0.12,
            h,
            0.34,
            0.015,
            0.23,
            b.material(tx.SCREEN, hsv(0, 0, 0.1), hsv(0.6, 0.3, 0.8), emission=0.8),
            0,
            -0.25,
        )
    if rng.random() < 0.25:
        table_lamp(b, rng, -w * 0.4, 0.15, h)


def chair(b: Builder, rng: Rng) -> None:
    w, h, back = rng.uniform(0.4, 0.5), rng.uniform(0.42, 0.48), rng.uniform(0.8, 1.05)
    frame, seat = b.wooden(rng), b.wooden(rng) if rng.random() < 0.5 else b.fabric(rng, 0.8)
    b.box("chair", 0, 0, h - 0.05, w, w, 0.06, seat)
    for x in (-1, 1):
        for y in (-1, 1):
            b.box(
                "chair", x * (w / 2 - 0.02), y * (w / 2 - 0.02), 0, 0.035, 0.035, back if y > 0 else h, frame
            )
    if rng.random() < 0.5:
        b.box("chair", 0, w / 2 - 0.02, h + 0.15, w - 0.04, 0.03, back - h - 0.15, seat, 0, -0.06)
    else:
        for z in np.linspace(h + 0.15, back - 0.06, 3):
            b.box("chair", 0, w / 2 - 0.02, z, w - 0.04, 0.025, 0.06, frame)


def office_chair(b: Builder, rng: Rng) -> None:
    fabric, black = (
        b.fabric(rng, 0.8, hsv(rng.random(), rng.uniform(0, 0.5), rng.uniform(0.06, 0.4))),
        b.material(tx.PLAIN, hsv(0, 0, 0.1), gloss=0.2),
    )
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
    w, d, seat, back = (
        w or rng.uniform(1.4, 2.3),
        rng.uniform(0.8, 0.95),
        rng.uniform(0.38, 0.46),
        rng.uniform(0.75, 0.95),
    )
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
        b.ball(
            f"pillow#{k}",
            rng.uniform(-1, 1) * (w / 2 - arm - 0.2),
            d / 2 - 0.4,
            seat - 0.01,
            0.42,
            0.16,
            0.4,
            b.fabric(rng),
            rng.normal(0, 0.3),
            -0.35,
        )


def armchair(b: Builder, rng: Rng) -> None:
    sofa(b, rng, rng.uniform(0.8, 1.0))


def coffee_table(b: Builder, rng: Rng) -> None:
    table(b, rng, rng.uniform(0.8, 1.3), rng.uniform(0.5, 0.7), rng.uniform(0.35, 0.48), 5, "coffee_table")


def dining_set(b: Builder, rng: Rng) -> None:
    pass  # laid by `furnish`: a table with chairs of their own ids around it


def plant(b: Builder, rng: Rng) -> None:
    pot, h = (
        b.material(tx.PLAIN, hsv(rng.choice([0.04, 0.1, 0.6]), rng.uniform(0, 0.7), rng.uniform(0.2, 0.9))),
        rng.uniform(0.6, 1.7),
    )
    leaf = b.material(
        tx.LEAVES, hsv(0.33, 0.8, 0.25), hsv(rng.uniform(0.2, 0.38), 0.7, 0.6), seed=rng.integers(999)
    )
    b.drum("plant_pot", 0, 0, 0, rng.uniform(0.25, 0.4), 0.3, pot)
    b.drum("plant", 0, 0, 0.3, 0.03, h - 0.3, b.material(tx.PLAIN, hsv(0.08, 0.5, 0.3)))
    for _ in range(rng.integers(7, 16)):
        a, r = rng.uniform(0, 6.28), rng.uniform(0.05, 0.3)
        b.ball(
            "plant",
            r * math.cos(a),
            r * math.sin(a),
            rng.uniform(0.3, h),
            rng.uniform(0.15, 0.5),
            rng.uniform(0.06, 0.2),
            rng.uniform(0.05, 0.3),
            leaf,
            a,
            rng.uniform(-0.7, 0.7),
        )


def floor_lamp(b: Builder, rng: Rng) -> None:
    h, foot = rng.uniform(1.3, 1.75), b.material(tx.PLAIN, hsv(0.1, 0.2, rng.uniform(0.05, 0.7)), gloss=0.4)
    b.drum("lamp", 0, 0, 0, 0.28, 0.03, foot)
    b.drum("lamp", 0, 0, 0, 0.03, h, foot)
    b.drum(
        "lamp",
        0,
        0,
        h,
        rng.uniform(0.3, 0.45),
        0.28,
        b.material(tx.PLAIN, hsv(0.12, 0.15, 0.95), emission=rng.choice([0.1, 0.8])),
    )


def bin_(b: Builder, rng: Rng) -> None:
    b.drum(
        "garbage_bin",
        0,
        0,
        0,
        rng.uniform(0.24, 0.36),
        rng.uniform(0.3, 0.6),
        b.material(tx.PLAIN, cloth(rng)),
    )


def boxes(b: Builder, rng: Rng) -> None:
    z = 0.0
    for k in range(rng.integers(1, 4)):
        s, h = rng.uniform(0.25, 0.55), rng.uniform(0.2, 0.4)
        card = b.material(tx.PLAIN, hsv(0.09, rng.uniform(0.3, 0.6), rng.uniform(0.45, 0.75)), grain=0.3)
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
        b.box(
            "stool",
            0.12 * math.cos(k * 1.57 + 0.78),
            0.12 * math.sin(k * 1.57 + 0.78),
            0,
            0.03,
            0.03,
            h - 0.05,
            b.wooden(rng),
        )


def pillar(b: Builder, rng: Rng) -> None:
    b.box(
        "column",
        0,
        0,
        0,
        rng.uniform(0.3, 0.6),
        rng.uniform(0.3, 0.6),
        4.5,
        b.material(tx.PLAIN, paint(rng), grain=0.1),
    )


def clutter(b: Builder, rng: Rng) -> None:
    """A random heap of primitives in any material: keeps a model from knowing furniture only."""
    for k in range(rng.integers(2, 7)):
        mat = b.material(
            rng.choice([tx.PLAIN, tx.FABRIC, tx.WOOD, tx.BRICK, tx.CARPET, tx.TILES]),
            cloth(rng),
            cloth(rng),
            rng.uniform(2, 12),
            rng.random(),
            softness=rng.choice([0.0, 1.0]),
            seed=rng.integers(999),
        )
        s = rng.uniform(0.06, 0.7, 3)
        b.box(
            f"object#{k}",
            rng.normal(0, 0.2),
            rng.normal(0, 0.2),
            rng.uniform(0, 0.7),
            *s,
            mat,
            rng.uniform(0, 3),
            rng.normal(0, 0.3),
            int(rng.integers(0, 3)),
        )
