"""Score depth fields against ground truth, sample by sample."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import fiftyone as fo

from plumb.alignment import check_alignment
from plumb.datasets import fields, runs
from plumb.depthmap import MapFile
from plumb.evaluation import Pair, Scores, evaluate_files, summarize
from plumb.jobs import Job, Progress
from plumb.metrics import EIGHT_BIT_METRICS, METRICS
from plumb.parallel import batched
from plumb.protocols import PROTOCOLS, Protocol

_BATCH = 256

# Stored beside the metrics of a sample: what the alignment found, and on how many pixels.
_ALIGNMENT_FIELDS = {
    "align_scale": (fo.FloatField, "scale of the alignment to the ground truth"),
    "align_shift": (fo.FloatField, "shift of the alignment to the ground truth"),
    "n_valid": (fo.IntField, "pixels that were scored"),
    "flipped": (fo.BooleanField, "the scale is not positive: near and far are swapped"),
}


def evaluate_depth(
    collection: fo.SampleCollection,
    pred_fields: Sequence[str],
    gt_field: str = "gt_depth",
    *,
    protocol: str = "sunrgbd",
    alignment: str = "auto",
    eval_key: str | None = None,
) -> Job[dict[str, dict[str, Any]]]:
    """Score each of `pred_fields` against `gt_field`; metrics go to `<field>.<metric>` of each sample.

    An evaluation of a whole dataset replaces the former one of the same field and `eval_key`, values and run, so that
    what stands on the samples is always of one protocol. One of a view leaves the other samples' values alone, and is
    refused where they are of another protocol or alignment.

    Args:
        collection: a dataset or view
        pred_fields: fields with predictions
        gt_field: field with the ground truth
        protocol: a key of `plumb.protocols.PROTOCOLS`
        alignment: "auto" (by the protocol and the map's quantity) or a key of `plumb.alignment.ALIGNMENTS`
        eval_key: evaluations with different keys live side by side, as `<field>.<eval_key>_<metric>`

    Returns:
        by field: the mean of each metric over the scored images, `scored`, `unscored`, and beside them `reasons`
        (count of each), `flipped`, `on_filled` (scored on filled depth), `missing_pixels` (valid in the ground
        truth, without a prediction), `protocol` (one line, with the alignment), `units`, `run`

    Raises:
        ValueError: if a field, the protocol, the alignment or the key is wrong
    """
    rules = _check(collection, pred_fields, gt_field, protocol, alignment, eval_key)
    for field in pred_fields:
        _check_view(collection, field, gt_field, rules, alignment, eval_key)
    if isinstance(collection, fo.DatasetView):
        # A view may be chosen by the very values that are replaced below: hold on to its samples.
        collection = collection._root_dataset.select(collection.values("id"))
    results, count = {}, len(collection)
    total = len(pred_fields) * count
    yield Progress(0, total, f"{total} maps to score")
    for number, field in enumerate(pred_fields):
        results[field] = yield from _evaluate_field(
            collection, field, gt_field, rules, alignment, eval_key, number * count, total
        )
    return results


def _check(collection, pred_fields, gt_field, protocol, alignment, eval_key) -> Protocol:
    if protocol not in PROTOCOLS:
        raise ValueError(f"unknown protocol {protocol!r}; use one of {', '.join(PROTOCOLS)}")
    check_alignment(alignment)
    if eval_key is not None and not re.fullmatch(r"[a-z](_?[a-zA-Z0-9])*", eval_key):
        raise ValueError(
            f"eval_key {eval_key!r} must be letters and digits with single underscores between, beginning in lower case"
        )
    known = fields.depth_fields(collection)
    if isinstance(pred_fields, str) or not pred_fields:
        raise ValueError(f"pred_fields is a list of fields, such as {known}")
    for field in (gt_field, *pred_fields):
        if field not in known:
            raise ValueError(f"{field!r} holds no depth maps of Plumb's; the fields that do: {known or 'none'}")
    if gt_field in pred_fields:
        raise ValueError(f"{gt_field!r} is the ground truth; it cannot be scored against itself")
    return PROTOCOLS[protocol]


def _check_view(collection, field, gt_field, rules, alignment, eval_key) -> None:
    """Refuse to mix scores: on a part of the dataset the settings must be those of the scores on the rest."""
    others = _scored_outside(collection, field, eval_key)
    if not others:
        return
    former = runs.settings(collection._root_dataset, runs.evaluation_key(field, eval_key))
    settings = {"gt_field": gt_field, "alignment": alignment, "protocol": asdict(rules)}
    if former and all(_as_stored(former[name]) == _as_stored(value) for name, value in settings.items()):
        return
    described = former["description"] if former else "of which nothing is known: its run is gone"
    raise ValueError(
        f"{others} samples outside this view have scores of {field!r} by another setting ({described}); "
        "evaluate the whole dataset, or give an eval_key of its own"
    )


def _scored_outside(collection, field, eval_key) -> int:
    """How many samples outside a view have scores under this key; 0 for a whole dataset."""
    dataset, counted = collection._root_dataset, f"{_prefix(field, eval_key)}n_valid"
    if not dataset.has_field(counted):
        return 0
    return dataset.exclude(collection.values("id")).exists(counted).count()


def _as_stored(value: Any) -> Any:
    """As it comes back from the database, which knows no tuples."""
    return json.loads(json.dumps(value))


def _prefix(field: str, eval_key: str | None) -> str:
    return f"{field}.{eval_key}_" if eval_key else f"{field}."


def _evaluate_field(collection, field, gt_field, rules, alignment, eval_key, before, total) -> Job[dict[str, Any]]:
    dataset, run = collection._root_dataset, runs.evaluation_key(field, eval_key)
    prefix = _prefix(field, eval_key)
    pairs, without = _pairs(collection, field, gt_field)
    modes = sorted({rules.mode(pair.prediction.quantity, alignment) for pair in pairs})
    described = rules.describe(modes[0] if len(modes) == 1 else alignment)
    units = {name: rules.metric(name).unit for name in rules.metrics}
    scores: dict[str, Scores] = {}
    for key, reason in without.items():
        scores[key] = Scores(dict.fromkeys(rules.metrics), dict.fromkeys(rules.metrics, reason))
    count = len(collection)
    for batch in batched(evaluate_files(pairs, rules, alignment), _BATCH):
        scores.update(batch)
        yield Progress(before + len(scores), total, f"{field}: {len(scores)} of {count} samples scored")

    # Only now, with all scores at hand, the former evaluation goes: a run that is stopped before loses nothing.
    # On a view it stays while the rest has scores, which `_check_view` has found to be by the same settings.
    if not _scored_outside(collection, field, eval_key):
        _clear(dataset, run, prefix)
    _declare(dataset, prefix, rules, described)
    runs.start(
        collection, run, "evaluate_depth", pred_field=field, gt_field=gt_field, eval_key=eval_key,
        protocol=asdict(rules), alignment=alignment, alignments_used=modes, description=described, units=units,
        prediction_runs=collection.distinct(f"{field}.run"),
        attributes=[prefix + name for name in (*rules.metrics, *_ALIGNMENT_FIELDS)],
    )  # fmt: skip
    # A sample without a prediction has nothing to write to; one without a ground truth loses what it scored before.
    predicted = set(collection.exists(field).values("id"))
    _store(dataset, prefix, {key: score for key, score in scores.items() if key in predicted}, rules)
    summary = summarize(scores.values())
    mean = {name: summary.mean.get(name) for name in rules.metrics}  # of no sample there is no mean to know
    sources = dict(zip(*collection.values(["id", f"{gt_field}.source"]), strict=True))
    on_filled = sum(sources[key] == "filled" for key, score in scores.items() if score.reason is None)
    runs.finish(dataset, run, **{**asdict(summary), "mean": mean}, on_filled=on_filled,
                failures={key: score.reason for key, score in scores.items() if score.reason})  # fmt: skip
    return {
        **mean,
        "scored": summary.scored,
        "unscored": summary.unscored,
        "reasons": summary.unscored_reasons,
        "flipped": summary.flipped,
        "on_filled": on_filled,
        "missing_pixels": summary.n_missing,
        "protocol": described,
        "units": units,
        "run": run,
    }


def _clear(dataset: fo.Dataset, run: str, prefix: str) -> None:
    """Remove a former evaluation: its run and its values, those too that have lost their run."""
    former = runs.settings(dataset, run) or {"attributes": []}
    known = [prefix + name for name in (*METRICS, *EIGHT_BIT_METRICS, *_ALIGNMENT_FIELDS)]
    gone = [path for path in {*former["attributes"], *known} if dataset.has_field(path)]
    if gone:
        dataset.delete_sample_fields(gone)
    if run in dataset.list_runs():
        dataset.delete_run(run)


def _declare(dataset: fo.Dataset, prefix: str, rules: Protocol, described: str) -> None:
    field, _, key = prefix.partition(".")
    attributes = {}
    for name in rules.metrics:
        metric = rules.metric(name)
        unit = f" [{metric.unit}]" if metric.unit else ""
        attributes[key + name] = (fo.FloatField, f"{metric.description}{unit}. {described}")
    for name, (kind, description) in _ALIGNMENT_FIELDS.items():
        attributes[key + name] = (kind, f"{description}. {described}")
    fields.declare_attributes(dataset, field, attributes)


def _pairs(collection, field, gt_field) -> tuple[list[Pair], dict[str, str]]:
    """What can be scored, and why the other samples cannot."""
    pairs, without = [], {}
    columns = (collection.values("id"), fields.map_files(collection, field), fields.map_files(collection, gt_field))
    for key, prediction, truth in zip(*columns, strict=True):
        prediction = prediction or f"no prediction in {field}"
        truth = truth or f"no ground truth in {gt_field}"
        if isinstance(prediction, MapFile) and isinstance(truth, MapFile):
            pairs.append(Pair(key, prediction, truth))
        else:
            without[key] = prediction if isinstance(prediction, str) else truth
    return pairs, without


def _store(dataset: fo.Dataset, prefix: str, scores: dict[str, Scores], rules: Protocol) -> None:
    def put(name, value_of):
        values = {key: value_of(score) for key, score in scores.items()}
        dataset.set_values(prefix + name, values, key_field="id")

    for name in rules.metrics:
        put(name, lambda score, name=name: score.metrics[name])
    put("align_scale", lambda score: score.scale)
    put("align_shift", lambda score: score.shift)
    put("n_valid", lambda score: score.n_valid)
    put("flipped", lambda score: score.flipped if score.scale is not None else None)
