"""The small files of SUN RGB-D: camera, label, polygons, split."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

SPLITS = ("train", "test")
SPLIT_FILE = Path("SUNRGBDtoolbox", "traintestSUNRGBD", "allsplit.mat")


@dataclass(frozen=True)
class Polygon:
    """An annotated object: its label and (N, 2) x, y in pixels of the image; the outline may leave the frame."""

    label: str
    points: np.ndarray


def read_intrinsics(path: str | os.PathLike) -> np.ndarray:
    """Read `intrinsics.txt`: 9 numbers, row-major K, on one line or three.

    Returns:
        (3, 3) float64 in pixels

    Raises:
        ValueError: if these are not the 9 numbers of a camera matrix
    """
    matrix = _read_numbers(path, 9).reshape(3, 3)
    if matrix[0, 0] <= 0 or matrix[1, 1] <= 0 or not np.allclose(matrix[2], [0, 0, 1]):
        raise ValueError(f"not a camera matrix: {matrix.tolist()}")
    return matrix


def read_tilt(path: str | os.PathLike) -> np.ndarray:
    """Read an `extrinsics/*.txt`: 3 x 4 `[R|0]`.

    The toolbox's `Rtilt = A R B` converts to its own axes (z up) on both sides; `R` itself turns camera axes (x right,
    y down, z forward) so that y points along gravity.

    Returns:
        (3, 3) rotation R

    Raises:
        ValueError: if it is not a rotation
    """
    rotation = _read_numbers(path, 12).reshape(3, 4)[:, :3]
    if not np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-3) or np.linalg.det(rotation) < 0:
        raise ValueError(f"not a rotation: {rotation.tolist()}")
    left, _, right = np.linalg.svd(rotation)  # the files round to six digits: take the nearest true rotation
    return left @ right


def _read_numbers(path: str | os.PathLike, count: int) -> np.ndarray:
    numbers = np.array([float(token) for token in _read_text(path).split()])
    if numbers.size != count:
        raise ValueError(f"{count} numbers expected, found {numbers.size}")
    if not np.isfinite(numbers).all():
        raise ValueError("not every number is finite")
    return numbers


def _read_text(path: str | os.PathLike) -> str:
    try:
        return Path(path).read_bytes().decode()
    except UnicodeDecodeError:
        raise ValueError("not UTF-8 text") from None


def read_label(path: str | os.PathLike) -> str:
    """Read `scene.txt`: one token, one of 45 labels, "idk" among them."""
    tokens = _read_text(path).split()
    if not tokens:
        raise ValueError("empty")
    return tokens[0]


def read_polygons(path: str | os.PathLike) -> tuple[tuple[Polygon, ...], int]:
    """Read `annotation2Dfinal/index.json`: `frames[0].polygon[]` with `x`, `y`, and `object` into `objects[].name`.

    Bytes that are not UTF-8 are read as Latin-1.

    Returns:
        the polygons, and how many were left out because they lack an outline of three points or a name

    Raises:
        ValueError: if the file is not JSON, or not of this form
    """
    data = Path(path).read_bytes()
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    try:
        index = _parse(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error}") from None
    if not isinstance(index, dict):
        raise ValueError("not an annotation index: no `frames` and `objects`")
    names = [entry.get("name") if isinstance(entry, dict) else None for entry in _list_at(index, "objects")]
    frames = _list_at(index, "frames")
    outlines = _list_at(frames[0], "polygon") if frames else []
    polygons = [polygon for outline in outlines if (polygon := _polygon(outline, names))]
    return tuple(polygons), len(outlines) - len(polygons)


def _parse(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        # Stray backslashes are the one fault that can be read past without guessing; true escapes stay as they are.
        return json.loads(re.sub(r'(\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})|\\', lambda found: found[1] or r"\\", text))


def _list_at(mapping: object, key: str) -> list:
    """The list at `key`; an absent one is empty."""
    found = mapping.get(key) if isinstance(mapping, dict) else None
    if found is not None and not isinstance(found, list):
        raise ValueError(f"not an annotation index: `{key}` is not a list")
    return found or []


def _polygon(outline: object, names: list) -> Polygon | None:
    x, y, number = (outline.get(key) if isinstance(outline, dict) else None for key in ("x", "y", "object"))
    if not (isinstance(x, list) and isinstance(y, list) and len(x) == len(y) >= 3):
        return None
    if not (isinstance(number, int) and 0 <= number < len(names) and isinstance(names[number], str)):
        return None
    try:
        points = np.array([x, y], np.float64).T
    except (TypeError, ValueError, OverflowError):  # null or text among the coordinates
        return None
    # Half a surrogate pair is text to JSON, but to no database.
    label = names[number].split(":")[0].replace("\\", "").encode(errors="ignore").decode().strip()
    return Polygon(label, points) if label and points.ndim == 2 and np.isfinite(points).all() else None


def find_split_file(root: str | os.PathLike) -> Path | None:
    """The official `allsplit.mat` beside `root`: below it, or below a parent up to the folder that holds `SUNRGBD`."""
    root = Path(os.path.abspath(os.path.expanduser(root)))
    for folder in (root, *list(root.parents)[:7]):
        for candidate in (SPLIT_FILE, Path(*SPLIT_FILE.parts[1:]), Path(SPLIT_FILE.name)):
            if (folder / candidate).is_file():
                return folder / candidate
        if (folder / "SUNRGBD").is_dir():
            return None  # nothing above the data set belongs to it
    return None


def read_split(path: str | os.PathLike) -> dict[str, str]:
    """Read the official split: `alltrain` and `alltest`, cells of absolute paths on the authors' machine.

    Returns:
        "train" or "test" for each scene id

    Raises:
        ValueError: if the file is not that MATLAB file
    """
    from scipy.io import loadmat

    try:
        cells = loadmat(path, variable_names=["alltrain", "alltest"], chars_as_strings=True)
        split = {}
        for name in SPLITS:
            for cell in cells[f"all{name}"].ravel():
                match = re.search(r"(?:^|.*/)SUNRGBD/+(.+?)/*$", str(np.ravel(cell)[0]).replace("\\", "/"))
                if match:
                    split[re.sub("/+", "/", match[1])] = name
        if not split:
            raise ValueError("it names no folder below SUNRGBD/")
        return split
    except Exception as error:  # scipy raises many kinds on damaged files
        raise ValueError(
            f"{path}: not the official split file ({error}); take allsplit.mat from SUNRGBDtoolbox.zip"
        ) from error
