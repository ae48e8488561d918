"""The operators as Python, as the App's server and as a form call them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from plumb.metrics import METRICS
from tests.small_scenes import write_scene
from tests.tiny_models import save
from tools.sandbox import ROOT

PLUGIN = "@plumb/depth"
HERE = str(ROOT / "assets")  # a folder, for tests where it does not matter which
JOBS = ("import_sunrgbd", "predict_depth", "evaluate_depth", "export_depth_report", "manage_depth_runs")
SCENES = 3


@pytest.fixture(scope="module")
def foo(fo):
    """The module of FiftyOne's operators, the plugin loaded."""
    import fiftyone.operators

    assert fiftyone.operators.operator_exists(f"{PLUGIN}/predict_depth")
    return fiftyone.operators


@pytest.fixture(scope="module")
def execute(foo):
    """Execute one of Plumb's operators from Python."""

    def run(name, /, ctx=None, request_delegation=False, **params):
        uri = f"{PLUGIN}/{name}"
        return foo.execute_operator(uri, ctx or {}, params=params, request_delegation=request_delegation)

    return run


@pytest.fixture(scope="module")
def resolve(foo):
    """Resolve an operator's form; the property, whether it is valid, and its labels and notes as one text."""
    from fiftyone.operators.executor import ExecutionContext, ValidationContext

    def run(name, /, dataset=None, **params):
        operator = foo.get_operator(f"{PLUGIN}/{name}")
        request = {"params": params, "dataset_name": dataset.name if dataset is not None else None}
        ctx = ExecutionContext(request_params=request, operator_uri=operator.uri)
        with ctx:
            form = operator.resolve_input(ctx)
        return form, not ValidationContext(ctx, form, operator).invalid, json.dumps(form.to_json())

    return run


@pytest.fixture(scope="module")
def click(foo):
    """Execute as the App's server does; the messages that it streams, and the execution's error."""
    from fiftyone.operators.executor import execute_or_delegate_operator

    async def stream(uri, request):
        execution = await execute_or_delegate_operator(uri, {"operator_uri": uri, **request})
        return [message.to_json() for message in execution.result or ()], execution.error_message

    def run(name, /, dataset=None, selected=(), **params):
        request = {"params": params, "selected": list(selected)}
        if dataset is not None:
            request["dataset_name"] = dataset.name
        return asyncio.run(stream(f"{PLUGIN}/{name}", request))

    return run


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return str(save("dpt", tmp_path_factory.mktemp("models") / "tiny"))


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    root = tmp_path_factory.mktemp("scenes")
    for number in range(SCENES):
        write_scene(root, f"kv2/kinect2data/{number}", seed=number)
    return str(root)


@pytest.fixture(scope="module")
def ready(fo, execute, scenes, model):
    """A dataset with imported scenes and a prediction `dpt`; tests write only into fields of their own."""
    name = f"ready-{Path(scenes).name}"
    execute("import_sunrgbd", root=scenes, dataset_name=name)
    dataset = fo.load_dataset(name)
    execute("predict_depth", {"dataset": dataset}, model=model, field="dpt")
    yield dataset
    fo.delete_dataset(name)


# What the plugin offers


def test_every_operator_of_the_manifest_exists_and_every_operator_is_in_the_manifest(foo):
    manifest = yaml.safe_load((ROOT / "fiftyone.yml").read_text())
    found = {operator.name for operator in foo.list_operators() if operator.uri.startswith(f"{PLUGIN}/")}
    assert found == set(manifest["operators"]) >= set(JOBS)


@pytest.mark.parametrize("name", JOBS)
def test_an_operator_says_what_it_does_shows_an_icon_and_states_its_risk(foo, name):
    config = foo.get_operator(f"{PLUGIN}/{name}").config
    assert config.label and config.label != name
    assert len(config.description) > 60
    assert config.risk_level.value in ("low", "medium", "high")
    assert (config.dynamic, config.allow_immediate_execution, config.allow_delegated_execution) == (True, True, True)
    for icon in (config.light_icon, config.dark_icon):
        assert (ROOT / icon.lstrip("/")).read_text().lstrip().startswith("<svg")


# From Python


def test_import_returns_dataset_counts_and_what_was_left_out(fo, execute, dataset_name, tmp_path):
    write_scene(tmp_path, "kv2/kinect2data/a")
    bad = write_scene(tmp_path, "kv2/kinect2data/b", files={"depth/0001.png": b""})
    result = execute("import_sunrgbd", root=str(tmp_path), dataset_name=dataset_name).result
    (skipped,) = result.pop("skipped")
    assert result == {"dataset": dataset_name, "imported": 1, "existing": 0}
    assert skipped["path"] == str(bad) and "scene skipped" in skipped["reason"]


