"""Delete a run with what it made: an evaluation's values; of an import or a prediction the maps, labels and files.

Only a map file that the run itself wrote is deleted: one that a map of this run names, in the folder that the run made,
and that no other map in any dataset of this database names. The samples stay, and so do their images.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import fiftyone as fo
from fiftyone import ViewField as F
from fiftyone.core.odm import get_db_conn

from plumb.datasets import runs
from plumb.datasets.fields import depth_fields
from plumb.datasets.renaming import check_not_renaming
from plumb.datasets.runs import Run
from plumb.jobs import Job, Progress
from plumb.parallel import batched

# Samples whose maps go between two database writes: small, so that a killed deletion leaves few labels without a file.
_BATCH = 256


@dataclass(frozen=True)
class Deletion:
    """What deleting a run removes, or has removed.

    Attributes:
        maps: labels that the run wrote
        files: map files that are deleted
        size: of these files, in bytes
        missing: map files that are not there
        kept: what stays that might be thought to go, each as {path, reason}
        fields: fields that go as a whole
        attributes: paths of the evaluations' values that go
        evaluations: keys of other runs that go, because they scored these maps
    """

    maps: int
    files: int
    size: int
    missing: int
    kept: list[dict[str, str]]
    fields: list[str]
    attributes: list[str]
    evaluations: list[str]


def plan_deletion(dataset: fo.Dataset, key: str) -> Deletion:
    """What :func:`delete_run` would do; changes nothing.

    Raises:
        ValueError: if the dataset has no such run, or a rename of it was interrupted
    """
    run = runs.read(dataset, key)
    check_not_renaming(run)
    if run.verb == "evaluate":
        return Deletion(0, 0, 0, 0, [], [], _values_of([run], dataset), [])
    labels = _labels(dataset, run)
    paths = set(filter(None, labels.values()))
    kept = _not_ours(dataset, run, paths)
    sizes = {path: _size(path) for path in paths - kept.keys()}
    there = [size for size in sizes.values() if size is not None]
    evaluations = _evaluations(dataset, run, labels)
    return Deletion(
        maps=len(labels),
        files=len(there),
        size=sum(there),
        missing=len(sizes) - len(there),
        kept=[{"path": path, "reason": reason} for path, reason in sorted(kept.items())],
        fields=[run.field] if run.field in depth_fields(dataset) and not _others(dataset, run) else [],
        attributes=_values_of(evaluations, dataset),
        evaluations=[evaluation.key for evaluation in evaluations],
    )


def delete_run(dataset: fo.Dataset, key: str) -> Job[Deletion]:
    """Delete a run with what it made.

    With an evaluation go its values. With an import or a prediction go its maps, their files, the evaluations that
    scored them (their means would be of maps that are gone; for an import, all evaluations against that field), and
    the field itself if no other map is in it. The run itself goes last: where this is interrupted, the same call again
    finishes it.

    Returns:
        what was removed; `kept` has the files and folders that are still there, and why

    Raises:
        ValueError: as :func:`plan_deletion`
    """
    dataset.reload()
    plan, run = plan_deletion(dataset, key), runs.read(dataset, key)
    yield Progress(0, max(plan.maps, 1), f"deleting {key}")
    # First, so that no score is ever of a map that is gone.
    if plan.attributes:
        dataset.delete_sample_fields(plan.attributes)
    for evaluation in plan.evaluations:
        dataset.delete_run(evaluation)
    if run.verb != "evaluate":
        plan = yield from _delete_maps(dataset, run, plan)
    dataset.delete_run(key)
    dataset.reload()
    return plan


def _delete_maps(dataset: fo.Dataset, run: Run, plan: Deletion) -> Job[Deletion]:
    labels, kept, files, done = _labels(dataset, run), {entry["path"] for entry in plan.kept}, 0, 0
    failed: dict[str, str] = {}
    for batch in batched(labels.items(), _BATCH):
        # The file before the label that names it: of a file without a label nobody would know.
        for path in {path for _, path in batch if path and path not in kept}:
            try:
                os.unlink(path)
                files += 1
            except FileNotFoundError:
                pass
            except OSError as error:
                failed[path] = f"cannot be deleted: {error.strerror}"
        dataset.set_values(run.field, {sample: None for sample, _ in batch}, key_field="id")
        done += len(batch)
        yield Progress(done, plan.maps, f"{done} of {plan.maps} maps deleted")
    failed |= _remove_folders({os.path.dirname(path) for path in labels.values() if path and path not in kept})
    if plan.fields:
        dataset.delete_sample_fields(plan.fields)
    return replace(plan, files=files, kept=plan.kept + [{"path": p, "reason": r} for p, r in failed.items()])


def _labels(dataset: fo.Dataset, run: Run) -> dict[str, str | None]:
    """Map path by sample id, of the maps that the run wrote."""
    if not dataset.has_field(f"{run.field}.run"):
        return {}
    own = dataset.match(F(f"{run.field}.run") == run.key)
    return dict(zip(*own.values(["id", f"{run.field}.map_path"]), strict=True))


def _others(dataset: fo.Dataset, run: Run) -> int:
    """How many maps in the run's field are of other runs, or of none."""
    return dataset.exists(run.field).match(F(f"{run.field}.run") != run.key).count()


