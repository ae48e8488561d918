"""Scores on samples: the attributes of a prediction that hold them, written, counted and removed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

import fiftyone as fo
import numpy as np
from bson import ObjectId
from pymongo import UpdateOne

from plumb.columns import ScoreColumns
from plumb.datasets import fields, grid, runs
from plumb.depthmap import MapFile
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
    return grid.every_slice(dataset).exclude(collection.values("id")).exists(counted).count()


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


def drop_replaced(
    collection: fo.SampleCollection,
    field: str,
    keys: Sequence[str],
    maps: Sequence[MapFile | str],
    columns: ScoreColumns,
) -> None:
    """Take back the scores of maps that are not on their samples any more: predicted anew while they were scored.

    Args:
        keys, maps: the samples' ids and what was scored of each, one for each row of `columns`
    """
    paths = dict(zip(*collection.values(["id", f"{field}.map_path"]), strict=True))
    for row, (key, map_) in enumerate(zip(keys, maps, strict=True)):
        if key not in paths:
            columns.drop(row, "the sample was deleted while it was scored")
        elif isinstance(map_, MapFile) and paths[key] != map_.path:
            columns.drop(row, f"the prediction in {field} was replaced while it was scored")


def write(
    collection: fo.SampleCollection,
    field: str,
    eval_key: str | None,
    keys: Sequence[str],
    maps: Sequence[MapFile | str],
    columns: ScoreColumns,
    rules: Protocol,
    described: str,
) -> None:
    """Put scores on samples, with what they mean into the schema.

    Args:
        keys, maps: the samples' ids and what was scored of each, one for each row of `columns`
        described: the protocol's line
    """
    dataset, place = collection._root_dataset, prefix(field, eval_key)
    _declare(dataset, place, rules, described)
    # A sample without a prediction has nothing to write to; one without a ground truth loses what it scored before.
    predicted = set(collection.exists(field).values("id"))
    rows = np.array([row for row, key in enumerate(keys) if key in predicted], dtype=int)
    known = ~np.isnan(columns.scale)
    values = {
        **columns.metrics,
        "align_scale": columns.scale,
        "align_shift": columns.shift,
        "n_valid": columns.n_valid,
        "flipped": np.where(known, columns.flipped, None),
    }
    table = {place + name: _plain(column[rows]) for name, column in values.items()}
    # A score belongs to its map: a sample whose map is another one by now is not touched.
    found = [
        {"_id": ObjectId(keys[row])} | ({f"{field}.map_path": maps[row].path} if row not in columns.reasons else {})
        for row in rows
    ]
    for start in range(0, len(found), _BATCH):
        part = slice(start, start + _BATCH)
        _write_batch(dataset, found[part], {path: column[part] for path, column in table.items()})


def read(
    dataset: fo.Dataset, field: str, eval_key: str | None, rules: Protocol, former: Mapping[str, Any]
) -> ScoreColumns:
    """The scores that samples have of a former run, in the order of its samples.

    Args:
        former: of the run's results what :func:`plumb.datasets.storing.store` needs of them, with `bands`, (N, B, 3)
            or None; all its samples are in the dataset
    """
    keys, place = former["sample_ids"], prefix(field, eval_key)
    names = (*rules.metrics, "align_scale", "align_shift", "n_valid", "flipped")
    ids, *stored = grid.every_slice(dataset).select(keys).values(["id", *(place + name for name in names)])
    order = {key: row for row, key in enumerate(ids)}
    rows = [order[key] for key in keys]
    values = {name: [column[row] for row in rows] for name, column in zip(names, stored, strict=True)}
    numbers = {name: np.array([np.nan if v is None else v for v in values[name]], float) for name in names[:-2]}
    row_of = {key: row for row, key in enumerate(keys)}
    metric_reasons: dict[int, dict[str, str]] = {}
    for name, reasons in former["metric_failures"].items():
        for reason, found in reasons.items():
            for key in found:
                metric_reasons.setdefault(row_of[key], {})[name] = reason
    return ScoreColumns(
        metrics={name: numbers[name] for name in rules.metrics},
        n_valid=np.array([count or 0 for count in values["n_valid"]], dtype=np.int64),
        n_missing=np.array(former["n_missing"], dtype=np.int64),
        scale=numbers["align_scale"],
        shift=numbers["align_shift"],
        flipped=np.array([bool(value) for value in values["flipped"]], dtype=bool),
        bands=np.zeros((len(keys), 0, 3)) if former["bands"] is None else former["bands"],
        reasons={row_of[key]: reason for key, reason in former["failures"].items()},
        metric_reasons=metric_reasons,
    )


def _plain(column: np.ndarray) -> list[Any]:
    """A column as the database takes it: None where there is no value, never NaN."""
    if column.dtype.kind == "f":
        return [None if np.isnan(value) else value for value in column.tolist()]
    return column.tolist()


def _write_batch(dataset: fo.Dataset, found: list[dict[str, Any]], table: dict[str, list[Any]]) -> None:
    """Set several fields of each sample at once.

    `set_values` writes every sample anew for each field. This is what it does for one field, with all of them in one
    update: eighteen times as fast for the eighteen values of an evaluation.
    """
    now = datetime.now(timezone.utc)
    updates = [
        UpdateOne(sample, {"$set": {**dict(zip(table, row, strict=True)), "last_modified_at": now}})
        for sample, row in zip(found, zip(*table.values(), strict=True), strict=True)
    ]
    if updates:
        dataset._bulk_write(updates, ids=[str(sample["_id"]) for sample in found])


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
