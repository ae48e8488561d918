"""The leaderboard's tables and plots from evaluations of a few samples: what stands where, and why."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from plumb import markup, report
from plumb.leaderboard import blocks, only
from plumb.leaderboard_plots import (
    MOST_GROUPS,
    against,
    by_distance,
    by_group,
    disagreeing,
    distribution,
    in_group,
    within,
    worst,
)
from plumb.metrics import EIGHT_BIT_METRICS
from tests.small_evaluations import PROTOCOL, evaluation

NAN = math.nan


def model(field, errors, **changes):
    """abs_rel as given, delta1 the rest to 1."""
    errors = np.asarray(errors, dtype=float)
    return evaluation(field, {"abs_rel": errors, "delta1": 1 - errors}, **changes)


def plain(found):
    """As the browser gets it; NaN and numpy's types would not pass."""
    return json.loads(json.dumps(found, allow_nan=False))


# --- what stands in one block ---


def test_runs_that_compare_stand_in_one_block_with_the_numbers_of_the_report():
    runs = [
        model("a", [0.1, 0.2, 0.6]),
        model("b", [0.3, 0.1, NAN], ids=["s0", "s1", "s2"]),
        model("c", [0.1, 0.3, 0.2]),
    ]
    first, second = plain(blocks(runs))
    assert ([run["field"] for run in first["runs"]], [run["field"] for run in second["runs"]]) == (["a", "c"], ["b"])
    table = report.table(runs).set_index("field")
    for run in (*first["runs"], *second["runs"]):
        row = table.loc[run["field"]]
        assert run["values"]["abs_rel"]["mean"] == row["abs_rel"]
        assert [run["values"]["delta1"][end] for end in ("low", "high")] == [row["delta1 low"], row["delta1 high"]]
        assert (run["scored"], run["unscored"]) == (row["images scored"], row["not scored"])
        assert run["alignment"] == row["alignment"]


def test_a_block_says_its_rules_and_how_each_metric_is_to_be_read():
    (block,) = blocks([evaluation("a", {"rmse": [1.0, 2.0]})])
    assert (block["protocol"], block["truth"], block["taken"]) == (PROTOCOL, "gt_depth", "scale and shift")
    (metric,) = block["metrics"]
    assert (metric["name"], metric["unit"], metric["better"]) == ("rmse", "m", "lower")


def test_the_block_with_most_runs_comes_first_and_what_could_not_be_scored_last():
    unscored = model("none", [NAN, NAN])
    found = blocks([unscored, model("short", [0.1, NAN]), model("a", [0.1, 0.2]), model("b", [0.1, 0.2])])
    assert [[run["field"] for run in block["runs"]] for block in found] == [["a", "b"], ["short"], ["none"]]
    assert [block["key"] for block in found] == ["A", "B", "C"]
    assert found[2]["apart"] == "no image could be scored"
    assert found[2]["runs"][0]["reasons"] == {"nothing to score": 2}
    assert plain(found[2])["runs"][0]["values"]["abs_rel"] == {
        "n": 0,
        "mean": None,
        "median": None,
        "low": None,
        "high": None,
    }


def test_runs_of_one_name_are_told_apart_by_their_keys():
    found = blocks([model("a", [0.1], run="first"), model("a", [0.2], run="second")])
    assert [run["name"] for run in found[0]["runs"]] == ["a, first", "a, second"]


# --- why others stand elsewhere ---


def apart(*runs):
    return [block["apart"] for block in blocks(runs)]


def test_the_first_block_needs_no_reason():
    assert apart(model("a", [0.1]), model("b", [0.2])) == [None]


def test_another_protocol_is_named():
    other = model("b", [0.2], protocol="nyuv2: ground truth raw depth, 0.001 < g < 10 m")
    assert apart(model("a", [0.1]), other)[1] == "not beside block A: another protocol: nyuv2 in place of sunrgbd"


def test_of_one_protocol_with_other_settings_only_these_are_told():
    other = model("b", [0.2], protocol=PROTOCOL.replace("< 8 m", "< 5 m"))
    told = "not beside block A: another protocol: 0.001 < g < 5 m in place of 0.001 < g < 8 m"
    assert apart(model("a", [0.1]), other)[1] == told


