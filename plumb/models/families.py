"""What sets the depth architectures of transformers apart: add one by adding a line to `FAMILIES`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Any

from plumb.models.preprocessing import Margins


@dataclass(frozen=True)
class Family:
    """An architecture that `AutoModelForDepthEstimation` knows.

    Attributes:
        quantity: what its maps mean, from the checkpoint's configuration: one of `plumb.depthmap.QUANTITIES`, or None
            where only the user can tell
        exact: the layers that make the map's values. They compute in float32 whatever the precision: in bfloat16 a map
            would have 128 steps an octave, visible bands
        processor: what its image processor works with, "pil" or "torchvision". Where there are both it is Pillow, on
            every machine, or the numbers would depend on what else is installed
        margins: what a processor that pads adds around an image of (height, width) before it resizes it, in pixels of
            the image; None where it pads afterwards
        meaning: said where `quantity` is not the whole story
    """

    quantity: Callable[[Any], str | None]
    exact: tuple[str, ...] = ()
    processor: str = "pil"
    margins: Callable[[int, int], Margins] | None = None
    meaning: str = ""


def family(model_type: str) -> Family:
    """The family of a configuration; of one that is newer than this table nothing is known."""
    return FAMILIES.get(model_type, Family(quantity=lambda config: None))


def _metres(config: Any) -> str:
    return "depth"


def _relative_or_metric(config: Any) -> str:
    return "depth" if config.depth_estimation_type == "metric" else "inverse_depth"


def _dpt(config: Any) -> str:
    """DINOv2's DPT heads were trained in metres, on NYU and KITTI (Oquab et al., 2023); MiDaS's are relative."""
    return "depth" if getattr(config.backbone_config, "model_type", "").startswith("dinov2") else "inverse_depth"


def _depth_pro(config: Any) -> str:
    """Canonical inverse depth, which the field of view turns into metres (Bochkovskii et al., 2024)."""
    return "depth" if config.use_fov_model else "inverse_depth"


def _zoedepth_margins(height: int, width: int) -> Margins:
    """Mirrored margins against artefacts at the border (Bhat et al., "ZoeDepth", 2023)."""
    rows, columns = int(sqrt(height / 2) * 3), int(sqrt(width / 2) * 3)
    return rows, rows, columns, columns


FAMILIES: dict[str, Family] = {
    "chmv2": Family(lambda config: None, ("head.conv_depth.head.4", "features_to_depth"), "torchvision",
                    meaning="it gives the height of trees above the ground, seen from the air, in metres"),
    "depth_anything": Family(_relative_or_metric, ("head.conv3",)),
    "depth_pro": Family(_depth_pro, ("head.layers.4", "fov_model.head"), "torchvision"),
    "dpt": Family(_dpt, ("head.head.4",)),
    "glpn": Family(_metres, ("head.head.2",)),
    # The network works between the prompt's least and greatest depth, and only a prompt turns that into metres.
    "prompt_depth_anything": Family(lambda config: "affine_depth", ("head.conv3",),
                                    meaning="without a depth prompt, which Plumb has none of, its maps are relative"),
    "tipsv2_dpt": Family(_metres, ("decoder.head", "bin_regressor"), "torchvision"),
    "zoedepth": Family(_metres, ("relative_head", "metric_head"), margins=_zoedepth_margins),
}  # fmt: skip
