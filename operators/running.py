"""What every operator of Plumb's does alike: run a job clicked, delegated or from Python."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import asdict, is_dataclass
from typing import Any, TypeVar
from zlib import crc32

import fiftyone as fo
import fiftyone.operators as foo
import fiftyone.operators.types as types
from fiftyone.operators.delegated import DelegatedOperationService
from fiftyone.operators.executor import ExecutionOptions, ExecutionResult, ExecutionRunState
from fiftyone.operators.message import GeneratedMessage

from plumb.datasets.operation_log import Recorder, recording
from plumb.jobs import Job, Steps, Stopped
from plumb.markup import markdown_table

from .page import Failure, asked_by_app, show_text
from .restore_colors import in_turn, page_colors
from .stop_depth_job import announce, progress_with_button


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
        yield ctx.trigger("set_color_scheme", params=page_colors(ctx.dataset).parameters())
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

    async def execute(self, ctx: foo.ExecutionContext) -> dict[str, Any] | AsyncIterator[GeneratedMessage]:
        """Run the job in a thread, and stop it when its run is cancelled: by Ctrl-C, by FiftyOne's limit for runs from
        Python, by the end of the App's page, or, on a worker, by `fiftyone delegated fail`."""
        try:
            if ctx.delegated:
                with recording(ctx._delegated_operation_id) as recorder:
                    return await self._finish(ctx, await _in_thread(self._begin, ctx), recorder)
            # The first step checks the parameters: its error is the operator's, whichever way it runs.
            steps = await _in_thread(self._begin, ctx)
            if asked_by_app(ctx):
                return self._stream(ctx, steps)
            return await self._finish(ctx, steps)
        except asyncio.CancelledError:
            if ctx.delegated:
                _mark_stopped(ctx)
            raise

    def _begin(self, ctx: foo.ExecutionContext) -> Steps:
        steps = Steps(self.job(ctx))
        steps.advance()
        return steps

    async def _finish(
        self, ctx: foo.ExecutionContext, steps: Steps, recorder: Recorder | None = None
    ) -> dict[str, Any]:
        try:
            return await _in_thread(self._advance_to_end, ctx, steps, recorder)
        finally:
            await _in_thread(steps.close)

    def _advance_to_end(self, ctx: foo.ExecutionContext, steps: Steps, recorder: Recorder | None) -> dict[str, Any]:
        asked = time.monotonic()
        while steps.progress is not None:
            if recorder is not None:
                recorder.tell(steps.progress)
                ctx.set_progress(progress=steps.progress.fraction, label=steps.progress.label)
                if time.monotonic() > asked + 1:
                    _check_still_wanted(ctx, steps.progress.label)
                    asked = time.monotonic()
            steps.advance()
        if recorder is not None:
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

    async def _stream(self, ctx: foo.ExecutionContext, steps: Steps) -> AsyncIterator[GeneratedMessage]:
        """Progress messages for the App, and at last the result.

        When the page is closed or loaded anew, the server cancels an asynchronous generator that it waits for; an
        ordinary one it only forgets.
        """
        job = announce(steps)
        try:
            while steps.progress is not None:
                yield progress_with_button(ctx, steps, job)
                await _in_thread(steps.advance)
            result = _as_dict(steps.result)
            messages = await _in_thread(lambda: list(self.follow_up(ctx, result)))
        except Stopped:
            yield ctx.ops.reload_dataset()
            yield show_text(ctx, f"Stopped: {steps.progress.label}. Run it again for the rest.")
            return
        except Exception as error:  # the answer has begun: only a message can still carry the error
            yield Failure(error)
            return
        finally:
            _in_thread(steps.close)  # not awaited: what is cancelled cannot wait
        async for message in in_turn(messages):
            yield message
        # In the dialog that showed the progress: as the operator's result it would be in a second one below it.
        yield show_text(ctx, self.summary(result))


def add_delegate_switch(inputs: types.Object) -> None:
    """Let the user queue the operation for a worker."""
    inputs.bool(
        "delegate",
        default=False,
        label="Run on a worker",
        description="Queue it for `python -m plumb.workers` or `fiftyone delegated launch`; the App stays free",
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


def _check_still_wanted(ctx: foo.ExecutionContext, so_far: str) -> None:
    """On a worker: whether the operation is still to be run.

    Raises:
        Stopped: if it was marked as failed, or deleted, meanwhile
    """
    operation = ctx._delegated_operation_id
    try:
        state = DelegatedOperationService().get(operation).run_state
    except ValueError:
        raise Stopped(f"stopped, because operation {operation} was deleted: {so_far}") from None
    if state != ExecutionRunState.RUNNING:
        raise Stopped(f"stopped, because operation {operation} was marked as {state} meanwhile: {so_far}")


def _mark_stopped(ctx: foo.ExecutionContext) -> None:
    """FiftyOne's worker leaves an operation "running" for ever when it is ended by Ctrl-C."""
    result = ExecutionResult(error="stopped, because its worker was ended; run it again")
    running = ExecutionRunState.RUNNING
    DelegatedOperationService().set_failed(ctx._delegated_operation_id, result=result, required_state=running)


def _plain(value: Any) -> Any:
    """What Python code passes, as the forms' JSON types: paths as text, tuples as lists."""
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return list(value) if isinstance(value, tuple) else value


Result = TypeVar("Result")


def _in_thread(function: Callable[..., Result], *args: Any) -> Awaitable[Result]:
    return asyncio.get_running_loop().run_in_executor(None, function, *args)


def _as_dict(result: Any) -> dict[str, Any]:
    return asdict(result) if is_dataclass(result) else result
