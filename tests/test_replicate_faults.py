"""Replicate when it is slow, overloaded, broken or unwilling: what is tried again, what ends an image, what the run."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import traceback
from concurrent.futures import CancelledError
from dataclasses import replace
from itertools import product

import httpx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumb.models import StopRun
from plumb.models.replicate_http import Answer as Heard
from plumb.models.replicate_http import Limits, ReplicateError, asked_wait, backoff
from tests.replicate_models import QUICK, assert_nothing_runs, assert_right, hosted, late_after, photo, values
from tests.replicate_server import TOKEN, Answer, LostInGateway, Plan, ReplicateServer, Reset, Slow, grey_16
from tools.sandbox import ROOT

THROTTLED = Answer(429, {"detail": "Request was throttled. Your rate limit resets in ~0s."})
NOT_JSON = Answer(200, b"<html>maintenance</html>")


@pytest.mark.parametrize("fault, endpoint", [
    *product([THROTTLED, Answer(500), Answer(503), Reset()], ["upload", "create", "get", "output"]),
    *product([NOT_JSON], ["upload", "create", "get"]),
], ids=str)  # fmt: skip
def test_faults_that_pass_are_tried_again_and_the_prediction_is_created_once(server, fault, endpoint):
    server.fault(endpoint, fault, fault, fault)
    model = hosted()
    assert_right(model, photo())
    assert len(server.calls(endpoint)) > 3 and len(server.predictions) == 1
    assert model.details()["requests_repeated"] == 3


@pytest.mark.parametrize("lost", [Reset(after=True), LostInGateway()], ids=str)
def test_a_creation_whose_answer_was_lost_is_found_again_and_not_paid_twice(server, lost):
    server.fault("create", lost)
    server.fault("list", Answer(500), Reset())
    assert_right(hosted(), photo())
    assert len(server.predictions) == len(server.calls("create")) == 1


def test_a_lost_creation_is_still_looked_for_after_another_try_was_throttled(server):
    server.fault("create", Reset(after=True), THROTTLED)
    server.fault("list", Answer(200, {"results": []}))  # it is not listed yet
    assert_right(hosted(), photo())
    assert len(server.predictions) == 1


def test_each_image_takes_up_its_own_lost_prediction(server):
    model, images = hosted(), [photo(seed) for seed in range(6)]
    server.fault("create", *[Reset(after=True)] * 6)
    running = model.start([model.prepare(image) for image in images])
    found = [prediction.depth.values for prediction in running.result()]
    for depth, image in zip(found, images, strict=True):
        assert (depth == values(model, image)).all()
    assert len(server.predictions) == 12  # six, and six by `values`


def test_a_throttled_creation_was_not_accepted_and_is_repeated_without_a_search(server):
    server.fault("create", THROTTLED, THROTTLED)
    assert_right(hosted(), photo())
    assert server.calls("list") == []


def test_a_lost_creation_that_cannot_be_taken_up_is_cancelled(server):
    server.plan = lambda image: Plan(("processing",))
    server.fault("create", Reset(after=True))
    server.fault("list", *[Answer(500)] * 3)
    with pytest.raises(ReplicateError, match="Replicate: the server answered 500; tried 4 times"):
        values(hosted(), photo())
    assert_nothing_runs(server)


@pytest.mark.parametrize("endpoint", ["upload", "create", "get"])
def test_a_server_that_is_silent_is_asked_again_though_replicates_client_would_wait_longer(server, endpoint):
    never = threading.Event()
    server.fault(endpoint, Slow(never))
    assert_right(hosted(limits=replace(QUICK, silence=0.3)), photo())
    assert len(server.calls(endpoint)) > 1
    never.set()


@pytest.mark.parametrize("endpoint", ["upload", "create", "get"])
def test_faults_that_do_not_pass_end_the_image_and_leave_nothing_running(server, endpoint):
    server.fault(endpoint, *[Answer(503)] * 4)
    model = hosted()
    with pytest.raises(ReplicateError, match="Replicate: the server answered 503; tried 4 times"):
        values(model, photo())
    assert_nothing_runs(server)
    assert_right(model, photo(1))  # and no other image


def test_a_server_that_is_not_there_is_named_after_all_tries(monkeypatch):
    with ReplicateServer() as server:
        monkeypatch.setenv("REPLICATE_BASE_URL", server.url)
    with pytest.raises(ReplicateError, match="Replicate: no connection .*refused.*; tried 4 times"):
        values(hosted(), photo())


def test_being_asked_to_wait_uses_up_no_tries(server):
    server.fault("create", *[THROTTLED] * 20)
    assert_right(hosted(), photo())


@pytest.mark.parametrize("asks", [
    Answer(429, {"detail": "Request was throttled. Your rate limit resets in ~0.3s."}),
    Answer(429, {"detail": "slower"}, {"Retry-After": "0.3"}),
    Answer(503, b"", {"Retry-After": "0.3"}),
], ids=["in words", "429", "503"])  # fmt: skip
def test_the_next_try_comes_when_the_server_asked_for_it(server, asks):
    server.fault("get", asks)
    assert_right(hosted(), photo())
    first, second, *_ = (request.time for request in server.calls("get"))
    assert second - first >= 0.3


@pytest.mark.parametrize("endpoint", ["upload", "create", "get", "output"])
def test_a_wait_beyond_the_deadline_ends_the_image_at_once(server, endpoint):
    server.fault(endpoint, Answer(429, b"", {"Retry-After": "86400"}))
    with pytest.raises(ReplicateError, match="429 and asked to wait 86400 s; gave up"):
        values(hosted(), photo())
    assert_nothing_runs(server)


def test_an_upload_without_an_address_is_reported(server):
    server.fault("upload", Answer(201, {"urls": None}))
    with pytest.raises(ReplicateError, match="no address of the uploaded image"):
        values(hosted(), photo())


@pytest.mark.parametrize("headers, body, seconds", [
    ({"Retry-After": "7"}, b"", 7),
    ({"Retry-After": "0.5"}, b"", 0.5),
    ({"Retry-After": "7"}, b'{"detail": "resets in ~30s."}', 7),
    ({}, b'{"detail": "Request was throttled. Your rate limit resets in ~30s."}', 30),
    ({}, b'{"detail": "Your rate limit resets in 2.5 s"}', 2.5),
    ({"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}, b"", 0),
    ({"Retry-After": "soon"}, b"[]", 0),
    ({}, b"\xff\xfe", 0),
])  # fmt: skip
def test_what_a_server_asks_for_is_read_from_header_or_words(headers, body, seconds):
    assert asked_wait(Heard(429, httpx.Headers(headers), body)) == seconds


def test_a_date_to_retry_at_is_in_the_future():
    heard = Heard(503, httpx.Headers({"Retry-After": "Fri, 01 Jan 2100 00:00:00 GMT"}), b"")
    assert asked_wait(heard) > 1e9


@given(st.integers(0, 10_000), st.floats(0.001, 10), st.floats(0.001, 100))
def test_backoff_doubles_up_to_its_limit_and_takes_any_part_of_that(attempt, first, longest):
    limits = Limits(backoff=first, longest_backoff=longest)
    most = min(longest, first * 2.0 ** min(attempt, 30))
    waits = [backoff(attempt, limits) for _ in range(20)]
    assert all(0 <= wait <= most for wait in waits)
    assert len(set(waits)) > 10  # full jitter: several that were refused together do not come back together


@pytest.mark.parametrize("status, endpoint, advice", [
    (401, "upload", "secret REPLICATE_API_TOKEN"),
    (401, "create", "secret REPLICATE_API_TOKEN"),
    (401, "get", "secret REPLICATE_API_TOKEN"),
    (402, "create", "account/billing"),
    (403, "create", "account that may run this model"),
    (404, "create", "version of the model"),
    (422, "create", "version or inputs"),
])  # fmt: skip
def test_what_no_other_image_would_survive_stops_the_run_at_once_with_what_to_do(server, status, endpoint, advice):
    server.fault(endpoint, Answer(status, {"title": "No", "detail": "- input: reason\n- of two lines"}))
    with pytest.raises(StopRun, match=rf"{advice}.*\(- input: reason - of two lines\)$") as caught:
        values(hosted(), photo())
    assert str(status) in str(caught.value) and "\n" not in str(caught.value)
    assert len(server.calls(endpoint)) == 1
    assert_nothing_runs(server)


@pytest.mark.parametrize("status, endpoint", [(404, "get"), (413, "upload"), (422, "get"), (400, "create")])
def test_other_refusals_end_the_image_alone(server, status, endpoint):
    server.fault(endpoint, Answer(status, {"detail": "too large"}))
    with pytest.raises(ReplicateError, match=f"Replicate answered {status}: too large"):
        values(hosted(), photo())
    assert_nothing_runs(server)


@pytest.mark.parametrize("status, words", [
    ("failed", "failed on Replicate: CUDA out of memory"),
    ("canceled", "was cancelled on Replicate: CUDA out of memory"),
    ("aborted", "was aborted on Replicate before it began: CUDA out of memory"),
])  # fmt: skip
@pytest.mark.parametrize("before", [(), ("starting", "processing")], ids=["at creation", "later"])
def test_a_prediction_that_ended_badly_is_reported_with_the_models_own_line_and_not_repeated(
    server, status, words, before
):
    server.plan = lambda image: Plan((*before, status), error="CUDA out of memory\nmore of it")
    with pytest.raises(ReplicateError, match=rf"{words} \(https://replicate.com/p/p0\)"):
        values(hosted(), photo())
    assert len(server.predictions) == 1 and server.calls("cancel") == []


def test_of_a_traceback_the_last_line_is_reported(server):
    server.plan = lambda image: Plan(
        ("failed",), error="Traceback (most recent call last):\n  File ...\nValueError: no"
    )
    with pytest.raises(ReplicateError, match="failed on Replicate: ValueError: no "):
        values(hosted(), photo())


def test_a_failure_without_any_reason_says_so(server):
    server.plan = lambda image: Plan(("failed",))
    with pytest.raises(ReplicateError, match="no reason given"):
        values(hosted(), photo())


def test_a_status_that_nobody_knows_yet_is_waited_through(server):
    server.plan = lambda image: Plan(("queued", "warming", "processing", "succeeded"))
    assert_right(hosted(), photo())


def test_a_prediction_that_processes_for_ever_is_cancelled_at_its_deadline_and_reported(server, monkeypatch):
    server.plan = lambda image: Plan(("starting", "processing"))
    late_after(3, server, monkeypatch)
    with pytest.raises(ReplicateError, match=r"no result within 0\.333 minutes \(still processing\)"):
        values(hosted(), photo())
    assert server.status("p0") == "canceled"


def test_cancelling_ends_the_wait_at_once_and_the_prediction_on_the_server(server):
    server.plan = lambda image: Plan(("processing",))
    model, never = hosted(), threading.Event()
    running = model.start([model.prepare(photo())])
    server.wait_for(lambda: len(server.calls("get")) > 3)
    server.fault("get", Slow(never))  # the server does not even answer
    server.wait_for(lambda: len(server.calls("get")) > 4)
    ended = threading.Thread(target=lambda: pytest.raises(CancelledError, running.result))
    ended.start()
    running.cancel()
    ended.join(60)
    assert not ended.is_alive() and server.status("p0") == "processing"  # nobody waited for the server
    never.set()
    assert_nothing_runs(server)
    assert server.status("p0") == "canceled"


def test_a_prediction_that_is_being_created_while_the_run_is_cancelled_is_cancelled_too(server):
    server.plan = lambda image: Plan(("processing",))
    model, later = hosted(), threading.Event()
    server.fault("create", Slow(later))
    running = model.start([model.prepare(photo())])
    server.wait_for(lambda: server.calls("create"))
    running.cancel()
    later.set()
    server.wait_for(lambda: server.predictions)
    assert_nothing_runs(server)


def test_cancelling_what_has_ended_changes_nothing(server):
    model = hosted()
    running = model.start([model.prepare(photo())])
    running.result()
    running.cancel()
    assert server.calls("cancel") == []


def test_a_run_that_is_dropped_leaves_nothing_polling(server):
    server.plan = lambda image: Plan(("processing",))
    model = hosted()
    running = model.start([model.prepare(photo(seed)) for seed in range(3)])
    server.wait_for(lambda: len(server.predictions) == 3)
    del running
    gc.collect()
    assert_nothing_runs(server)
    assert {server.status(key) for key in server.predictions} == {"canceled"}


def test_where_one_image_of_a_batch_fails_the_batch_can_be_divided_and_nothing_is_paid_for_again(server):
    images, later = [photo(seed) for seed in range(4)], threading.Event()
    bad = images[0].tobytes()
    server.plan = lambda image: Plan(("failed",)) if image.tobytes() == bad else Plan(("processing", "succeeded"))
    model = hosted()
    prepared = [model.prepare(image) for image in images]
    server.fault("get", *[Slow(later)] * 3)
    running = model.start(prepared)
    server.wait_for(lambda: len(server.calls("get")) == 3)  # one has failed already; the others go on
    later.set()
    with pytest.raises(ReplicateError, match="failed on Replicate"):
        running.result()
    with pytest.raises(ReplicateError, match="failed on Replicate"):
        model.start(prepared[:1]).result()
    found = [np.rint(model.start([one]).result()[0].depth.values * 65535) for one in prepared[1:]]
    np.testing.assert_array_equal(found, [grey_16(image) for image in images[1:]])
    assert len(server.predictions) == len(server.calls("create")) == len(server.calls("upload")) == 4
    assert server.calls("cancel") == []


def test_where_one_image_of_a_batch_ends_the_run_the_others_are_cancelled_at_once(server):
    server.plan = lambda image: Plan(("processing",))
    model, go = hosted(), threading.Event()
    server.fault("create", Slow(go), Slow(go), Answer(402))
    running = model.start([model.prepare(photo(seed)) for seed in range(3)])
    errors = []
    ended = threading.Thread(target=lambda: errors.append(pytest.raises(StopRun, running.result).value))
    ended.start()
    server.wait_for(lambda: len(server.calls("create")) == 3)
    go.set()
    ended.join(60)
    assert "(402)" in str(*errors)  # and waited for none of the others
    assert_nothing_runs(server)


@pytest.mark.program
def test_a_program_that_ends_cancels_its_predictions(server):
    server.plan = lambda image: Plan(("processing",))
    program = """
