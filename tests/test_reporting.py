"""Evaluations loaded back from a dataset: what is on its samples, and nothing that is not."""

from __future__ import annotations

import math
import subprocess
import sys
import warnings
import weakref

import numpy as np
import pytest

import plumb
from plumb import figures, report
from plumb.depthmap import DepthMap, encode, encode_millimetres
from plumb.protocols import PROTOCOLS, Protocol
from plumb.statistics import aggregate
from tests.map_datasets import guess, run_evaluation, truth
from tests.report_datasets import SAMPLES, SCENES, report_dataset, with_holes, without_prediction
from tools.sandbox import ROOT


@pytest.fixture
def dataset(dataset_name, write):
    return report_dataset(dataset_name, write)


def evaluate(collection, *pred_fields, **options):
    return run_evaluation(collection, pred_fields or ["dpt"], **options)


@pytest.fixture
def load(fo):
    """Load evaluations; a warning is an error."""
    from plumb.datasets.reporting import load_evaluations

    def run(*args):
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            return load_evaluations(*args)

    return run


@pytest.fixture
def load_with_warning(fo):
    from plumb.datasets.reporting import load_evaluations

    def run(message, *args):
        with pytest.warns(UserWarning, match=message):
            return load_evaluations(*args)

    return run


# What is loaded


def test_values_are_those_on_the_samples(load, dataset):
    without_prediction(dataset)
    evaluate(dataset)
    (found,) = load(dataset)
    assert list(found.metrics) == list(PROTOCOLS["sunrgbd"].metrics)
    for name in found.metrics:
        assert [None if math.isnan(value) else value for value in found.columns[name]] == dataset.values(f"dpt.{name}")
    assert found.sample_ids == dataset.values("id") and found.filepaths == dataset.values("filepath")
    assert np.isnan(found.scale).tolist() == [number == 1 for number in range(SAMPLES)]
    assert found.scale[2] == dataset.values("dpt.align_scale")[2]
    assert found.shift[2] == dataset.values("dpt.align_shift")[2]
    assert found.n_pixels.tolist() == [count or 0 for count in dataset.values("dpt.n_valid")]


def test_predictions_with_near_and_far_swapped_are_marked(load, dataset, write):
    upside_down = write(encode(DepthMap(10 - guess(2), "inverse_depth")))
    dataset.set_values("dpt", {dataset.values("id")[2]: upside_down}, key_field="id")
    evaluate(dataset)
    (found,) = load(dataset)
    assert found.flipped.tolist() == [number == 2 for number in range(SAMPLES)] == dataset.values("dpt.flipped")


def test_a_sample_that_could_not_be_scored_has_no_value_and_its_reason(load, dataset):
    key = without_prediction(dataset)
    evaluate(dataset)
    (found,) = load(dataset)
    assert found.reasons == {key: "no prediction in dpt"}
    assert (found.counts["images scored"], found.counts["not scored"]) == (SAMPLES - 1, 1)
    assert found.statistics["abs_rel"].n == SAMPLES - 1


def test_statistics_groups_and_bands_are_those_of_the_run(load, dataset):
    result = evaluate(dataset, group_by=["scene"])["dpt"]
    (found,) = load(dataset)
    assert {name: statistic.mean for name, statistic in found.statistics.items()} == {
        name: result[name] for name in found.metrics
    }
    assert [found.statistics["rmse"].low, found.statistics["rmse"].high] == result["intervals"]["rmse"]
    assert {group: of["abs_rel"].n for group, of in found.groups["scene"].items()} == {"kitchen": 3, "office": 2}
    assert sum(band.n_pixels for band in found.bands) == found.n_pixels.sum()


def test_what_is_told_is_which_field_by_which_rules_in_which_units(load, dataset):
    evaluate(dataset, "dpt", "metric", alignment="robust", eval_key="new")
    dpt, metric = load(dataset)
    assert (dpt.field, dpt.eval_key, dpt.run) == ("dpt", "new", "plumb_evaluate__new__dpt")
    assert dpt.gt_field == metric.gt_field == "gt_depth"
    assert dpt.protocol == metric.protocol == PROTOCOLS["sunrgbd"].describe("robust")
    assert (dpt.alignments, metric.alignments) == (("robust_disparity",), ("robust_scale",))
    assert dpt.metrics["rmse"].unit == "m"


