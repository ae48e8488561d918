"""Predictions over others' maps: whose maps stay, whose go, and what is never scored as one model's."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from plumb.depthmap import read_codes
from plumb.jobs import finish
from plumb.models import resolve
from tests.small_scenes import photo
from tests.tiny_models import save

PICTURES = 3


@pytest.fixture(scope="module")
def other_model(tmp_path_factory):
    return str(save("depth_anything", tmp_path_factory.mktemp("models") / "other"))


@pytest.fixture
def dataset(fo, dataset_name, tmp_path):
    dataset = fo.Dataset(dataset_name)
    for number in range(PICTURES):
        (tmp_path / f"{number}.png").write_bytes(photo(number))
        dataset.add_sample(fo.Sample(filepath=str(tmp_path / f"{number}.png")))
    return dataset


@pytest.fixture
def predict(fo, maps):
    from plumb.datasets.predicting import predict_depth

    def run(collection, model, **options):
        return finish(predict_depth(collection, model, "dpt", maps_dir=maps, **options))

    return run


def stop(dataset, model, maps, **options) -> None:
    from plumb.datasets.predicting import predict_depth

    job = predict_depth(dataset, model, "dpt", batch_size=1, maps_dir=maps, **options)
    while next(job).done < 2:
        pass
    job.close()
    dataset.reload()


def test_an_image_that_fails_in_a_replacing_run_does_not_keep_the_other_models_map(
    predict, dataset, model, other_model
):
    predict(dataset, model)
    broken = dataset.first()
    Path(broken.filepath).write_bytes(b"no picture any more")
    report = predict(dataset, other_model, skip_existing=False)
    assert (report.predicted, len(report.failed)) == (PICTURES - 1, 1)
    dataset.reload()
    assert dataset.values("dpt.run") == [None, report.run, report.run]
    assert predict(dataset, other_model).existing == PICTURES - 1  # and the next plain call is not refused


def test_a_field_in_which_a_replacing_run_was_stopped_is_not_scored_as_one_models(
    fo, predict, dataset, model, other_model, maps, write
):
    from plumb.datasets.evaluating import evaluate_depth
    from plumb.depthmap import encode_millimetres
    from tests.map_datasets import truth

    predict(dataset, model)
    stop(dataset, other_model, maps, skip_existing=False)
    runs = sorted(set(dataset.values("dpt.run")))
    assert runs == ["plumb_predict_dpt_1", "plumb_predict_dpt_2"]
    dataset.set_values("gt_depth", [write(encode_millimetres(truth(n)), "raw") for n in range(PICTURES)])
    dataset.add_dynamic_sample_fields()
    with pytest.raises(
        ValueError, match="'dpt' holds maps of more than one model or setting .runs .*_1, .*_2.: predict"
    ):
        finish(evaluate_depth(dataset, ["dpt"]))
    one = dataset.match(fo.ViewField("dpt.run") == runs[0])
    assert finish(evaluate_depth(one, ["dpt"]))["dpt"]["run"]


def test_auto_goes_on_beside_maps_of_any_precision_and_a_precision_asked_for_only_beside_its_own(
    predict, dataset, model
):
    first = predict(dataset[:1], model, precision="bfloat16")
    second = predict(dataset[:2], model)  # auto: float32 here
    assert second.predicted == 1 and second.run != first.run
    settings = [dataset.get_run_info(run).config.settings["resolved_precision"] for run in (first.run, second.run)]
    assert settings == ["bfloat16", "float32"]
    with pytest.raises(ValueError, match="another setting .precision"):
        predict(dataset, model, precision="float32")


def test_a_stopped_run_is_not_gone_on_with_where_the_model_would_compute_otherwise(predict, dataset, model, maps):
    stop(dataset, model, maps)
    (key,) = dataset.list_runs()
    record = dataset.get_run_info(key)
    record.config.settings["resolved_precision"] = "float16"  # as if it had begun on a GPU
    dataset.update_run_config(key, record.config)
    report = predict(dataset, model)
    assert report.run == "plumb_predict_dpt_2"
    assert dataset.get_run_info(key).config.settings["resolved_precision"] == "float16"
    assert dataset.get_run_info(report.run).config.settings["resolved_precision"] == "float32"


def test_a_run_of_several_sessions_records_all_that_it_made(predict, dataset, model, maps):
    from plumb.datasets.runs import results

    stop(dataset, model, maps)
    report = predict(dataset, model)
    assert report.predicted < PICTURES
    stored = results(dataset, report.run)
    assert (stored["predicted"], stored["existing"]) == (PICTURES, 0)


def changed_later(path: str, data: bytes) -> None:
    Path(path).write_bytes(data)
    later = time.time() + 10
    os.utime(path, (later, later))


def test_a_map_of_a_picture_that_has_changed_since_is_not_taken_up(predict, dataset, model, maps):
    stop(dataset, model, maps)
    done = dataset.exists("dpt").first()
    changed_later(done.filepath, photo(height=30, width=20))
    dataset.set_values("dpt", {done.id: None}, key_field="id")
    predict(dataset, model)
    assert read_codes(dataset[done.id].dpt.map_path).shape == (30, 20)


def test_a_replacing_run_that_goes_on_makes_maps_anew_of_pictures_that_have_changed_since(
    predict, dataset, model, maps
):
    predict(dataset, model)
    stop(dataset, model, maps, skip_existing=False)
    for number, path in enumerate(dataset.values("filepath")):
        changed_later(path, photo(number, height=30, width=20))
    predict(dataset, model, skip_existing=False)
    assert {read_codes(path).shape for path in dataset.values("dpt.map_path")} == {(30, 20)}


# Uncertainty


@pytest.fixture
def unsure(predict, dataset, tmp_path_factory):
    """The dataset with maps and uncertainty of a tiny Marigold, and its folder."""
    from tests.tiny_marigold import save

    folder = str(save(tmp_path_factory.mktemp("marigold") / "tiny"))
    predict(dataset, folder, ensemble=3, steps=1, uncertainty=True)
    return folder


def test_the_uncertainty_of_maps_that_are_replaced_goes_with_them(predict, dataset, model, unsure):
    assert len(dataset.exists("dpt_uncertainty")) == PICTURES
    predict(dataset, model, skip_existing=False)
    assert len(dataset.exists("dpt")) == PICTURES and len(dataset.exists("dpt_uncertainty")) == 0


def test_an_uncertainty_file_that_is_gone_is_made_again(predict, dataset, unsure):
    lost = dataset.first().dpt_uncertainty.map_path
    os.unlink(lost)
    report = predict(dataset, unsure, ensemble=3, steps=1, uncertainty=True)
    assert report.predicted == 1
    assert read_codes(dataset.first().dpt_uncertainty.map_path).any()


def test_other_weights_of_a_hub_model_are_not_mixed_with_the_first_ones(predict, dataset, model):
    """A model of the hub tells its revision only when it is loaded: as if this folder were one."""
    first = predict(dataset[:1], model)
    record = dataset.get_run_info(first.run)
    record.config.settings |= {"weights": None, "source": "somebody/model", "resolved_weights": "an earlier revision"}
    dataset.update_run_config(first.run, record.config)
    from plumb.datasets.prediction_plan import make_plan
    from plumb.models import ModelSpec, Sampling

    spec = ModelSpec(resolve(model).name, "somebody/model")
    plan = make_plan(dataset, spec, "dpt", "auto", "auto", Sampling(), replace=False)
    plan.check(dataset)
    with pytest.raises(ValueError, match="holds maps of other weights .an earlier revision, now a later one"):
        plan.check_loaded(dataset, {"resolved_weights": "a later one", "resolved_quantity": "inverse_depth"})
    plan.check_loaded(dataset, {"resolved_weights": "an earlier revision", "resolved_quantity": "inverse_depth"})
