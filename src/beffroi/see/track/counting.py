"""Who is in view now."""

from __future__ import annotations

from beffroi.vocabulary.picture import FrameRef, ObjectClass
from beffroi.vocabulary.time import seconds_to_ns
from beffroi.vocabulary.tracks import TracksNow, TrackState

SHOWN_S = 0.3
"""How long an unseen thing is still taken to be in view: one frame missed at 5 a second (our choice, ADR 20)."""
_SURE = 0.6
"""A newcomer seen with this score is counted at once, before its track is believed (our choice, ADR 20)."""
_BORDER = 0.01
"""An unseen thing this near to the picture's border, as a share of the picture, is taken to have left."""


def in_view(state: TrackState, now: TracksNow) -> bool:
    """Whether a track is believed to be in the picture: confirmed, and seen, held, or hidden for a moment only."""
    if not state.confirmed:
        return False
    if state.observed or state.held:
        return True
    recent = now.frame.captured_at - state.last_observed_at <= seconds_to_ns(SHOWN_S)
    return recent and not _at_border(state, now.frame)


def count_now(tracks: TracksNow, object_class: ObjectClass) -> int:
    """How many things of a class are in view at this frame.

    A count forgives a flash that an event would not: a strong newcomer is counted at its first sighting, so that the
    figure does not lag behind arrivals.
    """
    return sum(
        1
        for state in tracks.states
        if state.object_class is object_class
        and (in_view(state, tracks) or (state.observed and not state.confirmed and state.score >= _SURE))
    )


def _at_border(state: TrackState, frame: FrameRef) -> bool:
    x1, y1, x2, y2 = state.box_xyxy_px
    wide, high = frame.width_px, frame.height_px
    return x1 < _BORDER * wide or y1 < _BORDER * high or x2 > (1 - _BORDER) * wide or y2 > (1 - _BORDER) * high
