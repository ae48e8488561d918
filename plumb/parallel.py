"""Work on a stream of items with several threads, in order and with flat memory."""

from __future__ import annotations

import atexit
import os
import queue
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_TAKEN = 8  # items that `ticking` takes before they are asked for
# Seconds that a stream which was cancelled has to end, and at the program's end one that was left alone.
_PATIENCE = 5.0

_ticking: weakref.WeakSet[threading.Thread] = weakref.WeakSet()


def map_ahead(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    workers: int | None = None,
    ahead: int | Callable[[], int] | None = None,
    prompt: bool = False,
) -> Iterator[tuple[Item, Result]]:
    """Apply `function` to every item in threads; yield (item, result) in the items' order.

    At most `ahead` items (twice the workers by default) are taken from `items` and held before the oldest result is
    consumed, so memory does not grow with their number. Closing the iterator drops what has not started.

    Args:
        function: called in a thread; it does its heavy work without the interpreter's lock (OpenCV, NumPy, files)
        workers: number of threads, by default one per core that this process may use
        ahead: a number, or what gives it for the moment
        prompt: for items that come slowly: hand results out as soon as they are there, instead of keeping `ahead`
            items in the threads while the consumer is busy
    """
    workers = workers or core_count()
    held = ahead if callable(ahead) else lambda: ahead or 2 * workers
    window: deque = deque()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="plumb")
    try:
        for item in items:
            window.append((item, pool.submit(function, item)))
            while window and (len(window) >= held() or (prompt and window[0][1].done())):
                done, future = window.popleft()
                yield done, future.result()
        while window:
            done, future = window.popleft()
            yield done, future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def ticking(
    items: Generator[Item, None, None], every: float = 1.0, cancel: Callable[[], Any] | None = None
) -> Iterator[Item | None]:
    """Items as they come, and None whenever `every` seconds have passed without one: time to look whether to go on.

    Closing takes seconds at most, whatever the stream waits for.

    Args:
        items: generated in a thread of their own, a few before they are asked for
        cancel: called on closing, from the closing thread, it makes the stream end, for which there are a few seconds.
            Without it, or later, the thread is left alone; its stream is closed as soon as it gives another item
    """
    taken: queue.SimpleQueue = queue.SimpleQueue()  # (item,) each, and behind them the error, or None for the end
    room, closed = threading.Semaphore(_TAKEN - 1), threading.Event()

    def take() -> None:
        error = None
        try:
            with closing(items):
                for item in items:
                    taken.put((item,))
                    room.acquire()
                    if closed.is_set():
                        break
        except BaseException as caught:
            error = caught
        taken.put(error)

    # A daemon: a program that ends must not wait for a download that nobody wants any more.
    thread = threading.Thread(target=take, name="plumb-ticking", daemon=True)
    _ticking.add(thread)
    thread.start()
    try:
        while True:
            try:
                found = taken.get(timeout=every)
            except queue.Empty:
                yield None
                continue
            if not isinstance(found, tuple):
                break
            yield found[0]
            room.release()
        if found is not None:
            raise found
    finally:
        closed.set()
        room.release()
        if cancel is not None:
            cancel()
            thread.join(_PATIENCE)


@atexit.register
def _wait_for_left_alone() -> None:
    """Python ends with a crash while a thread is in the midst of torch's code: a batch or a model's load may end."""
    until = time.monotonic() + _PATIENCE
    for thread in list(_ticking):
        thread.join(max(0.0, until - time.monotonic()))


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
