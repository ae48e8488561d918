"""The compare panel as a user has it before them: its controls by name, and the pixels that it has drawn."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from PIL import Image

from tests.app_page import LONG, SHORT, TRY, Page

PANEL = "Compare depth"
PANEL_URI = "@plumb/depth/compare_depth"
DARK = (24, 24, 27)  # what lies below all layers
NAME = slice(30, None)  # the rows below the layer's name, which a saved picture has in its corner
# Metrics that a box has.
SCALARS = (
    "abs_rel",
    "sq_rel",
    "rmse",
    "rmse_log",
    "log10",
    "silog",
    "delta1",
    "delta2",
    "delta3",
    "mae",
    "irmse",
    "imae",
)


class ComparePage:
    """The panel, in the grid or in the sample window.

    Args:
        user: a page with the dataset open and its grid drawn
        window: whether to open the sample window of the first sample, and the panel there
    """

    def __init__(self, user: Page, window: bool):
        self.user, self.page = user, user.page
        self.window = window
        self._requests: list[Any] = []
        self._under_way: set[Any] = set()
        self.page.on("request", self._begin)
        for end in ("requestfinished", "requestfailed"):
            self.page.on(end, self._end)
        # Both may be open at once, one behind the other.
        self.root = self.page.locator("#modal" if window else "#root:not(:has(#modal.modalon))")
        if window:
            self.open_window(0)
            self.open_again()
        else:
            user.open_panel("compare_depth", self.part("compare"))
        self.part("compare").wait_for(timeout=LONG)

    def open_window(self, number: int) -> None:
        """Open the sample window by a click on a picture of the grid."""
        # The grid makes its elements anew at times, and a click on a former one is lost.
        picture = self.page.locator('[data-cy="fo-grid"] [data-cy="looker"]').nth(number)
        self.user.attempt("the sample window", lambda: picture.click(timeout=TRY), self.page.locator("#modal.modalon"))

    def open_again(self) -> None:
        """Go to the panel's tab in the sample window, which is open or opening."""
        self.page.locator("#modal.modalon").wait_for(timeout=LONG)
        self.root.get_by_text(PANEL, exact=True).first.click(timeout=LONG)

    def close(self) -> None:
        """Close the sample window, and wait until the server knows: it opens the next page with one that it knows."""
        window, beside = self.page.locator("#modal.modalon"), (8, self.page.viewport_size["height"] // 2)
        if not window.count():
            return
        with self.page.expect_response(lambda response: _closes(response.request), timeout=LONG):
            self.user.attempt("the window closed", lambda: self.page.mouse.click(*beside), window, "detached")

    def part(self, name: str) -> Any:
        """What carries this name, see `data-plumb` in web/src/."""
        return self.root.locator(f'[data-plumb="{name}"]')

    def wait_for_sample(self, sample_id: str) -> None:
        self.root.locator(f'[data-plumb="canvas"][data-sample="{sample_id}"][data-drawn]').wait_for(timeout=LONG)

    def wait_for_window(self, sample_id: str) -> None:
        """Until the panel shows that sample and the address is of it: the App writes it after it has moved."""
        self.wait_for_sample(sample_id)
        self.page.wait_for_url(re.compile(f"id={sample_id}"), timeout=SHORT)

    def requests_from_now(self) -> list[str]:
        """The addresses that the panel asks for, once the neighbours' files are read; grows as the test goes on."""
        quiet = 0
        while quiet < 20:  # tenths of a second
            before = len(self._requests)
            # A page that has work to do may yet ask.
            self.page.evaluate("() => new Promise(done => requestIdleCallback(done, { timeout: 30000 }))")
            self.page.wait_for_timeout(100)
            busy = any(_is_wish(request) for request in self._under_way)
            quiet = 0 if busy or any(map(_is_wish, self._requests[before:])) else quiet + 1
        asked: list[str] = []
        self.page.on("request", lambda request: asked.append(request.url) if _is_wish(request) else None)
        return asked

    def _begin(self, request: Any) -> None:
        self._requests.append(request)
        self._under_way.add(request)

    def _end(self, request: Any) -> None:
        self._under_way.discard(request)

    def methods(self) -> list[str]:
        """The methods of the panel's Python half that the page has called, but for looks for news."""
        asked = [json.loads(request.post_data) for request in self._requests if PANEL_URI in (request.post_data or "")]
        names = [call["params"].get("__method__") for call in asked if call.get("operator_uri") == PANEL_URI]
        return [name for name in names if name != "stored"]

    def copied(self, copy: Callable[[], Any], part: str, words: str) -> str:
        """What is on the clipboard once that has had something copied, and the part has said so for a few seconds."""
        self.page.evaluate(
            """selector => {
                window.said = new Set();
                window.listening?.disconnect();
                window.listening = new MutationObserver(() => {
                    for (const part of document.querySelectorAll(selector)) window.said.add(part.textContent);
                });
                window.listening.observe(document, { subtree: true, childList: true, characterData: true });
            }""",
            f'[data-plumb="{part}"]',
        )
        text = self.user.copied(copy)
        self.page.wait_for_function(
            "words => [...window.said].some(text => text.includes(words))", arg=words, timeout=SHORT
        )
        return text

    def press(self, *keys: str) -> None:
        """Type on the stage, and wait until it has been drawn again."""
        self.part("stage").focus()
        for key in keys:
            self.page.keyboard.press(key)
        self.settle()

    def choose(self, menu: str, *names: str) -> None:
        """Open a menu, click what it offers, close it."""
        self.part(menu).click()
        for name in names:
            self.part(name).click()
        self.page.keyboard.press("Escape")
        self.settle()

    def share(self, name: str) -> None:
        """Open the menu for copies and click one of its items, which closes it."""
        self.part("share").click()
        self.part(name).click()
        self.settle()

    def type_range(self, low: float, high: float) -> None:
        """Type the range in metres that all depth layers share."""
        self.part("range").click()
        self.part("range-mode-typed").click()
        for name, value in (("range-low", low), ("range-high", high)):
            self.part(name).fill(str(value))
            self.part(name).press("Enter")
        self.page.keyboard.press("Escape")
        self.settle()

    def only(self, *layers: str) -> None:
        """Switch these layers on and all others off, by their boxes; errors by their chips."""
        boxes = self.root.locator('[data-plumb^="on-"]')
        on = boxes.evaluate_all("boxes => boxes.filter(box => box.checked).map(box => box.dataset.plumb)")
        for name in on:  # by their names: the box of an error goes with it
            if name.removeprefix("on-") not in layers:
                self.part(name).click()
        for name in layers:
            kind = name.partition(":")[0]
            if kind in ("absolute", "relative", "signed", "delta1"):
                if self.part(f"error-{name}").get_attribute("aria-pressed") != "true":
                    self.part(f"error-{name}").click()
            else:
                self.part(f"on-{name}").check()
        self.settle()

    def settle(self) -> None:
        """Two frames: what was changed is drawn in the next one. A page that draws none is not waited for."""
        self.page.evaluate(
            """() => new Promise(done => {
                requestAnimationFrame(() => requestAnimationFrame(done));
                setTimeout(done, 30000);
            })"""
        )

    def drawn(self) -> np.ndarray:
        """(H, W, 3) uint8, the canvas as it is on the screen, without the marks that lie over it."""
        address = self.part("canvas").evaluate("canvas => canvas.toDataURL('image/png')")
        return pixels(base64.b64decode(address.partition(",")[2]))

    def saved(self, height: int, width: int) -> np.ndarray:
        """(H, W, 3) uint8, the view as it is saved, a pixel of the picture to one of the file; without caption."""
        with self.page.expect_download(timeout=SHORT) as download:
            self.press("e")
        return pixels(download.value.path().read_bytes())[:height, :width]

    def shows(self, wanted: np.ndarray, tolerance: int = 1) -> float:
        """The share of pixels that are as wanted but for `tolerance` of 255 in each colour."""
        off = np.abs(self.saved(*wanted.shape[:2]).astype(int) - wanted).max(axis=-1)
        return float((off <= tolerance)[NAME].mean())

    def slide(self, slider: str, value: float) -> None:
        self.part(slider).fill(str(value))
        self.settle()

    def type_errors(self, absolute: float, relative: float) -> None:
        """Type the upper ends of the errors' ranges, in metres and in percent."""
        self.part("range").click()
        self.part("error-mode-typed").click()
        for name, value in (("error-absolute", absolute), ("error-relative", relative)):
            self.part(name).fill(str(value))
            self.part(name).press("Enter")
        self.page.keyboard.press("Escape")
        self.settle()

    def colormap(self, layer: str) -> str:
        """Matplotlib's name of a layer's colormap, by the name in its menu."""
        shown = (self.part(f"colormap-{layer}").get_attribute("aria-label") or "").rpartition(": ")[2]
        return {"blue to red": "RdBu_r", "grey": "gray"}.get(shown, shown)

    def rows(self) -> list[str]:
        """The ids of the samples on the sheet from the top, once all that are in sight are drawn."""
        cells = self.root.locator('[data-plumb^="sheet-cell:"]')
        cells.first.wait_for(timeout=LONG)
        self.page.wait_for_function(
            """() => [...document.querySelectorAll('[data-plumb^="sheet-cell:"]')].every(cell => cell.dataset.ready)""",
            timeout=LONG,
        )
        return self.part("sheet-row").evaluate_all("rows => rows.map(row => row.dataset.sample)")

    def wait_for_rows(self, ids: list[str]) -> None:
        """Until the sheet's rows are these, in this order."""
        for _ in range(SHORT // 500):
            if self.rows() == ids:
                return
            self.page.wait_for_timeout(500)
        raise AssertionError(f"the sheet has {self.rows()}, not {ids}")

    def point(self, view: int, x: float, y: float) -> None:
        """Move the mouse to a place in the picture of one of the views side by side, by its shares of the picture."""
        place = self.views()[view]
        self.page.mouse.move(place["x"] + x * place["width"], place["y"] + y * place["height"])
        self.settle()

    def drag(self, view: int, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag from one place in a view to another, in shares of the picture."""
        self.point(view, *start)
        self.page.mouse.down()
        self.point(view, *end)
        self.page.mouse.up()
        self.settle()

    def views(self) -> list[dict[str, float]]:
        """Where the pictures of the views lie on the page."""
        return self.part("stage").evaluate(
            """stage => [...stage.querySelectorAll('[data-plumb="view-name"]')].map(name => {
                const box = stage.getBoundingClientRect();
                const [x, y, width, height] = name.dataset.picture.split(" ").map(Number);
                return { x: box.x + x, y: box.y + y, width, height };
            })"""
        )


@contextmanager
def opened(page: Any, app: str, dataset: Any) -> Iterator[ComparePage]:
    """The panel in the sample window of a dataset's first sample.

    The window is closed in the end: the server remembers an open one for the next page.
    """
    user = Page(page, app, dataset.name)
    user.wait_for_grid(len(dataset))
    panel = ComparePage(user, window=True)
    panel.wait_for_sample(dataset.first().id)
    yield panel
    panel.close()


def _closes(request: Any) -> bool:
    """Whether the App tells the server that no sample is in its window."""
    asked = request.post_data or ""
    told = json.loads(asked)["variables"] if "setSampleMutation" in asked else {"id": ""}
    return told.get("id") is None and told.get("groupId") is None


def _is_wish(request: Any) -> bool:
    """Whether the panel may ask because of what the user does: its Python half, but for news, or a file. The App itself
    asks for more, seconds after it has changed."""
    asked = request.post_data or ""
    return (PANEL_URI in asked and "stored" not in asked) or "/media?" in request.url


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def coloured(values: np.ndarray, colormap: str, low: float, high: float) -> np.ndarray:
    """(H, W, 3) uint8 of Matplotlib's own colours; where there is no value, black."""
    import matplotlib

    shares = np.clip((values - low) / (high - low), 0, 1)
    known = np.isfinite(values)
    painted = matplotlib.colormaps[colormap](np.where(known, shares, 0), bytes=True)[..., :3]
    return np.where(known[..., None], painted, 0)


def on_dark(painted: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """What is painted, and where there is a hole the ground of the view."""
    return np.where(hole[..., None], DARK, painted)
