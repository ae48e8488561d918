"""What `predict_depth` puts into a dataset, with a real (tiny) DPT."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from plumb.depthmap import MapFile, read_codes
from plumb.jobs import finish
from plumb.models import load_network, resolve
from tests.small_scenes import HEIGHT, WIDTH, photo
from tests.tiny_models import save

PICTURES = 4  # of the fixture


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """The folder of a tiny DPT."""
    return str(save("dpt", tmp_path_factory.mktemp("models") / "tiny"))


@pytest.fixture(scope="module")
def other_model(tmp_path_factory):
    return str(save("depth_anything", tmp_path_factory.mktemp("models") / "other"))


@pytest.fixture
def dataset(fo, dataset_name, pictures):
    dataset = fo.Dataset(dataset_name)
    dataset.add_samples([fo.Sample(filepath=path) for path in pictures])
    return dataset


@pytest.fixture
def predict(fo, model, tmp_path):
    """Predict to the end, maps into the test's own folder."""
    from plumb.datasets.predicting import predict_depth

    def run(collection, model=model, field="dpt", **options):
        return finish(predict_depth(collection, model, field, **{"maps_dir": tmp_path / "maps", **options}))

    return run


def decoded(label) -> np.ndarray:
    return MapFile(label.map_path, label.quantity, label.scale, label.offset, label.unit).read()


# Maps


def test_every_sample_gets_a_map_named_by_field_run_and_sample(predict, dataset, tmp_path):
    report = predict(dataset)
    assert (report.field, report.run, report.predicted) == ("dpt", "plumb_predict_dpt_1", PICTURES)
    assert (report.existing, report.failed) == (0, [])
    folder = tmp_path / "maps" / dataset.name / "dpt" / "plumb_predict_dpt_1"
    assert dataset.values("dpt.map_path") == [str(folder / f"{key}.png") for key in dataset.values("id")]
    assert sorted(folder.iterdir()) == sorted(folder / f"{key}.png" for key in dataset.values("id"))


def test_a_map_has_its_pictures_size_whatever_the_networks(fo, predict, dataset, tmp_path):
    (tmp_path / "wide.png").write_bytes(photo(height=20, width=50))
    dataset.add_sample(fo.Sample(filepath=str(tmp_path / "wide.png")))
    predict(dataset)
    sizes = [read_codes(path).shape for path in dataset.values("dpt.map_path")]
    assert sizes == [(HEIGHT, WIDTH)] * PICTURES + [(20, 50)]


def test_a_picture_with_an_orientation_tag_gets_a_map_as_the_app_shows_the_picture(fo, predict, dataset, tmp_path):
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees
    Image.new("RGB", (40, 20)).save(tmp_path / "turned.jpg", exif=exif)
    dataset.add_sample(fo.Sample(filepath=str(tmp_path / "turned.jpg")))
    predict(dataset)
    assert read_codes(dataset.last().dpt.map_path).shape == (40, 20)


def test_a_label_has_a_file_and_says_what_its_codes_mean(predict, dataset):
    predict(dataset)
    for label in dataset.values("dpt"):
        assert label.map is None
        assert (label.quantity, label.unit, label.run, label.source) == (
            "inverse_depth", None, "plumb_predict_dpt_1", None,
        )  # fmt: skip
        codes = read_codes(label.map_path)
        low, high = label.range
        assert 0 < low < high <= 65535
        assert low == codes.min()


def test_codes_grow_with_distance_and_their_values_are_the_networks_own(predict, dataset, model):
    predict(dataset)
    for path, label in zip(*dataset.values(["filepath", "dpt"]), strict=True):
        codes = read_codes(label.map_path)
        assert (codes.min(), codes.max()) == (1, 65535)
        assert label.scale < 0
        rgb = cv2.cvtColor(cv2.imread(path), cv2.COLOR_BGR2RGB)
        (direct,) = load_network(model).infer([rgb])
        np.testing.assert_allclose(decoded(label), direct.depth.values, atol=abs(label.scale))


def test_the_given_quantity_is_taken_at_its_word(predict, dataset):
    predict(dataset, quantity="affine_depth")
    label = dataset.first().dpt
    assert label.quantity == "affine_depth"
    assert label.scale > 0


@pytest.mark.parametrize("batch_size", [1, 3, 100])
def test_the_batch_size_does_not_change_the_maps(predict, dataset, batch_size):
    predict(dataset, field="one", batch_size=2)
    predict(dataset, field="two", batch_size=batch_size)
    for one, two in zip(*dataset.values(["one", "two"]), strict=True):
        np.testing.assert_allclose(decoded(one), decoded(two), atol=2 * abs(one.scale))


def test_the_app_colours_depth_by_value_and_shows_the_newest_prediction_only(predict, dataset):
    predict(dataset, field="first")
    predict(dataset, field="second")
    config = dataset.app_config
    assert config.color_scheme.color_by == "value"
    assert config.active_fields.paths == ["second"]


def test_other_fields_that_the_user_switched_on_stay_on(fo, predict, dataset):
    dataset.app_config.active_fields = fo.ActiveFields(paths=["objects"], exclude=False)
    predict(dataset)
    assert dataset.app_config.active_fields.paths == ["objects", "dpt"]


