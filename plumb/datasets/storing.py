"""Put an evaluation on a dataset: scores on samples, and the run that says what they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import uuid4

import fiftyone as fo
import numpy as np

from plumb.columns import ScoreColumns
from plumb.datasets import band_sums, grid, runs, scored
from plumb.depthmap import MapFile
from plumb.evaluation import Comparison
from plumb.protocols import Protocol
from plumb.statistics import aggregate, bands, grouped

# What an evaluation says at once; its run has more.
_RETURNED = ("scored", "unscored", "reasons", "metric_reasons", "flipped", "on_filled", "missing_pixels")


@dataclass(frozen=True)
class Settings:
    """What an evaluation was asked for, checked."""

    pred_fields: tuple[str, ...]
    gt_field: str
    rules: Protocol
    alignment: str
    eval_key: str | None
    group_by: tuple[str, ...]


def store(
    collection: fo.SampleCollection,
    field: str,
    comparisons: Sequence[Comparison],
    columns: ScoreColumns,
    against: dict[str, Any],
    asked: Settings,
) -> dict[str, Any]:
    """Put the scores of one field in the place of the former ones, with the run that describes them.

    Args:
        comparisons: what was compared, one for each row of `columns`
        against: this field compared with others

    Returns:
        what :func:`plumb.datasets.evaluating.evaluate_depth` says of the field

    Raises:
        ValueError: another evaluation has taken the key meanwhile
    """
    dataset, rules, run = collection._root_dataset, asked.rules, runs.evaluation_key(field, asked.eval_key)
    place = asked.pred_fields.index(field)
    keys, maps = [c.key for c in comparisons], [c.predictions[place] for c in comparisons]
    modes = sorted({rules.mode(map_.quantity, asked.alignment) for map_ in maps if isinstance(map_, MapFile)})
    described = rules.describe(modes[0] if len(modes) == 1 else asked.alignment)
    metrics = {name: rules.metric(name) for name in rules.metrics}
    scored.drop_replaced(collection, field, keys, maps, columns)
    on_filled = _on_filled(collection, keys, columns, asked)
    if on_filled:  # the protocol's words may speak of measured depth
        described += f", {on_filled} of {columns.scored.sum()} images scored on filled depth"

    # Only now, with all scores at hand, the former evaluation goes: a run that is stopped before loses nothing.
    # On a view it stays while the rest has scores, which `_check_view` has found to be by the same settings.
    others = _others(collection, field, keys, asked)
    if not scored.count_outside(collection, field, asked.eval_key):
        scored.clear(dataset, field, asked.eval_key)
    units, token = {name: metric.unit for name, metric in metrics.items()}, uuid4().hex
    all_keys, every = [*keys, *others["sample_ids"]] if others else keys, grid.every_slice(dataset)
    runs.start(
        every.select(all_keys) if others else collection, run, "evaluate_depth", pred_field=field,
        gt_field=asked.gt_field, eval_key=asked.eval_key, protocol=asdict(rules), alignment=asked.alignment,
        alignments_used=modes, description=described, units=units, group_by=list(asked.group_by), token=token,
        prediction_runs=every.select(all_keys).distinct(f"{field}.run"),
        attributes=scored.attributes(field, asked.eval_key, rules),
    )  # fmt: skip
    scored.write(collection, field, asked.eval_key, keys, maps, columns, rules, described)
    dataset.reload()
    if (runs.settings(dataset, run) or {}).get("token") != token:
        raise ValueError(f"another evaluation of {field} under the same key has begun meanwhile; evaluate again")

    found = _summary(collection, keys, columns, metrics, asked)
    of_run = found
    if others:  # the run tells of all samples that have its scores
        joined = columns.joined(scored.read(dataset, field, asked.eval_key, rules, others))
        of_run = _summary(every, all_keys, joined, metrics, asked)
    runs.finish(dataset, run, **of_run, against=against, sample_ids=all_keys)
    return {
        **found["mean"],
        **{name: found[name] for name in _RETURNED},
        "against": against,
        "intervals": {name: [of_metric["low"], of_metric["high"]] for name, of_metric in found["statistics"].items()},
        "protocol": described,
        "units": units,
        "run": run,
    }


def _others(collection, field, keys, asked) -> dict[str, Any] | None:
    """What the former run knows of samples outside a view that have its scores; None where there are none."""
    if not scored.count_outside(collection, field, asked.eval_key):
        return None
    dataset = collection._root_dataset
    former = runs.results(dataset, runs.evaluation_key(field, asked.eval_key))
    outside = set(grid.every_slice(dataset).exclude(keys).values("id"))
    counts = dict(zip(former["sample_ids"], former["n_missing"], strict=True))
    kept = [key for key in former["sample_ids"] if key in outside]
    sums = band_sums.read(former)
    return {
        "sample_ids": kept,
        "bands": None if sums is None else sums[np.array([key in outside for key in former["sample_ids"]], dtype=bool)],
        "n_missing": [counts[key] for key in kept],
        "failures": {key: reason for key, reason in former["failures"].items() if key in outside},
        "metric_failures": {
            name: {reason: [key for key in ids if key in outside] for reason, ids in reasons.items()}
            for name, reasons in former["metric_failures"].items()
        },
    }


def _summary(collection, keys, columns, metrics, asked) -> dict[str, Any]:
    """What a run stores of the samples with these ids, one for each row of the columns."""
    statistics = aggregate(columns.metrics, columns.n_valid, metrics)
    has_score = columns.scored
    groups = {
        path: grouped(columns.metrics, columns.n_valid, _values(collection, path, keys), metrics)
        for path in asked.group_by
    }
    lacking: dict[str, dict[str, list[str]]] = {}
    for row, reasons in sorted(columns.metric_reasons.items()):
        for name, reason in reasons.items():
            lacking.setdefault(name, {}).setdefault(reason, []).append(keys[row])
    return {
        "mean": {name: statistic.mean for name, statistic in statistics.items()},
        "statistics": {name: asdict(statistic) for name, statistic in statistics.items()},
        "bands": [asdict(band) for band in bands(columns.bands)],
        band_sums.KEY: band_sums.stored(columns.bands),
        "groups": {
            path: {group: {name: asdict(s) for name, s in found.items()} for group, found in of_path.items()}
            for path, of_path in groups.items()
        },
        "scored": int(has_score.sum()),
        "unscored": int((~has_score).sum()),
        "reasons": dict(Counter(columns.reasons.values())),
        "failures": {keys[row]: reason for row, reason in columns.reasons.items()},
        "metric_reasons": {name: {why: len(ids) for why, ids in found.items()} for name, found in lacking.items()},
        "metric_failures": lacking,
        "flipped": int(columns.flipped.sum()),
        "on_filled": _on_filled(collection, keys, columns, asked),
        "n_missing": columns.n_missing.tolist(),
        "missing_pixels": int(columns.n_missing[has_score].sum()),
    }


def _on_filled(collection, keys, columns, asked) -> int:
    """How many samples were scored on filled depth."""
    sources = _values(collection, f"{asked.gt_field}.source", keys)
    return sum(source == "filled" for source, has in zip(sources, columns.scored, strict=True) if has)


def _values(collection: fo.SampleCollection, path: str, keys: list[str]) -> list[Any]:
    """The value of each of these samples; None of one that was deleted while the maps were scored."""
    known = dict(zip(*collection.values(["id", path]), strict=True))
    return [known.get(key) for key in keys]
