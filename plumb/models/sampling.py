"""How a diffusion model samples its depth map."""

from __future__ import annotations

from dataclasses import dataclass

SCHEDULERS = ("auto", "ddim", "lcm")
MAX_SEED = 2**53


@dataclass(frozen=True)
class Sampling:
    """Settings of a diffusion model (Ke et al., "Repurposing Diffusion-Based Image Generators for Monocular Depth
    Estimation", 2024).

    Attributes:
        steps: denoising steps; None takes the checkpoint's own number
        ensemble: samples an image, of which the median is taken
        seed: of the noise of every image, so that a map depends on its image and these settings alone; up to 2**53,
            beyond which forms and databases lose digits
        processing_resolution: pixels of the longer side inside the model; None takes the checkpoint's, 0 the image's
        scheduler: one of `SCHEDULERS`; "auto" takes the checkpoint's
        tiny_vae: encode and decode with a small autoencoder (faster, less exact)
        uncertainty: keep the deviation between the samples too; needs an ensemble of 3

    Raises:
        ValueError: if a setting is out of its range
    """

    steps: int | None = None
    ensemble: int = 1
    seed: int = 0
    processing_resolution: int | None = None
    scheduler: str = "auto"
    tiny_vae: bool = False
    uncertainty: bool = False

    def __post_init__(self):
        _check_whole("steps", self.steps, 1, optional=True)
        _check_whole("ensemble", self.ensemble, 1)
        _check_whole("seed", self.seed, 0)
        _check_whole("processing_resolution", self.processing_resolution, 0, optional=True)
        if self.seed > MAX_SEED:
            raise ValueError(f"seed is a whole number up to {MAX_SEED}, not {self.seed}")
        if self.scheduler not in SCHEDULERS:
            raise ValueError(f"unknown scheduler {self.scheduler!r}; use one of {', '.join(SCHEDULERS)}")
        if self.uncertainty and self.ensemble < 3:
            raise ValueError(
                f"uncertainty is the deviation within an ensemble: set ensemble to 3 or more, not {self.ensemble}"
            )


def _check_whole(name: str, value: int | None, least: int, optional: bool = False) -> None:
    if value is None and optional:
        return
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ValueError(f"{name} is a whole number from {least}, not {value!r}")
