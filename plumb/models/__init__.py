"""Depth models, by catalog name, hub id or local folder: `load` one for FiftyOne, `load_network` one for arrays."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from plumb.models.base import DepthModel, Done, ModelError, Prediction, Running, StopRun
from plumb.models.catalog import BACKENDS, CATALOG, OFFLINE_MODEL, ModelSpec, missing, resolve
from plumb.models.sampling import Sampling

__all__ = [
    "BACKENDS", "CATALOG", "OFFLINE_MODEL", "DepthModel", "Done", "ModelError", "ModelSpec", "Prediction", "Running",
    "Sampling", "StopRun", "load", "load_network", "missing", "resolve",
]  # fmt: skip


def load(
    model: str,
    backend: str = "auto",
    quantity: str = "auto",
    precision: str = "auto",
    sampling: Sampling | None = None,
    token: str | None = None,
) -> Any:
    """Load a depth model as a FiftyOne model, for `dataset.apply_model(plumb.models.load(name), field)`.

    Args:
        model, backend, quantity, precision, sampling, token: see `load_network`

    Raises:
        ModelError: with one line that says why not and what to do
    """
    network = load_network(model, backend, quantity, precision, sampling, token)  # first: FiftyOne takes long to import
    from plumb.datasets.fiftyone_model import FiftyOneModel

    return FiftyOneModel(network)


def load_network(
    model: str | ModelSpec,
    backend: str = "auto",
    quantity: str = "auto",
    precision: str = "auto",
    sampling: Sampling | None = None,
    token: str | None = None,
) -> DepthModel:
    """Load a depth model, or return the one that this process has loaded already.

    Args:
        model: catalog name, hub id or local folder, or what `resolve` made of it
        backend: "auto" or one of `BACKENDS`
        quantity: what its output means; "auto" reads it from the model's configuration
        precision: "auto", "float32", "bfloat16" or "float16"
        sampling: of diffusion models: steps, ensemble, seed, ...
        token: of the remote service, for models that run on one

    Raises:
        ModelError: with one line that says why not and what to do
    """
    spec = model if isinstance(model, ModelSpec) else resolve(model, backend)
    if spec.backend == "replicate":
        from plumb.models.replicate_model import ReplicateModel

        return ReplicateModel.load(spec, quantity, sampling or Sampling(), token)
    if spec.backend == "marigold":
        from plumb.models.marigold import MarigoldModel
        from plumb.models.marigold_checkpoint import load_checkpoint

        sampling = sampling or Sampling()
        checkpoint = _kept(load_checkpoint, spec, precision, sampling.scheduler, sampling.tiny_vae)
        return MarigoldModel.of(checkpoint, quantity, sampling)
    from plumb.models.transformers_model import TransformersModel

    return _kept(TransformersModel.load, spec, quantity, precision)


def _kept(load: Callable[..., Any], spec: ModelSpec, *how: Any) -> Any:
    """What `load` gave for this before, else what it gives now; where memory runs out, in the place of all others.

    Raises:
        ModelError: as `load` does, and if the model does not fit into memory even so
    """
    from plumb.device_errors import free_memory, out_of_memory  # which needs this package

    try:
        return _loaded(load, spec, *how)
    except Exception as error:
        if not out_of_memory(error):
            raise
    # Only here is the error gone, and with it the part of a network that was loaded.
    _loaded.cache_clear()
    gc.collect()  # networks hold themselves in circles
    free_memory()
    try:
        return _loaded(load, spec, *how)
    except Exception as error:
        if not out_of_memory(error):
            raise
        raise ModelError(
            f"{spec.source} does not fit into memory; choose a smaller model, or end what else needs memory"
        ) from error


@lru_cache(maxsize=2)  # what a worker is asked for in turns
def _loaded(load: Callable[..., Any], *how: Any) -> Any:
    return load(*how)
