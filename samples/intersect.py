"""Where a ray meets boxes, ellipsoids, upright cylinders and the room; arrays as in `raycast.py`."""

import math

from numba import njit

BOX, ELLIPSOID, CYLINDER = 0, 1, 2
FAR = 1e9


@njit(cache=True, fastmath=True)
def _hit(prims, k, ox, oy, oz, dx, dy, dz, tmax):
    """Distance along the ray to primitive `k`, or FAR. Rays that start inside go through."""
    x, y, z = ox - prims[k, 1], oy - prims[k, 2], oz - prims[k, 3]
    lx, ly, lz = (
        prims[k, 7] * x + prims[k, 8] * y + prims[k, 9] * z,
        prims[k, 10] * x + prims[k, 11] * y + prims[k, 12] * z,
        prims[k, 13] * x + prims[k, 14] * y + prims[k, 15] * z,
    )
    ex, ey, ez = (
        prims[k, 7] * dx + prims[k, 8] * dy + prims[k, 9] * dz,
        prims[k, 10] * dx + prims[k, 11] * dy + prims[k, 12] * dz,
        prims[k, 13] * dx + prims[k, 14] * dy + prims[k, 15] * dz,
    )
    kind = int(prims[k, 0])
    if kind == BOX:
        ix = 1 / ex if abs(ex) > 1e-9 else 1e9
        iy = 1 / ey if abs(ey) > 1e-9 else 1e9
        iz = 1 / ez if abs(ez) > 1e-9 else 1e9
        rx, ry, rz = abs(ix) * prims[k, 4], abs(iy) * prims[k, 5], abs(iz) * prims[k, 6]
        near = max(-lx * ix - rx, -ly * iy - ry, -lz * iz - rz)
        far = min(-lx * ix + rx, -ly * iy + ry, -lz * iz + rz)
        return near if 1e-4 < near < far and near < tmax else FAR
    if kind == ELLIPSOID:
        lx, ly, lz, ex, ey, ez = (
            lx / prims[k, 4],
            ly / prims[k, 5],
            lz / prims[k, 6],
            ex / prims[k, 4],
            ey / prims[k, 5],
            ez / prims[k, 6],
        )
        a, b, c = ex * ex + ey * ey + ez * ez, lx * ex + ly * ey + lz * ez, lx * lx + ly * ly + lz * lz - 1
        q = b * b - a * c
        if q <= 0:
            return FAR
        t = (-b - math.sqrt(q)) / a
        return t if 1e-4 < t < tmax else FAR
    # Upright elliptic cylinder with caps: a slab in z cut with an infinite cylinder.
    iz = 1 / ez if abs(ez) > 1e-9 else 1e9
    near, far = -lz * iz - abs(iz) * prims[k, 6], -lz * iz + abs(iz) * prims[k, 6]
    lx, ly, ex, ey = lx / prims[k, 4], ly / prims[k, 5], ex / prims[k, 4], ey / prims[k, 5]
    a, b, c = ex * ex + ey * ey, lx * ex + ly * ey, lx * lx + ly * ly - 1
    q = b * b - a * c
    if q <= 0 or a < 1e-12:
        return FAR
    q = math.sqrt(q)
    near, far = max(near, (-b - q) / a), min(far, (-b + q) / a)
    return near if 1e-4 < near < far and near < tmax else FAR


@njit(cache=True, fastmath=True)
def nearest(prims, groups, ox, oy, oz, dx, dy, dz, tmax):
    """(distance, primitive index) of the first hit, index -1 when none lies before tmax."""
    best, index = tmax, -1
    for g in range(groups.shape[0]):
        x, y, z = groups[g, 0] - ox, groups[g, 1] - oy, groups[g, 2] - oz
        along, r2 = x * dx + y * dy + z * dz, groups[g, 3] * groups[g, 3]
        if x * x + y * y + z * z - along * along > r2 or along < -groups[g, 3] or along - groups[g, 3] > best:
            continue
        for i in range(int(groups[g, 4]), int(groups[g, 5])):
            x, y, z = prims[i, 1] - ox, prims[i, 2] - oy, prims[i, 3] - oz
            along = x * dx + y * dy + z * dz
            if x * x + y * y + z * z - along * along > prims[i, 18] * prims[i, 18]:
                continue
            t = _hit(prims, i, ox, oy, oz, dx, dy, dz, best)
            if t < best:
                best, index = t, i
    return best, index


@njit(cache=True, fastmath=True)
def blocked(prims, groups, ox, oy, oz, dx, dy, dz, tmax):
    """Whether anything lies between the point and tmax along the (unit) ray."""
    for g in range(groups.shape[0]):
        x, y, z = groups[g, 0] - ox, groups[g, 1] - oy, groups[g, 2] - oz
        along, r2 = x * dx + y * dy + z * dz, groups[g, 3] * groups[g, 3]
        if x * x + y * y + z * z - along * along > r2 or along < -groups[g, 3] or along - groups[g, 3] > tmax:
            continue
        for i in range(int(groups[g, 4]), int(groups[g, 5])):
            x, y, z = prims[i, 1] - ox, prims[i, 2] - oy, prims[i, 3] - oz
            along = x * dx + y * dy + z * dz
            if x * x + y * y + z * z - along * along > prims[i, 18] * prims[i, 18]:
                continue
            if _hit(prims, i, ox, oy, oz, dx, dy, dz, tmax) < tmax:
                return True
    return False


@njit(cache=True, fastmath=True)
def wall(room, ox, oy, oz, dx, dy, dz):
    """Distance to the room's shell from inside, and which of its six faces."""
    best, face = FAR, 0
    for a in range(3):
        o, d = (ox, dx) if a == 0 else ((oy, dy) if a == 1 else (oz, dz))
        if abs(d) < 1e-9:
            continue
        t = ((room[3 + a] if d > 0 else room[a]) - o) / d
        if t < best:
            best, face = t, 2 * a + (1 if d > 0 else 0)
    return best, face
