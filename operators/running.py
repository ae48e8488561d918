"""What every operator of Plumb's does alike: run a job clicked, delegated or from Python."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict, is_dataclass
from typing import Any
from zlib import crc32

import fiftyone as fo
import fiftyone.operators as foo
import fiftyone.operators.types as types
from fiftyone.operators.executor import ExecutionOptions, ExecutionResult
from fiftyone.operators.message import GeneratedMessage, MessageType

from plumb.datasets.appearance import stored_colors
from plumb.jobs import Job, Steps
from plumb.markup import markdown_table


def config(name: str, label: str, description: str, risk_level: str = "medium") -> foo.OperatorConfig:
    """The configuration that Plumb's job operators share."""
    return foo.OperatorConfig(
        name=name,
        label=label,
        description=description,
        light_icon="/assets/icon-light.svg",
        dark_icon="/assets/icon-dark.svg",
        risk_level=risk_level,
        dynamic=True,
        execute_as_generator=True,
        allow_immediate_execution=True,
        allow_delegated_execution=True,
    )


NO_DATASET = "There is no dataset to work on: open one, or pass it"


class JobOperator(foo.Operator):
    """An operator that runs a `plumb.jobs.Job`.

    A subclass gives `config`, `parameters`, `resolve_input`, `job`, `summary` and, where the App must do more than
    reload, `follow_up`.

    Attributes:
        parameters: names of all parameters
        paths: those that are paths, which mean something else in a worker's working folder
    """

    parameters: tuple[str, ...] = ()
    paths: tuple[str, ...] = ("maps_dir",)

    def job(self, ctx: foo.ExecutionContext) -> Job[Any]:
        """The work; its result is a dict or a dataclass."""
        raise NotImplementedError

    def summary(self, result: dict[str, Any]) -> str:
        """The result for people, in Markdown."""
        raise NotImplementedError

    def follow_up(self, ctx: foo.ExecutionContext, result: dict[str, Any]) -> Iterator[GeneratedMessage]:
        """What the App does when the work that it started is done."""
        # In this order: the reloaded page paints what it has been told, and forgets what it is told while it reloads.
        yield ctx.trigger("set_color_scheme", params=stored_colors(ctx.dataset))
        yield ctx.ops.reload_dataset()

    def resolve_output(self, ctx: foo.ExecutionContext) -> types.Property:
        outputs = types.Object()
        if ctx.results:  # none where the App has shown them already, see `_stream`
            outputs.md(self.summary(ctx.results), name="summary")
        return types.Property(outputs, view=types.View(label=f"{self.config.label}: done"))

    def resolve_delegation(self, ctx: foo.ExecutionContext) -> bool:
        return bool(ctx.params.get("delegate"))

    def resolve_execution_options(self, ctx: foo.ExecutionContext) -> ExecutionOptions:
        # The App greys "Schedule" out unless its server has an orchestrator; a switch of our own that allows
        # delegation only while it is on queues without one.
        wanted = bool(ctx.params.get("delegate")) or ctx.requesting_delegated_execution
        return ExecutionOptions(allow_immediate_execution=True, allow_delegated_execution=wanted)

    def execute(self, ctx: foo.ExecutionContext) -> dict[str, Any] | Iterator[GeneratedMessage]:
        steps = Steps(self.job(ctx))
        # The first step checks the parameters: its error is the operator's, whichever way it runs.
        steps.advance()
        if _asked_by_app(ctx):
            return self._stream(ctx, steps)
        while steps.progress is not None:
            if ctx.delegated:
                ctx.set_progress(progress=steps.progress.fraction, label=steps.progress.label)
            steps.advance()
        if ctx.delegated:
            ctx.set_progress(progress=1.0, label="done")
        return _as_dict(steps.result)

    def call(
        self, collection: fo.SampleCollection | None, params: dict[str, Any], delegate: bool
    ) -> foo.executor.ExecutionResult:
        """Run it from Python on a dataset or view, at once or, with `delegate`, on a worker.

        Raises:
            TypeError: for a parameter that the operator does not have
        """
        unknown = set(params) - set(self.parameters)
        if unknown:
            raise TypeError(f"{self.name} has no parameter {', '.join(sorted(unknown))}; {', '.join(self.parameters)}")
        ctx = {} if collection is None else {"dataset": collection._root_dataset, "view": collection.view()}
        params = {name: _plain(value) for name, value in params.items()}
        params |= {name: os.path.abspath(os.path.expanduser(params[name])) for name in self.paths if params.get(name)}
        return foo.execute_operator(self.uri, ctx, params=params, request_delegation=delegate)

    def _stream(self, ctx: foo.ExecutionContext, steps: Steps) -> Iterator[GeneratedMessage]:
        """Progress messages for the App, and at last the result."""
        try:
            while steps.progress is not None:
                yield ctx.ops.set_progress(progress=steps.progress.fraction, label=steps.progress.label)
                steps.advance()
        except Exception as error:  # the answer has begun: only a message can still carry the error
            yield _Failure(error)
            return
        result = _as_dict(steps.result)
        yield from self.follow_up(ctx, result)
        # In the dialog that showed the progress: as the operator's result it would be in a second one below it.
        outputs, summary = types.Object(), self.summary(result)
        outputs.md(summary, name="summary")
        yield ctx.ops.show_output(types.Property(outputs).to_json(), {"summary": summary})


