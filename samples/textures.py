"""Procedural textures, compiled: wood, tiles, cloth, books, windows and the like, from noise on a lattice.

A material is a row of numbers, `COLUMNS`; the two colours are linear RGB.
"""

import math

from numba import njit

COLUMNS = (
    "texture",
    "r",
    "g",
    "b",
    "r2",
    "g2",
    "b2",
    "scale",
    "aspect",
    "grain",
    "emission",
    "gloss",
    "softness",
    "seed",
)
(
    PLAIN,
    PLANKS,
    TILES,
    CARPET,
    WALLPAPER,
    WOOD,
    FABRIC,
    PICTURE,
    SCREEN,
    BOOKS,
    WINDOW,
    PANELS,
    BRICK,
    CEILING,
    RUG,
    TEXT,
    LEAVES,
) = range(17)
FRONT_ONLY = (PICTURE, SCREEN, BOOKS, WINDOW, PANELS, TEXT)


@njit(cache=True, fastmath=True)
def hashed(x, y, s):
    """Uniform number in [0, 1) for an integer lattice point and a stream."""
    h = (x * 374761393 + y * 668265263 + s * 974634777) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 1274126177) & 0xFFFFFFFF
    h = ((h ^ (h >> 15)) * 668265263) & 0xFFFFFFFF
    return ((h ^ (h >> 16)) & 0xFFFFFF) / 16777216.0


@njit(cache=True, fastmath=True)
def _noise(x, y, s):
    """Smooth value noise in [0, 1]."""
    fx, fy = math.floor(x), math.floor(y)
    i, j = int(fx), int(fy)
    a, b = x - fx, y - fy
    a, b = a * a * (3 - 2 * a), b * b * (3 - 2 * b)
    lo = hashed(i, j, s) * (1 - a) + hashed(i + 1, j, s) * a
    hi = hashed(i, j + 1, s) * (1 - a) + hashed(i + 1, j + 1, s) * a
    return lo * (1 - b) + hi * b


@njit(cache=True, fastmath=True)
def _fbm(x, y, s):
    """Three octaves of noise in [0, 1]."""
    return (4 * _noise(x, y, s) + 2 * _noise(2.1 * x, 2.1 * y, s + 1) + _noise(4.3 * x, 4.3 * y, s + 2)) / 7


@njit(cache=True, fastmath=True)
def _hue(k, s):
    """A muted random colour for cell k."""
    grey, k2 = 0.06 + 0.7 * hashed(k, 0, s) ** 1.5, 0.45
    return (
        grey * (1 - k2 + 2 * k2 * hashed(k, 1, s)),
        grey * (1 - k2 + 1.8 * k2 * hashed(k, 2, s)),
        grey * (1 - k2 + 1.7 * k2 * hashed(k, 3, s)),
    )


