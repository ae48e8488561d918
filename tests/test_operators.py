"""The operators as Python, as the App's server and as a form call them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from tests.small_scenes import write_scene
from tools.sandbox import ROOT

PLUGIN = "@plumb/depth"
HERE = str(ROOT / "assets")  # a folder, for tests where it does not matter which
JOBS = ("import_sunrgbd", "predict_depth", "evaluate_depth", "export_depth_report", "manage_depth_runs")
SCENES = 3


# What the plugin offers


def test_every_operator_of_the_manifest_exists_and_every_operator_is_in_the_manifest(foo):
    manifest = yaml.safe_load((ROOT / "fiftyone.yml").read_text())
    found = {operator.name for operator in foo.list_operators(type="operator") if operator.uri.startswith(f"{PLUGIN}/")}
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
    assert stored == (batch_size if batch_size == "auto" else 2)


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


# From the App


def progress(messages):
    """Each {progress, label} that was shown."""
    shown = [m["body"]["params"] for m in messages if m["body"] and m["body"].get("operator_uri") == "show_output"]
    return [
        {**params["results"], "label": params["outputs"]["type"]["properties"]["progress"]["view"]["label"]}
        for params in shown
        if "progress" in params["results"]
    ]


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
