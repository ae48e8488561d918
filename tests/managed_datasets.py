"""Datasets with runs to manage: imported scenes, predictions, and what to do to them and to see of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pymongo.collection import Collection

from plumb.jobs import finish
from tests.small_scenes import write_scene

SCENES = 3
IMPORT, PREDICTION, EVALUATION = "plumb_import_gt_depth_1", "plumb_predict_dpt_1", "plumb_evaluate_dpt"
_WRITES = (
    "update_one", "update_many", "insert_one", "insert_many", "delete_one", "delete_many", "replace_one", "bulk_write",
    "find_one_and_update",
)  # fmt: skip


def write_scenes(root: Path) -> Path:
    for number in range(SCENES):
        write_scene(root, f"kv2/kinect2data/{number}", seed=number)
    return root


def predictor(model: str, maps: Path) -> Callable[..., Any]:
    """What predicts into `dpt`, or another field, its files below `maps`."""
    from plumb.datasets.predicting import predict_depth

    def predict(collection, field="dpt", **options):
        return finish(predict_depth(collection, model, field, maps_dir=maps, **options))

    return predict


def make_dataset(name: str, scenes: Path, maps: Path, predict: Callable[..., Any]) -> Any:
    """Imported scenes with the prediction `dpt`, and files of both below `maps`."""
    import fiftyone as fo

    from plumb.datasets.importing import import_sunrgbd

    finish(import_sunrgbd(scenes, name, maps_dir=maps))
    dataset = fo.load_dataset(name)
    predict(dataset)
    return dataset


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

    Returns:
        whether there was a next
    """
    left = iter(range(after))

    def until_killed(write):
        def counted(*args, **options):
            if next(left, None) is None:
                raise _Killed
            return write(*args, **options)

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
    dataset.reload()
    samples = [dict(sample.to_mongo_dict(), last_modified_at=None) for sample in dataset]
    schema = {path: field.description for path, field in sorted(dataset.get_field_schema(flat=True).items())}
    runs = {
        key: (settings(dataset, key), dataset.load_run_results(key, cache=False).serialize())
        for key in dataset.list_runs()
    }
    colors = [dataset.app_config.color_scheme.colorscales, dataset.app_config.active_fields.paths]
    return json.loads(json.dumps([samples, schema, runs, colors], default=str, sort_keys=True))
