"""Tracks: one thing followed through one run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from beffroi.vocabulary.arrays import Bools, Float32s, Int64s, checked
from beffroi.vocabulary.picture import FrameRef, ObjectClass
from beffroi.vocabulary.time import UtcNs


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """The whole life of one followed thing, as kept once it has ended (or so far).

    ``captured_at`` int64 (t,) UtcNs rising; ``boxes_xyxy_px`` float32 (t, 4); ``observed`` bool (t,), false
    where the box was predicted, not seen; ``scores`` float32 (t,). ``track_id`` is unique for ever.
    """

    track_id: str
    camera_id: str
    run_id: str
    object_class: ObjectClass
    captured_at: Int64s
    boxes_xyxy_px: Float32s
    observed: Bools
    scores: Float32s

    def __post_init__(self) -> None:
        t = len(self.captured_at)
        checked(self.captured_at, np.int64, (t,), "captured_at")
        checked(self.boxes_xyxy_px, np.float32, (t, 4), "boxes_xyxy_px")
        checked(self.observed, np.bool_, (t,), "observed")
        checked(self.scores, np.float32, (t,), "scores")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackState:
    """One followed thing at one analysed frame.

    ``box_xyxy_px`` is the smoothed box in frame pixels; ``observed`` is false when the tracker only predicts
    it (occlusion, or the motion gate found the place still: then ``held`` is true and the box is where the
    thing was last seen and still is). ``velocity_px_s`` is (vx, vy) of the box centre; ``first_seen_at`` and
    ``last_observed_at`` are instants of frames. ``confirmed``: seen often enough to be believed.
    """

    track_id: str
    object_class: ObjectClass
    box_xyxy_px: tuple[float, float, float, float]
    score: float
    observed: bool
    held: bool
    confirmed: bool
    velocity_px_s: tuple[float, float]
    first_seen_at: UtcNs
    last_observed_at: UtcNs

    @property
    def foot_px(self) -> tuple[float, float]:
        """Where the thing stands: the middle of the box's lower edge."""
        x1, _, x2, y2 = self.box_xyxy_px
        return (x1 + x2) / 2, y2

    @property
    def centre_px(self) -> tuple[float, float]:
        """The middle of the box."""
        x1, y1, x2, y2 = self.box_xyxy_px
        return (x1 + x2) / 2, (y1 + y2) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class TracksNow:
    """All tracks alive at one analysed frame, and those that ended with it (ids)."""

    frame: FrameRef
    states: tuple[TrackState, ...]
    ended: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureHealth:
    """Cheap statistics of one frame that tell whether the camera still sees.

    ``mean_luma`` in [0, 255], ``contrast`` = standard deviation of luma, ``sharpness`` = variance of the
    Laplacian on the grey picture scaled to 320 px wide, ``change`` = mean absolute luma difference to the
    previous analysed frame, ``edge_overlap`` in [0, 1] = share of the reference view's edges still in place
    (1.0 while no reference is learned), ``covered_share`` in [0, 1] = share of the picture without texture
    where the reference had some.
    """

    frame: FrameRef
    mean_luma: float
    contrast: float
    sharpness: float
    change: float
    edge_overlap: float
    covered_share: float