def test_import_takes_every_parameter_of_its_contract(fo, execute, dataset_name, samples, tmp_path):
    result = execute(
        "import_sunrgbd", root=str(samples), dataset_name=dataset_name, gt_field="truth", sensors=["kv1", "xtion"],
        split="test", split_file=str(samples.parent / "SUNRGBDtoolbox/traintestSUNRGBD/allsplit.mat"), depth="filled",
        max_scenes=3, annotations=False, maps_dir=str(tmp_path),
    ).result  # fmt: skip
    assert result["imported"] == 3
    dataset = fo.load_dataset(dataset_name)
    assert set(dataset.values("sensor")) == {"kv1", "xtion"}
    assert dataset.count_sample_tags() == {"test": 3}
    assert dataset.values("truth.source") == ["filled"] * 3
    assert dataset.count("objects") == 0
    assert all(Path(path).is_relative_to(tmp_path) for path in dataset.values("truth.map_path"))


def test_import_adds_to_the_open_dataset_when_none_is_named(fo, execute, dataset_name, scenes):
    dataset = fo.Dataset(dataset_name)
    assert execute("import_sunrgbd", {"dataset": dataset}, root=scenes).result["dataset"] == dataset_name
    assert len(fo.load_dataset(dataset_name)) == SCENES


def test_import_can_be_called_like_a_function_with_paths_and_tuples(fo, foo, dataset_name, scenes):
    run = foo.get_operator(f"{PLUGIN}/import_sunrgbd")
    result = run(root=Path(scenes), dataset_name=dataset_name, sensors=("kv2",), max_scenes=1).result
    assert (result["dataset"], result["imported"]) == (dataset_name, 1)
    more = run(fo.load_dataset(dataset_name), root=Path(scenes)).result
    assert (more["dataset"], more["imported"], more["existing"]) == (dataset_name, SCENES - 1, 1)


def test_predict_returns_field_run_counts_and_failures(execute, ready, model):
    result = execute("predict_depth", {"dataset": ready}, model=model, field="counted").result
    assert result == {
        "field": "counted", "run": "plumb_predict_counted_1", "predicted": SCENES, "existing": 0, "failed": [],
    }  # fmt: skip
    again = execute("predict_depth", {"dataset": ready}, model=model, field="counted").result
    assert (again["run"], again["predicted"], again["existing"]) == (None, 0, SCENES)
    replaced = execute("predict_depth", {"dataset": ready}, model=model, field="counted", skip_existing=False).result
    assert (replaced["run"], replaced["predicted"]) == ("plumb_predict_counted_2", SCENES)


@pytest.mark.parametrize("batch_size", ["auto", 2, "2"])
def test_predict_takes_a_batch_size_as_a_number_or_as_text(execute, ready, model, batch_size):
    field = f"batch_{type(batch_size).__name__}_{batch_size}"
    result = execute("predict_depth", {"dataset": ready}, model=model, field=field, batch_size=batch_size).result
    assert result["predicted"] == SCENES
    stored = ready.get_run_info(result["run"]).config.settings["batch_size"]
    assert isinstance(stored, int) and (batch_size == "auto" or stored == 2)


def test_predict_can_be_called_like_a_function_on_a_view(foo, ready, model):
    run = foo.get_operator(f"{PLUGIN}/predict_depth")
    result = run(ready.limit(2), model=Path(model), field="called").result
    assert (result["field"], result["predicted"]) == ("called", 2)


def test_evaluate_returns_by_field_the_means_and_counts(execute, ready):
    result = execute("evaluate_depth", {"dataset": ready}, pred_fields=["dpt"], eval_key="returned").result
    row = result["dpt"]
    assert (row["scored"], row["unscored"]) == (SCENES, 0)
    ready.reload()
    assert row["abs_rel"] == pytest.approx(np.mean(ready.values("dpt.returned_abs_rel")))


def test_evaluate_can_be_called_like_a_function_with_one_field_or_several(foo, ready):
    run = foo.get_operator(f"{PLUGIN}/evaluate_depth")
    assert run(ready.limit(1), "dpt", protocol="relative8", eval_key="called").result["dpt"]["scored"] == 1
    assert list(run(ready, ("dpt",), eval_key="called").result) == ["dpt"]


