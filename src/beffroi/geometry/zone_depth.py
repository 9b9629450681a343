"""How deep inside a zone something stands, where the picture's own border does not count as the zone's border."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from beffroi.geometry.polygons import contains, distance_to_border
from beffroi.geometry.segments import distance_to_segments

Floats = npt.NDArray[np.floating[Any]]

AT_PICTURE_BORDER = 0.02
"""Points this near the picture's border (share of its side) are meant to be on it. Source: our choice, ADR 30."""


def depth_inside(polygon: Floats, points: Floats, size: tuple[float, float]) -> Floats:
    """Distance of each point (n, 2) to the zone's border (p, 2): (n,), positive inside, negative outside.

    ``size`` is the picture's (width, height) in the units of both. Sides of the zone that run along the border of
    the picture are no border: whoever stands there cut off by the picture is deep inside, not on the edge. Points
    are first drawn into the picture, because feet below it are feet at its lower border.
    """
    if len(points) == 0:
        return np.zeros(0)
    wide, high = size
    near = np.array([wide, high]) * AT_PICTURE_BORDER / 2
    drawn_in = np.clip(points, near, np.array([wide, high]) - near)
    inside = contains(polygon, drawn_in)
    start, end = polygon, np.roll(polygon, -1, axis=0)
    inner = ~_along_picture_border(start, end, size)
    if not inner.any():
        to_inner = np.full(len(points), np.inf)
    else:
        to_inner = distance_to_segments(start[inner], end[inner], drawn_in)
    return np.where(inside, to_inner, -distance_to_border(polygon, drawn_in))


def _along_picture_border(start: Floats, end: Floats, size: tuple[float, float]) -> npt.NDArray[np.bool_]:
    """Which sides of a polygon lie along one side of the picture: (p,)."""
    found = np.zeros(len(start), np.bool_)
    for axis, extent in enumerate(size):
        reach = extent * AT_PICTURE_BORDER
        low = (start[:, axis] <= reach) & (end[:, axis] <= reach)
        high = (start[:, axis] >= extent - reach) & (end[:, axis] >= extent - reach)
        found |= low | high
    return found
