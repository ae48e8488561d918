"""Prediction in Ray actors: the same maps as here, whatever dies meanwhile, and nothing left behind."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from plumb.depthmap import read_codes
from plumb.engines import EngineError, RayActors, ray_missing
from plumb.inference import Failed, ImageTask, Predicted, predict_files
from plumb.models import ModelError, ModelSpec, StopRun, load_network, resolve
from tests import ray_models
from tests.ray_models import BROKEN, FINAL, LETHAL, LOST, UNLUCKY, Diarist, read_diary
from tests.tiny_models import save

needs_ray = pytest.mark.skipif(ray_missing() is not None, reason=str(ray_missing()))
program = pytest.mark.program


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """A cluster of two cores that this process is connected to, as a user's notebook may be."""
    import ray

    before = dict(os.environ)
    ray.init(
        "local", num_cpus=2, object_store_memory=100 << 20, include_dashboard=False,
        logging_level="ERROR", log_to_driver=False,
    )  # fmt: skip
    ray.cloudpickle.register_pickle_by_value(ray_models)  # actors know Plumb, not its tests
    yield
    ray.cloudpickle.unregister_pickle_by_value(ray_models)
    ray.shutdown()
    os.environ.clear()
    os.environ.update(before)  # Ray has written its own


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> ModelSpec:
    return resolve(str(save("dpt", tmp_path_factory.mktemp("models") / "tiny")))


def photos(folder: Path, reds: list[int], maps: str = "maps") -> list[ImageTask]:
    """Pictures of noise; the first pixel of each holds a red value, and the picture's number as green."""
    tasks = []
    for number, red in enumerate(reds):
        picture = np.random.default_rng(number).integers(0, 200, (6, 8, 3)).astype(np.uint8)
        picture[0, 0, :2] = red, number
        Image.fromarray(picture).save(folder / f"{number}.png")
        tasks.append(ImageTask(str(number), str(folder / f"{number}.png"), str(folder / maps / f"{number}.png")))
    return tasks


def predicted(actors: RayActors, tasks: list[ImageTask], **options) -> list[Predicted | Failed]:
    return [outcome for outcome in actors.predict(tasks, **options) if outcome is not None]


def assert_as_here(outcomes: list, tasks: list[ImageTask], model, folder: Path) -> None:
    """Each task has its one map, the very one that this process makes of it."""
    here = [ImageTask(task.key, task.image, str(folder / "here" / f"{task.key}.png")) for task in tasks]
    expected = {outcome.task.key: outcome for outcome in predict_files(here, model, batch_size=2)}
    found = {outcome.task.key: outcome for outcome in outcomes}
    assert sorted(found) == sorted(task.key for task in tasks) and len(found) == len(outcomes)
    for key, outcome in found.items():
        assert isinstance(outcome, Predicted) and not outcome.found, outcome
        assert Path(outcome.task.map_path).read_bytes() == Path(expected[key].task.map_path).read_bytes()
        assert outcome.map.file.scale == expected[key].map.file.scale
        assert outcome.map.range == expected[key].map.range


# Maps


