"""What the App shows of depth maps when the dataset is opened."""

from __future__ import annotations

from typing import Any

import fiftyone as fo

from plumb.datasets.fields import depth_fields

COLORMAP = "turbo"
OPACITY = 0.85


def show_maps(dataset: fo.Dataset, shown: str) -> None:
    """Colour depth maps by value, and of the depth fields switch on `shown` alone: they cover one another.

    Without this the App paints a heatmap in one colour, and draws every label field at once. What the user chose for
    other fields stays.
    """
    config = dataset.app_config
    scheme = config.color_scheme or fo.ColorScheme(opacity=OPACITY)
    scheme.color_by = "value"
    scheme.default_colorscale = scheme.default_colorscale or {"name": COLORMAP, "list": None}
    colorscales = scheme.colorscales or []
    if shown not in {entry.get("path") for entry in colorscales}:
        colorscales = [*colorscales, {"path": shown, "name": COLORMAP, "list": None}]
    scheme.colorscales = colorscales
    config.color_scheme = scheme
    active = config.active_fields.paths if config.active_fields and not config.active_fields.exclude else []
    others = [field for field in active if field not in depth_fields(dataset)]
    config.active_fields = fo.ActiveFields(paths=[*others, shown], exclude=False)
    dataset.save()


def stored_colors(dataset: fo.Dataset) -> dict[str, Any]:
    """The dataset's colours as parameters of FiftyOne's `set_color_scheme`, which paints them at once."""
    scheme = dataset.app_config.color_scheme or fo.ColorScheme()
    return {
        "color_by": scheme.color_by or "field",
        "opacity": OPACITY if scheme.opacity is None else scheme.opacity,
        "colorscales": scheme.colorscales or [],
        "default_colorscale_preset": (scheme.default_colorscale or {}).get("name") or COLORMAP,
    }
