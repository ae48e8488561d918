"""What the plots of a leaderboard draw, and which samples stand behind a bar, a point or a rank.

As in :mod:`plumb.leaderboard`, all that is returned is JSON as it is.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from plumb.leaderboard import statistic_table
from plumb.leaderboard_distances import knows_images
from plumb.report import Evaluation, on_the_same_samples
from plumb.statistics import grouped, paired

MOST_GROUPS = 40
_DIGITS = 6  # of a point in a plot, which is drawn to a pixel
_TAIL = 0.01  # the share of images that may lie beyond either end of a histogram, where they would squeeze the rest


def distribution(evaluations: Sequence[Evaluation], metric: str) -> dict[str, Any]:
    """How a metric is distributed over the images of each evaluation.

    Returns:
        ``edges`` of B bins; by run ``counts`` of images in each, ``mean`` and ``median``; what lies beyond the ends is
        counted in the outer bins, ``below`` and ``above`` say how many, so that no image is lost

    Raises:
        ValueError: one has no such metric
    """
    columns = [_known(evaluation, metric) for evaluation in evaluations]
    edges = _edges(columns)
    runs = []
    for evaluation, column in zip(evaluations, columns, strict=True):
        statistic = evaluation.statistics[metric]
        runs.append(
            {
                "run": evaluation.run,
                "counts": np.histogram(np.clip(column, edges[0], edges[-1]), edges)[0].tolist(),
                "mean": statistic.mean,
                "median": statistic.median,
            }
        )
    every = np.concatenate([*columns, []])
    return {
        "edges": edges.tolist(),
        "below": int(np.count_nonzero(every < edges[0])),
        "above": int(np.count_nonzero(every > edges[-1])),
        "runs": runs,
    }


def within(evaluation: Evaluation, metric: str, low: float | None, high: float | None) -> list[str]:
    """The samples in bins of :func:`distribution`: low <= value < high, None for all that is beyond that end."""
    column = _column(evaluation, metric)
    inside = ~np.isnan(column)
    if low is not None:
        inside &= column >= low
    if high is not None:
        inside &= column < high
    return [evaluation.sample_ids[row] for row in np.flatnonzero(inside)]


def by_distance(evaluations: Sequence[Evaluation]) -> list[dict[str, Any]]:
    """Of each evaluation the errors in bands of the true distance that have a pixel; none where they are not known.

    ``selects`` says whether :func:`plumb.leaderboard_distances.behind` knows the images behind them.
    """
    return [
        {
            "run": evaluation.run,
            "bands": [asdict(band) for band in evaluation.bands if band.n_pixels],
            "selects": knows_images(evaluation),
        }
        for evaluation in evaluations
    ]


def by_group(evaluations: Sequence[Evaluation], labels: Mapping[str, Any], metric: str) -> dict[str, Any]:
    """Mean and interval of a metric in each group of samples, the largest :data:`MOST_GROUPS` groups.

    Args:
        labels: by sample id, a value or a list of values, as :func:`plumb.statistics.grouped` takes them

    Returns:
        ``groups``, by name; ``left_out``, how many more there are; by run the ``statistics`` of each, None where a
        group has no image
    """
    found = []
    for evaluation in evaluations:
        columns, metrics = {metric: _column(evaluation, metric)}, {metric: evaluation.metrics[metric]}
        values = [labels.get(key) for key in evaluation.sample_ids]
        found.append(grouped(columns, evaluation.n_pixels, values, metrics))
    sizes = Counter({name: 0 for of_run in found for name in of_run})
    for of_run in found:
        sizes.update({name: statistics[metric].n for name, statistics in of_run.items()})
    largest = sorted([name for name, _ in sizes.most_common(MOST_GROUPS)])
    return {
        "groups": largest,
        "left_out": len(sizes) - len(largest),
        "runs": [
            {
                "run": evaluation.run,
                "statistics": [statistic_table(of_run[name][metric]) if name in of_run else None for name in largest],
            }
            for evaluation, of_run in zip(evaluations, found, strict=True)
        ],
    }


def in_group(evaluation: Evaluation, labels: Mapping[str, Any], metric: str, group: str) -> list[str]:
    """The samples that :func:`by_group` counts in a group."""
    column = _column(evaluation, metric)
    keys = [evaluation.sample_ids[row] for row in np.flatnonzero(~np.isnan(column))]
    alone, pixel, metrics = {metric: np.zeros(1)}, np.ones(1), {metric: evaluation.metrics[metric]}
    # A label may be a list, which is no key of a dict; there are few different ones.
    different = {repr(label): label for label in map(labels.get, keys)}
    chosen = {text for text, label in different.items() if group in grouped(alone, pixel, [label], metrics)}
    return [key for key in keys if repr(labels.get(key)) in chosen]


def against(a: Evaluation, b: Evaluation, metric: str) -> dict[str, Any]:
    """Two evaluations image by image: ``x`` of ``b``, ``y`` of ``a``, and on how many images ``a`` is better.

    Raises:
        ValueError: as :func:`plumb.report.on_the_same_samples`, or one has no such metric
    """
    both = on_the_same_samples(a, b)
    _column(a, metric), _column(b, metric)
    y, x = both.a[metric], both.b[metric]
    rows = np.flatnonzero(~np.isnan(x - y))
    keys = list(dict.fromkeys([*a.sample_ids, *b.sample_ids]))
    paths = dict(zip([*a.sample_ids, *b.sample_ids], [*a.filepaths, *b.filepaths], strict=True))
    found = paired({metric: y}, {metric: x}, both.metrics)[metric]
    return {
        "ids": [keys[row] for row in rows],
        "names": [paths[keys[row]].rpartition("/")[2] for row in rows],
        "x": _rounded(x[rows]),
        "y": _rounded(y[rows]),
        "n": found.n,
        "left_out": found.left_out,
        "won": found.won,
        "tied": found.tied,
        "difference": found.difference,
        "low": found.low,
        "high": found.high,
        "on_other_pixels": both.on_other_pixels(metric),
    }


def worst(evaluation: Evaluation, metric: str, count: int) -> list[str]:
    """The samples with the worst values of a metric, the worst first; those without a value are not among them."""
    column = _column(evaluation, metric)
    sign = -1 if evaluation.metrics[metric].better == "lower" else 1
    return _first(evaluation.sample_ids, sign * column, count)


def disagreeing(a: Evaluation, b: Evaluation, metric: str, count: int) -> list[str]:
    """The samples where the values of a metric differ most between two evaluations, the largest difference first.

    Raises:
        ValueError: as :func:`plumb.report.on_the_same_samples`, or one has no such metric
    """
    both = on_the_same_samples(a, b)
    _column(a, metric), _column(b, metric)
    keys = list(dict.fromkeys([*a.sample_ids, *b.sample_ids]))
    return _first(keys, -np.abs(both.a[metric] - both.b[metric]), count)


def _first(keys: Sequence[str], order: np.ndarray, count: int) -> list[str]:
    """The keys of the smallest values, NaN left out; equal ones in the order of the samples."""
    rows = np.argsort(order, kind="stable")
    return [keys[row] for row in rows if not np.isnan(order[row])][:count]


def _column(evaluation: Evaluation, metric: str) -> np.ndarray:
    if metric not in evaluation.columns:
        raise ValueError(f"{evaluation.name} has no metric {metric!r}; choose from {', '.join(evaluation.columns)}")
    return np.asarray(evaluation.columns[metric], dtype=np.float64)


def _known(evaluation: Evaluation, metric: str) -> np.ndarray:
    column = _column(evaluation, metric)
    return column[~np.isnan(column)]


def _edges(columns: Sequence[np.ndarray]) -> np.ndarray:
    """The bins of a histogram, with round ends: over all values, unless few images lie far from the rest."""
    values = np.concatenate([*columns, []])
    if not values.size:
        return np.array([0.0, 1.0])
    inner_low, inner_high = np.quantile(values, (_TAIL, 1 - _TAIL))
    reach = inner_high - inner_low
    low, high = max(values.min(), inner_low - reach), min(values.max(), inner_high + reach)
    step = _round_step((high - low) / np.clip(np.sqrt(max(map(len, columns))), 8, 30) or abs(low) / 10 or 1.0)
    first, last = math.floor(low / step), math.floor(high / step) + 1
    return np.array([round(step * place, 12) for place in range(first, last + 1)])


def _round_step(rough: float) -> float:
    """The next larger of 1, 2 and 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))


def _rounded(values: np.ndarray) -> list[float]:
    return [float(f"{value:.{_DIGITS}g}") for value in values.tolist()]
