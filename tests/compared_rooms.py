"""Rooms to look at: predicted by both models that come with Plumb, and evaluated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from plumb.jobs import finish


def make_rooms(name: str, samples: Path, maps: Path, farthest: float) -> Any:
    """A dataset of four of the sample scenes with predictions `dpt` and `mari`, the latter with its uncertainty.

    Both are evaluated up to `farthest` metres, and `dpt` once more, robustly, under the key "robust".
    """
    import fiftyone as fo

    from plumb.datasets.evaluating import evaluate_depth
    from plumb.datasets.importing import import_sunrgbd
    from plumb.datasets.predicting import predict_depth

    finish(import_sunrgbd(samples, name, max_scenes=4, maps_dir=maps))
    dataset = fo.load_dataset(name)
    finish(predict_depth(dataset, "dpt-tiny", "dpt", maps_dir=maps))
    finish(predict_depth(dataset, "marigold-tiny", "mari", maps_dir=maps, steps=2, ensemble=3, uncertainty=True))
    finish(evaluate_depth(dataset, ["dpt", "mari"], protocol={"name": "near", "max_depth": farthest}))
    finish(evaluate_depth(dataset, ["dpt"], alignment="robust", eval_key="robust"))
    return dataset
