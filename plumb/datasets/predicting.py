"""Predict depth for a collection's images into a field."""

from __future__ import annotations

import os
import re
from dataclasses import asdict, dataclass

import fiftyone as fo

from plumb.datasets import fields, runs
from plumb.datasets.appearance import show_maps
from plumb.inference import Failed, ImageTask, Predicted, predict_files
from plumb.jobs import Job, Progress
from plumb.models import load_network, resolve
from plumb.parallel import batched

# Samples whose maps wait for one database write: small, so that a killed run loses little.
_BATCH = 32


@dataclass(frozen=True)
class PredictReport:
    """What a prediction did.

    Attributes:
        field: where the maps are
        run: key of the run that wrote them; None when there was nothing to do
        predicted: images predicted now
        existing: samples that had a map already
        failed: images without a map, each as {filepath, reason}
    """

    field: str
    run: str | None
    predicted: int
    existing: int
    failed: list[dict[str, str]]


def default_field(model: str) -> str:
    """A field name for a model: "Intel/dpt-hybrid-midas" -> "dpt_hybrid_midas"."""
    name = os.path.basename(os.path.normpath(model))
    letters = re.sub("[^a-z0-9]+", "_", name.lower()).strip("_")
    return letters if letters[:1].isalpha() else f"depth_{letters}"


def predict_depth(
    collection: fo.SampleCollection,
    model: str,
    field: str | None = None,
    *,
    backend: str = "auto",
    quantity: str = "auto",
    batch_size: int | str = "auto",
    precision: str = "auto",
    skip_existing: bool = True,
    maps_dir: str | os.PathLike | None = None,
) -> Job[PredictReport]:
    """Predict the depth of every image of `collection`, one map a sample.

    Args:
        collection: a dataset or view of images
        model: catalog name, hub id or local folder
        field: field for the maps, by default named after the model
        backend, quantity, precision: see `plumb.models.load_network`
        batch_size: images a forward pass; "auto" takes what suits the device
        skip_existing: leave samples alone that have a map in `field`; else they get a new one
        maps_dir: where map files go, see `fields.maps_dir`

    Raises:
        ValueError: if a parameter is wrong, or `field` holds maps of another model
        ModelError: if the model cannot be loaded
    """
    dataset, field = collection._root_dataset, field or default_field(model)
    if batch_size != "auto" and (not isinstance(batch_size, int) or batch_size < 1):
        raise ValueError(f"batch_size is 'auto' or a whole number from 1, not {batch_size!r}")
    if dataset.media_type not in (None, "image"):
        raise ValueError(f"dataset {dataset.name!r} holds {dataset.media_type}; predict_depth needs images")
    spec = resolve(model, backend)
    settings = {"model": spec.name, "weights": spec.weights, "quantity": quantity, "precision": precision}
    fields.check_map_field(dataset, field)

    columns = collection.values(["id", "filepath", "metadata.height", "metadata.width"])
    known = (
        collection.values(f"{field}.map_path") if dataset.has_field(f"{field}.map_path") else [None] * len(columns[0])
    )
    rows = list(zip(*columns, known, strict=True))
    _check_same_model(dataset, field, settings, replaced=[] if skip_existing else columns[0])
    todo = [row for row in rows if not (skip_existing and row[4] and os.path.exists(row[4]))]
    # Pictures of one size fill a batch together; the sizes are known where metadata is.
    todo.sort(key=lambda row: (row[2] or 0, row[3] or 0))
    existing, predicted, failed = len(rows) - len(todo), 0, []
    if not todo:
        return PredictReport(field, None, 0, existing, [])

    yield Progress(0, len(todo), f"loading {model}")
    network = load_network(spec, quantity=quantity, precision=precision)
    fields.declare_map_field(dataset, field)
    run = runs.new_key(dataset, "predict", field)
    runs.start(
        dataset, run, "predict_depth", field=field, device=network.device,
        batch_size=network.batch_size if batch_size == "auto" else batch_size,
        **settings, source=spec.source, resolved_quantity=network.quantity, resolved_precision=network.precision,
    )  # fmt: skip
    target = fields.make_run_dir(dataset, field, run, maps_dir)
    tasks = (ImageTask(key, path, str(target / f"{key}.png")) for key, path, *_ in todo)
    outcomes = predict_files(tasks, network, None if batch_size == "auto" else batch_size)
    for batch in batched(outcomes, _BATCH):
        labels = {
            outcome.task.key: fields.to_heatmap(outcome.map, outcome.range, run)
            for outcome in batch
            if isinstance(outcome, Predicted)
        }
        dataset.set_values(field, labels, key_field="id")
        predicted += len(labels)
        failed += [
            {"filepath": outcome.task.image, "reason": outcome.reason}
            for outcome in batch
            if isinstance(outcome, Failed)
        ]
        yield Progress(predicted + len(failed), len(todo), f"{predicted} of {len(todo)} images predicted")
    report = PredictReport(field, run, predicted, existing, failed)
    runs.finish(dataset, run, **asdict(report))
    show_maps(dataset, field)
    return report


def _check_same_model(dataset: fo.Dataset, field: str, settings: dict[str, str], replaced: list[str]) -> None:
    """Maps of two models in one field could not be told apart or compared: refuse to mix them.

    Args:
        replaced: ids of the samples that get a new map whatever they have
    """
    if not dataset.has_field(f"{field}.run"):
        return
    if dataset.distinct(f"{field}.source"):
        raise ValueError(f"field {field!r} holds imported ground truth; choose another field for predictions")
    mend = "choose another field, or replace all of them: skip_existing=False on the whole dataset"
    for run in dataset.exclude(replaced).distinct(f"{field}.run"):
        earlier = runs.settings(dataset, run)
        if earlier is None:
            raise ValueError(f"field {field!r} holds maps of the run {run!r}, of which nothing is known here; {mend}")
        differing = [name for name, value in settings.items() if earlier.get(name) != value]
        if settings["weights"] and earlier.get("weights") == settings["weights"]:
            differing = [name for name in differing if name != "model"]  # the same weights under another path
        if differing:
            was = ", ".join(f"{name} {earlier.get(name)}" for name in differing)
            raise ValueError(f"field {field!r} holds maps of another setting ({was}); {mend}")
