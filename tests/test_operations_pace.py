"""The speed of a job, from what it reports."""

from __future__ import annotations

import pytest

from plumb.jobs import Progress
from plumb.pace import Pace


class Clock:
    seconds = 0.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def pace(clock):
    return Pace(clock)


@pytest.fixture
def report(clock, pace):
    """Let so many seconds pass, then report."""

    def run(after, done, total=1000):
        clock.seconds += after
        pace.add(Progress(done, total, "label"))
        return pace.speed

    return run


def test_nothing_is_known_before_something_is_done_and_then_some_more(report):
    assert report(0, 0) is None
    assert report(5, 10) is None
    assert report(5, 10) is None
    assert report(5, 30) == 2


def test_the_time_before_the_first_batch_is_done_does_not_count(report):
    for _ in range(60):
        report(1, 0)
    report(40, 8)
    assert report(2, 16) == 4


def test_the_speed_is_that_of_the_last_twenty_seconds(report):
    for second in range(1, 61):
        assert report(1, 10 * second) in (None, 10)
    for second in range(1, 25):
        last = report(1, 600 + 2 * second)
    assert last == pytest.approx(2)


def test_what_a_stopped_run_had_done_already_is_forgotten_after_a_while(report):
    report(0, 0)
    report(1, 400)  # found on disk, at once
    report(1, 900)
    for second in range(1, 30):
        last = report(1, 900 + second)
    assert last == pytest.approx(1)


def test_what_is_reported_as_done_at_first_is_the_beginning(report):
    report(0, 700)
    assert report(10, 710) == 1


def test_slow_jobs_are_judged_by_their_last_four_changes(report):
    for image in range(1, 4):
        report(5, image)
    for image in range(4, 10):
        last = report(60, image)
    assert last == pytest.approx(1 / 60)


def test_a_job_that_halts_slows_down_but_not_between_its_batches(report):
    for batch in range(1, 6):
        steady = report(10, 8 * batch)
    assert steady == report(15, 40) == 0.8
    assert report(20, 40) == pytest.approx(32 / 75)


@pytest.mark.parametrize("apart, until", [(1, 20), (10, 40)], ids=["twenty seconds", "as long as it was measured"])
def test_a_job_that_halts_for_long_has_no_speed_any_more_until_it_goes_on(report, apart, until):
    for image in range(1, 6):
        report(apart, image)
    assert report(until, 5) > 0
    assert report(1, 5) is None
    assert report(1, 6) > 0


def test_what_has_been_measured_can_be_told_later_by_who_knows_only_for_how_long_nothing_came(report, pace, clock):
    for image in range(1, 6):
        report(10, image)
    measured = pace.stretch
    for seconds in (0, 15, 35, 60):
        clock.seconds = 50 + seconds
        assert measured.speed(seconds) == pace.speed


@pytest.mark.parametrize("done, total", [(1, 50), (3, 100)], ids=["another total", "less than before"])
def test_another_stage_begins_anew(report, done, total):
    report(0, 5, 100)
    assert report(1, 10, 100) == 5
    assert report(1, done, total) is None
    assert report(2, done + 4, total) == 2
