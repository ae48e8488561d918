"""The picture that a hosted model answers with, as depth values."""

from __future__ import annotations

import io

import cv2
import numpy as np
from PIL import Image

from plumb.models.replicate_http import ReplicateError

_COLOUR = 2 / 255  # a grey JPEG's channels may differ by so much
_SMALLEST, _LARGEST = 1 / 8, 4  # times the image's sides; beyond that a picture is no map of it


def encode_image(image: np.ndarray) -> bytes:
    """(H, W, 3) uint8 RGB as PNG, which loses nothing; fast rather than small."""
    _, png = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_PNG_COMPRESSION, 1])
    return png.tobytes()


def grey_values(data: bytes, size: tuple[int, int]) -> np.ndarray:
    """Decode a grey picture of 8 or 16 bits and bring it to its image's size.

    Args:
        data: a file of any format that OpenCV reads; one channel, or equal ones (transparency is dropped)
        size: (height, width) of the image; a picture of another size is resized bilinearly

    Returns:
        (height, width) float32, 0 = black, 1 = white

    Raises:
        ReplicateError: if it is no picture, has colours, or has another shape than the image
    """
    _check_size(data, size)
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        picture = None
    if picture is None:
        raise ReplicateError("the output is no readable picture (damaged, or of an unknown format)")
    if picture.dtype not in (np.uint8, np.uint16):
        raise ReplicateError(f"the output has pixels of type {picture.dtype}, not 8 or 16 bits")
    values = _grey(picture).astype(np.float32) / np.float32(np.iinfo(picture.dtype).max)
    if values.shape == size:
        return values
    # Not cubic: that overshoots.
    return cv2.resize(values, (size[1], size[0]), interpolation=cv2.INTER_LINEAR)


def _check_size(data: bytes, size: tuple[int, int]) -> None:
    """From the header alone: a small file may claim to be a picture that fills the memory."""
    try:
        with Image.open(io.BytesIO(data)) as picture:
            width, height = picture.size
    except Exception:  # Pillow's readers raise many kinds
        raise ReplicateError("the output is no picture") from None
    rows, columns = size
    # As close as the rounding of one side to whole pixels can bring it.
    same_shape = min(abs(width - columns * height / rows), abs(height - rows * width / columns)) <= 1
    if not same_shape or not _SMALLEST * columns <= width <= _LARGEST * columns:
        raise ReplicateError(f"the output has {width} x {height} pixels, its image {columns} x {rows}")


def _grey(picture: np.ndarray) -> np.ndarray:
    if picture.ndim == 2:
        return picture
    channels = picture[..., :3] if picture.shape[2] > 2 else picture[..., :1]  # without transparency
    largest = np.iinfo(picture.dtype).max
    if np.ptp(channels, axis=2).max() > _COLOUR * largest:
        raise ReplicateError("the output is a coloured picture, where a depth map is grey; a colormap cannot be undone")
    return channels[..., channels.shape[2] // 2]