# Which samples


def test_a_view_is_respected(predict, dataset):
    report = predict(dataset.limit(2))
    assert report.predicted == 2
    assert [label is not None for label in dataset.values("dpt")] == [True, True, False, False]


def test_an_empty_view_is_no_error_and_leaves_no_run_and_no_field(predict, dataset):
    report = predict(dataset.limit(0))
    assert (report.run, report.predicted, report.existing, report.failed) == (None, 0, 0, [])
    assert dataset.list_runs() == []
    assert not dataset.has_field("dpt")


def test_samples_that_have_a_map_are_left_alone_and_counted(predict, dataset):
    predict(dataset.limit(3))
    before = dataset.limit(3).values("dpt.map_path")
    report = predict(dataset)
    assert (report.predicted, report.existing) == (1, 3)
    assert dataset.limit(3).values("dpt.map_path") == before
    assert dataset.last().dpt.run == "plumb_predict_dpt_2"


def test_a_run_with_nothing_to_do_writes_nothing(predict, dataset):
    predict(dataset)
    report = predict(dataset)
    assert (report.run, report.predicted, report.existing) == (None, 0, PICTURES)
    assert dataset.list_runs() == ["plumb_predict_dpt_1"]


def test_a_deleted_map_file_is_predicted_again(predict, dataset):
    predict(dataset)
    Path(dataset.last().dpt.map_path).unlink()
    report = predict(dataset)
    assert (report.predicted, report.existing) == (1, PICTURES - 1)
    assert dataset.last().dpt.run == report.run
    read_codes(dataset.last().dpt.map_path)


def test_without_skip_existing_every_sample_gets_a_new_file_under_a_new_run(predict, dataset):
    predict(dataset)
    before = dataset.values("dpt.map_path")
    report = predict(dataset, skip_existing=False)
    after = dataset.values("dpt.map_path")
    assert (report.run, report.predicted, report.existing) == ("plumb_predict_dpt_2", PICTURES, 0)
    assert not set(before) & set(after)
    assert set(dataset.values("dpt.run")) == {"plumb_predict_dpt_2"}


# One field, one model


def test_another_model_in_the_same_field_is_refused_and_the_first_one_named(predict, dataset, model, other_model):
    predict(dataset.limit(1))
    with pytest.raises(ValueError, match="field 'dpt' holds maps of another setting .*tiny.*choose another field"):
        predict(dataset, other_model)
    with pytest.raises(ValueError, match="precision auto"):
        predict(dataset, model, precision="bfloat16")
    assert dataset.exists("dpt").count() == 1


def test_another_model_may_replace_all_maps_of_a_field_but_not_some_of_them(predict, dataset, other_model):
    predict(dataset)
    with pytest.raises(ValueError, match="replace all of them: skip_existing=False on the whole dataset"):
        predict(dataset.limit(2), other_model, skip_existing=False)
    assert set(dataset.values("dpt.run")) == {"plumb_predict_dpt_1"}
    predict(dataset, other_model, skip_existing=False)
    assert set(dataset.values("dpt.run")) == {"plumb_predict_dpt_2"}
    assert predict(dataset, other_model).existing == PICTURES


def test_the_same_weights_in_another_folder_go_on_where_the_first_ones_stopped(predict, dataset, model, tmp_path):
    predict(dataset[:2])
    moved = shutil.copytree(model, tmp_path / "moved")
    assert predict(dataset, str(moved)).predicted == PICTURES - 2


def test_new_weights_in_the_same_folder_are_loaded_and_not_mixed_with_the_old_ones(
    predict, dataset, other_model, model, tmp_path
):
    folder = tmp_path / "trained"
    shutil.copytree(model, folder)
    predict(dataset[:2], str(folder))
    shutil.rmtree(folder)
    shutil.copytree(other_model, folder)
    with pytest.raises(ValueError, match="another setting"):
        predict(dataset, str(folder))
    predict(dataset, str(folder), skip_existing=False)
    (expected,) = load_network(other_model).infer([cv2.imread(dataset.first().filepath)[..., ::-1]])
    label = dataset.first().dpt
    np.testing.assert_allclose(decoded(label), expected.depth.values, atol=abs(label.scale))


def test_maps_whose_run_is_gone_are_not_mixed_with_new_ones_nor_is_its_key_given_out_again(predict, dataset):
    run = predict(dataset[:2]).run
    dataset.delete_run(run)
    with pytest.raises(ValueError, match=f"run '{run}', of which nothing is known"):
        predict(dataset)
    assert predict(dataset, skip_existing=False).run != run


@pytest.mark.parametrize("skip_existing", [True, False])
def test_ground_truth_is_never_predicted_over(fo, predict, dataset, tmp_path, skip_existing):
    from plumb.datasets.importing import import_sunrgbd
    from tests.small_scenes import write_scene

    write_scene(tmp_path)
    finish(import_sunrgbd(tmp_path, dataset.name, maps_dir=tmp_path / "maps"))
    dataset.reload()
    with pytest.raises(ValueError, match="'gt_depth' holds imported ground truth; choose another field"):
        predict(dataset, field="gt_depth", skip_existing=skip_existing)


