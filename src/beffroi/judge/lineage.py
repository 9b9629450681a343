"""Lineages: one thing, even when the tracker loses it for a moment and gives it another id."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from beffroi.vocabulary.judgement import Box
from beffroi.vocabulary.picture import ObjectClass
from beffroi.vocabulary.rules import Rule
from beffroi.vocabulary.time import UtcNs, ns_to_seconds, seconds_to_ns
from beffroi.vocabulary.tracks import TracksNow, TrackState

LINK_S = 1.5
"""A thing lost no longer than this may come back under another id. Source: our choice, ADR 31."""
LINK_SIZES = 0.6
"""How far from where it was expected it may come back, in its own heights. Source: our choice, ADR 31."""
ALIKE = 1.6
"""By what factor its height may have changed meanwhile. Source: our choice, ADR 31."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One thing seen (or known to be still there) at this moment. ``key`` outlives changes of the track id."""

    key: str
    state: TrackState

    @property
    def box(self) -> Box:
        """Its box in pixels of the frame."""
        return self.state.box_xyxy_px


@dataclass(slots=True, kw_only=True)
class _Last:
    """Where a lineage was last seen."""

    track_id: str
    object_class: ObjectClass
    box: Box
    velocity: tuple[float, float]
    seen_at: UtcNs


def classes_of(rule: Rule, default: Sequence[str]) -> frozenset[ObjectClass]:
    """The classes a rule watches: its own, or the situation's when it names none."""
    return frozenset(rule.classes) if rule.classes else frozenset(ObjectClass(name) for name in default)


class Lineages:
    """Gives each usable track a key that survives short losses. Holds only what was seen lately."""

    def __init__(self, classes: frozenset[ObjectClass]) -> None:
        self._classes = classes
        self._key_of: dict[str, str] = {}
        self._last: dict[str, _Last] = {}
        self._missed: set[str] = set()

    def clear(self) -> None:
        """Forget everything: another run, another world."""
        self._key_of.clear()
        self._last.clear()
        self._missed.clear()

    def step(self, tracks: TracksNow, now: UtcNs) -> list[Seen]:
        """The things of the watched classes that are there now: confirmed, and observed or held in place."""
        usable = list(self._usable(tracks))
        alive = {state.track_id for state in tracks.states}
        present = {self._key_of[s.track_id] for s in usable if s.track_id in self._key_of}
        seen: list[Seen] = []
        taken: set[str] = set()
        for state in usable:
            key = self._key_of.get(state.track_id)
            if key is None:
                key = self._heir_of(state, now, present) or state.track_id
            if key in taken:
                # The thing that was thought lost is back beside its heir: they were two.
                key = state.track_id
            self._key_of[state.track_id] = key
            present.add(key)
            taken.add(key)
            seen.append(Seen(key=key, state=state))
        for thing in seen:
            self._last[thing.key] = _Last(
                track_id=thing.state.track_id,
                object_class=thing.state.object_class,
                box=thing.box,
                velocity=thing.state.velocity_px_s,
                seen_at=now,
            )
        self._forget(alive, now)
        return seen

    def _usable(self, tracks: TracksNow) -> Iterator[TrackState]:
        """A thing is held in place only from where it was last seen: one that was missed while something moved there
        may have gone with it, and stillness afterwards does not bring it back. Seeing it does.
        """
        missed = {s.track_id for s in tracks.states if not s.observed and (not s.held or s.track_id in self._missed)}
        self._missed = missed
        for state in tracks.states:
            if state.confirmed and state.track_id not in missed and state.object_class in self._classes:
                yield state

    def _heir_of(self, state: TrackState, now: UtcNs, present: set[str]) -> str | None:
        """The lost lineage that this new track most probably goes on with."""
        best: tuple[float, str] | None = None
        for key, last in self._last.items():
            if key in present or now - last.seen_at > seconds_to_ns(LINK_S):
                continue
            if last.object_class is not state.object_class or state.first_seen_at < last.seen_at:
                continue
            gap = _gap_in_heights(last, state, now)
            if gap is not None and gap <= LINK_SIZES and (best is None or gap < best[0]):
                best = (gap, key)
        return best[1] if best else None

    def _forget(self, alive: set[str], now: UtcNs) -> None:
        late = seconds_to_ns(LINK_S)
        gone = [k for k, last in self._last.items() if now - last.seen_at > late and last.track_id not in alive]
        for key in gone:
            del self._last[key]
        kept = set(self._last)
        current = {last.track_id for last in self._last.values()}
        self._key_of = {t: k for t, k in self._key_of.items() if k in kept and (t in alive or t in current)}


def _gap_in_heights(last: _Last, state: TrackState, now: UtcNs) -> float | None:
    """How far a new track is from where a lost thing may be by now, in its heights; None when of another size.

    It may have stopped or gone on, so the nearer of both places counts.
    """
    old_height, height = last.box[3] - last.box[1], state.box_xyxy_px[3] - state.box_xyxy_px[1]
    if old_height <= 0 or height <= 0 or not 1 / ALIKE <= height / old_height <= ALIKE:
        return None
    span_s = ns_to_seconds(now - last.seen_at)
    x, y = state.foot_px
    stood_x, stood_y = (last.box[0] + last.box[2]) / 2, last.box[3]
    gone_x, gone_y = stood_x + last.velocity[0] * span_s, stood_y + last.velocity[1] * span_s
    nearest_px = min(float((x - px) ** 2 + (y - py) ** 2) for px, py in ((stood_x, stood_y), (gone_x, gone_y))) ** 0.5
    return float(nearest_px) / old_height
