"""What long work has done so far, kept on disk so that a stopped run goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any


class Journal:
    """A file of JSON, one entry a line, that grows while the work goes on.

    Entries are appended whole, by one call each batch; a line that a killed process left half-written is not read.
    A journal is a convenience: where its folder cannot be written, nothing is kept, and the work goes on.
    """

    def __init__(self, path: Path):
        self._path = path

    def entries(self) -> Iterator[Any]:
        """What was written before, in its order; lines that are no JSON are passed over."""
        with suppress(OSError), open(self._path, encoding="utf-8", errors="replace") as file:
            for line in file:
                # Not only JSONDecodeError: garbage may hold numbers of thousands of digits, or a thousand brackets.
                with suppress(ValueError, RecursionError):
                    yield json.loads(line)

    def append(self, entries: Iterable[Any]) -> None:
        # The line break first: behind what a killed process left, a line begins anew.
        text = "".join("\n" + json.dumps(entry, separators=(",", ":")) for entry in entries) + "\n"
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with open(self._path, "ab") as file:
                file.write(text.encode())

    def remove(self) -> None:
        """Forget it, when the work is done."""
        with suppress(OSError):
            self._path.unlink()
            self._path.parent.rmdir()  # only if it is empty
