"""Metrics in space: distances of predicted from true points, and angles between their surface normals."""

from __future__ import annotations

import math

import numpy as np

from plumb import scratch
from plumb.camera import Camera
from plumb.compiled import compiled, compiled_sums

WINDOW = 9
"""Side, in pixels, of the square window to which the plane of a surface normal is fitted."""

ROUGHNESS = 0.01
"""How far inverse depth may stray from its plane for a window to be one surface: root mean square over mean."""

NO_POINTS = "no valid pixel, so there is no point to judge"
"""Why :func:`point_metrics` has no value."""

NO_NORMALS = (
    f"no {WINDOW}x{WINDOW} px window of the truth is one surface without a hole, so there is no normal to judge"
)
"""Why :func:`point_metrics` has no ``normal_error`` where it has the other values."""


def unproject(depth: np.ndarray, camera: Camera) -> np.ndarray:
    """Points of a depth map in the camera's frame: X to the right, Y down, Z forward.

    Args:
        depth: (H, W) depth along the optical axis (Z, not the distance to the camera), in metres

    Returns:
        (H, W, 3) float64 in metres; NaN where the depth is NaN, the camera's own place where it is 0

    Raises:
        ValueError: a focal length of the camera is not above 0
    """
    depth = np.asarray(depth, dtype=np.float64)
    x, y = _slopes(camera, depth.shape)
    return np.stack((depth * x, depth * y[:, np.newaxis], depth), axis=-1)


def point_metrics(
    p: np.ndarray, g: np.ndarray, valid: np.ndarray, camera: Camera, prediction_camera: Camera | None = None
) -> dict[str, float | None]:
    """Compare the points P of a prediction with the points G of the truth, over the valid pixels of one image.

    - point_error [m]: mean(|P - G|)
    - point_rel: mean(|P - G| / |G|)
    - point_delta1: share of pixels with |P - G| < 0.25 min(|P|, |G|), strictly
    - normal_error [degrees]: mean angle between the normals of the two surfaces, from 0 to 180

    Through one camera, P and G lie on one line of sight: point_rel is then abs_rel, point_delta1 is delta1, and
    point_error is the mean of |p - g| where each pixel counts by its obliqueness, |G| / g. They say more for a
    model that predicts its own camera (Depth Pro): pass it, and a wrong focal length counts as error.

    The normal at a pixel is that of the least-squares plane through the :data:`WINDOW` x :data:`WINDOW` px around
    it. It is fitted in inverse depth, which is linear in the pixel on any plane, however oblique, and in which
    the noise of triangulating sensors is even. A pixel is judged where its window has no hole and the truth is
    one surface there, no depth edge (:data:`ROUGHNESS`). The truth alone decides, so that all models are judged
    at the same pixels. A common factor on a map does not turn its normals; a shift does.

    Sources: MoGe (Wang et al., 2024) for the point metrics; it reports them after aligning the points by a scale
    or shift of their own, here they are taken as they are. Metric3D (Hu et al., 2024) reports the mean angle
    against the normals of data sets, which are planes fitted to neighbourhoods too. MoGe's code takes normals
    from touching neighbours, which suits rendered truth: on a Kinect's they measure its noise, some 40 degrees
    between a map and the same map smoothed, where these windows leave 10 to 15.

    Args:
        p: (H, W) predicted depth in metres, > 0 and finite where ``valid``
        g: (H, W) true depth in metres, the same
        valid: (H, W) bool, the pixels that count; what the maps hold elsewhere changes nothing
        camera: of the truth, and of the prediction unless it has its own
        prediction_camera: the camera that the model predicted

    Returns:
        the four metrics: all None by the reason :data:`NO_POINTS`, or ``normal_error`` by :data:`NO_NORMALS`

    Raises:
        ValueError: the shapes differ, or a focal length is not above 0
    """
    p, g = np.ascontiguousarray(p, dtype=np.float64), np.ascontiguousarray(g, dtype=np.float64)
    valid = np.ascontiguousarray(valid, dtype=np.bool_)
    if g.ndim != 2 or not p.shape == g.shape == valid.shape:
        raise ValueError(f"need three maps of one (H, W); got {p.shape}, {g.shape} and {valid.shape}")
    own = prediction_camera or camera
    (xg, yg), (xp, yp) = _slopes(camera, g.shape), _slopes(own, g.shape)
    inverse_g, inverse_p = scratch.array("inverse truth", g.shape), scratch.array("inverse prediction", g.shape)
    count, error, relative, inside = _sum_distances(p, g, valid, xp, yp, xg, yg, inverse_p, inverse_g)
    if count == 0:
        return dict.fromkeys(("point_error", "point_rel", "point_delta1", "normal_error"))
    sine, cosine = scratch.array("sine", (g.size,)), scratch.array("cosine", (g.size,))
    focal = own.fx, own.fy, camera.fx, camera.fy
    columns = np.zeros((6, g.shape[1]))
    judged = _compare_normals(inverse_p, inverse_g, xp, yp, xg, yg, *focal, columns, sine, cosine)
    # Sine and cosine together keep the digits of small angles, which the cosine alone loses.
    angles = np.arctan2(sine[:judged], cosine[:judged], out=sine[:judged])
    return {
        "point_error": error / count,
        "point_rel": relative / count,
        "point_delta1": inside / count,
        "normal_error": math.degrees(float(np.mean(angles))) if judged else None,
    }


