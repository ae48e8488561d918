"""The values of every sample, as one long table and as CSV and Parquet files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from plumb.files import write_atomically
from plumb.metrics import Metric
from plumb.report import Evaluation, header

if TYPE_CHECKING:
    import pandas as pd


def per_sample(evaluations: Sequence[Evaluation]) -> pd.DataFrame:
    """One row a sample and evaluation: what it is, its metrics, scored pixels, alignment, and why a value is missing.

    A metric stands under its name with its unit, such as ``rmse [m]``: in metres and in 8-bit levels it is two columns.

    Raises:
        ValueError: there is no evaluation
    """
    import pandas as pd

    columns = _long(evaluations)
    return pd.DataFrame({**columns, "flipped": pd.array(columns["flipped"], dtype="boolean")})


def write_csv(evaluations: Sequence[Evaluation], path: str | os.PathLike) -> None:
    """Write :func:`per_sample` as CSV, units in the header; what has no value is empty."""
    write_atomically(path, per_sample(evaluations).to_csv(index=False, lineterminator="\n").encode())


def write_parquet(evaluations: Sequence[Evaluation], path: str | os.PathLike) -> None:
    """Write :func:`per_sample` as Parquet; what has no value is null.

    The metadata of a metric's column says its ``unit`` ("" for a ratio), which direction is ``better``, and has a
    ``description``.
    """
    import pyarrow as pa
    import pyarrow.parquet

    metrics = _headers(evaluations)
    arrays, fields = [], []
    for name, values in _long(evaluations).items():
        kind = {"n_valid": pa.int64(), "flipped": pa.bool_(), "scale": pa.float64(), "shift": pa.float64()}.get(name)
        kind = pa.float64() if name in metrics else kind or pa.string()
        about = asdict(metrics[name]) if name in metrics else None
        arrays.append(pa.array(values, type=kind, from_pandas=True))  # NaN becomes null
        fields.append(pa.field(name, kind, metadata=about))
    sink = pa.BufferOutputStream()
    pyarrow.parquet.write_table(pa.Table.from_arrays(arrays, schema=pa.schema(fields)), sink)
    write_atomically(path, memoryview(sink.getvalue()))


def _headers(evaluations: Sequence[Evaluation]) -> dict[str, Metric]:
    """Every metric of the evaluations by its header; one name with two units has two headers."""
    return {
        header(name, metric.unit): metric for evaluation in evaluations for name, metric in evaluation.metrics.items()
    }


def _long(evaluations: Sequence[Evaluation]) -> dict[str, Sequence[Any]]:
    """The columns of :func:`per_sample`, NaN and None where there is no value."""
    if not evaluations:
        raise ValueError("there is no evaluation to tell of: run one first")
    columns: dict[str, list[Any]] = {}
    for evaluation in evaluations:
        size = len(evaluation.sample_ids)
        found = {header(name, metric.unit): evaluation.columns[name] for name, metric in evaluation.metrics.items()}
        aligned = np.isfinite(evaluation.scale)
        rows = {
            "sample_id": evaluation.sample_ids,
            "filepath": evaluation.filepaths,
            **{name: [value] * size for name, value in evaluation.identity.items()},
            **{name: found.get(name, np.full(size, np.nan)) for name in _headers(evaluations)},
            "n_valid": np.asarray(evaluation.n_pixels).tolist(),
            "scale": evaluation.scale,
            "shift": evaluation.shift,
            "flipped": [
                bool(value) if known else None for value, known in zip(evaluation.flipped, aligned, strict=True)
            ],
            "reason": [_reason(evaluation, key) for key in evaluation.sample_ids],
        }
        for name, values in rows.items():
            columns.setdefault(name, []).extend(values)
    return columns


def _reason(evaluation: Evaluation, key: str) -> str | None:
    """Why a sample has no score, or which of its metrics have no value and why."""
    of_metrics = (
        f"{name}: {evaluation.metric_reasons[name][key]}"
        for name in evaluation.metrics
        if key in evaluation.metric_reasons.get(name, ())
    )
    return evaluation.reasons.get(key) or "; ".join(of_metrics) or None
