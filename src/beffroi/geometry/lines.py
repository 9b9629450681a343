"""Drawn lines: polylines (p, 2) x y, and what moves across them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]


class Way(StrEnum):
    """Which way a line is crossed: ``forward`` goes from its left to its right side, walking along it on the screen."""

    FORWARD = "forward"
    BACKWARD = "backward"


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """One crossing: its way, where (x y), how far along the move and which segment of the line."""

    way: Way
    at: tuple[float, float]
    move_share: float
    segment: int


def side(line_from: Floats, line_to: Floats, points: Floats) -> npt.NDArray[np.int8]:
    """Side of an endless straight line for each point (n, 2): +1 right, -1 left (walking on the screen, y down).

    On a line drawn left to right, right is down. A point exactly on the line counts as right, so a thing that stops
    on the line has crossed it once and not half.

    >>> side(np.array([0.0, 0.0]), np.array([1.0, 0.0]), np.array([[0.5, 1.0], [0.5, -1.0]])).tolist()
    [1, -1]
    """
    along = line_to - line_from
    offset = points - line_from
    turn = along[0] * offset[:, 1] - along[1] * offset[:, 0]
    return np.where(turn >= 0, np.int8(1), np.int8(-1))


def crossings(polyline: Floats, start: tuple[float, float], end: tuple[float, float]) -> list[Crossing]:
    """Every crossing of a straight move from ``start`` to ``end`` with the polyline, in the order met.

    Moves that share ends can be joined: none is lost or counted twice where a thing stops on the line (see ``side``).

    >>> [c.way.value for c in crossings(np.array([[0.0, 0.5], [1.0, 0.5]]), (0.5, 0.4), (0.5, 0.6))]
    ['forward']
    """
    here, there = np.asarray(start, np.float64), np.asarray(end, np.float64)
    move = there - here
    # the same point whichever way the move goes, so that rounding treats a move and its way back alike
    anchor = here if tuple(here) <= tuple(there) else there
    found: list[Crossing] = []
    for index in range(len(polyline) - 1):
        a, b = polyline[index].astype(np.float64), polyline[index + 1].astype(np.float64)
        along = b - a
        before, after = (int(s) for s in side(a, b, np.stack([here, there])))
        across = move[0] * along[1] - move[1] * along[0]
        if before == after or across == 0:
            continue
        share = ((a[0] - here[0]) * along[1] - (a[1] - here[1]) * along[0]) / across
        place = ((a[0] - anchor[0]) * move[1] - (a[1] - anchor[1]) * move[0]) / across
        # Half-open segments: a corner belongs to the segment that begins there, the last point to the last segment.
        if not (0 <= place < 1 or (place == 1 and index == len(polyline) - 2)):
            continue
        at = here + share * move
        way = Way.FORWARD if after > 0 else Way.BACKWARD
        found.append(Crossing(way=way, at=(float(at[0]), float(at[1])), move_share=float(share), segment=index))
    return sorted(found, key=lambda c: c.move_share)


def net_way(polyline: Floats, start: tuple[float, float], end: tuple[float, float]) -> Way | None:
    """The way a move crosses in all; None when it does not, or crosses as often back as forth."""
    met = crossings(polyline, start, end)
    total = sum(1 if c.way is Way.FORWARD else -1 for c in met)
    if total == 0:
        return None
    return Way.FORWARD if total > 0 else Way.BACKWARD


def distance_to_line(polyline: Floats, points: Floats) -> Floats:
    """Shortest distance of each point (n, 2) to the polyline: (n,)."""
    start, along = polyline[:-1], np.diff(polyline, axis=0)
    length2 = np.maximum((along**2).sum(axis=1), 1e-18)
    offset = points[:, None, :] - start[None]
    t = np.clip((offset * along[None]).sum(axis=2) / length2[None], 0, 1)
    gap = offset - t[:, :, None] * along[None]
    return np.asarray(np.sqrt((gap**2).sum(axis=2)).min(axis=1))


def line_length(polyline: Floats) -> float:
    """Length along the polyline, in units of the points."""
    return float(np.sqrt((np.diff(polyline, axis=0) ** 2).sum(axis=1)).sum())
