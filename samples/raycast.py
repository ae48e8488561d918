"""A small compiled ray caster over boxes, ellipsoids and upright cylinders inside one rectangular room.

World axes: x east, y north, z up, metres. Everything is a plain array so that numba compiles it once and
caches it.

`prims` (P, 19): kind, centre (3), half sizes (3), world-to-local rotation (9, row-major), material, object
id, radius. `groups` (G, 6): bounding sphere centre (3), radius, first primitive, end. Primitives of one
piece of furniture are contiguous, so that a ray looks at the pieces first and at their parts only when it
passes near. `materials` (M, 14): see `textures.COLUMNS`. `room` (9): low corner, high corner, skirting
height, cornice height, and the first of the six materials x-, x+, y-, y+, floor, ceiling.
`lights` (L, 7): position (3), colour (3), radius of the emitter, which makes soft shadows.
"""

import math

import numpy as np
from intersect import BOX, ELLIPSOID, blocked, nearest, wall
from numba import njit
from textures import BOOKS, FRONT_ONLY, PANELS, RUG, hashed, texture


@njit(cache=True, fastmath=True)
def _surface(room, prims, materials, index, face, x, y, z):
    """(normal 3, albedo 3, emission, gloss) where a ray met primitive `index`, or `face` when that is -1."""
    if index < 0:
        sign = -1.0 if face % 2 else 1.0
        m = materials[int(room[8]) + face]
        if face < 4:
            u = y if face < 2 else x
            r, g, b, e = texture(m, u, z, 0.0, 0.0)
            if z < room[6] or room[5] - z < room[7]:
                r, g, b = m[4] * 0.5 + 0.4, m[5] * 0.5 + 0.39, m[6] * 0.5 + 0.37
                if abs(z - room[6]) < 0.012:
                    r, g, b = r * 0.6, g * 0.6, b * 0.6
            nx, ny = (sign, 0.0) if face < 2 else (0.0, sign)
            return nx, ny, 0.0, r, g, b, e, 0.0
        r, g, b, e = texture(m, x, y, 0.0, 0.0)
        return 0.0, 0.0, sign, r, g, b, e, m[11]
    p = prims[index]
    m = materials[int(p[16])]
    kind = int(p[0])
    x, y, z = x - p[1], y - p[2], z - p[3]
    lx, ly, lz = (
        p[7] * x + p[8] * y + p[9] * z,
        p[10] * x + p[11] * y + p[12] * z,
        p[13] * x + p[14] * y + p[15] * z,
    )
    hx, hy, hz = lx / p[4], ly / p[5], lz / p[6]
    front = True
    if kind == BOX:
        ax, ay, az = abs(hx), abs(hy), abs(hz)
        if ax >= ay and ax >= az:
            nx, ny, nz = math.copysign(1.0, hx), 0.0, 0.0
            u, v, un, vn = ly, lz, hy, hz
            front = False
        elif ay >= az:
            nx, ny, nz = 0.0, math.copysign(1.0, hy), 0.0
            u, v, un, vn = lx, lz, hx, hz
            front = hy < 0
        else:
            nx, ny, nz = 0.0, 0.0, math.copysign(1.0, hz)
            u, v, un, vn = lx, ly, hx, hy
            front = False
        if m[12] > 0:  # upholstery: the normal leans outwards near the edges
            nx, ny, nz = nx + m[12] * hx**5, ny + m[12] * hy**5, nz + m[12] * hz**5
    elif kind == ELLIPSOID:
        nx, ny, nz = hx / p[4], hy / p[5], hz / p[6]
        u, v = math.atan2(hy, hx) * p[4], lz
        un, vn = 0.0, hz
    else:
        if abs(hz) > 0.999:
            nx, ny, nz = 0.0, 0.0, hz
            u, v, un, vn = lx, ly, hx, hy
        else:
            nx, ny, nz = hx / p[4], hy / p[5], 0.0
            u, v = math.atan2(hy, hx) * p[4], lz
            un, vn = 0.0, hz
    n = 1 / math.sqrt(nx * nx + ny * ny + nz * nz)
    nx, ny, nz = nx * n, ny * n, nz * n
    tex = int(m[0])
    if not front and tex in FRONT_ONLY:
        r, g, b, e = m[1] * 0.9, m[2] * 0.9, m[3] * 0.9, 0.0
    else:
        r, g, b, e = texture(m, u + 3.7 * p[1], v + 1.9 * p[2], un, vn)
        if tex in (PANELS, BOOKS, RUG):
            r, g, b, e = texture(m, u, v, un, vn)
    return (
        p[7] * nx + p[10] * ny + p[13] * nz,
        p[8] * nx + p[11] * ny + p[14] * nz,
        p[9] * nx + p[12] * ny + p[15] * nz,
        r,
        g,
        b,
        e,
        m[11],
    )


