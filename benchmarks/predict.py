"""Prediction speed, beside the bare network, the well-known tutorial's loop and FiftyOne's `apply_model`, in one run.

    .venv/bin/python benchmarks/predict.py [--model dpt-hybrid] [--images 8] [--rounds 3] [--torchvision FOLDER]
    .venv/bin/python benchmarks/predict.py --accuracy      the metrics with precision "auto" beside float32's
    .venv/bin/python benchmarks/predict.py --scale 200 10000      memory, over so many images

Weights are random, but for the offline model's: speed does not depend on them. All rows predict the same images with
the same weights, in turns, each in a process of its own; each has run once before it is timed. The bare forward pass
is the network alone, on tensors that lie ready on the device. FiftyOne's `apply_model` needs torchvision: one from a
folder will do (`pip install --target FOLDER --no-deps torchvision`).
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
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from benchmarks import prediction_models, tutorial  # noqa: E402
from plumb.parallel import core_count  # noqa: E402
from plumb.sunrgbd import find_scenes, read_scene  # noqa: E402
from tools.sandbox import Sandbox  # noqa: E402

BARE, OURS, AUTO, TUTORIAL = "bare forward", "plumb, float32", "plumb, auto", "the tutorial's loop"
APPLY = "apply_model"
Loop = Callable[[], object]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--root", type=Path, default=REPOSITORY / "samples" / "SUNRGBD")
    parser.add_argument("--model", default="dpt-hybrid", help="an architecture, or the folder of a model")
    parser.add_argument("--images", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--batch-sizes", type=int, nargs="+", help="of the peers, by default 1 and 4, on a GPU 1, 8, 32"
    )
    parser.add_argument("--torchvision", type=Path, help="folder with a torchvision, for apply_model")
    parser.add_argument("--accuracy", action="store_true")
    parser.add_argument("--scale", type=int, nargs="+", metavar="IMAGES")
    parser.add_argument("--child", nargs=2, metavar=("ROW", "BATCH"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        print(json.dumps(child(args)))
        return
    with tempfile.TemporaryDirectory() as folder, Sandbox(Path(folder, "fiftyone"), temporary=True) as sandbox:
        args.folder = Path(folder)
        if args.model in prediction_models.ARCHITECTURES and not (args.accuracy or args.scale):
            args.model = str(prediction_models.make(args.model, args.folder))
        run = partial(run_child, sandbox, args)
        if args.accuracy:
            report_accuracy(run("accuracy", 0))
        elif args.scale:
            for images in args.scale:
                report_scale(images, run("scale", images))
        else:
            report_rows(args, run)


def run_child(sandbox: Sandbox, args: argparse.Namespace, row: str, batch: int) -> dict[str, Any]:
    command = [sys.executable, __file__, "--child", row, str(batch), "--folder", args.folder, "--root", args.root]
    command += ["--model", args.model, "--images", str(args.images)]
    command += ["--torchvision", args.torchvision] if args.torchvision else []
    env = {**os.environ, **sandbox.env}
    done = subprocess.run(list(map(str, command)), env=env, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        return {"why": f"ended with {done.returncode}"}
    return json.loads(done.stdout.splitlines()[-1])


def report_rows(args: argparse.Namespace, run: Callable[..., dict[str, Any]]) -> None:
    import torch

    cuda = torch.cuda.is_available()
    device = torch.cuda.get_device_name() if cuda else f"{core_count()} cores"
    sizes = args.batch_sizes or ([1, 8, 32] if cuda else [1, 4])
    rows = [(BARE, size) for size in sizes] + [(f"{BARE}, auto", size) for size in sizes]
    rows += [(OURS, 0), (AUTO, 0), (TUTORIAL, 1)] + [(APPLY, size) for size in sizes]
    rounds = [{row: run(*row) for row in rows} for _ in range(args.rounds)]
    print(f"{Path(args.model).name}, {args.images} images, {args.rounds} rounds, {device}, torch {torch.__version__}")
    missing = {row: figures["why"] for row, figures in rounds[0].items() if "why" in figures}
    speeds = {row: [figures[row]["images_per_s"] for figures in rounds] for row in rows if row not in missing}
    for row in rows:
        title = f"{row[0]}, batch {row[1]}" if row[1] else row[0]
        if row in missing:
            print(f"  {title:<32} not run: {missing[row]}")
            continue
        figures = rounds[0][row]
        print(
            f"  {title:<32}{statistics.median(speeds[row]):8.3f} images/s (from {min(speeds[row]):.3f} to "
            f"{max(speeds[row]):.3f}), {figures['peak_mb']:.0f} MB{figures['note']}"
        )
    for ours, precision in ((OURS, BARE), (AUTO, f"{BARE}, auto")):
        compare(speeds, (ours, 0), [row for row in speeds if row[0] == precision])
        compare(speeds, (ours, 0), [row for row in speeds if row[0] in (TUTORIAL, APPLY)])


def compare(speeds: dict[tuple[str, int], list[float]], ours: tuple[str, int], others: list[tuple[str, int]]) -> None:
    """Ratios of each round; of several batch sizes the fastest stands for its row."""
    for name in dict.fromkeys(name for name, _ in others):
        best = max((row for row in others if row[0] == name), key=lambda row: statistics.median(speeds[row]))
        ratios = [a / b for a, b in zip(speeds[ours], speeds[best], strict=True)]
        print(
            f"  {ours[0]} / {name}, batch {best[1]}: {statistics.median(ratios):.3f} x "
            f"(from {min(ratios):.3f} to {max(ratios):.3f})"
        )


def report_accuracy(found: dict[str, Any]) -> None:
    print(f"the offline model on {found['images']} scenes: float32, {found['precision']}, and the difference")
    for name, (exact, rough) in found["metrics"].items():
        print(f"  {name:<12}{exact:12.6f}{rough:12.6f}{(rough / exact - 1) if exact else 0:+10.3%}")


def report_scale(images: int, figures: dict[str, Any]) -> None:
    print(
        f"  {images} images: {figures['seconds']:.0f} s, {images / figures['seconds']:.1f} images/s; "
        f"{figures['peak_mb']:.0f} MB peak, {figures['before_mb']:.0f} MB before, model loaded"
    )


# --- what a process does ---


def child(args: argparse.Namespace) -> dict[str, Any]:
    row, batch = args.child[0], int(args.child[1])
    scenes = [read_scene(folder, annotations=False).image for folder in find_scenes(args.root)]
    if row == "accuracy":
        return accuracy(args.root)
    if row == "scale":
        return scale(scenes, args.folder, batch)
    images = [scenes[number % len(scenes)] for number in range(args.images)]
    loops = {BARE: bare, f"{BARE}, auto": bare, OURS: plumb, AUTO: plumb, TUTORIAL: the_tutorials, APPLY: apply_model}
    try:
        loop, note = loops[row](args, images, batch, "float32" if row in (BARE, OURS) else "auto")
    except RuntimeError as error:
        return {"why": str(error)}
    import torch

    cuda = torch.cuda.is_available()
    torch.cuda.reset_peak_memory_stats() if cuda else None
    began = time.perf_counter()
    loop()
    torch.cuda.synchronize() if cuda else None
    seconds = time.perf_counter() - began
    if cuda:
        note += f", {torch.cuda.max_memory_allocated() / 2**20:.0f} MB of the GPU"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"images_per_s": len(images) / seconds, "peak_mb": peak, "note": note}


def bare(args: argparse.Namespace, images: list[str], batch: int, precision: str) -> tuple[Loop, str]:
    """transformers' forward pass on inputs that lie ready on the device; in 16 bits, where "auto" takes them."""
    import torch
    from PIL import Image
    from transformers import AutoImageProcessor, AutoModelForDepthEstimation

    from plumb.models import load_network

    chosen = load_network(args.model, precision=precision)
    kind, device = getattr(torch, chosen.precision), chosen.device
    processor = AutoImageProcessor.from_pretrained(args.model, backend="pil")
    network = AutoModelForDepthEstimation.from_pretrained(args.model, dtype=torch.float32).eval().to(device)
    if device == "cuda":
        network = network.to(kind)
    pixels = [processor(images=Image.open(path), return_tensors="pt").pixel_values for path in images]
    pixels = [one for one in pixels if one.shape == pixels[0].shape]
    inputs = torch.cat([pixels[number % len(pixels)] for number in range(len(images))]).to(device)
    inputs = inputs.to(next(network.parameters()).dtype)

    @torch.inference_mode()
    def forward() -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=device == "cpu" and kind == torch.bfloat16):
            for part in inputs.split(batch):
                network(part)

    with torch.inference_mode():
        network(inputs[:batch])
    return forward, f", {chosen.precision}"


