"""What the App shows of depth maps when the dataset is opened."""

from __future__ import annotations

from typing import Any

import fiftyone as fo

from plumb.datasets.fields import depth_fields

OPACITY = 0.85


def show_maps(dataset: fo.Dataset, shown: str, alone: bool = False) -> None:
    """Colour maps by their values, and of the depth fields switch on `shown` only: they cover one another.

    Without this the App paints a heatmap in one colour. Other fields stay as the user has them, unless `shown` is to be
    alone; and so does the App's own colormap: it forgets a dataset's when a page is loaded.
    """
    dataset.reload()  # after a long run: the user may have chosen other fields meanwhile
    config = dataset.app_config
    scheme = config.color_scheme or fo.ColorScheme(opacity=OPACITY)
    scheme.color_by = "value"
    config.color_scheme = scheme
    depth = depth_fields(dataset)
    others = [] if alone else [field for field in _active_fields(dataset) if field not in depth]
    config.active_fields = fo.ActiveFields(paths=[*others, shown], exclude=False)
    dataset.save()


def _active_fields(dataset: fo.Dataset) -> list[str]:
    """The fields that the App shows now."""
    active = dataset.app_config.active_fields or fo.DatasetAppConfig.default_active_fields(dataset)
    if not active.exclude:
        return list(active.paths)
    return [field for field in dataset.get_field_schema(embedded_doc_type=fo.Label) if field not in active.paths]


def stored_colors(dataset: fo.Dataset) -> dict[str, Any]:
    """The dataset's colouring as parameters of the App's `set_color_scheme`, which applies it to an open page."""
    scheme = dataset.app_config.color_scheme or fo.ColorScheme()
    stored = {"color_by": scheme.color_by, "opacity": scheme.opacity, "colorscales": scheme.colorscales}
    return {name: value for name, value in stored.items() if value is not None}
