"""Datasets with runs to manage: imported scenes, predictions, and what to do to them and to see of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pymongo.collection import Collection

from plumb.depthmap import DepthMap, encode, write_map
from plumb.jobs import finish

SCENES = 3
SLOPE = encode(DepthMap(np.linspace(0, 1, 48).reshape(6, 8), "affine_depth"))
IMPORT, PREDICTION, EVALUATION = "plumb_import_gt_depth_1", "plumb_predict_dpt_1", "plumb_evaluate_dpt"
_WRITES = (
    "update_one", "update_many", "insert_one", "insert_many", "delete_one", "delete_many", "replace_one", "bulk_write",
    "find_one_and_update",
)  # fmt: skip


def predictor(model: str, maps: Path) -> Callable[..., Any]:
    """What predicts into `dpt`, or another field, its files below `maps`."""
    from plumb.datasets.predicting import predict_depth

    def predict(collection, field="dpt", **options):
        return finish(predict_depth(collection, model, field, maps_dir=maps, **options))

    return predict


def make_dataset(name: str, scenes: str, maps: Path, predict: Callable[..., Any]) -> Any:
    """Imported scenes with the prediction `dpt`, and files of both below `maps`."""
    import fiftyone as fo

    from plumb.datasets.importing import import_sunrgbd

    finish(import_sunrgbd(scenes, name, maps_dir=maps))
    dataset = fo.load_dataset(name)
    predict(dataset)
    return dataset


def write_uncertainty(dataset: Any, run: str, field: str = "dpt") -> list[Path]:
    """Give the maps of a prediction their uncertainty, as a diffusion model's run writes it; the files."""
    from plumb.datasets import fields, runs

    told, name = settings(dataset, run), f"{field}_uncertainty"
    fields.declare_uncertainty_field(dataset, name)
    labels = {}
    for key, label in zip(*dataset.values(["id", field]), strict=True):
        if label is not None and label.run == run:
            stored = write_map(Path(told["folder"], f"{key}.uncertainty.png"), SLOPE)
            labels[key] = fields.to_uncertainty(stored.file, stored.range, run, field)
    dataset.set_values(name, labels, key_field="id")
    runs.change_settings(dataset, run, {**told, "uncertainty": True, "uncertainty_field": name})
    return [Path(label.map_path) for label in labels.values()]


def leave(folder: str | Path, *names: str) -> list[Path]:
    """Write maps as a prediction does, in a run's folder, and no label for them, as if it had been killed then."""
    for name in names:
        write_map(Path(folder, name), SLOPE)
    return [Path(folder, name) for name in names]


def evaluate(collection: Any, *fields: str, **options: Any) -> dict[str, Any]:
    from plumb.datasets.evaluating import evaluate_depth

    return finish(evaluate_depth(collection, fields or ["dpt"], **options))


def manage(dataset: Any, run: str, *action: str) -> dict[str, Any]:
    from plumb.datasets.managing import manage_depth_runs

    return finish(manage_depth_runs(dataset, run, *action))


class _Killed(BaseException):
    """The end of a process, as far as a test can have it."""


def kill(after: int, work: Callable[[], Any]) -> bool:
    """Work, but let the database take only so many writes, as if the process were killed at the next.

    Writes of claims are neither counted nor stopped: this process lives on, and so must be able to give its claim back,
    while that of a process that was really killed is taken over.

    Returns:
        whether there was a next
    """
    left = iter(range(after))

    def until_killed(write):
        def counted(collection, *args, **options):
            if collection.name != "plumb_claims" and next(left, None) is None:
                raise _Killed
            return write(collection, *args, **options)

        return counted

    with pytest.MonkeyPatch.context() as patch:
        for name in _WRITES:
            patch.setattr(Collection, name, until_killed(getattr(Collection, name)))
        try:
            work()
        except _Killed:
            return True
    return False


def values(dataset: Any, path: str) -> list[Any]:
    dataset.reload()
    return dataset.values(path)


def settings(dataset: Any, run: str) -> dict[str, Any]:
    return dataset.get_run_info(run).config.settings


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def everything(dataset: Any) -> list[Any]:
    """Samples, schema, runs and colours as JSON, without what tells times."""
    from plumb.datasets import runs

    dataset.reload()
    samples = [dict(sample.to_mongo_dict(), last_modified_at=None) for sample in dataset]
    schema = {path: field.description for path, field in sorted(dataset.get_field_schema(flat=True).items())}
    recorded = {key: (settings(dataset, key), runs.results(dataset, key)) for key in dataset.list_runs()}
    colors = [dataset.app_config.color_scheme.colorscales, dataset.app_config.active_fields.paths]
    return json.loads(json.dumps([samples, schema, recorded, colors], default=str, sort_keys=True))
