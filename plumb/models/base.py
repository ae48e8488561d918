"""What every depth model offers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from plumb.depthmap import DepthMap


class ModelError(RuntimeError):
    """A model that cannot be loaded; the message says why in one line, and what to do."""


class DepthModel(Protocol):
    """A depth model, whatever runs it.

    Attributes:
        name: what the user asked for (catalog name, hub id or folder)
        quantity: quantity of its maps, one of `plumb.depthmap.QUANTITIES`
        device: "cpu", "cuda", "mps"
        precision: "float32", "bfloat16" or "float16"
        batch_size: images a call that suit the device
    """

    name: str
    quantity: str
    device: str
    precision: str
    batch_size: int

    def predict(self, images: Sequence[np.ndarray]) -> list[DepthMap]:
        """Depth of (H, W, 3) uint8 RGB images that share one size; maps of that size, float32."""
        ...
