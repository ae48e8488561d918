"""Prediction by clicking: a diffusion model chosen in the form, its progress, its heatmap and its uncertainty."""

from __future__ import annotations

import re

import pytest

from plumb.jobs import finish
from tests.app_page import LONG, SHORT, Page

SCENES = 6


@pytest.fixture(scope="module")
def scenes_only(fo, samples, sandbox):
    from plumb.datasets.importing import import_sunrgbd

    finish(import_sunrgbd(samples, "browser-predict", max_scenes=SCENES))
    dataset = fo.load_dataset("browser-predict")
    dataset.persistent = True
    yield dataset
    dataset.delete()


def test_marigold_is_chosen_set_up_watched_and_seen_all_by_clicking(app, browser_page, console, scenes_only):
    user = Page(browser_page, app, scenes_only.name)
    user.wait_for_grid(SCENES)
    user.open_operator("Predict depth")
    user.form.locator("input").first.fill("marigold-tiny")
    browser_page.get_by_role("option", name="marigold-tiny").click()
    user.form.get_by_text("affine depth, comes with Plumb", exact=False).first.wait_for(timeout=SHORT)
    user.form.get_by_text("Denoising steps").wait_for(timeout=SHORT)
    user.form.get_by_role("checkbox", name="Keep the uncertainty").check()
    user.form.get_by_text("set ensemble to 3 or more", exact=False).wait_for(timeout=SHORT)
    user.form.get_by_role("spinbutton").nth(0).fill("8")  # slow enough to be watched
    ensemble = user.form.get_by_role("spinbutton").nth(1)
    ensemble.fill("3")
    user.form.get_by_text("set ensemble to 3 or more", exact=False).wait_for(state="detached", timeout=SHORT)
    user.keep_picture("marigold.png")
    user.submit("Run now")

    progress = browser_page.get_by_text(re.compile(rf"[1-{SCENES - 1}] of {SCENES} images predicted"))
    progress.first.wait_for(timeout=LONG)
    user.keep_picture("progress.png")
    assert f"{SCENES} images predicted into marigold_tiny" in user.finish()
    browser_page.locator('[data-cy="checkbox-marigold_tiny"]').wait_for(timeout=LONG)
    user.wait_until_colourful(True)
    user.keep_picture("predicted.png")
    user.show_field("marigold_tiny", False)  # it is the map that is seen: without it there is none

    scenes_only.reload()
    assert (
        scenes_only.count("marigold_tiny.map_path") == scenes_only.count("marigold_tiny_uncertainty.map_path") == SCENES
    )
    assert not [entry for entry in console if entry.unexpected]
