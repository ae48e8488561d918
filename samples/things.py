"""Small things: what lies on tables and what hangs on walls."""

import math

import textures as tx
from parts import Builder, Rng, cloth, hsv, paint, wood


def pile(b: Builder, rng: Rng, z: float, w: float, d: float, n: int) -> None:
    """Things that lie on a table top of size (w, d) at height z."""
    for k in range(n):
        x, y, what = rng.uniform(-w / 2, w / 2) * 0.85, rng.uniform(-d / 2, d / 2) * 0.8, rng.integers(0, 8)
        mat = b.material(tx.PLAIN, cloth(rng), gloss=rng.uniform(0, 0.3), seed=k)
        if what == 0:
            b.drum(f"cup#{k}", x, y, z, 0.08, 0.1, mat)
        elif what == 1:
            for i in range(rng.integers(1, 5)):
                b.box(
                    f"books#{k}",
                    x,
                    y,
                    z + 0.03 * i,
                    0.2,
                    0.27,
                    0.03,
                    b.material(tx.PLAIN, cloth(rng)),
                    rng.normal(0, 0.3),
                )
        elif what == 2:
            b.box(
                f"paper#{k}",
                x,
                y,
                z,
                0.21,
                0.29,
                0.005,
                b.material(tx.TEXT, hsv(0, 0, 0.95), hsv(0, 0, 0.2), 9),
                rng.normal(0, 0.5),
            )
        elif what == 3:
            b.drum(f"bottle#{k}", x, y, z, 0.07, 0.2, mat)
            b.drum(f"bottle#{k}", x, y, z + 0.2, 0.03, 0.07, mat)
        elif what == 4:
            b.box(
                f"box#{k}",
                x,
                y,
                z,
                rng.uniform(0.1, 0.3),
                rng.uniform(0.1, 0.25),
                rng.uniform(0.06, 0.25),
                mat,
                rng.normal(0, 0.4),
            )
        elif what == 5:
            b.drum(f"vase#{k}", x, y, z, 0.1, 0.05, mat)
            b.ball(f"vase#{k}", x, y, z, 0.14, 0.14, 0.22, mat)
            b.ball(
                f"flowers#{k}",
                x,
                y,
                z + 0.2,
                0.22,
                0.22,
                0.2,
                b.material(tx.LEAVES, (0.02, 0.1, 0.01), cloth(rng), seed=k),
            )
        elif what == 6:
            b.ball(f"bowl#{k}", x, y, z - 0.04, 0.24, 0.24, 0.14, mat)
        else:
            b.box(
                f"picture#{k}", x, y, z, 0.16, 0.02, 0.2, picture_material(b, rng), rng.normal(0, 0.4), -0.2
            )


def table_lamp(b: Builder, rng: Rng, x: float, y: float, z: float) -> None:
    h, k = rng.uniform(0.22, 0.42), rng.integers(1 << 20)
    foot = b.material(tx.PLAIN, wood(rng), gloss=0.3)
    b.drum(f"lamp#{k}", x, y, z, 0.15, 0.03, foot)
    b.drum(f"lamp#{k}", x, y, z, 0.05, h, foot)
    if rng.random() < 0.6:
        b.ball(f"lamp#{k}", x, y, z + 0.02, 0.16, 0.16, h * 0.8, foot)
    glow = rng.choice([0.0, 0.5, 0.9])
    b.drum(
        f"lamp#{k}",
        x,
        y,
        z + h,
        rng.uniform(0.22, 0.36),
        rng.uniform(0.18, 0.3),
        b.material(tx.PLAIN, hsv(0.12, 0.12, 0.95), emission=glow),
    )


def picture_material(b: Builder, rng: Rng) -> int:
    frame = hsv(0.08, rng.uniform(0, 0.6), rng.choice([0.08, 0.3, 0.9]))
    return b.material(
        tx.PICTURE, frame, hsv(0.12, 0.05, 0.95), aspect=rng.choice([0.0, 0.6, 1.0]), seed=rng.integers(9999)
    )


