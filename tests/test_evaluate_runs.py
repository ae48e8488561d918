"""What an evaluation can be asked for, and runs that are stopped, killed, or have others beside them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from plumb import resumable
from plumb.depthmap import DepthMap, encode, encode_millimetres
from plumb.jobs import finish
from plumb.metrics import METRICS, POINT_METRICS
from plumb.protocols import Protocol
from plumb.scoring import NO_CAMERA
from plumb.statistics import NO_GROUP
from tests.map_datasets import SAMPLES, add_metric_field, guess, make_dataset, run_evaluation, truth
from tools.sandbox import ROOT


@pytest.fixture
def dataset(dataset_name, write):
    """Samples with a ground truth `gt_depth` and the predictions `dpt`, relative, and `metric`, in metres."""
    dataset = make_dataset(dataset_name, write)
    add_metric_field(dataset, write)
    return dataset


@pytest.fixture
def evaluate(fo):
    return run_evaluation


@pytest.fixture
def journals(tmp_path, monkeypatch):
    """The journals that there are, in a folder of this test's own."""
    monkeypatch.setenv("PLUMB_MAPS_DIR", str(tmp_path))
    return lambda: sorted(tmp_path.glob("evaluations/*"))


KILLED = """
import os, signal, sys
import fiftyone as fo
from plumb.datasets.evaluating import evaluate_depth
for step in evaluate_depth(fo.load_dataset(sys.argv[1]), ["dpt"]):
    if step.done >= 128:
        os.kill(os.getpid(), signal.SIGKILL)
"""


def job(collection, pred_fields=("dpt",), **options):
    from plumb.datasets.evaluating import evaluate_depth

    return evaluate_depth(collection, pred_fields, **options)


def replace(dataset, field, label, number=0):
    dataset.set_values(field, {dataset.values("id")[number]: label}, key_field="id")


def spoil(dataset, numbers, fields=("gt_depth", "dpt")):
    """What is read again after this cannot be scored."""
    for field in fields:
        paths = dataset.values(f"{field}.map_path")
        for number in numbers:
            Path(paths[number]).write_bytes(b"spoilt")


# --- what can be asked for ---


def test_a_protocol_may_be_a_table_a_toml_file_or_a_protocol_and_scores_the_same(evaluate, dataset, tmp_path):
    table = {"name": "near", "base": "sunrgbd", "max_depth": 5.0, "metrics": ["abs_rel", "rmse"]}
    (tmp_path / "near.toml").write_text('base = "sunrgbd"\nmax_depth = 5.0\nmetrics = ["abs_rel", "rmse"]\n')
    rules = Protocol("near", ground_truth="raw depth", max_depth=5.0, metrics=("abs_rel", "rmse"))
    asked = (table, tmp_path / "near.toml", str(tmp_path / "near.toml"), rules)
    first, *others = [evaluate(dataset, protocol=protocol) for protocol in asked]
    assert all(other == first for other in others)
    assert "0.001 < g < 5 m" in first["dpt"]["protocol"] and set(first["dpt"]["units"]) == {"abs_rel", "rmse"}
    assert first["dpt"]["abs_rel"] != evaluate(dataset)["dpt"]["abs_rel"]


def test_the_metrics_that_are_asked_for_are_written_and_no_others(evaluate, dataset):
    result = evaluate(dataset, metrics=["delta1", "boundary_f1", "delta1"])["dpt"]
    assert list(result["units"]) == ["delta1", "boundary_f1"]
    assert None not in dataset.values("dpt.boundary_f1") and not dataset.has_field("dpt.abs_rel")


