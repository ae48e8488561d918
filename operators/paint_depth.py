"""`paint_depth`: an unlisted helper that paints depth maps as the dataset says when it is opened."""

from __future__ import annotations

import fiftyone.operators as foo

from plumb.datasets.appearance import stored_colors
from plumb.datasets.fields import depth_fields


class PaintDepth(foo.Operator):
    """Applies the dataset's stored colours: the App reads them at page load but paints them only when told to."""

    @property
    def config(self) -> foo.OperatorConfig:
        return foo.OperatorConfig(
            name="paint_depth",
            label="Paint depth maps",
            description="Applies the dataset's stored colours to its depth maps when the dataset is opened",
            unlisted=True,
            on_dataset_open=True,
            risk_level="low",
        )

    def execute(self, ctx: foo.ExecutionContext) -> None:
        if ctx.dataset is not None and depth_fields(ctx.dataset):
            ctx.trigger("set_color_scheme", params=stored_colors(ctx.dataset))
