"""Scores as columns, and as plain types."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumb.columns import ScoreColumns
from plumb.scores import Scores, unscored

numbers = st.none() | st.floats(allow_nan=False, allow_infinity=False)
some_scores = st.builds(
    Scores,
    metrics=st.fixed_dictionaries({"abs_rel": numbers, "rmse": numbers}),
    reasons=st.dictionaries(st.sampled_from(["abs_rel", "rmse"]), st.text()),
    n_valid=st.integers(0, 10**6),
    n_missing=st.integers(0, 10**6),
    alignment=st.sampled_from([None, "none", "lsq_disparity"]),
    scale=numbers,
    shift=numbers,
    flipped=st.booleans(),
    bands=st.lists(st.tuples(*[st.floats(0, 1e9)] * 3), max_size=4).map(lambda rows: np.reshape(rows, (-1, 3))),
)


def scores(number, **changes):
    known = {"metrics": {"abs_rel": number / 7, "rmse": None}, "reasons": {"rmse": "no window"}, "n_valid": number}
    return Scores(**{**known, "scale": 2.0, "shift": -0.5, "bands": np.full((2, 3), float(number)), **changes})


def filled(*rows):
    columns = ScoreColumns.empty(len(rows), ("abs_rel", "rmse"), 2)
    for row, of_sample in enumerate(rows):
        columns.put(row, of_sample)
    return columns


@given(some_scores)
def test_scores_come_back_from_json_as_they_were(given_scores):
    found = Scores.from_json(json.loads(json.dumps(given_scores.to_json(), allow_nan=False)))
    assert found == given_scores
    assert found.bands.shape == given_scores.bands.shape and found.bands.dtype == np.float64
    np.testing.assert_array_equal(found.bands, given_scores.bands)


@pytest.mark.parametrize("change", [{"surplus": 1}, {"bands": None}, {"bands": [[1, 2]]}, {"bands": [["a", "b", "c"]]}])
def test_a_table_of_other_attributes_is_refused(change):
    with pytest.raises((TypeError, ValueError)):
        Scores.from_json({**scores(1).to_json(), **change})


@pytest.mark.parametrize("name", ["metrics", "reasons", "n_valid", "n_missing", "flipped", "bands"])
def test_a_table_that_lacks_an_attribute_is_refused_and_not_filled_up(name):
    table = scores(1).to_json()
    del table[name]
    with pytest.raises(ValueError, match=f"scores have .*{name}"):
        Scores.from_json(table)


def test_each_row_holds_the_scores_of_its_sample_and_nan_where_there_is_none():
    columns = filled(scores(1), unscored(("abs_rel", "rmse"), "no prediction"), scores(3, flipped=True, n_missing=5))
    np.testing.assert_array_equal(columns.metrics["abs_rel"], [1 / 7, np.nan, 3 / 7])
    assert np.isnan(columns.metrics["rmse"]).all()
    np.testing.assert_array_equal(columns.n_valid, [1, 0, 3])
    np.testing.assert_array_equal(columns.n_missing, [0, 0, 5])
    np.testing.assert_array_equal(columns.scale, [2.0, np.nan, 2.0])
    np.testing.assert_array_equal(columns.shift, [-0.5, np.nan, -0.5])
    assert columns.flipped.tolist() == [False, False, True]
    np.testing.assert_array_equal(columns.bands[:, 0, 0], [1, 0, 3])
    assert columns.scored.tolist() == [True, False, True]


def test_an_unscored_sample_has_one_reason_and_a_scored_one_reasons_by_metric():
    columns = filled(scores(1), unscored(("abs_rel", "rmse"), "no prediction"), scores(2))
    assert columns.reasons == {1: "no prediction"}
    assert columns.metric_reasons == {0: {"rmse": "no window"}, 2: {"rmse": "no window"}}


def test_a_value_of_zero_is_a_value():
    columns = filled(scores(0))
    assert columns.scored.tolist() == [True] and columns.reasons == {}


def test_columns_keep_none_of_the_objects_that_they_were_made_of():
    of_sample = scores(4)
    columns = filled(of_sample)
    of_sample.bands[:] = -1
    of_sample.metrics["abs_rel"] = -1.0
    assert columns.bands.min() == 4 and columns.metrics["abs_rel"][0] == 4 / 7
    arrays = [*columns.metrics.values(), columns.n_valid, columns.n_missing, columns.scale, columns.shift]
    assert all(array.dtype.kind in "fi" for array in arrays)  # numbers, no objects


def test_a_thousand_samples_with_fourteen_metrics_and_eight_bands_take_half_a_megabyte_at_most():
    names = [f"metric{number}" for number in range(14)]
    columns = ScoreColumns.empty(1000, names, 8)
    for row in range(1000):
        columns.put(row, Scores(dict.fromkeys(names, 1.0), bands=np.ones((8, 3))))
    held = [value for value in vars(columns).values() if isinstance(value, np.ndarray)] + list(columns.metrics.values())
    assert sum(array.nbytes for array in held) < 500_000
    assert not columns.reasons and not columns.metric_reasons


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_score_that_is_not_finite_is_refused_before_anything_stores_it(value):
    with pytest.raises(ValueError, match="is no score"):
        filled(scores(1, metrics={"abs_rel": value, "rmse": 1.0}))


def test_scores_of_other_metrics_or_bands_are_refused():
    with pytest.raises(KeyError):
        filled(scores(1, metrics={"abs_rel": 1.0}))
    with pytest.raises(ValueError):
        filled(scores(1, bands=np.ones((1, 3))))  # numpy would write the one to both


def test_no_samples_have_no_scores():
    columns = ScoreColumns.empty(0, ("abs_rel",), 8)
    assert columns.scored.shape == (0,) and not columns.reasons
