"""Copies to and from a GPU beside its computation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from plumb.models.base import Prediction


@dataclass(frozen=True)
class CudaCopies:
    """Two streams beside the one that computes: the next batch goes up and the last one comes down meanwhile.

    A tensor that one stream made and another uses is recorded there, or its memory could be given away too early.
    """

    up: Any
    down: Any

    @classmethod
    def make(cls) -> CudaCopies:
        import torch

        return cls(torch.cuda.Stream(), torch.cuda.Stream())

    def to_device(self, tensors: Sequence[Any]) -> Any:
        """Copy tensors from pinned memory, and join them along their first axis, for the stream that computes."""
        import torch

        computing = torch.cuda.current_stream()
        with torch.cuda.stream(self.up):
            joined = torch.cat([tensor.to("cuda", non_blocking=True) for tensor in tensors])
        computing.wait_stream(self.up)
        joined.record_stream(computing)
        return joined

    def to_host(self, tensors: Sequence[Any], finish: Callable[..., list[Prediction]]) -> Arriving:
        """Begin to copy what is computed to pinned memory; `finish` makes predictions of it when it has arrived."""
        import torch

        self.down.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self.down):
            there = [torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=True) for tensor in tensors]
            for tensor, host in zip(tensors, there, strict=True):
                host.copy_(tensor, non_blocking=True)
                tensor.record_stream(self.down)
            arrived = torch.cuda.Event(blocking=True)  # whoever waits leaves the core to the threads that read
            arrived.record()
        return Arriving(arrived, there, finish)


@dataclass(frozen=True)
class Arriving:
    """A `Running` whose maps are on their way from the GPU."""

    arrived: Any
    tensors: list[Any]
    finish: Callable[..., list[Prediction]]

    def result(self) -> list[Prediction]:
        self.arrived.synchronize()
        return self.finish(*self.tensors)

    def cancel(self) -> None:
        """What the GPU has been given it finishes."""
