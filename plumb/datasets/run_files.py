"""The files of a run of maps: those that it wrote itself and nothing else uses, and those that must stay, and why."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fiftyone as fo
from fiftyone.core.odm import get_db_conn

from plumb.datasets.runs import Run

# What a prediction writes: maps, named by their samples, and on the way to them the files of `write_atomically`.
_MAP = r"[0-9a-f]{24}(\.uncertainty)?\.png"
_WRITTEN = re.compile(rf"{_MAP}|\.{_MAP}\.[0-9a-f]{{8}}\.tmp")


@dataclass(frozen=True)
class RunFiles:
    """Paths of a run's files.

    Attributes:
        named: those that the run's labels name and that may go, whether they are there or not
        unnamed: those that no label names: the run was stopped before it could, or another map took their sample
        kept: what must stay though it might be thought the run's: by path, why
        folders: the run's own folders
    """

    named: set[str]
    unnamed: set[str]
    kept: dict[str, str]
    folders: set[str]


def find_files(dataset: fo.Dataset, run: Run, paths: Iterable[str]) -> RunFiles:
    """Sort out which files are a run's own: files of maps, in a folder that it made, that nothing else uses.

    Args:
        paths: of the map files that the run's labels name
    """
    written_as, paths = run.settings.get("written_as", (run.field, run.key)), set(paths)
    recorded = run.settings.get("folder")
    parents = {os.path.dirname(path) for path in paths} | ({recorded} if recorded else set())
    own = {folder for folder in parents if _is_folder_of(folder, *written_as)}
    kept = {path: "lies outside the folder of this run" for path in paths if os.path.dirname(path) not in own}
    kept |= _named_elsewhere(dataset, run, own)
    unnamed = _written_in(recorded) - paths - kept.keys() if recorded in own else set()
    if sharer := unnamed and _recorded_elsewhere(dataset, run, recorded):
        kept[recorded] = f"holds {len(unnamed)} files that {sharer} may take up"
        unnamed = set()
    return RunFiles(paths - kept.keys(), unnamed, kept, own)


def remove_folders(files: RunFiles) -> dict[str, str]:
    """Remove a run's folders, and those of field and dataset above them, where nothing is left in them.

    Returns:
        folders that hold what is not known to be kept, and how much of it
    """
    left = {}
    for folder in files.folders - files.kept.keys():
        try:
            for level in (Path(folder), *Path(folder).parents[:2]):
                level.rmdir()
        except OSError:
            with suppress(OSError):
                if entries := [name for name in os.listdir(folder) if os.path.join(folder, name) not in files.kept]:
                    left[folder] = f"holds {len(entries)} files that no map of this run names"
    return left


def _is_folder_of(folder: str, field: str, key: str) -> bool:
    """Whether a folder is named as `fields.make_run_dir` names one, links followed."""
    real = Path(os.path.realpath(folder))
    return real.parent.name == field and bool(re.fullmatch(re.escape(key) + r"(-\d+)?", real.name))


def _written_in(folder: str) -> set[str]:
    """Files in a folder that are named as those of predictions are."""
    try:
        with os.scandir(folder) as entries:
            return {e.path for e in entries if _WRITTEN.fullmatch(e.name) and e.is_file(follow_symlinks=False)}
    except OSError:  # it is gone, or cannot be read
        return set()


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
            if other["name"] == dataset.name and name in (run.field, run.settings.get("uncertainty_field")):
                query[f"{name}.run"] = {"$ne": run.key}
            for sample in database[other["sample_collection_name"]].find(query, {f"{name}.map_path": 1}):
                found[sample[name]["map_path"]] = f"field {name} of dataset {other['name']} uses it too"
    return found


def _recorded_elsewhere(dataset: fo.Dataset, run: Run, folder: str) -> str | None:
    """Which other run has this folder: that of a dataset's clone, which may be at work there, or go on there."""
    database = get_db_conn()
    query = {"config.settings.folder": folder, "_id": {"$ne": dataset._doc.runs[run.key].id}}
    for other in database.runs.find(query, {"_dataset_id": 1, "key": 1}):
        if known := database.datasets.find_one({"_id": other["_dataset_id"]}, {"name": 1}):
            return f"the run {other['key']} of dataset {known['name']}"
    return None
