"""Depth checkpoints of the real architectures, a few hundred KB each, with random weights.

Written by `save_pretrained`, so what loads them loads the published ones. Nothing here is trained: outputs mean
nothing, but they have the shapes, the types and the processing of the real models.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import numpy as np
from torch import manual_seed, nn

IMAGENET = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}


def _dpt(backbone=None, sides: int = 64, **options):
    from transformers import DPTConfig, DPTForDepthEstimation, DPTImageProcessorPil

    config = DPTConfig(
        **{"backbone_config": backbone, "hidden_size": 16, "num_hidden_layers": 4, "num_attention_heads": 2}
        | {"intermediate_size": 32, "image_size": sides, "patch_size": 16, "backbone_out_indices": [0, 1, 2, 3]}
        | {"neck_hidden_sizes": [8] * 4, "fusion_hidden_size": 8, "use_auxiliary_head": False}
        | options
    )
    processor = DPTImageProcessorPil(
        size={"height": sides, "width": sides}, image_mean=[0.5] * 3, image_std=[0.5] * 3, do_normalize=True
    )
    return _lively(DPTForDepthEstimation(config)), processor


def dpt():
    """DPT over a plain ViT, as `Intel/dpt-large`: relative inverse depth."""
    return _dpt()


def dpt_hybrid():
    """DPT over BiT and a ViT, as `Intel/dpt-hybrid-midas`."""
    from transformers import BitConfig

    backbone = BitConfig(
        depths=[1, 1, 1],
        hidden_sizes=[8, 16, 32],
        embedding_size=8,
        num_groups=2,
        global_padding="same",
        embedding_dynamic_padding=True,
        layer_type="bottleneck",
        out_features=["stage1", "stage2", "stage3"],
    )
    return _dpt(
        backbone,
        is_hybrid=True,
        backbone_featmap_shape=[1, 32, 4, 4],
        neck_hidden_sizes=[8, 16, 16, 16],
        neck_ignore_stages=[0, 1],
        readout_type="project",
    )


def dpt_beit():
    """DPT over BEiT, as `Intel/dpt-beit-large-512`."""
    from transformers import BeitConfig

    backbone = BeitConfig(
        hidden_size=16,
        num_hidden_layers=4,
        num_attention_heads=2,
        intermediate_size=32,
        image_size=64,
        patch_size=16,
        use_relative_position_bias=True,
        reshape_hidden_states=False,
        out_features=["stage1", "stage2", "stage3", "stage4"],
    )
    return _dpt(backbone, backbone_out_indices=None)


def dpt_swinv2():
    """DPT over Swin V2, as `Intel/dpt-swinv2-tiny-256`."""
    from transformers import Swinv2Config

    backbone = Swinv2Config(
        image_size=64,
        patch_size=4,
        embed_dim=8,
        depths=[1, 1, 1, 1],
        num_heads=[1, 2, 2, 2],
        window_size=2,
        reshape_hidden_states=True,
        out_features=["stage1", "stage2", "stage3", "stage4"],
    )
    return _dpt(backbone, backbone_out_indices=None, neck_hidden_sizes=[8, 16, 32, 64])


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


def dpt_dinov2():
    """DPT over DINOv2, as `facebook/dpt-dinov2-small-nyu`: metres. It pads the image instead of resizing it."""
    from transformers import DPTImageProcessorPil

    network, _ = _dpt(
        _dinov2(),
        backbone_out_indices=None,
        reassemble_factors=[2, 1],
        neck_hidden_sizes=[8, 8],
        neck_ignore_stages=[],
    )
    return network, DPTImageProcessorPil(do_resize=False, do_pad=True, size_divisor=14, **IMAGENET)


def depth_anything(kind: str = "relative"):
    """Depth Anything; `kind` is "relative" (inverse depth) or "metric" (metres up to 20)."""
    from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, DPTImageProcessorPil

    config = DepthAnythingConfig(max_depth=20 if kind == "metric" else 1, depth_estimation_type=kind, **_depth_head())
    return _lively(DepthAnythingForDepthEstimation(config)), DPTImageProcessorPil(**_KEPT_ASPECT)


# As published: the aspect ratio is kept, so every image size makes another tensor size.
_KEPT_ASPECT = {"size": {"height": 56, "width": 56}, "keep_aspect_ratio": True, "ensure_multiple_of": 14, **IMAGENET}


def _depth_head() -> dict:
    return {
        "backbone_config": _dinov2(),
        "reassemble_hidden_size": 16,
        "patch_size": 14,
        "reassemble_factors": [2, 1],
        "neck_hidden_sizes": [8, 8],
        "fusion_hidden_size": 8,
        "head_in_index": -1,
        "head_hidden_size": 8,
    }


def metric_depth_anything():
    return depth_anything("metric")


def prompt_depth_anything():
    """Prompt Depth Anything, as `depth-anything/prompt-depth-anything-vits-hf`: without a prompt, affine depth."""
    from transformers import (
        PromptDepthAnythingConfig,
        PromptDepthAnythingForDepthEstimation,
        PromptDepthAnythingImageProcessorPil,
    )

    config = PromptDepthAnythingConfig(depth_estimation_type="metric", **_depth_head())
    network = _lively(PromptDepthAnythingForDepthEstimation(config), last_bias=0.0)
    return network, PromptDepthAnythingImageProcessorPil(**_KEPT_ASPECT)


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


def zoedepth():
    """ZoeDepth with two sets of bins, as `Intel/zoedepth-nyu-kitti`: metres."""
    from transformers import BeitConfig, ZoeDepthConfig, ZoeDepthForDepthEstimation, ZoeDepthImageProcessorPil

    backbone = BeitConfig(
        hidden_size=16,
        num_hidden_layers=4,
        num_attention_heads=2,
        intermediate_size=32,
        image_size=64,
        patch_size=16,
        use_relative_position_bias=True,
        reshape_hidden_states=False,
        out_features=["stage1", "stage2", "stage3", "stage4"],
    )
    config = ZoeDepthConfig(
        backbone_config=backbone,
        neck_hidden_sizes=[8] * 4,
        fusion_hidden_size=8,
        bottleneck_features=8,
        num_relative_features=4,
        num_attractors=[4, 2, 2, 1],
        bin_embedding_dim=8,
        bin_configurations=[
            {"n_bins": 8, "min_depth": 0.001, "max_depth": 10.0, "name": "nyu"},
            {"n_bins": 8, "min_depth": 0.001, "max_depth": 80.0, "name": "kitti"},
        ],
        num_patch_transformer_layers=4,
        patch_transformer_hidden_size=128,  # the network knows no other
        patch_transformer_intermediate_size=16,
        patch_transformer_num_attention_heads=2,
    )
    processor = ZoeDepthImageProcessorPil(size={"height": 64, "width": 64}, ensure_multiple_of=32)
    return _lively(ZoeDepthForDepthEstimation(config)), processor


def depth_pro(field_of_view: bool = True):
    """Depth Pro, as `apple/DepthPro-hf`: metres, and the field of view. It needs torchvision."""
    from transformers import DepthProConfig, DepthProForDepthEstimation, DepthProImageProcessor

    encoder = {
        "model_type": "dinov2",
        "hidden_size": 16,
        "num_hidden_layers": 4,
        "num_attention_heads": 2,
        "mlp_ratio": 2,
        "image_size": 32,
        "patch_size": 8,
    }
    config = DepthProConfig(
        patch_size=32,
        fusion_hidden_size=16,
        intermediate_hook_ids=[3, 1],
        intermediate_feature_dims=[8, 8],
        scaled_images_ratios=[0.5, 1.0],
        scaled_images_overlap_ratios=[0.0, 0.5],
        scaled_images_feature_dims=[8, 8],
        merge_padding_value=1,
        use_fov_model=field_of_view,
        image_model_config=encoder,
        patch_model_config=encoder,
        fov_model_config=encoder,
    )
    network = _lively(DepthProForDepthEstimation(config), last_bias=0.5)
    if field_of_view:
        nn.init.constant_([m for m in network.fov_model.modules() if isinstance(m, nn.Conv2d)][-1].bias, 60.0)
    return network, DepthProImageProcessor(size={"height": 64, "width": 64})


def depth_pro_without_field_of_view():
    return depth_pro(field_of_view=False)


def chmv2():
    """CHMv2: the height of canopies, for which there is no quantity. It needs torchvision."""
    from transformers import CHMv2Config, CHMv2ForDepthEstimation, CHMv2ImageProcessor

    backbone = {
        "model_type": "dinov3_vit",
        "hidden_size": 16,
        "num_hidden_layers": 4,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "image_size": 64,
        "patch_size": 16,
        "num_register_tokens": 1,
        "out_indices": [1, 2, 3, 4],
        "reshape_hidden_states": True,
        "apply_layernorm": True,
        "return_class_token": True,
    }
    config = CHMv2Config(
        backbone_config=backbone,
        post_process_channels=[8] * 4,
        fusion_hidden_size=8,
        head_hidden_size=8,
        number_output_channels=16,
    )
    return _lively(CHMv2ForDepthEstimation(config)), CHMv2ImageProcessor()


def tipsv2_dpt():
    """TIPS v2, as `google/tipsv2-b14-dpt`: metres. It needs torchvision."""
    from transformers import Tipsv2DptConfig, Tipsv2DptForDepthEstimation, Tipsv2DptImageProcessor

    backbone = {
        "model_type": "tipsv2_vision_model",
        "hidden_size": 16,
        "num_hidden_layers": 4,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "mlp_ratio": 2,
        "image_size": 56,
        "patch_size": 14,
        "out_indices": [1, 2, 3, 4],
        "apply_layernorm": True,
        "reshape_hidden_states": False,
    }
    config = Tipsv2DptConfig(
        backbone_config=backbone, neck_hidden_sizes=[8] * 4, fusion_hidden_size=8, num_depth_bins=16
    )
    return _lively(Tipsv2DptForDepthEstimation(config)), Tipsv2DptImageProcessor(size={"height": 56, "width": 56})


ARCHITECTURES: dict[str, Callable] = {
    make.__name__: make
    for make in (
        dpt, dpt_hybrid, dpt_beit, dpt_swinv2, dpt_dinov2, depth_anything, metric_depth_anything,
        prompt_depth_anything, glpn, zoedepth,
    )
}  # fmt: skip

WITH_TORCHVISION: dict[str, Callable] = {
    make.__name__: make for make in (depth_pro, depth_pro_without_field_of_view, chmv2, tipsv2_dpt)
}


def save(architecture: str, folder: Path) -> Path:
    """Make one of the architectures and write it to `folder`; the same weights every time."""
    manual_seed(0)
    network, processor = (ARCHITECTURES | WITH_TORCHVISION)[architecture]()
    network.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def saver(folder: Path) -> Callable[[str], str]:
    """Give the folder of an architecture below `folder`; each is made once, when it is first asked for."""

    def saved(architecture: str) -> str:
        place = folder / architecture
        return str(place if place.is_dir() else save(architecture, place))

    return saved


def save_beyond_float16(source: str, folder: Path, layer: str, last: str) -> str:
    """Write a checkpoint anew, so that in some pixels of the first picture the values of `layer` leave float16's range,
    which `last` brings back into it."""
    import torch
    from transformers import AutoModelForDepthEstimation

    from plumb.models import load_network

    model, largest = load_network(source, precision="float32"), []
    watch = model.network.get_submodule(layer).register_forward_hook(lambda *call: largest.append(call[2].max().item()))
    model.infer(pictures(1))
    watch.remove()
    factor = 1.1 * torch.finfo(torch.float16).max / largest[0]
    network = AutoModelForDepthEstimation.from_pretrained(source)
    with torch.no_grad():
        for weights in network.get_submodule(layer).parameters():
            weights *= factor
        network.get_submodule(last).weight.abs_().div_(factor)  # positive, or infinities would cancel each other
    copytree(source, folder, dirs_exist_ok=True)
    network.save_pretrained(folder)
    return str(folder)


def pictures(count: int, size: tuple[int, int] = (48, 64)) -> list[np.ndarray]:
    """Random coloured blobs: not noise, which networks flatten."""
    height, width = size
    y, x = np.mgrid[:height, :width] / max(size)
    waves = np.random.default_rng(0).uniform(1, 9, (count, 3, 3))
    return [
        np.stack([127 + 127 * np.sin(a * x + b * y + c) for a, b, c in channels], axis=2).astype(np.uint8)
        for channels in waves
    ]


def _lively(network, last_bias: float = 3.0):
    """Weights wide enough for the output to follow the picture (transformers' own start is nearly constant), and a
    last bias above 0, or the ReLU at the end may cut everything off."""
    convolutions = (nn.Conv2d, nn.ConvTranspose2d)
    for module in network.modules():
        if isinstance(module, (nn.Linear, *convolutions)):
            nn.init.kaiming_uniform_(module.weight)
    if hasattr(network, "head"):
        nn.init.constant_([m for m in network.head.modules() if isinstance(m, nn.Conv2d)][-1].bias, last_bias)
    return network
