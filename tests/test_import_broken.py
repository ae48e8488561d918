"""Broken scenes: `import_sunrgbd` names each with its reason and imports the others."""

from __future__ import annotations

import json
import os
import struct
import uuid
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from plumb.depthmap import read_codes
from plumb.jobs import finish
from tests.small_scenes import HEIGHT, WIDTH, by_scene, millimetres, photo, png, stored, write_scene


def _cut_off(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _gigantic() -> bytes:
    """A picture whose header says 60,000 x 60,000 pixels."""
    header = b"IHDR" + struct.pack(">II", 60_000, 60_000) + photo()[24:29]
    return photo()[:12] + header + struct.pack(">I", zlib.crc32(header)) + photo()[33:]


UNUSABLE = {
    "8-bit depth": ({"depth/0001.png": png(np.full((HEIGHT, WIDTH), 7, np.uint8))}, "8 bits in 1 channel"),
    "colour depth": ({"depth/0001.png": photo()}, "8 bits in 3 channel"),
    "cut-off depth": ({"depth/0001.png": _cut_off(stored(millimetres()))}, "damaged, cut off"),
    "depth that is no picture": ({"depth/0001.png": b"not a picture"}, "not a readable PNG"),
    "empty depth file": ({"depth/0001.png": b""}, "not a readable PNG"),
    "another size": ({"depth/0001.png": stored(millimetres(height=20))}, "32x20 pixels, 0001.png 32x24"),
    "no depth": ({"depth/0001.png": None, "depth_bfx/0001.png": None}, "no depth PNG in depth/ or depth_bfx/"),
    "no picture": ({"image/0001.png": None}, "no picture in image/"),
    "unreadable picture": ({"image/0001.png": b"not a picture"}, "not a readable picture"),
    "cut-off picture header": ({"image/0001.png": photo()[:20]}, "not a readable picture"),
    "gigantic picture": ({"image/0001.png": _gigantic()}, "not a readable picture"),
}


NO_PICTURES = {"image/0001.png": None, "depth/0001.png": None, "depth_bfx/0001.png": None}

BROKEN_PARTS = {
    "broken JSON": ("annotation2Dfinal/index.json", b'{"frames": [', "annotations: not JSON", "objects"),
    "JSON of another form": ("annotation2Dfinal/index.json", b"[1, 2]", "annotations", "objects"),
    "missing intrinsics": ("intrinsics.txt", None, "intrinsics: missing", "intrinsics"),
    "intrinsics of eight numbers": ("intrinsics.txt", b"1 0 2 0 1 2 0 0", "9 numbers expected, found 8", "intrinsics"),
    "intrinsics with a word": ("intrinsics.txt", b"fx 0 2 0 1 2 0 0 1", "without intrinsics", "intrinsics"),
    "intrinsics without focal length": ("intrinsics.txt", b"0 0 2 0 1 2 0 0 1", "not a camera matrix", "intrinsics"),
    "intrinsics with NaN": ("intrinsics.txt", b"nan 0 2 0 1 2 0 0 1", "without intrinsics", "intrinsics"),
    "non-UTF-8 scene label": ("scene.txt", b"caf\xe9", "scene label: not UTF-8", "scene"),
    "empty scene label": ("scene.txt", b"", "scene label: empty", "scene"),
    "missing scene label": ("scene.txt", None, "scene label: missing", "scene"),
    "tilt that is no rotation": ("extrinsics/1.txt", b"2 0 0 0 0 1 0 0 0 0 1 0", "camera tilt", "camera_tilt"),
}

POLYGONS = {
    "objects": [{"name": "table"}, None],
    "frames": [{"polygon": [
        {"x": [0, 9, 9], "y": [0, 0, 9], "object": 0},
        {"x": [0, 9], "y": [0, 0], "object": 0},
        {"x": [0, 9, 9], "y": [0, 0, 9], "object": 1},
        {"x": 5, "y": 5, "object": 0},
    ]}],
}  # fmt: skip


@dataclass(frozen=True)
class Imported:
    """One import of a tree with every kind of bad scene."""

    samples: dict[str, object]  # by scene id
    left_out: dict[str, str]  # reason by path below SUNRGBD
    report: object
    stored: list[dict[str, str]]  # what the run says


@pytest.fixture(scope="module")
def broken(fo, tmp_path_factory):
    """A tree with every kind of bad scene, imported at once."""
    from plumb.datasets.importing import import_sunrgbd

    root = tmp_path_factory.mktemp("broken")
    write_scene(root, "kv2/good/first")
    write_scene(root, "xtion/good/last")
    write_scene(
        root, "kv2/good/without_the_optional", files={"annotation2Dfinal/index.json": None, "extrinsics/1.txt": None}
    )
    for name, (files, _) in UNUSABLE.items():
        write_scene(root, f"kv2/unusable/{name}", files=files)
    for name, (file, content, _, _) in BROKEN_PARTS.items():
        write_scene(root, f"kv2/partial/{name}", files={file: content})
    write_scene(root, "kv2/partial/polygons", files={"annotation2Dfinal/index.json": json.dumps(POLYGONS)})
    (root / "SUNRGBD/kv2/empty/folder").mkdir(parents=True)
    (write_scene(root, "kv2/empty/no picture", files=NO_PICTURES) / "image").mkdir()
    (write_scene(root, "kv2/empty/no depth", files={**NO_PICTURES, "image/0001.png": photo()}) / "depth").mkdir()
    write_scene(root, os.fsdecode(b"kv2/odd/caf\xe9"))
    write_scene(root, "kv2/odd/of picture", files={"image/0001.png": None, os.fsdecode(b"image/caf\xe9.png"): photo()})
    write_scene(root, "kv2/odd/of depth", files={"depth/0001.png": None, os.fsdecode(b"depth/caf\xe9.png"): b"none"})
    name = f"broken-{uuid.uuid4().hex[:8]}"
    report = finish(import_sunrgbd(root, name, maps_dir=root / "maps"))
    dataset = fo.load_dataset(name)
    left_out = {entry["path"].split("SUNRGBD/")[-1]: entry["reason"] for entry in report.skipped}
    yield Imported(by_scene(dataset), left_out, report, dataset.load_run_results("plumb_import_gt_depth_1").skipped)
    fo.delete_dataset(name)


def test_scenes_before_and_after_the_bad_ones_are_imported_whole(broken):
    assert {scene.split("/")[1] for scene in broken.samples} == {"good", "partial"}
    assert broken.report.imported == len(broken.samples) == 3 + len(BROKEN_PARTS) + 1
    for scene in ("kv2/good/first", "xtion/good/last"):
        for field in ("gt_depth", "intrinsics", "camera_tilt", "camera_pitch", "scene", "objects"):
            assert broken.samples[scene][field] is not None


def test_a_scene_without_annotations_or_extrinsics_is_whole_because_many_have_none(broken):
    assert "kv2/good/without_the_optional" in broken.samples
    assert not any("without_the_optional" in path for path in broken.left_out)


@pytest.mark.parametrize("name", UNUSABLE)
def test_an_unusable_scene_is_skipped_with_path_and_reason(broken, name):
    assert f"kv2/unusable/{name}" not in broken.samples
    said = broken.left_out[f"kv2/unusable/{name}"]
    assert said.startswith("scene skipped: ")
    assert UNUSABLE[name][1] in said


@pytest.mark.parametrize(
    "folder, reason",
    [
        ("folder", "no picture in image/"),
        ("no picture", "no picture in image/"),
        ("no depth", "no depth PNG in depth/"),
    ],
)
def test_an_empty_folder_where_a_scene_or_its_pictures_should_be_is_reported(broken, folder, reason):
    assert reason in broken.left_out[f"kv2/empty/{folder}"]


@pytest.mark.parametrize("name", BROKEN_PARTS)
def test_a_scene_with_a_broken_part_is_imported_without_it_and_the_file_is_named(broken, name):
    file, _, reason, field = BROKEN_PARTS[name]
    said = broken.left_out[f"kv2/partial/{name}/{file}"]
    assert said.startswith("imported without ") and reason in said
    sample = broken.samples[f"kv2/partial/{name}"]
    assert sample[field] is None
    assert all(sample[other] for other in {"objects", "intrinsics", "scene", "camera_tilt", "gt_depth"} - {field})


def test_polygons_without_an_outline_or_a_name_are_left_out_and_counted_and_the_others_stay(broken):
    assert "without 3 polygon(s)" in broken.left_out["kv2/partial/polygons/annotation2Dfinal/index.json"]
    assert [line.label for line in broken.samples["kv2/partial/polygons"].objects.polylines] == ["table"]


@pytest.mark.parametrize("name", ["caf\\xe9", "of picture", "of depth"])
def test_names_that_are_not_utf8_are_skipped_and_told_in_text_that_the_database_can_store(broken, name):
    said = broken.left_out[f"kv2/odd/{name}"]
    assert "UTF-8" in said and "rename it" in said
    said.encode()


def test_every_skipped_scene_is_reported_once_and_nothing_else(broken):
    expected = len(UNUSABLE) + 3 + len(BROKEN_PARTS) + 1 + 3
    assert len(broken.report.skipped) == len(broken.left_out) == expected
    assert all(entry.keys() == {"path", "reason"} for entry in broken.report.skipped)


def test_what_was_left_out_is_in_the_run_too(broken):
    assert broken.stored == broken.report.skipped


def test_scenes_that_were_skipped_are_tried_again_and_imported_once_they_are_mended(
    fo, run_import, dataset_name, tmp_path
):
    write_scene(tmp_path, "kv2/kinect2data/a")
    bad = write_scene(tmp_path, "kv2/kinect2data/b", files={"depth/0001.png": b""})
    assert len(run_import(tmp_path, dataset_name).skipped) == 1
    (bad / "depth/0001.png").write_bytes(stored(millimetres()))
    mended = run_import(tmp_path, dataset_name)
    assert (mended.imported, mended.existing, mended.skipped) == (1, 1, [])


def test_a_deleted_map_file_is_written_again_on_the_same_sample(fo, run_import, dataset_name, tmp_path):
    write_scene(tmp_path, "kv2/kinect2data/a")
    write_scene(tmp_path, "kv2/kinect2data/b")
    run_import(tmp_path, dataset_name)
    dataset = fo.load_dataset(dataset_name)
    ids, lost = dataset.values("id"), Path(dataset.last().gt_depth.map_path)
    lost.unlink()
    report = run_import(tmp_path, dataset_name)
    dataset.reload()
    assert (report.imported, report.existing) == (1, 1)
    assert dataset.values("id") == ids
    np.testing.assert_array_equal(read_codes(dataset.last().gt_depth.map_path), millimetres())


def test_a_second_copy_of_a_scene_below_the_root_is_reported_not_imported_over_the_first(
    fo, run_import, dataset_name, tmp_path
):
    write_scene(tmp_path / "one", seed=1)
    copy = write_scene(tmp_path / "two", seed=2)
    report = run_import(tmp_path, dataset_name)
    assert report.imported == 1
    assert report.skipped == [{"path": str(copy), "reason": "scene skipped: a copy of kv2/kinect2data/a"}]
    np.testing.assert_array_equal(read_codes(fo.load_dataset(dataset_name).first().gt_depth.map_path), millimetres(1))
