"""`show_depth`: what the App's own viewers show of depth maps, and in which colours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import fiftyone as fo
import fiftyone.operators as foo
import fiftyone.operators.types as types
from fiftyone.operators.message import GeneratedMessage

from plumb.datasets import appearance
from plumb.datasets.fields import depth_fields, uncertainty_fields

from .page import asked_by_app
from .restore_colors import in_turn, page_colors, session_colors
from .running import NO_DATASET, given

_LABEL = "Show depth"
_PARAMETERS = ("fields", "colormap", "uncertainty_colormap", "opacity", "color_by_value")


class ShowDepth(foo.Operator):
    """Choose which depth maps the App shows, and their colormaps and opacity."""

    @property
    def config(self) -> foo.OperatorConfig:
        return foo.OperatorConfig(
            name="show_depth",
            label=_LABEL,
            description=(
                "Chooses which depth and uncertainty maps the App's own grid and sample window show, the colormap of "
                "each, and the opacity of all labels. Kept with the dataset for whoever opens it; no sample is changed"
            ),
            light_icon="/assets/icon-light.svg",
            dark_icon="/assets/icon-dark.svg",
            risk_level="low",
            dynamic=True,
            execute_as_generator=True,
        )

    def resolve_input(self, ctx: foo.ExecutionContext) -> types.Property:
        inputs = types.Object()
        if not asked_by_app(ctx):
            return _form(inputs)  # our own checks say more than FiftyOne's, which go by the form
        if ctx.dataset is None:
            inputs.view("no_dataset", types.Warning(label=NO_DATASET))
            return _form(inputs)
        depth, uncertainty = depth_fields(ctx.dataset), uncertainty_fields(ctx.dataset)
        if not depth and not uncertainty:
            inputs.view("no_maps", types.Warning(label="No depth maps here yet: import scenes or predict depth first"))
            return _form(inputs)
        shown = appearance.shown_maps(ctx.dataset, ctx.request_params.get("active_fields"))
        now = appearance.described(ctx.dataset, session_colors(ctx.dataset), shown)
        choices = [types.Choice(name, label=name) for name in [*depth, *uncertainty]]
        inputs.list(
            "fields",
            types.String(),
            default=now["fields"],
            label="Maps to show",
            description="They cover one another; maps that are not chosen are switched off",
            view=types.DropdownView(multiple=True, choices=choices),
        )
        for name, label, fields in (
            ("colormap", "Colormap of the depth maps", depth),
            ("uncertainty_colormap", "Colormap of the uncertainty", uncertainty),
        ):
            if fields:
                _add_colormap(inputs, name, label, {field: now["colormaps"].get(field) for field in fields})
        inputs.float(
            "opacity",
            min=0,
            max=1,
            default=now["opacity"],
            label="Opacity",
            description="Of all labels; at 0 the picture shows alone",
            view=types.SliderView(value_precision=2, label_position="top"),
        )
        inputs.bool(
            "color_by_value",
            default=now["color_by_value"],
            label="Colour by value",
            description="Colormaps are used only with this; without it each map has one colour",
            view=types.SwitchView(),
        )
        return _form(inputs)

    async def execute(self, ctx: foo.ExecutionContext) -> dict[str, Any] | AsyncIterator[GeneratedMessage]:
        if ctx.dataset is None:
            raise ValueError(NO_DATASET)
        if not asked_by_app(ctx):
            return await asyncio.to_thread(lambda: appearance.show_depth(ctx.dataset, _look(ctx)))
        return in_turn(await asyncio.to_thread(_messages, ctx))

    def __call__(
        self,
        sample_collection: fo.SampleCollection,
        fields: Sequence[str] | None = None,
        colormap: str | Mapping[str, str] | None = None,
        uncertainty_colormap: str | None = None,
        opacity: float | None = None,
        color_by_value: bool = True,
    ) -> foo.executor.ExecutionResult:
        """Choose what the App shows of a dataset's depth maps; what is not given stays as it is.

        Args:
            sample_collection: the dataset, or a view of it
            fields: the depth and uncertainty fields that are on; the others of Plumb's are switched off
            colormap: a name for all depth maps, such as "turbo", or names by field
            uncertainty_colormap: a name for all maps of uncertainty
            opacity: of all labels, from 0 to 1
            color_by_value: whether colormaps are used; else each map has one colour

        Returns:
            the execution result; its `result` has `fields`, `colormaps`, `opacity` and `color_by_value` as they are now
        """
        values = (None if fields is None else list(fields), colormap, uncertainty_colormap, opacity, color_by_value)
        params = {name: value for name, value in zip(_PARAMETERS, values, strict=True) if value is not None}
        return foo.execute_operator(self.uri, {"dataset": sample_collection._root_dataset}, params=params)


def _look(ctx: foo.ExecutionContext) -> appearance.Look:
    return appearance.look_at(ctx.dataset, **given(ctx, *_PARAMETERS))


def _messages(ctx: foo.ExecutionContext) -> list[GeneratedMessage]:
    """Store what was asked for, and say what the page has to do."""
    look, before = _look(ctx), session_colors(ctx.dataset)
    appearance.show_depth(ctx.dataset, look)
    colors = page_colors(ctx.dataset, look)
    messages = [ctx.trigger("set_color_scheme", params=colors.parameters())]
    if look.fields is not None:
        messages.append(ctx.ops.set_active_fields(appearance.with_maps(ctx.dataset, ctx.active_fields, look.fields)))
    # The App paints a map that is on already in a new colormap only when its picture is made anew.
    if colors.colorscales != before.colorscales:
        messages.append(ctx.ops.reload_samples())
    return messages


def _add_colormap(inputs: types.Object, name: str, label: str, now: Mapping[str, str | None]) -> None:
    """Ask for one colormap for some fields, with theirs as the default if they have the same."""
    different = len(set(now.values())) > 1
    current = None if different else next(iter(now.values()))
    names = [*appearance.COLORMAPS, *([current] if current not in (None, *appearance.COLORMAPS) else [])]
    each = ", ".join(f"{field} {colormap or 'its own'}" for field, colormap in now.items())
    inputs.enum(
        name,
        names,
        default=current,
        label=label,
        description=f"Now {each}; none chosen keeps them" if different else None,
        view=types.DropdownView(choices=[types.Choice(colormap, label=colormap) for colormap in names]),
    )


def _form(inputs: types.Object) -> types.Property:
    return types.Property(inputs, view=types.PromptView(label=_LABEL, submit_button_label="Show"))
