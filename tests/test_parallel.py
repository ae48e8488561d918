"""Streams in threads, and long jobs in steps: in order, bounded, and ended when nobody wants more."""

import inspect
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumb.jobs import Job, Progress, Steps, Stopped, awaited, finish
from plumb.parallel import batched, core_count, map_ahead, ticking
from tools.sandbox import ROOT


def square(number: int) -> int:
    return number * number


class Counting:
    """An endless stream that knows how many items were taken from it, and whether it was closed."""

    def __init__(self):
        self.taken = 0

    def __iter__(self) -> Iterator[int]:
        while True:
            self.taken += 1
            yield self.taken


# map_ahead


@given(items=st.lists(st.integers(-99, 99), max_size=30), workers=st.integers(1, 4), ahead=st.integers(1, 9))
def test_every_item_comes_back_with_its_result_in_the_items_order(items, workers, ahead):
    assert list(map_ahead(square, items, workers, ahead)) == [(item, item * item) for item in items]


def test_order_holds_when_the_first_item_takes_longest():
    later_ones_done = threading.Event()

    def work(item: int) -> int:
        if item == 0:
            assert later_ones_done.wait(300)
        elif item == 3:
            later_ones_done.set()
        return item

    assert [item for item, _ in map_ahead(work, range(6), workers=2, ahead=4)] == list(range(6))


def test_workers_run_at_the_same_time():
    both = threading.Barrier(2, timeout=300)  # passes only when two threads stand at it
    list(map_ahead(lambda _: both.wait(), range(4), workers=2))


@pytest.mark.parametrize("ahead", [1, 2, 7])
def test_never_more_than_ahead_items_are_taken_before_the_oldest_result_is_consumed(ahead):
    stream = Counting()
    results = map_ahead(square, stream, workers=3, ahead=ahead)
    for consumed in range(1, 20):
        next(results)
        assert stream.taken <= consumed + ahead - 1
    results.close()


def test_how_many_are_held_may_change_meanwhile():
    stream, room = Counting(), 2
    results = map_ahead(square, stream, workers=3, ahead=lambda: room)
    next(results), next(results)
    assert stream.taken == 3
    room = 9
    next(results)
    assert stream.taken == 11
    results.close()


def test_a_result_of_slow_items_is_handed_out_as_soon_as_it_is_there_where_that_is_asked_for():
    class Slow(Counting):
        def __iter__(self) -> Iterator[int]:
            for item in super().__iter__():
                time.sleep(0.01)
                yield item

    stream = Slow()
    results = map_ahead(square, stream, workers=1, ahead=200, prompt=True)
    assert next(results) == (1, 1)
    assert stream.taken < 100
    results.close()


def test_nothing_is_taken_before_the_first_result_is_asked_for():
    stream = Counting()
    results = map_ahead(square, stream)
    assert stream.taken == 0
    results.close()


def test_an_error_in_the_function_arrives_at_its_items_place():
    def work(item: int) -> float:
        return 1 / (item - 3)

    seen = []
    with pytest.raises(ZeroDivisionError):
        for item, _ in map_ahead(work, range(10), workers=2, ahead=4):
            seen.append(item)
    assert seen == [0, 1, 2]


def test_an_error_in_the_stream_arrives_too():
    def items() -> Iterator[int]:
        yield 1
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        list(map_ahead(square, items()))


def test_closing_early_drops_what_has_not_started_and_leaves_no_thread_behind():
    before, never, started = threading.active_count(), threading.Event(), []

    def work(item: int) -> int:
        started.append(item)
        if item > 0:
            never.wait(0.2)  # keeps the only worker busy
        return item

    results = map_ahead(work, range(100), workers=1, ahead=50)
    next(results)
    results.close()
    assert len(started) < 50
    assert threading.active_count() <= before


def test_closing_early_closes_the_stream():
    closed = threading.Event()

    def items() -> Iterator[int]:
        try:
            yield from range(1000)
        finally:
            closed.set()

    results = map_ahead(square, items(), workers=1, ahead=2)
    next(results)
    results.close()
    del results
    assert closed.wait(300)


def test_core_count_is_at_least_one():
    assert core_count() >= 1


# ticking


def left_behind() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "plumb-ticking"]


@given(items=st.lists(st.integers(), max_size=30))
def test_a_ticking_stream_gives_every_item_in_order(items):
    assert [item for item in ticking(item for item in items) if item is not None] == items


def test_a_stream_that_waits_gives_none_meanwhile_and_then_goes_on():
    go_on = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        assert go_on.wait(300)
        yield 2

    stream = ticking(items(), every=0.01)
    assert next(filter(None, stream)) == 1
    assert [next(stream) for _ in range(3)] == [None] * 3
    go_on.set()
    assert list(filter(None, stream)) == [2]


def test_an_error_comes_behind_the_items_before_it():
    def items() -> Iterator[int]:
        yield from (1, 2)
        raise OSError("the disk is gone")

    seen = []
    with pytest.raises(OSError, match="the disk is gone"):
        for item in filter(None, ticking(items())):
            seen.append(item)
    assert seen == [1, 2]


def test_closing_cancels_what_the_stream_waits_for_and_waits_until_it_has_ended():
    stop, ended = threading.Event(), threading.Event()

    def items() -> Iterator[int]:
        try:
            yield 1
            assert stop.wait(300)
            yield 2
        finally:
            ended.set()

    stream = ticking(items(), every=0.01, cancel=stop.set)
    assert next(filter(None, stream)) == 1
    assert next(stream) is None
    stream.close()
    assert ended.is_set() and not left_behind()


