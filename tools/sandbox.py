"""A FiftyOne of our own: own database server, port and folders; nothing of the user's is read or written.

Used by the demo, the tests and the benchmarks:

    with Sandbox(Path(".cache/demo")) as sandbox:
        sandbox.apply()             # before `import fiftyone` in this process
        import fiftyone as fo
        sandbox.worker()            # a real `fiftyone delegated launch`
        print(sandbox.app_server()) # http://127.0.0.1:PORT

Everything started is stopped by its process id when the block is left: at its end, by an exception, Ctrl-C,
SIGTERM or SIGHUP. When this process is killed outright, the kernel kills its children too (Linux).
"""

from __future__ import annotations

import atexit
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tools import mongod

ROOT = Path(__file__).resolve().parent.parent
BOUND = Path(__file__).resolve().parent / "exec_bound.py"


class SandboxError(RuntimeError):
    """A part of the sandbox did not come up; the message holds the end of its log."""


class Sandbox:
    """Own mongod, own FiftyOne folders and the processes that work on them, for the time of a ``with`` block.

    Args:
        folder: where everything lives: ``db``, ``datasets``, ``maps``, ``plugins``, ``config`` and the logs.
            One sandbox at a time can run in a folder; a folder left by a killed run is taken up again.
        purpose: a word for the database's name, ``plumb_<purpose>``.
        temporary: delete the folder at the end (and the database, where a server of the user's had to serve).
        progress_bars: whether FiftyOne draws its progress bars.

    Raises:
        SandboxError: on entering, when there is no database server or it does not start.
    """

    def __init__(
        self, folder: Path, *, purpose: str = "demo", temporary: bool = False, progress_bars: bool = False
    ) -> None:
        self.folder = Path(folder).absolute()
        self.temporary = temporary
        self.database = f"plumb_{purpose}" + (f"_{uuid.uuid4().hex[:8]}" if temporary else "")
        self.env: dict[str, str] = {}
        self._progress_bars = progress_bars
        self._children: list[subprocess.Popen] = []
        self._before: dict[str, str] | None = None  # FiftyOne's variables as apply() found them
        self._handlers: dict[int, object] = {}
        self._signal: int | None = None  # the one that ended us
        self._own_server = False
        self._closing = False

    def __enter__(self) -> Sandbox:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._catch_signals()
        atexit.register(self.close)
        try:
            binary = mongod.ensure()
            self._own_server = binary is not None
            uri = self._start_mongod(binary) if binary else os.environ["FIFTYONE_DATABASE_URI"]
            self.env = self._environment(uri)
            self._link_plugin()
        except mongod.MongodMissing as error:
            self.close()
            raise SandboxError(str(error)) from None
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop every process that was started, last one first, and put the environment back."""
        if self._closing:
            return
        self._closing = True
        atexit.unregister(self.close)
        if self._before is not None and "fiftyone" in sys.modules:
            _close_fiftyone_connection()
        for child in reversed(self._children):
            _stop(child)
        self._children.clear()
        if self.temporary and self.env:  # it had come up: the folder and the database are ours
            if not self._own_server:
                _drop_database(self.env["FIFTYONE_DATABASE_URI"], self.database)
            shutil.rmtree(self.folder, ignore_errors=True)
        if self._before is not None:
            _replace_fiftyone_variables(self._before)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        if self._signal is not None:
            os.kill(os.getpid(), self._signal)  # now the former handler decides

    def apply(self) -> None:
        """Set the sandbox's variables in this process, until it closes; must come before ``import fiftyone``.

        Raises:
            SandboxError: FiftyOne is imported already and has read the user's configuration.
        """
        if "fiftyone" in sys.modules:
            raise SandboxError("Sandbox.apply() must be called before fiftyone is imported")
        if self._before is None:
            self._before = {k: v for k, v in os.environ.items() if _is_ours(k)}
        _replace_fiftyone_variables(self.env)

    def start(self, command: Sequence[str | Path], log_name: str) -> subprocess.Popen:
        """Start a program inside the sandbox; its output goes to ``<folder>/<log_name>.log``.

        The program gets a process group of its own. On Linux it is bound to the calling thread: call this
        from one that lives as long as the program should.
        """
        outside = {k: v for k, v in os.environ.items() if not _is_ours(k)}
        bound = [sys.executable, "-I", "-S", str(BOUND), str(os.getpid()), *map(str, command)]
        with open(self.log(log_name), "wb") as log:
            child = subprocess.Popen(
                bound,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env={**outside, **self.env, "PYTHONUNBUFFERED": "1"},
                start_new_session=True,
            )
        self._children.append(child)
        return child

    def stop(self, child: subprocess.Popen) -> None:
        """Stop one program that :meth:`start` or :meth:`worker` returned, before the sandbox closes."""
        _stop(child)
        self._children.remove(child)

    def app_server(self, timeout: float = 180) -> str:
        """Start an App server on a free port; returns its address once it answers."""
        address, _ = self._start_app(timeout)
        return address

    @contextmanager
    def running_app(self) -> Iterator[str]:
        """The same for the time of a ``with`` block."""
        address, server = self._start_app()
        try:
            yield address
        finally:
            self.stop(server)

    def worker(self, timeout: float = 180) -> subprocess.Popen:
        """Start a delegated worker, ``fiftyone delegated launch``; returns once it polls for work.

        A worker knows the operators that exist when it starts.
        """
        name = f"worker-{len(self._children)}"
        child = self.start([Path(sys.executable).parent / "fiftyone", "delegated", "launch"], name)
        self._wait_for(child, name, lambda: b"service running" in self.log(name).read_bytes(), timeout)
        return child

    def log(self, name: str) -> Path:
        """The log file of the program that was started under ``name``."""
        return self.folder / f"{name}.log"

    def _environment(self, uri: str) -> dict[str, str]:
        config, datasets = self.folder / "config", self.folder / "datasets"
        config.mkdir(exist_ok=True)
        variables = {
            "FIFTYONE_DATABASE_URI": uri,
            "FIFTYONE_DATABASE_NAME": self.database,
            "FIFTYONE_DATABASE_VALIDATION": "false",
            "FIFTYONE_DEFAULT_DATASET_DIR": datasets,
            "FIFTYONE_DATASET_ZOO_DIR": datasets,
            "FIFTYONE_MODEL_ZOO_DIR": self.folder / "models",
            "FIFTYONE_PLUGINS_DIR": self.folder / "plugins",
            "FIFTYONE_DO_NOT_TRACK": "true",
            "FIFTYONE_SHOW_PROGRESS_BARS": str(self._progress_bars).lower(),
            "PLUMB_MAPS_DIR": self.folder / "maps",
        }
        # FiftyOne would read these files in ~/.fiftyone; here there are none.
        for kind in ("", "APP_", "ANNOTATION_", "EVALUATION_", "BRAIN_"):
            variables[f"FIFTYONE_{kind}CONFIG_PATH"] = config / f"{kind.lower()}config.json"
        return {name: str(value) for name, value in variables.items()}

    def _link_plugin(self) -> None:
        link = self.folder / "plugins" / "plumb"
        link.parent.mkdir(exist_ok=True)
        if link.is_symlink() and link.resolve() == ROOT:
            return
        link.unlink(missing_ok=True)
        link.symlink_to(ROOT, target_is_directory=True)

    def _start_app(self, timeout: float = 180) -> tuple[str, subprocess.Popen]:
        port = _free_port()
        name, address = f"app-{port}", f"http://127.0.0.1:{port}"
        main = [sys.executable, "-m", "fiftyone.server.main"]
        server = self.start([*main, "--port", str(port), "--address", "127.0.0.1"], name)
        self._wait_for(server, name, lambda: _answers(f"{address}/fiftyone"), timeout)
        return address, server

    def _start_mongod(self, binary: Path) -> str:
        """Start the server; returns its URI. Tries again when another process took the free port first."""
        (self.folder / "db").mkdir(exist_ok=True)
        for _ in range(5):
            port = _free_port()
            command = [binary, "--dbpath", self.folder / "db", "--bind_ip", "127.0.0.1", "--port", str(port)]
            command += ["--nounixsocket", "--quiet", "--wiredTigerCacheSizeGB", "0.25"]
            command += ["--setParameter", "diagnosticDataCollectionEnabled=false"]
            child = self.start(command, "mongod")
            try:
                self._wait_for(child, "mongod", lambda port=port: _listens(port), timeout=120)
                return f"mongodb://127.0.0.1:{port}"
            except SandboxError:
                said = self.log("mongod").read_text(errors="replace")
                if "DBPathInUse" in said:
                    raise SandboxError(f"Another run is using {self.folder}: wait or stop it") from None
                if "Address already in use" not in said:
                    raise
                self._children.remove(child)
        raise SandboxError("mongod found no free port in five tries")

    def _wait_for(self, child: subprocess.Popen, name: str, ready: Callable[[], bool], timeout: float):
        end = time.monotonic() + timeout
        while child.poll() is None and time.monotonic() < end:
            if ready():
                return
            time.sleep(0.05)
        status = child.poll()
        what = f"was not ready after {timeout:.0f} s" if status is None else f"ended with status {status}"
        tail = "\n".join(self.log(name).read_text(errors="replace").splitlines()[-15:])
        raise SandboxError(f"{name} {what}; the end of {self.log(name)}:\n{tail}")

    def _catch_signals(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return  # Python lets only the main thread set handlers

        def unwind(number: int, _frame: object) -> None:
            self._signal = number
            if not self._closing:
                raise KeyboardInterrupt  # unwind; a handler itself may have interrupted the holder of a lock

        for number in (signal.SIGTERM, signal.SIGHUP):
            self._handlers[number] = signal.signal(number, unwind)


def _close_fiftyone_connection() -> None:
    """Or FiftyOne waits half a minute, when this process ends, for a server that is gone."""
    import fiftyone.core.odm as foo

    foo.get_db_client().close()


def _drop_database(uri: str, name: str) -> None:
    from pymongo import MongoClient

    with MongoClient(uri) as client:
        client.drop_database(name)


def _is_ours(variable: str) -> bool:
    return variable.startswith("FIFTYONE_") or variable == "PLUMB_MAPS_DIR"


def _replace_fiftyone_variables(new: dict[str, str]) -> None:
    for name in [name for name in os.environ if _is_ours(name)]:
        del os.environ[name]
    os.environ.update(new)


def _stop(child: subprocess.Popen, patience: float = 15) -> None:
    """End a process and its group: ask, wait, insist."""
    if child.poll() is None:
        child.terminate()
        with suppress(subprocess.TimeoutExpired):
            child.wait(patience)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)  # it leads its group: also what it left behind
    child.wait()


def _free_port() -> int:
    """One that nobody listens at, below those that the system itself gives to connections: what takes seconds to start
    finds it free still."""
    for port in random.SystemRandom().sample(range(12_000, 32_000), 1000):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise SandboxError("no free port between 12000 and 32000")


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return response.status == 200
    except OSError:
        return False
