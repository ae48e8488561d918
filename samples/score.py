"""Score the offline models as the product uses them: processor, network, bilinear up, alignment, metrics."""

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


def abs_rel_and_delta1(p: np.ndarray, g: np.ndarray, quantity: str = "inverse_depth") -> tuple[float, float]:
    """AbsRel and delta1 of `p` (H, W) against metres `g` (H, W), fitted in its quantity: to 1/g or to g."""
    metrics = evaluate(p.astype(np.float64), g.astype(np.float64), quantity=quantity).metrics
    return metrics["abs_rel"], metrics["delta1"]


def network(folder: Path) -> Predict:
    model = AutoModelForDepthEstimation.from_pretrained(folder, dtype=torch.float32).eval()
    processor = AutoImageProcessor.from_pretrained(folder)

    def predict(rgb: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            p = model(**processor(images=Image.fromarray(rgb), return_tensors="pt")).predicted_depth
            return F.interpolate(p[:, None], size=rgb.shape[:2], mode="bilinear")[0, 0].numpy()

    return predict


def marigold(folder: Path, steps: int) -> Predict:
    """Affine depth by the pipeline of `folder`; noise from one seed, so that scores come out again."""
    from diffusers import MarigoldDepthPipeline

    pipeline = MarigoldDepthPipeline.from_pretrained(folder)
    pipeline.set_progress_bar_config(disable=True)

    def predict(rgb: np.ndarray) -> np.ndarray:
        noise = torch.Generator().manual_seed(0)
        return pipeline(Image.fromarray(rgb), num_inference_steps=steps, generator=noise).prediction[0, ..., 0]

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


def best_plane(d: np.ndarray, columns: int, quantity: str) -> np.ndarray:
    """The least-squares plane through the TRUE map of `quantity`: what the best guess of a slope reaches.

    `d` (H, W) in metres; `columns` 1 for a constant, 2 for a row gradient, 3 for a plane.
    """
    h, w = d.shape
    y, x = np.mgrid[:h, :w]
    ok = (d > MIN_DEPTH) & (d < MAX_DEPTH)
    a = np.stack([np.ones(h * w), y.ravel() / h, x.ravel() / w][:columns], 1)
    true = 1 / d[ok] if quantity == "inverse_depth" else d[ok]
    return (a @ np.linalg.lstsq(a[ok.ravel()], true, rcond=None)[0]).reshape(h, w)


def table(models: dict[str, Predict], quantity: str, data: Path, scenes: int, real: Path | None) -> str:
    """The model card's table in Markdown: networks beside predictions that know nothing of the picture."""
    rows = {
        "constant": lambda rgb, d: best_plane(d, 1, quantity),
        "best row gradient": lambda rgb, d: best_plane(d, 2, quantity),
        "best plane": lambda rgb, d: best_plane(d, 3, quantity),
        **{name: lambda rgb, d, predict=predict: predict(rgb) for name, predict in models.items()},
    }
    sets = {f"{scenes} held-out rendered scenes": held_out(data, scenes)}
    if real is not None:
        sets[f"real scenes of {real.name}"] = sunrgbd(real)
    lines = ["| prediction | scenes | AbsRel | delta1 |", "|---|---|--:|--:|"]
    for title, pairs in sets.items():
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in rows}
        for rgb, depth in pairs:
            for name, row in rows.items():
                found[name].append(abs_rel_and_delta1(row(rgb, depth), depth, quantity))
        for name, values in found.items():
            a, d1 = np.mean(values, axis=0)
            lines.append(f"| {name} | {title} ({len(values)}) | {a:.3f} | {d1:.3f} |")
    return "\n".join(lines)
