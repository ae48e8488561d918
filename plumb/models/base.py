"""What every depth model offers, whatever runs it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from plumb.depthmap import DepthMap


class ModelError(RuntimeError):
    """A model that cannot be loaded; the message says why in one line, and what to do."""


class StopRun(RuntimeError):
    """No other image would fare better (a token that is refused, an account without credit): the run ends.

    The message says what to do in one line.
    """


@dataclass(frozen=True)
class Prediction:
    """What a model says about one image.

    Attributes:
        depth: the map, (H, W) of the image's size
        uncertainty: (H, W) float32, 0 = certain, in the map's own unit; None from models that give none
    """

    depth: DepthMap
    uncertainty: np.ndarray | None = None


class Running(Protocol):
    """A batch that a model works on."""

    def result(self) -> list[Prediction]:
        """Wait for the batch, and give one prediction an image, in order. Raises whatever went wrong."""
        ...

    def cancel(self) -> None:
        """Stop as soon as that is possible: nobody waits for the result any more."""
        ...


@dataclass(frozen=True)
class Done:
    """A `Running` that has ended already: of models that compute while they are called."""

    predictions: list[Prediction]

    def result(self) -> list[Prediction]:
        return self.predictions

    def cancel(self) -> None:
        """Nothing is left to stop."""


class DepthModel(ABC):
    """A depth model.

    Attributes:
        name: what the user asked for (catalog name, hub id or folder)
        quantity: quantity of its maps, one of `plumb.depthmap.QUANTITIES`
        device: "cpu", "cuda", "mps", or the host of a remote service
        precision: "float32", "bfloat16" or "float16"; "" where somebody else's machine decides
        batch_size: images a batch to begin with
        largest_batch: images a batch that can still pay; the run finds out whether they do
        in_flight: batches that may be started before the first of them is waited for
        weights: which ones were loaded: fingerprint of a folder, commit of a model of the hub, owner/name:version of
            Replicate; None where that is not known
    """

    name: str
    quantity: str
    device: str
    precision: str
    batch_size: int
    largest_batch: int
    in_flight: int = 1
    weights: str | None = None

    def prepare(self, image: np.ndarray) -> Any:
        """What can be done to one (H, W, 3) uint8 RGB image beforehand. Called in threads, beside `start`."""
        return image

    @abstractmethod
    def start(self, prepared: Sequence[Any]) -> Running:
        """Begin with a batch of prepared images that had one size."""

    def infer(self, images: Sequence[np.ndarray]) -> list[Prediction]:
        """Depth of (H, W, 3) uint8 RGB images that share one size."""
        return self.start([self.prepare(image) for image in images]).result()

    def details(self) -> dict[str, Any]:
        """What a run records beside what was asked for: how this model computes, as JSON types."""
        return {
            "quantity": self.quantity,
            "precision": self.precision,
            "device": self.device,
            "weights": self.weights,
        }