def _evaluations(dataset: fo.Dataset, run: Run, labels: dict[str, str | None]) -> list[Run]:
    """The evaluations that scored the run's maps; of an import's, all against its field."""
    found = [other for other in runs.all_runs(dataset) if other.verb == "evaluate" and run.field in other.fields]
    if run.verb == "predict":
        return [other for other in found if run.key in other.settings["prediction_runs"]]
    return found if labels else []


def _values_of(evaluations: Iterable[Run], dataset: fo.Dataset) -> list[str]:
    paths = (path for evaluation in evaluations for path in evaluation.settings["attributes"])
    return [path for path in paths if dataset.has_field(path)]


def _size(path: str) -> int | None:
    """In bytes; None where there is no file."""
    try:
        return os.stat(path).st_size
    except OSError:
        return None


def _not_ours(dataset: fo.Dataset, run: Run, paths: Iterable[str]) -> dict[str, str]:
    """Of the map files that the run's maps name: those that must stay, and why."""
    field, key = run.settings.get("written_as", (run.field, run.key))
    folders = {os.path.dirname(path) for path in paths}
    own = {folder for folder in folders if _is_folder_of(folder, field, key)}
    kept = {path: "lies outside the folder of this run" for path in paths if os.path.dirname(path) not in own}
    return kept | _named_elsewhere(dataset, run, own)


def _is_folder_of(folder: str, field: str, key: str) -> bool:
    """Whether a folder is named as `fields.make_run_dir` names one, links followed."""
    real = Path(os.path.realpath(folder))
    return real.parent.name == field and bool(re.fullmatch(re.escape(key) + r"(-\d+)?", real.name))


def _named_elsewhere(dataset: fo.Dataset, run: Run, folders: set[str]) -> dict[str, str]:
    """Map files below `folders` that a map of another run, field or dataset names: by path, where.

    Clones of a dataset or a field name the same files. Asked of the database itself, because loading every dataset to
    ask it would take seconds where there are hundreds.
    """
    if not folders:
        return {}
    below = {"$regex": f"^({'|'.join(re.escape(os.path.join(folder, '')) for folder in sorted(folders))})"}
    found = {}
    database = get_db_conn()
    for other in database.datasets.find({}, {"name": 1, "sample_collection_name": 1, "sample_fields": 1}):
        for field in other.get("sample_fields", []):
            if not (field.get("embedded_doc_type") or "").endswith(".Heatmap"):
                continue
            name = field["name"]
            query: dict[str, Any] = {f"{name}.map_path": below}
            if other["name"] == dataset.name and name == run.field:
                query[f"{name}.run"] = {"$ne": run.key}
            for sample in database[other["sample_collection_name"]].find(query, {f"{name}.map_path": 1}):
                found[sample[name]["map_path"]] = f"field {name} of dataset {other['name']} uses it too"
    return found


def _remove_folders(folders: Iterable[str]) -> dict[str, str]:
    """Remove the run's folders, and those of field and dataset above them, where nothing is left in them."""
    left = {}
    for folder in folders:
        try:
            for level in (Path(folder), *Path(folder).parents[:2]):
                level.rmdir()
        except OSError:
            with suppress(OSError):
                if entries := len(os.listdir(folder)):
                    left[folder] = f"holds {entries} files that no map of this run names"
    return left
