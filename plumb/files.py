"""Files that are whole or not there."""

from __future__ import annotations

import os
import uuid
from pathlib import Path


def write_atomically(path: str | os.PathLike, data: bytes | memoryview) -> None:
    """Write `data` to a temporary name in the same folder, then rename it to `path`; parents are made.

    A reader sees the old file or the new one, never a part, even when the process is killed in between.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def is_older(path: str | os.PathLike, source: str | os.PathLike) -> bool:
    """Whether `source`, of which the file `path` was made, was changed since; not where one of them is missing."""
    try:
        return os.stat(path).st_mtime_ns < os.stat(source).st_mtime_ns
    except OSError:
        return False
