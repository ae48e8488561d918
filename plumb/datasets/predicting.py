"""Predict depth for a collection's images into a field."""

from __future__ import annotations

import logging
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import fiftyone as fo

from plumb.batch_size import BatchSize
from plumb.datasets import fields, runs
from plumb.datasets.appearance import show_maps
from plumb.datasets.claims import Held, claim, field_claim
from plumb.datasets.prediction_plan import PredictionPlan, computes_alike, make_plan
from plumb.datasets.runs import Run
from plumb.engines import ENGINES, RayActors
from plumb.inference import Failed, Outcome, Predicted, predict_in_thread
from plumb.jobs import Job, Progress, awaited
from plumb.models import DepthModel, Sampling, load_network, resolve

# One database write for so many maps, or for those of so many seconds.
_MAPS, _SECONDS = 256, 1.0

# A job that is stopped leaves its model loading: the next one waits for it, and finds it loaded.
_loading = threading.Lock()

_log = logging.getLogger(__name__)


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
    name = os.path.basename(os.path.normpath(model)).partition(":")[0]
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
    engine: str = "local",
    skip_existing: bool = True,
    maps_dir: str | os.PathLike | None = None,
    token: str | None = None,
    **sampling: Any,
) -> Job[PredictReport]:
    """Predict the depth of every image of `collection`, one map a sample.

    Where the same call was stopped before, or killed, it goes on in the same run: maps that are on disk are taken up.

    Args:
        collection: a dataset or view of images
        model: catalog name, hub id or local folder
        field: field for the maps, by default named after the model
        backend, quantity, precision: see `plumb.models.load_network`
        batch_size: images a forward pass; "auto" finds out what is fastest. Halved where memory runs out
        engine: "local", this process, or "ray", see `plumb.engines`
        skip_existing: leave samples alone that have a map in `field`; else they get a new one
        maps_dir: where map files go, see `fields.maps_dir`
        token: of the remote service, for models that run on one
        **sampling: settings of diffusion models, see `plumb.models.Sampling`; its `uncertainty` gets a field of its own

    Raises:
        ValueError: if a parameter is wrong, `field` holds maps of another model, or another operation writes to it
        ModelError: if the model cannot be loaded
        StopRun: if the model's service ends the run; what was predicted until then is stored
    """
    dataset, field = collection._root_dataset, field or default_field(model)
    if batch_size != "auto" and (not isinstance(batch_size, int) or isinstance(batch_size, bool) or batch_size < 1):
        raise ValueError(f"batch_size is 'auto' or a whole number from 1, not {batch_size!r}")
    if engine not in ENGINES:
        raise ValueError(f"engine is one of {', '.join(ENGINES)}, not {engine!r}")
    spec, how = resolve(model, backend), Sampling(**sampling)
    if engine == "ray" and spec.backend == "replicate":
        raise ValueError(f'{spec.name} runs on the machines of its service: choose engine="local"')
    if dataset.media_type not in (None, "image"):
        raise ValueError(f"dataset {dataset.name!r} holds {dataset.media_type}; predict_depth needs images")
    plan = make_plan(dataset, spec, field, quantity, precision, how, replace=not skip_existing)
    with claim(field_claim(dataset, field), f"predict_depth into {field!r} of dataset {dataset.name!r}") as held:
        dataset.save()  # what the caller has changed and not saved would be lost:
        dataset.reload()  # another process may have begun what this one goes on with
        plan.check(collection)
        run = plan.unfinished(maps_dir)
        todo = plan.missing(collection, run)
        existing = len(collection) - len(todo)
        if not todo:
            if run is not None:  # it was stopped when all was done but this
                _finish(plan, run, PredictReport(field, run.key, 0, existing, []))
            return PredictReport(field, None, 0, existing, [])
        loading = Progress(0, len(todo), f"loading {model}")
        yield loading
        load = partial(load_network, spec, quantity=quantity, precision=precision, sampling=how, token=token)
        # On Replicate a batch is one image: one that fails must not be paid for twice.
        asked = None if batch_size == "auto" or spec.backend == "replicate" else batch_size
        with ExitStack() as stack:
            if engine == "ray":
                actors = stack.enter_context(RayActors(load))
                for _ in actors.load():
                    yield loading
                details, size, work = actors.details, asked, actors.predict
            else:
                network = yield from awaited(partial(_one_at_a_time, load), loading)
                size = BatchSize(asked or network.batch_size, asked or network.largest_batch)
                details, work = network.details(), partial(predict_in_thread, model=network)
            resolved = _resolved(details)
            plan.check_loaded(collection, resolved)
            if run is not None and not computes_alike(run, resolved):
                run, todo = None, plan.missing(collection, None)
            run = plan.begin(run, maps_dir, resolved, engine=engine, batch_size=batch_size)
            outcomes = work(plan.tasks(todo, run), batch_size=size)
            predicted, found, failed = yield from _store(plan, run, outcomes, held, len(todo))
        report = PredictReport(field, run.key, predicted, existing + found, failed)
        if engine == "ray":
            _finish(plan, run, report)
        else:
            counted = {name: value for name, value in network.details().items() if value != details[name]}
            _finish(plan, run, report, batch_size=size.used or size.size, **counted)
        return report


