"""Scores that need neighbours, pairs or a camera: which pixels they see, and what they say when they have no value."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plumb.camera import Camera
from plumb.depthmap import DepthMap
from plumb.metrics import POINT_METRICS
from plumb.ordinal import PAIRS, pair_error
from plumb.protocols import Crop, Protocol
from plumb.scoring import NO_CAMERA, prepare, score

CAMERA = Camera(50.0, 50.0, 24.0, 20.0)


def room(shape=(40, 48)):
    """(H, W) metres, 1.1 m to 6.5 m: a slanted floor, a box on it, and holes (0)."""
    down, right = np.mgrid[0 : shape[0], 0 : shape[1]] / np.max(shape)
    depth = 1 / (0.15 + 0.8 * down + 0.1 * right)
    depth[20:32, 8:22] = 1.1
    depth[:4, :9] = depth[30, 30] = 0
    return depth


def predict(truth, noise=0.1):
    """What a fair model says of it in metres."""
    return np.where(truth > 0, truth, 2.0) ** 1.1 * np.exp(np.random.default_rng(0).normal(0, noise, truth.shape))


def score_all_metrics(prediction, truth, quantity, camera=CAMERA):
    rules = Protocol("everything", metrics="all")
    return score(DepthMap(prediction, quantity), prepare(truth, rules, camera))


@pytest.mark.parametrize("hole", [np.nan, -1.0, np.inf, 9.0])
def test_every_metric_is_the_same_however_a_hole_of_the_truth_is_written(hole):
    truth = room()
    prediction = 1 / predict(truth)
    expected = score_all_metrics(prediction, truth, "inverse_depth")
    found = score_all_metrics(prediction, np.where(truth > 0, truth, hole), "inverse_depth")
    assert found == expected and None not in expected.metrics.values()


def test_a_truth_in_float32_is_asked_the_same_pairs_as_in_float64():
    truth = room().round(3)  # millimetres, as sensors give them
    prediction = predict(truth)
    expected = score_all_metrics(prediction, truth, "depth").metrics["ordinal_error"]
    found = score_all_metrics(prediction, truth.astype(np.float32), "depth").metrics["ordinal_error"]
    assert found == pytest.approx(expected, abs=3 / PAIRS)  # other pairs would differ by some thirty


def test_a_model_that_is_silent_in_places_is_asked_the_pairs_that_every_model_is_asked():
    truth = prepare(room(), Protocol("order", metrics=("ordinal_error",)))
    prediction = predict(room(), noise=0.3)
    silent = prediction.copy()
    silent[:, :20] = np.nan
    for values in (prediction, silent):
        clipped = np.clip(values, 1e-3, 8.0)
        expected = pair_error(clipped, room(), truth.pairs)
        assert score(DepthMap(values, "depth"), truth).metrics == {"ordinal_error": expected}
        assert expected > 0.1


def test_the_order_of_a_map_with_near_and_far_swapped_is_wrong_although_its_alignment_turns_it_round():
    swapped = score_all_metrics(2.0 - 1 / np.where(room() > 0, room(), 1.0), room(), "inverse_depth")
    right = score_all_metrics(2.0 + 1 / np.where(room() > 0, room(), 1.0), room(), "inverse_depth")
    assert swapped.flipped and swapped.metrics["abs_rel"] < 1e-9
    assert right.metrics["ordinal_error"] == 0 and swapped.metrics["ordinal_error"] > 0.8


def test_without_a_camera_points_have_no_value_and_all_else_is_scored_the_same():
    known = score_all_metrics(predict(room()), room(), "depth")
    unknown = score_all_metrics(predict(room()), room(), "depth", camera=None)
    assert unknown.metrics == {**known.metrics, **dict.fromkeys(POINT_METRICS)}
    assert unknown.reasons == dict.fromkeys(POINT_METRICS, NO_CAMERA) and not known.reasons


def test_a_truth_without_a_whole_window_has_no_normals_and_says_so():
    truth = room()
    truth[::5] = 0
    found = score_all_metrics(predict(truth), truth, "depth")
    assert [name for name, value in found.metrics.items() if value is None] == list(found.reasons)
    assert set(found.reasons) == {"masked_ssim", "normal_error"} and "normal" in found.reasons["normal_error"]


def test_a_crop_moves_the_camera_with_it():
    truth = room()
    middle = Protocol("middle", crop=Crop("middle", 10, 34, 12, 40, frame=truth.shape), metrics=tuple(POINT_METRICS))
    found = score(DepthMap(predict(truth), "depth"), prepare(truth, middle, CAMERA))
    outside = np.ones(truth.shape, bool)
    outside[10:34, 12:40] = False
    whole = Protocol("whole", metrics=tuple(POINT_METRICS))
    masked = score(DepthMap(predict(truth), "depth"), prepare(np.where(outside, 0, truth), whole, CAMERA))
    assert found.metrics == pytest.approx(masked.metrics, rel=1e-9)


@pytest.mark.parametrize("quantity", ["affine_depth", "inverse_depth"])
@given(scale=st.floats(0.01, 100), shift=st.floats(0, 50))
@settings(max_examples=20)
def test_these_metrics_of_a_relative_prediction_are_blind_to_its_scale_and_shift_too(quantity, scale, shift):
    relative = predict(room()) if quantity == "affine_depth" else 1 / predict(room())
    expected = score_all_metrics(relative, room(), quantity).metrics
    found = score_all_metrics(scale * relative + shift, room(), quantity).metrics
    assert found == pytest.approx(expected, rel=1e-6)


def test_a_perfect_prediction_has_every_edge_order_point_and_normal_right():
    found = score_all_metrics(np.where(room() > 0, room(), np.nan), room(), "depth").metrics
    right = {"boundary_f1": 1, "ordinal_error": 0, "point_error": 0, "point_rel": 0, "point_delta1": 1}
    assert {name: found[name] for name in right} == right
    assert found["normal_error"] == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("alignment", ["none", "median", "robust_scale", "lsq_depth", "lsq_disparity"])
@pytest.mark.parametrize("quantity", ["depth", "inverse_depth"])
def test_the_order_is_the_models_own_in_whichever_space_its_map_was_fitted(quantity, alignment):
    truth, rules = room(), Protocol("order", metrics=("ordinal_error",))
    perfect = truth if quantity == "depth" else 1 / np.where(truth > 0, truth, 1.0)
    swapped = perfect.max() - perfect + 0.1

    def error(prediction):
        found = score(DepthMap(prediction, quantity), prepare(truth, rules), alignment)
        return found.metrics["ordinal_error"]

    assert error(perfect) < 0.5 < error(swapped)