def plumb(args: argparse.Namespace, images: list[str], batch: int, precision: str) -> tuple[Loop, str]:
    """The operator's whole job: files read, 16-bit maps at image size written, samples and run in the database."""
    from plumb.datasets.predicting import predict_depth
    from plumb.jobs import finish
    from plumb.models import load_network

    dataset = make_dataset(images)
    finish(predict_depth(dataset[:2], args.model, "warm", precision=precision))

    def predict() -> None:
        report = finish(predict_depth(dataset, args.model, "timed", precision=precision))
        assert report.predicted == len(images), report

    return predict, f", {load_network(args.model, precision=precision).precision}"


def the_tutorials(args: argparse.Namespace, images: list[str], batch: int, precision: str) -> tuple[Loop, str]:
    import torch
    from transformers import AutoImageProcessor, AutoModelForDepthEstimation

    processor = AutoImageProcessor.from_pretrained(args.model, backend="pil")
    network = AutoModelForDepthEstimation.from_pretrained(args.model, dtype=torch.float32)
    dataset = make_dataset(images)
    tutorial.predict(dataset[:1], network, processor, "warm")
    return lambda: tutorial.predict(dataset, network, processor, "timed"), ", float32"


def apply_model(args: argparse.Namespace, images: list[str], batch: int, precision: str) -> tuple[Loop, str]:
    from benchmarks.borrowed_torchvision import borrow

    if why := borrow(args.torchvision):
        raise RuntimeError(why)
    import torch
    from fiftyone.utils.transformers import convert_transformers_model
    from transformers import AutoModelForDepthEstimation

    network = AutoModelForDepthEstimation.from_pretrained(args.model, dtype=torch.float32)
    model = convert_transformers_model(network, task="depth-estimation")
    dataset = make_dataset(images)
    dataset[:1].apply_model(model, "warm", progress=False, skip_failures=False)

    def apply() -> None:
        dataset.apply_model(model, "timed", batch_size=batch, num_workers=0, progress=False, skip_failures=False)
        assert len(dataset.exists("timed")) == len(images)

    return apply, ", float32, maps at the network's size"


