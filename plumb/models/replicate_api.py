"""Replicate's API: upload a file, create a prediction, ask until it has ended, cancel it.

Replicate's own Python client writes the requests. They are sent, and their answers are read, here: the client lets a
creation wait for ever, sleeps through a cancellation while it tries again, drops the wait that a server asks for, and
refuses every status of a prediction that it does not know, "aborted" among them.

A prediction is created, and paid for, once. When the answer to a creation is lost (the connection broke, or a gateway
said 502), Replicate may have created it: before the next try the account's latest predictions are searched for one
whose input is our uploaded file, which no other prediction has, and that one is taken up. Only where the list does not
show it a second one is created. Each has a deadline that Replicate itself keeps (Cancel-After), so that none runs on
when it is lost or this process is killed.
"""

from __future__ import annotations

import contextlib
import io
import math
import re
import threading
import weakref
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

import httpx

from plumb.models.base import ModelError, StopRun
from plumb.models.replicate_http import Fault, Limits, OutOfTime, ReplicateError, Watch, certificates, send, try_again

if TYPE_CHECKING:
    import replicate

API = "https://api.replicate.com"

_ENDED = ("succeeded", "failed", "canceled", "aborted")

# What no other image would fare better with, and what to do.
_STOP = {
    401: "Replicate refused the token (401): put a valid one into the secret REPLICATE_API_TOKEN; "
    "https://replicate.com/account/api-tokens lists yours",
    402: "Replicate wants to be paid first (402): add credit or a card at https://replicate.com/account/billing, "
    "then run again",
    403: "Replicate does not let this token do that (403): use a token of an account that may run this model",
}
_STOP_CREATION = {
    **_STOP,
    404: "Replicate does not know this version of the model (404): choose one from the model's page, Versions",
    422: "Replicate refused the model's version or inputs (422): change what it names",
}

Call = Callable[["replicate.Client"], Any]


