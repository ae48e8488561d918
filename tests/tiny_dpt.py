"""A DPT of random weights, small enough to predict a picture in milliseconds."""

from __future__ import annotations

from pathlib import Path


def save_tiny_dpt(folder: Path, seed: int = 0) -> str:
    """Write a checkpoint in `save_pretrained` form, whose output depends on the picture; returns its folder."""
    import torch
    from transformers import DPTConfig, DPTForDepthEstimation, DPTImageProcessorPil
    from transformers.utils import logging

    logging.disable_progress_bar()
    torch.manual_seed(seed)
    config = DPTConfig(
        hidden_size=32, num_hidden_layers=4, num_attention_heads=2, intermediate_size=64, image_size=32, patch_size=8,
        backbone_out_indices=[0, 1, 2, 3], neck_hidden_sizes=[8, 8, 16, 16], fusion_hidden_size=16, is_hybrid=False,
        use_batch_norm_in_fusion_residual=False, initializer_range=0.2,
    )  # fmt: skip
    network = DPTForDepthEstimation(config)
    with torch.no_grad():
        network.head.head[-2].bias.fill_(5.0)  # the last ReLU must not swallow everything
    network.save_pretrained(folder)
    size = {"height": 32, "width": 32}
    DPTImageProcessorPil(size=size, keep_aspect_ratio=False, do_pad=False).save_pretrained(folder)
    return str(folder)
