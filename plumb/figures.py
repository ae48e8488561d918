"""Figures of evaluations for notebooks and papers: error by distance, distribution over images, model against model.

Each is a Matplotlib ``Figure`` of its own, outside pyplot: a notebook shows it, ``figure.savefig(path)`` writes it,
and it is gone when nobody holds it.
"""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from plumb.metrics import EIGHT_BIT_METRICS
from plumb.report import Evaluation, header, names, on_the_same_samples
from plumb.statistics import paired

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZE = (6.0, 4.0)  # inches

# The colours of Okabe and Ito, which people with any colour vision can tell apart, in the order of their contrast.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_MARKERS = "osD^vP*X"  # one more than the colours, so that their pairs do not repeat soon
_GREY = "#666666"
_TAIL = 0.01  # the share of images that a histogram may leave beyond its ends, where they would squeeze the rest


def error_by_distance(evaluations: Sequence[Evaluation]) -> Figure:
    """Draw abs_rel and delta1 in bands of one metre of the true distance, pooled over the pixels of all images.

    Below them stands which share of the pixels lies in each band: a band of few pixels says little.

    Raises:
        ValueError: there is no evaluation, protocols or ground truths differ, or one has no errors by distance
    """
    from matplotlib.ticker import PercentFormatter

    rules = _one_set_of_rules(evaluations)
    for evaluation in evaluations:
        if not any(band.n_pixels for band in evaluation.bands):
            raise ValueError(f"{evaluation.name} has no errors by distance: {_why_no_bands(evaluation)}")
    figure = _figure(rules)
    top, middle, bottom = figure.subplots(3, sharex=True, height_ratios=(4, 4, 1.3))
    for index, (evaluation, name) in enumerate(zip(evaluations, names(evaluations), strict=True)):
        bands = [band for band in evaluation.bands if band.n_pixels]
        centres = [(band.low + band.high) / 2 for band in bands]
        style = {**_style(index), "markersize": 4, "linewidth": 1.6}
        top.plot(centres, [band.abs_rel for band in bands], label=_label(evaluation, name), **style)
        middle.plot(centres, [band.delta1 for band in bands], **style)
    pixels = np.sum([[band.n_pixels for band in evaluation.bands] for evaluation in evaluations], axis=0)
    bottom.bar([band.low + 0.5 for band in evaluations[0].bands], pixels / pixels.sum(), width=0.86, color="#BBBBBB")
    top.set_ylabel("abs_rel")
    top.set_ylim(bottom=0)
    middle.set_ylabel("delta1")
    middle.set_ylim(top=1)
    bottom.set_ylabel("pixels")
    bottom.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    bottom.set_xlabel("true distance [m]; pixels of all images pooled")
    bottom.set_xlim(evaluations[0].bands[0].low, evaluations[0].bands[-1].high)
    for axes in (top, middle, bottom):
        _tidy(axes)
    figure.align_ylabels()
    top.legend(fontsize=7.5, frameon=False)
    return figure


def histogram(evaluations: Sequence[Evaluation], metric: str) -> Figure:
    """Draw how a metric is distributed over the images; a line marks each mean.

    Where a few images would squeeze all others into a corner, the range ends before them; they are counted at its
    end.

    Raises:
        ValueError: there is no evaluation, protocols or ground truths differ, or one has no value of the metric
    """
    rules = _one_set_of_rules(evaluations)
    columns = [_values(evaluation, metric) for evaluation in evaluations]
    low, high = _range(np.concatenate(columns))
    edges = np.linspace(low, high, int(np.clip(math.sqrt(max(map(len, columns))), 10, 50)) + 1)
    figure = _figure(rules)
    axes = figure.subplots()
    for index, (evaluation, name, column) in enumerate(zip(evaluations, names(evaluations), columns, strict=True)):
        colour = _style(index)["color"]
        counts, _ = np.histogram(column, edges)
        axes.stairs(counts, edges, color=colour, linewidth=1.6, label=_label(evaluation, name))
        axes.stairs(counts, edges, color=colour, fill=True, alpha=0.12)
        axes.axvline(evaluation.statistics[metric].mean, color=colour, linestyle="--", linewidth=1.2)
    _tell_what_lies_beyond(axes, columns, low, high)
    axes.set_xlim(low, high)
    axes.set_xlabel(f"{header(metric, evaluations[0].metrics[metric].unit)} of an image; dashed: mean")
    axes.set_ylabel("images")
    axes.legend(fontsize=7.5, frameon=False)
    _tidy(axes)
    return figure


