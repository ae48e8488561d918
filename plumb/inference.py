"""Run a depth model over many image files: read ahead, batch by size, predict, write behind."""

from __future__ import annotations

import errno
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from plumb.batch_size import BatchSize
from plumb.depthmap import DepthMap, StoredMap, encode, read_map, write_map
from plumb.images import ImageError, read_rgb
from plumb.models.base import DepthModel, Prediction, Running, StopRun
from plumb.parallel import core_count, map_ahead


@dataclass(frozen=True)
class ImageTask:
    """One image to predict.

    Attributes:
        key: handed back with the result
        image: path of the picture
        map_path: where its depth map goes
        uncertainty_path: where the map of its uncertainty goes; None if it is not wanted
    """

    key: str
    image: str
    map_path: str
    uncertainty_path: str | None = None


@dataclass(frozen=True)
class Predicted:
    """An image whose maps are on disk, whole.

    Attributes:
        task: the image
        map: its depth
        uncertainty: in the map's own unit; None where it was not wanted
        found: whether the maps were there already, of a run that was stopped before it could say so
    """

    task: ImageTask
    map: StoredMap
    uncertainty: StoredMap | None = None
    found: bool = False


@dataclass(frozen=True)
class Failed:
    """An image that has no map, and why."""

    task: ImageTask
    reason: str


Outcome = Predicted | Failed


def predict_files(
    tasks: Iterable[ImageTask], model: DepthModel, batch_size: int | BatchSize | None = None
) -> Iterator[Outcome]:
    """Predict every task's image and write its map; an image that fails is reported and the others go on.

    Pictures are decoded and prepared, and maps are encoded and written, in threads while the model runs. Batches hold
    pictures of one size, so tasks that are sorted by size fill them best; memory is bounded whatever the order. A task
    whose map is there, whole, is done already.

    Args:
        batch_size: images a batch; by default what the model begins with, grown while that pays. Either way it is
            halved where memory runs out

    Raises:
        StopRun: if no other image would fare better; what was predicted until then has been yielded
        OSError: if the disk is full or cannot be written at all
    """
    if not isinstance(batch_size, BatchSize):
        batch_size = BatchSize(batch_size or model.batch_size, batch_size or model.largest_batch)
    workers = 2 if model.device == "cpu" else core_count()  # on the CPU the model has better use for the cores
    read = map_ahead(lambda task: _read(task, model), tasks, workers=workers, ahead=2 * batch_size.largest + 2)
    outcomes = _run(_batches(read, batch_size), model, batch_size)
    # A batch of finished maps may wait for the writers while the next is predicted.
    written = map_ahead(_write, outcomes, workers=workers, ahead=batch_size.largest + 2)
    try:
        for outcome, result in written:
            if isinstance(outcome, StopRun):
                raise outcome
            yield result
    finally:
        # Inside out, or the model's batches in flight would be cancelled only when the garbage collector comes by.
        for stage in (written, outcomes, read):
            stage.close()


@dataclass(frozen=True)
class _Image:
    """A picture in memory: its task, what the model made of it, and (height, width)."""

    task: ImageTask
    prepared: Any
    size: tuple[int, int]


def _read(task: ImageTask, model: DepthModel) -> _Image | Outcome:
    if done := _found(task):
        return done
    try:
        image = read_rgb(task.image)
        return _Image(task, model.prepare(image), image.shape[:2])
    except ImageError as error:
        return Failed(task, str(error))
    except Exception as error:  # whatever an image processor raises: the run must go on
        return Failed(task, f"{task.image}: {_line(error)}")


def _found(task: ImageTask) -> Predicted | None:
    """The maps of a run that was killed after it wrote them and before it could say so."""
    stored = read_map(task.map_path)
    if stored is None:
        return None
    uncertainty = read_map(task.uncertainty_path) if task.uncertainty_path else None
    if task.uncertainty_path and uncertainty is None:
        return None
    return Predicted(task, stored, uncertainty, found=True)


Batch = list[_Image]


def _batches(read: Iterable[tuple[ImageTask, _Image | Outcome]], batch_size: BatchSize) -> Iterator[Batch | Outcome]:
    """Group pictures by size; with many sizes at once the fullest group leaves early."""
    groups: dict[tuple[int, int], Batch] = defaultdict(list)
    for _, image in read:
        if not isinstance(image, _Image):
            yield image
            continue
        groups[image.size].append(image)
        if len(groups[image.size]) >= batch_size.size:
            yield groups.pop(image.size)
        elif sum(map(len, groups.values())) >= 4 * batch_size.size:
            yield groups.pop(max(groups, key=lambda size: len(groups[size])))
    yield from groups.values()


