"""Plumb's queued operations as people want to know them: what each does, how far it is, what became of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import fiftyone as fo
import fiftyone.core.odm as foo
from bson import ObjectId
from fiftyone.factory.repos.delegated_operation import MongoDelegatedOperationRepo
from fiftyone.operators.delegated import DelegatedOperationService
from fiftyone.operators.executor import ExecutionResult

from plumb.datasets import operation_log
from plumb.datasets.claims import Holder, Taken, claim, holders
from plumb.datasets.operation_words import UNITS, describe, duration, label, last_error, result_in_words
from plumb.workers import CLAIMS, MEND, PLUGIN, PRESENT

SILENCE = 180.0
"""Seconds after which an operation is taken for dead of which no worker says that it runs it."""

# What is stored as the error of an operation that somebody has ended on purpose: FiftyOne has no state for it.
_TAKEN_OFF = "taken off the queue before it was run"
_STOPPED = "stopped by hand"

# Not FiftyOne's own list: it would load every view, with the ids of all its samples, whenever somebody looks.
_OURS = {"operator": {"$regex": f"^{re.escape(PLUGIN)}/"}, "archived": {"$ne": True}}
_LENGTHS = {
    "$map": {
        "input": {"$objectToArray": "$result.result"},
        "in": {"k": "$$this.k", "v": {"$cond": [{"$isArray": "$$this.v"}, {"$size": "$$this.v"}, "$$this.v"]}},
    }
}
_LISTED = {
    **dict.fromkeys(("operator", "run_state", "status", "dataset_id"), True),
    **dict.fromkeys(("queued_at", "scheduled_at", "started_at", "completed_at", "failed_at", "updated_at"), True),
    "params": "$context.request_params.params",
    "dataset": "$context.request_params.dataset_name",
    "error": "$result.error",
    "result": {"$cond": [{"$eq": [{"$type": "$result.result"}, "object"]}, {"$arrayToObject": _LENGTHS}, None]},
    "silent": {
        "$divide": [{"$subtract": ["$$NOW", {"$max": ["$status.updated_at", "$updated_at", "$started_at"]}]}, 1000]
    },
}


@dataclass(frozen=True)
class Operation:
    """One queued, running or ended operation.

    Attributes:
        id: FiftyOne's, as `fiftyone delegated list` shows it
        name: of the operator, without the plugin's
        label: of the operator, for people
        dataset: name of the dataset that it is about; None where it had none
        what: what it does, in one line: the model and the field, or the fields and the protocol
        state: "queued", "running", "completed", "failed", or "stale": marked as running, but nobody runs it
        progress: from 0 to 1; None while nothing was reported
        step: what the job said last
        done, total: of the stage that it is in, or ended in, in `unit`; None of a completed one
        unit: plural of what is counted, such as "images"
        speed: units a second; None where it is not known
        seconds_left: at that speed
        queued_at, started_at, ended_at, heard_at: UTC, as "2026-01-31T12:00:00Z"; None if that was not yet
        error: one line, of a failed one
        traceback: the whole text of its error
        result: one line, of a completed one
        stopped: whether it failed only because somebody took it off the queue or stopped it
        stale: why it is taken for dead
        worker: what runs it, or ran it, with its process
        again: the id under which it was queued again
    """

    id: str
    name: str
    label: str
    dataset: str | None
    what: str
    state: str
    progress: float | None
    step: str | None
    done: int | None
    total: int | None
    unit: str
    speed: float | None
    seconds_left: float | None
    queued_at: str | None
    started_at: str | None
    ended_at: str | None
    heard_at: str | None
    error: str | None
    traceback: str | None
    result: str | None
    stopped: bool
    stale: str | None
    worker: str | None
    again: str | None


def list_operations(dataset: fo.Dataset | None = None, limit: int = 50) -> list[Operation]:
    """The latest operations of Plumb's, the one that was queued last first.

    Args:
        dataset: only those on this dataset, and imports into it; by default all
    """
    found = list(
        _operations().aggregate(
            [
                {"$match": _of(dataset)},
                {"$sort": {"queued_at": -1, "scheduled_at": -1, "_id": -1}},
                {"$limit": limit},
                {"$project": _LISTED},
            ]
        )
    )
    held = {holder.name.removeprefix(CLAIMS): holder for holder in holders(CLAIMS)}
    recorded = operation_log.recorded([document["_id"] for document in found])
    return [
        _operation(document, held.get(str(document["_id"])), recorded.get(document["_id"], {})) for document in found
    ]


def workers() -> list[str]:
    """The workers of `python -m plumb.workers` that are alive, busy or not, in words."""
    return sorted(f"{holder.what} (on {holder.host})" for holder in holders(PRESENT) if not holder.dead)


def log_of(dataset: fo.Dataset | None, operation: str) -> list[str]:
    """The last lines of an operation's log, and the whole error that ended it.

    Raises:
        ValueError: if it is no operation of Plumb's on this dataset
    """
    known = _find(dataset, operation)
    return [*operation_log.lines_of(ObjectId(operation)), *(known.traceback or "").strip().splitlines()]


def retry(dataset: fo.Dataset | None, operation: str) -> str:
    """Queue an operation once more, with the same parameters on the same samples; a dead one is marked as failed first.

    A prediction goes on where it was stopped, unless it was to replace what is there.

    Returns:
        the id of the new one

    Raises:
        ValueError: if it is no operation of Plumb's on this dataset, has not ended, or is queued again already
    """
    known = _find(dataset, operation)
    if known.state in ("queued", "running"):
        raise ValueError(f"{known.label} {operation} is {known.state}: it can be queued again when it has ended")
    if known.again and _is_under_way(known.again):
        raise ValueError(f"{known.label} {operation} was queued again already, as {known.again}")
    if known.state == "stale":
        mark_failed(dataset, operation)
    elif any(not holder.dead for holder in holders(f"{CLAIMS}{operation}")):
        raise ValueError(f"{known.label} {operation} is being stopped: try again in a moment")
    document = _operations().find_one({"_id": ObjectId(operation)})
    request = document["context"]["request_params"]
    if dataset is not None and document.get("dataset_id") == dataset._doc.id:
        request["dataset_name"] = dataset.name  # it may have been renamed since
    again = DelegatedOperationService().queue_operation(
        document["operator"],
        label=document.get("label"),
        delegation_target=document.get("delegation_target"),
        context={"request_params": request},
        metadata=document.get("metadata"),
    )
    operation_log.note_again(ObjectId(operation), again.id)
    return str(again.id)


def mark_failed(dataset: fo.Dataset | None, operation: str) -> None:
    """Mark an operation as failed: a dead one, a queued one, which then is not run, or a running one, which stops.

    Raises:
        ValueError: if it is no operation of Plumb's on this dataset, or has ended
    """
    known = _find(dataset, operation)
    if known.state == "queued":
        _set_failed(known, _TAKEN_OFF)
    elif known.state == "running":
        _set_failed(known, f"{_STOPPED}; {MEND}")
    elif known.state == "stale":
        # Its dead worker's claim is taken over and released: nobody may run it meanwhile.
        with suppress(Taken), claim(f"{CLAIMS}{operation}", "whoever marks it as failed"):
            _set_failed(known, f"{known.stale}; marked as failed by hand; {MEND}")
            return
        raise ValueError(f"{known.label} {operation} is run by another worker by now")
    else:
        raise ValueError(f"{known.label} {operation} has ended already: it is {known.state}")


def _set_failed(known: Operation, reason: str) -> None:
    result, states = ExecutionResult(error=reason), ("scheduled", "queued") if known.state == "queued" else ("running",)
    service = DelegatedOperationService()
    if not any(service.set_failed(ObjectId(known.id), result=result, required_state=state) for state in states):
        raise ValueError(f"{known.label} {known.id} is no longer {known.state}: look again")


def _find(dataset: fo.Dataset | None, operation: str) -> Operation:
    if isinstance(operation, str) and ObjectId.is_valid(operation):
        key = ObjectId(operation)
        held = holders(f"{CLAIMS}{operation}")
        found = _operations().aggregate([{"$match": {"_id": key, **_of(dataset)}}, {"$project": _LISTED}])
        for document in found:
            recorded = operation_log.recorded([key]).get(key, {})
            return _operation(document, held[0] if held else None, recorded)
    where = "" if dataset is None else f" on dataset {dataset.name!r}"
    raise ValueError(f"there is no operation {operation!r} of Plumb's{where}: it may have been deleted")


def _of(dataset: fo.Dataset | None) -> dict[str, Any]:
    if dataset is None:
        return _OURS
    imports = {
        "operator": {"$regex": f"^{re.escape(PLUGIN)}/import_"},
        "context.request_params.params.dataset_name": dataset.name,
    }
    return {**_OURS, "$or": [{"dataset_id": dataset._doc.id}, imports]}


def _is_under_way(operation: str) -> bool:
    return bool(
        _operations().find_one({"_id": ObjectId(operation), "run_state": {"$in": ["scheduled", "queued", "running"]}})
    )


def _operation(document: dict[str, Any], holder: Holder | None, recorded: dict[str, Any]) -> Operation:
    name = document["operator"].removeprefix(f"{PLUGIN}/")
    params = document.get("params") or {}
    status = document.get("status") or {}
    state = "queued" if document["run_state"] == "scheduled" else document["run_state"]
    stale = _why_stale(holder, document["silent"] or 0.0) if state == "running" else None
    done, total, speed = (recorded.get(name) for name in ("done", "total", "speed"))
    running = state == "running" and not stale
    error = document.get("error") if state == "failed" else None
    return Operation(
        id=str(document["_id"]),
        name=name,
        label=label(name),
        dataset=params.get("dataset_name") if name.startswith("import_") else document.get("dataset"),
        what=describe(name, params),
        state="stale" if stale else state,
        progress=status.get("progress"),
        step=status.get("label"),
        done=None if state == "completed" else done,
        total=None if state == "completed" else total,
        unit=UNITS.get(name, "steps"),
        speed=speed if running else None,
        seconds_left=(total - done) / speed if running and speed else None,
        queued_at=_first(document, "queued_at", "scheduled_at"),
        started_at=_first(document, "started_at"),
        ended_at=_first(document, "completed_at" if state == "completed" else "failed_at"),
        heard_at=_iso(_latest([status.get("updated_at"), recorded.get("heard"), document.get("started_at")])),
        error=last_error(error) if error else ("failed without a reason" if state == "failed" else None),
        traceback=error,
        result=result_in_words(document["result"]) if state == "completed" and document.get("result") else None,
        stopped=bool(error) and error.startswith((_TAKEN_OFF, _STOPPED)),
        stale=stale,
        worker=recorded.get("worker") or (holder.what if holder else None),
        again=str(recorded["again"]) if "again" in recorded else None,
    )


def _why_stale(holder: Holder | None, silent: float) -> str | None:
    """Why a running operation is taken for dead, None if it lives."""
    if holder is None:
        if silent < SILENCE:
            return None  # it begins, or ends
        return f"no worker holds it, and nothing was heard of it for {duration(silent)}"
    if not holder.dead:
        return None
    if holder.near:
        return f"the process that ran it, {holder.pid} on {holder.host}, is gone"
    return f"its worker, process {holder.pid} on {holder.host}, has been silent for {duration(holder.silent)}"


def _first(document: dict[str, Any], *names: str) -> str | None:
    return next((_iso(document[name]) for name in names if document.get(name)), None)


def _latest(times: Iterable[datetime | None]) -> datetime | None:
    return max(filter(None, times), default=None)


def _iso(time: datetime | None) -> str | None:
    return time and time.replace(tzinfo=timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _operations() -> Any:
    return foo.get_db_conn()[MongoDelegatedOperationRepo.COLLECTION_NAME]
