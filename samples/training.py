"""What the trainings share: one checkpoint that a stopped run resumes from, a moving average, a rate."""

import copy
import math
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
from torch import nn

Batch = tuple[torch.Tensor, torch.Tensor]


class Training:
    """Training of `model` over `steps` steps, resumed from `checkpoint` where that file is there.

    `average` is the exponential moving average of the weights: what is saved, and what predicts best.
    """

    def __init__(self, model: nn.Module, checkpoint: Path, steps: int, lr: float) -> None:
        self.model, self.checkpoint, self.steps, self.lr, self.step = model, checkpoint, steps, lr, 0
        self.average = copy.deepcopy(model).requires_grad_(False)
        decay = [p for p in model.parameters() if p.ndim > 1]
        rest = [p for p in model.parameters() if p.ndim <= 1]
        groups = [{"params": decay, "weight_decay": 0.05}, {"params": rest, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, lr=lr, fused=True)
        self._seen, self._mean, self._began = 0, 0.0, time.monotonic()
        checkpoint.parent.mkdir(parents=True, exist_ok=True)
        if checkpoint.exists():
            self._resume(torch.load(checkpoint, weights_only=True))
        model.train()

    def _resume(self, state: dict) -> None:
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = state["step"]
        print(f"resumed {self.checkpoint.name} at step {self.step}", flush=True)

    @property
    def finished(self) -> bool:
        return self.step >= self.steps

    def learn(self, loss: torch.Tensor) -> None:
        """One step down the gradient of `loss`; every 50 steps a line on standard output."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.lr * rate(self.step, self.steps)
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1
        self._update_average()
        self._report(loss.item())

    @torch.no_grad()
    def _update_average(self) -> None:
        keep = min(0.998, (1 + self.step) / (10 + self.step))
        for a, b in zip(self.average.state_dict().values(), self.model.state_dict().values(), strict=True):
            if a.is_floating_point():
                a.lerp_(b, 1 - keep)

    def _report(self, loss: float) -> None:
        self._seen, self._mean = self._seen + 1, 0.98 * self._mean + 0.02 * loss if self._seen else loss
        if self.step % 50 == 0:
            seconds = (time.monotonic() - self._began) / self._seen
            print(f"step {self.step} loss {self._mean:.4f} {seconds:.3f} s/step", flush=True)

    def save(self) -> None:
        """Write the checkpoint; a run stopped while it is written keeps the one before."""
        state = {
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
        }
        torch.save(state, f"{self.checkpoint}.new")
        os.replace(f"{self.checkpoint}.new", self.checkpoint)


def rate(step: int, steps: int) -> float:
    """Share of the learning rate at `step`: 300 steps of warm-up, then half a cosine down to a hundredth."""
    return min(1, (step + 1) / 300) * (0.01 + 0.99 * (0.5 + 0.5 * math.cos(math.pi * step / steps)))


def ahead(make: Callable[[int], Batch], training: Training) -> Iterator[Batch]:
    """The batches `make(step)` of the steps to come, each made in a thread while the one before is learnt.

    `make` draws its random numbers from the step: a resumed run sees what an unbroken one would have seen.
    """
    with ThreadPoolExecutor(1) as pool:
        upcoming = pool.submit(make, training.step)
        while not training.finished:
            now, upcoming = upcoming.result(), pool.submit(make, training.step + 1)
            yield now
