"""What a user does on a page of the App, in one line each."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

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

    def attempt(self, what: str, act: Callable[[], Any], wanted: Any, state: str = "visible") -> None:
        """Do it until what it brings about is there; it may be done twice, for the App loses what comes too early."""
        from playwright.sync_api import TimeoutError as TooLate

        for _ in range(LONG // TRY):
            with suppress(TooLate):
                act()
            with suppress(TooLate):
                return wanted.wait_for(state=state, timeout=TRY)
        raise AssertionError(f"after minutes, not: {what}")

    def open_panel(self, name: str, panel: Any) -> None:
        """Choose a panel among those that the App offers beside the grid, where it is not open, and wait for it."""
        from playwright.sync_api import TimeoutError as TooLate

        offer = self.page.locator(f'[data-cy="new-panel-option-{name}"]')
        for _ in range(LONG // TRY):
            if panel.count():
                break
            with suppress(TooLate):
                if not offer.count():
                    self.page.locator('[data-cy="new-panel-btn"]').first.click(timeout=TRY)
                offer.click(timeout=TRY)
                break
        panel.wait_for(timeout=LONG)

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

    def submit(self, button: str, switch: str = "Run on a worker") -> None:
        """Press a button of the form until it is taken. The App loses a press that comes before it knows how to run the
        operator. Where an older answer about the form comes after the latest, the button stays disabled: then a switch
        is turned and turned back, so that the App asks anew.
        """
        from playwright.sync_api import TimeoutError as TooLate

        press = self.form.get_by_role("button", name=button, exact=True)
        box = self.form.get_by_role("checkbox", name=switch)
        pressed = False
        for _ in range(LONG // TRY):
            if pressed and not press.count():
                return
            with suppress(TooLate):
                press.click(timeout=TRY)
                pressed = True
                return press.wait_for(state="detached", timeout=TRY)
            with suppress(TooLate):
                if press.count() and press.is_disabled(timeout=TRY):
                    on = box.is_checked(timeout=TRY)
                    for state in (not on, on):
                        box.set_checked(state, timeout=TRY)
                        self.page.wait_for_timeout(3000)  # it asks at once, if it has not asked for half a second
        raise AssertionError(f"{button!r} is not taken")

    def wait_for_grid(self, count: int) -> None:
        self.page.get_by_text(f"{count} sample", exact=False).first.wait_for(timeout=LONG)
        self.page.locator('[data-cy="fo-grid"] [data-cy="looker"]').first.wait_for(timeout=LONG)

    def picture(self, number: int, beside: int = 0, above: int = 0) -> np.ndarray:
        """(H, W, 3) int, a picture of the grid as it is seen, without margins; a black pixel while there is none."""
        # By its place on the page: the grid makes its elements anew whenever it is told something.
        box = self.page.locator('[data-cy="fo-grid"] [data-cy="looker"]').nth(number).bounding_box(timeout=LONG)
        window = self.page.viewport_size
        if box is None:
            return np.zeros((1, 1, 3), int)
        left, top = (max(at, 0) for at in (box["x"] + beside, box["y"] + above))
        right = min(box["x"] + box["width"] - beside, window["width"])
        bottom = min(box["y"] + box["height"] - above, window["height"])
        if right - left < 1 or bottom - top < 1:  # one that has no place yet
            return np.zeros((1, 1, 3), int)
        clip = {"x": left, "y": top, "width": right - left, "height": bottom - top}
        return np.asarray(Image.open(io.BytesIO(self.page.screenshot(clip=clip))).convert("RGB")).astype(int)

    def colourful(self) -> float:
        """Share of the first picture's pixels in a colour that rooms do not have: viridis from green to yellow."""
        pixels = self.picture(0)
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
        dataset anew, and with it what is switched on. Where it has lost the map meanwhile, the field is switched again.
        """
        box = self.page.locator(f'[data-cy="checkbox-{name}"]')
        for _ in range(LONG // TRY):
            for _ in range(TRY // 500):
                if box.locator("input").is_checked() != wanted:
                    box.click()
                elif (self.colourful() > 0.25) == wanted:
                    return
                self.page.wait_for_timeout(500)
            box.click()  # away, and back in the next round
            self.page.wait_for_timeout(500)
        raise AssertionError(f"{name} {'not shown' if wanted else 'still shown'}")

    def finish(self) -> str:
        """Wait for the summary, close it, return its text."""
        from playwright.sync_api import TimeoutError as TooLate

        done = self.page.get_by_role("button", name="Done")
        done.wait_for(timeout=LONG)  # what stands there before is the form
        summary = self.page.locator('[data-cy="operators-prompt-modal"], [role="dialog"]')
        summary.locator("strong, table").first.wait_for(timeout=LONG)
        text = summary.last.inner_text()
        done.click()
        with suppress(TooLate):
            self.form.wait_for(state="detached", timeout=TRY)
        if self.form.count():  # shown again by the App, which loads the dataset anew at the same time
            self.form.get_by_role("button", name="Cancel", exact=True).click(timeout=LONG)
            self.form.wait_for(state="detached", timeout=LONG)
        return text

    def copied(self, copy: Callable[[], Any]) -> str:
        """What is on the clipboard once that has had something copied."""
        self.page.evaluate("navigator.clipboard.writeText('')")
        copy()
        for _ in range(SHORT // 100):
            if text := self.page.evaluate("navigator.clipboard.readText()"):
                return text
            self.page.wait_for_timeout(100)
        raise AssertionError("nothing is on the clipboard after minutes")

    def keep_picture(self, name: str) -> None:
        """Save a screenshot where `PLUMB_SCREENSHOTS` says, for the README."""
        if folder := os.environ.get("PLUMB_SCREENSHOTS"):
            self.page.screenshot(path=str(Path(folder, name)))
