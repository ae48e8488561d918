"""What `import_sunrgbd` puts into a dataset: of whole scenes, at once, or stopped and taken up again."""

from __future__ import annotations

import json
import os
import uuid
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

from plumb.depthmap import read_codes
from plumb.jobs import finish
from plumb.sunrgbd import find_scenes
from plumb.sunrgbd_files import find_split_file, read_split
from tests.small_scenes import by_scene, write_scene

SCENES = 16


@pytest.fixture(scope="module")
def imported(fo, samples, tmp_path_factory):
    """The sample scenes in a dataset that tests only read, and the report of their import."""
    from plumb.datasets.importing import import_sunrgbd

    name = f"imported-{uuid.uuid4().hex[:8]}"
    report = finish(import_sunrgbd(samples, name, maps_dir=tmp_path_factory.mktemp("maps")))
    yield fo.load_dataset(name), report
    fo.delete_dataset(name)


# The sample scenes


def test_every_sample_scene_becomes_one_sample_and_nothing_is_left_out(imported):
    dataset, report = imported
    assert (report.dataset, report.imported, report.existing, report.skipped) == (dataset.name, SCENES, 0, [])
    assert len(dataset) == SCENES
    assert dataset.media_type == "image"
    assert dataset.persistent


def test_the_schema_has_standard_types_and_says_what_each_field_is(fo, imported):
    dataset, _ = imported
    schema = dataset.get_field_schema()
    types = {
        "gt_depth": fo.Heatmap, "scene": fo.Classification, "intrinsics": fo.PinholeCameraIntrinsics,
        "camera_tilt": fo.StaticTransform, "objects": fo.Polylines, "metadata": fo.ImageMetadata,
    }  # fmt: skip
    assert {name: schema[name].document_type for name in types} == types
    assert isinstance(schema["camera_pitch"], fo.FloatField)
    for name in ("scene_id", "sensor"):
        assert isinstance(schema[name], fo.StringField)
    for name in ("scene_id", "sensor", "intrinsics", "camera_tilt", "camera_pitch", "objects"):
        assert schema[name].description


def test_scene_id_is_the_path_below_sunrgbd_and_the_sensor_its_first_part(imported, samples):
    dataset, _ = imported
    scenes = by_scene(dataset)
    assert set(scenes) == {folder.scene_id for folder in find_scenes(samples)}
    for scene_id, sample in scenes.items():
        assert (samples / scene_id).is_dir()
        assert sample.sensor == scene_id.split("/")[0]
    assert Counter(dataset.values("sensor")) == {"kv1": 4, "kv2": 4, "realsense": 4, "xtion": 4}


def test_filepath_is_absolute_and_metadata_is_what_fiftyone_itself_would_compute(fo, imported, samples):
    dataset, _ = imported
    for scene_id, sample in by_scene(dataset).items():
        assert Path(sample.filepath).parent == samples / scene_id / "image"
    sample = dataset.first()
    assert sample.metadata.to_dict() == fo.ImageMetadata.build_for(sample.filepath).to_dict()
    assert None not in dataset.values("metadata.width")


def test_intrinsics_are_those_of_the_file_in_pixels(imported, samples):
    dataset, _ = imported
    for scene_id, sample in by_scene(dataset).items():
        matrix = np.loadtxt(samples / scene_id / "intrinsics.txt").reshape(3, 3)
        np.testing.assert_array_equal(sample.intrinsics.intrinsic_matrix, matrix)


def test_camera_tilt_is_the_rotation_of_the_file_and_camera_pitch_what_the_camera_looks_down(imported, samples):
    dataset, _ = imported
    for scene_id, sample in by_scene(dataset).items():
        (file,) = (samples / scene_id / "extrinsics").glob("*.txt")
        rotation = np.loadtxt(file).reshape(3, 4)[:, :3]
        tilt = sample.camera_tilt
        np.testing.assert_allclose(tilt.transform_matrix[:3, :3], rotation, atol=2e-6)
        assert (tilt.source_frame, tilt.target_frame) == ("camera", "gravity")
        down = rotation @ [0, 0, 1] @ [0, 1, 0]  # gravity's share of the optical axis
        assert sample.camera_pitch == pytest.approx(np.degrees(np.arcsin(down)), abs=1e-3)
    assert max(dataset.values("camera_pitch")) > 1  # some of these cameras look down


def test_a_camera_that_looks_down_by_37_degrees_has_that_pitch(fo, run_import, dataset_name, tmp_path):
    write_scene(tmp_path, files={"extrinsics/1.txt": "1 0 0 0\n0 0.8 0.6 0\n0 -0.6 0.8 0\n"})
    run_import(tmp_path, dataset_name)
    assert fo.load_dataset(dataset_name).first().camera_pitch == pytest.approx(36.8699, abs=1e-3)


def test_scene_label_is_the_word_in_scene_txt(imported, samples):
    dataset, _ = imported
    for scene_id, sample in by_scene(dataset).items():
        assert sample.scene.label == (samples / scene_id / "scene.txt").read_text().strip()


def test_the_official_split_is_a_tag_on_every_sample(imported, samples):
    dataset, _ = imported
    split = read_split(find_split_file(samples))
    assert {sample.scene_id: sample.tags for sample in dataset} == {key: [name] for key, name in split.items()}


