"""Boxes: x1 y1 x2 y2 in pixels, origin at the top-left, as float arrays (n, 4)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]


def area(boxes: Floats) -> Floats:
    """Surface of each box, (n,) in square pixels; an inside-out box has none.

    >>> area(np.array([[0.0, 0.0, 2.0, 3.0]])).tolist()
    [6.0]
    """
    sides = np.maximum(boxes[:, 2:] - boxes[:, :2], 0)
    return np.asarray(sides[:, 0] * sides[:, 1])


def intersection(first: Floats, second: Floats) -> Floats:
    """Shared surface of each box of ``first`` (n, 4) with each of ``second`` (m, 4), (n, m) in square pixels."""
    wide = np.minimum(first[:, None, 2], second[None, :, 2]) - np.maximum(first[:, None, 0], second[None, :, 0])
    high = np.minimum(first[:, None, 3], second[None, :, 3]) - np.maximum(first[:, None, 1], second[None, :, 1])
    return np.asarray(np.maximum(wide, 0) * np.maximum(high, 0))


def iou(first: Floats, second: Floats) -> Floats:
    """Intersection over union of (n, 4) with (m, 4): (n, m) in [0, 1]; two empty boxes share nothing.

    >>> iou(np.array([[0.0, 0.0, 2.0, 2.0]]), np.array([[1.0, 0.0, 3.0, 2.0]])).round(3).tolist()
    [[0.333]]
    """
    shared = intersection(first, second)
    union = area(first)[:, None] + area(second)[None, :] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def contained(first: Floats, second: Floats) -> Floats:
    """Share of each box of ``first`` (n, 4) that lies inside each of ``second`` (m, 4): (n, m) in [0, 1]."""
    shared = intersection(first, second)
    own = np.broadcast_to(area(first)[:, None], shared.shape)
    return np.divide(shared, own, out=np.zeros_like(shared), where=own > 0)


def centres(boxes: Floats) -> Floats:
    """Middle of each box, (n, 2) x y."""
    return np.asarray((boxes[:, :2] + boxes[:, 2:]) / 2)


def feet(boxes: Floats) -> Floats:
    """Where each thing stands: the middle of the lower edge, (n, 2) x y."""
    return np.stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]], axis=1)


def clip(boxes: Floats, width: float, height: float) -> Floats:
    """Boxes cut to a picture; one wholly outside becomes an empty box on its border."""
    limits = np.array([width, height, width, height], boxes.dtype)
    return np.asarray(np.clip(boxes, 0, limits))


def scale(boxes: Floats, factor_x: float, factor_y: float) -> Floats:
    """Boxes carried from one picture size to another."""
    return boxes * np.array([factor_x, factor_y, factor_x, factor_y], boxes.dtype)


def pad(boxes: Floats, share: float, pixels: float = 0.0) -> Floats:
    """Boxes grown on every side by a share of their own size and by so many pixels."""
    grow = (boxes[:, 2:] - boxes[:, :2]) * share + pixels
    return np.concatenate([boxes[:, :2] - grow, boxes[:, 2:] + grow], axis=1)


def hull(boxes: Floats) -> Floats:
    """The smallest box around all, (4,).

    Raises:
        ValueError: there is no box.
    """
    if len(boxes) == 0:
        raise ValueError("no box, no hull")
    return np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])


def merge_overlapping(boxes: Floats) -> Floats:
    """Boxes that share surface become their common hull, until none do: (k, 4), k <= n.

    >>> merge_overlapping(np.array([[0.0, 0, 2, 2], [1, 1, 3, 3], [9, 9, 10, 10]])).tolist()
    [[0.0, 0.0, 3.0, 3.0], [9.0, 9.0, 10.0, 10.0]]
    """
    while len(boxes) > 1:
        labels = _components(intersection(boxes, boxes) > 0)
        if labels.max() + 1 == len(boxes):
            break
        boxes = np.stack([hull(boxes[labels == label]) for label in range(labels.max() + 1)])
    return boxes


def _components(linked: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    """Label (n,) of each node's connected group, numbered from 0 by first member."""
    labels = np.arange(len(linked))
    while True:
        lowest = np.minimum(labels, np.where(linked, labels[None, :], len(labels)).min(axis=1, initial=len(labels)))
        if (lowest == labels).all():
            return np.unique(labels, return_inverse=True)[1]
        labels = lowest
