"""What the operators' forms ask, propose and say before anything runs."""

from __future__ import annotations

import pytest

from plumb.metrics import METRICS

PLUGIN = "@plumb/depth"
JOBS = ("import_sunrgbd", "predict_depth", "evaluate_depth", "export_depth_report", "manage_depth_runs")


@pytest.mark.parametrize("name", JOBS)
def test_a_form_without_a_dataset_is_shown_and_only_the_import_can_do_without(resolve, name):
    _, _, text = resolve(name)
    assert ("There is no dataset" in text) == (name != "import_sunrgbd")


@pytest.mark.parametrize("name", JOBS)
def test_a_form_offers_the_delegate_switch_and_its_button_says_what_it_will_do(resolve, ready, name):
    form, _, _ = resolve(name, ready)
    assert form.type.properties["delegate"].default is False
    assert form.view.to_json()["submit_button_label"] == {"manage_depth_runs": "Show"}.get(name, "Run now")
    form, _, _ = resolve(name, ready, delegate=True)
    assert form.view.to_json()["submit_button_label"] == "Queue"


@pytest.mark.parametrize("name, parameters", [
    ("import_sunrgbd", "root dataset_name gt_field sensors split split_file depth max_scenes annotations"),
    ("predict_depth", "model field backend quantity batch_size precision skip_existing"),
    ("evaluate_depth", "pred_fields gt_field protocol alignment eval_key metrics group_by"),
    ("export_depth_report", "path format runs"),
    ("manage_depth_runs", "run action"),
])  # fmt: skip
def test_a_form_has_every_parameter_with_a_label_and_none_is_required_that_has_a_default(
    resolve, ready, name, parameters
):
    form, _, _ = resolve(name, ready)
    properties = form.type.properties
    for parameter in parameters.split():
        assert properties[parameter].view.label
        assert not (properties[parameter].required and properties[parameter].default is not None)


def test_the_import_form_says_how_many_scenes_of_which_sensor_it_found_before_anything_is_run(resolve, samples):
    _, valid, text = resolve("import_sunrgbd", root=str(samples))
    assert valid
    assert "16 scenes found: kv1 4, kv2 4, realsense 4, xtion 4" in text
    assert "allsplit.mat" in text


def test_the_import_form_proposes_the_open_dataset(resolve, ready):
    form, _, _ = resolve("import_sunrgbd", ready)
    assert form.type.properties["dataset_name"].default == ready.name
    form, _, _ = resolve("import_sunrgbd")
    assert form.type.properties["dataset_name"].default == "sunrgbd"


def test_a_folder_that_is_not_here_or_holds_no_scene_is_a_note_not_a_fault_because_a_worker_may_have_it(
    resolve, tmp_path
):
    _, valid, text = resolve("import_sunrgbd", root=str(tmp_path / "elsewhere"))
    assert valid and "is not a folder" in text
    _, valid, text = resolve("import_sunrgbd", root=str(tmp_path))
    assert valid and "No scene found: a scene is a folder with image/" in text


def test_a_model_that_is_not_here_is_a_note_not_a_fault(resolve, ready):
    _, valid, text = resolve("predict_depth", ready, model="/models/elsewhere")
    assert valid and "unknown model" in text


def test_the_prediction_form_counts_images_and_maps_and_names_the_field(resolve, ready, model):
    _, valid, text = resolve("predict_depth", ready, model=model, field="dpt")
    assert valid and f"{len(ready)} images, {len(ready)} of them with a map in dpt" in text
    _, _, text = resolve("predict_depth", ready, model="Intel/dpt-hybrid-midas")
    assert f"{len(ready)} images, 0 of them with a map in dpt_hybrid_midas" in text


def test_the_evaluation_form_offers_predictions_only_and_shows_the_protocol_in_one_line(resolve, ready):
    form, _, text = resolve("evaluate_depth", ready, pred_fields=["dpt"])
    offered = [choice.value for choice in form.type.properties["pred_fields"].view.choices]
    assert "dpt" in offered and "gt_depth" not in offered
    assert "0.001 < g < 8 m" in text
    _, valid, text = resolve("evaluate_depth", ready, pred_fields=["dpt"], protocol="relative8", alignment="median")
    assert valid and "8 bit" in text and "scaled to the median" in text


def test_the_evaluation_form_changes_the_rules_of_a_protocol_and_shows_what_comes_of_it(resolve, ready):
    form, _, _ = resolve("evaluate_depth", ready, pred_fields=["dpt"])
    assert "nyuv2_max_depth" not in form.type.properties
    changed = {"pred_fields": ["dpt"], "protocol": "nyuv2", "change_rules": True}
    form, valid, text = resolve("evaluate_depth", ready, **changed)
    assert valid and form.type.properties["nyuv2_max_depth"].default == 10.0
    assert form.type.properties["nyuv2_crop"].default == "nyu"
    near = {"nyuv2_max_depth": 5.0, "nyuv2_cap": 6, "nyuv2_crop": "none", "nyuv2_name": "near"}
    _, valid, text = resolve("evaluate_depth", ready, **changed, **near)
    assert valid and "near: ground truth labelled or raw depth, 0.001 < g < 5 m, no crop" in text
    assert "clipped to [0.001, 6] m" in text
    _, valid, text = resolve("evaluate_depth", ready, **changed, nyuv2_max_depth=-1.0)
    assert not valid and "need 0 < min_depth < max_depth" in text


