"""Prediction speed of Ray's CPU actors: two against one, each with one core, and against one with both cores.

    .venv/bin/python benchmarks/ray_actors.py [--model dpt-tiny] [--images 120] [--rounds 3]

Prints one Markdown table. The pictures are those of the sample scenes, repeated. Every round predicts all of them into
a new folder; the first one, in which actors start and load the model, does not count. The fastest of the others does.
The processor's time, of actors and all else of Ray's, holds on a busy machine too, where the wall clock does not.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from functools import partial
from itertools import cycle, islice
from pathlib import Path

import psutil

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from plumb.engines import RayActors, ray_missing  # noqa: E402
from plumb.inference import ImageTask, Predicted  # noqa: E402
from plumb.models import ModelSpec, load_network, resolve  # noqa: E402

ONE, TWO, WIDE = "one actor, 1 core", "two actors, 1 core each", "one actor, 2 cores"
ACTORS = {ONE: (1, 1), TWO: (2, 1), WIDE: (2, 2)}  # name -> cores of the cluster, and of an actor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--model", default="dpt-tiny")
    parser.add_argument("--images", type=int, default=120)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    if missing := ray_missing():
        sys.exit(missing)
    pictures = sorted((REPOSITORY / "samples" / "SUNRGBD").rglob("image/*.jpg"))
    pictures = list(islice(cycle(pictures), args.images))
    spec = resolve(args.model)
    found = {name: measure(spec, pictures, args.rounds, *cores) for name, cores in ACTORS.items()}
    print(f"| {args.model} | images/s | ratio | processor s an image | ratio |\n|---|--:|--:|--:|--:|")
    for name, (rate, spent) in found.items():
        print(f"| {name} | {rate:.2f} | {rate / found[ONE][0]:.2f} | {spent:.3f} | {spent / found[ONE][1]:.2f} |")


def measure(
    spec: ModelSpec, pictures: list[Path], rounds: int, cluster_cores: int, actor_cores: int
) -> tuple[float, float]:
    """Images a second and processor seconds an image, of the best round but the first, on a cluster of its own."""
    import ray

    ray.init("local", num_cpus=cluster_cores, include_dashboard=False, logging_level="ERROR", log_to_driver=False)
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            RayActors(partial(load_network, spec), cores=actor_cores) as actors,
        ):
            found = [_round(actors, pictures, Path(folder, str(number))) for number in range(rounds)][1:]
            return max(rate for rate, _ in found), min(spent for _, spent in found)
    finally:
        ray.shutdown()


def _round(actors: RayActors, pictures: list[Path], folder: Path) -> tuple[float, float]:
    tasks = [ImageTask(str(i), str(path), str(folder / f"{i}.png")) for i, path in enumerate(pictures)]
    began, spent = time.perf_counter(), _processor_seconds()
    outcomes = [outcome for outcome in actors.predict(tasks) if outcome is not None]
    seconds, spent = time.perf_counter() - began, _processor_seconds() - spent
    assert all(isinstance(outcome, Predicted) for outcome in outcomes), outcomes
    return len(tasks) / seconds, spent / len(tasks)


def _processor_seconds() -> float:
    """Of this process and all that it has started."""
    me = psutil.Process()
    return sum(sum(process.cpu_times()[:2]) for process in (me, *me.children(recursive=True)))


if __name__ == "__main__":
    main()
