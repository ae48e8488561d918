"""How the App's own viewers paint depth maps: which are on, colormap per field, opacity. Kept with the dataset.

FiftyOne stores this in `dataset.app_config`; a page that is open has colours of its own, see :class:`Colors`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from numbers import Real
from typing import Any

import fiftyone as fo

from plumb.datasets.fields import depth_fields, uncertainty_fields

OPACITY = 0.85
COLORMAPS = ("viridis", "magma", "inferno", "cividis", "turbo", "Spectral", "gray")
"""By FiftyOne's names, which are Plotly's: the compare panel's, perceptually uniform ones first."""

# Those that the compare panel begins with: perceptually uniform, and safe for colour-blind eyes.
DEPTH_COLORMAP = "viridis"
UNCERTAINTY_COLORMAP = "cividis"

_OPACITY_OF_THE_APP = 0.7  # where a dataset stores none


@dataclass(frozen=True)
class Look:
    """What is to change, with None for what stays.

    Attributes:
        fields: the maps of Plumb's that are on; the others of Plumb's are off
        colormaps: names by field
        opacity: of all labels, from 0 to 1
        color_by: "value", or "field" for one colour each, which the App begins with
    """

    fields: tuple[str, ...] | None = None
    colormaps: Mapping[str, str] = field(default_factory=dict)
    opacity: float | None = None
    color_by: str | None = None


@dataclass(frozen=True)
class Colors:
    """The colours of heatmaps, as a dataset stores them or a page of the App has them.

    Attributes:
        color_by: "field", "value" or "instance"
        opacity: from 0 to 1
        colorscales: by field, what FiftyOne stores: {"name", "list"}, one of the two None
    """

    color_by: str
    opacity: float
    colorscales: Mapping[str, Mapping[str, Any]]

    @classmethod
    def of(cls, scheme: fo.ColorScheme | None) -> Colors:
        """Those of a scheme, with the App's own choices where it has none."""
        scheme = scheme or fo.ColorScheme()
        scales = {
            scale["path"]: {"name": scale.get("name") or None, "list": scale.get("list") or None}
            for scale in scheme.colorscales or []
        }
        opacity = _OPACITY_OF_THE_APP if scheme.opacity is None else scheme.opacity
        return cls(scheme.color_by or fo.app_config.color_by, opacity, scales)

    def changed(self, look: Look) -> Colors:
        """These with a change."""
        scales = {name: {"name": colormap, "list": None} for name, colormap in look.colormaps.items()}
        return Colors(
            look.color_by or self.color_by,
            self.opacity if look.opacity is None else look.opacity,
            {**self.colorscales, **scales},
        )

    def updated(self, before: Colors | None, now: Colors) -> Colors:
        """These, a page's, with what has changed between two looks at the dataset; but what the page's user has
        changed since the first look stays. Without a first look, only fields without a colormap get the dataset's."""
        if before is None:
            return replace(self, colorscales={**now.colorscales, **self.colorscales})

        def newer(mine: Any, then: Any, stored: Any) -> Any:
            return stored if mine == then else mine

        names = list(dict.fromkeys([*self.colorscales, *now.colorscales]))
        scales = {name: newer(*(colors.colorscales.get(name) for colors in (self, before, now))) for name in names}
        return Colors(
            newer(self.color_by, before.color_by, now.color_by),
            newer(self.opacity, before.opacity, now.opacity),
            {name: scale for name, scale in scales.items() if scale},
        )

    def unlike_the_apps(self, fields: Iterable[str]) -> list[str]:
        """Those of the fields that have a colormap other than the one that the App paints all with."""
        scales = {name: self.colorscales[name] for name in fields if name in self.colorscales}
        return [name for name, scale in scales.items() if scale["name"] != fo.app_config.colorscale]

    def parameters(self) -> dict[str, Any]:
        """As parameters of the App's `set_color_scheme`, which applies them to an open page.

        With the colours themselves: the page would ask the server for them, paint without them until they come, and
        lose them where a picture is still being painted by then.
        """
        scales = [{**scale, "rgb": _table(scale)} for scale in _entries(self.colorscales)]
        return {"color_by": self.color_by, "opacity": self.opacity, "colorscales": scales}


