"""From maps to scores: arrays, files in parallel, summaries; the shared vectors where they are present."""

import json
import math
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumb.camera import Camera
from plumb.depthmap import DepthMap, MapFile, encode, write_codes, write_map
from plumb.evaluation import Comparison, evaluate, evaluate_files
from plumb.metrics import DEFAULT_METRICS, METRICS
from plumb.protocols import GARG_CROP, PROTOCOLS, Crop, Protocol
from tests.depth_arrays import noisy, scene, score_by

VECTORS = Path(__file__).parents[2] / "shared" / "vectors" / "depth_metrics.json"
QUANTITY_OF_KIND = {
    "metric_depth": "depth",
    "affine_depth": "affine_depth",
    "affine_disparity": "inverse_depth",
}
PERFECT = {name: float(METRICS[name].better == "higher") for name in DEFAULT_METRICS}
PERFECT["masked_psnr"] = None  # infinite


def scalars(found):
    """The metrics that see each pixel by itself."""
    return {name: value for name, value in found.metrics.items() if not name.startswith("masked")}


seeds = st.integers(0, 2**32 - 1)


def stored(path, values, quantity="depth"):
    encoded = encode(DepthMap(values, quantity))
    write_codes(path, encoded.codes)
    return MapFile(str(path), quantity, encoded.scale, encoded.offset, encoded.unit)


# --- one pair of arrays ---


def test_a_pair_computed_by_hand():
    truth = np.array([[1.0, 2.0], [4.0, 0.0]])
    found = evaluate(np.array([[2.0, 2.0], [5.0, 9.0]]), truth, quantity="depth")
    assert found.n_valid == 3 and found.n_missing == 0
    assert found.metrics["abs_rel"] == pytest.approx((1 + 0 + 1 / 4) / 3)
    assert found.metrics["rmse"] == pytest.approx(math.sqrt(2 / 3))
    assert found.metrics["delta1"] == pytest.approx(1 / 3)  # 5 / 4 is the limit itself, and outside
    assert (found.alignment, found.scale, found.shift, found.flipped) == ("none", 1.0, 0.0, False)
    assert set(found.reasons) == {"masked_ssim"} and found.reason is None  # no window fits into 2x2 pixels


@given(seeds, st.floats(0.5, 2).filter(lambda k: k != 1))
def test_metric_depth_that_is_scaled_scores_exactly_its_factor_worse(seed, factor):
    truth = np.random.default_rng(seed).uniform(0.5, 3.0, (6, 8))  # up to 2 x 3 m: below the cap
    found = evaluate(truth * factor, truth, quantity="depth").metrics
    assert found["abs_rel"] == pytest.approx(abs(factor - 1), rel=1e-9)
    assert found["rmse_log"] == pytest.approx(abs(math.log(factor)), rel=1e-9)


@pytest.mark.parametrize("quantity", ["affine_depth", "inverse_depth"])
@given(seed=seeds, scale=st.floats(0.01, 100), shift=st.floats(0, 20))
def test_a_relative_prediction_that_is_scaled_and_shifted_scores_the_same(quantity, seed, scale, shift):
    truth = np.random.default_rng(seed).uniform(0.5, 7.0, (7, 9))
    relative = noisy(truth, seed) if quantity == "affine_depth" else 1 / noisy(truth, seed)
    expected = evaluate(relative, truth, quantity=quantity)
    found = evaluate(scale * relative + shift, truth, quantity=quantity)
    assert found.metrics == pytest.approx(expected.metrics, rel=1e-7, abs=1e-9)
    assert found.scale == pytest.approx(expected.scale / scale, rel=1e-7)


@pytest.mark.parametrize(
    ("quantity", "prediction_of"),
    [
        ("depth", lambda g: g),
        ("affine_depth", lambda g: (g - g.min()) / np.ptp(g)),
        ("inverse_depth", lambda g: 300 / g - 7),
    ],
)
def test_a_perfect_prediction_of_any_quantity_scores_perfectly(quantity, prediction_of):
    found = evaluate(prediction_of(scene()), scene(), quantity=quantity)
    assert found.metrics == pytest.approx(PERFECT, abs=1e-9)
    assert not found.flipped


@pytest.mark.parametrize("quantity", ["depth", "affine_depth", "inverse_depth"])
@given(seed=seeds)
def test_the_order_of_the_pixels_changes_nothing(quantity, seed):
    truth, rng = scene(seed, (6, 8)), np.random.default_rng(seed)
    prediction = noisy(truth if quantity != "inverse_depth" else 1 / truth, seed)
    order = rng.permutation(truth.size)
    shuffled = [array.ravel()[order].reshape(truth.shape) for array in (prediction, truth)]
    expected = scalars(evaluate(prediction, truth, quantity=quantity))
    assert scalars(evaluate(*shuffled, quantity=quantity)) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("quantity", ["depth", "affine_depth", "inverse_depth"])
