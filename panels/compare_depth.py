"""The compare panel's Python half: which samples, maps and scores there are. All drawing is done in the browser."""

from __future__ import annotations

from typing import Any

import fiftyone.operators.types as types
from bson import ObjectId
from fiftyone.operators.executor import ExecutionContext
from fiftyone.operators.panel import Panel, PanelConfig


class CompareDepth(Panel):
    """Ground truth and predictions of one sample, or of many on a sheet, in metres.

    Its methods are called by the browser half, web/src/compare/. They take ids of samples, never paths, and answer
    only for samples of the open dataset, with the paths of those samples' own maps.
    """

    @property
    def config(self) -> PanelConfig:
        return PanelConfig(
            name="compare_depth",
            label="Compare depth",
            icon="layers",
            surfaces="grid modal",
            help_markdown="Ground truth and any number of predictions of a sample, aligned, in metres: overlaid, side "
            "by side, under a divider or blinking, with errors, profiles and the metrics of a box.",
        )

    def on_load(self, ctx: ExecutionContext) -> None:
        """What :meth:`describe` says, of the sample in the sample window: a page's first panel needs no other call."""
        from plumb.datasets import looking

        shown = (ctx.current_sample or "").removesuffix("-modal")  # groups carry an end of the App's own
        records = looking.records(ctx.dataset, [shown], ctx.view) if ObjectId.is_valid(shown) else []
        ctx.panel.set_data("opened", {"info": looking.describe(ctx.dataset), "records": records})

    def describe(self, ctx: ExecutionContext) -> dict[str, Any]:
        """The open dataset's depth fields and evaluations, and what :meth:`load` says: one call opens a panel."""
        from plumb.datasets import looking

        return {"info": looking.describe(ctx.dataset), "records": self.load(ctx)}

    def stored(self, ctx: ExecutionContext) -> str:
        """Changes when fields of maps or runs were added, replaced or deleted: :meth:`describe` and :meth:`load` may
        say something else then."""
        from plumb.datasets import versions

        return versions.digest(versions.maps_and_runs(ctx.dataset))

    def list_samples(self, ctx: ExecutionContext) -> dict[str, Any]:
        """The samples of the view in its order, with a metric of each if one is asked for."""
        from plumb.datasets import looking

        return looking.list_samples(ctx.view, *(ctx.params.get(name) for name in ("run", "metric", "group_slice")))

    def load(self, ctx: ExecutionContext) -> list[dict[str, Any]]:
        """Pictures, maps and scores of samples by their ids."""
        from plumb.datasets import looking

        ids = [key for key in ctx.params.get("ids") or () if ObjectId.is_valid(key)]
        return looking.records(ctx.dataset, ids, ctx.view, ctx.params.get("group_slice")) if ids else []

    def render(self, ctx: ExecutionContext) -> types.Property:
        view = types.View(
            component="PlumbCompare",
            composite_view=True,
            describe=self.describe,
            stored=self.stored,
            list_samples=self.list_samples,
            load=self.load,
        )
        return types.Property(types.Object(), view=view)
