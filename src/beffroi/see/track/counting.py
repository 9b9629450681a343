"""Who is in view now."""

from __future__ import annotations

from beffroi.vocabulary.picture import ObjectClass
from beffroi.vocabulary.time import seconds_to_ns
from beffroi.vocabulary.tracks import TracksNow, TrackState

SHOWN_S = 0.5
"""How long an unseen thing is still taken to be in view (our choice, ADR 20)."""


def in_view(state: TrackState, now: TracksNow) -> bool:
    """Whether a track is believed to be in the picture: confirmed, and seen, held, or unseen for a moment only."""
    if not state.confirmed:
        return False
    if state.observed or state.held:
        return True
    return now.frame.captured_at - state.last_observed_at <= seconds_to_ns(SHOWN_S)


def count_now(tracks: TracksNow, object_class: ObjectClass) -> int:
    """How many things of a class are in view at this frame."""
    return sum(1 for state in tracks.states if state.object_class is object_class and in_view(state, tracks))
