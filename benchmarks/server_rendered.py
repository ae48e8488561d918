"""Depth over a picture the server-rendered way, as the peer of `panel.py`, which makes a plugin of this file.

A panel in Python alone: a slider, and a picture that the server makes anew whenever the slider has moved. All that
such a panel can save is saved: files are read once and stay in memory, one view is drawn and not six, and it goes out
as JPEG, which is quicker to make and smaller than PNG.
"""

from __future__ import annotations

import base64
import functools

import cv2
import fiftyone.operators.types as types
import numpy as np
from fiftyone.operators.executor import ExecutionContext
from fiftyone.operators.panel import Panel, PanelConfig

LABEL = "Server rendered"
FARTHEST = 8.0  # metres that the last colour stands for


class ServerRendered(Panel):
    @property
    def config(self) -> PanelConfig:
        return PanelConfig(name="server_rendered", label=LABEL, surfaces="modal")

    def on_load(self, ctx: ExecutionContext) -> None:
        ctx.panel.set_state("opacity", 50)
        self.draw(ctx, 50)

    def on_slide(self, ctx: ExecutionContext) -> None:
        self.draw(ctx, ctx.params["value"])

    def draw(self, ctx: ExecutionContext, opacity: float) -> None:
        sample = ctx.dataset[ctx.current_sample]
        picture, coloured = read(sample.filepath, sample.gt_depth.map_path)
        mixed = cv2.addWeighted(coloured, opacity / 100, picture, 1 - opacity / 100, 0)
        _, file = cv2.imencode(".jpg", mixed)
        ctx.panel.set_state("view", f"data:image/jpeg;base64,{base64.b64encode(file).decode()}")

    def render(self, ctx: ExecutionContext) -> types.Property:
        panel = types.Object()
        panel.int("opacity", label="Opacity", min=0, max=100, view=types.SliderView(), on_change=self.on_slide)
        panel.str("view", view=types.ImageView(alt="overlay"))
        return types.Property(panel)


@functools.cache
def read(image: str, depth: str) -> tuple[np.ndarray, np.ndarray]:
    """(H, W, 3) uint8 of the picture, and of its depth in colours; where there is none, the picture."""
    picture = cv2.imread(image)
    metres = cv2.imread(depth, cv2.IMREAD_UNCHANGED) * 0.001
    levels = (np.clip(metres / FARTHEST, 0, 1) * 255).astype(np.uint8)
    coloured = cv2.applyColorMap(levels, cv2.COLORMAP_VIRIDIS)
    return picture, np.where(metres[..., None] > 0, coloured, picture)


def register(plugin) -> None:
    plugin.register(ServerRendered)
