"""A dataset with three predictions to report of: `dpt`, `better` and, in metres, `metric`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from plumb.depthmap import DepthMap, encode
from tests.map_datasets import add_metric_field, make_dataset, truth

SCENES = ("kitchen", "office", "kitchen", "office", "kitchen")
SAMPLES = len(SCENES)


def report_dataset(name: str, write: Callable[..., Any]) -> Any:
    """The dataset; `better` is exact but for its storage, `dpt` is not, and each sample has a `scene`."""
    from plumb.datasets.fields import declare_map_field

    dataset = make_dataset(name, write, SAMPLES)
    dataset.set_values("scene", list(SCENES))
    add_metric_field(dataset, write)
    declare_map_field(dataset, "better")
    dataset.set_values("better", [write(encode(DepthMap(1 / metres(n), "inverse_depth"))) for n in range(SAMPLES)])
    return dataset


def metres(number: int) -> np.ndarray:
    """(H, W) the truth, half a metre where it has none."""
    return np.maximum(truth(number), 500) / 1000


def with_holes(number: int) -> DepthMap:
    """A relative prediction that has no value for three pixels of the truth."""
    values = 0.5 * metres(number)
    values[8, :3] = np.nan
    return DepthMap(values, "affine_depth")


def without_prediction(dataset: Any, field: str = "dpt") -> str:
    """Take the prediction of the second sample away; the sample's id."""
    key = dataset.values("id")[1]
    dataset.set_values(field, {key: None}, key_field="id")
    return key
