"""What deleting a run removes, and what it must leave."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from tests.managed_datasets import (
    EVALUATION,
    IMPORT,
    PREDICTION,
    SCENES,
    evaluate,
    everything,
    files,
    kill,
    make_dataset,
    manage,
    predictor,
    values,
    write_scenes,
)


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    return write_scenes(tmp_path_factory.mktemp("scenes"))


@pytest.fixture
def maps(tmp_path):
    return tmp_path / "maps"


@pytest.fixture
def predict(fo, model, maps):
    return predictor(model, maps)


@pytest.fixture
def dataset(dataset_name, scenes, maps, predict):
    return make_dataset(dataset_name, scenes, maps, predict)


def test_deleting_an_evaluation_removes_its_values_and_its_run_only(dataset, maps):
    evaluate(dataset)
    before, stored = everything(dataset), files(maps)
    evaluate(dataset, eval_key="a", protocol="relative8")
    deleted = manage(dataset, "plumb_evaluate__a__dpt", "delete")["deleted"]
    assert {"dpt.a_psnr", "dpt.a_flipped"} < set(deleted["attributes"])
    assert (deleted["maps"], deleted["fields"], deleted["kept"]) == (0, [], [])
    assert (everything(dataset), files(maps)) == (before, stored)


def test_deleting_the_only_prediction_of_a_field_removes_maps_folders_evaluations_and_field(dataset, predict, maps):
    before, stored = everything(dataset), files(maps)
    predict(dataset, "extra")
    evaluate(dataset, "extra", "dpt")
    evaluate(dataset, "extra", eval_key="k")
    size = sum(path.stat().st_size for path in set(files(maps)) - set(stored))
    view = manage(dataset, "plumb_predict_extra_1", "delete")
    deleted = view["deleted"]
    assert (view["run"], view["samples"]) == ("plumb_predict_extra_1", SCENES)
    assert (deleted["maps"], deleted["files"], deleted["size"]) == (SCENES, SCENES, size)
    assert (deleted["fields"], deleted["missing"], deleted["kept"]) == (["extra"], 0, [])
    assert deleted["evaluations"] == ["plumb_evaluate__k__extra", "plumb_evaluate_extra"]
    assert files(maps) == stored and not (maps / dataset.name / "extra").exists()
    manage(dataset, EVALUATION, "delete")
    assert everything(dataset)[:3] == before[:3]
    assert all(Path(path).exists() for path in dataset.values("filepath"))


def test_deleting_one_of_two_predictions_leaves_the_maps_of_the_other_and_what_scored_only_those(dataset, predict):
    predict(dataset.limit(1), skip_existing=False)
    evaluate(dataset)
    evaluate(dataset.limit(1), eval_key="second")
    (path, *gone), (score, *_) = values(dataset, "dpt.map_path"), values(dataset, "dpt.second_abs_rel")
    deleted = manage(dataset, PREDICTION, "delete")["deleted"]
    assert (deleted["maps"], deleted["fields"], deleted["evaluations"]) == (SCENES - 1, [], [EVALUATION])
    assert values(dataset, "dpt.map_path") == [path] + [None] * (SCENES - 1)
    assert values(dataset, "dpt.second_abs_rel")[0] == score
    assert not dataset.has_field("dpt.abs_rel")
    assert Path(path).exists() and not any(Path(other).exists() for other in gone)


def test_deleting_an_import_removes_the_ground_truth_and_all_scores_against_it_but_no_sample(dataset, maps):
    evaluate(dataset)
    deleted = manage(dataset, IMPORT, "delete")["deleted"]
    assert (deleted["fields"], deleted["evaluations"]) == (["gt_depth"], [EVALUATION])
    assert len(dataset) == SCENES and dataset.list_runs() == [PREDICTION]
    assert not dataset.has_field("gt_depth") and not dataset.has_field("dpt.abs_rel")
    assert files(maps) == sorted(Path(path) for path in values(dataset, "dpt.map_path"))


def test_after_a_rename_a_deletion_still_finds_the_files(dataset, maps):
    manage(dataset, PREDICTION, "rename", "hybrid")
    manage(dataset, "plumb_predict_hybrid_1", "rename", "again")
    assert manage(dataset, "plumb_predict_again_1", "delete")["deleted"]["files"] == SCENES
    assert not list(maps.rglob("dpt"))


def test_a_deletion_that_was_killed_is_finished_by_the_same_again(dataset, predict, maps):
    before, stored = everything(dataset), files(maps)
    for number in count():
        predict(dataset, "extra")
        evaluate(dataset, "extra")
        if not kill(6 * number, lambda: manage(dataset, "plumb_predict_extra_1", "delete")):
            break
        dataset.reload()
        if "plumb_predict_extra_1" in dataset.list_runs():
            manage(dataset, "plumb_predict_extra_1", "delete")
        assert (everything(dataset)[:3], files(maps)) == (before[:3], stored)
    assert number > 3


# Files that must stay


def test_a_file_of_the_users_stays_though_a_map_names_it(dataset, tmp_path):
    first, second, third = dataset.values("id")
    mine, linked = tmp_path / "mine.png", tmp_path / "dpt" / PREDICTION
    mine.write_bytes(b"mine")
    linked.parent.mkdir()
    linked.symlink_to(tmp_path, target_is_directory=True)
    theirs = {first: str(mine), second: str(linked / "mine.png")}
    dataset.set_values("dpt.map_path", theirs, key_field="id")
    deleted = manage(dataset, PREDICTION, "delete")["deleted"]
    assert mine.read_bytes() == b"mine"
    outside = [{"path": path, "reason": "lies outside the folder of this run"} for path in sorted(theirs.values())]
    assert deleted["kept"][:2] == outside
    assert (deleted["maps"], deleted["files"]) == (SCENES, 1)


def test_a_file_that_no_map_names_stays_in_its_folder_and_is_reported(dataset, maps):
    folder = maps / dataset.name / "dpt" / PREDICTION
    (folder / "notes.txt").write_text("mine")
    deleted = manage(dataset, PREDICTION, "delete")["deleted"]
    assert deleted["kept"] == [{"path": str(folder), "reason": "holds 1 files that no map of this run names"}]
    assert files(folder) == [folder / "notes.txt"]


def test_files_that_another_field_or_a_clone_of_the_dataset_names_stay_until_the_last_of_them_goes(
    fo, dataset, dataset_name, maps
):
    clone = dataset.clone(f"{dataset_name}-clone")
    try:
        dataset.clone_sample_field("dpt", "copy")
        stored = files(maps)
        reasons = [entry["reason"] for entry in manage(dataset, PREDICTION, "delete")["deleted"]["kept"]]
        assert len(reasons) == SCENES and files(maps) == stored
        assert all("field" in reason and "uses it too" in reason for reason in reasons)
        dataset.delete_sample_field("copy")
        assert manage(clone, PREDICTION, "delete")["deleted"]["files"] == SCENES
        assert files(maps) == sorted(Path(path) for path in values(dataset, "gt_depth.map_path"))
    finally:
        clone.delete()


def test_what_cannot_be_deleted_and_what_is_not_there_is_counted_and_the_rest_goes(dataset):
    first, second, third = map(Path, values(dataset, "dpt.map_path"))
    first.unlink()
    second.unlink()
    second.mkdir()
    deleted = manage(dataset, PREDICTION, "delete")["deleted"]
    assert (deleted["missing"], deleted["files"], deleted["maps"]) == (1, 1, SCENES)
    assert deleted["kept"][0]["path"] == str(second) and "cannot be deleted: " in deleted["kept"][0]["reason"]
    assert second.is_dir() and not third.exists()
    assert not dataset.has_field("dpt") and PREDICTION not in dataset.list_runs()
