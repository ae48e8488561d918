"""Metrics of points: surfaces whose points and normals are known, and numpy's slow way to the same numbers."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from plumb.camera import Camera
from plumb.metrics import POINT_METRICS, scalar_metrics
from plumb.points import NO_NORMALS, NO_POINTS, ROUGHNESS, WINDOW, point_metrics, unproject

CAMERA = Camera(fx=60.0, fy=66.0, cx=19.3, cy=14.2)
SHAPE = (28, 40)
ALL = np.ones(SHAPE, bool)
HALF = WINDOW // 2

cameras = st.builds(Camera, st.floats(20, 90), st.floats(20, 90), st.floats(-5, 45), st.floats(-5, 45))


def plane(normal, distance=2.0, camera=CAMERA, shape=SHAPE):
    """Depth of the plane normal . P = distance, for a normal of any length."""
    rays = unproject(np.ones(shape), camera)
    return distance * np.linalg.norm(normal) / (rays @ np.asarray(normal, float))


def tilted(degrees, axis=0):
    """A normal that looks along the optical axis, turned about the X axis (0) or the Y axis (1)."""
    s, c = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    return np.array([0, s, c] if axis == 0 else [s, 0, c])


def random_scene(seed, shape=SHAPE, noise=0.02):
    """A prediction and a truth of a rough wall, and a mask with some holes."""
    rng = np.random.default_rng(seed)
    g = plane((0.3, -0.2, 1), shape=shape) * rng.normal(1, 0.01, shape)  # half of the windows too rough
    return g * rng.normal(1, noise, shape), g, rng.random(shape) > 0.003


def normals_by_least_squares(depth, camera):
    """Normal and roughness at each pixel with a whole window, by numpy's least-squares solver."""
    height, width = depth.shape
    v, u = (k.ravel() for k in np.mgrid[-HALF : HALF + 1, -HALF : HALF + 1])
    design = np.stack((u, v, np.ones_like(u)), axis=1).astype(float)
    normals, roughness = np.full((*depth.shape, 3), np.nan), np.full(depth.shape, np.inf)
    for y in range(HALF, height - HALF):
        for x in range(HALF, width - HALF):
            w = 1 / depth[y - HALF : y + HALF + 1, x - HALF : x + HALF + 1].ravel()
            a, b, c = np.linalg.lstsq(design, w, rcond=None)[0]
            n = np.array([a * camera.fx, b * camera.fy, c - a * (x - camera.cx) - b * (y - camera.cy)])
            normals[y, x] = n / np.linalg.norm(n)
            roughness[y, x] = np.sqrt(np.mean((w - design @ (a, b, c)) ** 2)) / w.mean()
    return normals, roughness


def slow_metrics(p, g, valid, camera, prediction_camera):
    """The four metrics from whole point maps."""
    points_p, points_g = unproject(p, prediction_camera)[valid], unproject(g, camera)[valid]
    error = np.linalg.norm(points_p - points_g, axis=1)
    far_p, far_g = np.linalg.norm(points_p, axis=1), np.linalg.norm(points_g, axis=1)
    (normals_p, _), (normals_g, roughness) = (
        normals_by_least_squares(p, prediction_camera),
        normals_by_least_squares(g, camera),
    )
    whole = np.lib.stride_tricks.sliding_window_view(np.pad(valid, HALF), (WINDOW, WINDOW)).all(axis=(2, 3))
    judged = whole & (roughness <= ROUGHNESS)
    angles = np.degrees(np.arccos(np.clip((normals_p * normals_g).sum(axis=2)[judged], -1, 1)))
    return {
        "point_error": error.mean(),
        "point_rel": (error / far_g).mean(),
        "point_delta1": np.mean(error < 0.25 * np.minimum(far_p, far_g)),
        "normal_error": angles.mean(),
    }


@pytest.mark.parametrize("own", [CAMERA, Camera(50.0, 52.0, 21.0, 13.0), Camera(90.0, 60.0, 19.3, 2.0)])
def test_the_metrics_are_those_of_the_whole_point_maps(own):
    scene = random_scene(1, shape=(20, 24))
    expected = slow_metrics(*scene, CAMERA, own)
    assert 1 < expected["normal_error"] < 60
    assert point_metrics(*scene, CAMERA, own) == pytest.approx(expected, rel=1e-9)
    assert set(expected) == set(POINT_METRICS)


