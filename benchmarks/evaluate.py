"""Evaluation speed, beside the well-known tutorial's loop and numpy with scikit-image, on the same maps in one run.

    .venv/bin/python benchmarks/evaluate.py [--root SUNRGBD] [--pairs 96] [--rounds 3]
    .venv/bin/python benchmarks/evaluate.py --scale 10335 --fields 3

Ground truth is what lies below --root; predictions are made of it: its filled depth, bent smoothly and a little rough,
as inverse depth. The scenes are repeated, by links, until there are enough. The rows take turns, each in a process of
its own, so that ratios hold when the machine's speed drifts and memory is each one's own. Every row has run once before
it is timed; what first use costs is timed apart, with an empty compiler cache and then with a filled one. The
processor's time holds on a busy machine too, where the wall clock does not.

With --scale, the operator's job alone, on a dataset of that many samples with several prediction fields.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from benchmarks import by_the_book, evaluation_maps, tutorial  # noqa: E402
from benchmarks.evaluation_maps import Entry  # noqa: E402
from plumb.depthmap import read_codes  # noqa: E402
from plumb.metrics import POINT_METRICS  # noqa: E402
from plumb.parallel import core_count, map_ahead  # noqa: E402
from tools.sandbox import Sandbox  # noqa: E402

FLOOR, FLOOR_OPENCV = "read both PNGs, 1 core", "read both PNGs by OpenCV, 1 core"
LIBRARY, LIBRARY_ALL = "plumb, 1 core", "plumb, all cores"
JOB = "plumb, with the database, all cores"
BY_HAND = "numpy and scikit-image, 1 core"
TUTORIAL = "the tutorial's three metrics"
COMPARED = ((LIBRARY_ALL, TUTORIAL), (JOB, TUTORIAL), (LIBRARY, BY_HAND), (LIBRARY, FLOOR), (LIBRARY, FLOOR_OPENCV))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--root", type=Path, default=REPOSITORY / "samples" / "SUNRGBD")
    parser.add_argument("--pairs", type=int, default=96)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=int, default=0, help="samples of a large dataset; times nothing else")
    parser.add_argument("--fields", type=int, default=3, help="prediction fields of the large dataset")
    parser.add_argument("--child", choices=list(CHILDREN), help=argparse.SUPPRESS)
    parser.add_argument("--maps", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        print(json.dumps(CHILDREN[args.child](evaluation_maps.load(args.maps))))
        return

    with tempfile.TemporaryDirectory() as folder, Sandbox(Path(folder, "fiftyone"), temporary=True) as sandbox:
        child = partial(run, sandbox, Path(folder))
        fields = args.fields if args.scale else 1
        pixels = evaluation_maps.make(args.root, Path(folder), args.scale or args.pairs, fields)
        print(f"maps of {pixels / 1e6:.2f} million pixels on average, from {args.root}; {core_count()} cores")
        if args.scale:
            report_scale(child, args.scale, args.fields)
        else:
            report_rows(child, args.pairs, args.rounds)
            report_first_use(child)


def report_rows(child: Callable[..., dict[str, float]], pairs: int, count: int) -> None:
    rounds = [{name: child(name) for name in ROWS} for _ in range(count)]
    print(f"{pairs} pairs, {count} rounds")
    for name in ROWS:
        speeds = [figures[name]["pairs_per_s"] for figures in rounds]
        speed = statistics.median(speeds)
        cpu = statistics.median(figures[name]["cpu_s"] for figures in rounds)
        print(
            f"  {name:<38}{speed:7.1f} pairs/s (from {min(speeds):.1f} to {max(speeds):.1f}) {1000 / speed:7.2f} ms"
            f" a pair, {1000 * cpu:7.2f} ms of the processor; {rounds[0][name]['peak_mb']:.0f} MB peak"
        )
    for name, other in COMPARED:
        ratios = [figures[name]["pairs_per_s"] / figures[other]["pairs_per_s"] for figures in rounds]
        median, low, high = statistics.median(ratios), min(ratios), max(ratios)
        cpu = statistics.median(figures[name]["cpu_s"] / figures[other]["cpu_s"] for figures in rounds)
        print(
            f"  {name} / {other}: speed {median:.2f} x (from {low:.2f} to {high:.2f}), time {1 / median:.2f} x, "
            f"processor time {cpu:.2f} x"
        )
    differences = child("compare")
    worst = max(differences, key=differences.get)
    print(f"  {len(differences)} metrics are the numbers by hand, to within {differences[worst]:.0e} ({worst})")


def report_first_use(child: Callable[..., dict[str, float]]) -> None:
    with tempfile.TemporaryDirectory() as cache:
        for process in ("with nothing compiled", "of a later process"):
            figures = child("first use", NUMBA_CACHE_DIR=cache)
            print(
                f"  first pair {process}: {figures['first_s']:.2f} s, {figures['cpu_s']:.2f} s of the processor; "
                f"the next {1000 * figures['next_s']:.1f} ms"
            )


def report_scale(child: Callable[..., dict[str, float]], samples: int, fields: int) -> None:
    figures = child("scale")
    seconds = figures["seconds"]
    print(
        f"  {samples} samples with {fields} predictions each: {seconds:.0f} s, {samples / seconds:.1f} samples/s, "
        f"{samples * fields / seconds:.1f} predictions/s; {figures['peak_mb']:.0f} MB peak, {figures['before_mb']:.0f} "
        f"MB before; main thread {figures['database']:.0%} of the time in the database, {figures['statistics']:.0%} in "
        "statistics"
    )


def run(sandbox: Sandbox, folder: Path, name: str, **variables: str) -> dict[str, float]:
    command = [sys.executable, __file__, "--child", name, "--maps", str(folder)]
    env = {**os.environ, **sandbox.env, **variables}
    if name.endswith("1 core"):
        env |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    done = subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


# --- the rows: each prepares what it needs and returns the loop to be timed ---

Loop = Callable[[], object]


def reading(entries: list[Entry], read: Callable[[str], object], workers: int | None) -> Loop:
    def read_both(entry: Entry) -> None:
        read(entry.truth.path)
        read(entry.predictions[0].path)

    return lambda: deque(map_ahead(read_both, entries, workers), maxlen=0)


def read_by_opencv(path: str) -> np.ndarray:
    return cv2.imread(path, cv2.IMREAD_UNCHANGED)


def by_hand(entries: list[Entry]) -> Loop:
    files = [(entry.predictions[0], entry.truth.path) for entry in entries]
    return lambda: [by_the_book.score(p.path, p.scale, p.offset, truth) for p, truth in files]


def library(entries: list[Entry], workers: int | None, metrics: tuple[str, ...] = ()) -> Loop:
    """`evaluate_files` by the protocol `sunrgbd`, with these metrics on top of its own."""
    from plumb.evaluation import Comparison, evaluate_files
    from plumb.protocols import PROTOCOLS

    protocol = PROTOCOLS["sunrgbd"]
    protocol = replace(protocol, metrics=protocol.metrics + metrics)
    comparisons = [Comparison(i, entry.truth, entry.predictions[:1], entry.camera) for i, entry in enumerate(entries)]

    def score_all() -> list[dict[str, float | None]]:
        found = [scores for _, (scores,) in evaluate_files(comparisons, protocol, workers=workers)]
        assert not any(scores.reason for scores in found), found[0].reasons
        return [scores.metrics for scores in found]

    return score_all


def job(entries: list[Entry]) -> Loop:
    from plumb.datasets.evaluating import evaluate_depth
    from plumb.jobs import finish

    dataset = evaluation_maps.plumb_dataset(entries)
    fields = [f"prediction{number}" for number in range(len(entries[0].predictions))]

    def evaluate_all() -> None:
        results = finish(evaluate_depth(dataset, fields))
        assert all(result["scored"] == len(entries) for result in results.values()), results

    return evaluate_all


def tutorials(entries: list[Entry]) -> Loop:
    dataset = evaluation_maps.tutorial_dataset(entries)
    return lambda: tutorial.evaluate(dataset)


ROWS: dict[str, Callable[[list[Entry]], Loop]] = {
    FLOOR: partial(reading, read=read_codes, workers=1),
    "read both PNGs, all cores": partial(reading, read=read_codes, workers=None),
    FLOOR_OPENCV: partial(reading, read=read_by_opencv, workers=1),
    LIBRARY: partial(library, workers=1),
    LIBRARY_ALL: partial(library, workers=None),
    "  and boundary F1, 1 core": partial(library, metrics=("boundary_f1",), workers=1),
    "  and ordinal error, 1 core": partial(library, metrics=("ordinal_error",), workers=1),
    "  and points and normals, 1 core": partial(library, metrics=tuple(POINT_METRICS), workers=1),
    JOB: job,
    BY_HAND: by_hand,
    TUTORIAL: tutorials,
}


# --- what a process does ---


def time_row(name: str, entries: list[Entry]) -> dict[str, float]:
    if name.endswith("1 core"):
        cv2.setNumThreads(1)
    ROWS[name](entries[:2])()
    loop = ROWS[name](entries)
    began, cpu_began = time.perf_counter(), time.process_time()
    loop()
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_began
    return {
        "pairs_per_s": len(entries) / seconds,
        "cpu_s": cpu_seconds / len(entries),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def time_first_use(entries: list[Entry]) -> dict[str, float]:
    """The first pair includes imports and compiling, as a user meets them."""
    began, cpu_began = time.perf_counter(), time.process_time()
    library(entries[:1], workers=1)()
    first, cpu = time.perf_counter(), time.process_time()
    library(entries[:1], workers=1)()
    return {"first_s": first - began, "cpu_s": cpu - cpu_began, "next_s": time.perf_counter() - first}


def compare(entries: list[Entry]) -> dict[str, float]:
    """By metric, the largest difference between ours and the numbers by hand, relative to the latter."""
    ours, others = library(entries[:32], workers=1)(), by_hand(entries[:32])()
    return {
        name: max(abs(our[name] - other[name]) / abs(other[name]) for our, other in zip(ours, others, strict=True))
        for name in others[0]
        if name in ours[0]
    }


def time_scale(entries: list[Entry]) -> dict[str, float]:
    import fiftyone
    import pymongo

    import plumb.statistics
    from benchmarks.watch import Watch

    loop = job(entries)
    places = {
        "database": tuple(str(Path(package.__file__).parent) for package in (fiftyone, pymongo)),
        "statistics": (plumb.statistics.__file__,),
    }
    with Watch(places) as watch:
        loop()
    return {**watch.shares, **{name: getattr(watch, name) for name in ("seconds", "before_mb", "peak_mb")}}


CHILDREN: dict[str, Callable[[list[Entry]], dict[str, float]]] = {
    **{name: partial(time_row, name) for name in ROWS},
    "first use": time_first_use,
    "compare": compare,
    "scale": time_scale,
}

if __name__ == "__main__":
    main()
