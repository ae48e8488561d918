"""Predictions that cannot be: each is refused by one clear error before anything is written."""

from __future__ import annotations

import numpy as np
import pytest

from plumb.jobs import finish
from plumb.models import ModelError
from tests.small_scenes import photo


@pytest.fixture
def dataset(fo, dataset_name, tmp_path):
    (tmp_path / "photo.png").write_bytes(photo())
    dataset = fo.Dataset(dataset_name)
    dataset.add_sample(fo.Sample(filepath=str(tmp_path / "photo.png")))
    return dataset


@pytest.fixture
def predict(fo, model):
    from plumb.datasets.predicting import predict_depth

    def run(collection, model=model, field="dpt", **options):
        return finish(predict_depth(collection, model, field, **options))

    return run


def test_an_engine_that_there_is_not_is_refused_with_those_that_there_are(predict, dataset):
    with pytest.raises(ValueError, match="engine is one of local, ray, not 'spark'"):
        predict(dataset, engine="spark")


def test_a_setting_that_no_model_has_is_refused(predict, dataset):
    with pytest.raises(TypeError, match="temperature"):
        predict(dataset, temperature=0.5)


@pytest.mark.parametrize("batch_size", [0, -1, 2.5, "many"])
def test_a_wrong_batch_size_is_refused(predict, dataset, batch_size):
    with pytest.raises(ValueError, match="batch_size is 'auto' or a whole number from 1"):
        predict(dataset, batch_size=batch_size)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"quantity": "metres"}, "unknown quantity 'metres'"),
        ({"precision": "int8"}, "unknown precision 'int8'"),
        ({"backend": "tensorflow"}, "unknown backend 'tensorflow'"),
        ({"model": "no such model"}, "unknown model 'no such model'"),
    ],
)
def test_a_wrong_model_setting_is_one_clear_error_and_leaves_no_field_behind(predict, dataset, options, message):
    with pytest.raises(ModelError, match=message) as raised:
        predict(dataset, **options)
    assert "\n" not in str(raised.value)
    assert not dataset.has_field("dpt")
    assert dataset.list_runs() == []


def test_a_folder_that_is_no_model_is_refused(predict, dataset, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="has no config.json"):
        predict(dataset, str(tmp_path / "empty"))


@pytest.mark.parametrize("field", ["filepath", "tags", "dataset", "my depth", "Dpt", "dpt.map"])
def test_a_name_that_no_field_of_maps_can_have_is_refused(predict, dataset, field):
    with pytest.raises(ValueError, match=field):
        predict(dataset, field=field)


def test_a_field_that_holds_something_else_is_refused(fo, predict, dataset):
    dataset.add_sample_field("score", fo.FloatField)
    with pytest.raises(ValueError, match="'score' of dataset .* holds no depth maps of Plumb's; choose another"):
        predict(dataset, field="score")


def test_a_heatmap_of_the_users_own_in_that_field_is_kept(fo, predict, dataset):
    sample = dataset.first()
    sample["dpt"] = fo.Heatmap(map=np.zeros((2, 2)))
    sample.save()
    with pytest.raises(ValueError, match="holds no depth maps of Plumb's"):
        predict(dataset)
    dataset.reload()
    assert dataset.first().dpt.map is not None


def test_a_dataset_of_videos_is_refused(fo, predict, dataset_name):
    with pytest.raises(ValueError, match="holds video; predict_depth needs images"):
        predict(fo.Dataset(dataset_name, media_type="video"))
