"""One row a sample, as CSV and Parquet."""

import csv
import math

import numpy as np
import pytest

from plumb.export import per_sample, write_csv, write_parquet
from plumb.metrics import EIGHT_BIT_METRICS
from tests.small_evaluations import PROTOCOL, evaluation

NAN = math.nan


@pytest.fixture
def evaluations():
    dpt = evaluation("dpt", {"abs_rel": [0.1, NAN], "rmse": [1 / 3, NAN]}, flipped=np.array([True, False]))
    levels = evaluation("dpt", {"rmse": [40.0, 41.0]}, metrics=EIGHT_BIT_METRICS, protocol="relative8", eval_key="r8")
    return [dpt, levels]


def test_a_row_tells_of_one_sample_by_one_evaluation(evaluations):
    found = per_sample(evaluations)
    assert list(found.columns) == [
        *("sample_id", "filepath", "field", "eval_key", "run", "gt_field", "protocol", "alignment"),
        *("abs_rel", "rmse [m]", "rmse [8-bit levels]"),
        *("n_valid", "scale", "shift", "flipped", "reason"),
    ]
    assert len(found) == 4
    scored = found.iloc[0]
    assert (scored["sample_id"], scored["filepath"], scored["field"]) == ("s0", "/images/s0.jpg", "dpt")
    assert (scored["gt_field"], scored["protocol"], scored["alignment"]) == ("gt_depth", PROTOCOL, "lsq_disparity")
    assert (scored["rmse [m]"], scored["n_valid"], scored["scale"], scored["shift"]) == (1 / 3, 100, 2.0, 0.5)
    assert scored["flipped"]


def test_a_sample_without_a_score_has_its_reason_and_no_numbers(evaluations):
    unscored = per_sample(evaluations).iloc[1]
    assert unscored["reason"] == "nothing to score"
    assert unscored[["abs_rel", "rmse [m]", "scale", "shift", "flipped"]].isna().all()
    assert unscored["n_valid"] == 0


def test_a_scored_sample_that_lacks_metrics_says_of_each_why(tmp_path):
    from pyarrow import parquet

    found = evaluation(
        "dpt",
        {"abs_rel": [0.0, 0.1, NAN], "masked_psnr": [NAN, 30.0, NAN], "boundary_f1": [NAN, 0.5, NAN]},
        metric_reasons={"boundary_f1": {"s0": "no boundary"}, "masked_psnr": {"s0": "psnr is infinite"}},
    )
    expected = ["masked_psnr: psnr is infinite; boundary_f1: no boundary", None, "nothing to score"]
    assert per_sample([found])["reason"].replace({float("nan"): None}).tolist() == expected
    write_parquet([found], tmp_path / "samples.parquet")
    assert parquet.read_table(tmp_path / "samples.parquet")["reason"].to_pylist() == expected


def test_csv_keeps_every_digit_and_leaves_what_has_no_value_empty(evaluations, tmp_path):
    write_csv(evaluations, tmp_path / "new" / "samples.csv")
    with open(tmp_path / "new" / "samples.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert float(rows[0]["rmse [m]"]) == 1 / 3
    assert (rows[0]["flipped"], rows[0]["eval_key"], rows[0]["reason"]) == ("True", "", "")
    assert (rows[1]["rmse [m]"], rows[1]["scale"], rows[1]["flipped"]) == ("", "", "")
    assert (rows[2]["rmse [m]"], rows[2]["rmse [8-bit levels]"], rows[2]["eval_key"]) == ("", "40.0", "r8")


def test_parquet_keeps_every_digit_has_nulls_and_tells_units_in_its_metadata(evaluations, tmp_path):
    from pyarrow import parquet

    write_parquet(evaluations, tmp_path / "samples.parquet")
    found = parquet.read_table(tmp_path / "samples.parquet")
    rows = found.to_pylist()
    assert rows[0]["rmse [m]"] == 1 / 3 and rows[0]["flipped"] is True and rows[0]["eval_key"] is None
    assert rows[1]["rmse [m]"] is None and rows[1]["scale"] is None and rows[1]["flipped"] is None
    assert rows[1]["n_valid"] == 0 and rows[1]["reason"] == "nothing to score"
    about = {name: found.schema.field(name).metadata for name in ("abs_rel", "rmse [m]", "rmse [8-bit levels]")}
    assert [kind[b"unit"] for kind in about.values()] == [b"", b"m", b"8-bit levels"]
    assert about["rmse [m]"][b"better"] == b"lower"
    assert about["rmse [m]"][b"description"] == b"root mean squared error"


def test_parquet_has_the_same_types_whatever_has_a_value(evaluations, tmp_path):
    from pyarrow import parquet

    nothing = evaluation("dpt", {"abs_rel": [NAN, NAN], "rmse": [NAN, NAN]})
    write_parquet([evaluations[0]], tmp_path / "some.parquet")
    write_parquet([nothing], tmp_path / "none.parquet")
    schemas = [parquet.read_schema(tmp_path / name) for name in ("some.parquet", "none.parquet")]
    assert schemas[0].equals(schemas[1], check_metadata=True)
    types = {name: str(schemas[0].field(name).type) for name in ("rmse [m]", "n_valid", "flipped", "reason")}
    assert types == {"rmse [m]": "double", "n_valid": "int64", "flipped": "bool", "reason": "string"}


def test_pandas_reads_from_parquet_the_table_that_was_written(evaluations, tmp_path):
    import pandas as pd

    write_parquet(evaluations, tmp_path / "samples.parquet")
    found, expected = pd.read_parquet(tmp_path / "samples.parquet"), per_sample(evaluations)
    assert list(found.columns) == list(expected.columns)
    assert found["rmse [m]"].equals(expected["rmse [m]"])


def test_of_no_evaluation_there_is_nothing_to_write(tmp_path):
    for write in (write_csv, write_parquet):
        with pytest.raises(ValueError, match="no evaluation"):
            write([], tmp_path / "samples")
    assert list(tmp_path.iterdir()) == []
