"""`export_depth_report`: write evaluations to a CSV, Parquet, Markdown or LaTeX file."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import fiftyone as fo
import fiftyone.operators as foo
import fiftyone.operators.types as types
from fiftyone.operators.message import GeneratedMessage

from plumb.datasets.exporting import FORMATS, export_depth_report, resolve
from plumb.datasets.reporting import evaluation_runs, read_evaluations
from plumb.datasets.runs import Run
from plumb.jobs import Job, finish
from plumb.markup import markdown

from .running import NO_DATASET, JobOperator, add_delegate_switch, config, form, given, show, target

_LABEL = "Export depth report"
_TOLD = {
    "auto": "As the file's name ends",
    "csv": "CSV, one row a sample",
    "parquet": "Parquet, one row a sample",
    "markdown": "Markdown, tables of the means",
    "latex": "LaTeX, tables of the means",
}
_QUICK = 2000  # samples whose values are read for the preview in a moment


class ExportDepthReport(JobOperator):
    """Write evaluations to a file: every sample's values, or the means with their intervals."""

    parameters = ("path", "format", "runs", "overwrite")
    paths = ("path",)

    @property
    def config(self) -> foo.OperatorConfig:
        return config(
            "export_depth_report",
            label=_LABEL,
            description=(
                "Writes evaluations of depth to one file: CSV or Parquet with one row a sample, or Markdown or LaTeX "
                "tables of the means with intervals and the protocol. Changes nothing in the dataset; replaces a file "
                "only where told to"
            ),
        )

    def resolve_input(self, ctx: foo.ExecutionContext) -> types.Property:
        inputs = types.Object()
        if ctx.dataset is None:
            inputs.view("no_dataset", types.Warning(label=NO_DATASET))
            return form(ctx, inputs, _LABEL)
        view = target(ctx)
        chosen = _ask_for_runs(ctx, inputs)
        choices = types.DropdownView()
        for name in ("auto", *FORMATS):
            choices.add_choice(name, label=_TOLD[name])
        inputs.str("format", default="auto", label="Format", view=choices)
        _ask_for_path(ctx, inputs)
        if len(view) < len(ctx.dataset):
            inputs.view("part", types.Notice(label=f"Only the {len(view)} samples of the target: the means are theirs"))
        add_delegate_switch(inputs)
        if chosen:
            _preview(ctx, inputs, view, chosen)
        return form(ctx, inputs, _LABEL)

    def job(self, ctx: foo.ExecutionContext) -> Job[Any]:
        return export_depth_report(target(ctx), **{"path": "", **given(ctx, *self.parameters)})

    def follow_up(self, ctx: foo.ExecutionContext, result: dict[str, Any]) -> Iterator[GeneratedMessage]:
        yield from ()  # nothing in the dataset has changed

    def summary(self, result: dict[str, Any]) -> str:
        size = f"{result['rows']} rows" if "rows" in result else "the means"
        lines = [f"**{result['path']}** has {size} of:", "", *(f"- `{run}`" for run in result["runs"])]
        return "\n".join([*lines, "", *result["notes"]])

    def __call__(
        self,
        sample_collection: fo.SampleCollection,
        path: str | os.PathLike[str],
        format: str = "auto",
        runs: str | Sequence[str] | None = None,
        overwrite: bool = False,
        delegate: bool = False,
    ) -> foo.executor.ExecutionResult:
        """Write evaluations of a dataset to a file.

        Args:
            sample_collection: a dataset; of a view, only its samples are reported
            path: the file
            format: "csv", "parquet", "markdown", "latex", or "auto" for the one that the path ends in
            runs: keys of the evaluations, or one of them; None for all
            overwrite: replace a file that is there
            delegate: queue it for a worker

        Returns:
            the execution result; its `result` has `path`, `format`, `runs`, `rows` or `evaluations`, and `notes`
        """
        keys = [runs] if isinstance(runs, str) else list(runs or ())
        params = {"path": path, "format": format, "runs": keys, "overwrite": overwrite}
        return self.call(sample_collection, params, delegate)


def _ask_for_runs(ctx: foo.ExecutionContext, inputs: types.Object) -> list[str]:
    """Ask which evaluations; the keys of those that were chosen and are there.

    From their settings alone: results grow with the samples, and the form is made anew at every keystroke.
    """
    ctx.dataset.reload()  # a worker may have finished a run since
    finished = [run for run in evaluation_runs(ctx.dataset) if run.finished]
    choices = types.DropdownView(multiple=True)
    for run in finished:
        choices.add_choice(run.key, label=_title(run), description=run.key)
    inputs.list("runs", types.String(), label="Evaluations", description="Empty: all of them", view=choices)
    if not finished:
        inputs.view("none", types.Warning(label="This dataset has no finished evaluation: run Evaluate depth first"))
    asked = ctx.params.get("runs")
    return [run.key for run in finished if not asked or run.key in asked]


def _title(run: Run) -> str:
    """Such as "dpt (new), sunrgbd, gt_depth, 2026-11-22 16:20 UTC"."""
    key = f" ({run.settings['eval_key']})" if run.settings["eval_key"] else ""
    rules = f"{run.settings['protocol']['name']}, {run.settings['gt_field']}"
    return f"{run.field}{key}, {rules}, {run.when:%Y-%m-%d %H:%M} UTC"


def _ask_for_path(ctx: foo.ExecutionContext, inputs: types.Object) -> None:
    proposed = str(Path.home() / f"{ctx.dataset.slug}-depth.csv")
    inputs.str(
        "path",
        default=proposed,
        label="File",
        description="A path on the machine that runs FiftyOne's server, or the worker",
    )
    try:
        path, kind = resolve(ctx.params.get("path", proposed), ctx.params.get("format") or "auto")
    except ValueError as error:  # only a note: a worker may have other folders
        inputs.view("problem", types.Warning(label=str(error)))
        return
    inputs.view("what", types.Notice(label=f"{_TOLD[kind]}, to {path}"))
    if path.suffix.lower() in {*FORMATS.values()} - {FORMATS[kind]}:
        inputs.view("ending", types.Warning(label=f"The file's name ends in {path.suffix}, but its format is {kind}"))
    if not path.parent.is_dir():
        inputs.view("folder", types.Warning(label=f"There is no folder {path.parent}: it will be made"))
    if path.exists():
        inputs.bool("overwrite", default=False, label="Replace the file", view=types.SwitchView())
        replaced = (
            "will be replaced" if ctx.params.get("overwrite") else "is there already: give another, or replace it"
        )
        inputs.view("there", types.Warning(label=f"{path} {replaced}"))


def _preview(ctx: foo.ExecutionContext, inputs: types.Object, view: fo.SampleCollection, chosen: Sequence[str]) -> None:
    """The tables of the means, at once where they are made in a moment."""
    quick = len(ctx.dataset) * len(chosen) <= _QUICK
    inputs.bool("preview", default=quick, label="Show the means here", view=types.SwitchView())
    if not ctx.params.get("preview", quick):
        return
    try:
        evaluations, notes = finish(read_evaluations(view, ctx.params.get("runs") or None))
    except ValueError as error:
        inputs.view("unread", types.Warning(label=str(error)))
        return
    show(inputs, "\n\n".join([markdown(evaluations), *notes]))
