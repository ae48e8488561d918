"""Models on the tests' own Replicate, that try again within milliseconds."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest

from plumb.models import ModelSpec, Sampling
from plumb.models.replicate_catalog import MARIGOLD, MIDAS
from plumb.models.replicate_http import Limits
from plumb.models.replicate_model import ReplicateModel
from tests.replicate_server import TOKEN, ReplicateServer, grey_16

QUICK = Limits(
    tries=4, backoff=0.002, longest_backoff=0.01, poll=0.001, longest_poll=0.005, deadline=20.0, silence=10.0,
    largest=1 << 20,
)  # fmt: skip


def hosted(source: str = MARIGOLD, quantity: str = "auto", limits: Limits = QUICK, **settings) -> ReplicateModel:
    """A model, once a test has set REPLICATE_BASE_URL."""
    return ReplicateModel.load(ModelSpec("hosted", source, "replicate"), quantity, Sampling(**settings), TOKEN, limits)


def photo(seed: int = 0, size: tuple[int, int] = (6, 8)) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (*size, 3)).astype(np.uint8)


def values(model: ReplicateModel, image: np.ndarray) -> np.ndarray:
    return model.infer([image])[0].depth.values


def assert_right(model: ReplicateModel, image: np.ndarray) -> None:
    """The whole way there and back, to the last of 16 bits."""
    np.testing.assert_array_equal(np.rint(values(model, image) * 65535), grey_16(image))


def late_after(questions: int, server: ReplicateServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an hour pass for Plumb's limits, once the server was asked so often what has become of a prediction."""

    def monotonic() -> float:
        return time.monotonic() + 3600 * (len(server.calls("get")) >= questions)

    monkeypatch.setattr("plumb.models.replicate_http.time", SimpleNamespace(monotonic=monotonic))


def assert_nothing_runs(server: ReplicateServer) -> None:
    """No thread of Plumb's is left, and no prediction on the server, once what is under way has ended."""
    server.wait_for(lambda: not [t for t in threading.enumerate() if t.name == "plumb-replicate"])
    assert not {state["status"] for state in server.predictions.values()} & {"starting", "processing"}


__all__ = [
    "MARIGOLD",
    "MIDAS",
    "QUICK",
    "assert_nothing_runs",
    "assert_right",
    "hosted",
    "late_after",
    "photo",
    "values",
]
