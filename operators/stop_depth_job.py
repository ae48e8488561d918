"""`stop_depth_job`: what the button does that stands below the progress of a job in the App."""

from __future__ import annotations

import asyncio
from uuid import uuid4
from weakref import WeakValueDictionary

import fiftyone.operators as foo
import fiftyone.operators.types as types
from fiftyone.operators.message import GeneratedMessage

from plumb.jobs import Steps

# The jobs that this App server has started, for as long as they run, by what their buttons call them.
_at_work: WeakValueDictionary[str, Steps] = WeakValueDictionary()


class StopDepthJob(foo.Operator):
    """End a job of this App server at its next step."""

    @property
    def config(self) -> foo.OperatorConfig:
        return foo.OperatorConfig(
            name="stop_depth_job",
            label="Stop a depth job",
            description="Stops a job of Plumb's that the App has started; what it has done by then is kept",
            unlisted=True,
        )

    async def execute(self, ctx: foo.ExecutionContext) -> None:
        steps = _at_work.get(ctx.params.get("job", ""))
        if steps is not None:  # else it has ended meanwhile
            await asyncio.get_running_loop().run_in_executor(None, steps.close)


def announce(steps: Steps) -> str:
    """Make a job one that can be stopped; its name for :func:`progress_with_button`."""
    job = uuid4().hex
    _at_work[job] = steps
    return job


def progress_with_button(ctx: foo.ExecutionContext, steps: Steps, job: str) -> GeneratedMessage:
    """What FiftyOne's own `set_progress` shows, and a button below it.

    The App reads the answer of a running job to its end: neither Escape nor the dialog's own button would stop it.
    """
    outputs = types.Object()
    outputs.float("progress", view=types.ProgressView(label=steps.progress.label))
    stop = "@plumb/depth/stop_depth_job"
    outputs.btn("stop", "Stop", on_click=stop, params={"job": job}, variant="outlined")
    return ctx.ops.show_output(types.Property(outputs).to_json(), {"progress": steps.progress.fraction})
