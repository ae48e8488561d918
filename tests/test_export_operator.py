"""`export_depth_report`: the file that it writes, called from Python, queued, and clicked in the App."""

from __future__ import annotations

import asyncio
import csv
import json
import os
from pathlib import Path

import numpy as np
import pytest

from plumb.protocols import PROTOCOLS
from tests.map_datasets import run_evaluation, writer
from tests.report_datasets import SAMPLES, report_dataset, without_prediction

URI = "@plumb/depth/export_depth_report"


@pytest.fixture(scope="module")
def export(fo):
    """The operator as Python calls it; its result."""
    import fiftyone.operators as foo

    operator = foo.get_operator(URI)
    return lambda collection, path, *args, **params: operator(collection, path, *args, **params).result


@pytest.fixture(scope="module")
def click(fo):
    """Execute as the App's server does; the messages that it streams, and the execution's error."""
    from fiftyone.operators.executor import execute_or_delegate_operator

    async def stream(request):
        execution = await execute_or_delegate_operator(URI, {"operator_uri": URI, **request})
        messages = [message.to_json() async for message in execution.result] if execution.result else []
        return messages, execution.error_message

    return lambda dataset, **params: asyncio.run(stream({"dataset_name": dataset.name, "params": params}))


@pytest.fixture(scope="module")
def resolve(fo):
    """Resolve the form; its properties, and its labels and texts as one text."""
    import fiftyone.operators as foo
    from fiftyone.operators.executor import ExecutionContext, ValidationContext

    def run(dataset, selected=(), **params):
        operator = foo.get_operator(URI)
        request = {"params": params, "dataset_name": dataset and dataset.name, "selected": list(selected)}
        with ExecutionContext(request_params=request, operator_uri=URI) as ctx:
            form = operator.resolve_input(ctx)
        assert not ValidationContext(ctx, form, operator).invalid
        return form.type.properties, json.dumps(form.to_json(), ensure_ascii=False)

    return run


@pytest.fixture
def unscored(fo, dataset_name, tmp_path):
    """A dataset of predictions without an evaluation."""
    return report_dataset(dataset_name, writer(tmp_path / "maps"))


@pytest.fixture
def dataset(unscored):
    """The dataset with `dpt` and `better` evaluated."""
    run_evaluation(unscored, ["dpt", "better"])
    return unscored


@pytest.fixture
def folder(tmp_path):
    """An empty folder to write to."""
    (tmp_path / "reports").mkdir()
    return tmp_path / "reports"


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


# One row a sample


def test_csv_has_the_values_of_the_samples_to_the_last_digit(export, dataset, folder):
    result = export(dataset, folder / "scores.csv")
    assert result == {
        "path": str(folder / "scores.csv"),
        "format": "csv",
        "runs": ["plumb_evaluate_dpt", "plumb_evaluate_better"],
        "rows": 2 * SAMPLES,
        "notes": [],
    }
    rows = rows_of(folder / "scores.csv")
    for field in ("dpt", "better"):
        of_field = [row for row in rows if row["field"] == field]
        assert [row["sample_id"] for row in of_field] == dataset.values("id")
        assert [row["filepath"] for row in of_field] == dataset.values("filepath")
        for name in PROTOCOLS["sunrgbd"].metrics:
            unit = PROTOCOLS["sunrgbd"].metric(name).unit
            header = f"{name} [{unit}]" if unit else name
            assert [float(row[header]) for row in of_field] == dataset.values(f"{field}.{name}")
        assert [float(row["scale"]) for row in of_field] == dataset.values(f"{field}.align_scale")
        assert [int(row["n_valid"]) for row in of_field] == dataset.values(f"{field}.n_valid")


def test_parquet_has_the_values_of_the_samples_with_their_units(export, dataset, folder):
    from pyarrow import parquet

    result = export(dataset, folder / "scores.parquet", runs="plumb_evaluate_dpt")
    assert (result["format"], result["rows"], result["runs"]) == ("parquet", SAMPLES, ["plumb_evaluate_dpt"])
    found = parquet.read_table(folder / "scores.parquet")
    assert found["rmse [m]"].to_pylist() == dataset.values("dpt.rmse")
    assert found["flipped"].to_pylist() == dataset.values("dpt.flipped")
    assert found.schema.field("rmse [m]").metadata[b"unit"] == b"m"


