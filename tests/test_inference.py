"""Prediction over many files: batched by size, bounded, and every image ends as a whole map or as a reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from plumb.depthmap import DepthMap, encode, read_codes
from plumb.images import read_rgb
from plumb.inference import Failed, ImageTask, Predicted, predict_files
from plumb.models import DepthModel, Done, Prediction

SMALL, WIDE, TALL = (4, 6), (4, 9), (9, 4)
POISON, BLIND = 13, 99  # red values: the model raises on the one, and sees nothing in the other


@dataclass
class BrightnessModel(DepthModel):
    """Without a network: brightness in metres. It keeps the sizes of its batches."""

    batch_size: int = 4
    largest_batch: int = 0
    quantity: str = "depth"
    name: str = "brightness"
    device: str = "cpu"
    precision: str = "float32"
    batches: list[tuple[tuple[int, ...], int]] = field(default_factory=list)

    def __post_init__(self):
        self.largest_batch = self.largest_batch or self.batch_size

    def start(self, images: Sequence[np.ndarray]) -> Done:
        self.batches.append((images[0].shape[:2], len(images)))
        assert {image.shape for image in images} == {images[0].shape}
        if any((image[..., 0] == POISON).all() for image in images):
            raise RuntimeError("a network's own words\nand its advice to programmers")
        return Done([Prediction(self.depth(image)) for image in images])

    def depth(self, image: np.ndarray) -> DepthMap:
        metres = image.mean(axis=2, dtype=np.float32) + 0.5
        return DepthMap(np.where((image[..., 0] == BLIND).all(), np.nan, metres), self.quantity)


class Photos:
    """Makes pictures in a folder, one task for each."""

    def __init__(self, folder: Path):
        self.folder, self.count = folder, 0

    def task(self, size: tuple[int, int] = SMALL, red: int | None = None) -> ImageTask:
        key = f"{self.count:03}"
        picture = np.random.default_rng(self.count).integers(0, 256, (*size, 3)).astype(np.uint8)
        if red is not None:
            picture[..., 0] = red
        Image.fromarray(picture).save(self.folder / f"{key}.png")
        self.count += 1
        return self.target(key)

    def target(self, key: str) -> ImageTask:
        return ImageTask(key, str(self.folder / f"{key}.png"), str(self.folder / "maps" / f"{key}.png"))

    def maps(self) -> set[str]:
        """Names of all files among the maps, temporary ones included."""
        return {path.name for path in (self.folder / "maps").glob("*")} if (self.folder / "maps").is_dir() else set()


@pytest.fixture
def photos(tmp_path) -> Photos:
    return Photos(tmp_path)


def outcomes(tasks: list[ImageTask], model: BrightnessModel, **options) -> dict[str, Predicted | Failed]:
    """By key; every task has exactly one."""
    found = list(predict_files(tasks, model, **options))
    assert sorted(outcome.task.key for outcome in found) == sorted(task.key for task in tasks)
    return {outcome.task.key: outcome for outcome in found}


def assert_whole(outcome: Predicted | Failed, model: BrightnessModel) -> None:
    """The map on disk is the encoded output of the model for this image, and its description fits."""
    assert isinstance(outcome, Predicted), outcome
    expected = encode(model.depth(read_rgb(outcome.task.image)))
    np.testing.assert_array_equal(read_codes(outcome.map.file.path), expected.codes)
    file = outcome.map.file
    assert file.path == outcome.task.map_path
    assert (file.quantity, file.scale, file.offset, file.unit, outcome.map.range) == (
        expected.quantity,
        expected.scale,
        expected.offset,
        expected.unit,
        expected.range,
    )


# Maps


@pytest.mark.parametrize("quantity", ["depth", "affine_depth", "inverse_depth"])
def test_maps_on_disk_are_the_encoded_output_of_the_model(photos, quantity):
    model = BrightnessModel(quantity=quantity)
    found = outcomes([photos.task(size) for size in (SMALL, WIDE, SMALL, TALL)], model)
    for outcome in found.values():
        assert_whole(outcome, model)
    assert photos.maps() == {f"{key}.png" for key in found}


def test_a_map_has_the_size_of_the_picture_as_it_is_seen_and_not_as_it_is_stored(photos):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (8, 3), (90, 60, 30)).save(photos.folder / "turned.png", exif=exif)
    found = outcomes([photos.target("turned")], BrightnessModel())
    assert read_codes(found["turned"].map.file.path).shape == (8, 3)


def test_no_tasks_give_no_outcomes_and_never_call_the_model(photos):
    model = BrightnessModel()
    assert outcomes([], model) == {}
    assert model.batches == []


def test_an_old_map_is_replaced(photos):
    task, model = photos.task(), BrightnessModel()
    Path(task.map_path).parent.mkdir()
    Path(task.map_path).write_text("not a map")
    assert_whole(outcomes([task], model)[task.key], model)


# Batches


def test_pictures_of_one_size_fill_batches_in_order(photos):
    model = BrightnessModel(batch_size=4)
    tasks = [photos.task() for _ in range(10)]
    assert [outcome.task for outcome in predict_files(tasks, model)] == tasks
    assert model.batches == [(SMALL, 4), (SMALL, 4), (SMALL, 2)]


def test_the_batch_size_asked_for_counts_more_than_the_models_own(photos):
    model = BrightnessModel(batch_size=4)
    outcomes([photos.task() for _ in range(6)], model, batch_size=3)
    assert model.batches == [(SMALL, 3), (SMALL, 3)]


def test_two_sizes_in_turns_fill_batches_of_their_own(photos):
    model = BrightnessModel(batch_size=4)
    outcomes([photos.task((SMALL, WIDE)[i % 2]) for i in range(16)], model)
    assert sorted(model.batches) == [(SMALL, 4), (SMALL, 4), (WIDE, 4), (WIDE, 4)]


@settings(max_examples=25)
@given(data=st.data(), batch_size=st.integers(1, 4))
def test_whatever_the_order_of_sizes_every_image_is_predicted_once_in_a_batch_of_its_size(
    tmp_path_factory, data, batch_size
):
    photos, model = Photos(tmp_path_factory.mktemp("photos")), BrightnessModel(batch_size=batch_size)
    sizes = data.draw(st.lists(st.sampled_from([SMALL, WIDE, TALL, (5, 5)]), max_size=20))
    for outcome in outcomes([photos.task(size) for size in sizes], model).values():
        assert_whole(outcome, model)
    assert all(1 <= count <= batch_size for _, count in model.batches)
    assert sorted(size for size, count in model.batches for _ in range(count)) == sorted(sizes)


# Memory


class Counted:
    """A stream of tasks that knows how many were taken from it."""

    def __init__(self, tasks: Iterator[ImageTask]):
        self.tasks, self.taken = tasks, 0

    def __iter__(self) -> Iterator[ImageTask]:
        for task in self.tasks:
            self.taken += 1
            yield task


@pytest.mark.parametrize("sizes", [[SMALL], [SMALL, WIDE, TALL], [(3, 3 + i) for i in range(60)]], ids=len)
def test_tasks_are_taken_as_they_are_needed_however_many_and_however_mixed(photos, sizes):
    batch_size, ahead, done = 2, [], 0
    stream = Counted(photos.task(sizes[i % len(sizes)]) for i in range(60))
    for _ in predict_files(stream, BrightnessModel(batch_size=batch_size)):
        done += 1
        ahead.append(stream.taken - done)
    assert done == 60
    # Held at once: pictures read ahead, four batches that wait to be filled, one in the model, maps being written.
    assert max(ahead) <= (2 * batch_size + 2) + 4 * batch_size + batch_size + (batch_size + 2)


def test_nothing_is_read_before_the_first_outcome_is_asked_for(photos):
    stream = Counted(photos.task() for _ in range(5))
    found = predict_files(stream, BrightnessModel())
    assert stream.taken == 0
    found.close()


def test_stopping_early_leaves_whole_maps_only_and_takes_no_more_tasks(photos):
    model, stream = BrightnessModel(batch_size=2), Counted(photos.task() for _ in range(60))
    found = predict_files(stream, model)
    first = next(found)
    found.close()
    assert stream.taken < 30
    assert_whole(first, model)
    for name in photos.maps():
        assert name.endswith(".png") and not name.startswith(".")
        assert read_codes(photos.folder / "maps" / name).shape == SMALL


# Failures


def assert_failed(outcome: Predicted | Failed, *words: str) -> None:
    assert isinstance(outcome, Failed)
    for word in words:
        assert word in outcome.reason
    assert "\n" not in outcome.reason


def test_a_missing_and_a_damaged_picture_are_reported_and_the_others_go_on(photos):
    model = BrightnessModel()
    good = [photos.task() for _ in range(5)]
    missing, damaged = photos.target("missing"), photos.task()
    Path(damaged.image).write_bytes(Path(damaged.image).read_bytes()[:60])
    found = outcomes([good[0], missing, *good[1:3], damaged, *good[3:]], model)
    assert_failed(found["missing"], missing.image, "no such file")
    assert_failed(found[damaged.key], damaged.image, "not a readable picture")
    for task in good:
        assert_whole(found[task.key], model)
    assert photos.maps() == {f"{task.key}.png" for task in good}


def test_one_image_on_which_the_model_raises_does_not_spoil_its_batch(photos):
    model = BrightnessModel(batch_size=4)
    tasks = [photos.task(red=POISON if i == 2 else None) for i in range(8)]
    found = outcomes(tasks, model)
    poisoned = tasks[2]
    assert_failed(found.pop(poisoned.key), poisoned.image, "RuntimeError", "a network's own words")
    for outcome in found.values():
        assert_whole(outcome, model)
    # The batch, its four images alone, and the next batch.
    assert model.batches == [(SMALL, 4), *[(SMALL, 1)] * 4, (SMALL, 4)]


def test_a_model_that_raises_on_everything_gives_a_reason_for_every_image(photos):
    found = outcomes([photos.task(red=POISON) for _ in range(5)], BrightnessModel(batch_size=2))
    for outcome in found.values():
        assert_failed(outcome, "a network's own words")
    assert photos.maps() == set()


def test_a_map_without_any_value_is_a_failure_and_no_file(photos):
    model = BrightnessModel()
    blind, good = photos.task(red=BLIND), photos.task()
    found = outcomes([blind, good], model)
    assert_failed(found[blind.key], blind.image, "no finite value")
    assert_whole(found[good.key], model)
    assert photos.maps() == {f"{good.key}.png"}


def test_a_target_that_cannot_be_written_is_reported_and_the_others_go_on(photos):
    model = BrightnessModel()
    good, lost = photos.task(), photos.task()
    (photos.folder / "maps" / f"{lost.key}.png").mkdir(parents=True)
    found = outcomes([lost, good], model)
    assert_failed(found[lost.key], lost.map_path, "cannot be written")
    assert_whole(found[good.key], model)
    assert photos.maps() == {f"{good.key}.png", f"{lost.key}.png"}  # and no temporary file


def test_a_maps_folder_that_is_a_file_is_reported_for_every_image(photos):
    (photos.folder / "maps").touch()
    for outcome in outcomes([photos.task() for _ in range(3)], BrightnessModel()).values():
        assert_failed(outcome, "maps", "cannot be written")


class ForgetfulModel(BrightnessModel):
    """Gives one map too few."""

    def start(self, images: Sequence[np.ndarray]) -> Done:
        return Done(super().start(images).predictions[1:])


class HalfSizeModel(BrightnessModel):
    """Gives maps that are not of the image's size."""

    def start(self, images: Sequence[np.ndarray]) -> Done:
        return super().start([image[::2, ::2] for image in images])


@pytest.mark.parametrize("model", [ForgetfulModel(), HalfSizeModel()], ids=lambda model: type(model).__name__)
def test_a_model_that_breaks_its_promise_leaves_a_reason_and_no_map(photos, model):
    for outcome in outcomes([photos.task() for _ in range(3)], model).values():
        assert_failed(outcome, "map")
    assert photos.maps() == set()
