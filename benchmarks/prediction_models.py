"""Checkpoints of the published architectures with random weights, for speed where no weights can be fetched."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


def dpt_hybrid(folder: Path) -> None:
    """Intel/dpt-hybrid-midas: 122 M parameters, 384 x 384."""
    from transformers import DPTConfig, DPTForDepthEstimation, DPTImageProcessorPil

    config = DPTConfig(
        is_hybrid=True,
        neck_hidden_sizes=[256, 512, 768, 768],
        readout_type="project",
        backbone_out_indices=[2, 5, 8, 11],
        neck_ignore_stages=[0, 1],
        image_size=384,
    )
    processor = DPTImageProcessorPil(
        size={"height": 384, "width": 384}, image_mean=[0.5] * 3, image_std=[0.5] * 3, do_pad=False
    )
    network = DPTForDepthEstimation(config)
    network.head.head[-2].bias.data.fill_(3.0)  # the ReLU that follows would cut everything off
    network.save_pretrained(folder)
    processor.save_pretrained(folder)


def depth_anything_v2_small(folder: Path) -> None:
    """depth-anything/Depth-Anything-V2-Small-hf: 25 M parameters, 518 pixels on the shorter side."""
    from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, Dinov2Config, DPTImageProcessorPil

    backbone = Dinov2Config(
        hidden_size=384,
        num_attention_heads=6,
        image_size=518,
        patch_size=14,
        out_indices=[3, 6, 9, 12],
        reshape_hidden_states=False,
        apply_layernorm=True,
    )
    config = DepthAnythingConfig(
        backbone_config=backbone,
        reassemble_hidden_size=384,
        patch_size=14,
        neck_hidden_sizes=[48, 96, 192, 384],
        fusion_hidden_size=64,
        head_in_index=-1,
    )
    processor = DPTImageProcessorPil(
        size={"height": 518, "width": 518},
        keep_aspect_ratio=True,
        ensure_multiple_of=14,
        image_mean=[0.485, 0.456, 0.406],
        image_std=[0.229, 0.224, 0.225],
    )
    network = DepthAnythingForDepthEstimation(config)
    network.head.conv3.bias.data.fill_(3.0)
    network.save_pretrained(folder)
    processor.save_pretrained(folder)


ARCHITECTURES: dict[str, Callable[[Path], None]] = {
    "dpt-hybrid": dpt_hybrid,
    "depth-anything-v2-small": depth_anything_v2_small,
}


def make(architecture: str, folder: Path) -> Path:
    """Write one of `ARCHITECTURES` below `folder`; the same weights every time."""
    import torch

    torch.manual_seed(0)
    ARCHITECTURES[architecture](folder / architecture)
    return folder / architecture