class _Broken:
    """A batch that could not even be started."""

    def __init__(self, error: Exception):
        self.error = error

    def result(self) -> list[Prediction]:
        raise self.error

    def cancel(self) -> None:
        """Nothing is left to stop."""


Ready = tuple[ImageTask, Prediction]


def _run(
    batches: Iterable[Batch | Outcome], model: DepthModel, batch_size: BatchSize
) -> Iterator[Ready | Outcome | StopRun]:
    """Predict batches, `model.in_flight` of them at a time. A `StopRun` comes last, behind all that was predicted."""
    flight: deque[tuple[Batch, Running]] = deque()
    try:
        for batch in batches:
            if not isinstance(batch, list):
                yield batch
                continue
            flight.append((batch, _start(batch, model)))
            if len(flight) >= model.in_flight:
                yield from _finish(*flight.popleft(), model, batch_size)
        while flight:
            yield from _finish(*flight.popleft(), model, batch_size)
    except StopRun as stop:
        while flight:  # they are under way, and may be paid for
            batch, running = flight.popleft()
            try:
                yield from _finish(batch, running, model, batch_size)
            except StopRun:
                continue
        yield stop
    finally:
        for _, running in flight:
            running.cancel()


def _start(batch: Batch, model: DepthModel) -> Running:
    try:
        return model.start([image.prepared for image in batch])
    except Exception as error:
        return _Broken(error)


def _finish(batch: Batch, running: Running, model: DepthModel, batch_size: BatchSize) -> Iterator[Ready | Failed]:
    try:
        predictions = running.result()
        _check(predictions, batch, model)
    except StopRun:
        raise
    except Exception as error:  # whatever a network raises: the run must go on
        yield from _again(batch, error, model, batch_size)
        return
    batch_size.ran(len(batch))
    for image, prediction in zip(batch, predictions, strict=True):
        yield image.task, prediction


def _again(batch: Batch, error: Exception, model: DepthModel, batch_size: BatchSize) -> Iterator[Ready | Failed]:
    """Divide a batch that failed: by two where memory ran out, else one by one, for one picture may have spoilt it."""
    if len(batch) == 1:
        yield Failed(batch[0].task, f"{batch[0].task.image}: {_line(error)}")
        return
    part = 1
    if _out_of_memory(error):
        part = (len(batch) + 1) // 2
        batch_size.out_of_memory(len(batch))
        _free_memory()
    for first in range(0, len(batch), part):
        smaller = batch[first : first + part]
        yield from _finish(smaller, _start(smaller, model), model, batch_size)


def _out_of_memory(error: Exception) -> bool:
    """Of the host, of a GPU (`torch.OutOfMemoryError`, whatever the version calls its module), of torch on the CPU."""
    said = str(error)
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or (isinstance(error, RuntimeError) and ("can't allocate memory" in said or "out of memory" in said))
    )


def _free_memory() -> None:
    """Give back what torch keeps for later: in pieces of the larger batch it does not fit the smaller one."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _check(predictions: Sequence[Prediction], batch: Batch, model: DepthModel) -> None:
    found, expected = [p.depth.values.shape for p in predictions], [image.size for image in batch]
    if found != expected:
        raise ValueError(f"{model.name} gave maps of shapes {found} for images of shapes {expected}")


def _write(outcome: Ready | Outcome | StopRun) -> Outcome | StopRun:
    if not isinstance(outcome, tuple):
        return outcome
    task, prediction = outcome
    encoded = encode(prediction.depth)
    if not encoded.codes.any():
        return Failed(task, f"{task.image}: the model gave no finite value")
    try:
        # The uncertainty first: where the map is, all is there.
        uncertainty = _write_uncertainty(task, prediction)
        stored = write_map(task.map_path, encoded, prediction.depth.field_of_view)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            raise  # no other image would fare better
        return Failed(task, f"{task.map_path}: cannot be written ({error.strerror or error})")
    return Predicted(task, stored, uncertainty)


def _write_uncertainty(task: ImageTask, prediction: Prediction) -> StoredMap | None:
    if task.uncertainty_path is None or prediction.uncertainty is None:
        return None
    # Codes that span the map's own values, as those of affine depth do.
    return write_map(task.uncertainty_path, encode(DepthMap(prediction.uncertainty, "affine_depth")))


def _line(error: Exception) -> str:
    """An error in one line: what follows is advice to programmers."""
    return f"{type(error).__name__}: {error}".splitlines()[0]
