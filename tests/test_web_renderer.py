"""What the panels draw, pixel by pixel, in a real browser."""

from __future__ import annotations

import numpy as np
import pytest

from tests.renderer_page import (
    BACKGROUND,
    DISPARITY,
    MILLIMETRES,
    check_colours,
    error_layer,
    mask,
    picture_layer,
    renderer_page,
    rule,
    source,
    tile,
    value_layer,
    values_of,
)

SIZE = (96, 128)
LIGHT, DARK = (235, 235, 235), (40, 40, 40)

# Every code once.
ALL_CODES = np.arange(65536, dtype=np.uint16).reshape(256, 256)


pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(chromium, tmp_path_factory):
    with renderer_page(chromium, tmp_path_factory.mktemp("renderer")) as page:
        yield page


@pytest.fixture(scope="module")
def scene():
    """A picture, a truth and a disparity with holes, as (H, W) arrays by name."""
    rng = np.random.default_rng(5)
    arrays = {
        "rgb": rng.integers(0, 256, (*SIZE, 3), dtype=np.uint8),
        "gt": rng.integers(1, 9000, SIZE, dtype=np.uint16),
        "near": rng.integers(1, 65536, SIZE, dtype=np.uint16),
    }
    arrays["gt"][rng.random(SIZE) < 0.2] = 0
    arrays["near"][rng.random(SIZE) < 0.2] = 0
    return arrays


@pytest.fixture
def renderer(page, scene):
    """With the scene, and a canvas of its size."""
    page.start(SIZE[1], SIZE[0])
    page.picture("rgb", scene["rgb"])
    page.map("gt", scene["gt"])
    page.map("near", scene["near"])
    return page


def counted(codes: np.ndarray, low: float, high: float, crop: tuple[int, int, int, int] | None = None) -> np.ndarray:
    """Where an evaluation counts the truth: in 64-bit numbers, strictly, within the crop."""
    inside = np.zeros(codes.shape, bool)
    top, bottom, left, right = crop or (0, codes.shape[0], 0, codes.shape[1])
    inside[top:bottom, left:right] = True
    depth = values_of(codes)
    return inside & (low < depth) & (depth < high)


# Colours.


@pytest.mark.parametrize("scale", ["linear", "inverse", "log"])
@pytest.mark.parametrize("transform", [MILLIMETRES, DISPARITY], ids=["metres", "disparity"])
def test_every_code_has_the_colour_of_its_value_and_code_0_none(renderer, transform, scale):
    renderer.start(256, 256)
    renderer.map("all", ALL_CODES)
    # A farthest disparity of 8 m lies within the range: its floor shows.
    drawn = renderer.draw(tile([value_layer(source("all", transform), 0.5, 12.0, scale=scale)], (256, 256)))
    some = ALL_CODES > 0
    check_colours(drawn[some], values_of(ALL_CODES, transform)[some], "turbo", 0.5, 12.0, scale)
    assert (drawn[~some] == BACKGROUND).all()


@pytest.mark.parametrize("colormap", ["viridis", "magma", "inferno", "cividis", "Spectral"])
def test_every_colormap_is_matplotlib_s(renderer, scene, colormap):
    drawn = renderer.draw(tile([value_layer(source("gt"), colormap=colormap)], SIZE))
    some = scene["gt"] > 0
    check_colours(drawn[some], values_of(scene["gt"])[some], colormap, 0.5, 8.0)


def test_a_log_scale_of_a_range_from_zero_is_linear(renderer, scene):
    drawn = renderer.draw(tile([value_layer(source("gt"), 0.0, 8.0, scale="log")], SIZE))
    some = scene["gt"] > 0
    check_colours(drawn[some], values_of(scene["gt"])[some], "turbo", 0.0, 8.0)


# Layers over each other.


def test_a_picture_keeps_its_bytes_and_shows_through_the_holes_of_the_map_above(renderer, scene):
    assert (renderer.draw(tile([picture_layer()], SIZE)) == scene["rgb"]).all()
    drawn = renderer.draw(tile([picture_layer(), value_layer(source("gt"))], SIZE))
    some = scene["gt"] > 0
    check_colours(drawn[some], values_of(scene["gt"])[some], "turbo", 0.5, 8.0)
    assert (drawn[~some] == scene["rgb"][~some]).all()


