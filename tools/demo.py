"""The main job on the sample scenes, or on yours: import, predict, evaluate, print the table, open the App.

    .venv/bin/python tools/demo.py [--root SUNRGBD] [--model NAME] [--headless] [--folder .cache/demo]

Runs in a FiftyOne of its own, which a second run takes up again: only what is missing is done.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import sys
import webbrowser
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.sandbox import ROOT, Sandbox, SandboxError

SAMPLES = ROOT / "samples" / "SUNRGBD"
GT_FIELD = "gt_depth"
OFFLINE_MODELS = ["dpt-tiny", "marigold-tiny"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--root", type=Path, default=SAMPLES, help="folder that holds SUNRGBD, or any folder below it")
    parser.add_argument("--model", help="catalog name, hub id or local folder; by default both models of Plumb's own")
    parser.add_argument("--headless", action="store_true", help="end after the table, without the App")
    parser.add_argument("--folder", type=Path, default=ROOT / ".cache" / "demo", help="where its FiftyOne lives")
    args = parser.parse_args()
    try:
        with Sandbox(args.folder, purpose="demo") as sandbox:
            sandbox.apply()
            return run(sandbox, args.root, [args.model] if args.model else OFFLINE_MODELS, args.headless)
    except SandboxError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.")
        return 0


def run(sandbox: Sandbox, root: Path, models: list[str], headless: bool) -> int:
    print(f"Loading FiftyOne and {' and '.join(models)} ...", flush=True)
    import fiftyone as fo
    from transformers.utils import logging

    from plumb.datasets.evaluating import evaluate_depth
    from plumb.datasets.importing import import_sunrgbd
    from plumb.datasets.predicting import default_field, predict_depth
    from plumb.models import ModelError, load_network

    logging.disable_progress_bar()
    name = "plumb-demo" if root == SAMPLES else "plumb-demo-" + re.sub(r"[^\w]+", "-", str(root.resolve())).strip("-")
    fields = {default_field(model): model for model in models}
    try:
        for model in models:
            load_network(model)  # first, because a model that cannot be had should not cost an import
        imported = follow(import_sunrgbd(root, name, gt_field=GT_FIELD))
        dataset = fo.load_dataset(name)
        predicted = {field: follow(predict_depth(dataset, model, field)) for field, model in fields.items()}
        metric = follow(evaluate_depth(dataset, list(fields), GT_FIELD, protocol="sunrgbd"))
        protocol = "relative8"  # the tutorial's three metrics, under a key of their own
        eight_bit = follow(evaluate_depth(dataset, list(fields), GT_FIELD, protocol=protocol, eval_key=protocol))
    except (ModelError, ValueError, FileNotFoundError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1

    print(f"\n{imported.imported} scenes imported, {imported.existing} there already, {len(imported.skipped)} left out")
    print_problems(imported.skipped, "path")
    for field, done in predicted.items():
        print(f"{field}: {done.predicted} images predicted, {done.existing} there already, {len(done.failed)} failed")
        print_problems(done.failed, "filepath")
    for scores in (metric, eight_bit):
        for field in fields:
            print_scores(field, scores[field])
    if headless:
        return 0
    address = f"{sandbox.app_server()}/datasets/{name}"
    sandbox.worker()  # for operations that are queued by the forms' switch
    print(f"\nThe App: {address}   (Ctrl-C stops it)", flush=True)
    if sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        webbrowser.open(address)  # elsewhere it might take the terminal over with a text browser
    signal.pause()
    return 0


def follow(job: Any) -> Any:
    """Run a job with one line of progress; returns its result."""
    from plumb.jobs import Steps

    steps, end = Steps(job), "\r" if sys.stdout.isatty() else "\n"
    steps.advance()
    last = None
    while steps.progress is not None:
        last = steps.progress.label
        if end == "\r":
            print(f"\r\033[K{last}", end="", flush=True)
        steps.advance()
    if last:
        print(f"\r\033[K{last}" if end == "\r" else last, flush=True)
    return steps.result


def print_scores(field: str, scores: dict[str, Any]) -> None:
    print(f"\n{field}, {scores['protocol']}")
    for name, unit in scores["units"].items():
        value = "none" if scores[name] is None else f"{scores[name]:.4f}"
        low, high = scores["intervals"][name]
        interval = "" if low is None else f"{low:.4f} to {high:.4f}"
        print(f"  {name:<12}{value:>10} {unit:<13} {interval}".rstrip())
    print("  mean over the images, and its 95 % bootstrap interval")
    print(f"  scored {scores['scored']}, unscored {scores['unscored']}, flipped {scores['flipped']}")
    for reason, count in scores["reasons"].items():
        print(f"  {count} unscored: {reason}")
    for name, reasons in scores["metric_reasons"].items():
        for reason, count in reasons.items():
            print(f"  {count} without {name}: {reason}")


def print_problems(problems: list[dict[str, str]], name: str) -> None:
    for problem in problems[:20]:
        print(f"  {problem[name]}: {problem['reason']}")
    if len(problems) > 20:
        print(f"  and {len(problems) - 20} more, which the run lists")


if __name__ == "__main__":
    sys.exit(main())