def test_rules_and_metrics_of_a_users_own_come_back(load, dataset):
    rules = Protocol("mine", max_depth=5.0, cap=6.0, alignment="lsq_depth", metrics=("rmse", "boundary_f1"))
    evaluate(dataset, protocol=rules)
    (found,) = load(dataset)
    assert found.protocol == rules.describe() and list(found.metrics) == ["rmse", "boundary_f1"]


def test_filled_depth_and_missing_predictions_are_counted(load, dataset, write):
    dataset.set_values("gt_depth.source", ["filled", "raw", "filled", "raw", "raw"])
    dataset.set_values("dpt", {dataset.first().id: write(encode(with_holes(0)))}, key_field="id")
    evaluate(dataset)
    (found,) = load(dataset)
    assert (found.on_filled, found.missing_pixels) == (2, 3)
    assert found.alignments == ("lsq_depth", "lsq_disparity")


def test_evaluations_of_all_keys_and_fields_come_side_by_side_the_oldest_first(load, dataset):
    evaluate(dataset, "metric", eval_key="b")
    evaluate(dataset, "dpt", protocol="relative8", eval_key="a")
    evaluate(dataset, "dpt")
    assert [found.name for found in load(dataset)] == ["metric (b)", "dpt (a)", "dpt"]
    assert [found.metrics["rmse"].unit for found in load(dataset)] == ["m", "8-bit levels", "m"]
    named = ["plumb_evaluate_dpt", "plumb_evaluate__b__metric", "plumb_evaluate_dpt"]
    assert [found.run for found in load(dataset, named)] == named[:2]


def test_a_stored_dataset_tells_the_same_when_it_is_loaded_again(fo, load, dataset, monkeypatch):
    evaluate(dataset, "dpt", "metric", group_by=["scene"])
    before = load(dataset)
    monkeypatch.setattr(fo.Dataset, "_instances", weakref.WeakValueDictionary())  # else it would be the same object
    stored = fo.load_dataset(dataset.name)
    assert stored is not dataset
    again = load(stored)
    assert report.table(again).equals(report.table(before))
    assert [found.groups for found in again] == [found.groups for found in before]
    assert [found.bands for found in again] == [found.bands for found in before]


def test_an_evaluation_that_another_process_has_stored_meanwhile_is_found(fo, load, dataset, monkeypatch):
    assert load(dataset) == []
    monkeypatch.setattr(fo.Dataset, "_instances", weakref.WeakValueDictionary())
    evaluate(fo.load_dataset(dataset.name))
    assert [found.name for found in load(dataset)] == ["dpt"]


def test_of_a_view_only_its_samples_are_loaded_and_the_statistics_are_theirs(load, dataset):
    dataset.set_values("gt_depth.source", ["filled", "raw", "filled", "raw", "raw"])
    evaluate(dataset, group_by=["scene"])
    view = dataset.match({"scene": "kitchen"}).select_fields("gt_depth")  # that hides the values changes nothing
    (found,) = load(view)
    assert found.sample_ids == view.values("id")
    columns = {name: np.array(dataset.values(f"dpt.{name}"))[[0, 2, 4]] for name in found.metrics}
    assert found.statistics == aggregate(columns, found.n_pixels, found.metrics)
    assert list(found.groups["scene"]) == ["kitchen"]
    assert found.groups["scene"]["kitchen"] == found.statistics
    assert found.on_filled == 2
    assert sum(band.n_pixels for band in found.bands) == found.n_pixels.sum()


def test_an_evaluation_of_a_view_has_the_samples_of_that_view(load, dataset):
    evaluate(dataset[1:3].sort_by("filepath", reverse=True))
    (found,) = load(dataset)
    assert found.sample_ids == dataset.values("id")[1:3] and len(found.bands) == 8
    assert found.columns["rmse"].tolist() == dataset.values("dpt.rmse")[1:3]


# What has changed since


