"""Claims on names in FiftyOne's database: of two operations on one field the second says so and stops.

A claim is a document whose `_id` is the name, so the database itself lets only one holder in. Its holder renews it
every few seconds by the database's clock; clocks of machines are never compared. A holder that was killed cannot
release its claim: whoever wants it next finds that the holder is dead, and takes it over.
"""

from __future__ import annotations

import os
import platform
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import fiftyone as fo
import fiftyone.core.odm as foo
import psutil
from pymongo.errors import DuplicateKeyError, PyMongoError

COLLECTION = "plumb_claims"
BEAT = 5.0
"""Seconds between two signs of life."""
SILENCE = 60.0
"""Seconds without a sign of life after which a holder on another machine is taken for dead."""


@dataclass(frozen=True)
class Holder:
    """Who holds a claim.

    Attributes:
        name: what is claimed
        what: what the holder is, or does, in words
        pid, host: its process
        since: when it took the claim, by the database's clock, UTC
        silent: seconds since its last sign of life
        place: what tells its machine from others, see `_place`
        started: what tells its process from a later one with the same id
        token: what tells this claim from a later one on the name
    """

    name: str
    what: str
    pid: int
    host: str
    since: str
    silent: float
    place: str
    started: str
    token: str

    @property
    def near(self) -> bool:
        """Whether it is, or was, on this machine, and so can be looked at."""
        return self.place == _place()

    @property
    def mine(self) -> bool:
        """Whether it is this process."""
        return self.near and self.pid == os.getpid()

    @property
    def dead(self) -> bool:
        """Whether it can be taken over: its process is gone, or, on another machine, has been silent for long."""
        if self.near:
            return not _runs(self.pid, self.started)
        return self.silent > SILENCE


class Taken(ValueError):
    """The name is claimed by another operation that is alive."""

    def __init__(self, holder: Holder):
        super().__init__(
            f"{holder.what} is at work already: process {holder.pid} on {holder.host}, since {holder.since} UTC; "
            "wait until it has ended, or stop it, and run this again"
        )
        self.holder = holder


class Held:
    """A claim that is held.

    Attributes:
        lost: whether another has it now, because this process was silent for too long: its holder must stop
    """

    def __init__(self, name: str, token: str):
        self.lost = False
        self._own = {"_id": name, "token": token}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"claim on {name}", daemon=True)
        self._thread.start()

    def release(self) -> None:
        """Give it back; where the database does not answer, as soon as it does again."""
        self._ended.set()
        if not sys.is_finalizing():  # then no thread goes on, and the process is gone in a moment
            self._thread.join(BEAT)

    def _keep(self) -> None:
        while not self.lost:
            ended = self._ended.wait(BEAT)
            try:
                if ended:
                    _claims().delete_one(self._own)
                    return
                renewed = _claims().update_one(self._own, {"$currentDate": {"beat": True}})
                self.lost = not renewed.matched_count
            except PyMongoError:
                time.sleep(1)  # tried again


@contextmanager
def claim(name: str, what: str) -> Iterator[Held]:
    """Hold `name`, alone, for the time of a `with` block.

    Args:
        what: what its holder does, for whoever finds it taken: "predict_depth into 'dpt' of dataset 'rooms'"

    Raises:
        Taken: another operation holds it, in this process or any other, and is not dead
    """
    held = Held(name, _take(name, what))
    try:
        yield held
    finally:
        held.release()


def field_claim(dataset: fo.Dataset, field: str) -> str:
    """The name of a field of a dataset, whatever the dataset is renamed to."""
    return f"{dataset._doc.id}/{field}"


def holders(prefix: str) -> list[Holder]:
    """Who holds the claims whose names begin with `prefix`, alive or dead."""
    return _find({"_id": {"$gte": prefix, "$lt": f"{prefix}\uffff"}})


def clear(prefix: str) -> None:
    """Release the claims of dead holders that nobody else would take over."""
    for holder in holders(prefix):
        if holder.dead:
            _claims().delete_one({"_id": holder.name, "token": holder.token})


def _take(name: str, what: str) -> str:
    """Write the claim; its token."""
    token = uuid.uuid4().hex
    pid = os.getpid()
    mine = {"what": what, "pid": pid, "host": platform.node(), "place": _place(), "started": _start(pid)}
    while True:
        try:
            # Where the name is taken, no document has both, and to insert one is refused.
            _claims().update_one(
                {"_id": name, "token": token},
                {"$set": mine, "$currentDate": {"since": True, "beat": True}},
                upsert=True,
            )
            return token
        except DuplicateKeyError:
            for holder in _find({"_id": name}):
                if not holder.dead:
                    raise Taken(holder) from None
                _claims().delete_one({"_id": name, "token": holder.token})


def _find(query: dict[str, Any]) -> list[Holder]:
    fields = {name: f"${name}" for name in ("what", "pid", "host", "place", "started", "token")}
    computed = {
        "since": {"$dateToString": {"date": "$since", "format": "%Y-%m-%d %H:%M:%S"}},
        "silent": {"$divide": [{"$subtract": ["$$NOW", "$beat"]}, 1000]},
    }
    found = _claims().aggregate([{"$match": query}, {"$project": {"_id": 0, "name": "$_id", **fields, **computed}}])
    return [Holder(**document) for document in found]


def _claims() -> Any:
    return foo.get_db_conn()[COLLECTION]


@cache
def _place() -> str:
    """What processes share that see each other's process ids: a boot of a machine, and a container on it.

    Names of hosts would not do: containers share them, and so do machines made from one image.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:  # not Linux
        return f"{platform.node()} {uuid.getnode()}"


def _runs(pid: int, started: str) -> bool:
    if not psutil.pid_exists(pid):
        return False
    try:
        return _start(pid) == started
    except (OSError, psutil.Error):  # it is there, but not ours to look at
        return True


def _start(pid: int) -> str:
    """When a process was started, and "" when it has ended and waits to be collected."""
    if not Path("/proc/self/stat").exists():
        process = psutil.Process(pid)
        return "" if process.status() == psutil.STATUS_ZOMBIE else repr(process.create_time())
    # Ticks since the machine's start: psutil gives it as a time of day, which changes when the clock is set.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return "" if fields[0] in "ZX" else fields[19]
