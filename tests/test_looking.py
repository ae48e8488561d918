"""What the compare panel's Python half tells the browser: only of the open dataset, and only its own maps."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.managed_datasets import EVALUATION, evaluate, write_uncertainty
from tests.small_scenes import HEIGHT, WIDTH


@pytest.fixture(scope="module")
def ask(foo):
    """Call a method of the compare panel as the App's server does; its result, or its error."""
    from tests.conftest import PLUGIN
    from tests.panel_calls import caller

    return caller(f"{PLUGIN}/compare_depth")


def test_fields_are_told_with_their_roles_the_truth_first_and_uncertainty_after_what_it_is_of(fresh, predict):
    from plumb.datasets.looking import describe

    run = predict(fresh, "mari").run
    write_uncertainty(fresh, run, "mari")
    evaluate(fresh, "dpt", eval_key="near", protocol={"name": "near", "max_depth": 3})
    told = describe(fresh)
    assert [(row["name"], row["role"], row["of"]) for row in told["fields"]] == [
        ("gt_depth", "truth", None),
        ("dpt", "prediction", None),
        ("mari", "prediction", None),
        ("mari_uncertainty", "uncertainty", "mari"),
    ]
    assert (told["dataset"], told["truth"]) == (fresh.name, "gt_depth")
    (evaluation,) = told["evaluations"]
    assert (evaluation["field"], evaluation["eval_key"], evaluation["max_depth"], evaluation["cap"]) == (
        "dpt", "near", 3, 3,
    )  # fmt: skip
    assert "least-squares scale and shift in inverse depth" in evaluation["protocol"]
    assert {"name": "rmse", "unit": "m", "better": "lower"}.items() <= evaluation["metrics"][2].items()


def test_a_record_holds_what_the_label_and_the_evaluation_say(fresh):
    from plumb.datasets.looking import records

    evaluate(fresh)
    sample = fresh.first()
    (record,) = records(fresh, [sample.id])
    told = record["maps"]["dpt"]
    assert (told["path"], told["scale"], told["offset"]) == (sample.dpt.map_path, sample.dpt.scale, sample.dpt.offset)
    assert (told["quantity"], told["problem"]) == ("inverse_depth", None)
    assert record["maps"]["gt_depth"]["source"] == "raw"
    score = record["scores"][EVALUATION]
    assert (score["mode"], score["scale"], score["shift"]) == (
        "lsq_disparity", sample.dpt.align_scale, sample.dpt.align_shift,
    )  # fmt: skip
    assert score["values"]["abs_rel"] == sample.dpt.abs_rel
    assert (score["n_valid"], score["crop"]) == (sample.dpt.n_valid, None)
    assert record["intrinsics"] == {"fx": 30.5, "fy": 31.5, "cx": 16.0, "cy": 12.0}
    json.dumps(record, allow_nan=False)


def test_intrinsics_of_a_lens_that_bends_lines_are_not_told_as_those_of_a_pinhole(fo, dataset_name):
    from plumb.datasets.looking import records

    bent = fo.OpenCVCameraIntrinsics(fx=30.5, fy=31.5, cx=16.0, cy=12.0, k1=0.5)
    dataset = fo.Dataset(dataset_name)
    dataset.add_sample(fo.Sample(filepath="/nowhere/0.png", intrinsics=bent))
    (record,) = records(dataset, dataset.values("id"))
    assert record["intrinsics"] is None


def test_a_crop_is_told_in_pixels_of_the_truths_map(fresh):
    from plumb.datasets.looking import records

    crop = {"name": "half", "top": 0.5, "bottom": 1.0, "left": 0.25, "right": 0.75}
    evaluate(fresh, protocol={"name": "cropped", "crop": crop})
    (record,) = records(fresh, [fresh.first().id])
    assert record["scores"][EVALUATION]["crop"] == {
        "top": HEIGHT // 2, "bottom": HEIGHT, "left": WIDTH // 4, "right": 3 * WIDTH // 4,
    }  # fmt: skip


