"""The record of what was done to a dataset: FiftyOne custom runs, loadable without this plugin."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

import fiftyone as fo

import plumb

_PREFIX = "plumb"
_VERSIONS = ("fiftyone", "numpy", "opencv-python-headless", "scikit-image", "torch", "transformers")


def new_key(dataset: fo.Dataset, kind: str, field: str) -> str:
    """A run key that neither the dataset nor a map of `field` has, such as `plumb_predict_dpt_2`."""
    taken, number = {*dataset.list_runs(), *dataset.distinct(f"{field}.run")}, 1
    while f"{_PREFIX}_{kind}_{field}_{number}" in taken:
        number += 1
    return f"{_PREFIX}_{kind}_{field}_{number}"


def evaluation_key(field: str, eval_key: str | None) -> str:
    """The run key of an evaluation: one for each field and `eval_key`.

    Double underscores, which no `eval_key` has, keep field "dpt_new" apart from field "dpt" with the key "new".
    """
    return f"{_PREFIX}_evaluate_" + (f"_{eval_key}__{field}" if eval_key else field)


def start(dataset: fo.Dataset, key: str, kind: str, **settings: Any) -> None:
    """Register a run with its settings and the versions at work; an old run of that key is replaced."""
    config = dataset.init_run()
    config.method = f"{_PREFIX}/{kind}"
    config.settings = settings
    config.versions = {"plumb": plumb.__version__, **_installed(_VERSIONS)}
    dataset.register_run(key, config, overwrite=True)


def finish(dataset: fo.Dataset, key: str, **results: Any) -> None:
    """Store a run's results."""
    stored = dataset.init_run_results(key)
    for name, value in results.items():
        setattr(stored, name, value)
    dataset.save_run_results(key, stored, overwrite=True)


def settings(dataset: fo.Dataset, key: str) -> dict[str, Any] | None:
    """The settings of a run of Plumb's, None if the dataset has no such run."""
    if key not in dataset.list_runs():
        return None
    return getattr(dataset.get_run_info(key).config, "settings", None)


def _installed(names: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
