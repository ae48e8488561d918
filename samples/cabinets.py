"""Furniture with its back to a wall: beds, cabinets, shelves, kitchens.

Each piece is a function of (Builder, rng) that lays parts in its own frame: x across, y depth with the
front at -y, z up from the floor, centred on the origin.
"""

import numpy as np
import textures as tx
from parts import Builder, Rng, cloth, hsv, paint, wood
from things import picture_material, pile, table_lamp


def bed(b: Builder, rng: Rng) -> None:
    w, d, h = rng.choice([1.0, 1.45, 1.7, 1.95]), rng.uniform(1.95, 2.2), rng.uniform(0.42, 0.75)
    frame, sheet = (
        b.wooden(rng),
        b.material(
            tx.FABRIC,
            hsv(0.6, rng.uniform(0, 0.08), 0.96),
            hsv(0.6, 0.05, 0.8),
            rng.uniform(2, 9),
            0.9,
            softness=1.5,
        ),
    )
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
        b.box(
            "blanket",
            0,
            -d / 2 + run / 2 + rng.uniform(0, 0.5) * (d - run),
            h * 0.55,
            w + 0.05,
            run,
            h * 0.45 + 0.03,
            cover,
        )
    n = 2 if w > 1.2 else 1
    for row in range(rng.integers(1, 3)):
        pillow = b.fabric(rng, 1.0, None if rng.random() < 0.6 else hsv(0, 0, 0.95))
        for i in range(n):
            x = (i - (n - 1) / 2) * w / n
            b.ball(
                f"pillow#{i}{row}",
                x,
                d / 2 - 0.28 - 0.25 * row,
                h - 0.03,
                w / n * 0.85,
                0.45,
                0.2,
                pillow,
                rng.normal(0, 0.08),
                0.35,
            )


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
    b.box(
        "dresser", 0, 0, 0.05, w, d, h - 0.05, b.fronts(rng, rng.integers(1, 4), rng.integers(3, 6), colour)
    )
    b.box("dresser", 0, 0, h, w + 0.06, d + 0.04, 0.04, b.wooden(rng, colour))
    if rng.random() < 0.4 and h < 1.1:
        b.box("mirror", 0, d / 2 - 0.04, h + 0.04, w * 0.7, 0.04, 0.9, picture_material(b, rng))
    if rng.random() < 0.5:
        table_lamp(b, rng, -w * 0.35, 0, h + 0.04)
    pile(b, rng, h + 0.04, w, d, rng.integers(0, 5))


def wardrobe(b: Builder, rng: Rng) -> None:
    w, h = rng.uniform(0.8, 2.0), rng.uniform(1.7, 2.3)
    b.box(
        "cabinet",
        0,
        0,
        0,
        w,
        0.58,
        h,
        b.fronts(
            rng, max(2, round(w / 0.5)), rng.integers(1, 3), wood(rng) if rng.random() < 0.6 else paint(rng)
        ),
    )


def cabinet(b: Builder, rng: Rng) -> None:
    w, h = rng.uniform(0.4, 1.2), rng.uniform(0.6, 1.5)
    colour = hsv(0.6, 0.05, rng.uniform(0.3, 0.9)) if rng.random() < 0.5 else wood(rng)
    b.box("cabinet", 0, 0, 0, w, 0.5, h, b.fronts(rng, rng.integers(1, 3), rng.integers(2, 5), colour))
    pile(b, rng, h, w, 0.45, rng.integers(0, 5))


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
            books = b.material(
                tx.BOOKS, hsv(0.1, 0.3, 0.6), scale=rng.uniform(18, 40), seed=rng.integers(9999)
            )
            b.box(
                f"books#{k}",
                (run - w) / 2 * rng.choice([-1, 1]) * 0.95,
                rng.uniform(-0.05, 0.02),
                z + 0.03,
                run,
                d * 0.7,
                gap * rng.uniform(0.6, 0.85),
                books,
            )
        else:
            pile(b, rng, z + 0.03, w, d, rng.integers(0, 4))


def tv_stand(b: Builder, rng: Rng) -> None:
    w, h = rng.uniform(1.0, 1.8), rng.uniform(0.4, 0.6)
    b.box("tv_stand", 0, 0, 0.04, w, 0.42, h, b.fronts(rng, rng.integers(2, 4), rng.integers(1, 3)))
    s = rng.uniform(0.8, 1.2)
    b.box(
        "tv",
        0,
        0.02,
        h + 0.12,
        s,
        0.06,
        s * 0.58,
        b.material(
            tx.SCREEN, hsv(0, 0, 0.05), hsv(0.6, 0.3, rng.choice([0.05, 0.7])), emission=0.5, gloss=0.4
        ),
    )
    b.box("tv", 0, 0.02, h + 0.04, 0.4, 0.2, 0.09, b.material(tx.PLAIN, hsv(0, 0, 0.08)))
    pile(b, rng, h + 0.04, w, 0.3, rng.integers(0, 3))


def counter(b: Builder, rng: Rng) -> None:
    w = rng.uniform(1.6, 3.2)
    colour = paint(rng) if rng.random() < 0.5 else wood(rng)
    front = b.fronts(rng, max(2, round(w / 0.5)), 2, colour)
    b.box("counter", 0, 0, 0, w, 0.58, 0.86, front)
    b.box(
        "counter",
        0,
        -0.01,
        0.86,
        w + 0.02,
        0.62,
        0.04,
        b.material(tx.PLAIN, hsv(0.1, 0.1, rng.uniform(0.1, 0.9)), grain=0.5, gloss=0.4),
    )
    b.box("cabinet", 0, 0.13, 1.45, w, 0.32, 0.7, b.fronts(rng, max(2, round(w / 0.45)), 1, colour))
    pile(b, rng, 0.9, w, 0.5, rng.integers(3, 9))
    steel = b.material(tx.PLAIN, hsv(0.6, 0.03, 0.6), gloss=0.6)
    if rng.random() < 0.6:
        b.box(
            "microwave",
            w * 0.3,
            0.05,
            0.9,
            0.48,
            0.36,
            0.28,
            b.material(tx.SCREEN, hsv(0, 0, 0.75), hsv(0, 0, 0.1)),
        )
    b.drum("faucet", 0, 0.2, 0.9, 0.03, 0.25, steel)
    b.box("faucet", 0, 0.12, 1.13, 0.03, 0.18, 0.03, steel)


def fridge(b: Builder, rng: Rng) -> None:
    b.box(
        "fridge",
        0,
        0,
        0,
        rng.uniform(0.6, 0.9),
        0.65,
        rng.uniform(1.5, 1.95),
        b.fronts(rng, 1, 2, hsv(0.6, 0.03, rng.uniform(0.3, 0.95))),
    )


def stove(b: Builder, rng: Rng) -> None:
    b.box("stove", 0, 0, 0, 0.6, 0.6, 0.88, b.material(tx.SCREEN, hsv(0, 0, 0.8), hsv(0, 0, 0.08), gloss=0.3))
    for x in (-0.14, 0.14):
        for y in (-0.13, 0.13):
            b.drum("stove", x, y, 0.88, 0.18, 0.015, b.material(tx.PLAIN, hsv(0, 0, 0.07)))
    b.drum("pot", -0.14, 0.1, 0.89, 0.22, 0.14, b.material(tx.PLAIN, cloth(rng), gloss=0.5))