def stored_colors(dataset: fo.Dataset) -> Colors:
    """What a page has that opens the dataset anew."""
    return Colors.of(dataset.app_config.color_scheme)


def shown_maps(dataset: fo.Dataset, active: Sequence[str] | None = None) -> list[str]:
    """Plumb's maps that are on: among the fields that a page shows, else in what the dataset stores."""
    on = _active_fields(dataset) if active is None else active
    return [name for name in [*depth_fields(dataset), *uncertainty_fields(dataset)] if name in on]


def show_maps(dataset: fo.Dataset, shown: str, alone: bool = False) -> None:
    """Colour maps by their values, and of the depth fields switch on `shown` only: they cover one another.

    Without this the App paints a heatmap in one colour. Other fields stay as the user has them, unless `shown` is to be
    alone; so does every colormap that was chosen. Depth maps without one get that of the others: codes grow with
    distance in all of them.
    """
    dataset.reload()  # after a long run: the user may have chosen other fields meanwhile
    depth = depth_fields(dataset)
    others = [] if alone else [name for name in _active_fields(dataset) if name not in depth]
    dataset.app_config.active_fields = fo.ActiveFields(paths=[*others, shown], exclude=False)
    _store(dataset, Look(color_by="value", colormaps=_missing_colormaps(dataset, depth)))


def look_at(
    dataset: fo.Dataset,
    fields: Sequence[str] | None = None,
    colormap: str | Mapping[str, str] | None = None,
    uncertainty_colormap: str | None = None,
    opacity: float | None = None,
    color_by_value: bool = True,
) -> Look:
    """The change that is asked for, checked.

    Args:
        dataset: the dataset
        fields: the depth and uncertainty fields that are on
        colormap: a name for all depth fields, or names by field, those with uncertainty among them
        uncertainty_colormap: a name for all fields with uncertainty
        opacity: from 0 to 1
        color_by_value: whether colormaps are used; else each map has one colour

    Raises:
        ValueError: for a field without Plumb's maps, a colormap that the App does not have, or a wrong opacity
        TypeError: for a value of another kind
    """
    depth, uncertainty = depth_fields(dataset), uncertainty_fields(dataset)
    known = [*depth, *uncertainty]
    if not known:
        raise ValueError(f"dataset {dataset.name!r} has no maps of Plumb's: import scenes or predict depth first")
    if fields is not None and (isinstance(fields, str) or not isinstance(fields, Sequence)):
        raise TypeError(f"fields is a list of names, not {fields!r}")
    colormaps = {name: uncertainty_colormap for name in uncertainty if uncertainty_colormap is not None}
    named = isinstance(colormap, Mapping)
    colormaps |= dict(colormap) if named else {name: colormap for name in depth if colormap is not None}
    for name in dict.fromkeys([*(fields or ()), *colormaps]):
        if name not in known:
            raise ValueError(f"dataset {dataset.name!r} has no maps of Plumb's in {name!r}; it has {', '.join(known)}")
    if opacity is not None and (isinstance(opacity, bool) or not isinstance(opacity, Real)):
        raise TypeError(f"opacity is a number from 0 to 1, not {opacity!r}")
    if opacity is not None and not 0 <= opacity <= 1:
        raise ValueError(f"opacity goes from 0 to 1, not {opacity}")
    if not isinstance(color_by_value, bool):
        raise TypeError(f"color_by_value is true or false, not {color_by_value!r}")
    return Look(
        fields=None if fields is None else tuple(fields),
        colormaps={name: _colormap(colormap) for name, colormap in colormaps.items()},
        opacity=opacity,
        color_by="value" if color_by_value else "field",
    )


def show_depth(dataset: fo.Dataset, look: Look) -> dict[str, Any]:
    """Store a change with the dataset; other colours and fields stay as they are.

    Returns:
        `fields` that are on, `colormaps` by field, None for one of the user's own, `opacity`, `color_by_value`
    """
    dataset.reload()
    if look.fields is not None:
        paths = with_maps(dataset, _active_fields(dataset), look.fields)
        dataset.app_config.active_fields = fo.ActiveFields(paths=paths, exclude=False)
    _store(dataset, look)
    return described(dataset, stored_colors(dataset), shown_maps(dataset))


