"""Calls of a panel's methods as the App's server makes them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any


def caller(panel: str) -> Callable[..., tuple[Any, str | None]]:
    """What calls methods of a panel by its address: `call(method, dataset, **params)`, the result and the error."""
    from fiftyone.operators.executor import execute_or_delegate_operator

    def call(method: str, dataset: Any, /, **params: Any) -> tuple[Any, str | None]:
        told = {"panel_id": "panel", "panel_state": {}, "__method__": method, **params}
        request = {"operator_uri": panel, "params": told, "dataset_name": dataset.name}
        execution = asyncio.run(execute_or_delegate_operator(panel, request))
        return execution.result, execution.error

    return call
