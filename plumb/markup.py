"""The summary of evaluations as Markdown and as LaTeX: one table for what is comparable, its rules in the caption."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from plumb.metrics import Metric
from plumb.report import Evaluation, comparable, header, names, on_the_same_samples, same_pixels
from plumb.statistics import Paired, paired

_NO_VALUE = "–"
_MARKDOWN_ARROWS = {"lower": "↓", "higher": "↑"}
_LATEX_ARROWS = {"lower": r"$\downarrow$", "higher": r"$\uparrow$"}
_LATEX_ESCAPES = {
    **{character: rf"\{character}" for character in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "\\": r"\textbackslash{}",
    "<": r"$<$",
    ">": r"$>$",
    "–": "--",
    "\n": " ",
}


@dataclass(frozen=True)
class _Cell:
    """A number, and what is told behind it."""

    number: str = _NO_VALUE
    behind: str = ""
    bold: bool = False


@dataclass(frozen=True)
class _Table:
    """A row has a title, "lower", "higher" or "" for what is better, and a cell for each column."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, str, Sequence[_Cell]]]
    facts: Sequence[tuple[str, str, Sequence[_Cell]]] = ()  # below a line


def markdown(evaluations: Sequence[Evaluation]) -> str:
    """The means of evaluations with their 95 % bootstrap intervals, as Markdown: metrics down, evaluations across.

    What is not comparable (:func:`plumb.report.comparable`) stands in tables of its own. The line above a table says
    by which protocol, against which ground truth and with what taken from it, and on how many images it was scored.
    The best mean of a metric is bold, with those that look like it in the digits shown, where all columns have it for
    the same images and were scored on the same pixels.
    """
    return "\n".join(_as_markdown(table) for table in _summaries(evaluations))


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]], align: str = "---:") -> list[str]:
    """The lines of a Markdown table, from cells in which nothing is left to escape.

    Args:
        align: of all columns but the first, "---:" to the right as numbers stand, "---" to the left
    """
    return [f"| {' | '.join(cells)} |" for cells in (head, ["---", *[align] * (len(head) - 1)], *rows)]


def latex(evaluations: Sequence[Evaluation]) -> str:
    """The tables of :func:`markdown` for LaTeX with the packages booktabs and graphicx; what is too wide is shrunk."""
    tables = (_as_latex(table) for table in _summaries(evaluations))
    return "\n".join(["% needs \\usepackage{booktabs,graphicx}", *tables])


def compared_markdown(a: Evaluation, b: Evaluation) -> str:
    """The table of :func:`plumb.report.compared` as Markdown.

    The better mean is bold where the interval of the difference leaves out 0 and both were scored on the same pixels.

    Raises:
        ValueError: as :func:`plumb.report.compared`
    """
    both = on_the_same_samples(a, b)
    first, second = names([a, b])
    rows, told = [], ""
    for name, found in paired(both.a, both.b, both.metrics).items():
        metric, elsewhere, cells = both.metrics[name], both.on_other_pixels(name), [_Cell()] * 5
        if elsewhere:
            told = "Neither is bold where some of the images were scored on different pixels. "
        if found.n:
            decimals = _decimals([found.mean_a, found.mean_b])
            winner = None if elsewhere else _winner(found, metric)
            cells = [
                _Cell(_shown(found.mean_a, decimals), bold=winner == "a"),
                _Cell(_shown(found.mean_b, decimals), bold=winner == "b"),
                # A difference is small beside the values: it has digits of its own.
                _interval_cell(found.difference, found.low, found.high, _decimals([found.difference, found.low])),
                _Cell(f"{found.won:.1%}"),
                _Cell(f"{found.tied:.1%}"),
            ]
        images = _Cell(f"{found.n:,}", f"({elsewhere:,} on different pixels)" if elsewhere else "")
        rows.append((header(name, metric.unit), metric.better, [*cells, images]))
    caption = (
        f"{a.rules}. {first} (alignment {', '.join(a.alignments)}) against {second} (alignment "
        f"{', '.join(b.alignments)}), image by image. Difference: mean of {first} - {second} with its 95 % bootstrap "
        f"interval; the better mean is bold where that leaves out 0. {told}Units in brackets, none for a ratio."
    )
    return _as_markdown(_Table(caption, (first, second, "difference", f"won by {first}", "tied", "images"), rows))


def _winner(found: Paired, metric: Metric) -> str | None:
    """Which of the two is better, "a" or "b", as far as the interval can tell."""
    if found.low is None or found.low <= 0 <= found.high:
        return None
    return "a" if (found.high < 0) == (metric.better == "lower") else "b"


def _summaries(evaluations: Sequence[Evaluation]) -> list[_Table]:
    named = dict(zip(map(id, evaluations), names(evaluations), strict=True))
    return [_summary(group, [named[id(evaluation)] for evaluation in group]) for group in comparable(evaluations)]