def on_walls(
    b: Builder, rng: Rng, kind: str, W: float, D: float, H: float
) -> list[tuple[float, float, float]]:
    """Pictures, windows with curtains, doors, boards; returns the windows' centres, a little inside."""
    windows, spans = [], [[], [], [], []]
    wishes = (
        ["window"] * rng.integers(0, 3)
        + ["door"] * rng.integers(0, 2 if kind != "corridor" else 6)
        + ["picture"] * rng.integers(0, 9)
    )
    wishes += {
        "classroom": ["board", "board"],
        "conference_room": ["board"],
        "office": ["board", "paper", "paper"],
        "furniture_store": ["poster", "picture", "picture"],
        "corridor": ["paper", "poster"],
        "living_room": ["window"],
        "kitchen": ["clock"],
    }.get(kind, [])
    for what in wishes:
        side = rng.integers(0, 4)
        length = W if side < 2 else D
        w, h, z = {
            "window": (rng.uniform(0.8, 2.2), rng.uniform(0.9, 1.5), rng.uniform(0.75, 1.0)),
            "door": (rng.uniform(0.8, 0.95), 2.03, 0.0),
            "picture": (rng.uniform(0.25, 1.1), rng.uniform(0.25, 0.8), rng.uniform(1.2, 1.6)),
            "board": (rng.uniform(1.4, 3.0), 1.1, 0.95),
            "paper": (0.3, 0.42, 1.4),
            "poster": (rng.uniform(0.5, 2.0), rng.uniform(0.6, 1.0), rng.uniform(1.1, 1.6)),
            "clock": (0.3, 0.3, 1.9),
        }[what]
        h = min(h, H - z - 0.1)
        a = rng.uniform(-length / 2 + w / 2 + 0.1, length / 2 - w / 2 - 0.1) if length > w + 0.3 else None
        if a is None or h < 0.2 or any(abs(a - c) < (w + q) / 2 + 0.08 for c, q in spans[side]):
            continue
        spans[side].append((a, w))
        seed = rng.integers(9999)
        if what == "window":
            glow = rng.uniform(1.0, 3.0)
            mat = b.material(
                tx.WINDOW,
                hsv(0, 0, 0.9),
                hsv(0.58, 0.15, 1.0),
                rng.integers(1, 4),
                rng.integers(1, 4),
                emission=glow,
                seed=seed,
            )
            b.box("window", 0, 0, z, w, 0.05, h, mat)
            b.box("window", 0, -0.06, z - 0.05, w + 0.15, 0.16, 0.04, b.material(tx.PLAIN, hsv(0, 0, 0.9)))
            if rng.random() < 0.5:
                cloth_ = b.material(tx.FABRIC, cloth(rng), cloth(rng), rng.uniform(6, 12), 0.2, softness=0.5)
                for s in (-1, 1):
                    b.box(
                        "curtain",
                        s * (w / 2 + 0.12),
                        -0.09,
                        0.05,
                        rng.uniform(0.3, 0.6),
                        0.08,
                        z + h + 0.1,
                        cloth_,
                    )
        elif what == "door":
            b.box(
                "door",
                0,
                0,
                z,
                w,
                0.05,
                h,
                b.material(
                    tx.PANELS,
                    paint(rng) if rng.random() < 0.5 else wood(rng),
                    hsv(0.1, 0.3, 0.6),
                    rng.integers(1, 3),
                    rng.integers(1, 4),
                    emission=1e-6,
                ),
            )
            frame = b.material(tx.PLAIN, hsv(0.1, 0.05, rng.uniform(0.4, 0.95)))
            for s in (-1, 1):
                b.box("door", s * (w / 2 + 0.04), 0, z, 0.08, 0.08, h, frame)
            b.box("door", 0, 0, z + h, w + 0.16, 0.08, 0.08, frame)
            b.ball(
                "door",
                w * 0.4,
                -0.07,
                1.0,
                0.05,
                0.08,
                0.05,
                b.material(tx.PLAIN, hsv(0.12, 0.3, 0.7), gloss=0.6),
            )
        elif what == "board":
            dark = rng.random() < 0.3
            b.box(
                "whiteboard",
                0,
                0,
                z,
                w,
                0.03,
                h,
                b.material(
                    tx.TEXT,
                    hsv(0.4, 0.3, 0.25) if dark else hsv(0, 0, 0.95),
                    hsv(0.6, 0.3, 0.9 if dark else 0.4),
                    5,
                    seed=seed,
                    gloss=0.2,
                ),
            )
            b.box("whiteboard", 0, -0.03, z - 0.03, w, 0.08, 0.03, b.material(tx.PLAIN, hsv(0, 0, 0.5)))
        elif what == "clock":
            b.ball("clock", 0, 0, z, w, 0.06, h, b.material(tx.PLAIN, hsv(0, 0, 0.9)))
        elif what == "paper":
            b.box(
                "paper",
                0,
                0,
                z,
                w,
                0.01,
                h,
                b.material(tx.TEXT, hsv(0, 0, 0.95), hsv(0, 0, 0.2), 8, seed=seed),
            )
        else:
            b.box("picture" if what == "picture" else "poster", 0, 0, z, w, 0.04, h, picture_material(b, rng))
        x, y, yaw = [
            (a, D / 2, 0.0),
            (a, -D / 2, math.pi),
            (-W / 2, a, math.pi / 2),
            (W / 2, a, -math.pi / 2),
        ][side]
        b.place(x, y, 0, yaw)
        if what == "window":
            windows.append((x * (1 - 0.6 / W), y * (1 - 0.6 / D), z + h / 2))
    return windows
