"""Distances between things that stand on the ground, in body heights, without a calibrated camera."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]

CAMERA_HEIGHTS = 3.0
"""Height of a street camera in body heights (5 m over 1.7 m). Source: our choice, ADR 31."""
FOCAL_WIDTHS = 1.0
"""Focal length in picture widths (a view about 53 degrees wide). Source: our choice, ADR 31."""
MOST_STRETCH = 3.0
"""A row of pixels is never taken for more than so many times what a column is. Source: our choice, ADR 31."""


def depth_stretch(height_px: Floats | float, width_px: float) -> Floats:
    """How much longer a move up the picture is on the ground than the same move across it.

    For a level camera at height C over a flat ground, a body of height b whose image is h pixels high has its feet
    h * C / b below the horizon, so dy pixels span f / (h * C / b) times the ground that dx pixels do: far things are
    seen flat. Kept within [1, MOST_STRETCH].

    Source: pin-hole model (Hartley and Zisserman, Multiple View Geometry, chapter 8), flat ground.
    """
    heights = np.maximum(np.asarray(height_px, np.float64), 1e-6)
    return np.clip(FOCAL_WIDTHS * width_px / (heights * CAMERA_HEIGHTS), 1.0, MOST_STRETCH)


def gaps_in_body_heights(first: Floats, second: Floats, width_px: float) -> Floats:
    """Ground distance between the feet of boxes (n, 4) and (m, 4), in the pair's mean body height: (n, m).

    ``width_px`` is the picture's width. Boxes without height are infinitely far.
    """
    foot_a = np.stack([(first[:, 0] + first[:, 2]) / 2, first[:, 3]], axis=1)
    foot_b = np.stack([(second[:, 0] + second[:, 2]) / 2, second[:, 3]], axis=1)
    mean = ((first[:, 3] - first[:, 1])[:, None] + (second[:, 3] - second[:, 1])[None]) / 2
    across = foot_a[:, None, 0] - foot_b[None, :, 0]
    away = (foot_a[:, None, 1] - foot_b[None, :, 1]) * depth_stretch(mean, width_px)
    return np.asarray(np.divide(np.hypot(across, away), mean, out=np.full(mean.shape, np.inf), where=mean > 0))


def gap_in_body_heights(
    first: tuple[float, float, float, float], second: tuple[float, float, float, float], width_px: float
) -> float:
    """`gaps_in_body_heights` of two boxes, at a fiftieth of its cost: most callers have just a pair.

    >>> gap_in_body_heights((0, 0, 10, 100), (50, 0, 60, 100), 640.0)
    0.5
    """
    mean = ((first[3] - first[1]) + (second[3] - second[1])) / 2
    if mean <= 0:
        return math.inf
    stretch = min(max(FOCAL_WIDTHS * width_px / (max(mean, 1e-6) * CAMERA_HEIGHTS), 1.0), MOST_STRETCH)
    across = (first[0] + first[2] - second[0] - second[2]) / 2
    return math.hypot(across, (first[3] - second[3]) * stretch) / mean


def clusters(near: npt.NDArray[np.bool_]) -> list[list[int]]:
    """Groups of indexes linked by a symmetric matrix (n, n), each in rising order; loners are groups of one.

    >>> clusters(np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]], bool))
    [[0, 1], [2]]
    """
    left = set(range(len(near)))
    found = []
    while left:
        group, edge = set[int](), {min(left)}
        while edge:
            group |= edge
            edge = {int(j) for i in edge for j in np.flatnonzero(near[i])} - group
        found.append(sorted(group))
        left -= group
    return found
