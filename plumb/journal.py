"""What long work has done so far, kept on disk so that a stopped run goes on where it was."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any


class Journal:
    """A file of JSON, one entry a line behind its checksum, that grows while the work goes on.

    Entries are appended whole, by one call each batch; a line that a killed process left half-written is not read.
    A journal is a convenience: where its folder cannot be written, nothing is kept, and the work goes on.
    """

    def __init__(self, path: Path):
        self._path = path

    def entries(self) -> Iterator[Any]:
        """What was written before, in its order; lines that are not as they were written are passed over."""
        with suppress(OSError), open(self._path, "rb") as file:
            for line in file:
                digest, _, text = line.strip().partition(b" ")
                if digest == _digest(text):
                    yield json.loads(text)

    def append(self, entries: Iterable[Any]) -> None:
        texts = [json.dumps(entry, separators=(",", ":")).encode() for entry in entries]
        # The line break first: behind what a killed process left, a line begins anew.
        lines = b"".join(b"\n" + _digest(text) + b" " + text for text in texts) + b"\n"
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with open(self._path, "ab") as file:
                file.write(lines)

    def remove(self) -> None:
        """Forget it, when the work is done."""
        with suppress(OSError):
            self._path.unlink()
            self._path.parent.rmdir()  # only if it is empty


def _digest(text: bytes) -> bytes:
    return b"%08x" % zlib.crc32(text)
