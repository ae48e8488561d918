"""What is asked of `import_sunrgbd`: roots, depths, sensors, splits, more of the same, and where maps go."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from plumb.depthmap import read_codes
from plumb.sunrgbd import find_scenes
from plumb.sunrgbd_files import find_split_file
from tests.small_scenes import by_scene, millimetres, photo, write_scene

# Roots, choices, and imports upon imports


@pytest.mark.parametrize(
    "below, expected",
    [("..", 16), (".", 16), ("kv1", 4), ("xtion/sun3ddata", 3), ("kv1/NYUdata", 2), ("kv1/NYUdata/NYU0101", 1)],
)
def test_any_folder_of_the_tree_can_be_the_root_and_scene_ids_stay_the_same(
    fo, run_import, dataset_name, samples, below, expected
):
    report = run_import(samples / below, dataset_name, annotations=False)
    assert report.imported == expected
    assert set(fo.load_dataset(dataset_name).values("scene_id")) <= {f.scene_id for f in find_scenes(samples)}


def test_without_annotations_no_polygons_are_read(fo, run_import, dataset_name, tmp_path):
    write_scene(tmp_path)
    run_import(tmp_path, dataset_name, annotations=False)
    assert fo.load_dataset(dataset_name).first().objects is None


def test_filled_depth_is_imported_as_filled_and_differs_from_raw_only_in_the_holes(
    fo, run_import, dataset_name, tmp_path
):
    write_scene(tmp_path)
    run_import(tmp_path, dataset_name, depth="filled")
    label = fo.load_dataset(dataset_name).first().gt_depth
    raw, filled = millimetres(), read_codes(label.map_path)
    assert label.source == "filled"
    assert (filled[raw == 0] == 5000).all()
    np.testing.assert_array_equal(filled[raw > 0], raw[raw > 0])


@pytest.mark.parametrize("asked", ["raw", "filled"])
def test_a_scene_with_only_one_of_the_two_depths_is_imported_with_it_and_marked(
    fo, run_import, dataset_name, tmp_path, asked
):
    write_scene(tmp_path, "kv2/kinect2data/only_raw", files={"depth_bfx/0001.png": None})
    write_scene(tmp_path, "kv2/kinect2data/only_filled", files={"depth/0001.png": None})
    report = run_import(tmp_path, dataset_name, depth=asked)
    scenes = by_scene(fo.load_dataset(dataset_name))
    assert report.imported == 2
    assert scenes["kv2/kinect2data/only_raw"].gt_depth.source == "raw"
    assert scenes["kv2/kinect2data/only_filled"].gt_depth.source == "filled"


def test_a_second_import_into_another_field_adds_it_to_the_same_samples(fo, run_import, dataset_name, tmp_path):
    write_scene(tmp_path, "kv2/kinect2data/a")
    write_scene(tmp_path, "kv2/kinect2data/b")
    run_import(tmp_path, dataset_name)
    dataset = fo.load_dataset(dataset_name)
    ids = dataset.values("id")
    report = run_import(tmp_path, dataset_name, gt_field="gt_filled", depth="filled")
    dataset.reload()
    assert (report.imported, report.existing) == (2, 0)
    assert dataset.values("id") == ids
    assert dataset.values("gt_depth.source") == ["raw", "raw"]
    assert dataset.values("gt_filled.source") == ["filled", "filled"]


def test_run_again_nothing_is_there_twice_new_scenes_are_added_and_existing_ones_counted(
    fo, run_import, dataset_name, tmp_path
):
    write_scene(tmp_path, "kv2/kinect2data/b")
    assert run_import(tmp_path, dataset_name).imported == 1
    dataset = fo.load_dataset(dataset_name)
    before = dataset.first().to_dict()
    again = run_import(tmp_path, dataset_name)
    assert (again.imported, again.existing, again.skipped) == (0, 1, [])
    write_scene(tmp_path, "kv2/kinect2data/a")
    more = run_import(tmp_path, dataset_name)
    assert (more.imported, more.existing) == (1, 1)
    dataset.reload()
    assert sorted(dataset.values("scene_id")) == ["kv2/kinect2data/a", "kv2/kinect2data/b"]
    assert dataset[before["filepath"]].gt_depth.map_path == before["gt_depth"]["map_path"]


def test_scenes_join_a_dataset_that_holds_pictures_of_the_users_own(fo, run_import, dataset_name, tmp_path):
    (tmp_path / "own.png").write_bytes(photo())
    dataset = fo.Dataset(dataset_name)
    dataset.add_samples([fo.Sample(filepath=str(tmp_path / "own.png"), tags=["mine"]) for _ in range(2)])
    write_scene(tmp_path)
    assert run_import(tmp_path, dataset_name).imported == 1
    dataset.reload()
    assert len(dataset) == 3
    assert dataset.match_tags("mine").values("gt_depth") == [None, None]


def test_max_scenes_is_the_number_of_scenes_taken_in_sorted_order(fo, run_import, dataset_name, tmp_path):
    for name in "cab":
        write_scene(tmp_path, f"kv2/kinect2data/{name}")
    assert run_import(tmp_path, dataset_name, max_scenes=2).imported == 2
    assert fo.load_dataset(dataset_name).values("scene_id") == ["kv2/kinect2data/a", "kv2/kinect2data/b"]


def test_only_the_chosen_sensors_are_imported(fo, run_import, dataset_name, tmp_path):
    for sensor in ("kv1", "kv2", "realsense", "xtion"):
        write_scene(tmp_path, f"{sensor}/data/a")
    run_import(tmp_path, dataset_name, sensors=["xtion", "kv1"])
    assert fo.load_dataset(dataset_name).values("sensor") == ["kv1", "xtion"]


@pytest.mark.parametrize("split, expected", [("train", 9), ("test", 7)])
def test_a_split_imports_its_own_scenes_alone(fo, run_import, dataset_name, samples, split, expected):
    report = run_import(samples, dataset_name, split=split, annotations=False)
    assert report.imported == expected
    assert fo.load_dataset(dataset_name).count_sample_tags() == {split: expected}


def test_the_split_file_can_lie_anywhere_when_it_is_named(fo, run_import, dataset_name, samples, tmp_path):
    write_scene(tmp_path, "kv1/NYUdata/NYU0907")
    write_scene(tmp_path, "kv1/NYUdata/not_in_the_split")
    file = find_split_file(samples)
    run_import(tmp_path, dataset_name, split_file=file)
    scenes = by_scene(fo.load_dataset(dataset_name))
    assert scenes["kv1/NYUdata/NYU0907"].tags == ["test"]
    assert scenes["kv1/NYUdata/not_in_the_split"].tags == []
    assert fo.load_dataset(dataset_name).get_run_info("plumb_import_gt_depth_1").config.settings["split_file"] == str(
        file
    )


def test_samples_that_were_imported_before_the_split_was_known_are_tagged_by_the_next_import(
    fo, run_import, dataset_name, samples, tmp_path
):
    shutil.copytree(samples / "kv2", tmp_path / "SUNRGBD" / "kv2")
    run_import(tmp_path, dataset_name)
    dataset = fo.load_dataset(dataset_name)
    assert dataset.distinct("tags") == []
    shutil.copytree(samples.parent / "SUNRGBDtoolbox", tmp_path / "SUNRGBDtoolbox")
    assert run_import(tmp_path, dataset_name).imported == 0
    assert dataset.count_sample_tags().keys() == {"train", "test"}
    assert sum(dataset.count_sample_tags().values()) == len(dataset)


def test_a_damaged_split_file_that_nobody_asked_for_costs_the_tags_alone(fo, run_import, dataset_name, tmp_path):
    write_scene(tmp_path)
    (tmp_path / "allsplit.mat").write_bytes(b"damaged")
    report = run_import(tmp_path, dataset_name)
    (problem,) = report.skipped
    assert report.imported == 1
    assert problem["path"] == str(tmp_path / "allsplit.mat") and "without split tags" in problem["reason"]
    with pytest.raises(ValueError, match="not the official split file"):
        run_import(tmp_path, dataset_name, split="train")


def test_without_a_split_file_all_scenes_come_without_a_tag(fo, run_import, dataset_name, tmp_path):
    write_scene(tmp_path)
    assert run_import(tmp_path, dataset_name).imported == 1
    assert fo.load_dataset(dataset_name).first().tags == []


# Where maps go


def test_maps_go_to_the_folder_that_is_asked_for(fo, run_import, dataset_name, tmp_path):
    write_scene(tmp_path)
    run_import(tmp_path, dataset_name, maps_dir=tmp_path / "elsewhere")
    path = Path(fo.load_dataset(dataset_name).first().gt_depth.map_path)
    assert path.parent == tmp_path / "elsewhere" / dataset_name / "gt_depth" / "plumb_import_gt_depth_1"


def test_else_maps_go_to_plumb_maps_dir(fo, run_import, dataset_name, tmp_path, monkeypatch):
    monkeypatch.setenv("PLUMB_MAPS_DIR", str(tmp_path / "by_variable"))
    write_scene(tmp_path)
    run_import(tmp_path, dataset_name, maps_dir=None)
    assert Path(fo.load_dataset(dataset_name).first().gt_depth.map_path).is_relative_to(tmp_path / "by_variable")


def test_else_maps_go_below_fiftyones_default_dataset_directory(fo, monkeypatch):
    from plumb.datasets.fields import maps_dir

    monkeypatch.delenv("PLUMB_MAPS_DIR")
    assert maps_dir() == Path(fo.config.default_dataset_dir, "plumb")


def test_a_dataset_name_with_slashes_cannot_lead_out_of_the_maps_folder(fo, run_import, dataset_name, tmp_path):
    write_scene(tmp_path)
    name = f"../{dataset_name}/x"
    try:
        run_import(tmp_path, name)
        assert Path(fo.load_dataset(name).first().gt_depth.map_path).resolve().is_relative_to(tmp_path / "maps")
    finally:
        fo.delete_dataset(name)


def test_a_dataset_that_is_made_anew_gets_new_files_because_browsers_keep_the_old_ones(
    fo, run_import, dataset_name, tmp_path
):
    write_scene(tmp_path)
    run_import(tmp_path, dataset_name)
    before = Path(fo.load_dataset(dataset_name).first().gt_depth.map_path)
    old = before.read_bytes()
    fo.delete_dataset(dataset_name)
    run_import(tmp_path, dataset_name, depth="filled")
    after = Path(fo.load_dataset(dataset_name).first().gt_depth.map_path)
    assert after != before and after.parent.parent == before.parent.parent
    assert before.read_bytes() == old != after.read_bytes()


def test_two_datasets_whose_names_differ_only_in_odd_characters_do_not_share_files(
    fo, run_import, dataset_name, tmp_path
):
    write_scene(tmp_path)
    names = [f"{dataset_name}&x", f"{dataset_name}_x"]
    try:
        for name in names:
            run_import(tmp_path, name)
        assert len({fo.load_dataset(name).first().gt_depth.map_path for name in names}) == 2
    finally:
        fo.delete_datasets(f"{dataset_name}*")
