"""The sample scenes and the offline model: what they promise, and that their scripts still make them."""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy.io import loadmat

from plumb.sunrgbd_files import read_polygons

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
sys.path.insert(0, str(SAMPLES))

import make_scenes  # noqa: E402
import sensors  # noqa: E402

ROOT = SAMPLES / "SUNRGBD"
SCENES = make_scenes.SCENES
MODEL = SAMPLES / "dpt-tiny"
each_scene = pytest.mark.parametrize("scene", SCENES, ids=[s.folder for s in SCENES])


@cache
def millimetres(folder: Path, which: str) -> np.ndarray:
    """The decoded depth of a scene, (H, W) int64; the test's own decoding, not the library's."""
    (path,) = (folder / which).iterdir()
    raw = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert raw.dtype == np.uint16
    return (raw >> 3 | raw << 13).astype(np.int64)


def picture(folder: Path) -> np.ndarray:
    (path,) = (folder / "image").iterdir()
    return cv2.imread(str(path))[..., ::-1]


def tilt(folder: Path) -> np.ndarray:
    (path,) = (folder / "extrinsics").iterdir()
    lines = path.read_text().splitlines()
    assert len(lines) == 3
    return np.array([line.split() for line in lines], float)


def test_all_sensors_and_both_nestings_are_there_and_nothing_else() -> None:
    on_disk = {p.parent.relative_to(ROOT).as_posix() for p in ROOT.rglob("image")}
    assert on_disk == {s.folder for s in SCENES}
    assert {"/".join(s.folder.split("/")[:2]) for s in SCENES} == {
        "kv1/NYUdata", "kv1/b3dodata", "kv2/kinect2data", "kv2/align_kv2", "realsense/lg", "realsense/sa",
        "realsense/sh", "realsense/shr", "xtion/sun3ddata", "xtion/xtion_align_data",
    }  # fmt: skip
    assert {len(s.folder.split("/")) for s in SCENES} == {3, 5}


@each_scene
def test_a_scene_has_the_files_and_the_image_size_of_its_sensor(scene: make_scenes.Scene) -> None:
    folder = ROOT / scene.folder
    width, height = {"kv1": (561, 427), "kv2": (730, 530), "realsense": (681, 531), "xtion": (591, 441)}[
        scene.folder.split("/")[0]
    ]
    assert picture(folder).shape == (height, width, 3)
    assert millimetres(folder, "depth").shape == millimetres(folder, "depth_bfx").shape == (height, width)
    K = np.array((folder / "intrinsics.txt").read_text().split(), float).reshape(3, 3)
    assert 0.4 * width < K[0, 2] < 0.6 * width and 0.4 * height < K[1, 2] < 0.6 * height
    assert 50 <= np.degrees(2 * np.arctan(width / 2 / K[0, 0])) <= 70
    label = (folder / "scene.txt").read_bytes()
    assert label.decode("ascii").strip() == label.decode("ascii") == scene.kind


@each_scene
def test_measured_depth_has_holes_and_the_filled_depth_has_none(scene: make_scenes.Scene) -> None:
    measured, filled = (millimetres(ROOT / scene.folder, which) for which in ("depth", "depth_bfx"))
    there = measured > 0
    assert 0.10 <= 1 - there.mean() <= 0.40
    assert measured[there].min() >= 500 and measured.max() <= 10_000
    assert 1_200 <= np.median(measured[there]) <= 5_500
    assert filled.min() > 0 and 100 <= len(np.unique(filled)) <= 256
    assert np.abs(filled - measured)[there].max() <= 20


def test_three_scenes_reach_beyond_8192_mm_where_the_low_bits_of_the_code_are_in_use() -> None:
    far = [int((millimetres(ROOT / s.folder, "depth") > 8192).sum()) for s in SCENES]
    assert sum(n > 1000 for n in far) >= 3


def test_depth_and_picture_carry_other_names_where_the_real_ones_do() -> None:
    def stems(folder: str) -> set[str]:
        return {p.stem for which in ("image", "depth") for p in (ROOT / folder / which).iterdir()}

    for s in SCENES:
        differ = "b3dodata" in s.folder or "sun3ddata" in s.folder
        assert len(stems(s.folder)) == (2 if differ else 1), s.folder


