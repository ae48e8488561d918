"""The leaderboard as a user has it: the real App in Chromium, every control used, and what it did looked up."""

from __future__ import annotations

import re

import pytest
from PIL import Image

from plumb import markup, report
from plumb.leaderboard import only
from plumb.leaderboard_distances import behind
from plumb.leaderboard_plots import disagreeing, worst
from tests.app_page import SHORT, Page
from tests.grouped_datasets import grouped
from tests.leaderboard_page import BARS, POINTS, Board
from tests.map_datasets import run_evaluation, writer
from tests.report_datasets import SAMPLES, report_dataset

USUAL = ["abs_rel", "rmse", "log10", "silog", "delta1", "delta2", "delta3"]


def with_pictures(name, folder):
    """Five samples with predictions, and pictures that the grid can show."""
    dataset = report_dataset(name, writer(folder))
    folder.mkdir(exist_ok=True)
    for number in range(SAMPLES):
        Image.new("RGB", (20, 16), (40 * number, 90, 120)).save(folder / f"{number}.png")
    dataset.set_values("filepath", [str(folder / f"{number}.png") for number in range(SAMPLES)])
    dataset.persistent = True
    return dataset


@pytest.fixture(scope="module")
def evaluated(fo, tmp_path_factory):
    """`dpt` and `better` by one protocol, `dpt` by another too."""
    dataset = with_pictures("leaderboard-browser", tmp_path_factory.mktemp("pictures"))
    run_evaluation(dataset, ["dpt", "better"], group_by=["scene"])
    run_evaluation(dataset, ["dpt"], protocol="relative8", eval_key="eight")
    yield dataset
    dataset.delete()


@pytest.fixture(scope="module")
def unevaluated(fo, tmp_path_factory):
    dataset = with_pictures("leaderboard-browser-empty", tmp_path_factory.mktemp("pictures"))
    yield dataset
    dataset.delete()


@pytest.fixture(scope="module")
def in_groups(fo, evaluated):
    """The same pictures in groups, evaluated in the slice that the grid does not show."""
    dataset = grouped("leaderboard-browser-groups", evaluated)
    dataset.persistent = True
    dataset.group_slice = "rgb"
    run_evaluation(dataset, ["dpt", "better"])
    dataset.group_slice = "depth"
    yield dataset
    dataset.delete()


@pytest.fixture
def unexpected(console):
    return lambda: [entry for entry in console if entry.unexpected]


