"""Errors by distance lead to images: what a run keeps of each, and which of them stand behind a point of the plot."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from plumb.leaderboard_distances import behind
from plumb.statistics import bands
from tests.leaderboard_calls import call, selected_ids, shown_ids, state_of
from tests.map_datasets import add_metric_field, make_dataset, run_evaluation, truth, writer
from tests.small_evaluations import evaluation

RUN = "plumb_evaluate_dpt"


def model(field, sums, **changes):
    """An evaluation with these sums by distance; the errors of whole images play no part."""
    sums = np.asarray(sums, dtype=float)
    return evaluation(field, {"abs_rel": np.full(len(sums), 0.1)}, sums=sums, band_sums=sums, **changes)


# Pixels, sum of the error, pixels within delta1; three images, bands of 0 to 1 m and 1 to 2 m.
SUMS = [[[100, 10, 100], [0, 0, 0]], [[5, 5, 0], [50, 1, 40]], [[400, 30, 390], [10, 2, 10]]]


# --- which images ---


@pytest.mark.parametrize(
    ("of", "low", "ids"),
    [
        ("abs_rel", 0, ["s2", "s0", "s1"]),  # 30, 10, 5
        ("delta1", 0, ["s2", "s1", "s0"]),  # 10, 5, 0
        ("pixels", 0, ["s2", "s0", "s1"]),
        ("abs_rel", 1, ["s2", "s1"]),  # s0 has no pixel there
        ("pixels", 1, ["s1", "s2"]),
    ],
)
def test_the_image_that_makes_most_of_a_point_comes_first_and_those_without_a_pixel_there_never(of, low, ids):
    assert behind([(model("a", SUMS), of, low)], 25).ids == ids


def test_of_several_points_the_parts_add_up_whichever_model_errs_more_in_all():
    a, b = model("a", SUMS), model("b", np.multiply(SUMS, [1, 100, 1]), ids=["s1", "s2", "s3"])
    points = [(a, "abs_rel", 0), (a, "abs_rel", 1), (b, "abs_rel", 1)]
    # Of a: s0 10/48, s1 6/48, s2 32/48; of b's second band: s2 1/3, s3 2/3.
    assert behind(points, 25).ids == ["s2", "s3", "s0", "s1"]
    told = "the 2 of 4 images with pixels at 0 to 2 m that add most to the abs_rel of a and b (83 % of the error there)"
    assert behind(points, 2).told == told
    assert behind([(a, "abs_rel", 0)] * 2, 25).told == behind([(a, "abs_rel", 0)], 25).told


def test_what_was_chosen_is_told_with_its_share():
    a = model("a", SUMS)
    told = "the 1 of 3 images with pixels at 0 to 1 m that add most to the abs_rel of a (67 % of the error there)"
    assert behind([(a, "abs_rel", 0)], 1).told == told
    told = "all 2 images with pixels at 1 to 2 m, first those that have most pixels outside delta1 in a there"
    assert behind([(a, "delta1", 1)], 25).told == told
    told = "the 2 of 3 images with pixels at 0 to 2 m that have most of them (90 %)"
    assert behind([(a, "pixels", 0), (a, "pixels", 1)], 2).told == told
    apart = model("a", [[[1, 1, 0], [0, 0, 0], [1, 1, 0]]] * 2)
    assert "at 0 to 1 m, 2 to 3 m" in behind([(apart, "abs_rel", low) for low in (0, 2)], 25).told
    assert behind([(model("a", SUMS[:1]), "abs_rel", 0)], 25).told == "the only image with pixels at 0 to 1 m"


def test_a_band_that_nobody_has_and_one_without_an_error_are_no_mistake():
    exact = model("a", [[[10, 0, 10]], [[20, 0, 20]]])
    assert behind([(exact, "abs_rel", 0)], 1).ids == ["s0"]
    assert behind([(exact, "abs_rel", 7)], 25).ids == []


def test_a_run_of_an_earlier_version_and_what_no_plot_shows_are_refused():
    with pytest.raises(ValueError, match="^a was evaluated by an earlier version of Plumb.*evaluate it again$"):
        behind([(evaluation("a", {"abs_rel": [0.1]}), "abs_rel", 0)], 25)
    with pytest.raises(ValueError, match="not 'rmse'"):
        behind([(model("a", SUMS), "rmse", 0)], 25)


# --- what a run keeps ---


@pytest.fixture
def dataset(dataset_name, write):
    made = make_dataset(dataset_name, write)
    add_metric_field(made, write)
    return made


@pytest.fixture
def load(fo):
    from plumb.datasets.reporting import load_evaluations

    return lambda collection, run=RUN: load_evaluations(collection, [run])[0]


def earlier(dataset, run=RUN):
    """The run as an earlier version has stored it."""
    from plumb.datasets import runs

    results = {name: value for name, value in runs.results(dataset, run).items() if name != "band_sums"}
    runs.finish(dataset, run, **results)


def as_table(found):
    return [[band.n_pixels, band.n_images, band.abs_rel, band.delta1] for band in found]


def test_a_run_keeps_the_part_of_each_image_and_anyone_can_read_it_without_the_plugin(fo, load, dataset):
    import fiftyone.core.utils as fou

    run_evaluation(dataset)
    texts = dataset.load_run_results(RUN).band_sums
    pixels = fou.deserialize_numpy_array(texts["n_pixels"], ascii=True)
    metres = [truth(number) / 1000 for number in range(len(dataset))]
    assert pixels.tolist() == [np.histogram(of[(of > 1e-3) & (of < 8)], range(9))[0].tolist() for of in metres]
    found = load(dataset)
    np.testing.assert_array_equal(found.band_sums.sum(axis=1)[:, 0], found.n_pixels)
    # Each image's own mean error is the sum of its bands, and all bands together are those of the run.
    error = found.band_sums[..., 1].sum(axis=1) / found.n_pixels
    np.testing.assert_allclose(error, found.columns["abs_rel"], rtol=1e-9)
    assert as_table(bands(found.band_sums)) == as_table(found.bands)


def test_of_a_view_the_errors_by_distance_are_those_of_its_samples(load, dataset):
    run_evaluation(dataset)
    view = dataset[1:3]
    found = load(view)
    run_evaluation(view, eval_key="alone")
    assert as_table(found.bands) == as_table(load(dataset, "plumb_evaluate__alone__dpt").bands)
    assert found.band_sums.shape == (2, 8, 3)


def test_an_evaluation_in_parts_knows_all_its_images_as_one_of_all_at_once(load, dataset):
    run_evaluation(dataset, eval_key="once")
    run_evaluation(dataset[2:])
    run_evaluation(dataset[:1])
    run_evaluation(dataset[1:3])  # one anew, one for the first time
    found, once = load(dataset), load(dataset, "plumb_evaluate__once__dpt")
    assert found.sample_ids == once.sample_ids
    np.testing.assert_array_equal(found.band_sums, once.band_sums)
    assert as_table(found.bands) == as_table(once.bands) and found.bands[3].n_pixels > 0


def test_an_evaluation_that_was_stopped_and_goes_on_knows_all_its_images(load, dataset, monkeypatch):
    from plumb import resumable
    from plumb.datasets.evaluating import evaluate_depth

    monkeypatch.setattr(resumable, "_BATCH", 1)
    job = evaluate_depth(dataset, ["dpt"])
    while next(job).done < 2:
        pass
    job.close()
    run_evaluation(dataset)
    run_evaluation(dataset, eval_key="once")
    np.testing.assert_array_equal(load(dataset).band_sums, load(dataset, "plumb_evaluate__once__dpt").band_sums)


def test_an_image_that_has_lost_its_score_is_behind_no_point(load, dataset, write):
    from plumb.depthmap import encode_millimetres

    run_evaluation(dataset, ["metric"])
    first = dataset.first().id
    dataset.set_values("metric", {first: write(encode_millimetres(truth(0)))}, key_field="id")
    with pytest.warns(UserWarning, match="1 have lost their scores.*of the 3 with a score$"):
        found = load(dataset, "plumb_evaluate_metric")
    assert first not in behind([(found, "pixels", 3)], 25).ids
    assert sum(band.n_pixels for band in found.bands) == found.band_sums[1:, :, 0].sum() > 0


def test_a_run_of_an_earlier_version_shows_its_errors_by_distance_but_no_images(load, dataset):
    run_evaluation(dataset)
    stored = as_table(load(dataset).bands)
    earlier(dataset)
    found = load(dataset)
    assert as_table(found.bands) == stored and found.band_sums is None
    assert load(dataset[:2]).bands == ()
    # More samples of it can be evaluated, and all of them again.
    run_evaluation(dataset[:2])
    assert load(dataset).band_sums is None
    run_evaluation(dataset)
    assert load(dataset).band_sums.shape == (4, 8, 3)


def test_a_protocol_without_metres_keeps_nothing(load, dataset):
    run_evaluation(dataset, protocol="relative8")
    assert dataset.load_run_results(RUN).band_sums is None and load(dataset).band_sums is None


def test_the_page_of_a_run_is_not_filled_with_arrays(dataset):
    from plumb.datasets.managing import view_run

    run_evaluation(dataset)
    results = view_run(dataset, RUN)["results"]
    assert "band_sums" not in results and len(results["bands"]) == 8


# --- the panel ---


@pytest.fixture(scope="module")
def pictures(fo, tmp_path_factory):
    """Thirty evaluated samples, more than are selected at once. Nobody changes it."""
    made = make_dataset("leaderboard-distances", writer(tmp_path_factory.mktemp("maps")), 30)
    run_evaluation(made)
    yield made
    made.delete()


def test_a_point_selects_the_images_behind_it_and_these_can_be_shown_in_their_order(foo, load, pictures):
    (drawn,), _ = call("by_distance", pictures, runs=[RUN])
    assert drawn["selects"] and [band["low"] for band in drawn["bands"]] == list(range(1, 8))
    found, triggered = call("select_distances", pictures, points=[{"run": RUN, "of": "abs_rel", "low": 5}])
    sums = load(pictures).band_sums[:, 5, 1]
    expected = [pictures.values("id")[row] for row in np.argsort(-sums, kind="stable")[:25]]
    assert found["ids"] == selected_ids(triggered) == expected
    assert found["told"].startswith("the 25 of 30 images with pixels at 5 to 6 m that add most to the abs_rel of dpt (")
    # The App knows no order of what is selected: it comes from the panel's state, unless the user has changed it.
    show = partial(call, "show_selected", pictures, state=state_of(triggered))
    _, shown = show(selected=sorted(expected))
    assert shown_ids(shown) == expected and state_of(shown)["shown"]["title"] == found["told"]
    _, shown = show(selected=expected[1:])
    assert shown_ids(shown) == expected[1:] and state_of(shown)["shown"]["title"] == "the 24 selected images"


def test_of_a_view_only_its_own_images_are_selected(foo, pictures):
    view = pictures[:3]
    found, triggered = call("select_distances", pictures, view, points=[{"run": RUN, "of": "pixels", "low": 2}])
    assert set(selected_ids(triggered)) == set(view.values("id"))
    assert found["told"].startswith("all 3 images with pixels at 2 to 3 m")


def test_a_run_of_an_earlier_version_says_so_and_how_it_is_mended(foo, dataset):
    run_evaluation(dataset)
    earlier(dataset)
    (drawn,), _ = call("by_distance", dataset, runs=[RUN])
    assert drawn["bands"] and not drawn["selects"]
    with pytest.raises(AssertionError, match="earlier version of Plumb.*evaluate it again"):
        call("select_distances", dataset, points=[{"run": RUN, "of": "abs_rel", "low": 2}])