def test_other_samples_are_counted():
    told = apart(model("a", [0.1, 0.2, 0.3]), model("b", [0.2, NAN, 0.1]))[1]
    assert told == "not beside block A: other images: 2 scored, of which 2 are among block A's 3"


def test_another_ground_truth_and_another_alignment_are_told():
    a, truth = model("a", [0.1]), model("b", [0.2], gt_field="filled")
    assert apart(a, truth)[1] == "not beside block A: another ground truth: filled in place of gt_depth"
    metric = model("c", [0.2], alignments=("none",))
    told = "the alignment takes nothing from the ground truth, in block A scale and shift"
    assert apart(a, metric)[1] == f"not beside block A: {told}"


def test_a_block_is_set_against_the_earlier_one_that_it_is_most_like():
    eight = {"protocol": "relative8: 8 bit", "metrics": EIGHT_BIT_METRICS}
    a, b = (evaluation(name, {"psnr": [1.0, 2.0, value]}, **eight) for name, value in (("a", 3.0), ("b", NAN)))
    told = apart(model("x", [0.1, 0.2, 0.3]), a, b)
    assert told[1].startswith("not beside block A: another protocol")
    assert told[2].startswith("not beside block B: other images: 2 scored")


# --- who is ranked ---


def ranked(*runs):
    (block,) = blocks(runs)
    return {metric["name"]: metric["ranked"] for metric in block["metrics"]}, block["unranked"]


def test_runs_are_ranked_by_what_all_have_for_the_same_images():
    a = evaluation("a", {"abs_rel": [0.1, 0.1], "boundary_f1": [0.5, NAN]})
    b = evaluation("b", {"abs_rel": [0.2, 0.2], "boundary_f1": [0.5, 0.5]})
    assert ranked(a, b) == ({"abs_rel": True, "boundary_f1": False}, None)


def test_nobody_is_ranked_alone_or_on_other_pixels_and_the_latter_is_told():
    a, b = model("a", [0.1, 0.2]), model("b", [0.2, 0.3], n_pixels=np.array([100, 90]))
    assert ranked(a) == ({"abs_rel": False, "delta1": False}, None)
    metrics, why = ranked(a, b)
    assert not any(metrics.values()) and why.startswith("none is marked as the best, for they were scored on different")


# --- copies ---


def test_a_copy_has_the_chosen_metrics_in_the_evaluations_own_order():
    run = evaluation("a", {"abs_rel": [0.1], "rmse": [1.0], "delta1": [0.9]})
    assert list(only(run, ["delta1", "abs_rel"]).metrics) == ["abs_rel", "delta1"]
    assert list(only(run, []).metrics) == list(only(run, ["psnr"]).metrics) == ["abs_rel", "rmse", "delta1"]
    assert "rmse" not in markup.markdown([only(run, ["abs_rel"])])


# --- distribution ---


def test_each_image_is_in_one_bar_and_every_bar_gives_its_images_back():
    values = np.random.default_rng(0).lognormal(-2, 0.8, 200)
    values[7] = 40.0  # far from the rest
    run = model("a", values)
    found = plain(distribution([run], "abs_rel"))
    edges, counts = found["edges"], found["runs"][0]["counts"]
    assert sum(counts) == 200 and found["above"] == 1 and edges[-1] < 10
    last = len(counts) - 1
    bars = [
        within(run, "abs_rel", None if bar == 0 else edges[bar], None if bar == last else edges[bar + 1])
        for bar in range(len(counts))
    ]
    assert [len(bar) for bar in bars] == counts
    assert sorted(key for bar in bars for key in bar) == sorted(run.sample_ids)
    assert "s7" in bars[last]


def test_a_value_on_the_end_between_two_bars_is_in_the_upper_one_alone():
    run = model("a", [0.0, 0.1, 0.2, 0.3])
    found = distribution([run], "abs_rel")
    place = found["edges"].index(0.1)
    assert "s1" in within(run, "abs_rel", 0.1, found["edges"][place + 1])
    assert "s1" not in within(run, "abs_rel", found["edges"][place - 1], 0.1)


def test_bars_have_round_ends():
    edges = distribution([model("a", np.linspace(0.031, 0.297, 100))], "abs_rel")["edges"]
    assert edges == [0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3]