def test_tables_are_read_sorted_chosen_copied_and_lead_to_samples(app, browser_page, unexpected, evaluated):
    from plumb.datasets.reporting import load_evaluations

    dpt, better, eight = load_evaluations(evaluated)
    browser_page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    user = Page(browser_page, app, evaluated.name)
    user.wait_for_grid(SAMPLES)
    board = Board(user)
    board.at("lb-block-B").wait_for(timeout=SHORT)

    # What compares stands together, the rest apart with the reason, and the best is that of the report.
    assert (board.runs("A"), board.runs("B")) == ([dpt.run, better.run], [eight.run])
    assert "relative8 in place of sunrgbd" in board.at("lb-block-B").locator('[data-plumb="lb-apart"]').inner_text()
    assert dpt.protocol in board.at("lb-block-A").inner_text()
    first = markup.markdown([only(one, USUAL) for one in (dpt, better)])
    bold = {
        line.split(" ")[1]: ["**" in cell for cell in line.split(" | ")[1:3]]
        for line in first.splitlines()
        if line[:2] == "| "
    }
    for name in USUAL:
        cells = board.at("lb-block-A").locator(f'[data-plumb="lb-cell-{name}"]').all()
        assert [cell.get_attribute("data-best") == "true" for cell in cells] == bold[name]

    # Sorted by a metric, the best first, then the worst; copies have the order and the columns of the screen.
    column = board.at("lb-block-A").locator('[data-plumb="lb-sort-metric:rmse"]')
    column.click()
    assert board.runs("A") == [better.run, dpt.run]
    assert "[m] ↓" in column.inner_text()
    column.click()
    assert board.runs("A") == [dpt.run, better.run]
    board.at("lb-block-A").locator('[data-plumb="lb-sort-name"]').click()
    assert board.runs("A") == [better.run, dpt.run]
    shown = [only(one, [*USUAL, "psnr", "ssim"]) for one in (better, dpt, eight)]
    assert board.copied("lb-copy-markdown") == markup.markdown(shown)
    assert board.copied("lb-copy-latex") == markup.latex(shown)
    number = re.search(r"\*\*([\d.]+)\*\*", first).group(1)  # of abs_rel
    assert board.at(f"lb-run-{better.run}").locator('[data-plumb="lb-cell-abs_rel"]').inner_text().startswith(number)

    # Columns: only two of them, in the table and in the copy; then the usual ones again.
    board.at("lb-columns").click()
    for name in ("log10", "silog", "delta1", "delta2", "delta3", "psnr", "ssim"):
        board.at(f"lb-column-{name}").click()
    browser_page.keyboard.press("Escape")
    assert board.at("lb-block-A").locator("th").all_inner_texts()[3:] == ["abs_rel ↓", "rmse [m] ↓"]
    table = report.table([only(one, ["abs_rel", "rmse"]) for one in (better, dpt, eight)])
    assert board.copied("lb-copy-csv") == table.to_csv(index=False, lineterminator="\n")
    board.at("lb-columns").click()
    board.at("lb-columns-usual").click()
    browser_page.keyboard.press("Escape")

    # A browser without clipboard has the text to copy by hand.
    browser_page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')) }")
    browser_page.evaluate("() => { document.execCommand = () => false }")
    board.at("lb-copy-markdown").click()
    board.at("lb-copied-text").wait_for(timeout=SHORT)
    assert board.at("lb-copied-text").input_value() == markup.markdown(shown)

    # One click shows the worst, the worst first, and the numbers stay those of all; another the way back.
    board.at("lb-metric").select_option("rmse")
    board.at(f"lb-worst-{dpt.run}").click()
    board.at("lb-shown").wait_for(timeout=SHORT)
    board.until("the worst are told", lambda: "5 worst images of dpt by rmse" in board.text("lb-shown"))
    board.until("the worst are shown", lambda: board.shown == worst(dpt, "rmse", 25))
    assert board.at("lb-samples").inner_text() == f"all {SAMPLES} samples"
    user.keep_picture("leaderboard.png")
    board.at("lb-disagree-A").click()
    board.until("the difference is told", lambda: "of dpt and better differ most" in board.text("lb-shown"))
    board.until("the difference is shown", lambda: board.shown == disagreeing(dpt, better, "rmse", 25))
    board.back()

    # A run that is stored meanwhile comes by itself.
    run_evaluation(evaluated, ["metric"])
    board.at("lb-run-plumb_evaluate_metric").wait_for(timeout=SHORT)
    assert not unexpected()


def first_band(evaluation):
    return next(band.low for band in evaluation.bands if band.n_pixels)


