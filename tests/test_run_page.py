"""The page of an evaluation's run: the tables that people read first, and what they leave to the run's results."""

from __future__ import annotations

import pytest

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
    return lambda dataset: operator.summary(operator(dataset, RUN).result).splitlines()


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
