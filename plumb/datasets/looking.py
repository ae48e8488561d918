"""What the compare panel shows: a dataset's depth fields, and maps and scores of its samples, as plain tables.

The tables' keys are those of web/src/contract.ts.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import fiftyone as fo
from PIL import Image

from plumb.datasets import fields, runs, scored, versions
from plumb.datasets.reporting import evaluation_runs
from plumb.datasets.runs import Run
from plumb.depthmap import MapFile
from plumb.protocols import Protocol

AT_A_TIME = 64
"""Samples that :func:`records` describes in one call."""

# Why samples have no score, by run and file of results: such a file holds much more, and is large.
_KEPT = 8
_failures: OrderedDict[tuple[str, str | None], Mapping[str, str]] = OrderedDict()
_reading = threading.Lock()


def describe(dataset: fo.Dataset) -> dict[str, Any]:
    """The fields with depth and uncertainty, which of them is the truth, and the evaluations in metres and 8 bit."""
    stored = versions.digest(versions.maps_and_runs(dataset))  # read anew: a worker may have added fields and runs
    evaluations = _evaluations(dataset)
    truths = _truths(dataset, evaluations)
    heatmaps = list(dataset.get_field_schema(embedded_doc_type=fo.Heatmap))
    uncertainty = {name: _about(dataset, name) for name in fields.uncertainty_fields(dataset)}
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
    }


def list_samples(view: fo.SampleCollection, run: str | None = None, metric: str | None = None) -> dict[str, Any]:
    """The ids of a view's samples in its order, and one metric of an evaluation for each, None where there is none.

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
    ids, values = view.values(["id", path])
    return {"ids": ids, "values": values}


def records(dataset: fo.Dataset, ids: Sequence[str]) -> list[dict[str, Any]]:
    """The pictures, maps and scores of samples of this dataset, in the order of their ids; others are left out."""
    evaluations = _evaluations(dataset)
    names = list(dataset.get_field_schema(embedded_doc_type=fo.Heatmap))
    found = dataset.select(list(ids)[:AT_A_TIME], ordered=True)
    return [_record(sample, names, evaluations) for sample in found]


def _evaluations(dataset: fo.Dataset) -> list[Run]:
    return [run for run in evaluation_runs(dataset) if run.finished]


def _truths(dataset: fo.Dataset, evaluations: Sequence[Run]) -> list[str]:
    """The fields with ground truth: what the latest evaluation took for it first, then what was imported."""
    known = runs.all_runs(dataset)
    compared = [run.settings["gt_field"] for run in reversed(evaluations)]
    imported = [run.field for run in known if run.verb == "import"]
    predicted = {run.field for run in known if run.verb == "predict"}
    depth = fields.depth_fields(dataset)
    # A clone or an exported dataset has lost its runs; its measured maps still say where they are from.
    sourced = [name for name in depth if name not in predicted and len(dataset.exists(f"{name}.source").limit(1))]
    return [name for name in dict.fromkeys([*compared, *imported, *sourced]) if name in depth]


def _about(dataset: fo.Dataset, field: str) -> str | None:
    """The field of depth maps that a field of uncertainty belongs to."""
    return next(iter(dataset.exists(f"{field}.uncertainty_of").limit(1).values(f"{field}.uncertainty_of")), None)


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


def _reason(dataset: fo.Dataset, run: str, sample_id: str) -> str | None:
    """Why an evaluation has no score for a sample; None if it does not say."""
    file = versions.results_file(dataset, run)
    with _reading:
        failures = _failures.pop((run, file), None)
        if failures is None:
            failures = runs.results(dataset, run).get("failures", {})
        _failures[run, file] = failures
        while len(_failures) > _KEPT:
            _failures.popitem(last=False)
    return failures.get(sample_id)


def _record(sample: fo.Sample, names: Sequence[str], evaluations: Sequence[Run]) -> dict[str, Any]:
    labels = {name: sample[name] for name in names if sample[name] is not None}
    scores = {run.key: _score(sample, labels, run) for run in evaluations}
    return {
        "id": sample.id,
        "filepath": sample.filepath,
        "name": os.path.basename(sample.filepath),
        "intrinsics": _intrinsics(sample),
        "maps": {name: _map(name, label) for name, label in labels.items()},
        "scores": {key: score for key, score in scores.items() if score is not None},
    }


def _intrinsics(sample: fo.Sample) -> dict[str, float] | None:
    known = sample["intrinsics"] if sample.has_field("intrinsics") else None
    if not isinstance(known, fo.PinholeCameraIntrinsics) or not (known.fx > 0 and known.fy > 0):
        return None
    return {name: getattr(known, name) for name in ("fx", "fy", "cx", "cy")}


def _map(field: str, label: fo.Heatmap) -> dict[str, Any]:
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


def _score(sample: fo.Sample, labels: Mapping[str, fo.Heatmap], run: Run) -> dict[str, Any] | None:
    """What an evaluation found for a sample, None where it knows nothing of it."""
    label, settings = labels.get(run.field), run.settings
    if label is None:
        return None
    place = f"{settings['eval_key']}_" if settings["eval_key"] else ""

    def value(name: str) -> Any:
        return getattr(label, place + name, None)

    reason = None if value("n_valid") else _reason(sample.dataset, run.key, sample.id)
    quantity = getattr(label, "quantity", None)
    if quantity is None or (value("n_valid") is None and reason is None):
        return None
    rules = Protocol.from_dict(settings["protocol"])
    return {
        "values": {name: value(name) for name in rules.metrics},
        "mode": rules.mode(quantity, settings["alignment"]),
        "scale": value("align_scale"),
        "shift": value("align_shift"),
        "n_valid": value("n_valid"),
        "flipped": bool(value("flipped")),
        "reason": reason,
        "crop": _crop(rules, settings["gt_field"], labels),
    }


def _crop(rules: Protocol, gt_field: str, labels: Mapping[str, fo.Heatmap]) -> dict[str, int] | None:
    """The part of the frame that counts, in pixels of the ground truth's map; None for all of it."""
    if rules.crop is None or gt_field not in labels:
        return None
    stored = fields.map_of(gt_field, labels[gt_field])
    if not isinstance(stored, MapFile):
        return None
    try:
        with Image.open(stored.path) as header:
            width, height = header.size
    except OSError:  # the browser will say so, in the map's place
        return None
    rows, columns = rules.crop.slices((height, width))
    top, bottom, _ = rows.indices(height)
    left, right, _ = columns.indices(width)
    return {"top": top, "bottom": bottom, "left": left, "right": right}
