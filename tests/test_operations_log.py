"""What a running operation writes down for the App: how far and how fast it is, and its log."""

from __future__ import annotations

import logging
import os
import platform
import re
import threading
import time
from datetime import datetime, timedelta, timezone

import pytest

from plumb.jobs import Progress
from tests.waiting import wait_until

STAMP = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"


@pytest.fixture
def log(fo):
    from plumb.datasets import operation_log

    yield operation_log
    operation_log._collection().delete_many({})


@pytest.fixture
def run(queue, execute):
    """Queue one of Plumb's operators and run it in this process, as FiftyOne's worker does; its id."""

    def run(operator, dataset, **params):
        queued = execute(operator, {"dataset": dataset}, request_delegation=True, **params).result["id"]
        queue.service.execute_operation(queue.service.get(queued))
        return queued

    return run


def bare(lines):
    """Without their times."""
    assert all(re.match(STAMP, line) for line in lines)
    return [line[20:] for line in lines]


def test_a_prediction_leaves_its_stages_its_worker_and_its_counts(log, operations, run, fresh, model, maps, one_thread):
    run("predict_depth", fresh, model=model, field="other", maps_dir=str(maps))
    (operation,) = operations.list_operations(fresh)
    begins, loading, *_, completed = bare(operations.log_of(fresh, operation.id))
    assert (begins, loading) == ("begins", f"loading {model}")
    assert re.fullmatch(r"completed after \d+\.\d s", completed)
    assert (operation.state, operation.done, operation.total, operation.unit) == ("completed", None, None, "images")
    assert operation.worker == f"fiftyone delegated launch (process {os.getpid()} on {platform.node()})"
    assert operation.result == "3 predicted, 0 existing, 0 failed" and operation.progress == 1
    assert (operation.speed, operation.seconds_left) == (None, None)


def test_an_operation_that_fails_leaves_its_traceback(log, operations, run, fresh):
    run("evaluate_depth", fresh, pred_fields=["midas"])
    (operation,) = operations.list_operations(fresh)
    lines = operations.log_of(fresh, operation.id)
    assert lines[0][20:] == "begins"
    assert re.fullmatch(rf"{STAMP} ended after \d+\.\d s by ValueError", lines[1])
    assert lines[2] == "Traceback (most recent call last):"
    assert lines[-1] == operation.error and operation.error.startswith("ValueError: 'midas' holds no depth maps")


def test_while_it_runs_its_speed_and_time_left_are_told_and_who_runs_it(log, operations, queue, dataset, claims):
    operation = queue.begin()
    with log.recording(operation) as recorder:
        began = time.monotonic()
        for done in range(3):
            recorder.tell(Progress(10 * done, 100, f"{10 * done} of 100 images predicted"))
            time.sleep(0.1)
        running = wait_until(lambda: next((told for told in operations.list_operations(dataset) if told.speed), None))
        assert (running.state, running.done, running.total) == ("running", 20, 100)
        assert 10 / (time.monotonic() - began) < running.speed < 101  # ten in a tenth of a second, or in what it took
        assert running.seconds_left == pytest.approx(80 / running.speed)
        (holder,) = claims.holders(f"operation/{operation}")
        assert holder.mine and not holder.dead
    assert claims.holders("operation/") == []


def test_one_that_hangs_has_no_speed_and_no_time_left_any_more_though_its_libraries_go_on_talking(
    log, operations, queue, dataset
):
    operation = queue.begin()

    def told():
        (running,) = operations.list_operations(dataset)
        return running

    def past(seconds):
        """Let the last change be so long ago."""
        then = datetime.now(timezone.utc) - timedelta(seconds=seconds)
        log._collection().update_one({"_id": operation}, {"$set": {"advanced": then}})

    with log.recording(operation) as recorder:
        for done in range(3):
            recorder.tell(Progress(10 * done, 100, f"{10 * done} of 100 images predicted"))
            time.sleep(0.1)
        steady = wait_until(lambda: (now := told()).speed and now)
        past(15)
        slow = told()
        assert 0 < slow.speed < steady.speed / 2 and slow.seconds_left == pytest.approx(80 / slow.speed)
        past(30)
        recorder.say("waits for a file")
        recorder.tell(Progress(20, 100, "20 of 100 images predicted"))
        wait_until(lambda: any("waits for a file" in line for line in log.lines_of(operation)))
        assert (told().done, told().speed, told().seconds_left) == (20, None, None)
        recorder.tell(Progress(30, 100, "30 of 100 images predicted"))
        wait_until(lambda: told().done == 30)
        assert told().speed > 0


def test_an_operation_that_a_worker_holds_already_keeps_the_workers_name_and_claim(log, queue, claims):
    operation = queue.begin()
    with claims.claim(f"operation/{operation}", "the worker on GPU 7"):
        with log.recording(operation):
            pass
        (holder,) = claims.holders("operation/")
        assert holder.what == "the worker on GPU 7"
    worker = f"the worker on GPU 7 (process {os.getpid()} on {platform.node()})"
    assert log.recorded([operation])[operation]["worker"] == worker


