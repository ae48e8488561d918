"""Depth maps on disk: nothing lost but half a code, nothing half-written, nothing misread."""

import os
import resource
import struct
import threading
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image

from plumb.depthmap import (
    MAX_CODE,
    QUANTITIES,
    DepthMap,
    DepthMapError,
    EncodedMap,
    MapFile,
    display_range,
    encode,
    encode_millimetres,
    read_codes,
    write_codes,
)
from plumb.files import write_atomically

RELATIVE = ("affine_depth", "inverse_depth")

shapes = array_shapes(min_dims=2, max_dims=2, max_side=12)
# As networks give them: any float32, holes included.
float32_maps = arrays(
    np.float32, shapes, elements=st.floats(-(2.0**100), 2.0**100, width=32) | st.just(np.nan) | st.just(np.inf)
)
# As sensors and metric networks see rooms and streets; 65.535 m is where millimetres end.
metric_maps = arrays(
    np.float64, shapes, elements=st.floats(0.001, 65.535) | st.sampled_from([np.nan, np.inf, -np.inf, 0.0, -1.0])
)
code_maps = arrays(np.uint16, shapes)


def decode(encoded: EncodedMap) -> np.ndarray:
    """Values by the definition alone: offset + scale * code, NaN at code 0."""
    return np.where(encoded.codes > 0, encoded.offset + encoded.scale * encoded.codes.astype(np.float64), np.nan)


