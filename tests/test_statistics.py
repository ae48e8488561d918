"""From the values of images to a dataset's: means, intervals, pooling, pairs, bands and groups."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plumb.metrics import Metric, scalar_metrics
from plumb.statistics import NO_GROUP, Band, Statistic, aggregate, bands, grouped, paired

M = {
    "error": Metric("m", "lower", "", "mean"),
    "root": Metric("m", "lower", "", "root"),
    "share": Metric("", "higher", "", "mean"),
    "edges": Metric("", "higher", "", ""),
}
NAN = math.nan

seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=20)  # each draws thousands of resamples


def of(*values, pixels=None, name="error"):
    """The statistic of one column."""
    n_pixels = np.ones(len(values), dtype=int) if pixels is None else np.array(pixels)
    return aggregate({name: np.array(values, dtype=float)}, n_pixels, M)[name]


def table(seed, size=60, holes=0.2):
    """Columns of every metric with holes, and pixel counts."""
    rng = np.random.default_rng(seed)
    columns = {name: rng.lognormal(-2, 0.7, size) for name in M}
    for column in columns.values():
        column[rng.random(size) < holes] = NAN
    return columns, rng.integers(1, 300_000, size)


# --- one metric over images ---


def test_numbers_computed_by_hand():
    found = of(1.0, 2.0, 6.0, NAN, pixels=[1, 2, 1, 50])
    assert (found.n, found.mean, found.median) == (3, 3.0, 2.0)
    assert found.std == pytest.approx(math.sqrt((4 + 1 + 9) / 2))
    assert found.pooled == pytest.approx((1 + 2 * 2 + 6) / 4)
    assert 1.0 <= found.low < found.mean < found.high <= 6.0


def test_of_no_image_nothing_is_known_and_of_one_no_spread():
    assert of(NAN, NAN) == Statistic(0)
    assert of() == Statistic(0)
    assert of(0.5, NAN) == Statistic(1, mean=0.5, median=0.5, pooled=0.5)


@given(st.floats(-1e6, 1e6), st.integers(2, 40))
def test_equal_values_have_an_interval_of_no_width(value, n):
    found = of(*[value] * n)
    assert (found.low, found.high, found.std) == pytest.approx((value, value, 0.0), rel=1e-12, abs=1e-9)


@few
@given(seeds)
def test_no_digit_depends_on_the_order_of_the_samples(seed):
    columns, n_pixels = table(seed)
    other, _ = table(seed + 1)
    order = np.random.default_rng(seed).permutation(len(n_pixels))
    shuffled = {name: column[order] for name, column in columns.items()}
    assert aggregate(shuffled, n_pixels[order], M) == aggregate(columns, n_pixels, M)
    other_shuffled = {name: column[order] for name, column in other.items()}
    assert paired(shuffled, other_shuffled, M) == paired(columns, other, M)


@few
@given(seeds)
def test_samples_without_a_value_change_nothing(seed):
    columns, n_pixels = table(seed, holes=0)
    longer = {name: np.append(column, [NAN, NAN]) for name, column in columns.items()}
    assert aggregate(longer, np.append(n_pixels, [7, 10**9]), M) == aggregate(columns, n_pixels, M)


@few
@given(seeds)
def test_a_metric_has_the_same_numbers_alone_as_among_others(seed):
    columns, n_pixels = table(seed)
    together = aggregate(columns, n_pixels, M)
    for name, column in columns.items():
        alone = aggregate({name: column}, n_pixels, M)[name]
        assert (alone.low, alone.high) == pytest.approx((together[name].low, together[name].high), rel=1e-12)


def test_the_sum_is_exact():
    assert of(1e16, 1.0, -1e16).mean == pytest.approx(1 / 3, rel=1e-15)


# --- the interval ---


def test_the_interval_is_that_of_the_normal_distribution_where_it_applies():
    values = np.random.default_rng(0).normal(5.0, 2.0, 4000)
    found = of(*values)
    half = 1.96 * values.std(ddof=1) / math.sqrt(values.size)
    assert found.low == pytest.approx(found.mean - half, abs=0.1 * half)
    assert found.high == pytest.approx(found.mean + half, abs=0.1 * half)


def test_the_interval_covers_the_true_mean_about_95_times_in_100():
    rng = np.random.default_rng(1)
    found = [of(*rng.exponential(1.0, 60)) for _ in range(200)]
    covered = sum(statistic.low <= 1.0 <= statistic.high for statistic in found)
    assert 176 <= covered <= 198  # 88 to 99 %: the percentile bootstrap is a little narrow on skewed values


def test_two_values_can_be_drawn_in_three_ways():
    found = of(0.0, 1.0)
    assert (found.low, found.high) == (0.0, 1.0)


# --- pooled over pixels ---


def test_a_pooled_mean_and_a_pooled_rmse_are_those_of_all_pixels_in_one_pot():
    rng = np.random.default_rng(3)
    images = [(rng.uniform(1, 8, n), rng.uniform(1, 8, n)) for n in (5, 40, 200)]
    each = [scalar_metrics(p, g) for p, g in images]
    pot = scalar_metrics(*map(np.concatenate, zip(*images, strict=True)))
    pixels = [p.size for p, _ in images]
    assert of(*[m["abs_rel"] for m in each], pixels=pixels).pooled == pytest.approx(pot["abs_rel"], rel=1e-12)
    assert of(*[m["delta1"] for m in each], pixels=pixels, name="share").pooled == pytest.approx(pot["delta1"])
    assert of(*[m["rmse"] for m in each], pixels=pixels, name="root").pooled == pytest.approx(pot["rmse"], rel=1e-12)


def test_what_does_not_pool_has_no_pooled_value_and_neither_have_images_without_pixels():
    assert of(0.1, 0.2, name="edges").pooled is None
    assert of(0.1, 0.2, pixels=[0, 0]).pooled is None


def test_an_image_without_a_value_gives_its_pixels_to_nothing():
    assert of(0.1, NAN, pixels=[10, 10]).pooled == pytest.approx(0.1)


# --- two models ---


def test_a_pair_of_models_computed_by_hand():
    a = {"error": np.array([1.0, 2.0, 3.0, 5.0, NAN, 1.0]), "share": np.array([0.5, 0.9, 0.9, 0.9, 0.1, 0.2])}
    b = {"error": np.array([2.0, 2.0, 1.0, 6.0, 1.0, NAN]), "share": np.array([0.4, 0.9, 0.8, 1.0, 0.1, 0.2])}
    found = paired(a, b, M)
    error, share = found["error"], found["share"]
    assert (error.n, error.left_out) == (4, 2)
    assert (error.mean_a, error.mean_b, error.difference) == (2.75, 2.75, 0.0)
    assert (error.won, error.tied) == (0.5, 0.25)  # lower is better: the first and the fourth
    assert (share.n, share.left_out) == (6, 0)
    assert (share.won, share.tied) == (pytest.approx(2 / 6), pytest.approx(3 / 6))  # higher is better
    assert error.low < 0 < error.high


@few
@given(seeds)
def test_exchanging_the_models_exchanges_the_verdict(seed):
    (a, _), (b, _) = table(seed), table(seed + 1)
    there, back = paired(a, b, M), paired(b, a, M)
    for name in M:
        x, y = there[name], back[name]
        assert (x.n, x.left_out, x.tied) == (y.n, y.left_out, y.tied)
        assert (x.mean_a, x.mean_b, x.difference) == (y.mean_b, y.mean_a, -y.difference)
        assert x.won + y.won + x.tied == pytest.approx(1.0)


def test_a_small_steady_difference_shows_in_pairs_though_the_means_intervals_overlap():
    rng = np.random.default_rng(4)
    hard = rng.lognormal(-2, 1, 300)
    a, b = {"error": hard}, {"error": hard * 1.05 + rng.normal(0, 1e-3, 300)}
    pixels = np.ones(300, dtype=int)
    means = [aggregate(side, pixels, M)["error"] for side in (a, b)]
    assert means[1].low < means[0].high  # cannot be told apart by these
    assert paired(a, b, M)["error"].high < 0


def test_models_without_a_common_sample_or_metric_have_nothing_to_compare():
    found = paired({"error": np.array([1.0, NAN])}, {"error": np.array([NAN, 1.0])}, M)["error"]
    assert (found.n, found.left_out, found.difference, found.won) == (0, 2, None, None)
    assert paired({"error": np.ones(1)}, {"share": np.ones(1)}, M) == {}


# --- by distance ---


def test_bands_pool_the_pixels_of_all_samples():
    first = np.array([[10, 1.0, 10], [0, 0.0, 0], [4, 2.0, 1]])
    second = np.array([[30, 1.0, 20], [0, 0.0, 0], [0, 0.0, 0]])
    assert bands(iter([first, second])) == [
        Band(0.0, 1.0, 40, 2, pytest.approx(2 / 40), pytest.approx(30 / 40)),
        Band(1.0, 2.0, 0, 0, None, None),
        Band(2.0, 3.0, 4, 1, 0.5, 0.25),
    ]


@given(seeds)
def test_bands_do_not_depend_on_the_order_of_the_samples(seed):
    sums = list(np.random.default_rng(seed).random((30, 4, 3)) * 1e5)
    assert bands(sums[::-1]) == bands(sums)


def test_of_no_sample_there_are_no_bands_and_different_bands_do_not_pool():
    assert bands([]) == []
    with pytest.raises(ValueError, match=r"one B; got \[\(2, 3\), \(3, 3\)\]"):
        bands([np.zeros((3, 3)), np.zeros((2, 3))])


# --- by group ---


def test_each_group_has_the_statistics_of_its_samples():
    columns, n_pixels = table(5)
    labels = ["kitchen", "bath", None] * 20
    found = grouped(columns, n_pixels, labels, M)
    assert list(found) == [NO_GROUP, "bath", "kitchen"]
    assert found["bath"] == aggregate({name: column[1::3] for name, column in columns.items()}, n_pixels[1::3], M)


def test_a_sample_with_several_tags_counts_in_each_once_and_one_without_in_none():
    columns = {"error": np.array([1.0, 2.0, 4.0])}
    found = grouped(columns, np.ones(3, dtype=int), [["a", "b", "a"], ["b"], []], M)
    assert {name: (group["error"].n, group["error"].mean) for name, group in found.items()} == {
        "a": (1, 1.0),
        "b": (2, 1.5),
        NO_GROUP: (1, 4.0),
    }


def test_a_label_that_says_none_is_a_label():
    found = grouped({"error": np.array([1.0, 2.0, 4.0])}, np.ones(3, dtype=int), ["none", None, "None"], M)
    assert {name: group["error"].mean for name, group in found.items()} == {"none": 1.0, NO_GROUP: 2.0, "None": 4.0}


def test_labels_of_any_type_name_their_group():
    found = grouped({"error": np.ones(3)}, np.ones(3, dtype=int), [True, 3, 3], M)
    assert {name: group["error"].n for name, group in found.items()} == {"3": 2, "True": 1}


# --- wrong input ---


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"speed": np.ones(2)}, "column 'speed' is no metric; choose from error, root"),
        ({"error": np.ones(3)}, r"column 'error' has shape \(3,\); need \(2,\)"),
        ({"error": np.array([1.0, math.inf])}, "column 'error' holds an infinite value; put NaN"),
    ],
)
def test_wrong_columns_are_named(columns, message):
    for summarise in (aggregate, lambda c, n, m: grouped(c, n, ["a"] * 2, m)):
        with pytest.raises(ValueError, match=message):
            summarise(columns, np.ones(2, dtype=int), M)


def test_rows_that_do_not_pair_up_are_refused():
    with pytest.raises(ValueError, match="one value for each sample"):
        paired({"error": np.ones(2)}, {"error": np.ones(3)}, M)
    with pytest.raises(ValueError, match="one label for each sample; got 1 for 2"):
        grouped({"error": np.ones(2)}, np.ones(2, dtype=int), ["a"], M)
