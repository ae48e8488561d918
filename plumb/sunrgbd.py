"""SUN RGB-D on disk (Song, Lichtenberg and Xiao, CVPR 2015): folders -> scenes.

A scene is a folder with `image/` and `depth/` (measured) or `depth_bfx/` (holes filled by a cross-bilateral filter),
and beside them `intrinsics.txt`, `extrinsics/*.txt`, `scene.txt` and `annotation2Dfinal/index.json`. Scenes lie three
levels below `SUNRGBD/` (kv1, kv2, realsense, xtion_align_data) or five (xtion/sun3ddata).
"""

from __future__ import annotations

import os
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


def find_scenes(root: str | os.PathLike) -> Iterator[SceneFolder]:
    """Every scene below `root`, in sorted order; `root` may be any folder of the tree, or one scene.

    Also yields folders that were meant to be scenes but are not (an empty one, one without depth): reading them says
    what is missing. Links are followed, each target once.

    Raises:
        FileNotFoundError: if `root` is not a folder
    """
    root = Path(os.path.abspath(os.path.expanduser(root)))
    if not root.is_dir():
        raise FileNotFoundError(f"{root} is not a folder; give the folder that holds SUNRGBD, or any folder below it")
    pending, seen = [root], set()
    while pending:
        folder = pending.pop()
        real = os.path.realpath(folder)
        if real in seen:
            continue
        seen.add(real)
        try:
            with os.scandir(folder) as entries:
                entries = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            entries = []  # an unreadable folder counts as an empty one, and is reported like it
        scene = SceneFolder(folder, *_identify(folder, root))
        if _is_scene(entries) or (not entries and scene.sensor):
            yield scene
        else:
            pending.extend(Path(entry.path) for entry in reversed(entries) if _is_folder(entry))


def _is_folder(entry: os.DirEntry) -> bool:
    return entry.is_dir() and not entry.name.startswith((".", "__MACOSX"))


def _is_scene(entries: list[os.DirEntry]) -> bool:
    names = {entry.name for entry in entries}
    depth = names & {"depth", "depth_bfx"}
    # One of the two alone is a scene only beside a scene's small files: a broken one, which must be reported.
    return bool("image" in names and depth or names & {"intrinsics.txt", "scene.txt"} and ("image" in names or depth))


def _identify(folder: Path, root: Path) -> tuple[str, str | None]:
    """(path below `SUNRGBD/`, sensor); in a renamed tree the path from the sensor's folder on, else below `root`."""
    parts = folder.parts
    if "SUNRGBD" in parts:
        below = parts[len(parts) - parts[::-1].index("SUNRGBD") :]
    else:
        start = next((i for i, part in enumerate(parts) if part in SENSORS), len(parts))
        below = parts[start:] or folder.relative_to(root).parts
    below = below or (folder.name,)
    return "/".join(below), below[0] if below[0] in SENSORS else None


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
    _check_text(folder)
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

    def part(read, path, what):
        try:
            return read(path)
        except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
            reason = "missing" if isinstance(error, FileNotFoundError) else str(error)
            problems.append(Problem(str(path), f"imported without {what}: {reason}"))
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


def _check_text(folder: SceneFolder) -> None:
    try:
        str(folder.path).encode()
    except UnicodeEncodeError:
        raise SceneError("its path is not UTF-8, which the database cannot store; rename the folder") from None


def _single_file(folder: Path, problems: list[Problem]) -> Path | None:
    """The picture in a folder; the first of several, which is reported."""
    try:
        files = sorted(entry for entry in folder.iterdir() if entry.is_file() and not entry.name.startswith("."))
    except OSError:
        return None
    if len(files) > 1:
        problems.append(Problem(str(folder), f"{len(files)} files where one is expected; took {files[0].name}"))
    return files[0] if files else None
