"""Marigold (Ke et al., "Repurposing Diffusion-Based Image Generators for Monocular Depth Estimation", CVPR 2024): any
checkpoint of diffusers' `MarigoldDepthPipeline`, from the hub or a local folder."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from plumb.depthmap import QUANTITIES, DepthMap
from plumb.models.base import DepthModel, Done, ModelError, Prediction, Running
from plumb.models.catalog import ModelSpec
from plumb.models.cuda_copies import CudaCopies
from plumb.models.marigold_checkpoint import Checkpoint, load_checkpoint
from plumb.models.precision import check_range, computing
from plumb.models.sampling import Sampling

# Images a batch, at first and at most. One fills the cores of a CPU.
_BATCH = {"cpu": (1, 1), "mps": (2, 4), "cuda": (8, 32)}


@dataclass(frozen=True)
class PreparedImage:
    """An image as the autoencoder takes it.

    Attributes:
        pixels: (1, 3, h, w) float32 tensor, -1 to 1, of the processing resolution, padded
        padding: rows at the bottom and columns at the right that are not the image's
        size: (height, width) of the image
    """

    pixels: Any
    padding: tuple[int, int]
    size: tuple[int, int]


@dataclass(frozen=True)
class MarigoldModel(DepthModel):
    """A `DepthModel` run by diffusers; make one with `load`.

    An image's map depends on the image and on `sampling` alone, not on its batch. Member k of its ensemble takes all
    its noise from a generator with the seed `seed + k`, on the CPU and in float32 whatever the device and precision.
    So diffusers gives the same map by hand, in float32:

        pipeline = MarigoldDepthPipeline.from_pretrained(source)
        pipeline.vae.enable_slicing()
        generators = [torch.Generator().manual_seed(seed + k) for k in range(ensemble)]
        pipeline(image, steps, ensemble, processing_resolution, batch_size=ensemble, generator=generators)

    The way in which diffusers aligns an ensemble blows up the last bit of a sample to a tenth of the map. So the
    members of an image pass the network together, without another's: in every batch they are the same to the bit.

    Attributes:
        sampling: the settings in force: the checkpoint's own where none was asked for
        pipeline: the `MarigoldDepthPipeline`
        copies: to and from a GPU; None elsewhere
    """

    name: str
    quantity: str
    device: str
    precision: str
    batch_size: int
    largest_batch: int
    sampling: Sampling
    pipeline: Any
    copies: CudaCopies | None = None
    in_flight: int = 1
    weights: str | None = None

    @classmethod
    def load(
        cls, spec: ModelSpec, quantity: str = "auto", precision: str = "auto", sampling: Sampling | None = None
    ) -> MarigoldModel:
        """Load a checkpoint, and sample from it in one way.

        Args:
            spec, precision: see `load_checkpoint`
            quantity, sampling: see `of`

        Raises:
            ModelError: as both do
        """
        sampling = sampling or Sampling()
        return cls.of(load_checkpoint(spec, precision, sampling.scheduler, sampling.tiny_vae), quantity, sampling)

    @classmethod
    def of(cls, checkpoint: Checkpoint, quantity: str, sampling: Sampling) -> MarigoldModel:
        """The model of a checkpoint that is loaded; others may share it.

        Args:
            checkpoint: loaded with the scheduler and the autoencoder of `sampling`
            quantity: what its output means; "auto" is affine depth, or inverse depth if the checkpoint says disparity
            sampling: the checkpoint's own settings stand in for those that are None

        Raises:
            ModelError: if a setting does not fit the checkpoint
        """
        if quantity not in ("auto", *QUANTITIES):
            raise ModelError(f"unknown quantity {quantity!r}; use auto or one of {', '.join(QUANTITIES)}")
        spec, device, pipeline = checkpoint.spec, checkpoint.device, checkpoint.pipeline
        sampling = checkpoint.settle(sampling)
        if quantity == "auto":
            quantity = "inverse_depth" if pipeline.config.prediction_type == "disparity" else "affine_depth"
        first, most = _BATCH[device] if sampling.ensemble == 1 else (1, 1)
        copies = CudaCopies.make() if device == "cuda" else None
        return cls(
            spec.name, quantity, device, checkpoint.precision, first, most, sampling, pipeline, copies,
            in_flight=1 if copies is None else 2, weights=checkpoint.weights,
        )  # fmt: skip

    def details(self) -> dict[str, Any]:
        return {**super().details(), **asdict(self.sampling)}

    def prepare(self, image: np.ndarray) -> PreparedImage:
        """Resize an image to the processing resolution, and pad and normalize it.

        Raises:
            ValueError: if nothing is left of its shorter side at that resolution
        """
        (height, width), resolution = image.shape[:2], self.sampling.processing_resolution
        if resolution and min(height, width) * resolution < max(height, width):
            raise ValueError(
                f"{width} x {height} pixels are too elongated for a processing resolution of {resolution}: nothing "
                "would be left of the shorter side; set processing_resolution to 0, the image's own"
            )
        pixels, padding, _ = self.pipeline.image_processor.preprocess(image, resolution)
        if self.copies is not None:
            pixels = pixels.pin_memory()
        return PreparedImage(pixels, padding, (height, width))

    def start(self, prepared: Sequence[PreparedImage]) -> Running:
        """Begin with a batch; a GPU works on it while the next one is begun."""
        import torch

        pixels, padding, size = [image.pixels for image in prepared], prepared[0].padding, prepared[0].size
        with torch.inference_mode():
            if self.copies is None:
                outputs = self._compute(torch.cat(pixels).to(self.device), padding, size)
                return Done(self._predictions(*(output.cpu() for output in outputs)))
            outputs = self._compute(self.copies.to_device(pixels), padding, size)
            return self.copies.to_host(outputs, self._predictions)

    def _predictions(self, maps: Any, deviations: Any = None) -> list[Prediction]:
        check_range(maps.numpy(), self.precision)
        depths = [DepthMap(values, self.quantity) for values in maps.numpy()]
        if deviations is None:
            return [Prediction(depth) for depth in depths]
        return [Prediction(depth, values) for depth, values in zip(depths, deviations.numpy(), strict=True)]

    def _compute(self, pixels: Any, padding: tuple[int, int], size: tuple[int, int]) -> list[Any]:
        """The maps of (N, 3, h, w) prepared pixels, (N, H, W) float32, and their uncertainty if it is wanted."""
        import torch

        processor, ensemble = self.pipeline.image_processor, self.sampling.ensemble
        with computing(self.device, self.precision):
            maps = self._sample(pixels.half() if self.precision == "float16" else pixels)
        outputs = [processor.unpad_image(maps, padding)]  # (N * E, 1, h, w)
        if ensemble > 1:
            merged = [self._merge(members) for members in outputs[0].split(ensemble)]
            outputs = [torch.cat(parts) for parts in zip(*merged, strict=True)]  # (N, 1, h, w) each
        if not self.sampling.uncertainty:
            outputs = outputs[:1]
        return [processor.resize_antialias(output, size, "bilinear", is_aa=False)[:, 0] for output in outputs]

    def _sample(self, pixels: Any) -> Any:
        """(N, 3, h, w) images to all their samples, image by image: (N * E, 1, h, w) float32, 0 to 1."""
        import torch

        pipeline, sampling, count = self.pipeline, self.sampling, len(pixels)
        seeds = [sampling.seed + member for _ in range(count) for member in range(sampling.ensemble)]
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        sides = [side // pipeline.vae_scale_factor for side in pixels.shape[2:]]
        shape = (1, pipeline.vae.config.latent_channels, *sides)
        # On the CPU and in float32: the same noise everywhere. Between the networks nothing is rounded to 16 bits.
        noise = torch.cat([torch.randn(shape, generator=generator) for generator in generators]).to(self.device)
        images, noise = pipeline.prepare_latents(pixels, noise, None, sampling.ensemble, count)  # (N * E, c, h, w) each
        together = count if sampling.ensemble == 1 else sampling.ensemble
        parts = [slice(first, first + together) for first in range(0, len(noise), together)]
        latents = [self._denoise(images[part], noise[part], generators[part]) for part in parts]
        return torch.cat([pipeline.decode_prediction(latent.to(pixels.dtype)) for latent in latents])

    def _denoise(self, images: Any, latents: Any, generators: list[Any]) -> Any:
        """Noise to latent depth, both (n, c, h, w) float32, beside the images' latents."""
        import torch

        scheduler = copy.copy(self.pipeline.scheduler)  # it counts its steps, and threads may share this model
        scheduler.set_timesteps(self.sampling.steps)
        nothing = self.pipeline.empty_text_embedding.to(images).repeat(len(latents), 1, 1)  # (n, 2, channels)
        for step in scheduler.timesteps:
            inputs = torch.cat([images, latents.to(images.dtype)], dim=1)  # (n, 2 c, h, w)
            output = self.pipeline.unet(inputs, step, encoder_hidden_states=nothing).sample.float()
            latents = scheduler.step(output, step, latents, generator=generators).prev_sample
        return latents

    def _merge(self, members: Any) -> tuple[Any, Any]:
        """Median of (E, 1, h, w) aligned members, from 0 to 1, and their median deviation: (1, 1, h, w) both."""
        pipeline = self.pipeline
        return pipeline.ensemble_depth(
            members, pipeline.scale_invariant, pipeline.shift_invariant, output_uncertainty=True
        )
