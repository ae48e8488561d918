"""Evaluations as tables: what may be ranked together, one row an evaluation, a group, a compared metric."""

import math

import numpy as np
import pytest

from plumb.metrics import EIGHT_BIT_METRICS
from plumb.report import by_group, comparable, compared, names, same_pixels, table
from tests.small_evaluations import PROTOCOL, evaluation

NAN = math.nan


# --- one evaluation ---


def test_an_evaluation_counts_what_became_of_its_samples():
    found = evaluation(
        "dpt",
        {"abs_rel": [0.1, NAN, 0.2], "rmse": [0.3, NAN, NAN]},
        flipped=np.array([True, True, False]),
        on_filled=1,
        missing_pixels=42,
    )
    assert found.scored.tolist() == [True, False, True]
    assert found.counts == {
        "images scored": 2,
        "not scored": 1,
        "flipped": 1,  # a sample that was not scored is not counted as flipped
        "on filled depth": 1,
        "pixels scored": 200,
        "pixels without prediction": 42,
    }


def test_an_evaluation_that_scored_nothing_has_zeros_and_no_error():
    assert evaluation("dpt", {"abs_rel": [NAN, NAN]}).counts["images scored"] == 0


def test_rows_that_do_not_fit_together_are_named():
    with pytest.raises(ValueError, match="plumb_evaluate_dpt: filepaths, shift must have one row for each"):
        evaluation("dpt", {"abs_rel": [0.1, 0.2]}, filepaths=["a"], shift=np.zeros(3))
    with pytest.raises(ValueError, match="a column and a statistic for each of abs_rel"):
        evaluation("dpt", {"abs_rel": [0.1, 0.2]}, statistics={})


def test_an_evaluation_is_named_by_its_field_and_key_and_by_its_run_where_that_is_not_enough():
    plain, keyed = (evaluation("dpt", {"abs_rel": [0.1]}, eval_key=key) for key in (None, "quick"))
    again = evaluation("dpt", {"abs_rel": [0.1]}, run="other_run")
    assert names([plain, keyed]) == ["dpt", "dpt (quick)"]
    assert names([plain, keyed, again]) == ["dpt, plumb_evaluate_dpt", "dpt (quick)", "dpt, other_run"]


# --- what may be ranked together ---


@pytest.mark.parametrize(
    ("changes", "together"),
    [
        ({}, True),
        ({"alignments": ("lsq_depth",)}, True),  # scale and shift, too
        ({"alignments": ("none",)}, False),
        ({"alignments": ("median",)}, False),
        ({"alignments": ("lsq_disparity", "none")}, False),  # maps of two quantities
        ({"protocol": "another"}, False),
        ({"gt_field": "gt_filled"}, False),
        ({"n_pixels": np.array([100, 99])}, True),  # in one table, but not ranked: see below
        ({"ids": ["s0", "s2"]}, False),
    ],
)
def test_only_one_protocol_and_truth_on_the_same_samples_with_as_much_taken_from_the_truth_is_comparable(
    changes, together
):
    dpt, other = evaluation("dpt", {"abs_rel": [0.1, 0.2]}), evaluation("other", {"abs_rel": [0.3, 0.2]}, **changes)
    assert comparable([dpt, other]) == ([[dpt, other]] if together else [[dpt], [other]])


def test_metric_models_and_models_given_only_the_scale_are_classes_of_their_own():
    given = [evaluation(mode, {"abs_rel": [0.1]}, alignments=(mode,)) for mode in ("median", "none", "robust_scale")]
    assert [[e.field for e in group] for group in comparable(given)] == [["median", "robust_scale"], ["none"]]


def test_samples_that_were_not_scored_do_not_make_a_difference_and_neither_does_their_order():
    a = evaluation("a", {"abs_rel": [0.1, 0.2, NAN]}, ids=["x", "y", "z"])
    b = evaluation("b", {"abs_rel": [0.1, 0.2]}, ids=["y", "x"])
    c = evaluation("c", {"abs_rel": [0.1, NAN, 0.3]}, ids=["x", "y", "z"])
    assert comparable([a, b, c]) == [[a, b], [c]]


def test_a_sample_that_was_scored_on_one_pixel_less_is_scored_on_other_pixels_and_an_unscored_one_on_none():
    a = evaluation("a", {"abs_rel": [0.1, 0.2, NAN]}, n_pixels=np.array([100, 90, 0]))
    again = evaluation("b", {"abs_rel": [0.3, 0.2]}, ids=["s1", "s0"], n_pixels=np.array([90, 100]))
    silent = evaluation("c", {"abs_rel": [0.1, 0.2, NAN]}, n_pixels=np.array([100, 89, 0]))
    assert same_pixels([a, again]) and same_pixels([a]) and same_pixels([])
    assert not same_pixels([a, again, silent])


# --- tables ---


