"""Pictures as a model sees them: upright, three channels of 8 bits, or one clear error."""

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageOps

from plumb.images import ImageError, read_rgb

# Nothing in it is symmetric, so every wrong turn shows.
PATTERN = np.random.default_rng(0).integers(0, 256, (5, 7, 3)).astype(np.uint8)


def exif_of(orientation: object, **more: object) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    for name, value in more.items():
        exif[ExifTags.Base[name]] = value
    return exif


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """One folder for all examples of a hypothesis test."""
    return tmp_path_factory.mktemp("images")


@pytest.fixture(scope="module")
def jpeg() -> bytes:
    stream = io.BytesIO()
    Image.fromarray(PATTERN).resize((70, 50)).save(stream, "JPEG", exif=exif_of(6, XResolution=72.0))
    return stream.getvalue()


# Orientation


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_is_turned_upright_as_pillow_itself_does(tmp_path, orientation):
    Image.fromarray(PATTERN).save(tmp_path / "picture.png", exif=exif_of(orientation))
    with Image.open(tmp_path / "picture.png") as image:
        expected = np.asarray(ImageOps.exif_transpose(image))
    found = read_rgb(tmp_path / "picture.png")
    np.testing.assert_array_equal(found, expected)
    assert found.shape == ((5, 7, 3) if orientation < 5 else (7, 5, 3))


def test_orientation_6_is_a_camera_held_with_its_right_side_down(tmp_path):
    Image.fromarray(PATTERN).save(tmp_path / "picture.png", exif=exif_of(6))
    # What the sensor saw as its left column is the top row, read upwards.
    np.testing.assert_array_equal(read_rgb(tmp_path / "picture.png")[0], PATTERN[::-1, 0])


@pytest.mark.parametrize("orientation", [0, 9, 255])
def test_an_orientation_that_means_nothing_changes_nothing(tmp_path, orientation):
    Image.fromarray(PATTERN).save(tmp_path / "picture.png", exif=exif_of(orientation))
    np.testing.assert_array_equal(read_rgb(tmp_path / "picture.png"), PATTERN)


@pytest.mark.parametrize("mode", ["1", "L", "I;16", "P", "LA", "CMYK"])
def test_pictures_of_all_modes_are_turned(tmp_path, mode):
    upright = Image.fromarray(PATTERN).convert("L" if mode == "I;16" else mode)
    if mode == "I;16":
        upright = Image.fromarray(np.asarray(upright).astype(np.uint16) * 257)
    for name, orientation in (("upright.tif", 1), ("turned.tif", 3)):
        upright.save(tmp_path / name, exif=exif_of(orientation))
    np.testing.assert_array_equal(read_rgb(tmp_path / "turned.tif"), read_rgb(tmp_path / "upright.tif")[::-1, ::-1])


def test_a_webp_stays_as_it_lies_for_so_browsers_show_it(tmp_path):
    for name in ("picture.webp", "webp_named.jpg"):
        Image.fromarray(PATTERN).save(tmp_path / name, "WEBP", lossless=True, exif=exif_of(6))
        np.testing.assert_array_equal(read_rgb(tmp_path / name), PATTERN)


def test_exif_that_pillow_cannot_write_again_does_not_make_a_picture_unreadable(tmp_path, jpeg):
    tag = bytes([0x01, 0x1A, 0x00, 0x05])  # XResolution, a rational
    assert jpeg.count(tag) == 1
    (tmp_path / "odd.jpg").write_bytes(jpeg.replace(tag, bytes([0x01, 0x1A, 0x00, 0x02])))  # as text
    (tmp_path / "good.jpg").write_bytes(jpeg)
    with Image.open(tmp_path / "odd.jpg") as image, pytest.raises(TypeError):
        ImageOps.exif_transpose(image)
    np.testing.assert_array_equal(read_rgb(tmp_path / "odd.jpg"), read_rgb(tmp_path / "good.jpg"))


def test_exif_that_is_no_exif_does_not_make_a_picture_unreadable(tmp_path):
    Image.fromarray(PATTERN).save(tmp_path / "picture.png", exif=b"Exif\0\0not any TIFF header")
    np.testing.assert_array_equal(read_rgb(tmp_path / "picture.png"), PATTERN)


# Modes


def assert_rgb(found: np.ndarray, expected: np.ndarray) -> None:
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, expected)


def test_rgb_is_read_as_it_is(tmp_path):
    Image.fromarray(PATTERN).save(tmp_path / "picture.png")
    assert_rgb(read_rgb(tmp_path / "picture.png"), PATTERN)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".bmp", ".webp"])
def test_grey_becomes_three_equal_channels(tmp_path, suffix):
    grey = PATTERN[..., 0]
    Image.fromarray(grey).save(tmp_path / f"picture{suffix}", **({"lossless": True} if suffix == ".webp" else {}))
    assert_rgb(read_rgb(tmp_path / f"picture{suffix}"), np.repeat(grey[..., None], 3, axis=2))


