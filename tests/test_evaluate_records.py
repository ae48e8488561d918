"""What `evaluate_depth` leaves out and why, what it writes into the schema, and the run that it records."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from plumb.depthmap import DepthMap, encode, encode_millimetres
from plumb.protocols import PROTOCOLS
from tests.map_datasets import (
    ALIGNMENT,
    HEIGHT,
    SAMPLES,
    WIDTH,
    guess,
    make_dataset,
    metric_fields,
    run_evaluation,
)


@pytest.fixture
def dataset(dataset_name, write):
    """Samples with a ground truth `gt_depth` and a noisy inverse depth `dpt`."""
    return make_dataset(dataset_name, write)


@pytest.fixture
def evaluate(fo):
    return run_evaluation


# What cannot be scored


def _no_prediction(dataset, write):
    dataset.set_values("dpt", {dataset.first().id: None}, key_field="id")


def _no_truth(dataset, write):
    dataset.set_values("gt_depth", {dataset.first().id: None}, key_field="id")


def _deleted(dataset, write):
    Path(dataset.first().dpt.map_path).unlink()


def _cut_off(dataset, write):
    path = Path(dataset.first().gt_depth.map_path)
    path.write_bytes(path.read_bytes()[:100])


def _other_size(dataset, write):
    label = write(encode(DepthMap(np.random.default_rng(0).random((5, 5)), "inverse_depth")))
    dataset.set_values("dpt", {dataset.first().id: label}, key_field="id")


def _empty_truth(dataset, write):
    label = write(encode_millimetres(np.zeros((HEIGHT, WIDTH), np.uint16)), "raw")
    dataset.set_values("gt_depth", {dataset.first().id: label}, key_field="id")


def _foreign(dataset, write):
    import fiftyone as fo

    dataset.set_values("dpt", {dataset.first().id: fo.Heatmap(map=np.ones((HEIGHT, WIDTH)))}, key_field="id")


def _foreign_file(dataset, write):
    import fiftyone as fo

    label = fo.Heatmap(map_path=dataset.first().dpt.map_path)
    dataset.set_values("dpt", {dataset.first().id: label}, key_field="id")


UNSCORABLE = {
    "no prediction": (_no_prediction, "no prediction in dpt"),
    "no ground truth": (_no_truth, "no ground truth in gt_depth"),
    "deleted map file": (_deleted, "No such file"),
    "cut-off map file": (_cut_off, "damaged, cut off"),
    "maps of two sizes": (_other_size, "(5, 5)"),
    "ground truth without a measurement": (_empty_truth, "no pixel of the ground truth"),
    "a map that is not Plumb's": (_foreign, "not written by Plumb"),
    "a map file that is not Plumb's": (_foreign_file, "does not say what its codes mean"),
}


@pytest.mark.parametrize("spoil, reason", UNSCORABLE.values(), ids=UNSCORABLE)
def test_a_sample_that_cannot_be_scored_has_no_values_is_counted_and_explained_and_in_no_mean(
    evaluate, dataset, write, spoil, reason
):
    spoil(dataset, write)
    dataset.reload()
    result = evaluate(dataset)["dpt"]
    assert (result["scored"], result["unscored"]) == (SAMPLES - 1, 1)
    ((said, count),) = result["reasons"].items()
    assert count == 1 and reason in said
    names = (*PROTOCOLS["sunrgbd"].metrics, "align_scale", "align_shift")
    assert all(dataset.values(f"dpt.{name}")[0] is None for name in names)
    assert all(value is not None for name in names for value in dataset.values(f"dpt.{name}")[1:])
    assert result["abs_rel"] == pytest.approx(np.mean(dataset.values("dpt.abs_rel")[1:]), rel=1e-12)
    results = dataset.load_run_results(result["run"])
    assert results.failures == {dataset.first().id: said}


def test_when_nothing_can_be_scored_every_mean_is_none_never_nan(evaluate, dataset):
    for path in dataset.values("dpt.map_path"):
        Path(path).unlink()
    result = evaluate(dataset)["dpt"]
    assert all(result[name] is None for name in PROTOCOLS["sunrgbd"].metrics)
    assert (result["scored"], result["unscored"]) == (0, SAMPLES)
    assert dataset.count("dpt.abs_rel") == 0


def test_a_score_of_before_does_not_outlive_its_map(evaluate, dataset):
    evaluate(dataset)
    Path(dataset.first().dpt.map_path).unlink()
    evaluate(dataset)
    assert dataset.first().dpt.abs_rel is None


def test_scores_on_filled_depth_are_counted(evaluate, dataset):
    sources = ["raw", "filled", "filled", "raw"]
    dataset.set_values("gt_depth.source", sources)
    result = evaluate(dataset)["dpt"]
    assert (result["on_filled"], result["scored"]) == (2, SAMPLES)
    assert dataset.load_run_results(result["run"]).on_filled == 2


def test_predictions_with_near_and_far_swapped_are_scored_marked_and_counted(evaluate, dataset, write):
    upside_down = write(encode(DepthMap(10 - guess(0), "inverse_depth")))
    dataset.set_values("dpt", {dataset.first().id: upside_down}, key_field="id")
    result = evaluate(dataset)["dpt"]
    assert (result["flipped"], result["scored"]) == (1, SAMPLES)
    assert dataset.values("dpt.flipped") == [True, False, False, False]
    assert dataset.first().dpt.align_scale <= 0


def test_values_are_never_nan_for_any_prediction_of_one_value(evaluate, dataset, write):
    flat = write(encode(DepthMap(np.full((HEIGHT, WIDTH), 0.5), "inverse_depth")))
    dataset.set_values("dpt", {dataset.first().id: flat}, key_field="id")
    result = evaluate(dataset)["dpt"]
    stored = [value for name in PROTOCOLS["sunrgbd"].metrics for value in dataset.values(f"dpt.{name}")]
    assert all(value is None or math.isfinite(value) for value in stored)
    assert all(math.isfinite(result[name]) for name in PROTOCOLS["sunrgbd"].metrics)


# The schema


def test_metrics_are_fields_that_can_be_filtered_by(fo, evaluate, dataset):
    from fiftyone import ViewField as F

    evaluate(dataset)
    values = dataset.values("dpt.abs_rel")
    middle = float(np.median(values))
    assert dataset.match(F("dpt.abs_rel") < middle).count() == sum(value < middle for value in values) == 2
    low, high = dataset.bounds("dpt.delta1")
    assert 0 <= low <= high <= 1


def test_metric_fields_have_types_and_say_metric_unit_protocol_and_alignment(fo, evaluate, dataset):
    evaluate(dataset)
    for name in PROTOCOLS["sunrgbd"].metrics:
        assert isinstance(dataset.get_field(f"dpt.{name}"), fo.FloatField)
    assert isinstance(dataset.get_field("dpt.n_valid"), fo.IntField)
    assert isinstance(dataset.get_field("dpt.flipped"), fo.BooleanField)
    said = dataset.get_field("dpt.rmse").description
    for part in (
        "root mean squared error",
        "[m]",
        "sunrgbd",
        "0.001 < g < 8 m",
        "least-squares scale and shift in inverse depth",
    ):
        assert part in said
    assert "sunrgbd" in dataset.get_field("dpt.align_scale").description


def test_the_description_follows_the_alignment(evaluate, dataset):
    from plumb.alignment import ALIGNMENTS

    evaluate(dataset, alignment="none")
    assert ALIGNMENTS["none"] in dataset.get_field("dpt.rmse").description


# The record


def test_the_run_says_fields_protocol_alignment_units_means_and_counts(evaluate, dataset):
    result = evaluate(dataset, eval_key="key", alignment="none")["dpt"]
    config = dataset.get_run_info(result["run"]).config
    assert config.method == "plumb/evaluate_depth"
    settings = config.settings
    assert (settings["pred_field"], settings["gt_field"], settings["eval_key"]) == ("dpt", "gt_depth", "key")
    assert (settings["protocol"]["name"], settings["protocol"]["max_depth"]) == ("sunrgbd", 8.0)
    assert settings["alignment"] == "none"
    assert settings["description"] == PROTOCOLS["sunrgbd"].describe("none")
    assert settings["units"]["rmse"] == "m"
    assert all(dataset.has_field(path) for path in settings["attributes"])
    assert {"plumb", "numba", "numpy"} <= set(config.versions)
    results = dataset.load_run_results(result["run"])
    assert results.mean == {name: result[name] for name in PROTOCOLS["sunrgbd"].metrics}
    assert (results.scored, results.unscored, results.failures) == (SAMPLES, 0, {})
    assert {name: of_metric["n"] for name, of_metric in results.statistics.items()} == dict.fromkeys(
        results.mean, SAMPLES
    )
    assert results.sample_ids == dataset.values("id")


def test_results_and_run_are_plain_json_without_nan(evaluate, dataset):
    Path(dataset.first().dpt.map_path).unlink()
    result = evaluate(dataset, protocol="relative8")
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    json.dumps(dataset.get_run_info("plumb_evaluate_dpt").config.serialize(), allow_nan=False)


def test_the_run_of_a_view_remembers_which_samples_it_scored(evaluate, dataset):
    ids = dataset.values("id")[1:3]
    result = evaluate(dataset.select(ids))["dpt"]
    assert dataset.load_run_view(result["run"]).values("id") == ids


def test_progress_runs_from_zero_to_all_images_and_names_the_predictions(fo, dataset):
    from plumb.datasets.evaluating import evaluate_depth

    dataset.clone_sample_field("dpt", "other")
    steps = list(evaluate_depth(dataset, ["dpt", "other"]))
    assert [step.done for step in steps] == [0, SAMPLES, SAMPLES, SAMPLES]
    assert {step.total for step in steps} == {SAMPLES}
    assert "dpt, other: 4 of 4 images scored" in steps[1].label


def test_an_evaluation_that_is_stopped_leaves_the_former_one_as_it_was(evaluate, dataset, monkeypatch):
    from plumb import resumable
    from plumb.datasets.evaluating import evaluate_depth

    evaluate(dataset)
    before, run = dataset.values("dpt.abs_rel"), dataset.load_run_results("plumb_evaluate_dpt").mean
    monkeypatch.setattr(resumable, "_BATCH", 1)
    job = evaluate_depth(dataset, ["dpt"], protocol="relative8")
    while next(job).done < 2:
        pass
    job.close()
    dataset.reload()
    assert metric_fields(dataset) == {*PROTOCOLS["sunrgbd"].metrics, *ALIGNMENT}
    assert dataset.values("dpt.abs_rel") == before
    assert dataset.load_run_results("plumb_evaluate_dpt", cache=False).mean == run


def test_scoring_a_view_again_by_the_same_settings_leaves_the_other_samples_scores_alone(evaluate, dataset):
    evaluate(dataset)
    before = dataset.values("dpt.abs_rel")
    assert evaluate(dataset[:1])["dpt"]["scored"] == 1
    assert dataset.values("dpt.abs_rel") == before


@pytest.mark.parametrize("other", [{"protocol": "relative8"}, {"protocol": "nyuv2"}, {"alignment": "median"}])
def test_scoring_a_view_by_other_settings_than_the_rest_is_refused_unless_it_has_a_key_of_its_own(
    evaluate, dataset, other
):
    evaluate(dataset)
    before = dataset.values("dpt.abs_rel")
    with pytest.raises(ValueError, match=f"{SAMPLES - 1} samples outside this view .* give an eval_key"):
        evaluate(dataset[:1], **other)
    assert dataset.values("dpt.abs_rel") == before
    assert evaluate(dataset[:1], eval_key="part", **other)["dpt"]["scored"] == 1


def test_a_view_scored_again_by_another_protocol_keeps_no_metric_of_the_first(evaluate, dataset):
    evaluate(dataset[:2])
    evaluate(dataset[:2], protocol="relative8")
    assert metric_fields(dataset) == {*PROTOCOLS["relative8"].metrics, *ALIGNMENT}
    assert dataset.count("dpt.ssim") == 2


def test_a_sample_of_a_view_that_has_lost_its_ground_truth_loses_its_scores(evaluate, dataset):
    evaluate(dataset)
    dataset.set_values("gt_depth", {dataset.first().id: None}, key_field="id")
    assert evaluate(dataset[:2])["dpt"]["unscored"] == 1
    assert dataset.values("dpt.abs_rel")[0] is None and dataset.count("dpt.abs_rel") == SAMPLES - 1


def test_scores_outside_a_view_whose_run_is_gone_are_not_mixed_with_new_ones(evaluate, dataset):
    dataset.delete_run(evaluate(dataset)["dpt"]["run"])
    with pytest.raises(ValueError, match=f"{SAMPLES - 1} samples outside this view .* not enough is known"):
        evaluate(dataset[:1])
