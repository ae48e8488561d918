"""Colour pictures as a model and the App's viewer see them."""

from __future__ import annotations

import os

import numpy as np
from PIL import ExifTags, Image

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # EXIF orientation -> what undoes it


class ImageError(ValueError):
    """A picture that cannot be read; the message names the file and the mend."""


def read_rgb(path: str | os.PathLike) -> np.ndarray:
    """Read a picture as (H, W, 3) uint8 RGB, turned upright by its EXIF orientation where browsers turn it.

    Grey, palette, CMYK and 16-bit pictures are converted; transparency is dropped.

    Raises:
        ImageError: if the file is missing, damaged or no picture
    """
    try:
        with Image.open(path) as image:
            image.load()
            upright = _upright(image)
    except FileNotFoundError:
        raise ImageError(f"{path}: no such file; restore it or remove its sample") from None
    except Exception as error:  # Pillow's readers raise many kinds on damaged files
        raise ImageError(f"{path}: not a readable picture ({error}); replace the file") from None
    if upright.mode.startswith(("I", "F")):
        # Pillow clips these at 255 when it converts: scale 16 bits down to 8 ourselves.
        grey = np.asarray(upright, dtype=np.float64)
        grey = (grey / 257 if grey.max(initial=0) > 255 else grey).clip(0, 255).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)
    return np.asarray(upright.convert("RGB"))


def _upright(image: Image.Image) -> Image.Image:
    # Chromium and the App in it show WebP as it lies, whatever its EXIF says: a map of it turned would lie across it.
    if image.format == "WEBP":
        return image
    # Not ImageOps.exif_transpose: it writes the other tags again, and fails where a camera wrote an odd one.
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # damaged EXIF; browsers show such a picture as it lies
        orientation = None
    return image.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else image
