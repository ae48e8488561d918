"""Calls of the leaderboard's Python half as its browser half makes them."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Sequence
from typing import Any

from tests.conftest import PLUGIN

PANEL = "depth_leaderboard"


def call(
    method: str,
    dataset: Any,
    view: Any = None,
    *,
    state: dict[str, Any] | None = None,
    selected: Sequence[str] = (),
    request: dict[str, Any] | None = None,
    **params: Any,
) -> tuple[Any, dict[str, Any]]:
    """What a method returns, and by their names the operators that it triggers in the App; all as JSON.

    Args:
        state: the panel's, as :func:`state_of` has it from the call before
        request: what else the App sends, such as `filters` or `group_slice`
    """
    from fiftyone.operators.executor import execute_or_delegate_operator

    sent = {
        "operator_uri": f"{PLUGIN}/{PANEL}",
        "dataset_name": dataset.name if dataset is not None else None,
        "view": json.loads(json.dumps(view._serialize(), default=str)) if view is not None else [],
        "selected": list(selected),
        "params": {"__method__": method, "panel_id": "one", "panel_state": copy.deepcopy(state or {}), **params},
        **(request or {}),
    }
    done = asyncio.run(execute_or_delegate_operator(f"{PLUGIN}/{PANEL}", sent))
    if done.error:
        raise AssertionError(done.error_message or done.error)
    triggered = {one.operator_uri: one.params for one in done.executor._requests}
    return json.loads(json.dumps(done.result, allow_nan=False)), triggered


def state_of(triggered: dict[str, Any]) -> dict[str, Any]:
    """The panel's state after a call, as the App sends it with the next."""
    return triggered["patch_panel_state"]["state"]


def selected_ids(triggered: dict[str, Any]) -> list[str]:
    return [sample["id"] for sample in triggered["set_selected_samples"]["samples"]]


def shown_ids(triggered: dict[str, Any]) -> list[str]:
    return dict(triggered["set_view"]["view"][-1]["kwargs"])["sample_ids"]