def add_delegate_switch(inputs: types.Object) -> None:
    """Let the user queue the operation for a worker."""
    inputs.bool(
        "delegate",
        default=False,
        label="Run on a worker",
        description="Queue it for a process started with `fiftyone delegated launch`; the App stays free",
        view=types.SwitchView(),
    )


def show(inputs: types.Object, text: str) -> None:
    """Show a text, in Markdown, in a form.

    The App keeps a property's first text for as long as the form is open: another text needs another name.
    """
    inputs.md(text, name=f"text_{crc32(text.encode()):08x}")


def form(ctx: foo.ExecutionContext, inputs: types.Object, label: str) -> types.Property:
    """The form with its title, and a button that says what it will do."""
    button = "Queue" if ctx.params.get("delegate") else "Run now"
    return types.Property(inputs, view=types.PromptView(label=label, submit_button_label=button))


def target(ctx: foo.ExecutionContext) -> fo.SampleCollection:
    """The samples to work on: the target chosen in the form, else the selection, else the view.

    Raises:
        ValueError: if no dataset is open, or the view shows parts of samples
    """
    if ctx.dataset is None:
        raise ValueError(NO_DATASET)
    view = ctx.target_view()
    if getattr(view, "_is_generated", False):
        raise ValueError("this view shows patches, frames or clips: depth belongs to whole images, so close it first")
    if not ctx.request_params.get("view_target") and ctx.selected:
        return view.select(ctx.selected)
    return view


def given(ctx: foo.ExecutionContext, *names: str) -> dict[str, Any]:
    """Those of the named parameters that have a value; the others keep the job's defaults."""
    values = ((name, ctx.params.get(name)) for name in names)
    return {name: value for name, value in values if value is not None and value != ""}


def listed(what: str, entries: list[dict[str, str]], name: str, shown: int = 20) -> list[str]:
    """Markdown lines for what went wrong: a table of the first entries, {name, reason} each."""
    if not entries:
        return []
    rows = [[f"`{cell(entry[name])}`", cell(entry["reason"])] for entry in entries[:shown]]
    lines = ["", f"{len(entries)} {what}:", "", *markdown_table([name, "reason"], rows, align="---")]
    if len(entries) > shown:
        lines += ["", f"and {len(entries) - shown} more, which the run lists."]
    return lines


def cell(text: str) -> str:
    """Text that keeps within its cell of a Markdown table."""
    return " ".join(text.split()).replace("|", "\\|")


def _asked_by_app(ctx: foo.ExecutionContext) -> bool:
    # Only the App's server puts the operator's address among the parameters, and only it reads a stream: for
    # calls from Python FiftyOne would drop a generator's result.
    return "operator_uri" in ctx.request_params and not ctx.delegated


def _plain(value: Any) -> Any:
    """What Python code passes, as the forms' JSON types: paths as text, tuples as lists."""
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return list(value) if isinstance(value, tuple) else value


def _as_dict(result: Any) -> dict[str, Any]:
    return asdict(result) if is_dataclass(result) else result


class _Failure(GeneratedMessage):
    """The error of work that had begun, as the App reads it."""

    def __init__(self, error: Exception):
        super().__init__(MessageType.ERROR, cls=ExecutionResult)
        self.error = error

    def to_json(self) -> dict[str, Any]:
        return {**super().to_json(), "error": f"{type(self.error).__name__}: {self.error}"}
