"""Scores on samples: the attributes of a prediction that hold them, written, counted and removed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

import fiftyone as fo
import numpy as np
from bson import ObjectId
from pymongo import UpdateOne

from plumb.columns import ScoreColumns
from plumb.datasets import fields, runs
from plumb.metrics import EIGHT_BIT_METRICS, METRICS
from plumb.protocols import Protocol

_BATCH = 1000

# Stored beside the metrics of a sample: what the alignment found, and on how many pixels.
_BESIDE = {
    "align_scale": (fo.FloatField, "scale of the alignment to the ground truth"),
    "align_shift": (fo.FloatField, "shift of the alignment to the ground truth"),
    "n_valid": (fo.IntField, "pixels that were scored"),
    "flipped": (fo.BooleanField, "the scale is not positive: near and far are swapped"),
}
_NAMES = (*dict.fromkeys([*METRICS, *EIGHT_BIT_METRICS]), *_BESIDE)
# With the key "masked", psnr would stand where masked_psnr stands without a key.
_AMBIGUOUS = sorted({long.removesuffix(f"_{name}") for long in _NAMES for name in _NAMES if long.endswith(f"_{name}")})


def check_eval_key(eval_key: str) -> None:
    """Refuse what cannot be an `eval_key`.

    Two underscores stand before the field in a run's key. A key that ends in the first word of a metric's name would
    let the value of one evaluation stand in the place of another's.

    Raises:
        ValueError: for anything but letters and digits with single underscores between, and for such an end
    """
    if not re.fullmatch(r"[a-z](_?[a-zA-Z0-9])*", eval_key):
        raise ValueError(
            f"eval_key {eval_key!r} must be letters and digits with single underscores between, beginning in lower case"
        )
    for word in _AMBIGUOUS:
        if eval_key == word or eval_key.endswith(f"_{word}"):
            raise ValueError(f"eval_key {eval_key!r} must not end in {word!r}, with which names of metrics begin")


def prefix(field: str, eval_key: str | None) -> str:
    """What stands before the name of a metric: `<field>.` or `<field>.<eval_key>_`."""
    return f"{field}.{eval_key}_" if eval_key else f"{field}."


def attributes(field: str, eval_key: str | None, rules: Protocol) -> list[str]:
    """The paths of all values that an evaluation writes."""
    return [prefix(field, eval_key) + name for name in (*rules.metrics, *_BESIDE)]


def count_outside(collection: fo.SampleCollection, field: str, eval_key: str | None) -> int:
    """How many samples outside a view have scores under this key; 0 for a whole dataset."""
    dataset, counted = collection._root_dataset, f"{prefix(field, eval_key)}n_valid"
    if isinstance(collection, fo.Dataset) or not dataset.has_field(counted):
        return 0
    return dataset.exclude(collection.values("id")).exists(counted).count()


def clear(dataset: fo.Dataset, field: str, eval_key: str | None) -> None:
    """Remove an evaluation: its run and its values, those too that have lost their run."""
    run = runs.evaluation_key(field, eval_key)
    former = runs.settings(dataset, run) or {"attributes": []}
    known = [prefix(field, eval_key) + name for name in _NAMES]
    gone = [path for path in {*former["attributes"], *known} if dataset.has_field(path)]
    if gone:
        dataset.delete_sample_fields(gone)
    if run in dataset.list_runs():
        dataset.delete_run(run)


def write(
    collection: fo.SampleCollection,
    field: str,
    eval_key: str | None,
    keys: Sequence[str],
    columns: ScoreColumns,
    rules: Protocol,
    described: str,
) -> None:
    """Put scores on samples, with what they mean into the schema.

    Args:
        keys: the samples' ids, one for each row of `columns`
        described: the protocol's line
    """
    dataset, place = collection._root_dataset, prefix(field, eval_key)
    _declare(dataset, place, rules, described)
    # A sample without a prediction has nothing to write to; one without a ground truth loses what it scored before.
    predicted = set(collection.exists(field).values("id"))
    rows = np.array([row for row, key in enumerate(keys) if key in predicted], dtype=int)
    there = [keys[row] for row in rows]
    known = ~np.isnan(columns.scale)
    values = {
        **columns.metrics,
        "align_scale": columns.scale,
        "align_shift": columns.shift,
        "n_valid": columns.n_valid,
        "flipped": np.where(known, columns.flipped, None),
    }
    table = {place + name: _plain(column[rows]) for name, column in values.items()}
    for start in range(0, len(there), _BATCH):
        _write_batch(dataset, there[start : start + _BATCH], {k: v[start : start + _BATCH] for k, v in table.items()})


def _plain(column: np.ndarray) -> list[Any]:
    """A column as the database takes it: None where there is no value, never NaN."""
    if column.dtype.kind == "f":
        return [None if np.isnan(value) else value for value in column.tolist()]
    return column.tolist()


def _write_batch(dataset: fo.Dataset, ids: list[str], table: dict[str, list[Any]]) -> None:
    """Set several fields of each sample at once.

    `set_values` writes every sample anew for each field. This is what it does for one field, with all of them in one
    update: eighteen times as fast for the eighteen values of an evaluation.
    """
    now = datetime.now(timezone.utc)
    updates = [
        UpdateOne({"_id": ObjectId(key)}, {"$set": {**dict(zip(table, row, strict=True)), "last_modified_at": now}})
        for key, row in zip(ids, zip(*table.values(), strict=True), strict=True)
    ]
    if updates:
        dataset._bulk_write(updates, ids=ids)


def _declare(dataset: fo.Dataset, place: str, rules: Protocol, described: str) -> None:
    field, _, key = place.partition(".")
    declared = {}
    for name in rules.metrics:
        metric = rules.metric(name)
        unit = f" [{metric.unit}]" if metric.unit else ""
        declared[key + name] = (fo.FloatField, f"{metric.description}{unit}. {described}")
    for name, (kind, description) in _BESIDE.items():
        declared[key + name] = (kind, f"{description}. {described}")
    fields.declare_attributes(dataset, field, declared)
