"""Networks in 16 bits, with the layers that make the map's values in float32."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from functools import cache
from time import perf_counter
from typing import Any
from weakref import proxy

import numpy as np

from plumb.models.base import ModelError

PRECISIONS = ("float32", "bfloat16", "float16")


def best_device() -> str:
    """ "cuda", "mps" or "cpu"."""
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def usual_precision(asked: str, device: str) -> str:
    """The precision that was asked for, or for "auto" the device's usual one.

    Raises:
        ModelError: if there is none of that name
    """
    if asked not in ("auto", *PRECISIONS):
        raise ModelError(f"unknown precision {asked!r}; use auto or one of {', '.join(PRECISIONS)}")
    if asked != "auto":
        return asked
    # float16 rather than bfloat16: depth needs the three more bits, and these networks stay within its range.
    return "float16" if device == "cuda" else "float32"


def narrow(network: Any, precision: str, exact: Iterable[str]) -> None:
    """Let a float32 network compute in "float16" or "bfloat16", except for the layers named `exact`.

    In float16 all weights and values are narrow. bfloat16 keeps 8 bits of a value, too few for sums over many layers:
    only the matrix products and convolutions are narrow, the rest stays float32 by autocast (see `computing`). On the
    sample scenes the offline model's metrics are then within 0.03 % of float32's, as in float16, instead of 0.4 %.
    """
    import torch

    modules = dict(network.named_modules())
    kept = {layer for path in exact if path in modules for layer in modules[path].modules()}
    products = (torch.nn.Linear, torch.nn.Conv2d, torch.nn.ConvTranspose2d)
    for module in modules.values():
        if module in kept or (precision == "bfloat16" and type(module) not in products):
            continue
        for values in (*module.parameters(recurse=False), *module.buffers(recurse=False)):
            if values.is_floating_point():
                values.data = values.data.to(getattr(torch, precision))
    for path in exact:
        if path in modules:
            _widen_inputs(modules[path], proxy(network))  # or a network that is let go would keep its memory


def _widen_inputs(layer: Any, network: Any) -> None:
    import torch

    narrow_forward = layer.forward

    def widened(value: Any) -> Any:
        if torch.is_tensor(value):
            return value.float() if value.is_floating_point() else value
        return type(value)(map(widened, value)) if isinstance(value, (list, tuple)) else value

    def forward(*args: Any, **kwargs: Any) -> Any:
        with torch.autocast(network.device.type, enabled=False):
            return narrow_forward(*map(widened, args), **{name: widened(value) for name, value in kwargs.items()})

    layer.forward = forward


def computing(device: str, precision: str) -> AbstractContextManager:
    """What a network that was narrowed to `precision` runs in."""
    import torch

    return torch.autocast(device, torch.bfloat16, enabled=precision == "bfloat16")


def check_range(maps: np.ndarray, precision: str) -> None:
    """Refuse maps, (N, H, W), with holes that 16 bits have made: what leaves their range is infinite from there on.

    Raises:
        FloatingPointError: if a value is not finite; in float32 that is the network's own answer
    """
    holes = maps.size - np.count_nonzero(np.isfinite(maps))
    if holes and precision != "float32":
        raise FloatingPointError(
            f"the network gave no finite value in {holes} of {maps.size} pixels in {precision}; "
            'choose precision="float32"'
        )


@cache
def bfloat16_speed() -> float:
    """How many times as fast as in float32 this processor multiplies matrices in bfloat16.

    Measured, for a processor that knows bfloat16 may still be slower with it: half as fast on an Emerald Rapids whose
    matrix unit (AMX) the virtual machine hides.
    """
    import torch

    times = dict.fromkeys((torch.float32, torch.bfloat16), float("inf"))
    with torch.inference_mode():
        products = {kind: (torch.ones(512, 768, dtype=kind), torch.ones(768, 768, dtype=kind)) for kind in times}
        for _ in range(15):  # in turns, so that whoever else uses the machine disturbs both
            for kind, (left, right) in products.items():
                start = perf_counter()
                torch.nn.functional.linear(left, right)
                times[kind] = min(times[kind], perf_counter() - start)
    return times[torch.float32] / times[torch.bfloat16]
