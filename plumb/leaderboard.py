"""Evaluations as a leaderboard shows them: what may stand side by side, and why the rest may not.

All that is returned is JSON as it is: plain numbers, None where there is no value. The keys of its tables are those of
web/src/leaderboard/types.ts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from plumb.report import Evaluation, comparable, names, same_pixels
from plumb.statistics import Statistic


def blocks(evaluations: Sequence[Evaluation]) -> list[dict[str, Any]]:
    """One table for what is comparable, see :func:`plumb.report.comparable`; the one with most runs and images first.

    Each says in ``apart`` why its runs do not stand in an earlier block, the one that is most like it; in ``unranked``
    why none of them is the best, None where they are ranked.
    """
    named = dict(zip(map(id, evaluations), names(evaluations), strict=True))
    groups = sorted(comparable(evaluations), key=lambda group: (not _images(group), -len(group), -_images(group)))
    tables: list[dict[str, Any]] = []
    for number, group in enumerate(groups):
        first = group[0]
        tables.append(
            {
                "key": _letter(number),
                "protocol": first.protocol,
                "truth": first.gt_field,
                "taken": first.taken,
                "images": _images(group),
                "apart": _apart([other[0] for other in groups[:number]], first),
                "unranked": _unranked(group),
                "metrics": _metrics(group),
                "runs": [_run(evaluation, named[id(evaluation)]) for evaluation in group],
            }
        )
    return tables


def differences(a: Evaluation, b: Evaluation, name: str) -> list[str]:
    """Why ``b`` cannot stand beside ``a``, which goes by ``name`` here; nothing where it can."""
    told = []
    if a.protocol != b.protocol:
        told.append(f"another protocol: {_what_differs(b.protocol, a.protocol)}")
    if a.gt_field != b.gt_field:
        told.append(f"another ground truth: {b.gt_field} in place of {a.gt_field}")
    if a.taken != b.taken:
        told.append(f"the alignment takes {b.taken} from the ground truth, in {name} {a.taken}")
    ours, theirs = _scored_ids(a), _scored_ids(b)
    if ours != theirs:
        told.append(
            f"other images: {len(theirs):,} scored, of which {len(ours & theirs):,} are among {name}'s {len(ours):,}"
        )
    return told


def only(evaluation: Evaluation, metrics: Sequence[str]) -> Evaluation:
    """An evaluation with those of its metrics that are named, in its own order; all where none is."""
    kept = [name for name in evaluation.metrics if name in metrics] or list(evaluation.metrics)
    return replace(
        evaluation,
        **{of: {name: getattr(evaluation, of)[name] for name in kept} for of in ("metrics", "columns", "statistics")},
    )


def _images(group: Sequence[Evaluation]) -> int:
    return int(np.count_nonzero(group[0].scored))


def _letter(number: int) -> str:
    """A, B, ..., Z, AA, AB, ..."""
    before = _letter(number // 26 - 1) if number >= 26 else ""
    return before + chr(ord("A") + number % 26)


def _scored_ids(evaluation: Evaluation) -> frozenset[str]:
    return frozenset(np.asarray(evaluation.sample_ids, dtype=object)[evaluation.scored])


def _apart(earlier: Sequence[Evaluation], one: Evaluation) -> str | None:
    if not one.scored.any():
        return "no image could be scored"
    reasons = [(number, differences(other, one, f"block {_letter(number)}")) for number, other in enumerate(earlier)]
    if not reasons:
        return None
    number, told = min(reasons, key=lambda found: len(found[1]))
    return f"not beside block {_letter(number)}: {'; '.join(told)}"


def _what_differs(new: str, old: str) -> str:
    """The names of two protocols, or where they have one name, those parts of their lines that are not in both."""
    names_ = [line.partition(":")[0] for line in (new, old)]
    if names_[0] != names_[1]:
        return f"{names_[0]} in place of {names_[1]}"
    ours, theirs = new.split(", "), old.split(", ")
    added, gone = ([part for part in one if part not in other] for one, other in ((ours, theirs), (theirs, ours)))
    return f"{', '.join(added) or 'nothing'} in place of {', '.join(gone) or 'nothing'}"


def _unranked(group: Sequence[Evaluation]) -> str | None:
    if not _images(group) or same_pixels(group):
        return None
    return (
        "none is marked as the best, for they were scored on different pixels: "
        "a model is not scored where it has no value"
    )


def _metrics(group: Sequence[Evaluation]) -> list[dict[str, Any]]:
    metrics = {name: metric for evaluation in group for name, metric in evaluation.metrics.items()}
    ranked = len(group) > 1 and same_pixels(group)
    return [
        {
            "name": name,
            "unit": metric.unit,
            "better": metric.better,
            "description": metric.description,
            "ranked": ranked and len({_with_value(evaluation, name) for evaluation in group}) == 1,
        }
        for name, metric in metrics.items()
    ]


def _with_value(evaluation: Evaluation, metric: str) -> frozenset[str]:
    if metric not in evaluation.columns:
        return frozenset()
    known = ~np.isnan(evaluation.columns[metric])
    return frozenset(np.asarray(evaluation.sample_ids, dtype=object)[known])


def _run(evaluation: Evaluation, name: str) -> dict[str, Any]:
    counts = evaluation.counts
    return {
        "run": evaluation.run,
        "name": name,
        "field": evaluation.field,
        "eval_key": evaluation.eval_key,
        "alignment": ", ".join(evaluation.alignments) or None,
        "scored": counts["images scored"],
        "unscored": counts["not scored"],
        "flipped": counts["flipped"],
        "on_filled": counts["on filled depth"],
        "missing_pixels": counts["pixels without prediction"],
        "reasons": dict(Counter(evaluation.reasons.values()).most_common()),
        "values": {name: statistic_table(statistic) for name, statistic in evaluation.statistics.items()},
    }


def statistic_table(statistic: Statistic) -> dict[str, Any]:
    """What the browser is told of a statistic."""
    return {name: getattr(statistic, name) for name in ("n", "mean", "median", "low", "high")}
