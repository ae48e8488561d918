"""What a prediction has to do: which samples lack a map, which run it goes on with, and which maps it may not mix."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import fiftyone as fo
from fiftyone import ViewField as F

from plumb.datasets import fields, runs
from plumb.datasets.runs import Run
from plumb.files import is_older
from plumb.inference import ImageTask
from plumb.models import ModelSpec, Sampling

KIND = "predict_depth"
_MEND = "choose another field, or replace all of them: skip_existing=False on the whole dataset"
_SAMPLING = dataclasses.fields(Sampling)


@dataclass(frozen=True)
class Row:
    """A sample that lacks a map: its id and picture, and the picture's size where it is known, else 0."""

    id: str
    image: str
    height: int
    width: int


@dataclass(frozen=True)
class PredictionPlan:
    """A prediction of one model into one field.

    Attributes:
        dataset: where the samples are
        field: for the maps
        uncertainty_field: for the maps of uncertainty; None if they are not wanted
        settings: what a run must have in common with another whose maps may lie in the same field
        replace: whether samples get a new map whatever they have
    """

    dataset: fo.Dataset
    field: str
    uncertainty_field: str | None
    settings: dict[str, Any] = field(hash=False)
    replace: bool

    def check(self, collection: fo.SampleCollection) -> None:
        """Make sure that the fields can hold these maps, beside those that stay.

        Maps of two models in one field could not be told apart or compared.

        Raises:
            ValueError: if they cannot
        """
        fields.check_map_field(self.dataset, self.field)
        if self.uncertainty_field:
            fields.check_uncertainty_field(self.dataset, self.uncertainty_field)
        if not self.dataset.has_field(f"{self.field}.run"):
            return
        if self.dataset.distinct(f"{self.field}.source"):
            raise ValueError(f"field {self.field!r} holds imported ground truth; choose another field for predictions")
        for key, earlier in self._staying(collection):
            if earlier is None:
                raise ValueError(
                    f"field {self.field!r} holds maps of the run {key!r}, of which nothing is known here; {_MEND}"
                )
            if other := differing(self.settings, earlier):
                was = ", ".join(f"{name} {earlier.get(name)}" for name in other)
                raise ValueError(f"field {self.field!r} holds maps of another setting ({was}); {_MEND}")

    def check_loaded(self, collection: fo.SampleCollection, resolved: dict[str, Any]) -> None:
        """The same for what only the loaded model tells: the revision of a model of the hub, and its quantity.

        Args:
            resolved: see `begin`

        Raises:
            ValueError: if the maps that stay are of another revision or quantity
        """
        if not self.dataset.has_field(f"{self.field}.run"):
            return
        for _, earlier in self._staying(collection):
            for name in ("resolved_weights", "resolved_quantity"):
                was, now = (earlier or {}).get(name), resolved.get(name)
                if was is not None and was != now and not (name == "resolved_weights" and self.settings["weights"]):
                    what = name.removeprefix("resolved_")
                    raise ValueError(f"field {self.field!r} holds maps of other {what} ({was}, now {now}); {_MEND}")

    def missing(self, collection: fo.SampleCollection, run: Run | None) -> list[Row]:
        """The samples to predict, those of one size together.

        Args:
            run: the one that this prediction goes on with
        """
        columns = collection.values(["id", "filepath", "metadata.height", "metadata.width"])
        labels = [f"{self.field}.map_path", f"{self.field}.run", f"{self.uncertainty_field}.map_path"]
        columns = [*columns, *(_values(collection, path) for path in labels)]
        rows = []
        for key, image, height, width, path, writer, uncertainty in zip(*columns, strict=True):
            files = [path, uncertainty] if self.uncertainty_field else [path]
            there = all(file and os.path.exists(file) for file in files)
            # A replacing run that was stopped: is the map its own, and of the picture as it is now?
            done = not self.replace or (run is not None and writer == run.key and not is_older(path, image))
            if not (there and done):
                rows.append(Row(key, image, height or 0, width or 0))
        # Pictures of one size fill a batch together; the sizes are known where metadata is.
        return sorted(rows, key=lambda row: (row.height, row.width))

    def unfinished(self, folder: str | os.PathLike | None) -> Run | None:
        """The newest run that did the same and was stopped; None if there is none whose files lie below `folder`."""
        below = fields.maps_dir(folder)
        for run in runs.all_runs(self.dataset):
            if run.kind != KIND or run.field != self.field or run.finished or run.renaming:
                continue
            same = run.settings.get("replace") == self.replace and not differing(self.settings, run.settings)
            if same and below in Path(run.settings["folder"]).parents and os.path.isdir(run.settings["folder"]):
                return run
        return None

    def begin(self, run: Run | None, folder: str | os.PathLike | None, resolved: dict[str, Any], **how: Any) -> Run:
        """Register a new run with its folder, or go on with one.

        Args:
            run: the one to go on with; its record of how the model computes stays, see `computes_alike`
            resolved: how the model computes, by names that begin with "resolved_", and its device
            how: what else the run records
        """
        fields.declare_map_field(self.dataset, self.field)
        if self.uncertainty_field:
            fields.declare_uncertainty_field(self.dataset, self.uncertainty_field)
        if run is not None:
            runs.change_settings(self.dataset, run.key, {**run.settings, **how})
            return runs.read(self.dataset, run.key)
        key = runs.new_key(self.dataset, "predict", self.field)
        maps = fields.make_run_dir(self.dataset, self.field, key, folder)
        runs.start(
            self.dataset, key, KIND, field=self.field, uncertainty_field=self.uncertainty_field, folder=str(maps),
            replace=self.replace, **self.settings, **resolved, **how,
        )  # fmt: skip
        return runs.read(self.dataset, key)

    def tasks(self, rows: Iterable[Row], run: Run) -> Iterator[ImageTask]:
        folder = Path(run.settings["folder"])
        for row in rows:
            uncertainty = str(folder / f"{row.id}.uncertainty.png") if self.uncertainty_field else None
            yield ImageTask(row.id, row.image, str(folder / f"{row.id}.png"), uncertainty)

    def made(self, run: Run) -> int:
        """How many maps in the field are the run's."""
        return self.dataset.match(F(f"{self.field}.run") == run.key).count()

    def _staying(self, collection: fo.SampleCollection) -> Iterator[tuple[str, dict[str, Any] | None]]:
        """The runs of the maps that stay when this prediction is done: key, and settings if they are known."""
        staying = self.dataset.exclude(collection.values("id")) if self.replace else self.dataset
        for key in staying.distinct(f"{self.field}.run"):
            yield key, runs.settings(self.dataset, key)