def test_plots_select_samples_in_the_grid(app, browser_page, unexpected, evaluated):
    from plumb.datasets.reporting import load_evaluations

    ids = evaluated.values("id")
    dpt = load_evaluations(evaluated, ["plumb_evaluate_dpt"])[0]
    user = Page(browser_page, app, evaluated.name)
    user.wait_for_grid(SAMPLES)
    board = Board(user)
    board.at("lb-tab-plots").click()
    for name in ("distribution", "against", "distance", "groups"):
        board.at(f"lb-plot-{name}").locator(".main-svg").first.wait_for(timeout=SHORT)
        assert dpt.protocol in board.at(f"lb-card-{name}").inner_text()
    assert "image" in board.at("lb-card-against").locator("figcaption").inner_text()
    user.keep_picture("leaderboard-plots.png")

    # A bar of the histogram, by the column above it, for a bar may be low: the samples whose values lie there.
    lowest = min(zip(dpt.columns["abs_rel"].tolist(), ids, strict=True))[1]
    board.attempt(
        "the bar says what it is",
        lambda: board.point_above("distribution", BARS),
        lambda: "with abs_rel" in " ".join(board.at("lb-plot-distribution").locator(".hovertext").all_text_contents()),
    )
    board.attempt(
        "the lowest bar is selected",
        lambda: board.click_above("distribution", BARS),
        lambda: board.at("lb-picked").count() and lowest in (now := board.selected) and len(now) < SAMPLES,
    )

    # A box over all points, then only these shown, then back.
    board.attempt(
        "all are selected",
        lambda: board.draw_box("against"),
        lambda: board.text("lb-picked").startswith(f"{SAMPLES} samples"),
    )
    board.at("lb-show-selected").click()
    board.at("lb-shown").wait_for(timeout=SHORT)
    board.until("they are shown", lambda: set(board.shown) == set(ids))
    board.back()

    # A point of the errors by distance: the images behind it, told and shown with the largest part first.
    found = behind([(dpt, "abs_rel", first_band(dpt))], 25)
    board.attempt(
        "the images behind a point are told",
        lambda: board.click("distance", POINTS),
        lambda: found.told in board.text("lb-picked"),
    )
    board.until("they are selected", lambda: set(board.selected) == set(found.ids))
    board.at("lb-show-selected").click()
    board.until("they are shown in their order", lambda: board.shown == found.ids)
    board.until(
        "that is told once",
        lambda: (found.told in board.text("lb-shown"), found.told in board.text("lb-picked")) == (True, False),
    )
    board.back()
    # Another selection is not described by these words.
    board.attempt(
        "another bar is selected",
        lambda: board.click("distribution", BARS),
        lambda: board.at("lb-picked").count() and "with pixels" not in board.text("lb-picked"),
    )
    # A box over all points of dpt; those of the other model lie on the edge.
    board.attempt(
        "a box over the points is told",
        lambda: board.draw_box("distance"),
        lambda: "at 1 to 8 m, first those that add most to the abs_rel of dpt" in board.text("lb-picked"),
    )

    # A bar of a group, of one model, by another metric.
    board.at("lb-metric").select_option("rmse")
    board.at("lb-draw-plumb_evaluate_better").uncheck()
    board.at("lb-grouping").select_option("scene")
    board.until("rmse by scene is drawn", lambda: "rmse [m]" in board.text("lb-plot-groups"))
    scenes = evaluated.values("scene")
    groups = [{key for key, of in zip(ids, scenes, strict=True) if of == scene} for scene in ("kitchen", "office")]
    board.attempt("a scene is selected", lambda: board.click("groups", BARS), lambda: set(board.selected) in groups)
    board.at("lb-clear-selected").click()
    board.at("lb-picked").wait_for(state="detached", timeout=SHORT)

    # Another block, and the queued operations.
    board.at("lb-block").select_option("B")
    board.until("the other protocol is told", lambda: "relative8" in board.text("lb-card-distribution"))
    board.until("8 bit knows no distances", lambda: "A protocol in 8 bit has none" in board.text("lb-card-distance"))
    board.at("lb-tab-jobs").click()
    board.at("jobs").wait_for(timeout=SHORT)
    assert not unexpected()


