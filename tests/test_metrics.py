"""The metrics by hand, by scikit-image, and by what must hold for any pixels."""

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import binary_dilation
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio, structural_similarity

from plumb.metrics import (
    DEFAULT_METRICS,
    EIGHT_BIT_METRICS,
    METRICS,
    distance_bands,
    eight_bit,
    eight_bit_metrics,
    psnr,
    scalar_metrics,
    ssim,
)

ROOT = Path(__file__).parents[1]
VECTORS = ROOT.parent / "shared" / "vectors" / "depth_metrics.json"

depths = st.floats(1e-3, 100)
pixels = st.lists(st.tuples(depths, depths), min_size=1, max_size=50).map(lambda pairs: np.array(pairs).T)


def random_maps(seed, shape=(24, 31)):
    rng = np.random.default_rng(seed)
    a = rng.integers(0, 256, shape, dtype=np.uint8)
    return a, np.clip(a + rng.normal(0, 20, shape), 0, 255).astype(np.uint8)


def test_two_pixels_computed_by_hand():
    # 1 m seen as 2 m, 4 m seen as 3 m.
    found = scalar_metrics(np.array([2.0, 3.0]), np.array([1.0, 4.0]))
    a, b = math.log(2.0), math.log(3.0 / 4.0)
    assert found == pytest.approx(
        {
            "abs_rel": (1 + 1 / 4) / 2,
            "sq_rel": (1 + 1 / 4) / 2,
            "rmse": 1.0,
            "rmse_log": math.sqrt((a * a + b * b) / 2),
            "log10": (math.log10(2.0) + math.log10(4.0 / 3.0)) / 2,
            "silog": 100 * (a - b) / 2,  # the standard deviation of two numbers is half their distance
            "delta1": 0.0,
            "delta2": 0.5,  # 4/3 < 1.5625 < 2
            "delta3": 0.5,  # 2 > 1.953
            "mae": 1.0,
            "irmse": math.sqrt(((1 / 2) ** 2 + (1 / 3 - 1 / 4) ** 2) / 2),
            "imae": (1 / 2 + (1 / 3 - 1 / 4)) / 2,
        },
        rel=1e-14,
    )


def test_every_metric_of_the_table_is_computed_and_explained():
    assert set(DEFAULT_METRICS) - set(scalar_metrics(np.ones(1), np.ones(1))) == {"masked_psnr", "masked_ssim"}
    assert set(eight_bit_metrics(*random_maps(0))[0]) == set(EIGHT_BIT_METRICS)
    for metric in (*METRICS.values(), *EIGHT_BIT_METRICS.values()):
        assert metric.better in ("lower", "higher")
        assert metric.pooling in ("mean", "root", "")
        assert metric.description and "\n" not in metric.description


def test_rmse_names_its_unit_so_that_levels_are_never_taken_for_metres():
    assert METRICS["rmse"].unit == "m"
    assert EIGHT_BIT_METRICS["rmse"].unit == "8-bit levels"


@given(pixels)
def test_wider_thresholds_never_hold_fewer_pixels(pg):
    found = scalar_metrics(*pg)
    assert 0 <= found["delta1"] <= found["delta2"] <= found["delta3"] <= 1


@given(pixels)
def test_thresholds_count_the_pixels_whose_ratio_is_strictly_below(pg):
    p, g = pg
    ratio = np.maximum(p / g, g / p)
    found = scalar_metrics(p, g)
    assert [found[f"delta{n}"] for n in (1, 2, 3)] == [np.mean(ratio < 1.25**n) for n in (1, 2, 3)]


@pytest.mark.parametrize("g", [1.0, 2.0, 3.0, 3.2, 6.4, 7.0])
def test_a_ratio_of_exactly_the_threshold_is_outside_and_the_next_number_is_inside(g):
    p = 1.25 * g
    assert p / g == 1.25
    assert scalar_metrics(np.array([p]), np.array([g]))["delta1"] == 0
    assert scalar_metrics(np.array([math.nextafter(math.nextafter(p, 0), 0)]), np.array([g]))["delta1"] == 1


@given(pixels)
def test_a_perfect_prediction_scores_perfectly(pg):
    p, _ = pg
    found = scalar_metrics(p, p)
    assert found == {name: float(METRICS[name].better == "higher") for name in found}


@given(pixels, st.randoms(use_true_random=False))
def test_the_order_of_the_pixels_changes_nothing(pg, random):
    order = list(range(pg.shape[1]))
    random.shuffle(order)
    found, shuffled = scalar_metrics(*pg), scalar_metrics(*pg[:, order])
    assert shuffled == pytest.approx(found, rel=1e-12, abs=1e-12)


