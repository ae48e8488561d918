"""Marigold checkpoints: told from other pipelines, loaded, and asked whether a way of sampling fits them."""

from __future__ import annotations

import copy
import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from plumb.models.base import ModelError
from plumb.models.catalog import ModelSpec, missing
from plumb.models.hub import loaded_weights, only_local, readable_errors
from plumb.models.precision import best_device, narrow, usual_precision
from plumb.models.sampling import Sampling

TINY_VAE = "madebyollin/taesd"
"""The small autoencoder of Stable Diffusion, in whose latent space Marigold works; a checkpoint may bring its own."""

_SCHEDULERS = {"DDIMScheduler": "ddim", "LCMScheduler": "lcm"}


@dataclass(frozen=True)
class Checkpoint:
    """A Marigold checkpoint in memory, which can sample in many ways; make one with `load_checkpoint`.

    Attributes:
        spec: where it comes from
        device: "cpu", "cuda" or "mps"
        precision: "float32", "bfloat16" or "float16"
        pipeline: the `MarigoldDepthPipeline`, with the embedding of the empty prompt in place of its text encoder
        weights: which ones they are, see `DepthModel`; those of a small autoencoder from the hub too
    """

    spec: ModelSpec
    device: str
    precision: str
    pipeline: Any
    weights: str | None

    def settle(self, sampling: Sampling) -> Sampling:
        """`sampling`, with the checkpoint's own settings where none was asked for.

        Raises:
            ModelError: if a setting does not fit the checkpoint
        """
        source, pipeline = self.spec.source, self.pipeline
        kind = type(pipeline.scheduler).__name__
        if kind not in _SCHEDULERS:
            raise ModelError(f"{source} comes with a {kind}; set scheduler to ddim or lcm")
        steps, resolution = sampling.steps, sampling.processing_resolution
        steps = pipeline.default_denoising_steps if steps is None else steps
        resolution = pipeline.default_processing_resolution if resolution is None else resolution
        for name, value in (("steps", steps), ("processing_resolution", resolution)):
            if value is None:
                raise ModelError(f"{source} does not say which {name} suits it; set {name}")
        if resolution % pipeline.vae_scale_factor:
            raise ModelError(
                f"processing_resolution of {source} is a multiple of {pipeline.vae_scale_factor}, not {resolution}"
            )
        try:
            copy.copy(pipeline.scheduler).set_timesteps(steps)  # a copy, for another model may be at work with it
        except ValueError as error:
            raise ModelError(
                f"{steps} steps are more than the {_SCHEDULERS[kind]} scheduler of {source} has; set fewer"
            ) from error
        return replace(sampling, steps=steps, processing_resolution=resolution, scheduler=_SCHEDULERS[kind])


def load_checkpoint(
    spec: ModelSpec, precision: str = "auto", scheduler: str = "auto", tiny_vae: bool = False
) -> Checkpoint:
    """Load a checkpoint, check first that it can work here.

    Args:
        spec: of a hub id, or a folder with a model_index.json
        precision: of the networks: "auto" (float16 on CUDA, else float32), "float32", "bfloat16" or "float16"; the
            layers that make the map's values compute in float32 whatever it is
        scheduler, tiny_vae: see `Sampling`

    Raises:
        ModelError: if the hub is out of reach, the checkpoint is damaged or no Marigold depth model, a package is
            missing, or the small autoencoder cannot be had
    """
    if lacking := missing(spec):
        raise ModelError(f"{spec.source} needs {lacking[0]}")
    local = only_local(spec)  # first: torch takes long to import, in vain without a hub
    device = best_device()
    precision = usual_precision(precision, device)
    with readable_errors(spec):
        import torch
        from diffusers import MarigoldDepthPipeline

        kind = MarigoldDepthPipeline.load_config(spec.source, local_files_only=local).get("_class_name")
    if kind != "MarigoldDepthPipeline":
        raise ModelError(f"{spec.source} is a {kind}, not a MarigoldDepthPipeline: it gives no depth maps")
    with readable_errors(spec), _in_silence(local):
        pipeline = _from_pretrained(spec, local, precision)
        _forget_text_encoder(pipeline)
        _choose_scheduler(pipeline, scheduler)
    weights = loaded_weights(spec)
    if tiny_vae:
        pipeline.vae, beside = _load_tiny_vae(spec)
        weights = f"{weights}, {beside}" if beside else weights
    pipeline.vae.enable_slicing()  # one image fills the device, and all at once would fill its memory
    if precision != "float32":
        narrow(pipeline.unet, precision, ())
        narrow(pipeline.vae, precision, _last_layers(pipeline.vae))
    if device == "cuda":
        for network in (pipeline.unet, pipeline.vae):
            network.to(memory_format=torch.channels_last)
    pipeline.to(device, silence_dtype_warnings=True)  # diffusers advises against float16 on a CPU
    return Checkpoint(spec, device, precision, pipeline, weights)


