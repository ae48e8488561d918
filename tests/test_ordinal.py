"""Ordinal error: pairs by hand, the reference values, and who is asked which pairs."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from plumb.ordinal import NO_PAIRS, PAIRS, draw_pairs, ordinal_error, pair_error
from plumb.protocols import Protocol
from plumb.scoring import prepare

# No two of these are a factor of exactly 1.02 apart, so rounding cannot decide an order.
depth = st.integers(8, 45).map(lambda n: n / 16)


@st.composite
def scenes(draw):
    """A prediction, a truth and a mask of one shape, with at least two valid pixels."""
    shape = draw(st.tuples(st.integers(2, 6), st.integers(2, 6)))
    p, g = (draw(hnp.arrays(np.float64, shape, elements=depth)) for _ in range(2))
    valid = draw(hnp.arrays(np.bool_, shape))
    valid[0, :2] = True
    return p, g, valid


def random_scene(seed=0, shape=(40, 50)):
    rng = np.random.default_rng(seed)
    g = rng.uniform(1, 8, shape)
    return g * rng.lognormal(0, 0.1, shape), g, rng.random(shape) < 0.7


@pytest.mark.parametrize(
    ("p", "g", "wrong"),
    [
        ((2, 1), (3, 1), False),  # farther in both
        ((1, 2), (3, 1), True),
        ((2, 1), (1, 1), True),  # equal in the truth only
        ((1, 1), (2, 1), True),  # equal in the prediction only
        ((1, 1.019), (1.019, 1), False),  # equal in both, by the margin
        ((1.02, 1), (1, 1), False),  # exactly the margin is equal still
        ((1.021, 1), (1, 1), True),
        ((1, 1.021), (1, 1), True),
        ((0, 0), (1, 1), False),
    ],
)
def test_a_pair_is_wrong_where_its_order_differs(p, g, wrong):
    for pair in ([0, 1], [1, 0]):
        assert pair_error(np.array(p, float), np.array(g, float), np.array([pair])) == wrong


def test_every_reference_value_is_met_on_the_given_pairs_and_on_pairs_of_our_own_drawing(shared):
    cases = json.loads((shared / "vectors" / "depth_metrics.json").read_text())["cases"]
    given_pairs = np.array(cases["metric_typical"]["whdr_pairs"])
    assert len(given_pairs) == 500
    for name, case in cases.items():
        # The references compare raw predictions, whatever they are. They drew 500 pairs with seed 0 as we do.
        p, g, expected = np.array(case["pred_e4"]) / 1e4, np.array(case["gt_mm"]) / 1000, case["boundary"]
        expected = expected["whdr_delta0.02"]
        assert ordinal_error(p, g, g > 0, seed=0, pairs=500) == (None if expected == "nan" else expected), name
        if np.count_nonzero(g) == 692:  # the mask for which the pairs of the file were drawn
            assert pair_error(p, g, given_pairs) == expected, name


@given(scenes(), st.integers(0, 2**32))
def test_a_perfect_prediction_has_no_error_at_any_scale(scene, seed):
    _, g, valid = scene
    assert ordinal_error(g, g, valid, seed) == 0
    assert ordinal_error(4 * g, g, valid, seed) == 0


def test_a_constant_prediction_is_wrong_on_every_pair_that_the_truth_tells_apart():
    _, g, valid = random_scene()
    ratio = np.divide(*g.ravel()[draw_pairs(valid, 3)].T)
    apart = np.mean((ratio > 1.02) | (ratio < 1 / 1.02))
    assert ordinal_error(np.ones_like(g), g, valid, 3) == apart


@given(scenes())
def test_a_flipped_alignment_is_judged_by_the_order_that_the_model_gave(scene):
    p, g, valid = scene
    assert ordinal_error(1 / p, g, valid, 1, flipped=True) == ordinal_error(p, g, valid, 1)
    swapped = np.where(g > 1.5, 1.0, 9.0), np.where(g > 1.5, 9.0, 1.0)  # near for far, and nothing in between
    unequal = ordinal_error(np.ones_like(g), swapped[1], valid, 1)
    assert ordinal_error(swapped[0], swapped[1], valid, 1) == unequal
    assert ordinal_error(swapped[0], swapped[1], valid, 1, flipped=True) == 0


@given(scenes(), st.floats(0.1, 10), st.floats(-0.4, 5))
def test_scale_and_shift_never_turn_a_pair_round_only_which_pairs_are_held_equal_changes(scene, scale, shift):
    p, g, valid = scene
    for pair in draw_pairs(valid, 0, 50):
        (a, b), (c, d) = p.ravel()[pair], (scale * (p + shift)).ravel()[pair]
        assert not (a > 1.02 * b and d > 1.02 * c)


def test_the_same_seed_asks_the_same_pairs_and_another_seed_others():
    p, g, valid = random_scene()
    assert np.array_equal(draw_pairs(valid, 7), draw_pairs(valid, 7))
    assert ordinal_error(p, g, valid, 7) == ordinal_error(p, g, valid, 7) != ordinal_error(p, g, valid, 8)
    assert draw_pairs(valid, 7).shape == (PAIRS, 2)


def test_pairs_are_drawn_from_all_valid_pixels_and_no_others():
    valid = random_scene()[2]
    drawn = np.bincount(draw_pairs(valid, 0).ravel(), minlength=valid.size).reshape(valid.shape)
    assert np.array_equal(drawn > 0, valid)


def test_a_prediction_with_gaps_is_asked_the_same_pairs_but_those_in_its_gaps():
    p, g, valid = random_scene()
    gap = np.zeros_like(valid)
    gap[10:20, 5:30] = True
    pairs = draw_pairs(valid, 2)
    outside = pairs[~gap.ravel()[pairs].any(axis=1)]
    assert 0 < len(outside) < len(pairs)
    for missing in (np.nan, np.inf):
        assert ordinal_error(np.where(gap, missing, p), g, valid, 2) == pair_error(p, g, outside)


@given(scenes(), st.sampled_from([np.nan, np.inf, 0.0, -1.0]), st.integers(0, 3), st.integers(0, 3))
def test_what_invalid_pixels_hold_and_how_many_there_are_changes_nothing(scene, junk, before, after):
    p, g, valid = scene
    expected = ordinal_error(p, g, valid, 5)
    p, g = (np.where(valid, depth, junk) for depth in (p, g))
    padding = ((before, after), (after, before))
    p, g = (np.pad(depth, padding, constant_values=junk) for depth in (p, g))
    assert ordinal_error(p, g, np.pad(valid, padding), 5) == expected


@pytest.mark.parametrize("n_valid", [0, 1])
def test_fewer_than_two_pixels_have_no_order(n_valid):
    valid = np.zeros((3, 3), bool)
    valid.flat[:n_valid] = True
    assert ordinal_error(np.ones((3, 3)), np.ones((3, 3)), valid, 0) is None
    assert "no order to judge" in NO_PAIRS


def test_a_prediction_without_a_value_has_no_order():
    assert ordinal_error(np.full((3, 3), np.nan), np.ones((3, 3)), np.ones((3, 3), bool), 0) is None


def test_images_of_one_size_are_asked_different_pairs_and_each_the_same_ones_in_every_run():
    rules = Protocol("order", metrics=("ordinal_error",))
    kitchen, office = (np.random.default_rng(seed).uniform(1, 7, (20, 30)) for seed in (0, 1))
    pairs = [prepare(truth, rules).pairs for truth in (kitchen, office, kitchen.copy())]
    assert np.array_equal(pairs[0], pairs[2])
    same = np.mean((pairs[0] == pairs[1]).all(axis=1))
    assert same < 0.01  # else one lucky draw of pixels would judge all images of a dataset
