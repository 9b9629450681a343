"""How things are followed: every span in seconds, so that the frame rate does not matter."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterSettings:
    """Noises of the constant-velocity filter, in sizes of the thing (square root of its box's surface).

    ``seen_noise`` and ``seen_size_noise``: how far off a detector's box is (place, and sides). ``drift``: change of
    speed in sizes per second within a second. ``first_speed``: how fast a new thing may move, sizes per second.
    ``size_drift``, ``first_size_speed``: the same for the sides. ``coast_s``: a thing no longer seen loses its speed
    with this time constant.
    """

    seen_noise: float = 0.05
    seen_size_noise: float = 0.1
    drift: float = 0.3
    size_drift: float = 0.05
    first_speed: float = 1.0
    first_size_speed: float = 0.05
    coast_s: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackSettings:
    """Defaults for a street camera at 1 to 25 analysed frames a second. Source of each: ADR 20.

    ``score_high`` is the detector's own (``Detector.score_high``). Detections from ``score_low`` to ``score_high`` can
    only continue a track; those above can begin one. ``same_iou``, ``low_iou``: least overlap with the predicted box
    for strong and weak detections; ``far_iou`` the same for the last search, with boxes grown by ``far_grow`` standard
    deviations of the filter. ``direction_weight``: how much a turn against the track's own way costs. ``other_class``:
    factor on the overlap of two classes that detectors confuse. A track is believed after ``confirm_hits`` sightings
    over at least ``confirm_s`` when its best score reached ``score_high + sure_margin``, over ``slow_confirm_s`` when
    not; an unbelieved one ends after ``doubt_s`` unseen. ``lost_s``: how long a thing that moved is searched for;
    ``still_lost_s`` the same while its place is still. ``weak_s``: how long after its last sighting a weak detection
    may still continue a track. ``twin_iou``: a detection overlapping a followed box so much begins no other track.
    ``believed_first``: tracks not yet believed are offered only what believed ones left.
    """

    score_high: float = 0.5
    score_low: float = 0.1
    sure_margin: float = 0.2
    slow_confirm_s: float = 1.5
    same_iou: float = 0.1
    low_iou: float = 0.5
    far_iou: float = 0.05
    far_grow: float = 1.5
    direction_weight: float = 0.3
    other_class: float = 0.7
    confirm_hits: int = 2
    confirm_s: float = 0.15
    doubt_s: float = 0.3
    lost_s: float = 2.0
    still_lost_s: float = 8.0
    weak_s: float = 0.5
    twin_iou: float = 0.7
    believed_first: bool = True
    filter: FilterSettings = FilterSettings()

    def __post_init__(self) -> None:
        if not 0 <= self.score_low <= self.score_high <= 1:
            raise ValueError(f"scores must satisfy 0 <= low <= high <= 1, got {self.score_low} and {self.score_high}")
        if self.confirm_hits < 1:
            raise ValueError(f"confirm_hits is {self.confirm_hits}; a track needs at least one sighting")
        if min(self.doubt_s, self.lost_s, self.still_lost_s, self.weak_s, self.confirm_s) < 0:
            raise ValueError("spans cannot be negative")