def model_against_model(a: Evaluation, b: Evaluation, metric: str) -> Figure:
    """Draw each image by its value of a metric from two models; the colour tells which of the two is better there.

    Where the values span two powers of ten or more the axes are logarithmic.

    Raises:
        ValueError: protocols or ground truths differ, one has no such metric, or no image has a value from both
    """
    both = on_the_same_samples(a, b)
    for evaluation in (a, b):
        _check_metric(evaluation, metric)
    x, y = both.b[metric], both.a[metric]
    found, elsewhere = paired({metric: y}, {metric: x}, both.metrics)[metric], both.on_other_pixels(metric)
    if not found.n:
        raise ValueError(f"no image has {metric} from both {a.name} and {b.name}")
    x, y = x[~np.isnan(x - y)], y[~np.isnan(x - y)]
    first, second = names([a, b])
    figure = _figure(a.rules)
    axes = figure.subplots()
    limits = _set_equal_scales(axes, min(x.min(), y.min()), max(x.max(), y.max()))
    axes.plot(limits, limits, color=_GREY, linewidth=0.8, zorder=1)
    # Many images make a cloud: small and translucent dots keep its inside visible, and pixels keep a PDF small.
    many = found.n > 1000
    dots = {"s": np.clip(4000 / found.n, 3, 25), "alpha": 0.3 if many else 0.6, "linewidths": 0, "rasterized": many}
    below, above = (first, second) if both.metrics[metric].better == "lower" else (second, first)
    colours = {first: _COLOURS[0], second: _COLOURS[1]}
    for name, side, corner, ha, va in (
        (below, y < x, (0.98, 0.02), "right", "bottom"),
        (above, y > x, (0.02, 0.98), "left", "top"),
    ):
        axes.scatter(x[side], y[side], color=colours[name], **dots)
        axes.text(*corner, f"{name} is better", color=colours[name], fontsize=8, ha=ha, va=va, transform=axes.transAxes)
    axes.scatter(x[x == y], y[x == y], color=_GREY, **dots)
    title = f"{first} is better on {found.won:.1%} of {found.n:,} images, tied on {found.tied:.1%}"
    if elsewhere:
        title += f"\n{elsewhere:,} of them scored on different pixels: a model is not scored where it has no value"
    axes.set_title(title, fontsize=9)
    axes.set_xlabel(f"{header(metric, both.metrics[metric].unit)} of {_label(b, second)}")
    # The square leaves the upright label little room below the title.
    axes.set_ylabel(textwrap.fill(f"{header(metric, both.metrics[metric].unit)} of {_label(a, first)}", 38))
    _tidy(axes)
    return figure


def _one_set_of_rules(evaluations: Sequence[Evaluation]) -> str:
    rules = list(dict.fromkeys(evaluation.rules for evaluation in evaluations))
    if len(rules) != 1:
        raise ValueError(
            "a figure shows evaluations by one protocol against one ground truth; these are by "
            f"{len(rules)}: {' | '.join(rules) or 'there is no evaluation'}"
        )
    return rules[0]


def _why_no_bands(evaluation: Evaluation) -> str:
    if not evaluation.scored.any():
        return "none of its images could be scored"
    if evaluation.bands:
        return f"all of its pixels are farther than {evaluation.bands[-1].high:g} m"
    if evaluation.metrics.items() & EIGHT_BIT_METRICS.items():
        return "its protocol is in 8 bit, which knows no metres"
    return (
        "an earlier version of Plumb stored it, which knew them only of all samples that were evaluated together, and "
        "these are a part of them; evaluate it again"
    )


def _check_metric(evaluation: Evaluation, metric: str) -> None:
    if metric not in evaluation.columns:
        raise ValueError(f"{evaluation.name} has no metric {metric!r}; choose from {', '.join(evaluation.columns)}")


def _values(evaluation: Evaluation, metric: str) -> np.ndarray:
    """The values of the images that have one."""
    _check_metric(evaluation, metric)
    column = np.asarray(evaluation.columns[metric])
    column = column[~np.isnan(column)]
    if not column.size:
        raise ValueError(f"{evaluation.name} has no image with a value of {metric}")
    return column


def _figure(rules: str) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE, dpi=150, layout="constrained")
    figure.suptitle(textwrap.fill(rules, 110), fontsize=7, color=_GREY)
    # Notebooks know how to show the figures of pyplot only. What they ask any other object for is this.
    figure._repr_png_ = partial(_png, figure)
    return figure


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


def _label(evaluation: Evaluation, name: str) -> str:
    return ", ".join([name, *evaluation.alignments])


def _style(index: int) -> dict[str, str]:
    return {"color": _COLOURS[index % len(_COLOURS)], "marker": _MARKERS[index % len(_MARKERS)]}


def _range(values: np.ndarray) -> tuple[float, float]:
    """Where a histogram begins and ends: at the smallest and largest value, unless few images lie far from the rest."""
    low, high = float(values.min()), float(values.max())
    inner_low, inner_high = np.quantile(values, (_TAIL, 1 - _TAIL)).tolist()
    reach = inner_high - inner_low
    low, high = max(low, inner_low - reach), min(high, inner_high + reach)
    return (low, high) if low < high else (low - 0.5, high + 0.5)


def _tell_what_lies_beyond(axes: Axes, columns: Sequence[np.ndarray], low: float, high: float) -> None:
    for beyond, x, side in (
        (sum(int(np.count_nonzero(column < low)) for column in columns), 0.02, "left"),
        (sum(int(np.count_nonzero(column > high)) for column in columns), 0.98, "right"),
    ):
        if beyond:
            text = (
                f"\N{LEFTWARDS ARROW} {beyond} farther" if side == "left" else f"{beyond} farther \N{RIGHTWARDS ARROW}"
            )
            axes.text(x, 0.5, text, transform=axes.transAxes, ha=side, fontsize=7.5, color=_GREY)


def _set_equal_scales(axes: Axes, low: float, high: float) -> tuple[float, float]:
    """One scale and one range for both axes, so that the diagonal runs from corner to corner; the range."""
    margin = 0.03 * (high - low) or 1.0
    limits = (low - margin, high + margin)
    if 0 < 100 * low <= high:
        axes.set(xscale="log", yscale="log")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter("{x:g}")
        limits = (low / 1.2, high * 1.2)
    axes.set(xlim=limits, ylim=limits, aspect="equal")
    return limits


def _tidy(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
    axes.grid(True, color="#E6E6E6", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.xaxis.label.set_size(9)
    axes.yaxis.label.set_size(9)
