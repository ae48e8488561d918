"""What a user sees of depth maps in the App's own grid: at first, by `show_depth`, and when a page is loaded again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from plumb.jobs import finish
from tests.app_page import LONG, SHORT, Page

SCENES = 3


@pytest.fixture(scope="module")
def rooms(fo, foo, samples):
    """Imported scenes, and the same maps in a second field."""
    from plumb.datasets.importing import import_sunrgbd

    finish(import_sunrgbd(samples, "browser-show-depth", max_scenes=SCENES))
    dataset = fo.load_dataset("browser-show-depth")
    dataset.clone_sample_field("gt_depth", "again")
    yield dataset
    dataset.delete()


def palette(colormap: str) -> np.ndarray:
    """The 256 colours of a colormap, as FiftyOne has them."""
    from fiftyone.core.plots.plotly import get_colormap

    return np.array(get_colormap(colormap))


class Grid(Page):
    """The page's grid, by the pixels of its last picture, and what its forms have told the server last."""

    def __init__(self, page, address: str, dataset: str):
        self.told: dict[str, Any] = {}
        page.on("request", self._hear)
        super().__init__(page, address, dataset)

    def _hear(self, request) -> None:
        if request.url.endswith("/operators/resolve-type"):
            self.told = request.post_data_json.get("params") or {}

    def pixels(self) -> np.ndarray:
        # Without the border, the check box and the tags that the App draws over a picture.
        return self.picture(-1, beside=8, above=40).astype(float)

    def share(self, colormap: str, pixels: np.ndarray | None = None) -> float:
        """Share of the pixels, by default of now, that are within a few steps of a colour of this colormap."""
        some = (self.pixels() if pixels is None else pixels).reshape(-1, 1, 3)[::7]
        nearest = np.abs(some - palette(colormap)).max(axis=-1).min(axis=-1)
        return float((nearest <= 4).mean())

    def at_rest(self) -> np.ndarray:
        """The pixels, once they stay as they are."""
        before: list[np.ndarray] = []

        def the_same() -> bool:
            before.append(self.pixels())
            self.page.wait_for_timeout(1000)
            return np.array_equal(before[-1], self.pixels()) and before[-1].std() > 5

        self.wait_until(the_same, "a picture that stays as it is")
        return before[-1]

    def wait_until(self, reached: Callable[[], bool], what: str) -> None:
        for _ in range(SHORT // 400):
            if reached():
                return
            self.page.wait_for_timeout(400)
        self.keep_picture("show-depth-failed.png")
        raise AssertionError(f"not reached: {what}")

    def wait_for_colormap(self, colormap: str) -> None:
        self.wait_until(lambda: self.share(colormap) > 0.5, f"most of the picture in {colormap}")

    def shown_fields(self) -> set[str]:
        """The depth fields whose check boxes are on."""
        boxes = {name: self.page.locator(f'[data-cy="checkbox-{name}"]') for name in ("gt_depth", "again")}
        return {name for name, box in boxes.items() if box.locator("input").is_checked()}

    def wait_for_fields(self, *names: str) -> None:
        self.wait_until(lambda: self.shown_fields() == set(names), f"of the depth fields {names} are on")

    def show_depth(
        self, colormap: str | None = None, opacity: float | None = None, fields: tuple[str, ...] | None = None
    ) -> None:
        """Fill the form in and submit it."""
        self.open_operator("Show depth")
        self.form.get_by_text("Colour by value").wait_for(timeout=SHORT)
        # The App asks for the form again after every change, and only then has taken it in.
        if fields is not None:
            chosen = self.form.locator("input").first
            for _ in range(len(self.shown_fields()) + 1):
                chosen.press("Backspace")
            self.wait_until(lambda: not self.told.get("fields"), "no field is chosen")
            for number, field in enumerate(fields, 1):
                chosen.click()
                self.page.get_by_role("option", name=field, exact=True).click()
                self.wait_until(lambda n=number: self.told.get("fields") == list(fields[:n]), f"{field} is chosen")
            self.form.get_by_text("Maps to show").click()
        if colormap:
            self.form.locator('[role="combobox"][aria-haspopup="listbox"]').first.click()
            self.page.get_by_role("option", name=colormap, exact=True).click()
            self.wait_until(lambda: self.told.get("colormap") == colormap, f"{colormap} is chosen")
        if opacity is not None:
            rail = self.form.locator(".MuiSlider-root")
            size = rail.bounding_box(timeout=SHORT)
            rail.click(position={"x": opacity * (size["width"] - 1), "y": size["height"] / 2})
            self.wait_until(lambda: abs(self.told.get("opacity", 9) - opacity) < 0.02, f"opacity {opacity} is chosen")
        self.submit("Show", switch="Colour by value")
        self.form.wait_for(state="detached", timeout=SHORT)


def test_maps_look_right_at_first_and_as_they_were_set_on_every_later_load(app, chromium, browser_page, console, rooms):
    from plumb.datasets.appearance import look_at, show_depth, stored_colors

    user = Grid(browser_page, app, rooms.name)
    user.wait_for_grid(SCENES)
    user.wait_until(lambda: user.colourful() > 0.25, "a heatmap after an import")
    imported = user.at_rest()
    user.keep_picture("show-depth-imported.png")
    user.wait_for_fields("gt_depth")

    # Opacity, and the colormap that the import chose.
    user.show_depth(opacity=1)
    user.wait_for_colormap("viridis")
    opaque = user.at_rest()
    assert user.share("magma") < 0.2, "the colormaps are told from each other"
    user.show_depth(opacity=0)
    user.wait_until(lambda: user.share("viridis", user.at_rest()) < 0.1, "the picture alone")
    picture = user.at_rest()
    user.show_depth(opacity=0.5)
    half = (opaque + picture) / 2
    user.wait_until(lambda: np.abs(user.at_rest() - half).mean() < 3, "half map, half picture")
    stored = 0.85  # what an import begins with
    assert np.abs(imported - (stored * opaque + (1 - stored) * picture)).mean() < 3

    # Which maps, and their colormap.
    user.show_depth(colormap="magma", opacity=1, fields=("again",))
    user.wait_for_colormap("magma")
    user.wait_for_fields("again")
    user.keep_picture("show-depth-magma.png")

    # The page loaded again, and for whoever opens the dataset next.
    browser_page.reload()
    user.wait_for_colormap("magma")
    user.wait_for_fields("again")
    context = chromium.new_context(viewport={"width": 1500, "height": 950})
    context.set_default_timeout(LONG)
    other = Grid(context.new_page(), app, rooms.name)
    other.wait_for_colormap("magma")
    other.wait_for_fields("again")
    context.close()

    # Set from Python while the App is open.
    rooms.reload()
    show_depth(rooms, look_at(rooms, colormap="turbo"))
    browser_page.reload()
    user.wait_for_colormap("turbo")
    user.keep_picture("show-depth-turbo.png")

    # Another colormap for maps that are on already, and none.
    user.show_depth(colormap="inferno")
    user.wait_for_colormap("inferno")
    user.show_depth(fields=())
    user.wait_for_fields()
    user.wait_until(lambda: np.abs(user.at_rest() - picture).mean() < 3, "the picture alone again")
    rooms.reload()
    assert stored_colors(rooms).opacity == 1
    assert not [entry for entry in console if entry.unexpected]