def make_dataset(images: list[str]) -> Any:
    import fiftyone as fo

    dataset = fo.Dataset()
    dataset.add_samples([fo.Sample(filepath=image) for image in images], progress=False)
    dataset.compute_metadata(progress=False)
    return dataset


def accuracy(root: Path) -> dict[str, Any]:
    """Mean metrics of the offline model, protocol sunrgbd, in float32 and in 16 bits."""
    import fiftyone as fo
    import torch

    from plumb.datasets.evaluating import evaluate_depth
    from plumb.datasets.importing import import_sunrgbd
    from plumb.datasets.predicting import predict_depth
    from plumb.jobs import finish

    finish(import_sunrgbd(root, "accuracy"))
    # What "auto" takes for large networks where the device has it; for one as small as this it stays with float32.
    dataset, rough = fo.load_dataset("accuracy"), "float16" if torch.cuda.is_available() else "bfloat16"
    for field, precision in (("exact", "float32"), ("rough", rough)):
        finish(predict_depth(dataset, "dpt-tiny", field, precision=precision))
    scores = finish(evaluate_depth(dataset, ["exact", "rough"]))
    metrics = {name: [scores[field][name] for field in scores] for name in scores["exact"]["units"]}
    return {"images": len(dataset), "precision": rough, "metrics": metrics}


def scale(scenes: list[str], folder: Path, images: int) -> dict[str, Any]:
    from benchmarks.watch import Watch
    from plumb.datasets.predicting import predict_depth
    from plumb.jobs import finish

    links = folder / f"scale-{images}"
    links.mkdir()
    for number in range(images):
        (links / f"{number}.jpg").symlink_to(Path(scenes[number % len(scenes)]).resolve())
    dataset = make_dataset(sorted(map(str, links.iterdir())))
    finish(predict_depth(dataset[:4], "dpt-tiny", "warm"))
    with Watch({}) as watch:
        report = finish(predict_depth(dataset, "dpt-tiny", "timed"))
    assert report.predicted == images, report
    return {name: getattr(watch, name) for name in ("seconds", "before_mb", "peak_mb")}


if __name__ == "__main__":
    main()