def test_what_an_operator_returns_is_json_so_that_a_queue_can_store_it(execute, ready, model):
    for result in (
        execute("predict_depth", {"dataset": ready}, model=model, field="dpt").result,
        execute("evaluate_depth", {"dataset": ready}, pred_fields=["dpt"], eval_key="json").result,
    ):
        assert json.loads(json.dumps(result, allow_nan=False)) == result


# The target: the selection, else the view, else all


@pytest.mark.parametrize(
    "view_target, expected", [(None, 1), ("SELECTED_SAMPLES", 1), ("CURRENT_VIEW", 2), ("DATASET", 3)]
)
def test_the_target_is_what_was_chosen_else_the_selection(execute, ready, model, view_target, expected):
    ctx = {"view": ready.limit(2), "selected": [ready.first().id]}
    if view_target:
        ctx["view_target"] = view_target
    field = f"target_{view_target or 'none'}".lower()
    assert execute("predict_depth", ctx, model=model, field=field).result["predicted"] == expected
    ready.reload()
    assert ready.exists(field).count() == expected
    assert ready.first()[field] is not None


def test_without_a_selection_the_target_is_the_view(execute, ready):
    view = ready.skip(1)
    result = execute("evaluate_depth", {"view": view}, pred_fields=["dpt"], eval_key="on_view").result
    assert result["dpt"]["scored"] == SCENES - 1
    ready.reload()
    assert [value is None for value in ready.values("dpt.on_view_abs_rel")] == [True, False, False]


def test_a_selection_is_evaluated_alone(execute, ready):
    ctx = {"dataset": ready, "selected": ready.values("id")[1:2]}
    result = execute("evaluate_depth", ctx, pred_fields=["dpt"], eval_key="selected").result
    assert result["dpt"]["scored"] == 1


# Wrong parameters


WRONG = {
    "no root": ("import_sunrgbd", {}, "Path: root. Reason: Required property"),
    "empty root": ("import_sunrgbd", {"root": ""}, "Path: root. Reason: Required property"),
    "root that is not there": ("import_sunrgbd", {"root": "/nowhere"}, "/nowhere is not a folder; give the folder"),
    "unknown depth": ("import_sunrgbd", {"root": HERE, "depth": "best"}, "Path: depth. Reason: Invalid enum value"),
    "unknown split": ("import_sunrgbd", {"root": HERE, "split": "val"}, "Path: split. Reason: Invalid enum value"),
    "no scenes wanted": ("import_sunrgbd", {"root": HERE, "max_scenes": 0}, "Path: max_scenes"),
    "sensors as a word": ("import_sunrgbd", {"root": HERE, "sensors": "kv2"}, "Path: sensors. Reason: Invalid list"),
    "batch size of none": ("predict_depth", {"batch_size": 0}, "whole number from 1, not 0"),
    "batch size in words": ("predict_depth", {"batch_size": "many"}, "whole number from 1, not 'many'"),
    "unknown model": ("predict_depth", {"model": "no such"}, "unknown model 'no such'; use a hub id such as"),
    "unknown precision": ("predict_depth", {"precision": "int8"}, "Path: precision. Reason: Invalid enum value"),
    "field that cannot be": ("predict_depth", {"field": "My Field"}, "'My Field' cannot name a field"),
    "no predictions": ("evaluate_depth", {}, "Path: pred_fields. Reason: Required property"),
    "prediction that is not there": ("evaluate_depth", {"pred_fields": ["midas"]}, "'midas' holds no depth maps"),
    "truth that is not there": ("evaluate_depth", {"pred_fields": ["dpt"], "gt_field": "x"}, "'x' holds no depth maps"),
    "unknown protocol": ("evaluate_depth", {"pred_fields": ["dpt"], "protocol": "x"}, "Path: protocol"),
    "unknown alignment": ("evaluate_depth", {"pred_fields": ["dpt"], "alignment": "x"}, "Path: alignment"),
    "key with a space": ("evaluate_depth", {"pred_fields": ["dpt"], "eval_key": "my key"}, "eval_key 'my key'"),
}  # fmt: skip


@pytest.mark.parametrize("name, params, message", WRONG.values(), ids=WRONG)
def test_a_wrong_parameter_is_one_clear_error_and_no_run_is_left(execute, ready, name, params, message):
    before = ready.list_runs()
    with pytest.raises(Exception) as raised:
        execute(name, {"dataset": ready}, **params)
    assert message in str(raised.value).strip().splitlines()[-1]
    ready.reload()
    assert ready.list_runs() == before


