"""`restore_colors`: paints each map of a page that was just loaded in its own colormap, which the App forgets.

The page has their names, but gets their colours only in answer to `set_color_scheme`. Its other colours, which its user
may have changed since the dataset was opened, live in the App's server and are given to it again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import fiftyone as fo
import fiftyone.operators as foo
from fiftyone.operators.message import GeneratedMessage
from fiftyone.server.events import get_state

from plumb.datasets.appearance import Colors, Look, shown_maps, stored_colors
from plumb.datasets.fields import depth_fields, uncertainty_fields

# What each dataset stored when a page last got its colours, in this App server. What differs from that in the
# dataset has changed since, outside of the page; what differs in the page, its user has changed.
_given: dict[str, Colors] = {}

# In seconds: how long a slow page may take to ask for its colours, how often that is looked at, and how long the
# answer is on its way.
_PATIENCE, _PAUSE, _ANSWER = 20.0, 0.05, 0.5


class RestoreColors(foo.Operator):
    """Paint the maps of a page in their colormaps when it is opened."""

    @property
    def config(self) -> foo.OperatorConfig:
        return foo.OperatorConfig(
            name="restore_colors",
            label="Restore the colormaps of depth maps",
            description="Paints depth maps in the colormaps that their dataset stores, when a page opens it",
            unlisted=True,
            on_dataset_open=True,
            execute_as_generator=True,
        )

    async def execute(self, ctx: foo.ExecutionContext) -> AsyncIterator[GeneratedMessage]:
        return in_turn(await asyncio.to_thread(_messages, ctx))


def _messages(ctx: foo.ExecutionContext) -> list[GeneratedMessage]:
    if ctx.dataset is None:
        return []
    colors = page_colors(ctx.dataset)
    lost = colors.unlike_the_apps([*depth_fields(ctx.dataset), *uncertainty_fields(ctx.dataset)])
    if not lost:
        return []
    messages = [ctx.trigger("set_color_scheme", params=colors.parameters())]
    # A picture that is painted, or being painted, when the colours come keeps the old ones.
    if not set(lost).isdisjoint(shown_maps(ctx.dataset, ctx.request_params.get("active_fields"))):
        messages.append(ctx.ops.reload_samples())
    return messages


async def in_turn(messages: Sequence[GeneratedMessage]) -> AsyncIterator[GeneratedMessage]:
    """Send messages to a page; those that follow new colours wait until it has them.

    It does not paint with what `set_color_scheme` says: it asks the server for the colours, and goes on meanwhile.
    """
    for message in messages:
        state = get_state()
        before = state.color_scheme
        yield message
        colors = getattr(message.body, "operator_uri", None) == "set_color_scheme"
        if not colors or message is messages[-1] or state.dataset is None:
            continue
        for _ in range(int(_PATIENCE / _PAUSE)):
            await asyncio.sleep(_PAUSE)
            if get_state().color_scheme is not before:
                break
        await asyncio.sleep(_ANSWER)


def page_colors(dataset: fo.Dataset, look: Look | None = None) -> Colors:
    """The colours that the open page should have: its own, with what was stored since it got them, and a change.

    Only for who gives them to the page: what is stored now counts as known to it.
    """
    stored, key = stored_colors(dataset), str(dataset._doc.id)
    colors = session_colors(dataset).updated(_given.get(key), stored)
    _given[key] = stored
    return colors.changed(look) if look else colors


def session_colors(dataset: fo.Dataset) -> Colors:
    """The colours that the App's pages have now; where no page shows the dataset, those that it stores."""
    state = get_state()
    if state.dataset is None or state.dataset.name != dataset.name:
        return stored_colors(dataset)
    return Colors.of(state.color_scheme)