def test_equal_values_and_no_values_have_a_bar_too():
    for values, total in (([0.25, 0.25], 2), ([0.0, 0.0], 2), ([NAN, NAN], 0)):
        found = plain(distribution([model("a", values)], "abs_rel"))
        assert sum(found["runs"][0]["counts"]) == total
    assert found["runs"][0]["mean"] is None


def test_a_metric_that_a_run_does_not_have_is_refused():
    with pytest.raises(ValueError, match="a has no metric 'psnr'; choose from abs_rel, delta1"):
        distribution([model("a", [0.1])], "psnr")


# --- distance, groups ---


def test_errors_by_distance_are_the_evaluations_bands_that_have_a_pixel():
    run = model("a", [0.1, 0.2], sums=[np.array([[10, 1.0, 9], [0, 0, 0], [30, 6.0, 20]])] * 2)
    (found,) = plain(by_distance([run]))
    assert [(band["low"], band["n_pixels"], band["abs_rel"]) for band in found["bands"]] == [(0, 20, 0.1), (2, 60, 0.2)]
    assert by_distance([model("b", [0.1])])[0]["bands"] == []


def test_groups_have_the_numbers_of_the_report_and_give_their_images_back():
    runs = [model("a", [0.1, 0.2, NAN], labels=["x", "y", "y"]), model("b", [0.3, 0.4, 0.5], labels=["x", "y", "y"])]
    labels = {"s0": "x", "s1": "y", "s2": "y"}
    found = plain(by_group(runs, labels, "abs_rel"))
    assert found["groups"] == ["x", "y"] and found["left_out"] == 0
    table = report.by_group(runs, "scene").set_index(["field", "group"])
    for run, field in zip(found["runs"], "ab", strict=True):
        assert [of["mean"] for of in run["statistics"]] == [table.loc[(field, group), "abs_rel"] for group in "xy"]
    assert in_group(runs[0], labels, "abs_rel", "y") == ["s1"]
    assert in_group(runs[1], labels, "abs_rel", "y") == ["s1", "s2"]


def test_a_sample_with_several_tags_is_in_each_of_their_groups_and_one_without_in_none():
    run = model("a", [0.1, 0.2, 0.3])
    labels = {"s0": ["x", "y"], "s1": [], "s2": None}
    assert by_group([run], labels, "abs_rel")["groups"] == ["(none)", "x", "y"]
    assert in_group(run, labels, "abs_rel", "y") == ["s0"] and in_group(run, labels, "abs_rel", "(none)") == [
        "s1",
        "s2",
    ]


def test_of_very_many_groups_the_largest_are_drawn():
    size = MOST_GROUPS + 10
    run = model("a", np.full(size + 2, 0.1))
    labels = {f"s{number}": f"g{min(number, size - 1):03}" for number in range(size + 2)}
    found = by_group([run], labels, "abs_rel")
    assert len(found["groups"]) == MOST_GROUPS and found["left_out"] == 10
    assert f"g{size - 1:03}" in found["groups"]


# --- one against another, and the worst ---


def test_two_runs_are_matched_by_their_samples_whatever_their_order():
    a, b = model("a", [0.1, 0.2, 0.3]), model("b", [0.6, 0.4, 0.1], ids=["s2", "s0", "s9"])
    found = plain(against(a, b, "abs_rel"))
    points = dict(zip(found["ids"], zip(found["x"], found["y"], strict=True), strict=True))
    assert points == {"s0": (0.4, 0.1), "s2": (0.6, 0.3)}
    assert found["names"] == ["s0.jpg", "s2.jpg"]
    assert (found["n"], found["left_out"], found["won"]) == (2, 2, 1.0)


def test_the_worst_come_first_in_the_direction_of_the_metric_and_those_without_a_value_never():
    run = model("a", [0.2, NAN, 0.9, 0.1])
    assert worst(run, "abs_rel", 2) == ["s2", "s0"] == worst(run, "delta1", 2)
    assert worst(run, "abs_rel", 25) == ["s2", "s0", "s3"]


def test_where_two_disagree_the_largest_difference_comes_first_whoever_is_better():
    a, b = model("a", [0.5, 0.1, 0.2, NAN]), model("b", [0.1, 0.2, 0.9, 0.1])
    assert disagreeing(a, b, "abs_rel", 25) == ["s2", "s0", "s1"]
    assert disagreeing(b, a, "abs_rel", 1) == ["s2"]
