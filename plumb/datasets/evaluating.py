"""Score depth fields against ground truth, sample by sample."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import fiftyone as fo

import plumb
from plumb.alignment import check_alignment
from plumb.camera import Camera
from plumb.columns import ScoreColumns
from plumb.datasets import fields, grid, runs, scored
from plumb.datasets.prediction_plan import mixed
from plumb.datasets.storing import Settings, store
from plumb.depthmap import MapFile
from plumb.evaluation import Comparison
from plumb.jobs import Job, Progress
from plumb.journal import Journal
from plumb.metrics import POINT_METRICS
from plumb.protocol_files import load_protocol
from plumb.protocols import Protocol
from plumb.resumable import score_all
from plumb.statistics import paired


def evaluate_depth(
    collection: fo.SampleCollection,
    pred_fields: Sequence[str],
    gt_field: str = "gt_depth",
    *,
    protocol: Protocol | Mapping[str, Any] | str | os.PathLike[str] = "sunrgbd",
    alignment: str = "auto",
    eval_key: str | None = None,
    metrics: Sequence[str] | str = (),
    group_by: Sequence[str] = (),
) -> Job[dict[str, dict[str, Any]]]:
    """Score each of `pred_fields` against `gt_field`; metrics go to `<field>.<metric>` of each sample.

    An evaluation of a whole dataset replaces the former one of the same field and `eval_key`, values and run, so that
    what stands on the samples is always of one protocol. One of a view leaves the other samples' values alone, and is
    refused where they are of another protocol or alignment; the run then tells of all samples that have its scores.

    Nothing is replaced before all is computed. An evaluation that was stopped goes on where it was when it is asked
    for again: what it had computed lies in a journal in `plumb.datasets.fields.maps_dir()` until it is done.

    Args:
        collection: a dataset or view
        pred_fields: fields with predictions
        gt_field: field with the ground truth
        protocol: what `plumb.protocol_files.load_protocol` takes: a name, a TOML file, a table, a `Protocol`
        alignment: "auto" (by the protocol and the map's quantity), "robust", or a mode of `plumb.alignment.ALIGNMENTS`
        eval_key: evaluations with different keys live side by side, as `<field>.<eval_key>_<metric>`
        metrics: which metrics, or "all"; empty for the protocol's own
        group_by: fields whose values group the samples, such as "scene.label", "sensor" or "tags"

    Returns:
        by field: the mean of each metric over the scored images, `scored`, `unscored`, and beside them `intervals`
        (95 % of each mean), `reasons` (count of each), `metric_reasons` (why scored images lack a metric), `flipped`,
        `on_filled` (scored on filled depth), `missing_pixels` (valid in the ground truth, without a prediction),
        `against` (this field compared with each other one), `protocol` (one line, with the alignment), `units`, `run`

    Raises:
        ValueError: if a field, the protocol, the alignment, a metric or the key is wrong
    """
    asked = _check(collection, pred_fields, gt_field, protocol, alignment, eval_key, metrics, group_by)
    for field in asked.pred_fields:
        _check_view(collection, field, asked)
    if isinstance(collection, fo.DatasetView):
        # A view may be chosen by the very values that are replaced below: hold on to its samples.
        collection = grid.every_slice(collection._root_dataset).select(collection.values("id"))
    comparisons = _comparisons(collection, asked)
    journal = _journal(collection._root_dataset, asked)
    found = yield from score_all(comparisons, asked.pred_fields, asked.rules, asked.alignment, journal)
    comparing = _compare(found, asked.rules)
    results = {}
    for field, columns in found.items():
        yield Progress(len(comparisons), len(comparisons), f"storing the scores of {field}")
        results[field] = store(collection, field, comparisons, columns, comparing[field], asked)
    journal.remove()
    return results


def _check(collection, pred_fields, gt_field, protocol, alignment, eval_key, metrics, group_by) -> Settings:
    rules = load_protocol(protocol)
    if metrics:
        rules = replace(rules, metrics=metrics)
    check_alignment(alignment)
    if eval_key is not None:
        scored.check_eval_key(eval_key)
    known = fields.depth_fields(collection)
    if isinstance(pred_fields, str) or not pred_fields:
        raise ValueError(f"pred_fields is a list of fields, such as {known}")
    for field in (gt_field, *pred_fields):
        if field not in known:
            raise ValueError(f"{field!r} holds no depth maps of Plumb's; the fields that do: {known or 'none'}")
    for field in pred_fields:
        if several := mixed(collection, field):
            raise ValueError(
                f"{field!r} holds maps of more than one model or setting (runs {', '.join(several)}): predict all of "
                "them anew, skip_existing=False, or evaluate a view with the maps of one run"
            )
    if gt_field in pred_fields:
        raise ValueError(f"{gt_field!r} is the ground truth; it cannot be scored against itself")
    if isinstance(group_by, str):
        raise ValueError('group_by is a list of fields, such as ["scene.label", "sensor"]')
    for path in group_by:
        if not collection.has_field(path):
            raise ValueError(f"cannot group by {path!r}: the dataset has no such field")
        if isinstance(collection.get_field(path), fo.EmbeddedDocumentField):
            raise ValueError(f"cannot group by {path!r}, which holds objects; name one of their values, as scene.label")
    # Twice the same field would be scored once: a dict knows each only once.
    return Settings(tuple(dict.fromkeys(pred_fields)), gt_field, rules, alignment, eval_key, tuple(group_by))


def _check_view(collection: fo.SampleCollection, field: str, asked: Settings) -> None:
    """Refuse to mix scores: on a part of the dataset the settings must be those of the scores on the rest."""
    others = scored.count_outside(collection, field, asked.eval_key)
    if not others:
        return
    dataset, run = collection._root_dataset, runs.evaluation_key(field, asked.eval_key)
    finished = run in dataset.list_runs() and runs.results(dataset, run)
    former = runs.settings(dataset, run) if finished else None
    settings = {"gt_field": asked.gt_field, "alignment": asked.alignment, "protocol": asdict(asked.rules)}
    if former and all(_as_stored(former[name]) == _as_stored(value) for name, value in settings.items()):
        return
    described = former["description"] if former else "of which not enough is known: its run is gone, or was stopped"
    raise ValueError(
        f"{others} samples outside this view have scores of {field!r} by another setting ({described}); "
        "evaluate the whole dataset, or give an eval_key of its own"
    )


def _as_stored(value: Any) -> Any:
    """As it comes back from the database, which knows no tuples."""
    return json.loads(json.dumps(value))


def _comparisons(collection: fo.SampleCollection, asked: Settings) -> list[Comparison]:
    """What is to be read for each sample, in the collection's order."""
    ids, sources = collection.values(["id", f"{asked.gt_field}.source"])
    truths = fields.map_files(collection, asked.gt_field)
    columns = [fields.map_files(collection, field) for field in asked.pred_fields]
    cameras = [None] * len(ids)
    if set(asked.rules.metrics) & set(POINT_METRICS) and collection.has_field("intrinsics"):
        cameras = [_camera(known) for known in collection.values("intrinsics")]
    return [
        Comparison(
            key,
            _accepted(truth, source, asked) or f"no ground truth in {asked.gt_field}",
            tuple(map_ or f"no prediction in {field}" for map_, field in zip(maps, asked.pred_fields, strict=True)),
            camera,
        )
        for key, truth, source, camera, maps in zip(
            ids, truths, sources, cameras, zip(*columns, strict=True), strict=True
        )
    ]


def _camera(intrinsics: Any) -> Camera | None:
    """The camera of a sample; None where it is not known, or bends straight lines."""
    if not isinstance(intrinsics, fo.PinholeCameraIntrinsics) or not (intrinsics.fx > 0 and intrinsics.fy > 0):
        return None
    return Camera(intrinsics.fx, intrinsics.fy, intrinsics.cx, intrinsics.cy)


def _accepted(truth: MapFile | str | None, source: str | None, asked: Settings) -> MapFile | str | None:
    wanted = asked.rules.source
    if isinstance(truth, MapFile) and wanted not in ("any", source):
        return f"the ground truth in {asked.gt_field} is {source or 'of unknown source'}, not {wanted}"
    return truth


def _journal(dataset: fo.Dataset, asked: Settings) -> Journal:
    """The journal of evaluations with just these settings, by this version."""
    settings = [plumb.__version__, str(dataset._doc.id), *asked.pred_fields, asked.gt_field, asdict(asked.rules)]
    digest = hashlib.sha256(json.dumps([settings, asked.alignment], sort_keys=True).encode()).hexdigest()[:16]
    return Journal(Path(fields.maps_dir(), "evaluations", f"{digest}.jsonl"))


def _compare(found: dict[str, ScoreColumns], rules: Protocol) -> dict[str, dict[str, Any]]:
    """Each field compared with each other one, on the samples that both have a score of."""
    metrics = {name: rules.metric(name) for name in rules.metrics}
    against: dict[str, dict[str, Any]] = {field: {} for field in found}
    for a, b in combinations(found, 2):
        for one, other in ((a, b), (b, a)):
            compared = paired(found[one].metrics, found[other].metrics, metrics)
            against[one][other] = {name: asdict(value) for name, value in compared.items()}
    return against
