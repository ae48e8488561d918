"""What `import_sunrgbd` puts into a dataset, from whole scenes and from broken ones."""

from __future__ import annotations

import json
import os
import shutil
import struct
import uuid
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from plumb.depthmap import read_codes
from plumb.jobs import finish
from plumb.sunrgbd import find_scenes
from plumb.sunrgbd_files import find_split_file, read_split
from tests.small_scenes import HEIGHT, WIDTH, millimetres, photo, png, stored, write_scene

SCENES = 16


@pytest.fixture
def run_import(fo, tmp_path):
    """Import to the end, maps into the test's own folder."""
    from plumb.datasets.importing import import_sunrgbd

    def run(root, name, **options):
        return finish(import_sunrgbd(root, name, **{"maps_dir": tmp_path / "maps", **options}))

    return run


@pytest.fixture(scope="module")
def imported(fo, samples, tmp_path_factory):
    """The sample scenes in a dataset that tests only read, and the report of their import."""
    from plumb.datasets.importing import import_sunrgbd

    name = f"imported-{uuid.uuid4().hex[:8]}"
    report = finish(import_sunrgbd(samples, name, maps_dir=tmp_path_factory.mktemp("maps")))
    yield fo.load_dataset(name), report
    fo.delete_dataset(name)


def by_scene(dataset):
    return {sample.scene_id: sample for sample in dataset}


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


# Broken scenes: each is named with its reason, the others are imported


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


# Wrong parameters: one clear error, and no dataset is made


def test_a_root_without_scenes_is_an_error_that_says_what_a_scene_looks_like(fo, run_import, dataset_name, tmp_path):
    with pytest.raises(ValueError, match=r"a scene is a folder with image/ and depth/ or depth_bfx/"):
        run_import(tmp_path, dataset_name)
    assert not fo.dataset_exists(dataset_name)


def test_a_root_that_is_not_there_is_an_error_that_names_it(run_import, dataset_name, tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere is not a folder"):
        run_import(tmp_path / "nowhere", dataset_name)


WRONG = {
    "unknown sensor": ({"sensors": ["kv3"]}, "kv1, kv2, realsense, xtion; got 'kv3'"),
    "no sensor": ({"sensors": []}, "got none"),
    "one sensor as a word": ({"sensors": "kv2"}, "list"),
    "unknown split": ({"split": "val"}, "'all', 'train' or 'test', not 'val'"),
    "split without file": ({"split": "test"}, "needs the official allsplit.mat"),
    "split file that is none": ({"split_file": __file__}, "not the official split file"),
    "split file that is not there": ({"split_file": "/nowhere/allsplit.mat"}, "/nowhere/allsplit.mat"),
    "unknown depth": ({"depth": "best"}, "'raw' or 'filled', not 'best'"),
    "no scenes wanted": ({"max_scenes": 0}, "at least 1, not 0"),
    "no scene of that sensor": ({"sensors": ["kv1"]}, "no scene below .* is of kv1"),
    "a field name of FiftyOne's": ({"gt_field": "filepath"}, "filepath"),
    "a field name of the import's": ({"gt_field": "intrinsics"}, "intrinsics"),
    "a name that no field can have": ({"gt_field": "my depth"}, "cannot name a field"),
    "a name reserved by FiftyOne": ({"gt_field": "dataset"}, "dataset"),
    "a dotted name": ({"gt_field": "gt.depth"}, "cannot name a field"),
    "an upper-case name": ({"gt_field": "Depth"}, "cannot name a field"),
}  # fmt: skip


@pytest.fixture(scope="module")
def one_scene(tmp_path_factory):
    return write_scene(tmp_path_factory.mktemp("one"))


@pytest.mark.parametrize("options, message", WRONG.values(), ids=WRONG)
def test_a_wrong_parameter_is_one_clear_error_and_leaves_no_dataset_behind(
    fo, run_import, dataset_name, one_scene, options, message
):
    with pytest.raises(ValueError, match=message) as raised:
        run_import(one_scene, dataset_name, **options)
    assert "\n" not in str(raised.value)
    assert not fo.dataset_exists(dataset_name)


def test_a_field_that_holds_something_else_is_refused(fo, run_import, dataset_name, tmp_path):
    dataset = fo.Dataset(dataset_name)
    dataset.add_sample_field("score", fo.FloatField)
    write_scene(tmp_path)
    with pytest.raises(ValueError, match="'score' of dataset .* holds no depth maps of Plumb's; choose another"):
        run_import(tmp_path, dataset_name, gt_field="score")


def test_a_field_that_holds_predictions_is_refused(fo, run_import, dataset_name, tmp_path):
    from plumb.datasets.predicting import predict_depth
    from tests.tiny_models import save

    write_scene(tmp_path, "kv2/kinect2data/a")
    run_import(tmp_path, dataset_name)
    model = str(save("dpt", tmp_path / "model"))
    finish(predict_depth(fo.load_dataset(dataset_name), model, "dpt", maps_dir=tmp_path / "maps"))
    with pytest.raises(ValueError, match="'dpt' holds predictions; choose another field for the ground truth"):
        run_import(tmp_path, dataset_name, gt_field="dpt")


def test_a_dataset_whose_own_field_has_the_name_of_one_of_the_imports_is_refused_in_one_line(
    fo, run_import, dataset_name, tmp_path
):
    fo.Dataset(dataset_name).add_sample_field("scene", fo.StringField)
    write_scene(tmp_path)
    with pytest.raises(ValueError, match="scene") as raised:
        run_import(tmp_path, dataset_name)
    assert "\n" not in str(raised.value)


def test_a_dataset_of_videos_is_refused(fo, run_import, dataset_name, tmp_path):
    fo.Dataset(dataset_name, media_type="video")
    write_scene(tmp_path)
    with pytest.raises(ValueError, match="holds video, not images"):
        run_import(tmp_path, dataset_name)


# Real scenes


def test_the_real_scenes_beside_the_repository_import_whole(fo, run_import, dataset_name, shared):
    report = run_import(shared / "data" / "SUNRGBD", dataset_name)
    assert report.imported == len(list(find_scenes(shared / "data" / "SUNRGBD"))) > 0
    assert [entry for entry in report.skipped if entry["reason"].startswith("scene skipped")] == []