def test_all_metrics_have_a_value_where_the_camera_is_known_and_points_none_with_the_reason_elsewhere(
    fo, evaluate, dataset
):
    intrinsics = fo.PinholeCameraIntrinsics(fx=20.0, fy=20.0, cx=10.0, cy=8.0)
    dataset.add_sample_field("intrinsics", fo.EmbeddedDocumentField, embedded_doc_type=fo.CameraIntrinsics)
    replace(dataset, "intrinsics", intrinsics)
    result = evaluate(dataset, ["dpt"], metrics="all")["dpt"]
    assert list(result["units"]) == list(METRICS)
    for name in METRICS:
        known = [value is not None for value in dataset.values(f"dpt.{name}")]
        if name == "normal_error":  # the maps are noise without a surface
            assert known == [False] * SAMPLES and result[name] is None
        else:
            assert known == [name not in POINT_METRICS or number == 0 for number in range(SAMPLES)], name
            assert result[name] == pytest.approx(np.mean([v for v in dataset.values(f"dpt.{name}") if v is not None]))
    assert result["metric_reasons"]["point_error"] == {NO_CAMERA: SAMPLES - 1}
    assert sum(result["metric_reasons"]["normal_error"].values()) == SAMPLES
    assert (result["scored"], result["reasons"]) == (SAMPLES, {})


def test_a_camera_that_is_no_pinhole_camera_is_not_taken_for_one(fo, evaluate, dataset):
    dataset.add_sample_field("intrinsics", fo.EmbeddedDocumentField, embedded_doc_type=fo.CameraIntrinsics)
    bent = fo.OpenCVFisheyeCameraIntrinsics(fx=20.0, fy=20.0, cx=10.0, cy=8.0, k1=0.3)
    broken = fo.PinholeCameraIntrinsics(fx=0.0, fy=20.0, cx=10.0, cy=8.0)
    dataset.set_values("intrinsics", [bent, broken, None, None])
    result = evaluate(dataset, metrics=["abs_rel", "point_error"])["dpt"]
    assert result["scored"] == SAMPLES and result["metric_reasons"] == {"point_error": {NO_CAMERA: SAMPLES}}


def test_a_protocol_of_measured_truth_scores_nothing_on_filled_depth_and_says_so(evaluate, dataset):
    dataset.set_values("gt_depth.source", ["raw", "filled", None, "raw"])
    result = evaluate(dataset, protocol={"name": "measured", "source": "raw"})["dpt"]
    assert (result["scored"], result["unscored"], result["on_filled"]) == (2, 2, 0)
    assert result["reasons"] == {
        "the ground truth in gt_depth is filled, not raw": 1,
        "the ground truth in gt_depth is of unknown source, not raw": 1,
    }
    assert [value is None for value in dataset.values("dpt.abs_rel")] == [False, True, True, False]


def test_groups_of_labels_words_and_tags_each_hold_the_mean_of_their_samples(fo, evaluate, dataset):
    dataset.add_sample_field("sensor", fo.StringField)
    dataset.set_values("sensor", ["kv1", "kv2", "kv2", None])
    dataset.set_values("tags", [["train"], ["train", "hard"], [], ["test"]])
    dataset.set_values("scene", [fo.Classification(label=label) for label in ("office", "office", "bedroom", None)])
    run = evaluate(dataset, group_by=["sensor", "tags", "scene.label"])["dpt"]["run"]
    groups, values = dataset.load_run_results(run).groups, dataset.values("dpt.abs_rel")
    expected = {
        "sensor": {"kv1": [0], "kv2": [1, 2], NO_GROUP: [3]},
        "tags": {"hard": [1], NO_GROUP: [2], "test": [3], "train": [0, 1]},
        "scene.label": {"bedroom": [2], NO_GROUP: [3], "office": [0, 1]},
    }
    assert {path: list(found) for path, found in groups.items()} == {p: sorted(of) for p, of in expected.items()}
    for path, members in expected.items():
        for group, rows in members.items():
            found = groups[path][group]["abs_rel"]
            assert found["n"] == len(rows) and found["mean"] == pytest.approx(np.mean([values[row] for row in rows]))
    assert dataset.get_run_info(run).config.settings["group_by"] == ["sensor", "tags", "scene.label"]


