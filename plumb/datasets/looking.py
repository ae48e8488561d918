"""What the compare panel shows: a dataset's depth fields, and maps and scores of its samples, as plain tables.

The tables' keys are those of web/src/contract.ts.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import fiftyone as fo

from plumb.datasets import fields, grid, runs, scored, versions
from plumb.datasets.reporting import evaluation_runs
from plumb.datasets.runs import Run
from plumb.datasets.sample_scores import StoredScores
from plumb.datasets.standins import stand_ins
from plumb.protocols import Protocol

AT_A_TIME = 64
"""Samples that :func:`records` describes in one call."""


def describe(dataset: fo.Dataset) -> dict[str, Any]:
    """The fields with depth and uncertainty, which of them is the truth, and the evaluations in metres and 8 bit.

    Where there is no depth, and none can be predicted for what the dataset holds, a sentence says so and what to do.
    """
    stored = versions.digest(versions.maps_and_runs(dataset))  # read anew: a worker may have added fields and runs
    evaluations = _evaluations(dataset)
    depth = fields.depth_fields(grid.every_slice(dataset))
    truths = _truths(dataset, depth, evaluations)
    heatmaps = list(dataset.get_field_schema(embedded_doc_type=fo.Heatmap))
    # Not by the schema: samples that were copied from another dataset have not brought it along.
    about = {name: _first(dataset, name, "uncertainty_of") for name in heatmaps if name not in depth}
    uncertainty = {name: of for name, of in about.items() if of}
    maps = [*truths, *(name for name in heatmaps if name not in truths and name not in uncertainty)]
    rows = []
    for name in maps:
        rows.append({"name": name, "role": "truth" if name in truths else "prediction", "of": None})
        rows += [{"name": other, "role": "uncertainty", "of": name} for other, of in uncertainty.items() if of == name]
    return {
        "dataset": dataset.name,
        "stored": stored,
        "fields": rows,
        "truth": truths[0] if truths else None,
        "evaluations": [_evaluation(run) for run in evaluations],
        "problem": None if heatmaps else _problem_of_media(dataset),
    }


def list_samples(
    view: fo.SampleCollection, run: str | None = None, metric: str | None = None, group_slice: str | None = None
) -> dict[str, Any]:
    """The ids of a view's samples in its order, and one metric of an evaluation for each, None where there is none.

    The metric is that of the sample which :func:`records` describes, given the same `group_slice`.

    Raises:
        ValueError: if there is no such evaluation, or it has no such metric
    """
    if run is None:
        return {"ids": view.values("id"), "values": None}
    dataset = view._root_dataset
    evaluation = runs.read(dataset, run)
    path = scored.prefix(evaluation.field, evaluation.settings.get("eval_key")) + str(metric)
    if metric not in evaluation.settings.get("units", {}) or not dataset.has_field(path):
        raise ValueError(f"{run} has no metric {metric!r}; evaluate {evaluation.field} again with it")
    if dataset.media_type != "group" and not view._is_patches:
        ids, values = view.values(["id", path])
        return {"ids": ids, "values": values}
    ids = view.values("id")
    shown = stand_ins(dataset, view, ids, group_slice)
    found = dataset._sample_collection.find({"_id": {"$in": [one.id for one in shown.values()]}}, {path: True})
    field, _, name = path.partition(".")
    values = {sample["_id"]: (sample.get(field) or {}).get(name) for sample in found}
    return {"ids": ids, "values": [values.get(shown[key].id) for key in ids]}


def records(
    dataset: fo.Dataset,
    ids: Sequence[str],
    view: fo.SampleCollection | None = None,
    group_slice: str | None = None,
) -> list[dict[str, Any]]:
    """The pictures, maps and scores of samples of this dataset, in the order of their ids; others are left out.

    A sample without maps whose group has some, and a patch, are described by another sample: a note says which.

    Args:
        ids: of samples of any slice, or of patches of `view`; the first 64 count
        group_slice: the slice of their groups that is looked at, None for their own
    """
    asked = list(dict.fromkeys(ids))[:AT_A_TIME]
    shown = stand_ins(dataset, view, asked, group_slice)
    names = list(dataset.get_field_schema(embedded_doc_type=fo.Heatmap))
    evaluations = [StoredScores(dataset, run) for run in _evaluations(dataset)]
    attributes = {*_ATTRIBUTES, *(name for one in evaluations for name in one.attributes)}
    wanted = {f"{name}.{attribute}": True for name in names for attribute in attributes}
    # As the database stores them: to make FiftyOne's objects of them takes ten times as long as all the rest.
    found = dataset._sample_collection.find(
        {"_id": {"$in": [one.id for one in shown.values()]}}, {"filepath": True, "intrinsics": True, **wanted}
    )
    told = {sample["_id"]: _record(sample, names, evaluations) for sample in found}
    return [{**told[shown[key].id], "id": key, "note": shown[key].note} for key in asked if shown[key].id in told]


def _evaluations(dataset: fo.Dataset) -> list[Run]:
    return [run for run in evaluation_runs(dataset) if run.finished]


def _truths(dataset: fo.Dataset, depth: Sequence[str], evaluations: Sequence[Run]) -> list[str]:
    """The fields with ground truth: what the latest evaluation took for it first, then what was imported."""
    known = runs.all_runs(dataset)
    compared = [run.settings["gt_field"] for run in reversed(evaluations)]
    imported = [run.field for run in known if run.verb == "import"]
    predicted = {run.field for run in known if run.verb == "predict"}
    # A clone or an exported dataset has lost its runs; its measured maps still say where they are from.
    sourced = [name for name in depth if name not in predicted and _first(dataset, name, "source")]
    return [name for name in dict.fromkeys([*compared, *imported, *sourced]) if name in depth]


def _first(dataset: fo.Dataset, field: str, attribute: str) -> str | None:
    """What the first label that has this attribute says, whatever slice of a grouped dataset it is on."""
    path = f"{field}.{attribute}"
    found = dataset._sample_collection.find_one({path: {"$ne": None}}, {path: True})
    return found and found[field][attribute]


def _problem_of_media(dataset: fo.Dataset) -> str | None:
    """Why depth cannot be predicted for what the dataset holds, and what to do; None where it can."""
    name, media = repr(dataset.name), dataset.media_type
    pictures = [key for key, kind in dataset.group_media_types.items() if kind == "image"] if media == "group" else []
    if media in (None, "image"):
        return None
    if pictures:
        return (
            f"Dataset {name} has no depth yet, and its samples are grouped, which Plumb does not predict for. Make a "
            f'dataset of one slice, such as dataset.select_group_slices("{pictures[0]}").clone(), and predict there.'
        )
    if media == "video":
        return (
            f"Dataset {name} holds videos; depth maps are of pictures. Make a dataset of their frames, with "
            "dataset.to_frames(sample_frames=True).clone(), and predict there."
        )
    return f"Dataset {name} has no pictures ({media}); depth maps are of pictures: open a dataset that has some."


def _evaluation(run: Run) -> dict[str, Any]:
    settings = run.settings
    rules = Protocol.from_dict(settings["protocol"])
    metrics = {name: rules.metric(name) for name in rules.metrics}
    return {
        "run": run.key,
        "field": run.field,
        "truth": settings["gt_field"],
        "eval_key": settings["eval_key"],
        "protocol": settings["description"],
        "space": rules.space,
        "min_depth": rules.min_depth,
        "max_depth": rules.max_depth,
        "cap": rules.cap if rules.cap is not None else rules.max_depth,
        "metrics": [
            {"name": name, "unit": metric.unit, "better": metric.better, "description": metric.description}
            for name, metric in metrics.items()
        ],
    }


# Of a label: what its map is.
_ATTRIBUTES = (
    "_id", "map_path", "quantity", "scale", "offset", "unit", "field_of_view", "uncertainty_of", "source", "run",
)  # fmt: skip


def _record(sample: Mapping[str, Any], names: Sequence[str], evaluations: Sequence[StoredScores]) -> dict[str, Any]:
    labels = {name: SimpleNamespace(**sample[name]) for name in names if sample.get(name) is not None}
    scores = {one.run.key: one.of(str(sample["_id"]), labels) for one in evaluations}
    return {
        "filepath": sample["filepath"],
        "name": os.path.basename(sample["filepath"]),
        "intrinsics": _intrinsics(sample.get("intrinsics")),
        "maps": {name: _map(name, label) for name, label in labels.items()},
        "scores": {key: score for key, score in scores.items() if score is not None},
    }


def _intrinsics(known: Any) -> dict[str, float] | None:
    if not isinstance(known, Mapping) or known.get("_cls") != fo.PinholeCameraIntrinsics.__name__:
        return None
    found = {name: known.get(name) for name in ("fx", "fy", "cx", "cy")}
    return found if None not in found.values() and found["fx"] > 0 and found["fy"] > 0 else None


def _map(field: str, label: SimpleNamespace) -> dict[str, Any]:
    """A map as the browser reads it, or the sentence that says why it cannot."""
    stored = fields.map_of(field, label)
    if isinstance(stored, str):
        return {"path": None, "problem": stored}
    return {
        "path": stored.path,
        "problem": None,
        "quantity": getattr(label, "quantity", None),
        "scale": stored.scale,
        "offset": stored.offset,
        "unit": stored.unit,
        "source": getattr(label, "source", None),
        "run": getattr(label, "run", None),
    }