def test_samples_that_were_deleted_are_left_out_of_all_numbers_and_that_is_said(load, load_with_warning, dataset):
    key = without_prediction(dataset)
    evaluate(dataset, group_by=["scene"])
    dataset.delete_samples([key, dataset.first().id])
    (found,) = load_with_warning(
        "^plumb_evaluate_dpt: 2 of its samples are not in the dataset any more; its statistics are of the 3 ", dataset
    )
    assert found.sample_ids == dataset.values("id") and found.reasons == {}
    assert found.statistics["rmse"].mean == pytest.approx(np.mean(dataset.values("dpt.rmse")))
    assert found.statistics["rmse"].n == 3
    assert sum(band.n_pixels for band in found.bands) == found.n_pixels.sum()
    assert {group: of["rmse"].n for group, of in found.groups["scene"].items()} == {"kitchen": 2, "office": 1}


def test_a_prediction_that_was_replaced_has_no_score_any_more_and_that_is_said(load_with_warning, dataset, write):
    evaluate(dataset)
    first = dataset.first().id
    dataset.set_values("dpt", {first: write(encode(with_holes(0)))}, key_field="id")
    (found,) = load_with_warning("1 have lost their scores, because their prediction was replaced", dataset)
    assert math.isnan(found.columns["rmse"][0]) and found.statistics["rmse"].n == SAMPLES - 1
    assert "its score is gone" in found.reasons[first]


def test_of_a_view_the_pixels_without_prediction_are_those_of_its_samples(load, load_with_warning, dataset, write):
    dataset.set_values("dpt", {key: write(encode(with_holes(0))) for key in dataset.values("id")[:2]}, key_field="id")
    evaluate(dataset)
    for view, missing in ((dataset[:2], 6), (dataset[1:], 3), (dataset[2:], 0)):
        (found,) = load(view)
        assert found.missing_pixels == missing
    dataset.set_values("dpt", {dataset.first().id: write(encode(with_holes(0)))}, key_field="id")
    (found,) = load_with_warning("1 have lost their scores", dataset)
    assert found.missing_pixels == 3  # those of a score that is gone are not counted


def test_why_a_scored_sample_lacks_a_metric_is_known_of_each_in_the_view(load, dataset, write):
    perfect = write(encode_millimetres(np.maximum(truth(0), 500)))
    first, second = dataset.values("id")[:2]
    dataset.set_values("dpt", {first: perfect, second: None}, key_field="id")
    evaluate(dataset)
    (found,) = load(dataset)
    assert list(found.metric_reasons) == ["masked_psnr"]
    assert list(found.metric_reasons["masked_psnr"]) == [first]
    assert "infinite" in found.metric_reasons["masked_psnr"][first]
    (found,) = load(dataset[1:])
    assert not any(found.metric_reasons.values())


def test_a_run_of_an_earlier_version_tells_of_missing_pixels_only_for_all_samples_and_of_no_single_metric(
    load, load_with_warning, dataset, write
):
    from plumb.datasets import runs

    dataset.set_values("dpt", {dataset.first().id: write(encode(with_holes(0)))}, key_field="id")
    run = evaluate(dataset)["dpt"]["run"]
    stored = runs.results(dataset, run)
    runs.finish(dataset, run, **{n: v for n, v in stored.items() if n not in ("n_missing", "metric_failures")})
    (found,) = load(dataset)
    assert (found.missing_pixels, found.metric_reasons) == (3, {})
    (found,) = load_with_warning("pixels without prediction are counted over all samples that it had", dataset[1:])
    assert found.missing_pixels == 3


def test_of_all_evaluations_those_that_cannot_be_loaded_are_left_out_and_that_is_said(load_with_warning, dataset):
    evaluate(dataset, "dpt", "metric")
    dataset.rename_sample_field("dpt", "other")
    (found,) = load_with_warning("left out: plumb_evaluate_dpt needs dpt.abs_rel, which", dataset)
    assert found.field == "metric"


# Errors


def test_a_run_that_is_not_there_or_no_finished_evaluation_is_one_clear_error(fo, load, dataset):
    from plumb.datasets import runs

    evaluate(dataset)
    runs.start(dataset, "plumb_predict_dpt_1", "predict_depth", field="dpt")
    stopped = {"pred_field": "metric", "gt_field": "gt_depth", "eval_key": None}
    runs.start(dataset, "plumb_evaluate_metric", "evaluate_depth", **stopped)
    for key, message in {
        "dpt": "'dpt' is no run of Plumb's in dataset .*; its runs: .*plumb_evaluate_dpt",
        "plumb_predict_dpt_1": "is a run of predict_depth; the evaluations .*: plumb_evaluate_dpt",
        "plumb_evaluate_metric": "has no results: it is still at work, or was stopped; evaluate metric again",
    }.items():
        with pytest.raises(ValueError, match=message):
            load(dataset, ["plumb_evaluate_dpt", key])
    with pytest.raises(ValueError, match="runs is a list of run keys, such as .'plumb_evaluate_dpt'."):
        load(dataset, "plumb_evaluate_dpt")


