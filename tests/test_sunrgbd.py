"""SUN RGB-D's tree: every scene is found once, read as far as it can be, and what is left out is said."""

import json
import os
import shutil
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from plumb.depthmap import DepthMapError, write_codes
from plumb.sunrgbd import (
    SENSORS,
    Problem,
    Scene,
    SceneError,
    SceneFolder,
    decode_depth,
    find_scenes,
    read_depth,
    read_scene,
)

SAMPLES = Path(__file__).parents[1] / "samples" / "SUNRGBD"
SAMPLE_FOLDERS = sorted(path for path in (SAMPLES.parent, *SAMPLES.rglob("*"), SAMPLES) if path.is_dir())
KV2 = "kv2/kinect2data/0001-resize"  # three levels below SUNRGBD/
SUN3D = "xtion/sun3ddata/hotel/room_1/0000001-000000000000"  # five

K = "529.5 0 365\n0 529.5 265\n0 0 1\n"
TILT = "1 0 0 0\n0 0.8 0.6 0\n0 -0.6 0.8 0\n"
INDEX = {
    "objects": [{"name": "chair"}, {"name": "table"}],
    "frames": [{"polygon": [{"x": [1, 5, 5], "y": [1, 1, 7], "object": 1}]}],
}


def make_scene(root: Path, scene_id: str = KV2, depths: tuple[str, ...] = ("depth", "depth_bfx")) -> Path:
    """A complete scene of 8 x 6 pixels, 1 m measured and 2 m filled, as the official archive lays it out."""
    scene = root / scene_id
    for name in ("image", "extrinsics", "annotation2Dfinal"):
        (scene / name).mkdir(parents=True)
    cv2.imwrite(str(scene / "image" / "0001.jpg"), np.full((6, 8, 3), 90, np.uint8))
    for name in depths:
        metres = 1 if name == "depth" else 2
        write_codes(scene / name / "0002.png", np.full((6, 8), (1000 * metres) << 3, np.uint16))
    (scene / "intrinsics.txt").write_text(K)
    (scene / "extrinsics" / "20140915.txt").write_text(TILT)
    (scene / "scene.txt").write_text("bedroom")
    (scene / "annotation2Dfinal" / "index.json").write_text(json.dumps(INDEX))
    return scene


@pytest.fixture
def scene(tmp_path) -> Path:
    return make_scene(tmp_path / "SUNRGBD")


def found_ids(root: Path) -> list[str]:
    return [folder.scene_id for folder in find_scenes(root)]


def read_only(root: Path, **options) -> Scene:
    """The one scene below `root`, read."""
    (folder,) = find_scenes(root)
    return read_scene(folder, **options)


def assert_problem(scene: Scene, path: Path, *words: str) -> None:
    """One problem, about this file, whose reason says these words."""
    assert [problem.path for problem in scene.problems] == [str(path)]
    for word in words:
        assert word in scene.problems[0].reason


# Depth


def test_decoding_undoes_a_left_rotation_by_three_bits_for_all_65536_values():
    millimetres = np.arange(65536, dtype=np.uint32)
    stored = ((millimetres << 3) | (millimetres >> 13)) & 0xFFFF  # the definition, in 32 bits
    decoded = decode_depth(stored.astype(np.uint16))
    assert decoded.dtype == np.uint16
    np.testing.assert_array_equal(decoded, millimetres)


def test_decoding_agrees_with_the_shared_vectors(shared):
    vectors = json.loads((shared / "vectors" / "depth_metrics.json").read_text())["sun_decode"]
    decoded = decode_depth(np.array(vectors["png_u16"], np.uint16))
    assert decoded.tolist() == vectors["decoded"] == vectors["mm"]
    assert decoded.tolist() != vectors["right_shift_only"]


def test_decoding_keeps_the_shape_and_does_not_write_into_its_input():
    raw = np.full((2, 3, 4), 8, np.uint16)
    assert decode_depth(raw).shape == (2, 3, 4)
    assert (raw == 8).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int32, np.int64, np.float32])
def test_decoding_refuses_any_type_but_the_stored_one(dtype):
    with pytest.raises(ValueError, match=f"uint16, not {np.dtype(dtype)}"):
        decode_depth(np.zeros((2, 2), dtype))


def test_original_depth_beyond_8_metres_reads_true(shared):
    depth = read_depth(shared / "data" / "open3d_sun" / "SUN_depth.png")
    assert depth.shape == (480, 640)
    assert (depth[depth > 0].min(), depth.max()) == (1057, 9870)
    assert (depth == 0).mean() == pytest.approx(0.182, abs=5e-4)


def test_an_8_bit_depth_picture_is_an_error_that_names_the_file(tmp_path):
    cv2.imwrite(str(tmp_path / "depth.png"), np.full((4, 4), 100, np.uint8))
    with pytest.raises(DepthMapError, match="depth.png.*8 bits"):
        read_depth(tmp_path / "depth.png")


# Finding scenes


def test_the_samples_hold_scenes_of_all_sensors_at_both_depths():
    folders = list(find_scenes(SAMPLES))
    assert {folder.sensor for folder in folders} == set(SENSORS)
    assert {folder.scene_id.count("/") for folder in folders} == {2, 4}
    assert len(folders) >= 12


@pytest.mark.parametrize("root", SAMPLE_FOLDERS, ids=lambda path: str(path.relative_to(SAMPLES.parent)))
def test_any_folder_of_the_tree_as_root_gives_the_same_scene_ids(root):
    everything = {folder.path: folder for folder in find_scenes(SAMPLES)}
    below = [folder for path, folder in everything.items() if root in (path, *path.parents)]
    assert list(find_scenes(root)) == below


