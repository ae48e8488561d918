"""What the well-known tutorial's own code scores for a perfect prediction, beside what Plumb gives for the same maps.

    .venv/bin/python benchmarks/perfect.py [--root samples/SUNRGBD]

Prints one Markdown table. The truth is each scene's filled depth, the one that the tutorial takes. The perfect DPT is
its inverse; the perfect Marigold is the truth scaled from its nearest to its farthest point, 0 to 1.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from benchmarks import tutorial  # noqa: E402
from plumb.depthmap import DepthMap, MapFile, encode, write_codes  # noqa: E402
from plumb.metrics import EIGHT_BIT_METRICS, eight_bit  # noqa: E402
from plumb.parallel import map_ahead  # noqa: E402
from plumb.protocols import PROTOCOLS  # noqa: E402
from plumb.scoring import prepare, score  # noqa: E402
from plumb.sunrgbd import find_scenes, read_depth  # noqa: E402

# Map and ground truth -> the mistake that makes the tutorial's number.
TUTORIAL = {
    ("DPT", "its own"): "`depth * 255` overflows 16 bits, so the truth is noise",
    (
        "DPT",
        "its own before Pillow 10.4",
    ): "no overflow; but the file's bits are not rotated back: wrong beyond 8.191 m",
    ("DPT", "right"): "`255 - 255 x / max` negates inverse depth, which does not turn it into depth",
    ("Marigold", "its own"): "the same overflow",
    ("Marigold", "its own before Pillow 10.4"): "the same bits",
    ("Marigold", "right"): "the red channel of a coloured picture is taken for depth, and inverted",
    ("Marigold, not coloured", "right"): "inverted, though Marigold's 0 is near already",
    ("Marigold, not coloured, not inverted", "right"): "scale and shift, which Marigold leaves open, are not fitted",
}

HEADER = """\
| perfect map | scored by | ground truth | RMSE, levels | PSNR, dB | SSIM | what makes the number |
|---|---|---|--:|--:|--:|---|"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--root", type=Path, default=REPOSITORY / "samples" / "SUNRGBD")
    parser.add_argument("--scenes", action="store_true", help="also the tutorial's numbers of every scene")
    args = parser.parse_args()
    scenes = score_scenes(args.root)
    print(table(scenes.values()))
    if args.scenes:
        for scene, scores in scenes.items():
            print(f"\n{scene}")
            for (name, truth), found in scores["tutorial"].items():
                print(f"  {name}, {truth}: " + ", ".join(f"{metric} {value:.3f}" for metric, value in found.items()))


def score_scenes(root: Path) -> dict[str, dict[str, dict]]:
    """By scene: "tutorial", "memory" and "stored", each the metrics by map and ground truth or protocol.

    Raises:
        ValueError: a scene has holes in its filled depth, where no prediction could be perfect
    """
    found = map_ahead(lambda scene: score_scene(next((scene.path / "depth_bfx").glob("*.png"))), find_scenes(root))
    return {scene.scene_id: scores for scene, scores in found}


def score_scene(path: Path) -> dict[str, dict]:
    truth = read_depth(path) * 0.001
    if not truth.all():
        raise ValueError(f"{path}: the filled depth has holes; choose scenes whose depth is filled everywhere")
    inverse = 1.0 / truth
    affine = (truth - truth.min()) / (truth.max() - truth.min())
    relative = {"DPT": (inverse, "inverse_depth"), "Marigold": (affine, "affine_depth")}
    return {
        "tutorial": _score_as_the_tutorial(path, truth, inverse, affine),
        "memory": _score_as_plumb(truth, relative),
        "stored": _score_as_plumb(truth, {name: (_stored(*values), values[1]) for name, values in relative.items()}),
    }


def _score_as_the_tutorial(path: Path, truth: np.ndarray, inverse: np.ndarray, affine: np.ndarray) -> dict:
    grey = (affine * 255).astype(np.uint8)
    maps = {
        "DPT": tutorial.dpt_map(inverse, truth.shape),
        "Marigold": tutorial.marigold_map(affine),
        "Marigold, not coloured": 255 - grey,
        "Marigold, not coloured, not inverted": grey,
    }
    truths = {
        "its own": tutorial.read_ground_truth(path),
        "its own before Pillow 10.4": tutorial.read_ground_truth(path, wraps=False),
        "right": eight_bit(truth),
    }
    return {(name, choice): tutorial.compare(truths[choice], maps[name]) for name, choice in TUTORIAL}


def _score_as_plumb(truth: np.ndarray, predictions: dict[str, tuple[np.ndarray, str]]) -> dict:
    return {
        (name, protocol): score(DepthMap(values, quantity), prepare(truth, PROTOCOLS[protocol])).metrics
        for name, (values, quantity) in predictions.items()
        for protocol in ("relative8", "sunrgbd")
    }


def _stored(values: np.ndarray, quantity: str) -> np.ndarray:
    """The map as it comes back from Plumb's 16-bit file."""
    encoded = encode(DepthMap(values, quantity))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "map.png")
        write_codes(path, encoded.codes)
        return MapFile(str(path), quantity, encoded.scale, encoded.offset, encoded.unit).read()


def table(scenes: Iterable[dict[str, dict]]) -> str:
    """The README's table: the tutorial's means over the scenes, and Plumb's worst."""
    scenes = list(scenes)
    lines = [HEADER]
    for (name, truth), mistake in TUTORIAL.items():
        rmse, psnr, ssim = (
            statistics.fmean(scores["tutorial"][name, truth][metric] for scores in scenes)
            for metric in EIGHT_BIT_METRICS
        )
        lines.append(f"| {name} | the tutorial | {truth} | {rmse:.1f} | {psnr:.1f} | {ssim:.3f} | {mistake} |")
    for kept, form in (("memory", ""), ("stored", ", stored in 16 bits")):
        scores = [metrics for scene in scenes for (_, by), metrics in scene[kept].items() if by == "relative8"]
        lines.append(f"| both{form} | Plumb, `relative8`, the worst scene | right | {_worst_of_8_bit(scores)} |")
    stored = [metrics for scene in scenes for (_, by), metrics in scene["stored"].items() if by == "sunrgbd"]
    lines.append(
        f"| both, stored in 16 bits | Plumb, `sunrgbd`, the worst scene | right | | | | {_worst_in_metres(stored)} |"
    )
    return "\n".join(lines)


def _worst_of_8_bit(scores: list[dict[str, float | None]]) -> str:
    """The lowest score that any map got; a psnr of None is that of identical maps, the highest that there is."""
    rmse, ssim = max(metrics["rmse"] for metrics in scores), min(metrics["ssim"] for metrics in scores)
    finite = [metrics["psnr"] for metrics in scores if metrics["psnr"] is not None]
    same = f"{len(scores) - len(finite)} of {len(scores)} maps are identical to the truth's"
    psnr = f"{min(finite):.1f}" if finite else "infinite"
    return f"{rmse:.1f} | {psnr} | {ssim:.3f} | {same}"


def _worst_in_metres(scores: list[dict[str, float | None]]) -> str:
    abs_rel, rmse, delta1 = (
        choose(metrics[name] for metrics in scores)
        for choose, name in ((max, "abs_rel"), (max, "rmse"), (min, "delta1"))
    )
    return f"AbsRel {abs_rel:.4f}, RMSE {rmse * 1000:.1f} mm, delta1 {delta1:.3f}"


if __name__ == "__main__":
    main()
