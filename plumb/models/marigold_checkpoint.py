"""Marigold checkpoints: told from other pipelines, loaded, and fitted for one way of sampling."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from plumb.models.base import ModelError
from plumb.models.catalog import ModelSpec
from plumb.models.hub import only_local, readable_errors
from plumb.models.precision import narrow
from plumb.models.sampling import Sampling

TINY_VAE = "madebyollin/taesd"
"""The small autoencoder of Stable Diffusion, in whose latent space Marigold works; a checkpoint may bring its own."""

_SCHEDULERS = {"DDIMScheduler": "ddim", "LCMScheduler": "lcm"}


def load_pipeline(
    spec: ModelSpec, local: bool, precision: str, device: str, sampling: Sampling
) -> tuple[Any, Sampling]:
    """Load a `MarigoldDepthPipeline` with the scheduler and the autoencoder that `sampling` asks for.

    Args:
        local: whether to load from disk alone
        precision: of the networks; the layers that make the map's values compute in float32 whatever it is
        device: "cpu", "cuda" or "mps"

    Returns:
        the pipeline, with the embedding of the empty prompt in place of its text encoder
        sampling, with the checkpoint's own settings where none was asked for

    Raises:
        ModelError: if the checkpoint is damaged or no Marigold depth model, the small autoencoder cannot be had, or a
            setting does not fit the checkpoint
    """
    with readable_errors(spec):
        import torch
        from diffusers import MarigoldDepthPipeline

        kind = MarigoldDepthPipeline.load_config(spec.source, local_files_only=local).get("_class_name")
    if kind != "MarigoldDepthPipeline":
        raise ModelError(f"{spec.source} is a {kind}, not a MarigoldDepthPipeline: it gives no depth maps")
    with readable_errors(spec), _in_silence(local):
        pipeline = _from_pretrained(spec, local, precision)
        _forget_text_encoder(pipeline)
        _choose_scheduler(pipeline, sampling.scheduler)
    sampling = _with_defaults(spec, pipeline, sampling)
    if sampling.tiny_vae:
        pipeline.vae = _load_tiny_vae(spec)
    pipeline.vae.enable_slicing()  # one image fills the device, and all at once would fill its memory
    if precision != "float32":
        narrow(pipeline.unet, precision, ())
        narrow(pipeline.vae, precision, _last_layers(pipeline.vae))
    if device == "cuda":
        for network in (pipeline.unet, pipeline.vae):
            network.to(memory_format=torch.channels_last)
    return pipeline.to(device, silence_dtype_warnings=True), sampling  # diffusers advises against float16 on a CPU


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


def _load_tiny_vae(spec: ModelSpec) -> Any:
    import torch
    from diffusers import AutoencoderTiny

    own = Path(spec.source) / "tiny_vae"
    tiny = ModelSpec(spec.name, str(own) if own.is_dir() else TINY_VAE)
    local = only_local(tiny)
    with readable_errors(tiny):
        return AutoencoderTiny.from_pretrained(
            tiny.source, dtype=torch.float32, local_files_only=local, **_without_accelerate()
        )


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


def _with_defaults(spec: ModelSpec, pipeline: Any, sampling: Sampling) -> Sampling:
    kind = type(pipeline.scheduler).__name__
    if kind not in _SCHEDULERS:
        raise ModelError(f"{spec.source} comes with a {kind}; set scheduler to ddim or lcm")
    steps, resolution = sampling.steps, sampling.processing_resolution
    steps = pipeline.default_denoising_steps if steps is None else steps
    resolution = pipeline.default_processing_resolution if resolution is None else resolution
    for name, value in (("steps", steps), ("processing_resolution", resolution)):
        if value is None:
            raise ModelError(f"{spec.source} does not say which {name} suits it; set {name}")
    if resolution % pipeline.vae_scale_factor:
        raise ModelError(
            f"processing_resolution of {spec.source} is a multiple of {pipeline.vae_scale_factor}, not {resolution}"
        )
    try:
        pipeline.scheduler.set_timesteps(steps)
    except ValueError as error:
        raise ModelError(
            f"{steps} steps are more than the {_SCHEDULERS[kind]} scheduler of {spec.source} has; set fewer"
        ) from error
    return replace(sampling, steps=steps, processing_resolution=resolution, scheduler=_SCHEDULERS[kind])


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