def test_what_was_chosen_is_there_after_the_page_was_loaded_again(app, browser_page, unexpected, evaluated):
    user = Page(browser_page, app, evaluated.name)
    user.wait_for_grid(SAMPLES)
    board = Board(user)
    block = board.at("lb-block-A")
    block.wait_for(timeout=SHORT)
    board.at("lb-columns").click()
    for name in USUAL[2:]:
        board.at(f"lb-column-{name}").click()
    browser_page.keyboard.press("Escape")
    block.locator('[data-plumb="lb-sort-metric:rmse"]').click()
    board.at("lb-metric").select_option("delta2")
    board.at("lb-first-A").select_option("plumb_evaluate_better")  # the other one before
    board.at("lb-tab-plots").click()
    board.at("lb-grouping").select_option("tags")
    board.at("lb-draw-plumb_evaluate_better").uncheck()
    board.at("lb-block").select_option("B")

    board.reload()
    board.at("lb-plot-distribution").locator(".main-svg").first.wait_for(timeout=SHORT)
    assert (board.at("lb-metric").input_value(), board.at("lb-grouping").input_value()) == ("delta2", "tags")
    assert board.at("lb-block").input_value() == "B"
    assert board.text("lb-other-metric") == "Block B has no delta2: its plots show rmse."
    board.at("lb-block").select_option("A")
    hidden, drawn = board.at("lb-draw-plumb_evaluate_better"), board.at("lb-draw-plumb_evaluate_dpt")
    board.until("one model is hidden", lambda: hidden.count() and not hidden.is_checked() and drawn.is_checked())
    hidden.check()
    board.at("lb-against-first").wait_for(timeout=SHORT)
    pair = [board.at(f"lb-against-{place}").input_value() for place in ("first", "second")]
    assert pair == ["plumb_evaluate_better", "plumb_evaluate_dpt"]
    board.at("lb-tab-table").click()
    assert block.locator("th").all_inner_texts()[3:] == ["abs_rel ↓", "best first\nrmse [m] ↓"]
    assert board.runs("A") == ["plumb_evaluate_better", "plumb_evaluate_dpt"]

    # What was kept of metrics that are gone, or is no setting at all, does no harm.
    for kept in ('{"metric": "gone", "columns": ["gone"], "sorting": {"key": "metric:gone", "bestFirst": true}}', "{"):
        browser_page.evaluate(
            "([key, text]) => localStorage.setItem(key, text)", [f"plumb.leaderboard.{evaluated.name}", kept]
        )
        board.reload()
        block.wait_for(timeout=SHORT)
        names = [text.split(" ")[0] for text in block.locator("th").all_inner_texts()[3:]]
        assert names == USUAL and board.at("lb-metric").input_value() == "abs_rel"
    assert not unexpected()


def test_groups_are_selected_and_shown_in_the_slice_that_the_grid_has(app, browser_page, unexpected, in_groups):
    board = Board(Page(browser_page, app, in_groups.name))
    board.at("lb-worst-plumb_evaluate_dpt").click()
    board.at("lb-shown").wait_for(timeout=SHORT)
    # The grid takes the pictures of the slice without maps, in the order of the errors of the other one.
    depth = dict(zip(*in_groups.select_group_slices("depth").values(["group.id", "id"]), strict=True))
    rgb = in_groups.select_group_slices("rgb").values(["dpt.abs_rel", "group.id"])
    order = [depth[group] for _, group in sorted(zip(*rgb, strict=True), reverse=True)]
    board.until("they are shown", lambda: [key for key in board.shown if key in order] == order)
    board.until(
        "the grid has them", lambda: browser_page.locator('[data-cy="fo-grid"] [data-cy="looker"]').count() == SAMPLES
    )
    assert board.at("lb-samples").inner_text() == f"all {SAMPLES} groups"
    board.at("lb-tab-plots").click()
    board.attempt(
        "a group is selected",
        lambda: board.click("distribution", BARS),
        lambda: board.at("lb-picked").count() and set(board.selected) < set(order),
    )
    ticked = browser_page.locator('[data-cy="fo-grid"] [data-cy="looker"] input[type=checkbox]:checked')
    board.until("it is ticked in the grid", lambda: ticked.count() == len(board.selected))
    assert not unexpected()


def test_without_an_evaluation_it_says_what_to_do_and_opens_the_form(app, browser_page, unexpected, unevaluated):
    user = Page(browser_page, app, unevaluated.name)
    user.wait_for_grid(SAMPLES)
    board = Board(user)
    board.at("lb-empty").wait_for(timeout=SHORT)
    assert "No evaluation yet" in board.at("lb-empty").inner_text()
    board.at("lb-empty-open").click()
    user.form.get_by_text("Evaluate depth", exact=True).first.wait_for(timeout=SHORT)
    assert not unexpected()
