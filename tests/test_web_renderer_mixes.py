"""Layers that lie over one another, which are mixed in one pass: pixel by pixel as if each were painted in turn."""

from __future__ import annotations

import numpy as np
import pytest

from tests.renderer_page import (
    BACKGROUND,
    DISPARITY,
    TABLE_BYTES,
    error_layer,
    mask,
    picture_layer,
    renderer_page,
    rule,
    source,
    tile,
    value_layer,
)

SIZE = (96, 128)
CANVAS = (150, 200)

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(chromium, tmp_path_factory):
    with renderer_page(chromium, tmp_path_factory.mktemp("renderer")) as page:
        yield page


@pytest.fixture
def renderer(page):
    """With a picture, a truth, a prediction of its size and one of another, each with holes."""
    rng = np.random.default_rng(11)
    page.start(CANVAS[1], CANVAS[0])
    page.picture("rgb", rng.integers(0, 256, (*SIZE, 3), dtype=np.uint8))
    for name, size, high in (("gt", SIZE, 9000), ("near", SIZE, 65536), ("coarse", (31, 47), 9000)):
        codes = rng.integers(1, high, size, dtype=np.uint16)
        codes[rng.random(size) < 0.25] = 0
        page.map(name, codes)
    return page


def in_turn(renderer, layers, **placed):
    """What layers give that are painted one after the other in floating point. What each paints, and where, is what it
    paints alone, opaque, on black and on white."""
    expected = np.full((*CANVAS, 3), BACKGROUND, float)
    for layer in layers:
        alone = tile([layer | {"opacity": 1.0}], SIZE, **placed)
        black, white = (renderer.draw(alone, background=(shade,) * 3) for shade in (0, 255))
        painted = (black == white).all(axis=-1)
        expected[painted] += layer["opacity"] * (black[painted] - expected[painted])
    return expected


def layers_of(*opacities: float, masked: bool, hatch: bool, near: str = "near"):
    """A picture, and a layer of each kind, with masks by rules of their own."""
    rules = [rule(0.5, 6.0, cap=4.0, crop=(5, 90, 9, 120)), rule(1.0, 7.0)] if masked else [None, None]
    first, second = (mask(measured=masked, rule=one, hatch=hatch) for one in rules)
    prediction = source(near, DISPARITY)
    layers = [
        picture_layer(),
        value_layer(source("gt"), mask=second),
        value_layer(prediction, colormap="magma", mask=first),
        error_layer("absolute", prediction, 0, 2, mask=first),
        error_layer("signed", prediction, -2, 2, mask=first),
        error_layer("delta1", prediction, 0, 1, mask=second),
        {"kind": "valid", "truth": source("gt"), "rule": rule(0.5, 6.0)},
    ]
    return [layer | {"opacity": opacity} for layer, opacity in zip(layers, opacities, strict=True)]


TRANSLUCENT = (0.8, 0.5, 0.6, 0.3, 0.7, 0.4, 0.5)
PLACES = {
    "each pixel of the maps once": {"zoom": 1.0},
    "enlarged": {"rect": (10, 5, 180, 140), "zoom": 3.7, "at": (70.3, 40.1)},
    "made smaller": {"rect": (0, 0, 200, 150), "zoom": 0.31},
}


@pytest.mark.parametrize("placed", PLACES.values(), ids=PLACES.keys())
@pytest.mark.parametrize(("masked", "hatch"), [(False, False), (True, False), (False, True), (True, True)])
def test_translucent_layers_look_as_if_each_were_painted_over_those_below(renderer, placed, masked, hatch):
    layers = layers_of(*TRANSLUCENT, masked=masked, hatch=hatch)
    expected = in_turn(renderer, layers, **placed)
    drawn = renderer.draw(tile(layers, SIZE, **placed))
    assert np.abs(drawn - expected).max() <= 1
    assert (drawn != BACKGROUND).any()


def test_maps_of_another_size_than_the_others_lie_where_they_lie_alone(renderer):
    layers = layers_of(*TRANSLUCENT, masked=True, hatch=False, near="coarse")
    placed = PLACES["enlarged"]
    expected = in_turn(renderer, layers, **placed)
    assert np.abs(renderer.draw(tile(layers, SIZE, **placed)) - expected).max() <= 1


def test_opaque_layers_have_exactly_their_colours(renderer):
    for placed in PLACES.values():
        layers = [value_layer(source("gt")), value_layer(source("near", DISPARITY), colormap="magma")]
        drawn = renderer.draw(tile(layers, SIZE, **placed))
        assert (drawn == in_turn(renderer, layers, **placed)).all()


def test_each_change_is_seen_at_once_and_back_again(renderer):
    layers = layers_of(*TRANSLUCENT, masked=False, hatch=False)
    placed = PLACES["enlarged"]
    before = renderer.draw(tile(layers, SIZE, **placed))
    changes = [
        {"opacity": 0.9},
        {"colormap": "cividis"},
        {"range": {"low": 1.0, "high": 3.0, "scale": "log"}},
        {"mask": mask(measured=True, rule=rule(1.0, 4.0))},
        {"source": source("near", DISPARITY | {"slope": 6e-5})},
        {"source": source("gt")},  # the same map as in the layer below
    ]
    for change in changes:
        changed = [layer | (change if place == 2 else {}) for place, layer in enumerate(layers)]
        drawn = renderer.draw(tile(changed, SIZE, **placed))
        assert (drawn != before).any()
        assert np.abs(drawn - in_turn(renderer, changed, **placed)).max() <= 1, change
        assert (renderer.draw(tile(layers, SIZE, **placed)) == before).all()
    for placed in PLACES.values():
        renderer.draw(tile(layers, SIZE, **placed))
        moved = placed | {"at": (60.0, 50.0)}
        drawn = renderer.draw(tile(layers, SIZE, **moved))
        assert np.abs(drawn - in_turn(renderer, layers, **moved)).max() <= 1