@needs_ray
@program
def test_two_actors_write_bit_for_bit_the_maps_that_this_process_writes(cluster, tiny, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the actors find Plumb wherever the caller works
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    tasks = photos(tmp_path, [0] * 8)
    with RayActors(partial(load_network, tiny), cores=1) as actors:
        assert set(actors.load()) <= {None} and actors.details == load_network(tiny).details()
        outcomes = predicted(actors, tasks, batch_size=2)
    assert_as_here(outcomes, tasks, load_network(tiny), tmp_path)
    torch.set_num_threads(threads)


@needs_ray
@program
def test_actors_load_neither_fiftyone_nor_what_knows_it_and_share_the_work(cluster, tmp_path):
    tasks = photos(tmp_path, [0] * 12)
    with RayActors(partial(Diarist, tmp_path, together=2), cores=1) as actors:
        outcomes = predicted(actors, tasks)
    diary = [entry for entry in read_diary(tmp_path) if entry["images"]]
    assert_as_here(outcomes, tasks, Diarist(tmp_path), tmp_path)
    assert len({entry["pid"] for entry in diary}) == 2
    assert {"plumb", "numpy"} <= set(diary[0]["modules"])
    for entry in diary:
        assert not entry["datasets"] and not {"fiftyone", "pymongo", "mongoengine"} & set(entry["modules"])


@needs_ray
@program
def test_maps_that_are_there_are_not_predicted_again(cluster, tmp_path):
    tasks = photos(tmp_path, [0] * 6)
    (tmp_path / "before").mkdir()
    list(predict_files(tasks[:4], Diarist(tmp_path / "before")))
    with RayActors(partial(Diarist, tmp_path), cores=2) as actors:
        outcomes = predicted(actors, tasks)
    assert sorted(outcome.task.key for outcome in outcomes if outcome.found) == ["0", "1", "2", "3"]
    assert sorted(sum((entry["images"] for entry in read_diary(tmp_path)), [])) == [4, 5]


# Death


@needs_ray
@program
def test_an_actor_killed_in_the_middle_costs_its_batch_and_nothing_else(cluster, tmp_path):
    reds = [0] * 24
    reds[13] = UNLUCKY  # in the middle of a chunk, which begin with a batch and grow
    tasks = photos(tmp_path, reds)
    with RayActors(partial(Diarist, tmp_path, seconds=0.05), cores=2) as actors:
        outcomes = predicted(actors, tasks)
    assert sorted(int(outcome.task.key) for outcome in outcomes) == list(range(24))
    assert all(isinstance(outcome, Predicted) and not outcome.found for outcome in outcomes)
    seen = sum((entry["images"] for entry in read_diary(tmp_path)), [])
    batch = next(entry["images"] for entry in read_diary(tmp_path) if 13 in entry["images"])
    assert sorted(seen) == sorted([*range(24), *batch])


@needs_ray
@program
def test_an_image_that_kills_every_actor_is_blamed_and_the_others_go_on(cluster, tmp_path):
    reds = [0] * 12
    reds[5], reds[7] = LETHAL, BROKEN
    tasks = photos(tmp_path, reds)
    missing = ImageTask("missing", str(tmp_path / "missing.png"), str(tmp_path / "maps" / "missing.png"))
    with RayActors(partial(Diarist, tmp_path), cores=2) as actors:
        outcomes = {outcome.task.key: outcome for outcome in predicted(actors, [*tasks, missing])}
    assert len(outcomes) == 13
    failed = {key: outcome.reason for key, outcome in outcomes.items() if isinstance(outcome, Failed)}
    assert set(failed) == {"5", "7", "missing"}
    assert tasks[5].image in failed["5"] and "died" in failed["5"] and "\n" not in failed["5"]
    assert failed["7"].endswith("RuntimeError: a network's own words")
    assert "no such file" in failed["missing"]
    for key in set(outcomes) - set(failed):
        assert read_codes(outcomes[key].map.file.path).shape == (6, 8)


@needs_ray
@program
def test_a_model_that_kills_every_actor_ends_the_run_with_the_reason(cluster, tmp_path, monkeypatch):
    monkeypatch.setattr("plumb.engines._DEATHS", 2)
    tasks = photos(tmp_path, [LETHAL] * 40)
    with RayActors(partial(Diarist, tmp_path), cores=2) as actors, pytest.raises(EngineError) as caught:
        predicted(actors, tasks)
    assert "3 Ray actors in a row died" in str(caught.value) and "\n" not in str(caught.value)


@needs_ray
@program
def test_an_actor_that_loses_its_gpu_is_replaced_and_no_image_is_lost(cluster, tmp_path):
    tasks = photos(tmp_path, [0, 0, 0, LOST, 0, 0, 0, 0])
    with RayActors(partial(Diarist, tmp_path), cores=2) as actors:
        outcomes = predicted(actors, tasks)
    assert_as_here(outcomes, tasks, Diarist(tmp_path), tmp_path)
    assert len({entry["pid"] for entry in read_diary(tmp_path)}) >= 2


# The end


class Counted:
    """A stream of tasks that knows how many were taken from it."""

    def __init__(self, tasks: list[ImageTask]):
        self.tasks, self.taken = tasks, 0

    def __iter__(self) -> Iterator[ImageTask]:
        for task in self.tasks:
            self.taken += 1
            yield task


@needs_ray
@program
def test_closing_early_ends_the_actors_at_once_and_few_tasks_were_taken(cluster, tmp_path):
    stream = Counted(photos(tmp_path, [0] * 200))
    with RayActors(partial(Diarist, tmp_path, seconds=0.5), cores=1) as actors:
        first = next(filter(None, actors.predict(stream)))
        running = {entry["pid"] for entry in read_diary(tmp_path)}
    assert isinstance(first, Predicted)
    # Two actors with a chunk each, two chunks that wait for them, and what came back.
    assert stream.taken <= 2 * 2 + 2 * 2 + 2 * 2
    assert running and wait_until_gone(running)
    for path in (tmp_path / "maps").glob("[0-9]*.png"):
        assert read_codes(path).shape == (6, 8)


@needs_ray
@program
def test_whoever_waits_for_a_place_or_for_a_batch_that_never_ends_may_stop_waiting_and_everything_ends(
    cluster, tmp_path
):
    import ray

    taken = ray.remote(num_cpus=2)(Idle).remote()
    ray.get(taken.__ray_ready__.remote())
    with RayActors(partial(Diarist, tmp_path), cores=1) as actors:
        waiting = actors.load()
        assert [next(waiting) for _ in range(2)] == [None] * 2
    ray.kill(taken)
    with RayActors(partial(Diarist, tmp_path, seconds=1000), cores=1) as actors:
        outcomes = actors.predict(photos(tmp_path, [0] * 4))
        while not (running := {entry["pid"] for entry in read_diary(tmp_path)}):
            assert next(outcomes) is None
        assert next(outcomes) is None
    assert wait_until_gone(running) and not (tmp_path / "maps").exists()


class Idle:
    """Takes a place."""


def wait_until_gone(pids: set[int]) -> bool:
    until = time.monotonic() + 300
    while any(psutil.pid_exists(pid) for pid in pids) and time.monotonic() < until:
        time.sleep(0.05)
    return not any(psutil.pid_exists(pid) for pid in pids)


@needs_ray
@program
def test_a_run_that_no_other_image_would_help_ends_with_its_reason_after_what_was_predicted(cluster, tmp_path):
    reds = [0] * 20
    reds[4] = FINAL
    outcomes = []
    with (
        RayActors(partial(Diarist, tmp_path), cores=2) as actors,
        pytest.raises(StopRun, match="^no credit is left: buy some$"),
    ):
        outcomes.extend(filter(None, actors.predict(photos(tmp_path, reds), batch_size=2)))
    assert {"0", "1", "2", "3"} <= {outcome.task.key for outcome in outcomes}


@needs_ray
@program
def test_a_model_that_cannot_be_loaded_is_one_line_as_it_is_here(cluster, tmp_path):
    (tmp_path / "config.json").write_text("{}")
    spec = resolve(str(tmp_path))
    with pytest.raises(ModelError) as here:
        load_network(spec)
    with pytest.raises(ModelError) as there, RayActors(partial(load_network, spec)) as actors:
        list(actors.load())
    assert str(there.value) == str(here.value) and "\n" not in str(there.value)


ALONE = """
import json, signal, sys
sys.path.append(sys.argv[1])  # as FiftyOne does
import psutil
from functools import partial
from plumb.engines import RayActors
from plumb.inference import ImageTask
from plumb.models import load_network, resolve
tasks = [ImageTask(*task) for task in json.loads(sys.argv[3])]
before = signal.getsignal(signal.SIGTERM)
with RayActors(partial(load_network, resolve(sys.argv[2]))) as actors:
    first = next(filter(None, actors.predict(tasks, batch_size=1)))
    running = len(psutil.Process().children(recursive=True))
print(json.dumps({
    "map": first.map.file.path,
    "running": running,
    "left": [p.name() for p in psutil.Process().children(recursive=True) if p.status() != psutil.STATUS_ZOMBIE],
    "sigterm": signal.getsignal(signal.SIGTERM) == before,
}))
"""


def run_alone(tiny: ModelSpec, tmp_path: Path, **environment: str) -> subprocess.CompletedProcess:
    """A fresh interpreter outside the repository predicts one image and closes."""
    tasks = photos(tmp_path, [0] * 6)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("RAY_", "PYTHON"))}
    root = str(Path(ray_models.__file__).resolve().parents[1])
    listed = json.dumps([[task.key, task.image, task.map_path] for task in tasks])
    command = [sys.executable, "-c", ALONE, root, tiny.source, listed]
    return subprocess.run(command, cwd=tmp_path, env={**clean, **environment}, capture_output=True, text=True)