@pytest.mark.parametrize("protocol", ["relative8", "file"])
def test_the_switch_for_changes_does_nothing_where_another_protocol_was_chosen_afterwards(
    execute, ready, tmp_path, protocol
):
    (tmp_path / "far.toml").write_text('base = "kitti"\n')
    named = protocol if protocol == "relative8" else str(tmp_path / "far.toml")
    left_over = {"change_rules": True, "sunrgbd_max_depth": 3.0, "sunrgbd_name": "near"}
    params = {"pred_fields": ["dpt"], "protocol": named, "eval_key": "switched", **left_over}
    result = execute("evaluate_depth", {"dataset": ready}, **params).result["dpt"]
    assert result["protocol"].startswith("relative8:" if protocol == "relative8" else "far: ground truth lidar depth")


def test_the_limits_of_one_protocol_are_not_those_of_the_next_that_is_chosen(resolve, ready):
    left_over = {"change_rules": True, "sunrgbd_max_depth": 3.0, "sunrgbd_name": "near"}
    _, valid, text = resolve("evaluate_depth", ready, pred_fields=["dpt"], protocol="nyuv2", **left_over)
    assert valid and "nyuv2-changed: ground truth labelled or raw depth, 0.001 < g < 10 m" in text


def test_rules_changed_in_the_form_are_those_of_the_run(execute, ready):
    params = {
        "pred_fields": ["dpt"],
        "eval_key": "near",
        "change_rules": True,
        "sunrgbd_max_depth": 5.0,
        "sunrgbd_name": "near",
    }
    result = execute("evaluate_depth", {"dataset": ready}, **params).result["dpt"]
    assert result["protocol"].startswith("near: ground truth raw depth, 0.001 < g < 5 m")
    assert ready.get_run_info(result["run"]).config.settings["protocol"]["max_depth"] == 5.0


def test_a_toml_file_is_a_protocol_in_the_form_and_in_python(foo, resolve, ready, tmp_path, monkeypatch):
    rules = tmp_path / "near.toml"
    rules.write_text('base = "sunrgbd"\nmax_depth = 5\nmetrics = ["abs_rel", "boundary_f1"]\n')
    _, valid, text = resolve("evaluate_depth", ready, pred_fields=["dpt"], protocol=str(rules))
    assert valid and "near: ground truth raw depth, 0.001 < g < 5 m" in text
    _, valid, text = resolve("evaluate_depth", ready, pred_fields=["dpt"], protocol=str(tmp_path / "no.toml"))
    assert not valid and "there is no such file" in text
    monkeypatch.chdir(tmp_path)  # a relative path is the caller's, not the worker's
    result = foo.get_operator(f"{PLUGIN}/evaluate_depth")(ready, ["dpt"], "near.toml", eval_key="file").result["dpt"]
    assert set(result["units"]) == {"abs_rel", "boundary_f1"}


def test_an_evaluation_can_be_grouped_and_its_metrics_chosen(execute, ready):
    params = {
        "pred_fields": ["dpt"],
        "eval_key": "grouped",
        "metrics": ["abs_rel"],
        "group_by": ["scene.label", "tags"],
    }
    result = execute("evaluate_depth", {"dataset": ready}, **params).result["dpt"]
    assert set(result["units"]) == {"abs_rel"}
    assert set(ready.load_run_results(result["run"]).groups) == {"scene.label", "tags"}


def test_all_metrics_can_be_asked_for_in_a_word(foo, ready):
    run = foo.get_operator(f"{PLUGIN}/evaluate_depth")
    result = run(ready, ["dpt"], eval_key="everything", metrics="all").result["dpt"]
    assert set(result["units"]) == set(METRICS)


def test_the_evaluation_form_offers_the_fields_that_can_name_a_group(resolve, ready):
    form, _, _ = resolve("evaluate_depth", ready, pred_fields=["dpt"])
    offered = [choice.value for choice in form.type.properties["group_by"].view.choices]
    assert {"tags", "sensor", "scene.label", "scene_id"} <= set(offered) and "filepath" not in offered


def test_fields_that_are_not_there_yet_are_notes_not_faults_because_an_earlier_job_may_make_them(
    fo, resolve, dataset_name
):
    dataset = fo.Dataset(dataset_name)
    _, valid, text = resolve("evaluate_depth", dataset, pred_fields=["dpt"])
    assert valid
    assert "run Predict depth first" in text and "gt_depth holds no depth maps" in text
