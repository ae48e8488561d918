"""The leaderboard's Python half."""

from __future__ import annotations

import fiftyone.operators.types as types
from fiftyone.operators.panel import Panel, PanelConfig


class DepthLeaderboard(Panel):
    @property
    def config(self) -> PanelConfig:
        return PanelConfig(
            name="depth_leaderboard",
            label="Depth leaderboard",
            icon="leaderboard",
            surfaces="grid",
        )

    def render(self, ctx) -> types.Property:
        return types.Property(types.Object(), view=types.View(component="PlumbLeaderboard", composite_view=True))
