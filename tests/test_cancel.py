"""A job that is stopped before its end, by whoever and wherever it runs: it ends within a step and lets go of all."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
import signal
import threading
import time

import pytest

from plumb.jobs import Progress, Steps, Stopped
from plumb.models.replicate_model import IN_FLIGHT
from tests.app_page import Page
from tests.replicate_models import MARIGOLD, assert_nothing_runs
from tests.replicate_server import TOKEN, Plan, ReplicateServer
from tests.small_scenes import photo
from tests.test_inference import BrightnessModel
from tests.waiting import wait_until

URI = "@plumb/depth/predict_depth"
IMAGES = 300
UNDER_WAY = 24  # maps on disk of which some are recorded, however few of them their writer hands over at once


@pytest.fixture
def rooms(fo, tmp_path, dataset_name):
    """Enough images, large enough and one at a time, for a prediction to be stopped on its way."""
    picture = tmp_path / "room.jpg"
    picture.write_bytes(photo(height=480, width=640))
    dataset = fo.Dataset(dataset_name)
    dataset.add_samples([fo.Sample(filepath=str(picture)) for _ in range(IMAGES)])
    yield dataset
    assert holders(dataset) == []


@pytest.fixture
def params(model, tmp_path):
    return {"model": model, "field": "dpt", "batch_size": 1, "maps_dir": str(tmp_path / "maps")}


@pytest.fixture
def maps(tmp_path):
    """How many maps there are. The dataset is not asked while it is worked on: in one process it is one object."""
    return lambda: len(list((tmp_path / "maps").rglob("*.png")))


@pytest.fixture
def queue(execute, params):
    """Queue a prediction for a worker; the operation's id."""
    return lambda dataset: execute("predict_depth", {"dataset": dataset}, request_delegation=True, **params).result[
        "id"
    ]


@pytest.fixture
def service(fo):
    from fiftyone.operators.delegated import DelegatedOperationService

    return DelegatedOperationService()


def holders(dataset):
    from plumb.datasets.claims import field_claim
    from plumb.datasets.claims import holders as find

    return find(field_claim(dataset, "dpt"))


def predicted(dataset):
    dataset.reload()
    return len(dataset.exists("dpt"))


def test_a_job_that_is_closed_while_another_thread_advances_it_ends_at_its_next_progress():
    at_work, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def job():
        try:
            yield Progress(0, 2, "begun")
            at_work.set()
            go_on.wait()
            yield Progress(1, 2, "half")
            raise AssertionError("went on")
        finally:
            ended.set()

    steps = Steps(job())
    steps.advance()
    advancing = threading.Thread(target=steps.advance, args=(1000,))
    closing = threading.Thread(target=steps.close)
    advancing.start()
    at_work.wait()
    closing.start()
    while not steps._closed:
        time.sleep(0.001)
    go_on.set()
    closing.join(300)
    assert ended.is_set() and not closing.is_alive()
    with pytest.raises(Stopped):
        steps.advance()


@pytest.mark.parametrize("clicked", [False, True], ids=["from Python", "clicked"])
def test_a_cancelled_run_keeps_what_is_done_and_the_next_does_the_rest(foo, rooms, execute, params, maps, clicked):
    """What FiftyOne does on Ctrl-C, at its limit for runs from Python, and when a page is closed."""
    from fiftyone.operators.executor import execute_or_delegate_operator

    request = {"dataset_name": rooms.name, "params": params} | ({"operator_uri": URI} if clicked else {})

    async def run():
        execution = await execute_or_delegate_operator(URI, request, exhaust=not clicked)
        assert clicked, f"it ended by itself: {execution.error}"
        async for _ in execution.result:
            pass

    async def cancelled():
        task = asyncio.ensure_future(run())
        await asyncio.to_thread(wait_until, lambda: maps() > UNDER_WAY or task.done())
        assert holders(rooms)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as error:
            await task
        return error

    _kept = asyncio.run(cancelled())  # with its frames: nothing is closed only because nobody has it any more
    done = maps()
    assert 0 < predicted(rooms) <= done < IMAGES and holders(rooms) == []
    result = execute("predict_depth", {"view": rooms.limit(done + 9)}, **params).result
    assert (result["existing"], result["predicted"], maps()) == (done, 9, done + 9) and predicted(rooms) == done + 9


