"""The compare panel in the real App: every control is used, and the pixels and numbers that follow are checked."""

from __future__ import annotations

import json
import re
from urllib.parse import unquote

import numpy as np
import pytest

from tests.app_page import SHORT, Page
from tests.compare_page import DARK, NAME, SCALARS, ComparePage, coloured, on_dark, opened
from tests.compared_rooms import make_rooms

LOW, HIGH, FARTHEST = 1.0, 5.0, 4.0


@pytest.fixture(scope="module")
def rooms(samples, tmp_path_factory):
    """Four scenes, predicted by both models that come with Plumb, evaluated."""
    dataset = make_rooms("compared", samples, tmp_path_factory.mktemp("maps"), FARTHEST)
    yield dataset
    dataset.delete()


@pytest.fixture(scope="module")
def broken(fo, rooms):
    """The same, but the second sample has lost a file and has a map of another tool."""
    dataset = rooms.clone("compared-broken")
    sample = dataset.skip(1).first()
    sample.mari.map_path = f"{sample.mari.map_path}.away"
    sample["other"] = fo.Heatmap(map=np.zeros((4, 4), np.uint8))
    sample.save()
    yield dataset
    dataset.delete()


@pytest.fixture(scope="module")
def first(rooms):
    """The first sample's picture, truth and predictions in metres, as Plumb's own library reads and aligns them."""
    from plumb.alignment import Alignment
    from plumb.datasets.fields import map_of
    from plumb.images import read_rgb

    sample = rooms.first()

    def metres(field):
        label = sample[field]
        values = map_of(field, label).read()
        if field == "gt_depth":
            return values
        mode = "lsq_disparity" if label.quantity == "inverse_depth" else "lsq_depth"
        return Alignment(mode, label.align_scale, label.align_shift).apply(values, max_depth=FARTHEST)

    return {
        "sample": sample,
        "picture": read_rgb(sample.filepath),
        **{f: metres(f) for f in ("gt_depth", "dpt", "mari")},
    }


@pytest.fixture
def window(app, browser_page, rooms):
    with opened(browser_page, app, rooms) as panel:
        yield panel


def test_opening_calls_the_server_once_and_never_again_for_what_the_page_knows(window, rooms):
    # The list and the records of the samples around come once the sample is drawn.
    window.requests_from_now()
    asked = window.methods()
    assert asked == ["on_load", "list_samples", "load"]
    window.close()
    window.open_window(1)
    window.root.locator(f'canvas[data-drawn]:not([data-sample="{rooms.first().id}"])').wait_for(timeout=SHORT)
    window.requests_from_now()
    assert window.methods()[len(asked) :] == ["list_samples", "load"]


