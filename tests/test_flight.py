"""Batches in flight: closed while they hang, short of memory beside each other, on a GPU that is lost."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass, field

import numpy as np
import pytest

from plumb.batch_size import BatchSize
from plumb.device_errors import DeviceLost
from plumb.inference import Failed, Predicted, predict_files, predict_in_thread
from plumb.models import Done, Prediction, StopRun
from tests.test_inference import SMALL, WIDE, BrightnessModel, Counted, Photos, assert_whole, outcomes
from tests.test_inference_engine import Remote


@pytest.fixture
def photos(tmp_path) -> Photos:
    return Photos(tmp_path)


def plumbs_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("plumb")]


# Closed


class Hung:
    """A batch that ends only when it is cancelled."""

    def __init__(self, model: Silent):
        self._model, self._stopped = model, threading.Event()

    def result(self) -> list[Prediction]:
        self._model.waited_for.set()
        assert self._stopped.wait(300)
        raise CancelledError

    def cancel(self) -> None:
        self._model.cancelled_by.append(threading.current_thread())
        self._stopped.set()


@dataclass
class Silent(Remote):
    """Its service answers nothing."""

    waited_for: threading.Event = field(default_factory=threading.Event)
    cancelled_by: list[threading.Thread] = field(default_factory=list)

    def start(self, images: Sequence[np.ndarray]) -> Hung:
        self.started += 1
        return Hung(self)


def test_closing_cancels_all_that_is_in_flight_although_a_batch_is_waited_for_that_never_ends(photos):
    model = Silent(in_flight=3)
    found = predict_in_thread([photos.task() for _ in range(20)], model, every=0.01)
    while not model.waited_for.is_set():
        assert next(found) is None
    found.close()
    assert model.started == 3 and model.cancelled_by == [threading.current_thread()] * 3
    assert plumbs_threads() == [] and photos.maps() == set()


def test_what_cannot_be_cancelled_is_left_alone_on_closing_and_writes_nothing_afterwards(photos, monkeypatch):
    monkeypatch.setattr("plumb.parallel._PATIENCE", 0.0)
    begun, go_on = threading.Event(), threading.Event()

    class Deaf(BrightnessModel):
        def start(self, images: Sequence[np.ndarray]) -> Done:
            begun.set()
            assert go_on.wait(300)
            return super().start(images)

    model = Deaf(batch_size=1)
    found = predict_in_thread([photos.task() for _ in range(20)], model, every=0.01)
    while not begun.is_set():
        assert next(found) is None
    found.close()
    (thread,) = (thread for thread in threading.enumerate() if thread.name == "plumb-ticking")
    go_on.set()
    thread.join(300)
    assert not thread.is_alive() and model.batches == [(SMALL, 1)] and photos.maps() == set()


def test_in_a_thread_come_the_same_maps_and_the_error_that_ends_the_run_behind_them(photos):
    model, tasks = BrightnessModel(), [photos.task() for _ in range(9)]
    for outcome in filter(None, predict_in_thread(tasks, model)):
        assert_whole(outcome, model)
    stopping = photos.task(red=77)
    first = []
    with pytest.raises(StopRun, match="no credit left"):
        for outcome in predict_in_thread([photos.task(), stopping], Remote(stop=77)):
            first.append(outcome) if outcome else None
    assert [type(outcome) for outcome in first] == [Predicted]


# Memory


@dataclass
class Crowded(Remote):
    """Has room for one batch, and takes two."""

    refused: int = 0

    def wait(self, images: Sequence[np.ndarray]) -> list[Prediction]:
        if self.waiting:
            self.refused += 1
            raise MemoryError("two at once")
        return super().wait(images)


@pytest.mark.parametrize("batch_size", [1, 4])
def test_an_image_that_lacks_memory_beside_another_batch_is_tried_again_when_that_has_ended(photos, batch_size):
    model = Crowded(in_flight=2, batch_size=batch_size, largest_batch=batch_size)
    found = outcomes([photos.task() for _ in range(12)], model)
    assert {type(outcome) for outcome in found.values()} == {Predicted}
    assert model.refused > 0 and model.waiting == 0


def test_an_image_that_lacks_memory_even_alone_fails_after_one_more_try_and_the_others_go_on(photos):
    class NoRoomForWide(Remote):
        wide = 0

        def wait(self, images: Sequence[np.ndarray]) -> list[Prediction]:
            if images[0].shape[:2] == WIDE:
                self.wide += 1
                raise MemoryError("too wide")
            return super().wait(images)

    model, wide = NoRoomForWide(in_flight=2), photos.task(WIDE)
    found = outcomes([photos.task(), wide, *(photos.task() for _ in range(4))], model)
    assert found.pop(wide.key) == Failed(wide, f"{wide.image}: MemoryError: too wide")
    assert {type(outcome) for outcome in found.values()} == {Predicted} and model.wide == 2


def test_very_large_pictures_that_lack_memory_leave_the_batches_of_smaller_ones_as_they_are(photos):
    large = (16, 16)

    class NoRoomForLarge(BrightnessModel):
        def start(self, images: Sequence[np.ndarray]) -> Done:
            if images[0].shape[:2] == large and len(images) > 1:
                self.batches.append((large, len(images)))
                raise MemoryError
            return super().start(images)

    model = NoRoomForLarge(batch_size=4)
    tasks = [*(photos.task(large) for _ in range(6)), *(photos.task() for _ in range(8))]
    assert {type(outcome) for outcome in outcomes(tasks, model).values()} == {Predicted}
    # The first batch is divided, later ones are not even tried; small pictures fill batches as before.
    assert [count for size, count in model.batches if size == large] == [4, 2, 1, 1, 2, 1, 1, 1, 1]
    assert [count for size, count in model.batches if size == SMALL] == [4, 4]


@pytest.mark.parametrize("shapes", [[(4, 6)], [(4, 6), (6, 4), (3, 8), (8, 3), (2, 12), (12, 2)]], ids=len)
def test_prepared_pictures_are_held_up_to_so_many_bytes_however_large_batches_may_be(photos, shapes, monkeypatch):
    monkeypatch.setattr("plumb.inference._HELD", 10 * 72)  # all these pictures have 72 bytes
    stream = Counted(photos.task(shapes[i % len(shapes)]) for i in range(120))

    class Watching(BrightnessModel):
        seen, most = 0, 0

        def start(self, images: Sequence[np.ndarray]) -> Done:
            self.seen += len(images)
            self.most = max(self.most, stream.taken - self.seen)
            return super().start(images)

    model = Watching(batch_size=16)
    assert len(list(predict_files(stream, model, BatchSize(16, 16)))) == 120
    assert model.most <= 10 + (10 if len(shapes) > 1 else 0)


# What is no image's fault


def lost_errors() -> list[Exception]:
    torch = pytest.importorskip("torch")
    said = "CUDA error: an illegal memory access was encountered\nCUDA kernel errors might be reported later"
    return [RuntimeError(said), *([torch.AcceleratorError(said)] if hasattr(torch, "AcceleratorError") else [])]


@pytest.mark.parametrize("error", lost_errors(), ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("where", ["prepare", "start", "result"])
def test_a_gpu_that_is_lost_ends_the_run_behind_what_was_predicted_instead_of_failing_every_image(photos, error, where):
    @dataclass
    class OnBrokenGpu(Remote):
        def fail_at(self, place: str, image: np.ndarray) -> None:
            if place == where and (image[..., 0] == 77).all():
                raise error

        def prepare(self, image: np.ndarray) -> np.ndarray:
            self.fail_at("prepare", image)
            return image

        def start(self, images: Sequence[np.ndarray]) -> Done:
            self.fail_at("start", images[0])
            return super().start(images)

        def wait(self, images: Sequence[np.ndarray]) -> list[Prediction]:
            self.fail_at("result", images[0])
            return super().wait(images)

    tasks, found = [photos.task(red=77 if number >= 3 else None) for number in range(9)], []
    with pytest.raises(DeviceLost, match=r"the GPU is lost to this process \(.*illegal memory access.*\): restart it"):
        for outcome in predict_files(tasks, OnBrokenGpu()):
            found.append(outcome)
    assert [(type(outcome), outcome.task) for outcome in found] == [(Predicted, task) for task in tasks[:3]]


def test_memory_that_runs_out_while_a_picture_is_prepared_ends_the_run_and_says_what_to_do(photos):
    class NothingToPin(BrightnessModel):
        def prepare(self, image: np.ndarray) -> np.ndarray:
            raise RuntimeError("CUDA error: out of memory")

    task = photos.task()
    with pytest.raises(StopRun, match=r"memory ran out while .*000\.png was prepared .*smaller batch_size"):
        list(predict_files([task], NothingToPin()))
