"""Outputs of predictions: found in the answer, downloaded without any credential."""

from __future__ import annotations

import base64
import re
import weakref
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

import httpx

from plumb.models.replicate_http import Fault, Limits, OutOfTime, ReplicateError, Watch, certificates, send, try_again

_PNG, _PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"
_JPEG, _JPEG_END = b"\xff\xd8", b"\xff\xd9"
_EXPIRED = (404, 410)


def picture_address(output: Any) -> str:
    """The address of a prediction's picture: its output, or the first of several.

    Raises:
        ReplicateError: if the output is anything else
    """
    first = output[0] if isinstance(output, list) and output else output
    if not isinstance(first, str):
        raise ReplicateError(f"the model gave no picture but {'nothing' if not first else type(first).__name__}")
    if not re.match(r"(https?|data):", first, re.IGNORECASE):
        raise ReplicateError("the model gave no address of a picture (http, https or data)")
    return first


class Downloader:
    """Fetches outputs. Its requests carry no credential, wherever they are led."""

    def __init__(self, limits: Limits):
        self._limits = limits
        # Of its own, without the token: outputs lie on whatever host the service names.
        self._client = httpx.Client(
            follow_redirects=True,
            max_redirects=5,
            timeout=limits.silence,
            verify=certificates(),
            headers={"Accept-Encoding": "identity"},
        )
        weakref.finalize(self, self._client.close).atexit = False

    def fetch(self, address: str, watch: Watch, note: Callable[[], None]) -> bytes:
        """The bytes behind an http, https or data address, whole.

        Args:
            note: called before each further try

        Raises:
            ReplicateError: if it cannot be had within the limits
        """
        if address[:5].lower() == "data:":
            return _data(address, self._limits.largest)
        watch = Watch(self._limits.download, watch.stopped)
        failed = "the output cannot be downloaded"
        try:
            return try_again(failed, lambda: self._once(address, watch), self._limits, watch, note)
        except OutOfTime as late:
            reason = str(late)
        if watch.left() <= 0:
            reason = f"{failed} within {self._limits.download / 60:.3g} minutes"
        raise OutOfTime(reason)

    def _once(self, address: str, watch: Watch) -> bytes:
        answer = send(self._client, "GET", address, self._limits.largest, watch)
        if answer.status in _EXPIRED:
            raise ReplicateError(
                f"the output is not there ({answer.status}); Replicate keeps outputs for about an hour"
            )
        if answer.status != 200:
            raise ReplicateError(f"the output's host answered {answer.status}")
        # Where the server told no length, a connection that broke looks like one that ended.
        for begin, end in ((_PNG, _PNG_END), (_JPEG, _JPEG_END)):
            if answer.body.startswith(begin) and end not in answer.body[-64:]:
                raise Fault("the file was cut off")
        return answer.body


def _data(address: str, largest: int) -> bytes:
    """The bytes of a data: address (RFC 2397)."""
    head, comma, text = address.partition(",")
    if len(text) > 4 * (largest // 3 + 1):
        raise ReplicateError(f"the output has more than {largest >> 20} MB")
    try:
        data = unquote_to_bytes(text)
        if head.lower().endswith(";base64"):
            data = base64.b64decode(data, validate=True)
    except ValueError:
        data = b""
    if not comma or not data:
        raise ReplicateError("the output is a damaged data: address")
    return data
