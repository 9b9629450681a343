"""Our ByteTrack: follows the things one camera sees, in seconds rather than frames."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from beffroi.geometry.boxes import centres, contained, intersection, iou
from beffroi.see.track.association import Pairs, assign, class_factors, direction_cost, wide_overlap
from beffroi.see.track.settings import TrackSettings
from beffroi.see.track.table import TrackTable
from beffroi.vocabulary.picture import CLASS_NAMES, Detections, FrameRef, MotionMap, ObjectClass
from beffroi.vocabulary.time import UtcNs, seconds_to_ns
from beffroi.vocabulary.tracks import TracksNow, TrackState

F64 = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]

_CLASSES = tuple(ObjectClass(name) for name in CLASS_NAMES)
_SPEED_OF_STILL = 0.2
"""Sizes per second below which a thing is taken to stand (ADR 20).

Nine in ten looks at a standing person are under it, two in a hundred at a walker.
"""


class ByteTracker:
    """Follows objects through the frames of one camera (port ``Tracker``).

    Spans are measured in media time, which never goes back; instants given out are ``captured_at``. A frame of another
    run ends every track first: tracks never bridge runs. Track ids are ``camera-run-number`` and the number is never
    reset while the tracker lives, so an id is never given twice.
    """

    def __init__(self, camera_id: str, settings: TrackSettings | None = None) -> None:
        self._camera_id = camera_id
        self._settings = settings or TrackSettings()
        self._factors = class_factors(self._settings.other_class)
        self._table = TrackTable(self._settings.filter)
        self._run_id = ""
        self._media_ns = -1
        self._count = 0

    def __len__(self) -> int:
        return len(self._table)

    @property
    def settings(self) -> TrackSettings:
        """What it was made with."""
        return self._settings

    def update(self, detections: Detections, motion: MotionMap | None = None) -> TracksNow:
        """Take the detections of a frame later than the last one.

        ``motion``, if known for the same frame, tells what cannot have gone: a believed thing that was not seen but
        whose place does not move is held, not predicted (the detector looked elsewhere, or missed it).

        Raises:
            ValueError: the frame is earlier than the last one of its run, or of another camera.
        """
        ended = self._advance(detections.frame)
        table = self._table
        boxes = detections.boxes_xyxy_px.astype(np.float64)
        table.observed[:] = False
        table.held[:] = False
        usable = detections.scores >= self._settings.score_low
        strong = np.flatnonzero(usable & (detections.scores >= self._settings.score_high))
        weak = np.flatnonzero(usable & (detections.scores < self._settings.score_high))
        free = self._match_all(detections, boxes, strong, weak)
        self._begin(detections, boxes, free)
        self._confirm()
        if motion is not None:
            self._hold_still(motion)
        ended += self._prune(detections.frame)
        return self._now(detections.frame, ended)

    def hold(self, motion: MotionMap) -> TracksNow:
        """Take a frame that was not given to the detector because nothing moved in it.

        Raises:
            ValueError: as ``update``.
        """
        before = self._media_ns
        same_run = motion.frame.run_id == self._run_id
        ended = self._advance(motion.frame)
        table = self._table
        table.observed[:] = False
        table.held[:] = False
        self._hold_still(motion)
        if same_run:
            # Nobody looked, so nobody missed it: the clock of what stands still is stopped.
            table.alive_ns[table.held] += motion.frame.media_time_ns - before
        ended += self._prune(motion.frame)
        return self._now(motion.frame, ended)

    def finish(self) -> tuple[str, ...]:
        """End the run: every track ends, state is emptied; the ids that ended."""
        ended = tuple(self._id(int(n)) for n in self._table.number)
        self._table = TrackTable(self._settings.filter)
        self._run_id, self._media_ns = "", -1
        return ended

    def _id(self, number: int) -> str:
        run = self._run_id if self._run_id.startswith(self._camera_id) else f"{self._camera_id}-{self._run_id}"
        return f"{run}-{number}"

    def _advance(self, frame: FrameRef) -> list[str]:
        """Carry the filter on to a frame; ids ended because the run changed."""
        if frame.camera_id != self._camera_id:
            raise ValueError(f"a frame of camera {frame.camera_id!r} given to the tracker of {self._camera_id!r}")
        ended: list[str] = []
        if frame.run_id != self._run_id:
            ended = list(self.finish())
            self._run_id = frame.run_id
        elif frame.media_time_ns < self._media_ns:
            raise ValueError(f"frame {frame.index} is earlier than the last one of its run")
        if self._media_ns >= 0 and len(self._table):
            span = (frame.media_time_ns - self._media_ns) / 1e9
            self._table.filter.predict(span, ~self._table.observed)
        self._media_ns = frame.media_time_ns
        self._at = int(frame.captured_at)
        return ended

    def _match_all(self, detections: Detections, boxes: F64, strong: Index, weak: Index) -> Index:
        """Strong detections to believed tracks, weak ones to those left, strong left-overs to doubtful ones, then far.

        Gives the strong detections that belong to nothing known, (k,).
        """
        settings, table = self._settings, self._table
        if len(table) == 0:
            return strong
        first = table.confirmed if settings.believed_first else np.ones(len(table), np.bool_)
        believed, doubtful = np.flatnonzero(first), np.flatnonzero(~first)
        believed, strong = self._match(believed, strong, settings.same_iou, detections, boxes)
        # A weak detection proves little: it may only continue a track that was seen lately.
        lately = self._media_ns - table.seen_ns[believed] <= seconds_to_ns(settings.weak_s)
        tired = believed[~lately]
        believed, weak = self._match(believed[lately], weak, settings.low_iou, detections, boxes)
        doubtful, strong = self._match(doubtful, strong, settings.same_iou, detections, boxes)
        left = np.concatenate([believed, tired, doubtful])
        _, strong = self._match(left, strong, settings.far_iou, detections, boxes, grow=settings.far_grow)
        return strong

    def _match(
        self, rows: Index, columns: Index, least: float, detections: Detections, boxes: F64, grow: float = 0.0
    ) -> tuple[Index, Index]:
        """Pair tracks ``rows`` with detections ``columns``, record the sightings; what is left of both."""
        if len(rows) == 0 or len(columns) == 0:
            return rows, columns
        r, c = self._pairs(rows, columns, least, detections, boxes, grow)
        self._record(rows[r], columns[c], detections, boxes)
        return np.delete(rows, r), np.delete(columns, c)

    def _pairs(
        self, rows: Index, columns: Index, least: float, detections: Detections, boxes: F64, grow: float
    ) -> Pairs:
        table, settings = self._table, self._settings
        predicted, seen = table.filter.boxes[rows], boxes[columns]
        factor = self._factors[table.classes()[rows]][:, detections.class_ids[columns]]
        if grow > 0:
            doubt = table.filter.doubts(rows) * grow
            last = table.last_box[rows]
            overlap = np.maximum(wide_overlap(predicted, seen, doubt), wide_overlap(last, seen, doubt))
        else:
            overlap = iou(predicted, seen)
        likeness = overlap * factor
        if settings.direction_weight > 0 and grow == 0:
            rates, speeds = table.filter.rate[rows, :2], table.filter.speeds(rows)
            cost = direction_cost(rates, speeds, centres(table.last_box[rows]), centres(seen))
            likeness = np.where(likeness >= least, np.maximum(likeness - settings.direction_weight * cost, 1e-3), 0.0)
            return assign(likeness, 1e-4)
        return assign(likeness, least)

    def _record(self, rows: Index, columns: Index, detections: Detections, boxes: F64) -> None:
        table = self._table
        seen = boxes[columns]
        table.filter.correct(rows, seen)
        table.observed[rows] = True
        table.stirred[rows] = False
        table.hits[rows] += 1
        table.score[rows] = detections.scores[columns]
        table.best[rows] = np.maximum(table.best[rows], table.score[rows])
        table.votes[rows, detections.class_ids[columns]] += detections.scores[columns]
        table.last_box[rows] = seen
        table.speed[rows] = table.filter.speeds(rows)
        table.seen_at[rows] = self._at
        table.seen_ns[rows] = self._media_ns
        table.alive_ns[rows] = self._media_ns

    def _begin(self, detections: Detections, boxes: F64, free: Index) -> None:
        """Begin a track for each detection that is strong enough and no twin of a thing already followed."""
        if len(free) and len(self._table):
            followed = self._table.last_box[self._table.observed]
            factor = self._factors[self._table.classes()[self._table.observed]][:, detections.class_ids[free]]
            twin = (iou(followed, boxes[free]) > self._settings.twin_iou) & (factor > 0)
            free = free[~twin.any(axis=0)]
        if len(free) == 0:
            return
        now = (self._at, self._media_ns)
        scores = detections.scores[free].astype(np.float64)
        self._table.add(self._count + 1, boxes[free], scores, detections.class_ids[free], now)
        self._count += len(free)

    def _confirm(self) -> None:
        table, settings = self._table, self._settings
        missing = 1.0 - (table.best - settings.score_high) / max(settings.sure_margin, 1e-9)
        slow_s = settings.confirm_s + (settings.slow_confirm_s - settings.confirm_s) * np.clip(missing, 0.0, 1.0)
        long_enough = table.seen_ns - table.begun_ns >= slow_s * 1e9
        table.confirmed |= table.observed & (table.hits >= settings.confirm_hits) & long_enough

    def _hold_still(self, motion: MotionMap) -> None:
        """Hold what was not seen but cannot have gone: believed, standing, and nothing moves where it is."""
        table = self._table
        candidates = np.flatnonzero(table.confirmed & ~table.observed)
        if len(candidates) == 0:
            return
        if not motion.warm:  # nothing can be said: it may have gone meanwhile
            table.stirred[candidates] = True
            return
        last = table.last_box[candidates]
        regions = motion.regions_xyxy_px.astype(np.float64)
        touched = intersection(last, regions).any(axis=1) if len(regions) else np.zeros(len(last), np.bool_)
        # What was not seen while its place moved may have gone with what moved there: only a sighting clears that.
        table.stirred[candidates] |= touched
        rows = candidates[~table.stirred[candidates] & (table.speed[candidates] <= _SPEED_OF_STILL)]
        table.filter.stop(rows, table.last_box[rows])
        table.held[rows] = True

    def _prune(self, frame: FrameRef) -> list[str]:
        """End what was unseen too long or has left the picture; their ids."""
        table, settings = self._table, self._settings
        if len(table) == 0:
            return []
        unseen = frame.media_time_ns - table.alive_ns
        patience = np.where(table.held, settings.still_lost_s, settings.lost_s)
        patience = np.where(table.confirmed, patience, settings.doubt_s)
        picture = np.array([[0.0, 0.0, frame.width_px, frame.height_px]])
        inside = contained(table.filter.boxes, picture)[:, 0]
        wanted = table.observed | table.held | ((unseen <= patience * 1e9) & (inside > 0.3))
        wanted &= unseen <= patience * 1e9
        if wanted.all():
            return []
        ended = [self._id(int(n)) for n in table.number[~wanted]]
        table.keep(wanted)
        return ended

    def _now(self, frame: FrameRef, ended: list[str]) -> TracksNow:
        table = self._table
        boxes = table.filter.boxes.tolist()
        rates = table.filter.rate[:, :2].tolist()
        classes = table.classes().tolist()
        states = tuple(
            TrackState(
                track_id=self._id(number),
                object_class=_CLASSES[classes[row]],
                box_xyxy_px=(boxes[row][0], boxes[row][1], boxes[row][2], boxes[row][3]),
                score=float(table.score[row]),
                observed=bool(table.observed[row]),
                held=bool(table.held[row]),
                confirmed=bool(table.confirmed[row]),
                velocity_px_s=(rates[row][0], rates[row][1]),
                first_seen_at=UtcNs(int(table.first_at[row])),
                last_observed_at=UtcNs(int(table.seen_at[row])),
            )
            for row, number in enumerate(table.number.tolist())
        )
        return TracksNow(frame=frame, states=states, ended=tuple(ended))
