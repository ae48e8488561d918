"""The Python half of the view of queued operations, as a mixin for a panel; the browser half is web/src/jobs/."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timezone
from typing import Any

import fiftyone as fo
from fiftyone.operators.executor import ExecutionContext

from ..operators.restore_colors import page_colors


class JobMethods:
    """Methods of a panel; each answers only for operations on the open dataset."""

    def list_jobs(self, ctx: ExecutionContext) -> dict[str, Any]:
        """The latest operations, the workers that are alive, and this server's time, by which the others are told."""
        from plumb.datasets import operations

        jobs = [asdict(operation) for operation in operations.list_operations(_dataset(ctx))]
        for job in jobs:
            del job["traceback"]  # long; `job_log` has it
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {"jobs": jobs, "workers": operations.workers(), "now": now}

    def retry_job(self, ctx: ExecutionContext) -> dict[str, str]:
        """Queue an operation once more; the new one's id."""
        from plumb.datasets import operations

        return {"id": operations.retry(_dataset(ctx), ctx.params.get("id"))}

    def fail_job(self, ctx: ExecutionContext) -> dict[str, str]:
        """Mark an operation as failed; its id."""
        from plumb.datasets import operations

        operations.mark_failed(_dataset(ctx), ctx.params.get("id"))
        return {"id": ctx.params["id"]}

    def job_log(self, ctx: ExecutionContext) -> dict[str, list[str]]:
        """The end of an operation's log."""
        from plumb.datasets import operations

        return {"lines": operations.log_of(_dataset(ctx), ctx.params.get("id"))}

    def reload_dataset(self, ctx: ExecutionContext) -> None:
        """Show in the App what an operation has changed."""
        # In this order: the reloaded page paints what it has been told, and forgets what it is told while it reloads.
        ctx.trigger("set_color_scheme", params=page_colors(_dataset(ctx)).parameters())
        ctx.ops.reload_dataset()


def _dataset(ctx: ExecutionContext) -> fo.Dataset:
    """Only its operations: without one, those of all datasets would be told."""
    if ctx.dataset is None:
        raise ValueError("There is no dataset open, so there are no jobs to show")
    return ctx.dataset
