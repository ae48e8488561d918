"""Depth checkpoints of the real architectures, a few hundred KB each, with random weights.

Written by `save_pretrained`, so what loads them loads the published ones. Nothing here is trained: outputs mean
nothing, but they have the shapes, the types and the processing of the real models.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from torch import manual_seed, nn


def _dinov2():
    from transformers import Dinov2Config

    return Dinov2Config(
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        mlp_ratio=2,
        image_size=56,
        patch_size=14,
        out_features=["stage1", "stage2"],
        reshape_hidden_states=False,
        apply_layernorm=True,
    )


def dpt():
    """DPT over a plain ViT: relative inverse depth."""
    from transformers import DPTConfig, DPTForDepthEstimation, DPTImageProcessorPil

    config = DPTConfig(
        hidden_size=16,
        num_hidden_layers=4,
        num_attention_heads=2,
        intermediate_size=32,
        image_size=64,
        patch_size=16,
        backbone_out_indices=[0, 1, 2, 3],
        neck_hidden_sizes=[8, 8, 8, 8],
        fusion_hidden_size=8,
        use_auxiliary_head=False,
    )
    processor = DPTImageProcessorPil(
        size={"height": 64, "width": 64}, image_mean=[0.5] * 3, image_std=[0.5] * 3, do_normalize=True
    )
    return _lively(DPTForDepthEstimation(config)), processor


def dpt_dinov2():
    """DPT over DINOv2, as `facebook/dpt-dinov2-small-nyu`: metres."""
    from transformers import DPTConfig, DPTForDepthEstimation

    config = DPTConfig(
        backbone_config=_dinov2(),
        backbone_out_indices=None,
        hidden_size=16,
        reassemble_factors=[2, 1],
        neck_hidden_sizes=[8, 8],
        neck_ignore_stages=[],
        fusion_hidden_size=8,
        use_auxiliary_head=False,
    )
    return _lively(DPTForDepthEstimation(config)), depth_anything()[1]


def depth_anything(kind: str = "relative"):
    """Depth Anything; `kind` is "relative" (inverse depth) or "metric" (metres up to 20)."""
    from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, DPTImageProcessorPil

    config = DepthAnythingConfig(
        backbone_config=_dinov2(),
        reassemble_hidden_size=16,
        patch_size=14,
        reassemble_factors=[2, 1],
        neck_hidden_sizes=[8, 8],
        fusion_hidden_size=8,
        head_in_index=-1,
        head_hidden_size=8,
        depth_estimation_type=kind,
        max_depth=20 if kind == "metric" else 1,
    )
    # As published: the aspect ratio is kept, so every image size makes another tensor size.
    processor = DPTImageProcessorPil(
        size={"height": 56, "width": 56},
        keep_aspect_ratio=True,
        ensure_multiple_of=14,
        image_mean=[0.485, 0.456, 0.406],
        image_std=[0.229, 0.224, 0.225],
    )
    return _lively(DepthAnythingForDepthEstimation(config)), processor


def metric_depth_anything():
    return depth_anything("metric")


def glpn():
    """GLPN: metres."""
    from transformers import GLPNConfig, GLPNForDepthEstimation, GLPNImageProcessorPil

    config = GLPNConfig(
        depths=[1, 1, 1, 1],
        hidden_sizes=[8, 8, 16, 16],
        num_attention_heads=[1, 1, 2, 2],
        mlp_ratios=[2, 2, 2, 2],
        decoder_hidden_size=8,
        max_depth=10,
    )
    return _lively(GLPNForDepthEstimation(config)), GLPNImageProcessorPil()


ARCHITECTURES: dict[str, Callable] = {
    "dpt": dpt,
    "dpt_dinov2": dpt_dinov2,
    "depth_anything": depth_anything,
    "metric_depth_anything": metric_depth_anything,
    "glpn": glpn,
}


def save(architecture: str, folder: Path) -> Path:
    """Make one of `ARCHITECTURES` and write it to `folder`; the same weights every time."""
    manual_seed(0)
    network, processor = ARCHITECTURES[architecture]()
    network.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def _lively(network):
    """Weights wide enough for the output to follow the picture (transformers' own start is nearly constant), and a
    last bias above 0, or the ReLU at the end may cut everything off."""
    convolutions = (nn.Conv2d, nn.ConvTranspose2d)
    for module in network.modules():
        if isinstance(module, (nn.Linear, *convolutions)):
            nn.init.kaiming_uniform_(module.weight)
    nn.init.constant_([m for m in network.head.modules() if isinstance(m, nn.Conv2d)][-1].bias, 3.0)
    return network
