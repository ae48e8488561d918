"""Write the evaluations of a dataset to a file: every sample's values, or the summary for a paper."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import fiftyone as fo

from plumb.datasets.reporting import read_evaluations
from plumb.export import write_csv, write_parquet
from plumb.files import write_atomically
from plumb.jobs import Job, Progress
from plumb.markup import latex, markdown

FORMATS = {"csv": ".csv", "parquet": ".parquet", "markdown": ".md", "latex": ".tex"}
"""The ending of a file of each format."""

_PER_SAMPLE = {"csv": write_csv, "parquet": write_parquet}
_SUMMARY = {"markdown": markdown, "latex": latex}


def export_depth_report(
    collection: fo.SampleCollection,
    path: str | os.PathLike[str],
    *,
    format: str = "auto",
    runs: Sequence[str] | None = None,
    overwrite: bool = False,
) -> Job[dict[str, Any]]:
    """Write evaluations to one file: one row a sample (CSV, Parquet), or tables of the means (Markdown, LaTeX).

    Args:
        collection: a dataset; of a view, only its samples are reported, and the means are theirs
        path: the file; its folder is made where it is missing
        format: one of `FORMATS`, in any case, or "auto" for the one that the path ends in
        runs: keys of the evaluations, None or nothing for all that the dataset has
        overwrite: replace a file that is there

    Returns:
        `path` (absolute), `format`, `runs`, `rows` (CSV, Parquet) or `evaluations` (Markdown, LaTeX), how many of
        them, and `notes`, what must be known beside the numbers

    Raises:
        ValueError: if a parameter is wrong, the file is there, or there is nothing to report
    """
    target, kind = resolve(path, format)
    if target.exists() and not overwrite:
        raise ValueError(f"{target} is there already: give another path, or overwrite=True to replace it")
    evaluations, notes = yield from read_evaluations(collection, runs or None)
    if not evaluations:
        why = "; ".join(notes) or f"dataset {collection._root_dataset.name!r} has no evaluation: run one first"
        raise ValueError(f"there is nothing to report: {why}")
    yield Progress(len(evaluations), len(evaluations), f"writing {target}")
    if kind in _PER_SAMPLE:
        _PER_SAMPLE[kind](evaluations, target)
        size = {"rows": sum(len(evaluation.sample_ids) for evaluation in evaluations)}
    else:
        write_atomically(target, _SUMMARY[kind](evaluations).encode())
        size = {"evaluations": len(evaluations)}
    keys = [evaluation.run for evaluation in evaluations]
    return {"path": str(target), "format": kind, "runs": keys, **size, "notes": notes}


def resolve(path: str | os.PathLike[str], format: str = "auto") -> tuple[Path, str]:
    """The absolute path of a report, and its format.

    Raises:
        ValueError: if there is no path or it is a folder's, or the format is unknown or cannot be told
    """
    choices = f"one of {', '.join(FORMATS)}"
    if not path:
        raise ValueError("path is missing: give the file to write, such as scores.csv")
    target, kind = Path(path).expanduser().absolute(), format.lower()
    if kind == "auto":
        kind = next((name for name, ending in FORMATS.items() if ending == target.suffix.lower()), None)
        if kind is None:
            endings = ", ".join(FORMATS.values())
            raise ValueError(f"{target} does not tell its format: let it end in one of {endings}, or give {choices}")
    elif kind not in FORMATS:
        raise ValueError(f"format is auto or {choices}, not {format!r}")
    if target.is_dir():
        raise ValueError(f"{target} is a folder: give a file in it, such as {target / f'scores{FORMATS[kind]}'}")
    return target, kind
