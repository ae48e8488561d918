"""From an image to what a network takes: the processor's resize in threads, the arithmetic on the device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Margins = tuple[int, int, int, int]
"""What is added around an image: rows at the top and the bottom, columns at the left and the right."""


@dataclass(frozen=True)
class PreparedImage:
    """An image on its way into a network.

    Attributes:
        pixels: (1, 3, h, w) tensor, resized: uint8 where normalizing is left to the device, else float32
        size: (height, width) of the image itself
    """

    pixels: Any
    size: tuple[int, int]


@dataclass(frozen=True)
class Preprocessing:
    """A transformers image processor, cut in two where that gives the same numbers; make one with `of`.

    The first half gives bytes, a quarter of the memory and of the copy to the device; the second is one multiplication
    and one addition there.

    Attributes:
        processor: the image processor
        scale, shift: (3, 1, 1) float32 tensors on the device: what rescaling and normalizing do to a byte; None where
            the processor has to do all, because it rescales before it resizes (ZoeDepth, Depth Pro)
    """

    processor: Any
    scale: Any = None
    shift: Any = None

    @classmethod
    def of(cls, processor: Any, device: str) -> Preprocessing:
        """Find out by an image of noise whether the two halves give what the whole gives."""
        import torch

        factor = processor.rescale_factor if processor.do_rescale else 1.0
        mean, deviation = (processor.image_mean, processor.image_std) if processor.do_normalize else (0.0, 1.0)
        scale, shift = factor / np.asarray(deviation), -np.asarray(mean) / np.asarray(deviation)
        channels = (np.broadcast_to(part, 3).astype(np.float32) for part in (scale, shift))
        halves = cls(processor, *(torch.from_numpy(part).view(3, 1, 1).to(device) for part in channels))
        whole = cls(processor)
        noise = np.random.default_rng(0).integers(0, 256, (97, 131, 3), dtype=np.uint8)
        found, exact = halves.prepare(noise).pixels.to(device), whole.prepare(noise).pixels.to(device)
        if found.dtype != torch.uint8 or found.shape != exact.shape:
            return whole
        same = torch.allclose(halves.normalized(found), whole.normalized(exact), rtol=1e-5, atol=1e-5)
        return halves if same else whole

    @property
    def divisor(self) -> int:
        """What the sides of the network's input are divisible by: the resized image gets zeros around it."""
        processor = self.processor
        return (getattr(processor, "do_pad", False) and getattr(processor, "size_divisor", None)) or 1

    def prepare(self, image: np.ndarray) -> PreparedImage:
        """The first half, for one (H, W, 3) uint8 RGB image."""
        # Told where the channels are, or a picture 3 pixels high would be taken for one that has them first.
        options = {"input_data_format": "channels_last", "return_tensors": "pt"}
        if self.scale is not None:
            options |= {"do_rescale": False, "do_normalize": False}
        if self.divisor > 1:
            options["do_pad"] = False  # zeros come after normalizing
        return PreparedImage(self.processor(images=[image], **options)["pixel_values"], image.shape[:2])

    def normalized(self, pixels: Any) -> Any:
        """The second half, where the (N, 3, h, w) tensor lies: float32, with the zeros around it.

        The map has them too: see `margins`.
        """
        import torch

        if self.scale is not None:
            pixels = torch.addcmul(self.shift, pixels.float(), self.scale)
        top, bottom, left, right = self.margins(*pixels.shape[-2:])
        return torch.nn.functional.pad(pixels, (left, right, top, bottom))

    def margins(self, height: int, width: int) -> Margins:
        """The zeros around a resized image of this size."""
        rows, columns = (-side % self.divisor for side in (height, width))
        return rows // 2, rows - rows // 2, columns // 2, columns - columns // 2


def at_image_size(maps: Any, frame: tuple[int, int], margins: Margins, size: tuple[int, int]) -> Any:
    """Resize maps bilinearly, which cannot overshoot below 0, without what was added around their image.

    Args:
        maps: (N, h, w) tensor, of whatever size the network gave it
        frame: (height, width) of what the network saw, margins included
        margins: in pixels of `frame`
        size: (height, width) of the image

    Returns:
        (N, height, width) tensor
    """
    if any(margins):
        top, bottom, left, right = margins
        maps = _resized(maps, frame)[:, top : frame[0] - bottom, left : frame[1] - right]
    return _resized(maps, size)


def _resized(maps: Any, size: tuple[int, int]) -> Any:
    import torch

    if maps.shape[-2:] == size:
        return maps
    return torch.nn.functional.interpolate(maps[:, None], size=size, mode="bilinear", align_corners=False)[:, 0]
