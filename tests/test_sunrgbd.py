"""SUN RGB-D's tree: depth is decoded as it is meant, and every scene is found once, whatever folder is the root."""

from __future__ import annotations

import json
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from plumb.depthmap import DepthMapError
from plumb.sunrgbd import (
    SENSORS,
    SceneError,
    SceneFolder,
    decode_depth,
    find_scenes,
    read_depth,
    read_scene,
)
from tests.official_scenes import KV2, SUN3D, make_scene

SAMPLES = Path(__file__).parents[1] / "samples" / "SUNRGBD"
SAMPLE_FOLDERS = sorted(path for path in (SAMPLES.parent, *SAMPLES.rglob("*"), SAMPLES) if path.is_dir())


def found_ids(root: Path) -> list[str]:
    return [folder.scene_id for folder in find_scenes(root)]


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


def test_a_search_that_has_run_out_of_time_ends_though_it_has_found_nothing(tmp_path):
    make_scene(tmp_path / "SUNRGBD")
    assert len(list(find_scenes(tmp_path))) == 1
    assert list(find_scenes(tmp_path, until=time.monotonic())) == []
