"""What the App shows of depth maps when the dataset is opened."""

from __future__ import annotations

from typing import Any

import fiftyone as fo

from plumb.datasets.fields import depth_fields

OPACITY = 0.85


def show_maps(dataset: fo.Dataset, shown: str) -> None:
    """Colour maps by their values, and of the depth fields switch on `shown` alone: they cover one another.

    Without this the App paints a heatmap in one colour, and draws every label field at once. What the user chose for
    other fields stays, and so does the App's own colormap: it forgets a dataset's when a page is loaded.
    """
    config = dataset.app_config
    scheme = config.color_scheme or fo.ColorScheme(opacity=OPACITY)
    scheme.color_by = "value"
    config.color_scheme = scheme
    active = config.active_fields.paths if config.active_fields and not config.active_fields.exclude else []
    others = [field for field in active if field not in depth_fields(dataset)]
    config.active_fields = fo.ActiveFields(paths=[*others, shown], exclude=False)
    dataset.save()


def stored_colors(dataset: fo.Dataset) -> dict[str, Any]:
    """The dataset's colouring as parameters of the App's `set_color_scheme`, which applies it to an open page."""
    scheme = dataset.app_config.color_scheme or fo.ColorScheme()
    stored = {"color_by": scheme.color_by, "opacity": scheme.opacity, "colorscales": scheme.colorscales}
    return {name: value for name, value in stored.items() if value is not None}
