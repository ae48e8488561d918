"""Depth models: `load` one by catalog name, hub id or local folder."""

from __future__ import annotations

from functools import lru_cache

from plumb.models.base import DepthModel, ModelError
from plumb.models.catalog import BACKENDS, CATALOG, OFFLINE_MODEL, ModelSpec, resolve

__all__ = ["BACKENDS", "CATALOG", "OFFLINE_MODEL", "DepthModel", "ModelError", "ModelSpec", "load", "resolve"]


def load(model: str, backend: str = "auto", quantity: str = "auto", precision: str = "auto") -> DepthModel:
    """Load a depth model, or return the one that this process has loaded already.

    Args:
        model: catalog name, hub id or local folder
        backend: "auto" or one of `BACKENDS`
        quantity: what its output means; "auto" reads it from the model's configuration
        precision: "auto", "float32", "bfloat16" or "float16"

    Raises:
        ModelError: with one line that says why not and what to do
    """
    return _load(resolve(model, backend), quantity, precision)


# Apart from `load`, because a cache tells f(a) from f(a, default).
@lru_cache(maxsize=2)
def _load(spec: ModelSpec, quantity: str, precision: str) -> DepthModel:
    from plumb.models.transformers_model import TransformersModel

    return TransformersModel.load(spec, quantity, precision)
