"""What a running operation writes down in FiftyOne's database, for whoever looks at it: its pace and its log.

The database is the one thing that a worker and the App's server surely share. Each operation has a document in a
collection of Plumb's, with the last lines of its log; the database itself deletes it when nothing has been written to
it for a month.
"""

from __future__ import annotations

import logging
import os
import platform
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from functools import cache
from typing import Any

import fiftyone.core.odm as foo
from bson import ObjectId
from pymongo.errors import PyMongoError

from plumb.datasets.claims import Taken, claim
from plumb.jobs import Progress
from plumb.pace import Pace, Stretch
from plumb.workers import CLAIMS

COLLECTION = "plumb_operations"
LINES = 200
"""How many lines of an operation's log are kept."""
PLAIN = "fiftyone delegated launch"
"""What holds an operation that is run by FiftyOne's own worker."""
_WIDTH = 500  # characters of a line
_EVERY = 1.0  # seconds between two writes
_KEPT = 30 * 24 * 3600  # seconds
# Libraries that do not hand what they log on to the root logger.
_ALOOF = ("transformers", "diffusers", "ray")


class Recorder(logging.Handler):
    """Collects lines and progress, from any thread; a thread of its own writes them, for the job must not wait."""

    def __init__(self, operation: ObjectId, worker: str):
        super().__init__(logging.INFO)
        self.setFormatter(logging.Formatter("%(name)s, %(levelname)s: %(message)s"))
        self._operation = operation
        self._values: dict[str, Any] = {"worker": worker}
        self._lines: list[str] = []
        self._pace = Pace()
        self._counts: tuple[int, int] | None = None
        self._told = ""
        self._last: logging.LogRecord | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"log of operation {operation}", daemon=True)
        self._thread.start()

    def say(self, text: str) -> None:
        """Add a text to the log, with the time, UTC."""
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
        lines = [f"{stamp} {line}"[:_WIDTH] for line in text.splitlines() if line.strip()]
        with self.lock:
            self._lines = (self._lines + lines)[-LINES:]

    def tell(self, progress: Progress) -> None:
        """Note how far the job has come; the log has a line for each of its stages, and for each tenth of one."""
        self._pace.add(progress)
        counts = (progress.done, progress.total)
        # Only what is new: from the time of its writing is known for how long nothing has come.
        if counts != self._counts:
            self._counts = counts
            stretch = self._pace.stretch
            measured = {"done": progress.done, "total": progress.total, "stretch": stretch and asdict(stretch)}
            with self.lock:
                self._values |= measured
        words = "".join(letter for letter in progress.label if not letter.isdigit())
        told = f"{words} {int(10 * progress.fraction)}"
        if told != self._told:
            self._told = told
            self.say(progress.label)

    def emit(self, record: logging.LogRecord) -> None:
        # A library may hand a record on to the root logger although it is listed as one that does not.
        if record is not self._last and not record.name.startswith("pymongo"):
            self._last = record
            self.say(self.format(record))

    def end(self) -> None:
        """Write what is left."""
        self._ended.set()
        self._thread.join(5 * _EVERY)

    def _keep(self) -> None:
        ended = False
        while not ended:
            ended = self._ended.wait(_EVERY)
            with self.lock:
                values, self._values = self._values, {}
                lines, self._lines = self._lines, []
            try:
                _write(self._operation, values, lines)
            except PyMongoError:  # tried again, except at the end
                with self.lock:
                    self._values = values | self._values
                    self._lines = (lines + self._lines)[-LINES:]


@contextmanager
def recording(operation: ObjectId) -> Iterator[Recorder]:
    """Record what happens in this process for the time of a `with` block, as the log of an operation.

    The operation is claimed for this process, if its worker has not done that: so all can see whether it is alive. A
    process runs one operation at a time, and so all that its libraries log is taken down.
    """
    with ExitStack() as stack:
        recorder = Recorder(operation, _hold(stack, f"{CLAIMS}{operation}"))
        stack.callback(recorder.end)
        loggers = [logging.getLogger(name) for name in (None, *_ALOOF)]
        for logger in loggers:
            logger.addHandler(recorder)
            stack.callback(logger.removeHandler, recorder)
        began = time.monotonic()
        recorder.say("begins")
        try:
            yield recorder
        except BaseException as error:
            recorder.say(f"ended after {time.monotonic() - began:.1f} s by {type(error).__name__}")
            raise
        recorder.say(f"completed after {time.monotonic() - began:.1f} s")


def recorded(operations: list[ObjectId]) -> dict[ObjectId, dict[str, Any]]:
    """What was recorded of operations, by id; those of which nothing was are not there.

    `worker` that ran it, in words; `done` and `total`; `speed`, in units a second, None when it is not known, or not
    any more; `heard`, UTC; `again`, the id under which it was queued again.
    """
    # For how long is told by the database's clock alone: those of a worker and of this process may differ.
    silent = {"$divide": [{"$subtract": ["$$NOW", "$advanced"]}, 1000]}
    found = _collection().aggregate(
        [{"$match": {"_id": {"$in": operations}}}, {"$set": {"silent": silent}}, {"$unset": ["lines", "advanced"]}]
    )
    return {document.pop("_id"): _with_speed(**document) for document in found}


def lines_of(operation: ObjectId) -> list[str]:
    """The last lines of an operation's log."""
    return (_collection().find_one({"_id": operation}, {"lines": True}) or {}).get("lines", [])


def note_again(operation: ObjectId, again: ObjectId) -> None:
    """Write down as what an operation was queued again."""
    _write(operation, {"again": again}, [])


def _hold(stack: ExitStack, name: str) -> str:
    """Claim the operation until the stack is left; in words what runs it."""
    for _ in range(20):
        try:
            stack.enter_context(claim(name, PLAIN))
            break
        except Taken as taken:
            if taken.holder.mine:
                return _with_process(taken.holder.what)
            time.sleep(0.1)  # a worker that has come too late has it for a moment
    return _with_process(PLAIN)


def _with_process(worker: str) -> str:
    """A worker with its process, this one."""
    return f"{worker} (process {os.getpid()} on {platform.node()})"


def _with_speed(silent: float | None, stretch: dict[str, Any] | None = None, **others: Any) -> dict[str, Any]:
    speed = Stretch(**stretch).speed(silent) if stretch and silent is not None else None
    return {**others, "speed": speed}


def _write(operation: ObjectId, values: dict[str, Any], lines: list[str]) -> None:
    if not values and not lines:
        return
    change: dict[str, Any] = {"$currentDate": {"heard": True}}
    if values:
        change["$set"] = values
    if "stretch" in values:
        change["$currentDate"]["advanced"] = True
    if lines:
        change["$push"] = {"lines": {"$each": lines, "$slice": -LINES}}
    _let_old_ones_expire()
    _collection().update_one({"_id": operation}, change, upsert=True)


@cache
def _let_old_ones_expire() -> None:
    _collection().create_index("heard", expireAfterSeconds=_KEPT)


def _collection() -> Any:
    return foo.get_db_conn()[COLLECTION]
