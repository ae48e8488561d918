"""Where the panels draw it: zoom, tiles, sizes, and what becomes of the graphics card's memory."""

from __future__ import annotations

import numpy as np
import pytest

from tests.renderer_page import (
    BACKGROUND,
    TABLE_BYTES,
    check_colours,
    picture_layer,
    renderer_page,
    source,
    tile,
    value_layer,
    values_of,
)

SIZE = (24, 32)


pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(chromium, tmp_path_factory):
    with renderer_page(chromium, tmp_path_factory.mktemp("renderer")) as page:
        yield page


@pytest.fixture
def rgb():
    return np.random.default_rng(3).integers(0, 256, (*SIZE, 3), dtype=np.uint8)


@pytest.fixture
def renderer(page, rgb):
    """A canvas of 200 x 150 device pixels, a picture `rgb` and a map `gt` of 32 x 24."""
    page.start(200, 150)
    page.picture("rgb", rgb)
    page.map("gt", np.arange(500, 500 + rgb[..., 0].size, dtype=np.uint16).reshape(SIZE))
    return page


def looked_at(shape, zoom, at, rect, size):
    """For each device pixel of a canvas, the place of its middle on a picture of `shape`, and whether it is on both.

    Places up to 1/512 before an edge between two pixels count as on it, so that rounding decides nowhere.
    """
    height, width = size
    x, y, rect_width, rect_height = rect
    rows, columns = np.mgrid[0:height, 0:width] + 0.5
    picture_x = (columns - (x + rect_width / 2)) / zoom + at[0]
    picture_y = (rows - (y + rect_height / 2)) / zoom + at[1]
    picture_x, picture_y = (
        np.where(1 - place % 1 < 1 / 512, np.ceil(place), place) for place in (picture_x, picture_y)
    )
    on = (picture_x >= 0) & (picture_x < shape[1]) & (picture_y >= 0) & (picture_y < shape[0])
    on &= (columns > x) & (columns < x + rect_width) & (rows > y) & (rows < y + rect_height)
    return picture_x, picture_y, on


@pytest.mark.parametrize(
    ("zoom", "at", "rect"),
    [
        (1.0, (16, 12), (0, 0, 200, 150)),
        (4.0, (16, 12), (0, 0, 200, 150)),
        (5.0, (3, 20), (20, 10, 120, 90)),
        (5.0, (3.4, 20.3), (21, 11, 121, 91)),
        (3.37, (16.2, 11.7), (0, 0, 200, 150)),
        (41.0, (30, 1), (7, 0, 150, 150)),
    ],
)
def test_from_whole_size_on_each_device_pixel_shows_the_pixel_below_its_middle(renderer, rgb, zoom, at, rect):
    picture_x, picture_y, on = looked_at(SIZE, zoom, at, rect, (150, 200))
    rows, columns = np.floor(picture_y[on]).astype(int), np.floor(picture_x[on]).astype(int)
    drawn = renderer.draw(tile([picture_layer()], SIZE, rect, at, zoom))
    assert (drawn[on] == rgb[rows, columns]).all()
    assert (drawn[~on] == BACKGROUND).all()
    drawn = renderer.draw(tile([value_layer(source("gt"), 0.5, 1.3)], SIZE, rect, at, zoom))
    check_colours(drawn[on], (500 + 32 * rows + columns) / 1000, "turbo", 0.5, 1.3)
    assert (drawn[~on] == BACKGROUND).all()


def test_a_picture_made_smaller_is_averaged_and_a_map_is_not(renderer):
    board = np.indices((128, 128)).sum(axis=0) % 2
    renderer.picture("board", np.repeat((board * 255).astype(np.uint8)[..., None], 3, axis=2))
    renderer.map("steps", np.where(board, 1000, 2000).astype(np.uint16))
    drawn = renderer.draw(tile([picture_layer("board")], (128, 128), (0, 0, 200, 150), (64, 64), 0.25))
    on = (drawn != BACKGROUND).any(axis=-1)
    assert on.sum() == 32 * 32
    assert np.abs(drawn[on] - 127.5).max() < 3
    drawn = renderer.draw(tile([value_layer(source("steps"), 1.0, 2.0)], (128, 128), (0, 0, 200, 150), (64, 64), 0.3))
    on = (drawn != BACKGROUND).any(axis=-1)
    assert {tuple(colour) for colour in drawn[on]} == {(48, 18, 59), (122, 4, 2)}


@pytest.mark.parametrize("factor", [(2, 2), (3, 1)])
def test_a_map_of_another_size_is_stretched_over_the_picture(renderer, factor):
    down, across = factor
    for name, codes in {
        "small": np.arange(1000, 1000 + 11 * 15, dtype=np.uint16).reshape(11, 15),  # rows of an odd number of codes
        "large": np.arange(1000, 1000 + SIZE[0] * SIZE[1] * down * across, dtype=np.uint16).reshape(
            SIZE[0] * down, SIZE[1] * across
        ),
    }.items():
        renderer.map(name, codes)
        drawn = renderer.draw(tile([value_layer(source(name), 1.0, 5.0)], SIZE, (0, 0, 200, 150), (16, 12), 3.0))
        picture_x, picture_y, on = looked_at(SIZE, 3.0, (16, 12), (0, 0, 200, 150), (150, 200))
        rows = np.floor(picture_y[on] * codes.shape[0] / SIZE[0] + 1e-9).astype(int)
        columns = np.floor(picture_x[on] * codes.shape[1] / SIZE[1] + 1e-9).astype(int)
        check_colours(drawn[on], values_of(codes)[rows, columns], "turbo", 1.0, 5.0)


