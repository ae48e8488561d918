"""What viewing and renaming runs does to samples, fields, files and runs; test_delete.py has what deleting does."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from itertools import count

import pytest

import plumb
from tests.managed_datasets import (
    EVALUATION,
    IMPORT,
    PREDICTION,
    SCENES,
    evaluate,
    everything,
    files,
    kill,
    make_dataset,
    manage,
    predictor,
    settings,
    values,
    write_scenes,
)


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    return write_scenes(tmp_path_factory.mktemp("scenes"))


@pytest.fixture
def maps(tmp_path):
    return tmp_path / "maps"


@pytest.fixture
def predict(fo, model, maps):
    return predictor(model, maps)


@pytest.fixture
def dataset(dataset_name, scenes, maps, predict):
    return make_dataset(dataset_name, scenes, maps, predict)


# View


def test_a_view_of_an_evaluation_has_its_rules_versions_means_and_failures_as_json(dataset):
    dataset.set_values("dpt", {dataset.last().id: None}, key_field="id")
    means = evaluate(dataset, eval_key="new")["dpt"]
    view = manage(dataset, "plumb_evaluate__new__dpt")
    assert (view["kind"], view["field"], view["fields"]) == ("evaluate_depth", "dpt", ["dpt", "gt_depth"])
    assert (view["finished"], view["renaming"], view["samples"]) == (True, None, SCENES - 1)
    assert view["settings"]["protocol"]["name"] == "sunrgbd" and view["settings"]["units"]["rmse"] == "m"
    assert view["versions"]["plumb"] == plumb.__version__
    assert view["results"]["mean"]["abs_rel"] == means["abs_rel"]
    assert view["failures"] == 1
    assert view["first_failures"] == [{"name": dataset.last().filepath, "reason": "no prediction in dpt"}]
    assert json.loads(json.dumps(view, allow_nan=False)) == view
    age = datetime.utcnow() - datetime.strptime(view["when"], "%Y-%m-%dT%H:%M:%SZ")
    assert timedelta(0) <= age < timedelta(hours=1)


def test_a_view_of_an_import_or_a_prediction_says_where_its_maps_are_and_what_was_scored_with_them(dataset, maps):
    evaluate(dataset)
    for run, field in ((IMPORT, "gt_depth"), (PREDICTION, "dpt")):
        view = manage(dataset, run)
        assert (view["field"], view["samples"], view["evaluations"]) == (field, SCENES, [EVALUATION])
        assert view["folders"] == [str(maps / dataset.name / field / run)]
    assert view["results"] == {"predicted": SCENES, "existing": 0, "batch_size": 2}


def test_a_run_that_was_stopped_is_viewed_as_not_finished_with_the_maps_that_it_wrote(dataset, model, maps):
    from plumb.datasets.predicting import predict_depth

    job = predict_depth(dataset, model, "stopped", maps_dir=maps)
    next(job), next(job)
    job.close()
    view = manage(dataset, "plumb_predict_stopped_1")
    assert (view["finished"], view["samples"], view["results"]) == (False, 1, {})


def test_runs_are_listed_newest_first_and_those_of_others_neither_listed_nor_touched(fo, dataset):
    from plumb.datasets.runs import all_runs

    evaluate(dataset)
    for key in ("somebodys", "plumb_tree"):
        config = dataset.init_run()
        config.method = "orchard/harvest"
        dataset.register_run(key, config)
    assert [run.key for run in all_runs(dataset)] == [EVALUATION, PREDICTION, IMPORT]
    for action in (["view"], ["rename", "apple"], ["delete"]):
        for key in ("somebodys", "plumb_tree", "never_was"):
            with pytest.raises(ValueError, match=f"'{key}' is no run of Plumb's.*its runs: {EVALUATION}, {PREDICTION}"):
                manage(dataset, key, *action)
    assert {"somebodys", "plumb_tree"} < set(dataset.list_runs())


def test_an_unknown_action_and_a_rename_without_a_name_are_refused(dataset):
    with pytest.raises(ValueError, match="view, rename, delete, not 'drop'"):
        manage(dataset, PREDICTION, "drop")
    with pytest.raises(ValueError, match="give its new name"):
        manage(dataset, PREDICTION, "rename")


# Rename an evaluation


def test_renaming_an_evaluation_moves_its_values_and_its_run_and_leaves_others_alone(dataset):
    evaluate(dataset, eval_key="other")
    dataset.set_values("dpt", {dataset.last().id: None}, key_field="id")
    evaluate(dataset)
    before, other = values(dataset, "dpt.abs_rel"), values(dataset, "dpt.other_abs_rel")
    description = dataset.get_field("dpt.abs_rel").description
    view = manage(dataset, EVALUATION, "rename", "new")
    assert (view["run"], view["renamed_from"]) == ("plumb_evaluate__new__dpt", EVALUATION)
    assert values(dataset, "dpt.new_abs_rel") == before and before[0] is not None
    assert dataset.get_field("dpt.new_abs_rel").description == description
    assert not dataset.has_field("dpt.abs_rel") and "abs_rel" not in dataset.first().dpt.to_dict()
    assert dataset.last().dpt is None  # no map, and the rename makes none
    assert values(dataset, "dpt.other_abs_rel") == other
    kept = settings(dataset, "plumb_evaluate__new__dpt")
    assert kept["eval_key"] == "new" and "renaming" not in kept
    assert all(path.startswith("dpt.new_") and dataset.has_field(path) for path in kept["attributes"])
    assert EVALUATION not in dataset.list_runs()


def test_a_renamed_evaluation_is_replaced_under_its_new_key_like_any_other(dataset):
    evaluate(dataset, eval_key="a")
    manage(dataset, "plumb_evaluate__a__dpt", "rename", "b")
    evaluate(dataset, eval_key="b", protocol="relative8")
    dataset.reload()
    assert dataset.has_field("dpt.b_psnr") and not dataset.has_field("dpt.b_abs_rel")


def test_an_evaluation_is_not_renamed_to_what_it_is_to_what_another_is_or_to_what_cannot_be(dataset):
    for key in ("a", "b"):
        evaluate(dataset, eval_key=key)
    before = everything(dataset)
    refused = {"a": "already", "b": "'b' is taken: there is plumb_evaluate__b__dpt", "my key": "letters and digits"}
    for name, reason in refused.items():
        with pytest.raises(ValueError, match=reason):
            manage(dataset, "plumb_evaluate__a__dpt", "rename", name)
    assert everything(dataset) == before


def test_values_of_an_evaluation_that_lost_its_run_are_not_overwritten(dataset):
    evaluate(dataset, eval_key="lost")
    dataset.delete_run("plumb_evaluate__lost__dpt")
    evaluate(dataset)
    with pytest.raises(ValueError, match="'lost' is taken: there is dpt.lost_abs_rel"):
        manage(dataset, EVALUATION, "rename", "lost")


# Rename a field with all that hangs on it


def test_renaming_a_prediction_renames_its_field_with_all_runs_evaluations_and_colours(fo, dataset, predict, maps):
    predict(dataset.limit(1), skip_existing=False)
    evaluate(dataset)
    evaluate(dataset, eval_key="k")
    scales = [{"path": path, "name": "turbo", "list": None} for path in ("dpt", "dpt_large", "gt_depth")]
    dataset.app_config.color_scheme.colorscales = scales
    dataset.save()
    scores, paths, stored = values(dataset, "dpt.k_rmse"), values(dataset, "dpt.map_path"), files(maps)

    assert manage(dataset, PREDICTION, "rename", "hybrid")["run"] == "plumb_predict_hybrid_1"
    assert set(dataset.list_runs()) == {
        IMPORT, "plumb_predict_hybrid_1", "plumb_predict_hybrid_2", "plumb_evaluate_hybrid", "plumb_evaluate__k__hybrid"
    }  # fmt: skip
    assert not dataset.has_field("dpt")
    assert (values(dataset, "hybrid.k_rmse"), values(dataset, "hybrid.map_path")) == (scores, paths)
    assert files(maps) == stored
    assert values(dataset, "hybrid.run") == ["plumb_predict_hybrid_2"] + ["plumb_predict_hybrid_1"] * (SCENES - 1)
    kept = settings(dataset, "plumb_evaluate__k__hybrid")
    assert (kept["pred_field"], kept["gt_field"]) == ("hybrid", "gt_depth")
    assert set(kept["prediction_runs"]) == {"plumb_predict_hybrid_1", "plumb_predict_hybrid_2"}
    assert all(dataset.has_field(path) for path in kept["attributes"])
    assert [scale["path"] for scale in dataset.app_config.color_scheme.colorscales] == [
        "hybrid",
        "dpt_large",
        "gt_depth",
    ]
    assert "hybrid" in dataset.app_config.active_fields.paths


def test_a_renamed_prediction_goes_on_where_it_was_and_its_old_name_is_free(dataset, predict):
    manage(dataset, PREDICTION, "rename", "hybrid")
    assert predict(dataset, "hybrid").existing == SCENES
    again = predict(dataset, "dpt")
    assert (again.run, again.predicted) == (PREDICTION, SCENES)
    assert not {*values(dataset, "dpt.map_path")} & {*values(dataset, "hybrid.map_path")}
    assert evaluate(dataset, "dpt", "hybrid").keys() == {"dpt", "hybrid"}


def test_renaming_an_import_renames_its_field_and_evaluations_follow(dataset):
    evaluate(dataset)
    manage(dataset, IMPORT, "rename", "truth")
    assert settings(dataset, "plumb_import_truth_1")["gt_field"] == "truth"
    assert settings(dataset, EVALUATION)["gt_field"] == "truth"
    assert set(values(dataset, "truth.run")) == {"plumb_import_truth_1"}
    assert evaluate(dataset, gt_field="truth")["dpt"]["scored"] == SCENES


def test_a_field_is_not_renamed_to_one_that_is_there_or_cannot_be(dataset, predict):
    predict(dataset, "former")
    dataset.delete_sample_field("former")
    before = everything(dataset)
    refused = {"dpt": "already", "gt_depth": "has a field 'gt_depth' already", "My Field": "cannot name a field",
               "former": "of a former field 'former' there is still plumb_predict_former_1"}  # fmt: skip
    for name, reason in refused.items():
        with pytest.raises(ValueError, match=reason):
            manage(dataset, PREDICTION, "rename", name)
    assert everything(dataset) == before


# Killed in the middle


def rename_through_kills(dataset, key_of, step):
    """From the name "swept0" to "swept1" and so on, each time killed later and finished by a second call.

    Returns:
        the name at the end, of the rename that came through before it was to be killed
    """
    for number in count():
        name = f"swept{number + 1}"
        old, new = key_of(f"swept{number}"), key_of(name)
        if not kill(number * step, lambda old=old, name=name: manage(dataset, old, "rename", name)):
            return name
        dataset.reload()
        (left,) = {old, new} & {*dataset.list_runs()}
        if left == old or manage(dataset, left)["renaming"]:
            assert manage(dataset, left, "rename", name)["run"] == new


def under_old_name(told, name):
    """What `everything` told, with "swept0" for the name that a sweep ended with."""
    samples, schema, runs, colors = json.loads(json.dumps(told).replace(name, "swept0"))
    for kept, _ in runs.values():
        kept.pop("written_as", None)
    return [samples, schema, runs, colors]


def test_a_rename_of_an_evaluation_that_was_killed_is_finished_by_the_same_again(dataset):
    dataset.set_values("dpt", {dataset.last().id: None}, key_field="id")
    evaluate(dataset, eval_key="swept0")
    evaluate(dataset, eval_key="other")
    before = everything(dataset)
    name = rename_through_kills(dataset, lambda name: f"plumb_evaluate__{name}__dpt", step=3)
    assert int(name.removeprefix("swept")) > 3
    assert under_old_name(everything(dataset), name) == before


def test_a_rename_of_a_field_that_was_killed_is_finished_by_the_same_again(dataset, predict):
    predict(dataset.limit(2), "swept0")
    evaluate(dataset, "swept0")
    evaluate(dataset, "swept0", eval_key="k")
    before = everything(dataset)
    name = rename_through_kills(dataset, lambda name: f"plumb_predict_{name}_1", step=3)
    assert int(name.removeprefix("swept")) > 3
    assert under_old_name(everything(dataset), name) == before


def test_while_a_rename_is_interrupted_nothing_else_is_done_to_its_runs(dataset):
    evaluate(dataset)
    assert kill(6, lambda: manage(dataset, PREDICTION, "rename", "hybrid"))
    before = everything(dataset)
    for run in (PREDICTION, EVALUATION):
        assert manage(dataset, run)["renaming"] == "hybrid"
        for action in (["delete"], ["rename", "other"]):
            with pytest.raises(
                ValueError, match="renaming .* to 'hybrid' was interrupted; rename it to 'hybrid' again"
            ):
                manage(dataset, run, *action)
    assert everything(dataset) == before


def test_a_rename_that_was_killed_at_its_beginning_binds_the_other_runs_of_the_field_too(dataset, predict):
    predict(dataset.limit(1), skip_existing=False)
    assert kill(2, lambda: manage(dataset, PREDICTION, "rename", "hybrid"))
    assert manage(dataset, "plumb_predict_dpt_2")["renaming"] is None  # the plan has not come to it
    with pytest.raises(ValueError, match="renaming plumb_predict_dpt_1 to 'hybrid' was interrupted"):
        manage(dataset, "plumb_predict_dpt_2", "rename", "other")
    assert manage(dataset, PREDICTION, "rename", "hybrid")["run"] == "plumb_predict_hybrid_1"
