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
        gt_field: the field with the ground truth
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
        metric_reasons: why a scored sample has no value of a metric, by metric, then by sample id
        on_filled: samples that were scored on filled depth
        missing_pixels: pixels that count, but where the prediction has no value
        bands: errors by distance
        band_sums: (N, B, 3) what each sample adds to the bands, see :class:`plumb.scores.Scores`; None where that is
            not known, as of runs that earlier versions have stored
        groups: statistics by what was grouped by, then by group, then by metric
    """

    run: str
    field: str
    eval_key: str | None
    gt_field: str
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
    metric_reasons: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    on_filled: int = 0
    missing_pixels: int = 0
    bands: Sequence[Band] = ()
    band_sums: np.ndarray | None = None
    groups: Mapping[str, Mapping[str, Mapping[str, Statistic]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for found in (self.columns, self.statistics):
            if set(found) != set(self.metrics):
                raise ValueError(f"{self.run}: need a column and a statistic for each of {', '.join(self.metrics)}")
        rows = {name: getattr(self, name) for name in ("filepaths", "n_pixels", "scale", "shift", "flipped")}
        if self.band_sums is not None:
            rows["band_sums"] = self.band_sums
        wrong = [name for name, values in {**rows, **self.columns}.items() if len(values) != len(self.sample_ids)]
        if wrong:
            raise ValueError(f"{self.run}: {', '.join(wrong)} must have one row for each of its samples")

    @property
    def name(self) -> str:
        """The field, with the evaluation's own name behind it."""
        return f"{self.field} ({self.eval_key})" if self.eval_key else self.field

    @property
    def rules(self) -> str:
        """Protocol and ground truth in one line: numbers by any other do not compare with these."""
        return f"{self.protocol}; ground truth in {self.gt_field}"

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
            "gt_field": self.gt_field,
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
    """Put together what can stand in one table: one protocol, one ground truth, the same scored samples, and as much
    taken from the truth. To be ranked too, they must have scored the :func:`same_pixels`.
    """
    together: dict[tuple, list[Evaluation]] = {}
    for evaluation in evaluations:
        scored = frozenset(np.asarray(evaluation.sample_ids, dtype=object)[evaluation.scored])
        together.setdefault((evaluation.rules, evaluation.taken, scored), []).append(evaluation)
    return list(together.values())


def same_pixels(evaluations: Iterable[Evaluation]) -> bool:
    """Whether all have scored the same samples, each on as many pixels.

    A model is not scored where it has no value, so one that keeps silent where it is hard looks better than it is.
    """
    counts = []
    for evaluation in evaluations:
        table = zip(evaluation.sample_ids, evaluation.n_pixels, evaluation.scored, strict=True)
        counts.append({key: int(count) for key, count, scored in table if scored})
    return all(count == counts[0] for count in counts)


def table(evaluations: Sequence[Evaluation]) -> pd.DataFrame:
    """One row an evaluation: what it is, its counts, and each metric's mean, 95 % interval and number of images.

    The means stand under ``rmse [m]``, the ends of the interval under ``rmse [m] low`` and ``rmse [m] high``, the
    number under ``rmse [m] n``. Which rows may be compared, :func:`comparable` and :func:`same_pixels` tell.
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
    interval, the shares of samples that ``a`` won and that are tied, the samples counted, of these those that the
    two were scored on with different numbers of pixels (see :func:`same_pixels`), and the samples left out because
    one or both have no value.

    Raises:
        ValueError: protocols or ground truths differ, or the two have no sample in common
    """
    both = on_the_same_samples(a, b)
    first, second = names([a, b])
    return _frame(
        {
            "metric": header(name, both.metrics[name].unit),
            "better": both.metrics[name].better,
            first: _number(found.mean_a),
            second: _number(found.mean_b),
            "difference": _number(found.difference),
            "low": _number(found.low),
            "high": _number(found.high),
            "won": _number(found.won),
            "tied": _number(found.tied),
            "n": found.n,
            "on other pixels": both.on_other_pixels(name),
            "left out": found.left_out,
        }
        for name, found in paired(both.a, both.b, both.metrics).items()
    )


@dataclass(frozen=True, eq=False)
class Matched:
    """Two evaluations with one row for every sample that either has.

    Attributes:
        metrics: those that both have
        a, b: (N,) float64 by metric, NaN where the evaluation has no value of the sample
        pixels_a, pixels_b: (N,) scored pixels, 0 where it does not have the sample
    """

    metrics: Mapping[str, Metric]
    a: Mapping[str, np.ndarray]
    b: Mapping[str, np.ndarray]
    pixels_a: np.ndarray
    pixels_b: np.ndarray

    def on_other_pixels(self, metric: str) -> int:
        """How many of the samples with a value from both were scored on different numbers of pixels."""
        known = ~np.isnan(self.a[metric]) & ~np.isnan(self.b[metric])
        return int(np.count_nonzero(known & (self.pixels_a != self.pixels_b)))


def on_the_same_samples(a: Evaluation, b: Evaluation) -> Matched:
    """Bring the samples of two evaluations into one order.

    Raises:
        ValueError: protocols or ground truths differ, or the two have no sample in common
    """
    if a.protocol != b.protocol:
        raise ValueError(f"{a.name} and {b.name} were scored by different protocols: {a.protocol}; {b.protocol}")
    if a.gt_field != b.gt_field:
        fields = f"{a.gt_field}; {b.gt_field}"
        raise ValueError(f"{a.name} and {b.name} were scored against different ground truths: {fields}")
    if not set(a.sample_ids) & set(b.sample_ids):
        raise ValueError(f"{a.name} and {b.name} have no sample in common")
    metrics = {name: metric for name, metric in a.metrics.items() if name in b.metrics}
    row = {key: index for index, key in enumerate(dict.fromkeys([*a.sample_ids, *b.sample_ids]))}

    def spread(evaluation: Evaluation) -> tuple[dict[str, np.ndarray], np.ndarray]:
        rows = [row[key] for key in evaluation.sample_ids]
        columns = {name: np.full(len(row), np.nan) for name in metrics}
        for name, column in columns.items():
            column[rows] = evaluation.columns[name]
        n_pixels = np.zeros(len(row), dtype=np.int64)
        n_pixels[rows] = evaluation.n_pixels
        return columns, n_pixels

    (ours, our_pixels), (theirs, their_pixels) = spread(a), spread(b)
    return Matched(metrics, ours, theirs, our_pixels, their_pixels)


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