def test_a_scene_id_is_the_path_below_sunrgbd_and_starts_with_the_sensor(tmp_path):
    make_scene(tmp_path / "SUNRGBD", KV2)
    make_scene(tmp_path / "SUNRGBD", SUN3D)
    assert list(find_scenes(tmp_path)) == [
        SceneFolder(tmp_path / "SUNRGBD" / KV2, KV2, "kv2"),
        SceneFolder(tmp_path / "SUNRGBD" / SUN3D, SUN3D, "xtion"),
    ]


@pytest.mark.parametrize(
    "above",
    ["data", "SUNRGBD/SUNRGBD", "SUNRGBD/my subset", "xtion/of me/SUNRGBD", "xtion/of me/copy"],
)
def test_scene_ids_do_not_depend_on_what_the_folders_above_are_called(tmp_path, above):
    make_scene(tmp_path / above, KV2)
    for root in (tmp_path, tmp_path / above, tmp_path / above / "kv2", tmp_path / above / KV2):
        assert [(folder.scene_id, folder.sensor) for folder in find_scenes(root)] == [(KV2, "kv2")]


def test_a_tree_that_names_no_sensor_is_identified_by_paths_below_the_root(tmp_path):
    make_scene(tmp_path, "mine/b")
    make_scene(tmp_path, "mine/a")
    assert [(f.scene_id, f.sensor) for f in find_scenes(tmp_path)] == [("mine/a", None), ("mine/b", None)]
    assert [(f.scene_id, f.sensor) for f in find_scenes(tmp_path / "mine" / "a")] == [("a", None)]


def test_scenes_come_in_sorted_order(tmp_path):
    for name in ("kv2/k/b", "kv1/k/z", "kv2/k/a", "realsense/r/x"):
        make_scene(tmp_path, name)
    assert found_ids(tmp_path) == ["kv1/k/z", "kv2/k/a", "kv2/k/b", "realsense/r/x"]


def test_a_relative_root_and_a_trailing_slash_change_nothing(tmp_path, scene, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert list(find_scenes("SUNRGBD/")) == list(find_scenes(tmp_path / "SUNRGBD"))


def test_a_tilde_stands_for_the_home_folder(tmp_path, scene, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert found_ids("~/SUNRGBD") == [KV2]


@pytest.mark.parametrize("depths", [("depth",), ("depth_bfx",)])
def test_a_scene_with_only_one_kind_of_depth_is_found(tmp_path, depths):
    make_scene(tmp_path, depths=depths)
    assert found_ids(tmp_path) == [KV2]


def test_linked_scenes_are_found_under_the_links_name(tmp_path):
    real = make_scene(tmp_path / "elsewhere", "blob")
    (tmp_path / "SUNRGBD" / "kv2" / "kinect2data").mkdir(parents=True)
    (tmp_path / "SUNRGBD" / KV2).symlink_to(real)
    assert found_ids(tmp_path / "SUNRGBD") == [KV2]


@pytest.mark.parametrize("target", [".", "kv2", "kv2/kinect2data", KV2])
def test_a_link_into_the_tree_gives_no_scene_twice_and_no_scene_another_id(tmp_path, scene, target):
    (tmp_path / "SUNRGBD" / "a link").symlink_to(tmp_path / "SUNRGBD" / target)  # sorted before the scene itself
    assert found_ids(tmp_path / "SUNRGBD") == [KV2]
    assert found_ids(tmp_path / "SUNRGBD" / "a link") == [KV2]


def test_links_that_go_in_circles_or_nowhere_are_passed_over(tmp_path, scene):
    for name, target in {"up": "..", "itself": "itself", "nowhere": "gone", "here": "."}.items():
        (scene.parent / name).symlink_to(target)
    assert found_ids(tmp_path) == [KV2]


def test_hidden_folders_and_the_leftovers_of_mac_archives_are_passed_over(tmp_path, scene):
    for name in (".Trash", "__MACOSX", "SUNRGBD/kv2/.cache"):
        make_scene(tmp_path / name)
    assert found_ids(tmp_path) == [KV2]


def test_scenes_are_looked_for_inside_a_hidden_folder_that_is_itself_the_root(tmp_path):
    make_scene(tmp_path / ".cache" / "SUNRGBD")
    assert found_ids(tmp_path / ".cache") == [KV2]


def test_full_resolution_pictures_inside_a_scene_are_no_scenes(tmp_path, scene):
    make_scene(scene / "fullres", "image and depth")
    assert found_ids(tmp_path) == [KV2]


@pytest.mark.parametrize("leftover", [None, ".DS_Store"])
def test_an_empty_folder_among_scenes_is_reported_as_a_scene_without_a_picture(tmp_path, scene, leftover):
    empty = scene.parent / "0002-resize"
    empty.mkdir()
    if leftover:
        (empty / leftover).touch()
    folders = list(find_scenes(tmp_path))
    assert [folder.path for folder in folders] == [scene, empty]
    with pytest.raises(SceneError, match="no picture in image/"):
        read_scene(folders[1])


def test_an_empty_folder_outside_any_sensor_is_no_scene(tmp_path):
    (tmp_path / "SUNRGBD" / "notes").mkdir(parents=True)
    assert found_ids(tmp_path) == []


def test_a_root_that_is_no_folder_is_an_error_that_names_it(tmp_path):
    (tmp_path / "SUNRGBD.zip").touch()
    for root in (tmp_path / "SUNRGBD.zip", tmp_path / "gone"):
        with pytest.raises(FileNotFoundError, match=root.name):
            list(find_scenes(root))


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


def test_a_search_that_has_run_out_of_time_ends_though_it_has_found_nothing(tmp_path):
    make_scene(tmp_path / "SUNRGBD")
    assert len(list(find_scenes(tmp_path))) == 1
    assert list(find_scenes(tmp_path, until=time.monotonic())) == []
