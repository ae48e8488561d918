"""What the App shows of depth maps when the dataset is opened."""

from __future__ import annotations

from collections.abc import Sequence

import fiftyone as fo

COLORMAP = "turbo"
OPACITY = 0.85


def show_maps(dataset: fo.Dataset, fields: Sequence[str]) -> None:
    """Colour the maps of `fields` by value and switch them on; what the user set for other fields stays.

    Without this the App paints a heatmap in one colour, and draws every label field at once.
    """
    config = dataset.app_config
    scheme = config.color_scheme or fo.ColorScheme(opacity=OPACITY)
    scheme.color_by = "value"
    known = {entry.get("path") for entry in scheme.colorscales or []}
    scheme.colorscales = [
        *(scheme.colorscales or []),
        *({"path": field, "name": COLORMAP, "list": None} for field in fields if field not in known),
    ]
    config.color_scheme = scheme
    active = config.active_fields.paths if config.active_fields and not config.active_fields.exclude else []
    config.active_fields = fo.ActiveFields(
        paths=[*active, *(field for field in fields if field not in active)], exclude=False
    )
    dataset.save()
