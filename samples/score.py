"""Score the offline model as the product uses it: processor, network, bilinear up, alignment, metrics."""

import multiprocessing as mp
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image
from render import render
from scene_set import HELD_OUT_SEED
from torch.nn import functional as F
from transformers import AutoImageProcessor, AutoModelForDepthEstimation

from plumb import evaluate

SIZES = ((561, 427), (730, 530), (681, 531), (591, 441))
MIN_DEPTH, MAX_DEPTH = 1e-3, 8.0
Predict = Callable[[np.ndarray], np.ndarray]


def abs_rel_and_delta1(p: np.ndarray, g: np.ndarray) -> tuple[float, float]:
    """AbsRel and delta1 of inverse depth `p` (H, W) against metres `g` (H, W), fitted to 1/g."""
    metrics = evaluate(p.astype(np.float64), g.astype(np.float64), quantity="inverse_depth").metrics
    return metrics["abs_rel"], metrics["delta1"]


def network(folder: Path) -> Predict:
    model = AutoModelForDepthEstimation.from_pretrained(folder, dtype=torch.float32).eval()
    processor = AutoImageProcessor.from_pretrained(folder)

    def predict(rgb: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            p = model(**processor(images=Image.fromarray(rgb), return_tensors="pt")).predicted_depth
            return F.interpolate(p[:, None], size=rgb.shape[:2], mode="bilinear")[0, 0].numpy()

    return predict


def _held_out(job: tuple[Path, int]) -> tuple[np.ndarray, np.ndarray]:
    folder, i = job
    path = folder / f"{i:04d}.npz"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        view = render(HELD_OUT_SEED + i, SIZES[i % len(SIZES)])
        np.savez(path, rgb=view.rgb, depth=view.depth)
    scene = np.load(path)
    return scene["rgb"], scene["depth"]


def held_out(folder: Path, scenes: int, processes: int = 2) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(rgb, depth in metres) of scenes whose seeds no training saw, at the sizes of SUN RGB-D's sensors."""
    with mp.get_context("spawn").Pool(processes) as pool:
        yield from pool.imap(_held_out, [(folder / "held_out", i) for i in range(scenes)])


def sunrgbd(root: Path) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(rgb, depth in metres) of the scenes below `root` that have measured depth."""
    for folder in sorted(p for p in root.rglob("depth") if p.is_dir()):
        depth, image = sorted(folder.iterdir())[0], sorted((folder.parent / "image").iterdir())[0]
        raw = cv2.imread(str(depth), cv2.IMREAD_UNCHANGED)
        yield cv2.imread(str(image))[..., ::-1].copy(), ((raw >> 3) | (raw << 13)) / 1000.0


def table(model: Path, data: Path, scenes: int, real: Path | None) -> str:
    """The model card's table in Markdown: the network beside predictions that know nothing of the picture."""

    def plane(rgb: np.ndarray, d: np.ndarray, columns: str) -> np.ndarray:
        """The least-squares plane through the TRUE inverse depth: what the best guess of a slope reaches."""
        h, w = d.shape
        y, x = np.mgrid[:h, :w]
        ok = (d > MIN_DEPTH) & (d < MAX_DEPTH)
        a = np.stack([np.ones(h * w), y.ravel() / h, x.ravel() / w][: {"c": 1, "r": 2, "p": 3}[columns]], 1)
        return (a @ np.linalg.lstsq(a[ok.ravel()], 1 / d[ok], rcond=None)[0]).reshape(h, w)

    predict = network(model)
    rows = {
        "constant": lambda rgb, d: plane(rgb, d, "c"),
        "best row gradient": lambda rgb, d: plane(rgb, d, "r"),
        "best plane": lambda rgb, d: plane(rgb, d, "p"),
        "this model": lambda rgb, d: predict(rgb),
    }
    sets = {f"{scenes} held-out rendered scenes": held_out(data, scenes)}
    if real is not None:
        sets[f"real scenes of {real.name}"] = sunrgbd(real)
    lines = ["| prediction | scenes | AbsRel | delta1 |", "|---|---|--:|--:|"]
    for title, pairs in sets.items():
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in rows}
        for rgb, depth in pairs:
            for name, row in rows.items():
                found[name].append(abs_rel_and_delta1(row(rgb, depth), depth))
        for name, values in found.items():
            a, d1 = np.mean(values, axis=0)
            lines.append(f"| {name} | {title} ({len(values)}) | {a:.3f} | {d1:.3f} |")
    return "\n".join(lines)
