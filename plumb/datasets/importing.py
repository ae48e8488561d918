"""Import SUN RGB-D scenes into a dataset."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import fiftyone as fo
from PIL import Image

from plumb.datasets import fields, runs, scene_samples
from plumb.datasets.appearance import show_maps
from plumb.depthmap import MILLIMETRE, DepthMapError, MapFile, encode_millimetres, write_codes
from plumb.jobs import Job, Progress
from plumb.parallel import batched, map_ahead
from plumb.sunrgbd import (
    SCENE_LAYOUT,
    SENSORS,
    Problem,
    Scene,
    SceneError,
    SceneFolder,
    find_scenes,
    read_depth,
    read_scene,
)
from plumb.sunrgbd_files import SPLITS, find_split_file, read_split

DEFAULT_DATASET = "sunrgbd"
_BATCH = 100


@dataclass(frozen=True)
class ImportReport:
    """What an import did.

    Attributes:
        dataset: its name
        imported: scenes whose depth was written now
        existing: scenes that the dataset had already
        skipped: scenes that were left out, and parts of scenes that were, each as {path, reason}
    """

    dataset: str
    imported: int
    existing: int
    skipped: list[dict[str, str]]


@dataclass(frozen=True)
class _Loaded:
    """A scene whose map is on disk, ready for the database."""

    scene: Scene
    metadata: fo.ImageMetadata
    map: MapFile
    range: tuple[int, int]


def import_sunrgbd(
    root: str | os.PathLike,
    dataset_name: str = DEFAULT_DATASET,
    *,
    gt_field: str = "gt_depth",
    sensors: Sequence[str] = SENSORS,
    split: str = "all",
    split_file: str | os.PathLike | None = None,
    depth: str = "raw",
    max_scenes: int | None = None,
    annotations: bool = True,
    maps_dir: str | os.PathLike | None = None,
) -> Job[ImportReport]:
    """Import the scenes below `root`; scenes that the dataset has already are counted and left alone.

    Args:
        root: the folder that holds `SUNRGBD`, or any folder below it
        dataset_name: made, and kept, if there is none of that name
        gt_field: field for the ground truth; a second import into another field adds it to the same samples
        sensors: which of `SENSORS`
        split: "all", "train" or "test" by the official split
        split_file: `allsplit.mat`; found by itself beside `root`
        depth: "raw" (measured) or "filled"; a scene that has only the other is imported with it and marked
        max_scenes: at most this many scenes
        annotations: whether to read the polygons
        maps_dir: where map files go, see `fields.maps_dir`

    Raises:
        ValueError, FileNotFoundError: if a parameter is wrong, or there is no scene below `root`
    """
    skipped = []
    split_file, tags = _read_split(root, split, split_file, skipped)
    folders, copies = _choose(root, sensors, split, tags, depth, max_scenes)
    dataset = _open(dataset_name, gt_field)
    known = _known(dataset, gt_field)
    todo = [folder for folder in folders if folder.scene_id not in known or not known[folder.scene_id][1]]
    existing = len(folders) - len(todo)
    imported = 0
    skipped += [asdict(_skipped(folder, f"a copy of {folder.scene_id}")) for folder in copies]
    if todo:
        yield Progress(0, len(todo), f"{len(todo)} scenes to import")
        run = runs.new_key(dataset, "import", gt_field)
        runs.start(dataset, run, "import_sunrgbd", root=str(root), gt_field=gt_field, sensors=list(sensors),
                   split=split, split_file=split_file and str(split_file), depth=depth, max_scenes=max_scenes,
                   annotations=annotations)  # fmt: skip
        target, done = fields.make_run_dir(dataset, gt_field, run, maps_dir), 0

        def load(folder: SceneFolder) -> _Loaded | Problem:
            return _load(folder, target, depth, annotations)

        # What waits here is small, so the threads may load the next batch while this one is stored.
        for batch in batched(map_ahead(load, todo, ahead=_BATCH), _BATCH):
            loaded = [outcome for _, outcome in batch if isinstance(outcome, _Loaded)]
            _store(dataset, loaded, gt_field, run, tags, known)
            imported += len(loaded)
            skipped += [asdict(problem) for _, outcome in batch for problem in _problems(outcome)]
            done += len(batch)
            yield Progress(done, len(todo), f"{imported} of {len(todo)} scenes imported")
        runs.finish(dataset, run, imported=imported, existing=existing, skipped=skipped)
        show_maps(dataset, gt_field, alone=not known)
    _tag(dataset, folders, tags)
    return ImportReport(dataset.name, imported, existing, skipped)


def _read_split(root, split, split_file, skipped: list[dict[str, str]]) -> tuple[Path | None, dict[str, str]]:
    """The split file and the split of each scene id; of a file that nobody asked for and nobody can read, a report."""
    if split not in ("all", *SPLITS):
        raise ValueError(f"split is 'all', 'train' or 'test', not {split!r}")
    found = Path(split_file).expanduser() if split_file else find_split_file(root)
    if found is None and split != "all":
        raise ValueError(
            f"split {split!r} needs the official allsplit.mat, and there is none beside {root}; unpack "
            "SUNRGBDtoolbox.zip next to SUNRGBD, or give split_file"
        )
    try:
        return found, read_split(found) if found else {}
    except ValueError as error:
        if split_file or split != "all":
            raise
        skipped.append({"path": str(found), "reason": f"imported without split tags: {error}"})
        return found, {}


def _choose(root, sensors, split, tags, depth, max_scenes) -> tuple[list[SceneFolder], list[SceneFolder]]:
    """The scenes to import, and further copies of the same ones."""
    if depth not in ("raw", "filled"):
        raise ValueError(f"depth is 'raw' or 'filled', not {depth!r}")
    if isinstance(sensors, str):
        raise ValueError(f"sensors is a list, such as {[sensors]}, not {sensors!r}")
    unknown = set(sensors) - set(SENSORS)
    if unknown or not sensors:
        raise ValueError(f"sensors are {', '.join(SENSORS)}; got {', '.join(map(repr, sensors)) or 'none'}")
    if max_scenes is not None and max_scenes < 1:
        raise ValueError(f"max_scenes is at least 1, not {max_scenes}")
    folders = list(find_scenes(root))
    if not folders:
        raise ValueError(f"no SUN RGB-D scene below {root}: {SCENE_LAYOUT}")
    # A tree that does not name its sensors is taken whole unless the user picks some.
    everything = set(sensors) == set(SENSORS)
    folders = [f for f in folders if f.sensor in sensors or (everything and f.sensor is None)]
    if split != "all":
        folders = [folder for folder in folders if tags.get(folder.scene_id) == split]
    if not folders:
        raise ValueError(f"no scene below {root} is of {', '.join(sensors)} in split {split!r}")
    first: dict[str, SceneFolder] = {}
    copies = [f for f in folders if first.setdefault(f.scene_id, f) is not f]
    return list(first.values())[:max_scenes], copies


def _open(name: str, gt_field: str) -> fo.Dataset:
    fields.check_field_name(gt_field)
    if gt_field in scene_samples.FIELDS:
        raise ValueError(f"the import writes {gt_field!r} itself; choose another name for the ground truth")
    if fo.dataset_exists(name):
        dataset = fo.load_dataset(name)
        if dataset.media_type not in (None, "image"):
            raise ValueError(f"dataset {name!r} holds {dataset.media_type}, not images; choose another name")
    else:
        dataset = fo.Dataset(name, persistent=True)
    fields.declare_map_field(dataset, gt_field)
    if any("model" in (runs.settings(dataset, run) or {}) for run in dataset.distinct(f"{gt_field}.run")):
        raise ValueError(f"field {gt_field!r} holds predictions; choose another field for the ground truth")
    scene_samples.declare_fields(dataset)
    return dataset


def _known(dataset: fo.Dataset, gt_field: str) -> dict[str, tuple[str, bool]]:
    """Of the scenes that the dataset has: sample id, and whether this ground truth is there, its file too."""
    rows = zip(*dataset.values(["id", "scene_id", f"{gt_field}.map_path"]), strict=True)
    return {scene: (key, path is not None and os.path.exists(path)) for key, scene, path in rows}


def _load(folder: SceneFolder, target: Path, depth: str, annotations: bool) -> _Loaded | Problem:
    """Read a scene, check that its parts fit, and write its map. Runs in a thread."""
    try:
        scene = read_scene(folder, depth, annotations)
        metadata = _image_metadata(scene.image)
        millimetres = read_depth(scene.depth)
        if millimetres.shape != (metadata.height, metadata.width):
            raise SceneError(
                f"{scene.depth.name} is {millimetres.shape[1]}x{millimetres.shape[0]} pixels, "
                f"{scene.image.name} {metadata.width}x{metadata.height}; they must be of one size"
            )
        encoded = encode_millimetres(millimetres)
        path = target / _map_name(folder.scene_id)
        write_codes(path, encoded.codes)
    except (SceneError, DepthMapError) as error:
        return _skipped(folder, error)
    return _Loaded(scene, metadata, MapFile(str(path), "depth", MILLIMETRE, 0.0, "m"), encoded.range)


def _map_name(scene_id: str) -> str:
    """A readable file name, told apart by a hash where two ids read alike or are cut.

    Named by scene, not by sample: FiftyOne gives a sample its id only when it is stored, and by then it names the file.
    """
    return f"{scene_id.replace('/', '__')[-100:]}-{hashlib.sha256(scene_id.encode()).hexdigest()[:8]}.png"


def _skipped(folder: SceneFolder, reason: object) -> Problem:
    return Problem(os.fsencode(folder.path).decode(errors="backslashreplace"), f"scene skipped: {reason}")


def _image_metadata(path: Path) -> fo.ImageMetadata:
    """Size and kind from the picture's header; the official archive has JPEG data named .png."""
    try:
        with Image.open(path) as image:
            kind = Image.MIME.get(image.format)
            width, height = image.size
            channels = len(image.getbands())
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise SceneError(f"{path}: not a readable picture ({error})") from None
    size = path.stat().st_size
    return fo.ImageMetadata(size_bytes=size, mime_type=kind, width=width, height=height, num_channels=channels)


