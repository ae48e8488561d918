"""What a user does with the leaderboard, and what the App has told its Python half last.

Plots are drawn anew whenever something changes, and move when a line of words comes or goes above them. So what is done
to them is done again until it has the effect that is waited for: nobody can say when a page has come to rest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.app_page import LONG, Page


class Board:
    """The panel on a page."""

    def __init__(self, user: Page):
        self.user, self.page = user, user.page
        self.told: dict[str, Any] = {}
        self.page.on("request", self._hear)
        user.open_panel("depth_leaderboard", self.at("leaderboard"))

    def reload(self) -> None:
        """Load the page again; the App leaves the panel open."""
        self.page.reload(wait_until="domcontentloaded")
        self.at("leaderboard").wait_for(timeout=LONG)

    def _hear(self, request: Any) -> None:
        if request.url.endswith("/operators/execute") and "depth_leaderboard" in (request.post_data or ""):
            self.told = request.post_data_json

    def at(self, name: str) -> Any:
        return self.page.locator(f'[data-plumb="{name}"]')

    def text(self, name: str) -> str:
        """What it says now, "" while it is not there."""
        return " ".join(self.at(name).all_inner_texts())

    def runs(self, block: str) -> list[str]:
        """The runs of a block, from above."""
        rows = self.at(f"lb-block-{block}").locator("tbody tr")
        names = rows.evaluate_all("rows => rows.map(row => row.dataset.plumb)")
        return [name.removeprefix("lb-run-") for name in names]

    def until(self, what: str, holds: Callable[[], Any], seconds: float = 180) -> None:
        if not self._comes(holds, seconds):
            raise AssertionError(f"not within {seconds} seconds: {what}; the App has told {self.told}")

    def attempt(self, what: str, act: Callable[[], Any], holds: Callable[[], Any]) -> None:
        """Do it until it has its effect; it may be done twice."""
        for _ in range(36):
            act()
            if self._comes(holds, 5):
                return
        raise AssertionError(f"not after 36 attempts: {what}; the App has told {self.told}")

    def _comes(self, holds: Callable[[], Any], seconds: float) -> bool:
        for _ in range(int(10 * seconds)):
            if holds():
                return True
            self.page.wait_for_timeout(100)
        return False

    @property
    def selected(self) -> list[str]:
        """The samples that the App says are selected, asked anew: it tells them with any question."""
        self.told = {}
        self.at("lb-refresh").click()
        self.until("the App tells what is selected", lambda: self.told)
        return [one if isinstance(one, str) else one["id"] for one in self.told.get("selected") or ()]

    @property
    def shown(self) -> list[str]:
        """The ids that the last stage of the view selects."""
        stages = self.told.get("view") or [{}]
        return dict(stages[-1].get("kwargs", ())).get("sample_ids", [])

    def copied(self, button: str) -> str:
        return self.user.copied(self.at(button).click)

    def back(self) -> None:
        """Show again what the grid has shown before, until the App has told that it does."""
        self.at("lb-show-all").click()
        self.until("the view before is shown", lambda: not self.at("lb-shown").count() and not self.shown)

    def click(self, plot: str, marks: str, number: int = 0) -> None:
        """The middle of a bar or point that is seen; nothing while there is none."""
        if box := self._mark(plot, marks, number):
            self.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    def point_above(self, plot: str, marks: str, number: int = 0) -> None:
        """Move the mouse to the upper end of the plot over a bar; nothing while there is none."""
        box, areas = self._mark(plot, marks, number), self._areas(plot)
        if box and areas:
            self.page.mouse.move(box["x"] + box["width"] / 2, areas[0]["y"] + 4)

    def click_above(self, plot: str, marks: str, number: int = 0) -> None:
        """The upper end of the plot over a bar; nothing while there is none."""
        box, areas = self._mark(plot, marks, number), self._areas(plot)
        if box and areas:
            self.page.mouse.click(box["x"] + box["width"] / 2, areas[0]["y"] + 4)

    def _mark(self, plot: str, marks: str, number: int) -> dict[str, float] | None:
        """Where one of the bars or points is that are seen."""
        boxes = [box for box in self._boxes(plot, marks) if box["height"] > 3]
        return boxes[number] if number < len(boxes) else None

    def _areas(self, plot: str) -> list[dict[str, float]]:
        """Where the parts of a plot are, the uppermost first; none while one is not there."""
        return sorted(self._boxes(plot, ".nsewdrag"), key=lambda one: one["y"])

    def draw_box(self, plot: str) -> None:
        """Over the whole of its uppermost part; nothing while there is none."""
        areas = self._areas(plot)
        if not areas:
            return
        area = areas[0]
        left, top, mouse = area["x"], area["y"], self.page.mouse
        mouse.move(left + 2, top + 2)
        mouse.down()
        for share in (0.3, 0.6, 1.0):
            mouse.move(left + share * area["width"] - 2, top + share * area["height"] - 2)
        mouse.up()

    def _boxes(self, plot: str, marks: str) -> list[dict[str, float]]:
        """Where marks of a plot lie, scrolled into view; asked in one go, for a moment later they may be others."""
        found = self.at(f"lb-plot-{plot}").locator(marks)
        return found.evaluate_all(
            """marks => {
                marks[0]?.closest("[data-plumb]").scrollIntoView({ block: "nearest" });
                return marks.map(mark => {
                    const { x, y, width, height } = mark.getBoundingClientRect();
                    return { x, y, width, height };
                });
            }"""
        )


BARS = ".bars .point path"
POINTS = ".scatterlayer .trace path.point"
