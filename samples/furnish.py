"""Where furniture goes: pieces along the walls, pieces in the middle, for each kind of room."""

import math
from collections.abc import Callable

import numpy as np
from cabinets import bed, cabinet, counter, dresser, fridge, nightstand, shelf, stove, tv_stand, wardrobe
from furniture import (
    armchair,
    bench,
    bin_,
    boxes,
    chair,
    clutter,
    coffee_table,
    desk,
    dining_set,
    floor_lamp,
    office_chair,
    pillar,
    plant,
    sofa,
    stool,
    table,
)
from parts import Builder, Rng

# The radius of the circle that each piece keeps clear on the floor.
SIZES: dict[Callable, float] = {
    bed: 1.1,
    nightstand: 0.4,
    dresser: 0.75,
    wardrobe: 0.8,
    cabinet: 0.5,
    table: 0.8,
    desk: 0.85,
    chair: 0.35,
    office_chair: 0.4,
    sofa: 1.0,
    armchair: 0.6,
    coffee_table: 0.6,
    shelf: 0.6,
    tv_stand: 0.75,
    plant: 0.35,
    floor_lamp: 0.25,
    bin_: 0.25,
    boxes: 0.4,
    bench: 0.6,
    stool: 0.25,
    counter: 1.3,
    fridge: 0.5,
    stove: 0.4,
    pillar: 0.4,
    clutter: 0.5,
    dining_set: 1.3,
}
# Pieces with their back to a wall and pieces that stand free.
AT_WALL: dict[str, list[Callable]] = {
    "bedroom": [bed, nightstand, nightstand, dresser, wardrobe, desk, shelf, plant, armchair, boxes],
    "furniture_store": [
        bed,
        nightstand,
        dresser,
        bed,
        nightstand,
        sofa,
        dresser,
        plant,
        cabinet,
        shelf,
        bed,
        wardrobe,
    ],
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
    "bedroom": [bench, chair, stool, bed],
    "furniture_store": [bed, bench, pillar, coffee_table, dining_set, bed, sofa, armchair],
    "office": [office_chair, office_chair, desk, table, bin_, boxes, office_chair],
    "living_room": [coffee_table, armchair, stool, dining_set],
    "kitchen": [dining_set, stool, chair],
    "classroom": [dining_set] + [desk, chair] * 4,
    "conference_room": [dining_set, dining_set, office_chair],
    "corridor": [boxes, plant],
    "bookstore": [shelf, shelf, table, boxes, shelf, table],
    "dining_room": [dining_set, dining_set, chair],
    "computer_room": [office_chair, desk, office_chair, desk, office_chair],
    "rest_space": [coffee_table, armchair, sofa, coffee_table, pillar, dining_set],
}


def free(b: Builder, x: float, y: float, r: float) -> bool:
    return all(math.hypot(x - u, y - v) > 0.8 * (r + q) for u, v, q in b.taken)


def furnish(b: Builder, rng: Rng, kind: str, W: float, D: float) -> None:
    """Put furniture along the walls, then in the middle; what finds no room is left out."""
    for piece in AT_WALL[kind]:
        if rng.random() < 0.2:
            continue
        r = SIZES[piece]
        for _ in range(6):
            side = rng.integers(0, 4)
            length = W if side < 2 else D
            depth = {
                bed: 1.13,
                sofa: 0.5,
                armchair: 0.5,
                desk: 0.45,
                table: 0.5,
                wardrobe: 0.31,
                counter: 0.33,
                fridge: 0.35,
            }.get(piece, 0.3)
            a = rng.uniform(-length / 2 + r * 0.8, length / 2 - r * 0.8) if length > 2 * r else 0.0
            off = depth + rng.choice([0.0, 0.0, rng.uniform(0, 0.3)])
            x, y, yaw = [
                (a, D / 2 - off, 0.0),
                (a, off - D / 2, math.pi),
                (off - W / 2, a, math.pi / 2),
                (W / 2 - off, a, -math.pi / 2),
            ][side]
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
            x, y = (
                rng.uniform(-W / 2 + r, W / 2 - r) if 2 * r < W else 0.0,
                rng.uniform(-D / 2 + r, D / 2 - r) if 2 * r < D else 0.0,
            )
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
                for sx, sy, turn in [
                    ((i - (n - 1) / 2) * w / n, s * (d / 2 + 0.15), 0 if s > 0 else math.pi)
                    for i in range(n)
                    for s in (-1, 1)
                ]:
                    if rng.random() < 0.85:
                        seat(b, np.random.default_rng(style))
                        c, s = math.cos(yaw), math.sin(yaw)
                        b.place(x + c * sx - s * sy, y + s * sx + c * sy, 0, yaw + turn + rng.normal(0, 0.15))
            else:
                piece(b, rng)
                b.place(x, y, 0, yaw)
            break