def _problems(outcome: _Loaded | Problem) -> Iterable[Problem]:
    return [outcome] if isinstance(outcome, Problem) else outcome.scene.problems


def _store(dataset, loaded: list[_Loaded], gt_field, run, tags, known) -> None:
    """Add new samples, and the new ground truth to samples that were there."""
    labels = [fields.to_heatmap(item.map, item.range, run, item.scene.source) for item in loaded]
    new, added = [], {}
    for item, label in zip(loaded, labels, strict=True):
        scene_id = item.scene.folder.scene_id
        if scene_id in known:
            added[known[scene_id][0]] = label
        else:
            new.append(scene_samples.make(item.scene, item.metadata, tags.get(scene_id), **{gt_field: label}))
    if new:
        # Not validated: every value was made above, of the declared type, and polygons make it a third of the time.
        dataset.add_samples(new, progress=False, validate=False)
    if added:
        dataset.set_values(gt_field, added, key_field="id")


def _tag(dataset, folders: list[SceneFolder], tags: dict[str, str]) -> None:
    """Tag samples that were imported before their split was known."""
    if not tags:
        return
    untagged = dataset.match_tags(list(SPLITS), bool=False)
    here = {folder.scene_id for folder in folders}
    for split in SPLITS:
        ids = [
            key
            for key, scene in zip(*untagged.values(["id", "scene_id"]), strict=True)
            if scene in here and tags.get(scene) == split
        ]
        if ids:
            dataset.select(ids).tag_samples(split)
