"""Render the sample scenes in SUN RGB-D's on-disk form: `python samples/make_scenes.py --out DIR`.

The same machine gives the same bytes; other processors may round a few pixels otherwise.
"""

import argparse
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import sensors
from render import Rendering, render
from scipy.io import savemat


@dataclass(frozen=True)
class Scene:
    """One sample: folder below SUNRGBD/, file stems, and the seed and kind of its room."""

    folder: str
    image: str
    depth: str
    seed: int
    kind: str
    test: bool = False
    far: bool = False
    one_line: bool = False  # intrinsics.txt on one line

    @property
    def sensor(self) -> sensors.Sensor:
        return sensors.SENSORS[self.folder.split("/")[0]]


def scene(folder: str, stem: str, seed: int, kind: str, **more) -> Scene:
    return Scene(folder, stem, more.pop("depth", stem), seed, kind, **more)


SCENES = (
    scene("kv1/NYUdata/NYU0101", "NYU0101", 112, "bedroom"),
    scene("kv1/NYUdata/NYU0907", "NYU0907", 106, "kitchen", test=True),
    scene("kv1/b3dodata/img_0021", "img_0021", 105, "office", depth="img_0021_abs"),
    scene(
        "kv1/b3dodata/img_0342",
        "img_0342",
        102,
        "living_room",
        depth="img_0342_abs",
        test=True,
        one_line=True,
    ),
    scene(
        "kv2/kinect2data/000101_2014-05-27_10-12-41_260595134347_rgbf000040-resize",
        "0000040",
        106,
        "furniture_store",
    ),
    scene(
        "kv2/kinect2data/000102_2014-05-27_10-14-03_260595134347_rgbf000071-resize",
        "0000071",
        101,
        "furniture_store",
        test=True,
        far=True,
    ),
    scene(
        "kv2/kinect2data/002201_2014-06-26_15-01-22_260595134347_rgbf000035-resize",
        "0000035",
        140,
        "classroom",
        far=True,
    ),
    scene(
        "kv2/align_kv2/2014-12-19_10-20-31_260595134347",
        "0000118",
        105,
        "conference_room",
        test=True,
        one_line=True,
    ),
    scene("realsense/lg/2014_10_24-10_02_17-1311000073", "0000063", 103, "dining_room", test=True),
    scene("realsense/sa/2014_10_21-16_10_05-1311000073", "0000094", 104, "rest_space"),
    scene("realsense/sh/2014_10_21-12_41_30-1311000041", "0000075", 102, "computer_room"),
    scene("realsense/shr/2014_12_18-12_05_44-1311000073", "0000063", 116, "office", one_line=True),
    scene(
        "xtion/sun3ddata/house_12/bed_1/0000120-000004012345",
        "0000120-000004012345",
        114,
        "bedroom",
        depth="0000119-000003987654",
    ),
    scene(
        "xtion/sun3ddata/house_12/hall_2/0000844-000028253988",
        "0000844-000028253988",
        114,
        "corridor",
        depth="0000845-000028320000",
        test=True,
        far=True,
    ),
    scene(
        "xtion/sun3ddata/shop_3/books_1/0000301-000010044556",
        "0000301-000010044556",
        114,
        "bookstore",
        depth="0000300-000010011223",
    ),
    scene("xtion/xtion_align_data/2014_12_19_10_21_04", "0000117", 113, "living_room", test=True),
)
ROOT_OF_SPLIT = "/n/fs/sun3d/data/SUNRGBD/"


def shot(s: Scene, samples: int = 4) -> Rendering:
    return render(s.seed, s.sensor.size, samples, np.array(s.sensor.K).reshape(3, 3), s.kind, s.far)


def tilt(pose: np.ndarray) -> np.ndarray:
    """(3, 3) rotation that levels camera axes (x right, y down, z forward), turning no more than needed."""
    gx, gy, gz = -pose[2]  # the direction of gravity, seen from the camera
    # The shortest turn of (gx, gy, gz) onto (0, 1, 0); Rodrigues' formula written out.
    k = 1 / (1 + gy)
    return np.array(
        [[1 - k * gx * gx, -gx, -k * gx * gz], [gx, gy, gz], [-k * gx * gz, -gz, 1 - k * gz * gz]]
    )


