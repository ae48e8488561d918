"""Delete a run with what it made: an evaluation's values; of an import or a prediction the maps, labels and files.

Only a file that the run itself wrote is deleted: a map in the folder that the run made, which no other map in any
dataset of this database names. The samples stay, and so do their images.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import fiftyone as fo
from fiftyone import ViewField as F

from plumb.datasets import runs
from plumb.datasets.claims import Held, claim, field_claim
from plumb.datasets.renaming import check_not_renaming
from plumb.datasets.run_files import RunFiles, find_files, remove_folders
from plumb.datasets.runs import Run
from plumb.jobs import Job, Progress
from plumb.parallel import batched

# Samples whose maps go between two database writes: small, so that a killed deletion leaves few labels without a file.
_BATCH = 256


@dataclass(frozen=True)
class Deletion:
    """What deleting a run removes, or has removed.

    Attributes:
        maps: labels of depth that the run wrote
        uncertainties: labels of their uncertainty
        files: map files that are deleted
        size: of these files, in bytes
        unnamed: those of these files that no label names, see `plumb.datasets.run_files.RunFiles`
        missing: map files that are not there
        kept: what stays that might be thought to go, each as {path, reason}
        fields: fields that go as a whole
        attributes: paths of the evaluations' values that go
        evaluations: keys of other runs that go, because they scored these maps
    """

    maps: int = 0
    uncertainties: int = 0
    files: int = 0
    size: int = 0
    unnamed: int = 0
    missing: int = 0
    kept: list[dict[str, str]] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)
    attributes: list[str] = field(default_factory=list)
    evaluations: list[str] = field(default_factory=list)


def plan_deletion(dataset: fo.Dataset, key: str) -> Deletion:
    """What :func:`delete_run` would do; changes nothing.

    Raises:
        ValueError: if the dataset has no such run, or a rename of it was interrupted
    """
    run = runs.read(dataset, key)
    check_not_renaming(run)
    if run.verb == "evaluate":
        return Deletion(attributes=_values_of([run], dataset))
    return _plan(dataset, run, _find(dataset, run))


def delete_run(dataset: fo.Dataset, key: str) -> Job[Deletion]:
    """Delete a run with what it made.

    With an evaluation go its values. With an import or a prediction go its maps and their uncertainty, their files, the
    evaluations that scored them (their means would be of maps that are gone; for an import, all evaluations against
    that field), and each field if no other map is in it. The run itself goes last: where this is interrupted, the same
    call again finishes it. Its field is claimed meanwhile, see `plumb.datasets.claims`.

    Returns:
        what was removed; `kept` has the files and folders that are still there, and why

    Raises:
        ValueError: as :func:`plan_deletion`, or if another operation is at work in the run's field
    """
    dataset.reload()
    name = field_claim(dataset, runs.read(dataset, key).field)
    with claim(name, f"the deletion of {key!r} of dataset {dataset.name!r}") as held:
        dataset.reload()  # what was at work until now has left more
        plan, run = plan_deletion(dataset, key), runs.read(dataset, key)
        yield Progress(0, max(plan.maps, 1), f"deleting {key}")
        # First, so that no score is ever of a map that is gone.
        if plan.attributes:
            dataset.delete_sample_fields(plan.attributes)
        for evaluation in plan.evaluations:
            dataset.delete_run(evaluation)
        if run.verb != "evaluate":
            plan = yield from _delete_maps(dataset, run, plan, held)
        dataset.delete_run(key)
        dataset.reload()
        return plan


@dataclass(frozen=True)
class _Maps:
    """What a run of maps has made.

    Attributes:
        labels: by field, that of the depth first: of each sample the path of its map file
        files: all its files
    """

    labels: dict[str, dict[str, str | None]]
    files: RunFiles


def _find(dataset: fo.Dataset, run: Run) -> _Maps:
    # The depth first: a sample without its map is predicted anew, whatever else it has.
    fields = filter(None, (run.field, run.settings.get("uncertainty_field")))
    labels = {name: _labels(dataset, name, run.key) for name in fields}
    paths = (path for of_field in labels.values() for path in of_field.values() if path)
    return _Maps(labels, find_files(dataset, run, paths))


def _plan(dataset: fo.Dataset, run: Run, found: _Maps) -> Deletion:
    files, labels = found.files, found.labels[run.field]
    named, unnamed = ([_size(path) for path in paths] for paths in (files.named, files.unnamed))
    there = [size for size in named + unnamed if size is not None]
    evaluations = _evaluations(dataset, run, labels)
    return Deletion(
        maps=len(labels),
        uncertainties=sum(map(len, found.labels.values())) - len(labels),
        files=len(there),
        size=sum(there),
        unnamed=len(unnamed),
        missing=named.count(None),
        kept=_listed(files.kept),
        fields=[name for name in found.labels if _is_plumbs(dataset, name) and not _others(dataset, name, run.key)],
        attributes=_values_of(evaluations, dataset),
        evaluations=[evaluation.key for evaluation in evaluations],
    )


def _delete_maps(dataset: fo.Dataset, run: Run, plan: Deletion, held: Held) -> Job[Deletion]:
    found, sizes, failed, done = _find(dataset, run), [], {}, 0
    total = plan.maps + plan.uncertainties + plan.unnamed
    for name, batch in _batches(found):
        if held.lost:
            raise ValueError(f"another operation has taken field {run.field!r} over; this one stops")
        # The file before the label that names it: the run's folder is searched for the others only where it is known.
        for path in {path for path in batch.values() if path and path not in found.files.kept}:
            try:
                size = os.stat(path).st_size
                os.unlink(path)
                sizes.append(size)
            except FileNotFoundError:
                pass
            except OSError as error:
                failed[path] = f"cannot be deleted: {error.strerror}"
        if name:
            dataset.set_values(name, dict.fromkeys(batch), key_field="id")
        done += len(batch)
        yield Progress(done, total, f"{done} of {total} maps deleted")
    failed |= remove_folders(replace(found.files, kept=found.files.kept | failed))
    if plan.fields:
        dataset.delete_sample_fields(plan.fields)
    return replace(plan, files=len(sizes), size=sum(sizes), kept=plan.kept + _listed(failed))


def _batches(found: _Maps) -> Iterator[tuple[str | None, dict[str, str | None]]]:
    """What goes together: a field and the paths by sample, or no field where no label names the files."""
    for name, labels in found.labels.items():
        for batch in batched(labels.items(), _BATCH):
            yield name, dict(batch)
    for batch in batched(found.files.unnamed, _BATCH):
        yield None, dict(zip(batch, batch, strict=True))


def _labels(dataset: fo.Dataset, field: str, key: str) -> dict[str, str | None]:
    """Map path by sample id, of the maps in a field that a run wrote."""
    if not dataset.has_field(f"{field}.run"):
        return {}
    own = dataset.match(F(f"{field}.run") == key)
    return dict(zip(*own.values(["id", f"{field}.map_path"]), strict=True))


def _is_plumbs(dataset: fo.Dataset, field: str) -> bool:
    """Whether a field is there, and holds depth or uncertainty of Plumb's."""
    return dataset.has_field(f"{field}.quantity") or dataset.has_field(f"{field}.uncertainty_of")


def _others(dataset: fo.Dataset, field: str, key: str) -> int:
    """How many maps in a field are of other runs than this one, or of none."""
    return dataset.exists(field).match(F(f"{field}.run") != key).count()


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


def _listed(kept: dict[str, str]) -> list[dict[str, str]]:
    return [{"path": path, "reason": reason} for path, reason in sorted(kept.items())]