def test_1_bit_becomes_black_and_white(tmp_path):
    bits = PATTERN[..., 0] > 127
    Image.fromarray(bits).save(tmp_path / "picture.png")
    assert_rgb(read_rgb(tmp_path / "picture.png"), np.repeat(bits[..., None], 3, axis=2) * np.uint8(255))


def test_palette_indices_become_their_colours(tmp_path):
    indices = np.arange(35, dtype=np.uint8).reshape(5, 7) % 4
    palette = np.array([[10, 20, 30], [200, 0, 0], [0, 200, 0], [1, 2, 3]], np.uint8)
    image = Image.fromarray(indices, "P")
    image.putpalette(palette.tobytes())
    image.save(tmp_path / "picture.png", transparency=1)
    assert_rgb(read_rgb(tmp_path / "picture.png"), palette[indices])


def test_transparency_is_dropped_and_colours_under_it_stay(tmp_path):
    alpha = np.arange(35, dtype=np.uint8).reshape(5, 7, 1) * 7
    Image.fromarray(np.concatenate([PATTERN, alpha], axis=2)).save(tmp_path / "rgba.png")
    assert_rgb(read_rgb(tmp_path / "rgba.png"), PATTERN)
    Image.fromarray(np.concatenate([PATTERN[..., :1], alpha], axis=2), "LA").save(tmp_path / "la.png")
    assert_rgb(read_rgb(tmp_path / "la.png"), np.repeat(PATTERN[..., :1], 3, axis=2))


def test_cmyk_is_converted_to_the_colours_that_a_viewer_shows(tmp_path):
    Image.new("RGB", (16, 16), (200, 30, 60)).convert("CMYK").save(tmp_path / "picture.jpg", quality=95)
    found = read_rgb(tmp_path / "picture.jpg")
    assert np.abs(found.astype(int) - (200, 30, 60)).max() <= 4


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_16_bit_grey_is_scaled_to_8_bits_instead_of_clipped(tmp_path, suffix):
    Image.fromarray(np.array([[0, 257, 25700, 65535]], np.uint16)).save(tmp_path / f"picture{suffix}")
    assert_rgb(read_rgb(tmp_path / f"picture{suffix}"), np.array([[[0] * 3, [1] * 3, [100] * 3, [255] * 3]]))


def test_jpeg_data_named_png_is_read(tmp_path, jpeg):
    for name in ("as.png", "as.jpg"):
        (tmp_path / name).write_bytes(jpeg)
    assert_rgb(read_rgb(tmp_path / "as.png"), read_rgb(tmp_path / "as.jpg"))


# What cannot be read


def assert_unreadable(path: Path, *words: str) -> None:
    with pytest.raises(ImageError) as caught:
        read_rgb(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ") and ";" in message  # the file, and after ";" the mend
    for word in words:
        assert word in message


def test_a_missing_file(tmp_path):
    assert_unreadable(tmp_path / "gone.jpg", "no such file")


def test_a_folder(tmp_path):
    assert_unreadable(tmp_path, "not a readable picture")


@pytest.mark.parametrize("content", [b"", b"some text", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"])
def test_a_file_that_is_no_picture(tmp_path, content):
    (tmp_path / "picture.jpg").write_bytes(content)
    assert_unreadable(tmp_path / "picture.jpg", "not a readable picture", "replace the file")


@given(data=st.data())
def test_a_jpeg_that_is_cut_off_anywhere(folder, jpeg, data):
    path = folder / "cut.jpg"
    path.write_bytes(jpeg[: data.draw(st.integers(0, len(jpeg) - 20))])
    assert_unreadable(path, "not a readable picture")


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, about the damage
@settings(max_examples=300)
@given(data=st.data())
def test_a_jpeg_with_flipped_bytes_is_a_picture_or_an_image_error_and_nothing_else(folder, jpeg, data):
    path = folder / "flipped.jpg"
    spoilt = bytearray(jpeg)
    for position in data.draw(st.lists(st.integers(0, 250), min_size=1, max_size=4)):  # headers, EXIF, tables
        spoilt[position] = data.draw(st.integers(0, 255))
    path.write_bytes(spoilt)
    try:
        found = read_rgb(path)
    except ImageError as error:
        assert str(path) in str(error)
        return
    assert found.dtype == np.uint8 and found.ndim == 3 and found.shape[2] == 3


# In the browser


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
def test_a_turned_picture_is_read_with_the_width_and_height_that_the_browser_shows(tmp_path, browser_page, kind):
    path = tmp_path / f"picture.{kind}"
    Image.fromarray(PATTERN).save(path, exif=exif_of(6))
    address = f"data:image/{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"
    measure = """async (address) => {
        const shown = Object.assign(new Image(), { src: address });
        await shown.decode();
        return [shown.naturalHeight, shown.naturalWidth];
    }"""
    assert list(read_rgb(path).shape[:2]) == browser_page.evaluate(measure, address)