def has_value(values: np.ndarray, quantity: str) -> np.ndarray:
    """What comes back as it was: metric depth of 0 or less comes back as the smallest depth."""
    return np.isfinite(values) & ((values > 0) | (quantity != "depth"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """One folder for all examples of a hypothesis test."""
    return tmp_path_factory.mktemp("maps")


@pytest.fixture(scope="module")
def png(folder) -> bytes:
    """A 16-bit grey PNG of three IDAT chunks, as the bytes that `write_codes` makes."""
    write_codes(folder / "noise.png", np.random.default_rng(0).integers(0, 60000, (90, 120)).astype(np.uint16))
    return (folder / "noise.png").read_bytes()


# Quantizing


@pytest.mark.parametrize("quantity", RELATIVE)
@given(values=float32_maps)
def test_a_relative_map_comes_back_within_half_a_code(quantity, values):
    encoded = encode(DepthMap(values, quantity))
    valid = np.isfinite(values)
    error = np.abs(decode(encoded)[valid] - values[valid].astype(np.float64))
    assert (error <= 0.5001 * abs(encoded.scale)).all()


@given(values=metric_maps)
def test_a_metric_map_comes_back_within_half_a_millimetre(values):
    encoded = encode(DepthMap(values, "depth"))
    assert (encoded.scale, encoded.offset, encoded.unit) == (0.001, 0.0, "m")
    valid = has_value(values, "depth")
    assert (np.abs(decode(encoded)[valid] - values[valid]) <= 0.0005 + 1e-9).all()


@given(values=arrays(np.float64, shapes, elements=st.floats(0.001, 655.35)), far=st.floats(65.536, 655.35))
def test_a_metric_map_beyond_65_metres_gets_a_coarser_scale(values, far):
    values = np.minimum(values, far)
    values[0, 0] = far
    encoded = encode(DepthMap(values, "depth"))
    assert encoded.scale > 0.001
    assert encoded.codes[0, 0] == MAX_CODE
    assert decode(encoded)[0, 0] == pytest.approx(far, rel=1e-12)
    seen = values >= encoded.scale  # nearer than one code is code 1, see below
    assert (np.abs(decode(encoded) - values)[seen] <= 0.5001 * encoded.scale).all()


@given(near=arrays(np.float64, shapes, elements=st.floats(1.0, 8.0)), far=st.floats(655.35, 1e300))
def test_the_sky_does_not_coarsen_what_is_near_and_is_as_far_as_codes_go(near, far):
    encoded = encode(DepthMap(np.vstack([near, np.full((1, near.shape[1]), far)]), "depth"))
    assert (np.abs(decode(encoded)[:-1] / near - 1) <= 0.005001).all()
    assert (encoded.codes[-1] == MAX_CODE).all()
    assert decode(encoded)[-1] == pytest.approx(655.35)


@pytest.mark.parametrize("quantity", QUANTITIES)
@given(values=float32_maps)
def test_code_0_means_no_value_and_nothing_else_does(quantity, values):
    np.testing.assert_array_equal(encode(DepthMap(values, quantity)).codes > 0, np.isfinite(values))


def test_a_metric_model_that_says_0_or_less_is_scored_as_wrong_not_left_out_as_silent():
    assert encode(DepthMap(np.array([[-1.0, 0.0, 2.0]]), "depth")).codes.tolist() == [[1, 1, 2000]]


@pytest.mark.parametrize("tiny", [0.0004, 1e-9, 5e-324])
def test_a_tiny_positive_depth_is_the_smallest_code_and_not_a_hole(tiny):
    assert encode(DepthMap(np.array([[tiny, 2.0]]), "depth")).codes.tolist() == [[1, 2000]]


@given(values=metric_maps)
def test_codes_of_metric_depth_grow_with_depth(values):
    codes = encode(DepthMap(values, "depth")).codes[has_value(values, "depth")].astype(int)
    order = np.argsort(values[has_value(values, "depth")])
    assert (np.diff(codes[order]) >= 0).all()


@pytest.mark.parametrize("quantity, sign", [("affine_depth", 1), ("inverse_depth", -1)])
@given(values=float32_maps)
def test_codes_of_relative_maps_grow_with_distance_too(quantity, sign, values):
    encoded = encode(DepthMap(values, quantity))
    assert np.sign(encoded.scale) == sign
    valid = np.isfinite(values)
    order = np.argsort(sign * values[valid])  # near to far: for inverse depth the largest value is the nearest
    assert (np.diff(encoded.codes[valid][order].astype(int)) >= 0).all()


@pytest.mark.parametrize("quantity, near, far", [("affine_depth", -3.0, 7.0), ("inverse_depth", 7.0, -3.0)])
def test_a_relative_map_spans_all_codes_from_its_nearest_to_its_farthest_value(quantity, near, far):
    encoded = encode(DepthMap(np.array([[near, 1.0, far, np.nan]]), quantity))
    assert encoded.unit is None
    assert encoded.codes[0, [0, 2, 3]].tolist() == [1, MAX_CODE, 0]
    assert decode(encoded)[0, :3] == pytest.approx([near, 1.0, far], abs=1e-4)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("quantity", QUANTITIES)
def test_the_float_type_of_a_map_does_not_change_its_codes(quantity, dtype):
    values = np.array([[0.5, 1.25, 8.0], [np.nan, 3.0, 6.5]])  # exact in all three types
    expected = encode(DepthMap(values, quantity))
    found = encode(DepthMap(values.astype(dtype), quantity))
    np.testing.assert_array_equal(found.codes, expected.codes)
    assert (found.scale, found.offset) == (expected.scale, expected.offset)


@pytest.mark.parametrize("quantity", QUANTITIES)
@pytest.mark.parametrize("value", [1.0, 40.0, 1e-3])
def test_a_constant_map_comes_back_as_that_constant(quantity, value):
    encoded = encode(DepthMap(np.full((3, 4), value, np.float32), quantity))
    assert (encoded.codes > 0).all()
    np.testing.assert_allclose(decode(encoded), np.float32(value), rtol=1e-6)


@pytest.mark.parametrize("quantity", QUANTITIES)
@pytest.mark.parametrize("hole", [np.nan, np.inf, -np.inf])
def test_a_map_without_any_value_is_all_holes_with_finite_scale_and_range(quantity, hole):
    encoded = encode(DepthMap(np.full((3, 4), hole), quantity))
    assert not encoded.codes.any()
    assert np.isfinite([encoded.scale, encoded.offset]).all() and encoded.scale != 0
    assert encoded.range == (0, 1)


def test_measured_millimetres_are_codes_as_they_are():
    millimetres = np.array([[0, 1, 8191], [8192, 40000, 65535]], np.uint16)
    encoded = encode_millimetres(millimetres)
    np.testing.assert_array_equal(encoded.codes, millimetres)
    np.testing.assert_allclose(decode(encoded)[0, 1:], [0.001, 8.191])


def test_an_unknown_quantity_is_refused_by_name():
    with pytest.raises(ValueError, match="'disparity'.*inverse_depth"):
        DepthMap(np.ones((2, 2)), "disparity")


@pytest.mark.parametrize("shape", [(4,), (1, 4, 4), (4, 4, 3)])
def test_a_map_that_is_not_height_by_width_is_refused(shape):
    with pytest.raises(ValueError, match=r"\(H, W\)"):
        DepthMap(np.ones(shape), "depth")


# The range to show


@given(codes=code_maps)
def test_the_range_starts_at_the_lowest_code_and_ends_at_the_99th_percentile(codes):
    low, high = display_range(codes)
    assert 0 <= low < high
    seen = codes[codes > 0]
    if seen.size:
        assert low == seen.min()
        assert (seen <= high).mean() >= 0.99
        assert high == low + 1 or (seen < high).mean() < 0.99  # and no higher than needed


def test_a_few_far_pixels_do_not_widen_the_range():
    codes = np.full((100, 100), 3000, np.uint16)
    codes[0] = 1000
    codes[50, :99] = 65535
    assert display_range(codes) == (1000, 3000)


# Writing


@given(codes=code_maps)
def test_every_code_comes_back_exactly(folder, codes):
    write_codes(folder / "exact.png", codes)
    np.testing.assert_array_equal(read_codes(folder / "exact.png"), codes)


@given(codes=code_maps)
def test_the_file_is_a_16_bit_grey_png_to_other_readers_too(folder, codes):
    path = folder / "grey.png"
    write_codes(path, codes)
    with Image.open(path) as image:
        assert (image.format, image.mode) == ("PNG", "I;16")
        np.testing.assert_array_equal(np.asarray(image), codes)
    bit_depth, colour_type = path.read_bytes()[24:26]
    assert (bit_depth, colour_type) == (16, 0)


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_a_map_file_reads_back_the_values_that_were_encoded(tmp_path, quantity):
    values = np.random.default_rng(1).uniform(0.5, 6.0, (40, 50)).astype(np.float32)
    values[3:9, 5:7] = np.nan
    encoded = encode(DepthMap(values, quantity))
    write_codes(tmp_path / "map.png", encoded.codes)
    found = MapFile(str(tmp_path / "map.png"), quantity, encoded.scale, encoded.offset, encoded.unit).read()
    assert found.dtype == np.float64
    np.testing.assert_array_equal(np.isnan(found), np.isnan(values))
    np.testing.assert_allclose(found, values, atol=0.5001 * abs(encoded.scale))


@pytest.mark.parametrize(
    "codes",
    [
        np.ones((4, 4), np.uint8),
        np.ones((4, 4), np.float32),
        np.ones((4, 4), np.int64),
        np.ones((4, 4, 3), np.uint16),
        np.ones((0, 4), np.uint16),
    ],
    ids=lambda codes: f"{codes.dtype}-{codes.shape}",
)
def test_anything_but_a_16_bit_map_is_refused_and_not_written_as_something_else(tmp_path, codes):
    with pytest.raises(DepthMapError, match="map.png"):
        write_codes(tmp_path / "map.png", codes)
    assert not list(tmp_path.iterdir())


def test_parents_are_made(tmp_path):
    write_codes(tmp_path / "a" / "b" / "map.png", np.ones((2, 2), np.uint16))
    assert read_codes(tmp_path / "a" / "b" / "map.png").shape == (2, 2)


def test_a_write_that_fails_half_way_leaves_the_old_file_and_no_temporary(tmp_path):
    path = tmp_path / "map.png"
    write_codes(path, np.full((8, 8), 7, np.uint16))
    limit, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))  # the disk is full after 1000 bytes
    try:
        with pytest.raises(OSError):
            write_atomically(path, bytes(100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    assert [entry.name for entry in tmp_path.iterdir()] == ["map.png"]
    assert (read_codes(path) == 7).all()


def test_a_rename_that_fails_leaves_no_temporary(tmp_path):
    (tmp_path / "map.png").mkdir()
    with pytest.raises(OSError):
        write_codes(tmp_path / "map.png", np.ones((2, 2), np.uint16))
    assert [entry.name for entry in tmp_path.iterdir()] == ["map.png"]


def test_readers_see_whole_files_only_while_a_map_is_written_again_and_again(tmp_path):
    path = tmp_path / "map.png"
    noise = np.random.default_rng(0).integers(1, 65535, (200, 300)).astype(np.uint16)
    versions = [noise, noise[:100, :150]]
    write_codes(path, versions[0])
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            for version in versions:
                write_codes(path, version)

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        for _ in range(100):
            found = read_codes(path)
            assert any(np.array_equal(found, version) for version in versions)
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert [entry.name for entry in tmp_path.iterdir()] == ["map.png"]


# Reading what is not a map


def assert_unreadable(path: Path) -> None:
    with pytest.raises(DepthMapError) as caught:
        read_codes(path)
    message = str(caught.value)
    assert str(path) in message and "\n" not in message and ";" in message  # the file, and after ";" the mend


def test_a_missing_file(tmp_path):
    assert_unreadable(tmp_path / "nothing.png")


def test_a_folder(tmp_path):
    assert_unreadable(tmp_path)


def test_an_empty_file(tmp_path):
    (tmp_path / "empty.png").touch()
    assert_unreadable(tmp_path / "empty.png")


def test_a_text_file(tmp_path):
    (tmp_path / "text.png").write_text("not a picture")
    assert_unreadable(tmp_path / "text.png")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_permission(tmp_path):
    write_codes(tmp_path / "secret.png", np.ones((2, 2), np.uint16))
    (tmp_path / "secret.png").chmod(0)
    assert_unreadable(tmp_path / "secret.png")


@given(data=st.data())
def test_a_png_that_is_cut_off_anywhere(folder, png, data):
    path = folder / "cut.png"
    path.write_bytes(png[: data.draw(st.integers(1, len(png) - 1))])
    assert_unreadable(path)


@given(data=st.data())
def test_a_flipped_byte_is_an_error_or_changes_no_code(folder, png, data):
    path = folder / "flipped.png"
    spoilt = bytearray(png)
    spoilt[data.draw(st.integers(0, len(png) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(spoilt)
    try:
        found = read_codes(path)
    except DepthMapError:
        return
    np.testing.assert_array_equal(found, read_codes(folder / "noise.png"))  # in the checksum of the end chunk, say


def test_a_header_that_promises_a_gigantic_picture(tmp_path, png):
    header = b"IHDR" + struct.pack(">IIBBBBB", 200_000, 200_000, 16, 0, 0, 0, 0)
    (tmp_path / "bomb.png").write_bytes(png[:12] + header + struct.pack(">I", zlib.crc32(header)) + png[33:])
    assert_unreadable(tmp_path / "bomb.png")


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGB", "RGBA"])
def test_a_picture_of_8_bits_or_of_several_channels_is_refused(tmp_path, mode):
    Image.new("RGB", (20, 10), (10, 200, 30)).convert(mode).save(tmp_path / "picture.png")
    assert_unreadable(tmp_path / "picture.png")


def test_a_jpeg_named_png_is_refused(tmp_path):
    Image.new("L", (20, 10)).save(tmp_path / "depth.png", format="JPEG")
    assert_unreadable(tmp_path / "depth.png")


def test_the_message_about_a_converted_picture_says_what_it_holds_and_what_is_needed(tmp_path):
    Image.new("RGB", (20, 10)).save(tmp_path / "picture.png")
    with pytest.raises(DepthMapError, match=r"8 bits in 3 channel.*16 bits in one"):
        read_codes(tmp_path / "picture.png")
