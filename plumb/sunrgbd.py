"""SUN RGB-D on disk (Song, Lichtenberg and Xiao, CVPR 2015): folders -> scenes.

A scene is a folder with `image/` and `depth/` (measured) or `depth_bfx/` (holes filled by a cross-bilateral filter),
and beside them `intrinsics.txt`, `extrinsics/*.txt`, `scene.txt` and `annotation2Dfinal/index.json`. Scenes lie three
levels below `SUNRGBD/` (kv1, kv2, realsense, xtion_align_data) or five (xtion/sun3ddata).
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from plumb.depthmap import read_codes
from plumb.sunrgbd_files import Polygon, read_intrinsics, read_label, read_polygons, read_tilt

SENSORS = ("kv1", "kv2", "realsense", "xtion")
SCENE_LAYOUT = (
    "a scene is a folder with image/ and depth/ or depth_bfx/ in it, such as "
    "SUNRGBD/kv2/kinect2data/<name>/{image,depth,depth_bfx,intrinsics.txt,scene.txt}"
)


class SceneError(ValueError):
    """A scene that cannot be imported; the message says which part is broken."""


@dataclass(frozen=True)
class SceneFolder:
    """Where a scene lies.

    Attributes:
        path: the folder
        scene_id: its path below `SUNRGBD/`, slashes normalised, the key of the official split
        sensor: one of `SENSORS`, or None in a tree that does not name it
    """

    path: Path
    scene_id: str
    sensor: str | None


@dataclass(frozen=True)
class Problem:
    """A part of a scene that was left out, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class Scene:
    """What the small files of a scene say; None or () where a file is absent or broken (then `problems` says so).

    Attributes:
        folder: where it lies
        image, depth: the colour picture and the depth PNG to use
        source: "raw" (measured depth) or "filled"
        intrinsics: (3, 3) K in pixels of the image
        tilt: (3, 3) rotation from camera axes (x right, y down, z forward) to axes whose y points along gravity
        label: scene label, such as "bedroom"
        polygons: annotated objects
        problems: parts that were left out
    """

    folder: SceneFolder
    image: Path
    depth: Path
    source: str
    intrinsics: np.ndarray | None
    tilt: np.ndarray | None
    label: str | None
    polygons: tuple[Polygon, ...] = ()
    problems: tuple[Problem, ...] = field(default=())


def decode_depth(raw: np.ndarray) -> np.ndarray:
    """Undo SUN RGB-D's bit rotation.

    The PNGs hold millimetres rotated left by three bits (`SUNRGBDtoolbox/read3dPoints`), so below 8.192 m a plain shift
    looks right and beyond it is wrong.

    Args:
        raw: uint16 array of any shape, as stored

    Returns:
        uint16 millimetres of the same shape, 0 = no measurement
    """
    raw = np.asarray(raw)
    if raw.dtype != np.uint16:
        raise ValueError(f"SUN RGB-D depth is uint16, not {raw.dtype}; read the PNG without converting it to 8 bits")
    return (raw >> 3) | (raw << 13)


def read_depth(path: str | os.PathLike) -> np.ndarray:
    """Read a SUN RGB-D depth PNG as (H, W) uint16 millimetres.

    Raises:
        DepthMapError: if the file is not a whole 16-bit grey PNG
    """
    return decode_depth(read_codes(path))


def find_scenes(root: str | os.PathLike, until: float = math.inf) -> Iterator[SceneFolder]:
    """Every scene below `root`, in sorted order; `root` may be any folder of the tree, or one scene.

    Also yields folders that were meant to be scenes but are not (an empty one, one without depth): reading them says
    what is missing. Links are followed, each target once.

    Args:
        root: any folder of the tree
        until: moment of `time.monotonic()` at which to give up looking, for a folder that may be anything

    Raises:
        FileNotFoundError: if `root` is not a folder
    """
    root = Path(os.path.abspath(os.path.expanduser(root)))
    if not root.is_dir():
        raise FileNotFoundError(f"{root} is not a folder; give the folder that holds SUNRGBD, or any folder below it")
    pending, seen = [root], set()
    while pending and time.monotonic() < until:
        folder = pending.pop()
        real = os.path.realpath(folder)
        if real in seen:
            continue
        seen.add(real)
        entries = _visible_entries(folder)
        scene = _identify(folder, real, root)
        if _is_scene(entries, scene.sensor) or (not entries and scene.sensor):
            yield scene
        else:
            pending.extend(Path(entry.path) for entry in reversed(entries) if _is_folder(entry))