@given(pixels, st.floats(0.1, 10))
def test_a_common_factor_on_both_maps_changes_only_what_has_a_unit(pg, factor):
    found, scaled = scalar_metrics(*pg), scalar_metrics(*(pg * factor))
    power = {"m": 1, "1/m": -1}
    for name in ("abs_rel", "sq_rel", "rmse", "rmse_log", "log10", "silog", "mae", "irmse", "imae"):
        expected = found[name] * factor ** power.get(METRICS[name].unit, 0)
        assert scaled[name] == pytest.approx(expected, rel=1e-9, abs=1e-10), name


@given(pixels, st.floats(0.1, 10))
def test_silog_does_not_see_the_scale_of_the_prediction(pg, factor):
    p, g = pg
    expected = scalar_metrics(p, g)["silog"]
    assert scalar_metrics(p * factor, g)["silog"] == pytest.approx(expected, rel=1e-9, abs=1e-10)


def test_float32_pixels_are_summed_in_float64():
    p = np.full(2_000_001, 1.1, np.float32)
    g = np.ones_like(p)
    assert scalar_metrics(p, g)["mae"] == pytest.approx(float(np.float32(1.1)) - 1.0, rel=1e-12)


@pytest.mark.parametrize(("p", "g"), [(np.ones(0), np.ones(0)), (np.ones(2), np.ones(3))])
def test_no_pixel_or_unpaired_pixels_are_an_error_not_a_number(p, g):
    with pytest.raises(ValueError, match="at least one"):
        scalar_metrics(p, g)


@pytest.mark.parametrize("seed", range(5))
def test_eight_bit_metrics_are_those_of_scikit_image(seed):
    a, b = random_maps(seed)
    found, reasons = eight_bit_metrics(a, b)
    assert not reasons
    expected = {
        "rmse": math.sqrt(mean_squared_error(a, b)),
        "psnr": peak_signal_noise_ratio(a, b),
        "ssim": structural_similarity(a, b),
    }
    assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("shape", [(7, 7), (30, 41), (8, 300), (40, 263), (20, 600)])  # around the kernel's tiles
def test_ssim_of_maps_in_metres_is_scikit_images_wherever_a_window_holds_no_hole(shape):
    rng = np.random.default_rng(shape[1])
    g = rng.uniform(0.5, 8, shape)
    p = g * np.exp(rng.normal(0, 0.1, shape))
    holes = rng.random(shape) < 0.005
    holes[3, 3] = False
    similarity = structural_similarity(p, g, data_range=8.0, full=True)[1][3:-3, 3:-3]
    whole = ~binary_dilation(holes, np.ones((7, 7)))[3:-3, 3:-3]
    filled = np.where(holes, rng.uniform(-1e3, 1e3, shape), p)
    expected = similarity[whole].mean() if whole.any() else None
    assert ssim(filled, g, ~holes, data_range=8.0) == pytest.approx(expected, rel=1e-9)
    assert ssim(p, g, np.ones(shape, bool), 8.0) == pytest.approx(structural_similarity(p, g, data_range=8.0), rel=1e-9)


def test_ssim_without_a_window_that_is_free_of_holes_has_no_value():
    mask = np.ones((9, 9), bool)
    mask[4, 4] = False
    assert ssim(np.ones((9, 9)), np.ones((9, 9)), mask, 8.0) is None


def test_psnr_is_that_of_scikit_image_and_rounding_does_not_make_an_identical_map_a_good_one():
    g = np.random.default_rng(0).uniform(1, 7, (20, 20))
    rmse = math.sqrt(mean_squared_error(g, g + 0.1))
    assert psnr(rmse, peak=8.0) == pytest.approx(peak_signal_noise_ratio(g, g + 0.1, data_range=8.0), rel=1e-12)
    assert psnr(0.0, peak=8.0) is None and psnr(1e-15, peak=8.0) is None
    assert psnr(0.0005, peak=8.0) > 80  # half a millimetre is a difference


def test_the_bands_count_a_ratio_of_exactly_the_threshold_as_delta1_does():
    g = np.arange(400, 8000, 4) / 1000
    assert distance_bands(1.25 * g, g, 8)[:, 2].sum() / g.size == scalar_metrics(1.25 * g, g)["delta1"]


