"""What viewing and renaming runs does to samples, fields, files and runs; test_delete.py has what deleting does."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

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
    manage,
    settings,
    values,
    write_uncertainty,
)

# View


def test_a_view_of_an_evaluation_has_its_rules_versions_means_and_failures_as_json(fresh):
    fresh.set_values("dpt", {fresh.last().id: None}, key_field="id")
    means = evaluate(fresh, eval_key="new")["dpt"]
    view = manage(fresh, "plumb_evaluate__new__dpt")
    assert (view["kind"], view["field"], view["fields"]) == ("evaluate_depth", "dpt", ["dpt", "gt_depth"])
    assert (view["finished"], view["renaming"], view["samples"]) == (True, None, SCENES - 1)
    assert view["settings"]["protocol"]["name"] == "sunrgbd" and view["settings"]["units"]["rmse"] == "m"
    assert view["versions"]["plumb"] == plumb.__version__
    assert view["results"]["mean"]["abs_rel"] == means["abs_rel"]
    assert view["failures"] == 1
    assert view["first_failures"] == [{"name": fresh.last().filepath, "reason": "no prediction in dpt"}]
    assert json.loads(json.dumps(view, allow_nan=False)) == view
    age = datetime.utcnow() - datetime.strptime(view["when"], "%Y-%m-%dT%H:%M:%SZ")
    assert timedelta(0) <= age < timedelta(hours=1)


def test_a_view_of_an_import_or_a_prediction_says_where_its_maps_are_and_what_was_scored_with_them(fresh, maps):
    evaluate(fresh)
    for run, field in ((IMPORT, "gt_depth"), (PREDICTION, "dpt")):
        view = manage(fresh, run)
        assert (view["field"], view["samples"], view["evaluations"]) == (field, SCENES, [EVALUATION])
        assert view["folders"] == [str(maps / fresh.name / field / run)]
    assert view["results"] == {"predicted": SCENES, "existing": 0, "batch_size": 2}


def test_a_run_that_was_stopped_is_viewed_as_not_finished_with_the_maps_that_it_wrote(fresh, model, maps):
    from plumb.datasets.predicting import predict_depth

    job = predict_depth(fresh, model, "stopped", maps_dir=maps)
    while next(job).done < 1:
        pass
    job.close()
    view = manage(fresh, "plumb_predict_stopped_1")
    assert (view["finished"], view["samples"], view["results"]) == (False, 1, {})


def test_a_view_tells_of_the_uncertainty_and_of_the_folder_even_where_no_label_names_a_file_in_it(fresh, maps):
    folder = str(maps / fresh.name / "dpt" / PREDICTION)
    write_uncertainty(fresh, PREDICTION)
    fresh.set_values("dpt", [None] * SCENES)
    view = manage(fresh, PREDICTION)
    assert (view["samples"], view["uncertainties"], view["folders"]) == (0, SCENES, [folder])


def test_a_view_says_what_is_at_work_in_the_runs_field_and_when_it_has_ended_nothing(fresh):
    from plumb.datasets.claims import claim, field_claim

    with claim(field_claim(fresh, "dpt"), "predict_depth"), claim(field_claim(fresh, "gt_depth_2"), "another"):
        assert manage(fresh, PREDICTION)["at_work"].startswith(f"predict_depth, process {os.getpid()} on ")
        assert manage(fresh, IMPORT)["at_work"] is None
    assert manage(fresh, PREDICTION)["at_work"] is None


def test_a_token_is_neither_in_the_run_nor_in_what_is_shown_of_it(fresh, predict):
    from operators.run_page import page

    run = predict(fresh, "paid", token="r8_nobodys").run
    view = manage(fresh, run)
    assert "r8_nobodys" not in json.dumps([view, page(view), everything(fresh)])
    assert not [name for name in view["settings"] if "token" in name]


def test_runs_are_listed_newest_first_and_those_of_others_neither_listed_nor_touched(fo, fresh):
    from plumb.datasets.runs import all_runs

    evaluate(fresh)
    for key in ("somebodys", "plumb_tree"):
        config = fresh.init_run()
        config.method = "orchard/harvest"
        fresh.register_run(key, config)
    assert [run.key for run in all_runs(fresh)] == [EVALUATION, PREDICTION, IMPORT]
    for action in (["view"], ["rename", "apple"], ["delete"]):
        for key in ("somebodys", "plumb_tree", "never_was"):
            with pytest.raises(ValueError, match=f"'{key}' is no run of Plumb's.*its runs: {EVALUATION}, {PREDICTION}"):
                manage(fresh, key, *action)
    assert {"somebodys", "plumb_tree"} < set(fresh.list_runs())


def test_an_unknown_action_and_a_rename_without_a_name_are_refused(fresh):
    with pytest.raises(ValueError, match="view, rename, delete, not 'drop'"):
        manage(fresh, PREDICTION, "drop")
    with pytest.raises(ValueError, match="give its new name"):
        manage(fresh, PREDICTION, "rename")


# Rename an evaluation


def test_renaming_an_evaluation_moves_its_values_and_its_run_and_leaves_others_alone(fresh):
    evaluate(fresh, eval_key="other")
    fresh.set_values("dpt", {fresh.last().id: None}, key_field="id")
    evaluate(fresh)
    before, other = values(fresh, "dpt.abs_rel"), values(fresh, "dpt.other_abs_rel")
    description = fresh.get_field("dpt.abs_rel").description
    view = manage(fresh, EVALUATION, "rename", "new")
    assert (view["run"], view["renamed_from"]) == ("plumb_evaluate__new__dpt", EVALUATION)
    assert values(fresh, "dpt.new_abs_rel") == before and before[0] is not None
    assert fresh.get_field("dpt.new_abs_rel").description == description
    assert not fresh.has_field("dpt.abs_rel") and "abs_rel" not in fresh.first().dpt.to_dict()
    assert fresh.last().dpt is None  # no map, and the rename makes none
    assert values(fresh, "dpt.other_abs_rel") == other
    kept = settings(fresh, "plumb_evaluate__new__dpt")
    assert kept["eval_key"] == "new" and "renaming" not in kept
    assert all(path.startswith("dpt.new_") and fresh.has_field(path) for path in kept["attributes"])
    assert EVALUATION not in fresh.list_runs()


def test_a_renamed_evaluation_is_replaced_under_its_new_key_like_any_other(fresh):
    evaluate(fresh, eval_key="a")
    manage(fresh, "plumb_evaluate__a__dpt", "rename", "b")
    evaluate(fresh, eval_key="b", protocol="relative8")
    fresh.reload()
    assert fresh.has_field("dpt.b_psnr") and not fresh.has_field("dpt.b_abs_rel")


def test_an_evaluation_is_not_renamed_to_what_it_is_to_what_another_is_or_to_what_cannot_be(fresh):
    for key in ("a", "b"):
        evaluate(fresh, eval_key=key)
    before = everything(fresh)
    refused = {"a": "already", "b": "'b' is taken: there is plumb_evaluate__b__dpt", "my key": "letters and digits"}
    for name, reason in refused.items():
        with pytest.raises(ValueError, match=reason):
            manage(fresh, "plumb_evaluate__a__dpt", "rename", name)
    assert everything(fresh) == before


def test_values_of_an_evaluation_that_lost_its_run_are_not_overwritten(fresh):
    evaluate(fresh, eval_key="lost")
    fresh.delete_run("plumb_evaluate__lost__dpt")
    evaluate(fresh)
    with pytest.raises(ValueError, match="'lost' is taken: there is dpt.lost_abs_rel"):
        manage(fresh, EVALUATION, "rename", "lost")


# Rename a field with all that hangs on it


def test_renaming_a_prediction_renames_its_field_with_all_runs_evaluations_and_colours(fo, fresh, predict, maps):
    predict(fresh.limit(1), skip_existing=False)
    evaluate(fresh)
    evaluate(fresh, eval_key="k")
    scales = [{"path": path, "name": "turbo", "list": None} for path in ("dpt", "dpt_large", "gt_depth")]
    fresh.app_config.color_scheme.colorscales = scales
    fresh.save()
    scores, paths, stored = values(fresh, "dpt.k_rmse"), values(fresh, "dpt.map_path"), files(maps)

    assert manage(fresh, PREDICTION, "rename", "hybrid")["run"] == "plumb_predict_hybrid_1"
    assert set(fresh.list_runs()) == {
        IMPORT, "plumb_predict_hybrid_1", "plumb_predict_hybrid_2", "plumb_evaluate_hybrid", "plumb_evaluate__k__hybrid"
    }  # fmt: skip
    assert not fresh.has_field("dpt")
    assert (values(fresh, "hybrid.k_rmse"), values(fresh, "hybrid.map_path")) == (scores, paths)
    assert files(maps) == stored
    assert values(fresh, "hybrid.run") == ["plumb_predict_hybrid_2"] + ["plumb_predict_hybrid_1"] * (SCENES - 1)
    kept = settings(fresh, "plumb_evaluate__k__hybrid")
    assert (kept["pred_field"], kept["gt_field"]) == ("hybrid", "gt_depth")
    assert set(kept["prediction_runs"]) == {"plumb_predict_hybrid_1", "plumb_predict_hybrid_2"}
    assert all(fresh.has_field(path) for path in kept["attributes"])
    assert [scale["path"] for scale in fresh.app_config.color_scheme.colorscales] == [
        "hybrid",
        "dpt_large",
        "gt_depth",
    ]
    assert "hybrid" in fresh.app_config.active_fields.paths


def test_a_renamed_prediction_goes_on_where_it_was_and_its_old_name_is_free(fresh, predict):
    manage(fresh, PREDICTION, "rename", "hybrid")
    assert predict(fresh, "hybrid").existing == SCENES
    again = predict(fresh, "dpt")
    assert (again.run, again.predicted) == (PREDICTION, SCENES)
    assert not {*values(fresh, "dpt.map_path")} & {*values(fresh, "hybrid.map_path")}
    assert evaluate(fresh, "dpt", "hybrid").keys() == {"dpt", "hybrid"}


def test_renaming_a_prediction_renames_its_uncertainty_with_it_and_no_file(fresh, predict, maps):
    predict(fresh.limit(1), skip_existing=False)
    for run in (PREDICTION, "plumb_predict_dpt_2"):
        write_uncertainty(fresh, run)
    fresh.app_config.color_scheme.colorscales = [{"path": "dpt_uncertainty", "name": "hot", "list": None}]
    fresh.save()
    paths, stored = values(fresh, "dpt_uncertainty.map_path"), files(maps)
    folder = settings(fresh, PREDICTION)["folder"]

    manage(fresh, PREDICTION, "rename", "hybrid")
    assert not fresh.has_field("dpt_uncertainty")
    assert values(fresh, "hybrid_uncertainty.map_path") == paths and files(maps) == stored
    assert values(fresh, "hybrid_uncertainty.run") == values(fresh, "hybrid.run")
    assert set(values(fresh, "hybrid_uncertainty.uncertainty_of")) == {"hybrid"}
    for run in ("plumb_predict_hybrid_1", "plumb_predict_hybrid_2"):
        assert settings(fresh, run)["uncertainty_field"] == "hybrid_uncertainty"
    assert settings(fresh, "plumb_predict_hybrid_1")["folder"] == folder
    assert [scale["path"] for scale in fresh.app_config.color_scheme.colorscales] == ["hybrid_uncertainty"]


def test_a_field_is_not_renamed_where_that_of_its_uncertainty_cannot_be(fo, fresh):
    write_uncertainty(fresh, PREDICTION)
    fresh.add_sample_field("hybrid_uncertainty", fo.StringField)
    before = everything(fresh)
    with pytest.raises(ValueError, match="has a field 'hybrid_uncertainty' already; choose another name"):
        manage(fresh, PREDICTION, "rename", "hybrid")
    assert everything(fresh) == before


def test_a_stopped_prediction_goes_on_in_its_folder_under_its_new_name(fresh, predict, model, maps):
    from plumb.datasets.predicting import predict_depth

    job = predict_depth(fresh, model, "stopped", maps_dir=maps, batch_size=1)
    while next(job).done < 1:
        pass
    job.close()
    manage(fresh, "plumb_predict_stopped_1", "rename", "late")
    assert predict(fresh, "late").run == "plumb_predict_late_1"
    assert {Path(path).parent for path in values(fresh, "late.map_path")} == {
        maps / fresh.name / "stopped" / "plumb_predict_stopped_1"
    }


def test_while_something_is_at_work_in_the_field_or_in_the_one_of_the_new_name_nothing_is_renamed(fresh):
    from plumb.datasets.claims import Taken, claim, field_claim

    evaluate(fresh)
    before = everything(fresh)
    for field in ("dpt", "hybrid"):
        with claim(field_claim(fresh, field), f"predict_depth into '{field}'"):
            with pytest.raises(Taken, match=f"predict_depth into '{field}' is at work already: .* run this again"):
                manage(fresh, PREDICTION, "rename", "hybrid")
            if field == "dpt":
                with pytest.raises(Taken):
                    manage(fresh, EVALUATION, "rename", "key")
    assert everything(fresh) == before
    assert manage(fresh, PREDICTION, "rename", "hybrid")["field"] == "hybrid"


def test_while_a_field_is_renamed_nothing_else_begins_in_it(fresh, predict, monkeypatch):
    from plumb.datasets import runs

    refused, change = [], runs.change_settings

    def predict_meanwhile(*args):
        for field in ("dpt", "hybrid"):
            with pytest.raises(ValueError, match=f"the renaming of '{PREDICTION}' of .* is at work already"):
                predict(fresh, field)
            refused.append(field)
        monkeypatch.undo()
        change(*args)

    monkeypatch.setattr(runs, "change_settings", predict_meanwhile)
    manage(fresh, PREDICTION, "rename", "hybrid")
    assert refused == ["dpt", "hybrid"] and predict(fresh, "hybrid").existing == SCENES


def test_renaming_an_import_renames_its_field_and_evaluations_follow(fresh):
    evaluate(fresh)
    manage(fresh, IMPORT, "rename", "truth")
    assert settings(fresh, "plumb_import_truth_1")["gt_field"] == "truth"
    assert settings(fresh, EVALUATION)["gt_field"] == "truth"
    assert set(values(fresh, "truth.run")) == {"plumb_import_truth_1"}
    assert evaluate(fresh, gt_field="truth")["dpt"]["scored"] == SCENES


def test_a_field_is_not_renamed_to_one_that_is_there_or_cannot_be(fresh, predict):
    predict(fresh, "former")
    fresh.delete_sample_field("former")
    before = everything(fresh)
    refused = {"dpt": "already", "gt_depth": "has a field 'gt_depth' already", "My Field": "cannot name a field",
               "former": "of a former field 'former' there is still plumb_predict_former_1"}  # fmt: skip
    for name, reason in refused.items():
        with pytest.raises(ValueError, match=reason):
            manage(fresh, PREDICTION, "rename", name)
    assert everything(fresh) == before


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


def test_a_rename_of_an_evaluation_that_was_killed_is_finished_by_the_same_again(fresh):
    fresh.set_values("dpt", {fresh.last().id: None}, key_field="id")
    evaluate(fresh, eval_key="swept0")
    evaluate(fresh, eval_key="other")
    before = everything(fresh)
    name = rename_through_kills(fresh, lambda name: f"plumb_evaluate__{name}__dpt", step=3)
    assert int(name.removeprefix("swept")) > 3
    assert under_old_name(everything(fresh), name) == before


def test_a_rename_of_a_field_that_was_killed_is_finished_by_the_same_again(fresh, predict):
    predict(fresh.limit(2), "swept0")
    write_uncertainty(fresh, "plumb_predict_swept0_1", "swept0")
    evaluate(fresh, "swept0")
    evaluate(fresh, "swept0", eval_key="k")
    before = everything(fresh)
    name = rename_through_kills(fresh, lambda name: f"plumb_predict_{name}_1", step=5)
    assert int(name.removeprefix("swept")) > 3
    assert under_old_name(everything(fresh), name) == before


def test_while_a_rename_is_interrupted_nothing_else_is_done_to_its_runs(fresh):
    evaluate(fresh)
    assert kill(6, lambda: manage(fresh, PREDICTION, "rename", "hybrid"))
    before = everything(fresh)
    for run in (PREDICTION, EVALUATION):
        assert manage(fresh, run)["renaming"] == "hybrid"
        for action in (["delete"], ["rename", "other"]):
            with pytest.raises(
                ValueError, match="renaming .* to 'hybrid' was interrupted; rename it to 'hybrid' again"
            ):
                manage(fresh, run, *action)
    assert everything(fresh) == before


def test_a_rename_that_was_killed_at_its_beginning_binds_the_other_runs_of_the_field_too(fresh, predict):
    predict(fresh.limit(1), skip_existing=False)
    assert kill(3, lambda: manage(fresh, PREDICTION, "rename", "hybrid"))
    assert manage(fresh, "plumb_predict_dpt_2")["renaming"] is None  # the plan has not come to it
    with pytest.raises(ValueError, match="renaming plumb_predict_dpt_1 to 'hybrid' was interrupted"):
        manage(fresh, "plumb_predict_dpt_2", "rename", "other")
    assert manage(fresh, PREDICTION, "rename", "hybrid")["run"] == "plumb_predict_hybrid_1"
