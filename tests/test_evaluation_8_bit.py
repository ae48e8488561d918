"""Scores of two maps that are each divided by their own maximum and cut to 8 bit (the protocol relative8)."""

import math
from dataclasses import replace

import numpy as np
import pytest

from plumb.protocols import PROTOCOLS
from tests.depth_arrays import noisy, scene, score_by

RELATIVE8 = PROTOCOLS["relative8"]


@pytest.mark.parametrize(
    ("quantity", "prediction_of"),
    [
        ("depth", lambda g: g),
        ("affine_depth", lambda g: (g - g.min()) / np.ptp(g)),
        ("inverse_depth", lambda g: 300 / g - 7),
    ],
)
def test_a_perfect_prediction_is_within_one_level_in_8_bit(quantity, prediction_of):
    found = score_by(RELATIVE8, prediction_of(scene()), scene(), quantity)
    assert set(found.metrics) == {"rmse", "psnr", "ssim"}
    assert found.metrics["rmse"] <= 1
    assert found.metrics["ssim"] == pytest.approx(1, abs=1e-3)
    assert found.metrics["psnr"] is None or found.metrics["psnr"] > 48
    assert found.n_valid == scene().size


def test_holes_count_in_8_bit_as_level_zero():
    truth = np.full((8, 8), 2.0)
    truth[:, :4] = 0
    found = score_by(RELATIVE8, np.full((8, 8), 2.0), truth, "depth")
    assert found.metrics["rmse"] == pytest.approx(math.sqrt(255**2 / 2))
    missing = score_by(RELATIVE8, np.where(truth > 0, truth, np.nan), truth, "depth")
    assert (missing.metrics["rmse"], missing.n_missing, missing.n_valid) == (0, 32, 64)


@pytest.mark.parametrize("hole", [np.nan, np.inf, -1.0])
@pytest.mark.parametrize("quantity", ["depth", "inverse_depth"])
def test_a_hole_is_the_same_hole_in_8_bit_however_it_is_written(hole, quantity):
    truth, prediction = scene(), noisy(scene() if quantity == "depth" else 1 / scene())
    truth[:5] = 0
    expected = score_by(RELATIVE8, prediction, truth, quantity)
    assert score_by(RELATIVE8, prediction, np.where(truth > 0, truth, hole), quantity) == expected
    assert expected.metrics["rmse"] > 1


def test_depth_behind_the_camera_is_level_zero_in_8_bit_and_does_not_wrap_around():
    prediction = scene()
    prediction[:5] = -3.0
    clipped = score_by(RELATIVE8, np.maximum(prediction, 0), scene(), "depth")
    assert score_by(RELATIVE8, prediction, scene(), "depth") == clipped


def test_metric_depth_is_taken_as_it_is_in_8_bit_and_its_scale_falls_out():
    found = score_by(RELATIVE8, scene() * 2, scene(), "depth")
    assert found.metrics["rmse"] == 0 and found.alignment == "none"
    assert found.metrics["psnr"] is None and "identical" in found.reasons["psnr"]
    assert found.reason is None


def test_one_pixel_infinitely_far_does_not_darken_the_whole_8_bit_map():
    disparity = 1 / scene()
    disparity[3, 3] = 0.0
    found = score_by(RELATIVE8, disparity, scene(), "inverse_depth")
    assert found.metrics["rmse"] < 5


def test_inverse_depth_is_inverted_for_8_bit_and_not_merely_negated():
    disparity = 1 / scene()
    inverted = score_by(RELATIVE8, disparity, scene(), "inverse_depth")
    negated = score_by(RELATIVE8, disparity.max() - disparity, scene(), "affine_depth", alignment="none")
    assert inverted.metrics["rmse"] <= 1
    assert negated.metrics["rmse"] > 20


@pytest.mark.parametrize(
    ("prediction", "truth", "reason"),
    [
        (np.ones((8, 8)), np.zeros((8, 8)), "the ground truth has no measured pixel"),
        (np.full((8, 8), np.nan), np.ones((8, 8)), "the prediction has no value on any measured pixel"),
        (np.zeros((8, 8)), np.ones((8, 8)), "the prediction has no depth above 0"),
    ],
)
def test_what_cannot_be_scored_in_8_bit_is_none_with_the_reason(prediction, truth, reason):
    found = score_by(RELATIVE8, prediction, truth, "depth")
    assert found.metrics == {"rmse": None, "psnr": None, "ssim": None} and found.reason == reason


def test_a_metric_that_was_not_asked_for_gives_no_reason_in_8_bit_either():
    rules = replace(RELATIVE8, name="mine", metrics=("rmse",))
    found = score_by(rules, scene(), scene(), "depth")  # psnr would be infinite
    assert found.metrics == {"rmse": 0.0} and found.reasons == {}