def test_one_map_twice_has_both_colours(renderer):
    twice = [value_layer(source("gt"), colormap=name, opacity=0.5) for name in ("turbo", "magma")]
    placed = PLACES["each pixel of the maps once"]
    assert np.abs(renderer.draw(tile(twice, SIZE, **placed)) - in_turn(renderer, twice, **placed)).max() <= 1


@pytest.mark.parametrize("placed", PLACES.values(), ids=PLACES.keys())
@pytest.mark.parametrize(("masked", "hatch"), [(False, False), (True, True)])
def test_values_are_mixed_from_their_codes_and_when_drawn_again_from_kept_colours(renderer, placed, masked, hatch):
    layers = layers_of(*TRANSLUCENT, masked=masked, hatch=hatch)[:3]
    drawn, held = [], []
    for _ in range(3):
        drawn.append(renderer.draw(tile(layers, SIZE, **placed)))
        held.append(renderer.get("textureBytes"))
    assert held[0] < held[1] == held[2]
    assert (drawn[0] == drawn[1]).all() and (drawn[1] == drawn[2]).all()
    assert np.abs(drawn[0] - in_turn(renderer, layers, **placed)).max() <= 1


def test_more_layers_than_a_shader_reads_are_all_painted(renderer):
    many = [value_layer(source("gt"), low=0.1 * n, opacity=0.2) for n in range(15)]
    placed = PLACES["each pixel of the maps once"]
    # Two passes: what the first one gives is rounded.
    assert np.abs(renderer.draw(tile(many, SIZE, **placed)) - in_turn(renderer, many, **placed)).max() <= 2
    assert renderer.get("error") == 0


def test_colours_are_kept_once_for_each_map_and_kind_however_often_they_change(renderer):
    layers = [value_layer(source("gt"), opacity=0.5), value_layer(source("near", DISPARITY), opacity=0.5)]
    drawn = [tile(layers, SIZE, zoom=1.0)]
    renderer.draw(*drawn)
    renderer.draw(*drawn)
    once = renderer.get("textureBytes")
    assert once == 2 * ((2 + 4) * SIZE[0] * SIZE[1] + TABLE_BYTES)
    for number in range(12):
        changed = [layer | {"colormap": ("magma", "viridis", "cividis")[number % 3]} for layer in layers]
        for _ in range(2):
            renderer.draw(tile(changed, SIZE, zoom=1.0 + number))
    assert renderer.get("textureBytes") == once


# Made ready.


@pytest.mark.parametrize("placed", PLACES.values(), ids=PLACES.keys())
def test_what_was_made_ready_compiles_nothing_when_it_is_drawn_and_changes_no_pixel_until_then(page, placed):
    page.start(CANVAS[1], CANVAS[0])
    rng = np.random.default_rng(12)
    page.picture("rgb", rng.integers(0, 256, (*SIZE, 3), dtype=np.uint8))
    for name in ("gt", "near"):
        page.map(name, rng.integers(0, 9000, SIZE, dtype=np.uint16))
    before = page.draw(tile([picture_layer(), value_layer(source("gt"))], SIZE, **placed))
    mixed = tile(layers_of(*TRANSLUCENT, masked=True, hatch=True), SIZE, **placed)
    alone = tile([picture_layer(), error_layer("signed", source("near", DISPARITY), -1, 1)], SIZE, **placed)
    values = tile(layers_of(*TRANSLUCENT, masked=False, hatch=False)[:3], SIZE, **placed)
    page.get("linked()")
    page.warm(mixed, values, alone)
    # A shader for each of five kinds, one that mixes, two that mix values alone, one for the error on the canvas.
    assert page.get("linked()") == 5 + 1 + 2 + 1
    assert (page.pixels() == before).all()
    for one in (mixed, values, values, alone):
        assert (page.draw(one) != before).any()
    assert page.get("linked()") == 0


def test_making_ready_leaves_a_mix_as_it_is(renderer):
    for placed in PLACES.values():
        layers = layers_of(*TRANSLUCENT, masked=False, hatch=False)
        before = renderer.draw(tile(layers, SIZE, **placed))
        others = [layer | ({"colormap": "cividis"} if "colormap" in layer else {}) for layer in layers]
        renderer.warm(tile(others, SIZE, **placed))
        assert (renderer.pixels() == before).all()
        assert (renderer.draw(tile(layers, SIZE, **placed)) == before).all()


def test_a_renderer_that_forgot_keeps_its_shaders_alone(renderer):
    layers = layers_of(*TRANSLUCENT, masked=True, hatch=False)
    placed = PLACES["enlarged"]
    before = renderer.draw(tile(layers, SIZE, **placed))
    assert renderer.get("linked()") > 0
    renderer.get("forget()")
    assert renderer.get("textureBytes") == 0
    assert (renderer.draw(tile(layers, SIZE, **placed)) == before).all()
    assert renderer.get("linked()") == 0