def test_a_worker_that_came_too_late_and_holds_it_for_a_moment_is_waited_for(log, queue, claims, monkeypatch):
    operation = queue.begin()
    claims._take(f"operation/{operation}", "the worker on GPU 7")
    elsewhere = {"place": "elsewhere", "host": "beta"}
    claims._claims().update_one({"_id": f"operation/{operation}"}, {"$set": elsewhere})
    late = threading.Timer(0.3, lambda: claims._claims().delete_many({}))
    late.start()
    with log.recording(operation):
        (holder,) = claims.holders("operation/")
        assert holder.mine
    late.join()


def test_what_libraries_log_is_in_it_once_and_nothing_from_before_and_after(log, queue):
    operation = queue()
    logging.warning("before")
    with log.recording(operation) as recorder:
        logging.getLogger("plumb.datasets.predicting").warning("two\nlines")
        logging.getLogger("fiftyone.core").info("told")
        logging.getLogger("transformers.modeling").warning("weights are new")
        logging.getLogger("some.library").info("below its level")
        assert recorder in logging.getLogger().handlers
    logging.warning("after")
    assert recorder not in logging.getLogger().handlers + logging.getLogger("transformers").handlers
    begins, *lines, completed = bare(log.lines_of(operation))
    assert lines == [
        "plumb.datasets.predicting, WARNING: two",
        "lines",
        "fiftyone.core, INFO: told",
        "transformers.modeling, WARNING: weights are new",
    ]


@pytest.mark.parametrize("propagate", [True, False])
def test_a_library_that_keeps_its_records_to_itself_is_heard_too(log, queue, propagate):
    library = logging.getLogger("transformers")
    before, library.propagate = library.propagate, propagate
    operation = queue()
    with log.recording(operation):
        logging.getLogger("transformers.x").error("said")
    library.propagate = before
    assert bare(log.lines_of(operation))[1:-1] == ["transformers.x, ERROR: said"]


def test_progress_is_in_it_for_each_stage_and_each_tenth(log, queue):
    operation = queue()
    with log.recording(operation) as recorder:
        recorder.tell(Progress(0, 1000, "loading dpt"))
        for done in range(0, 1001, 25):
            recorder.tell(Progress(done, 1000, f"{done} of 1000 images predicted"))
        recorder.tell(Progress(1000, 1000, "storing the scores of a"))
        recorder.tell(Progress(1000, 1000, "storing the scores of b"))
    tenths = [f"{done} of 1000 images predicted" for done in range(0, 1001, 100)]
    last = [f"storing the scores of {field}" for field in "ab"]
    assert bare(log.lines_of(operation))[1:-1] == ["loading dpt", *tenths, *last]


def test_only_the_last_lines_are_kept_and_long_ones_are_cut(log, queue):
    operation = queue()
    with log.recording(operation) as recorder:
        for number in range(300):
            recorder.say(f"line {number}")
        wait_until(lambda: len(log.lines_of(operation)) == log.LINES)
        recorder.say("x" * 10_000)
    lines = log.lines_of(operation)
    assert len(lines) == log.LINES and bare(lines)[0] == f"line {300 - log.LINES + 2}"
    assert len(lines[-2]) == 500 and lines[-1][20:].startswith("completed")


def test_what_was_said_before_a_hang_can_be_read_during_it(log, queue):
    operation = queue()
    with log.recording(operation) as recorder:
        recorder.say("the last words")
        wait_until(lambda: any("the last words" in line for line in log.lines_of(operation)))


def test_what_the_database_did_not_take_is_written_when_it_answers_again(log, queue, monkeypatch):
    from pymongo.errors import AutoReconnect

    operation, write, tried = queue(), log._write, threading.Event()

    def unreachable(*_):
        tried.set()
        raise AutoReconnect("no primary")

    with log.recording(operation) as recorder:
        wait_until(lambda: log.lines_of(operation))
        monkeypatch.setattr(log, "_write", unreachable)
        recorder.say("one")
        recorder.tell(Progress(1, 2, "half"))
        assert tried.wait(30)
        recorder.say("two")
        monkeypatch.setattr(log, "_write", write)
    assert bare(log.lines_of(operation))[1:-1] == ["one", "half", "two"]
    assert log.recorded([operation])[operation]["done"] == 1


def test_the_database_deletes_it_after_a_month_without_news(log, queue):
    operation = queue()
    with log.recording(operation):
        pass
    (index,) = [index for index in log._collection().list_indexes() if "expireAfterSeconds" in index]
    assert (dict(index["key"]), index["expireAfterSeconds"]) == ({"heard": 1}, 30 * 24 * 3600)
    assert log.recorded([operation])[operation]["heard"].year >= 2024  # a date, or it would never expire


def test_an_operation_without_a_log_has_none(log, operations, queue, dataset):
    assert operations.log_of(dataset, str(queue())) == []