def _from_pretrained(spec: ModelSpec, local: bool, precision: str) -> Any:
    import torch
    from diffusers import MarigoldDepthPipeline

    options = {"dtype": torch.float32, "local_files_only": local, **_without_accelerate()}
    if precision != "float32":
        try:  # half the download
            return MarigoldDepthPipeline.from_pretrained(spec.source, variant="fp16", **options)
        except (OSError, ValueError):
            pass  # there is none
    return MarigoldDepthPipeline.from_pretrained(spec.source, **options)


def _load_tiny_vae(spec: ModelSpec) -> tuple[Any, str | None]:
    """The small autoencoder, and its weights' name if they are not the checkpoint's own."""
    import torch
    from diffusers import AutoencoderTiny

    own = Path(spec.source) / "tiny_vae"
    tiny = ModelSpec(spec.name, str(own) if own.is_dir() else TINY_VAE)
    local = only_local(tiny)
    with readable_errors(tiny):
        autoencoder = AutoencoderTiny.from_pretrained(
            tiny.source, dtype=torch.float32, local_files_only=local, **_without_accelerate()
        )
    return autoencoder, loaded_weights(tiny)


def _last_layers(autoencoder: Any) -> tuple[str, ...]:
    """The layers that make the map's values: in half precision it would have 2048 steps an octave, in bfloat16 256."""
    if hasattr(autoencoder.decoder, "layers"):  # AutoencoderTiny
        return (f"decoder.layers.{len(autoencoder.decoder.layers) - 1}",)
    return ("decoder.conv_norm_out", "decoder.conv_out")


def _without_accelerate() -> dict[str, bool]:
    """What diffusers falls back to without accelerate: told so beforehand, it does not advise to install it."""
    return {} if importlib.util.find_spec("accelerate") else {"low_cpu_mem_usage": False}


def _choose_scheduler(pipeline: Any, asked: str) -> None:
    from diffusers import DDIMScheduler, LCMScheduler

    if asked != "auto":
        pipeline.scheduler = {"ddim": DDIMScheduler, "lcm": LCMScheduler}[asked].from_config(pipeline.scheduler.config)


def _forget_text_encoder(pipeline: Any) -> None:
    """Marigold is asked without words: the embedding of none is all that the networks need."""
    import torch

    with torch.inference_mode():
        words = pipeline.tokenizer("", return_tensors="pt").input_ids
        pipeline.empty_text_embedding = pipeline.text_encoder(words)[0]  # (1, 2, channels)
    pipeline.text_encoder = pipeline.tokenizer = None


@contextmanager
def _in_silence(local: bool) -> Iterator[None]:
    """What comes from disk needs no progress bars; a download keeps them."""
    from diffusers.utils import logging as diffusers_logging
    from transformers.utils import logging as transformers_logging

    talking = [log for log in (diffusers_logging, transformers_logging) if local and log.is_progress_bar_enabled()]
    for log in talking:
        log.disable_progress_bar()
    try:
        yield
    finally:
        for log in talking:
            log.enable_progress_bar()
