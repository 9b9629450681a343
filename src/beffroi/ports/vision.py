"""What turns pixels into tracks must do."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from beffroi.vocabulary.picture import Detections, Frame, MotionMap
from beffroi.vocabulary.tracks import PictureHealth, TracksNow


class MotionGate(Protocol):
    """Says where a camera's picture moves. Keeps the background of one camera and run."""

    def look(self, frame: Frame) -> MotionMap:
        """Learn from a frame and tell where it moves."""
        ...

    def reset(self) -> None:
        """Forget the background: a new run, or a new view."""
        ...


class Detector(Protocol):
    """Sees objects in a frame. Stateless; one instance may serve many cameras of one worker, one call at a time."""

    @property
    def model(self) -> str:
        """name@version, written into every Detections."""
        ...

    @property
    def score_high(self) -> float:
        """The score from which a detection alone counts as seen."""
        ...

    @property
    def class_names(self) -> tuple[str, ...]:
        """The object classes it can see."""
        ...

    def detect(self, frame: Frame, regions_xyxy_px: np.ndarray | None = None) -> Detections:
        """All objects with score >= the card's ``score_min``, in pixels of the whole frame.

        ``regions_xyxy_px`` float32 (n, 4): look only there (None: everywhere).
        """
        ...


class Tracker(Protocol):
    """Follows objects through the frames of one camera. Track ids are never used twice, run after run."""

    def update(self, detections: Detections) -> TracksNow:
        """Take the detections of a frame later than the last one."""
        ...

    def hold(self, motion: MotionMap) -> TracksNow:
        """Take a frame that was not given to the detector because nothing moved in it: confirmed things stay
        where they were (``held``).
        """
        ...

    def finish(self) -> tuple[str, ...]:
        """End the run: every track ends, state is emptied; the ids that ended."""
        ...


class HealthProbe(Protocol):
    """Measures whether one camera's picture is still a picture of its place."""

    def look(self, frame: Frame) -> PictureHealth:
        """Cheap statistics of a frame (at most about 0.3 ms)."""
        ...

    def reset(self) -> None:
        """Forget the reference view."""
        ...