@given(seed=seeds, invalid=st.sampled_from([0.0, np.nan, -1.0, 1e-3, 8.0, 12.0, np.inf]))
def test_pixels_without_a_valid_ground_truth_change_nothing(quantity, seed, invalid):
    truth, rng = scene(seed, (6, 8)), np.random.default_rng(seed)
    prediction = noisy(truth if quantity != "inverse_depth" else 1 / truth, seed)
    wider = np.hstack([prediction, rng.choice([0.0, np.nan, 1.0, 1e6, -np.inf], (6, 3))])
    found = evaluate(wider, np.hstack([truth, np.full((6, 3), invalid)]), quantity=quantity)
    assert found == evaluate(prediction, truth, quantity=quantity)


def test_pixels_without_a_prediction_are_left_out_and_counted():
    truth, prediction = scene(), noisy(scene())
    truth[0, :4] = 0
    prediction[0, :6] = np.nan  # four of them where there is no truth either
    prediction[1, 0] = np.inf
    known = np.isfinite(prediction)
    found = evaluate(prediction, truth, quantity="depth")
    assert (found.n_valid, found.n_missing) == (truth.size - 4 - 3, 3)
    assert found.metrics == evaluate(prediction, np.where(known, truth, 0), quantity="depth").metrics


def test_predictions_are_clipped_to_the_range_before_they_are_scored():
    truth = np.full((1, 3), 4.0)
    found = evaluate(np.array([[-3.0, 4.0, 1e9]]), truth, quantity="depth", min_depth=1.0, max_depth=6.0)
    assert found.metrics["mae"] == pytest.approx((3 + 0 + 2) / 3)


def test_only_the_crop_is_scored():
    truth = scene(shape=(100, 200))
    prediction = truth.copy()
    prediction[:40] *= 3  # all above the Garg crop
    assert evaluate(prediction, truth, quantity="depth", crop=GARG_CROP).metrics == pytest.approx(PERFECT)
    assert evaluate(prediction, truth, quantity="depth").metrics["abs_rel"] > 0.1


def test_a_crop_that_leaves_no_pixel_of_a_tiny_frame_is_explained():
    sliver = Crop("sliver", 0.4, 0.45, 0, 1)
    found = evaluate(np.ones((2, 2)), np.ones((2, 2)), quantity="depth", crop=sliver)
    assert found.reason.startswith("no pixel of the ground truth")


def test_near_and_far_swapped_is_flagged():
    assert evaluate(-1 / scene(), scene(), quantity="inverse_depth", alignment="midas_disparity").flipped
    assert evaluate(scene(), scene(), quantity="inverse_depth").flipped
    assert not evaluate(1 / scene(), scene(), quantity="inverse_depth").flipped


def test_the_alignment_that_was_asked_for_replaces_the_automatic_one():
    found = evaluate(2 * scene(), scene(), quantity="depth", alignment="median")
    assert (found.alignment, found.scale) == ("median", pytest.approx(0.5))
    assert found.metrics == pytest.approx(PERFECT, abs=1e-9)


@pytest.mark.parametrize(
    ("prediction", "truth", "reason"),
    [
        (np.ones((2, 2)), np.zeros((2, 2)), "no pixel of the ground truth has 0.001 < g < 8 m"),
        (np.ones((2, 2)), np.full((2, 2), 9.0), "no pixel of the ground truth has 0.001 < g < 8 m"),
        (np.full((2, 2), np.nan), np.ones((2, 2)), "the prediction has no value on any valid pixel"),
        (-np.ones((2, 2)), np.ones((2, 2)), "the prediction is positive on no valid pixel"),
    ],
)
def test_what_cannot_be_scored_is_none_with_the_reason_and_never_a_number(prediction, truth, reason):
    found = evaluate(prediction, truth, quantity="inverse_depth")
    assert found.metrics == dict.fromkeys(DEFAULT_METRICS)
    assert set(found.reasons) == set(DEFAULT_METRICS) and found.reason.startswith(reason)
    assert (found.n_valid, found.scale, found.shift) == (0, None, None)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"prediction": np.ones((4, 5))}, r"\(4, 5\) but ground truth \(4, 6\); resize the prediction"),
        ({"prediction": np.ones((1, 4, 6))}, r"shape \(H, W\), not \(1, 4, 6\); pass one"),
        ({"ground_truth": np.ones((4, 6), np.uint16)}, "ground truth is uint16.*millimetres to metres"),
        ({"prediction": np.ones((4, 6), bool)}, "prediction is bool"),
        ({"quantity": "disparity"}, "unknown quantity 'disparity'; use one of depth, affine_depth"),
        ({"alignment": "lsq"}, "unknown alignment 'lsq'; choose from auto, none, median"),
        ({"min_depth": 0.0}, "0 < min_depth < max_depth"),
        ({"crop": "garg"}, "crop must be a Crop or None"),
    ],
)
def test_a_wrong_argument_is_one_error_with_the_mend(wrong, message):
    right = {"prediction": np.ones((4, 6)), "ground_truth": np.ones((4, 6)), "quantity": "depth"}
    with pytest.raises(ValueError, match=message):
        evaluate(**{**right, **wrong})


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_any_floating_type_is_scored_and_the_inputs_are_left_as_they_are(dtype):
    truth = scene().astype(dtype)
    prediction = np.where(truth > 5, np.nan, truth).astype(dtype)
    before = prediction.copy()
    assert evaluate(prediction, truth, quantity="depth").metrics == pytest.approx(PERFECT)
    np.testing.assert_array_equal(prediction, before)


