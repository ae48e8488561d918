"""The leaderboard where the grid shows no single samples: slices, groups by a value, patches; and saved views."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.grouped_datasets import grouped
from tests.leaderboard_calls import call, selected_ids, shown_ids, state_of
from tests.map_datasets import run_evaluation, writer
from tests.report_datasets import SAMPLES, report_dataset

DPT, BETTER = "plumb_evaluate_dpt", "plumb_evaluate_better"
SLICES = ["depth", "rgb"]


@pytest.fixture(scope="module")
def plain(fo, tmp_path_factory):
    """Five samples as they are without groups, evaluated, with objects to make patches of."""
    made = report_dataset("leaderboard-plain", writer(tmp_path_factory.mktemp("maps")))
    box = [0.1, 0.1, 0.2, 0.2]
    chairs = [[fo.Detection(label="chair", bounding_box=box) for _ in range(count)] for count in (2, 1, 0, 1, 3)]
    made.set_values("objects", [fo.Detections(detections=of_sample) for of_sample in chairs])
    run_evaluation(made, ["dpt", "better"])
    yield made
    made.delete()


@pytest.fixture(scope="module")
def groups(fo, plain):
    """The same in a slice of groups; evaluated while that slice was active, which it is not any more."""
    made = grouped("leaderboard-groups", plain)
    made.group_slice = "rgb"
    run_evaluation(made, ["dpt", "better"])
    made.group_slice = "depth"
    yield made
    made.delete()


def ids_of(groups, name):
    return groups.select_group_slices(name).values("id")


def rows_worst_first(plain, metric="abs_rel", field="dpt"):
    return np.argsort([-value for value in plain.values(f"{field}.{metric}")], kind="stable")


def means(board):
    return [
        {name: value["mean"] for name, value in run["values"].items()}
        for block in board["blocks"]
        for run in block["runs"]
    ]


def stages(triggered):
    return [stage["_cls"].rpartition(".")[2] for stage in triggered["set_view"]["view"]]


def in_grid(dataset, view, name):
    """The samples that the App's grid shows of a view, in the slice of that name."""
    from fiftyone.server.filters import GroupElementFilter, SampleFilter
    from fiftyone.server.view import get_view

    element = SampleFilter(group=GroupElementFilter(slice=name, slices=[name]))
    return get_view(dataset.name, stages=view._serialize(), sample_filter=element, pagination_data=True).values("id")


def view_of(dataset, triggered):
    import fiftyone as fo

    return fo.DatasetView._build(dataset, json.loads(json.dumps(triggered["set_view"]["view"], default=str)))


# Slices


@pytest.mark.parametrize("shown", SLICES)
def test_whatever_slice_is_looked_at_the_numbers_are_those_of_the_slice_that_was_evaluated(foo, plain, groups, shown):
    board, _ = call("describe", groups, request={"group_slice": shown})
    assert means(board) == means(call("describe", plain)[0]) and len(means(board)) == 2
    assert (board["samples"], board["of_samples"], board["counted"]) == (SAMPLES, SAMPLES, "group")
    by_scene, _ = call("by_group", groups, runs=[DPT], metric="abs_rel", path="scene", request={"group_slice": shown})
    assert by_scene == call("by_group", plain, runs=[DPT], metric="abs_rel", path="scene")[0]