@njit(cache=True, fastmath=True)
def texture(m, u, v, un, vn):
    """Albedo (r, g, b) and emission of material `m` at metres (u, v) and face coordinates in [-1, 1]."""
    kind, scale, aspect, grain, seed = int(m[0]), m[7], m[8], m[9], int(m[13])
    emission = m[10]
    w = 0.0  # weight of the second colour
    shade = 1.0
    if kind == PLANKS:
        row = math.floor(v * scale)
        x = u * scale * aspect + 7.3 * hashed(int(row), 0, seed)
        col = math.floor(x)
        w = 0.9 * hashed(int(row), int(col), seed) * (0.4 + 0.6 * _noise(u * 3, v * 60, seed))
        if v * scale - row < 0.03 or x - col < 0.008:
            shade = 0.6
    elif kind == TILES:
        x, y = u * scale, v * scale * aspect
        i, j = math.floor(x), math.floor(y)
        if x - i < 0.03 or y - j < 0.03 * aspect:
            w = 1.0
        else:
            shade = 0.92 + 0.13 * hashed(int(i), int(j), seed)
    elif kind == CARPET:
        w = 0.55 * _noise(u * 90, v * 90, seed) + 0.45 * _fbm(u * 7, v * 7, seed)
        shade = 0.85 + 0.25 * _noise(u * 160, v * 160, seed + 3)
    elif kind == WALLPAPER:
        x, y = u * scale, v * scale
        if aspect < 0.4:
            w = 1.0 if x - math.floor(x) < 0.5 else 0.0
        else:
            a, b = math.sin(6.283 * x), math.sin(6.283 * y * aspect + 3.1416 * math.floor(x))
            w = 1.0 if a * b + 0.5 * math.sin(12.566 * x) * math.sin(12.566 * y) > 0.35 else 0.0
    elif kind == WOOD:
        x, y = (u, v) if aspect > 0.5 else (v, u)
        w = 0.6 * _fbm(x * 2.5, y * 45, seed) + 0.4 * _noise(
            x * 1.2, y * 9 + 2 * _noise(x, y * 3, seed), seed + 5
        )
    elif kind == FABRIC:
        x, y = u * scale, v * scale
        if aspect < 0.33:
            w = 1.0 if x - math.floor(x) < 0.4 else 0.0
        elif aspect < 0.66:
            w = 0.5 * (x - math.floor(x) < 0.5) + 0.5 * (y - math.floor(y) < 0.5)
        else:
            w = 1.0 if math.sin(5 * x + 3 * _noise(x, y, seed)) * math.sin(5 * y) > 0.3 else 0.0
        shade = 0.9 + 0.2 * _noise(u * 150, v * 150, seed)
    elif kind == PICTURE:
        edge = max(abs(un), abs(vn))
        if edge > 0.9:
            return m[1], m[2], m[3], 0.0
        if edge > 0.9 - 0.35 * aspect:
            return m[4], m[5], m[6], 0.0
        k = math.floor(3.5 * _fbm(un * 1.3 + 9, vn * 1.7 + 0.6 * vn, seed) + 1.2 * (vn + 1))
        r, g, b = _hue(int(k), seed)
        q = 0.6 + 0.8 * _fbm(un * 7, vn * 7, seed + 9)
        return r * q, g * q, b * q, 0.0
    elif kind == SCREEN:
        if max(abs(un), abs(vn)) > 0.94:
            return m[1], m[2], m[3], 0.0
        i, j = math.floor(un * 2 + 9), math.floor(vn * 3 + 9)
        q = 0.5 + 0.5 * hashed(int(i), int(j), seed)
        if hashed(int(math.floor(un * 30)), int(math.floor(vn * 28)), seed) > 0.6:
            q *= 0.55
        return m[4] * q, m[5] * q, m[6] * q, emission
    elif kind == BOOKS:
        x = u * scale
        k = int(math.floor(x))
        f = x - k
        if hashed(k, 5, seed) < 0.06 or f < 0.06 or vn > 1.0 - 0.5 * hashed(k, 4, seed):
            return 0.03, 0.028, 0.025, 0.0
        r, g, b = _hue(k, seed)
        q = 0.6 + 0.5 * math.sin(3.1416 * f)
        band = hashed(k, 7, seed)
        if abs(vn - 0.2 + band) < 0.12:
            q *= 1.7
        return r * q, g * q, b * q, 0.0
    elif kind == WINDOW:
        x, y = (un + 1) * 0.5 * scale, (vn + 1) * 0.5 * aspect
        fx, fy = abs(x - math.floor(x) - 0.5), abs(y - math.floor(y) - 0.5)
        if fx > 0.46 or fy > 0.46 or max(abs(un), abs(vn)) > 0.93:
            return m[1], m[2], m[3], 0.0
        horizon = -0.25 + 0.7 * _fbm(un * 2.5 + 5, 0.5, seed)
        if vn < horizon:
            q = 0.5 + _fbm(un * 12, vn * 12, seed)
            return 0.35 * q, 0.4 * q, 0.3 * q, emission * 0.6
        q = 0.7 + 0.3 * _fbm(un * 2, vn * 3, seed + 2)
        return m[4], m[5] * (0.6 + 0.4 * q), m[6] * (0.5 + 0.5 * q), emission
    elif kind == PANELS:
        x, y = (un + 1) * 0.5 * scale, (vn + 1) * 0.5 * aspect
        fx, fy = abs(x - math.floor(x) - 0.5), abs(y - math.floor(y) - 0.5)
        if fx > 0.485 or fy > 0.47:
            shade = 0.35
        elif fx > 0.44 or fy > 0.42:
            shade = 0.85
        if (fx * fx * 400 / scale + fy * fy * 130) < 0.5 and emission == 0.0:
            return m[4], m[5], m[6], 0.0
        shade *= 0.75 + 0.5 * _fbm(u * 3, v * 40, seed)
        return m[1] * shade, m[2] * shade, m[3] * shade, 0.0
    elif kind == BRICK:
        y = v * scale * 3
        j = math.floor(y)
        x = u * scale + 0.5 * (int(j) % 2)
        i = math.floor(x)
        if x - i < 0.04 or y - j < 0.1:
            w = 1.0
        else:
            shade = 0.7 + 0.5 * hashed(int(i), int(j), seed)
    elif kind == CEILING:
        x, y = u / 0.6, v / 0.6
        i, j = int(math.floor(x)), int(math.floor(y))
        if x - i < 0.03 or y - j < 0.03:
            shade = 0.8
        elif i % 3 == seed % 3 and (j % 6 == seed % 5 or j % 6 == seed % 5 + 1):
            return 1.0, 0.98, 0.94, 1.6
        else:
            shade = 0.94 + 0.08 * _noise(u * 60, v * 60, seed)
        emission = 0.0
    elif kind == RUG:
        edge = max(abs(un), abs(vn))
        ring = math.floor(edge * 9)
        pattern = math.sin(u * scale * 3) * math.sin(v * scale * 3)
        w = 1.0 if (ring == 8 or ring == 6) != (pattern > 0.2) else 0.0
        shade = 0.85 + 0.25 * _noise(u * 120, v * 120, seed)
    elif kind == TEXT:
        y = (vn + 1) * scale
        j = math.floor(y)
        x = (un + 1) * scale * 1.7
        if (
            abs(un) < 0.85
            and 0.25 < y - j < 0.7
            and hashed(int(j), 77, seed) > 0.3
            and un < hashed(int(j), 9, seed) * 2 - 0.6
        ):
            w = 1.0 if _noise(x * 4, j * 3.0, seed) > 0.4 else 0.0
    elif kind == LEAVES:
        w = _noise(u * 28, v * 28, seed)
        shade = 0.35 + 0.9 * _noise(u * 17 + 3, v * 17, seed + 1)
    if grain > 0:
        shade *= 1 + grain * (_fbm(u * 3.1, v * 3.1, seed + 11) - 0.5)
    return (
        (m[1] + (m[4] - m[1]) * w) * shade,
        (m[2] + (m[5] - m[2]) * w) * shade,
        (m[3] + (m[6] - m[3]) * w) * shade,
        emission,
    )
