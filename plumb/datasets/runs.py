"""The record of what was done to a dataset: FiftyOne custom runs, loadable without this plugin."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import fiftyone as fo

import plumb

_PREFIX = "plumb"
_OWN_FIELD = {"import": "gt_field", "predict": "field", "evaluate": "pred_field"}
_VERSIONS = (
    "fiftyone", "numpy", "opencv-python-headless", "numba", "isal", "torch", "transformers", "diffusers", "ray",
)  # fmt: skip


@dataclass(frozen=True)
class Run:
    """A run of Plumb's, as its dataset records it.

    Attributes:
        key: what the dataset knows it by
        kind: the operator that made it, such as "predict_depth"
        settings: what it was told and found, see the operator's module
        versions: of Plumb and what it stands on, by package
        when: when it began, UTC
        finished: whether it has stored its results; one that has not is still at work, or was stopped
    """

    key: str
    kind: str
    settings: dict[str, Any] = field(hash=False)
    versions: dict[str, str] = field(hash=False)
    when: datetime
    finished: bool

    @property
    def verb(self) -> str:
        """ "import", "predict" or "evaluate"."""
        return self.kind.partition("_")[0]

    @property
    def field(self) -> str:
        """The field of depth maps that it wrote, or whose maps it scored."""
        return self.settings[_OWN_FIELD[self.verb]]

    @property
    def fields(self) -> list[str]:
        """All fields of depth maps that it is about: its own, and of an evaluation the ground truth too."""
        return list(dict.fromkeys([self.field, self.settings.get("gt_field", self.field)]))

    @property
    def renaming(self) -> dict[str, Any] | None:
        """The plan of a rename that was interrupted, see `plumb.datasets.renaming`."""
        return self.settings.get("renaming")


def all_runs(dataset: fo.Dataset) -> list[Run]:
    """Plumb's runs of a dataset, the newest first; runs of others are not among them."""
    # By their key first: to read the record of a run of another plugin, that plugin would have to be there.
    found = [_read(dataset, key) for key in dataset.list_runs() if key.startswith(f"{_PREFIX}_")]
    return sorted((run for run in found if run), key=lambda run: run.when, reverse=True)


def read(dataset: fo.Dataset, key: str) -> Run:
    """One of Plumb's runs.

    Raises:
        ValueError: if the dataset has no such run of Plumb's
    """
    run = _read(dataset, key) if key in dataset.list_runs() else None
    if run is None:
        known = ", ".join(run.key for run in all_runs(dataset)) or "it has none"
        raise ValueError(f"{key!r} is no run of Plumb's in dataset {dataset.name!r}; its runs: {known}")
    return run


def change_settings(dataset: fo.Dataset, key: str, settings: dict[str, Any]) -> None:
    """Give a run other settings; all else about it stays."""
    config = dataset.get_run_info(key).config
    config.settings = settings
    dataset.update_run_config(key, config)


def results(dataset: fo.Dataset, key: str) -> dict[str, Any]:
    """What a run has stored, {} if it has not finished. Read anew: another process may have written it."""
    file = dataset._doc.runs[key].results
    if not file or file.get() is None:  # none at all, or gone: a deletion was killed between results and run
        return {}
    stored = dataset.load_run_results(key, cache=False, load_view=False)
    return {name: value for name, value in stored.serialize().items() if name != "cls"}


def new_key(dataset: fo.Dataset, kind: str, field: str) -> str:
    """A run key that neither the dataset nor a map of `field` has, such as `plumb_predict_dpt_2`."""
    taken, number = {*dataset.list_runs(), *dataset.distinct(f"{field}.run")}, 1
    while numbered_key(kind, field, number) in taken:
        number += 1
    return numbered_key(kind, field, number)


def numbered_key(kind: str, field: str, number: int) -> str:
    """The run key of an import or a prediction."""
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


def _read(dataset: fo.Dataset, key: str) -> Run | None:
    info = dataset.get_run_info(key)
    prefix, _, kind = (info.config.method or "").partition("/")
    if prefix != _PREFIX or kind.partition("_")[0] not in _OWN_FIELD:
        return None
    # Whether there are results, without reading them: the form lists runs at every keystroke.
    finished = bool(dataset._doc.runs[key].results)
    # Copies: what comes from FiftyOne is a part of its document, and of a type that cannot be copied itself.
    settings, versions = json.loads(json.dumps([info.config.settings, info.config.versions]))
    return Run(key, kind, settings, versions, info.timestamp, finished)


def _installed(names: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