@pytest.mark.parametrize("name, params", [("predict_depth", {}), ("evaluate_depth", {"pred_fields": ["dpt"]})])
def test_without_a_dataset_the_error_says_so(execute, name, params):
    with pytest.raises(Exception, match="There is no dataset to work on: open one, or pass it"):
        execute(name, **params)


# Queued for a worker


@pytest.fixture
def queued(foo):
    """The operations that a test queues; removed afterwards, so that no worker of a later test takes them."""
    from fiftyone.operators.delegated import DelegatedOperationService

    service = DelegatedOperationService()
    before = {operation.id for operation in service.list_operations()}

    def new():
        return [operation for operation in service.list_operations() if operation.id not in before]

    yield new
    for operation in new():
        service.delete_operation(operation.id)


@pytest.mark.parametrize("name", JOBS)
@pytest.mark.parametrize("how", ["request", "switch"])
def test_an_operation_is_queued_by_request_and_by_the_forms_switch(execute, ready, scenes, model, queued, name, how):
    params = {
        "import_sunrgbd": {"root": scenes},
        "predict_depth": {"model": model, "field": "queued"},
        "evaluate_depth": {"pred_fields": ["dpt"], "eval_key": "queued"},
        "export_depth_report": {"path": "/nowhere/scores.csv"},
        "manage_depth_runs": {"run": ready.list_runs()[0], "action": "delete"},
    }[name]
    if how == "request":
        result = execute(name, {"dataset": ready}, request_delegation=True, **params)
    else:
        result = execute(name, {"dataset": ready}, delegate=True, **params)
    assert result.delegated
    (operation,) = queued()
    assert str(operation.id) == str(result.result["id"])
    assert (operation.operator, operation.run_state) == (f"{PLUGIN}/{name}", "queued")
    assert operation.context.params["delegate" if how == "switch" else next(iter(params))]
    ready.reload()
    assert not ready.has_field("queued")


def test_a_function_call_can_be_queued_with_its_view(foo, ready, queued):
    run = foo.get_operator(f"{PLUGIN}/evaluate_depth")
    assert run(ready.limit(1), ["dpt"], delegate=True, eval_key="later").delegated
    (operation,) = queued()
    assert operation.context.params == {"pred_fields": ["dpt"], "protocol": "sunrgbd", "eval_key": "later"}
    assert len(operation.context.view) == 1


# The forms


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
    assert valid and f"{SCENES} images, {SCENES} of them with a map in dpt" in text
    _, _, text = resolve("predict_depth", ready, model="Intel/dpt-hybrid-midas")
    assert f"{SCENES} images, 0 of them with a map in dpt_hybrid_midas" in text


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


# From the App


def progress(messages):
    return [m["body"]["params"] for m in messages if m["body"] and m["body"].get("operator_uri") == "set_progress"]


def called(messages):
    return [message["body"]["operator_uri"] for message in messages if message.get("body")]


def test_clicked_an_operator_streams_progress_and_ends_with_a_summary(click, ready, model):
    messages, error = click("predict_depth", ready, model=model, field="clicked")
    assert error is None
    steps = progress(messages)
    assert steps[0]["progress"] == 0 and "loading" in steps[0]["label"]
    assert all(0 <= step["progress"] <= 1 for step in steps)
    assert called(messages)[-1] == "show_output"
    assert f"**{SCENES}** images predicted into **clicked**" in json.dumps(messages[-1])
    assert {"reload_dataset", "set_color_scheme"} <= set(called(messages))


def test_clicked_on_a_selection_it_works_on_the_selection(click, ready, model):
    messages, _ = click("predict_depth", ready, [ready.last().id], model=model, field="clicked_selection")
    assert "**1** images predicted" in json.dumps(messages[-1])


def test_a_clicked_import_opens_the_dataset_that_it_made(fo, click, dataset_name, scenes):
    messages, error = click("import_sunrgbd", root=scenes, dataset_name=dataset_name)
    assert error is None
    assert progress(messages)[0]["progress"] == 0
    assert called(messages)[-2:] == ["open_dataset", "show_output"]
    assert f"**{SCENES}** scenes imported into **{dataset_name}**" in json.dumps(messages[-1])


