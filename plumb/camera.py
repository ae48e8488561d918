"""The pinhole camera that relates the pixels of a depth map to points in space."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Camera:
    """A pinhole camera without skew: pixel (x, y) of depth z is the point ((x - cx) z / fx, (y - cy) z / fy, z).

    Attributes:
        fx, fy: focal lengths in pixels
        cx, cy: the principal point in pixels; (0, 0) is the middle of the first pixel
    """

    fx: float
    fy: float
    cx: float
    cy: float

    def cropped(self, left: int, top: int) -> Camera:
        """The camera of a part of the frame that begins at column ``left`` and row ``top``."""
        return replace(self, cx=self.cx - left, cy=self.cy - top)
