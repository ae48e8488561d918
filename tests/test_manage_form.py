"""`manage_depth_runs` as Python, as the App's server and as its form call it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.managed_datasets import EVALUATION, IMPORT, PREDICTION, SCENES, settings

NAME = "manage_depth_runs"


@pytest.fixture(scope="module")
def manage(foo):
    return foo.get_operator(f"@plumb/depth/{NAME}")


@pytest.fixture(scope="module")
def ready(ready, execute):
    """A dataset with an import, a prediction `dpt` and its evaluation; tests change only what they add."""
    execute("evaluate_depth", {"dataset": ready}, pred_fields=["dpt"])
    return ready


@pytest.fixture
def evaluated(execute, ready, manage):
    """Evaluate under a key; what is left of it goes at the end."""
    made = []

    def run(key):
        made.append(key)
        return execute("evaluate_depth", {"dataset": ready}, pred_fields=["dpt"], eval_key=key).result["dpt"]["run"]

    yield run
    ready.reload()
    for run_key in ready.list_runs():
        if run_key not in (IMPORT, PREDICTION, EVALUATION):
            manage(ready, run_key, "delete")


def called(messages):
    return [message["body"]["operator_uri"] for message in messages if message.get("body")]


def summary(messages):
    return messages[-1]["body"]["params"]["results"]["summary"]


# From Python


def test_it_says_that_it_deletes_for_good_and_that_the_risk_is_high(manage):
    assert manage.config.risk_level.value == "high"
    assert (
        "for good" in manage.config.description
        and "samples, images and runs of others stay" in manage.config.description
    )


def test_a_run_is_viewed_renamed_and_deleted_by_calls_that_return_it_as_json(ready, manage, evaluated):
    run = evaluated("a")
    viewed = manage(ready, run).result
    renamed = manage(ready, run, "rename", new_name="b").result
    deleted = manage(ready.limit(1), renamed["run"], action="delete").result
    assert [result["action"] for result in (viewed, renamed, deleted)] == ["view", "rename", "delete"]
    assert renamed["run"] == deleted["run"] == "plumb_evaluate__b__dpt"
    assert renamed["results"] == viewed["results"] and viewed["results"]["scored"] == SCENES
    ready.reload()
    assert "plumb_evaluate__b__dpt" not in ready.list_runs() and not ready.has_field("dpt.b_abs_rel")
    for result in (viewed, renamed, deleted):
        assert json.loads(json.dumps(result, allow_nan=False)) == result


@pytest.mark.parametrize("params, message", [
    ({}, "Path: run. Reason: Required property"),
    ({"run": "nothing"}, "'nothing' is no run of Plumb's"),
    ({"run": EVALUATION, "action": "drop"}, "Path: action. Reason: Invalid enum value"),
    ({"run": EVALUATION, "action": "rename"}, "Path: new_name. Reason: Required property"),
    ({"run": PREDICTION, "action": "rename", "new_name": "gt_depth"}, "has a field 'gt_depth' already"),
])  # fmt: skip
def test_a_wrong_parameter_is_one_clear_error_and_nothing_changes(ready, execute, params, message):
    before = ready.list_runs()
    with pytest.raises(Exception) as raised:
        execute(NAME, {"dataset": ready}, **params)
    assert message in str(raised.value).strip().splitlines()[-1]
    ready.reload()
    assert ready.list_runs() == before


def test_without_a_dataset_the_error_says_so(execute):
    with pytest.raises(Exception, match="There is no dataset to work on"):
        execute(NAME, run=EVALUATION)


def test_a_call_can_be_queued_for_a_worker(ready, manage):
    from fiftyone.operators.delegated import DelegatedOperationService

    queued = manage(ready, EVALUATION, "delete", delegate=True)
    assert queued.delegated
    DelegatedOperationService().delete_operation(queued.result["id"])
    ready.reload()
    assert EVALUATION in ready.list_runs()


# The form


def test_the_form_offers_the_runs_newest_first_by_kind_field_key_and_time(resolve, ready, evaluated):
    evaluated("a")
    form, valid, _ = resolve(NAME, ready)
    choices = form.type.properties["run"].view.choices
    assert not valid  # a run must be chosen
    assert [choice.value for choice in choices] == ["plumb_evaluate__a__dpt", EVALUATION, PREDICTION, IMPORT]
    assert choices[0].label.startswith("Evaluation of dpt, key a, 20")
    assert choices[2].label.startswith("Prediction of dpt by /") and choices[2].label.endswith("UTC")


def test_a_form_without_a_dataset_or_without_runs_says_so(fo, resolve, dataset_name):
    assert "There is no dataset" in resolve(NAME)[2]
    assert "has no run of Plumb's yet" in resolve(NAME, fo.Dataset(dataset_name))[2]


def test_the_form_shows_an_evaluation_with_its_means_intervals_units_protocol_counts_and_versions(
    resolve, ready, manage
):
    found = manage(ready, EVALUATION).result["results"]["statistics"]["rmse"]
    _, valid, text = resolve(NAME, ready, run=EVALUATION)
    assert valid
    for part in (
        "**Evaluation of `dpt`**",
        f"| rmse [m] | {ready.mean('dpt.rmse'):.4g} | {found['low']:.4g} to {found['high']:.4g} | ",
        "sunrgbd: ground truth raw depth",
        f"- scored: {SCENES}",
        "- gt field: gt_depth",
        "- versions: plumb 0.1.0, fiftyone ",
    ):
        assert part in text


def test_the_form_shows_where_the_maps_of_a_prediction_are_and_what_scored_them(resolve, ready):
    _, _, text = resolve(NAME, ready, run=PREDICTION)
    folder = Path(ready.first().dpt.map_path).parent
    for part in (f"- samples with its maps: {SCENES}", f"map files in `{folder}`", f"evaluated by `{EVALUATION}`"):
        assert part in text


def test_a_text_that_changes_has_another_name_because_the_app_keeps_the_first(resolve, ready):
    def names(**params):
        return {name for name in resolve(NAME, ready, **params)[0].type.properties if name.startswith("text_")}

    assert not names(run=EVALUATION) & names(run=PREDICTION)


def test_a_name_that_cannot_be_is_refused_in_the_form_and_a_good_one_is_shown_with_what_it_changes(resolve, ready):
    form, valid, _ = resolve(NAME, ready, run=PREDICTION, action="rename")
    assert not valid and form.type.properties["new_name"].required
    form, valid, _ = resolve(NAME, ready, run=PREDICTION, action="rename", new_name="gt_depth")
    assert not valid and "has a field 'gt_depth' already" in form.type.properties["new_name"].error_message
    form, valid, text = resolve(NAME, ready, run=PREDICTION, action="rename", new_name="hybrid")
    assert valid and form.view.to_json()["submit_button_label"] == "Rename"
    assert "`plumb_predict_dpt_1` becomes `plumb_predict_hybrid_1`" in text
    assert "`plumb_evaluate_dpt` becomes `plumb_evaluate_hybrid`" in text


def test_before_a_deletion_the_form_says_what_goes_and_wants_to_be_told_so_for_this_very_run(resolve, ready):
    size = sum(Path(path).stat().st_size for path in ready.values("dpt.map_path"))
    form, valid, text = resolve(NAME, ready, run=PREDICTION, action="delete")
    for part in (
        "will be deleted, for good",
        f"- {SCENES} maps of field `dpt`, with {SCENES} files of {size / 1e6:.1f} MB",
        "- the field `dpt` as a whole",
        f"- the evaluation `{EVALUATION}`",
        "Samples and images stay.",
    ):
        assert part in text
    assert not valid and form.view.to_json()["submit_button_label"] == "Delete"
    assert not resolve(NAME, ready, run=PREDICTION, action="delete", **{f"confirm_{EVALUATION}": True})[1]
    assert resolve(NAME, ready, run=PREDICTION, action="delete", **{f"confirm_{PREDICTION}": True})[1]


@pytest.mark.parametrize("action", ["rename", "delete"])
def test_while_something_is_at_work_in_the_field_the_form_says_so_and_what_to_do(resolve, ready, action):
    from plumb.datasets.claims import claim, field_claim

    with claim(field_claim(ready, "dpt"), "predict_depth into 'dpt'"):
        text = resolve(NAME, ready, run=PREDICTION, action=action)[2]
    assert "predict_depth into 'dpt' is at work already: process" in text and "wait until it has ended" in text
    assert "is at work" not in resolve(NAME, ready, run=PREDICTION, action=action)[2]


def test_a_rename_shows_that_the_uncertainty_is_renamed_too(resolve, ready):
    from plumb.datasets.runs import change_settings

    told = settings(ready, PREDICTION)
    change_settings(ready, PREDICTION, {**told, "uncertainty_field": "dpt_uncertainty"})
    text = resolve(NAME, ready, run=PREDICTION, action="rename", new_name="hybrid")[2]
    assert "`dpt` becomes `hybrid`" in text and "`dpt_uncertainty` becomes `hybrid_uncertainty`" in text
    change_settings(ready, PREDICTION, told)


def test_a_run_that_is_gone_is_a_note_in_the_form(resolve, ready):
    _, valid, text = resolve(NAME, ready, run="plumb_evaluate_gone")
    assert valid and "'plumb_evaluate_gone' is no run of Plumb's" in text


# From the App


def test_a_deletion_that_is_clicked_without_the_confirmation_does_not_happen(click, ready):
    with pytest.raises(Exception, match="Switch this on to delete"):
        click(NAME, ready, run=EVALUATION, action="delete")
    ready.reload()
    assert EVALUATION in ready.list_runs()


def test_clicked_a_deletion_says_what_is_gone_and_the_page_is_reloaded(click, ready, evaluated):
    run = evaluated("a")
    messages, error = click(NAME, ready, run=run, action="delete", **{f"confirm_{run}": True})
    assert error is None and "reload_dataset" in called(messages)
    assert summary(messages).startswith("**Deleted**") and "`plumb_evaluate__a__dpt`" in summary(messages)
    ready.reload()
    assert run not in ready.list_runs()


def test_clicked_a_rename_says_what_the_run_is_called_now_and_the_page_is_reloaded(click, ready, evaluated):
    run = evaluated("a")
    messages, _ = click(NAME, ready, run=run, action="rename", new_name="b")
    assert f"`{run}` is now **`plumb_evaluate__b__dpt`**" in summary(messages)
    assert "reload_dataset" in called(messages)


def test_clicked_a_view_shows_the_run_and_leaves_the_page_alone(click, ready):
    messages, _ = click(NAME, ready, run=EVALUATION)
    assert "**Evaluation of `dpt`**" in summary(messages)
    assert "reload_dataset" not in called(messages)