@pytest.mark.parametrize("how", ["failed", "deleted"])
def test_an_operation_that_is_marked_as_failed_or_deleted_meanwhile_stops_and_says_so(rooms, queue, maps, service, how):
    operation = service.get(queue(rooms))
    results = []
    worker = threading.Thread(target=lambda: results.append(service.execute_operation(operation)))
    worker.start()
    wait_until(lambda: maps() > UNDER_WAY)
    if how == "failed":
        service.set_failed(operation.id)  # as `fiftyone delegated fail` does
    else:
        service.delete_operation(operation.id)
    worker.join(300)
    assert not worker.is_alive() and 0 < predicted(rooms) < IMAGES
    assert results[0].error == "Operation state changed externally during execution."
    if how == "failed":
        assert service.get(operation.id).run_state == "failed"


@pytest.fixture
def silent(monkeypatch):
    """A Replicate whose predictions never end."""
    with ReplicateServer(lambda image: Plan(("processing",))) as server:
        monkeypatch.setenv("REPLICATE_BASE_URL", server.url)
        monkeypatch.setenv("REPLICATE_API_TOKEN", TOKEN)
        yield server


@pytest.mark.parametrize("how", ["failed", "interrupted", "closed"])
def test_a_stop_reaches_a_prediction_whose_service_never_answers(foo, rooms, execute, params, service, silent, how):
    params |= {"model": MARIGOLD, "backend": "replicate"}
    waits = lambda: len(silent.predictions) == IN_FLIGHT  # noqa: E731
    if how == "failed":
        queued = execute("predict_depth", {"dataset": rooms}, request_delegation=True, **params).result["id"]
        worker = threading.Thread(target=service.execute_operation, args=(service.get(queued),))
        worker.start()
        wait_until(waits)
        service.set_failed(service.get(queued).id)
        worker.join(300)
        assert not worker.is_alive()
    elif how == "interrupted":
        from fiftyone.operators.executor import execute_or_delegate_operator

        async def interrupted():
            request = {"dataset_name": rooms.name, "params": params}
            task = asyncio.ensure_future(execute_or_delegate_operator(URI, request, exhaust=True))
            await asyncio.to_thread(wait_until, lambda: waits() or task.done())
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        asyncio.run(interrupted())
    else:
        steps = Steps(foo.get_operator(URI).job(context(foo, rooms, params)))
        steps.advance()
        closing = threading.Timer(0, lambda: (wait_until(waits), steps.close()))
        closing.start()
        with pytest.raises(Stopped):
            while True:
                steps.advance()
        closing.join(300)
    assert holders(rooms) == []
    assert_nothing_runs(silent)
    assert len(silent.predictions) == len({request.path for request in silent.calls("cancel")}) == IN_FLIGHT


def test_a_stop_does_not_wait_for_a_model_that_loads(foo, rooms, params, monkeypatch):
    loads, ever = threading.Event(), threading.Event()

    def load(*_, **__):
        loads.set()
        ever.wait()

    monkeypatch.setattr("plumb.datasets.predicting.load_network", load)
    steps = Steps(foo.get_operator(URI).job(context(foo, rooms, params)))
    steps.advance()
    advancing = threading.Thread(target=steps.advance, args=(1,))
    advancing.start()
    assert loads.wait(300) and holders(rooms)
    steps.close()
    advancing.join(300)
    assert not advancing.is_alive() and holders(rooms) == [] and not ever.is_set()
    ever.set()


def context(foo, dataset, params, **more):
    from fiftyone.operators.executor import ExecutionContext

    return ExecutionContext({"dataset_name": dataset.name, "params": params, **more}, operator_uri=URI)


@pytest.mark.parametrize("how", ["marked as queued meanwhile", "deleted"])
def test_what_stops_the_job_of_such_an_operation_is_one_clear_error(foo, rooms, queue, service, params, how):
    from fiftyone.operators.executor import ExecutionContext

    operation = queue(rooms)
    if how == "deleted":
        service.delete_operation(operation)
    request = {"dataset_name": rooms.name, "delegated": True, "params": params}
    ctx = ExecutionContext(request, operator_uri=URI, delegated_operation_id=operation)
    with pytest.raises(
        Stopped, match=rf"^stopped, because operation {operation} was {how}: \d+ of {IMAGES} images predicted$"
    ):
        asyncio.run(foo.get_operator(URI).execute(ctx))
    assert predicted(rooms) < IMAGES
    service.delete_operation(operation)  # or a worker of another test would run it


