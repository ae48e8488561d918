"""What deleting a run removes, and what it must leave."""

from __future__ import annotations

import threading
from dataclasses import asdict
from itertools import count
from pathlib import Path

import pytest

from plumb.jobs import finish
from tests.managed_datasets import (
    EVALUATION,
    IMPORT,
    PREDICTION,
    SCENES,
    evaluate,
    everything,
    files,
    kill,
    leave,
    manage,
    settings,
    values,
    write_uncertainty,
)


def test_deleting_an_evaluation_removes_its_values_and_its_run_only(fresh, maps):
    evaluate(fresh)
    before, stored = everything(fresh), files(maps)
    evaluate(fresh, eval_key="a", protocol="relative8")
    deleted = manage(fresh, "plumb_evaluate__a__dpt", "delete")["deleted"]
    assert {"dpt.a_psnr", "dpt.a_flipped"} < set(deleted["attributes"])
    assert (deleted["maps"], deleted["fields"], deleted["kept"]) == (0, [], [])
    assert (everything(fresh), files(maps)) == (before, stored)


def test_deleting_the_only_prediction_of_a_field_removes_maps_folders_evaluations_and_field(fresh, predict, maps):
    before, stored = everything(fresh), files(maps)
    predict(fresh, "extra")
    evaluate(fresh, "extra", "dpt")
    evaluate(fresh, "extra", eval_key="k")
    size = sum(path.stat().st_size for path in set(files(maps)) - set(stored))
    view = manage(fresh, "plumb_predict_extra_1", "delete")
    deleted = view["deleted"]
    assert (view["run"], view["samples"]) == ("plumb_predict_extra_1", SCENES)
    assert (deleted["maps"], deleted["files"], deleted["size"]) == (SCENES, SCENES, size)
    assert (deleted["fields"], deleted["missing"], deleted["kept"]) == (["extra"], 0, [])
    assert deleted["evaluations"] == ["plumb_evaluate__k__extra", "plumb_evaluate_extra"]
    assert files(maps) == stored and not (maps / fresh.name / "extra").exists()
    manage(fresh, EVALUATION, "delete")
    assert everything(fresh)[:3] == before[:3]
    assert all(Path(path).exists() for path in fresh.values("filepath"))


def test_deleting_one_of_two_predictions_leaves_the_maps_of_the_other_and_what_scored_only_those(fresh, predict):
    predict(fresh.limit(1), skip_existing=False)
    evaluate(fresh)
    evaluate(fresh.limit(1), eval_key="second")
    (path, *gone), (score, *_) = values(fresh, "dpt.map_path"), values(fresh, "dpt.second_abs_rel")
    deleted = manage(fresh, PREDICTION, "delete")["deleted"]
    assert (deleted["maps"], deleted["fields"], deleted["evaluations"]) == (SCENES - 1, [], [EVALUATION])
    assert values(fresh, "dpt.map_path") == [path] + [None] * (SCENES - 1)
    assert values(fresh, "dpt.second_abs_rel")[0] == score
    assert not fresh.has_field("dpt.abs_rel")
    assert Path(path).exists() and not any(Path(other).exists() for other in gone)


def test_deleting_an_import_removes_the_ground_truth_and_all_scores_against_it_but_no_sample(fresh, maps):
    evaluate(fresh)
    deleted = manage(fresh, IMPORT, "delete")["deleted"]
    assert (deleted["fields"], deleted["evaluations"]) == (["gt_depth"], [EVALUATION])
    assert len(fresh) == SCENES and fresh.list_runs() == [PREDICTION]
    assert not fresh.has_field("gt_depth") and not fresh.has_field("dpt.abs_rel")
    assert files(maps) == sorted(Path(path) for path in values(fresh, "dpt.map_path"))


def test_after_a_rename_a_deletion_still_finds_the_files(fresh, maps):
    manage(fresh, PREDICTION, "rename", "hybrid")
    manage(fresh, "plumb_predict_hybrid_1", "rename", "again")
    assert manage(fresh, "plumb_predict_again_1", "delete")["deleted"]["files"] == SCENES
    assert not list(maps.rglob("dpt"))


def test_a_deletion_that_was_killed_is_finished_by_the_same_again(fresh, predict, maps):
    before, stored = everything(fresh), files(maps)
    for number in count():
        predict(fresh, "extra")
        evaluate(fresh, "extra")
        write_uncertainty(fresh, "plumb_predict_extra_1", "extra")
        leave(settings(fresh, "plumb_predict_extra_1")["folder"], f"{'ab' * 12}.png")
        if not kill(6 * number, lambda: manage(fresh, "plumb_predict_extra_1", "delete")):
            break
        fresh.reload()
        if "plumb_predict_extra_1" in fresh.list_runs():
            manage(fresh, "plumb_predict_extra_1", "delete")
        assert (everything(fresh)[:3], files(maps)) == (before[:3], stored)
    assert number > 3


