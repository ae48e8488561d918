"""What must hold of scores whatever the maps: against a plain reference, through storage, in threads."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plumb import scratch
from plumb.depthmap import QUANTITIES, DepthMap, MapFile, encode, write_codes
from plumb.evaluation import Comparison, evaluate, evaluate_files
from plumb.metrics import DEFAULT_METRICS, METRICS
from plumb.protocols import PROTOCOLS, Protocol
from plumb.scoring import MAX_BANDS, prepare, score
from tests import reference

SUNRGBD = PROTOCOLS["sunrgbd"]
MODE = {"depth": "none", "affine_depth": "lsq_depth", "inverse_depth": "lsq_disparity"}

seeds = st.integers(0, 2**32 - 1)
shapes = st.tuples(st.integers(8, 40), st.integers(8, 40))


def scene(seed=0, shape=(40, 48), holes=0.1):
    """(H, W) metres, 0.8 m to 7 m: a wall, a floor and a box before them, with holes (0) in blots and specks."""
    rng = np.random.default_rng(seed)
    down, right = np.mgrid[0 : shape[0], 0 : shape[1]] / np.max(shape)
    depth = np.minimum(6.9 - right, 1.0 + 8.0 * (1.0 - down)) - 0.2 * rng.random()
    depth[shape[0] // 3 : shape[0] // 2, shape[1] // 4 : shape[1] // 2] = rng.uniform(0.8, 2.0)
    depth *= 1 + 0.05 * np.sin(20 * down + rng.uniform(0, 6)) * np.sin(17 * right)
    depth[: int(4 * holes * shape[0]) // 2, : shape[1] // 2] = 0
    depth[rng.random(shape) < holes / 20] = 0
    return depth


def predict(truth, quantity, seed=0, noise=0.08):
    """What a fair model would say of a scene: a wrong gain that grows with distance, and noise."""
    rng = np.random.default_rng(seed)
    depth = np.where(truth > 0, truth, 2.0) ** 1.1 * np.exp(rng.normal(0, noise, truth.shape))
    return {"depth": depth, "affine_depth": depth / 40 + 0.1, "inverse_depth": 700 / depth + 30}[quantity]


def score_by(protocol, prediction, truth, quantity, **options):
    return score(DepthMap(prediction, quantity), prepare(truth, protocol), **options)


def stored(folder, name, values, quantity="depth"):
    encoded = encode(DepthMap(values, quantity))
    write_codes(folder / name, encoded.codes)
    return MapFile(str(folder / name), quantity, encoded.scale, encoded.offset, encoded.unit)


def assert_same(found, expected):
    """Scalars to nine digits; shares of pixels exactly, for they are counts."""
    assert found.keys() == expected.keys()
    for name, value in found.items():
        if name.startswith("delta"):
            assert value == expected[name], name
        else:
            assert value == pytest.approx(expected[name], rel=1e-9, abs=1e-12, nan_ok=True), name


# --- against plain numpy and scikit-image ---


@pytest.mark.parametrize("alignment", ["auto", "median"])
@pytest.mark.parametrize("quantity", QUANTITIES)
@given(seed=seeds, shape=shapes)
@settings(max_examples=20)
def test_arrays_score_what_plain_numpy_and_scikit_image_say(quantity, alignment, seed, shape):
    truth = scene(seed, shape)
    prediction = predict(truth, quantity, seed)
    silent = np.random.default_rng(seed).random(shape) < 0.02
    prediction[silent] = np.resize([np.nan, -np.inf, np.inf], silent.sum())
    expected = reference.scores(prediction, truth, MODE[quantity] if alignment == "auto" else alignment)
    found = evaluate(prediction, truth, quantity=quantity, alignment=alignment)
    assert_same({name: np.nan if value is None else value for name, value in found.metrics.items()}, expected)


@pytest.mark.parametrize("quantity", QUANTITIES)
@given(seed=seeds, shape=shapes)
@settings(max_examples=10)
def test_8_bit_metrics_are_those_of_scikit_image_on_aligned_depth(quantity, seed, shape):
    truth = scene(seed, shape)
    prediction = predict(truth, quantity, seed)
    found = score_by(PROTOCOLS["relative8"], prediction, truth, quantity)
    measured = truth > 0
    depth = prediction
    if quantity == "affine_depth":
        depth = found.scale * prediction + found.shift
    elif quantity == "inverse_depth":
        depth = 1 / np.maximum(found.scale * prediction + found.shift, 1e-3)
    if quantity != "depth":
        aligned = reference.to_metres(prediction[measured], truth[measured], MODE[quantity])
        np.testing.assert_allclose(depth[measured], aligned, rtol=1e-7)
        depth = np.clip(depth, 0, truth.max())
    assert_same(found.metrics, reference.scores_8_bit(depth, np.where(measured, truth, np.nan)))


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_files_score_exactly_what_their_arrays_do_and_what_plain_numpy_says(tmp_path, quantity):
    comparisons, arrays = [], {}
    for seed, shape in enumerate([(40, 48), (61, 300), (8, 9), (120, 90)]):
        truth = scene(seed, shape)
        files = (
            stored(tmp_path, f"g{seed}.png", np.where(truth > 0, truth, np.nan)),
            stored(tmp_path, f"p{seed}.png", predict(truth, quantity, seed), quantity),
        )
        comparisons.append(Comparison(seed, files[0], (files[1],)))
        arrays[seed] = files[1].read(), files[0].read()
    for key, (found,) in evaluate_files(comparisons, SUNRGBD, workers=2):
        prediction, truth = arrays[key]
        of_arrays = evaluate(prediction, truth, quantity=quantity)
        assert found == of_arrays and np.array_equal(found.bands, of_arrays.bands)
        assert_same(found.metrics, reference.scores(prediction, truth, MODE[quantity]))


# --- what changes nothing ---

# Of these a metric map's values change with its scale; delta2 and delta3 may stay full, silog is blind to it.
SCALE_COUNTS = set(DEFAULT_METRICS) - {"silog", "delta2", "delta3"}


@pytest.mark.parametrize("alignment", ["auto", "robust"])
@pytest.mark.parametrize("quantity", ["affine_depth", "inverse_depth"])
@given(seed=seeds, scale=st.floats(0.01, 100), shift=st.floats(0, 50))
@settings(max_examples=25)
def test_every_metric_of_a_relative_prediction_is_blind_to_its_scale_and_shift(quantity, alignment, seed, scale, shift):
    truth = scene(seed)
    prediction = predict(truth, quantity, seed)
    expected = evaluate(prediction, truth, quantity=quantity, alignment=alignment)
    found = evaluate(scale * prediction + shift, truth, quantity=quantity, alignment=alignment)
    assert found.metrics == pytest.approx(expected.metrics, rel=1e-6, abs=1e-9)
    np.testing.assert_allclose(found.bands, expected.bands, rtol=1e-6, atol=1e-6)


@given(seed=seeds, factor=st.floats(1.1, 1.5))
@settings(max_examples=25)
def test_metric_depth_that_is_scaled_scores_otherwise_unless_its_scale_is_aligned(seed, factor):
    truth = scene(seed)
    prediction = predict(truth, "depth", seed)
    expected = evaluate(prediction, truth, quantity="depth").metrics
    found = evaluate(factor * prediction, truth, quantity="depth").metrics
    for name in SCALE_COUNTS:  # the structure of a map hardly changes with its scale, so the least of them by little
        assert found[name] != pytest.approx(expected[name], rel=1e-6), name
    for alignment in ("median", "robust"):
        expected = evaluate(prediction, truth, quantity="depth", alignment=alignment).metrics
        found = evaluate(factor * prediction, truth, quantity="depth", alignment=alignment).metrics
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("quantity", QUANTITIES)
@given(seed=seeds, hole=st.sampled_from([0.0, np.nan, -1.0, 1e-3, 8.0, 12.0, np.inf]), data=st.data())
@settings(max_examples=25)
def test_rows_and_columns_of_invalid_pixels_change_nothing(quantity, seed, hole, data):
    truth = scene(seed)
    prediction = predict(truth, quantity, seed)
    widths = [(data.draw(st.integers(0, 9)), data.draw(st.integers(0, 9))) for _ in range(2)]
    expected = evaluate(prediction, truth, quantity=quantity)
    junk = data.draw(st.sampled_from([0.0, np.nan, 1.0, 1e6, -np.inf]))
    wider = np.pad(prediction, widths, constant_values=junk), np.pad(truth, widths, constant_values=hole)
    found = evaluate(*wider, quantity=quantity)
    # All but ssim see the same pixels in the same order; ssim sums the same windows in another.
    assert found.metrics.pop("masked_ssim") == pytest.approx(expected.metrics.pop("masked_ssim"), rel=1e-12)
    assert found == expected and np.array_equal(found.bands, expected.bands)


@pytest.mark.parametrize("junk", [np.nan, np.inf, -np.inf, 0.0, 1e300])
def test_what_a_prediction_says_of_a_hole_changes_nothing(junk):
    truth = scene()
    for quantity in QUANTITIES:
        prediction = predict(truth, quantity)
        expected = evaluate(prediction, truth, quantity=quantity)
        assert evaluate(np.where(truth > 0, prediction, junk), truth, quantity=quantity) == expected


# --- through storage ---


@pytest.mark.parametrize("quantity", QUANTITIES)
@given(seed=seeds, shape=shapes)
@settings(max_examples=30)
def test_a_perfect_map_scores_perfectly_after_16_bit_storage_within_half_a_code(
    tmp_path_factory, quantity, seed, shape
):
    folder = tmp_path_factory.mktemp("maps")
    truth = scene(seed, shape)
    values = np.where(truth > 0, truth, np.nan)
    perfect = {"depth": values, "affine_depth": (values - 0.5) / 7, "inverse_depth": 3 / values - 0.1}[quantity]
    prediction = stored(folder, "p.png", perfect, quantity)
    ((_, (found,)),) = evaluate_files(
        [Comparison("", stored(folder, "g.png", values), (prediction,))], SUNRGBD, workers=1
    )
    # Half a code of the prediction, as metres where it is the most, and half a millimetre of the truth; the fit
    # may spend as much again.
    nearest, farthest = np.nanmin(values), np.nanmax(values)
    half = abs(prediction.scale) / 2
    half_code = {"depth": half, "affine_depth": 7 * half, "inverse_depth": farthest**2 * half / 3}[quantity]
    error = 2 * (half_code + 0.0005)
    limits = {
        "abs_rel": error / nearest,
        "sq_rel": error**2 / nearest,
        "rmse": error,
        "mae": error,
        "rmse_log": error / nearest,
        "log10": error / nearest,
        "silog": 100 * error / nearest,
        "irmse": error / nearest**2,
        "imae": error / nearest**2,
    }
    for name, limit in limits.items():
        assert 0 <= found.metrics[name] <= limit, name
    assert [found.metrics[f"delta{n}"] for n in (1, 2, 3)] == [1, 1, 1]
    assert found.metrics["masked_psnr"] is None or found.metrics["masked_psnr"] > 20 * np.log10(8 / error)
    assert found.metrics["masked_ssim"] is None or found.metrics["masked_ssim"] > 0.999
    assert found.n_valid == np.isfinite(values).sum() and found.n_missing == 0
    if quantity == "depth":  # both maps were rounded alike
        assert found.metrics["rmse"] == 0 and found.metrics["masked_psnr"] is None


# --- threads and memory that is used again ---


def of_all_kinds(folder):
    """Images of sizes that grow and shrink, each with a prediction of every quantity."""
    for number, shape in enumerate([(90, 120), (8, 9), (61, 80), (200, 7), (7, 200), (120, 90), (30, 31)] * 4):
        truth = scene(number, shape)
        predictions = tuple(
            stored(folder, f"p{number}{quantity}.png", predict(truth, quantity, number), quantity)
            for quantity in QUANTITIES
        )
        yield Comparison(number, stored(folder, f"g{number}.png", np.where(truth > 0, truth, np.nan)), predictions)


@pytest.mark.parametrize("alignment", ["auto", "robust"])
@pytest.mark.parametrize("protocol", ["sunrgbd", "kitti", "relative8"])
def test_four_threads_find_what_one_finds_although_they_use_their_memory_again(tmp_path, protocol, alignment):
    comparisons = list(of_all_kinds(tmp_path))
    rules = PROTOCOLS[protocol]
    alone = list(evaluate_files(comparisons, rules, alignment, workers=1))
    together = list(evaluate_files(comparisons, rules, alignment, workers=4))
    assert together == alone  # bands are not part of it
    for (_, one), (_, four) in zip(alone, together, strict=True):
        for a, b in zip(one, four, strict=True):
            np.testing.assert_array_equal(a.bands, b.bands)


@pytest.mark.parametrize("protocol", ["sunrgbd", "relative8"])
def test_scores_keep_no_memory_that_the_next_image_is_computed_in(protocol):
    rules = PROTOCOLS[protocol]
    truth = prepare(scene(0), rules)
    first = score(DepthMap(predict(scene(0), "inverse_depth"), "inverse_depth"), truth)
    before = first.to_json()
    for number, shape in enumerate([(40, 48), (8, 9), (60, 60)]):
        for quantity in QUANTITIES:
            score_by(rules, predict(scene(number, shape), quantity), scene(number, shape), quantity)
    assert first.to_json() == before
    assert score(DepthMap(predict(scene(0), "inverse_depth"), "inverse_depth"), truth) == first


def test_a_truth_scores_a_second_prediction_as_if_it_were_the_first(tmp_path):
    for rules in (SUNRGBD, PROTOCOLS["relative8"]):
        shared = prepare(scene(), rules)
        for quantity in (*QUANTITIES, *reversed(QUANTITIES)):
            map_ = DepthMap(predict(scene(), quantity), quantity)
            assert score(map_, shared) == score(map_, prepare(scene(), rules))


def test_one_truth_serves_predictions_in_several_threads_at_once():
    truth = prepare(scene(0, (200, 200)), SUNRGBD)
    maps = [DepthMap(predict(scene(0, (200, 200)), quantity, 1), quantity) for quantity in QUANTITIES] * 4
    expected = [score(map_, truth) for map_ in maps]
    found = [None] * len(maps)

    def work(number):
        found[number] = score(maps[number], truth)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(maps))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == expected


# --- bands, and ranges that are too wide ---


@pytest.mark.parametrize("quantity", QUANTITIES)
@given(seed=seeds, max_depth=st.floats(0.9, 12))
@settings(max_examples=25)
def test_the_bands_hold_each_scored_pixel_once_and_pool_to_abs_rel_and_delta1(quantity, seed, max_depth):
    truth = scene(seed)
    found = evaluate(predict(truth, quantity, seed), truth, quantity=quantity, max_depth=max_depth)
    pixels, relative, within = found.bands.sum(axis=0)
    assert pixels == found.n_valid
    if found.n_valid:
        assert found.bands.shape == (int(np.ceil(max_depth)), 3)
        assert relative / pixels == pytest.approx(found.metrics["abs_rel"], rel=1e-9)
        assert within / pixels == pytest.approx(found.metrics["delta1"], rel=1e-12)


def test_a_protocol_without_a_real_limit_has_bands_of_a_hundred_metres_and_no_more():
    truth = np.full((8, 10), 99.5)
    truth[:4], truth[0, 0] = 5000.0, 100.0
    found = evaluate(truth * 1.1, truth, quantity="depth", max_depth=1e9)
    assert found.n_valid == 80 and found.metrics["abs_rel"] == pytest.approx(0.1)
    assert found.bands.shape == (MAX_BANDS, 3)
    np.testing.assert_allclose(found.bands[99], [40, 4.0, 40])
    assert not found.bands[:99].any()


def test_a_number_too_large_for_float64_is_none_with_the_reason():
    truth = np.full((8, 8), 2.0)
    found = evaluate(np.where(np.eye(8), 0.0, 2.0), truth, quantity="depth", min_depth=1e-200)
    assert found.metrics["irmse"] is None and "too large" in found.reasons["irmse"]
    assert found.metrics["abs_rel"] == pytest.approx(1 / 8)
    assert found.reason is None


@given(seed=seeds, low=st.floats(1e-308, 1), wide=st.floats(1e-3, 1e12))
def test_no_range_of_depths_makes_a_score_that_is_not_a_number(seed, low, wide):
    truth, protocol = scene(seed, (9, 9)), Protocol("wide", min_depth=low, max_depth=low + wide)
    found = score_by(protocol, predict(truth, "inverse_depth", seed) - 80, truth, "inverse_depth", alignment="none")
    for name, value in found.metrics.items():
        assert (value is None and found.reasons[name]) or np.isfinite(value), name
        assert value is None or value >= 0 or METRICS[name].better == "higher"


def test_what_a_masked_array_hides_is_no_value_and_no_measurement():
    truth = np.full((9, 9), 2.0)
    hidden = np.ma.masked_array(truth.copy(), mask=np.eye(9, dtype=bool))
    assert evaluate(hidden, truth, quantity="depth").n_missing == 9
    assert evaluate(truth, hidden, quantity="depth").n_valid == 72


def test_an_evaluation_of_arrays_holds_on_to_no_memory():
    evaluate(np.ones((300, 400)), np.ones((300, 400)), quantity="depth", metrics="all")
    assert not scratch._local.__dict__