@pytest.mark.parametrize("wrong", [["nothing"], ["scene.name"], "tags", ["dpt.abs_rel_of_nobody"]])
def test_a_group_that_there_is_not_is_one_clear_error(evaluate, dataset, wrong):
    with pytest.raises(ValueError, match="cannot group by|group_by is a list"):
        evaluate(dataset, group_by=wrong)
    assert dataset.list_runs() == []


def test_each_field_is_compared_with_each_other_on_the_samples_that_both_have(evaluate, dataset):
    dataset.set_values("metric", {dataset.first().id: None}, key_field="id")
    results = evaluate(dataset, ["dpt", "metric"])
    dpt, metric = (np.array(dataset.values(f"{field}.abs_rel")[1:]) for field in ("dpt", "metric"))
    forth, back = results["dpt"]["against"]["metric"]["abs_rel"], results["metric"]["against"]["dpt"]["abs_rel"]
    assert (forth["n"], forth["left_out"]) == (SAMPLES - 1, 1)
    assert forth["difference"] == pytest.approx(np.mean(dpt - metric)) == pytest.approx(-back["difference"])
    assert (forth["won"], back["won"], forth["tied"]) == (0, 1, 0)
    assert forth["low"] <= forth["difference"] <= forth["high"]
    assert list(results["dpt"]["against"]) == ["metric"]
    assert dataset.load_run_results(results["dpt"]["run"]).against == results["dpt"]["against"]


def test_every_mean_lies_in_its_interval_and_one_image_has_none(evaluate, dataset):
    result = evaluate(dataset)["dpt"]
    for name, (low, high) in result["intervals"].items():
        assert low <= result[name] <= high
    assert evaluate(dataset[:1])["dpt"]["intervals"]["abs_rel"] == [None, None]


def test_the_bands_of_a_run_hold_every_scored_pixel_once(evaluate, dataset):
    result = evaluate(dataset, protocol="nyuv2")["dpt"]
    bands = dataset.load_run_results(result["run"]).bands
    assert [(band["low"], band["high"]) for band in bands] == [(low, low + 1) for low in range(10)]
    pixels = np.array([band["n_pixels"] for band in bands])
    assert pixels.sum() == sum(dataset.values("dpt.n_valid")) and pixels.min() == 0 < pixels.max()
    known = [band for band in bands if band["n_pixels"]]
    pooled = dataset.load_run_results(result["run"]).statistics
    for name in ("abs_rel", "delta1"):
        total = sum(band[name] * band["n_pixels"] for band in known)
        assert total / pixels.sum() == pytest.approx(pooled[name]["pooled"], rel=1e-9)
    assert all(band["abs_rel"] is None for band in bands if not band["n_pixels"])


def test_a_field_that_is_named_twice_is_scored_once(evaluate, dataset):
    results = evaluate(dataset, ["dpt", "metric", "dpt"])
    assert list(results) == ["dpt", "metric"] and list(results["dpt"]["against"]) == ["metric"]
    assert results["dpt"]["scored"] == SAMPLES


def test_the_order_of_the_samples_changes_nothing_to_the_last_digit(fo, evaluate, dataset_name, write):
    options = {"pred_fields": ["dpt", "metric"], "group_by": ["tags"], "metrics": "all"}
    dataset = make_dataset(dataset_name, write, samples=20)
    add_metric_field(dataset, write)
    dataset.set_values("tags", [["a"], ["b", "a"], [], ["b"]] * 5)
    replace(dataset, "dpt", None)  # a sample that is not scored, too
    expected = evaluate(dataset, **options)
    runs = [dataset.load_run_results(result["run"]) for result in expected.values()]
    other = dataset.clone(f"{dataset_name}-2")
    try:
        samples = [sample.copy() for sample in np.random.default_rng(0).permutation(list(dataset))]
        other.clear()
        other.add_samples(samples, progress=False)
        assert evaluate(other, **options) == expected
        for run, result in zip(runs, expected.values(), strict=True):
            found = other.load_run_results(result["run"])
            for name in ("mean", "statistics", "bands", "groups", "against", "metric_reasons"):
                assert getattr(found, name) == getattr(run, name), name
    finally:
        other.delete()


