"""Polygons: points (p, 2) x y in order, closed by themselves; normalised or pixels alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]
Bools = npt.NDArray[np.bool_]


class PolygonFault(StrEnum):
    """Why a drawn polygon cannot be a zone."""

    TOO_FEW_POINTS = "too_few_points"
    NOT_A_NUMBER = "not_a_number"
    OUTSIDE_PICTURE = "outside_picture"
    REPEATED_POINT = "repeated_point"
    SELF_CROSSING = "self_crossing"
    NO_AREA = "no_area"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault: its reason, a sentence, and the places (indexes of points, or of edges by their first point)."""

    reason: PolygonFault
    text: str
    points: tuple[int, ...] = ()


def as_points(points: Sequence[Sequence[float]] | Floats) -> Floats:
    """Points as float64 (p, 2).

    Raises:
        ValueError: not pairs of numbers.
    """
    array = np.asarray(points, dtype=np.float64)
    if array.size == 0:
        return array.reshape(0, 2)
    if array.ndim != 2 or array.shape[1] != 2:
        raise ValueError(f"points have shape {array.shape}, expected (n, 2)")
    return array


def signed_area(polygon: Floats) -> float:
    """Shoelace surface: positive when the points run clockwise on the screen (y down).

    >>> signed_area(np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]]))
    1.0
    """
    x, y = polygon[:, 0], polygon[:, 1]
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) / 2)


def polygon_area(polygon: Floats) -> float:
    """Surface in squared units of the points."""
    return abs(signed_area(polygon))


def contains(polygon: Floats, points: Floats) -> Bools:
    """Whether each point (n, 2) lies inside the polygon (p, 2): (n,).

    Even-odd rule by a ray to the right. A point on the left or top border is inside, on the right or bottom border
    outside, so that zones side by side never both hold a point.

    >>> contains(np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]]), np.array([[0.5, 0.5], [1.5, 0.5]])).tolist()
    [True, False]
    """
    if len(points) == 0:
        return np.zeros(0, np.bool_)
    start, end = polygon, np.roll(polygon, -1, axis=0)
    y = points[:, 1][:, None]
    straddles = (start[None, :, 1] > y) != (end[None, :, 1] > y)
    rise = np.where(end[:, 1] == start[:, 1], 1.0, end[:, 1] - start[:, 1])
    x_there = start[None, :, 0] + (y - start[None, :, 1]) * ((end[:, 0] - start[:, 0]) / rise)[None, :]
    hits = straddles & (points[:, 0][:, None] < x_there)
    return np.asarray(hits.sum(axis=1) % 2 == 1)


def distance_to_border(polygon: Floats, points: Floats) -> Floats:
    """Shortest distance of each point (n, 2) to the polygon's border: (n,), never negative."""
    start, end = polygon, np.roll(polygon, -1, axis=0)
    along = end - start
    length2 = np.maximum((along**2).sum(axis=1), 1e-18)
    offset = points[:, None, :] - start[None, :, :]
    t = np.clip((offset * along[None]).sum(axis=2) / length2[None, :], 0, 1)
    gap = offset - t[:, :, None] * along[None]
    return np.asarray(np.sqrt((gap**2).sum(axis=2)).min(axis=1))


def crossing_edges(polygon: Floats) -> list[tuple[int, int]]:
    """Pairs of edges that meet where they should not (edge i runs from point i to point i + 1)."""
    count = len(polygon)
    pairs = []
    for i in range(count):
        for j in range(i + 1, count):
            neighbours = j == i + 1 or (i == 0 and j == count - 1)
            a, b = polygon[i], polygon[(i + 1) % count]
            c, d = polygon[j], polygon[(j + 1) % count]
            if neighbours:
                shared, first, second = (b, a, d) if j == i + 1 else (a, b, c)
                if _folds_back(shared, first, second):
                    pairs.append((i, j))
            elif segments_meet(a, b, c, d):
                pairs.append((i, j))
    return pairs


def segments_meet(a: Floats, b: Floats, c: Floats, d: Floats) -> bool:
    """Whether segment ab and segment cd share a point (touching counts)."""
    o1, o2, o3, o4 = _turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)
    if o1 != o2 and o3 != o4:
        return True
    return (
        (o1 == 0 and _between(a, b, c))
        or (o2 == 0 and _between(a, b, d))
        or (o3 == 0 and _between(c, d, a))
        or (o4 == 0 and _between(c, d, b))
    )


def faults(
    points: Sequence[Sequence[float]] | Floats, *, normalised: bool = True, min_area: float = 1e-4
) -> list[Fault]:
    """Everything wrong with a drawn polygon; empty when it can be a zone.

    ``min_area`` in squared units of the points (1e-4 of a picture is 20 x 15 pixels at 640 x 480: our choice).
    """
    polygon = as_points(points)
    if len(polygon) < 3:
        return [Fault(reason=PolygonFault.TOO_FEW_POINTS, text=f"{len(polygon)} points; a zone has at least 3")]
    bad = [int(i) for i in np.flatnonzero(~np.isfinite(polygon).all(axis=1))]
    if bad:
        return [Fault(reason=PolygonFault.NOT_A_NUMBER, text=f"point {bad[0] + 1} is not a number", points=tuple(bad))]
    found = []
    out = [int(i) for i in np.flatnonzero(((polygon < 0) | (polygon > 1)).any(axis=1))] if normalised else []
    if out:
        where = ", ".join(f"({polygon[i, 0]:g}, {polygon[i, 1]:g})" for i in out[:3])
        found.append(Fault(reason=PolygonFault.OUTSIDE_PICTURE, text=f"{where} outside the picture", points=tuple(out)))
    same = [int(i) for i in np.flatnonzero((polygon == np.roll(polygon, -1, axis=0)).all(axis=1))]
    if same:
        text = f"point {same[0] + 1} is repeated"
        return [*found, Fault(reason=PolygonFault.REPEATED_POINT, text=text, points=tuple(same))]
    crossed = crossing_edges(polygon)
    if crossed:
        i, j = crossed[0]
        text = f"the side after point {i + 1} crosses the side after point {j + 1}"
        found.append(Fault(reason=PolygonFault.SELF_CROSSING, text=text, points=(i, j)))
    elif polygon_area(polygon) < min_area:
        found.append(Fault(reason=PolygonFault.NO_AREA, text="the zone has almost no surface"))
    return found


def _turn(a: Floats, b: Floats, c: Floats) -> int:
    return int(np.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])))


def _between(a: Floats, b: Floats, c: Floats) -> bool:
    """Whether c, known to be on the line ab, lies within the segment."""
    return bool(min(a[0], b[0]) <= c[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= c[1] <= max(a[1], b[1]))


def _folds_back(shared: Floats, first: Floats, second: Floats) -> bool:
    """Whether two neighbouring sides lie on one another."""
    one, other = first - shared, second - shared
    return bool(one[0] * other[1] - one[1] * other[0] == 0 and one @ other > 0)
