"""Any transformers checkpoint that `AutoModelForDepthEstimation` knows, from the hub or a local folder."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from plumb.depthmap import QUANTITIES, DepthMap
from plumb.models.base import DepthModel, Done, ModelError, Prediction, Running
from plumb.models.catalog import ModelSpec
from plumb.models.cuda_copies import CudaCopies
from plumb.models.families import Family, family
from plumb.models.hub import loaded_weights, only_local, readable_errors
from plumb.models.precision import best_device, bfloat16_speed, check_range, computing, narrow, usual_precision
from plumb.models.preprocessing import PreparedImage, Preprocessing, at_image_size

# Parameters from which a CPU may compute in bfloat16 unasked. Smaller networks are quick as they are, and so their
# maps are the same on every machine.
_LARGE = 20_000_000

# How much faster a matrix product must be for the whole network to gain: the rest of it gets no faster.
_WORTHWHILE = 1.5


@dataclass(frozen=True)
class TransformersModel(DepthModel):
    """A `DepthModel` run by transformers; make one with `load`.

    Attributes:
        family: what sets its architecture apart
        network: the `PreTrainedModel`
        preprocessing: its image processor
        copies: to and from a GPU; None elsewhere
    """

    name: str
    quantity: str
    device: str
    precision: str
    batch_size: int
    largest_batch: int
    family: Family
    network: Any
    preprocessing: Preprocessing
    copies: CudaCopies | None = None
    in_flight: int = 1
    weights: str | None = None

    @classmethod
    def load(cls, spec: ModelSpec, quantity: str = "auto", precision: str = "auto") -> TransformersModel:
        """Load weights and image processor, check first that they can work here.

        Raises:
            ModelError: if the hub is out of reach, the checkpoint is no depth model, a package is missing, or the
                quantity cannot be told from the configuration
        """
        local = only_local(spec)  # first: the imports below take long, and are in vain without a hub

        import torch
        from transformers import AutoConfig, AutoImageProcessor, AutoModelForDepthEstimation

        with readable_errors(spec):
            config = AutoConfig.from_pretrained(spec.source, local_files_only=local)
        kind = family(config.model_type)
        _check(spec, config, kind)
        quantity = _quantity(spec, config, kind, quantity)
        device = best_device()
        settled = usual_precision(precision, device)
        with readable_errors(spec):
            processor = AutoImageProcessor.from_pretrained(spec.source, backend=kind.processor, local_files_only=local)
            network = AutoModelForDepthEstimation.from_pretrained(
                spec.source, dtype=torch.float32, local_files_only=local
            )
            preprocessing = Preprocessing.of(processor, device)
        if precision == "auto":
            settled = _best_precision(settled, device, network, kind)
        if settled != "float32":
            narrow(network, settled, kind.exact)
        # Convolutions are faster when the channels lie side by side: by 5 % for DPT-hybrid in float32 on a CPU.
        layout = torch.channels_last if device in ("cpu", "cuda") else torch.contiguous_format
        network = network.to(device, memory_format=layout).eval()
        common, weights = (spec.name, quantity, device, settled), loaded_weights(spec)
        if device == "cuda":
            return cls(*common, 16, 64, kind, network, preprocessing, CudaCopies.make(), 2, weights)
        return cls(*common, 2, 2, kind, network, preprocessing, weights=weights)

    def details(self) -> dict[str, Any]:
        known = {
            "parameters": self.network.num_parameters(),
            "image_processor": type(self.preprocessing.processor).__name__,
        }
        if self.precision != "float32":
            known["float32_layers"] = list(self.family.exact)
        if self.family.meaning:
            known["meaning"] = self.family.meaning
        return {**super().details(), **known}

    def prepare(self, image: np.ndarray) -> PreparedImage:
        """Resize an image; in pinned memory for a GPU, which copies from there while it computes."""
        prepared = self.preprocessing.prepare(image)
        return prepared if self.copies is None else PreparedImage(prepared.pixels.pin_memory(), prepared.size)

    def start(self, prepared: Sequence[PreparedImage]) -> Running:
        """Begin with a batch; a GPU works on it while the next one is begun."""
        import torch

        pixels, size = [image.pixels for image in prepared], prepared[0].size
        with torch.inference_mode():
            if self.copies is None:
                outputs = self._compute(torch.cat(pixels).to(self.device), size)
                return Done(self._predictions(*(output.cpu() for output in outputs)))
            return self.copies.to_host(self._compute(self.copies.to_device(pixels), size), self._predictions)

    def _compute(self, pixels: Any, size: tuple[int, int]) -> list[Any]:
        """The maps of (N, 3, h, w) prepared pixels, (N, H, W) float32, and the fields of view if the network finds
        them, (N,), on the device."""
        import torch

        margins = self.preprocessing.margins(*pixels.shape[-2:])
        pixels = self.preprocessing.normalized(pixels)
        frame = tuple(pixels.shape[-2:])
        if self.family.margins and self.preprocessing.processor.do_pad:
            margins = self.family.margins(*size)
            frame = (size[0] + sum(margins[:2]), size[1] + sum(margins[2:]))
        if self.precision == "float16":
            pixels = pixels.half()
        with computing(self.device, self.precision):
            outputs = self.network(pixel_values=pixels)
        depth = outputs.predicted_depth.float()
        angle = getattr(outputs, "field_of_view", None)
        if angle is None:
            return [at_image_size(depth, frame, margins, size)]
        # Depth Pro's inverse depth is that of a camera whose focal length is the image's width.
        inverse = depth * 2 * torch.tan(torch.deg2rad(angle.float()) / 2)[:, None, None]
        inverse = inverse.masked_fill(inverse.isinf(), torch.nan)  # no value, which the limits would make one of
        return [1 / at_image_size(inverse, frame, margins, size).clamp(1e-4, 1e4), angle.float()]

    def _predictions(self, maps: Any, angles: Any = None) -> list[Prediction]:
        check_range(maps.numpy(), self.precision)
        found = [None] * len(maps) if angles is None else angles.tolist()
        return [
            Prediction(DepthMap(values, self.quantity, angle))
            for values, angle in zip(maps.numpy(), found, strict=True)
        ]


def _check(spec: ModelSpec, config: Any, kind: Family) -> None:
    from transformers.models.auto.modeling_auto import MODEL_FOR_DEPTH_ESTIMATION_MAPPING_NAMES as known

    if config.model_type not in known:
        raise ModelError(
            f"{spec.source} is a {config.model_type} model, not a depth model; transformers knows {', '.join(known)}"
        )
    if kind.processor == "torchvision" and importlib.util.find_spec("torchvision") is None:
        raise ModelError(f"{spec.source} ({config.model_type}) needs torchvision: pip install torchvision")


def _quantity(spec: ModelSpec, config: Any, kind: Family, asked: str) -> str:
    if asked != "auto":
        if asked not in QUANTITIES:
            raise ModelError(f"unknown quantity {asked!r}; use auto or one of {', '.join(QUANTITIES)}")
        return asked
    quantity = kind.quantity(config)
    if quantity is None:
        known = f": {kind.meaning}" if kind.meaning else ""
        raise ModelError(
            f"cannot tell what the output of {spec.source} ({config.model_type}) means{known}; "
            f"set quantity to one of {', '.join(QUANTITIES)}"
        )
    return quantity


def _best_precision(usual: str, device: str, network: Any, kind: Family) -> str:
    """What "auto" is for a network that is loaded."""
    if not kind.exact:
        return "float32"  # it is not known where bands would come from
    backbone = getattr(network.config, "backbone_config", None)
    if usual == "float16" and getattr(backbone, "model_type", "").startswith("swin"):
        return "bfloat16"  # Swin's values leave float16's range
    if device == "cpu" and network.num_parameters() >= _LARGE and bfloat16_speed() >= _WORTHWHILE:
        return "bfloat16"
    return usual