def test_no_number_of_a_run_is_nan_whatever_was_asked_and_could_not_be_scored(evaluate, dataset, write):
    replace(dataset, "dpt", write(encode(DepthMap(np.full((16, 20), 0.5), "inverse_depth"))))
    replace(dataset, "gt_depth", write(encode_millimetres(np.zeros((16, 20), np.uint16)), "raw"), 1)
    results = evaluate(dataset, ["dpt", "metric"], metrics="all", group_by=["tags", "id"])
    json.dumps(results, allow_nan=False)
    for result in results.values():
        json.dumps(dataset.load_run_results(result["run"]).serialize(), allow_nan=False)
        json.dumps(dataset.get_run_info(result["run"]).config.serialize(), allow_nan=False)
        assert result["intervals"]["point_error"] == [None, None]


# --- stopped, killed, resumed ---


def test_a_killed_process_loses_at_most_one_batch_and_leaves_the_dataset_as_it_was(
    evaluate, dataset_name, write, journals
):
    dataset = make_dataset(dataset_name, write, samples=150)
    dataset.persistent = True
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, dataset.name], env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    dataset.reload()
    assert dataset.list_runs() == [] and not dataset.has_field("dpt.abs_rel")
    (journal,) = journals()
    assert len(journal.read_text().split()) >= 128
    spoil(dataset, range(128))
    result = evaluate(dataset)["dpt"]
    assert (result["scored"], result["reasons"], journals()) == (150, {}, [])
    assert None not in dataset.values("dpt.abs_rel")


def test_a_cancelled_evaluation_goes_on_where_it_was_when_it_is_asked_for_again(
    evaluate, dataset, journals, monkeypatch
):
    expected = evaluate(dataset, ["dpt", "metric"])
    assert journals() == []
    monkeypatch.setattr(resumable, "_BATCH", 1)
    with closing(job(dataset, ["dpt", "metric"])) as running:
        while next(running).done < 2:
            pass
    assert len(journals()) == 1
    spoil(dataset, range(2), ["gt_depth", "dpt", "metric"])
    steps = list(job(dataset, ["dpt", "metric"]))
    assert [step.done for step in steps] == [2, 3, 4, 4, 4] and "2 of 4 images known" in steps[0].label
    assert journals() == []
    means = dataset.load_run_results("plumb_evaluate_dpt").mean
    assert means == {name: expected["dpt"][name] for name in means}


def test_an_evaluation_that_is_stopped_while_it_stores_has_computed_everything(evaluate, dataset, journals):
    with closing(job(dataset, ["dpt", "metric"])) as running:
        while next(running).label != "storing the scores of metric":
            pass
    assert dataset.list_runs() == ["plumb_evaluate_dpt"] and len(journals()) == 1
    spoil(dataset, range(SAMPLES), ["gt_depth", "dpt", "metric"])
    results = evaluate(dataset, ["dpt", "metric"])
    assert results["metric"]["scored"] == SAMPLES and journals() == []
    assert sorted(dataset.list_runs()) == ["plumb_evaluate_dpt", "plumb_evaluate_metric"]


def test_a_sample_that_was_predicted_anew_meanwhile_is_scored_by_its_new_map(evaluate, dataset, write, journals):
    with closing(job(dataset)) as running:
        while next(running).done < SAMPLES:
            pass
    replace(dataset, "dpt", write(encode(DepthMap(guess(0) + 7, "inverse_depth"))))
    replace(dataset, "dpt", write(encode(DepthMap(guess(0), "inverse_depth"))), 1)  # that of another image
    assert next(job(dataset)).done == SAMPLES - 2
    resumed = evaluate(dataset)
    assert resumed == evaluate(dataset) and journals() == []


