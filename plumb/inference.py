"""Run a depth model over many image files: read ahead, batch by size, predict, write behind."""

from __future__ import annotations

import errno
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from plumb.depthmap import DepthMap, MapFile, encode, write_codes
from plumb.images import ImageError, read_rgb
from plumb.models import DepthModel
from plumb.parallel import map_ahead


@dataclass(frozen=True)
class ImageTask:
    """One image to predict: `key` is handed back with the result, the map goes to `map_path`."""

    key: str
    image: str
    map_path: str


@dataclass(frozen=True)
class Predicted:
    """A map that is on disk, whole, with the range of codes worth showing."""

    task: ImageTask
    map: MapFile
    range: tuple[int, int]


@dataclass(frozen=True)
class Failed:
    """An image that has no map, and why."""

    task: ImageTask
    reason: str


def predict_files(
    tasks: Iterable[ImageTask], model: DepthModel, batch_size: int | None = None
) -> Iterator[Predicted | Failed]:
    """Predict every task's image and write its map; an image that fails is reported and the others go on.

    Pictures are decoded and maps are encoded in threads while the model runs. Batches hold pictures of one size, so
    tasks that are sorted by size fill them best; memory is bounded whatever the order.

    Args:
        batch_size: images a call, by default what suits the model's device
    """
    batch_size = batch_size or model.batch_size
    batches = _batches(map_ahead(_read, tasks, workers=2, ahead=2 * batch_size + 2), batch_size)
    predictions = (outcome for batch in batches for outcome in _predict(batch, model))
    # One batch of finished maps may wait for the writers while the next is predicted.
    for _, written in map_ahead(_write, predictions, workers=2, ahead=batch_size + 2):
        yield written


def _read(task: ImageTask) -> np.ndarray | ImageError:
    try:
        return read_rgb(task.image)
    except ImageError as error:
        return error


Batch = list[tuple[ImageTask, np.ndarray]]


def _batches(read: Iterable[tuple[ImageTask, np.ndarray | ImageError]], size: int) -> Iterator[Batch | Failed]:
    """Group pictures by size; with many sizes at once the fullest group leaves early."""
    groups: dict[tuple[int, ...], Batch] = defaultdict(list)
    for task, image in read:
        if isinstance(image, ImageError):
            yield Failed(task, str(image))
            continue
        groups[image.shape].append((task, image))
        if len(groups[image.shape]) >= size:
            yield groups.pop(image.shape)
        elif sum(map(len, groups.values())) >= 4 * size:
            yield groups.pop(max(groups, key=lambda shape: len(groups[shape])))
    yield from groups.values()


def _predict(batch: Batch | Failed, model: DepthModel) -> Iterator[tuple[ImageTask, DepthMap] | Failed]:
    if isinstance(batch, Failed):
        yield batch
        return
    try:
        maps = _predict_images([image for _, image in batch], model)
    except Exception as error:  # whatever a network raises: the run must go on
        if len(batch) == 1:
            reason = f"{type(error).__name__}: {error}".splitlines()[0]  # advice to programmers follows
            yield Failed(batch[0][0], f"{batch[0][0].image}: {reason}")
            return
        # One picture may have spoilt the others' batch: try each alone.
        for item in batch:
            yield from _predict([item], model)
        return
    for (task, _), depth_map in zip(batch, maps, strict=True):
        yield task, depth_map


def _predict_images(images: list[np.ndarray], model: DepthModel) -> list[DepthMap]:
    maps = [prediction.depth for prediction in model.infer(images)]
    found, expected = [depth_map.values.shape for depth_map in maps], [image.shape[:2] for image in images]
    if found != expected:
        raise ValueError(f"{model.name} gave maps of shapes {found} for images of shapes {expected}")
    return maps


def _write(outcome: tuple[ImageTask, DepthMap] | Failed) -> Predicted | Failed:
    if isinstance(outcome, Failed):
        return outcome
    task, depth_map = outcome
    encoded = encode(depth_map)
    if not encoded.codes.any():
        return Failed(task, f"{task.image}: the model gave no finite value")
    try:
        write_codes(task.map_path, encoded.codes)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            raise  # no other image would fare better
        return Failed(task, f"{task.map_path}: cannot be written ({error.strerror or error})")
    stored = MapFile(task.map_path, encoded.quantity, encoded.scale, encoded.offset, encoded.unit)
    return Predicted(task, stored, encoded.range)
