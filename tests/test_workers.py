"""`python -m plumb.workers`: real supervisors with real workers on the processor, and operations queued from Python."""

from __future__ import annotations

import os
import re
import signal
import sys
from datetime import datetime, timedelta, timezone

import pytest

from plumb.workers.__main__ import plan
from tests.small_scenes import photo
from tests.waiting import wait_until
from tools.sandbox import ROOT

PREDICT = "@plumb/depth/predict_depth"
IMAGES = 200  # so many that an operation on all of them is still at work when a test has seen its first maps


# Which workers are started.


def test_every_gpu_has_a_worker_that_sees_no_other():
    assert plan("all", 1, 2) == {"GPU 0": {"CUDA_VISIBLE_DEVICES": "0"}, "GPU 1": {"CUDA_VISIBLE_DEVICES": "1"}}
    assert plan("1, 1", 1, 2) == {"GPU 1": {"CUDA_VISIBLE_DEVICES": "1"}}


def test_gpus_are_counted_among_those_that_this_process_may_see(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,GPU-5ebe9f43")
    assert plan("0,1", 1, 2) == {
        "GPU 0": {"CUDA_VISIBLE_DEVICES": "3"}, "GPU 1": {"CUDA_VISIBLE_DEVICES": "GPU-5ebe9f43"},
    }  # fmt: skip


def test_without_gpus_the_processor_works_in_as_many_workers_as_asked_for(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert plan("none", 1, 2) == plan("all", 1, 0) == {"CPU": {"CUDA_VISIBLE_DEVICES": ""}}
    variables = {"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "3"}
    assert plan("none", 2, 2) == {"CPU 1": variables, "CPU 2": variables}


@pytest.mark.parametrize(
    "gpus, count, present, problem",
    [
        ("0,2", 1, 2, "there is no GPU '2' here: the GPUs are 0, 1"),
        ("0", 1, 0, "there is no GPU '0' here: PyTorch finds none; --gpus none needs none"),
        ("", 1, 1, "there is no GPU '' here"),
        ("all", 2, 2, "there is one worker for each GPU"),
        ("none", 0, 0, "a number from 1, not 0"),
    ],
)
def test_what_cannot_be_started_is_refused_with_what_can(gpus, count, present, problem):
    with pytest.raises(ValueError, match=re.escape(problem)):
        plan(gpus, count, present)


# What they do.


class Workers:
    """A running supervisor."""

    def __init__(self, sandbox, name, *variables):
        command = ["env", f"PYTHONPATH={ROOT}", *variables, sys.executable, "-m", "plumb.workers", "--gpus", "none"]
        self.process = sandbox.start(command, name)
        self._log = sandbox.log(name)

    @property
    def log(self):
        return self._log.read_text(errors="replace")

    @property
    def pids(self):
        """Of its workers, the latest last."""
        return [int(pid) for pid in re.findall(r"CPU \(process (\d+)\): waits for operations", self.log)]


@pytest.fixture(scope="module")
def hopeless(sandbox, tmp_path_factory):
    """A supervisor whose workers end at once, because FiftyOne cannot load the plugin there."""
    folder = tmp_path_factory.mktemp("plugins")
    (folder / "plumb").mkdir()
    (folder / "plumb" / "fiftyone.yml").write_text('name: "@plumb/depth"\noperators:\n  - predict_depth\n')
    (folder / "plumb" / "__init__.py").write_text("import a_library_that_is_not_there")
    return Workers(sandbox, "hopeless", f"FIFTYONE_PLUGINS_DIR={folder}")


@pytest.fixture(scope="module")
def queued(fo, execute, service, dataset, model):
    """Operations that are in the queue, the oldest first, before there is a worker."""
    stranger = service.queue_operation(
        "@strangers/plugin/predict_depth", context={"request_params": {"dataset_name": dataset.name}}
    ).id
    yield stranger, [queue(execute, dataset.limit(3), model, field) for field in ("first", "second", "third")]
    service.delete_operation(stranger)  # or a worker of another test would run it


@pytest.fixture(scope="module")
def workers(sandbox, hopeless, queued):
    running = Workers(sandbox, "workers", "OMP_NUM_THREADS=1")
    yield running
    print(running.log)  # shown where a test has failed
    if running.process.poll() is None:
        sandbox.stop(running.process)


@pytest.fixture(scope="module")
def service(fo):
    from fiftyone.operators.delegated import DelegatedOperationService

    return DelegatedOperationService()


@pytest.fixture(scope="module")
def dataset(fo, tmp_path_factory):
    picture = tmp_path_factory.mktemp("pictures") / "room.jpg"
    picture.write_bytes(photo())
    dataset = fo.Dataset("workers", persistent=True)
    dataset.add_samples([fo.Sample(filepath=str(picture)) for _ in range(IMAGES)])
    yield dataset
    fo.delete_dataset("workers")


@pytest.fixture
def state(service):
    return lambda operation: service.get(operation).run_state


def queue(execute, view, model, field):
    params = {"model": model, "field": field, "batch_size": 1}
    return execute("predict_depth", {"view": view.view()}, request_delegation=True, **params).result["id"]


def gone(pid):
    """Whether a process, of another's children, has ended."""
    return not os.path.exists(f"/proc/{pid}")


def some_maps(sandbox, field):
    return lambda: len(list((sandbox.folder / "maps").rglob(f"{field}/**/*.png"))) > 2


@pytest.mark.worker
def test_only_plumbs_operations_are_run_the_oldest_first_with_the_model_loaded_once(workers, queued, service, state):
    stranger, ours = queued
    wait_until(lambda: all(state(operation) in ("completed", "failed") for operation in ours))
    operations = [service.get(operation) for operation in ours]
    assert [operation.result.result["predicted"] for operation in operations] == [3, 3, 3]
    began = [operation.started_at for operation in operations]
    assert began == sorted(began)
    assert workers.log.count("Loading weights: 100%") == 1  # what transformers says each time
    assert state(stranger) == "queued"
    for operation in ours:
        line = rf"\d\d:\d\d:\d\d CPU \(process \d+\): predict_depth {operation} completed .*predicted=3.* after .* s"
        wait_until(lambda line=line: re.search(line, workers.log))  # said after it is stored


@pytest.mark.worker
def test_a_killed_worker_is_replaced_and_its_operation_marked_as_failed_and_what_is_missing_done_when_it_is_run_again(
    workers, execute, service, state, dataset, model, sandbox
):
    operation = queue(execute, dataset, model, "killed")
    wait_until(some_maps(sandbox, "killed"))
    (pid,) = workers.pids
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: state(operation) == "failed")
    assert re.fullmatch(
        rf"the worker on CPU \(process {pid} on .*\) died by signal 9 while running; "
        "run it again: only what is missing is done",
        service.get(operation).result.error,
    )
    again = service.rerun_operation(operation).id
    wait_until(lambda: state(again) in ("completed", "failed"))
    result = service.get(again).result.result
    assert result["existing"] > 0 and result["existing"] + result["predicted"] == IMAGES
    assert len(workers.pids) == 2
    wait_until(lambda: f"{operation} marked as failed" in workers.log)  # said after it is stored


@pytest.mark.worker
def test_what_a_power_cut_has_left_running_is_marked_as_failed_and_what_has_no_claim_is_left_alone(
    workers, service, state, dataset
):
    from plumb.datasets import claims

    context = {"request_params": {"dataset_name": dataset.name}}
    left, plain = (service.queue_operation(PREDICT, context=context, delegation_target="none").id for _ in range(2))
    with claims.claim(f"operation/{left}", "the worker on GPU 1"), claims.claim(f"operation/{plain}", "this test"):
        service.set_running(left)
        service.set_running(plain)
    held = claims._take(f"operation/{left}", "the worker on GPU 1")
    beat = datetime.now(timezone.utc) - timedelta(hours=1)
    claims._claims().update_one({"token": held}, {"$set": {"place": "before", "host": "alpha", "beat": beat}})
    wait_until(lambda: state(left) == "failed")
    died = rf"the worker on GPU 1 \(process {os.getpid()} on alpha\) died while running; run it again: .*"
    assert re.fullmatch(died, service.get(left).result.error)
    wait_until(lambda: claims.holders("operation/") == [])  # held until it is marked
    assert state(plain) == "running"
    service.delete_operation(plain)


@pytest.mark.worker
def test_a_second_supervisor_shares_the_work_and_when_it_is_killed_its_worker_ends(
    workers, execute, state, dataset, model, sandbox
):
    second = Workers(sandbox, "second", "OMP_NUM_THREADS=1")
    wait_until(lambda: second.pids)
    operations = [queue(execute, dataset.limit(1), model, f"shared_{number}") for number in range(6)]
    wait_until(lambda: all(state(operation) == "completed" for operation in operations))

    def counts():
        taken = re.findall(r"predict_depth (\w+) completed", workers.log + second.log)
        return [taken.count(str(operation)) for operation in operations]

    wait_until(lambda: all(counts()))
    assert counts() == [1] * 6
    second.process.kill()
    second.process.wait()
    wait_until(lambda: gone(second.pids[0]))


@pytest.mark.worker
def test_a_worker_that_cannot_work_is_started_again_later_each_time_and_says_why(hopeless):
    waits = re.compile(r"CPU \(process \d+\) died with exit status 1; starts again in (\d+) s")
    wait_until(lambda: len(waits.findall(hopeless.log)) > 1)
    assert waits.findall(hopeless.log)[:2] == ["1", "2"]
    why = "ModuleNotFoundError: No module named 'a_library_that_is_not_there'"
    assert f"FiftyOne cannot load the plugin @plumb/depth: {why}" in hopeless.log


@pytest.mark.worker
def test_sigterm_ends_all_and_the_running_operation_is_marked_as_stopped(
    workers, execute, service, state, dataset, model, sandbox
):
    from plumb.datasets.claims import holders

    operation = queue(execute, dataset, model, "ended")
    wait_until(some_maps(sandbox, "ended"))
    workers.process.terminate()
    assert workers.process.wait(300) == 0
    assert all(map(gone, workers.pids))
    assert state(operation) == "failed"
    assert service.get(operation).result.error == "stopped, because its worker was ended; run it again"
    assert holders("") == []
    assert f"predict_depth {operation} stopped after" in workers.log
