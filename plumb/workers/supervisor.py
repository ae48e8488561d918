"""Keep the workers running, and mark what dead ones leave behind."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from plumb.workers import CLAIMS, MEND, PRESENT, say

if TYPE_CHECKING:
    from plumb.datasets.claims import Holder

_ROOT = Path(__file__).resolve().parent.parent.parent
_PAUSE = 0.5  # seconds between two looks at the processes
_LOOK = 5.0  # seconds between two looks for operations that have no worker any more
_GRACE = 10.0  # seconds that workers have to end
_YOUNG = 60.0  # a worker that dies within so many seconds is started again later every time...
_LONGEST = 60.0  # ...at last after so many


@dataclass
class Worker:
    """One place for a worker process.

    Attributes:
        variables: of its environment, beside this process's own
        process: that runs now; None while it is not time to start one
        began: when the last one was started
        start_at: when to start the next
        early_deaths: how many in a row have died young
    """

    name: str
    variables: dict[str, str]
    process: subprocess.Popen | None = None
    began: float = 0.0
    start_at: float = 0.0
    early_deaths: int = 0


class Supervisor:
    """Runs until it gets SIGINT or SIGTERM.

    Args:
        workers: the variables of the environment of each, by name
    """

    def __init__(self, workers: dict[str, dict[str, str]]):
        self._workers = [Worker(name, variables) for name, variables in workers.items()]
        self._deaths: dict[int, str] = {}  # how processes of ours have ended, by process id
        self._who = f"supervisor (process {os.getpid()})"

    def run(self) -> int:
        """The exit status."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.default_int_handler)
        say(self._who, f"starts {', '.join(worker.name for worker in self._workers)}; Ctrl-C ends all")
        looked = 0.0
        try:
            while True:
                died = [self._keep_running(worker) for worker in self._workers]
                if any(died) or time.monotonic() > looked + _LOOK:
                    self.mark_orphans()
                    looked = time.monotonic()
                time.sleep(_PAUSE)
        except KeyboardInterrupt:
            say(self._who, "ends its workers")
        finally:
            self._end()
        return 0

    def mark_orphans(self) -> None:
        """Mark operations as failed whose worker is dead: ours, FiftyOne's, or of a supervisor that is gone."""
        from pymongo.errors import PyMongoError

        from plumb.datasets.claims import clear, holders

        try:
            for holder in holders(CLAIMS):
                if holder.dead:
                    self._mark(holder)
            clear(PRESENT)
        except PyMongoError as error:
            say(self._who, f"the database does not answer: {str(error).splitlines()[0]}")

    def _keep_running(self, worker: Worker) -> bool:
        """Start its process if there is none; whether one has died."""
        now, died = time.monotonic(), False
        if worker.process is not None and worker.process.poll() is not None:
            died = True
            how = _how(worker.process.returncode)
            self._deaths[worker.process.pid] = how
            _kill_group(worker.process)
            worker.early_deaths = worker.early_deaths + 1 if now < worker.began + _YOUNG else 0
            wait = min(2.0 ** (worker.early_deaths - 1), _LONGEST) if worker.early_deaths else 0.0
            worker.start_at = now + wait
            say(self._who, f"{worker.name} (process {worker.process.pid}) died {how}; starts again in {wait:.0f} s")
            worker.process = None
        if worker.process is None and now >= worker.start_at:
            worker.process, worker.began = _start(worker), now
        return died

    def _mark(self, holder: Holder) -> None:
        from bson import ObjectId
        from fiftyone.operators.delegated import DelegatedOperationService
        from fiftyone.operators.executor import ExecutionResult, ExecutionRunState

        from plumb.datasets.claims import Taken, claim

        how = self._deaths.get(holder.pid, "") if holder.host == platform.node() else ""
        reason = " ".join(filter(None, [f"{holder.what} (process {holder.pid} on {holder.host}) died", how]))
        result = ExecutionResult(error=f"{reason} while running; {MEND}")
        # Nobody may run it meanwhile: where another has the claim by now, it is no orphan any more.
        with suppress(Taken), claim(holder.name, "the supervisor of the workers"):
            operation = ObjectId(holder.name.removeprefix(CLAIMS))
            running = ExecutionRunState.RUNNING
            if DelegatedOperationService().set_failed(operation, result=result, required_state=running):
                say(self._who, f"{operation} marked as failed: {reason} while running")

    def _end(self) -> None:
        """End all workers: ask, wait, insist."""
        processes = [worker.process for worker in self._workers if worker.process is not None]
        until = time.monotonic() + _GRACE
        try:
            for process in processes:
                process.terminate()
            for process in processes:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(max(0.0, until - time.monotonic()))
        finally:  # at once, if it is asked again
            for process in processes:
                _kill_group(process)
                process.wait()
                self._deaths[process.pid] = "with its supervisor"
            self.mark_orphans()
        say(self._who, "ended")


def _start(worker: Worker) -> subprocess.Popen:
    """A process of a session of its own: Ctrl-C in the terminal is for the supervisor."""
    path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
    return subprocess.Popen(
        [sys.executable, "-m", "plumb.workers.child", worker.name],
        env={**os.environ, "PYTHONPATH": path, **worker.variables},
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )


def _kill_group(process: subprocess.Popen) -> None:
    """Also what a worker has started, which may hold its GPU."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _how(status: int) -> str:
    return f"with exit status {status}" if status >= 0 else f"by signal {-status}"
