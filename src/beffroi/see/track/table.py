"""The tracks of one camera as columns: one row a track, pruned as tracks end."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from beffroi.see.track.filter import BoxFilter
from beffroi.see.track.settings import FilterSettings
from beffroi.vocabulary.picture import CLASS_NAMES

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class TrackTable:
    """Columns (n, ...): what is known of each track alive.

    ``first_at``, ``seen_at`` are captured_at instants; ``begun_ns``, ``seen_ns`` the same in media time, which never
    goes back; ``alive_ns``: when the thing was last seen or known to be still there. ``votes`` (n, c) sum the scores
    given to each class. ``speed``: when last seen, in sizes per second. ``stirred``: something has moved in its
    place since it was last seen, so it may have gone.
    """

    _COLUMNS = (
        "number",
        "confirmed",
        "observed",
        "held",
        "stirred",
        "hits",
        "score",
        "best",
        "votes",
        "last_box",
        "speed",
        "first_at",
        "seen_at",
        "begun_ns",
        "alive_ns",
        "seen_ns",
    )

    def __init__(self, settings: FilterSettings) -> None:
        self.filter = BoxFilter(settings)
        self.number: I64 = np.zeros(0, np.int64)
        self.confirmed: Bools = np.zeros(0, np.bool_)
        self.observed: Bools = np.zeros(0, np.bool_)
        self.held: Bools = np.zeros(0, np.bool_)
        self.stirred: Bools = np.zeros(0, np.bool_)
        self.hits: I64 = np.zeros(0, np.int64)
        self.score: F64 = np.zeros(0)
        self.best: F64 = np.zeros(0)
        self.votes: F64 = np.zeros((0, len(CLASS_NAMES)))
        self.last_box: F64 = np.zeros((0, 4))
        self.speed: F64 = np.zeros(0)
        self.first_at: I64 = np.zeros(0, np.int64)
        self.seen_at: I64 = np.zeros(0, np.int64)
        self.begun_ns: I64 = np.zeros(0, np.int64)
        self.alive_ns: I64 = np.zeros(0, np.int64)
        self.seen_ns: I64 = np.zeros(0, np.int64)

    def __len__(self) -> int:
        return len(self.number)

    def classes(self) -> I64:
        """Class id of each track, (n,): the one with most score so far."""
        return np.asarray(self.votes.argmax(axis=1), dtype=np.int64)

    def add(
        self, first_number: int, boxes: F64, scores: F64, class_ids: npt.NDArray[np.int32], now: tuple[int, int]
    ) -> None:
        """Begin tracks numbered from ``first_number``; ``now`` is (captured_at, media_time_ns)."""
        count = len(scores)
        votes = np.zeros((count, len(CLASS_NAMES)))
        votes[np.arange(count), class_ids] = scores
        at, media = np.full(count, now[0], np.int64), np.full(count, now[1], np.int64)
        rows = {
            "number": np.arange(first_number, first_number + count, dtype=np.int64),
            "confirmed": np.zeros(count, np.bool_),
            "observed": np.ones(count, np.bool_),
            "held": np.zeros(count, np.bool_),
            "stirred": np.zeros(count, np.bool_),
            "hits": np.ones(count, np.int64),
            "score": scores.astype(np.float64),
            "best": scores.astype(np.float64),
            "votes": votes,
            "last_box": boxes,
            "speed": np.full(count, np.inf),
            "first_at": at,
            "seen_at": at,
            "begun_ns": media,
            "alive_ns": media,
            "seen_ns": media,
        }
        for name in self._COLUMNS:
            setattr(self, name, np.concatenate([getattr(self, name), rows[name]]))
        self.filter.add(boxes)

    def keep(self, wanted: Bools) -> None:
        """Forget the tracks not wanted (n,)."""
        for name in self._COLUMNS:
            setattr(self, name, getattr(self, name)[wanted])
        self.filter.keep(wanted)
