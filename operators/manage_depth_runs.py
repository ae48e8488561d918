"""`manage_depth_runs`: view, rename or delete an import, a prediction or an evaluation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import fiftyone as fo
import fiftyone.operators as foo
import fiftyone.operators.types as types
from fiftyone.operators.message import GeneratedMessage

from plumb.datasets import runs
from plumb.datasets.claims import Taken
from plumb.datasets.deleting import plan_deletion
from plumb.datasets.managing import ACTIONS, at_work, manage_depth_runs, view_run
from plumb.datasets.renaming import plan_renaming
from plumb.jobs import Job

from .run_page import deletion, page, renamed, title
from .running import NO_DATASET, JobOperator, add_delegate_switch, config, given, show

_LABEL = "Manage depth runs"
_BUTTONS = {"view": "Show", "rename": "Rename", "delete": "Delete"}


class ManageDepthRuns(JobOperator):
    """View, rename or delete a run of Plumb's, with its maps, fields and values."""

    parameters = ("run", "action", "new_name")

    @property
    def config(self) -> foo.OperatorConfig:
        return config(
            "manage_depth_runs",
            label=_LABEL,
            description=(
                "Views, renames or deletes a run of Plumb's (an import, a prediction, an evaluation). Deleting removes "
                "for good what the run made: map files, depth fields, metrics and the evaluations of deleted maps; "
                "samples, images and runs of others stay"
            ),
            risk_level="high",
        )

    def resolve_input(self, ctx: foo.ExecutionContext) -> types.Property:
        inputs = types.Object()
        if ctx.dataset is None:
            inputs.view("no_dataset", types.Warning(label=NO_DATASET))
            return _form(ctx, inputs)
        ctx.dataset.reload()  # a worker may have finished a run since
        known = runs.all_runs(ctx.dataset)
        choices = types.DropdownView()
        for run in known:
            choices.add_choice(run.key, label=title(run), description=run.key)
        inputs.str("run", required=True, label="Run", view=choices)
        if not known:
            inputs.view("none", types.Warning(label="This dataset has no run of Plumb's yet"))
        actions = types.RadioGroup(orientation="horizontal")
        for action in ACTIONS:
            actions.add_choice(action, label=action.capitalize())
        inputs.enum("action", list(ACTIONS), default="view", label="Action", view=actions)
        key = ctx.params.get("run")
        if key and known:
            try:
                _ask(ctx, inputs, key)
            except ValueError as error:  # only a note: an earlier operation in the queue may mend it
                inputs.view("problem", types.Warning(label=str(error)))
        add_delegate_switch(inputs)
        return _form(ctx, inputs)

    def job(self, ctx: foo.ExecutionContext) -> Job[Any]:
        if ctx.dataset is None:
            raise ValueError(NO_DATASET)
        return manage_depth_runs(ctx.dataset, **given(ctx, *self.parameters))

    def follow_up(self, ctx: foo.ExecutionContext, result: dict[str, Any]) -> Iterator[GeneratedMessage]:
        if result["action"] != "view":
            yield from super().follow_up(ctx, result)

    def summary(self, result: dict[str, Any]) -> str:
        if result["action"] == "rename":
            return renamed(result)
        if result["action"] == "delete":
            return deletion(result["deleted"], result["run"], result["field"], done=True)
        return page(result)

    def __call__(
        self,
        sample_collection: fo.SampleCollection,
        run: str,
        action: str = "view",
        new_name: str | None = None,
        delegate: bool = False,
    ) -> foo.executor.ExecutionResult:
        """View, rename or delete a run; from Python, the call is the confirmation.

        Args:
            sample_collection: the dataset with the run
            run: its key, one of `dataset.list_runs()`
            action: "view", "rename" or "delete"
            new_name: to rename: the `eval_key` of an evaluation, the field of an import or a prediction
            delegate: queue it for a worker

        Returns:
            the execution result; its `result` is the run, see `plumb.datasets.managing.manage_depth_runs`
        """
        return self.call(sample_collection, {"run": run, "action": action, "new_name": new_name}, delegate)


def _ask(ctx: foo.ExecutionContext, inputs: types.Object, key: str) -> None:
    """What an action needs to know, and what it will do."""
    action = ctx.params.get("action") or "view"
    if action == "view":
        show(inputs, page(view_run(ctx.dataset, key)))
        return
    if holder := at_work(ctx.dataset, runs.read(ctx.dataset, key).field):
        show(inputs, f"**{Taken(holder)}**")  # only a note: until this is run, it may have ended
    if action == "rename":
        _ask_name(ctx, inputs, runs.read(ctx.dataset, key))
    elif action == "delete":
        plan = plan_deletion(ctx.dataset, key)
        show(inputs, deletion(asdict(plan), key, runs.read(ctx.dataset, key).field, done=False))
        # Only the App's server puts the operator's address among the parameters: from Python the call confirms.
        # Named by the run, so that what was confirmed for one is not for another.
        confirm = f"confirm_{key}"
        inputs.bool(
            confirm,
            default=False,
            label="Yes, delete all this for good",
            view=types.SwitchView(),
            invalid="operator_uri" in ctx.request_params and not ctx.params.get(confirm),
            error_message="Switch this on to delete",
        )


def _ask_name(ctx: foo.ExecutionContext, inputs: types.Object, run: runs.Run) -> None:
    new_name, problem = ctx.params.get("new_name"), None
    try:
        plan = plan_renaming(ctx.dataset, run.key, new_name) if new_name else None
    except ValueError as error:
        plan, problem = None, str(error)
    what = "key" if run.verb == "evaluate" else "field"
    inputs.str(
        "new_name",
        required=True,
        label=f"New {what}",
        description=f"Instead of {run.settings.get('eval_key') if what == 'key' else run.field}",
        invalid=problem is not None,
        error_message=problem or "",
    )
    if plan:
        renamed_too = {**plan.fields, **plan.keys}
        lines = [f"- `{old}` becomes `{new}`" for old, new in renamed_too.items() if old != new]
        show(inputs, "\n".join(["Map files stay where they are.", "", *lines] if what == "field" else lines))


def _form(ctx: foo.ExecutionContext, inputs: types.Object) -> types.Property:
    button = "Queue" if ctx.params.get("delegate") else _BUTTONS.get(ctx.params.get("action"), "Show")
    return types.Property(inputs, view=types.PromptView(label=_LABEL, submit_button_label=button))
