"""How quick the compare panel is, in real Chromium and the real App: from the user's hand to new pixels.

    .venv/bin/python benchmarks/panel.py [--root SUNRGBD] [--samples 500] [--repeat 40]
    .venv/bin/python benchmarks/panel.py --quick      a smoke run

Samples are the scenes below --root with ground truth and 4 predictions, which are made of it and evaluated; they are
repeated, by links of other names, until there are enough, so that neither browser nor panel knows a file from another
sample. Inputs are real ones, of mouse and keyboard. The clock starts at the time stamp that the browser gives to the
event, and stops when a drawing has ended whose pixels differ, or which is the wanted sample's: the wait for the next
frame, React, upload and drawing are inside.

Beside it the server-rendered way, `server_rendered.py`, in the same App; there the clock stops when the picture that
the server has made is decoded.

Memory is what the browser's renderer and GPU processes have resident after a collection, and what the page's JavaScript
heap holds, while the panel goes from sample to sample in the grid. It is not judged in the sample window: there the App
itself keeps each sample that was passed, with its pictures and masks. How much that is, is shown without the panel.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from PIL import Image

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from benchmarks import evaluation_maps  # noqa: E402
from benchmarks.panel_window import PAUSE, Window, open_window  # noqa: E402
from plumb.parallel import core_count  # noqa: E402
from tools.sandbox import Sandbox  # noqa: E402

PREDICTIONS = 4
LAYERS = ["picture", "depth:gt_depth", *(f"depth:prediction{number}" for number in range(PREDICTIONS))]
LAST = LAYERS[-1]  # in an overlay it lies over all others
TO_PIXELS, TO_OPEN, TO_NEXT = 33, 600, 200  # milliseconds
FLAT = 1.2  # memory at the end over that after SETTLED samples
SETTLED, LOOK_EVERY = 100, 50
APART = 3  # two samples on either side of the one that is shown are read ahead


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--root", type=Path, default=REPOSITORY / "samples" / "SUNRGBD" / "kv2")
    parser.add_argument("--samples", type=int, default=500, help="to go through for the memory")
    parser.add_argument("--repeat", type=int, default=40, help="inputs of each kind")
    parser.add_argument("--quick", action="store_true", help="20 samples, 4 inputs of each kind")
    args = parser.parse_args()
    samples, repeat = (20, 4) if args.quick else (args.samples, args.repeat)
    openings, steps = min(5, repeat), min(10, repeat)  # the grid has 16 samples in sight

    with tempfile.TemporaryDirectory() as folder, Sandbox(Path(folder, "fiftyone"), temporary=True) as sandbox:
        sandbox.apply()
        add_server_rendered(sandbox)
        dataset = make_dataset(args.root, Path(folder), APART * openings + steps + samples + 1)
        sizes = sorted(set(zip(*dataset.values(["metadata.width", "metadata.height"]), strict=True)))
        with open_window(sandbox.app_server(), dataset) as window:
            print(
                f"ground truth and {PREDICTIONS} predictions of {', '.join(f'{w} x {h}' for w, h in sizes)} pixels, "
                f"from {args.root}\nChromium {window.version}, {core_count()} cores, load {os.getloadavg()[0]:.1f}"
            )
            slides = report_inputs(window, repeat)
            report_opening(window, openings)
            report_next(window, steps)
            report_server_rendered(window, repeat, slides)  # from here on the window has that panel too
            report_memory_of_app(window, min(SETTLED, samples))
            report_memory(window, samples)
        print(f"load {os.getloadavg()[0]:.1f} at the end")


# --- what is looked at ---


def make_dataset(root: Path, folder: Path, count: int) -> Any:
    import fiftyone as fo

    from plumb.datasets.appearance import show_maps
    from plumb.datasets.evaluating import evaluate_depth
    from plumb.jobs import finish

    evaluation_maps.make(root, folder, count, PREDICTIONS)
    (folder / "pictures").mkdir()
    entries = []
    for number, entry in enumerate(evaluation_maps.load(folder)):
        picture = folder / "pictures" / f"{number:06d}{entry.scene.image.suffix}"
        picture.symlink_to(entry.scene.image)
        entries.append(replace(entry, scene=replace(entry.scene, image=picture)))
    dataset = evaluation_maps.plumb_dataset(entries)
    sizes = [Image.open(entry.scene.image).size for entry in entries]
    dataset.set_values("metadata", [fo.ImageMetadata(width=width, height=height) for width, height in sizes])
    finish(evaluate_depth(dataset, [f"prediction{number}" for number in range(PREDICTIONS)]))
    show_maps(dataset, "gt_depth", alone=True)
    return dataset


def add_server_rendered(sandbox: Sandbox) -> None:
    plugin = sandbox.folder / "plugins" / "server_rendered"
    plugin.mkdir()
    (plugin / "fiftyone.yml").write_text('name: "@benchmark/server-rendered"\npanels:\n  - server_rendered\n')
    (plugin / "__init__.py").write_text((REPOSITORY / "benchmarks" / "server_rendered.py").read_text())


# --- what is measured ---


def report_inputs(window: Window, repeat: int) -> list[float]:
    """Every kind of input; returns the times of the opacity's slider side by side."""
    print(f"input to new pixels, {repeat} of each")
    colormaps = [f"colormap-{LAST}-{colormap}" for colormap in ("turbo", "viridis")]
    scales = [f"range-scale-{scale}" for scale in ("log", "inverse", "linear")]
    slides = []
    for title, key, opacity in (
        (f"side by side, {len(LAYERS)} views", "s", 100),
        (f"overlay, {len(LAYERS)} layers", "o", 100),
        (f"overlay, {len(LAYERS)} layers, all translucent", "o", 50),
    ):
        window.panel.press(key)
        for layer in LAYERS:
            window.panel.slide(f"opacity-{layer}", opacity)
        print(f" {title}")
        slides.append(row("opacity, slider", window.slide(LAST, repeat), TO_PIXELS))
        window.panel.slide(f"opacity-{LAST}", opacity)
        row("colormap", window.click(colormaps, repeat, menu=f"colormap-{LAST}"), TO_PIXELS)
        row("layer off and on", window.click([f"on-{LAST}"], repeat), TO_PIXELS)
        row("mask", window.click(["mask-measured", "mask-all"], repeat, menu="mask"), TO_PIXELS)
        row("scale of the range", window.click(scales, repeat, menu="range"), TO_PIXELS)
    for layer in LAYERS:
        window.panel.slide(f"opacity-{layer}", 100)
    print(" arrangement")
    row("side by side, overlay", window.click(["arrangement-side", "arrangement-overlay"], repeat), TO_PIXELS)
    window.panel.press("w")
    row("divider of the swipe", window.divide(repeat), TO_PIXELS)
    window.panel.press("s")
    return slides[0]