def test_a_sample_s_files_are_read_when_the_app_goes_to_it_before_its_window_is_drawn(window, rooms):
    window.requests_from_now()  # the neighbours' files are read, and the records of all are known
    window.close()
    sample = rooms.last()
    files = {sample.filepath, *(sample[field].map_path for field in ("gt_depth", "dpt", "mari"))}
    asked = window.requests_from_now()
    # The address alone: no window comes after it, whose panel would ask.
    window.page.evaluate("id => history.pushState({}, '', `?id=${id}`)", sample.id)
    for _ in range(SHORT // 100):
        if files <= (read := {unquote(url.partition("filepath=")[2]) for url in asked}):
            break
        window.page.wait_for_timeout(100)
    assert files <= read
    assert window.page.locator("#modal.modalon").count() == 0


def test_depth_is_drawn_in_the_colours_of_its_metres(window, first, console):
    truth, hole = first["gt_depth"], np.isnan(first["gt_depth"])
    requests = window.requests_from_now()
    window.press("o")
    window.type_range(LOW, HIGH)
    window.only("depth:gt_depth")

    # A known code has the colour that the colormap gives to its metres; where there is none, nothing is painted.
    assert window.shows(on_dark(coloured(truth, "viridis", LOW, HIGH), hole)) > 0.999
    window.choose("colormap-depth:gt_depth", "colormap-depth:gt_depth-turbo")
    assert window.shows(on_dark(coloured(truth, "turbo", LOW, HIGH), hole)) > 0.999
    for scale, of in (("log", np.log), ("inverse", np.reciprocal), ("linear", np.positive)):
        window.choose("range", f"range-scale-{scale}")
        assert window.shows(on_dark(coloured(of(truth), "turbo", of(LOW), of(HIGH)), hole)) > 0.99, scale
    window.choose("colormap-depth:gt_depth", "colormap-depth:gt_depth-viridis")

    # Opacity 0 shows the picture, half of it the mean of both.
    window.only("picture", "depth:gt_depth")
    window.slide("opacity-depth:gt_depth", 0)
    assert window.shows(first["picture"], tolerance=8) > 0.99  # two decoders of JPEG
    picture = window.saved(*truth.shape)
    window.slide("opacity-depth:gt_depth", 50)
    both = np.where(hole[..., None], picture, (picture.astype(int) + coloured(truth, "viridis", LOW, HIGH)) / 2)
    assert window.shows(both, tolerance=2) > 0.999
    window.slide("opacity-depth:gt_depth", 100)

    # Only the pixels that the evaluation counts; stripes where it counts none.
    window.choose("mask", "mask-valid")
    counts = (truth > 0.001) & (truth < FARTHEST)
    kept = np.where(counts[..., None], coloured(truth, "viridis", LOW, HIGH), picture)
    assert window.shows(kept) > 0.999
    window.press("h")
    changed = (window.saved(*truth.shape) != kept).any(axis=-1)[NAME]
    assert 0.2 < changed[~counts[NAME]].mean() < 0.8 and changed[counts[NAME]].mean() < 0.001
    window.press("h")
    window.choose("mask", "mask-all")
    window.only("picture", "valid")
    marked = (np.abs(window.saved(*truth.shape).astype(int) - picture).max(axis=-1) > 8)[NAME]
    assert marked[counts[NAME]].mean() > 0.97 and marked[~counts[NAME]].mean() < 0.001

    # All of it without asking the server for anything.
    assert requests == []
    assert not [entry for entry in console if entry.unexpected]


def test_predictions_are_drawn_in_the_metres_of_their_evaluation_and_their_errors_too(window, first, console):
    truth, dpt, hole = first["gt_depth"], first["dpt"], np.isnan(first["gt_depth"])
    window.press("o")
    window.type_range(LOW, HIGH)
    window.only("depth:dpt")
    assert window.shows(coloured(dpt, "viridis", LOW, HIGH)) > 0.995
    window.type_errors(absolute=0.5, relative=20)
    for kind, values, low, high in (
        ("absolute", np.abs(dpt - truth), 0, 0.5),
        ("relative", np.abs(dpt - truth) / truth, 0, 0.2),
        ("signed", dpt - truth, -0.5, 0.5),
    ):
        window.only(f"{kind}:dpt")
        colormap = window.colormap(f"{kind}:dpt")
        assert (colormap == "RdBu_r") == (kind == "signed")
        assert window.shows(on_dark(coloured(values, colormap, low, high), hole)) > 0.99, kind
    window.only("delta1:dpt")
    painted = (window.saved(*truth.shape) != DARK).any(axis=-1)
    violated = np.maximum(dpt / truth, truth / dpt) >= 1.25
    assert (painted == (violated & ~hole))[NAME].mean() > 0.999
    window.only("uncertainty:mari_uncertainty")
    assert (window.saved(*truth.shape) != DARK).any(axis=-1)[NAME].mean() > 0.99
    assert not [entry for entry in console if entry.unexpected]


def test_arrangements_and_what_stands_below_the_mouse_the_line_and_the_box(window, first, console):
    import plumb
    from plumb.camera import Camera

    truth, dpt, hole = first["gt_depth"], first["dpt"], np.isnan(first["gt_depth"])
    height, width = truth.shape
    names = window.part("view-name")
    assert names.all_inner_texts() == ["RGB", "gt_depth", "dpt", "mari"]
    window.user.keep_picture("compare-side.png")

    # The pixel below the mouse, in every layer, whichever view the mouse is on.
    row, column = (int(share * size) for share, size in ((0.61, height), (0.4, width)))
    for view in (0, 2):
        window.point(view, (column + 0.5) / width, (row + 0.5) / height)
        assert re.findall(r"\d+", window.part("cursor-pixel").inner_text()) == [str(column), str(row)]
    cells = {f: window.part(f"cursor-row:{f}").locator("td").all_inner_texts() for f in ("gt_depth", "dpt", "mari")}
    assert cells["gt_depth"][0] == f"{truth[row, column]:.3f} m"
    assert cells["dpt"][0] == f"{dpt[row, column]:.3f} m"
    error = dpt[row, column] - truth[row, column]
    assert cells["dpt"][1].replace("\N{MINUS SIGN}", "-") == f"{error:+.3f} m"
    known = first["sample"].intrinsics
    camera = Camera(known.fx, known.fy, known.cx, known.cy)
    x = (column - camera.cx) * truth[row, column] / camera.fx
    assert cells["gt_depth"][-3].replace("\N{MINUS SIGN}", "-") == f"{x:.3f}"

    # Zoom and place are shared by all views, and a double click shows all again.
    whole = window.views()[0]["width"]
    window.page.mouse.wheel(0, -600)
    for _ in range(SHORT // 100):  # nothing else says that the page has heard of it
        if window.views()[0]["width"] != whole:
            break
        window.page.wait_for_timeout(100)
    zoomed = window.views()
    assert zoomed[0]["width"] > 2 * width / 2 and len({(v["width"], v["height"]) for v in zoomed}) == 1
    assert re.findall(r"\d+", window.part("cursor-pixel").inner_text()) == [str(column), str(row)]
    window.press("0")

    # The profile is the files' values along the line.
    window.press("p")
    window.drag(1, (0.2, 0.5), (0.8, 0.5))
    window.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    copied = window.copied(window.part("profile-csv").click, "profile-csv", "Copied")
    table = [line.split(",") for line in copied.strip().splitlines()]
    fields = [name.removesuffix("_m") for name in table[0]]
    line_row = int(0.5 * height)
    assert len(table) - 1 >= 0.6 * width - 2
    for cells_ in table[1:]:
        at = dict(zip(fields, cells_, strict=True))
        here = int(float(at["x"]))
        assert int(float(at["y"])) == line_row
        for field in ("gt_depth", "dpt"):
            value = first[field][line_row, here]
            assert at[field] == "" if np.isnan(value) else float(at[field]) == pytest.approx(value, abs=1e-6)
    window.user.keep_picture("compare-profile.png")
    window.press("Escape")

    # The box's metrics are those of plumb.evaluate on the same pixels.
    window.press("x")
    window.drag(1, (0.3, 0.3), (0.7, 0.8))
    columns, rows, left, top = (int(n) for n in re.findall(r"\d+", window.part("box-place").inner_text()))
    window.part("box-all").click()
    within = np.s_[top : top + rows, left : left + columns]
    scores = plumb.evaluate(
        dpt[within], truth[within], quantity="depth", alignment="none", min_depth=0.001, max_depth=FARTHEST
    )
    for metric in SCALARS:
        value = window.part(f"box-metric:{metric}").locator("td").first.get_attribute("data-value")
        assert float(value) == pytest.approx(scores.metrics[metric], rel=1e-9), metric
    assert window.part("box-metric:pixels").locator("td").first.get_attribute("data-value") == str(scores.n_valid)
    window.user.keep_picture("compare-box.png")
    window.press("Escape", "v")

    # Swipe: left of the divider one layer, right of it the other.
    window.only("depth:gt_depth", "depth:dpt")
    window.press("w")
    window.type_range(LOW, HIGH)
    halves = np.where(
        (np.arange(width) < width // 2)[:, None],
        on_dark(coloured(truth, "viridis", LOW, HIGH), hole),
        coloured(dpt, "viridis", LOW, HIGH),
    )
    assert window.shows(halves) > 0.98
    before = window.drawn()
    stage = window.part("stage").bounding_box()
    window.page.mouse.move(stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 3)
    window.page.mouse.down()
    window.page.mouse.move(stage["x"] + stage["width"] * 0.7, stage["y"] + stage["height"] / 3, steps=3)
    window.page.mouse.up()
    window.settle()
    changed = (window.drawn() != before).any(axis=-1).any(axis=0)
    assert (
        changed[int(changed.size * 0.52) : int(changed.size * 0.68)].mean() > 0.9
        and not changed[: changed.size // 2 - 3].any()
    )
    window.user.keep_picture("compare-swipe.png")

    # Blink: one after the other, by itself.
    window.press("b")
    for layer in ("gt_depth", "dpt", "gt_depth"):
        names.first.get_by_text(layer, exact=True).wait_for(timeout=SHORT)
    window.press("s")
    assert not [entry for entry in console if entry.unexpected]


def test_settings_stay_for_the_next_sample_after_a_reload_and_in_a_link(window, rooms, console):
    ids = rooms.values("id")
    window.press("o")
    window.only("depth:dpt")
    window.choose("colormap-depth:dpt", "colormap-depth:dpt-turbo")
    metrics = window.part("sample-metrics").inner_text()
    assert f"{rooms.first().dpt.abs_rel:.3f}" in metrics and "near: ground truth" in metrics
    assert "least squares in inverse depth" in metrics

    window.press(".")
    window.wait_for_window(ids[1])  # which has moved with the panel
    assert (window.part("view-name").all_inner_texts(), window.colormap("depth:dpt")) == (["dpt"], "turbo")
    window.part("previous").click()
    window.wait_for_window(ids[0])
    window.press(".")
    window.wait_for_window(ids[1])

    # On the clipboard: as a link, and as JSON that can be pasted elsewhere.
    window.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    link = window.copied(lambda: window.press("k"), "notice", "link is on the clipboard")
    settings = window.copied(lambda: window.share("copy-json"), "notice", "as JSON")
    assert json.loads(settings)["layers"]["depth:dpt"]["colormap"] == "turbo"
    window.page.reload(wait_until="domcontentloaded")
    window.open_again()
    window.wait_for_sample(ids[1])
    assert (window.part("view-name").all_inner_texts(), window.colormap("depth:dpt")) == (["dpt"], "turbo")

    # Whoever opens the link sees the same sample the same way, whatever they had before.
    window.share("reset")
    assert window.colormap("depth:dpt") == "viridis" and window.part("view-name").count() == 4
    window.page.goto("about:blank")
    window.page.goto(link, wait_until="domcontentloaded")
    window.open_again()
    window.wait_for_sample(ids[1])
    assert (window.part("view-name").all_inner_texts(), window.colormap("depth:dpt")) == (["dpt"], "turbo")
    assert not [entry for entry in console if entry.unexpected]


@pytest.fixture
def broken_window(app, browser_page, broken):
    with opened(browser_page, app, broken) as panel:
        yield panel


def test_what_cannot_be_shown_has_a_message_in_its_place_and_the_rest_is_there(broken_window, broken):
    panel = broken_window
    panel.press(".")
    panel.wait_for_sample(broken.values("id")[1])
    assert panel.part("view-name").all_inner_texts() == ["RGB", "gt_depth", "dpt", "mari"]
    assert ".away" in panel.part("view-problem").inner_text()
    assert "missing" in panel.part("problem-depth:mari").inner_text()
    assert "has no file" in panel.part("problem-depth:other").inner_text()
    assert panel.part("sample-metrics").inner_text().count("mari")
    panel.user.keep_picture("compare-broken.png")


def test_selected_samples_are_compared_on_a_sheet_worst_first_and_a_tile_opens_its_sample(
    app, browser_page, rooms, console
):
    user = Page(browser_page, app, rooms.name)
    user.wait_for_grid(len(rooms))
    sheet = ComparePage(user, window=False)
    assert sheet.rows() == _worst_first(rooms, "dpt.abs_rel")
    user.keep_picture("compare-sheet.png")

    chosen = rooms.values("id")[1:]
    browser_page.evaluate("samples => __foo__.executeOperator('set_selected_samples', { samples })", chosen)
    sheet.page.get_by_text("3 samples, the worst", exact=False).wait_for(timeout=SHORT)
    sheet.wait_for_rows(_worst_first(rooms.select(chosen), "dpt.abs_rel"))
    sheet.part("sheet-metric").select_option("rmse")
    sheet.page.get_by_text("the worst rmse", exact=False).wait_for(timeout=SHORT)
    sheet.wait_for_rows(_worst_first(rooms.select(chosen), "dpt.rmse"))

    worst = sheet.rows()[0]
    sheet.part("sheet-cell:mari").first.click()
    sheet.wait_for_sample(worst)
    assert sheet.part("position").inner_text().endswith("/ 3")
    assert not [entry for entry in console if entry.unexpected]


def _worst_first(view, metric: str) -> list[str]:
    return view.sort_by(metric, reverse=True).values("id")