def test_with_a_prediction_go_its_uncertainty_its_field_and_files(fresh, maps):
    written = write_uncertainty(fresh, PREDICTION)
    size = sum(path.stat().st_size for path in [*written, *map(Path, values(fresh, "dpt.map_path"))])
    deleted = manage(fresh, PREDICTION, "delete")["deleted"]
    assert (deleted["maps"], deleted["uncertainties"], deleted["unnamed"]) == (SCENES, SCENES, 0)
    assert (deleted["files"], deleted["size"]) == (2 * SCENES, size)
    assert deleted["fields"] == ["dpt", "dpt_uncertainty"] and not fresh.has_field("dpt_uncertainty")
    assert files(maps) == sorted(map(Path, values(fresh, "gt_depth.map_path")))


def test_the_uncertainty_of_another_run_stays_with_its_field(fresh, predict):
    write_uncertainty(fresh, PREDICTION)
    second = predict(fresh.limit(1), skip_existing=False).run
    (path,) = write_uncertainty(fresh, second)
    deleted = manage(fresh, PREDICTION, "delete")["deleted"]
    assert (deleted["maps"], deleted["uncertainties"], deleted["fields"]) == (SCENES - 1, SCENES - 1, [])
    assert values(fresh, "dpt_uncertainty.map_path") == [str(path)] + [None] * (SCENES - 1)
    assert path.exists()


def test_with_a_stopped_prediction_go_the_maps_that_no_label_names_and_what_was_half_written(fresh, model, maps):
    from plumb.datasets.deleting import plan_deletion
    from plumb.datasets.predicting import predict_depth

    stored = files(maps)
    job = predict_depth(fresh, model, "stopped", maps_dir=maps)
    while next(job).done < 1:
        pass
    job.close()
    folder = settings(fresh, "plumb_predict_stopped_1")["folder"]
    key = "5f" * 12
    leave(folder, f"{key}.png", f"{key}.uncertainty.png", f".{key}.png.0123abcd.tmp")
    left = sorted(set(files(maps)) - set(stored))
    plan = plan_deletion(fresh, "plumb_predict_stopped_1")
    assert (plan.files, plan.size, plan.kept) == (len(left), sum(path.stat().st_size for path in left), [])
    assert plan.unnamed == len(left) - plan.maps >= 3
    assert asdict(plan) == manage(fresh, "plumb_predict_stopped_1", "delete")["deleted"]
    assert files(maps) == stored and not fresh.has_field("stopped")


def test_with_a_prediction_go_its_maps_that_a_later_one_has_replaced(fresh, predict, maps):
    paths = values(fresh, "dpt.map_path")
    predict(fresh, skip_existing=False)
    deleted = manage(fresh, PREDICTION, "delete")["deleted"]
    assert (deleted["maps"], deleted["files"], deleted["unnamed"]) == (0, SCENES, SCENES)
    assert not any(Path(path).exists() for path in paths)
    assert all(Path(path).exists() for path in values(fresh, "dpt.map_path"))


# At work


def test_while_something_is_at_work_in_the_field_no_run_of_it_is_deleted(fresh, model, maps):
    from plumb.datasets.predicting import predict_depth

    evaluate(fresh)
    at_work = predict_depth(fresh, model, "dpt", maps_dir=maps, batch_size=1, skip_existing=False)
    next(at_work), next(at_work)
    # The prediction writes on in its threads: what is still under a temporary name gets its own meanwhile.
    before, stored = everything(fresh), {path for path in files(maps) if path.suffix == ".png"}
    for run in (PREDICTION, "plumb_predict_dpt_2", EVALUATION):
        with pytest.raises(ValueError, match="predict_depth into 'dpt' of dataset .* is at work already: process"):
            manage(fresh, run, "delete")
    assert everything(fresh) == before and stored and stored <= set(files(maps))
    at_work.close()
    assert manage(fresh, "plumb_predict_dpt_2", "delete")["deleted"]["maps"] >= 1


def test_while_a_run_is_deleted_no_prediction_begins_in_its_field(fresh, predict):
    from plumb.datasets.deleting import delete_run

    deletion = delete_run(fresh, PREDICTION)
    next(deletion)
    with pytest.raises(ValueError, match=f"the deletion of '{PREDICTION}' of dataset .* is at work already"):
        predict(fresh)
    finish(deletion)
    assert predict(fresh).predicted == SCENES


def test_a_deletion_whose_field_another_operation_has_taken_over_stops(fresh, monkeypatch):
    from plumb.datasets import claims
    from plumb.datasets.deleting import delete_run

    monkeypatch.setattr(claims, "BEAT", 0.01)
    name = claims.field_claim(fresh, "dpt")
    deletion = delete_run(fresh, PREDICTION)
    next(deletion)
    (keeper,) = [thread for thread in threading.enumerate() if name in thread.name]
    claims._claims().delete_one({"_id": name})
    keeper.join()  # it has learned that the claim is lost
    with pytest.raises(ValueError, match="another operation has taken field 'dpt' over"):
        finish(deletion)
    assert len(fresh.exists("dpt")) == SCENES and PREDICTION in fresh.list_runs()


# Files that must stay