def test_an_evaluation_whose_samples_are_all_gone_or_not_in_the_view_cannot_be_loaded(load, dataset):
    run = evaluate(dataset[:2])["dpt"]["run"]
    with pytest.raises(ValueError, match="has scored none of the samples that are here"):
        load(dataset[2:], [run])
    dataset.delete_samples(dataset.values("id")[:2])
    with pytest.raises(ValueError, match="has scored none of the samples that are here"):
        load(dataset, [run])


def test_a_dataset_without_evaluations_has_none(load, dataset):
    assert load(dataset) == []


# evaluate_dataset


def test_evaluate_dataset_gives_an_evaluation_for_each_field_for_tables_and_figures(dataset):
    found = plumb.evaluate_dataset(dataset, ["dpt", "better"], group_by=["scene"])
    assert [evaluation.name for evaluation in found] == ["dpt", "better"]
    table = report.table(found)
    assert table["rmse [m]"].tolist() == pytest.approx([dataset.mean("dpt.rmse"), dataset.mean("better.rmse")])
    assert table["images scored"].tolist() == [SAMPLES, SAMPLES]
    assert set(report.by_group(found, "scene")["group"]) == set(SCENES)
    assert report.compared(*found).set_index("metric").loc["abs_rel", "won"] == 0
    for figure in (
        figures.error_by_distance(found),
        figures.histogram(found, "abs_rel"),
        figures.model_against_model(*found, "abs_rel"),
    ):
        assert figure._repr_png_().startswith(b"\x89PNG")


def test_evaluate_dataset_takes_one_field_a_protocol_and_a_view(dataset):
    rules = Protocol("mine", max_depth=5.0)
    (found,) = plumb.evaluate_dataset(
        dataset[:2], "dpt", protocol=rules, alignment="median", eval_key="k", metrics=["abs_rel"]
    )
    assert (found.name, len(found.sample_ids), list(found.metrics)) == ("dpt (k)", 2, ["abs_rel"])
    assert found.protocol == rules.describe("median")


def test_evaluate_dataset_of_the_samples_without_a_score_gives_those_that_have_one_now(dataset):
    plumb.evaluate_dataset(dataset[:2], "dpt")
    todo = dataset.exists("dpt.abs_rel", False)
    ids = todo.values("id")
    (found,) = plumb.evaluate_dataset(todo, "dpt")
    assert len(todo) == 0
    assert found.sample_ids == ids and found.scored.all()


def test_evaluate_dataset_draws_a_bar_to_its_end_only_where_it_is_wanted(dataset, capsys, caplog):
    plumb.evaluate_dataset(dataset, "dpt", progress=True)
    assert f"| 0/{SAMPLES}" in capsys.readouterr().out
    assert f"| {SAMPLES}/{SAMPLES}" in caplog.text  # FiftyOne logs a bar that is done
    caplog.clear()
    plumb.evaluate_dataset(dataset, "dpt", progress=False)
    assert capsys.readouterr().out + caplog.text == ""


def test_evaluate_dataset_of_no_samples_has_no_values(dataset):
    (found,) = plumb.evaluate_dataset(dataset.limit(0), "dpt", progress=True)
    assert found.sample_ids == [] and found.statistics["rmse"].mean is None


def test_a_wrong_parameter_of_evaluate_dataset_is_one_clear_error_and_nothing_is_drawn(dataset, capsys):
    with pytest.raises(ValueError, match="unknown protocol 'best'"):
        plumb.evaluate_dataset(dataset, "dpt", protocol="best", progress=True)
    assert capsys.readouterr().out == ""


def test_the_library_is_imported_without_fiftyone_and_without_a_compiler():
    code = "import sys, plumb; print({'fiftyone', 'numba', 'pandas', 'matplotlib', 'torch'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "set()"
    with pytest.raises(AttributeError, match="no_such_name"):
        plumb.no_such_name  # noqa: B018
