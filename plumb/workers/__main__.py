"""The command `python -m plumb.workers`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

DESCRIPTION = """\
Run Plumb's queued operations, one worker process for each GPU.

Each worker takes the oldest queued operation of @plumb/depth, and no other plugin's, runs it in its own process, so
that the model stays loaded for the next one, and takes the next. Several of these programs may run at once, on one
machine or on many that share FiftyOne's database and the folder of the maps: an operation is run by one worker.

A worker that dies is started again, and the operation that it ran is marked as failed with the reason; so are those
that a power cut or a plain `fiftyone delegated launch` that was killed has left "running". Run such an operation again,
and only what is missing is done.

Ctrl-C or SIGTERM ends all within seconds: running operations stop after the step they are in and are marked as failed.
To stop one operation alone: fiftyone delegated fail ID.
"""

EPILOG = """\
Every line of the log has the time, the worker, the operation and what became of it.
Run it where `import plumb` works: in the folder of the plugin, or with that in PYTHONPATH."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        "python -m plumb.workers",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--gpus",
        default="all",
        metavar="0,1",
        help="the GPUs to use, counted as PyTorch counts them here; all (the default), which is one worker on the "
        "processor where there is none; or none, for workers on the processor",
    )
    parser.add_argument(
        "--count", type=int, default=1, metavar="N", help="how many workers share the processor, without a GPU (1)"
    )
    asked = parser.parse_args(arguments)
    try:
        workers = plan(asked.gpus, asked.count, 0 if asked.gpus == "none" else _gpu_count())
    except ValueError as error:
        parser.error(str(error))
    from plumb.workers.supervisor import Supervisor

    return Supervisor(workers).run()


def plan(gpus: str, count: int, present: int) -> dict[str, dict[str, str]]:
    """The workers to start, by name, each with the variables of its environment.

    Args:
        gpus: "all", "none" or numbers, "0,1"
        count: of workers on the processor
        present: number of GPUs that there are

    Raises:
        ValueError: if a GPU is not there, or the two do not go together
    """
    if count < 1:
        raise ValueError(f"--count is a number from 1, not {count}")
    if gpus == "none" or (gpus == "all" and not present):
        if count == 1:
            return {"CPU": {"CUDA_VISIBLE_DEVICES": ""}}
        # Or each would start as many threads as there are cores.
        threads = os.environ.get("OMP_NUM_THREADS") or str(max(1, (os.cpu_count() or 1) // count))
        variables = {"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": threads}
        return {f"CPU {number}": variables for number in range(1, count + 1)}
    if count > 1:
        raise ValueError("--count is for workers on the processor: there is one worker for each GPU")
    numbers = [str(number) for number in range(present)]
    chosen = numbers if gpus == "all" else list(dict.fromkeys(number.strip() for number in gpus.split(",")))
    for number in chosen:
        if number not in numbers:
            there = f"the GPUs are {', '.join(numbers)}" if numbers else "PyTorch finds none; --gpus none needs none"
            raise ValueError(f"there is no GPU {number!r} here: {there}")
    names = [name for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name] or numbers
    return {f"GPU {number}": {"CUDA_VISIBLE_DEVICES": names[int(number)]} for number in chosen}


def _gpu_count() -> int:
    import torch

    return torch.cuda.device_count()


if __name__ == "__main__":
    sys.exit(main())
