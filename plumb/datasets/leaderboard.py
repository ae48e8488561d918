"""The evaluations of a view's samples for the leaderboard, read once as long as nothing has changed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import fiftyone as fo

from plumb.datasets import fields, grid, versions
from plumb.datasets.reporting import evaluation_runs, read_evaluations
from plumb.jobs import finish
from plumb.leaderboard import blocks
from plumb.report import Evaluation

_KEPT = 4  # boards: those of the last views, so that going back is instant

_boards: OrderedDict[str, Board] = OrderedDict()
_reading = threading.Lock()  # one view's events come in pairs: the second waits for what the first reads


@dataclass(frozen=True, eq=False)
class Board:
    """The evaluations of the samples of a view.

    Attributes:
        version: what they were read from, see :func:`version`
        samples, of_samples: how many are behind the view, and in its dataset
        counted: what these numbers count, "sample" or "group"
        evaluations: those that could be read, the oldest first
        unread: ``{run, field, reason}`` of those that could not
        notes: what must be known beside the numbers
    """

    version: str
    samples: int
    of_samples: int
    counted: str
    evaluations: Sequence[Evaluation]
    unread: Sequence[dict[str, str]]
    notes: Sequence[str]

    def evaluation(self, run: Any) -> Evaluation:
        """One of them by the key of its run.

        Raises:
            ValueError: if it is not among them
        """
        for evaluation in self.evaluations:
            if evaluation.run == run:
                return evaluation
        raise ValueError(f"there is no evaluation {run!r} of these samples any more: refresh the leaderboard")


def read(view: fo.SampleCollection) -> Board:
    """The evaluations of a view's samples; those read before as long as their dataset and its runs are the same."""
    with _reading:
        key = version(view)
        board = _boards.pop(key, None) or _read(view, key)
        _boards[key] = board
        while len(_boards) > _KEPT:
            _boards.popitem(last=False)
        return board


def version(view: fo.SampleCollection) -> str:
    """A digest of all that a board depends on, in a quick query: samples, values, schema, runs, and the view.

    That of a dataset changes only when something is stored, whatever is looked at.
    """
    dataset = view._root_dataset
    known = versions.maps_and_runs(dataset)
    # FiftyOne keeps an index by this time, so that the newest is found at once.
    newest = dataset._sample_collection.find_one({}, {"last_modified_at": True}, sort=[("last_modified_at", -1)])
    known += [
        str(dataset.last_modified_at),
        dataset._sample_collection.estimated_document_count(),
        str(newest),
        view._serialize(include_uuids=False) if isinstance(view, fo.DatasetView) else None,
        # Of a grouped dataset a stage asks the samples of this slice which groups are in the view.
        view.group_slice,
    ]
    return versions.digest(known)


def describe(board: Board, dataset: fo.Dataset) -> dict[str, Any]:
    """A board as the browser shows it, JSON as it is; the keys are those of web/src/leaderboard/types.ts."""
    return {
        "dataset": dataset.name,
        "version": board.version,
        "stored": version(dataset),
        "samples": board.samples,
        "of_samples": board.of_samples,
        "counted": board.counted,
        "predictions": len(fields.depth_fields(dataset)) > 1,
        "blocks": blocks(board.evaluations),
        "unread": list(board.unread),
        "notes": list(board.notes),
        "groupings": groupings(dataset, board.evaluations),
    }


def groupings(dataset: fo.Dataset, evaluations: Sequence[Evaluation]) -> list[str]:
    """Fields whose values group samples: those that evaluations were grouped by first, then labels, words and tags."""
    asked = [path for evaluation in evaluations for path in evaluation.groups]
    labels = [f"{name}.label" for name in dataset.get_field_schema(embedded_doc_type=fo.Classification)]
    words = [name for name in dataset.get_field_schema(ftype=fo.StringField) if name != "filepath"]
    sources = [f"{field}.source" for field in dict.fromkeys(evaluation.gt_field for evaluation in evaluations)]
    return [path for path in dict.fromkeys([*asked, *labels, *words, *sources, "tags"]) if dataset.has_field(path)]


def labels(dataset: fo.Dataset, path: str) -> dict[str, Any]:
    """The value of each sample, by its id.

    Raises:
        ValueError: the dataset has no such field
    """
    if not dataset.has_field(path):
        raise ValueError(f"cannot group by {path!r}: the dataset has no such field any more; refresh the leaderboard")
    return dict(zip(*grid.every_slice(dataset).values(["id", path]), strict=True))


def _read(view: fo.SampleCollection, key: str) -> Board:
    evaluations, unread, notes = [], [], []
    dataset = view._root_dataset
    for run in evaluation_runs(dataset):
        try:
            (evaluation,), remarks = finish(read_evaluations(view, [run.key]))
        except ValueError as error:
            unread.append({"run": run.key, "field": run.field, "reason": str(error)})
        else:
            evaluations.append(evaluation)
            notes += remarks
    if view.media_type == "group" and not view._is_dynamic_groups:
        return Board(key, len(view), len(dataset), "group", evaluations, unread, notes)
    whole = view._is_generated or view._is_dynamic_groups  # they count other things than samples
    samples = len(grid.sample_ids(view)) if whole else len(view)
    return Board(key, samples, len(dataset), "sample", evaluations, unread, notes)
