"""The leaderboard's Python half on real datasets: numbers of the view's samples, and which samples it shows."""

from __future__ import annotations

import pytest

from plumb import markup, report
from tests.leaderboard_calls import call, selected_ids, shown_ids, state_of
from tests.map_datasets import run_evaluation, writer
from tests.report_datasets import SAMPLES, report_dataset, without_prediction


@pytest.fixture(scope="module")
def dataset(fo, tmp_path_factory):
    """Five samples with the predictions `dpt`, `better` and `metric`; the first two evaluated. Nobody changes it."""
    made = report_dataset("leaderboard", writer(tmp_path_factory.mktemp("maps")))
    run_evaluation(made, ["dpt", "better"], group_by=["scene"])
    yield made
    made.delete()


@pytest.fixture
def changed(dataset_name, write):
    """A dataset like it, for a test to change."""
    made = report_dataset(dataset_name, write)
    run_evaluation(made, ["dpt", "better"])
    return made


@pytest.fixture
def ask(foo, dataset):
    """Call a method as the browser half does, on the dataset that nobody changes or on another one."""

    def ask(method, view=None, on=dataset, filters=None, **params):
        return call(method, on, view, request={"filters": filters}, **params)

    return ask


# What it tells


def test_the_numbers_are_those_of_the_report(ask, dataset):
    from plumb.datasets.reporting import load_evaluations

    board, _ = ask("describe")
    (block,) = board["blocks"]
    table = report.table(load_evaluations(dataset)).set_index("field")
    assert [run["field"] for run in block["runs"]] == ["dpt", "better"]
    for run in block["runs"]:
        for metric in block["metrics"]:
            column = report.header(metric["name"], metric["unit"])
            value, row = run["values"][metric["name"]], table.loc[run["field"]]
            assert (value["mean"], value["low"], value["n"]) == (row[column], row[f"{column} low"], row[f"{column} n"])
    assert (board["samples"], board["of_samples"], board["shown"], board["predictions"]) == (5, 5, None, True)


def test_of_a_view_the_numbers_are_those_of_its_samples(ask, dataset):
    from plumb.datasets.reporting import load_evaluations

    view = dataset.match({"scene": "kitchen"})
    board, _ = ask("describe", view)
    expected = load_evaluations(view, ["plumb_evaluate_dpt"])[0].statistics["rmse"]
    assert board["blocks"][0]["runs"][0]["values"]["rmse"]["mean"] == expected.mean
    assert (board["samples"], board["of_samples"]) == (3, SAMPLES)


def test_what_the_sidebar_filters_is_left_out_too(ask, dataset):
    board, _ = ask("describe", filters={"scene": {"values": ["office"], "exclude": False, "isMatching": True}})
    assert (board["samples"], board["blocks"][0]["images"]) == (2, 2)


def test_a_run_that_cannot_be_read_is_listed_with_the_reason_and_the_rest_is_there(ask, changed):
    from plumb.datasets import runs

    settings = {"pred_field": "metric", "gt_field": "gt_depth", "eval_key": None}
    runs.start(changed, "plumb_evaluate_metric", "evaluate_depth", **settings)
    board, _ = ask("describe", on=changed)
    (unread,) = board["unread"]
    assert (unread["run"], unread["field"]) == ("plumb_evaluate_metric", "metric")
    assert "still at work, or was stopped" in unread["reason"]
    assert len(board["blocks"][0]["runs"]) == 2


def test_what_cannot_be_compared_stands_apart(ask, changed):
    run_evaluation(changed, ["dpt"], protocol="relative8", eval_key="eight")
    without_prediction(changed, "better")
    for key in changed.values("id"):
        changed.set_values("metric", {key: None}, key_field="id")
    run_evaluation(changed, ["better", "metric"])
    board, _ = ask("describe", on=changed)
    told = {block["runs"][0]["name"]: block["apart"] for block in board["blocks"]}
    assert told["dpt"] is None and "relative8 in place of sunrgbd" in told["dpt (eight)"]
    assert "other images: 4 scored, of which 4 are among block A's 5" in told["better"]
    assert told["metric"] == "no image could be scored"
    assert board["blocks"][-1]["runs"][0]["reasons"] == {"no prediction in metric": SAMPLES}


def test_without_a_dataset_or_evaluations_there_is_nothing_and_no_error(ask, changed):
    assert ask("describe", on=None)[0] is None
    assert ask("stored", on=None)[0] is None
    for key in changed.list_runs():
        changed.delete_run(key)
    board, _ = ask("describe", on=changed)
    assert (board["blocks"], board["unread"], board["predictions"]) == ([], [], True)
    changed.delete_sample_fields(["dpt", "better", "metric"])
    assert ask("describe", on=changed)[0]["predictions"] is False