def test_polygons_are_closed_polylines_in_relative_coordinates_with_the_objects_names(imported, samples):
    dataset, _ = imported
    for scene_id, sample in by_scene(dataset).items():
        index = json.loads((samples / scene_id / "annotation2Dfinal" / "index.json").read_text())
        outlines, names = index["frames"][0]["polygon"], [entry["name"] for entry in index["objects"]]
        lines = sample.objects.polylines
        assert [line.label for line in lines] == [names[outline["object"]] for outline in outlines]
        size = [sample.metadata.width, sample.metadata.height]
        for line, outline in zip(lines, outlines, strict=True):
            assert line.closed and not line.filled
            (points,) = line.points
            np.testing.assert_allclose(np.array(points) * size, np.column_stack([outline["x"], outline["y"]]))


def test_map_files_hold_exactly_the_millimetres_of_the_depth_png(imported, samples):
    dataset, _ = imported
    farthest = 0
    for scene_id, sample in by_scene(dataset).items():
        (file,) = (samples / scene_id / "depth").iterdir()
        stored_there = cv2.imread(str(file), cv2.IMREAD_UNCHANGED).astype(np.uint32)
        codes = read_codes(sample.gt_depth.map_path)
        np.testing.assert_array_equal(codes, (stored_there >> 3 | stored_there << 13) & 0xFFFF)
        assert codes.shape == (sample.metadata.height, sample.metadata.width)
        farthest = max(farthest, codes.max())
    assert farthest > 8192  # where a plain shift by three bits is wrong


def test_a_ground_truth_label_has_a_file_and_says_what_its_codes_mean(imported):
    dataset, _ = imported
    for label in dataset.values("gt_depth"):
        assert label.map is None
        assert os.path.isabs(label.map_path)
        assert (label.quantity, label.scale, label.offset, label.unit) == ("depth", 0.001, 0.0, "m")
        assert (label.run, label.source) == ("plumb_import_gt_depth_1", "raw")
        assert label.run in Path(label.map_path).parts
        codes = read_codes(label.map_path)
        low, high = label.range
        assert low == codes[codes > 0].min()
        assert low < high <= codes.max()
        assert np.mean(codes[codes > 0] <= high) >= 0.99


def test_the_attributes_of_a_depth_map_are_in_the_schema_so_the_sidebar_can_filter_by_them(imported):
    dataset, _ = imported
    for name in ("quantity", "scale", "offset", "unit", "run", "source"):
        assert dataset.get_field(f"gt_depth.{name}").description


def test_the_database_holds_less_than_3_kb_a_sample_besides_the_annotators_outlines(imported):
    dataset, _ = imported
    size = dataset.exclude_fields("objects").stats()["samples_bytes"] / SCENES
    assert 100 < size < 3000


def test_the_app_colours_depth_by_value_and_switches_it_on(imported):
    dataset, _ = imported
    config = dataset.app_config
    assert config.color_scheme.color_by == "value"
    assert config.active_fields.paths == ["gt_depth"]


def test_the_import_is_recorded_as_a_run_with_settings_versions_and_results(imported, samples):
    dataset, _ = imported
    assert dataset.list_runs() == ["plumb_import_gt_depth_1"]
    config = dataset.get_run_info("plumb_import_gt_depth_1").config
    assert config.method == "plumb/import_sunrgbd"
    expected = {
        "root": str(samples), "gt_field": "gt_depth", "sensors": ["kv1", "kv2", "realsense", "xtion"], "split": "all",
        "split_file": str(find_split_file(samples)), "depth": "raw", "max_scenes": None, "annotations": True,
    }  # fmt: skip
    assert config.settings == expected
    assert {"plumb", "fiftyone", "numpy"} <= set(config.versions)
    results = dataset.load_run_results("plumb_import_gt_depth_1")
    assert (results.imported, results.existing, results.skipped) == (SCENES, 0, [])


# Stopped in the middle


def test_an_import_that_is_stopped_leaves_whole_samples_only_and_a_second_run_completes_it(
    fo, run_import, dataset_name, tmp_path, monkeypatch
):
    from plumb.datasets import importing

    monkeypatch.setattr(importing, "_BATCH", 4)
    for number in range(10):
        write_scene(tmp_path, f"kv2/kinect2data/{number}", seed=number)
    job = importing.import_sunrgbd(tmp_path, dataset_name, maps_dir=tmp_path / "maps")
    while next(job).done < 4:
        pass
    job.close()
    dataset = fo.load_dataset(dataset_name)
    assert len(dataset) == 4
    assert len(dataset.exists("gt_depth").exists("intrinsics").exists("objects")) == 4
    for path in dataset.values("gt_depth.map_path"):
        read_codes(path)
    assert not list((tmp_path / "maps").rglob("*.tmp"))
    report = run_import(tmp_path, dataset_name)
    assert (report.imported, report.existing) == (6, 4)
    dataset.reload()
    assert sorted(dataset.values("scene_id")) == [f"kv2/kinect2data/{number}" for number in range(10)]


def test_progress_begins_at_zero_before_any_scene_is_read_and_ends_at_the_number_of_scenes(fo, dataset_name, tmp_path):
    from plumb.datasets.importing import import_sunrgbd

    for name in "ab":
        write_scene(tmp_path, f"kv2/kinect2data/{name}")
    steps = list(import_sunrgbd(tmp_path, dataset_name, maps_dir=tmp_path / "maps"))
    assert (steps[0].done, steps[-1].done) == (0, 2)
    assert {step.total for step in steps} == {2}


# Real scenes


def test_the_real_scenes_beside_the_repository_import_whole(fo, run_import, dataset_name, shared):
    report = run_import(shared / "data" / "SUNRGBD", dataset_name)
    assert report.imported == len(list(find_scenes(shared / "data" / "SUNRGBD"))) > 0
    assert [entry for entry in report.skipped if entry["reason"].startswith("scene skipped")] == []