def report_server_rendered(window: Window, repeat: int, slides: list[float]) -> None:
    print(" the server-rendered way, one view")
    times = row("opacity, slider", window.slide_on_server("Server rendered", repeat))
    ratio = statistics.median(times) / statistics.median(slides)
    print(f"  server-rendered / plumb's slider side by side: {ratio:.1f} x")


def report_opening(window: Window, count: int) -> None:
    print(f"from the click in the grid to the sample drawn, not read ahead, {count} samples")
    for name, way in {"open": window.open, "first of a page": window.open_in_new_page}.items():
        times = []
        for number in range(1, count + 1):
            times.append(way(APART * number))
            window.pause()
        row(name, times, TO_OPEN)


def report_next(window: Window, count: int) -> None:
    print(f"next sample, read ahead in {PAUSE / 1000} s, {count} steps")
    times = []
    for _ in range(count):
        window.pause()
        times.append(window.next())
    row("next", times, TO_NEXT)


def report_memory_of_app(window: Window, count: int) -> None:
    """Go through so many samples in the App's own view of them."""
    window.leave_panel()
    look = partial(memory, window.devtools())
    before = look()
    for _ in range(count):
        window.next_in_app()
    after = look()
    changes = (f"{name} {before[name]:.0f} to {after[name]:.0f}" for name in before)
    print(f"{count} samples in the App's own view, memory in MB: {', '.join(changes)}", flush=True)


def report_memory(window: Window, count: int) -> None:
    """Go through so many samples without a pause."""
    window.move_to_grid()
    look = partial(memory, window.devtools())
    every = min(LOOK_EVERY, count // 4)
    looks, times = [look()], []
    for number in range(1, count + 1):
        times.append(window.next())
        if number % every == 0:
            looks.append(look())
    settled = min(SETTLED // every, len(looks) - 2)
    print(f"{count} samples in the panel without a pause, memory in MB before and after every {every}")
    row("next", times)
    for name in looks[0]:
        values = [look[name] for look in looks]
        growth = values[-1] / values[settled]
        print(f"  {name:<24}{' '.join(f'{value:.0f}' for value in values)}")
        print(f"  {'':<24}end / after {settled * every}: {growth:.2f} x   target below {FLAT} x{judged(growth, FLAT)}")


def memory(devtools: Any) -> dict[str, float]:
    """Megabytes by name, of the browser below this process; the page's renderer is the largest, others are spares."""
    devtools.send("HeapProfiler.collectGarbage")
    metrics = {entry["name"]: entry["value"] for entry in devtools.send("Performance.getMetrics")["metrics"]}
    resident = {"renderer": 0.0, "gpu-process": 0.0}
    for process in psutil.Process().children(recursive=True):
        for kind in resident:
            if f"--type={kind}" in process.cmdline():
                resident[kind] = max(resident[kind], process.memory_info().rss / 2**20)
    return {**resident, "heap": metrics["JSHeapUsedSize"] / 2**20}


# --- print ---


def row(name: str, times: list[float], target: float | None = None) -> list[float]:
    median = statistics.median(times)
    high = statistics.quantiles(times, n=20, method="inclusive")[-1]
    against = "" if target is None else f"   target below {target} ms: {median / target:.2f} x{judged(median, target)}"
    print(f"  {name:<24}median {median:6.1f} ms   95th percentile {high:6.1f} ms{against}", flush=True)
    return times


def judged(value: float, target: float) -> str:
    return "" if value < target else ", MISSED"


if __name__ == "__main__":
    main()
