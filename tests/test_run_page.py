"""The page of a run: of an evaluation the tables that people read first, of a prediction how it computed."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from plumb.models import ModelSpec, Sampling
from plumb.protocols import PROTOCOLS
from plumb.statistics import NO_GROUP
from tests.map_datasets import run_evaluation, writer
from tests.report_datasets import report_dataset

RUN = "plumb_evaluate_dpt"


@pytest.fixture
def dataset(fo, dataset_name, tmp_path):
    return report_dataset(dataset_name, writer(tmp_path / "maps"))


@pytest.fixture
def page(fo):
    """The lines of a run's page."""
    import fiftyone.operators as foo

    operator = foo.get_operator("@plumb/depth/manage_depth_runs")
    return lambda dataset, run=RUN: operator.summary(operator(dataset, run).result).splitlines()


def cells(lines, first):
    (line,) = [line for line in lines if line.startswith(f"| {first} |")]
    return line.strip("| ").split(" | ")


def test_groups_have_the_three_metrics_of_every_paper_and_where_the_others_are(page, dataset):
    run_evaluation(dataset, group_by=["scene"])
    lines = page(dataset)
    assert f"Means by `scene` (the run's results have all {len(PROTOCOLS['sunrgbd'].metrics)} metrics):" in lines
    assert cells(lines, "scene") == ["scene", "abs_rel", "rmse [m]", "delta1", "n"]
    offices = dataset.match({"scene": "office"})
    means = [f"{offices.mean(f'dpt.{name}'):.4g}" for name in ("abs_rel", "rmse", "delta1")]
    assert cells(lines, "office") == ["office", *means, "2"]


@pytest.mark.parametrize(
    ("asked", "shown", "remark"),
    [
        ({"protocol": "relative8"}, ["rmse [8-bit levels]"], " (the run's results have all 3 metrics)"),
        (
            {"metrics": ["log10", "mae", "imae", "silog"]},
            ["log10", "mae [m]", "imae [1/m]"],
            " (the run's results have all",
        ),
        ({"metrics": ["delta1", "abs_rel"]}, ["abs_rel", "delta1"], ":"),
    ],
)
def test_groups_have_those_of_the_three_that_were_asked_for_else_the_first_ones(page, dataset, asked, shown, remark):
    run_evaluation(dataset, group_by=["scene"], **asked)
    lines = page(dataset)
    assert cells(lines, "scene") == ["scene", *shown, "n"]
    assert any(line.startswith(f"Means by `scene`{remark}") for line in lines)


def test_samples_without_a_label_and_those_labelled_none_are_two_groups(page, dataset):
    dataset.set_values("scene", [None, "none", "none", None, None])
    run_evaluation(dataset, group_by=["scene"])
    lines = page(dataset)
    assert [cells(lines, group)[-1] for group in (NO_GROUP, "none")] == ["3", "2"]


def test_a_label_keeps_within_its_cell(page, dataset):
    dataset.set_values("scene", ["bed|room\nupstairs"] * 5)
    run_evaluation(dataset, group_by=["scene"])
    assert cells(page(dataset), r"bed\|room upstairs")[-1] == "5"


def test_every_table_of_the_page_stands_apart_and_has_a_cell_for_each_column(page, dataset):
    run_evaluation(dataset, ["dpt", "better"], group_by=["scene", "tags"])
    blocks = [block.splitlines() for block in "\n".join(page(dataset)).split("\n\n")]
    tables = [block for block in blocks if "| --- |" in "".join(block)]
    assert [table[0].split(" | ")[0] for table in tables] == [
        "| metric", "| metric", "| distance [m]", "| scene", "| tags"
    ]  # fmt: skip
    for head, rule, *rows in tables:
        assert rule.startswith("| --- | ---:") and rows
        assert {line.count(" | ") for line in (rule, *rows)} == {head.count(" | ")}


# Predictions


@pytest.fixture
def prediction(dataset, tmp_path):
    """The run of a diffusion model's prediction that has begun, as `predict_depth` begins it."""
    from plumb.datasets.prediction_plan import make_plan

    spec = ModelSpec("marigold", "prs-eth/marigold-depth-v1-1", backend="marigold")
    plan = make_plan(dataset, spec, "new", "auto", "auto", Sampling(ensemble=10, uncertainty=True), replace=False)
    details = {"quantity": "affine_depth", "precision": "bfloat16", "steps": 4, "scheduler": "ddim", "ensemble": 10}
    resolved = {f"resolved_{name}": value for name, value in details.items()} | {"device": "cuda"}
    return plan.begin(None, tmp_path, resolved, engine="local", batch_size="auto")


def test_a_prediction_tells_each_setting_once_as_it_was_and_what_was_asked_for_where_that_is_another(
    page, dataset, prediction
):
    from plumb.datasets import runs

    failed = [{"filepath": "/pictures/1.png", "reason": "the model gave no finite value"}]
    runs.finish(dataset, prediction.key, predicted=3, existing=1, failed=failed, batch_size=8)
    lines = page(dataset, prediction.key)
    for line in (
        "- model: marigold",
        "- source: prs-eth/marigold-depth-v1-1",
        "- quantity: affine_depth (asked for: auto)",
        "- precision: bfloat16 (asked for: auto)",
        "- steps: 4",
        "- ensemble: 10",
        "- scheduler: ddim (asked for: auto)",
        "- tiny vae: no",
        "- uncertainty field: new_uncertainty",
        "- skip existing: yes",
        "- engine: local",
        "- device: cuda",
        "- batch size: 8 (asked for: auto)",
        "- images predicted: 3",
        "- images that had a map: 1",
        "- failed: 1",
        f"- map files in `{prediction.settings['folder']}`",
        "| `/pictures/1.png` | the model gave no finite value |",
    ):
        assert line in lines
    names = [line.partition(":")[0] for line in lines if line.startswith("- ")]
    assert len(set(names)) == len(names)
    assert not any(word in line for line in lines for word in ("resolved", "None", "True", "False", "{", "token"))


def test_a_prediction_that_was_stopped_says_so_and_how_to_go_on_and_one_that_works_says_where(
    page, dataset, prediction
):
    from plumb.datasets.claims import claim, field_claim

    stopped = "**Not finished**: it was stopped; the same again goes on where it was."
    assert stopped in page(dataset, prediction.key)
    with claim(field_claim(dataset, "new"), "predict_depth into 'new'"):
        lines = page(dataset, prediction.key)
    assert stopped not in lines
    assert any(line.startswith("**At work in this field now**: predict_depth into 'new', process ") for line in lines)


def test_before_a_deletion_the_maps_of_uncertainty_and_those_that_no_map_names_are_counted(fo):
    from operators.run_page import deletion
    from plumb.datasets.deleting import Deletion

    plan = Deletion(maps=3, uncertainties=2, files=7, size=4_560_000, unnamed=2, missing=1, fields=["new"])
    lines = deletion(asdict(plan), "plumb_predict_new_1", "new", done=False).splitlines()
    assert (
        "- 3 maps of field `new` and 2 of their uncertainty, with 7 files of 4.6 MB (1 more files are not there)"
        in lines
    )
    assert "- of these files, 2 that no map names: what was stopped or replaced left them" in lines