def test_evaluations_of_several_keys_and_protocols_stand_below_one_another(export, dataset, folder):
    run_evaluation(dataset, ["dpt"], protocol="relative8", eval_key="eight")
    export(dataset, folder / "scores.csv", runs=["plumb_evaluate_dpt", "plumb_evaluate__eight__dpt"])
    rows = rows_of(folder / "scores.csv")
    assert [row["eval_key"] for row in rows] == [""] * SAMPLES + ["eight"] * SAMPLES
    assert [float(row["rmse [m]"]) for row in rows[:SAMPLES]] == dataset.values("dpt.rmse")
    assert [float(row["rmse [8-bit levels]"]) for row in rows[SAMPLES:]] == dataset.values("dpt.eight_rmse")
    assert {row["rmse [8-bit levels]"] for row in rows[:SAMPLES]} == {""}
    assert rows[-1]["protocol"] == PROTOCOLS["relative8"].describe()


def test_a_sample_that_could_not_be_scored_has_empty_cells_and_its_reason(export, unscored, folder):
    without_prediction(unscored)
    Path(unscored.last().dpt.map_path).unlink()
    run_evaluation(unscored)
    export(unscored, folder / "scores.csv")
    rows = rows_of(folder / "scores.csv")
    for row, reason in ((rows[1], "no prediction in dpt"), (rows[-1], "No such file")):
        assert reason in row["reason"]
        assert [row[name] for name in ("abs_rel", "rmse [m]", "scale", "shift", "flipped")] == [""] * 5
    assert [row["reason"] for row in (rows[0], *rows[2:-1])] == [""] * (SAMPLES - 2)


def test_a_scored_sample_that_lacks_a_metric_says_why(export, unscored, folder):
    run_evaluation(unscored, metrics=["abs_rel", "point_rel"])  # no camera is known
    export(unscored, folder / "scores.csv")
    for row in rows_of(folder / "scores.csv"):
        assert row["abs_rel"] and not row["point_rel"]
        assert row["reason"].startswith("point_rel: the camera's intrinsics are not known")


def test_of_a_view_only_its_samples_are_reported_and_the_means_are_theirs(export, dataset, folder):
    view = dataset.match({"scene": "office"})
    assert export(view, folder / "scores.csv")["rows"] == 2 * len(view) == 4
    assert [row["sample_id"] for row in rows_of(folder / "scores.csv")[:2]] == view.values("id")
    export(view, folder / "scores.md", runs="plumb_evaluate_dpt")
    text = (folder / "scores.md").read_text()
    assert "2 images." in text and f"| rmse [m] ↓ | {np.mean(view.values('dpt.rmse')):.3f}" in text


# The means


def test_markdown_has_the_protocol_in_its_caption_and_the_best_in_bold_whichever_direction_is_better(
    export, dataset, folder
):
    result = export(dataset, folder / "scores.md")
    assert (result["format"], result["evaluations"]) == ("markdown", 2) and "rows" not in result
    lines = (folder / "scores.md").read_text().splitlines()
    assert lines[0].startswith(PROTOCOLS["sunrgbd"].describe())
    assert "scale and shift from the ground truth" in lines[0] and f"{SAMPLES} images" in lines[0]
    cells = {line.split(" | ")[0].strip("| "): line.strip("| ").split(" | ") for line in lines}
    assert cells["metric"] == ["metric", "dpt", "better"]
    for title in ("rmse [m] ↓", "delta1 ↑"):
        _, dpt, better = cells[title]
        assert better.startswith("**") and not dpt.startswith("**")
    assert dataset.mean("better.rmse") < dataset.mean("dpt.rmse")
    assert dataset.mean("better.delta1") > dataset.mean("dpt.delta1")


def test_what_knows_metres_and_what_is_aligned_to_the_truth_stand_in_two_tables(export, dataset, folder):
    run_evaluation(dataset, ["metric"])
    export(dataset, folder / "scores.md")
    text = (folder / "scores.md").read_text()
    assert text.count("| metric | dpt | better |") == text.count("| metric | metric |") == 1
    assert "takes nothing from the ground truth" in text


def test_latex_has_a_caption_with_the_protocol_for_each_table(export, dataset, folder):
    run_evaluation(dataset, ["dpt"], protocol="relative8", eval_key="eight_bit")
    assert export(dataset, folder / "scores.tex")["format"] == "latex"
    text = (folder / "scores.tex").read_text()
    assert text.count(r"\begin{table}") == text.count(r"\caption{") == 2
    assert r"\caption{sunrgbd: ground truth raw depth, 0.001 $<$ g $<$ 8 m" in text
    assert r"\caption{relative8: ground truth given depth" in text
    assert r"dpt (eight\_bit)" in text


# The file


@pytest.mark.parametrize("format", ["Markdown", "MARKDOWN", "markdown"])
def test_a_format_that_is_given_counts_in_any_case_and_whatever_the_path_ends_in(export, dataset, folder, format):
    assert export(dataset, folder / "scores.txt", format)["format"] == "markdown"
    assert (folder / "scores.txt").read_text().startswith("sunrgbd: ")