def _summary(group: Sequence[Evaluation], columns: Sequence[str]) -> _Table:
    metrics = {name: metric for evaluation in group for name, metric in evaluation.metrics.items()}
    scored = int(np.count_nonzero(group[0].scored))
    modes = ", ".join(sorted({mode for evaluation in group for mode in evaluation.alignments}))
    ranked, verdict = len(group) > 1 and same_pixels(group), ""
    if len(group) > 1:
        verdict = ", the best in bold" if ranked else "; none is bold, for they were scored on different pixels"
    caption = (
        f"{group[0].rules}. The alignment takes {group[0].taken} from the ground truth ({modes or 'none'}). "
        f"{scored:,} {'image' if scored == 1 else 'images'}. Mean with its 95 % bootstrap interval"
        f"{verdict}. Units in brackets, none for a ratio."
    )
    facts = [("alignment", "", [_Cell(", ".join(evaluation.alignments) or _NO_VALUE) for evaluation in group])]
    for fact in group[0].counts:
        facts.append((fact, "", [_Cell(f"{evaluation.counts[fact]:,}") for evaluation in group]))
    rows = [
        (header(name, metric.unit), metric.better, _metric_cells(name, metric, group, ranked))
        for name, metric in metrics.items()
    ]
    return _Table(caption, columns, rows, facts)


def _metric_cells(name: str, metric: Metric, group: Sequence[Evaluation], ranked: bool) -> list[_Cell]:
    """One metric of comparable evaluations, the best in bold where they are ranked."""
    found = [evaluation.statistics.get(name) for evaluation in group]
    means = [statistic.mean if statistic else None for statistic in found]
    known = [mean for mean in means if mean is not None]
    if not known:
        return [_Cell()] * len(group)
    decimals = _decimals(known)
    best = _shown(min(known) if metric.better == "lower" else max(known), decimals)
    ranked = ranked and len(known) > 1 and len({_samples_with(name, evaluation) for evaluation in group}) == 1
    cells = []
    for evaluation, statistic, mean in zip(group, found, means, strict=True):
        if mean is None:
            cells.append(_Cell())
            continue
        bold = ranked and _shown(mean, decimals) == best
        cell = _interval_cell(mean, statistic.low, statistic.high, decimals, bold)
        some = f" (n = {statistic.n:,})" if statistic.n != evaluation.counts["images scored"] else ""
        cells.append(_Cell(cell.number, cell.behind + some, bold))
    return cells


def _samples_with(name: str, evaluation: Evaluation) -> frozenset[str]:
    column = evaluation.columns.get(name, np.full(len(evaluation.sample_ids), np.nan))
    return frozenset(np.asarray(evaluation.sample_ids, dtype=object)[~np.isnan(column)])


def _interval_cell(value: float, low: float | None, high: float | None, decimals: int, bold: bool = False) -> _Cell:
    behind = "" if low is None else f"[{_shown(low, decimals)}, {_shown(high, decimals)}]"
    return _Cell(_shown(value, decimals), behind, bold)


def _decimals(values: Iterable[float | None]) -> int:
    """Decimals that show three or four digits of the largest value, 3 where there is none, 6 at the most."""
    largest = max((abs(value) for value in values if value is not None), default=0.0)
    if not largest:
        return 3
    exponent = math.floor(math.log10(largest))
    return min(max(3 - exponent if exponent >= 0 else 2 - exponent, 0), 6)


def _shown(value: float, decimals: int) -> str:
    return f"{value:,.{decimals}f}"


def _as_markdown(table: _Table) -> str:
    def cell(content: _Cell) -> str:
        number = f"**{content.number}**" if content.bold else content.number
        return f"{number} {_in_markdown(content.behind)}".strip()

    head = ["metric", *map(_in_markdown, table.columns)]
    rows = (
        [f"{_in_markdown(title)} {_MARKDOWN_ARROWS.get(better, '')}".strip(), *map(cell, cells)]
        for title, better, cells in (*table.rows, *table.facts)
    )
    return "\n".join([_in_markdown(table.caption), "", *markdown_table(head, rows), ""])


def _in_markdown(text: str) -> str:
    """Escape what a line or a cell would take for markup; an underscore within a word is none."""
    return re.sub(r"([\\|*`]|<(?=[A-Za-z/!?]))", r"\\\1", text.replace("\n", " "))


def _as_latex(table: _Table) -> str:
    def cell(content: _Cell) -> str:
        number = re.sub(r"^-", "$-$", _in_latex(content.number))
        number = rf"\textbf{{{number}}}" if content.bold else number
        behind = re.sub(r"-(?=\d)", "$-$", _in_latex(content.behind))
        return rf"{number} {{\scriptsize {behind}}}" if behind else number

    def row(title: str, better: str, cells: Sequence[_Cell]) -> str:
        title = f"{_in_latex(title)} {_LATEX_ARROWS.get(better, '')}".strip()
        return rf"{' & '.join([title, *map(cell, cells)])} \\"

    return "\n".join(
        [
            r"\begin{table}",
            r"\centering",
            rf"\caption{{{_in_latex(table.caption)}}}",
            r"\smallskip",
            r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%",
            rf"\begin{{tabular}}{{l{'r' * len(table.columns)}}}",
            r"\toprule",
            rf"{' & '.join(['metric', *map(_in_latex, table.columns)])} \\",
            r"\midrule",
            *(row(*content) for content in table.rows),
            r"\midrule",
            *(row(*content) for content in table.facts),
            r"\bottomrule",
            r"\end{tabular}}",
            r"\end{table}",
            "",
        ]
    )


def _in_latex(text: str) -> str:
    return "".join(_LATEX_ESCAPES.get(character, character) for character in text)
