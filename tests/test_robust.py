"""Least weighted absolute deviations: by hand, in exact fractions, by a linear programme, and on large problems."""

import json
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

import plumb
from plumb.robust import weighted_l1_affine, weighted_l1_scale

LARGE = 20_000  # points, enough for the fit to start from a sample

seeds = st.integers(0, 2**32 - 1)
small = st.integers(-6, 6)
integer_points = st.lists(st.tuples(small, small, st.integers(1, 4)), min_size=1, max_size=9)


def random_problem(seed, n=40):
    """x, y and w in general position: one best line, no three points on it."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    y = 3.0 + 2.0 * x + rng.standard_cauchy(n)
    return x, y, rng.uniform(0.1, 2.0, n)


def columns(points):
    return tuple(np.array(points, dtype=np.float64).T)


def cost(x, y, w, scale, shift=0.0):
    return float(np.sum(w * np.abs(scale * x + shift - y)))


def lowest_cost(x, y, w, shifted=True):
    """By a linear programme: sum(w (over + under)) where scale x + shift - y = over - under."""
    n = x.size
    line = np.stack([x, np.ones(n) if shifted else np.zeros(n)], axis=1)
    equations = np.hstack([line, -np.eye(n), np.eye(n)])
    bounds = [(None, None)] * 2 + [(0, None)] * (2 * n)
    return linprog(np.concatenate([[0, 0], w, w]), A_eq=equations, b_eq=y, bounds=bounds, method="highs").fun


def cost_of_best_shift(x, y, w, scale):
    """The cost at a scale, its shift being the weighted median of what is left, by sorting."""
    rest = y - scale * x
    order = np.argsort(rest)
    reached = np.cumsum(w[order])
    return cost(x, y, w, scale, rest[order][np.searchsorted(reached, reached[-1] / 2)])


def assert_no_scale_is_better(scale, found, cost_at):
    """Where no scale close by is better none is: alone or with its best shift, the cost is convex in the scale."""
    for step in np.logspace(-9, 0, 10) * max(1.0, abs(scale)):
        assert found <= min(cost_at(scale - step), cost_at(scale + step)) * (1 + 1e-12)


@st.composite
def problems(draw):
    """Any points, points on a grid, or points near a line; half of them may be far away and some repeated."""
    rng = np.random.default_rng(draw(seeds))
    n = draw(st.integers(2, 40))
    x, y = rng.normal(size=n), rng.uniform(0.2, 4.0, n)
    kind = draw(st.sampled_from(["any", "grid", "line", "quantised line"]))
    if kind == "grid":
        x, y = rng.integers(0, 4, n) * 0.1, rng.integers(1, 5, n) * 0.1
    elif kind != "any":
        y = draw(st.floats(-5, 5)) * x + draw(st.floats(-5, 5)) + 0.01 * rng.normal(size=n)
    if kind == "quantised line":
        x, y = np.round(x, 1), np.round(y, 1)
    false = rng.random(n) < draw(st.sampled_from([0.0, 0.3, 0.5]))
    y = np.where(false, y + rng.uniform(-20, 20, n), y)
    again = rng.integers(0, n, draw(st.integers(0, 5)))
    x, y = np.append(x, x[again]), np.append(y, y[again])
    return x, y, draw(st.sampled_from([np.ones_like(y), 1.0 / (0.1 + np.abs(y))]))


# By hand.


def test_the_scale_is_the_median_of_the_ratios_weighted_by_w_x():
    # Ratios 2, 3 and 10 with weights 2, 1 and 2: half of 5 is reached at the second.
    assert weighted_l1_scale(np.array([2.0, 1.0, -1.0]), np.array([4.0, 3.0, -10.0]), np.array([1.0, 1.0, 2.0])) == 3.0


def test_of_equally_good_scales_it_is_the_smallest():
    assert weighted_l1_scale(np.ones(2), np.array([5.0, 1.0]), np.ones(2)) == 1.0


def test_halves_that_differ_by_rounding_are_halves():
    w = np.array([0.3, 0.1, 0.2])  # in floating point 0.3 is less than half of this sum
    assert w[0] < 0.5 * w.sum()
    assert weighted_l1_scale(np.ones(3), np.array([1.0, 2.0, 3.0]), w) == 1.0
    x, y = np.array([0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0]), np.array([2.0, 0.0, 0.0, 2.0, 0.0, 2.0, 2.0])
    assert weighted_l1_affine(x, y, np.array([0.2, 0.1, 0.2, 0.1, 0.3, 0.1, 0.2])) == (-2.0, 2.0)
    x, y = np.array([2.0, 0.0, 0.0, 1.0]), np.array([0.0, 3.0, 1.0, 0.0])
    assert weighted_l1_affine(x, y, np.array([0.1, 0.3, 0.2, 0.2])) == (-3.0, 3.0)


def test_the_line_goes_through_the_three_points_that_agree_and_not_towards_the_fourth():
    assert weighted_l1_affine(np.array([0.0, 1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0, 40.0]), np.ones(4)) == (1.0, 1.0)


def test_two_points_give_their_line():
    assert weighted_l1_affine(np.array([1.0, 3.0]), np.array([5.0, 1.0]), np.array([0.1, 9.0])) == (-2.0, 7.0)


def test_of_equally_good_lines_it_is_that_of_the_smallest_scale():
    # Every line between the two points at x = 0 and between the two at x = 1 costs 4.
    x, y = np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.0, 2.0, 0.0, 2.0])
    assert weighted_l1_affine(x, y, np.ones(4)) == (-2.0, 2.0)


def test_where_x_is_constant_the_line_meets_the_weighted_median_nearest_to_no_scale_and_no_shift():
    x, y, w = np.full(3, 2.0), np.array([9.0, 5.0, 1.0]), np.array([1.0, 2.0, 1.5])
    assert weighted_l1_affine(x, y, w) == pytest.approx((2.0, 1.0), rel=1e-15)
    assert weighted_l1_affine(x[:1], y[:1] - 4.0, w[:1]) == pytest.approx((2.0, 1.0), rel=1e-15)
    assert weighted_l1_affine(np.zeros(3), y, w) == (0.0, 5.0)
    assert weighted_l1_affine(np.array([0.3, 0.1 + 0.2, 0.3]), y, w)[0] < 5.0  # constant but for rounding


def test_points_without_weight_do_not_count():
    x, y, w = np.array([0.0, 1.0, 2.0, 5.0]), np.array([1.0, 3.0, 5.0, 0.0]), np.array([1.0, 1.0, 1.0, 0.0])
    assert weighted_l1_affine(x, y, w) == (2.0, 1.0)
    assert weighted_l1_scale(x, y, np.array([0.0, 0.0, 1.0, 0.0])) == 2.5


def test_where_nothing_can_be_fitted_it_is_said_why():
    with pytest.raises(ValueError, match="no point has a weight"):
        weighted_l1_affine(np.ones(2), np.ones(2), np.zeros(2))
    with pytest.raises(ValueError, match="no point has a weight"):
        weighted_l1_scale(np.empty(0), np.empty(0), np.empty(0))
    with pytest.raises(ValueError, match="x is 0 wherever there is a weight"):
        weighted_l1_scale(np.array([0.0, 1.0]), np.ones(2), np.array([1.0, 0.0]))


@pytest.mark.parametrize("size", [3, LARGE])
def test_sums_that_leave_the_range_of_float64_are_no_number(size):
    x, y = np.resize([1e308, -1e308, 1e307], size), np.resize([1.0, 2.0, 4.0], size)
    with np.errstate(over="ignore", invalid="ignore"):
        assert np.isnan(weighted_l1_affine(x, y, np.ones(size))).all()
        high = np.resize([1.7e308, -1.7e308, 1.7e308], size)
        assert np.isnan(weighted_l1_affine(y, high, np.ones(size))).all()
        assert np.isnan(weighted_l1_scale(x, y, np.ones(size)))


# The lowest cost, exactly.


@given(integer_points)
def test_cost_and_smallest_scale_equal_those_of_all_lines_through_two_points_in_fractions(points):
    lines = []
    for (x0, y0, _), (x1, y1, _) in combinations(points, 2):
        if x0 != x1:
            scale = Fraction(y1 - y0, x1 - x0)
            lines.append((sum(w * abs(scale * (x - x0) - (y - y0)) for x, y, w in points), scale))
    if lines:
        best, smallest_scale = min(lines)
        scale, shift = weighted_l1_affine(*columns(points))
        assert cost(*columns(points), scale, shift) == pytest.approx(float(best), rel=1e-13, abs=1e-13)
        assert scale == pytest.approx(float(smallest_scale), rel=1e-14, abs=1e-14)
        x, y, w = columns(points)
        assert weighted_l1_affine(x, y + 2.0**33, 0.1 * w)[0] == pytest.approx(scale, rel=1e-14, abs=1e-14)


@given(integer_points)
def test_cost_and_smallest_scale_without_shift_equal_those_of_all_ratios_in_fractions(points):
    ratios = [Fraction(y, x) for x, y, _ in points if x]
    if ratios:
        best, smallest = min((sum(w * abs(s * x - y) for x, y, w in points), s) for s in ratios)
        scale = weighted_l1_scale(*columns(points))
        assert cost(*columns(points), scale) == pytest.approx(float(best), rel=1e-14)
        assert scale == pytest.approx(float(smallest), rel=1e-15)


@given(problems())
def test_the_cost_is_that_of_the_linear_programme(problem):
    x, y, w = problem
    rounding = 1e-10 * np.sum(w * np.abs(y))  # the programme's own, where the lowest cost is 0
    assert cost(*problem, *weighted_l1_affine(*problem)) == pytest.approx(lowest_cost(*problem), rel=1e-9, abs=rounding)
    if x.any():
        lowest = lowest_cost(*problem, shifted=False)
        assert cost(*problem, weighted_l1_scale(*problem)) == pytest.approx(lowest, rel=1e-9, abs=rounding)


def test_scale_and_shift_equal_the_shared_vectors(shared):
    data = json.loads((shared / "vectors" / "depth_metrics.json").read_text())["robust_l1"]
    x, y = np.array(data["x"]), np.array(data["y"])
    expected = data["affine"]
    found = weighted_l1_affine(x, y, 1.0 / y)
    assert found == pytest.approx((expected["scale"], expected["shift"]), rel=1e-9)
    assert cost(x, y, 1.0 / y, *found) == pytest.approx(expected["cost"], rel=1e-9)
    assert weighted_l1_scale(x, y, 1.0 / y) == pytest.approx(data["scale_only"], rel=1e-9)


# What must not matter.


@given(seeds, st.integers(-300, 300), st.integers(-300, 300), st.floats(-100, 100), st.floats(-100, 100))
def test_other_units_and_origins_change_scale_and_shift_and_nothing_else(seed, x_unit, y_unit, x0, y0):
    x, y, w = random_problem(seed)
    scale, shift = weighted_l1_affine(x, y, w)
    x_factor, y_factor = 2.0**x_unit, -(2.0**y_unit)
    moved_scale, moved_shift = weighted_l1_affine(x_factor * (x - x0), y_factor * (y - y0), w)
    assert moved_scale == pytest.approx(scale * y_factor / x_factor, rel=1e-8)
    assert moved_shift == pytest.approx(y_factor * (shift + scale * x0 - y0), rel=1e-8, abs=1e-8 * abs(y_factor))
    assert weighted_l1_scale(x_factor * x, y_factor * y, w) == weighted_l1_scale(x, y, w) * y_factor / x_factor


@pytest.mark.parametrize("n", [40, LARGE])
@given(seed=st.integers(0, 20))
def test_the_order_of_the_points_and_with_it_the_sample_decides_nothing(n, seed):
    x, y, w = random_problem(seed, n)
    order = np.random.default_rng(seed + 1).permutation(n)
    expected, found = weighted_l1_affine(x, y, w), weighted_l1_affine(x[order], y[order], w[order])
    assert found == pytest.approx(expected, rel=1e-13)
    assert weighted_l1_scale(x[order], y[order], w[order]) == weighted_l1_scale(x, y, w)


@given(seeds)
def test_a_point_of_weight_two_is_two_points(seed):
    x, y, w = random_problem(seed)
    twice = np.arange(x.size) % 3 == 0
    expected = weighted_l1_affine(x, y, np.where(twice, 2 * w, w))
    found = weighted_l1_affine(np.append(x, x[twice]), np.append(y, y[twice]), np.append(w, w[twice]))
    assert found == pytest.approx(expected, rel=1e-12)


def test_the_arguments_stay_as_they_are():
    before = random_problem(0, LARGE)
    given_ = tuple(values.copy() for values in before)
    weighted_l1_affine(*given_)
    weighted_l1_scale(*given_)
    np.testing.assert_array_equal(given_, before)


@pytest.mark.parametrize("n", [60, LARGE])
@given(seed=seeds, scale=st.floats(-5, 5), shift=st.floats(-3, 3))
def test_a_third_of_false_points_leaves_the_line_of_the_others_where_it_is(n, seed, scale, shift):
    rng = np.random.default_rng(seed)
    x = rng.uniform(0, 4, n)
    y = scale * x + shift
    y[: n // 3] += rng.choice([-1, 1], n // 3) * rng.uniform(1, 100, n // 3)
    assert weighted_l1_affine(x, y, np.ones(n)) == pytest.approx((scale, shift), rel=1e-9, abs=1e-9)


@given(seeds)
def test_steps_that_rounding_hides_in_the_cost_are_taken(seed):
    # Half of the points lie on a line but for rounding; the cost is that of the others, by far.
    rng = np.random.default_rng(seed)
    x = rng.uniform(1, 2, 200)
    y = np.where(np.arange(200) % 2, rng.uniform(0, 1e6, 200), (2.0 * x + 3.0) * (1 + 1e-14 * rng.normal(size=200)))
    w = np.ones(200)
    scale, shift = weighted_l1_affine(x, y, w)
    assert_no_scale_is_better(scale, cost(x, y, w, scale, shift), lambda s: cost_of_best_shift(x, y, w, s))


# Large problems.


def quantised_maps(rng):
    x = rng.uniform(0.2, 4.0, LARGE)
    return np.round(x + 0.1 * rng.normal(size=LARGE), 2), np.round(2 * x + 0.3, 1)


def four_depths(rng):
    return rng.integers(0, 2, LARGE) * 1.0, rng.integers(1, 3, LARGE) * 1.0


def a_few_far_points(rng):
    """They turn the line, and a sample hardly ever sees one."""
    x, y = rng.normal(size=LARGE), rng.uniform(1, 5, LARGE)
    x[:6] = 1e4
    return x, y


def almost_constant(rng):
    x, y = np.zeros(LARGE), rng.uniform(1, 5, LARGE)
    x[:2] = 1.0
    return x, y


def near_and_far_swapped(rng):
    y = rng.uniform(1, 5, LARGE)
    return 10 - y + 0.1 * rng.standard_cauchy(LARGE), y


def everything_on_the_line(rng):
    x = np.round(rng.uniform(1, 5, LARGE), 3)
    return x, 0.1 + 3.0 * x


@pytest.mark.parametrize(
    "points",
    [quantised_maps, four_depths, a_few_far_points, almost_constant, near_and_far_swapped, everything_on_the_line],
)
def test_the_fit_of_a_large_problem_is_as_exact_as_that_of_a_small_one(points):
    x, y = points(np.random.default_rng(1))
    w = 1.0 / y
    scale, shift = weighted_l1_affine(x, y, w)
    if points is everything_on_the_line:
        assert (scale, shift) == pytest.approx((3.0, 0.1), rel=1e-12)
    else:
        assert_no_scale_is_better(scale, cost(x, y, w, scale, shift), lambda s: cost_of_best_shift(x, y, w, s))
    scale = weighted_l1_scale(x, y, w)
    assert_no_scale_is_better(scale, cost(x, y, w, scale), lambda s: cost(x, y, w, s))


# In an evaluation.


@pytest.mark.parametrize(
    ("mode", "quantity", "prediction_of", "found"),
    [
        ("robust_scale", "depth", lambda g: g / 4, (4.0, 0.0)),
        ("robust_depth", "affine_depth", lambda g: (g - 1) / 8, (8.0, 1.0)),
        ("robust_disparity", "inverse_depth", lambda g: 2 / g - 0.1, (0.5, 0.05)),
    ],
)
def test_an_evaluation_sees_only_the_pixels_that_are_wrong(mode, quantity, prediction_of, found):
    truth = np.random.default_rng(0).uniform(1.0, 4.0, (150, 160))
    prediction = prediction_of(truth)
    measured = truth.copy()
    measured[::4] *= 0.5 if quantity == "inverse_depth" else 1.5
    scores = plumb.evaluate(prediction, measured, quantity=quantity, alignment=mode)
    assert scores == plumb.evaluate(prediction, measured, quantity=quantity, alignment="robust")
    assert scores.alignment == mode and not scores.flipped
    assert (scores.scale, scores.shift) == pytest.approx(found, rel=1e-9, abs=1e-9)
    wrong = 1.0 if quantity == "inverse_depth" else 1 / 3
    assert scores.metrics["abs_rel"] == pytest.approx(wrong * 38 / 150, rel=1e-6)


def test_an_evaluation_of_a_prediction_without_depth_says_why_it_has_no_score():
    scores = plumb.evaluate(np.zeros((4, 5)), np.ones((4, 5)), quantity="depth", alignment="robust_scale")
    assert "positive on no valid pixel" in scores.reason
    assert set(scores.metrics.values()) == {None}
