"""A connection to Ray, for as long as a run needs it."""

from __future__ import annotations

import importlib.util
import logging
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from plumb.parallel import core_count

_OBJECTS = 100 << 20  # bytes for Ray's object store, of which little is used: maps do not pass through it
_PACKAGE = Path(__file__).resolve().parent


class EngineError(RuntimeError):
    """Ray cannot do the work; the message says why in one line, and what to do."""


def ray_missing() -> str | None:
    """Why Ray cannot be used here, and what to do; None where it can."""
    found = importlib.util.find_spec("ray")
    if found is None or found.origin is None:  # a mere folder of that name has no origin
        return "Ray is not installed: pip install -r requirements-ray.txt"
    return None


_joining = threading.Lock()
_users = 0  # of the connection that was made here


@contextmanager
def cluster() -> Iterator[dict[str, Any]]:
    """Be connected to a cluster; give the `runtime_env` by which actors find this package there."""
    global _users
    if missing := ray_missing():
        raise EngineError(missing)
    import ray

    with _joining:
        ours = _users > 0 or not ray.is_initialized()
        if ours and not _users:
            _connect()
        _users += ours
    try:
        # A connection that somebody else made cannot be given files any more, only the name of their folder.
        yield {} if ours else {"env_vars": {"PYTHONPATH": str(_PACKAGE.parent)}}
    finally:
        with _joining:
            _users -= ours
            if ours and not _users:
                ray.shutdown()


def _connect() -> None:
    import ray

    address = os.environ.get("RAY_ADDRESS") or "local"
    options: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
    if address == "local":
        options |= {"num_cpus": core_count(), "object_store_memory": _OBJECTS, "include_dashboard": False}
    files = {"py_modules": [str(_PACKAGE)], "excludes": ["__pycache__"]}
    main = threading.current_thread() is threading.main_thread()
    terminate = signal.getsignal(signal.SIGTERM)
    try:
        _check_answers(address)
        ray.init(address, runtime_env=files, **options)
    except Exception as error:  # ConnectionError, RuntimeError, ValueError, ...
        mend = "start it with `ray start --head`, or unset RAY_ADDRESS to start one here"
        what = "cannot start Ray here" if address == "local" else f"cannot reach the Ray cluster at {address}; {mend}"
        raise EngineError(f"{what} ({why(error)})") from None
    finally:
        if main and terminate is not None:
            signal.signal(signal.SIGTERM, terminate)  # Ray puts its own in its place


def _check_answers(address: str) -> None:
    """Ask once whether somebody is there: Ray itself would ask for minutes. Raises OSError."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if port.isdigit():  # and not one of Ray's own words, such as "auto"
        socket.create_connection((host.strip("[]"), int(port)), timeout=10).close()


def places(cores: int) -> tuple[dict[str, int], int]:
    """What an actor takes of a node, and how many of them the cluster has room for."""
    import ray

    if gpus := int(ray.cluster_resources().get("GPU", 0)):
        return {"num_gpus": 1, "num_cpus": 1}, gpus
    nodes = [int(node["Resources"].get("CPU", 0)) for node in ray.nodes() if node["Alive"]]
    cores = max(1, min(cores, max(nodes, default=1)))
    return {"num_cpus": cores}, max(1, sum(node // cores for node in nodes))


def why(error: Exception) -> str:
    """The telling sentence of what Ray says of an actor's end, or the first line of another error."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    telling = next((line for line in lines if line.startswith("The actor is dead")), lines[0])
    return telling.split(". ")[0]
