"""Which detection belongs to which track: overlap, class and direction, solved as one assignment.

Source: two-stage association of strong, then weak detections: ByteTrack (Zhang et al. 2022); the cost of a change of
direction and the last search around the last sighting: OC-SORT (Cao et al. 2023). Written from the papers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from beffroi.vocabulary.picture import CLASS_ID, CLASS_NAMES, ObjectClass

F64 = npt.NDArray[np.float64]
Floats = npt.NDArray[np.floating[Any]]
Index = npt.NDArray[np.intp]
Pairs = tuple[Index, Index]

_ALIKE = (
    (ObjectClass.PERSON, ObjectClass.BICYCLE),
    (ObjectClass.VEHICLE, ObjectClass.BICYCLE),
    (ObjectClass.PERSON, ObjectClass.ANIMAL),
    (ObjectClass.VEHICLE, ObjectClass.OBJECT),
)
"""Classes that a detector confuses on the same thing: a rider, a motorbike, a child or dog far away, a trailer."""


def class_factors(other_class: float) -> F64:
    """(c, c) factor on the overlap: 1 for the same class, ``other_class`` for those often confused, 0 for others.

    >>> class_factors(0.5)[CLASS_ID["person"]].tolist()
    [1.0, 0.5, 0.0, 0.5, 0.0]
    """
    factors = np.eye(len(CLASS_NAMES))
    for one, other in _ALIKE:
        factors[CLASS_ID[one], CLASS_ID[other]] = factors[CLASS_ID[other], CLASS_ID[one]] = other_class
    return factors


def assign(likeness: F64, least: F64 | float) -> Pairs:
    """Pairs (rows, columns) that maximise the sum of likeness (n, m), each used once, none below ``least``."""
    if likeness.size == 0:
        none = np.zeros(0, np.intp)
        return none, none
    allowed = np.where(likeness >= least, likeness, 0.0)
    rows, columns = linear_sum_assignment(allowed, maximize=True)
    good = allowed[rows, columns] > 0
    return rows[good], columns[good]


def wide_overlap(tracks: F64, detections: F64, grow: F64) -> F64:
    """IoU (n, m) of tracks (n, 4) and detections (m, 4), both grown on all sides by the track's ``grow`` (n, 2) pixels.

    Source: buffered IoU, C-BIoU (Yang et al. 2023); the growth by the filter's own doubt is ours.
    """
    grow = np.concatenate([-grow, grow], axis=1)
    first, second = (tracks + grow)[:, None], detections[None] + grow[:, None]
    low, high = np.maximum(first[..., :2], second[..., :2]), np.minimum(first[..., 2:], second[..., 2:])
    shared = np.maximum(high - low, 0).prod(axis=2)
    union = (first[..., 2:] - first[..., :2]).prod(axis=2) + (second[..., 2:] - second[..., :2]).prod(axis=2) - shared
    return np.asarray(np.divide(shared, union, out=np.zeros_like(shared), where=union > 0))


def direction_cost(rates: Floats, speeds: Floats, came_from: Floats, centres: Floats) -> Floats:
    """How much going to each detection turns against the track's own way: (n, m) in [0, 1], 0 for slow tracks.

    ``rates`` (n, 2) is the way, ``speeds`` (n,) in sizes per second, ``came_from`` (n, 2) and ``centres`` (m, 2) are
    the last sighting's centre and the detections'.
    """
    step = centres[None] - came_from[:, None]
    length = np.hypot(step[..., 0], step[..., 1]) * np.hypot(rates[:, 0], rates[:, 1])[:, None]
    along = (step * rates[:, None]).sum(axis=2)
    cosine = np.divide(along, length, out=np.ones_like(along), where=length > 1e-9)
    return np.asarray((1 - cosine) / 2 * np.clip(speeds, 0, 1)[:, None])
