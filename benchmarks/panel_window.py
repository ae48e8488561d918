"""The compare panel in the App's sample window, with a stop watch in its page: what `panel.py` measures with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import cycle
from typing import Any

from tests.app_page import LONG, SHORT, TRY, Page
from tests.compare_page import ComparePage
from tools import browser

PAUSE = 1500  # milliseconds in which the neighbours of a sample are read ahead

# `plumb.armFor...` says which event starts the clock and what stops it, `plumb.result` is the time between the two.
# To read a pixel back waits for all that the WebGL context was asked to do. Whether pixels differ is found out after
# the clock has stopped.
WATCH = """() => {
    const read = (canvas, width, height) => {
        const gl = canvas.getContext("webgl2"), pixels = new Uint8Array(4 * width * height);
        gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
        return pixels;
    };
    const fingerprint = (canvas) =>
        new Uint32Array(read(canvas, canvas.width, canvas.height).buffer)
            .reduce((sum, pixel) => (Math.imul(sum, 31) + pixel) | 0, 0);
    const drawn = (canvas) => (read(canvas, 1, 1), performance.now());
    const start = (type) => new Promise((begun) =>
        addEventListener(type, (event) => begun(event.timeStamp), { capture: true, once: true }));
    const change = (attribute, found) => new Promise((ended) => {
        const observer = new MutationObserver((changes) => {
            const end = found(changes.at(-1).target);
            if (end === null) return;
            observer.disconnect();
            ended(end);
        });
        observer.observe(document, { subtree: true, attributes: true, attributeFilter: [attribute] });
    });
    const measure = (type, end) => {
        const time = Promise.all([start(type), end]).then(([begun, ended]) => ended - begun);
        const never = new Promise((_, fail) => setTimeout(() => fail(Error(`nothing new after ${type}`)), LIMIT));
        window.plumb.result = Promise.race([time, never]);
    };
    window.plumb = {
        armForPixels(type) {
            const before = fingerprint(document.querySelector('#modal [data-plumb="canvas"]'));
            measure(type, change("data-drawn", (canvas) => {
                const end = drawn(canvas);
                return fingerprint(canvas) === before ? null : end;
            }));
        },
        armForSample(type, id) {
            measure(type, change("data-drawn", (canvas) => (canvas.dataset.sample === id ? drawn(canvas) : null)));
        },
        armForPicture(type) {
            const image = change("src", (image) => (image.src.startsWith("data:") ? image : null));
            measure(type, image.then((picture) => picture.decode()).then(() => performance.now()));
        },
    };
}""".replace("LIMIT", str(LONG))


class Window:
    """The sample window, open with the panel, which can move to the grid.

    All times are in milliseconds. Inputs are real ones, of mouse and keyboard; the clock starts at the time stamp that
    the browser gives to the event.

    Attributes:
        panel: the page by its controls' names
        version: the browser's
    """

    def __init__(self, user: Page, ids: list[str], version: str) -> None:
        self.panel = ComparePage(user, window=True)
        self.version = version
        self._user, self._page = user, user.page
        self._ids = ids  # in the grid's order
        self.panel.wait_for_sample(ids[0])
        # The panel compiles what may come next while nothing else is to be done, as while a user looks.
        self.panel.root.locator('[data-plumb="canvas"][data-ready]').wait_for(timeout=LONG)
        self._page.evaluate(WATCH)
        self.pause(2)

    def pause(self, times: float = 1) -> None:
        self._page.wait_for_timeout(times * PAUSE)

    def slide(self, layer: str, repeat: int) -> list[float]:
        """Drag the slider of a layer's opacity to and fro."""
        slider = f"opacity-{layer}"
        self.panel.slide(slider, 50)  # where the mouse takes hold of it: held off its middle it would lag behind
        return self._drag(self.panel.part(slider).bounding_box(), repeat)

    def divide(self, repeat: int) -> list[float]:
        """Drag the divider of the swipe to and fro."""
        return self._drag(self.panel.part("stage").bounding_box(), repeat)

    def click(self, names: list[str], repeat: int, menu: str | None = None) -> list[float]:
        """Click boxes in turn, of a menu that is opened first; in the end the last one is checked, as it was before."""
        if menu:
            self.panel.part(menu).click()
        boxes = cycle([self.panel.part(name) for name in names])
        times = [self._time("armForPixels('click')", next(boxes).click) for _ in range(repeat)]
        self.panel.part(names[-1]).check()
        if menu:
            self._page.keyboard.press("Escape")
        self.panel.settle()
        return times

    def open(self, number: int) -> float:
        """Close the window, and open it with the sample of this number by a click in the grid."""
        self.panel.close()
        self.pause()
        return self._click_in_grid(number)

    def open_in_new_page(self, number: int) -> float:
        """As :meth:`open`, in a page that was loaded anew: it has neither panel nor workers yet."""
        self.panel.close()
        self._page.reload(wait_until="domcontentloaded")
        self._page.locator('[data-cy="fo-grid"] [data-cy="looker"]').first.wait_for(timeout=LONG)
        self._page.evaluate(WATCH)
        self.pause(2)
        return self._click_in_grid(number)

    def _click_in_grid(self, number: int) -> float:
        from playwright.sync_api import TimeoutError as TooLate

        looked = [one.bounding_box() for one in self._page.locator('[data-cy="fo-grid"] [data-cy="looker"]').all()]
        places = sorted(filter(None, looked), key=lambda place: (round(place["y"]), place["x"]))
        place = places[number]
        at = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
        for _ in range(LONG // TRY):  # the grid makes its elements anew at times, and a click on a former one is lost
            self._page.evaluate(f"window.plumb.armForSample('click', '{self._ids[number]}')")
            self._page.mouse.click(*at)
            with suppress(TooLate):
                self._page.locator("#modal.modalon").wait_for(timeout=TRY)
                return self._page.evaluate("window.plumb.result")
        raise AssertionError("the sample window does not open")

    def next(self) -> float:
        """Go to the next sample by its key."""
        shown = self._ids.index(self.panel.part("canvas").get_attribute("data-sample"))
        self.panel.part("stage").focus()
        press = partial(self._page.keyboard.press, ".")
        return self._time(f"armForSample('keydown', '{self._ids[shown + 1]}')", press)

    def leave_panel(self) -> None:
        """Go to the App's own view of the sample."""
        self.panel.root.get_by_text("Sample", exact=True).first.click()
        self.pause()

    def next_in_app(self) -> None:
        """Go to the next sample in the App's own view, by its key."""
        before = self._page.url
        self._page.keyboard.press("ArrowRight")
        self._page.wait_for_function("before => location.href !== before", arg=before, timeout=LONG)
        self.pause(0.2)

    def move_to_grid(self) -> None:
        """Close the window and open the panel in the grid, with the first sample."""
        self.panel.close()
        self.panel = ComparePage(self._user, window=False)
        self.panel.part("show-sheet").click()  # it opens with the sheet of all samples
        self.panel.wait_for_sample(self._ids[0])
        self.pause()

    def devtools(self) -> Any:
        """A session of the browser's own protocol, in which memory is collected and counted."""
        session = self._page.context.new_cdp_session(self._page)
        session.send("Performance.enable")
        return session

    def slide_on_server(self, label: str, repeat: int) -> list[float]:
        """Click places on the slider of another panel, which then shows another picture."""
        self.panel.root.get_by_text(label, exact=True).first.click()
        self.panel.root.locator('img[src^="data:"]').wait_for(timeout=LONG)
        track = self.panel.root.locator(".MuiSlider-root").bounding_box()
        times = []
        for number in range(repeat):
            x, y = track["x"] + track["width"] * (0.3 + 0.4 * (number % 2)), track["y"] + track["height"] / 2
            self._page.mouse.move(x, y)
            times.append(self._time("armForPicture('pointerdown')", partial(self._page.mouse.click, x, y)))
            self.pause(0.2)
        self.panel.open_again()
        self.panel.part("canvas").wait_for(timeout=SHORT)
        self.pause()
        return times

    def _drag(self, place: dict[str, float], repeat: int) -> list[float]:
        """Take hold in the middle and move by twentieths of the width, to and fro."""
        y = place["y"] + place["height"] / 2
        points = [(place["x"] + (0.5 + step / 20) * place["width"], y) for step in (0, 1, 2, 3, 2, 1, 0, -1, -2, -1)]
        self._page.mouse.move(*points[0])
        self._page.mouse.down()
        self.panel.settle()
        moves = cycle([partial(self._page.mouse.move, *point) for point in [*points[1:], points[0]]])
        times = [self._time("armForPixels('pointermove')", next(moves)) for _ in range(repeat)]
        self._page.mouse.up()
        return times

    def _time(self, armed: str, act: Callable[[], object]) -> float:
        """From the event that `act` makes to what is waited for."""
        self._page.evaluate(f"window.plumb.{armed}")
        act()
        return self._page.evaluate("window.plumb.result")


@contextmanager
def open_window(address: str, dataset: Any) -> Iterator[Window]:
    """The window with the first sample, in a browser of its own, its neighbours read.

    Raises:
        SystemExit: if there is no browser
    """
    from playwright.sync_api import sync_playwright

    path, reason = browser.find()
    if path is None:
        raise SystemExit(reason)
    ids = dataset.values("id")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(path), args=list(browser.LAUNCH_ARGS))
        user = Page(chromium.new_page(viewport={"width": 1500, "height": 950}), address, dataset.name)
        user.wait_for_grid(len(ids))
        yield Window(user, ids, chromium.version)
        chromium.close()
