"""The compare panel's Python half: which samples and maps there are. All drawing is done in the browser."""

from __future__ import annotations

import fiftyone.operators.types as types
from fiftyone.operators.panel import Panel, PanelConfig


class CompareDepth(Panel):
    @property
    def config(self) -> PanelConfig:
        return PanelConfig(
            name="compare_depth",
            label="Compare depth",
            icon="layers",
            surfaces="grid modal",
        )

    def render(self, ctx) -> types.Property:
        return types.Property(types.Object(), view=types.View(component="PlumbCompare", composite_view=True))