@njit(cache=True, fastmath=True)
def cast_depth(width, height, K, R, eye, room, prims, groups):
    """z-depth in metres (height, width) float32 and object ids (int16) through every pixel's centre.

    `K` is the 3x3 pinhole matrix with pixel centres at whole numbers, `R` (3, 3) turns camera axes (x right,
    y down, z forward) into world axes. Ids: walls 0..3 are 0, floor 1, ceiling 2, primitives their own.
    """
    depth = np.empty((height, width), np.float32)
    ids = np.empty((height, width), np.int16)
    for i in range(height):
        for j in range(width):
            cx, cy = (j - K[0, 2]) / K[0, 0], (i - K[1, 2]) / K[1, 1]
            n = 1 / math.sqrt(cx * cx + cy * cy + 1)
            dx, dy, dz = (
                (R[0, 0] * cx + R[0, 1] * cy + R[0, 2]) * n,
                (R[1, 0] * cx + R[1, 1] * cy + R[1, 2]) * n,
                (R[2, 0] * cx + R[2, 1] * cy + R[2, 2]) * n,
            )
            t, face = wall(room, eye[0], eye[1], eye[2], dx, dy, dz)
            t, index = nearest(prims, groups, eye[0], eye[1], eye[2], dx, dy, dz, t)
            depth[i, j] = t * n
            ids[i, j] = int(prims[index, 17]) if index >= 0 else max(0, face - 3)
    return depth, ids


