"""A scene of SUN RGB-D is read as far as it can be, and what is left out is said."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from plumb.sunrgbd import (
    Problem,
    SceneError,
    find_scenes,
    read_depth,
    read_scene,
)
from tests.official_scenes import assert_problem, make_scene, read_only

SAMPLES = Path(__file__).parents[1] / "samples" / "SUNRGBD"


# Reading whole scenes


def test_a_whole_scene_is_read_without_a_problem(scene):
    found = read_only(scene)
    assert found.problems == ()
    assert (found.image, found.depth) == (scene / "image" / "0001.jpg", scene / "depth" / "0002.png")
    assert (found.source, found.label) == ("raw", "bedroom")
    np.testing.assert_array_equal(found.intrinsics, [[529.5, 0, 365], [0, 529.5, 265], [0, 0, 1]])
    np.testing.assert_allclose(found.tilt, [[1, 0, 0], [0, 0.8, 0.6], [0, -0.6, 0.8]], atol=1e-12)
    assert [(polygon.label, polygon.points.tolist()) for polygon in found.polygons] == [
        ("table", [[1, 1], [5, 1], [5, 7]])
    ]


@pytest.mark.parametrize(
    "there, asked, source, millimetres",
    [
        (("depth", "depth_bfx"), "raw", "raw", 1000),
        (("depth", "depth_bfx"), "filled", "filled", 2000),
        (("depth",), "raw", "raw", 1000),
        (("depth",), "filled", "raw", 1000),
        (("depth_bfx",), "raw", "filled", 2000),
        (("depth_bfx",), "filled", "filled", 2000),
    ],
)
def test_the_depth_asked_for_is_taken_else_the_other_and_source_says_which(tmp_path, there, asked, source, millimetres):
    make_scene(tmp_path, depths=there)
    found = read_only(tmp_path, depth=asked)
    assert found.source == source
    assert (read_depth(found.depth) == millimetres).all()
    assert found.problems == ()


def test_an_empty_depth_folder_counts_as_none(tmp_path, scene):
    (scene / "depth" / "0002.png").unlink()
    assert read_only(tmp_path).source == "filled"


def test_annotations_are_not_read_when_not_asked_for(tmp_path, scene):
    (scene / "annotation2Dfinal" / "index.json").write_text("{ broken")
    found = read_only(tmp_path, annotations=False)
    assert (found.polygons, found.problems) == ((), ())


def test_extrinsics_and_annotations_are_absent_from_many_official_scenes_and_that_is_no_problem(tmp_path, scene):
    shutil.rmtree(scene / "extrinsics")
    shutil.rmtree(scene / "annotation2Dfinal")
    found = read_only(tmp_path)
    assert (found.tilt, found.polygons, found.problems) == (None, (), ())


def test_the_sample_scenes_read_without_a_problem_and_their_pictures_fit():
    for folder in find_scenes(SAMPLES):
        found = read_scene(folder)
        assert found.problems == ()
        assert found.source == "raw" and found.polygons and found.label
        assert read_depth(found.depth).shape == cv2.imread(str(found.image)).shape[:2]
        np.testing.assert_allclose(found.tilt @ found.tilt.T, np.eye(3), atol=1e-12)


def test_the_real_scenes_read_without_a_problem(shared):
    scenes = [read_scene(folder) for folder in find_scenes(shared / "data" / "SUNRGBD")]
    assert len(scenes) == 32
    assert [problem for found in scenes for problem in found.problems] == []
    assert {found.folder.sensor for found in scenes} == {"kv1", "kv2"}
    for found in scenes:
        # The NYU scenes there have filled depth only.
        assert found.source == ("filled" if "/NYUdata/" in found.folder.scene_id else "raw")
        assert found.label and found.intrinsics is not None
        measured = read_depth(found.depth)
        assert measured.shape == cv2.imread(str(found.image)).shape[:2]
        assert 300 < np.median(measured[measured > 0]) < 10_000


def test_the_complete_real_scene_has_its_polygons_tilt_and_camera(shared):
    found = read_only(shared / "data" / "SUNRGBD" / "kv1" / "b3dodata")
    assert found.folder.scene_id == "kv1/b3dodata/img_0063"
    assert found.depth.name == "img_0063_abs.png" and found.image.name == "img_0063.jpg"
    assert len(found.polygons) == 9
    np.testing.assert_allclose(found.tilt[1], [-0.025146, 0.979535, 0.199699], atol=1e-5)


# Broken parts: the rest is read, and the problem names the file


@pytest.mark.parametrize(
    "content, reason",
    [
        (None, "missing"),
        (b"", "9 numbers expected, found 0"),
        (b"529.5 0 365 0 529.5 265 0 0", "9 numbers expected, found 8"),
        (b"529.5 0 365 0 529.5 265 0 0 1 7", "9 numbers expected, found 10"),
        (b"nan 0 365 0 529.5 265 0 0 1", "finite"),
        (b"529.5 0 inf 0 529.5 265 0 0 1", "finite"),
        (b"fx 0 365 0 529.5 265 0 0 1", "fx"),
        (b"0 0 365 0 529.5 265 0 0 1", "not a camera matrix"),
        (b"529.5 0 365 0 -529.5 265 0 0 1", "not a camera matrix"),
        (b"529.5 0 0 0 529.5 0 365 265 1", "not a camera matrix"),  # column-major
        (b"\xff\xfe5\x002\x009\x00", "not UTF-8"),
    ],
)
def test_without_good_intrinsics_the_rest_is_read(tmp_path, scene, content, reason):
    path = scene / "intrinsics.txt"
    path.unlink() if content is None else path.write_bytes(content)
    found = read_only(tmp_path)
    assert found.intrinsics is None and found.tilt is not None and found.label and found.polygons
    assert_problem(found, path, "without intrinsics", reason)


@pytest.mark.parametrize(
    "content, reason",
    [
        (b"", "12 numbers expected, found 0"),
        (b"1 0 0 0 1 0 0 0 1", "12 numbers expected, found 9"),
        (b"nan 0 0 0 0 1 0 0 0 0 1 0", "finite"),
        (b"1 0 0 0 0 1 0 0 0 0 0.5 0", "not a rotation"),
        (b"1 0 0 0 0 1 0 0 0 0 -1 0", "not a rotation"),  # a mirror
        (b"0 0 0 0 0 0 0 0 0 0 0 0", "not a rotation"),
        (b"\xe9", "not UTF-8"),
    ],
)
def test_without_a_good_camera_tilt_the_rest_is_read(tmp_path, scene, content, reason):
    path = scene / "extrinsics" / "20140915.txt"
    path.write_bytes(content)
    found = read_only(tmp_path)
    assert found.tilt is None and found.intrinsics is not None and found.label and found.polygons
    assert_problem(found, path, "without camera tilt", reason)


def test_of_several_extrinsics_the_last_counts(tmp_path, scene):
    (scene / "extrinsics" / "20130101.txt").write_text("broken")
    (scene / "extrinsics" / "20150101.txt").write_text("1 0 0 0 0 1 0 0 0 0 1 0")
    found = read_only(tmp_path)
    np.testing.assert_allclose(found.tilt, np.eye(3), atol=1e-12)
    assert found.problems == ()


@pytest.mark.parametrize(
    "content, reason", [(None, "missing"), (b"", "empty"), (b" \n", "empty"), (b"caf\xe9", "not UTF-8")]
)
def test_without_a_good_scene_label_the_rest_is_read(tmp_path, scene, content, reason):
    path = scene / "scene.txt"
    path.unlink() if content is None else path.write_bytes(content)
    found = read_only(tmp_path)
    assert found.label is None and found.intrinsics is not None and found.tilt is not None and found.polygons
    assert_problem(found, path, "without scene label", reason)


@pytest.mark.parametrize(
    "content, reason",
    [
        ("", "not JSON"),
        ('{"frames": [', "not JSON"),
        ('{"objects": [{"name": ""propulsion"tool"}], "frames": []}', "not JSON"),  # as in one official file
        ("[1, 2]", "not an annotation index"),
        ('{"objects": [], "frames": {"polygon": []}}', "`frames` is not a list"),
        ('{"objects": 7, "frames": []}', "`objects` is not a list"),
        ("[" * 100_000, "recursion"),
    ],
)
def test_without_good_annotations_the_rest_is_read(tmp_path, scene, content, reason):
    path = scene / "annotation2Dfinal" / "index.json"
    path.write_text(content)
    found = read_only(tmp_path)
    assert found.polygons == () and found.intrinsics is not None and found.tilt is not None and found.label
    assert_problem(found, path, "without annotations", reason)


def test_polygons_that_cannot_be_used_are_counted_and_the_others_kept(tmp_path, scene):
    path = scene / "annotation2Dfinal" / "index.json"
    index = json.loads(path.read_text())
    index["frames"][0]["polygon"] += [{"x": 3, "y": 4, "object": 0}, None]
    path.write_text(json.dumps(index))
    found = read_only(tmp_path)
    assert [polygon.label for polygon in found.polygons] == ["table"]
    assert_problem(found, path, "without 2 polygon(s)")


def test_several_broken_parts_are_all_reported(tmp_path, scene):
    for path in ("intrinsics.txt", "extrinsics/20140915.txt", "scene.txt", "annotation2Dfinal/index.json"):
        (scene / path).write_bytes(b"\xff")
    found = read_only(tmp_path)
    assert [Path(problem.path).name for problem in found.problems] == [
        "intrinsics.txt",
        "20140915.txt",
        "scene.txt",
        "index.json",
    ]
    assert found.image.is_file() and found.depth.is_file()


@pytest.mark.parametrize("folder", ["image", "depth"])
def test_of_several_pictures_in_a_folder_the_first_is_taken_and_the_folder_reported(tmp_path, scene, folder):
    first = scene / folder / ("0000" + next((scene / folder).iterdir()).suffix)
    shutil.copy(next((scene / folder).iterdir()), first)
    found = read_only(tmp_path)
    assert first in (found.image, found.depth)
    assert_problem(found, scene / folder, "2 pictures", first.name)


def test_thumbnails_and_resource_forks_beside_a_picture_are_no_matter(tmp_path, scene):
    for folder in ("image", "depth"):
        for name in ("._0001.jpg", ".DS_Store", "Thumbs.db", "0000.txt"):
            (scene / folder / name).write_bytes(b"not a picture")
    found = read_only(tmp_path)
    assert (found.image.name, found.depth.name, found.problems) == ("0001.jpg", "0002.png", ())


# No scene at all


@pytest.mark.parametrize("left", ["nothing", "empty folder", "file"])
def test_without_a_picture_there_is_no_scene(tmp_path, scene, left):
    shutil.rmtree(scene / "image")
    if left == "empty folder":
        (scene / "image").mkdir()
    elif left == "file":
        (scene / "image").touch()
    with pytest.raises(SceneError, match="no picture in image/"):
        read_only(tmp_path)


def test_without_any_depth_there_is_no_scene(tmp_path, scene):
    shutil.rmtree(scene / "depth")
    shutil.rmtree(scene / "depth_bfx")
    with pytest.raises(SceneError, match="no depth PNG in depth/ or depth_bfx/"):
        read_only(tmp_path)


def test_a_lone_picture_folder_below_a_sensor_is_reported_too(tmp_path, scene):
    for name in ("depth", "depth_bfx", "extrinsics", "annotation2Dfinal"):
        shutil.rmtree(scene / name)
    for name in ("intrinsics.txt", "scene.txt"):
        (scene / name).unlink()
    with pytest.raises(SceneError, match="no depth PNG"):
        read_only(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
@pytest.mark.parametrize("part", ["folder", "image", "depth"])
def test_a_path_that_is_not_utf8_is_a_clear_error(tmp_path, scene, part):
    spoil = {"folder": scene, "image": scene / "image" / "0001.jpg", "depth": scene / "depth" / "0002.png"}[part]
    target = os.fsencode(spoil.parent) + b"/caf\xe9" + os.fsencode(spoil.suffix)
    os.rename(os.fsencode(spoil), target)
    with pytest.raises(SceneError, match=r"caf\\xe9.*not a UTF-8 path.*rename"):
        read_only(tmp_path)


def test_problems_can_always_be_printed_and_stored(tmp_path, scene):
    os.rename(scene / "extrinsics" / "20140915.txt", os.fsencode(scene / "extrinsics") + b"/caf\xe9.txt")
    os.truncate(os.fsencode(scene / "extrinsics") + b"/caf\xe9.txt", 0)
    (problem,) = read_only(tmp_path).problems
    assert isinstance(problem, Problem)
    assert "caf\\xe9.txt" in problem.path and problem.path.encode()