def test_points_lie_where_the_camera_sees_them():
    depth = np.array([[2.0, 4.0], [np.nan, 0.0]])
    found = unproject(depth, Camera(fx=2.0, fy=4.0, cx=1.0, cy=-1.0))
    expected = [[[-1, 0.5, 2], [0, 1, 4]], [[np.nan] * 3, [0, 0, 0]]]
    assert np.array_equal(found, expected, equal_nan=True)


@given(st.integers(0, 39), st.integers(0, 27))
def test_a_cropped_frame_with_its_cropped_camera_has_the_same_points(left, top):
    depth = plane((0.3, -0.2, 1))
    part = unproject(depth[top:, left:], CAMERA.cropped(left, top))
    np.testing.assert_allclose(part, unproject(depth, CAMERA)[top:, left:], rtol=1e-12, atol=1e-13)


depth_maps = hnp.arrays(np.float64, (4, 5), elements=st.floats(0.1, 50))


@given(depth_maps, depth_maps, cameras)
def test_through_one_camera_the_rays_cancel_and_points_score_as_depths_do(p, g, camera):
    assume(np.abs(np.maximum(p / g, g / p) - 1.25).min() > 1e-9)  # rounding may decide a tie either way
    found, depths = point_metrics(p, g, p > 0, camera), scalar_metrics(p.ravel(), g.ravel())
    assert found["point_rel"] == pytest.approx(depths["abs_rel"], rel=1e-12)
    assert found["point_delta1"] == depths["delta1"]
    obliqueness = np.linalg.norm(unproject(np.ones((4, 5)), camera), axis=2)
    assert found["point_error"] == pytest.approx(np.mean(np.abs(p - g) * obliqueness), rel=1e-12)


@given(st.integers(0, 99), cameras)
def test_a_perfect_prediction_is_perfect_to_the_last_digit(seed, camera):
    _, g, valid = random_scene(seed)
    expected = {"point_error": 0, "point_rel": 0, "point_delta1": 1, "normal_error": 0}
    assert point_metrics(g, g, valid, camera) == expected
    assert point_metrics(g, g, valid, camera, camera) == expected


def test_a_wrong_focal_length_is_an_error_though_every_depth_is_right():
    g = plane((0, 0, 1))
    found = point_metrics(g, g, ALL, CAMERA, Camera(2 * CAMERA.fx, CAMERA.fy, CAMERA.cx, CAMERA.cy))
    half_missing = np.abs(unproject(g, CAMERA)[..., 0]) / 2
    assert found["point_error"] == pytest.approx(half_missing.mean(), rel=1e-12)
    assert found["normal_error"] == pytest.approx(0, abs=1e-6)  # a wall that faces the camera still faces it


def test_a_wrong_focal_length_makes_a_slanted_wall_steeper():
    g = plane(tilted(30, axis=1))
    found = point_metrics(g, g, ALL, CAMERA, Camera(2 * CAMERA.fx, CAMERA.fy, CAMERA.cx, CAMERA.cy))
    steeper = math.degrees(math.atan(2 * math.tan(math.radians(30))))
    assert found["normal_error"] == pytest.approx(steeper - 30, rel=1e-9)


@given(st.floats(-60, 60), st.floats(-60, 60), st.sampled_from([0, 1]), st.floats(0.3, 5))
def test_planes_turned_against_each_other_differ_by_that_angle_at_any_distance(a, b, axis, distance):
    found = point_metrics(plane(tilted(a, axis), distance), plane(tilted(b, axis)), ALL, CAMERA)
    assert found["normal_error"] == pytest.approx(abs(a - b), rel=1e-9, abs=1e-6)


def test_planes_turned_about_both_axes_differ_by_the_angle_of_their_normals():
    a, b = np.array([0.5, 0.2, 1.0]), np.array([-0.1, 0.6, 1.0])
    angle = math.degrees(math.acos(a @ b / np.linalg.norm(a) / np.linalg.norm(b)))
    assert point_metrics(plane(a), plane(b), ALL, CAMERA)["normal_error"] == pytest.approx(angle, rel=1e-12)


def test_the_normals_of_a_sphere_point_to_its_centre():
    camera, shape, radius, distance = Camera(200.0, 200.0, 30.0, 30.0), (61, 61), 1.0, 3.0
    rays = unproject(np.ones(shape), camera)
    # The nearer root of |z ray - centre| = radius.
    square = (rays**2).sum(axis=2)
    g = (distance - np.sqrt(distance**2 - square * (distance**2 - radius**2))) / square
    normals = (rays * g[..., None] - [0, 0, distance]) / radius
    tilt = np.degrees(np.arccos(-normals[..., 2]))[HALF:-HALF, HALF:-HALF]
    found = point_metrics(np.full(shape, 2.0), g, np.ones(shape, bool), camera)
    assert tilt.max() > 20
    assert found["normal_error"] == pytest.approx(tilt.mean(), rel=0.01)


