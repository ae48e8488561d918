"""Map files that say themselves what their codes mean, so that a map whose record was lost is not lost."""

from __future__ import annotations

import json

import numpy as np
import pytest

from plumb import png
from plumb.depthmap import QUANTITIES, DepthMap, encode, read_codes, read_map, write_codes, write_map


@pytest.mark.parametrize("quantity", QUANTITIES)
@pytest.mark.parametrize("angle", [None, 61.25])
def test_a_map_is_read_back_with_all_that_was_said_of_it(tmp_path, quantity, angle):
    encoded = encode(DepthMap(np.random.default_rng(0).uniform(0.1, 9, (5, 7)), quantity))
    stored = write_map(tmp_path / "map.png", encoded, angle)
    assert read_map(tmp_path / "map.png") == stored
    file = stored.file
    assert (file.quantity, file.scale, file.offset, file.unit) == (
        encoded.quantity, encoded.scale, encoded.offset, encoded.unit,
    )  # fmt: skip
    assert (stored.range, file.field_of_view, file.path) == (encoded.range, angle, str(tmp_path / "map.png"))
    np.testing.assert_array_equal(read_codes(tmp_path / "map.png"), encoded.codes)


def test_what_is_no_whole_map_of_this_kind_says_nothing(tmp_path):
    encoded = encode(DepthMap(np.ones((5, 7)), "depth"))
    write_codes(tmp_path / "silent.png", encoded.codes)
    write_map(tmp_path / "cut.png", encoded)
    whole = (tmp_path / "cut.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[:-1])
    (tmp_path / "spoilt.png").write_bytes(whole[:50] + b"\0" + whole[51:])
    (tmp_path / "empty.png").touch()
    for name in ("silent.png", "cut.png", "spoilt.png", "empty.png", "none.png"):
        assert read_map(tmp_path / name) is None


@pytest.mark.parametrize(
    "changed",
    [
        lambda meaning: {**meaning, "future": 1},
        lambda meaning: {name: value for name, value in meaning.items() if name != "scale"},
        lambda meaning: {name: value for name, value in meaning.items() if name != "range"},
        lambda meaning: {**meaning, "range": 1},
        lambda meaning: {**meaning, "range": [1, 2, 3]},
        lambda meaning: [meaning],
        lambda meaning: 1,
    ],
    ids=["a new key", "no scale", "no range", "no pair", "no pair either", "a list", "a number"],
)
def test_a_whole_map_with_another_meaning_than_this_version_writes_says_nothing(tmp_path, changed):
    codes = np.ones((5, 7), np.uint16)
    stored = write_map(tmp_path / "map.png", encode(DepthMap(codes.astype(float), "depth")))
    meaning = json.loads(png.read_text((tmp_path / "map.png").read_bytes()))
    write_codes(tmp_path / "map.png", codes, json.dumps(meaning))
    assert read_map(tmp_path / "map.png") == stored
    write_codes(tmp_path / "map.png", codes, json.dumps(changed(meaning)))
    assert read_map(tmp_path / "map.png") is None


@pytest.mark.parametrize("text", ["depth in metres", "{", "[" * 3000])
def test_a_text_that_is_no_meaning_at_all_says_nothing(tmp_path, text):
    write_codes(tmp_path / "map.png", np.ones((5, 7), np.uint16), text)
    assert read_map(tmp_path / "map.png") is None
