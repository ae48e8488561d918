"""The main job as a user does it: the real App in Chromium, forms filled by hand, a real worker."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tests.app_page import SHORT, Page

# The operators' labels in the operator browser.
IMPORT, PREDICT, EVALUATE = "Import SUN RGB-D scenes", "Predict depth", "Evaluate depth"
MANAGE = "Manage depth runs"
MODEL_FIELD = "dpt_tiny"  # the offline model is the form's default, and names its field


@pytest.fixture(scope="module")
def empty_dataset(fo, sandbox):
    dataset = fo.Dataset("browser-demo", persistent=True)
    yield dataset
    dataset.delete()


def test_import_predict_on_a_worker_evaluate_look_and_filter_all_by_clicking(
    fo, app, worker, browser_page, console, empty_dataset, samples
):
    from fiftyone.operators.delegated import DelegatedOperationService

    user = Page(browser_page, app, empty_dataset.name)

    # Import: the form says what it found before anything runs, and the grid shows depth in colour when it is done.
    user.open_operator(IMPORT)
    user.form.locator("input").first.fill(str(samples))
    user.form.get_by_text("16 scenes found: kv1 4, kv2 4, realsense 4, xtion 4", exact=False).wait_for(timeout=SHORT)
    user.submit("Run now")
    assert "16 scenes imported" in user.finish()
    user.wait_for_grid(16)
    user.wait_until_colourful(True)
    user.keep_picture("import.png")

    # Predict: with the switch on, the operation is queued and the worker runs it.
    user.open_operator(PREDICT)
    user.form.get_by_text("Run on a worker").scroll_into_view_if_needed()
    user.form.get_by_role("checkbox", name="Run on a worker").check()
    user.submit("Queue")
    browser_page.get_by_text("Operation successfully scheduled").wait_for(timeout=SHORT)
    operation = _wait_for_operation(browser_page, DelegatedOperationService(), "@plumb/depth/predict_depth")
    assert operation.run_state == "completed", operation.result.error
    assert operation.status.progress == 1
    assert operation.result.result["predicted"] == 16

    # Evaluate: the prediction is on offer, and the summary carries protocol and unit.
    browser_page.reload(wait_until="domcontentloaded")
    user.wait_for_grid(16)
    user.wait_until_colourful(True)
    user.open_operator(EVALUATE)
    user.form.locator("input").first.click()
    browser_page.get_by_role("option", name=MODEL_FIELD).click()
    user.form.get_by_text(EVALUATE, exact=True).first.click()  # closes the list of options
    user.form.get_by_role("checkbox", name="Change its rules").check()
    user.form.get_by_text("sunrgbd-changed: ground truth raw depth", exact=False).wait_for(timeout=SHORT)
    user.keep_picture("rules.png")
    user.form.get_by_role("checkbox", name="Change its rules").uncheck()
    user.form.get_by_text("sunrgbd: ground truth raw depth", exact=False).wait_for(timeout=SHORT)
    user.submit("Run now")
    summary = user.finish()
    assert re.search(r"abs_rel\s+0\.\d+ \(0\.\d+ to 0\.\d+\)", summary)
    assert "rmse [m]" in summary
    assert "sunrgbd: ground truth raw depth, 0.001 < g < 8 m" in summary

    # Look: one click puts a map away, another brings it back.
    user.wait_for_grid(16)
    user.wait_until_colourful(True)
    user.show_field(MODEL_FIELD, False)
    user.show_field(MODEL_FIELD, True)

    # Filter by a metric in the sidebar: the better half of the samples is left.
    empty_dataset.reload()  # it was changed by the worker and the App's server
    scores = sorted(empty_dataset.values(f"{MODEL_FIELD}.abs_rel"))
    browser_page.locator(f'[data-cy="sidebar-field-arrow-enabled-{MODEL_FIELD}"]').click()
    limits = browser_page.locator(f'[data-cy="numeric-filter-{MODEL_FIELD}.abs_rel"] input')

    def limit():
        limits.last.fill(f"{(scores[7] + scores[8]) / 2:.6f}")
        limits.last.press("Enter")

    user.attempt("half of the samples are left", limit, browser_page.get_by_text("8 samples", exact=True))
    user.wait_until_colourful(True)
    user.keep_picture("filter.png")

    # Read the run: its protocol, and each metric with unit, interval, median and number of images.
    user.open_operator(MANAGE)
    user.form.get_by_role("combobox").first.click()
    browser_page.get_by_role("option", name=f"Evaluation of {MODEL_FIELD}").click()
    user.form.get_by_text("95 % interval").wait_for(timeout=SHORT)
    page = user.form.inner_text()
    assert "sunrgbd: ground truth raw depth, 0.001 < g < 8 m" in page
    mean, low, high = re.search(r"abs_rel\s+(0\.\d+)\s+(0\.\d+) to (0\.\d+)", page).groups()
    assert float(mean) == pytest.approx(np.mean(scores), rel=1e-3) and float(low) < float(mean) < float(high)
    assert "rmse [m]" in page and "masked_psnr [dB]" in page
    user.keep_picture("run.png")

    unexpected = [entry for entry in console if entry.unexpected]
    assert not unexpected


def _wait_for_operation(page, service, operator: str):
    for _ in range(1800):
        operations = service.list_operations(operator=operator)
        if operations and operations[-1].run_state in ("completed", "failed"):
            return operations[-1]
        page.wait_for_timeout(500)
    raise AssertionError(f"no worker finished {operator} within a quarter of an hour")