@given(st.integers(0, 99), st.floats(0.2, 5))
def test_a_factor_on_the_prediction_does_not_turn_its_normals_but_a_shift_does(seed, factor):
    p, g, valid = random_scene(seed)
    expected = point_metrics(p, g, valid, CAMERA)["normal_error"]
    assert point_metrics(factor * p, g, valid, CAMERA)["normal_error"] == pytest.approx(expected, rel=1e-9)
    wall = plane(tilted(40))
    assert point_metrics(wall + 0.5, wall, ALL, CAMERA)["normal_error"] > 3


def halves(left, right):
    depth = plane(tilted(20))
    return depth * np.where(np.arange(SHAPE[1]) < 20, left, right)


def test_no_normal_is_judged_across_a_depth_edge_of_the_truth():
    # The prediction sets the edge elsewhere in depth: only windows that span it would see a difference.
    assert point_metrics(halves(1, 2.2), halves(1, 2), ALL, CAMERA)["normal_error"] == pytest.approx(0, abs=1e-6)
    assert point_metrics(halves(1, 1.1), halves(1, 1), ALL, CAMERA)["normal_error"] > 1


def test_no_normal_is_judged_across_a_hole():
    valid = ALL.copy()
    valid[:, 19:21] = False
    assert point_metrics(halves(1, 1.1), halves(1, 1), valid, CAMERA)["normal_error"] == pytest.approx(0, abs=1e-6)


@given(st.integers(0, 99), st.sampled_from([np.nan, np.inf, -np.inf, 0.0, -1.0]))
def test_what_invalid_pixels_hold_changes_nothing(seed, junk):
    p, g, valid = random_scene(seed)
    changed = [np.where(valid, depth, junk) for depth in (p, g)]
    assert point_metrics(*changed, valid, CAMERA) == point_metrics(p, g, valid, CAMERA)


@given(st.integers(0, 99), st.integers(0, 12), st.integers(0, 12))
def test_rows_and_columns_of_invalid_pixels_change_nothing(seed, before, after):
    p, g, valid = random_scene(seed)
    padding = ((before, after), (after, before))
    padded = [np.pad(a, padding) for a in (p, g, valid)]
    moved = CAMERA.cropped(-after, -before)
    assert point_metrics(*padded, moved) == pytest.approx(point_metrics(p, g, valid, CAMERA), rel=1e-9)


def test_without_a_valid_pixel_there_is_nothing_to_judge():
    assert point_metrics(np.ones(SHAPE), np.ones(SHAPE), ~ALL, CAMERA) == dict.fromkeys(POINT_METRICS)
    assert "no point to judge" in NO_POINTS


@pytest.mark.parametrize("case", ["scattered", "rough", "small"])
def test_without_a_whole_smooth_window_only_the_normals_cannot_be_judged(case):
    p, g, valid = np.ones(SHAPE), np.ones(SHAPE), ALL.copy()
    if case == "scattered":
        valid[::WINDOW, ::WINDOW] = False
    elif case == "rough":
        g = np.random.default_rng(0).uniform(1, 2, SHAPE)
    else:
        p, g, valid = (a[: WINDOW - 1] for a in (p, g, valid))
    found = point_metrics(p, g, valid, CAMERA)
    assert [name for name, value in found.items() if value is None] == ["normal_error"]
    assert "no normal to judge" in NO_NORMALS


def test_one_whole_window_is_enough_for_a_normal():
    shape = (WINDOW, WINDOW)
    found = point_metrics(plane(tilted(10), shape=shape), plane(tilted(25), shape=shape), np.ones(shape, bool), CAMERA)
    assert found["normal_error"] == pytest.approx(15, rel=1e-9)


def test_maps_of_different_shapes_and_a_camera_without_a_focal_length_are_errors():
    with pytest.raises(ValueError, match="one \\(H, W\\)"):
        point_metrics(np.ones(SHAPE), np.ones(SHAPE), ALL.T, CAMERA)
    with pytest.raises(ValueError, match="focal lengths"):
        point_metrics(np.ones(SHAPE), np.ones(SHAPE), ALL, Camera(0.0, 60.0, 20.0, 15.0))