def described(dataset: fo.Dataset, colors: Colors, shown: Sequence[str]) -> dict[str, Any]:
    """What is shown and how, in the terms of :func:`show_depth`."""
    known = [*depth_fields(dataset), *uncertainty_fields(dataset)]
    return {
        "fields": list(shown),
        "colormaps": {name: colors.colorscales[name]["name"] for name in known if name in colors.colorscales},
        "opacity": colors.opacity,
        "color_by_value": colors.color_by == "value",
    }


def with_maps(dataset: fo.Dataset, active: Sequence[str], shown: Sequence[str]) -> list[str]:
    """The fields that are on when of Plumb's maps only those of `shown` are."""
    known = {*depth_fields(dataset), *uncertainty_fields(dataset)}
    return [*(name for name in active if name not in known), *shown]


def _store(dataset: fo.Dataset, look: Look) -> None:
    scheme = dataset.app_config.color_scheme or fo.ColorScheme(opacity=OPACITY)
    colors = Colors.of(scheme).changed(look)
    scheme.color_by, scheme.opacity = colors.color_by, colors.opacity
    scheme.colorscales = _entries(colors.colorscales)
    dataset.app_config.color_scheme = scheme
    dataset.save()


def _entries(colorscales: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"path": name, **scale} for name, scale in colorscales.items()]


def _table(scale: Mapping[str, Any]) -> list[list[int]]:
    """The 256 colours of a colormap, as FiftyOne's server makes them."""
    stops = scale["list"] and tuple((stop["value"], stop["color"]) for stop in scale["list"])
    return _colors(scale["name"] or stops)


@lru_cache(maxsize=64)
def _colors(colormap: str | tuple[tuple[float, str], ...]) -> list[list[int]]:
    from fiftyone.core.plots.plotly import get_colormap

    return [list(color) for color in get_colormap(colormap if isinstance(colormap, str) else [*map(list, colormap)])]


def _missing_colormaps(dataset: fo.Dataset, depth: Sequence[str]) -> dict[str, str]:
    """A colormap for each of Plumb's maps that has none; nothing where the user has chosen one for all heatmaps."""
    scheme = dataset.app_config.color_scheme or fo.ColorScheme()
    for_all = scheme.default_colorscale or {}
    if for_all.get("list") or for_all.get("name") not in (None, "", fo.app_config.colorscale):
        return {}
    scales = Colors.of(scheme).colorscales
    missing = {}
    for fields, otherwise in ((depth, DEPTH_COLORMAP), (uncertainty_fields(dataset), UNCERTAINTY_COLORMAP)):
        chosen = [scales[name]["name"] for name in fields if name in scales and scales[name]["name"]]
        missing |= {name: (chosen or [otherwise])[0] for name in fields if name not in scales}
    return missing


def _colormap(name: str) -> str:
    """The name as FiftyOne has it.

    Raises:
        ValueError: if the App has no such colormap
        TypeError: if it is no name
    """
    from plotly.colors import named_colorscales

    if not isinstance(name, str):
        raise TypeError(f"a colormap is a name such as {DEPTH_COLORMAP!r}, not {name!r}")
    ours = {"grey": "gray", **{known.lower(): known for known in COLORMAPS}}.get(name.lower())
    if ours is None and name.lower().removesuffix("_r") not in named_colorscales():
        raise ValueError(
            f"the App has no colormap {name!r}; choose {', '.join(COLORMAPS)}, or another of Plotly's, "
            "with _r to turn it round"
        )
    return ours or name


def _active_fields(dataset: fo.Dataset) -> list[str]:
    """The fields that the App shows now."""
    active = dataset.app_config.active_fields or fo.DatasetAppConfig.default_active_fields(dataset)
    if not active.exclude:
        return list(active.paths)
    return [name for name in dataset.get_field_schema(embedded_doc_type=fo.Label) if name not in active.paths]
