"""View, rename and delete what imports, predictions and evaluations have left on a dataset."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Any

import fiftyone as fo
from fiftyone import ViewField as F

from plumb.datasets import runs, scored
from plumb.datasets.deleting import delete_run
from plumb.datasets.renaming import rename_run
from plumb.datasets.runs import Run
from plumb.jobs import Job, Progress

ACTIONS = ("view", "rename", "delete")
_SHOWN = 20

# Where a run's results list what went wrong, and how an entry names the thing.
_FAILURES = {"import": ("skipped", "path"), "predict": ("failed", "filepath")}


def manage_depth_runs(
    dataset: fo.Dataset, run: str, action: str = "view", new_name: str | None = None
) -> Job[dict[str, Any]]:
    """View, rename or delete a run of Plumb's.

    Args:
        dataset: the dataset with the run
        run: its key
        action: one of `ACTIONS`
        new_name: to rename: the `eval_key` of an evaluation, the field of an import or a prediction

    Returns:
        the run as :func:`view_run` gives it (renamed: as it is now; deleted: as it was), and `action`; `renamed_from`,
        its former key; `deleted`, see :class:`plumb.datasets.deleting.Deletion`

    Raises:
        ValueError: if a parameter is wrong, or the dataset has no such run of Plumb's
    """
    if action not in ACTIONS:
        raise ValueError(f"action is one of {', '.join(ACTIONS)}, not {action!r}")
    if action == "rename":
        if not new_name:
            raise ValueError("to rename a run, give its new name: new_name")
        yield Progress(0, 1, f"renaming {run}")
        key = rename_run(dataset, run, new_name)
        return {"action": action, **view_run(dataset, key), "renamed_from": run}
    view = {"action": action, **view_run(dataset, run)}
    if action == "delete":
        deleted = yield from delete_run(dataset, run)
        view["deleted"] = asdict(deleted)
    return view


def view_run(dataset: fo.Dataset, key: str) -> dict[str, Any]:
    """All that is known of a run, as JSON.

    Returns:
        `run`, `kind`, `field`, `fields`, `when` (ISO 8601, UTC), `finished`, `renaming` (the new name, if a rename was
        interrupted), `settings`, `versions`, `results` but for the failures, `failures` (how many) and
        `first_failures` (20 at most, each as {name, reason}), `samples` (how many have its maps, or its values),
        `folders` (with map files), `evaluations` (keys of those of its field)

    Raises:
        ValueError: if the dataset has no such run of Plumb's
    """
    dataset.reload()
    run = runs.read(dataset, key)
    # Field and key are the view's own: a prediction's results have those of the day, which a rename may have changed.
    results = {name: value for name, value in runs.results(dataset, key).items() if name not in ("field", "run")}
    failures = _take_failures(dataset, run, results)
    writer = run.verb != "evaluate"
    evaluations = [r.key for r in runs.all_runs(dataset) if writer and r.verb == "evaluate" and run.field in r.fields]
    own = _own_samples(dataset, run)
    paths = own.values(f"{run.field}.map_path") if writer and own is not None else []
    return {
        "run": key,
        "kind": run.kind,
        "field": run.field,
        "fields": run.fields,
        "when": f"{run.when:%Y-%m-%dT%H:%M:%SZ}",
        "finished": run.finished,
        "renaming": run.renaming and run.renaming["to"],
        "settings": {name: value for name, value in run.settings.items() if name != "renaming"},
        "versions": run.versions,
        "results": results,
        "failures": len(failures),
        "first_failures": failures[:_SHOWN],
        "samples": 0 if own is None else own.count(),
        "folders": sorted({os.path.dirname(path) for path in paths if path}),
        "evaluations": evaluations,
    }


def _own_samples(dataset: fo.Dataset, run: Run) -> fo.DatasetView | None:
    """The samples that have a map of the run's, or values of this evaluation."""
    if run.verb != "evaluate":
        known = dataset.has_field(f"{run.field}.run")
        return dataset.match(F(f"{run.field}.run") == run.key) if known else None
    counted = f"{scored.prefix(run.field, run.settings['eval_key'])}n_valid"
    return dataset.exists(counted) if dataset.has_field(counted) else None


def _take_failures(dataset: fo.Dataset, run: Run, results: dict[str, Any]) -> list[dict[str, str]]:
    """Take the failures out of a run's results: those of an evaluation by image, where its sample is still there."""
    if run.verb != "evaluate":
        listed, name = _FAILURES[run.verb]
        return [{"name": entry[name], "reason": entry["reason"]} for entry in results.pop(listed, [])]
    reasons = results.pop("failures", {})
    first = list(reasons)[:_SHOWN]
    images = dict(zip(*dataset.select(first).values(["id", "filepath"]), strict=True))
    return [{"name": images.get(sample, sample), "reason": reason} for sample, reason in reasons.items()]
