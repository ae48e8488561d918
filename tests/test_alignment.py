"""Scale and shift: by hand, by numpy's own least squares, and by the shared vectors where present."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumb.alignment import ALIGNMENTS, AUTO, ROBUST, Alignment, AlignmentError, align, check_alignment, resolve
from plumb.depthmap import QUANTITIES

VECTORS = Path(__file__).parents[2] / "shared" / "vectors" / "depth_metrics.json"
CAP = 8.0

seeds = st.integers(0, 2**32 - 1)
scales = st.floats(0.01, 100)
shifts = st.floats(-50, 50)


def random_depth(seed, n=40):
    return np.random.default_rng(seed).uniform(0.5, 6.0, n)


def test_median_scales_by_the_ratio_of_the_medians():
    found = align(np.array([1.0, 2.0, 9.0]), np.array([2.0, 3.0, 4.0]), "median")
    assert (found.scale, found.shift) == (1.5, 0.0)


def test_median_ignores_pixels_without_a_positive_prediction():
    found = align(np.array([-3.0, 0.0, 1.0, 2.0, 9.0]), np.array([5.0, 1.0, 2.0, 3.0, 4.0]), "median")
    assert found.scale == 1.5


def test_lsq_depth_finds_a_line_computed_by_hand():
    # Through (0, 1), (1, 2), (2, 5): slope 2, intercept 2/3.
    found = align(np.array([0.0, 1.0, 2.0]), np.array([1.0, 2.0, 5.0]), "lsq_depth")
    assert (found.scale, found.shift) == pytest.approx((2.0, 2.0 / 3.0), rel=1e-14)


@given(seeds, shifts)
def test_centred_sums_agree_with_least_squares_on_the_n_by_2_matrix(seed, offset):
    g = random_depth(seed)
    p = offset + np.random.default_rng(seed + 1).normal(size=g.size)
    expected = np.linalg.lstsq(np.stack([p, np.ones_like(p)], axis=1), g, rcond=None)[0]
    found = align(p, g, "lsq_depth")
    assert (found.scale, found.shift) == pytest.approx(tuple(expected), rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("mode", ["lsq_depth", "robust_depth"])
@given(seed=seeds, scale=scales, shift=shifts)
def test_an_affine_depth_map_is_brought_back_to_its_metres(mode, seed, scale, shift):
    g = random_depth(seed)
    found = align(scale * g + shift, g, mode)
    np.testing.assert_allclose(found.apply(scale * g + shift, CAP), g, rtol=1e-9)


@pytest.mark.parametrize("mode", ["lsq_disparity", "midas_disparity", "robust_disparity"])
@given(seed=seeds, scale=scales, shift=st.floats(0, 50))
def test_an_inverse_depth_map_is_brought_back_to_its_metres(mode, seed, scale, shift):
    g = random_depth(seed)
    p = scale / g + shift
    np.testing.assert_allclose(align(p, g, mode).apply(p, CAP), g, rtol=1e-9)


@pytest.mark.parametrize("mode", ["lsq_disparity", "robust_disparity"])
def test_pixels_without_disparity_are_left_out_of_the_fit_but_not_out_of_midas(mode):
    g = np.array([1.0, 2.0, 4.0, *[5.0] * 9])
    p = np.array([1.0, 0.5, 0.25, *[0.0] * 9])
    assert align(p, g, mode).scale == pytest.approx(1.0, rel=1e-12)
    assert align(p, g, mode).shift == pytest.approx(0.0, abs=1e-12)
    assert align(p, g, "midas_disparity").shift > 0.05


def test_robust_scale_is_the_median_of_the_ratios_weighted_by_their_share():
    # Ratios g / p of 2, 3 and 9 weigh p / g = 1/2, 1/3 and 1/9: half of the whole is reached at the first.
    g, p = np.array([4.0, 3.0, 9.0]), np.array([2.0, 1.0, 1.0])
    assert align(p, g, "robust_scale") == Alignment("robust_scale", 2.0, 0.0)


def test_robust_scale_leaves_out_pixels_without_a_positive_prediction():
    found = align(np.array([-1.0, -8.0, 0.0, 1.0, 2.0]), np.array([8.0, 9.0, 1.0, 3.0, 6.0]), "robust_scale")
    assert found.scale == 3.0


def test_robust_depth_counts_a_prediction_of_0_as_the_nearest_depth():
    found = align(np.array([0.0, 0.5, 1.0, 0.7]), np.array([1.0, 2.0, 3.0, 9.0]), "robust_depth")
    assert (found.scale, found.shift) == pytest.approx((2.0, 1.0), rel=1e-12)


@pytest.mark.parametrize("mode", ["robust_scale", "robust_depth", "robust_disparity"])
def test_a_third_of_false_measurements_moves_no_robust_fit(mode):
    g = random_depth(5, 60)
    p = 0.5 / g if mode == "robust_disparity" else 0.5 * g
    clean = align(p, g, mode)
    too_far = np.linspace(2.0, 9.0, 20)  # the sensor saw the wall behind the glass, or, in disparity, dust before it
    g[::3] *= 1.0 / too_far if mode == "robust_disparity" else too_far
    found = align(p, g, mode)
    assert clean.scale == pytest.approx(2.0, rel=1e-12)
    assert (found.scale, found.shift) == pytest.approx((clean.scale, clean.shift), rel=1e-12, abs=1e-12)


def test_a_disparity_of_zero_that_went_through_codes_and_came_back_as_rounding_is_still_left_out():
    g = np.array([1.0, 2.0, 4.0, 5.0])
    stored = np.array([1.0, 0.5, 0.25, 1e-16])
    assert align(stored, g, "lsq_disparity").shift == pytest.approx(0.0, abs=1e-12)


def test_each_disparity_mode_has_its_own_farthest_depth():
    p = np.array([-5.0, 0.5, np.nan])
    for mode in ("lsq_disparity", "robust_disparity"):
        np.testing.assert_array_equal(Alignment(mode, 1.0, 0.0).apply(p, CAP), [1000.0, 2.0, np.nan])
    np.testing.assert_array_equal(Alignment("midas_disparity", 1.0, 0.0).apply(p, CAP), [8.0, 2.0, np.nan])


def test_a_stored_scale_and_shift_turn_a_whole_map_into_depth_and_holes_stay_holes():
    prediction = np.array([[0.0, 0.5], [1.0, np.nan]], np.float32)
    depth = Alignment("lsq_depth", scale=4.0, shift=1.0).apply(prediction, CAP)
    assert depth.dtype == np.float64
    np.testing.assert_array_equal(depth, [[1.0, 3.0], [5.0, np.nan]])


def test_without_alignment_the_prediction_is_metres():
    p = np.array([1.0, 2.0])
    found = align(p, np.array([3.0, 4.0]), "none")
    assert found == Alignment("none", 1.0, 0.0)
    np.testing.assert_array_equal(found.apply(p, CAP), p)


@pytest.mark.parametrize(
    ("mode", "prediction_of"),
    [
        ("lsq_depth", lambda g: -g),
        ("lsq_disparity", lambda g: 5 - 1 / g),
        ("midas_disparity", lambda g: -1 / g),
        ("robust_depth", lambda g: -g),
        ("robust_disparity", lambda g: 5 - 1 / g),
    ],
)
def test_near_and_far_swapped_is_flagged_and_the_right_way_round_is_not(mode, prediction_of):
    g = random_depth(3)
    p = prediction_of(g)
    assert align(p, g, mode).flipped
    assert not align(10 - p, g, mode).flipped


def test_a_constant_prediction_takes_the_smallest_of_its_many_solutions():
    found = align(np.full(3, 2.0), np.array([4.0, 5.0, 6.0]), "lsq_depth")
    assert (found.scale, found.shift) == pytest.approx((2.0, 1.0))  # mean 5 = 2 s + t, nearest to (0, 0)
    found = align(np.full(3, 2.0), np.array([4.0, 5.0, 7.0]), "robust_depth")
    assert (found.scale, found.shift) == pytest.approx((2.0, 1.0))  # 1/4 weighs less than 1/5 and 1/7 together


def test_midas_puts_a_constant_prediction_on_the_cap():
    p = np.full(3, 0.1)
    np.testing.assert_array_equal(align(p, np.array([4.0, 5.0, 6.0]), "midas_disparity").apply(p, CAP), [8.0] * 3)


@pytest.mark.parametrize("mode", ["median", "lsq_disparity", "robust_scale", "robust_disparity"])
def test_a_prediction_that_is_nowhere_positive_has_no_scale_and_says_so(mode):
    with pytest.raises(AlignmentError, match="positive on no valid pixel"):
        align(np.array([0.0, -1.0]), np.array([1.0, 2.0]), mode)


@pytest.mark.parametrize("mode", ["lsq_depth", "midas_disparity", "lsq_disparity"])
@pytest.mark.parametrize("values", [[1e200, 1e308, 3e307], [1e-200, 2e-200, 5e-200]])
def test_values_beyond_float64_squares_have_no_fit_and_say_so(mode, values):
    with pytest.raises(AlignmentError, match="too large or too small"):
        align(np.array(values), np.array([1.0, 2.0, 3.0]), mode)


def test_a_wrong_mode_lists_the_right_ones():
    with pytest.raises(ValueError, match="'lsq'; choose from auto, none, median, lsq_depth"):
        check_alignment("lsq")


@pytest.mark.parametrize("request_", ["auto", "robust"])
def test_a_request_that_depends_on_the_quantity_is_no_mode_to_align_by(request_):
    check_alignment(request_)
    with pytest.raises(ValueError, match="resolve"):
        align(np.ones(2), np.ones(2), request_)


@pytest.mark.parametrize(("p", "g"), [(np.ones(2), np.ones(3)), (np.ones(0), np.ones(0))])
def test_pixels_that_do_not_pair_up_are_refused(p, g):
    with pytest.raises(ValueError, match="one true depth a prediction"):
        align(p, g, "median")


@pytest.mark.parametrize("table", [AUTO, ROBUST])
def test_every_quantity_has_its_automatic_and_its_robust_alignment(table):
    assert set(table) == set(QUANTITIES)
    assert set(table.values()) <= set(ALIGNMENTS)


def test_a_request_resolves_by_the_quantity_and_a_mode_to_itself():
    assert resolve("auto", "inverse_depth") == "lsq_disparity"
    assert resolve("robust", "depth") == "robust_scale"
    assert resolve("robust", "affine_depth") == "robust_depth"
    assert resolve("robust", "inverse_depth") == "robust_disparity"
    assert {resolve(mode, "depth") for mode in ALIGNMENTS} == set(ALIGNMENTS)
    with pytest.raises(ValueError, match="unknown alignment 'best'; choose from auto"):
        resolve("best", "depth")


@pytest.mark.skipif(not VECTORS.exists(), reason="no shared folder with test vectors beside the repository")
@pytest.mark.parametrize("mode", ["median", "lsq_depth", "lsq_disparity", "midas_disparity"])
def test_scale_and_shift_equal_the_shared_vectors(mode):
    vectors = json.loads(VECTORS.read_text())
    compared = 0
    for case in vectors["cases"].values():
        g, p = np.array(case["gt_mm"]) / 1000.0, np.array(case["pred_e4"]) / 1e4
        for name, (low, high) in vectors["protocols"].items():
            valid = (g > low) & (g < high)
            if valid.any():
                expected = case["results"][name][mode]["align"]
                found = align(p[valid], g[valid], mode)
                assert found.scale == pytest.approx(expected["scale"], rel=1e-9, abs=1e-14)
                assert found.shift == pytest.approx(expected.get("shift", 0.0), rel=1e-9, abs=1e-14)
                compared += 1
    assert compared == 28  # 15 cases, one of them empty, by 2 caps


@pytest.mark.skipif(not VECTORS.exists(), reason="no shared folder with test vectors beside the repository")
def test_least_squares_and_robust_fits_equal_the_vectors_on_data_with_outliers():
    data = json.loads(VECTORS.read_text())["robust_l1"]
    x, y = np.array(data["x"]), np.array(data["y"])
    for mode, expected in (("lsq_depth", data["lsq_affine"]), ("robust_depth", data["affine"])):
        found = align(x, y, mode)
        assert (found.scale, found.shift) == pytest.approx((expected["scale"], expected["shift"]), rel=1e-9)
    assert align(x, y, "robust_scale").scale == pytest.approx(data["scale_only"], rel=1e-9)