def _visible_entries(folder: Path) -> list[os.DirEntry]:
    try:
        with os.scandir(folder) as entries:
            visible = [entry for entry in entries if not entry.name.startswith((".", "__MACOSX"))]
    except OSError:
        return []  # an unreadable folder counts as an empty one, and is reported like it
    return sorted(visible, key=lambda entry: entry.name)


def _is_folder(entry: os.DirEntry) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself, or where nobody may look
        return False


def _is_scene(entries: list[os.DirEntry], sensor: str | None) -> bool:
    names = {entry.name for entry in entries}
    image, depth = "image" in names, bool(names & {"depth", "depth_bfx"})
    # One of the two alone, below a sensor or beside a scene's small files, is a broken scene, which must be reported.
    meant = sensor or names & {"intrinsics.txt", "scene.txt"}
    return (image and depth) or bool(meant and (image or depth))


def _identify(folder: Path, real: str, root: Path) -> SceneFolder:
    """Name a folder by its path from the sensor's folder on, else below `SUNRGBD/`, else below `root`.

    A link that hides the sensor is looked through: a scene has one id, whatever way leads to it.
    """
    for path in (folder, Path(real)):
        below = _below_data_set(path)
        sensor = next((i for i in reversed(range(len(below))) if below[i] in SENSORS), None)
        if sensor is not None:
            return SceneFolder(folder, "/".join(below[sensor:]), below[sensor])
    below = _below_data_set(folder) if "SUNRGBD" in folder.parts else folder.relative_to(root).parts
    return SceneFolder(folder, "/".join(below or (folder.name,)), None)


def _below_data_set(path: Path) -> tuple[str, ...]:
    """What follows the last `SUNRGBD` of a path; all of it in a renamed tree."""
    parts = path.parts
    return parts[len(parts) - parts[::-1].index("SUNRGBD") :] if "SUNRGBD" in parts else parts


def read_scene(folder: SceneFolder, depth: str = "raw", annotations: bool = True) -> Scene:
    """Read a scene's small files and choose its image and depth; the pictures themselves are not opened.

    Args:
        folder: from `find_scenes`
        depth: "raw" or "filled"; a scene that has only the other is read with it, see `Scene.source`
        annotations: whether to read the polygons

    Raises:
        SceneError: if the scene has no image or no depth, or a path that is not text
    """
    problems: list[Problem] = []
    image = _single_file(folder.path / "image", problems)
    if image is None:
        raise SceneError("no picture in image/")
    folders = {"raw": "depth", "filled": "depth_bfx"}
    for source in (depth, *(set(folders) - {depth})):
        depth_file = _single_file(folder.path / folders[source], problems)
        if depth_file is not None:
            break
    else:
        raise SceneError("no depth PNG in depth/ or depth_bfx/")
    _check_text(image)
    _check_text(depth_file)

    def part(read, path, what):
        try:
            return read(path)
        except (OSError, ValueError, RecursionError) as error:
            reason = "missing" if isinstance(error, FileNotFoundError) else str(error)
            problems.append(Problem(_printable(path), f"imported without {what}: {reason}"))
            return None

    intrinsics = part(read_intrinsics, folder.path / "intrinsics.txt", "intrinsics")
    extrinsics = sorted((folder.path / "extrinsics").glob("*.txt"))
    tilt = part(read_tilt, extrinsics[-1], "camera tilt") if extrinsics else None
    label = part(read_label, folder.path / "scene.txt", "scene label")
    index = folder.path / "annotation2Dfinal" / "index.json"
    found = part(read_polygons, index, "annotations") if annotations and index.exists() else None
    polygons, left_out = found or ((), 0)
    if left_out:
        problems.append(Problem(str(index), f"imported without {left_out} polygon(s) that have no outline or no name"))
    return Scene(folder, image, depth_file, source, intrinsics, tilt, label, polygons, tuple(problems))


def _check_text(path: Path) -> None:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise SceneError(f"{_printable(path)}: not a UTF-8 path, which the database needs; rename it") from None


def _printable(path: Path) -> str:
    return os.fsencode(path).decode(errors="backslashreplace")


def _single_file(folder: Path, problems: list[Problem]) -> Path | None:
    """The picture in a folder, other files aside; of several the first, and a report."""
    try:
        files = sorted(entry for entry in folder.iterdir() if _is_picture(entry))
    except OSError:
        return None
    if len(files) > 1:
        problems.append(Problem(str(folder), f"{len(files)} pictures where one is expected; took {files[0].name}"))
    return files[0] if files else None


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in (".png", ".jpg", ".jpeg") and not path.name.startswith(".") and path.is_file()