def test_a_sample_that_could_not_be_scored_is_told_with_the_reason_and_no_number(fo, fresh, write):
    from plumb.datasets.looking import records
    from plumb.depthmap import DepthMap, encode

    sample = fresh.first()
    sample["dpt"] = write(encode(DepthMap(np.ones((HEIGHT + 1, WIDTH)), "depth")))
    sample.save()
    evaluate(fresh)
    (record,) = records(fresh, [sample.id])
    score = record["scores"][EVALUATION]
    assert score["reason"] and str(HEIGHT + 1) in score["reason"]
    assert set(score["values"].values()) == {None} and score["scale"] is None


def test_the_reasons_are_read_once_and_anew_when_the_evaluation_was_replaced(fo, fresh, write, monkeypatch):
    from plumb.datasets import looking, runs
    from plumb.depthmap import DepthMap, encode

    read, results = [], runs.results
    monkeypatch.setattr(runs, "results", lambda dataset, key: read.append(key) or results(dataset, key))

    def reason_for(height):
        sample = fresh.first()
        sample["dpt"] = write(encode(DepthMap(np.ones((height, WIDTH)), "depth")))
        sample.save()
        evaluate(fresh)
        read.clear()
        reasons = set()
        for _ in range(3):
            (record,) = looking.records(fo.load_dataset(fresh.name, reload=True), [sample.id])
            reasons.add(record["scores"][EVALUATION]["reason"])
        assert read == [EVALUATION]
        (reason,) = reasons
        return reason

    assert str(HEIGHT + 1) in reason_for(HEIGHT + 1)
    assert str(HEIGHT + 2) in reason_for(HEIGHT + 2)


def test_the_reasons_of_a_handful_of_evaluations_are_kept_and_no_more(fresh, write, monkeypatch):
    from plumb.datasets import sample_scores
    from plumb.datasets.looking import records
    from plumb.depthmap import DepthMap, encode

    sample = fresh.first()
    sample["dpt"] = write(encode(DepthMap(np.ones((HEIGHT + 1, WIDTH)), "depth")))
    sample.save()
    monkeypatch.setattr(sample_scores, "_KEPT", 2)
    for number in range(3):
        evaluate(fresh, eval_key=f"key{number}")
    (record,) = records(fresh, [sample.id])
    assert all(score["reason"] for score in record["scores"].values()) and len(record["scores"]) == 3
    assert len(sample_scores._failures) == 2


def test_the_reasons_are_not_read_where_all_was_scored_for_they_lie_in_a_large_file(fresh, monkeypatch):
    from plumb.datasets import runs
    from plumb.datasets.looking import records

    evaluate(fresh)
    monkeypatch.setattr(runs, "results", lambda dataset, key: pytest.fail(f"the results of {key} were read"))
    assert all(record["scores"][EVALUATION]["n_valid"] for record in records(fresh, fresh.values("id")))


def test_a_record_has_the_values_of_the_labels_whatever_else_a_sample_holds(fo, fresh, write):
    """Read as the database stores it, and compared with FiftyOne's own objects."""
    from plumb.datasets.looking import records

    evaluate(fresh)
    evaluate(fresh, eval_key="near", protocol={"name": "near", "max_depth": 3})
    first, second = fresh.limit(2)
    first["dpt"], first["tags"], first["intrinsics"] = None, ["seen"], None
    first.save()
    told = records(fresh, [second.id, first.id])
    assert [record["id"] for record in told] == [second.id, first.id]
    assert told[1]["intrinsics"] is None and told[0]["intrinsics"]["fx"] == second.intrinsics.fx
    assert list(told[1]["maps"]) == ["gt_depth"] and told[1]["scores"] == {}
    label = fresh[second.id].dpt
    assert told[0]["scores"]["plumb_evaluate__near__dpt"]["values"]["rmse"] == label.near_rmse
    for name in ("quantity", "scale", "offset", "unit", "run", "source"):
        assert told[0]["maps"]["dpt"][name] == getattr(label, name)
    assert [record["note"] for record in told] == [None, None]


