"""Predictions that were evaluated by different protocols, in the compare panel of the real App: each by its own."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tests.app_page import SHORT
from tests.compare_page import DARK, NAME, SCALARS, opened
from tests.compared_rooms import make_rooms
from tests.managed_datasets import evaluate

NEAR = {
    "name": "near and inside",
    "min_depth": 1.0,
    "max_depth": 3.0,
    "cap": 2.5,
    "crop": {"name": "inside", "top": 0.1, "bottom": 0.9, "left": 0.2, "right": 0.85},
    "metrics": "all",
}


@pytest.fixture(scope="module")
def rooms(samples, tmp_path_factory):
    """Scenes with two predictions: `dpt` by the default protocol, `mari` nearby and inside a crop alone."""
    dataset = make_rooms("two-protocols", samples, tmp_path_factory.mktemp("maps"), 8.0)
    evaluate(dataset, "dpt", metrics="all")
    evaluate(dataset, "mari", protocol=NEAR)
    yield dataset
    dataset.delete()


@pytest.fixture
def window(app, browser_page, rooms):
    with opened(browser_page, app, rooms) as panel:
        yield panel


def test_each_prediction_is_masked_and_scored_by_its_own_evaluation(window, rooms):
    from plumb.datasets.fields import map_of

    sample = rooms.first()
    truth = map_of("gt_depth", sample.gt_depth).read()
    height, width = truth.shape
    inside = np.zeros(truth.shape, bool)
    inside[int(0.1 * height) : int(0.9 * height), int(0.2 * width) : int(0.85 * width)] = True
    counts = {
        "dpt": (truth > 0.001) & (truth < 8),
        "mari": (truth > 1) & (truth < 3) & inside,
    }
    assert [sample[field].n_valid for field in counts] == [int(counted.sum()) for counted in counts.values()]

    # A box over the whole picture scores each as its evaluation did.
    window.press("x")
    window.drag(1, (0.0005, 0.0005), (0.9995, 0.9995))
    assert re.findall(r"\d+", window.part("box-place").inner_text()) == [str(width), str(height), "0", "0"]
    window.part("box-all").click()
    cells = window.part("box-metric:pixels").locator("td")
    for column, field in enumerate(counts):
        cells.nth(column).and_(window.root.locator(f'[data-value="{sample[field].n_valid}"]')).wait_for(timeout=SHORT)
        for metric in SCALARS:
            value = window.part(f"box-metric:{metric}").locator("td").nth(column).get_attribute("data-value")
            assert float(value) == pytest.approx(sample[field][metric], rel=1e-9), (field, metric)
    rules = window.part("box-metric-rules").inner_text()
    assert "None is marked as the best" in rules
    assert "0.001 < gt_depth < 8 m" in rules and "1 < gt_depth < 3 m within the evaluation's crop" in rules
    window.press("Escape", "v")

    # The mask shows of each what its evaluation counts, and of the truth what counts for all.
    window.press("o")
    window.choose("mask", "mask-valid")

    def painted(layer):
        window.only(layer)
        return np.abs(window.saved(*truth.shape).astype(int) - DARK).max(axis=-1) > 8

    for field, counted in counts.items():
        assert (painted(f"depth:{field}") == counted)[NAME].mean() > 0.999, field
        assert not (painted(f"signed:{field}") & ~counted)[NAME].any(), field
    for layer in ("depth:gt_depth", "valid"):
        assert (painted(layer) == (counts["dpt"] & counts["mari"]))[NAME].mean() > 0.999, layer