def test_opacity_0_leaves_exactly_what_is_below(renderer, scene):
    layers = [picture_layer(), value_layer(source("gt"), opacity=0.0), error_layer("absolute", source("near"), 0, 1)]
    layers[2]["opacity"] = 0.0
    assert (renderer.draw(tile(layers, SIZE)) == scene["rgb"]).all()
    assert (renderer.draw(tile([picture_layer(opacity=0.0)], SIZE)) == BACKGROUND).all()


def test_layers_are_mixed_in_their_order_by_their_opacity(renderer, scene):
    gt, near = value_layer(source("gt")), value_layer(source("near", DISPARITY), colormap="magma")
    alone = [renderer.draw(tile([layer], SIZE)) for layer in (gt, near)]
    opacities = (0.9, 0.5, 0.3)
    layers = [picture_layer(opacity=0.9), gt | {"opacity": 0.5}, near | {"opacity": 0.3}]
    for first in (0, 1):  # with a picture that is drawn along with the layer above, and one that cannot be
        layers[0]["opacity"] = (opacities[0], 1.0)[first]
        expected = np.full((*SIZE, 3), BACKGROUND, float)
        for layer, colours, shown in zip(
            layers, (scene["rgb"], *alone), (scene["rgb"][..., 0] >= 0, scene["gt"] > 0, scene["near"] > 0), strict=True
        ):
            share = layer["opacity"] * shown[..., None]
            expected += share * (colours - expected)
        assert np.abs(renderer.draw(tile(layers, SIZE)) - expected).max() <= 1.5  # 0.5 for each of three roundings


# Errors.


@pytest.mark.parametrize(
    ("kind", "low", "high", "error"),
    [
        ("absolute", 0.0, 2.0, lambda p, g: abs(p - g)),
        ("relative", 0.0, 0.5, lambda p, g: abs(p - g) / g),
        ("signed", -2.0, 2.0, lambda p, g: p - g),
    ],
)
def test_errors_are_those_of_the_aligned_prediction_where_both_maps_have_a_value(
    renderer, scene, kind, low, high, error
):
    drawn = renderer.draw(tile([picture_layer(), error_layer(kind, source("near", DISPARITY), low, high)], SIZE))
    both = (scene["gt"] > 0) & (scene["near"] > 0)
    p, g = values_of(scene["near"], DISPARITY)[both], values_of(scene["gt"])[both]
    check_colours(drawn[both], error(p, g), "viridis", low, high)
    assert (drawn[~both] == scene["rgb"][~both]).all()


