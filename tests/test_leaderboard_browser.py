"""The leaderboard as a user has it: the real App in Chromium, every control used, and what it did looked up."""

from __future__ import annotations

import re

import pytest
from PIL import Image

from plumb import markup, report
from plumb.leaderboard import only
from plumb.leaderboard_plots import disagreeing, worst
from tests.app_page import SHORT, Page
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


class Board:
    """The panel on a page, and what the App has told its Python half last."""

    def __init__(self, user: Page):
        self.page = user.page
        self.told: dict = {}
        self.page.on("request", self._hear)
        self.page.locator('[data-cy="new-panel-btn"]').first.click()
        self.page.get_by_text("Depth leaderboard", exact=True).last.click()
        self.at("leaderboard").wait_for(timeout=SHORT)

    def _hear(self, request) -> None:
        if request.url.endswith("/operators/execute") and "depth_leaderboard" in (request.post_data or ""):
            self.told = request.post_data_json

    def at(self, name: str):
        return self.page.locator(f'[data-plumb="{name}"]')

    def runs(self, block: str) -> list[str]:
        """The runs of a block, from above."""
        rows = self.at(f"lb-block-{block}").locator("tbody tr")
        return [row.get_attribute("data-plumb").removeprefix("lb-run-") for row in rows.all()]

    def until(self, what: str, holds) -> None:
        for _ in range(200):
            if holds():
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"not within 20 seconds: {what}; the App has told {self.told}")

    @property
    def selected(self) -> set[str]:
        return {one if isinstance(one, str) else one["id"] for one in self.told.get("selected") or ()}

    @property
    def shown(self) -> list[str]:
        """The ids that the last stage of the view selects."""
        stages = self.told.get("view") or [{}]
        return dict(stages[-1].get("kwargs", ())).get("sample_ids", [])

    def copied(self, button: str) -> str:
        self.page.evaluate("navigator.clipboard.writeText('')")
        self.at(button).click()
        self.until("something is copied", lambda: self.page.evaluate("navigator.clipboard.readText()"))
        return self.page.evaluate("navigator.clipboard.readText()")

    def click_bar(self, plot: str, number: int) -> None:
        """The middle of a bar that is not empty."""
        bars = self.at(f"lb-plot-{plot}").locator(".bars .point path")
        bars.first.wait_for(timeout=SHORT, state="attached")
        self.at(f"lb-plot-{plot}").scroll_into_view_if_needed()
        boxes = [box for box in (bar.bounding_box() for bar in bars.all()) if box and box["height"] > 3]
        box = boxes[number]
        self.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    def draw_box(self, plot: str) -> None:
        """Over the whole plot."""
        self.at(f"lb-plot-{plot}").scroll_into_view_if_needed()
        area = self.at(f"lb-plot-{plot}").locator(".nsewdrag").first.bounding_box()
        left, top, mouse = area["x"], area["y"], self.page.mouse
        mouse.move(left + 2, top + 2)
        mouse.down()
        for share in (0.3, 0.6, 1.0):
            mouse.move(left + share * area["width"] - 2, top + share * area["height"] - 2)
        mouse.up()


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
    board.until("the worst are shown", lambda: board.shown == worst(dpt, "rmse", 25))
    assert "5 worst images of dpt by rmse" in board.at("lb-shown").inner_text()
    assert board.at("lb-samples").inner_text() == f"all {SAMPLES} samples"
    user.keep_picture("leaderboard.png")
    board.at("lb-disagree-A").click()
    board.until("the difference is shown", lambda: board.shown == disagreeing(dpt, better, "rmse", 25))
    board.at("lb-show-all").click()
    board.at("lb-shown").wait_for(state="detached", timeout=SHORT)

    # A run that is stored meanwhile comes by itself.
    run_evaluation(evaluated, ["metric"])
    board.at("lb-run-plumb_evaluate_metric").wait_for(timeout=SHORT)
    assert not unexpected()


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

    # A bar of the histogram: the samples whose values lie there.
    board.click_bar("distribution", 0)
    board.at("lb-picked").wait_for(timeout=SHORT)
    board.at("lb-refresh").click()  # what the App has selected comes with any question
    board.until("a bar is selected", lambda: board.selected)
    lowest = min(zip(dpt.columns["abs_rel"].tolist(), ids, strict=True))[1]
    assert lowest in board.selected and len(board.selected) < SAMPLES

    # A box over all points, then only these shown, then back.
    board.draw_box("against")
    board.until("all are selected", lambda: f"{SAMPLES} samples" in board.at("lb-picked").inner_text())
    board.at("lb-show-selected").click()
    board.at("lb-shown").wait_for(timeout=SHORT)
    board.until("they are shown", lambda: set(board.shown) == set(ids))
    board.at("lb-show-all").click()
    board.at("lb-shown").wait_for(state="detached", timeout=SHORT)

    # A bar of a group, of one model, by another metric.
    board.at("lb-metric").select_option("rmse")
    board.at("lb-draw-plumb_evaluate_better").uncheck()
    board.at("lb-grouping").select_option("scene")
    board.until("rmse by scene is drawn", lambda: "rmse [m]" in board.at("lb-plot-groups").inner_text())
    board.click_bar("groups", 0)
    scenes = evaluated.values("scene")
    groups = [{key for key, of in zip(ids, scenes, strict=True) if of == scene} for scene in ("kitchen", "office")]
    board.until("a scene is counted", lambda: board.at("lb-picked").count() and board.at("lb-refresh").click() is None)
    board.until("a scene is selected", lambda: board.selected in groups)
    board.at("lb-clear-selected").click()
    board.at("lb-picked").wait_for(state="detached", timeout=SHORT)

    # Another block, and the queued operations.
    board.at("lb-block").select_option("B")
    board.until("the other protocol is told", lambda: "relative8" in board.at("lb-card-distribution").inner_text())
    assert "8 bit" in board.at("lb-card-distance").inner_text()
    board.at("lb-tab-jobs").click()
    board.at("jobs").wait_for(timeout=SHORT)
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
