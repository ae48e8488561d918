"""Chromium for the browser tests: one on the PATH, Debian's own, or Playwright's download.

.venv/bin/python tools/browser.py       find one, else install one, and print which it is
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

# By Debian's names. Playwright's driver needs the second one, which a bare Debian lacks.
PACKAGES = ("chromium", "libatomic1")
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# No sandbox: containers and root have none. No GPU: software WebGL renders alike everywhere. The rest keeps
# the browser from talking to anything but the App.
LAUNCH_ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find() -> tuple[Path | None, str]:
    """A Chromium that runs, where Playwright, which drives it, runs too.

    Returns:
        its path and where it comes from; or None and the reason that a skipped test shows.
    """
    mend = f"install what is missing, or run: {sys.executable} {Path(__file__).resolve()}"
    problem = _driver_problem()
    if problem:
        return None, f"Playwright does not run ({problem}); {mend}"
    broken = []
    for candidate, origin in _candidates():
        version = _version(candidate)
        if version:
            return candidate, f"{version}, {origin}"
        broken.append(str(candidate))
    reason = "no Chromium: none on the PATH and none of Playwright's"
    if broken:
        reason += f" ({', '.join(broken)} there, but not running)"
    return None, f"{reason}; {mend}"


def ensure() -> tuple[Path | None, str]:
    """Like :func:`find`, but installs one first where there is none: with apt-get for root on Debian and its
    kin, else by Playwright's own download. Never raises: without a browser its tests skip and say so."""
    for install in (None, _install_with_apt, _download_with_playwright):
        if install:
            install()
        path, reason = find()
        if path:
            break
    return path, reason


def _candidates() -> list[tuple[Path, str]]:
    on_path = [(Path(found), "on the PATH") for name in NAMES if (found := shutil.which(name))]
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    downloads = sorted(cache.glob("chromium-*/chrome-linux*/chrome"), reverse=True)
    downloads += sorted(cache.glob("chromium-*/chrome-mac*/*.app/Contents/MacOS/*"), reverse=True)
    return on_path + [(path, "Playwright's own") for path in downloads]


def _version(binary: Path) -> str | None:
    """What ``--version`` prints, or None. Running it unmasks Ubuntu's stub for a snap."""
    try:
        run = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return run.stdout.strip() if run.returncode == 0 else None


def _driver_problem() -> str | None:
    """The last line that Playwright's driver says when it does not start, or None when it does."""
    run = subprocess.run([sys.executable, "-m", "playwright", "--version"], capture_output=True, text=True)
    if run.returncode == 0:
        return None
    return (run.stderr.strip().splitlines() or [f"status {run.returncode}"])[-1]


def _install_with_apt() -> None:
    if os.name != "posix" or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    print(f"For the browser tests: installing {' and '.join(PACKAGES)} with apt-get", flush=True)
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    quiet = {**silent, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
    subprocess.run(["apt-get", "update", "-qq"], **quiet)
    subprocess.run(["apt-get", "install", "-y", "-qq", *PACKAGES], **quiet)


def _download_with_playwright() -> None:
    print("For the browser tests: trying Playwright's own download of Chromium", flush=True)
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    with suppress(subprocess.TimeoutExpired):  # find() gives the reason
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=900)


if __name__ == "__main__":
    found, description = ensure()
    print(f"Browser: {found} ({description})" if found else f"Browser tests will be skipped: {description}")
