"""Work on a stream of items with several threads, in order and with flat memory."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_ahead(
    function: Callable[[Item], Result], items: Iterable[Item], workers: int | None = None, ahead: int | None = None
) -> Iterator[tuple[Item, Result]]:
    """Apply `function` to every item in threads; yield (item, result) in the items' order.

    At most `ahead` items (twice the workers by default) are taken from `items` and held before the oldest result is
    consumed, so memory does not grow with their number. Closing the iterator drops what has not started.

    Args:
        function: called in a thread; it does its heavy work without the interpreter's lock (OpenCV, NumPy, files)
        workers: number of threads, by default one per core that this process may use
    """
    workers = workers or core_count()
    ahead = ahead or 2 * workers
    window: deque = deque()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="plumb")
    try:
        for item in items:
            window.append((item, pool.submit(function, item)))
            if len(window) >= ahead:
                done, future = window.popleft()
                yield done, future.result()
        while window:
            done, future = window.popleft()
            yield done, future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def batched(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Lists of `size` items, the last one shorter (`itertools.batched` comes with Python 3.12)."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def core_count() -> int:
    """Cores that this process may use; on Linux a container may own fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