def said(done: subprocess.CompletedProcess) -> dict:
    """What it found, and that nothing else was printed, but that it waits: on a busy machine for more than a minute."""
    errors = [line for line in done.stderr.splitlines() if not line.startswith("waiting for Ray to place an actor (")]
    assert (done.returncode, errors) == (0, [])
    found = json.loads(done.stdout)
    assert read_codes(found["map"]).shape == (6, 8)
    return found


@needs_ray
@program
def test_a_cluster_of_its_own_is_started_quietly_anywhere_and_ended_with_the_run(tiny, tmp_path):
    found = said(run_alone(tiny, tmp_path))
    assert found["running"] > 0 and found["left"] == [] and found["sigterm"]


@needs_ray
@program
def test_the_cluster_of_ray_address_is_used_and_left_as_it_was(cluster, tiny, tmp_path):
    import ray

    done = run_alone(tiny, tmp_path, RAY_ADDRESS=ray.get_runtime_context().gcs_address, **token())
    assert said(done)["running"] == 0
    until = time.monotonic() + 300
    while ray.available_resources().get("CPU") != 2 and time.monotonic() < until:
        time.sleep(0.1)
    assert ray.available_resources()["CPU"] == 2


def token() -> dict[str, str]:
    """Whether the tests' cluster asks who comes, as Ray has said it in this process."""
    return {name: value for name, value in os.environ.items() if name.startswith("RAY_AUTH")}


@needs_ray
@program
def test_a_cluster_that_does_not_answer_is_named_at_once(tiny, tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
    last = run_alone(tiny, tmp_path, RAY_ADDRESS=address).stderr.splitlines()[-1]
    assert f"EngineError: cannot reach the Ray cluster at {address}; start it with `ray start --head`" in last


# What cannot be


def test_without_ray_one_line_says_how_to_get_it(monkeypatch, tiny):
    monkeypatch.setitem(sys.modules, "ray", None)
    assert ray_missing() == "Ray is not installed: pip install -r requirements-ray.txt"
    with pytest.raises(EngineError, match="requirements-ray.txt"), RayActors(partial(load_network, tiny)):
        pass
