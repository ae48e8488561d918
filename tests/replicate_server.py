"""A server on this machine that speaks Replicate's HTTP protocol, with the faults that a test asks for.

    with ReplicateServer() as server:
        server.fault("create", Answer(429, {"detail": "... resets in ~1s."}))   # the first creation only
        model = ReplicateModel.load(spec, token=TOKEN)                          # REPLICATE_BASE_URL = server.url

Files are uploaded, predictions are created from them, polled and cancelled, and outputs are downloaded, all as on
Replicate. Requests are recorded with their headers.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import socket
import struct
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import cv2
import numpy as np
from PIL import Image

TOKEN = "r8_a-token-that-must-not-be-seen"

WHEN = "2026-01-01T00:00:00.000Z"

# What each kind of request is called, by method and path.
ENDPOINTS = (
    ("upload", "POST", r"/v1/files"),
    ("create", "POST", r"/v1/predictions"),
    ("list", "GET", r"/v1/predictions"),
    ("cancel", "POST", r"/v1/predictions/(\w+)/cancel"),
    ("get", "GET", r"/v1/predictions/(\w+)"),
    ("output", "GET", r"/outputs/(\w+)/(\d+)"),
)


@dataclass(frozen=True)
class Answer:
    """Answers so instead of doing what was asked."""

    status: int
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reset:
    """Breaks the connection; `after` doing what was asked, or before."""

    after: bool = False


@dataclass(frozen=True)
class LostInGateway:
    """Does what was asked, and answers 502 as a gateway does that did not hear it."""


@dataclass(frozen=True)
class CutOff:
    """Sends half of a file; `told`: after it has said how long the file is."""

    told: bool = True


@dataclass(frozen=True)
class Endless:
    """Sends the beginning of a picture, and never stops."""


@dataclass(frozen=True)
class Slow:
    """Does what was asked once `until` is set."""

    until: threading.Event


@dataclass(frozen=True)
class Plan:
    """What becomes of a prediction.

    Attributes:
        statuses: the answers to creation and to the questions after it; the last one stays
        output: addresses, or files that the server keeps, one or a list; None for the model's own
        error: of a prediction that failed
    """

    statuses: tuple[str, ...] = ("starting", "processing", "succeeded")
    output: Any = None
    error: str | None = None


@dataclass(frozen=True)
class Request:
    endpoint: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    time: float

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def png(picture: np.ndarray) -> bytes:
    """(H, W) or (H, W, 3) RGB, 8 or 16 bits, as a PNG."""
    return cv2.imencode(".png", picture[..., ::-1] if picture.ndim == 3 else picture)[1].tobytes()


def grey_16(image: np.ndarray) -> np.ndarray:
    """What the models here see in an image: (H, W) uint16, of more than 256 values."""
    red, green, blue = (image[..., channel].astype(np.uint32) for channel in range(3))
    return ((red * 256 + green * 7 + blue) % 65536).astype(np.uint16)


class ReplicateServer:
    """See the module. `plan` says by image what becomes of its prediction."""

    def __init__(self, plan: Callable[[np.ndarray], Plan] = lambda image: Plan()):
        self.plan, self.token = plan, TOKEN
        self.requests: list[Request] = []
        self.files: dict[str, bytes] = {}
        self.predictions: dict[str, dict[str, Any]] = {}
        self.closing = threading.Event()
        self._faults: dict[str, deque] = defaultdict(deque)
        self._lock = threading.RLock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"owner": self}))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> ReplicateServer:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    def fault(self, endpoint: str, *faults: Any) -> None:
        """Answer the next requests to an endpoint with these, one each."""
        self._faults[endpoint].extend(faults)

    def next_fault(self, endpoint: str) -> Any:
        with self._lock:
            return self._faults[endpoint].popleft() if self._faults[endpoint] else None

    def calls(self, endpoint: str) -> list[Request]:
        with self._lock:
            return [request for request in self.requests if request.endpoint == endpoint]

    def wait_for(self, condition: Callable[[], Any], seconds: float = 120.0) -> Any:
        """Wait until something is true of the server."""
        until = time.monotonic() + seconds
        while not (value := condition()):
            assert time.monotonic() < until, "did not happen"
            time.sleep(0.005)
        return value

    def status(self, prediction: str) -> str:
        return self.predictions[prediction]["status"]

    # What the endpoints do. Each returns an `Answer`.

    def upload(self, body: bytes) -> Answer:
        """Files come as multipart/form-data with one part, `content`."""
        part = re.search(rb'name="content"; filename="[^"]+"\r\nContent-Type: image/png\r\n\r\n(.*)\r\n--', body, re.S)
        with self._lock:
            name = f"file{len(self.files)}"
            self.files[name] = part[1]
        return Answer(201, {
            "id": name, "name": "image.png", "content_type": "image/png", "size": len(part[1]), "etag": name,
            "checksums": {}, "metadata": {}, "created_at": WHEN, "expires_at": WHEN,
            "urls": {"get": f"{self.url}/v1/files/{name}"},
        })  # fmt: skip

    def create(self, body: bytes) -> Answer:
        asked = json.loads(body)
        name = str(asked["input"].get("image", "")).rpartition("/")[2]
        if name not in self.files:
            return Answer(422, {"title": "Input validation failed", "detail": "- input: image is required\n"})
        image = np.asarray(Image.open(io.BytesIO(self.files[name])).convert("RGB"))
        plan = self.plan(image)
        with self._lock:
            key = f"p{len(self.predictions)}"
            output = self._addresses(key, plan.output if plan.output is not None else self._own(asked, image))
            self.predictions[key] = {
                "id": key, "version": asked["version"], "input": asked["input"], "logs": "", "error": plan.error,
                "source": "api", "model": "some/model", "created_at": WHEN, "metrics": {}, "status": plan.statuses[0],
                "to_come": deque(plan.statuses[1:]), "to_give": output,
                "urls": {"get": f"{self.url}/v1/predictions/{key}"},
            }  # fmt: skip
            return Answer(201, self._shown(key))

    def _own(self, asked: dict, image: np.ndarray) -> Any:
        depth = grey_16(image)
        if "model_type" in asked["input"]:  # MiDaS: one grey picture of 8 bits
            return png((depth >> 8).astype(np.uint8))
        return [png(depth), png(image)]  # Marigold: 16 bits, and a coloured one

    def _addresses(self, key: str, output: Any) -> Any:
        several = isinstance(output, list)
        items = output if several else [output]
        for number, item in enumerate(items):
            if isinstance(item, bytes):
                self.files[f"{key}/{number}"] = item
        addresses = [f"{self.url}/outputs/{key}/{n}" if isinstance(i, bytes) else i for n, i in enumerate(items)]
        return addresses if several else addresses[0]

    def _shown(self, key: str) -> dict[str, Any]:
        state = self.predictions[key]
        shown = {name: value for name, value in state.items() if name not in ("to_come", "to_give")}
        return {**shown, "output": state["to_give"] if state["status"] == "succeeded" else None}

    def list(self, body: bytes) -> Answer:
        with self._lock:
            newest_first = [self._shown(key) for key in reversed(self.predictions)][:100]
        return Answer(200, {"next": None, "previous": None, "results": newest_first})

    def get(self, body: bytes, key: str) -> Answer:
        with self._lock:
            state = self.predictions[key]
            if state["to_come"] and state["status"] != "canceled":
                state["status"] = state["to_come"].popleft()
            return Answer(200, self._shown(key))

    def cancel(self, body: bytes, key: str) -> Answer:
        with self._lock:
            if self.predictions[key]["status"] in ("starting", "processing"):
                self.predictions[key]["status"] = "canceled"
            return Answer(200, self._shown(key))

    def output(self, body: bytes, key: str, number: str) -> Answer:
        return Answer(200, self.files[f"{key}/{number}"], {"Content-Type": "image/png"})


class _Handler(BaseHTTPRequestHandler):
    owner: ReplicateServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each answer would wait 40 ms for the acknowledgement of its headers

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        with contextlib.suppress(ConnectionError):
            self._serve(b"")

    def do_POST(self) -> None:
        with contextlib.suppress(ConnectionError):
            self._serve(self.rfile.read(int(self.headers["Content-Length"] or 0)))

    def _serve(self, body: bytes) -> None:
        endpoint, groups = self._endpoint()
        self.owner.requests.append(
            Request(endpoint, self.command, self.path, dict(self.headers), body, time.monotonic())
        )
        fault = self.owner.next_fault(endpoint)
        if isinstance(fault, Answer):
            return self._send(fault)
        if isinstance(fault, Slow):
            fault.until.wait(120)
        if fault == Reset():
            return self._reset()
        answer = self._act(endpoint, body, groups)
        if isinstance(fault, Reset):
            return self._reset()
        if isinstance(fault, LostInGateway):
            return self._send(Answer(502, b"<html>Bad Gateway</html>"))
        if isinstance(fault, CutOff):
            return self._send_half(answer.body, fault.told)
        if isinstance(fault, Endless):
            return self._send_endless(answer.body)
        return self._send(answer)

    def _endpoint(self) -> tuple[str, tuple[str, ...]]:
        for name, method, pattern in ENDPOINTS:
            if self.command == method and (match := re.fullmatch(pattern, self.path)):
                return name, match.groups()
        return "other", ()

    def _act(self, endpoint: str, body: bytes, groups: tuple[str, ...]) -> Answer:
        if endpoint == "other":
            return Answer(404, {"detail": "Not found"})
        if endpoint != "output" and self.headers["Authorization"] != f"Bearer {self.owner.token}":
            return Answer(401, {"title": "Unauthenticated", "detail": "You did not pass a valid token", "status": 401})
        return getattr(self.owner, endpoint)(body, *groups)

    def _send(self, answer: Answer) -> None:
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        for name, value in {"Content-Length": str(len(body)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _send_half(self, body: bytes, told: bool) -> None:
        self.send_response(200)
        if told:
            self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body[: len(body) // 2])
        self.close_connection = True

    def _send_endless(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        while not self.owner.closing.is_set():
            self.wfile.write(bytes(1 << 16))

    def _reset(self) -> None:
        # Closed with unsent data thrown away, which the other side hears as "connection reset".
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()
