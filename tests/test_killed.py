"""Real worker processes, killed at random moments, twenty times over one prediction: nothing is lost or done twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from plumb.depthmap import read_map
from tests.small_scenes import photo
from tests.waiting import wait_until
from tools.sandbox import ROOT

KILLS, IMAGES = 20, 500

# Workers as the supervisor starts them, but forked from a process that has done the imports, which take ten seconds.
NURSERY = """
import os, sys
import fiftyone.operators as foo, torch, transformers
from transformers import AutoImageProcessor, DPTForDepthEstimation
from plumb.workers import child
foo.operator_exists("@plumb/depth/predict_depth")
print("ready", flush=True)
for line in sys.stdin:
    worker = os.fork()
    if not worker:
        os.dup2(2, 1)
        os._exit(child.main("CPU"))
    print(worker, flush=True)
    os.waitpid(worker, 0)
    print("gone", flush=True)
"""

pytestmark = pytest.mark.worker


@pytest.fixture(scope="module")
def nursery(fo, tmp_path_factory):
    """Start a worker; its process id. Call it with that to kill it."""
    log = tmp_path_factory.mktemp("log") / "workers.log"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    with open(log, "wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", NURSERY],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment,
        )  # fmt: skip

    def said():
        return process.stdout.readline().strip()

    def start_or_kill(worker=None):
        if worker is None:
            process.stdin.write("one more\n")
            process.stdin.flush()
            return int(said())
        os.kill(worker, signal.SIGKILL)
        assert said() == "gone"
        return None

    assert said() == "ready", log.read_text()
    yield start_or_kill
    process.kill()
    process.communicate()
    print(log.read_text())  # shown where a test has failed


@dataclass
class Story:
    """What twenty killed workers and a last one have left, and what was seen on the way.

    Attributes:
        seen: inode and time of every map, when it was there for the first time
        changed: maps that were another file later
        broken: maps that were not whole
        grown: how many maps there were after each kill
        operations: the killed ones and the last
    """

    folder: Path
    seen: dict[Path, tuple[int, int]] = field(default_factory=dict)
    changed: set[Path] = field(default_factory=set)
    broken: set[Path] = field(default_factory=set)
    grown: list[int] = field(default_factory=list)
    operations: list[Any] = field(default_factory=list)

    def maps(self) -> list[Path]:
        """What has the name of a map; those of temporary files begin with a dot."""
        return [path for path in self.folder.rglob("*.png") if not path.name.startswith(".")]

    def look(self) -> None:
        for path in self.maps():
            status = path.stat()
            file = (status.st_ino, status.st_mtime_ns)
            if path not in self.seen and read_map(str(path)) is None:
                self.broken.add(path)
            if self.seen.setdefault(path, file) != file:
                self.changed.add(path)
        self.grown.append(len(self.seen))


@pytest.fixture(scope="module")
def dataset(fo, tmp_path_factory):
    picture = tmp_path_factory.mktemp("pictures") / "room.jpg"
    picture.write_bytes(photo())
    dataset = fo.Dataset("killed", persistent=True)
    dataset.add_samples([fo.Sample(filepath=str(picture)) for _ in range(IMAGES)])
    yield dataset
    fo.delete_dataset("killed")


@pytest.fixture(scope="module")
def story(dataset, execute, model, nursery, tmp_path_factory):
    from fiftyone.operators.delegated import DelegatedOperationService

    from plumb.datasets.claims import holders
    from plumb.workers.supervisor import Supervisor

    service, chance, story = DelegatedOperationService(), random.Random(4), Story(tmp_path_factory.mktemp("maps"))
    params = {"model": model, "field": "dpt", "batch_size": 1, "maps_dir": str(story.folder)}

    def queue():
        if not story.operations or service.get(story.operations[-1]).run_state != "queued":
            queued = execute("predict_depth", {"dataset": dataset}, request_delegation=True, **params)
            story.operations.append(queued.result["id"])
        return story.operations[-1]

    for _ in range(KILLS):
        queue()
        worker = nursery()
        # At any moment: while it starts or loads, or after some maps, while it writes one or the dataset.
        had, wanted = len(story.seen), chance.choice([0, 1, 4])
        wait_until(lambda least=had + wanted: len(story.maps()) >= least, pause=0.005)
        until = time.monotonic() + chance.uniform(0, 0.1 if wanted else 1.5)
        while time.monotonic() < until and len(story.maps()) < had + 12:  # or a fast machine would come to the end
            time.sleep(0.002)
        nursery(worker)
        story.look()
        Supervisor({}).mark_orphans()
    last = queue()
    worker = nursery()
    wait_until(lambda: service.get(last).run_state not in ("queued", "running"))
    # Its claim on the operation goes a moment after the state is stored: killed before that, it would stay.
    wait_until(lambda: not holders("operation/"))
    nursery(worker)
    story.look()
    story.operations = [service.get(operation) for operation in story.operations]
    dataset.reload()
    return story


def test_the_workers_were_killed_in_the_midst_of_it(story):
    *killed, last = story.operations
    assert len(killed) > KILLS / 3  # other workers were killed before they took one
    assert {operation.run_state for operation in killed} == {"failed"}
    assert all(" died while running; run it again" in operation.result.error for operation in killed)
    assert last.run_state == "completed", last.result.error
    assert len(story.grown) == KILLS + 1 and story.grown[-2] < IMAGES
    assert len(set(story.grown)) > KILLS / 3  # others before they wrote a map


def test_every_sample_has_its_map_and_there_are_no_others(story, dataset):
    paths = dataset.values("dpt.map_path")
    assert len(set(paths)) == len(story.seen) == IMAGES
    assert set(map(Path, paths)) == set(story.seen)
    assert [Path(path).stem for path in paths] == dataset.values("id")


def test_no_map_was_ever_half_written(story):
    assert story.broken == set()


def test_no_map_was_written_twice(story):
    assert story.changed == set()
    last = story.operations[-1].result.result
    assert (last["existing"], last["predicted"], last["failed"]) == (story.grown[-2], IMAGES - story.grown[-2], [])


def test_all_of_it_is_one_run_that_has_finished(story, dataset):
    from plumb.datasets import runs
    from plumb.datasets.claims import holders

    (run,) = runs.all_runs(dataset)
    assert run.finished and dataset.distinct("dpt.run") == [run.key]
    # The dead workers' own claims say that they were there: a supervisor's next look clears them.
    assert [holder.name for holder in holders("") if not holder.name.startswith("worker/")] == []