def _one_at_a_time(load: Callable[[], DepthModel]) -> DepthModel:
    with _loading:
        return load()


def _finish(plan: PredictionPlan, run: Run, report: PredictReport, **found_out: Any) -> None:
    """Store the run's results: of all its sessions, where it was stopped and taken up again."""
    made = plan.made(run)
    earlier = max(report.existing + report.predicted - made, 0)
    runs.finish(plan.dataset, run.key, **asdict(replace(report, predicted=made, existing=earlier)), **found_out)
    show_maps(plan.dataset, plan.field)


def _store(
    plan: PredictionPlan, run: Run, outcomes: Iterator[Outcome | None], held: Held, total: int
) -> Job[tuple[int, int, list[dict[str, str]]]]:
    """Write labels as maps are finished, several with one database write; tell the progress also where it halts.

    Returns:
        how many were predicted, how many of a stopped run were found, and what failed
    """
    predicted, found, failed = 0, 0, []
    waiting: list[Outcome] = []
    written = time.monotonic()
    try:
        for outcome in outcomes:
            if held.lost:
                waiting.clear()
                raise ValueError(f"another operation has taken field {plan.field!r} over; this one stops")
            if isinstance(outcome, Failed):
                failed.append({"filepath": outcome.task.image, "reason": outcome.reason})
            elif outcome is not None:
                found, predicted = found + outcome.found, predicted + (not outcome.found)
            if outcome is not None:
                waiting.append(outcome)
            if len(waiting) >= _MAPS or time.monotonic() > written + _SECONDS:
                _write_labels(plan, run.key, waiting)
                waiting, written = [], time.monotonic()
            yield Progress(predicted + found + len(failed), total, f"{predicted + found} of {total} images predicted")
    except BaseException:  # a job that is closed too
        outcomes.close()
        _write_labels_if_possible(plan, run.key, waiting)
        raise
    _write_labels(plan, run.key, waiting)
    return predicted, found, failed


def _write_labels_if_possible(plan: PredictionPlan, run: str, outcomes: list[Outcome]) -> None:
    """However a run ends, what is predicted is kept; but what has ended it is told rather than an error of this."""
    try:
        _write_labels(plan, run, outcomes)
    except Exception as error:
        message = "what became of %d images of field %r was not recorded (%s); the next run takes their maps up"
        _log.warning(message, len(outcomes), plan.field, error)


def _write_labels(plan: PredictionPlan, run: str, outcomes: list[Outcome]) -> None:
    maps = [outcome for outcome in outcomes if isinstance(outcome, Predicted)]
    labels: dict[str, fo.Heatmap | None] = {
        done.task.key: fields.to_heatmap(done.map.file, done.map.range, run) for done in maps
    }
    if plan.replace:  # an image that failed does not keep another model's map
        labels |= {outcome.task.key: None for outcome in outcomes if isinstance(outcome, Failed)}
    if not labels:
        return
    if any(done.map.file.field_of_view is not None for done in maps):
        fields.declare_field_of_view(plan.dataset, plan.field)
    # The uncertainty first: a sample that has its map has all. Where none is wanted, none of another model's stays.
    beside = f"{plan.field}_uncertainty"
    if plan.dataset.has_field(f"{beside}.uncertainty_of"):
        uncertain = dict.fromkeys(labels) | {
            done.task.key: fields.to_uncertainty(done.uncertainty.file, done.uncertainty.range, run, plan.field)
            for done in maps
            if done.uncertainty
        }
        plan.dataset.set_values(beside, uncertain, key_field="id")
    plan.dataset.set_values(plan.field, labels, key_field="id")


def _resolved(details: dict[str, Any]) -> dict[str, Any]:
    """What the model says of itself, under names of its own beside what was asked for."""
    return {name if name == "device" else f"resolved_{name}": value for name, value in details.items()}
