"""Boundary F1: edges by hand, by the definition written out in loops, and by the reference values."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from plumb.boundary import NO_BOUNDARY, THRESHOLDS, boundary_f1

# Depths in steps, so that random maps hold equal pixels and edges of all heights, some exactly at no edge.
depth = st.integers(16, 24).map(lambda n: n / 16)


@st.composite
def scenes(draw):
    """A prediction, a truth and a mask of one shape."""
    shape = draw(st.tuples(st.integers(3, 7), st.integers(3, 7)))
    p, g = (draw(hnp.arrays(np.float64, shape, elements=depth)) for _ in range(2))
    return p, g, draw(hnp.arrays(np.bool_, shape))


def by_definition(p, g, valid, radius=1):
    """The score from ten passes over all pixels and neighbours."""
    height, width = g.shape
    score = weight = 0.0
    for t in THRESHOLDS:
        of_p, of_g = set(), set()
        for y in range(radius, height - radius):
            for x in range(radius, width - radius):
                for dy in range(-radius, radius + 1):
                    for dx in range(-radius, radius + 1):
                        there = y + dy, x + dx
                        if dy * dy + dx * dx <= radius**2 and valid[y, x] and valid[there]:
                            of_p |= {(y, x, dy, dx)} if p[there] / p[y, x] > 1 + t else set()
                            of_g |= {(y, x, dy, dx)} if g[there] / g[y, x] > 1 + t else set()
        if of_p or of_g:
            score += t * 2 * len(of_p & of_g) / (len(of_p) + len(of_g))
            weight += t
    return score / weight if weight else None


def step(near=1.0, far=1.5, column=4):
    """Two walls that face the camera and meet at a column."""
    g = np.full((6, 9), near)
    g[:, column:] = far
    return g


ALL = np.ones((6, 9), bool)


@given(scenes(), st.integers(1, 2))
def test_the_one_pass_counts_what_ten_passes_count(scene, radius):
    assert boundary_f1(*scene, radius=radius) == pytest.approx(by_definition(*scene, radius), abs=1e-15)


def test_every_reference_value_of_the_aligned_cases_is_met(shared):
    cases = json.loads((shared / "vectors" / "depth_metrics.json").read_text())["cases"]
    unjudged = set()
    for name, case in cases.items():
        g = np.array(case["gt_mm"]) / 1000
        p = np.maximum(np.array(case["pred_e4"]) / 1e4, 1e-3)  # the references floor the raw prediction
        for radius in (1, 2):
            found, expected = boundary_f1(p, g, g > 0, radius), case["boundary"][f"moge_f1_r{radius}"]
            if found is None:
                unjudged.add(name)
                assert expected == 0, name  # a reference without a None
            else:
                assert found == pytest.approx(expected, rel=1e-12), name
    assert unjudged == {"single_valid_pixel", "two_valid_pixels", "no_valid_pixel"}


@pytest.mark.parametrize("far", [1.06, 1.12, 1.6])
def test_a_perfect_prediction_scores_one_however_low_the_edges_of_the_scene_are(far):
    assert boundary_f1(step(far=far), step(far=far), ALL) == 1


def test_an_edge_too_low_in_the_prediction_counts_at_the_thresholds_that_it_exceeds():
    found = boundary_f1(step(far=1.1), step(far=1.5), ALL)  # 10 % exceeds 5, 7.2 and 9.4 %
    assert found == pytest.approx(THRESHOLDS[:3].sum() / THRESHOLDS.sum(), rel=1e-15)


def test_a_ratio_of_exactly_the_threshold_is_no_edge():
    assert boundary_f1(step(1.0, 1.05), step(1.0, 1.05), ALL) is None
    assert boundary_f1(step(1.0, 1.0500001), step(1.0, 1.0500001), ALL) == 1


def test_an_edge_one_pixel_beside_the_truth_is_wrong():
    assert boundary_f1(step(column=5), step(column=4), ALL) == 0


def test_an_edge_with_near_and_far_swapped_is_wrong():
    assert boundary_f1(step(1.5, 1.0), step(1.0, 1.5), ALL) == 0


@pytest.mark.parametrize("flat", ["prediction", "truth"])
def test_edges_in_only_one_of_the_maps_score_zero(flat):
    maps = [np.ones((6, 9)), step()]
    assert boundary_f1(*(maps if flat == "prediction" else maps[::-1]), ALL) == 0


@pytest.mark.parametrize("valid", [ALL, np.eye(6, 9, dtype=bool), np.zeros((6, 9), bool)], ids=["all", "apart", "none"])
def test_without_an_edge_in_either_map_there_is_no_score(valid):
    g = np.ones((6, 9)) if valid.all() else step()
    assert boundary_f1(g, g, valid) is None
    assert "no boundary to judge" in NO_BOUNDARY


def test_the_rim_of_a_hole_is_no_edge():
    g = step()
    g[2:4, 1:3] = 0
    assert boundary_f1(step(), g, g > 0) == 1


@given(scenes(), st.sampled_from([np.nan, np.inf, -np.inf, 0.0, -1.0, 1e300]))
def test_what_invalid_pixels_hold_changes_nothing(scene, junk):
    p, g, valid = scene
    changed = [np.where(valid, depth, junk) for depth in (p, g)]
    assert boundary_f1(*changed, valid) == boundary_f1(p, g, valid)


@given(scenes(), st.integers(0, 3), st.integers(0, 3))
def test_rows_and_columns_of_invalid_pixels_change_nothing_around_an_invalid_rim(scene, before, after):
    scene = [np.pad(a, 1) for a in scene]
    expected = boundary_f1(*scene)
    assert boundary_f1(*(np.pad(a, ((before, after), (after, before))) for a in scene)) == expected


@given(scenes(), st.sampled_from([0.25, 4.0, 1024.0]), st.sampled_from([0.5, 2.0]))
def test_a_factor_on_either_map_changes_nothing(scene, a, b):
    p, g, valid = scene
    assert boundary_f1(a * p, b * g, valid) == boundary_f1(p, g, valid)


@given(scenes())
def test_prediction_and_truth_are_interchangeable_and_so_are_left_and_right(scene):
    p, g, valid = scene
    assert boundary_f1(g, p, valid) == boundary_f1(p, g, valid)
    assert boundary_f1(p.T[::-1], g.T[::-1], valid.T[::-1]) == boundary_f1(p, g, valid)


def test_maps_of_other_types_and_views_are_scored_alike():
    p, g = step(far=1.125), step(far=1.5)
    expected = boundary_f1(p, g, ALL)
    assert boundary_f1(p.astype(np.float32), np.asfortranarray(g), ALL.astype(np.uint8)) == expected


@pytest.mark.parametrize("shape", [(0, 0), (1, 5), (2, 2)])
def test_a_map_too_small_for_a_pixel_with_all_its_neighbours_has_no_score(shape):
    assert boundary_f1(np.ones(shape), np.ones(shape), np.ones(shape, bool)) is None


def test_maps_of_different_shapes_and_a_radius_of_zero_are_errors():
    with pytest.raises(ValueError, match=r"\(6, 9\), \(6, 9\) and \(9, 6\)"):
        boundary_f1(step(), step(), ALL.T)
    with pytest.raises(ValueError, match="radius"):
        boundary_f1(step(), step(), ALL, radius=0)