def polygons(view: Rendering, s: Scene, calibration: str) -> dict:
    """Outlines of what is visible, in the form of annotation2Dfinal/index.json."""
    found, names = [], []
    for i in np.unique(view.ids):
        mask = (view.ids == i).astype(np.uint8)
        outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        # As coarse as people draw: the largest part of an object, corners only, nothing tiny.
        for outline in sorted(outlines, key=cv2.contourArea, reverse=True)[:1]:
            area = cv2.contourArea(outline)
            line = cv2.approxPolyDP(outline, 0.012 * max(mask.shape), True)[:, 0]
            if area < 0.004 * mask.size or len(line) < 3:
                continue
            name = view.names[i]
            if name not in names:
                names.append(name)
            found.append(
                (area, {"x": line[:, 0].tolist(), "y": line[:, 1].tolist(), "object": names.index(name)})
            )
    found.sort(key=lambda pair: -pair[0])
    return {
        "date": "Mon,02Mar201509:00:00GMT",
        "name": f"samples/SUNRGBD/{s.folder}/annotation2Dfinal/index.json",
        "frames": [{"polygon": [polygon for _, polygon in found]}],
        "objects": [{"name": name} for name in names],
        "extrinsics": calibration,
        "conflictList": [None],
        "fileList": [f"samples/SUNRGBD/{s.folder}/image/{s.image}.jpg"],
    }


def write_png(path: Path, image: np.ndarray) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(cv2.imencode(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, 9])[1].tobytes())


def write_scene(s: Scene, root: Path, view: Rendering | None = None) -> None:
    """Write one scene below `root` (the SUNRGBD folder), replacing what is there."""
    view = view or shot(s)
    folder = root / s.folder
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "image").mkdir(parents=True)
    bgr = np.ascontiguousarray(view.rgb[..., ::-1])
    jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 90])[1]
    (folder / "image" / f"{s.image}.jpg").write_bytes(jpeg.tobytes())
    mm = sensors.measure(
        np.random.default_rng([s.seed, 30]), view.depth, view.rgb, view.ids, view.names, s.sensor
    )
    write_png(folder / "depth" / f"{s.depth}.png", sensors.rotate(mm))
    write_png(folder / "depth_bfx" / f"{s.depth}.png", sensors.rotate(sensors.fill(mm)))
    rows = [" ".join(f"{v:.6f}" for v in s.sensor.K[i : i + 3]) for i in (0, 3, 6)]
    (folder / "intrinsics.txt").write_text((" " if s.one_line else "\n").join(rows) + "\n")
    calibration = f"2015{1 + s.seed % 12:02d}{1 + s.seed % 28:02d}101500.txt"
    (folder / "extrinsics").mkdir()
    lines = [" ".join(f"{v:.6f}" for v in (*row, 0.0)) for row in tilt(view.pose)]
    (folder / "extrinsics" / calibration).write_text("\n".join(lines) + "\n")
    (folder / "scene.txt").write_text(s.kind)
    (folder / "annotation2Dfinal").mkdir()
    text = json.dumps(polygons(view, s, calibration), separators=(",", ":"))
    (folder / "annotation2Dfinal" / "index.json").write_text(text + "\n")


def write_split(path: Path) -> None:
    """The official split's form: cells of absolute paths of somebody's machine, some with a last slash."""

    def cell(test: bool) -> np.ndarray:
        paths = [
            ROOT_OF_SPLIT + s.folder + ("/" if i % 3 == 0 else "")
            for i, s in enumerate(SCENES)
            if s.test == test
        ]
        return np.array([*paths, ""], dtype=object)[:-1].reshape(1, -1)

    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, {"alltrain": cell(False), "alltest": cell(True)}, do_compression=True)
    # The first 116 bytes are a free text into which scipy puts today's date.
    data = path.read_bytes()
    path.write_bytes(b"MATLAB 5.0 MAT-file, Plumb sample split".ljust(116) + data[116:])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent)
    out = parser.parse_args().out
    for s in SCENES:
        write_scene(s, out / "SUNRGBD")
        print(s.folder, flush=True)
    write_split(out / "SUNRGBDtoolbox" / "traintestSUNRGBD" / "allsplit.mat")


if __name__ == "__main__":
    main()
