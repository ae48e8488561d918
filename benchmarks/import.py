"""Import speed, database size and memory, beside the well-known tutorial's loop on the same scenes in one run.

    .venv/bin/python benchmarks/import.py [--root SUNRGBD] [--scenes 200] [--many 2000] [--rounds 3]

The scenes below --root are repeated, by links, until there are enough. Ours and the tutorial's loop take turns, each in
a process of its own, so that the ratio holds when the machine's speed drifts and memory is each one's own.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from benchmarks import tutorial  # noqa: E402
from plumb.sunrgbd import find_scenes  # noqa: E402
from tools.sandbox import Sandbox  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--root", type=Path, default=REPOSITORY / "samples" / "SUNRGBD")
    parser.add_argument("--scenes", type=int, default=200, help="scenes to time, and for the smaller memory figure")
    parser.add_argument("--many", type=int, default=2000, help="scenes for the larger memory figure; 0 leaves it out")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", choices=sorted(LOOPS), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        print(json.dumps(measure(args.child, args.root)))
        return

    with tempfile.TemporaryDirectory() as folder, Sandbox(Path(folder, "fiftyone"), temporary=True) as sandbox:
        few = repeat_scenes(args.root, args.scenes, Path(folder, "few"))
        print(f"{args.scenes} scenes from {args.root}, {len(os.sched_getaffinity(0))} cores, {args.rounds} rounds")
        rounds = [{name: run(sandbox, name, few) for name in LOOPS} for _ in range(args.rounds)]
        for name in LOOPS:
            speeds = [figures[name]["scenes_per_s"] for figures in rounds]
            first = rounds[0][name]
            print(
                f"  {name:<20}{statistics.median(speeds):7.1f} scenes/s (from {min(speeds):.1f} to {max(speeds):.1f})"
                f" {first['bytes_per_sample'] / 1000:9.2f} KB of database a sample {first['peak_mb']:7.0f} MB peak"
            )
        ratios = [figures["plumb"]["scenes_per_s"] / figures["tutorial"]["scenes_per_s"] for figures in rounds]
        print(f"  plumb / tutorial: {statistics.median(ratios):.2f} x (from {min(ratios):.2f} to {max(ratios):.2f})")
        if args.many:
            many = run(sandbox, "plumb", repeat_scenes(args.root, args.many, Path(folder, "many")))
            growth = many["peak_mb"] - rounds[0]["plumb"]["peak_mb"]
            print(f"  plumb with {args.many} scenes: {many['peak_mb']:.0f} MB peak, {growth:+.0f} MB")


def repeat_scenes(root: Path, count: int, folder: Path) -> Path:
    """A SUN RGB-D tree of `count` scenes whose files are links to those below `root`."""
    originals = itertools.cycle([scene.path for scene in find_scenes(root)])
    for number, original in enumerate(itertools.islice(originals, count)):
        scene = folder / "SUNRGBD" / "kv2" / "kinect2data" / f"{number:06d}-resize"
        for file in original.rglob("*"):
            if file.is_file():
                link = scene / file.relative_to(original)
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(file.resolve())
    return folder


def run(sandbox: Sandbox, name: str, root: Path) -> dict[str, float]:
    command = [sys.executable, __file__, "--child", name, "--root", str(root)]
    done = subprocess.run(command, env={**os.environ, **sandbox.env}, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def measure(name: str, root: Path) -> dict[str, float]:
    import fiftyone as fo

    fo.list_datasets()  # connects
    began = time.perf_counter()
    dataset = LOOPS[name](root)
    seconds = time.perf_counter() - began
    size = dataset.stats()["samples_bytes"]
    count = len(dataset)
    dataset.delete()
    return {
        "scenes_per_s": count / seconds,
        "bytes_per_sample": size / count,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def plumb_import(root: Path, annotations: bool = False):
    """Pictures, exact depth, camera, label, split; without polygons, which the tutorial does not import either."""
    import fiftyone as fo

    from plumb.datasets.importing import import_sunrgbd
    from plumb.jobs import finish

    report = finish(import_sunrgbd(root, "benchmark", annotations=annotations))
    assert not report.skipped, report.skipped[:3]
    return fo.load_dataset("benchmark")


LOOPS = {
    "plumb": plumb_import,
    "plumb with polygons": partial(plumb_import, annotations=True),
    "tutorial": partial(tutorial.import_scenes, name="benchmark"),
}

if __name__ == "__main__":
    main()
