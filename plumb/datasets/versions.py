"""What a dataset stores, in short: while it is the same, so is what was read from it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import fiftyone as fo

from plumb.datasets import runs


def maps_and_runs(dataset: fo.Dataset) -> list[Any]:
    """The dataset's fields of heatmaps, and its runs of Plumb's, as they are in the database now.

    A run has another entry when it is begun anew, and when it stores its results.
    """
    dataset.reload()  # another process may have finished a run since
    return [
        str(dataset._doc.id),
        list(dataset.get_field_schema(embedded_doc_type=fo.Heatmap)),
        [(run.key, str(run.when), results_file(dataset, run.key)) for run in runs.all_runs(dataset)],
    ]


def results_file(dataset: fo.Dataset, run: str) -> str | None:
    """The id of the file with a run's results, None of a run that has not finished. No other results ever have it."""
    file = dataset._doc.runs[run].results
    return str(file.grid_id) if file else None


def digest(known: Sequence[Any]) -> str:
    """20 letters that differ when what is known does."""
    return hashlib.sha256(json.dumps(known, default=str).encode()).hexdigest()[:20]