def test_a_row_tells_what_the_evaluation_is_and_each_metric_with_unit_interval_and_number():
    dpt = evaluation("dpt", {"abs_rel": [0.1, 0.3], "rmse": [0.5, NAN]}, eval_key="quick")
    (row,) = table([dpt]).to_dict("records")
    assert (row["field"], row["eval_key"], row["run"]) == ("dpt", "quick", "plumb_evaluate_dpt")
    assert (row["protocol"], row["gt_field"], row["alignment"]) == (PROTOCOL, "gt_depth", "lsq_disparity")
    assert (row["images scored"], row["pixels scored"]) == (2, 200)
    assert (row["abs_rel"], row["abs_rel n"]) == (pytest.approx(0.2), 2)
    assert row["abs_rel low"] < 0.2 < row["abs_rel high"]
    assert (row["rmse [m]"], row["rmse [m] n"]) == (0.5, 1)
    assert math.isnan(row["rmse [m] low"])  # of one value there is no interval


def test_rmse_in_metres_and_in_grey_levels_are_two_columns():
    metres = evaluation("dpt", {"rmse": [0.5]})
    levels = evaluation("dpt", {"rmse": [40.0]}, metrics=EIGHT_BIT_METRICS, protocol="relative8", eval_key="r8")
    found = table([metres, levels])
    assert found["rmse [m]"].tolist() == pytest.approx([0.5, NAN], nan_ok=True)
    assert found["rmse [8-bit levels]"].tolist() == pytest.approx([NAN, 40.0], nan_ok=True)


def test_columns_of_numbers_are_numbers_even_where_no_value_is_known():
    found = table([evaluation("dpt", {"abs_rel": [NAN]})])
    assert found["abs_rel"].dtype == float and found["abs_rel low"].dtype == float


def test_groups_are_rows():
    labels = ["kitchen", "bath", "kitchen"]
    models = [evaluation(name, {"abs_rel": [0.1, 0.5, 0.3]}, labels=labels) for name in ("dpt", "other")]
    found = by_group(models, "scene")
    assert list(zip(found["group"], found["field"], found["abs_rel"].round(6), found["abs_rel n"], strict=True)) == [
        ("bath", "dpt", 0.5, 1),
        ("kitchen", "dpt", 0.2, 2),
        ("bath", "other", 0.5, 1),
        ("kitchen", "other", 0.2, 2),
    ]
    with pytest.raises(ValueError, match="dpt has no groups by 'sensor'; it has: scene"):
        by_group(models, "sensor")


# --- two evaluations ---


def test_two_models_are_compared_on_the_samples_that_both_scored_whatever_their_order():
    a = evaluation("a", {"abs_rel": [0.1, 0.2, 0.9], "rmse": [1.0, 1.0, 1.0]}, ids=["x", "y", "only a"])
    b = evaluation("b", {"abs_rel": [0.4, 0.1, 0.5], "delta1": [1.0, 1.0, 1.0]}, ids=["y", "x", "only b"])
    (row,) = compared(a, b).to_dict("records")  # rmse and delta1 only one of them has
    assert (row["metric"], row["better"], row["n"], row["left out"]) == ("abs_rel", "lower", 2, 2)
    assert (row["a"], row["b"], row["difference"]) == pytest.approx((0.15, 0.25, -0.1))
    assert (row["won"], row["tied"]) == (0.5, 0.5)


def test_a_comparison_says_how_many_images_the_two_were_scored_on_with_different_pixels():
    values = {"abs_rel": [0.1, 0.2, 0.3, 0.4], "rmse": [NAN, 1.0, 1.0, 1.0]}
    a = evaluation("a", values, n_pixels=np.array([100, 90, 80, 70]))
    b = evaluation("b", values, ids=["s2", "s1", "s0", "only b"], n_pixels=np.array([80, 91, 99, 70]))
    of_metric = compared(a, b).set_index("metric")
    assert of_metric["on other pixels"].to_dict() == {"abs_rel": 2, "rmse [m]": 1}  # rmse of s0 only b has
    assert set(compared(a, a)["on other pixels"]) == {0}


def test_nothing_is_compared_across_protocols_or_truths_or_without_a_common_sample():
    a = evaluation("a", {"abs_rel": [0.1]})
    with pytest.raises(ValueError, match="a and b were scored by different protocols: sunrgbd: .*; another"):
        compared(a, evaluation("b", {"abs_rel": [0.1]}, protocol="another"))
    with pytest.raises(ValueError, match="a and b were scored against different ground truths: gt_depth; gt_filled"):
        compared(a, evaluation("b", {"abs_rel": [0.1]}, gt_field="gt_filled"))
    with pytest.raises(ValueError, match="a and b have no sample in common"):
        compared(a, evaluation("b", {"abs_rel": [0.1]}, ids=["elsewhere"]))
