"""Any transformers checkpoint that `AutoModelForDepthEstimation` knows, from the hub or a local folder."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from plumb.depthmap import QUANTITIES, DepthMap
from plumb.models.base import DepthModel, Done, ModelError, Prediction
from plumb.models.catalog import ModelSpec
from plumb.models.hub import only_local, readable_errors

PRECISIONS = ("float32", "bfloat16", "float16")

# What the output of each architecture means. Those that come in two kinds say which in `depth_estimation_type`.
_QUANTITY = {"dpt": "inverse_depth", "glpn": "depth", "zoedepth": "depth", "depth_pro": "depth"}
_RELATIVE_OR_METRIC = ("depth_anything", "prompt_depth_anything")

# Their image processors import torchvision only when first used, and fail there with a NameError.
_NEEDS_TORCHVISION = ("zoedepth", "depth_pro", "chmv2", "tipsv2_dpt")

# These pad or turn the output in ways that only their own post-processing undoes.
_OWN_POST_PROCESSING = ("zoedepth", "depth_pro")


@dataclass(frozen=True)
class TransformersModel(DepthModel):
    """A `DepthModel` run by transformers; make one with `load`."""

    name: str
    quantity: str
    device: str
    precision: str
    batch_size: int
    largest_batch: int
    model_type: str
    network: Any
    processor: Any

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
        _check(spec, config)
        quantity = _quantity(spec, config, quantity)
        device = _device()
        precision = _precision(precision, device)
        with readable_errors(spec):
            # Named, or transformers warns that the other one is not installed.
            backend = None if importlib.util.find_spec("torchvision") else "pil"
            processor = AutoImageProcessor.from_pretrained(spec.source, backend=backend, local_files_only=local)
            # Half-precision checkpoints are widened: autocast chooses the fast operations below.
            network = AutoModelForDepthEstimation.from_pretrained(
                spec.source, dtype=torch.float32, local_files_only=local
            )
        network = network.to(device).eval()
        if precision != "float32":
            _keep_head_exact(network, device)
        batch_size = 2 if device == "cpu" else 16
        largest = 2 if device == "cpu" else 64
        return cls(spec.name, quantity, device, precision, batch_size, largest, config.model_type, network, processor)

    def start(self, images: Sequence[np.ndarray]) -> Done:
        """See `DepthModel.start`. The network's map is resized bilinearly, which cannot overshoot below 0."""
        import torch

        height, width = images[0].shape[:2]
        # Told, or a picture 3 pixels high would be taken for one that lies channels first.
        inputs = self.processor(images=list(images), input_data_format="channels_last", return_tensors="pt")
        inputs = inputs.to(self.device)
        with (
            torch.inference_mode(),
            torch.autocast(self.device, getattr(torch, self.precision), enabled=self.precision != "float32"),
        ):
            outputs = self.network(**inputs)
        if self.model_type in _OWN_POST_PROCESSING:
            maps = self._own_post_processing(outputs, len(images), (height, width))
        else:
            depth = outputs.predicted_depth.float()  # (N, h, w)
            maps = torch.nn.functional.interpolate(
                depth[:, None], size=(height, width), mode="bilinear", align_corners=False
            )[:, 0]  # (N, H, W)
        return Done([Prediction(DepthMap(values, self.quantity)) for values in maps.cpu().numpy()])

    def _own_post_processing(self, outputs: Any, count: int, size: tuple[int, int]) -> Any:
        import torch

        sizes = [size] * count
        options = {"source_sizes": sizes} if self.model_type == "zoedepth" else {}
        outputs.predicted_depth = outputs.predicted_depth.float()
        results = self.processor.post_process_depth_estimation(outputs, target_sizes=sizes, **options)
        return torch.stack([result["predicted_depth"].reshape(size) for result in results])


def _keep_head_exact(network: Any, device: str) -> None:
    """Let the last layers compute in float32: in bfloat16 a depth map would have 256 steps an octave, visible bands."""
    import torch

    head = getattr(network, "head", None)
    if head is None:
        return
    inexact = head.forward

    def widened(value: Any) -> Any:
        if torch.is_tensor(value):
            return value.float() if value.is_floating_point() else value
        return [widened(item) for item in value] if isinstance(value, (list, tuple)) else value

    def exact(*args: Any, **kwargs: Any) -> Any:
        with torch.autocast(device, enabled=False):
            return inexact(*map(widened, args), **{name: widened(value) for name, value in kwargs.items()})

    head.forward = exact


def _check(spec: ModelSpec, config: Any) -> None:
    from transformers.models.auto.modeling_auto import MODEL_FOR_DEPTH_ESTIMATION_MAPPING_NAMES as known

    if config.model_type not in known:
        raise ModelError(
            f"{spec.source} is a {config.model_type} model, not a depth model; transformers knows {', '.join(known)}"
        )
    if config.model_type in _NEEDS_TORCHVISION and importlib.util.find_spec("torchvision") is None:
        raise ModelError(f"{spec.source} ({config.model_type}) needs torchvision: pip install torchvision")


def _quantity(spec: ModelSpec, config: Any, asked: str) -> str:
    if asked != "auto":
        if asked not in QUANTITIES:
            raise ModelError(f"unknown quantity {asked!r}; use auto or one of {', '.join(QUANTITIES)}")
        return asked
    if config.model_type == "dpt" and getattr(config.backbone_config, "model_type", "").startswith("dinov2"):
        return "depth"  # DINOv2's DPT heads were trained in metres, on NYU and KITTI (Oquab et al., 2023)
    if config.model_type in _RELATIVE_OR_METRIC:
        return "depth" if config.depth_estimation_type == "metric" else "inverse_depth"
    if config.model_type not in _QUANTITY:
        raise ModelError(
            f"cannot tell what the output of {spec.source} ({config.model_type}) means; "
            f"set quantity to one of {', '.join(QUANTITIES)}"
        )
    return _QUANTITY[config.model_type]


def _device() -> str:
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _precision(asked: str, device: str) -> str:

    if asked not in ("auto", *PRECISIONS):
        raise ModelError(f"unknown precision {asked!r}; use auto or one of {', '.join(PRECISIONS)}")
    if asked != "auto":
        return asked
    # float16 rather than bfloat16: depth needs the three more bits, and these networks stay within its range.
    return "float16" if device == "cuda" else "float32"