def _values(collection: fo.SampleCollection, path: str) -> list[Any]:
    """None for every sample where the dataset has no such field."""
    return collection.values(path) if collection.has_field(path) else [None] * len(collection)


def computes_alike(run: Run, resolved: dict[str, Any]) -> bool:
    """Whether a model computes as it did in an earlier run: its weights, device, precision and the like.

    What a model has counted by then, such as requests, it may have counted otherwise.
    """
    return all(run.settings.get(name) == value for name, value in resolved.items() if not isinstance(value, int))


def differing(settings: dict[str, Any], earlier: dict[str, Any]) -> list[str]:
    """Names of the settings in which an earlier run is another than one with `settings`.

    The same weights under another name or path are the same model. "auto" takes maps of any precision, as they are
    within a thousandth of each other; a precision that is asked for takes its own only.
    """
    names = {name for name, value in settings.items() if earlier.get(name) != value}
    if settings["weights"] and earlier.get("weights") == settings["weights"]:
        names -= {"model", "source"}
    if settings["precision"] in ("auto", earlier.get("resolved_precision")):
        names -= {"precision"}
    if settings["quantity"] == earlier.get("resolved_quantity"):
        names -= {"quantity"}
    return [name for name in settings if name in names]


def mixed(collection: fo.SampleCollection, field: str) -> list[str]:
    """Keys of predictions whose maps lie in one field and are not of one model; [] where all are.

    A prediction that replaces another model's maps and was stopped leaves both.
    """
    dataset = collection._root_dataset
    known = {key: settings for key in collection.distinct(f"{field}.run") if (settings := runs.settings(dataset, key))}
    models = {key: _model(settings) for key, settings in known.items() if "model" in settings}
    return sorted(models) if len(set(models.values())) > 1 else []


def _model(settings: dict[str, Any]) -> tuple:
    """What tells the model of a run, and how it was used, from others."""
    weights = settings.get("resolved_weights") or settings["weights"] or settings["source"]
    return (weights, settings.get("resolved_quantity"), *(settings.get(setting.name) for setting in _SAMPLING))


def make_plan(
    dataset: fo.Dataset, spec: ModelSpec, field: str, quantity: str, precision: str, sampling: Sampling, replace: bool
) -> PredictionPlan:
    """Raises ValueError for settings that the model does not have."""
    settings = {
        "model": spec.name, "source": spec.source, "weights": spec.weights, "quantity": quantity,
        "precision": precision,
    }  # fmt: skip
    if spec.backend == "transformers":
        if changed := [name for name, value in asdict(sampling).items() if value != getattr(Sampling(), name)]:
            raise ValueError(f"{', '.join(changed)}: only diffusion models have this; {spec.name} is none")
    else:
        settings |= asdict(sampling)
    return PredictionPlan(dataset, field, f"{field}_uncertainty" if sampling.uncertainty else None, settings, replace)