def test_a_file_of_the_users_stays_though_a_map_names_it(fresh, tmp_path):
    first, second, third = fresh.values("id")
    mine, linked = tmp_path / "mine.png", tmp_path / "dpt" / PREDICTION
    mine.write_bytes(b"mine")
    linked.parent.mkdir()
    linked.symlink_to(tmp_path, target_is_directory=True)
    theirs = {first: str(mine), second: str(linked / "mine.png")}
    fresh.set_values("dpt.map_path", theirs, key_field="id")
    deleted = manage(fresh, PREDICTION, "delete")["deleted"]
    assert mine.read_bytes() == b"mine"
    outside = [{"path": path, "reason": "lies outside the folder of this run"} for path in sorted(theirs.values())]
    assert deleted["kept"][:2] == outside
    assert (deleted["maps"], deleted["files"], deleted["unnamed"]) == (SCENES, SCENES, 2)


def test_a_file_that_no_map_names_stays_in_its_folder_and_is_reported(fresh, maps):
    folder = maps / fresh.name / "dpt" / PREDICTION
    (folder / "notes.txt").write_text("mine")
    deleted = manage(fresh, PREDICTION, "delete")["deleted"]
    assert deleted["kept"] == [{"path": str(folder), "reason": "holds 1 files that no map of this run names"}]
    assert files(folder) == [folder / "notes.txt"]


def test_of_what_no_label_names_nothing_goes_but_map_files_in_the_folder_that_the_run_made(fresh, maps, tmp_path):
    from plumb.datasets.deleting import plan_deletion
    from plumb.datasets.runs import change_settings

    (mine,) = leave(tmp_path, "mine.png")
    told, key = settings(fresh, PREDICTION), "5f" * 12
    folder = Path(told["folder"])
    (folder / f"{'6a' * 12}.png").symlink_to(mine)
    (folder / f"{'7b' * 12}.png").mkdir()
    others = leave(folder, f"{key}.jpg", f"{key}.png.png", f"x{key}.png", f"{key[:-1]}.png", f"{key}.uncertain.png")
    others += leave(folder, f"{key}.png.0123abcd.tmp", ".notes.tmp", f"deeper/{key}.png")
    others += leave(folder.parent, f"{key}.png") + leave(f"{folder}-2", f"{key}.png") + leave(maps, f"{key}.png")
    for not_its_own in (folder.parent, f"{folder}-2/..", maps):
        change_settings(fresh, PREDICTION, {**told, "folder": str(not_its_own)})
        assert plan_deletion(fresh, PREDICTION).unnamed == 0
    change_settings(fresh, PREDICTION, told)
    deleted = manage(fresh, PREDICTION, "delete")["deleted"]
    assert (deleted["files"], deleted["unnamed"]) == (SCENES, 0)
    assert all(path.exists() for path in [mine, *others])
    assert deleted["kept"] == [{"path": str(folder), "reason": "holds 10 files that no map of this run names"}]


def test_maps_that_no_label_names_stay_until_the_last_clone_of_their_run_goes(fresh, dataset_name):
    clone = fresh.clone(f"{dataset_name}-clone")
    try:
        folder = settings(fresh, PREDICTION)["folder"]
        (unnamed,) = leave(folder, f"{'5f' * 12}.png")
        kept = {entry["path"]: entry["reason"] for entry in manage(fresh, PREDICTION, "delete")["deleted"]["kept"]}
        assert kept[folder] == f"holds 1 files that the run {PREDICTION} of dataset {clone.name} may take up"
        assert unnamed.exists()
        assert manage(clone, PREDICTION, "delete")["deleted"]["unnamed"] == 1
        assert not unnamed.parent.exists()
    finally:
        clone.delete()


def test_files_that_another_field_or_a_clone_of_the_dataset_names_stay_until_the_last_of_them_goes(
    fo, fresh, dataset_name, maps
):
    clone = fresh.clone(f"{dataset_name}-clone")
    try:
        fresh.clone_sample_field("dpt", "copy")
        stored = files(maps)
        reasons = [entry["reason"] for entry in manage(fresh, PREDICTION, "delete")["deleted"]["kept"]]
        assert len(reasons) == SCENES and files(maps) == stored
        assert all("field" in reason and "uses it too" in reason for reason in reasons)
        fresh.delete_sample_field("copy")
        assert manage(clone, PREDICTION, "delete")["deleted"]["files"] == SCENES
        assert files(maps) == sorted(Path(path) for path in values(fresh, "gt_depth.map_path"))
    finally:
        clone.delete()


def test_what_cannot_be_deleted_and_what_is_not_there_is_counted_and_the_rest_goes(fresh):
    first, second, third = map(Path, values(fresh, "dpt.map_path"))
    first.unlink()
    second.unlink()
    second.mkdir()
    deleted = manage(fresh, PREDICTION, "delete")["deleted"]
    assert (deleted["missing"], deleted["files"], deleted["maps"]) == (1, 1, SCENES)
    assert deleted["kept"][0]["path"] == str(second) and "cannot be deleted: " in deleted["kept"][0]["reason"]
    assert second.is_dir() and not third.exists()
    assert not fresh.has_field("dpt") and PREDICTION not in fresh.list_runs()
