"""Write web/src/colour/tables.ts, the colormaps' bytes, from matplotlib's tables.

.venv/bin/python web/tools/colormaps.py

Needed only to add a colormap or take one out: what it writes is committed.
"""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np

TARGET = Path(__file__).resolve().parent.parent / "src" / "colour" / "tables.ts"

# By the panel's name, matplotlib's. Values grow to the right in both. The sequential ones keep matplotlib's direction:
# turbo begins blue, Spectral red, as pictures of depth in papers have it, where near is red and far is blue.
# The diverging ones are turned where needed so that the negative end is the cool one: too near cool, too far warm.
COLORMAPS: dict[str, str] = {
    "turbo": "turbo",
    "viridis": "viridis",
    "magma": "magma",
    "inferno": "inferno",
    "cividis": "cividis",
    "Spectral": "Spectral",
    "grey": "gray",
    "RdBu": "RdBu_r",
    "PuOr": "PuOr_r",
}

HEADER = """\
/**
 * The colormaps, 256 colours of 3 bytes each (red, green, blue; sRGB) in base64. Generated from matplotlib's tables by
 * web/tools/colormaps.py: do not edit.
 *
 * viridis, magma, inferno: Stefan van der Walt and Nathaniel Smith, CC0.
 * cividis: Jamie Nunez, Christopher Anderton and Ryan Renslow, "Optimizing colormaps with consideration for color
 *   vision deficiency to enable accurate interpretation of scientific data", 2018; CC0 as matplotlib gives it.
 * turbo: Anton Mikhailov, copyright 2019 Google LLC, Apache-2.0.
 * Spectral, RdBu, PuOr: ColorBrewer, copyright 2002 Cynthia Brewer, Mark Harrower and The Pennsylvania State
 *   University, Apache-2.0. RdBu and PuOr are turned: their cool end is the low one.
 * grey: 256 equal steps from black to white.
 */

import type { ColormapName } from "../types";

export const TABLES: Readonly<Record<ColormapName, string>> = {
"""


def rows(matplotlib_name: str) -> np.ndarray:
    """The (256, 3) uint8 colours of one of matplotlib's colormaps."""
    from matplotlib import colormaps

    return colormaps[matplotlib_name](np.arange(256), bytes=True)[:, :3]


def render() -> str:
    """The text of tables.ts."""
    entries = (
        f'  {name}:\n    "{base64.b64encode(np.ascontiguousarray(rows(source)).tobytes()).decode()}",\n'
        for name, source in COLORMAPS.items()
    )
    return HEADER + "".join(entries) + "};\n"


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
    print(f"Wrote {TARGET}")
