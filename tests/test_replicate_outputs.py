"""What comes back from Replicate: downloaded without the token, within limits, and only if it is a depth map."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from plumb.models.replicate_http import ReplicateError
from plumb.models.replicate_picture import encode_image, grey_values
from tests.replicate_models import QUICK, assert_right, hosted, photo, values
from tests.replicate_server import Answer, CutOff, Endless, Plan, ReplicateServer, Reset, grey_16, png

GREY = np.linspace(0, 65535, 48).reshape(6, 8).astype(np.uint16)
DAMAGED = png(GREY)[:60] + bytes(4) + png(GREY)[64:]
ONE = ReplicateError


@pytest.fixture
def elsewhere() -> Iterator[ReplicateServer]:
    """Another host, where outputs lie."""
    with ReplicateServer() as running:
        running.files["there/0"] = png(GREY)
        yield running


def gives(server: ReplicateServer, output) -> None:
    server.plan = lambda image: Plan(output=output)


def same_address_by_another_name(address: str) -> str:
    return address.replace("127.0.0.1", "localhost")


def secrets(server: ReplicateServer) -> list[str]:
    """What requests for outputs carried that could be a credential."""
    carried = [name for request in server.calls("output") for name in request.headers]
    return [name for name in carried if name.lower() in ("authorization", "cookie", "proxy-authorization")]


def test_the_output_is_downloaded_without_the_token_even_from_replicates_own_host(server):
    assert_right(hosted(), photo())
    assert len(server.calls("output")) == 1 and secrets(server) == []
    assert all("Authorization" in request.headers for request in server.requests if request.endpoint != "output")


def test_an_output_on_another_host_is_downloaded_without_the_token(server, elsewhere):
    gives(server, f"{elsewhere.url}/outputs/there/0")
    np.testing.assert_array_equal(np.rint(values(hosted(), photo()) * 65535), GREY)
    assert len(elsewhere.calls("output")) == 1 and secrets(elsewhere) == []


@pytest.mark.parametrize("address", [str, same_address_by_another_name], ids=["by number", "by name"])
def test_a_redirect_to_another_host_is_followed_without_the_token(server, elsewhere, address):
    server.fault("output", Answer(302, headers={"Location": address(f"{elsewhere.url}/outputs/there/0")}))
    np.testing.assert_array_equal(np.rint(values(hosted(), photo()) * 65535), GREY)
    assert len(elsewhere.calls("output")) == 1 and secrets(elsewhere) == []


@pytest.mark.parametrize("endpoint", ["upload", "create", "get"])
def test_an_api_that_redirects_is_not_followed_with_the_token(server, elsewhere, endpoint):
    server.fault(endpoint, Answer(307, headers={"Location": f"{elsewhere.url}/v1/predictions/p0"}))
    with pytest.raises(ONE, match="Replicate answered 307"):
        values(hosted(), photo())
    assert elsewhere.requests == []


def test_redirects_without_end_are_reported(server):
    server.fault("output", *[Answer(302, headers={"Location": "/outputs/p0/0"})] * 9)
    with pytest.raises(ONE, match="TooManyRedirects"):
        values(hosted(), photo())


@pytest.mark.parametrize("location", ["ftp://127.0.0.1/file", "file:///etc/hostname"])
def test_a_redirect_out_of_the_web_is_reported(server, location):
    server.fault("output", Answer(302, headers={"Location": location}))
    with pytest.raises(ONE, match="cannot be fetched"):
        values(hosted(), photo())


@pytest.mark.parametrize("several", [False, True])
def test_an_output_within_the_answer_is_taken_as_it_is(server, several):
    address = f"data:image/png;base64,{base64.b64encode(png(GREY)).decode()}"
    gives(server, [address, "https://127.0.0.1:1/coloured.png"] if several else address)
    np.testing.assert_array_equal(np.rint(values(hosted(), photo()) * 65535), GREY)
    assert server.calls("output") == []


@pytest.mark.parametrize("fault", [CutOff(told=True), CutOff(told=False), Reset()], ids=str)
def test_a_download_that_is_cut_off_is_made_again(server, fault):
    server.fault("output", fault, fault)
    assert_right(hosted(), photo())
    assert len(server.calls("output")) == 3 and len(server.predictions) == 1


def test_a_download_that_is_always_cut_off_is_reported_and_the_prediction_not_made_again(server):
    server.fault("output", *[CutOff(told=False)] * 9)
    with pytest.raises(ONE, match="the output cannot be downloaded: the file was cut off; tried 4 times"):
        values(hosted(), photo())
    assert len(server.calls("output")) == 4 and len(server.predictions) == 1


def test_an_endless_file_is_given_up_at_the_size_limit(server):
    server.fault("output", Endless())
    with pytest.raises(ONE, match="more than 1 MB"):
        values(hosted(), photo())


def test_a_file_that_says_it_is_too_large_is_not_read_at_all(server):
    server.fault("output", Answer(200, b"", {"Content-Length": str(2 << 20)}))
    with pytest.raises(ONE, match="more than 1 MB"):
        values(hosted(), photo())


def test_a_download_that_takes_too_long_is_given_up(server):
    server.fault("output", Endless())
    limits = replace(QUICK, download=0.12, deadline=3600, largest=1 << 40)
    with pytest.raises(ONE, match="cannot be downloaded within 0.002 minutes"):
        values(hosted(limits=limits), photo())


def test_data_within_the_answer_has_the_same_size_limit(server):
    gives(server, f"data:image/png;base64,{base64.b64encode(bytes(1200 << 10)).decode()}")
    with pytest.raises(ONE, match="more than 1 MB"):
        values(hosted(), photo())


@pytest.mark.parametrize("status, words", [(404, "keeps outputs for about an hour"), (403, "host answered 403")])
def test_an_output_that_is_not_given_is_reported_and_stops_nothing_else(server, status, words):
    server.fault("output", Answer(status))
    model = hosted()
    with pytest.raises(ONE, match=words):
        values(model, photo())
    assert_right(model, photo())


@pytest.mark.parametrize("output, words", [
    ([], "no picture but nothing"),
    ({"depth": "https://127.0.0.1/a.png"}, "no picture but dict"),
    (7, "no picture but int"),
    ("a description of the scene", "no address"),
    ("file:///etc/hostname", "no address"),
    ("data:image/png;base64,@@@@", "damaged data: address"),
    ("data:image/png;base64,iVBOR@w0KGgo=", "damaged data: address"),
    ("data:image/png;base64", "damaged data: address"),
    ("http://", "cannot be fetched"),
    ("http://127.0.0.1:port/depth.png", "cannot be fetched"),
    ([None], "no picture but nothing"),
    (b"<html>not here</html>", "no picture"),
    (b"", "no picture"),
    (DAMAGED, "no readable picture"),
    (png(photo()), "coloured picture"),
    (png(np.zeros((8, 6), np.uint16)), "6 x 8 pixels, its image 8 x 6"),
    (png(np.zeros((6, 40), np.uint16)), "40 x 6 pixels, its image 8 x 6"),
])  # fmt: skip
def test_an_output_that_is_no_depth_map_of_the_image_is_reported_and_stops_nothing_else(server, output, words):
    model = hosted()
    gives(server, output)
    with pytest.raises(ONE, match=words):
        values(model, photo())
    server.plan = lambda image: Plan()
    assert_right(model, photo())


@given(arrays(np.uint16, st.tuples(st.integers(1, 9), st.integers(1, 9))))
def test_every_16_bit_picture_keeps_its_values_exactly(picture):
    found = grey_values(png(picture), picture.shape)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(np.rint(found.astype(np.float64) * 65535), picture)


@given(arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3))))
def test_every_image_is_encoded_without_loss(image):
    decoded = cv2.imdecode(np.frombuffer(encode_image(image), np.uint8), cv2.IMREAD_COLOR_RGB)
    np.testing.assert_array_equal(decoded, image)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [3, 4])
def test_grey_stored_in_equal_colours_is_grey_whatever_its_transparency(kind, channels):
    grey = (GREY >> (0 if kind is np.uint16 else 8)).astype(kind)
    picture = np.repeat(grey[..., None], channels, axis=2)
    if channels == 4:
        picture[..., 3] = np.iinfo(kind).max
    found = grey_values(cv2.imencode(".png", picture)[1].tobytes(), GREY.shape)
    np.testing.assert_array_equal(np.rint(found * np.iinfo(kind).max), grey)


@pytest.mark.parametrize("format", [".jpg", ".webp"])
def test_a_grey_picture_of_a_lossy_format_is_grey(format):
    smooth = np.repeat(np.linspace(0, 255, 64).astype(np.uint8)[None, :, None], 3, axis=2).repeat(48, axis=0)
    found = grey_values(cv2.imencode(format, smooth)[1].tobytes(), (48, 64))
    np.testing.assert_allclose(found, smooth[..., 0] / 255, atol=0.03)


@pytest.mark.parametrize("size", [(24, 32), (96, 128), (48, 63), (49, 64)])
def test_a_map_of_another_size_is_brought_to_the_images_by_bilinear_resizing(size):
    """A plane stays a plane, but for the half pixel at its border."""
    rows, columns = (np.arange(count) + 0.5 for count in size)
    plane = (60000 * (0.3 * rows[:, None] / size[0] + 0.7 * columns[None] / size[1])).astype(np.uint16)
    found = grey_values(png(plane), (48, 64)) * 65535
    expected = 60000 * (0.3 * (np.arange(48)[:, None] + 0.5) / 48 + 0.7 * (np.arange(64)[None] + 0.5) / 64)
    np.testing.assert_allclose(found[2:-2, 2:-2], expected[2:-2, 2:-2], atol=3)


@pytest.mark.parametrize("size", [(48, 60), (64, 48), (480, 640), (1, 1)])
def test_a_map_of_another_shape_or_far_larger_is_no_map_of_the_image(size):
    with pytest.raises(ONE, match="its image 64 x 48"):
        grey_values(png(np.zeros(size, np.uint8)), (48, 64))


def test_a_small_file_that_claims_to_be_a_vast_picture_is_refused_by_its_header_alone():
    header = b"IHDR" + struct.pack(">IIBBBBB", 1_000_000, 750_000, 16, 0, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header)) + png(GREY)[33:]
    )
    with pytest.raises(ONE, match="no picture|1000000 x 750000"):
        grey_values(bomb, (750, 1000))


def test_the_second_output_of_several_is_not_even_downloaded(server):
    image = photo()
    gives(server, [png(grey_16(image)), png(image)])
    assert_right(hosted(), image)
    assert [request.path for request in server.calls("output")] == ["/outputs/p0/0"]