class Service:
    """One account's access to Replicate; safe to use from several threads.

    Attributes:
        host: of the API
        created: predictions created until now
        retried: requests repeated until now
    """

    def __init__(self, token: str, base_url: str, limits: Limits):
        url = _checked_url(base_url)
        self.host, self.created, self.retried = url.netloc.decode(), 0, 0
        self._token, self._url, self._limits, self._lock = token, str(url), limits, threading.Lock()
        timeout = httpx.Timeout(limits.silence, connect=min(10.0, limits.silence))
        self._connections = httpx.Client(timeout=timeout, verify=certificates())
        # Not at the program's end as well: cancellations may still be on their way then.
        weakref.finalize(self, self._connections.close).atexit = False

    def __repr__(self) -> str:
        return f"Service({self.host!r})"

    def clean(self, text: str) -> str:
        """A server's words in one line, without the token."""
        text = " ".join(text.replace(self._token, "[token]").split())
        return text if len(text) <= 300 else f"{text[:297]}..."

    def holds_token(self, text: str) -> bool:
        return self._token in text

    def upload(self, png: bytes, watch: Watch) -> str:
        """Hand over a file, which Replicate keeps for a day. Returns its address."""
        name = {"filename": "image.png", "content_type": "image/png"}
        urls = self._ask(lambda client: client.files.create(io.BytesIO(png), **name), watch).get("urls")
        if not isinstance(urls, dict) or not isinstance(urls.get("get"), str):
            raise ReplicateError("Replicate gave no address of the uploaded image")
        return urls["get"]

    def create(self, version: str, inputs: Mapping[str, Any], image: str, watch: Watch) -> dict[str, Any]:
        """Create a prediction, once.

        Args:
            version: id of the model's version
            inputs: the model's inputs beside the image
            image: address of the uploaded image

        Returns:
            its state, for `finish`

        Raises:
            StopRun: if the token, the account, the version or the inputs are refused
            ReplicateError: if it cannot be created within the limits
        """
        doubtful = False
        asked = {"version": version, "input": {**inputs, "image": image}}
        # Whole seconds, of which Replicate wants at least five.
        headers = {"Cancel-After": f"{max(5, math.ceil(self._limits.deadline))}s"}

        def request() -> dict[str, Any]:
            nonlocal doubtful
            # A request that is under way is not cut short by a cancellation: who would know then what it created?
            whole = Watch(watch.left(), threading.Event())
            if doubtful and (found := self._latest(image, whole)):
                return found
            try:
                answer = self._once(lambda client: client.predictions.create(**asked), whole, _STOP_CREATION, headers)
                return _state(answer)
            except Fault as fault:
                doubtful = doubtful or not fault.throttled
                raise

        try:
            state = self._again(request, watch)
        except BaseException:
            if doubtful:
                self._cancel_lost(image)
            raise
        with self._lock:
            self.created += 1
        return state

    def _latest(self, image: str, watch: Watch) -> dict[str, Any] | None:
        """The prediction of this uploaded image, among the account's latest."""
        results = self._once(lambda client: client.predictions.list(), watch).get("results") or []
        states = (result for result in results if isinstance(result, dict) and isinstance(result.get("input"), dict))
        return next((_state(state) for state in states if state["input"].get("image") == image), None)

    def _cancel_lost(self, image: str) -> None:
        with contextlib.suppress(Fault, ReplicateError, StopRun):
            if found := self._latest(image, Watch(self._limits.silence, threading.Event())):
                self.cancel(found["id"])

    def finish(self, state: dict[str, Any], watch: Watch) -> Any:
        """Ask until a prediction has ended; whatever keeps it from ending well, it is not left running.

        Returns:
            its output

        Raises:
            ReplicateError: if it failed, was ended by others, or did not end in time
        """
        try:
            state = self._ended(state, watch)
        except BaseException:
            self.cancel(state["id"])
            raise
        if state["status"] == "succeeded":
            return state.get("output")
        reason = self._reason(state)
        raise ReplicateError(
            f"the prediction {_was(state['status'])}: {reason} (https://replicate.com/p/{state['id']})"
        )

    def _ended(self, state: dict[str, Any], watch: Watch) -> dict[str, Any]:
        key, pause = state["id"], self._limits.poll
        try:
            while state["status"] not in _ENDED:
                watch.sleep(pause)
                pause = min(1.5 * pause, self._limits.longest_poll)
                state = self._again(
                    lambda: _state(self._once(lambda client: client.predictions.get(key), watch)), watch
                )
        except OutOfTime as late:
            reason = str(late)
        else:
            return state
        if watch.left() <= 0:
            reason = f"no result within {self._limits.deadline / 60:.3g} minutes (still {self.clean(state['status'])})"
        raise OutOfTime(f"{reason}; the prediction was cancelled")

    def cancel(self, prediction: str) -> None:
        """End a prediction, as far as that can be done: one that has ended already stays as it is."""
        watch = Watch(min(30.0, self._limits.deadline), threading.Event())
        with contextlib.suppress(ReplicateError, StopRun):  # then it ends by its own deadline
            self._ask(lambda client: client.predictions.cancel(prediction), watch)

    def _ask(self, call: Call, watch: Watch) -> dict[str, Any]:
        return self._again(lambda: self._once(call, watch), watch)

    def _again(self, request: Callable[[], dict[str, Any]], watch: Watch) -> dict[str, Any]:
        return try_again("Replicate", request, self._limits, watch, self.note_retry)

    def note_retry(self) -> None:
        """Count a request that is repeated."""
        with self._lock:
            self.retried += 1

    def _once(
        self, call: Call, watch: Watch, stop: Mapping[int, str] = _STOP, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """One request and the JSON of its answer.

        Args:
            call: of Replicate's client, that makes the request
            stop: by status, what ends the run
            headers: beside the client's own
        """
        import replicate

        # An output may come within the answer, as a data: address.
        transport = _Transport(self._connections, 2 * self._limits.largest, watch)
        try:
            # A client of its own for each request: they are light, and share our connections.
            call(replicate.Client(self._token, base_url=self._url, headers={**(headers or {})}, transport=transport))
        except _Heard as heard:
            (answer,) = heard.args
        said = self.clean(answer.said())
        if answer.status in stop:
            raise StopRun(f"{stop[answer.status]}{said and f' ({said})'}")
        if not 200 <= answer.status < 300:
            raise ReplicateError(f"Replicate answered {answer.status}{said and f': {said}'}")
        value = answer.json()
        if not isinstance(value, dict):
            raise Fault("an answer that is no JSON")
        return value

    def _reason(self, state: dict[str, Any]) -> str:
        """The model's own line: the last of a traceback, else the first."""
        lines = [line for line in str(state.get("error") or "").splitlines() if line.strip()]
        if not lines:
            return "no reason given"
        return self.clean(lines[-1 if lines[0].startswith("Traceback") else 0])


class _Heard(Exception):
    """Carries an answer past Replicate's client, see above."""


class _Transport(httpx.BaseTransport):
    """Sends what Replicate's client wants sent, within our limits in time and size."""

    def __init__(self, connections: httpx.Client, largest: int, watch: Watch):
        self._connections, self._largest, self._watch = connections, largest, watch

    def handle_request(self, request: httpx.Request) -> NoReturn:
        content = {"headers": request.headers, "content": request.read()}
        raise _Heard(send(self._connections, request.method, request.url, self._largest, self._watch, **content))


def _state(answer: dict[str, Any]) -> dict[str, Any]:
    """A prediction's state; its status may be one that did not exist when this was written."""
    if re.fullmatch(r"[\w-]+", str(answer.get("id"))) and isinstance(answer.get("status"), str):
        return answer
    raise Fault("an answer that is no prediction")


def _was(status: str) -> str:
    return {"failed": "failed on Replicate", "canceled": "was cancelled on Replicate"}.get(
        status, "was aborted on Replicate before it began"
    )


def _checked_url(base_url: str) -> httpx.URL:
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in ("http", "https") or not url.host:
        raise ModelError(f"REPLICATE_BASE_URL is {base_url!r}: give an http or https address, or unset it")
    return url
