"""Pixels that are taken away: homes burned out, people and vehicles made of coarse blocks. Arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from beffroi.vocabulary.arrays import UInt8s
from beffroi.vocabulary.privacy import HiddenArea
from beffroi.vocabulary.rules import Zone

_GRID_PX = 1024
MASK_RGB = (24, 27, 31)
"""What stands where a home was: one colour, so that nothing of it can be computed back."""


def burn(rgb: UInt8s, masks: Sequence[Zone]) -> UInt8s:
    """A picture, uint8 (h, w, 3), with the masks filled; the picture itself when there is none.

    The border is two pixels wider than drawn: a half-covered pixel is covered.
    """
    if not masks:
        return rgb
    burned = np.array(rgb)
    height, width = burned.shape[:2]
    for zone in masks:
        corners = np.array([[x * width, y * height] for x, y in zone.points], np.float64).round().astype(np.int32)
        cv2.fillPoly(burned, [corners], MASK_RGB)
        cv2.polylines(burned, [corners], isClosed=True, color=MASK_RGB, thickness=5)
    return burned


def hide(rgb: UInt8s, areas: Sequence[HiddenArea]) -> UInt8s:
    """A picture, uint8 (h, w, 3), whose hidden areas keep only the mean colour of each block.

    Blocks lie on one lattice of the picture, whatever the area: a thing that stands still gives the same blocks in each
    picture, so that many pictures tell no more than one. Where areas overlap, the coarsest has the last word.
    """
    if not areas:
        return rgb
    hidden = np.array(rgb)
    for area in sorted(areas, key=lambda one: one.block_px):
        _coarsen(hidden, area)
    return hidden


def _coarsen(picture: UInt8s, area: HiddenArea) -> None:
    height, width = picture.shape[:2]
    block = area.block_px
    x1, y1, x2, y2 = area.box_xyxy_px
    left, top = (max(0, int(low // block) * block) for low in (x1, y1))
    right, bottom = (int(-(-high // block)) * block for high in (x2, y2))
    part = picture[top : min(bottom, height), left : min(right, width)]
    if not part.size:
        return
    high, wide = part.shape[:2]
    rows, columns = -(-high // block), -(-wide // block)
    whole = cv2.copyMakeBorder(part, 0, rows * block - high, 0, columns * block - wide, cv2.BORDER_REPLICATE)
    means = cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA)
    coarse = cv2.resize(means, (columns * block, rows * block), interpolation=cv2.INTER_NEAREST)
    part[:] = coarse[:high, :wide]


def uncovered(before: Sequence[Zone], after: Sequence[Zone]) -> bool:
    """Whether something that the masks before hid is seen with those after, compared on a fine grid."""
    if not before:
        return False
    blank = np.zeros((_GRID_PX, _GRID_PX, 3), np.uint8)
    hidden, still = (burn(blank, masks).any(axis=2) for masks in (before, after))
    return bool((hidden & ~still).any())
