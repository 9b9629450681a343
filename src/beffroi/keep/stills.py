"""Evidence stills: a frame as JPEG with the boxes that made the machine speak."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from beffroi.keep.disk import write_whole
from beffroi.vocabulary.arrays import UInt8s
from beffroi.vocabulary.evidence import EvidencePart, PartKind
from beffroi.vocabulary.judgement import Box
from beffroi.vocabulary.picture import Frame

QUALITY = 85
_COLOURS = ((255, 196, 0), (0, 200, 255), (120, 230, 80), (255, 120, 200))


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnBox:
    """A box to draw: ``box_xyxy_px`` in pixels of the frame, ``label`` in ASCII, ``colour`` an index."""

    box_xyxy_px: Box
    label: str = ""
    colour: int = 0


def write_still(
    frame: Frame, boxes: Sequence[DrawnBox | Box], path: Path, kind: PartKind = PartKind.STILL
) -> EvidencePart:
    """Write the frame as JPEG with its boxes (bare ones have no label); its ``path`` is as given.

    Raises:
        StorageError: the disk refuses.
    """
    size, digest = write_whole(path, [jpeg(drawn(frame, boxes))])
    return EvidencePart(kind=kind, path=str(path), media_type="image/jpeg", bytes=size, sha256=digest)


def jpeg(rgb: UInt8s, quality: int = QUALITY) -> bytes:
    """A picture, uint8 (h, w, 3) RGB, as a JPEG file."""
    done, coded = cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError(f"a picture of shape {rgb.shape} cannot be written as JPEG")
    return bytes(coded)


def drawn(frame: Frame, boxes: Sequence[DrawnBox | Box]) -> UInt8s:
    """A copy of the frame's picture with boxes and labels on it; boxes are cut at its edges."""
    picture = np.array(frame.rgb)
    height, width = picture.shape[:2]
    thickness = max(2, width // 320)
    scale = max(0.4, width / 1600)
    for given in boxes:
        item = given if isinstance(given, DrawnBox) else DrawnBox(box_xyxy_px=given)
        x1, y1, x2, y2 = item.box_xyxy_px
        left, right = (round(min(max(x, 0), width - 1)) for x in (x1, x2))
        top, bottom = (round(min(max(y, 0), height - 1)) for y in (y1, y2))
        colour = _COLOURS[item.colour % len(_COLOURS)]
        cv2.rectangle(picture, (left, top), (right, bottom), (0, 0, 0), thickness + 2)
        cv2.rectangle(picture, (left, top), (right, bottom), colour, thickness)
        if item.label:
            _label(picture, item.label, (left, top), colour, scale)
    return picture


def _label(picture: UInt8s, text: str, corner: tuple[int, int], colour: tuple[int, int, int], scale: float) -> None:
    text = text.encode("ascii", "replace").decode()[:40]
    (wide, high), below = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
    left = max(0, min(corner[0], picture.shape[1] - wide - 4))
    top = corner[1] - high - below - 4
    if top < 0:
        top = min(corner[1] + 2, picture.shape[0] - high - below - 4)
    cv2.rectangle(picture, (left, max(0, top)), (left + wide + 4, max(0, top) + high + below + 4), colour, -1)
    at = (left + 2, max(0, top) + high + 2)
    cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, (0, 0, 0), 1, cv2.LINE_AA)