def test_a_clicked_evaluation_ends_with_a_table_of_means_units_protocol_and_what_is_unscored(
    fo, click, dataset_name, ready
):
    ready.clone(dataset_name)
    dataset = fo.load_dataset(dataset_name)
    dataset.set_values("dpt", {dataset.first().id: None}, key_field="id")
    dataset.set_values("gt_depth.source", ["raw", "raw", "filled"])
    messages, error = click("evaluate_depth", dataset, pred_fields=["dpt"])
    assert error is None
    summary = messages[-1]["body"]["params"]["results"]["summary"]
    mean = dataset.mean("dpt.rmse")
    for part in ("| metric | `dpt` |", f"| rmse [m] | {mean:.4g} (", "| scored | 2 |", "| unscored | 1 |",
                 "sunrgbd: ground truth raw depth", "`dpt`: 1 unscored: no prediction in dpt",
                 "`dpt`: 1 scored on filled depth"):  # fmt: skip
        assert part in summary


def test_clicked_with_a_wrong_parameter_the_error_is_the_operators(click, ready):
    messages, error = click("evaluate_depth", ready, pred_fields=["midas"])
    assert messages == []
    assert error.startswith("'midas' holds no depth maps of Plumb's")


def test_an_error_in_the_middle_reaches_the_app_as_an_error_message(click, dataset_name, scenes, tmp_path):
    (tmp_path / "file").write_text("no folder")
    messages, _ = click(
        "import_sunrgbd", root=scenes, dataset_name=dataset_name, maps_dir=str(tmp_path / "file" / "maps")
    )
    assert progress(messages)[0]["progress"] == 0
    assert "ERROR" in messages[-1]["type"]
    assert "Not a directory" in messages[-1]["error"] and str(tmp_path / "file") in messages[-1]["error"]


def test_a_summary_lists_what_was_left_out_and_says_how_much_more_there_is(fo, click, dataset_name, tmp_path):
    write_scene(tmp_path, "kv2/kinect2data/good")
    for number in range(25):
        write_scene(tmp_path, f"kv2/bad|{number}", files={"depth/0001.png": b"", "depth_bfx/0001.png": None})
    messages, _ = click("import_sunrgbd", root=str(tmp_path), dataset_name=dataset_name)
    summary = messages[-1]["body"]["params"]["results"]["summary"]
    rows = [line for line in summary.splitlines() if "kv2/bad" in line]
    assert "25 left out:" in summary and "and 5 more" in summary
    assert len(rows) == 20
    assert all(row.replace("\\|", "").count("|") == 3 for row in rows)  # a bar in a name does not break the table


def test_the_output_of_a_queued_operation_is_its_summary(foo, ready):
    from fiftyone.operators.executor import ExecutionContext

    operator = foo.get_operator(f"{PLUGIN}/predict_depth")
    results = {"field": "dpt", "run": None, "predicted": 0, "existing": 3, "failed": []}
    request = {"params": {}, "dataset_name": ready.name, "results": results}
    with ExecutionContext(request_params=request, operator_uri=operator.uri) as ctx:
        output = operator.resolve_output(ctx)
    assert "**3** had a map already" in json.dumps(output.to_json())


def test_called_with_a_parameter_that_it_does_not_have_an_operator_names_those_it_has(foo, ready):
    with pytest.raises(TypeError, match="no parameter skip_exsting; model, field, .*skip_existing"):
        foo.get_operator(f"{PLUGIN}/predict_depth")(ready, skip_exsting=False)


def test_a_view_of_patches_is_refused_because_depth_belongs_to_images(fo, foo, dataset_name, ready):
    ready.clone(dataset_name)
    dataset = fo.load_dataset(dataset_name)
    boxes = fo.Detections(detections=[fo.Detection(bounding_box=[0, 0, 1, 1])])
    dataset.set_values("boxes", {dataset.first().id: boxes}, key_field="id")
    with pytest.raises(Exception, match="depth belongs to whole images"):
        foo.get_operator(f"{PLUGIN}/evaluate_depth")(dataset.to_patches("boxes"), ["dpt"])


def test_queued_by_a_call_from_python_paths_are_the_callers_whatever_folder_the_worker_runs_in(
    foo, ready, scenes, dataset_name, monkeypatch
):
    from fiftyone.operators.delegated import DelegatedOperationService

    monkeypatch.chdir(Path(scenes).parent)
    queued = foo.get_operator(f"{PLUGIN}/import_sunrgbd")(
        root=Path(scenes).name, dataset_name=dataset_name, maps_dir="maps", delegate=True
    )
    service = DelegatedOperationService()
    try:
        params = service.get(queued.result["id"]).context.request_params["params"]
    finally:
        service.delete_operation(queued.result["id"])
    assert (params["root"], params["maps_dir"]) == (str(scenes), str(Path(scenes).parent / "maps"))