@given(pixels, st.integers(1, 80))
def test_the_bands_hold_every_pixel_once_and_its_error_and_delta1(pg, max_depth):
    p, g = (np.minimum(x, max_depth * 0.999) for x in pg)
    found, scalars = distance_bands(p, g, max_depth), scalar_metrics(p, g)
    assert found.shape == (max_depth, 3)
    np.testing.assert_array_equal(found[:, 0], np.bincount(g.astype(int), minlength=max_depth))
    assert found[:, 1].sum() / g.size == pytest.approx(scalars["abs_rel"], rel=1e-9, abs=1e-15)
    assert found[:, 2].sum() / g.size == pytest.approx(scalars["delta1"], abs=1e-12)


def test_identical_maps_have_no_psnr_and_say_why():
    a, _ = random_maps(1)
    found, reasons = eight_bit_metrics(a, a.copy())
    assert (found["rmse"], found["psnr"], found["ssim"]) == (0.0, None, pytest.approx(1.0))
    assert set(reasons) == {"psnr"} and "identical" in reasons["psnr"]


@pytest.mark.parametrize(("shape", "has_ssim"), [((7, 7), True), ((6, 40), False), ((40, 6), False)])
def test_ssim_needs_seven_pixels_each_way_and_says_so(shape, has_ssim):
    found, reasons = eight_bit_metrics(*random_maps(2, shape))
    assert (found["ssim"] is not None) == has_ssim
    assert found["rmse"] > 0 and found["psnr"] is not None
    assert ("7x7" in reasons.get("ssim", "")) != has_ssim


@pytest.mark.parametrize(
    "b",
    [np.zeros((8, 8)), np.zeros((8, 9), np.uint8), np.zeros((8, 8, 1), np.uint8)],
    ids=["float", "size", "3-D"],
)
def test_eight_bit_metrics_refuse_what_is_not_two_maps_of_one_size(b):
    with pytest.raises(ValueError, match="two uint8 maps"):
        eight_bit_metrics(np.zeros(b.shape if b.ndim == 3 else (8, 8), np.uint8), b)


def test_a_map_is_divided_by_its_own_maximum_and_cut_and_holes_are_level_zero():
    depth = np.array([[0.0, 1.0, 2.0], [4.0, np.nan, np.inf]])
    np.testing.assert_array_equal(eight_bit(depth), np.array([[0, 63, 127], [255, 0, 0]], np.uint8))


@pytest.mark.parametrize("depth", [np.zeros((2, 2)), np.full((2, 2), np.nan), np.zeros((0, 2))])
def test_a_map_without_any_depth_cannot_be_divided_by_its_maximum(depth):
    with pytest.raises(ValueError, match="no depth above 0"):
        eight_bit(depth)


def test_the_compiler_is_loaded_only_when_something_is_scored():
    code = "import sys, plumb, plumb.evaluation; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


@pytest.mark.skipif(not VECTORS.exists(), reason="no shared folder with test vectors beside the repository")
def test_eight_bit_metrics_equal_the_shared_vectors():
    vectors = json.loads(VECTORS.read_text())["u8"]
    for name, case in vectors.items():
        found, reasons = eight_bit_metrics(np.array(case["a"], np.uint8), np.array(case["b"], np.uint8))
        expected = {metric: case[metric] for metric in EIGHT_BIT_METRICS}
        if expected["psnr"] == "inf":
            assert found.pop("psnr") is None and reasons, name
            del expected["psnr"]
        assert found == pytest.approx(expected, rel=1e-9), name


@pytest.mark.skipif(not VECTORS.exists(), reason="no shared folder with test vectors beside the repository")
def test_the_eight_bit_ground_truth_of_the_shared_vectors_is_ours_level_for_level():
    vectors = json.loads(VECTORS.read_text())
    depth = np.array(vectors["cases"]["metric_typical"]["gt_mm"]) / 1000.0
    expected = np.array(vectors["u8"]["gt_vs_dpt"]["a"])  # made from the same scene before its holes were cut
    np.testing.assert_array_equal(eight_bit(depth)[depth > 0], expected[depth > 0])


@pytest.mark.skipif(not VECTORS.exists(), reason="no shared folder with test vectors beside the repository")
def test_ssim_of_maps_that_are_no_bytes_equals_the_shared_vector_for_either_range():
    vector = json.loads(VECTORS.read_text())["float_ssim"]
    a, b = np.array(vector["a"]), np.array(vector["b"])
    everywhere = np.ones(a.shape, bool)
    assert ssim(b, a, everywhere, vector["data_range"]) == pytest.approx(vector["ssim"], rel=1e-9)
    assert ssim(b, a, everywhere, vector["data_range_gt"]) == pytest.approx(vector["ssim_range_from_gt"], rel=1e-9)