def test_a_protocol_reports_the_metrics_it_names():
    chosen = Protocol("mine", metrics=("delta1", "abs_rel"))
    assert list(score_by(chosen, scene(), scene(), "depth").metrics) == ["delta1", "abs_rel"]


def test_a_metric_that_was_not_asked_for_gives_no_reason_why_it_has_no_value():
    found = evaluate(scene(), scene(), quantity="depth", metrics=("abs_rel",))  # psnr would be infinite
    assert found.metrics == {"abs_rel": 0.0} and found.reasons == {}


# --- files ---


def test_files_score_as_their_arrays_do_in_the_order_they_were_given(tmp_path):
    comparisons, expected = [], []
    for i, shape in enumerate([(480, 640), (8, 9), (120, 160), (10, 9), (9, 9)]):  # the slowest pair comes first
        truth = stored(tmp_path / f"g{i}.png", scene(i, shape))
        prediction = stored(tmp_path / f"p{i}.png", noisy(1 / scene(i, shape), i), "inverse_depth")
        comparisons.append(Comparison(f"key{i}", truth, (prediction,)))
        expected.append((f"key{i}", [score_by(PROTOCOLS["sunrgbd"], prediction.read(), truth.read(), "inverse_depth")]))
    assert list(evaluate_files(comparisons, PROTOCOLS["sunrgbd"], workers=3)) == expected
    assert list(evaluate_files(iter(comparisons), PROTOCOLS["sunrgbd"])) == expected


def test_what_cannot_be_read_or_scored_says_why_and_the_run_goes_on(tmp_path):
    truth, good = stored(tmp_path / "g.png", scene()), stored(tmp_path / "p.png", noisy(scene()))
    small = stored(tmp_path / "small.png", scene(shape=(8, 8)))
    (tmp_path / "cut.png").write_bytes((tmp_path / "p.png").read_bytes()[:60])
    cut = MapFile(str(tmp_path / "cut.png"), "depth", 0.001, 0.0, "m")
    gone = MapFile(str(tmp_path / "gone.png"), "depth", 0.001, 0.0, "m")
    relative = stored(tmp_path / "r.png", 1 / scene(), "inverse_depth")
    comparisons = [
        Comparison("predictions", truth, (cut, small, "no prediction in dpt", good)),
        Comparison("gone", gone, (good, good)),
        Comparison("relative truth", relative, (good,)),
        Comparison("no truth", "no ground truth in gt_depth", (good,)),
        Comparison("good", truth, (good,)),
    ]
    found = dict(evaluate_files(comparisons, PROTOCOLS["sunrgbd"], workers=2))
    assert list(found) == [comparison.key for comparison in comparisons]
    assert found["good"][0].reason is None and found["predictions"][3] == found["good"][0]
    reasons = [scores.reason for scores in (*found["predictions"][:3], *found["gone"], *found["relative truth"])]
    beginnings = [cut.path, small.path, "no prediction in dpt", gone.path, gone.path, relative.path]
    assert all(reason.startswith(what) for reason, what in zip(reasons, beginnings, strict=True)), reasons
    assert "resize" in reasons[1] and "depth in metres" in reasons[5]
    assert found["no truth"][0].reason == "no ground truth in gt_depth"
    assert found["gone"][0].metrics == dict.fromkeys(DEFAULT_METRICS)


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_images_are_read_only_a_few_ahead_of_what_is_taken_however_many_there_are(tmp_path, workers):
    comparison = Comparison("k", stored(tmp_path / "g.png", scene()), (stored(tmp_path / "p.png", noisy(scene())),))
    read = 0

    def endless():
        nonlocal read
        while True:
            read += 1
            yield comparison

    results = evaluate_files(endless(), PROTOCOLS["sunrgbd"], workers=workers)
    assert read == 0
    for taken in range(1, 40):
        next(results)
        assert read - taken < 2 * workers
    results.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("plumb")]