def test_another_view_makes_the_browser_ask_anew(ask):
    changes = [ask(event)[1]["patch_panel_data"]["data"]["changed"] for event in ("on_load", "on_change_view")]
    assert changes[0] != changes[1]


# When it is read again


def test_it_is_read_once_until_something_is_stored(ask, changed, monkeypatch):
    from plumb.datasets import leaderboard

    reads, read = [], leaderboard._read
    monkeypatch.setattr(leaderboard, "_read", lambda *of: reads.append(of) or read(*of))
    before, stored = ask("describe", on=changed)[0], ask("stored", on=changed)[0]
    ask("distribution", on=changed, runs=["plumb_evaluate_dpt"], metric="abs_rel")
    assert len(reads) == 1 and ask("stored", on=changed)[0] == stored == before["stored"]
    changed.set_values("dpt.abs_rel", [0.5] * SAMPLES)
    assert ask("stored", on=changed)[0] != stored
    assert ask("describe", on=changed)[0]["version"] != before["version"] and len(reads) == 2


def test_new_runs_deleted_samples_and_deleted_runs_are_noticed(ask, changed):
    seen = [ask("stored", on=changed)[0]]
    for change in (
        lambda: run_evaluation(changed, ["metric"]),
        lambda: changed.delete_samples([changed.first().id]),
        lambda: changed.delete_run("plumb_evaluate_dpt"),
        lambda: changed.set_values("scene", ["x"] * len(changed)),
    ):
        change()
        seen.append(ask("stored", on=changed)[0])
    assert len(set(seen)) == 5


# Copies


def test_copies_are_made_as_the_report_makes_them(ask, dataset):
    from plumb.datasets.reporting import load_evaluations
    from plumb.leaderboard import only

    metrics, runs = ["abs_rel", "delta1"], ["plumb_evaluate_better", "plumb_evaluate_dpt"]
    chosen = [only(evaluation, metrics) for evaluation in load_evaluations(dataset, runs)]
    copies = {name: ask("copy", runs=runs, metrics=metrics, format=name)[0] for name in ("markdown", "latex", "csv")}
    assert copies["markdown"] == markup.markdown(chosen) and copies["latex"] == markup.latex(chosen)
    assert "rmse" not in copies["markdown"] and "**" in copies["markdown"]
    header, *rows = copies["csv"].splitlines()
    assert header.startswith("field,eval_key,run,") and "abs_rel low" in header and "rmse" not in header
    assert [row.split(",")[0] for row in rows] == ["better", "dpt"]


# Selecting


def test_bars_points_and_groups_select_their_samples(ask, dataset):
    ids, errors, scenes = dataset.values(["id", "dpt.abs_rel", "scene"])
    middle = sorted(errors)[2]
    count, triggered = ask(
        "select_bins", metric="abs_rel", bins=[{"run": "plumb_evaluate_dpt", "low": middle, "high": None}]
    )
    expected = {key for key, error in zip(ids, errors, strict=True) if error >= middle}
    assert count == 3 and set(selected_ids(triggered)) == expected
    bars = [{"run": "plumb_evaluate_dpt", "group": "office"}, {"run": "plumb_evaluate_better", "group": "office"}]
    _, triggered = ask("select_groups", metric="abs_rel", path="scene", bars=bars)
    expected = [key for key, scene in zip(ids, scenes, strict=True) if scene == "office"]
    assert selected_ids(triggered) == expected
    _, triggered = ask("select_samples", ids=ids[3:])
    assert selected_ids(triggered) == ids[3:]


def test_samples_of_other_datasets_and_what_is_no_id_are_not_selected(ask, dataset):
    count, triggered = ask("select_samples", ids=["0" * 24, "nonsense", 7, dataset.first().id])
    assert (count, selected_ids(triggered)) == (1, [dataset.first().id])


# Showing


def test_the_worst_are_shown_worst_first_and_the_numbers_stay_those_of_all(ask, dataset):
    ids, errors = dataset.values(["id", "dpt.abs_rel"])
    count, triggered = ask("show_worst", run="plumb_evaluate_dpt", metric="abs_rel")
    worst_first = [key for _, key in sorted(zip(errors, ids, strict=True), reverse=True)]
    assert count == SAMPLES and shown_ids(triggered) == worst_first
    state = state_of(triggered)
    view = dataset.select(worst_first, ordered=True)
    board, _ = ask("describe", view, state=state)
    assert board["shown"] == "the 5 worst images of dpt by abs_rel, the worst first"