@njit(cache=True, fastmath=True)
def cast_colour(counts, K, R, eye, room, prims, groups, materials, lights, ambient, seed):
    """Pixel (i, j) gets the square of `counts[i, j]` rays, each with one ray a light.

    Returns linear radiance (H, W, 3) float32 and (H, W, 10): mean albedo, incoming light, emitted light,
    normal's hash.
    """
    height, width = counts.shape
    out = np.zeros((height, width, 3), np.float32)
    layers = np.zeros((height, width, 10), np.float32)
    for i in range(height):
        for j in range(width):
            samples = int(counts[i, j])
            for k in range(samples * samples):
                s = seed + 31 * k
                cx = (j + (k % samples + hashed(i, j, s)) / samples - 0.5 - K[0, 2]) / K[0, 0]
                cy = (i + (k // samples + hashed(i, j, s + 1)) / samples - 0.5 - K[1, 2]) / K[1, 1]
                n = 1 / math.sqrt(cx * cx + cy * cy + 1)
                dx, dy, dz = (
                    (R[0, 0] * cx + R[0, 1] * cy + R[0, 2]) * n,
                    (R[1, 0] * cx + R[1, 1] * cy + R[1, 2]) * n,
                    (R[2, 0] * cx + R[2, 1] * cy + R[2, 2]) * n,
                )
                t, face = wall(room, eye[0], eye[1], eye[2], dx, dy, dz)
                t, index = nearest(prims, groups, eye[0], eye[1], eye[2], dx, dy, dz, t)
                x, y, z = eye[0] + dx * t, eye[1] + dy * t, eye[2] + dz * t
                nx, ny, nz, r, g, b, e, gloss = _surface(room, prims, materials, index, face, x, y, z)
                x, y, z = x + 2e-3 * nx, y + 2e-3 * ny, z + 2e-3 * nz
                # Ambient light: dimmer in the room's corners, under furniture (one short ray) and on
                # undersides.
                sky = (
                    (1 - 0.35 * math.exp(-3 * (x - room[0])))
                    * (1 - 0.35 * math.exp(-3 * (room[3] - x)))
                    * (1 - 0.35 * math.exp(-3 * (y - room[1])))
                    * (1 - 0.35 * math.exp(-3 * (room[4] - y)))
                    * (1 - 0.3 * math.exp(-3 * (z - room[2])))
                    * (0.8 + 0.2 * nz)
                )
                a, q = 6.2832 * hashed(i, j, s + 2), hashed(i, j, s + 3)
                ax, ay, az = (
                    math.cos(a) * math.sqrt(1 - q * q) + nx,
                    math.sin(a) * math.sqrt(1 - q * q) + ny,
                    2 * q - 1 + nz,
                )
                n = 1 / math.sqrt(ax * ax + ay * ay + az * az + 1e-6)
                if blocked(prims, groups, x, y, z, ax * n, ay * n, az * n, 0.9):
                    sky *= 0.5
                lr, lg, lb = ambient[0] * sky, ambient[1] * sky, ambient[2] * sky
                shine = 0.0
                for m in range(lights.shape[0]):
                    q = lights[m, 6]
                    ax = lights[m, 0] + q * (2 * hashed(i, j, s + 5 + 3 * m) - 1) - x
                    ay = lights[m, 1] + q * (2 * hashed(i, j, s + 6 + 3 * m) - 1) - y
                    az = lights[m, 2] + 0.3 * q * (2 * hashed(i, j, s + 7 + 3 * m) - 1) - z
                    d2 = ax * ax + ay * ay + az * az
                    d = math.sqrt(d2)
                    ax, ay, az = ax / d, ay / d, az / d
                    c = nx * ax + ny * ay + nz * az
                    if c <= 0 or blocked(prims, groups, x, y, z, ax, ay, az, d - 0.12):
                        continue
                    c /= d2 + 0.6
                    lr, lg, lb = lr + lights[m, 3] * c, lg + lights[m, 4] * c, lb + lights[m, 5] * c
                    if gloss > 0:
                        hx, hy, hz = ax - dx, ay - dy, az - dz
                        h = (nx * hx + ny * hy + nz * hz) / math.sqrt(hx * hx + hy * hy + hz * hz)
                        shine += gloss * max(h, 0.0) ** 50 / (d2 + 0.6) * lights[m, 4]
                layers[i, j, 0], layers[i, j, 1], layers[i, j, 2] = (
                    layers[i, j, 0] + r,
                    layers[i, j, 1] + g,
                    layers[i, j, 2] + b,
                )
                layers[i, j, 3], layers[i, j, 4], layers[i, j, 5] = (
                    layers[i, j, 3] + lr,
                    layers[i, j, 4] + lg,
                    layers[i, j, 5] + lb,
                )
                layers[i, j, 6] += r * e + shine
                layers[i, j, 7] += g * e + shine
                layers[i, j, 8] += b * e + shine
                layers[i, j, 9] += nx + 3 * ny + 9 * nz
                out[i, j, 0] += min(r * lr + r * e + shine, 4.0)
                out[i, j, 1] += min(g * lg + g * e + shine, 4.0)
                out[i, j, 2] += min(b * lb + b * e + shine, 4.0)
            for c in range(3):
                out[i, j, c] /= samples * samples
            for c in range(10):
                layers[i, j, c] /= samples * samples
    return out, layers


@njit(cache=True, fastmath=True)
def smooth_light(radiance, layers, depth, flat, radius):
    """Radiance with incoming light averaged over neighbours on the same surface, where `flat` says so."""
    height, width = depth.shape
    out = radiance.copy()
    for i in range(height):
        for j in range(width):
            if not flat[i, j]:
                continue
            lr, lg, lb, n = 0.0, 0.0, 0.0, 0
            for y in range(max(0, i - radius), min(height, i + radius + 1)):
                for x in range(max(0, j - radius), min(width, j + radius + 1)):
                    same = abs(layers[y, x, 9] - layers[i, j, 9]) < 0.3
                    if same and flat[y, x] and abs(depth[y, x] - depth[i, j]) < 0.04 * radius * depth[i, j]:
                        lr, lg, lb, n = (
                            lr + layers[y, x, 3],
                            lg + layers[y, x, 4],
                            lb + layers[y, x, 5],
                            n + 1,
                        )
            out[i, j, 0] = min(layers[i, j, 0] * lr / n + layers[i, j, 6], 4.0)
            out[i, j, 1] = min(layers[i, j, 1] * lg / n + layers[i, j, 7], 4.0)
            out[i, j, 2] = min(layers[i, j, 2] * lb / n + layers[i, j, 8], 4.0)
    return out