@pytest.mark.parametrize("shown", SLICES)
def test_plots_select_the_groups_by_the_samples_that_the_grid_shows_of_them(foo, plain, groups, shown):
    ask, here = {"request": {"group_slice": shown}}, ids_of(groups, shown)
    order = rows_worst_first(plain)
    worst = plain.values("dpt.abs_rel")[order[1]]
    bins = [{"run": DPT, "low": worst, "high": None}]
    count, triggered = call("select_bins", groups, metric="abs_rel", bins=bins, **ask)
    assert count == 2 and set(selected_ids(triggered)) == {here[row] for row in order[:2]}
    bars = [{"run": DPT, "group": "office"}]
    _, triggered = call("select_groups", groups, metric="abs_rel", path="scene", bars=bars, **ask)
    assert selected_ids(triggered) == [
        here[row] for row, scene in enumerate(plain.values("scene")) if scene == "office"
    ]
    drawn, _ = call("against", groups, runs=[DPT, BETTER], metric="abs_rel", **ask)
    _, triggered = call("select_samples", groups, ids=drawn["ids"][1:3], **ask)
    assert selected_ids(triggered) == here[1:3]
    found, triggered = call("select_distances", groups, points=[{"run": DPT, "of": "abs_rel", "low": 3}], **ask)
    expected, _ = call("select_distances", plain, points=[{"run": DPT, "of": "abs_rel", "low": 3}])
    assert found["ids"] == selected_ids(triggered)
    assert [here.index(key) for key in found["ids"]] == [plain.values("id").index(key) for key in expected["ids"]]


@pytest.mark.parametrize("shown", SLICES)
def test_the_worst_groups_come_worst_first_in_every_slice_and_the_view_comes_back(foo, plain, groups, shown):
    ask = {"request": {"group_slice": shown}}
    count, triggered = call("show_worst", groups, run=DPT, metric="abs_rel", **ask)
    assert count == SAMPLES and stages(triggered) == ["Select"]
    view, state = view_of(groups, triggered), state_of(triggered)
    for name in SLICES:
        expected = [ids_of(groups, name)[row] for row in rows_worst_first(plain)]
        view.group_slice = name
        assert view.values("id") == expected == in_grid(groups, view, name)
    board, _ = call("describe", groups, view, state=state, **ask)
    assert board["shown"].startswith("the 5 worst images of dpt") and board["samples"] == SAMPLES
    _, triggered = call("show_all", groups, view, state=state, **ask)
    assert stages(triggered) == []


def test_selected_groups_can_be_shown_alone(foo, groups):
    chosen = ids_of(groups, "depth")[3:0:-2]
    count, triggered = call("show_selected", groups, selected=chosen, request={"group_slice": "depth"})
    assert count == 2 and view_of(groups, triggered).values("id") == chosen


def test_of_a_view_of_groups_the_numbers_are_of_these(foo, plain, groups):
    view = groups[1:3]
    board, _ = call("describe", groups, view, request={"group_slice": "depth"})
    assert means(board) == means(call("describe", plain, plain[1:3])[0])
    assert (board["samples"], board["of_samples"]) == (2, SAMPLES)
    _, triggered = call("show_worst", groups, view, run=DPT, metric="abs_rel", request={"group_slice": "depth"})
    assert stages(triggered)[-1] == "Select" and len(view_of(groups, triggered)) == 2


def test_one_slice_alone_that_was_not_evaluated_says_where_the_evaluated_samples_are(foo, groups):
    board, _ = call("describe", groups, groups.select_group_slices("depth"))
    told = "plumb_evaluate_dpt has scored none of the samples that are here, but samples of slice rgb: show the groups"
    assert board["blocks"] == [] and board["unread"][0]["reason"].startswith(told)
    board, _ = call("describe", groups, groups.select_group_slices("rgb"))
    assert [len(block["runs"]) for block in board["blocks"]] == [2]


def test_a_slice_can_be_evaluated_at_once_and_in_parts_while_another_is_active(fo, groups, dataset_name):
    from plumb.datasets.reporting import load_evaluations

    made = groups.clone(dataset_name)
    made.group_slice = "depth"
    rgb = made.select_group_slices("rgb")
    for part in (rgb, rgb[:2], rgb[1:]):
        run_evaluation(part, eval_key="once" if part is rgb else "parts")
    keys = ["plumb_evaluate__once__dpt", "plumb_evaluate__parts__dpt", DPT]
    once, parts, whole = load_evaluations(made, keys)
    assert once.statistics == parts.statistics == whole.statistics and once.statistics["rmse"].n == SAMPLES
    assert set(made.load_run_view(keys[1]).values("id")) == set(rgb.values("id"))
    # A part by another rule is refused, whichever slice is active.
    with pytest.raises(ValueError, match="3 samples outside this view have scores of 'dpt' by another setting"):
        run_evaluation(rgb[:2], eval_key="parts", alignment="median")


