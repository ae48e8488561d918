"""The ways of the well-known FiftyOne tutorial on monocular depth, as the peer of our benchmarks.

Written anew from what it does, mistakes included: they are what `perfect.py` measures, and its loops are what the
other benchmarks are compared with. Nothing here is an example to follow.
"""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from plumb.sunrgbd import find_scenes

if TYPE_CHECKING:
    import fiftyone as fo


def read_ground_truth(path: str | os.PathLike, wraps: bool = True) -> np.ndarray:
    """A SUN RGB-D depth file as an 8-bit map: the stored numbers times 255, divided by their maximum.

    Two mistakes. The rotation of the stored bits is not undone, so that depth beyond 8.191 m becomes any depth at all.
    And Pillow, from 10.4 on, gives 16-bit arrays, in which the product overflows: what is left is noise of the levels
    0 to 2, or nothing.

    Args:
        path: a 16-bit PNG as SUN RGB-D stores it
        wraps: False for the 32-bit arrays that earlier Pillows gave, in which nothing overflows

    Returns:
        (H, W) uint8
    """
    stored = np.array(Image.open(path)).astype(np.uint16 if wraps else np.int32)
    return (stored * 255 / stored.max()).astype(np.uint8)


def dpt_map(inverse_depth: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """DPT's output as an 8-bit map of an image's size.

    The mistake: 255 - 255 x / max runs from near to far as depth does, but it is inverse depth negated, not depth.
    Where bicubic resizing overshoots below 0, the result exceeds 255 and wraps round to nearest.

    Args:
        inverse_depth: (h, w) float, the model's output
        size: (H, W) of the image

    Returns:
        (H, W) uint8
    """
    import torch

    output = torch.from_numpy(inverse_depth)[None, None]  # (1, 1, h, w)
    resized = torch.nn.functional.interpolate(output, size, mode="bicubic", align_corners=False)[0, 0].numpy()
    levels = 255 - resized * 255 / resized.max()
    return levels.astype(np.int64).astype(np.uint8)  # by way of int64, so that every processor wraps alike


def marigold_map(affine_depth: np.ndarray) -> np.ndarray:
    """Marigold's coloured picture as an 8-bit map: its red channel, inverted.

    Two mistakes. Red is not depth: in the Spectral colours it rises and then falls. And Marigold's 0 is near already,
    so that nothing was to be inverted.

    Args:
        affine_depth: (H, W) float, the model's output, 0 near and 1 far

    Returns:
        (H, W) uint8
    """
    import matplotlib

    coloured = (matplotlib.colormaps["Spectral"](affine_depth)[..., :3] * 255).astype(np.uint8)  # (H, W, 3)
    return 255 - coloured[..., 0]


def compare(truth: np.ndarray, prediction: np.ndarray) -> dict[str, float]:
    """The tutorial's three metrics of two (H, W) uint8 maps, by scikit-image."""
    from skimage.metrics import mean_squared_error, peak_signal_noise_ratio, structural_similarity

    return {
        "rmse": math.sqrt(mean_squared_error(truth, prediction)),
        "psnr": float(peak_signal_noise_ratio(truth, prediction)),
        "ssim": float(structural_similarity(truth, prediction)),
    }


def import_scenes(root: Path, name: str) -> fo.Dataset:
    """Its import loop: filled depth as 8-bit maps in the database.

    The maps are those that the tutorial means, without the overflow: maps of noise would be smaller.
    """
    import fiftyone as fo

    samples = []
    for scene in find_scenes(root):
        image = next((scene.path / "image").iterdir())
        depth = next((scene.path / "depth_bfx").iterdir())
        heatmap = fo.Heatmap(map=read_ground_truth(depth, wraps=False))
        samples.append(fo.Sample(filepath=str(image), gt_depth=heatmap))
    dataset = fo.Dataset(name)
    dataset.add_samples(samples, progress=False)
    return dataset


def evaluate(dataset: fo.Dataset, field: str = "dpt", gt_field: str = "gt_depth") -> dict[str, float]:
    """Its evaluation loop over the 8-bit maps in the database; the mean of each metric."""
    for sample in dataset.iter_samples(autosave=True, progress=False):
        for metric, value in compare(sample[gt_field].map, sample[field].map).items():
            sample[field][metric] = value
    dataset.add_dynamic_sample_fields()
    return {metric: dataset.mean(f"{field}.{metric}") for metric in ("rmse", "psnr", "ssim")}


def predict(dataset: fo.Dataset, network: Any, processor: Any, field: str) -> None:
    """Its prediction loop with DPT: image by image, 8-bit maps into the database."""
    import fiftyone as fo
    import torch

    for sample in dataset.iter_samples(autosave=True, progress=False):
        image = Image.open(sample.filepath)
        inputs = processor(images=image, return_tensors="pt").to(network.device)
        with torch.no_grad():
            output = network(**inputs).predicted_depth
        sample[field] = fo.Heatmap(map=dpt_map(output[0].cpu().numpy(), image.size[::-1]))
