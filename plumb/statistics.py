"""From the values of single images to a dataset: means with intervals, pooled values, comparisons, bands, groups.

A column holds one metric of every sample: (N,) float64, NaN where a sample has no value. Such samples are in no
number here. No result depends on the order of the samples, down to the last digit: means are exact sums, and
resamples are drawn from sorted values.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from plumb.metrics import Metric

RESAMPLES = 2000
CONFIDENCE = 0.95
NO_GROUP = "(none)"
"""Group of the samples without a label; a label that says "none" is a label."""

_SEED = 51
_CHUNK = 1 << 20  # draws at a time: some 50 MB with all that is made of them


@dataclass(frozen=True)
class Statistic:
    """One metric over the images that have a value, in the metric's unit.

    Attributes:
        n: images with a value
        mean, median: over the images, each counting the same, as in published tables; None where n is 0
        std: sample standard deviation (divisor n - 1), None where n < 2
        low, high: 95 % bootstrap interval of the mean, None where n < 2
        pooled: over the pixels of all images, as far as the values of images tell, see :func:`aggregate`
    """

    n: int
    mean: float | None = None
    median: float | None = None
    std: float | None = None
    low: float | None = None
    high: float | None = None
    pooled: float | None = None


@dataclass(frozen=True)
class Paired:
    """Two models, a and b, on the same images.

    Attributes:
        n: images where both have a value
        left_out: images where one or both have none
        mean_a, mean_b, difference: means over the n images of a, of b and of a - b; None where n is 0
        low, high: 95 % bootstrap interval of the difference, None where n < 2
        won: share of the n images where a is better
        tied: share of the n images where both have exactly the same value
    """

    n: int
    left_out: int
    mean_a: float | None = None
    mean_b: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    won: float | None = None
    tied: float | None = None


@dataclass(frozen=True)
class Band:
    """Errors at one distance, over the pixels of all images.

    Attributes:
        low, high: low <= true distance < high, in metres
        n_pixels, n_images: scored pixels in the band, and images that have one
        abs_rel: mean error relative to the true distance; None where there is no pixel
        delta1: share of pixels within a factor of 1.25 of the truth; None where there is no pixel
    """

    low: float
    high: float
    n_pixels: int
    n_images: int
    abs_rel: float | None = None
    delta1: float | None = None


def aggregate(
    columns: Mapping[str, np.ndarray], n_pixels: np.ndarray, metrics: Mapping[str, Metric]
) -> dict[str, Statistic]:
    """Summarise each metric over the images that have a value.

    ``pooled`` weighs image i by its n_i scored pixels, by the metric's ``pooling``: "mean" is sum(n v) / sum(n),
    "root" is sqrt(sum(n v^2) / sum(n)), "" does not pool and is None. So the pooled rmse is that of all pixels
    in one pot, as some labs report it. silog pools as "root": each image keeps its own scale, where one pot of
    pixels would measure how scales differ between images.

    The interval is the percentile bootstrap (Efron, "Bootstrap Methods: Another Look at the Jackknife", 1979):
    images are drawn with replacement :data:`RESAMPLES` times, by a fixed seed, and the interval holds the middle
    95 % of the resampled means. It tells how far the mean depends on which images are in the set, nothing else.

    Args:
        columns: (N,) float64 by metric, NaN where a sample has no value
        n_pixels: (N,) scored pixels of each sample
        metrics: what each column measures

    Raises:
        ValueError: columns of different lengths, an infinite value, or a column that is no metric of ``metrics``
    """
    columns, n_pixels = _checked(columns, metrics, np.shape(n_pixels)), np.asarray(n_pixels)
    known = {name: ~np.isnan(column) for name, column in columns.items()}
    values = {name: np.sort(column[known[name]]) for name, column in columns.items()}
    means = {name: _mean(sorted_) for name, sorted_ in values.items()}
    intervals = _intervals(values, means)
    return {
        name: Statistic(
            n=sorted_.size,
            mean=means[name],
            median=float(np.median(sorted_)) if sorted_.size else None,
            std=_deviation(sorted_, means[name]),
            low=intervals[name][0],
            high=intervals[name][1],
            pooled=_pooled(columns[name][known[name]], n_pixels[known[name]], metrics[name].pooling),
        )
        for name, sorted_ in values.items()
    }


def paired(
    a: Mapping[str, np.ndarray], b: Mapping[str, np.ndarray], metrics: Mapping[str, Metric]
) -> dict[str, Paired]:
    """Compare two models image by image, by every metric that both have.

    What makes an image hard is hard for both, so the interval of the mean difference is far narrower than the
    intervals of the two means: judge by this one.

    Args:
        a, b: (N,) float64 by metric, row i of both of the same sample; NaN where a sample has no value
        metrics: what each column measures, and which direction is better

    Raises:
        ValueError: as :func:`aggregate`
    """
    shape = np.shape(next(iter(a.values()), ()))
    a, b = _checked(a, metrics, shape), _checked(b, metrics, shape)
    differences = {name: a[name] - b[name] for name in a if name in b}
    values = {name: np.sort(column[~np.isnan(column)]) for name, column in differences.items()}
    means = {name: _mean(sorted_) for name, sorted_ in values.items()}
    intervals = _intervals(values, means)
    compared = {}
    for name, sorted_ in values.items():
        n, left_out = sorted_.size, differences[name].size - sorted_.size
        if not n:
            compared[name] = Paired(0, left_out)
            continue
        both = ~np.isnan(differences[name])
        better = sorted_ < 0 if metrics[name].better == "lower" else sorted_ > 0
        compared[name] = Paired(
            n=n,
            left_out=left_out,
            mean_a=_mean(a[name][both]),
            mean_b=_mean(b[name][both]),
            difference=means[name],
            low=intervals[name][0],
            high=intervals[name][1],
            won=np.count_nonzero(better) / n,
            tied=np.count_nonzero(sorted_ == 0) / n,
        )
    return compared


def bands(sums: Iterable[np.ndarray]) -> list[Band]:
    """Pool the pixels of all samples by their true distance, in bands of one metre.

    Args:
        sums: of each sample (B, 3): row i is the band i <= g < i + 1 m, with the number of pixels, the sum of
            |p - g| / g, and the number of pixels within delta1

    Raises:
        ValueError: samples with different numbers of bands
    """
    stack = [np.asarray(sample, dtype=np.float64) for sample in sums]
    if not stack:
        return []
    if any(sample.ndim != 2 or sample.shape != (len(stack[0]), 3) for sample in stack):
        raise ValueError(f"need (B, 3) sums with one B; got {sorted({sample.shape for sample in stack})}")
    by_band = np.stack(stack, axis=1)  # (B, N, 3)
    return [_band(index, samples) for index, samples in enumerate(by_band)]


def grouped(
    columns: Mapping[str, np.ndarray], n_pixels: np.ndarray, labels: Sequence[Any], metrics: Mapping[str, Metric]
) -> dict[str, dict[str, Statistic]]:
    """Summarise each group of samples as :func:`aggregate` does, sorted by the groups' names.

    Args:
        columns, n_pixels, metrics: as in :func:`aggregate`
        labels: one for each sample: a value, or a list of values (tags), which puts the sample in each of these
            groups; None and an empty list put it in :data:`NO_GROUP`

    Raises:
        ValueError: as :func:`aggregate`, or there are more or fewer labels than samples
    """
    columns, n_pixels = _checked(columns, metrics, np.shape(n_pixels)), np.asarray(n_pixels)
    if len(labels) != len(n_pixels):
        raise ValueError(f"need one label for each sample; got {len(labels)} for {len(n_pixels)}")
    rows: dict[str, list[int]] = {}
    for row, label in enumerate(labels):
        for name in _group_names(label):
            rows.setdefault(name, []).append(row)
    return {
        name: aggregate({key: column[rows[name]] for key, column in columns.items()}, n_pixels[rows[name]], metrics)
        for name in sorted(rows)
    }


def _checked(
    columns: Mapping[str, np.ndarray], metrics: Mapping[str, Metric], shape: tuple[int, ...]
) -> dict[str, np.ndarray]:
    arrays = {name: np.asarray(column, dtype=np.float64) for name, column in columns.items()}
    for name, column in arrays.items():
        if name not in metrics:
            raise ValueError(f"column {name!r} is no metric; choose from {', '.join(metrics)}")
        if column.ndim != 1 or column.shape != shape:
            raise ValueError(f"column {name!r} has shape {column.shape}; need {shape}, one value for each sample")
        if np.isinf(column).any():
            raise ValueError(f"column {name!r} holds an infinite value; put NaN where a sample has none")
    return arrays


def _mean(values: np.ndarray) -> float | None:
    return math.fsum(values) / values.size if values.size else None


def _deviation(values: np.ndarray, mean: float | None) -> float | None:
    return math.sqrt(math.fsum(np.square(values - mean)) / (values.size - 1)) if values.size > 1 else None


def _pooled(values: np.ndarray, n_pixels: np.ndarray, pooling: str) -> float | None:
    total = int(n_pixels.sum())
    if not pooling or not total:
        return None
    if pooling == "root":
        return math.sqrt(math.fsum(n_pixels * np.square(values)) / total)
    return math.fsum(n_pixels * values) / total


def _intervals(
    values: Mapping[str, np.ndarray], means: Mapping[str, float | None]
) -> dict[str, tuple[float | None, float | None]]:
    """Bootstrap intervals of the means of sorted values.

    Metrics with equally many values share one set of draws: it is the drawing that costs.
    """
    found: dict[str, tuple[float | None, float | None]] = dict.fromkeys(values, (None, None))
    for n in {sorted_.size for sorted_ in values.values()} - {0, 1}:
        names = [name for name, sorted_ in values.items() if sorted_.size == n]
        # Deviations from the mean, so that the digits go to the spread: equal values have an interval of width 0.
        deviations = np.stack([values[name] - means[name] for name in names], axis=1)
        tails = (1 - CONFIDENCE) / 2
        edges = np.quantile(_resampled_means(deviations), (tails, 1 - tails), axis=0)
        for name, low, high in zip(names, *edges.tolist(), strict=True):
            found[name] = (means[name] + low, means[name] + high)
    return found


def _resampled_means(values: np.ndarray) -> np.ndarray:
    """(RESAMPLES, M) means of resamples of the rows of (n, M) values, the same draws for every column."""
    n = len(values)
    random = np.random.default_rng(_SEED)
    chunk = max(1, _CHUNK // n)
    means = []
    for start in range(0, RESAMPLES, chunk):
        count = min(chunk, RESAMPLES - start)
        draws = random.integers(0, n, (count, n)) + n * np.arange(count)[:, None]
        # How often each row is drawn turns the sums of all columns into one matrix product.
        times = np.bincount(draws.ravel(), minlength=count * n).reshape(count, n)
        means.append(times.astype(np.float64) @ values / n)
    return np.concatenate(means)


def _band(index: int, samples: np.ndarray) -> Band:
    """One band from the (N, 3) sums of all samples."""
    n_images = int(np.count_nonzero(samples[:, 0]))
    n_pixels, relative, within = (math.fsum(column) for column in samples.T)
    if not n_pixels:
        return Band(float(index), index + 1.0, 0, 0)
    return Band(float(index), index + 1.0, int(n_pixels), n_images, relative / n_pixels, within / n_pixels)


def _group_names(label: Any) -> set[str]:
    if label is None:
        return {NO_GROUP}
    values = label if isinstance(label, list | tuple | set) else [label]
    return {str(value) for value in values} or {NO_GROUP}
