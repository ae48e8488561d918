"""What a user does on a page of the App, in one line each."""

from __future__ import annotations

import io
import os
from contextlib import suppress
from pathlib import Path

import numpy as np
from PIL import Image

# The App is slow to draw on a busy machine; these are limits, not waits.
LONG, SHORT = 300_000, 180_000
TRY = 20_000  # after which what may have been lost is done again


class Page:
    """A page with a dataset open."""

    def __init__(self, page, address: str, dataset: str):
        self.page = page
        page.goto(f"{address}/datasets/{dataset}", wait_until="domcontentloaded", timeout=LONG)
        page.get_by_text("Dismiss", exact=True).click(timeout=LONG)  # FiftyOne's own advertisement

    @property
    def form(self):
        return self.page.locator('[data-cy="operators-prompt-modal"]')

    def open_operator(self, label: str) -> None:
        from playwright.sync_api import TimeoutError as TooLate

        browser = self.page.locator('[data-cy="operators-browser"]')
        for _ in range(LONG // TRY):  # the App loses a press that comes before it listens, and shows what it knew then
            self.page.locator("body").press("`")
            with suppress(TooLate):
                browser.wait_for(timeout=TRY)
                self.page.get_by_placeholder("Search operations by name...").fill(label, timeout=TRY)
                browser.get_by_text(label, exact=True).first.click(timeout=TRY)
                break
            if browser.count():
                self.page.keyboard.press("Escape")
        else:
            raise AssertionError(f"no operator {label!r} to choose")
        self.form.get_by_text(label, exact=True).first.wait_for(timeout=SHORT)

    def wait_for_grid(self, count: int) -> None:
        self.page.get_by_text(f"{count} sample", exact=False).first.wait_for(timeout=LONG)
        self.page.locator('[data-cy="fo-grid"] [data-cy="looker"]').first.wait_for(timeout=LONG)

    def colourful(self) -> float:
        """Share of the first picture's pixels in a colour that rooms do not have: viridis from green to yellow."""
        # By its place on the page: the grid makes its elements anew whenever it is told something.
        place = self.page.locator('[data-cy="fo-grid"] [data-cy="looker"]').first.bounding_box(timeout=LONG)
        picture = Image.open(io.BytesIO(self.page.screenshot(clip=place))) if place else Image.new("RGB", (1, 1))
        pixels = np.asarray(picture.convert("RGB")).astype(int)
        red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
        return float(((green - blue > 60) | (green - red > 60)).mean())

    def wait_until_colourful(self, wanted: bool) -> None:
        for _ in range(SHORT // 500):
            if (self.colourful() > 0.25) == wanted:
                return
            self.page.wait_for_timeout(500)
        raise AssertionError(f"heatmap {'not painted' if wanted else 'still painted'} after minutes")

    def show_field(self, name: str, wanted: bool) -> None:
        """Switch a field by its check box until the picture is as that says: when a job has ended the App loads the
        dataset anew, and with it what is switched on."""
        box = self.page.locator(f'[data-cy="checkbox-{name}"]')
        for _ in range(LONG // 500):
            if box.locator("input").is_checked() != wanted:
                box.click()
            elif (self.colourful() > 0.25) == wanted:
                return
            self.page.wait_for_timeout(500)
        raise AssertionError(f"{name} {'not shown' if wanted else 'still shown'}")

    def finish(self) -> str:
        """Wait for the summary, close it, return its text."""
        done = self.page.get_by_role("button", name="Done")
        summary = self.page.locator('[data-cy="operators-prompt-modal"], [role="dialog"]')
        summary.locator("strong, table").first.wait_for(timeout=LONG)
        text = summary.last.inner_text()
        done.click()
        return text

    def keep_picture(self, name: str) -> None:
        """Save a screenshot where `PLUMB_SCREENSHOTS` says, for the README."""
        if folder := os.environ.get("PLUMB_SCREENSHOTS"):
            self.page.screenshot(path=str(Path(folder, name)))