def test_intrinsics_come_on_one_line_and_on_three() -> None:
    lines = {len((ROOT / s.folder / "intrinsics.txt").read_text().strip().splitlines()) for s in SCENES}
    assert lines == {1, 3}


@each_scene
def test_polygons_outline_named_objects_inside_the_picture(scene: make_scenes.Scene) -> None:
    height, width = millimetres(ROOT / scene.folder, "depth").shape
    index = json.loads((ROOT / scene.folder / "annotation2Dfinal" / "index.json").read_text())
    names = [entry["name"] for entry in index["objects"]]
    polygons = index["frames"][0]["polygon"]
    assert len(polygons) >= 5 and {p["object"] for p in polygons} == set(range(len(names)))
    assert {"wall", "floor"} <= set(names)
    for p in polygons:
        assert len(p["x"]) == len(p["y"]) >= 3
        assert min(p["x"]) >= 0 and max(p["x"]) < width and min(p["y"]) >= 0 and max(p["y"]) < height
    assert (ROOT / scene.folder / "extrinsics" / index["extrinsics"]).is_file()


@each_scene
def test_extrinsics_level_the_floor(scene: make_scenes.Scene) -> None:
    """Floor pixels, lifted by depth and intrinsics and turned by the tilt, lie on one height."""
    folder = ROOT / scene.folder
    Rt = tilt(folder)
    assert np.allclose(Rt[:, :3] @ Rt[:, :3].T, np.eye(3), atol=1e-5) and not Rt[:, 3].any()
    index = json.loads((folder / "annotation2Dfinal" / "index.json").read_text())
    z = millimetres(folder, "depth") / 1000
    mask = np.zeros(z.shape, np.uint8)
    outlines = [
        (index["objects"][p["object"]]["name"], np.stack([p["x"], p["y"]], 1)) for p in index["frames"][0]["polygon"]
    ]
    cv2.fillPoly(mask, [xy for name, xy in outlines if name == "floor"], 1)
    cv2.fillPoly(mask, [xy for name, xy in outlines if name not in ("floor", "wall", "ceiling")], 0)
    v, u = np.nonzero((cv2.erode(mask, np.ones((9, 9))) > 0) & (z > 0))
    assert len(v) > 500
    K = np.array((folder / "intrinsics.txt").read_text().split(), float).reshape(3, 3)
    rays = np.linalg.inv(K) @ np.stack([u, v, np.ones_like(u)])
    down = (Rt[:, :3] @ (rays * z[v, u]))[1]
    assert 0.7 <= np.median(down) <= 1.9  # the height of the camera
    assert np.quantile(np.abs(down - np.median(down)), 0.8) < 0.08


def test_the_split_file_names_every_scene_once_on_somebodys_machine() -> None:
    split = loadmat(SAMPLES / "SUNRGBDtoolbox" / "traintestSUNRGBD" / "allsplit.mat")
    cells = {part: [str(c[0]) for c in split[part].ravel()] for part in ("alltrain", "alltest")}
    for part, test in (("alltrain", False), ("alltest", True)):
        assert all(path.startswith("/") for path in cells[part])
        found = [path.split("SUNRGBD/", 1)[1].strip("/") for path in cells[part]]
        assert sorted(found) == sorted(s.folder for s in SCENES if s.test == test)
        assert {path.endswith("/") for path in cells[part]} == {True, False}


