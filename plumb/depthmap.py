"""Depth maps: values with a quantity, and their lossless form on disk.

On disk a map is a 16-bit grey PNG. Code 0 means "no value"; every other code stands for `offset + scale * code`. Codes
grow with distance whatever the quantity, so one colormap reads alike on every map, and `scale` is negative for inverse
depth.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass

import cv2
import numpy as np

from plumb import png, scratch
from plumb.files import write_atomically

QUANTITIES = ("depth", "affine_depth", "inverse_depth")
"""`depth`: metres along the optical axis. `affine_depth`: 0 near, 1 far, up to scale and shift (Marigold).
`inverse_depth`: larger is nearer, up to scale and shift (MiDaS, DPT, Depth Anything)."""

MILLIMETRE = 0.001
COARSEST = 0.01
"""Metres a code, at most, in a metric map."""
MAX_CODE = 65535


class DepthMapError(ValueError):
    """A map that cannot be read or stored; the message names the file and the mend."""


@dataclass(frozen=True)
class DepthMap:
    """A depth map in memory.

    Attributes:
        values: (H, W) float array; NaN and infinity mean "no value"
        quantity: one of `QUANTITIES`
        field_of_view: see :class:`MapFile`
    """

    values: np.ndarray
    quantity: str
    field_of_view: float | None = None

    def __post_init__(self):
        if self.quantity not in QUANTITIES:
            raise ValueError(f"unknown quantity {self.quantity!r}; use one of {', '.join(QUANTITIES)}")
        if self.values.ndim != 2:
            raise ValueError(f"a depth map has shape (H, W), not {self.values.shape}; pass one, as by array.squeeze()")


@dataclass(frozen=True)
class EncodedMap:
    """A depth map as 16-bit codes.

    Attributes:
        codes: (H, W) uint16, 0 = no value
        quantity: one of `QUANTITIES`
        scale, offset: value = offset + scale * code
        unit: "m" for metric depth, else None
        range: lowest and highest code worth showing (the far end is the 99th percentile, so that a few far pixels do
            not wash out the rest)
    """

    codes: np.ndarray
    quantity: str
    scale: float
    offset: float
    unit: str | None
    range: tuple[int, int]


def encode(depth_map: DepthMap) -> EncodedMap:
    """Quantize a map to 16-bit codes.

    Metric depth is stored in millimetres, at least one: a model that says 0 or less is wrong, not silent. A map that
    reaches beyond 65.535 m gets a coarser scale, but none coarser than a centimetre: beyond 655.35 m the last code
    stands for "at least that far". A model may see the sky at 10 km (Depth Pro ends there), and one such pixel would
    leave a room in steps of 15 cm. A relative map's own minimum and maximum take the codes 1 and 65535.
    """
    values = depth_map.values.astype(np.float64)
    valid = np.isfinite(values)
    if depth_map.quantity == "depth":
        largest = values.max(where=valid, initial=0.0)
        scale, offset, unit = min(max(MILLIMETRE, largest / MAX_CODE), COARSEST), 0.0, "m"
    else:
        low = values.min(where=valid, initial=np.inf) if valid.any() else 0.0
        high = values.max(where=valid, initial=-np.inf) if valid.any() else 0.0
        step = ((high - low) or 1.0) / (MAX_CODE - 1)
        # Code 1 is the nearest point: the smallest affine depth, the largest inverse depth.
        scale, nearest = (-step, high) if depth_map.quantity == "inverse_depth" else (step, low)
        offset, unit = nearest - scale, None
    codes = np.rint((np.where(valid, values, offset) - offset) / scale)
    codes = np.where(valid, np.clip(codes, 1, MAX_CODE), 0).astype(np.uint16)
    return EncodedMap(codes, depth_map.quantity, float(scale), float(offset), unit, display_range(codes))


def encode_millimetres(millimetres: np.ndarray) -> EncodedMap:
    """Take (H, W) uint16 millimetres, 0 = no measurement, as they are: the codes of a metric map are millimetres."""
    return EncodedMap(millimetres, "depth", MILLIMETRE, 0.0, "m", display_range(millimetres))


def display_range(codes: np.ndarray) -> tuple[int, int]:
    """Lowest code and 99th percentile of the codes above 0, at least one apart; (0, 1) for an empty map."""
    counts = np.bincount(codes.ravel(), minlength=2)
    counts[0] = 0
    cumulative = counts.cumsum()
    if not cumulative[-1]:
        return 0, 1
    low, high = np.searchsorted(cumulative, [1, 0.99 * cumulative[-1]])
    return int(low), int(max(high, low + 1))


def write_codes(path: str | os.PathLike, codes: np.ndarray, text: str = "") -> None:
    """Write (H, W) uint16 codes as a 16-bit grey PNG; the file is whole or not there.

    Args:
        text: for the PNG's own text chunk

    Raises:
        DepthMapError: if `codes` are of another type or shape, which OpenCV would convert to 8 bits without a word
        OSError: if the file cannot be written
    """
    if codes.dtype != np.uint16 or codes.ndim != 2 or not codes.size:
        raise DepthMapError(f"{path}: codes are uint16 of shape (H, W), not {codes.dtype} of shape {codes.shape}")
    write_atomically(path, png.encode(codes, text))


def write_map(path: str | os.PathLike, encoded: EncodedMap, field_of_view: float | None = None) -> StoredMap:
    """Write a map that says itself what its codes mean, see :func:`read_map`.

    Args:
        field_of_view: of the camera that the model found, see :class:`MapFile`

    Raises:
        OSError: if the file cannot be written
    """
    stored = MapFile(str(path), encoded.quantity, encoded.scale, encoded.offset, encoded.unit, field_of_view)
    meaning = {name: value for name, value in asdict(stored).items() if name != "path"}
    write_codes(path, encoded.codes, json.dumps({**meaning, "range": encoded.range}))
    return StoredMap(stored, encoded.range)


def read_map(path: str | os.PathLike) -> StoredMap | None:
    """What :func:`write_map` wrote, without its codes; None where there is no such file, or not a whole one.

    None too where the text says other things than this version of Plumb writes.
    """
    try:
        data = np.fromfile(path, np.uint8)
    except OSError:
        return None
    text = png.read_text(data)
    if text is None or png.decode(data) is None:
        return None
    try:
        meaning = dict(json.loads(text))
        low, high = meaning.pop("range")
        return StoredMap(MapFile(str(path), **meaning), (low, high))
    except (KeyError, RecursionError, TypeError, ValueError):
        return None


def read_codes(path: str | os.PathLike) -> np.ndarray:
    """Read a 16-bit grey PNG exactly.

    Returns:
        (H, W) uint16

    Raises:
        DepthMapError: if the file is missing, damaged or cut off, or does not hold one channel of 16 bits
    """
    try:
        data = np.fromfile(path, np.uint8)
    except OSError as error:
        raise DepthMapError(f"{path}: {error.strerror or error}; restore the file or import its scene again") from None
    codes = png.decode(data)
    if codes is not None:
        return codes
    try:
        codes = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if data.size else None
    except cv2.error:  # a header that asks for more memory than a picture can need
        codes = None
    if codes is None:
        raise DepthMapError(f"{path}: not a readable PNG (damaged, cut off or of another format); replace the file")
    if codes.dtype != np.uint16 or codes.ndim != 2:
        channels = 1 if codes.ndim == 2 else codes.shape[2]
        raise DepthMapError(
            f"{path}: {8 * codes.itemsize} bits in {channels} channel(s), depth needs 16 bits in one; "
            "use the original depth file, not a converted picture"
        )
    return codes


@dataclass(frozen=True)
class MapFile:
    """A map on disk and what its codes mean: value = offset + scale * code, code 0 = no value.

    Attributes:
        field_of_view: horizontal, in degrees, as the model that made the map found it; None from others
    """

    path: str
    quantity: str
    scale: float
    offset: float
    unit: str | None = None
    field_of_view: float | None = None

    def read(self, into: str | None = None) -> np.ndarray:
        """(H, W) float64 values, NaN where there is no value.

        Args:
            into: name of the thread's :func:`plumb.scratch.array` that receives them; None for a new array

        Raises:
            DepthMapError: as `read_codes` does
        """
        from plumb import kernels  # compiled: half a second to import

        codes = read_codes(self.path)
        values = np.empty(codes.shape) if into is None else scratch.array(into, codes.shape)
        kernels.to_values(codes.ravel(), self.scale, self.offset, values.ravel())
        return values


@dataclass(frozen=True)
class StoredMap:
    """A map on disk with all that a label says of it.

    Attributes:
        file: the file and what its codes mean
        range: lowest and highest code worth showing
    """

    file: MapFile
    range: tuple[int, int]
