"""Marigold checkpoints of the real parts, a few hundred KB each, with random weights.

Written by `save_pretrained`, tokenizer and text encoder included, so what loads them loads the published ones. Nothing
here is trained: maps mean nothing, but they have the shapes, the types and the sampling of the real models.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import manual_seed, nn

CHANNELS = 8  # of the text embedding
FACTOR = 4  # pixels a latent pixel


def save(folder: Path, scheduler: str = "DDIMScheduler", tiny_vae: bool = False, **config: Any) -> Path:
    """Write a checkpoint.

    Args:
        scheduler: of a class of diffusers
        tiny_vae: whether a small autoencoder of its own lies in the subfolder "tiny_vae"
        config: of the pipeline, beside or instead of 2 steps at 32 pixels
    """
    import diffusers

    manual_seed(0)
    tokenizer = _tokenizer(folder)
    settings = {
        "beta_start": 0.00085,
        "beta_end": 0.012,
        "beta_schedule": "scaled_linear",
        "clip_sample": False,
        "prediction_type": "v_prediction",
        "set_alpha_to_one": False,
        "steps_offset": 1,
    }
    if scheduler not in ("DDIMScheduler", "LCMScheduler"):
        settings = {}
    pipeline = diffusers.MarigoldDepthPipeline(
        unet=_unet(),
        vae=_autoencoder(),
        scheduler=getattr(diffusers, scheduler)(**settings),
        text_encoder=_text_encoder(len(tokenizer)),
        tokenizer=tokenizer,
        **{
            "prediction_type": "depth",
            "scale_invariant": True,
            "shift_invariant": True,
            "default_denoising_steps": 2,
            "default_processing_resolution": 32,
            **config,
        },
    )
    pipeline.save_pretrained(folder)
    if tiny_vae:
        _tiny_autoencoder().save_pretrained(folder / "tiny_vae")
    return folder


def _unet() -> nn.Module:
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        sample_size=8,
        in_channels=8,
        out_channels=4,
        block_out_channels=(8, 16),
        layers_per_block=1,
        norm_num_groups=4,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=CHANNELS,
        attention_head_dim=4,
    )


def _autoencoder() -> nn.Module:
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        block_out_channels=[8, 8, 16],
        layers_per_block=1,
        norm_num_groups=4,
        down_block_types=["DownEncoderBlock2D"] * 3,
        up_block_types=["UpDecoderBlock2D"] * 3,
        latent_channels=4,
    )


def _tiny_autoencoder() -> nn.Module:
    from diffusers import AutoencoderTiny

    autoencoder = AutoencoderTiny(
        encoder_block_out_channels=(8, 8, 8),
        decoder_block_out_channels=(8, 8, 8),
        num_encoder_blocks=(1, 1, 1),
        num_decoder_blocks=(1, 1, 1),
    )
    nn.init.constant_(autoencoder.decoder.layers[-1].bias, 0.5)  # its pictures go from 0 to 1; random ones lie about 0
    return autoencoder


def _text_encoder(vocabulary: int) -> nn.Module:
    from transformers import CLIPTextConfig, CLIPTextModel

    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=vocabulary,
            hidden_size=CHANNELS,
            intermediate_size=16,
            num_attention_heads=2,
            num_hidden_layers=1,
            max_position_embeddings=16,
            bos_token_id=0,
            eos_token_id=1,
            pad_token_id=1,
        )
    )


def _tokenizer(folder: Path) -> Any:
    from transformers import CLIPTokenizer

    return CLIPTokenizer(vocab={"<|startoftext|>": 0, "<|endoftext|>": 1}, merges=[], model_max_length=16)
