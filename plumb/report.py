"""What evaluations found, as tables with one row an evaluation, a group, or a metric of two that are compared."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from plumb.metrics import Metric
from plumb.statistics import Band, Statistic, paired

if TYPE_CHECKING:
    import pandas as pd

# What an alignment takes from the ground truth. A model that is given scale and shift cannot be ranked with one
# that has to know them.
_TAKEN = {"none": "nothing", "median": "scale", "robust_scale": "scale"}
_OTHERWISE_TAKEN = "scale and shift"


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What one evaluation of one prediction field found; sample i is row i of every array.

    Attributes:
        run: key of the run
        field, eval_key: the field with the predictions, and the evaluation's own name, if it has one
        protocol: the one line of :meth:`plumb.protocols.Protocol.describe`, with the alignment that was asked for
        alignments: the modes that were used, keys of :data:`plumb.alignment.ALIGNMENTS`
        metrics: what each column measures, in the order of tables
        sample_ids, filepaths: (N,) of the samples
        columns: (N,) float64 by metric, NaN where a sample has no value
        n_pixels: (N,) scored pixels
        scale, shift: (N,) of the alignment, NaN where none was found
        flipped: (N,) True where near and far are swapped
        statistics: by metric, over the samples
        reasons: why nothing could be scored, by sample id
        on_filled: samples that were scored on filled depth
        missing_pixels: pixels that count, but where the prediction has no value
        bands: errors by distance
        groups: statistics by what was grouped by, then by group, then by metric
    """

    run: str
    field: str
    eval_key: str | None
    protocol: str
    alignments: tuple[str, ...]
    metrics: Mapping[str, Metric]
    sample_ids: Sequence[str]
    filepaths: Sequence[str]
    columns: Mapping[str, np.ndarray]
    n_pixels: np.ndarray
    scale: np.ndarray
    shift: np.ndarray
    flipped: np.ndarray
    statistics: Mapping[str, Statistic]
    reasons: Mapping[str, str] = field(default_factory=dict)
    on_filled: int = 0
    missing_pixels: int = 0
    bands: Sequence[Band] = ()
    groups: Mapping[str, Mapping[str, Mapping[str, Statistic]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for found in (self.columns, self.statistics):
            if set(found) != set(self.metrics):
                raise ValueError(f"{self.run}: need a column and a statistic for each of {', '.join(self.metrics)}")
        rows = {name: getattr(self, name) for name in ("filepaths", "n_pixels", "scale", "shift", "flipped")}
        wrong = [name for name, values in {**rows, **self.columns}.items() if len(values) != len(self.sample_ids)]
        if wrong:
            raise ValueError(f"{self.run}: {', '.join(wrong)} must have one row for each of its samples")

    @property
    def name(self) -> str:
        """The field, with the evaluation's own name behind it."""
        return f"{self.field} ({self.eval_key})" if self.eval_key else self.field

    @property
    def scored(self) -> np.ndarray:
        """(N,) True where a sample has a value of any metric."""
        known = [~np.isnan(column) for column in self.columns.values()]
        return np.any(known, axis=0) if known else np.zeros(len(self.sample_ids), dtype=bool)

    @property
    def taken(self) -> str:
        """What the alignment took from the ground truth: "nothing", "scale", "scale and shift", or several of them."""
        return ", or ".join(sorted({_TAKEN.get(mode, _OTHERWISE_TAKEN) for mode in self.alignments})) or "nothing"

    @property
    def identity(self) -> dict[str, str | None]:
        """What tells this evaluation from others, in the order of tables."""
        return {
            "field": self.field,
            "eval_key": self.eval_key,
            "run": self.run,
            "protocol": self.protocol,
            "alignment": ", ".join(self.alignments),
        }

    @property
    def counts(self) -> dict[str, int]:
        """Samples and pixels, by what became of them, in the order of tables."""
        scored = self.scored
        return {
            "images scored": int(np.count_nonzero(scored)),
            "not scored": int(np.count_nonzero(~scored)),
            "flipped": int(np.count_nonzero(np.asarray(self.flipped, dtype=bool) & scored)),
            "on filled depth": self.on_filled,
            "pixels scored": int(np.sum(self.n_pixels, where=scored)),
            "pixels without prediction": self.missing_pixels,
        }


def header(name: str, unit: str) -> str:
    """A metric's name with its unit, such as ``rmse [m]``; a ratio has none."""
    return f"{name} [{unit}]" if unit else name


def names(evaluations: Sequence[Evaluation]) -> list[str]:
    """A name for each evaluation; evaluations of one name get their run behind it."""
    count = Counter(evaluation.name for evaluation in evaluations)
    return [
        evaluation.name if count[evaluation.name] == 1 else f"{evaluation.name}, {evaluation.run}"
        for evaluation in evaluations
    ]


def comparable(evaluations: Iterable[Evaluation]) -> list[list[Evaluation]]:
    """Put together what can be ranked: one protocol, the same scored samples, as much taken from the truth."""
    together: dict[tuple, list[Evaluation]] = {}
    for evaluation in evaluations:
        scored = frozenset(np.asarray(evaluation.sample_ids, dtype=object)[evaluation.scored])
        together.setdefault((evaluation.protocol, evaluation.taken, scored), []).append(evaluation)
    return list(together.values())


def table(evaluations: Sequence[Evaluation]) -> pd.DataFrame:
    """One row an evaluation: what it is, its counts, and each metric's mean, 95 % interval and number of images.

    The means stand under ``rmse [m]``, the ends of the interval under ``rmse [m] low`` and ``rmse [m] high``, the
    number under ``rmse [m] n``. Rows of different protocols are not comparable: see :func:`comparable`.
    """
    return _frame(
        {**evaluation.identity, **evaluation.counts, **_summary(evaluation.metrics, evaluation.statistics)}
        for evaluation in evaluations
    )


def by_group(evaluations: Sequence[Evaluation], grouping: str) -> pd.DataFrame:
    """One row a group and evaluation, with the metrics as in :func:`table`.

    Args:
        grouping: what was grouped by, a key of each evaluation's ``groups``

    Raises:
        ValueError: an evaluation was not grouped by it
    """
    rows = []
    for evaluation in evaluations:
        if grouping not in evaluation.groups:
            known = ", ".join(evaluation.groups) or "none"
            raise ValueError(f"{evaluation.name} has no groups by {grouping!r}; it has: {known}")
        for group, statistics in evaluation.groups[grouping].items():
            rows.append({"group": group, **evaluation.identity, **_summary(evaluation.metrics, statistics)})
    return _frame(rows)


def compared(a: Evaluation, b: Evaluation) -> pd.DataFrame:
    """Two evaluations on the same samples, one row a metric.

    Columns: both means over the samples that both have a value for, their difference with its 95 % bootstrap
    interval, the shares of samples that ``a`` won and that are tied, the samples counted and those left out
    because one or both have no value.

    Raises:
        ValueError: the protocols differ, or the two have no sample in common
    """
    metrics, ours, theirs = on_the_same_samples(a, b)
    first, second = names([a, b])
    return _frame(
        {
            "metric": header(name, metrics[name].unit),
            "better": metrics[name].better,
            first: _number(found.mean_a),
            second: _number(found.mean_b),
            "difference": _number(found.difference),
            "low": _number(found.low),
            "high": _number(found.high),
            "won": _number(found.won),
            "tied": _number(found.tied),
            "n": found.n,
            "left out": found.left_out,
        }
        for name, found in paired(ours, theirs, metrics).items()
    )


def on_the_same_samples(
    a: Evaluation, b: Evaluation
) -> tuple[dict[str, Metric], dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The metrics that both have, and the columns of each with one row for every sample that either has.

    Raises:
        ValueError: the protocols differ, or the two have no sample in common
    """
    if a.protocol != b.protocol:
        raise ValueError(f"{a.name} and {b.name} were scored by different protocols: {a.protocol}; {b.protocol}")
    if not set(a.sample_ids) & set(b.sample_ids):
        raise ValueError(f"{a.name} and {b.name} have no sample in common")
    metrics = {name: metric for name, metric in a.metrics.items() if name in b.metrics}
    row = {key: index for index, key in enumerate(dict.fromkeys([*a.sample_ids, *b.sample_ids]))}

    def spread(evaluation: Evaluation) -> dict[str, np.ndarray]:
        rows = [row[key] for key in evaluation.sample_ids]
        columns = {name: np.full(len(row), np.nan) for name in metrics}
        for name, column in columns.items():
            column[rows] = evaluation.columns[name]
        return columns

    return metrics, spread(a), spread(b)


def _summary(metrics: Mapping[str, Metric], statistics: Mapping[str, Statistic]) -> dict[str, float]:
    row: dict[str, float] = {}
    for name, metric in metrics.items():
        column, statistic = header(name, metric.unit), statistics[name]
        row[column] = _number(statistic.mean)
        row |= {f"{column} low": _number(statistic.low), f"{column} high": _number(statistic.high)}
        row[f"{column} n"] = statistic.n
    return row


def _number(value: float | None) -> float:
    """For a column of numbers: pandas knows what is missing there as NaN, and makes objects of None."""
    return math.nan if value is None else value


def _frame(rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(list(rows))