def test_delta1_paints_what_is_off_by_a_factor_of_a_quarter_or_more_and_nothing_else(renderer):
    g = np.repeat(np.arange(4, 4 + 4 * SIZE[0], 4, dtype=np.uint16)[:, None], SIZE[1], axis=1)
    offset = np.arange(SIZE[1], dtype=int) - SIZE[1] // 2
    p = np.clip(g + offset * (1 + g // 200), 0, 65535).astype(np.uint16)
    # Exactly 5/4 and 4/5, and one code less than that: where the ratio is a matter of rounding.
    p[:, 0], p[:, 1], p[:, 2], p[:, 3] = g[:, 0] // 4 * 5, g[:, 0] // 4 * 5 - 1, g[:, 0] // 5 * 4, g[:, 0] // 5 * 4 + 1
    renderer.map("gt", g)
    renderer.map("p", p)
    drawn = renderer.draw(tile([error_layer("delta1", source("p"), 0, 1)], SIZE))
    p, g = p.astype(int), g.astype(int)
    off = (4 * np.maximum(p, g) >= 5 * np.minimum(p, g)) & (p > 0)
    assert 0.1 < off.mean() < 0.9
    assert (drawn[off] == (253, 231, 36)).all()
    assert (drawn[~off] == BACKGROUND).all()


def test_under_a_rule_predictions_are_clipped_as_they_are_for_the_scores(renderer, scene):
    clipped = rule(0.001, 8.0, cap=3.0)
    layer = error_layer("signed", source("near", DISPARITY), -2.0, 2.0, mask=mask(rule=clipped))
    drawn = renderer.draw(tile([layer], SIZE))
    both = counted(scene["gt"], 0.001, 8.0) & (scene["near"] > 0)
    p = np.clip(values_of(scene["near"], DISPARITY)[both], 0.001, 3.0)
    assert (p == 3.0).mean() > 0.1
    check_colours(drawn[both], p - values_of(scene["gt"])[both], "viridis", -2.0, 2.0)
    assert (drawn[~both] == BACKGROUND).all()


# Masks.


def test_measured_pixels_are_those_where_the_truth_has_a_value(renderer, scene):
    layer = value_layer(source("near", DISPARITY), mask=mask(measured=True))
    drawn = renderer.draw(tile([picture_layer(), layer], SIZE))
    shown = (drawn != scene["rgb"]).any(axis=-1)
    assert (shown == ((scene["gt"] > 0) & (scene["near"] > 0))).all()


@pytest.mark.parametrize(("low", "high"), [(0.001, 8.0), (0.5, 4.321), (0.0, 65.536), (9.0, 10.0)])
def test_limits_are_strict_and_exact_to_the_code(renderer, low, high):
    renderer.start(256, 256)
    renderer.map("gt", ALL_CODES)
    valid = {"kind": "valid", "truth": source("gt"), "rule": rule(low, high), "opacity": 1.0}
    drawn = renderer.draw(tile([valid], (256, 256)))
    expected = counted(ALL_CODES, low, high)
    assert (drawn[expected] == (86, 180, 233)).all()
    assert (drawn[~expected] == BACKGROUND).all()


def test_a_crop_hides_what_lies_outside_of_its_rows_and_columns(renderer, scene):
    crop = (10, 70, 21, 100)
    layer = value_layer(source("near", DISPARITY), mask=mask(rule=rule(0.5, 7.0, crop=crop)))
    drawn = renderer.draw(tile([picture_layer(), layer], SIZE))
    shown = (drawn != scene["rgb"]).any(axis=-1)
    assert (shown == (counted(scene["gt"], 0.5, 7.0, crop) & (scene["near"] > 0))).all()


def test_valid_pixels_are_a_veil_of_one_colour(renderer, scene):
    valid = {"kind": "valid", "truth": source("gt"), "rule": rule(0.5, 7.0, crop=(5, 90, 5, 120)), "opacity": 0.5}
    drawn = renderer.draw(tile([picture_layer(), valid], SIZE))
    shown = counted(scene["gt"], 0.5, 7.0, (5, 90, 5, 120))
    assert np.abs(drawn[shown] - (scene["rgb"][shown] + np.array((86, 180, 233))) / 2).max() <= 1
    assert (drawn[~shown] == scene["rgb"][~shown]).all()


def test_stripes_mark_holes_and_what_the_mask_hides_and_nothing_else(renderer):
    codes = np.full(SIZE, 2000, np.uint16)
    codes[:48, :64] = 0
    truth = np.full(SIZE, 2000, np.uint16)
    truth[48:, 64:] = 0
    renderer.map("gt", truth)
    renderer.map("holes", codes)
    layer = value_layer(source("holes"), mask=mask(measured=True, hatch=True))
    drawn = renderer.draw(tile([layer], SIZE))
    striped = (codes == 0) | (truth == 0)
    # Two of eight pixels of a row are light, two dark, the rest shows what is below.
    for colour, share in ((LIGHT, 0.25), (DARK, 0.25), (BACKGROUND, 0.5)):
        found = (drawn == colour).all(axis=-1)
        assert (found[striped]).mean() == share
        assert not found[~striped].any()
    # Diagonal: a row is the next one moved by a pixel.
    assert (drawn[1:48, 1:64] == drawn[:47, :63]).all() or (drawn[1:48, :63] == drawn[:47, 1:64]).all()


def test_stripes_are_as_transparent_as_their_layer(renderer, scene):
    renderer.map("empty", np.zeros(SIZE, np.uint16))
    layers = [picture_layer(), value_layer(source("empty"), opacity=0.5, mask=mask(hatch=True))]
    drawn = renderer.draw(tile(layers, SIZE))
    below = scene["rgb"].astype(int)
    kinds = [np.abs(drawn - (below + colour) / 2).max(axis=-1) <= 1 for colour in (np.array(LIGHT), np.array(DARK))]
    kinds.append((drawn == below).all(axis=-1))
    assert np.logical_or.reduce(kinds).all()
    assert [round(float(kind.mean()), 1) for kind in kinds] == [0.2, 0.2, 0.5]
