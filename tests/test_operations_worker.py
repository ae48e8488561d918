"""What is told of operations while real workers run them, die and come back."""

from __future__ import annotations

import os
import platform
import re
import signal

import pytest

from tests.queued_operations import Queue
from tests.small_scenes import photo
from tests.test_workers import Workers
from tests.waiting import wait_until

IMAGES = 300  # so many that a quick machine is still at work when its speed is known


@pytest.fixture(scope="module")
def operations(fo):
    from plumb.datasets import operations

    return operations


@pytest.fixture(scope="module")
def rooms(fo, tmp_path_factory):
    picture = tmp_path_factory.mktemp("pictures") / "room.jpg"
    picture.write_bytes(photo())
    dataset = fo.Dataset("operations-rooms")
    dataset.add_samples([fo.Sample(filepath=str(picture)) for _ in range(IMAGES)])
    queue = Queue(dataset)
    yield dataset
    queue.close()
    fo.delete_dataset("operations-rooms")


@pytest.fixture
def latest(operations, rooms):
    return lambda: operations.list_operations(rooms)[0]


@pytest.fixture(scope="module")
def dead(operations, rooms, worker, execute, model):
    """A prediction as it is told of while FiftyOne's own worker runs it, and after that was killed."""
    params = {"model": model, "field": "dpt", "batch_size": 1}
    execute("predict_depth", {"dataset": rooms}, request_delegation=True, **params)
    running = wait_until(lambda: next((told for told in operations.list_operations(rooms) if told.seconds_left), None))
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    return worker.pid, running, operations.list_operations(rooms)[0]


@pytest.fixture(scope="module")
def workers(dead, sandbox):
    running = Workers(sandbox, "operations-workers", "OMP_NUM_THREADS=1")
    yield running
    print(running.log)  # shown where a test has failed
    if running.process.poll() is None:
        sandbox.stop(running.process)


def test_a_running_prediction_tells_how_far_and_how_fast_it_is_and_who_runs_it(dead):
    pid, running, _ = dead
    assert running.state == "running" and 0 < running.done < running.total == IMAGES
    assert running.step.endswith(f"of {IMAGES} images predicted") and 0 < running.progress < 1
    assert running.speed > 0 and running.seconds_left == pytest.approx((IMAGES - running.done) / running.speed)
    assert running.worker == f"fiftyone delegated launch (process {pid} on {platform.node()})"


def test_the_prediction_of_a_killed_worker_is_stale_at_once_and_its_log_is_kept(dead, operations, rooms):
    pid, _, stale = dead
    assert stale.state == "stale" and stale.stale == f"the process that ran it, {pid} on {platform.node()}, is gone"
    assert stale.speed is None and stale.seconds_left is None
    lines = operations.log_of(rooms, stale.id)
    assert lines[0].endswith("begins") and any("loading" in line for line in lines)


def test_queued_again_it_goes_on_where_it_stopped_on_a_worker_that_is_told_of(dead, operations, rooms, workers, latest):
    _, running, stale = dead
    wait_until(lambda: workers.pids)
    assert operations.workers() == [f"the worker on CPU (on {platform.node()})"]
    # Its supervisor may have found the dead one already: then it is marked as failed, and can be queued again as well.
    again = wait_until(lambda: queued_again(operations, rooms, stale.id))
    wait_until(lambda: latest().state in ("completed", "failed"))
    done = latest()
    assert (done.id, done.state) == (again, "completed")
    predicted, existing = (int(part.split()[0]) for part in done.result.split(", ")[:2])
    assert existing >= running.done - 1 and predicted + existing == IMAGES
    assert done.worker == f"the worker on CPU (process {workers.pids[0]} on {platform.node()})"
    assert operations.list_operations(rooms)[1].state == "failed"


def queued_again(operations, rooms, operation):
    """As which; None while the supervisor marks it as failed, which takes it a moment."""
    try:
        return operations.retry(rooms, operation)
    except ValueError as error:
        assert re.search("is being stopped: try again|is run by another worker by now|is no longer running", str(error))
        return None


def test_a_failure_leaves_its_error_and_traceback(operations, rooms, workers, execute, latest):
    execute("evaluate_depth", {"dataset": rooms}, request_delegation=True, pred_fields=["midas"])
    wait_until(lambda: latest().state == "failed")
    assert latest().error.startswith("ValueError: ")
    lines = operations.log_of(rooms, latest().id)
    assert "Traceback (most recent call last):" in lines and lines[-1] == latest().error


def test_one_that_is_stopped_by_hand_ends_within_a_step(fo, operations, rooms, workers, execute, latest, model):
    from plumb.datasets.claims import holders

    # More than a quick worker predicts before it hears of it.
    rooms.add_samples([fo.Sample(filepath=rooms.first().filepath) for _ in range(2000)])
    params = {"model": model, "field": "stopped", "batch_size": 1}
    execute("predict_depth", {"dataset": rooms}, request_delegation=True, **params)
    wait_until(lambda: latest().done)
    operations.mark_failed(rooms, latest().id)
    assert (latest().state, latest().error.partition(";")[0]) == ("failed", "stopped by hand")
    wait_until(lambda: not holders("operation/"))
    rooms.reload()
    assert 0 < len(rooms.exists("stopped")) < len(rooms)


def test_a_killed_worker_is_told_of_no_longer_and_an_ended_one_neither(operations, workers):
    from plumb.datasets.claims import holders

    before = len(workers.pids)
    os.kill(workers.pids[-1], signal.SIGKILL)
    wait_until(lambda: operations.workers() == [])
    wait_until(lambda: len(workers.pids) > before and operations.workers())
    wait_until(lambda: len(holders("worker/")) == 1)  # the dead one's claim is cleared
    workers.process.terminate()
    assert workers.process.wait(300) == 0
    assert operations.workers() == [] and holders("") == []


pytestmark = pytest.mark.worker
