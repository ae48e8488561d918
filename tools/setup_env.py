"""Make .venv and install the tested set into it, once. Standard library only: the system's Python runs this.

    python3 tools/setup_env.py          what `make demo` needs
    python3 tools/setup_env.py --dev    and what `make test`, `make lint` and `make web` need: pytest, ruff, a browser,
                                        Node and web/node_modules

A stamp in .venv holds a hash of what was installed from, so the next run has nothing to do. It is written
last; a marker stands while pip works, and an environment found with the marker is made anew: pip takes a
package that it was killed over for an installed one.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SUPPORTED = ((3, 10), (3, 11), (3, 12))


class SetupError(RuntimeError):
    """Set-up cannot go on; the message says what to do."""


class Environment:
    """The virtual environment of one checkout.

    Args:
        root: the checkout: holds the requirement files and, once made, ``.venv``.
        dev: whether requirements-dev.txt is part of it.
    """

    def __init__(self, root: Path, dev: bool) -> None:
        self.root = root
        self.dev = dev
        self.folder = root / ".venv"
        self.python = self.folder / "bin" / "python"
        self.marker = self.folder / "plumb-installing"
        self.requirements = [root / "requirements.txt"] + [root / "requirements-dev.txt"] * dev

    def fresh(self) -> bool:
        """Whether what is installed was installed from the requirement files as they are now."""
        if self.marker.exists() or self.version() not in SUPPORTED:
            return False
        # The set for the tests holds that for the demo: either stamp will do for the demo.
        sets = [self] if self.dev else [self, Environment(self.root, dev=True)]
        return any(env.stamp().is_file() and env.stamp().read_text() == env.wanted() for env in sets)

    def stamp(self) -> Path:
        """The file that remembers the last finished installation."""
        return self.folder / f"plumb-{'dev' if self.dev else 'demo'}.json"

    def wanted(self) -> str:
        """What the stamp of an up-to-date environment says."""
        files = [*self.requirements, self.root / "constraints.txt"]
        hashes = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
        return json.dumps({"python": self.version(), **hashes}, indent=1) + "\n"

    def version(self) -> tuple[int, int] | None:
        """(major, minor) of the environment's Python, or None when there is none that runs."""
        ask = "import sys; print(*sys.version_info[:2])"
        try:
            said = subprocess.run([self.python, "-I", "-S", "-c", ask], capture_output=True, text=True)
            major, minor = map(int, said.stdout.split())
        except (OSError, ValueError):
            return None
        return major, minor

    def install(self) -> None:
        """Make the environment where it is missing or unusable, and install. Ends with a new stamp.

        Raises:
            SetupError: .venv is something else, or pip failed.
        """
        if self.marker.exists() or self.version() not in SUPPORTED:
            self._make()
        if subprocess.run([self.python, "-m", "pip", "--version"], capture_output=True).returncode:
            self._run("-m", "ensurepip", "--upgrade")  # some tools make environments without pip
        for dev in (False, True):
            Environment(self.root, dev).stamp().unlink(missing_ok=True)
        self.marker.touch()
        files = [argument for file in self.requirements for argument in ("-r", file)]
        print("Installing into .venv; the first time takes minutes and some gigabytes", flush=True)
        options = ("--no-input", "--disable-pip-version-check", "-c", self.root / "constraints.txt")
        status = subprocess.run([self.python, "-m", "pip", "install", *options, *files]).returncode
        if status >= 0:  # it ended by itself, so no package is half installed, whatever it said
            self.marker.unlink()
        if status:
            raise SetupError("pip could not install Plumb's requirements: its message is above")
        _write(self.stamp(), self.wanted())

    def _make(self) -> None:
        is_environment = (self.folder / "pyvenv.cfg").is_file()
        if self.folder.exists() and not is_environment and any(self.folder.iterdir()):
            raise SetupError(f"{self.folder} is there, but is no virtual environment: move it away")
        print(f"Making .venv with Python {'.'.join(map(str, sys.version_info[:3]))}", flush=True)
        if subprocess.run([sys.executable, "-m", "venv", "--clear", self.folder]).returncode:
            raise SetupError(f"{sys.executable} could not make {self.folder}: its message is above")

    def _run(self, *arguments: str) -> None:
        if subprocess.run([self.python, *arguments]).returncode:
            raise SetupError(f"{self.python} {' '.join(arguments)} failed: its message is above")


def setup(root: Path, dev: bool) -> None:
    """Bring ``root``'s environment up to date, with its database server and, for ``dev``, a browser and npm's packages.

    Without a browser or these packages the rest works: their tests skip and say so, and `make lint` fails.

    Raises:
        SetupError: something could not be had; the message says what to do.
    """
    env = Environment(root, dev)
    with _alone(root):
        if not env.fresh():
            env.install()
            if dev:
                env._run(str(root / "tools" / "browser.py"))
        if dev:
            subprocess.run([env.python, root / "tools" / "node.py"])
        if subprocess.run([env.python, root / "tools" / "mongod.py", "--quiet"]).returncode:
            raise SetupError("there is no database server for FiftyOne: see above")


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """One set-up at a time in a checkout: a second one waits for the first."""
    with open(root / "requirements.txt") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for another set-up of this checkout to end", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(path: Path, text: str) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_text(text)
    os.replace(temporary, path)


def main() -> None:
    parser = argparse.ArgumentParser(description="Make .venv and install what Plumb needs.")
    parser.add_argument("--dev", action="store_true", help="also what the tests and the linter need")
    try:
        setup(ROOT, parser.parse_args().dev)
    except SetupError as error:
        sys.exit(f"Set-up failed: {error}")
    except KeyboardInterrupt:
        sys.exit("Set-up interrupted: the next run starts it again")


if __name__ == "__main__":
    main()
