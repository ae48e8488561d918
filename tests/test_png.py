"""PNG files that are whole and in order by every checksum, but hold other rows than their header says."""

from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np
import pytest

from plumb import png

CODES = np.random.default_rng(0).integers(0, 65536, (6, 9)).astype(np.uint16)
ROW = 1 + 2 * 9  # bytes: the filter's number, then two for each pixel


def rows_of(codes: np.ndarray) -> bytes:
    """The bytes that a PNG of these codes deflates: the differences of neighbours, row by row."""
    pixels = codes.astype(">u2").view(np.uint8)
    before = np.pad(pixels, ((0, 0), (2, 0)))[:, :-2]
    return b"".join(b"\x01" + row.tobytes() for row in pixels - before)


def whole(rows: bytes, height: int = 6, width: int = 9) -> np.ndarray:
    """A PNG whose chunks have the right lengths and checksums, whatever the rows are."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 16, 0, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return np.frombuffer(data, np.uint8)


def test_the_rows_that_the_header_says_are_read_whoever_deflated_them():
    np.testing.assert_array_equal(png.decode(whole(rows_of(CODES))), CODES)


@pytest.mark.parametrize("size", [0, 1, ROW - 1, 5 * ROW, 6 * ROW - 1])
def test_a_picture_that_ends_too_early_is_not_read(size):
    assert png.decode(whole(rows_of(CODES)[:size])) is None


@pytest.mark.parametrize("more", [b"\x01", b"\x01" * ROW, b"\x01" * 100 * ROW])
def test_a_picture_that_goes_on_after_its_last_row_is_not_read(more):
    assert png.decode(whole(rows_of(CODES) + more)) is None


@pytest.mark.parametrize(("height", "width"), [(0, 9), (6, 0), (5, 9), (9, 6), (7, 9)])
def test_a_header_of_another_size_is_not_believed(height, width):
    assert png.decode(whole(rows_of(CODES), height, width)) is None


# The text behind the picture


@pytest.mark.parametrize("text", ["x", '{"scale": 0.001}', "tEXtplumb within itself", "IEND", 3000 * "long "])
def test_a_text_is_read_from_the_end_of_the_file_and_does_not_change_the_picture(text):
    data = np.frombuffer(png.encode(CODES, text), np.uint8)
    assert png.read_text(data) == (text if len(text) < 4000 else None)
    if len(text) < 4000:
        np.testing.assert_array_equal(png.decode(data), CODES)
    np.testing.assert_array_equal(cv2.imdecode(data, cv2.IMREAD_UNCHANGED), CODES)


def test_a_picture_without_a_text_has_none():
    assert png.read_text(png.encode(CODES)) is None


@pytest.mark.parametrize("cut", [1, 5, 12, 13, 17, 20])
def test_a_text_that_is_cut_off_is_not_read_and_the_picture_not_taken_for_whole(cut):
    data = np.frombuffer(png.encode(CODES, "what the codes mean")[:-cut], np.uint8)
    assert png.read_text(data) is None
    assert png.decode(data) is None


@pytest.mark.parametrize("at", range(-40, 0))
def test_a_text_with_a_wrong_byte_anywhere_near_it_is_not_believed(at):
    data = bytearray(png.encode(CODES, "what the codes mean"))
    data[at] ^= 0x20
    assert png.read_text(bytes(data)) != "what the codes mean"
    assert png.decode(np.frombuffer(bytes(data), np.uint8)) is None