def test_tiles_stay_in_their_rects_and_the_two_halves_of_a_swipe_meet(renderer, rgb):
    left = tile([picture_layer()], SIZE, (0, 0, 100, 150), (16, 12), 5.0)
    rect = (100, 0, 100, 150)
    gt = [value_layer(source("gt"), 0.5, 1.3)]
    whole = [renderer.draw(tile(layers, SIZE, rect, (16, 12), 2.0)) for layers in ([picture_layer()], gt)]
    swiped = [
        tile([picture_layer()], SIZE, rect, (16, 12), 2.0, clip=(100, 0, 37, 150)),
        tile(gt, SIZE, rect, (16, 12), 2.0, clip=(137, 0, 63, 150)),
    ]
    drawn = renderer.draw(left, *swiped)
    assert (drawn[:, :100] != BACKGROUND).any(axis=-1)[15:135].all()
    assert (drawn[:, 100:137] == whole[0][:, 100:137]).all()
    assert (drawn[:, 137:] == whole[1][:, 137:]).all()
    assert (whole[0][:, :100] == BACKGROUND).all()


def test_each_draw_begins_with_an_empty_canvas(renderer):
    renderer.draw(tile([picture_layer()], SIZE))
    assert (renderer.draw(background=(1, 2, 3)) == (1, 2, 3)).all()


def test_a_map_too_large_for_a_texture_is_drawn_coarser(renderer):
    width = renderer.get("maxTextureSize") + 1000
    renderer.map("wide", np.linspace(1000, 2000, 2 * width).astype(np.uint16).reshape(2, width))
    drawn = renderer.draw(tile([value_layer(source("wide"), 0.9, 2.1)], SIZE, (0, 0, 200, 150), (16, 12), 5.0))
    picture_x, _, on = looked_at(SIZE, 5.0, (16, 12), (0, 0, 200, 150), (150, 200))
    upper = on & (np.arange(150)[:, None] < 75)
    shades = drawn[upper][np.argsort(picture_x[upper], kind="stable")]
    assert (drawn[on] != BACKGROUND).any(axis=-1).all()
    assert len(np.unique(shades, axis=0)) > 80


# The graphics card.


def test_textures_of_maps_seen_long_ago_make_room_and_those_come_back_when_they_are_drawn_again(renderer):
    side, bytes_each = 64, 2 * 64 * 64 + TABLE_BYTES
    renderer.start(side, side, 4 * bytes_each)
    pictures = []
    for i in range(12):
        renderer.map(f"map{i}", np.full((side, side), 1000 + 100 * i, np.uint16))
        pictures.append(renderer.draw(tile([value_layer(source(f"map{i}"), 1.0, 3.0)], (side, side))))
        assert renderer.get("textureBytes") == min(i + 1, 4) * bytes_each
    for i in (11, 0, 5):
        again = renderer.draw(tile([value_layer(source(f"map{i}"), 1.0, 3.0)], (side, side)))
        assert (again == pictures[i]).all()
    # What one draw needs stays for the next one, even beyond the budget.
    layers = [value_layer(source(f"map{i}"), 1.0, 3.0) for i in range(6)]
    assert (renderer.draw(tile(layers, (side, side))) == pictures[5]).all()
    assert renderer.get("textureBytes") == 6 * (bytes_each + 4 * side * side)  # codes, colours of codes and of pixels


def test_a_map_that_is_aligned_anew_is_not_sent_to_the_graphics_card_again(renderer):
    renderer.start(32, 24)
    renderer.draw(tile([value_layer(source("gt"))], SIZE))
    before = renderer.get("textureBytes")
    renderer.page.evaluate("harness.copyMap('gt', 'realigned')")
    renderer.draw(tile([value_layer(source("realigned"))], SIZE))
    assert renderer.get("textureBytes") == before


def test_a_lost_graphics_card_is_mended_when_it_comes_back(renderer):
    layers = [picture_layer(), value_layer(source("gt"), 0.5, 1.3, opacity=0.5)]
    before = renderer.draw(tile(layers, SIZE, (0, 0, 200, 150), (16, 12), 4.0))
    renderer.page.evaluate("harness.lose()")
    renderer.draw(tile(layers, SIZE, (0, 0, 200, 150), (16, 12), 4.0))  # draws nothing, and does not fail
    assert renderer.get("restored") == 0
    renderer.page.evaluate("harness.restore()")
    renderer.page.wait_for_function("harness.restored === 1")
    assert (renderer.draw(tile(layers, SIZE, (0, 0, 200, 150), (16, 12), 4.0)) == before).all()


def test_a_canvas_that_is_not_on_the_page_is_drawn_alike(renderer, rgb):
    """As for a file at full size."""
    layers = [picture_layer(), value_layer(source("gt"), 0.5, 1.3, opacity=0.5)]
    before = renderer.draw(tile(layers, SIZE, (0, 0, 200, 150), (16, 12), 4.0))
    renderer.start(200, 150, offscreen=True)
    assert (renderer.draw(tile(layers, SIZE, (0, 0, 200, 150), (16, 12), 4.0)) == before).all()


def test_without_webgl2_the_message_says_what_to_switch_on(renderer):
    message = renderer.page.evaluate("harness.startOnCanvasWithoutWebGL2()")
    assert "WebGL2" in message and "hardware acceleration" in message


def test_the_browser_reports_no_misuse_of_webgl(renderer):
    """In all that was drawn above as well."""
    renderer.draw(tile([picture_layer(), value_layer(source("gt"))], SIZE))
    assert renderer.get("error") == 0
    assert not [line for line in renderer.console if "GPU stall" not in line]