def test_two_models_live_side_by_side_in_fields_of_their_own(predict, dataset, other_model):
    predict(dataset, field="one")
    predict(dataset, other_model, field="two")
    assert set(dataset.values("one.run")) == {"plumb_predict_one_1"}
    assert set(dataset.values("two.run")) == {"plumb_predict_two_1"}


@pytest.mark.parametrize(
    "name, field",
    [
        ("Intel/dpt-hybrid-midas", "dpt_hybrid_midas"),
        ("dpt-tiny", "dpt_tiny"),
        ("/models/My  Model (v2)/", "my_model_v2"),
        ("depth-anything/Depth-Anything-V2-Small-hf", "depth_anything_v2_small_hf"),
        ("org/3d-depth", "depth_3d_depth"),
        ("/models/prøve", "pr_ve"),
    ],
)
def test_a_field_is_named_after_its_model_by_default(fo, name, field):
    from plumb.datasets.fields import check_field_name
    from plumb.datasets.predicting import default_field

    assert default_field(name) == field
    check_field_name(field)


def test_the_default_field_is_used_when_none_is_given(predict, dataset):
    assert predict(dataset, field=None).field == "tiny"
    assert dataset.exists("tiny").count() == PICTURES


# Failures


@pytest.fixture
def with_bad_pictures(fo, dataset, tmp_path):
    """The dataset with a picture cut off, one that is none and one that is gone, in its midst."""
    (tmp_path / "cut.png").write_bytes(photo()[:1000])
    (tmp_path / "text.png").write_bytes(b"not a picture")
    bad = [str(tmp_path / name) for name in ("cut.png", "text.png", "gone.png")]
    dataset.add_samples([fo.Sample(filepath=path) for path in bad])
    dataset.add_sample(dataset.first().copy())
    return dataset, bad


def test_pictures_that_fail_are_listed_with_reasons_and_the_others_are_predicted(predict, with_bad_pictures):
    dataset, bad = with_bad_pictures
    report = predict(dataset)
    assert report.predicted == PICTURES + 1
    assert sorted(entry["filepath"] for entry in report.failed) == sorted(bad)
    assert all(entry["filepath"] in entry["reason"] for entry in report.failed)
    assert sorted(dataset.exists("dpt", False).values("filepath")) == sorted(bad)


def test_failed_pictures_are_in_the_run_and_tried_again_by_the_next(predict, with_bad_pictures):
    dataset, bad = with_bad_pictures
    report = predict(dataset)
    assert dataset.load_run_results(report.run).failed == report.failed
    Path(bad[2]).write_bytes(photo())
    again = predict(dataset)
    assert (again.predicted, again.existing, len(again.failed)) == (1, PICTURES + 1, 2)


def test_when_every_picture_fails_the_report_says_so_and_no_sample_has_a_map(predict, with_bad_pictures):
    dataset, bad = with_bad_pictures
    report = predict(dataset.match({"filepath": {"$in": bad}}))
    assert (report.predicted, len(report.failed)) == (0, 3)
    assert dataset.exists("dpt").count() == 0


def test_a_maps_folder_that_cannot_be_made_is_one_error_that_names_it(predict, dataset, tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(OSError, match="file/maps"):
        predict(dataset, maps_dir=tmp_path / "file" / "maps")
    assert dataset.exists("dpt").count() == 0


# The record


def test_the_run_says_model_settings_device_versions_and_results(predict, dataset, model):
    report = predict(dataset, batch_size=2)
    info = dataset.get_run_info(report.run)
    assert info.config.method == "plumb/predict_depth"
    expected = {
        "field": "dpt", "uncertainty_field": None, "folder": str(Path(dataset.first().dpt.map_path).parent),
        "model": model, "source": model, "weights": resolve(model).weights,
        "device": load_network(model).device, "engine": "local", "replace": False, "batch_size": 2,
        "quantity": "auto", "precision": "auto",
    }  # fmt: skip
    details = load_network(model).details()
    assert details["quantity"] == "inverse_depth" and details["precision"] in ("float32", "float16", "bfloat16")
    resolved = {f"resolved_{name}": value for name, value in details.items() if name != "device"}
    assert info.config.settings == expected | resolved
    assert {"plumb", "fiftyone", "numpy", "torch", "transformers"} <= set(info.config.versions)
    results = dataset.load_run_results(report.run)
    assert (results.predicted, results.existing, results.failed) == (PICTURES, 0, [])
    json.dumps(info.config.serialize())


def test_progress_begins_at_zero_while_the_model_loads_and_ends_at_the_number_of_pictures(fo, dataset, model, tmp_path):
    from plumb.datasets.predicting import predict_depth

    steps = list(predict_depth(dataset, model, "dpt", maps_dir=tmp_path / "maps"))
    assert (steps[0].done, steps[-1].done) == (0, PICTURES)
    assert "loading" in steps[0].label
    assert {step.total for step in steps} == {PICTURES}