def test_the_ending_tells_the_format_in_any_case_and_a_folder_that_is_missing_is_made(export, dataset, folder):
    assert export(dataset, folder / "new" / "SCORES.MD")["format"] == "markdown"
    assert os.listdir(folder / "new") == ["SCORES.MD"]


def test_a_relative_path_is_the_callers_and_a_tilde_the_home_folder(export, dataset, folder, monkeypatch):
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(folder / "home"))
    assert export(dataset, "scores.md")["path"] == str(folder / "scores.md")
    assert export(dataset, "~/scores.md")["path"] == str(folder / "home" / "scores.md")
    assert (folder / "home" / "scores.md").exists()


def test_a_file_that_is_there_is_replaced_only_where_that_is_asked_for(export, dataset, folder):
    path = folder / "scores.csv"
    path.write_text("mine")
    with pytest.raises(Exception, match="is there already: give another path, or overwrite=True to replace it"):
        export(dataset, path)
    assert path.read_text() == "mine"
    export(dataset, path, overwrite=True)
    assert len(rows_of(path)) == 2 * SAMPLES
    assert os.listdir(folder) == ["scores.csv"]


def test_nothing_in_the_dataset_changes(export, dataset, folder):
    before = dataset.list_runs(), dataset.get_field_schema(flat=True).keys(), dataset.first().to_dict()
    export(dataset, folder / "scores.csv")
    dataset.reload()
    assert (dataset.list_runs(), dataset.get_field_schema(flat=True).keys(), dataset.first().to_dict()) == before


WRONG = {
    "an ending of no format": ({"path": "scores.xlsx"}, "does not tell its format: let it end in one of .csv, "),
    "no such format": ({"format": "excel"}, "format is auto or one of csv, parquet, markdown, latex, not 'excel'"),
    "no path": ({"path": ""}, "path is missing: give the file to write, such as scores.csv"),
    "no such run": ({"runs": ["plumb_evaluate_midas"]}, "'plumb_evaluate_midas' is no run of Plumb's"),
    "a run of another kind": ({"runs": ["plumb_predict_dpt_1"]}, "is a run of predict_depth; the evaluations of"),
}


@pytest.mark.parametrize("params, message", WRONG.values(), ids=WRONG)
def test_a_wrong_parameter_is_one_clear_error_and_no_file_is_left(export, dataset, folder, params, message):
    from plumb.datasets import runs

    runs.start(dataset, "plumb_predict_dpt_1", "predict_depth", field="dpt")
    path = params.get("path", "scores.csv")
    with pytest.raises(Exception) as raised:
        export(dataset, path and folder / path, **{name: value for name, value in params.items() if name != "path"})
    assert message in str(raised.value).strip().splitlines()[-1]
    assert os.listdir(folder) == []


def test_a_folder_in_the_place_of_the_file_is_an_error_that_shows_a_file(export, dataset, folder):
    with pytest.raises(Exception, match=f"{folder} is a folder: give a file in it, such as {folder}/scores.tex"):
        export(dataset, folder, "latex")


def test_where_there_is_nothing_to_report_the_error_says_why(export, unscored, folder):
    with pytest.raises(Exception, match="there is nothing to report: dataset .* has no evaluation: run one first"):
        export(unscored, folder / "scores.csv")
    run_evaluation(unscored)
    unscored.rename_sample_field("dpt", "other")
    with pytest.raises(Exception, match="nothing to report: left out: plumb_evaluate_dpt needs dpt.abs_rel"):
        export(unscored, folder / "scores.csv")
    assert os.listdir(folder) == []


# Queued


def test_it_can_be_queued_with_a_path_that_a_worker_understands(fo, dataset, folder, monkeypatch):
    import fiftyone.operators as foo
    from fiftyone.operators.delegated import DelegatedOperationService

    monkeypatch.chdir(folder)
    queued = foo.get_operator(URI)(dataset, "scores.csv", delegate=True)
    service = DelegatedOperationService()
    operation = service.get(queued.result["id"])
    service.delete_operation(operation.id)
    assert queued.delegated and operation.context.params["path"] == str(folder / "scores.csv")


def test_what_it_returns_is_json_so_that_a_queue_can_store_it(export, dataset, folder):
    dataset.delete_samples(dataset.first().id)
    result = export(dataset, folder / "scores.csv")
    assert "1 of its samples are not in the dataset any more" in result["notes"][0]
    assert json.loads(json.dumps(result, allow_nan=False)) == result


# The form and the App


