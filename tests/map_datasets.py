"""Datasets of a few small depth maps, scored in the tests of `evaluate_depth`.

Like the tests themselves it imports FiftyOne only inside functions, see conftest.py.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from plumb.depthmap import DepthMap, EncodedMap, MapFile, encode, encode_millimetres, write_codes
from plumb.jobs import finish

SAMPLES = 4
HEIGHT, WIDTH = 16, 20  # room for windows of 7x7 px
ALIGNMENT = ("align_scale", "align_shift", "n_valid", "flipped")
"""What an evaluation writes beside its metrics."""


def truth(number: int) -> np.ndarray:
    """(H, W) uint16 millimetres, 1 m to 12 m, a corner without measurement."""
    depth = np.random.default_rng(100 + number).uniform(1000, 7000, (HEIGHT, WIDTH))
    depth[:, 15:] += 5000
    depth[:3, :4] = 0
    return depth.astype(np.uint16)


def guess(number: int) -> np.ndarray:
    """(H, W) float inverse depth: the truth's, scaled, shifted and noisy."""
    metres = np.maximum(truth(number), 500) / 1000
    return 3 / metres + 0.2 + np.random.default_rng(number).normal(0, 0.05, metres.shape)


def store(folder: Path, encoded: EncodedMap) -> MapFile:
    """Write a map to a new file."""
    path = folder / f"{uuid.uuid4().hex}.png"
    write_codes(path, encoded.codes)
    return MapFile(str(path), encoded.quantity, encoded.scale, encoded.offset, encoded.unit)


def write_label(folder: Path, encoded: EncodedMap, source: str | None = None) -> Any:
    """Write a map to a new file and give its label."""
    from plumb.datasets.fields import to_heatmap

    return to_heatmap(store(folder, encoded), encoded.range, "by_hand", source)


def writer(folder: Path) -> Callable[..., Any]:
    return partial(write_label, folder)


def make_dataset(name: str, write: Callable[..., Any], samples: int = SAMPLES) -> Any:
    """A dataset of samples with a ground truth `gt_depth` and a noisy inverse depth `dpt`."""
    import fiftyone as fo

    from plumb.datasets.fields import declare_map_field

    dataset = fo.Dataset(name)
    for field in ("gt_depth", "dpt"):
        declare_map_field(dataset, field)
    dataset.add_samples(
        [
            fo.Sample(
                filepath=f"/nowhere/{number}.png",
                gt_depth=write(encode_millimetres(truth(number)), "raw"),
                dpt=write(encode(DepthMap(guess(number), "inverse_depth"))),
            )
            for number in range(samples)
        ],
        progress=False,
    )
    return dataset


def add_metric_field(dataset: Any, write: Callable[..., Any], field: str = "metric") -> None:
    """Add a prediction in metres, the truth but for its holes and for what is nearer than 0.4 m."""
    from plumb.datasets.fields import declare_map_field

    declare_map_field(dataset, field)
    labels = [write(encode_millimetres(np.maximum(truth(number), 400))) for number in range(len(dataset))]
    dataset.set_values(field, labels)


def run_evaluation(collection: Any, pred_fields: Sequence[str] = ("dpt",), **options: Any) -> dict[str, dict[str, Any]]:
    from plumb.datasets.evaluating import evaluate_depth

    return finish(evaluate_depth(collection, pred_fields, **options))


def decoded(label: Any) -> np.ndarray:
    return MapFile(label.map_path, label.quantity, label.scale, label.offset, label.unit).read()


def metric_fields(dataset: Any, field: str = "dpt") -> set[str]:
    """Names of the fields below a prediction that an evaluation has made."""
    own = {"id", "tags", "map", "map_path", "range", "quantity", "scale", "offset", "unit", "run", "source"}
    return {name.split(".")[1] for name in dataset.get_field_schema(flat=True) if name.startswith(f"{field}.")} - own
