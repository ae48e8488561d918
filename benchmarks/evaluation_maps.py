"""What the evaluation benchmark scores: ground truth and predictions as Plumb stores them, and datasets of them."""

from __future__ import annotations

import itertools
import pickle
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from benchmarks import tutorial
from plumb.camera import Camera
from plumb.depthmap import DepthMap, EncodedMap, MapFile, encode, encode_millimetres, write_codes
from plumb.parallel import map_ahead
from plumb.sunrgbd import Scene, find_scenes, read_depth, read_scene

if TYPE_CHECKING:
    import fiftyone as fo

_ROUGHNESS = 0.003  # with it, files take as long to read as those of the sample model's own maps


@dataclass(frozen=True)
class Entry:
    """A sample to be: its picture, its filled depth as SUN RGB-D stores it, its maps as Plumb stores them."""

    scene: Scene
    filled: Path
    truth: MapFile
    predictions: tuple[MapFile, ...]

    @property
    def camera(self) -> Camera:
        (fx, _, cx), (_, fy, cy), _ = self.scene.intrinsics
        return Camera(fx, fy, cx, cy)


def make(root: Path, folder: Path, count: int, fields: int) -> float:
    """Write the maps of the scenes below `root`, and links to them until there are `count` entries; see :func:`load`.

    Returns:
        the mean number of pixels of a map
    """
    scenes = [read_scene(found, annotations=False) for found in find_scenes(root)]
    scenes = [scene for scene in scenes if (scene.folder.path / "depth_bfx").is_dir()]
    (folder / "maps").mkdir()
    numbered = itertools.islice(enumerate(scenes), count)
    written = [
        entry for _, entry in map_ahead(lambda item: _write(item[1], folder / "maps", item[0], fields), numbered)
    ]
    (folder / "links").mkdir()
    entries = [
        _linked(entry, folder / "links", number)
        for number, (entry, _) in enumerate(itertools.islice(itertools.cycle(written), count))
    ]
    (folder / "entries").write_bytes(pickle.dumps(entries))
    return sum(pixels for _, (_, pixels) in zip(entries, itertools.cycle(written), strict=False)) / count


def load(folder: Path) -> list[Entry]:
    return pickle.loads((folder / "entries").read_bytes())


def _write(scene: Scene, folder: Path, number: int, fields: int) -> tuple[Entry, int]:
    filled = min((scene.folder.path / "depth_bfx").glob("*.png"))
    metres = read_depth(filled) * 0.001
    truth = _stored(encode_millimetres(read_depth(scene.depth)), folder / f"{number}_truth.png")
    predictions = [
        _stored(encode(_prediction(metres, 1000 * number + field)), folder / f"{number}_prediction{field}.png")
        for field in range(fields)
    ]
    return Entry(scene, filled, truth, tuple(predictions)), metres.size


def _prediction(metres: np.ndarray, seed: int) -> DepthMap:
    """Inverse depth as a model might give it: soft, bent by some per cent over the whole picture, a little rough."""
    random = np.random.default_rng(seed)
    height, width = metres.shape
    bend = cv2.resize(random.normal(0, 0.08, (5, 6)), (width, height), interpolation=cv2.INTER_CUBIC)
    grain = cv2.GaussianBlur(random.normal(0, 1, metres.shape), (0, 0), 10)
    soft = cv2.GaussianBlur(metres, (0, 0), 3)
    return DepthMap(1 / (soft * np.exp(bend + _ROUGHNESS * grain / grain.std())), "inverse_depth")


def _stored(encoded: EncodedMap, path: Path) -> MapFile:
    write_codes(path, encoded.codes)
    return MapFile(str(path), encoded.quantity, encoded.scale, encoded.offset, encoded.unit)


def _linked(entry: Entry, folder: Path, number: int) -> Entry:
    """The same entry with files of its own names, so that nothing can know them from another entry."""

    def link(file: MapFile) -> MapFile:
        path = folder / f"{number:06d}_{Path(file.path).name}"
        path.symlink_to(file.path)
        return replace(file, path=str(path))

    return replace(entry, truth=link(entry.truth), predictions=tuple(map(link, entry.predictions)))


def plumb_dataset(entries: list[Entry]) -> fo.Dataset:
    """Fields ``gt_depth`` and ``prediction0``, ``prediction1``, ... with the stored maps, and the scenes' cameras."""
    import fiftyone as fo

    from plumb.datasets import fields, scene_samples

    dataset = fo.Dataset()
    scene_samples.declare_fields(dataset)
    for name in ("gt_depth", *(f"prediction{number}" for number in range(len(entries[0].predictions)))):
        fields.declare_map_field(dataset, name)
    samples = (_sample(entry) for entry in entries)
    dataset.add_samples(samples, num_samples=len(entries), progress=False)
    return dataset


def _sample(entry: Entry) -> fo.Sample:
    import fiftyone as fo

    from plumb.datasets import fields, scene_samples

    labels = {"gt_depth": fields.to_heatmap(entry.truth, (1, 8000), "plumb_import", entry.scene.source)}
    for number, prediction in enumerate(entry.predictions):
        labels[f"prediction{number}"] = fields.to_heatmap(prediction, (1, 65535), "plumb_predict")
    return scene_samples.make(entry.scene, fo.ImageMetadata(width=1, height=1), None, **labels)


def tutorial_dataset(entries: list[Entry]) -> fo.Dataset:
    """Fields ``gt_depth``, ``dpt`` and ``marigold`` with the same maps in 8 bits in the database, as the tutorial's.

    Both of its predictions are there when it scores one, and every save of a sample compresses all three maps anew.
    """
    import fiftyone as fo

    samples = []
    for entry in entries:
        inverse = entry.predictions[0].read()
        depth = 1 / inverse
        affine = (depth - depth.min()) / (depth.max() - depth.min())
        samples.append(
            fo.Sample(
                filepath=str(entry.scene.image),
                gt_depth=fo.Heatmap(map=tutorial.read_ground_truth(entry.filled, wraps=False)),
                dpt=fo.Heatmap(map=tutorial.dpt_map(inverse, inverse.shape)),
                marigold=fo.Heatmap(map=tutorial.marigold_map(affine)),
            )
        )
    dataset = fo.Dataset()
    dataset.add_samples(samples, progress=False)
    return dataset
