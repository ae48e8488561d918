"""Map files that say themselves what their codes mean, so that a map whose record was lost is not lost."""

from __future__ import annotations

import numpy as np
import pytest

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
