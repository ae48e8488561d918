"""Evaluations back from a dataset, as :mod:`plumb.report`, :mod:`plumb.figures` and :mod:`plumb.export` take them."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence, Set
from typing import Any

import fiftyone as fo
import numpy as np

from plumb.datasets import band_sums, grid, scored
from plumb.datasets import runs as records
from plumb.datasets.evaluating import evaluate_depth
from plumb.jobs import Job, Progress, Steps, finish
from plumb.metrics import Metric
from plumb.protocols import Protocol
from plumb.report import Evaluation
from plumb.statistics import Band, Statistic, aggregate, bands, grouped

_KIND = "evaluate_depth"
_LOST = "its score is gone: the prediction was replaced or removed after the evaluation"


def evaluate_dataset(
    collection: fo.SampleCollection,
    pred_fields: Sequence[str] | str,
    gt_field: str = "gt_depth",
    *,
    protocol: Protocol | Mapping[str, Any] | str | os.PathLike[str] = "sunrgbd",
    alignment: str = "auto",
    eval_key: str | None = None,
    metrics: Sequence[str] | str = (),
    group_by: Sequence[str] = (),
    progress: bool | None = None,
) -> list[Evaluation]:
    """Score depth fields as :func:`plumb.datasets.evaluating.evaluate_depth` does, with a progress bar.

    Args:
        collection: a dataset or view
        pred_fields: fields with predictions, or one of them
        gt_field, protocol, alignment, eval_key, metrics, group_by: as there
        progress: whether to draw the bar, None for what FiftyOne's ``show_progress_bars`` says

    Returns:
        one evaluation a field, in the order of ``pred_fields``, of the samples of the collection

    Raises:
        ValueError: if a field, the protocol, the alignment, a metric or the key is wrong
    """
    fields = [pred_fields] if isinstance(pred_fields, str) else pred_fields
    rules = {"protocol": protocol, "alignment": alignment, "metrics": metrics}
    if isinstance(collection, fo.DatasetView):
        # A view may be chosen by the very values that the evaluation replaces: hold on to its samples.
        collection = grid.every_slice(collection._root_dataset).select(collection.values("id"))
    job = evaluate_depth(collection, fields, gt_field, eval_key=eval_key, group_by=group_by, **rules)
    found = _finish_visibly(job, progress)
    return load_evaluations(collection, [row["run"] for row in found.values()])


def load_evaluations(collection: fo.SampleCollection, runs: Sequence[str] | None = None) -> list[Evaluation]:
    """Load evaluations that a dataset holds: the values from its samples, all else from the runs.

    Of a view, or where samples were deleted or have lost their scores since, the statistics and groups are computed
    anew from the values that are there. There are no errors by distance then where an earlier version has stored the
    run, without those of single samples. A warning says what is missing.

    Args:
        collection: a dataset; of a view, only its samples are loaded
        runs: keys of the runs in the order wanted, None for all of :func:`evaluation_runs`; of all, those that cannot
            be loaded are left out with a warning

    Raises:
        ValueError: if there is no such run, it is no evaluation or an unfinished one, or its values are gone
    """
    evaluations, notes = finish(read_evaluations(collection, runs))
    for note in notes:
        warnings.warn(note, stacklevel=2)
    return evaluations


def read_evaluations(
    collection: fo.SampleCollection, runs: Sequence[str] | None = None
) -> Job[tuple[list[Evaluation], list[str]]]:
    """Load evaluations step by step; the warnings of :func:`load_evaluations` are the second part of the result."""
    if isinstance(runs, str):
        raise ValueError(f"runs is a list of run keys, such as [{runs!r}]")
    dataset = collection._root_dataset
    dataset.reload()  # another process may have finished a run since
    wanted = evaluation_runs(dataset) if runs is None else [_evaluation(dataset, key) for key in dict.fromkeys(runs)]
    evaluations, notes = [], []
    for number, run in enumerate(wanted):
        yield Progress(number, len(wanted), f"reading {run.key}")
        try:
            evaluation, remarks = _read(collection, run)
        except ValueError as error:
            if runs is not None:
                raise
            notes.append(f"left out: {error}")
        else:
            evaluations.append(evaluation)
            notes += [f"{run.key}: {remark}" for remark in remarks]
    return evaluations, notes


def evaluation_runs(dataset: fo.Dataset) -> list[records.Run]:
    """The evaluations that a dataset has runs of, finished or not, the oldest first."""
    return [run for run in reversed(records.all_runs(dataset)) if run.kind == _KIND]


def _evaluation(dataset: fo.Dataset, key: str) -> records.Run:
    run = records.read(dataset, key)
    if run.kind != _KIND:
        known = ", ".join(run.key for run in evaluation_runs(dataset)) or "none"
        raise ValueError(f"{key!r} is a run of {run.kind}; the evaluations of dataset {dataset.name!r}: {known}")
    return run


def _read(collection: fo.SampleCollection, run: records.Run) -> tuple[Evaluation, list[str]]:
    """An evaluation, and what must be known beside it."""
    settings, found = run.settings, records.results(collection._root_dataset, run.key)
    if not found:
        raise ValueError(f"{run.key} has no results: it is still at work, or was stopped; evaluate {run.field} again")
    if "statistics" not in found:
        raise ValueError(f"{run.key} was stored by an earlier version of Plumb; evaluate {run.field} again")
    rules = Protocol.from_dict(settings["protocol"])
    metrics = {name: rules.metric(name) for name in rules.metrics}
    values, gone = _values(collection, run, found, metrics)
    here = set(values["id"])
    columns = {name: _numbers(values[name]) for name in metrics}
    has_score = ~np.all([np.isnan(column) for column in columns.values()], axis=0)
    n_pixels = np.array([count or 0 for count in values["n_valid"]], dtype=np.int64)
    summary = _stored(found)
    counted = {name: np.count_nonzero(~np.isnan(column)) for name, column in columns.items()}
    part = len(here) < len(found["sample_ids"]) or counted != {n: s.n for n, s in summary["statistics"].items()}
    sums = _band_sums(found, values["id"], has_score)
    if part:
        filled = np.array([source == "filled" for source in values["source"]], dtype=bool)
        groups = {path: values[_group(path)] for path in found["groups"] if _group(path) in values}
        summary = {
            "statistics": aggregate(columns, n_pixels, metrics),
            "groups": {path: grouped(columns, n_pixels, labels, metrics) for path, labels in groups.items()},
            "on_filled": int(np.count_nonzero(filled & has_score)),
            "bands": () if sums is None else bands(sums),
        }
    scored_ids = {key for key, has in zip(values["id"], has_score, strict=True) if has}
    reasons = {key: why for key, why in found["failures"].items() if key in here}
    lost = [key for key in values["id"] if key not in scored_ids and key not in reasons]
    evaluation = Evaluation(
        run=run.key,
        field=run.field,
        eval_key=settings["eval_key"],
        gt_field=settings["gt_field"],
        # As it was asked for: the mode that each prediction needed is in `alignments`, and may differ between fields.
        protocol=rules.describe(settings["alignment"]),
        alignments=tuple(settings["alignments_used"]),
        metrics=metrics,
        sample_ids=values["id"],
        filepaths=values["filepath"],
        columns=columns,
        n_pixels=n_pixels,
        scale=_numbers(values["align_scale"]),
        shift=_numbers(values["align_shift"]),
        flipped=np.array([bool(value) for value in values["flipped"]], dtype=bool),
        reasons=reasons | dict.fromkeys(lost, _LOST),
        metric_reasons=_metric_reasons(found, scored_ids),
        missing_pixels=_missing_pixels(found, scored_ids),
        band_sums=sums,
        **summary,
    )
    return evaluation, _remarks(evaluation, gone, len(lost), part and "n_missing" not in found)


def _band_sums(found: Mapping[str, Any], keys: Sequence[str], has_score: np.ndarray) -> np.ndarray | None:
    """(N, B, 3) of the samples with these ids, zeros of those without a score; None where the run lacks them."""
    every = band_sums.read(found)
    if every is None:
        return None
    row_of = {key: row for row, key in enumerate(found["sample_ids"])}
    sums = every[[row_of[key] for key in keys]]
    sums[~has_score] = 0  # a sample that has lost its score since
    return sums


def _stored(found: Mapping[str, Any]) -> dict[str, Any]:
    """What a run knows of all its samples together."""

    def statistics(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, Statistic]:
        return {name: Statistic(**table) for name, table in tables.items()}

    return {
        "statistics": statistics(found["statistics"]),
        "groups": {
            path: {group: statistics(tables) for group, tables in groups.items()}
            for path, groups in found["groups"].items()
        },
        "bands": [Band(**table) for table in found["bands"]],
        "on_filled": found["on_filled"],
    }


def _missing_pixels(found: Mapping[str, Any], scored_ids: Set[str]) -> int:
    """The pixels without prediction of these samples; of all that a run had, where it tells no more."""
    if "n_missing" not in found:
        return found["missing_pixels"]
    return sum(count for key, count in zip(found["sample_ids"], found["n_missing"], strict=True) if key in scored_ids)


def _metric_reasons(found: Mapping[str, Any], scored_ids: Set[str]) -> dict[str, dict[str, str]]:
    """Why these samples lack a metric, by metric and sample; runs of earlier versions know only how many do."""
    return {
        metric: {key: reason for reason, keys in reasons.items() for key in keys if key in scored_ids}
        for metric, reasons in found.get("metric_failures", {}).items()
    }


def _values(
    collection: fo.SampleCollection, run: records.Run, found: Mapping[str, Any], metrics: Mapping[str, Metric]
) -> tuple[dict[str, list[Any]], int]:
    """The values of those samples of an evaluation that are in `collection`.

    Returns:
        the values by name; how many of its samples are not in the dataset any more
    """
    settings, dataset = run.settings, collection._root_dataset
    place = scored.prefix(run.field, settings["eval_key"])
    paths = {name: place + name for name in (*metrics, "align_scale", "align_shift", "n_valid", "flipped")}
    paths |= {"id": "id", "filepath": "filepath", "source": f"{settings['gt_field']}.source"}
    missing = [path for path in paths.values() if not dataset.has_field(path)]
    if missing:
        raise ValueError(
            f"{run.key} needs {missing[0]}, which the dataset does not have any more: it was renamed or deleted; "
            f"evaluate {run.field} again"
        )
    paths |= {_group(path): path for path in found["groups"] if dataset.has_field(path)}
    # Read from the dataset, in one query for all: a view may hide fields, and it is the samples that cost.
    columns = grid.every_slice(dataset).select(found["sample_ids"]).values(list(paths.values()))
    table = dict(zip(paths, columns, strict=True))
    there = table["id"]
    wanted = set(there) if isinstance(collection, fo.Dataset) else grid.sample_ids(collection)
    rows = [row for row, key in enumerate(there) if key in wanted]
    if found["sample_ids"] and not rows:
        elsewhere = grid.slices_of(dataset, found["sample_ids"])
        mend = f", but samples of slice {' and '.join(elsewhere)}: show the groups, or that slice" if elsewhere else ""
        raise ValueError(f"{run.key} has scored none of the samples that are here{mend}")
    gone = len(found["sample_ids"]) - len(there)
    return {name: [column[row] for row in rows] for name, column in table.items()}, gone


def _group(path: str) -> str:
    """The name of the values by which samples were grouped, beside those of metrics."""
    return f"group {path}"


def _remarks(evaluation: Evaluation, gone: int, lost: int, of_all: bool) -> list[str]:
    remarks = []
    if gone:
        remarks.append(f"{gone} of its samples are not in the dataset any more")
    if lost:
        remarks.append(f"{lost} have lost their scores, because their prediction was replaced or removed")
    if remarks:
        count = evaluation.counts["images scored"]
        without = "" if evaluation.bands or evaluation.band_sums is not None else ", without errors by distance"
        remarks = [f"{', '.join(remarks)}; its statistics are of the {count} with a score{without}"]
    if of_all and evaluation.missing_pixels:
        remarks.append("its pixels without prediction are counted over all samples that it had")
    return remarks


def _numbers(values: Sequence[float | None]) -> np.ndarray:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _finish_visibly(job: Job[Any], progress: bool | None) -> Any:
    """Run a job to its end under FiftyOne's progress bar."""
    steps = Steps(job)
    steps.advance()  # the parameters are checked before there is a bar
    total = steps.progress.total
    with fo.ProgressBar(total=total, progress=progress, iters_str="images") as bar:
        while steps.progress is not None:
            bar.set_iteration(steps.progress.done)
            steps.advance()
        bar.set_iteration(total)
    return steps.result
