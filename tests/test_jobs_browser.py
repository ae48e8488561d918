"""Queued operations as a user watches them in the App: one runs and ends, one fails, the worker of one has died."""

from __future__ import annotations

import re
import signal
from contextlib import contextmanager

import pytest

from plumb.jobs import finish
from tests.app_page import LONG, SHORT, Page
from tests.queued_operations import EVALUATE, PREDICT, Queue, killed_holder

SCENES = 6


@pytest.fixture(scope="module")
def rooms(fo, foo, samples):
    from plumb.datasets.importing import import_sunrgbd

    finish(import_sunrgbd(samples, "browser-jobs", max_scenes=SCENES))
    dataset = fo.load_dataset("browser-jobs")
    dataset.persistent = True
    yield dataset
    dataset.delete()


@pytest.fixture
def queue(rooms):
    queue = Queue(rooms)
    yield queue
    queue.close()


class Jobs:
    """The leaderboard's tab."""

    def __init__(self, user: Page):
        self.page = user.page
        user.open_panel("depth_leaderboard", self.at("leaderboard"))
        self.open("jobs")

    def open(self, tab: str) -> None:
        self.at(f"lb-tab-{tab}").click(timeout=SHORT)

    def at(self, name: str, within=None):
        return (within or self.page).locator(f'[data-plumb="{name}"]')

    def row(self, state: str):
        """The latest operation, which must come to be in that state."""
        row = self.at("job").first
        self.page.locator(f'li[data-plumb="job"][data-state="{state}"]:first-child').wait_for(timeout=LONG)
        return row

    def wait(self, name: str, pattern: str, within=None) -> str:
        """What stands there, once it is this."""
        found = self.at(name, within).filter(has_text=re.compile(pattern)).first
        found.wait_for(timeout=LONG)
        return found.inner_text()


@contextmanager
def halted(worker, page, rooms):
    """The worker in the midst of a prediction, which then does not end before it has been looked at."""
    from plumb.datasets.operations import list_operations

    for _ in range(LONG // 50):
        operation = list_operations(rooms)[0]
        if operation.done and operation.progress:  # which are written one after the other
            break
        page.wait_for_timeout(50)
    worker.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        worker.send_signal(signal.SIGCONT)


# One test: while Playwright runs, each page would cost half a minute.
def test_a_user_watches_operations_run_end_fail_and_die_and_does_something_about_it(
    app, browser_page, console, rooms, queue, request
):
    from plumb.datasets.claims import claim

    user = Page(browser_page, app, rooms.name)
    user.wait_for_grid(SCENES)
    jobs = Jobs(user)

    # Nothing was queued: it says how that is done, and what runs it.
    assert "python -m plumb.workers --gpus 0" in jobs.wait("jobs-empty", "Nothing was queued on this dataset")

    # Queued by clicking, before there is a worker.
    user.open_operator("Predict depth")
    user.form.locator("input").first.fill("marigold-tiny")
    browser_page.get_by_role("option", name="marigold-tiny").click()
    user.form.get_by_text("Denoising steps").wait_for(timeout=SHORT)
    # Many, for it is halted on its way, and says once a second how far it is.
    user.form.get_by_role("spinbutton").nth(0).fill("30")
    user.form.get_by_text("Run on a worker").scroll_into_view_if_needed()
    user.form.get_by_role("checkbox", name="Run on a worker").check()
    user.submit("Queue")
    waiting = jobs.row("queued")
    assert "marigold-tiny into marigold_tiny" in waiting.inner_text()
    assert "no worker of Plumb’s is alive" in jobs.wait("jobs-no-worker", "Operations wait")
    user.keep_picture("jobs-queued.png")

    # A worker takes it; its progress is seen on the way, and its log.
    worker = request.getfixturevalue("worker")
    with halted(worker, browser_page, rooms):
        running = jobs.row("running")
        jobs.at("jobs-no-worker").wait_for(state="detached", timeout=SHORT)
        jobs.at("job-details", running).click()
        assert re.match(r"[\d-]+ [\d:]+ begins", jobs.wait("job-log", "loading marigold-tiny", running))
        jobs.wait("job-pace", rf"[1-{SCENES}] of {SCENES} images predicted", running)
        running.locator('[role="progressbar"][aria-valuenow]:not([aria-valuenow="0"])').wait_for(timeout=SHORT)
        user.keep_picture("jobs-running.png")
        jobs.open("table")

    # It ends while another tab is open, which says so; the dataset is reloaded by the button.
    ended = jobs.wait("jobs-ended", "is done")
    assert f"Predict depth (marigold-tiny into marigold_tiny) is done: {SCENES} predicted" in ended
    field = browser_page.locator('[data-cy="checkbox-marigold_tiny"]')
    assert field.count() == 0
    jobs.at("jobs-reload").click()
    field.wait_for(timeout=LONG)
    jobs.at("jobs-ended").wait_for(state="detached", timeout=SHORT)
    jobs.open("jobs")
    assert jobs.wait("job-outcome", "predicted", jobs.row("completed")) == f"{SCENES} predicted, 0 existing, 0 failed"

    # One that fails shows its error, its traceback on demand, and can be tried again.
    failing = queue(EVALUATE, pred_fields=["nowhere"])
    jobs.wait("job-outcome", "nowhere", jobs.row("failed"))
    assert jobs.row("failed").get_attribute("data-id") == str(failing)
    jobs.at("job-details", jobs.row("failed")).click()
    assert "Traceback (most recent call last)" in jobs.wait("job-log", "ValueError: 'nowhere' holds no depth maps")
    jobs.at("job-retry", jobs.row("failed")).click()
    browser_page.locator(f'li[data-plumb="job"]:first-child:not([data-id="{failing}"])').wait_for(timeout=SHORT)
    jobs.row("failed")
    assert "Queued again" in browser_page.locator(f'[data-id="{failing}"]').inner_text()
    assert jobs.at("job-retry", browser_page.locator(f'[data-id="{failing}"]')).count() == 0

    # One whose worker died is stale, and is marked as failed when the question is answered with yes.
    worker.kill()  # or it would take what is queued now
    worker.wait()
    dead = queue(PREDICT, model="dpt-tiny", field="lost")
    queue.service.set_running(dead)
    pid = killed_holder(dead)
    stale = jobs.row("stale")
    assert f"The process that ran it, {pid} on " in jobs.wait("job-outcome", "is gone", stale)
    user.keep_picture("jobs-stale.png")
    jobs.at("job-fail", stale).click()
    jobs.at("job-no", stale).click()
    jobs.at("job-fail", stale).click()
    assert stale.get_attribute("data-state") == "stale"
    jobs.at("job-yes", stale).click()
    assert "marked as failed by hand" in jobs.wait("job-outcome", "by hand", jobs.row("failed"))

    # What cannot be done is said in its row, and the panel stays as it is.
    with claim(f"operation/{dead}", "the worker on GPU 1"):
        jobs.at("job-retry", jobs.row("failed")).click()
        assert jobs.wait("job-problem", "").endswith(f"{dead} is being stopped: try again in a moment")
    assert not [entry for entry in console if entry.unexpected]
