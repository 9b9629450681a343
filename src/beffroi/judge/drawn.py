"""What was drawn on the picture, carried to the pixels of a frame."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from beffroi.geometry.lines import Way, crossings, distance_to_line
from beffroi.geometry.polygons import faults
from beffroi.geometry.zone_depth import depth_inside
from beffroi.vocabulary.errors import RuleError
from beffroi.vocabulary.picture import FrameRef
from beffroi.vocabulary.rules import Line, Point, Rule, Zone

Float64s = npt.NDArray[np.float64]


class DrawnZone:
    """A zone in pixels of whatever frame comes; no zone is the whole picture."""

    def __init__(self, rule: Rule) -> None:
        self._zone = _sound(rule.zone, rule)
        self._polygon: Float64s = np.zeros((0, 2))
        self._size = (0, 0)

    def depths(self, points: Sequence[Point], frame: FrameRef) -> Float64s:
        """How deep each point (pixels) is inside: (n,), negative outside, infinite where no zone is drawn."""
        if self._zone is None:
            return np.full(len(points), np.inf)
        size = (frame.width_px, frame.height_px)
        if size != self._size:
            self._size, self._polygon = size, np.asarray(self._zone.points, np.float64) * np.asarray(size, np.float64)
        where = np.asarray(points, np.float64).reshape(-1, 2)
        return np.asarray(depth_inside(self._polygon, where, (float(size[0]), float(size[1]))), np.float64)


class DrawnLine:
    """A line in pixels of whatever frame comes."""

    def __init__(self, line: Line, rule: Rule) -> None:
        if len(line.points) < 2 or any(a == b for a, b in zip(line.points, line.points[1:], strict=False)):
            where = f"rule {rule.rule_id}"
            raise RuleError("the line has no length", where=where, mend="Give at least two different points in a row.")
        self._line = line
        self._polyline: Float64s = np.zeros((0, 2))
        self._size = (0, 0)

    def _at(self, frame: FrameRef) -> Float64s:
        size = (frame.width_px, frame.height_px)
        if size != self._size:
            self._size, self._polyline = size, np.asarray(self._line.points, np.float64) * np.asarray(size, np.float64)
        return self._polyline

    def net_crossings(self, start: Point, end: Point, frame: FrameRef) -> int:
        """Forward less backward crossings of a straight move in pixels."""
        return sum(1 if c.way is Way.FORWARD else -1 for c in crossings(self._at(frame), start, end))

    def distance(self, point: Point, frame: FrameRef) -> float:
        """How far a point is from the line, in pixels."""
        return float(distance_to_line(self._at(frame), np.asarray([point], np.float64))[0])


def _sound(zone: Zone | None, rule: Rule) -> Zone | None:
    """The zone, if it can be one.

    Raises:
        RuleError: too few points, outside the picture, crossing itself or without surface.
    """
    if zone is None:
        return None
    found = faults(zone.points)
    if found:
        where = f"rule {rule.rule_id}, zone"
        raise RuleError(found[0].text, where=where, mend="Draw a simple polygon inside the picture.")
    return zone
