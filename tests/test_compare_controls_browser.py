"""The compare panel's other controls in the real App: what each changes is seen in the pixels or read in the panel."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.app_page import LONG, SHORT, Page
from tests.compare_page import ComparePage, coloured, opened
from tests.compared_rooms import make_rooms


@pytest.fixture(scope="module")
def rooms(samples, tmp_path_factory):
    dataset = make_rooms("controlled", samples, tmp_path_factory.mktemp("maps"), 4.0)
    yield dataset
    dataset.delete()


@pytest.fixture
def window(app, browser_page, rooms):
    with opened(browser_page, app, rooms) as panel:
        yield panel


def test_another_evaluation_changes_the_metres_of_its_prediction(window, rooms):
    from plumb.alignment import Alignment
    from plumb.datasets.fields import map_of

    label = rooms.first().dpt
    window.press("o")
    window.type_range(1.0, 5.0)
    window.only("depth:dpt")
    window.part("compared").click()
    window.part("eval-key").select_option("robust")
    window.page.keyboard.press("Escape")
    window.settle()
    robust = Alignment("robust_disparity", label.robust_align_scale, label.robust_align_shift)
    metres = robust.apply(map_of("dpt", label).read(), max_depth=8.0)
    assert window.shows(coloured(metres, "viridis", 1.0, 5.0)) > 0.995
    assert "robust" in window.part("detail-depth:dpt").inner_text()


def test_keys_change_opacity_range_and_layers_of_the_active_row_and_help_lists_them(window):
    window.press("o", "Shift+Digit2")  # the truth
    full = window.drawn()
    window.press("[", "[")
    assert int(window.part("opacity-depth:gt_depth").input_value()) < 100
    window.press("3", "4")  # both predictions off
    assert window.part("view-name").all_inner_texts() == ["gt_depth"]
    assert (window.drawn() != full).any()
    window.press("3")
    assert window.part("bar").count() == 1
    window.press("u")
    assert window.part("bar").count() == 2  # each its own range
    window.press("u", "3")
    window.press("l")
    assert window.page.evaluate("() => localStorage['plumb.compare.controlled']").count('"inverse"') == 1
    window.press("l", "l")
    window.page.keyboard.press("?")
    window.part("key-help").get_by_text("opacity of the active layer", exact=False).wait_for(timeout=SHORT)
    window.page.keyboard.press("Escape")
    assert window.page.locator("#modal.modalon").count() == 1  # the key closed the help, not the window
    window.press("Shift+Digit3", "d")
    assert "signed" in " ".join(window.part("view-name").all_inner_texts())


def test_settings_are_pasted_and_what_cannot_be_is_said(window):
    window.part("share").click()
    window.part("paste").click()
    window.part("paste-text").fill('{"version": 1')
    window.part("paste-apply").click()
    window.part("paste-problem").get_by_text("not JSON", exact=False).wait_for(timeout=SHORT)
    settings = {"version": 1, "arrangement": "overlay", "layers": {}, "mask": {"pixels": "measured", "hatch": True}}
    window.part("paste-text").fill(json.dumps(settings))
    window.part("paste-apply").click()
    window.settle()
    assert window.part("view-name").count() == 1
    assert window.part("arrangement-overlay").is_checked() and window.part("mask").inner_text() == "Measured"


def test_one_to_one_zoom_by_keys_and_fit(window, rooms):
    window.press("o")
    window.only("picture")
    window.part("one-to-one").click()
    window.settle()
    (place,) = window.views()
    assert place["width"] == pytest.approx(rooms.first().metadata.width, abs=1)
    enlarged = place["width"]
    window.press("+", "+")
    assert window.views()[0]["width"] > enlarged
    window.part("fit").click()
    window.settle()
    stage = window.part("stage").bounding_box()
    (place,) = window.views()
    assert max(place["width"] / stage["width"], place["height"] / stage["height"]) == pytest.approx(1, abs=0.01)


def test_pixels_are_read_and_lines_drawn_by_keyboard_without_leaving_the_sample(window, rooms):
    metadata = rooms.first().metadata
    middle = (metadata.width // 2, metadata.height // 2)
    far = "Control+ArrowRight"
    window.press("p", "ArrowRight", "Enter", far, far, "ArrowDown", "Enter", "ArrowUp")
    assert window.part("cursor-pixel").inner_text().split()[1::2] == [str(middle[0] + 20), str(middle[1])]
    window.part("profile").wait_for(timeout=SHORT)
    before = window.part("canvas").get_attribute("data-sample")
    window.press("+", "+", "Alt+ArrowLeft")
    assert before == window.part("canvas").get_attribute("data-sample") == rooms.first().id
    window.press("Escape")
    assert window.part("profile").count() == 0


def test_each_side_of_a_swipe_is_chosen_at_its_name_in_the_list_and_by_key(window, rooms):
    names = window.part("view-name").all_inner_texts
    window.press("w")
    window.only("picture", "depth:gt_depth", "depth:dpt", "depth:mari")
    assert names() == ["gt_depth", "dpt"]
    window.part("swipe-right").select_option("depth:mari")
    window.settle()
    assert names() == ["gt_depth", "mari"]
    swiped = window.drawn()
    width = swiped.shape[1]
    window.part("to-left-depth:dpt").click()
    window.settle()
    assert names() == ["dpt", "mari"]
    changed = (window.drawn() != swiped).any(axis=-1)
    assert changed[:, : width // 2 - 2].mean() > 0.1 and not changed[:, width // 2 + 2 :].any()
    window.press("Shift+Digit4", "<")  # what was on the right
    assert names() == ["mari", "dpt"]
    window.part("swipe-left").select_option("picture")
    window.settle()
    assert names() == ["RGB", "dpt"]
    stored = json.loads(window.page.evaluate("() => localStorage['plumb.compare.controlled']"))
    assert stored["sides"] == {"left": "picture", "right": "depth:dpt"}
    window.part("on-depth:dpt").click()  # off: another takes its place, until it is on again
    window.settle()
    assert names() == ["RGB", "gt_depth"]
    window.part("on-depth:dpt").click()
    window.settle()
    assert names() == ["RGB", "dpt"]
    window.part("swipe-left").select_option("depth:gt_depth")
    window.part("swipe-right").select_option("depth:dpt")
    window.press("s")


def test_layers_that_another_covers_are_said_to_be_and_the_view_is_called_by_what_is_seen(window):
    window.press("o")
    window.only("picture", "depth:gt_depth", "depth:dpt", "depth:mari")
    assert window.part("view-name").all_inner_texts() == ["mari (covers 2 layers)"]
    assert window.part("hidden-depth:dpt").inner_text() == "covered by mari"
    assert window.part("hidden-depth:mari").count() == 0
    window.slide("opacity-depth:mari", 60)
    assert window.part("view-name").all_inner_texts() == ["dpt + mari (covers gt_depth)"]
    assert window.part("hidden-depth:dpt").count() == 0
    assert window.part("hidden-depth:gt_depth").inner_text() == "covered by dpt"
    window.slide("opacity-depth:mari", 100)
    window.press("s")
    assert window.part("hidden-depth:gt_depth").count() == 0


def test_a_panel_that_is_opened_again_draws_on_the_same_canvas_and_compiles_no_shader_anew(app, browser_page, rooms):
    browser_page.add_init_script(
        """window.links = 0;
        const link = WebGL2RenderingContext.prototype.linkProgram;
        WebGL2RenderingContext.prototype.linkProgram = function (program) {
            window.links += 1;
            return link.call(this, program);
        };"""
    )
    user = Page(browser_page, app, rooms.name)
    user.wait_for_grid(len(rooms))
    panel = ComparePage(user, window=True)
    panel.wait_for_sample(rooms.first().id)
    panel.press("o")
    ready = '[data-plumb="canvas"][data-ready]'  # what may come next is compiled while nothing is done
    panel.root.locator(ready).wait_for(timeout=LONG)
    before = panel.drawn()
    linked = browser_page.evaluate("window.links")
    assert linked > 10
    panel.press("s", "w", "o")
    panel.slide("opacity-depth:mari", 70)
    assert (panel.drawn() != before).any()
    panel.slide("opacity-depth:mari", 100)
    assert browser_page.evaluate("window.links") == linked
    panel.part("canvas").evaluate("canvas => { window.canvas = canvas; }")
    panel.close()
    panel = ComparePage(user, window=True)
    panel.wait_for_sample(rooms.first().id)
    panel.root.locator(ready).wait_for(timeout=LONG)
    assert panel.part("canvas").evaluate("canvas => canvas === window.canvas")
    assert (panel.drawn() == before).all()
    assert browser_page.evaluate("window.links") == linked
    panel.press("s")
    panel.close()


def test_the_panel_is_as_readable_in_the_light_theme(app, browser_page, rooms):
    user = Page(browser_page, app, rooms.name)
    user.wait_for_grid(len(rooms))
    sheet = ComparePage(user, window=False)
    sheet.rows()
    browser_page.locator('[data-testid="LightModeIcon"]').first.click()
    browser_page.wait_for_function("() => !document.documentElement.classList.contains('dark')")
    for _ in range(SHORT // 200):  # colours change by and by
        ground, text = sheet.part("compare").evaluate(
            """panel => {
                const shown = element => getComputedStyle(element);
                const title = panel.querySelector('[data-plumb="sheet-summary"]');
                let ground = title;
                while (ground && shown(ground).backgroundColor === "rgba(0, 0, 0, 0)") ground = ground.parentElement;
                return [shown(ground).backgroundColor, shown(title).color];
            }"""
        )
        # What WCAG asks of text; the ground is light when it is lighter than middle grey.
        light, readable = _luminance(ground) > 0.5, _contrast(ground, text) > 4.5
        if light and readable:
            break
        browser_page.wait_for_timeout(200)
    assert (light, readable) == (True, True), (ground, text)
    user.keep_picture("compare-light.png")


def _contrast(ground: str, text: str) -> float:
    """The contrast of two CSS colours as WCAG defines it."""
    high, low = sorted([_luminance(ground), _luminance(text)], reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    channels = np.array([float(part) for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])