def test_maps_of_other_tools_are_told_with_a_sentence_in_their_place_and_the_rest_stays(fo, fresh):
    from plumb.datasets.looking import describe, records

    sample = fresh.first()
    sample["in_database"] = fo.Heatmap(map=np.zeros((HEIGHT, WIDTH), np.uint8))
    sample["other_tool"] = fo.Heatmap(map_path=sample.dpt.map_path)
    sample.save()
    (record,) = records(fresh, [sample.id])
    assert "in_database has no file" in record["maps"]["in_database"]["problem"]
    assert "does not say what its codes mean" in record["maps"]["other_tool"]["problem"]
    assert record["maps"]["in_database"]["path"] is None and record["maps"]["other_tool"]["path"] is None
    assert record["maps"]["dpt"]["problem"] is None
    assert {"in_database", "other_tool"} <= {row["name"] for row in describe(fresh)["fields"]}


def test_samples_come_in_the_order_of_the_view_and_with_a_metric_if_one_is_asked_for(fresh):
    from plumb.datasets.looking import list_samples

    evaluate(fresh)
    view = fresh.sort_by("dpt.abs_rel", reverse=True)
    assert list_samples(view) == {"ids": view.values("id"), "values": None}
    assert list_samples(view, EVALUATION, "rmse")["values"] == view.values("dpt.rmse")
    with pytest.raises(ValueError, match="has no metric 'map_path'"):
        list_samples(view, EVALUATION, "map_path")


def test_the_panel_answers_only_for_samples_of_the_open_dataset_whatever_it_is_sent(fresh, ready, ask):
    own, other = fresh.first().id, ready.first().id
    records, error = ask("load", fresh, ids=[other, own, "../../etc/passwd", "0" * 24, 7, None], path="/etc/passwd")
    assert error is None
    assert [record["id"] for record in records] == [own]
    assert "/etc" not in json.dumps(records)


def test_what_is_stored_changes_with_new_fields_and_runs_and_with_nothing_else(fo, fresh, predict, ask):
    from plumb.datasets import runs

    def stored():
        told, error = ask("stored", fo.load_dataset(fresh.name))
        assert error is None
        description, _ = ask("describe", fo.load_dataset(fresh.name))
        assert description["info"]["stored"] == told
        return told

    seen = [stored()]

    def changes():
        seen.append(stored())
        return seen[-1] not in seen[:-1]

    evaluate(fresh)
    assert changes()
    evaluate(fresh)
    assert changes()
    predict(fresh, "mari")
    assert changes()
    runs.start(fresh, "plumb_predict_mari_1", "predict_depth", field="mari")
    assert changes()
    runs.finish(fresh, "plumb_predict_mari_1")
    assert changes()
    fresh.add_sample_field("theirs", fo.EmbeddedDocumentField, embedded_doc_type=fo.Heatmap)
    assert changes()
    fresh.tag_samples("looked at")
    fresh.add_sample_field("remark", fo.StringField)
    fresh.app_config.plugins = {"other": {}}
    fresh.save()
    assert not changes()


def test_a_dataset_without_depth_is_described_without_any(fo, dataset_name, ask):
    told, error = ask("describe", fo.Dataset(dataset_name))
    assert error is None
    info = told["info"]
    assert (info["fields"], info["truth"], info["evaluations"], told["records"]) == ([], None, [], [])


def test_opening_takes_one_call_that_describes_the_dataset_and_its_first_sample(fresh, ask):
    told, error = ask("describe", fresh, ids=[fresh.first().id])
    assert error is None
    assert told["info"]["dataset"] == fresh.name
    assert told["records"] == ask("load", fresh, ids=[fresh.first().id])[0] != []


def test_a_clone_that_has_lost_its_runs_still_knows_the_truth_by_its_source(fresh, fo):
    from plumb.datasets.looking import describe

    clone = fresh.clone(f"{fresh.name}-clone")
    try:
        for run in clone.list_runs():
            clone.delete_run(run)
        assert describe(clone)["truth"] == "gt_depth"
    finally:
        clone.delete()