OTHER = {
    "protocol": {"protocol": "nyuv2"},
    "limits": {"protocol": {"name": "sunrgbd-9", "base": "sunrgbd", "max_depth": 9.0}},
    "alignment": {"alignment": "median"},
    "metrics": {"metrics": ["abs_rel"]},
    "fields": {"pred_fields": ["dpt", "metric"]},
    "ground truth": {"gt_field": "metric"},
}


@pytest.mark.parametrize("other", OTHER.values(), ids=OTHER)
def test_an_evaluation_by_other_settings_takes_nothing_from_the_journal(evaluate, dataset, journals, other):
    fresh = evaluate(dataset, **other)
    with closing(job(dataset)) as running:
        while next(running).done < SAMPLES:
            pass
    (left,) = journals()
    assert next(job(dataset, **other)).done == 0
    assert evaluate(dataset, **other) == fresh
    assert journals() == [left]  # it waits for its own


def test_another_dataset_of_the_same_maps_has_a_journal_of_its_own(dataset, dataset_name, journals):
    with closing(job(dataset)) as running:
        while next(running).done < SAMPLES:
            pass
    clone = dataset.clone(f"{dataset_name}-2")
    try:
        assert next(job(clone)).done == 0
    finally:
        clone.delete()


def test_a_view_takes_from_the_journal_of_the_whole_what_it_needs(evaluate, dataset, journals):
    with closing(job(dataset)) as running:
        while next(running).done < SAMPLES:
            pass
    spoil(dataset, range(SAMPLES))
    assert evaluate(dataset[1:3], eval_key="part")["dpt"]["scored"] == 2


def test_two_evaluations_at_once_store_the_same_and_leave_no_journal(evaluate, dataset, journals):
    expected = evaluate(dataset)
    first, second = (job(dataset, eval_key=key) for key in ("one", "two"))
    next(first), next(second), next(first), next(second)
    results = [finish(first), finish(second)]
    assert journals() == []
    for result in results:
        assert {name: result["dpt"][name] for name in ("abs_rel", "silog", "scored", "intervals")} == {
            name: expected["dpt"][name] for name in ("abs_rel", "silog", "scored", "intervals")
        }
    assert dataset.values("dpt.one_abs_rel") == dataset.values("dpt.two_abs_rel") == dataset.values("dpt.abs_rel")


def test_samples_that_come_and_go_while_maps_are_scored_change_nothing_for_the_others(fo, dataset, write):
    dataset.set_values("tags", [["a"], ["b"], ["c"], ["d"]])
    running = job(dataset, group_by=["tags"])
    while next(running).done < SAMPLES:
        pass
    gone = dataset.first()
    kept, expected = dataset.values("id")[1:], gone.id
    dataset.delete_samples([gone])
    dataset.add_sample(
        fo.Sample(
            filepath="/nowhere/new.png",
            tags=["e"],
            gt_depth=write(encode_millimetres(truth(9)), "filled"),
            dpt=write(encode(DepthMap(guess(9), "inverse_depth"))),
        )
    )
    result = finish(running)["dpt"]
    assert (result["scored"], result["unscored"], result["on_filled"]) == (SAMPLES - 1, 1, 0)
    values = dict(zip(*dataset.values(["id", "dpt.abs_rel"]), strict=True))
    assert [values[key] is not None for key in kept] == [True] * 3 and values[dataset.last().id] is None
    groups = dataset.load_run_results(result["run"]).groups["tags"]
    assert {name: found["abs_rel"]["mean"] for name, found in groups.items() if name != NO_GROUP} == {
        tag: values[key] for tag, key in zip("bcd", kept, strict=True)
    }
    assert expected in dataset.load_run_results(result["run"]).sample_ids


def test_where_no_journal_can_be_written_the_evaluation_is_done_all_the_same(evaluate, dataset, tmp_path, journals):
    (tmp_path / "evaluations").write_text("a file where the folder would be")
    assert evaluate(dataset)["dpt"]["scored"] == SAMPLES
    assert (tmp_path / "evaluations").read_text() == "a file where the folder would be"
