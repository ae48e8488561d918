"""The parts of the offline Marigold: small networks, its schedule, its text half, and what a latent stands for."""

import copy
from pathlib import Path

import torch
from diffusers import AutoencoderKL, DDIMScheduler, MarigoldDepthPipeline, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

LONG_SIDE = 128  # of the pictures that the finished model works on
STEPS = 1  # the most accurate; more give a wider choice, and the spread of an ensemble
TEXT_WIDTH = 32


def build_vae() -> AutoencoderKL:
    """Pictures (B, 3, H, W) in [-1, 1] <-> latents (B, 4, H/4, W/4); no attention, so any size will do."""
    return AutoencoderKL(
        block_out_channels=[16, 24, 48],
        down_block_types=["DownEncoderBlock2D"] * 3,
        up_block_types=["UpDecoderBlock2D"] * 3,
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=4,
        mid_block_add_attention=False,
        sample_size=LONG_SIDE,
    )


def build_unet() -> UNet2DConditionModel:
    """(picture latent, noisy depth latent) (B, 8, h, w), time and text -> velocity (B, 4, h, w)."""
    widths = (48, 96, 128, 128)
    return UNet2DConditionModel(
        sample_size=LONG_SIDE // 4,
        in_channels=8,
        out_channels=4,
        block_out_channels=widths,
        layers_per_block=1,
        down_block_types=("DownBlock2D",) * 3 + ("CrossAttnDownBlock2D",),
        up_block_types=("CrossAttnUpBlock2D",) + ("UpBlock2D",) * 3,
        cross_attention_dim=TEXT_WIDTH,
        attention_head_dim=4,  # the number of heads, by an old mistake of diffusers
        norm_num_groups=16,
    )


def build_scheduler() -> DDIMScheduler:
    """The schedule of prs-eth/marigold-depth-v1-1: the first of the trailing steps starts from noise alone."""
    return DDIMScheduler(
        num_train_timesteps=1000,
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
        prediction_type="v_prediction",
        timestep_spacing="trailing",
        rescale_betas_zero_snr=True,
    )


def build_text() -> tuple[CLIPTokenizer, CLIPTextModel]:
    """A tokenizer of two entries and a text encoder that nobody trains: Marigold's prompt is always empty."""
    tokenizer = CLIPTokenizer(vocab={"<|startoftext|>": 0, "<|endoftext|>": 1}, merges=[], model_max_length=77)
    config = CLIPTextConfig(
        vocab_size=2,
        hidden_size=TEXT_WIDTH,
        intermediate_size=2 * TEXT_WIDTH,
        num_hidden_layers=1,
        num_attention_heads=2,
        projection_dim=TEXT_WIDTH,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)  # every run makes the same encoder: the UNet learns with what it is saved with
        return tokenizer, CLIPTextModel(config).eval().requires_grad_(False)


def empty_text() -> torch.Tensor:
    """What the text encoder makes of the empty prompt, (1, 2, TEXT_WIDTH)."""
    tokenizer, encoder = build_text()
    return encoder(tokenizer("", return_tensors="pt").input_ids)[0]


def normalised(depth: torch.Tensor) -> torch.Tensor:
    """Depth (B, H, W) in metres -> (B, 3, H, W) in [-1, 1]: its 2 % percentile at -1, its 98 % percentile at 1.

    Ke et al., "Repurposing Diffusion-Based Image Generators for Monocular Depth Estimation", 2024: linear between the
    two and cut off beyond, three equal channels, so that the autoencoder of pictures takes it.
    """
    low, high = torch.quantile(depth.flatten(1), torch.tensor([0.02, 0.98]), dim=1)[..., None, None]
    flat = ((depth - low) / (high - low).clamp(min=1e-3) * 2 - 1).clamp(-1, 1)
    return flat[:, None].expand(-1, 3, -1, -1)


def encode(vae: AutoencoderKL, pictures: torch.Tensor) -> torch.Tensor:
    """Latents as the pipeline scales them: the mode, about unit variance for depth."""
    return vae.encode(pictures).latent_dist.mode() * vae.config.scaling_factor


def decode_depth(vae: AutoencoderKL, latents: torch.Tensor) -> torch.Tensor:
    """Latents (B, 4, h, w) -> relative depth (B, H, W), -1 near and 1 far, not yet cut off there."""
    return vae.decode(latents / vae.config.scaling_factor).sample.mean(1)


def save(vae: AutoencoderKL, unet: UNet2DConditionModel, folder: Path) -> None:
    """Write the pipeline as float16 safetensors to `folder`, in the form of the published checkpoint.

    The text encoder stays in float32: transformers loads what it finds, and half of it would make pictures halves too.
    """
    tokenizer, text_encoder = build_text()
    pipeline = MarigoldDepthPipeline(
        unet=copy.deepcopy(unet).half(),
        vae=copy.deepcopy(vae).half(),
        scheduler=build_scheduler(),
        text_encoder=text_encoder,
        tokenizer=tokenizer,
        prediction_type="depth",
        scale_invariant=True,
        shift_invariant=True,
        default_denoising_steps=STEPS,
        default_processing_resolution=LONG_SIDE,
    )
    pipeline.save_pretrained(folder)
