"""The engine at its limits: memory that runs out, batches in flight, services that end the run, maps left by a kill."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from plumb.depthmap import DepthMap, read_codes
from plumb.inference import Failed, Predicted, predict_files
from plumb.models import DepthModel, Done, Prediction, StopRun
from tests.test_inference import SMALL, WIDE, BrightnessModel, Photos, assert_whole, outcomes


@pytest.fixture
def photos(tmp_path) -> Photos:
    return Photos(tmp_path)


# Memory


@dataclass
class SmallMemory(BrightnessModel):
    """Has room for so many images, and says otherwise what torch says."""

    room: int = 2
    error: Exception = field(default_factory=MemoryError)

    def start(self, images: Sequence[np.ndarray]) -> Done:
        if len(images) > self.room:
            self.batches.append((images[0].shape[:2], len(images)))
            raise self.error
        return super().start(images)


def out_of_memory_errors() -> list[Exception]:
    torch = pytest.importorskip("torch")
    return [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory"),
    ]


@pytest.mark.parametrize("error", out_of_memory_errors(), ids=lambda error: type(error).__name__)
def test_where_memory_runs_out_batches_are_halved_and_no_image_is_lost(photos, error):
    model = SmallMemory(batch_size=8, room=2, error=error)
    found = outcomes([photos.task() for _ in range(20)], model)
    for outcome in found.values():
        assert_whole(outcome, model)
    # The first batch is divided until it fits, and from then on batches fit at once.
    assert [count for _, count in model.batches] == [8, 4, 2, 2, 4, 2, 2, *[2] * 6]


def test_one_image_that_is_too_large_alone_is_reported_and_the_others_go_on(photos):
    class NoRoomForWide(BrightnessModel):
        def start(self, images: Sequence[np.ndarray]) -> Done:
            if images[0].shape[:2] == WIDE:
                raise MemoryError("too wide")
            return super().start(images)

    wide, small = photos.task(WIDE), [photos.task() for _ in range(4)]
    found = outcomes([wide, *small], NoRoomForWide())
    assert found[wide.key].reason == f"{wide.image}: MemoryError: too wide"
    assert all(isinstance(found[task.key], Predicted) for task in small)


# In flight


class _Promise:
    def __init__(self, model: Remote, images: Sequence[np.ndarray]):
        self._model, self._images = model, images

    def result(self) -> list[Prediction]:
        self._model.waiting -= 1
        return self._model.wait(self._images)

    def cancel(self) -> None:
        self._model.waiting -= 1
        self._model.cancelled += 1


@dataclass
class Remote(DepthModel):
    """One image a batch, several in flight; `stop` ends the run at an image of that red."""

    in_flight: int = 3
    stop: int | None = None
    name: str = "remote"
    quantity: str = "depth"
    device: str = "elsewhere"
    precision: str = ""
    batch_size: int = 1
    largest_batch: int = 1
    waiting: int = 0
    most: int = 0
    started: int = 0
    cancelled: int = 0

    def start(self, images: Sequence[np.ndarray]) -> _Promise:
        self.started += 1
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        return _Promise(self, images)

    def wait(self, images: Sequence[np.ndarray]) -> list[Prediction]:
        if any((image[..., 0] == self.stop).all() for image in images):
            raise StopRun("no credit left: add some")
        return [Prediction(DepthMap(image.mean(axis=2, dtype=np.float32), "depth")) for image in images]


def test_so_many_batches_are_begun_before_the_first_is_waited_for(photos):
    model = Remote(in_flight=3)
    found = list(predict_files([photos.task() for _ in range(10)], model))
    assert [type(outcome) for outcome in found] == [Predicted] * 10
    assert (model.most, model.waiting, model.cancelled) == (3, 0, 0)


def test_closing_early_cancels_what_is_in_flight(photos):
    model = Remote(in_flight=3)
    found = predict_files([photos.task() for _ in range(50)], model)
    next(found)
    found.close()
    assert model.started < 50 and model.waiting == 0 and model.cancelled > 0
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("plumb")]


def test_a_service_that_ends_the_run_ends_it_behind_all_that_was_predicted_and_begins_no_more(photos):
    model = Remote(in_flight=3, stop=77)
    tasks = [photos.task(red=77 if number == 5 else None) for number in range(50)]
    found = []
    with pytest.raises(StopRun, match="no credit left: add some"):
        for outcome in predict_files(tasks, model):
            found.append(outcome)
    # Those in flight beside it are paid for: they are waited for and kept.
    assert {outcome.task.key for outcome in found} == {task.key for task in tasks[:8]} - {tasks[5].key}
    assert (model.started, model.waiting, model.cancelled) == (8, 0, 0)
    for outcome in found:
        assert read_codes(outcome.map.file.path).shape == SMALL


# Maps that are there


def test_a_map_that_is_there_whole_is_found_and_neither_read_nor_predicted_again(photos):
    tasks = [photos.task() for _ in range(4)]
    first = outcomes(tasks, BrightnessModel())
    model = BrightnessModel()
    (photos.folder / f"{tasks[0].key}.png").unlink()  # not even its picture is needed
    for key, outcome in outcomes(tasks, model).items():
        assert (outcome.found, first[key].found) == (True, False)
        assert outcome.map == first[key].map
    assert model.batches == []


@dataclass
class Unsure(BrightnessModel):
    """Gives uncertainty and a field of view."""

    def start(self, images: Sequence[np.ndarray]) -> Done:
        return Done([
            Prediction(
                DepthMap(self.depth(image).values, "depth", field_of_view=61.25),
                np.linspace(0, 0.5, image[..., 0].size).reshape(image.shape[:2]),
            )
            for image in images
        ])  # fmt: skip


def unsure_task(photos: Photos):
    task = photos.task()
    return type(task)(task.key, task.image, task.map_path, task.map_path.replace(".png", ".uncertainty.png"))


def test_uncertainty_and_field_of_view_are_kept_with_the_map_and_found_with_it(photos):
    task = unsure_task(photos)
    (first,) = predict_files([task], Unsure())
    (again,) = predict_files([task], BrightnessModel())
    for outcome in (first, again):
        assert outcome.map.file.field_of_view == 61.25
        values = outcome.uncertainty.file.read()
        np.testing.assert_allclose(values.ravel(), np.linspace(0, 0.5, values.size), atol=0.5 / 65534)
    assert again.found and again.uncertainty == first.uncertainty


def test_a_map_without_the_uncertainty_that_is_wanted_is_predicted_again(photos):
    task = unsure_task(photos)
    list(predict_files([task], Unsure()))
    (photos.folder / "maps" / f"{task.key}.uncertainty.png").unlink()
    (again,) = predict_files([task], Unsure())
    assert not again.found and again.uncertainty is not None


def test_uncertainty_that_nobody_wants_is_not_written(photos):
    (outcome,) = predict_files([photos.task()], Unsure())
    assert outcome.uncertainty is None
    assert photos.maps() == {f"{outcome.task.key}.png"}


def test_an_image_processor_that_fails_is_reported_and_the_others_go_on(photos):
    class Picky(BrightnessModel):
        def prepare(self, image: np.ndarray) -> np.ndarray:
            if image.shape[:2] == WIDE:
                raise ValueError("absolute aspect ratio must be smaller\nthan 200")
            return image

    wide, small = photos.task(WIDE), photos.task()
    found = outcomes([wide, small], Picky())
    assert found[wide.key] == Failed(wide, f"{wide.image}: ValueError: absolute aspect ratio must be smaller")
    assert isinstance(found[small.key], Predicted)
