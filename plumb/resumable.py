"""Scoring of many images that goes on where a stopped run was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from plumb.columns import ScoreColumns
from plumb.depthmap import MapFile
from plumb.evaluation import Comparison, evaluate_files
from plumb.jobs import Job, Progress
from plumb.journal import Journal
from plumb.parallel import batched
from plumb.protocols import Protocol
from plumb.scores import Scores
from plumb.scoring import band_count

# Images whose scores wait for one write to the journal: few, so that a killed run loses little.
_BATCH = 64


def score_all(
    comparisons: Sequence[Comparison], fields: Sequence[str], rules: Protocol, alignment: str, journal: Journal
) -> Job[dict[str, ScoreColumns]]:
    """Score images on disk; what the journal knows of these very maps is taken from it, what it lacks is added.

    Args:
        comparisons: images whose keys are texts, each with one prediction a field
        fields: names of the predictions
        rules, alignment: as in :func:`plumb.evaluation.evaluate_files`; a journal must be of these alone

    Returns:
        the scores by field, in the order of the comparisons
    """
    count, label = len(comparisons), ", ".join(fields)
    found = {field: _empty(count, rules) for field in fields}
    rows = {comparison.key: row for row, comparison in enumerate(comparisons)}
    known: set[str] = set()

    def put(key: str, scores: list[Scores]) -> None:
        for columns, of_field in zip(found.values(), scores, strict=True):
            columns.put(rows[key], of_field)

    for key, scores in _known(journal, comparisons, rows, fields, rules):
        if key not in known:  # two evaluations at once may both have written it
            put(key, scores)
            known.add(key)
    done = len(known)
    yield Progress(done, count, f"{label}: {done} of {count} images known from a stopped run" if done else label)
    todo = (comparison for comparison in comparisons if comparison.key not in known)
    for batch in batched(evaluate_files(todo, rules, alignment), _BATCH):
        entries = []
        for key, scores in batch:
            put(key, scores)
            comparison = comparisons[rows[key]]
            if _was_read(comparison, scores):
                entries.append([_compared(comparison), key, [of_field.to_json() for of_field in scores]])
        journal.append(entries)
        done += len(batch)
        yield Progress(done, count, f"{label}: {done} of {count} images scored")
    return found


def _empty(samples: int, rules: Protocol) -> ScoreColumns:
    return ScoreColumns.empty(samples, rules.metrics, band_count(rules))


def _known(
    journal: Journal, comparisons: Sequence[Comparison], rows: dict[str, int], fields: Sequence[str], rules: Protocol
) -> Iterator[tuple[str, list[Scores]]]:
    """Those entries of a journal that are about the very maps that are to be compared now."""
    for entry in journal.entries():
        try:
            compared, key, tables = entry
            scores = [Scores.from_json(table) for table in tables]
            for _, of_field in zip(fields, scores, strict=True):
                _empty(1, rules).put(0, of_field)
            fits = compared == _compared(comparisons[rows[key]])
        except Exception:  # whatever is wrong with an entry, of another version or damaged, costs one image's time
            continue
        if fits:
            yield key, scores


def _compared(comparison: Comparison) -> list[Any]:
    """What is compared, as plain types: each run writes maps to new files, so a path tells a map."""
    maps = comparison.ground_truth, *comparison.predictions
    camera = asdict(comparison.camera) if comparison.camera else None
    return [*(asdict(map_) if isinstance(map_, MapFile) else map_ for map_ in maps), camera]


def _was_read(comparison: Comparison, scores: Sequence[Scores]) -> bool:
    """Whether nothing went wrong with a file. What did is tried again: the file may have been mended meanwhile."""
    return all(
        of_field.alignment is not None or isinstance(map_, str)
        for of_field, map_ in zip(scores, comparison.predictions, strict=True)
    )
