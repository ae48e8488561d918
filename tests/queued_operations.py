"""Queued operations for tests, as FiftyOne queues them, and workers that die."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

PREDICT, EVALUATE = "@plumb/depth/predict_depth", "@plumb/depth/evaluate_depth"


class Queue:
    """Queues operations on a dataset, and deletes all that were queued on it in the end."""

    def __init__(self, dataset: Any):
        from fiftyone.operators.delegated import DelegatedOperationService

        self.service = DelegatedOperationService()
        self._dataset = dataset
        self._ids: list[Any] = []

    def __call__(self, operator: str = PREDICT, on: Any = None, **params: Any) -> Any:
        """Its id."""
        request = {"dataset_name": (self._dataset if on is None else on).name, "params": params}
        self._ids.append(self.service.queue_operation(operator, context={"request_params": request}).id)
        return self._ids[-1]

    def begin(self, *args: Any, **params: Any) -> Any:
        """Queue one, and mark it as running; its id."""
        operation = self(*args, **params)
        self.service.set_running(operation)
        return operation

    def fail(self, operation: Any, error: str | None = "no") -> None:
        from fiftyone.operators.executor import ExecutionResult

        self.service.set_failed(operation, result=ExecutionResult(error=error))

    def close(self) -> None:
        _operations().delete_many({"$or": [{"dataset_id": self._dataset._doc.id}, {"_id": {"$in": self._ids}}]})


def raw(operation: Any) -> dict[str, Any]:
    """An operation's document."""
    return _operations().find_one({"_id": operation})


def set_raw(operation: Any, **values: Any) -> None:
    _operations().update_one({"_id": operation}, {"$set": values})


def killed_holder(operation: Any) -> int:
    """Let a process hold the operation as `the worker on GPU 1`, and kill it; its id."""
    from plumb.datasets import claims

    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    name = f"operation/{operation}"
    claims._take(name, "the worker on GPU 1")
    values = {"pid": process.pid, "started": claims._start(process.pid)}
    claims._claims().update_one({"_id": name}, {"$set": values})
    (holder,) = claims.holders(name)
    assert not holder.dead
    process.kill()
    process.communicate()
    return process.pid


def _operations() -> Any:
    import fiftyone.core.odm as foo

    return foo.get_db_conn()["delegated_ops"]