import dataclasses, sys
from tests.replicate_models import QUICK, hosted, photo
model = hosted(limits=dataclasses.replace(QUICK, deadline=3600))
running = model.start([model.prepare(photo())])
sys.stdin.read()
"""
    process = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, cwd=ROOT, env={**os.environ})
    server.wait_for(lambda: server.calls("get"))
    process.communicate(timeout=600)  # it does not wait for the hour that the prediction may take
    assert process.returncode == 0 and server.status("p0") == "canceled"


def leaks(server: ReplicateServer) -> None:
    """Every way in which the server may hand the token back."""
    everywhere = f"the token {TOKEN}, Bearer {TOKEN}"
    server.fault("upload", Answer(500, {"detail": everywhere}), Answer(413, {"detail": everywhere}))
    server.fault("create", Answer(422, {"detail": everywhere}), Answer(400, everywhere.encode()))
    server.plan = lambda image: Plan((TOKEN, "failed"), error=everywhere)


@pytest.mark.parametrize("fault", [Answer(401), Answer(418), Answer(503), Reset(), NOT_JSON], ids=str)
@pytest.mark.parametrize("endpoint", ["upload", "create", "get"])
def test_not_even_the_variables_along_a_traceback_show_the_token(server, fault, endpoint):
    server.fault(endpoint, *[fault] * 4)
    error = pytest.raises((ReplicateError, StopRun), values, hosted(), photo()).value
    shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert "Service(" in shown and TOKEN not in shown


def test_the_token_is_in_no_error_chain_repr_detail_or_log(server, caplog, monkeypatch):
    caplog.set_level("DEBUG")
    model, errors = hosted(), []
    leaks(server)
    for _ in range(4):  # 413, 422, 400, failed
        errors.append(pytest.raises((ReplicateError, StopRun), values, model, photo()).value)
    server.plan = lambda image: Plan(output=f"{server.url}/outputs?token={TOKEN}")
    errors.append(pytest.raises(ReplicateError, values, model, photo()).value)
    server.plan = lambda image: Plan((TOKEN,))
    late_after(len(server.calls("get")) + 2, server, monkeypatch)
    errors.append(pytest.raises(ReplicateError, values, hosted(), photo()).value)
    assert [str(error).count("[token]") for error in errors] == [2, 2, 2, 2, 0, 1]
    for error in errors:
        assert error.__cause__ is None and error.__context__ is None
    told = [str(errors), repr(model), repr(model.service), str(model.details()), repr(vars(model)), caplog.text]
    assert not [text for text in told if TOKEN in text]
