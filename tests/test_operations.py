"""Plumb's queued operations as the App shows them: which, and in what state."""

from __future__ import annotations

import platform
from datetime import datetime, timedelta, timezone

import pytest

from tests.queued_operations import EVALUATE, PREDICT, killed_holder, set_raw

# Which are listed.


def test_the_latest_of_the_datasets_own_operations_come_first_and_no_other_plugins(operations, dataset, queue, other):
    first, second, third = (queue(field=f"f{number}", model="m") for number in range(3))
    elsewhere = queue(on=other)
    queue("@strangers/plugin/predict_depth")
    queue("@plumb/depths/predict_depth")
    listed = [operation.id for operation in operations.list_operations(dataset)]
    assert listed == [str(third), str(second), str(first)]
    assert [operation.id for operation in operations.list_operations(dataset, limit=2)] == listed[:2]
    assert {str(elsewhere), *listed} <= {operation.id for operation in operations.list_operations()}


def test_an_import_into_the_dataset_is_listed_from_wherever_it_was_queued(operations, dataset, queue, other):
    operation = queue("@plumb/depth/import_sunrgbd", on=other, dataset_name=dataset.name, root="/scenes")
    queue(PREDICT, on=other, dataset_name=dataset.name)  # no parameter of this one: it is none of this dataset's
    (listed,) = operations.list_operations(dataset)
    assert (listed.id, listed.dataset) == (str(operation), dataset.name)
    assert listed.label == "Import SUN RGB-D scenes" and listed.what == f"/scenes into dataset {dataset.name}"


@pytest.mark.parametrize(
    "operator, params, what",
    [
        ("predict_depth", {"model": "Intel/dpt-hybrid-midas"}, "Intel/dpt-hybrid-midas into dpt_hybrid_midas"),
        ("predict_depth", {"model": "m", "field": "f", "engine": "ray", "token": ""}, "m into f by Ray"),
        (
            "evaluate_depth",
            {"pred_fields": ["a", "b"], "gt_field": "gt", "protocol": "nyuv2", "alignment": "robust", "eval_key": "x"},
            "a, b against gt, protocol nyuv2, alignment robust, key x",
        ),
        (
            "evaluate_depth",
            {"pred_fields": ["a"], "protocol": {"name": "mine", "cap": 5}, "alignment": "auto"},
            "a against gt_depth, protocol mine",
        ),
        ("manage_depth_runs", {"run": "r", "action": "delete", "new_name": "x"}, "delete r"),
        ("manage_depth_runs", {"run": "r", "action": "rename", "new_name": "x"}, "rename r to x"),
        ("export_depth_report", {"path": "/tmp/r.csv"}, "to /tmp/r.csv"),
        ("lift_to_3d", {"fields": ["a", "b"], "delegate": True, "voxel": 2}, "fields a, b, voxel 2"),
    ],
)
def test_what_an_operation_does_is_told_in_one_line(only, queue, operator, params, what):
    queue(f"@plumb/depth/{operator}", **params)
    assert only().what == what


# Their states.


def test_a_queued_one_has_nothing_but_the_time_at_which_it_was_queued(only, queue):
    queue()
    operation = only()
    assert operation.state == "queued" and operation.dataset.startswith("test-")
    assert datetime.now(timezone.utc) - datetime.fromisoformat(operation.queued_at.replace("Z", "+00:00")) < timedelta(
        minutes=5
    )
    fields = ("progress", "step", "done", "total", "speed", "seconds_left", "started_at", "ended_at", "error", "stale")
    assert [getattr(operation, name) for name in fields] == [None] * len(fields)


def test_a_completed_one_tells_its_result_with_lists_counted(only, queue):
    operation = queue()
    failed = [{"filepath": "/a", "reason": "b"}] * 3
    queue.service.set_completed(operation, result={"field": "dpt", "predicted": 7, "existing": 2, "failed": failed})
    assert (only().state, only().result) == ("completed", "7 predicted, 2 existing, 3 failed")
    assert only().ended_at and only().error is None


def test_a_completed_evaluation_tells_how_many_were_scored_of_each_field(only, queue):
    rows = {"dpt": {"abs_rel": 0.1, "scored": 9, "unscored": 1}, "other": {"scored": 10, "unscored": 0}}
    queue.service.set_completed(queue(EVALUATE), result=rows)
    assert only().result == "dpt: 9 scored, 1 unscored; other: 10 scored, 0 unscored"


@pytest.mark.parametrize("result", [None, "text", ["list"]])
def test_a_result_that_is_no_table_is_not_told(only, queue, result):
    queue.service.set_completed(queue(), result=result)
    assert (only().state, only().result) == ("completed", None)


TRACEBACK = """Traceback (most recent call last):
  File "a.py", line 1, in <module>
    one()
KeyError: 'one'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "a.py", line 3, in <module>
    two()
ValueError: two is wrong:
give three
"""


@pytest.mark.parametrize(
    "error, line",
    [
        (TRACEBACK, "ValueError: two is wrong:"),
        ("the worker died; run it again", "the worker died; run it again"),
        (None, "failed without a reason"),
    ],
    ids=["traceback", "sentence", "none"],
)
def test_a_failed_one_tells_its_error_in_one_line_and_as_a_whole(operations, only, queue, dataset, error, line):
    operation = queue()
    queue.fail(operation, error)
    assert (only().state, only().error, only().traceback) == ("failed", line, error)
    assert operations.log_of(dataset, str(operation)) == (error or "").strip().splitlines()


# Dead or alive.


def test_one_that_was_begun_a_moment_ago_is_running_although_nobody_holds_it_yet(only, queue):
    queue.begin()
    assert only().state == "running"


def test_one_that_a_living_process_holds_is_running_however_long_it_is_silent(only, queue, claims):
    operation = queue.begin()
    past = datetime.now(timezone.utc) - timedelta(hours=3)
    set_raw(operation, started_at=past, updated_at=past)
    with claims.claim(f"operation/{operation}", "the worker on GPU 1"):
        assert (only().state, only().worker) == ("running", "the worker on GPU 1")
    stale = only()
    assert stale.stale == "no worker holds it, and nothing was heard of it for 3 hours"
    assert (stale.state, stale.seconds_left) == ("stale", None)


def test_one_whose_process_is_gone_is_stale_at_once(only, queue, claims):
    operation = queue.begin()
    pid = killed_holder(operation)
    assert only().stale == f"the process that ran it, {pid} on {platform.node()}, is gone"
    assert (only().state, only().worker) == ("stale", "the worker on GPU 1")


@pytest.mark.parametrize(
    "seconds, told",
    [(50, None), (61, "1 minute"), (119, "1 minute"), (200, "3 minutes"), (7300, "2 hours"), (200000, "2 days")],
)
def test_one_on_another_machine_is_stale_when_its_worker_has_been_silent(only, queue, claims, seconds, told):
    operation = queue.begin()
    claims._take(f"operation/{operation}", "the worker on GPU 1")
    beat = datetime.now(timezone.utc) - timedelta(seconds=seconds)
    values = {"place": "elsewhere", "host": "beta", "pid": 12, "beat": beat}
    claims._claims().update_one({"_id": f"operation/{operation}"}, {"$set": values})
    assert only().stale == (told and f"its worker, process 12 on beta, has been silent for {told}")


def test_an_ended_one_is_not_stale_although_its_dead_worker_holds_it(only, queue, claims):
    operation = queue()
    killed_holder(operation)
    queue.fail(operation, "died")
    assert (only().state, only().stale) == ("failed", None)