def test_no_images_give_no_scores():
    assert list(evaluate_files([], PROTOCOLS["sunrgbd"])) == []


@pytest.mark.parametrize("wrong", [{"alignment": "mean"}, {"workers": 0}])
def test_a_wrong_setting_of_a_run_is_an_error_at_once_not_a_reason_on_every_image(wrong):
    with pytest.raises(ValueError, match="unknown alignment 'mean'|workers must be 1 or more, got 0"):
        evaluate_files([], PROTOCOLS["sunrgbd"], **wrong)


def test_a_model_s_exact_zeros_stay_out_of_the_fit_after_16_bit_storage(tmp_path):
    truth = scene()
    disparity = np.maximum(30 / truth - 7.0, 0)  # a final ReLU cuts everything beyond 4.3 m
    assert 0.1 < np.mean(disparity == 0) < 0.5
    expected = evaluate(disparity, truth, quantity="inverse_depth")
    found = evaluate(stored(tmp_path / "p.png", disparity, "inverse_depth").read(), truth, quantity="inverse_depth")
    assert (found.scale, found.shift) == pytest.approx((expected.scale, expected.shift), rel=1e-3)


# --- shared vectors ---


@pytest.mark.skipif(not VECTORS.exists(), reason="no shared folder with test vectors beside the repository")
def test_every_metric_of_every_shared_vector_to_nine_digits():
    vectors = json.loads(VECTORS.read_text())
    compared = 0
    for case_name, case in vectors["cases"].items():
        truth, prediction = np.array(case["gt_mm"]) / 1000.0, np.array(case["pred_e4"]) / 1e4
        for protocol, (low, high) in vectors["protocols"].items():
            for mode, expected in case["results"][protocol].items():
                where = (case_name, protocol, mode)
                quantity = QUANTITY_OF_KIND[case["kind"]]
                found = evaluate(prediction, truth, quantity=quantity, alignment=mode, min_depth=low, max_depth=high)
                assert found.n_valid == expected["n"], where
                for name, value in found.metrics.items():
                    if name in ("masked_psnr", "masked_ssim"):
                        continue  # ours: their reference is scikit-image, see test_metrics.py
                    wanted = expected["metrics"]["silog_x100" if name == "silog" else name]
                    if wanted == "nan":
                        assert value is None and found.reasons[name], (where, name)
                    else:  # where the truth is 0, the vectors hold their own rounding, up to 1e-13
                        assert value == pytest.approx(wanted, rel=1e-9, abs=1e-12), (where, name)
                    compared += 1
    assert compared == 15 * 2 * 5 * 12


@pytest.mark.skipif(not VECTORS.exists(), reason="no shared folder with test vectors beside the repository")
def test_automatic_alignment_is_the_shared_vectors_for_each_quantity():
    vectors = json.loads(VECTORS.read_text())
    for name, mode in (
        ("metric_typical", "none"),
        ("affine_depth_marigold", "lsq_depth"),
        ("disparity_midas", "lsq_disparity"),
    ):
        case = vectors["cases"][name]
        truth, prediction = np.array(case["gt_mm"]) / 1000.0, np.array(case["pred_e4"]) / 1e4
        found = score_by(PROTOCOLS["sunrgbd"], prediction, truth, QUANTITY_OF_KIND[case["kind"]])
        expected = case["results"]["sun_1e-3_8"][mode]["metrics"]["abs_rel"]
        assert found.alignment == mode and found.metrics["abs_rel"] == pytest.approx(expected, rel=1e-9)


def test_a_model_that_found_its_own_field_of_view_is_judged_through_it(tmp_path):
    height, width, focal = 24, 40, 50.0
    camera = Camera(focal, focal, (width - 1) / 2, (height - 1) / 2)
    true_angle = float(np.degrees(2 * np.arctan(width / 2 / focal)))
    depth = np.linspace(1, 4, height * width).reshape(height, width)
    truth = encode(DepthMap(depth, "depth"))
    rules = Protocol("points", metrics=("abs_rel", "point_rel"), crop=Crop("part", 0.25, 1.0, 0.1, 0.8))
    found = []
    for number, angle in enumerate((None, true_angle, 0.5 * true_angle)):
        stored = write_map(tmp_path / f"{number}.png", truth, angle).file
        comparison = Comparison(number, write_map(tmp_path / "truth.png", truth).file, (stored,), camera)
        ((_, (scores,)),) = evaluate_files([comparison], rules, workers=1)
        found.append(scores.metrics)
    assert [metrics["abs_rel"] for metrics in found] == [0, 0, 0]
    assert [metrics["point_rel"] for metrics in found[:2]] == pytest.approx([0, 0], abs=1e-12)
    # Half the angle: every point lies half as far from the axis and less.
    assert 0.01 < found[2]["point_rel"] < 0.5
