"""Work in threads of its own that can be abandoned: by the caller, by the garbage collector, by the program's end."""

from __future__ import annotations

import atexit
import contextlib
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError
from typing import Any

from plumb.models.base import Prediction, StopRun

Predict = Callable[[Any, threading.Event], Prediction]

_AT_EXIT = 5.0  # seconds for threads to tell the server that nobody waits any more

# Daemon threads, unlike those of an executor: a program that ends must not wait half an hour for a prediction.
_stop_of_thread: weakref.WeakKeyDictionary[threading.Thread, threading.Event] = weakref.WeakKeyDictionary()


class InThreads:
    """A `plumb.models.base.Running` whose images are predicted in threads. Each thread ends with its work.

    Args:
        predict: of one prepared image; it is given an event too, and stops soon after that is set
        prepared: the images
        threads: at most
    """

    def __init__(self, predict: Predict, prepared: Sequence[Any], threads: int):
        self._stopped = threading.Event()
        self._futures: list[Future[Prediction]] = [Future() for _ in prepared]
        # The threads know the event and the futures, not this object: dropping it stops them.
        weakref.finalize(self, self._stopped.set).atexit = False
        waiting = deque(zip(prepared, self._futures, strict=True))
        for _ in range(min(threads, len(prepared))):
            thread = threading.Thread(
                target=_work, args=(predict, waiting, self._stopped), name="plumb-replicate", daemon=True
            )
            _stop_of_thread[thread] = self._stopped
            thread.start()

    def result(self) -> list[Prediction]:
        """See `plumb.models.base.Running`. Where one image fails the others go on, for they are paid for."""
        try:
            for future in self._futures:
                if isinstance(error := future.exception(), StopRun):
                    raise error
        except BaseException:
            self.cancel()
            raise
        return [future.result() for future in self._futures]

    def cancel(self) -> None:
        """See `plumb.models.base.Running`. Whoever waits for the result stops waiting at once."""
        self._stopped.set()
        for future in self._futures:
            future.cancel()


def _work(predict: Predict, waiting: deque[tuple[Any, Future[Prediction]]], stopped: threading.Event) -> None:
    while waiting and not stopped.is_set():
        try:
            prepared, future = waiting.popleft()
        except IndexError:  # another thread was faster
            return
        with contextlib.suppress(InvalidStateError):  # of a future that was cancelled meanwhile
            try:
                prediction = predict(prepared, stopped)
            except BaseException as error:
                if isinstance(error, StopRun):  # at once, not when the images before this one have ended
                    stopped.set()
                future.set_exception(error)
            else:
                future.set_result(prediction)
        del prepared, future


@atexit.register
def _abandon_all() -> None:
    under_way = list(_stop_of_thread.items())
    for _, stopped in under_way:
        stopped.set()
    until = time.monotonic() + _AT_EXIT
    for thread, _ in under_way:
        thread.join(max(0.0, until - time.monotonic()))
