"""View, rename and delete what imports, predictions and evaluations have left on a dataset."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Any

import fiftyone as fo
from fiftyone import ViewField as F

from plumb.datasets import band_sums, runs, scored
from plumb.datasets.claims import Holder, field_claim, holders
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
        ValueError: if a parameter is wrong, the dataset has no such run of Plumb's, or another operation is at work in
            the field of a run to rename or delete
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
        `run`, `kind`, `field`, `fields`, `when` (ISO 8601, UTC), `finished`, `at_work` (what works in its field now, in
        words), `renaming` (the new name, if a rename was interrupted), `settings`, `versions`, `results` but for the
        failures, `failures` (how many) and `first_failures` (20 at most, each as {name, reason}), `samples` (how many
        have its maps, or its values), `uncertainties` (how many have the uncertainty of its maps), `folders` (with map
        files), `evaluations` (keys of those of its field)

    Raises:
        ValueError: if the dataset has no such run of Plumb's
    """
    dataset.reload()
    run = runs.read(dataset, key)
    # Field and key are the view's own: a prediction's results have those of the day, which a rename may have changed.
    hidden = ("field", "run", band_sums.KEY)  # the sums are arrays as text, which nobody reads
    results = {name: value for name, value in runs.results(dataset, key).items() if name not in hidden}
    failures = _take_failures(dataset, run, results)
    writer = run.verb != "evaluate"
    evaluations = [r.key for r in runs.all_runs(dataset) if writer and r.verb == "evaluate" and run.field in r.fields]
    own = _own_samples(dataset, run)
    paths = own.values(f"{run.field}.map_path") if writer and own is not None else []
    recorded = run.settings.get("folder")  # with maps that no label names, where the run was stopped
    folders = {os.path.dirname(path) for path in paths if path} | ({recorded} if recorded else set())
    uncertain = _samples_with_maps(dataset, run.settings.get("uncertainty_field"), key)
    holder = at_work(dataset, run.field)
    return {
        "run": key,
        "kind": run.kind,
        "field": run.field,
        "fields": run.fields,
        "when": f"{run.when:%Y-%m-%dT%H:%M:%SZ}",
        "finished": run.finished,
        "at_work": holder and f"{holder.what}, process {holder.pid} on {holder.host}, since {holder.since} UTC",
        "renaming": run.renaming and run.renaming["to"],
        "settings": {name: value for name, value in run.settings.items() if name != "renaming"},
        "versions": run.versions,
        "results": results,
        "failures": len(failures),
        "first_failures": failures[:_SHOWN],
        "samples": 0 if own is None else own.count(),
        "uncertainties": 0 if uncertain is None else uncertain.count(),
        "folders": sorted(folders),
        "evaluations": evaluations,
    }


def at_work(dataset: fo.Dataset, field: str) -> Holder | None:
    """What works in a field now, and lets neither its runs be renamed or deleted nor a prediction begin there."""
    name = field_claim(dataset, field)
    return next((holder for holder in holders(name) if holder.name == name and not holder.dead), None)


def _own_samples(dataset: fo.Dataset, run: Run) -> fo.DatasetView | None:
    """The samples that have a map of the run's, or values of this evaluation."""
    if run.verb != "evaluate":
        return _samples_with_maps(dataset, run.field, run.key)
    counted = f"{scored.prefix(run.field, run.settings['eval_key'])}n_valid"
    return dataset.exists(counted) if dataset.has_field(counted) else None


def _samples_with_maps(dataset: fo.Dataset, field: str | None, key: str) -> fo.DatasetView | None:
    return dataset.match(F(f"{field}.run") == key) if field and dataset.has_field(f"{field}.run") else None


def _take_failures(dataset: fo.Dataset, run: Run, results: dict[str, Any]) -> list[dict[str, str]]:
    """Take the failures out of a run's results: those of an evaluation by image, where its sample is still there."""
    if run.verb != "evaluate":
        listed, name = _FAILURES[run.verb]
        return [{"name": entry[name], "reason": entry["reason"]} for entry in results.pop(listed, [])]
    reasons = results.pop("failures", {})
    first = list(reasons)[:_SHOWN]
    images = dict(zip(*dataset.select(first).values(["id", "filepath"]), strict=True))
    return [{"name": images.get(sample, sample), "reason": reason} for sample, reason in reasons.items()]
