"""One worker: `python -m plumb.workers.child NAME`, started by the supervisor with its GPU as the only one to see."""

from __future__ import annotations

import os
import signal
import sys
import time
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING

from plumb.device_errors import DeviceLost
from plumb.workers import CLAIMS, MEND, PLUGIN, PRESENT, say

if TYPE_CHECKING:
    from fiftyone.operators.delegated import DelegatedOperationService
    from fiftyone.operators.executor import ExecutionResult

_PAUSE = 0.5  # seconds between two looks at the queue


def main(name: str) -> int:
    parent = os.getppid()
    who = f"{name} (process {os.getpid()})"
    # As Ctrl-C, which asyncio knows how to pass on to what it runs.
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        from fiftyone.operators.delegated import DelegatedOperationService
        from fiftyone.operators.registry import OperatorRegistry

        registry = OperatorRegistry()
        if not registry.operator_exists(f"{PLUGIN}/predict_depth"):
            errors = [context.errors for context in registry.plugin_contexts if context.name == PLUGIN]
            why = " ".join(error.strip().splitlines()[-1] for error in sum(errors, []))
            say(who, f"FiftyOne cannot load the plugin {PLUGIN}: {why or 'it is not among `fiftyone plugins list`'}")
            return 1
        from plumb.datasets.claims import claim

        service = DelegatedOperationService()
        with claim(f"{PRESENT}{uuid.uuid4().hex}", f"the worker on {name}"):  # for the App's view of the jobs
            say(who, "waits for operations")
            while os.getppid() == parent:  # else the supervisor was killed, and another one may have taken its place
                if not _run_oldest(service, name, who):
                    time.sleep(_PAUSE)
        say(who, "ends, because its supervisor is gone")
    except KeyboardInterrupt:
        say(who, "ended")
    return 0


def _run_oldest(service: DelegatedOperationService, name: str, who: str) -> bool:
    """Run the oldest of Plumb's queued operations that no other worker takes; whether there was one.

    Raises:
        SystemExit: if the GPU was lost to this process meanwhile
    """
    from fiftyone.factory import DelegatedOperationPagingParams, SortByField, SortDirection
    from fiftyone.operators.executor import ExecutionResult, ExecutionRunState

    from plumb.datasets.claims import Taken, claim

    oldest = DelegatedOperationPagingParams(SortByField.QUEUED_AT, SortDirection.ASCENDING, limit=10)
    ours = {"$regex": f"^{PLUGIN}/"}
    for operation in service.list_operations(operator=ours, run_state=ExecutionRunState.QUEUED, paging=oldest):
        # Before it is marked as running: whoever finds it running without a worker knows that the worker has died.
        with suppress(Taken), claim(f"{CLAIMS}{operation.id}", f"the worker on {name}"):
            what = f"{operation.operator.rpartition('/')[2]} {operation.id}"
            dataset = operation.context.request_params.get("dataset_name")
            say(who, f"takes {what} on dataset {dataset!r}, queued {operation.queued_at:%Y-%m-%d %H:%M:%S} UTC")
            began = time.monotonic()
            try:
                result = service.execute_operation(operation)
            except KeyboardInterrupt:
                reason = ExecutionResult(error=f"stopped, because the worker on {name} was ended; {MEND}")
                service.set_failed(operation.id, result=reason, required_state=ExecutionRunState.RUNNING)
                say(who, f"{what} stopped after {time.monotonic() - began:.1f} s")
                raise
            if result is None:
                say(who, f"{what} was taken by another worker, or is no longer wanted")
                continue
            say(who, f"{what} {_outcome(result)} after {time.monotonic() - began:.1f} s")
            if result.error and DeviceLost.__name__ in _last_line(result.error):
                say(who, "ends: only a new process gets its GPU back")
                sys.exit(1)
            return True
    return False


def _outcome(result: ExecutionResult) -> str:
    if result.error:
        return f"failed: {_last_line(result.error)}"
    numbers = {name: value for name, value in (result.result or {}).items() if isinstance(value, (int, str))}
    return " ".join(["completed", *(f"{name}={value}" for name, value in numbers.items())])


def _last_line(traceback: str) -> str:
    return traceback.strip().splitlines()[-1]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