def test_the_button_below_the_progress_stops_the_job_and_the_page_says_how_far_it_came(foo, rooms, params, maps):
    from fiftyone.operators.executor import execute_or_delegate_operator

    request = {"operator_uri": URI, "dataset_name": rooms.name, "params": params}

    async def clicked():
        execution, messages = await execute_or_delegate_operator(URI, request), []
        async for message in execution.result:
            messages.append(message.to_json()["body"])
            if maps() > UNDER_WAY and holders(rooms):
                button = messages[-1]["params"]["outputs"]["type"]["properties"]["stop"]["view"]
                stop = {"operator_uri": button["operator"], "params": button["params"]}
                await execute_or_delegate_operator(button["operator"], stop)
        return messages

    *_, reload, said = asyncio.run(clicked())
    done = predicted(rooms)
    assert 0 < done < IMAGES and reload["operator_uri"] == "reload_dataset"
    summary = said["params"]["results"]["summary"]
    assert re.fullmatch(rf"Stopped: \d+ of {IMAGES} images predicted. Run it again for the rest.", summary)


def test_the_button_of_a_job_that_has_ended_does_nothing(execute):
    assert execute("stop_depth_job", job="ended").error is None


@pytest.mark.program
def test_when_the_page_is_closed_the_server_stops_the_job_and_gives_its_field_back(app, rooms, params, maps):
    server = http.client.HTTPConnection(app.removeprefix("http://"))
    request = {"operator_uri": URI, "dataset_name": rooms.name, "params": params}
    server.request("POST", "/operators/execute/generator", json.dumps(request), {"Content-Type": "application/json"})
    answer = server.getresponse()
    answer.read(200)  # of progress
    wait_until(lambda: maps() > UNDER_WAY)
    assert holders(rooms)
    answer.close()
    server.close()
    wait_until(lambda: not holders(rooms))
    assert 0 < predicted(rooms) <= maps() < IMAGES


def test_a_worker_that_loses_its_gpu_ends_after_the_operation_so_that_a_new_process_takes_its_place(
    rooms, queue, service, monkeypatch
):
    from plumb.workers.child import _run_oldest

    class OnLostGpu(BrightnessModel):
        def start(self, images):
            raise RuntimeError("CUDA error: an illegal memory access was encountered")

    monkeypatch.setattr("plumb.datasets.predicting.load_network", lambda *_, **__: OnLostGpu())
    operation = queue(rooms)
    with pytest.raises(SystemExit) as ended:
        _run_oldest(service, "GPU 0", "GPU 0 (process 1)")
    assert ended.value.code == 1 and holders(rooms) == []
    ran = service.get(operation)
    assert ran.run_state == "failed" and "the GPU is lost to this process" in ran.result.error.splitlines()[-1]


def test_a_worker_goes_on_after_an_operation_was_stopped_and_marks_the_one_that_it_is_ended_in(
    rooms, queue, maps, service, worker
):
    first = queue(rooms)
    wait_until(maps)
    service.set_failed(first)
    wait_until(lambda: not holders(rooms))
    done = maps()
    assert done < IMAGES
    second = queue(rooms)
    wait_until(lambda: maps() > done)
    worker.send_signal(signal.SIGINT)
    worker.wait(300)
    operation = service.get(second)
    assert operation.run_state == "failed"
    assert operation.result.error == "stopped, because its worker was ended; run it again"


# The last one: while Chromium runs, FiftyOne's calls return tasks.


def test_a_user_stops_a_job_with_the_button(fo, app, browser_page, rooms, model):
    rooms.persistent = True
    # More than is predicted before a slow page has shown the button.
    rooms.add_samples([fo.Sample(filepath=rooms.first().filepath) for _ in range(5000)])
    user = Page(browser_page, app, rooms.name)
    user.open_operator("Predict depth")
    user.form.locator("input").first.fill(model)
    user.submit("Run now")
    browser_page.get_by_role("button", name="Stop").click()
    browser_page.get_by_text("Run it again for the rest").wait_for()
