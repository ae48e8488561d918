"""What can be done about an operation that has failed, waits, runs or is dead; and the panel's methods for all that."""

from __future__ import annotations

import importlib
import json
import platform
from types import SimpleNamespace

import pytest

from tests.queued_operations import killed_holder, raw

# Again.


def test_a_failed_one_is_queued_again_with_the_same_parameters_on_the_same_samples(
    fo, operations, dataset, queue, execute
):
    dataset.add_samples([fo.Sample(filepath=f"/pictures/{number}.jpg") for number in range(3)])
    params = {"model": "m", "field": "dpt", "skip_existing": False}
    view = dataset.limit(2)
    first = execute("predict_depth", {"view": view, "dataset": dataset}, request_delegation=True, **params).result["id"]
    queue.fail(first)
    name = dataset.name
    dataset.name = f"{dataset.name}-renamed"
    again = operations.retry(dataset, str(first))
    newest, oldest = operations.list_operations(dataset)
    assert (newest.id, newest.state, newest.what) == (again, "queued", "m into dpt")
    assert (oldest.id, oldest.state, oldest.again) == (str(first), "failed", again)
    before, after = raw(first)["context"]["request_params"], queue.service.get(type(first)(again)).context
    assert after.request_params["params"] == before["params"] and after.request_params["view"] == before["view"]
    assert after.dataset.name == dataset.name and len(after.view) == 2
    dataset.name = name


def test_one_that_waits_or_runs_is_not_queued_again(operations, dataset, queue):
    operation = queue()
    with pytest.raises(ValueError, match=rf"^Predict depth {operation} is queued: it can be queued again when it has"):
        operations.retry(dataset, str(operation))
    queue.service.set_running(operation)
    with pytest.raises(ValueError, match="is running: it can be queued again when it has ended"):
        operations.retry(dataset, str(operation))
    assert len(operations.list_operations(dataset)) == 1


def test_one_is_queued_again_once_until_that_has_ended(operations, dataset, queue):
    operation = queue()
    queue.fail(operation)
    again = operations.retry(dataset, str(operation))
    with pytest.raises(ValueError, match=f"was queued again already, as {again}"):
        operations.retry(dataset, str(operation))
    operations.mark_failed(dataset, again)
    third = operations.retry(dataset, str(operation))
    assert third != again


def test_one_that_its_worker_is_still_stopping_is_not_queued_again_yet(operations, dataset, queue, claims):
    operation = queue()
    queue.fail(operation, "stopped by hand")
    with (
        claims.claim(f"operation/{operation}", "the worker on CPU"),
        pytest.raises(ValueError, match="is being stopped: try again in a moment"),
    ):
        operations.retry(dataset, str(operation))


def test_a_dead_one_that_is_queued_again_is_marked_as_failed_with_why(operations, dataset, queue, claims):
    operation = queue.begin()
    pid = killed_holder(operation)
    again = operations.retry(dataset, str(operation))
    newest, dead = operations.list_operations(dataset)
    assert (newest.id, newest.state, dead.state) == (again, "queued", "failed")
    assert dead.error == (
        f"the process that ran it, {pid} on {platform.node()}, is gone; marked as failed by hand; "
        "run it again: only what is missing is done"
    )
    assert not dead.stopped
    assert claims.holders("operation/") == []


# Marked as failed.


def test_a_queued_one_is_taken_off_the_queue(only, operations, dataset, queue):
    operations.mark_failed(dataset, str(queue()))
    assert (only().state, only().error) == ("failed", "taken off the queue before it was run")
    assert only().stopped


def test_a_running_one_is_marked_so_that_its_worker_stops(only, operations, dataset, queue, claims):
    operation = queue.begin()
    with claims.claim(f"operation/{operation}", "the worker on CPU"):
        operations.mark_failed(dataset, str(operation))
        assert len(claims.holders(f"operation/{operation}")) == 1
    assert (only().state, only().error) == ("failed", "stopped by hand; run it again: only what is missing is done")
    assert only().stopped


def test_one_that_has_ended_stays_as_it_is(only, operations, dataset, queue):
    operation = queue()
    queue.service.set_completed(operation, result={"predicted": 3})
    with pytest.raises(ValueError, match="has ended already: it is completed"):
        operations.mark_failed(dataset, str(operation))
    assert (only().state, only().result) == ("completed", "3 predicted")


@pytest.mark.parametrize("what", ["retry", "mark_failed", "log_of"])
@pytest.mark.parametrize("whose", ["another dataset's", "another plugin's", "nobody's", "no id", "no text"])
def test_only_the_datasets_own_operations_of_plumbs_can_be_touched(operations, dataset, queue, what, whose, other):
    on_other, strange = queue(on=other), queue("@strangers/plugin/predict_depth")
    for operation in (on_other, strange):
        queue.fail(operation, "secret")
    ids = {"another dataset's": on_other, "another plugin's": strange, "nobody's": "0" * 24, "no id": "x"}
    operation = {"$ne": None} if whose == "no text" else str(ids[whose])
    with pytest.raises(ValueError, match=rf"^there is no operation .* of Plumb's on dataset '{dataset.name}'"):
        getattr(operations, what)(dataset, operation)
    assert raw(on_other)["result"]["error"] == raw(strange)["result"]["error"] == "secret"
    assert queue.service.list_operations(dataset_name=dataset.name, run_state="queued") == []


# The panel's methods.


def test_the_panels_methods_answer_in_json_for_the_open_dataset_alone(dataset, queue, foo):
    methods = importlib.import_module("fiftyone.plugins.orgs.plumb.depth.panels.jobs_of_plumb").JobMethods()
    operation = queue(model="m")
    queue.fail(operation, "Traceback\n  x\nValueError: no")
    ctx = SimpleNamespace(dataset=dataset, params={"id": str(operation)})
    answer = methods.list_jobs(ctx)
    assert json.loads(json.dumps(answer)) == answer
    (job,) = answer["jobs"]
    assert (job["id"], job["error"], answer["workers"]) == (str(operation), "ValueError: no", [])
    assert "traceback" not in job
    assert methods.job_log(ctx) == {"lines": ["Traceback", "  x", "ValueError: no"]}
    again = methods.retry_job(ctx)["id"]
    assert methods.fail_job(SimpleNamespace(dataset=dataset, params={"id": again})) == {"id": again}
    with pytest.raises(ValueError, match="there is no operation None of Plumb's"):
        methods.fail_job(SimpleNamespace(dataset=dataset, params={}))
    with pytest.raises(ValueError, match="There is no dataset open"):
        methods.list_jobs(SimpleNamespace(dataset=None, params={}))


def test_the_page_is_told_the_colours_before_it_reloads_the_dataset(dataset, foo):
    from fiftyone.operators.executor import ExecutionContext, Executor

    executor = Executor()
    ctx = ExecutionContext({"dataset_name": dataset.name}, executor=executor)
    importlib.import_module("fiftyone.plugins.orgs.plumb.depth.panels.jobs_of_plumb").JobMethods().reload_dataset(ctx)
    told = json.loads(json.dumps(executor.to_json()))["requests"]
    assert [request["operator_uri"] for request in told] == ["set_color_scheme", "reload_dataset"]
    assert "color_by" in told[0]["params"]
