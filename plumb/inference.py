"""Run a depth model over many image files: read ahead, batch by size, predict, write behind."""

from __future__ import annotations

import errno
from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass

from plumb.batch_size import BatchSize
from plumb.depthmap import DepthMap, StoredMap, encode, read_map, write_map
from plumb.device_errors import device_lost, one_line, out_of_memory
from plumb.files import is_older
from plumb.flight import Batch, Flight, LoadedImage
from plumb.images import ImageError, read_rgb
from plumb.models.base import DepthModel, Prediction, StopRun
from plumb.parallel import core_count, map_ahead, ticking

_HELD = 512 << 20  # bytes of prepared pictures that are read ahead, and as many that wait for others of their size


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
    return _predict(tasks, _flight(model, batch_size))


def predict_in_thread(
    tasks: Iterable[ImageTask], model: DepthModel, batch_size: int | BatchSize | None = None, every: float = 1.0
) -> Iterator[Outcome | None]:
    """`predict_files` in a thread of its own: None whenever `every` seconds pass without an outcome.

    Closing cancels the batches in flight at once, from the closing thread, and no map is begun after it.
    """
    flight = _flight(model, batch_size)
    return ticking(_predict(tasks, flight), every, flight.cancel)


def _flight(model: DepthModel, batch_size: int | BatchSize | None) -> Flight[ImageTask]:
    if not isinstance(batch_size, BatchSize):
        batch_size = BatchSize(batch_size or model.batch_size, batch_size or model.largest_batch)
    return Flight(model, batch_size)


def _predict(tasks: Iterable[ImageTask], flight: Flight[ImageTask]) -> Generator[Outcome, None, None]:
    model, batch_size = flight.model, flight.batch_size
    workers = 2 if model.device == "cpu" else core_count()  # on the CPU the model has better use for the cores
    reader = _Reader(model)
    most = 2 * batch_size.largest + 2
    read = map_ahead(reader.read, tasks, workers, ahead=lambda: min(most, reader.fitting(workers)))
    outcomes = _until_stopped(flight.predict(_batches(read, batch_size)))
    # A batch of finished maps may wait for the writers while the next is predicted.
    written = map_ahead(_write, outcomes, workers, ahead=batch_size.largest + 2, prompt=True)
    try:
        for outcome, result in written:
            if isinstance(outcome, StopRun):
                raise outcome
            yield result
    finally:
        # Inside out, or the model's batches in flight would be cancelled only when the garbage collector comes by.
        for stage in (written, outcomes, read):
            stage.close()


class _Reader:
    """Reads and prepares pictures, and says how many of them may be held."""

    def __init__(self, model: DepthModel):
        self._model = model
        self._bytes = 0  # of the picture that was prepared last: tasks are sorted by size, the next is like it

    def fitting(self, unknown: int) -> int:
        """How many pictures `_HELD` bytes hold, but at least one; `unknown` before the first is prepared."""
        return max(1, _HELD // self._bytes) if self._bytes else unknown

    def read(self, task: ImageTask) -> LoadedImage[ImageTask] | Outcome | StopRun:
        if done := _found(task):
            return done
        try:
            image = read_rgb(task.image)
        except ImageError as error:
            return Failed(task, str(error))
        try:
            prepared = self._model.prepare(image)
        except Exception as error:  # whatever an image processor raises: the run must go on
            return _not_prepared(task, error)
        loaded = LoadedImage(task, prepared, image.shape[:2])
        self._bytes = _bytes(loaded)
        return loaded


def _not_prepared(task: ImageTask, error: Exception) -> Failed | StopRun:
    if lost := device_lost(error):
        return lost
    if out_of_memory(error):
        return StopRun(
            f"memory ran out while {task.image} was prepared ({one_line(error)}): free some, or set a smaller "
            "batch_size, and run this again for the rest"
        )
    return Failed(task, f"{task.image}: {one_line(error)}")


def _found(task: ImageTask) -> Predicted | None:
    """The maps of a run that was killed after it wrote them and before it could say so; not of a changed picture."""
    stored = read_map(task.map_path)
    if stored is None or is_older(task.map_path, task.image):
        return None
    uncertainty = read_map(task.uncertainty_path) if task.uncertainty_path else None
    if task.uncertainty_path and uncertainty is None:
        return None
    return Predicted(task, stored, uncertainty, found=True)


def _bytes(image: LoadedImage) -> int:
    """What a prepared image holds: an array or a tensor, or what has some among its attributes."""
    parts = [image.prepared, *getattr(image.prepared, "__dict__", {}).values()]
    return sum(getattr(part, "nbytes", 0) or (len(part) if isinstance(part, bytes) else 0) for part in parts)


def _batches(
    read: Iterable[tuple[ImageTask, LoadedImage[ImageTask] | Outcome | StopRun]], batch_size: BatchSize
) -> Iterator[Batch | Outcome | StopRun]:
    """Group pictures by size; with many sizes at once the fullest group leaves early."""
    groups: dict[tuple[int, int], Batch] = defaultdict(list)
    held = 0  # bytes
    for _, image in read:
        if not isinstance(image, LoadedImage):
            yield image
            continue
        group = groups[image.size]
        group.append(image)
        held += _bytes(image)
        too_much = held > _HELD or sum(map(len, groups.values())) >= 4 * batch_size.size
        if len(group) >= batch_size.of(image.size[0] * image.size[1]):
            leaves = image.size
        elif len(groups) > 1 and too_much:
            leaves = max(groups, key=lambda size: len(groups[size]))
        else:
            continue
        batch = groups.pop(leaves)
        held -= sum(map(_bytes, batch))
        yield batch
    yield from groups.values()


Ready = tuple[ImageTask, Prediction | str]


def _until_stopped(outcomes: Iterator[Ready | Outcome]) -> Iterator[Ready | Outcome | StopRun]:
    """A `StopRun` comes last instead of being raised: what is before it has yet to be written."""
    try:
        yield from outcomes
    except StopRun as stop:
        yield stop


def _write(outcome: Ready | Outcome | StopRun) -> Outcome | StopRun:
    if not isinstance(outcome, tuple):
        return outcome
    task, prediction = outcome
    if isinstance(prediction, str):
        return Failed(task, f"{task.image}: {prediction}")
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
