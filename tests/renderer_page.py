"""The panels' renderer in a browser, and what it is asked to draw: the objects of web/src/gl/draw.ts as tables."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.app_page import LONG

WEB = Path(__file__).resolve().parent.parent / "web"

# Vite's own interface, since the entry and the folder are not those of web/vite.config.ts.
BUILD = """
const { build } = await import("vite");
const lib = { entry: "src/gl/renderer.page.ts", name: "Page", formats: ["iife"], fileName: () => "page.js" };
const outDir = process.env.PLUMB_PAGE;
await build({ configFile: false, logLevel: "error", build: { outDir, target: "es2022", lib } });
"""

MILLIMETRES = {"slope": 0.001, "base": 0.0, "inverse": False, "floor": 0.0, "unit": "m", "origin": ""}
"""What codes of the ground truth and of metric predictions mean."""

DISPARITY = {"slope": 3e-5, "base": 0.02, "inverse": True, "floor": 0.125, "unit": "m", "origin": ""}
"""An aligned relative prediction: large codes are near, and 8 m is the farthest."""

BACKGROUND = (13, 77, 141)

TABLE_BYTES = 4 * 65536
"""What the colours of all codes take on the graphics card."""


def build_page(folder: Path) -> Path:
    """The script of web/src/gl/renderer.page.ts, or a skip where there is nothing to build it with."""
    from tools import node

    try:
        binary = node.find().binary
    except node.NodeMissing as error:
        pytest.skip(str(error))
    if not (WEB / "node_modules" / "vite").is_dir():
        pytest.skip("web/node_modules is not installed: run `make setup`")
    command = [str(binary), "--input-type=module", "--eval", BUILD]
    environment = {**os.environ, "PLUMB_PAGE": str(folder)}
    run = subprocess.run(command, cwd=WEB, env=environment, capture_output=True, text=True, timeout=600)
    assert run.returncode == 0, run.stdout + run.stderr
    return folder / "page.js"


@contextmanager
def renderer_page(chromium: Any, folder: Path) -> Iterator[RendererPage]:
    """A page for all tests of a file: one for each would take longer than what it draws."""
    running = chromium.new_page()
    running.set_default_timeout(LONG)
    yield RendererPage(running, build_page(folder))
    running.close()


class RendererPage:
    """Maps and pictures have names here, which tiles give in their place."""

    def __init__(self, page: Any, script: Path) -> None:
        self.page = page
        self.console: list[str] = []
        page.on("console", lambda message: self.console.append(message.text))
        page.on("pageerror", lambda error: self.console.append(str(error)))
        page.add_script_tag(path=str(script))

    def start(self, width: int, height: int, budget: int | None = None, offscreen: bool = False) -> None:
        """A canvas of that size and a renderer for it, the canvas on the page unless `offscreen`."""
        self.page.evaluate(
            "([w, h, b, o]) => harness.start(w, h, b ?? undefined, o)", [width, height, budget, offscreen]
        )
        self.size = (height, width)

    def map(self, name: str, codes: np.ndarray) -> None:
        """(H, W) codes."""
        self.page.evaluate("([n, b]) => harness.map(n, b)", [name, _bytes(codes.astype("<u2"))])

    def picture(self, name: str, rgb: np.ndarray) -> None:
        """(H, W, 3) uint8."""
        rgba = np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])
        self.page.evaluate("([n, b]) => harness.picture(n, b)", [name, _bytes(rgba)])

    def draw(self, *tiles: dict[str, Any], background: tuple[int, int, int] = BACKGROUND) -> np.ndarray:
        """The canvas, (H, W, 3) int."""
        self.page.evaluate("([t, b]) => harness.draw(t, b)", [json.dumps(tiles), list(background)])
        return self.pixels()

    def warm(self, *tiles: dict[str, Any]) -> None:
        """Compile what draws these tiles."""
        self.page.evaluate("t => harness.warm(t)", json.dumps(tiles))

    def pixels(self) -> np.ndarray:
        rgba = np.frombuffer(base64.b64decode(self.page.evaluate("harness.pixels()")), np.uint8)
        return rgba.reshape(*self.size, 4)[..., :3].astype(int)

    def get(self, name: str) -> Any:
        return self.page.evaluate(f"harness.{name}")


def _bytes(array: np.ndarray) -> dict[str, Any]:
    height, width = array.shape[:2]
    return {
        "width": width,
        "height": height,
        "base64": base64.b64encode(np.ascontiguousarray(array).tobytes()).decode(),
    }


def tile(
    layers: list[dict[str, Any]],
    picture: tuple[int, int],
    rect: tuple[int, int, int, int] | None = None,
    at: tuple[float, float] | None = None,
    zoom: float = 1.0,
    clip: tuple[int, int, int, int] | None = None,
) -> dict[str, Any]:
    """A picture of (height, width) in a rect of x, y, width, height: by default as large as it and in its middle."""
    height, width = picture
    x, y = at or (width / 2, height / 2)
    return {
        "rect": _rect(rect or (0, 0, width, height)),
        "clip": clip and _rect(clip),
        "viewport": {"x": x, "y": y, "zoom": zoom},
        "width": width,
        "height": height,
        "layers": layers,
    }


def _rect(numbers: tuple[int, int, int, int]) -> dict[str, int]:
    return dict(zip(("x", "y", "width", "height"), numbers, strict=True))


def picture_layer(name: str = "rgb", opacity: float = 1.0) -> dict[str, Any]:
    return {"kind": "picture", "picture": name, "opacity": opacity}


def source(name: str, transform: dict[str, Any] = MILLIMETRES) -> dict[str, Any]:
    return {"map": name, "transform": transform}


def mask(measured: bool = False, rule: dict[str, Any] | None = None, hatch: bool = False) -> dict[str, Any]:
    """By the truth `gt`."""
    return {"truth": source("gt"), "measured": measured, "rule": rule, "hatch": hatch}


def rule(low: float = 0.001, high: float = 8.0, cap: float | None = None, crop: Any = None) -> dict[str, Any]:
    """`crop` is (top, bottom, left, right)."""
    named = crop and dict(zip(("top", "bottom", "left", "right"), crop, strict=True))
    return {"minDepth": low, "maxDepth": high, "cap": cap or high, "crop": named}


NO_MASK = {"truth": None, "measured": False, "rule": None, "hatch": False}


def value_layer(of: dict[str, Any], low: float = 0.5, high: float = 8.0, **changes: Any) -> dict[str, Any]:
    """Turbo, opaque, unmasked, but for the changes; `scale` among them."""
    range_ = {"low": low, "high": high, "scale": changes.pop("scale", "linear")}
    plain = {"kind": "value", "source": of, "range": range_, "colormap": "turbo", "opacity": 1.0, "mask": NO_MASK}
    return plain | changes


def error_layer(kind: str, prediction: dict[str, Any], low: float, high: float, **changes: Any) -> dict[str, Any]:
    """Of a prediction against the truth `gt`; viridis, opaque, unmasked, but for the changes."""
    range_ = {"low": low, "high": high, "scale": "linear"}
    plain = {"range": range_, "colormap": "viridis", "opacity": 1.0, "mask": NO_MASK}
    return {"kind": kind, "prediction": prediction, "truth": source("gt")} | plain | changes


def values_of(codes: np.ndarray, transform: dict[str, Any] = MILLIMETRES) -> np.ndarray:
    """What codes mean, NaN for code 0."""
    u = transform["slope"] * codes.astype(float) + transform["base"]
    if transform["inverse"]:
        u = 1.0 / np.maximum(u, transform["floor"])
    return np.where(codes > 0, u, np.nan)


def check_colours(drawn: np.ndarray, values: np.ndarray, colormap: str, low: float, high: float, scale: str = "linear"):
    """Each value's pixel has its colour by matplotlib; of values within a thousandth of a colour's width of the edge
    between two, either one's. `values` (N,) and `drawn` (N, 3)."""
    from matplotlib import colormaps

    even = {"linear": lambda v: v, "inverse": lambda v: -1.0 / v, "log": np.log}[scale]
    places = 256.0 * (even(values) - even(low)) / (even(high) - even(low))
    table = colormaps[colormap](np.arange(256), bytes=True)[:, :3].astype(int)
    below, above = (table[np.clip(np.floor(places + step), 0, 255).astype(int)] for step in (-1e-3, 1e-3))
    right = (drawn == below).all(axis=-1) | (drawn == above).all(axis=-1)
    assert right.all(), f"{np.count_nonzero(~right)} of {right.size} pixels, first value {values[~right][0]}"
