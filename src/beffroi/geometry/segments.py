"""Loose segments: pairs of end points, not joined to one another."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]


def distance_to_segments(start: Floats, end: Floats, points: Floats) -> Floats:
    """Shortest distance of each point (n, 2) to any of the segments (s, 2) to (s, 2), s >= 1: (n,).

    >>> distance_to_segments(np.array([[0.0, 0]]), np.array([[2.0, 0]]), np.array([[1.0, 3.0], [4.0, 0.0]])).tolist()
    [3.0, 2.0]
    """
    along = end - start
    length2 = np.maximum((along**2).sum(axis=1), 1e-18)
    offset = points[:, None, :] - start[None]
    share = np.clip((offset * along[None]).sum(axis=2) / length2[None], 0, 1)
    gap = offset - share[:, :, None] * along[None]
    return np.asarray(np.sqrt((gap**2).sum(axis=2)).min(axis=1))
