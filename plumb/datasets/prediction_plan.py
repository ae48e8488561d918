"""What a prediction has to do: which samples lack a map, which run it goes on with, and which maps it may not mix."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import fiftyone as fo

from plumb.datasets import fields, runs
from plumb.datasets.runs import Run
from plumb.inference import ImageTask
from plumb.models import ModelSpec, Sampling

KIND = "predict_depth"


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
        mend = "choose another field, or replace all of them: skip_existing=False on the whole dataset"
        staying = self.dataset.exclude(collection.values("id")) if self.replace else self.dataset
        for key in staying.distinct(f"{self.field}.run"):
            earlier = runs.settings(self.dataset, key)
            if earlier is None:
                raise ValueError(
                    f"field {self.field!r} holds maps of the run {key!r}, of which nothing is known here; {mend}"
                )
            if differing := self._differing(earlier):
                was = ", ".join(f"{name} {earlier.get(name)}" for name in differing)
                raise ValueError(f"field {self.field!r} holds maps of another setting ({was}); {mend}")

    def missing(self, collection: fo.SampleCollection, run: Run | None) -> list[Row]:
        """The samples to predict, those of one size together.

        Args:
            run: the one that this prediction goes on with
        """
        names = ["id", "filepath", "metadata.height", "metadata.width"]
        known = self.dataset.has_field(f"{self.field}.run")
        names += [f"{self.field}.map_path", f"{self.field}.run"] if known else []
        rows = []
        for key, image, height, width, *label in zip(*collection.values(names), strict=True):
            path, writer = label or (None, None)
            done = writer == (run and run.key) if self.replace else True
            if not (path and done and os.path.exists(path)):
                rows.append(Row(key, image, height or 0, width or 0))
        # Pictures of one size fill a batch together; the sizes are known where metadata is.
        return sorted(rows, key=lambda row: (row.height, row.width))

    def unfinished(self, folder: str | os.PathLike | None) -> Run | None:
        """The newest run that did the same and was stopped; None if there is none whose files lie below `folder`."""
        below = fields.maps_dir(folder)
        for run in runs.all_runs(self.dataset):
            if run.kind != KIND or run.field != self.field or run.finished or run.renaming:
                continue
            same = run.settings.get("replace") == self.replace and not self._differing(run.settings)
            if same and below in Path(run.settings["folder"]).parents and os.path.isdir(run.settings["folder"]):
                return run
        return None

    def begin(self, run: Run | None, folder: str | os.PathLike | None, **details: Any) -> Run:
        """Register a new run with its folder, or go on with one.

        Args:
            details: what else the run records: how the model computes
        """
        fields.declare_map_field(self.dataset, self.field)
        if self.uncertainty_field:
            fields.declare_uncertainty_field(self.dataset, self.uncertainty_field)
        if run is not None:
            runs.change_settings(self.dataset, run.key, {**run.settings, **details})
            return runs.read(self.dataset, run.key)
        key = runs.new_key(self.dataset, "predict", self.field)
        maps = fields.make_run_dir(self.dataset, self.field, key, folder)
        runs.start(
            self.dataset, key, KIND, field=self.field, uncertainty_field=self.uncertainty_field, folder=str(maps),
            replace=self.replace, **self.settings, **details,
        )  # fmt: skip
        return runs.read(self.dataset, key)

    def tasks(self, rows: Iterable[Row], run: Run) -> Iterator[ImageTask]:
        folder = Path(run.settings["folder"])
        for row in rows:
            uncertainty = str(folder / f"{row.id}.uncertainty.png") if self.uncertainty_field else None
            yield ImageTask(row.id, row.image, str(folder / f"{row.id}.png"), uncertainty)

    def _differing(self, earlier: dict[str, Any]) -> list[str]:
        """Names of the settings in which an earlier run is another."""
        differing = [name for name, value in self.settings.items() if earlier.get(name) != value]
        if self.settings["weights"] and earlier.get("weights") == self.settings["weights"]:
            differing = [name for name in differing if name != "model"]  # the same weights under another path
        return differing


def make_plan(
    dataset: fo.Dataset, spec: ModelSpec, field: str, quantity: str, precision: str, sampling: Sampling, replace: bool
) -> PredictionPlan:
    """Raises ValueError for settings that the model does not have."""
    settings = {"model": spec.name, "weights": spec.weights, "quantity": quantity, "precision": precision}
    if spec.backend == "transformers":
        if changed := [name for name, value in asdict(sampling).items() if value != getattr(Sampling(), name)]:
            raise ValueError(f"{', '.join(changed)}: only diffusion models have this; {spec.name} is none")
    else:
        settings |= asdict(sampling)
    return PredictionPlan(dataset, field, f"{field}_uncertainty" if sampling.uncertainty else None, settings, replace)