def test_shown_samples_are_a_stage_behind_the_view_which_comes_back(ask, dataset):
    view = dataset.match({"scene": "kitchen"})
    _, triggered = ask("show_worst", view, run="plumb_evaluate_dpt", metric="abs_rel")
    state, shown = state_of(triggered), view.select(shown_ids(triggered), ordered=True)
    assert len(shown_ids(triggered)) == 3
    # The numbers are of the view, another list of worst ones takes the place of the first, and the view comes back.
    board, _ = ask("describe", shown, state=state)
    assert (board["samples"], board["of_samples"]) == (3, SAMPLES) and board["shown"]
    _, triggered = ask("show_worst", shown, state=state, run="plumb_evaluate_better", metric="rmse")
    assert [stage["_cls"].rpartition(".")[2] for stage in triggered["set_view"]["view"]] == ["Match", "Select"]
    _, triggered = ask("show_all", shown, state=state)
    assert [stage["_cls"].rpartition(".")[2] for stage in triggered["set_view"]["view"]] == ["Match"]


def test_what_is_shown_is_told_by_the_view_that_the_app_has_which_it_changes_seconds_after_it_was_asked(ask, dataset):
    view = dataset.match({"scene": "kitchen"})
    _, triggered = ask("show_worst", view, run="plumb_evaluate_dpt", metric="abs_rel")
    state, shown = state_of(triggered), view.select(shown_ids(triggered), ordered=True)
    # Not there yet, so that there is no way back from it either.
    assert ask("describe", view, state=state)[0]["shown"] is None
    assert "set_view" not in ask("show_all", view, state=state)[1]
    # Asked to go back, and not there yet: the numbers are still those of the view below.
    _, triggered = ask("show_all", shown, state=state)
    assert "set_view" in triggered and "patch_panel_state" not in triggered
    board, _ = ask("describe", shown, state=state)
    assert board["shown"] and (board["samples"], board["of_samples"]) == (3, SAMPLES)
    assert ask("describe", view, state=state)[0]["shown"] is None


def test_what_the_sidebar_filters_becomes_a_part_of_the_view_for_the_app_forgets_it(ask, dataset):
    filters = {"scene": {"values": ["office"], "exclude": False, "isMatching": True}}
    _, triggered = ask("show_worst", filters=filters, run="plumb_evaluate_dpt", metric="abs_rel")
    state, stages = state_of(triggered), triggered["set_view"]["view"]
    assert len(shown_ids(triggered)) == 2
    shown = fo_view(dataset, stages)
    board, _ = ask("describe", shown, state=state)
    assert (len(shown), board["samples"], bool(board["shown"])) == (2, 2, True)
    _, triggered = ask("show_all", shown, state=state)
    assert set(fo_view(dataset, triggered["set_view"]["view"]).values("scene")) == {"office"}


def fo_view(dataset, stages):
    import fiftyone as fo

    return fo.DatasetView._build(dataset, stages)


def test_a_users_own_selection_of_samples_is_a_view_like_any_other(ask, dataset):
    chosen = dataset.values("id")[:2]
    board, _ = ask(
        "describe", dataset.select(chosen, ordered=True), state={"shown": {"ids": chosen[::-1], "title": "x"}}
    )
    assert (board["samples"], board["shown"]) == (2, None)


def test_where_two_models_disagree_most_comes_first(ask, dataset):
    ids, a, b = dataset.values(["id", "dpt.rmse", "better.rmse"])
    runs = ["plumb_evaluate_dpt", "plumb_evaluate_better"]
    _, triggered = ask("show_disagreeing", runs=runs, metric="rmse")
    expected = [
        key for _, key in sorted(((abs(x - y), key) for x, y, key in zip(a, b, ids, strict=True)), reverse=True)
    ]
    assert shown_ids(triggered) == expected
    assert "rmse of dpt and better differ most" in state_of(triggered)["shown"]["title"]


def test_the_selected_samples_can_be_shown_alone(ask, dataset):
    chosen = dataset.values("id")[1:3]
    count, triggered = ask("show_selected", selected=chosen)
    assert count == 2 and shown_ids(triggered) == chosen


def test_an_evaluation_that_is_gone_is_told_in_one_sentence(ask):
    with pytest.raises(AssertionError, match="there is no evaluation 'gone' of these samples any more: refresh"):
        ask("show_worst", run="gone", metric="abs_rel")
