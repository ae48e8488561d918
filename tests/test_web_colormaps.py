"""The panels' colormaps are matplotlib's, byte by byte."""

from __future__ import annotations

import base64
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

WEB = Path(__file__).resolve().parent.parent / "web"
TYPES = (WEB / "src" / "types.ts").read_text(encoding="utf-8")
TABLES = (WEB / "src" / "colour" / "tables.ts").read_text(encoding="utf-8")


def named_in_types() -> list[str]:
    """What `ColormapName` in web/src/types.ts lists."""
    union = re.search(r"export type ColormapName =([^;]+);", TYPES)[1]
    return re.findall(r'"(\w+)"', union)


def committed() -> dict[str, np.ndarray]:
    """By name, the (256, 3) uint8 colours in web/src/colour/tables.ts."""
    entries = re.findall(r'(\w+):\s+"([A-Za-z0-9+/=]+)"', TABLES)
    return {name: np.frombuffer(base64.b64decode(text), np.uint8).reshape(256, 3) for name, text in entries}


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """web/tools/colormaps.py, which is no part of a package."""
    spec = importlib.util.spec_from_file_location("colormaps_script", WEB / "tools" / "colormaps.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_committed_tables_are_what_the_script_writes(script):
    assert script.render() == TABLES


def test_every_colormap_of_the_panels_has_a_table_and_no_other_has():
    assert sorted(committed()) == sorted(named_in_types())


@pytest.mark.parametrize(
    ("name", "source"),
    [(name, {"grey": "gray", "RdBu": "RdBu_r", "PuOr": "PuOr_r"}.get(name, name)) for name in named_in_types()],
)
def test_a_table_holds_the_bytes_that_matplotlib_gives_for_each_of_256_values(name, source):
    from matplotlib import colormaps

    expected = colormaps[source](np.linspace(0.0, 1.0, 256), bytes=True)[:, :3]
    np.testing.assert_array_equal(committed()[name], expected)


@pytest.mark.parametrize("name", ["RdBu", "PuOr"])
def test_a_diverging_table_is_cool_below_its_middle_light_in_it_and_warm_above(name):
    low, middle, high = committed()[name][[20, 128, 235]].astype(int)
    assert low[2] > low[0] and high[0] > high[2]
    assert middle.min() > 235