@pytest.mark.parametrize("scene", [SCENES[0], SCENES[-3]], ids=lambda s: s.folder)
def test_the_script_still_makes_the_committed_scene(scene: make_scenes.Scene, tmp_path: Path) -> None:
    make_scenes.write_scene(scene, tmp_path)
    made, kept = tmp_path / scene.folder, ROOT / scene.folder
    assert {p.relative_to(made) for p in made.rglob("*")} == {p.relative_to(kept) for p in kept.rglob("*")}
    # Other processors round otherwise: a few pixels at edges may fall to the other side.
    close = np.abs(picture(made).astype(int) - picture(kept)).max(-1) <= 12
    assert close.mean() > 0.98
    a, b = millimetres(made, "depth"), millimetres(kept, "depth")
    both = (a > 0) & (b > 0)
    assert (np.abs(a - b)[both] <= 40).mean() > 0.98 and (both == (b > 0)).mean() > 0.95
    assert np.allclose(tilt(made), tilt(kept), atol=1e-4)
    for name in ("intrinsics.txt", "scene.txt"):
        assert (made / name).read_bytes() == (kept / name).read_bytes()
    outlines, kept_outlines = (read_polygons(scene / "annotation2Dfinal" / "index.json")[0] for scene in (made, kept))
    # Their order and the smallest ones hang on single pixels.
    again = [
        any(o.label == k.label and np.abs(o.points.mean(0) - k.points.mean(0)).max() < 12 for o in outlines)
        for k in kept_outlines
    ]
    assert np.mean(again) > 0.85 and abs(len(outlines) - len(kept_outlines)) <= 2


def test_the_split_file_is_made_anew_byte_for_byte(tmp_path: Path) -> None:
    make_scenes.write_split(tmp_path / "allsplit.mat")
    kept = SAMPLES / "SUNRGBDtoolbox" / "traintestSUNRGBD" / "allsplit.mat"
    assert loadmat(tmp_path / "allsplit.mat")["alltest"].tolist() == loadmat(kept)["alltest"].tolist()
    first = (tmp_path / "allsplit.mat").read_bytes()
    make_scenes.write_split(tmp_path / "again.mat")
    assert (tmp_path / "again.mat").read_bytes() == first


def test_rotation_of_millimetres_is_undone_by_the_decoding_of_the_format() -> None:
    mm = np.arange(65536, dtype=np.uint16)
    raw = sensors.rotate(mm)
    assert np.array_equal(raw >> 3 | raw << 13, mm)


def test_a_projector_casts_a_shadow_beside_a_near_object_on_one_side_only() -> None:
    depth = np.full((4, 200), 3.0)
    depth[:, 80:120] = 1.0
    dark = sensors.shadow(depth, focal=520, baseline=0.075)[0]
    width = 520 * 0.075 * (1 / 1.0 - 1 / 3.0)
    assert abs(dark[:80].sum() - width) <= 2 and not dark[:40].any() and not dark[80:].any()


def test_the_samples_stay_small() -> None:
    def size(folder: Path) -> int:
        return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())

    assert size(ROOT) + size(SAMPLES / "SUNRGBDtoolbox") < 6e6
    assert size(MODEL) < 16e6


def test_the_offline_model_loads_like_a_hub_checkpoint_and_sees_more_than_a_constant_does() -> None:
    import score
    import torch
    from transformers import AutoModelForDepthEstimation

    model = AutoModelForDepthEstimation.from_pretrained(MODEL, dtype=torch.float32)
    assert model.config.model_type == "dpt"
    assert all(p.dtype == torch.float32 and p.isfinite().all() for p in model.parameters())
    predict = score.network(MODEL)
    scores, constant = [], []
    for scene in SCENES:
        rgb, depth = picture(ROOT / scene.folder).copy(), millimetres(ROOT / scene.folder, "depth") / 1000
        prediction = predict(rgb)
        assert prediction.shape == depth.shape and prediction.min() >= 0
        scores.append(score.abs_rel_and_delta1(prediction, depth))
        constant.append(score.abs_rel_and_delta1(np.ones(depth.shape), depth))
    (abs_rel, delta1), (constant_abs_rel, _) = np.mean(scores, 0), np.mean(constant, 0)
    assert abs_rel < 0.5 * constant_abs_rel and delta1 > 0.75


def test_the_offline_model_prefers_near_to_far() -> None:
    """Its quantity is inverse depth: larger is nearer, in every sample scene."""
    import score

    predict = score.network(MODEL)
    for scene in SCENES[::4]:
        depth = millimetres(ROOT / scene.folder, "depth")
        prediction = predict(picture(ROOT / scene.folder).copy())
        there = depth > 0
        assert np.corrcoef(prediction[there], 1 / depth[there])[0, 1] > 0.5
