"""Directions and distances on the picture: x right, y down."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]


def unit(vector: tuple[float, float]) -> tuple[float, float]:
    """The same direction with length 1.

    Raises:
        ValueError: the vector has no length, so no direction.

    >>> unit((3.0, 4.0))
    (0.6, 0.8)
    """
    largest = max(abs(vector[0]), abs(vector[1]))
    if not 0 < largest < float("inf"):
        raise ValueError(f"{vector} has no direction")
    # Scaled first: the square of a very short vector would vanish.
    x, y = vector[0] / largest, vector[1] / largest
    length = float(np.hypot(x, y))
    return x / length, y / length


def angle_between_deg(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Angle between two directions, 0 (same) to 180 (opposite).

    Raises:
        ValueError: one of them has no length.

    >>> round(angle_between_deg((1.0, 0.0), (0.0, 2.0)))
    90
    """
    (ax, ay), (bx, by) = unit(first), unit(second)
    return float(np.degrees(np.arctan2(abs(ax * by - ay * bx), ax * bx + ay * by)))


def heading_deg(vector: tuple[float, float]) -> float:
    """Compass-like heading on the screen: 0 up, 90 right, clockwise, in [0, 360).

    Raises:
        ValueError: the vector has no length.

    >>> heading_deg((0.0, 1.0))
    180.0
    """
    x, y = unit(vector)
    turned = float(np.degrees(np.arctan2(x, -y))) % 360.0
    return 0.0 if turned == 360.0 else turned


def travel_along(path: Floats, direction: tuple[float, float]) -> float:
    """How far a path (t, 2) has gone in a direction from first to last point; negative is against it.

    Raises:
        ValueError: the direction has no length.
    """
    if len(path) < 2:
        return 0.0
    x, y = unit(direction)
    return float((path[-1, 0] - path[0, 0]) * x + (path[-1, 1] - path[0, 1]) * y)


def pairwise_body_heights(boxes: Floats) -> Floats:
    """Distance between the feet of each two boxes (n, 4), in mean body heights of the pair: (n, n).

    A body height is the box's height in pixels: perspective makes far people small, so pixels say little and body
    heights much. A half-hidden body makes the measure unsure by as much. Boxes without height are infinitely far.

    >>> pairwise_body_heights(np.array([[0.0, 0, 1, 2], [4, 0, 5, 2]]))[0].tolist()
    [0.0, 2.0]
    """
    foot_x, foot_y = (boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]
    heights = boxes[:, 3] - boxes[:, 1]
    gap = np.hypot(foot_x[:, None] - foot_x[None], foot_y[:, None] - foot_y[None])
    mean = (heights[:, None] + heights[None]) / 2
    far = np.full_like(gap, np.inf)
    result = np.divide(gap, mean, out=far, where=mean > 0)
    np.fill_diagonal(result, 0.0)
    return result


def in_body_heights(distance_px: float, box: tuple[float, float, float, float]) -> float:
    """A distance in heights of the box near it; infinite for a box without height."""
    height = box[3] - box[1]
    return distance_px / height if height > 0 else float("inf")