def _slopes(camera: Camera, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """X / Z of each column and Y / Z of each row of a frame of (H, W): (W,) and (H,) float64."""
    if not (camera.fx > 0 and camera.fy > 0):
        raise ValueError(f"a camera's focal lengths must be above 0 px; got {camera}")
    height, width = shape
    return (np.arange(width) - camera.cx) / camera.fx, (np.arange(height) - camera.cy) / camera.fy


@compiled_sums()
def _sum_distances(p, g, valid, xp, yp, xg, yg, inverse_p, inverse_g):
    """Count the valid pixels and sum their distances; write 1 / depth, 0 where invalid, to the last two maps."""
    count = error = relative = inside = 0.0
    for row in range(g.shape[0]):
        g_row, p_row, valid_row, to_g, to_p = g[row], p[row], valid[row], inverse_g[row], inverse_p[row]
        # Selecting instead of branching lets the compiler take several pixels at a time.
        for x in range(g.shape[1]):
            counts, a, b = 1.0 if valid_row[x] else 0.0, g_row[x], p_row[x]
            a, b = a if valid_row[x] else 1.0, b if valid_row[x] else 1.0
            # Written so that one camera and one depth give exactly 0, however the compiler fuses the products.
            dx = (b - a) * xg[x] + b * (xp[x] - xg[x])
            dy = (b - a) * yg[row] + b * (yp[row] - yg[row])
            distance = math.sqrt(dx * dx + dy * dy + (b - a) * (b - a))
            far_g = a * math.sqrt(xg[x] * xg[x] + yg[row] * yg[row] + 1.0)
            far_p = b * math.sqrt(xp[x] * xp[x] + yp[row] * yp[row] + 1.0)
            count += counts
            error += counts * distance
            relative += counts * distance / far_g
            inside += counts if distance < 0.25 * min(far_g, far_p) else 0.0
            to_g[x] = counts / a
            to_p[x] = counts / b
    return count, error, relative, inside


@compiled()
def _compare_normals(wp, wg, xp, yp, xg, yg, fxp, fyp, fxg, fyg, columns, sine, cosine):
    """Fit a plane to each window of inverse depth; write the angles between those of the two maps, in pixel order.

    Where n . P = 1, inverse depth is w = nx X/Z + ny Y/Z + nz, linear along rows and columns. In a window without a
    hole the least-squares slopes are moments of w about the centre, and moments slide: what leaves the window is
    taken off, what enters is added, and the rest moves by one.

    Args:
        wp, wg: (H, W) inverse depth, 0 where invalid
        xp, yp, xg, yg: X / Z by column and Y / Z by row of the two cameras
        fxp, fyp, fxg, fyg: focal lengths of the two cameras
        columns: (6, W) zeros, for the moments of the columns of a window
        sine, cosine: (H * W,), receive both of each angle at their beginning, times one positive number

    Returns:
        how many angles there are
    """
    size, half = WINDOW, WINDOW // 2
    area, spread = size * size, size * size * half * (half + 1) / 3.0
    judged = 0
    for bottom in range(wg.shape[0]):
        for x in range(wg.shape[1]):
            new_g, new_p = wg[bottom, x], wp[bottom, x]
            old_g, old_p = (wg[bottom - size, x], wp[bottom - size, x]) if bottom >= size else (0.0, 0.0)
            columns[0, x] += new_g - old_g
            columns[1, x] += half * old_g + (half + 1) * new_g - columns[0, x]
            columns[2, x] += new_g * new_g - old_g * old_g
            columns[3, x] += (1.0 if new_g > 0.0 else 0.0) - (1.0 if old_g > 0.0 else 0.0)
            columns[4, x] += new_p - old_p
            columns[5, x] += half * old_p + (half + 1) * new_p - columns[4, x]
        if bottom < size - 1:
            continue
        y = bottom - half
        sum_g = u_g = v_g = squares = known = sum_p = u_p = v_p = 0.0
        for right in range(wg.shape[1]):
            known += columns[3, right]
            sum_g += columns[0, right]
            v_g += columns[1, right]
            squares += columns[2, right]
            sum_p += columns[4, right]
            v_p += columns[5, right]
            u_g += (half + 1) * columns[0, right]
            u_p += (half + 1) * columns[4, right]
            if right >= size:
                left = right - size
                known -= columns[3, left]
                sum_g -= columns[0, left]
                v_g -= columns[1, left]
                squares -= columns[2, left]
                sum_p -= columns[4, left]
                v_p -= columns[5, left]
                u_g += half * columns[0, left]
                u_p += half * columns[4, left]
            u_g -= sum_g
            u_p -= sum_p
            if known < area:
                continue
            residual = squares - sum_g * sum_g / area - (u_g * u_g + v_g * v_g) / spread
            if residual * area > (ROUGHNESS * sum_g) ** 2:
                continue
            x = right - half
            ax, ay = u_g / spread * fxg, v_g / spread * fyg
            az = sum_g / area - ax * xg[x] - ay * yg[y]
            bx, by = u_p / spread * fxp, v_p / spread * fyp
            bz = sum_p / area - bx * xp[x] - by * yp[y]
            sine[judged] = math.sqrt((ay * bz - az * by) ** 2 + (az * bx - ax * bz) ** 2 + (ax * by - ay * bx) ** 2)
            cosine[judged] = ax * bx + ay * by + az * bz
            judged += 1
    return judged