# Groups that a view makes by a value


def test_of_groups_by_a_value_the_numbers_are_of_all_their_samples_and_the_worst_stand_open(foo, plain):
    view = plain.group_by("scene")
    board, _ = call("describe", plain, view)
    assert means(board) == means(call("describe", plain)[0])
    assert (board["samples"], board["of_samples"], board["counted"]) == (SAMPLES, SAMPLES, "sample")
    count, triggered = call("show_worst", plain, view, run=DPT, metric="abs_rel")
    shown, expected = view_of(plain, triggered), [plain.values("id")[row] for row in rows_worst_first(plain)]
    assert count == SAMPLES and shown.values("id") == expected and shown.media_type == "image"
    state = state_of(triggered)
    assert call("describe", plain, shown, state=state)[0]["shown"]
    _, triggered = call("show_all", plain, shown, state=state)
    assert stages(triggered) == ["GroupBy"]


# Patches


def test_of_patches_the_numbers_are_of_their_pictures_which_are_selected_and_shown_by_them(foo, plain):
    view = plain.to_patches("objects")
    board, _ = call("describe", plain, view)
    pictures = plain.values("id")
    having = [pictures[row] for row in (0, 1, 3, 4)]
    assert means(board) == means(call("describe", plain, plain.select(having))[0])
    assert (board["samples"], board["of_samples"], board["counted"]) == (4, SAMPLES, "sample")
    _, triggered = call("show_worst", plain, view, run=DPT, metric="abs_rel")
    parts = dict(zip(*view.values(["id", "sample_id"]), strict=True))
    shown = [parts[key] for key in shown_ids(triggered)]
    expected = [pictures[row] for row in rows_worst_first(plain) if row != 2]
    assert list(dict.fromkeys(shown)) == expected and len(shown) == 7
    _, triggered = call("select_samples", plain, view, ids=[pictures[4]])
    assert [parts[key] for key in selected_ids(triggered)] == [pictures[4]] * 3


# Saved views


@pytest.fixture
def saved(plain):
    plain.save_view("kitchens", plain.match({"scene": "kitchen"}))
    yield plain.load_saved_view("kitchens"), {"view_name": "kitchens"}
    plain.delete_saved_view("kitchens")


def test_of_a_saved_view_the_numbers_leave_out_what_the_sidebar_filters_too(foo, plain, saved):
    view, named = saved
    board, _ = call("describe", plain, view, request=named)
    assert (board["samples"], board["of_samples"]) == (3, SAMPLES)
    chosen = view.values("id")[:1]
    filters = {"id": {"values": chosen, "exclude": False, "isMatching": True}}
    board, _ = call("describe", plain, view, request={**named, "filters": filters})
    assert board["samples"] == 1


def test_after_the_worst_of_a_saved_view_it_comes_back_by_its_name(foo, plain, saved):
    view, named = saved
    _, triggered = call("show_worst", plain, view, run=DPT, metric="abs_rel", request=named)
    shown, state = view_of(plain, triggered), state_of(triggered)
    assert stages(triggered) == ["Match", "Select"]
    # Another list in its place still knows where it came from; the App has no name for what it shows meanwhile.
    _, triggered = call("show_worst", plain, shown, state=state, run=BETTER, metric="abs_rel")
    state = state_of(triggered)
    _, triggered = call("show_all", plain, view_of(plain, triggered), state=state)
    assert triggered["set_view"] == {"name": "kitchens"}


def test_a_saved_view_that_was_deleted_meanwhile_comes_back_by_its_stages(foo, plain, saved):
    view, _ = saved
    _, triggered = call("show_worst", plain, view, run=DPT, metric="abs_rel", request={"view_name": "gone"})
    _, triggered = call("show_all", plain, view_of(plain, triggered), state=state_of(triggered))
    assert stages(triggered) == ["Match"]
