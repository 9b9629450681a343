"""What must not be seen in a picture: a rectangle and how coarse it becomes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HiddenArea:
    """A part of a picture to be made unrecognisable.

    ``box_xyxy_px`` in pixels of the frame, x2 > x1, y2 > y1; may reach beyond its borders. ``block_px``: the side of
    the squares that keep nothing but their mean colour.
    """

    box_xyxy_px: tuple[float, float, float, float]
    block_px: int

    def __post_init__(self) -> None:
        x1, y1, x2, y2 = self.box_xyxy_px
        if not (x2 > x1 and y2 > y1):
            raise ValueError(f"an area to hide needs x2 > x1 and y2 > y1, got {self.box_xyxy_px}")
        if self.block_px < 2:
            raise ValueError(f"block_px is {self.block_px}: a block of one pixel hides nothing")
