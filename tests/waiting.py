"""Waiting for what other threads and processes do."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Said = TypeVar("Said")


def wait_until(condition: Callable[[], Said], pause: float = 0.02) -> Said:
    """What the condition says when it says something, asked every `pause` seconds.

    Patiently: a machine with other work may predict two images a second, and load FiftyOne for a minute.
    """
    until = time.monotonic() + 900
    while not (said := condition()):
        assert time.monotonic() < until, "waited for too long"
        time.sleep(pause)
    return said
