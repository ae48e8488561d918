"""Wrong parameters of `import_sunrgbd`: one clear error, and no dataset is made."""

from __future__ import annotations

import pytest

from plumb.jobs import finish
from tests.small_scenes import write_scene


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
