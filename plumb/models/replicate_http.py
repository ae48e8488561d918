"""HTTP requests that try again, and end: by success, by a limit, or because nobody waits any more."""

from __future__ import annotations

import json
import random
import re
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, TypeVar

import httpx

Result = TypeVar("Result")


@dataclass(frozen=True)
class Limits:
    """How often to try, how long to wait, how much to read. Times are in seconds.

    Attributes:
        tries: of one request that meets faults; being asked to wait is no fault
        backoff: the wait after the first fault is a random part of this, after the next of twice this, and so on
        longest_backoff: but never of more than this
        poll, longest_poll: between two questions whether a prediction has ended; each a half longer than the last
        deadline: from a prediction's creation to its end; Replicate itself ends predictions after 30 minutes
        download: for one output, whatever its size
        silence: of a server, before the connection is given up
        largest: bytes of one output
    """

    tries: int = 8
    backoff: float = 1.0
    longest_backoff: float = 60.0
    poll: float = 0.5
    longest_poll: float = 5.0
    deadline: float = 1800.0
    download: float = 600.0
    silence: float = 60.0
    largest: int = 256 << 20


class ReplicateError(Exception):
    """What went wrong with one image, in one line; another image may fare better."""


class OutOfTime(ReplicateError):
    """A limit in time is over."""


class Abandoned(ReplicateError):
    """Nobody waits for the result any more."""

    def __init__(self):
        super().__init__("cancelled")


class Fault(Exception):
    """A request that failed in a way that may pass.

    Attributes:
        asked: seconds that the server asks to wait; 0 if it does not say
        throttled: whether the server is well, did nothing, and only wants fewer requests. After any other fault it
            may have done what was asked, its answer being lost
    """

    def __init__(self, message: str, asked: float = 0.0, throttled: bool = False):
        super().__init__(message)
        self.asked, self.throttled = asked, throttled


class Watch:
    """The time that is left, and whether anybody still waits."""

    def __init__(self, seconds: float, stopped: threading.Event):
        self._until, self.stopped = time.monotonic() + seconds, stopped

    def left(self) -> float:
        return self._until - time.monotonic()

    def check(self) -> None:
        """Raise `Abandoned` or `OutOfTime` where there is no reason to go on."""
        if self.stopped.is_set():
            raise Abandoned
        if self.left() <= 0:
            raise OutOfTime("out of time")

    def sleep(self, seconds: float) -> None:
        """Wait, but not beyond what is left, nor when nobody waits any more."""
        self.stopped.wait(max(0.0, min(seconds, self.left())))
        self.check()


@dataclass(frozen=True)
class Answer:
    """A server's answer, read to its end."""

    status: int
    headers: httpx.Headers
    body: bytes

    def json(self) -> Any:
        """The body's value; None if it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def said(self) -> str:
        """What an error says for people."""
        value = self.json()
        if isinstance(value, dict):
            return str(value.get("detail") or value.get("title") or value.get("error") or "")
        return "" if b"<html" in self.body[:500].lower() else self.body[:500].decode("utf-8", "replace")


def try_again(
    what: str, request: Callable[[], Result], limits: Limits, watch: Watch, note: Callable[[], None]
) -> Result:
    """Make a request until it succeeds, with exponential backoff and full jitter between the tries.

    Args:
        what: begins the message of an error
        request: raises `Fault` where another try may help
        note: called before each further try

    Raises:
        ReplicateError: if the tries or the time are used up, or `request` raised it
    """
    faults = attempt = 0
    while True:
        watch.check()
        try:
            return request()
        except Fault as caught:
            fault = caught
        # Outside the handler: no chain of exceptions leads from these errors to a request and its headers.
        faults += not fault.throttled
        if faults >= limits.tries:
            raise ReplicateError(f"{what}: {fault}; tried {attempt + 1} times")
        pause = backoff(attempt, limits) + fault.asked
        if pause >= watch.left():
            raise OutOfTime(f"{what}: {fault}; gave up, for the next try would come too late")
        watch.sleep(pause)
        note()
        attempt += 1


def backoff(attempt: int, limits: Limits) -> float:
    """Seconds to wait after a fault: any part of an interval that doubles from try to try."""
    return random.uniform(0.0, min(limits.longest_backoff, limits.backoff * 2.0 ** min(attempt, 30)))


@cache
def certificates() -> ssl.SSLContext:
    """Whom to trust, for every client of this process: to read them takes a tenth of a second."""
    return httpx.create_ssl_context()


def send(client: httpx.Client, method: str, url: str | httpx.URL, largest: int, watch: Watch, **options: Any) -> Answer:
    """Make one request and read its answer.

    Raises:
        Fault: where the network failed, or the server is overloaded or broken (429, 5xx)
        ReplicateError: if the answer has more than `largest` bytes, or the address is none
    """
    try:
        with client.stream(method, url, **options) as response:
            answer = Answer(response.status_code, response.headers, _read(response, largest, watch))
    except (httpx.UnsupportedProtocol, httpx.TooManyRedirects, httpx.InvalidURL) as error:
        raise ReplicateError(f"the output's address cannot be fetched ({type(error).__name__})") from None
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise Fault(f"no connection ({str(error) or type(error).__name__})") from None
    except httpx.RequestError as error:  # their texts may quote what the server sent
        raise Fault(f"the connection broke ({type(error).__name__})") from None
    if answer.status == 429 or answer.status >= 500:
        asked = asked_wait(answer)
        waits = f" and asked to wait {asked:.0f} s" if asked else ""
        raise Fault(f"the server answered {answer.status}{waits}", asked, throttled=answer.status == 429)
    return answer


def _read(response: httpx.Response, largest: int, watch: Watch) -> bytes:
    data = bytearray()
    declared = response.headers.get("Content-Length", "")
    if declared.isdigit() and int(declared) > largest:
        raise ReplicateError(f"the answer has more than {largest >> 20} MB")
    for part in response.iter_bytes():
        watch.check()
        data += part
        if len(data) > largest:
            raise ReplicateError(f"the answer has more than {largest >> 20} MB")
    return bytes(data)


def asked_wait(answer: Answer) -> float:
    """Seconds that a server asks to wait: by Retry-After (seconds or a date, RFC 9110), or by "resets in ~30s"."""
    header = answer.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", header):
        return float(header)
    try:
        date = parsedate_to_datetime(header)
        return max(0.0, (date - datetime.now(timezone.utc)).total_seconds())
    except (ValueError, TypeError):  # no date, or one without a time zone
        match = re.search(r"resets? in ~?\s*(\d+(?:\.\d+)?)\s*s", answer.said())
        return float(match[1]) if match else 0.0