def test_a_ticking_stream_is_taken_a_few_items_ahead_and_closed_with_its_reader():
    stream = Counting()
    found = ticking(iter(stream), cancel=lambda: None)
    assert stream.taken == 0
    for _ in range(20):
        assert next(filter(None, found)) + 8 >= stream.taken
    found.close()
    assert not left_behind() and stream.taken <= 28


LEFT_ALONE = """
import threading, time
from plumb.parallel import ticking

closed = threading.Event()

def items():
    yield 1
    closed.wait()
    time.sleep(0.3)
    print("the batch has ended")
    yield 2

stream = ticking(items(), every=0.01)
print(next(filter(None, stream)))
stream.close()
print("closed")
closed.set()
"""


def test_a_program_gives_what_it_has_left_alone_a_moment_to_end():
    ended = subprocess.run([sys.executable, "-c", LEFT_ALONE], capture_output=True, text=True, cwd=ROOT, timeout=600)
    assert (ended.stdout.splitlines(), ended.stderr) == (["1", "closed", "the batch has ended"], "")


# batched


@given(items=st.lists(st.integers()), size=st.integers(1, 7))
def test_batches_joined_are_the_items_and_only_the_last_is_shorter(items, size):
    batches = list(batched(items, size))
    assert [item for batch in batches for item in batch] == items
    assert all(len(batch) == size for batch in batches[:-1])
    assert all(1 <= len(batch) <= size for batch in batches)


def test_a_batch_takes_no_more_from_a_stream_than_it_holds():
    stream = Counting()
    assert next(batched(stream, 3)) == [1, 2, 3]
    assert stream.taken == 3


# Jobs


def count_to(total: int) -> Job[str]:
    for done in range(1, total + 1):
        yield Progress(done, total, f"{done} counted")
    return "done"


def test_a_job_is_finished_with_its_result():
    assert finish(count_to(5)) == "done"


def test_a_job_without_any_progress_is_finished_too():
    assert finish(count_to(0)) == "done"


def test_a_job_that_is_interrupted_between_two_steps_is_closed(monkeypatch):
    job, asked = count_to(1000), 0

    def clock() -> float:
        nonlocal asked
        asked += 1
        if asked == 4:
            raise KeyboardInterrupt
        return 0.0

    monkeypatch.setattr("plumb.jobs.time.monotonic", clock)
    with pytest.raises(KeyboardInterrupt):
        finish(job)
    assert inspect.getgeneratorstate(job) == inspect.GEN_CLOSED


LOADING = Progress(0, 9, "loading")


def test_what_is_awaited_reports_the_same_progress_until_it_has_ended():
    go_on = threading.Event()

    def load() -> None:
        assert go_on.wait(300)

    def job() -> Job[str]:
        loaded = yield from awaited(load, LOADING, every=0.01)
        return f"loaded {loaded}"

    steps = Steps(job())
    for _ in range(3):
        steps.advance(patience=0)
        assert steps.progress is LOADING
    go_on.set()
    steps.advance(patience=1000)
    assert (steps.progress, steps.result) == (None, "loaded None")


def test_an_error_of_what_is_awaited_is_the_jobs():
    with pytest.raises(ZeroDivisionError):
        finish(awaited(lambda: 1 / 0, LOADING))


def test_a_job_that_awaits_what_never_ends_is_closed_at_once_by_another_thread():
    ever = threading.Event()
    steps = Steps(awaited(ever.wait, LOADING, every=0.01))
    steps.advance()

    def advance() -> None:
        with suppress(Stopped):
            steps.advance(patience=1000)

    advancing = threading.Thread(target=advance)
    advancing.start()
    steps.close()
    advancing.join(300)
    assert not advancing.is_alive()
    ever.set()


def test_an_error_in_a_job_is_not_swallowed():
    def job() -> Job[str]:
        yield Progress(1, 2, "half")
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        finish(job())


def test_the_first_step_ends_at_the_first_progress_however_patient():
    steps = Steps(count_to(3))
    steps.advance(patience=1000)
    assert steps.progress == Progress(1, 3, "1 counted")
    assert steps.result is None


def test_without_patience_every_step_is_one_progress_and_then_comes_the_result():
    steps, seen = Steps(count_to(3)), []
    steps.advance(patience=0)
    while steps.progress is not None:
        seen.append(steps.progress.done)
        steps.advance(patience=0)
    assert seen == [1, 2, 3]
    assert steps.result == "done"


def test_with_patience_quick_progress_is_passed_over():
    steps = Steps(count_to(1000))
    steps.advance(patience=1000)
    steps.advance(patience=1000)
    assert (steps.progress, steps.result) == (None, "done")


def test_a_result_of_none_ends_a_job_as_well():
    def job() -> Job[None]:
        yield Progress(1, 1, "all")

    assert finish(job()) is None


@pytest.mark.parametrize("done, total, fraction", [(0, 4, 0.0), (1, 4, 0.25), (4, 4, 1.0), (0, 0, 1.0)])
def test_the_fraction_of_an_empty_job_is_all(done, total, fraction):
    assert Progress(done, total, "").fraction == fraction