def test_the_form_proposes_a_file_and_offers_the_evaluations_by_what_tells_them_apart(resolve, dataset):
    run_evaluation(dataset, ["dpt"], protocol="relative8", eval_key="eight")
    properties, text = resolve(dataset)
    assert properties["path"].default == str(Path.home() / f"{dataset.slug}-depth.csv")
    choices = {choice.value: choice.label for choice in properties["runs"].view.choices}
    assert list(choices) == ["plumb_evaluate_dpt", "plumb_evaluate_better", "plumb_evaluate__eight__dpt"]
    assert choices["plumb_evaluate__eight__dpt"].startswith("dpt (eight), relative8, gt_depth, 20")
    assert f"CSV, one row a sample, to {properties['path'].default}" in text
    assert not properties["runs"].required and not properties["path"].required


def test_the_form_reads_no_results_of_runs_whose_means_it_does_not_show(resolve, dataset):
    for run in dataset._doc.runs.values():
        run.results.replace(b"cannot be read")
        run.save()
    properties, text = resolve(dataset, preview=False)
    assert len(properties["runs"].view.choices) == 2 and "Expecting value" not in text
    assert "left out: Expecting value" in resolve(dataset, preview=True)[1]  # so the reading of them is noticed


def test_the_form_shows_the_means_of_the_chosen_evaluations_unless_that_is_switched_off(resolve, dataset):
    _, text = resolve(dataset)
    assert "| metric | dpt | better |" in text and f"{dataset.mean('dpt.rmse'):.3f}" in text
    _, text = resolve(dataset, runs=["plumb_evaluate_better"])
    assert "| metric | better |" in text
    _, text = resolve(dataset, preview=False)
    assert "| metric |" not in text


def test_the_means_in_the_form_are_those_of_the_selection_and_it_says_so(resolve, dataset):
    ids = dataset.values("id")[:2]
    _, text = resolve(dataset, selected=ids, runs=["plumb_evaluate_dpt"])
    assert "Only the 2 samples of the target" in text
    assert f"{np.mean(dataset.values('dpt.rmse')[:2]):.3f}" in text


def test_the_form_warns_of_what_would_go_wrong_but_may_be_right_for_a_worker(resolve, dataset, unscored, folder):
    _, text = resolve(dataset, path=str(folder / "new" / "scores.csv"))
    assert f"There is no folder {folder / 'new'}: it will be made" in text
    _, text = resolve(dataset, path=str(folder / "scores.csv"), format="latex")
    assert "The file's name ends in .csv, but its format is latex" in text
    _, text = resolve(dataset, path=str(folder / "scores"))
    assert "does not tell its format" in text
    _, text = resolve(dataset, path="scores.csv")
    assert f"to {Path('scores.csv').absolute()}" in text
    _, text = resolve(dataset, path="")
    assert "path is missing" in text


def test_the_form_asks_before_it_replaces_a_file(resolve, dataset, folder):
    path = folder / "scores.csv"
    properties, _ = resolve(dataset, path=str(path))
    assert "overwrite" not in properties
    path.write_text("mine")
    properties, text = resolve(dataset, path=str(path))
    assert properties["overwrite"].default is False and f"{path} is there already" in text
    _, text = resolve(dataset, path=str(path), overwrite=True)
    assert f"{path} will be replaced" in text


def test_the_form_says_where_there_is_nothing_to_report(resolve, unscored):
    assert "no finished evaluation: run Evaluate depth first" in resolve(unscored)[1]
    assert "There is no dataset" in resolve(None)[1]


def test_an_evaluation_that_cannot_be_read_is_a_note_in_the_form_beside_the_others(resolve, dataset):
    dataset.rename_sample_field("dpt", "other")
    _, text = resolve(dataset)
    assert "left out: plumb_evaluate_dpt needs dpt.abs_rel, which the dataset does not have any more" in text
    assert "| metric | better |" in text
    _, text = resolve(dataset, runs=["plumb_evaluate_dpt"])
    assert "plumb_evaluate_dpt needs dpt.abs_rel" in text


def test_clicked_it_writes_the_file_and_ends_with_where_it_is_and_what_must_be_known(
    click, dataset, folder, monkeypatch
):
    monkeypatch.setenv("HOME", str(folder))
    dataset.delete_samples(dataset.first().id)
    messages, error = click(dataset, path="~/scores.md", format="auto")
    assert error is None
    assert (folder / "scores.md").read_text().startswith("sunrgbd: ")
    told = json.dumps(messages[-1])
    assert f"**{folder / 'scores.md'}**" in told and "`plumb_evaluate_dpt`" in told
    assert "1 of its samples are not in the dataset any more" in told
    assert "reload_dataset" not in json.dumps(messages)


def test_clicked_with_a_wrong_parameter_the_error_is_the_operators(click, dataset, folder):
    messages, error = click(dataset, path=str(folder / "scores.xlsx"))
    assert messages == [] and "does not tell its format" in error
