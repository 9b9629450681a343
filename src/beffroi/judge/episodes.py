"""Episodes: an event begins once, is updated at most once a second, and ends once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid5

from beffroi.vocabulary.judgement import Box, Event, EventPhase
from beffroi.vocabulary.picture import FrameRef
from beffroi.vocabulary.rules import Rule
from beffroi.vocabulary.time import NS_PER_S, UtcNs, ns_to_seconds

NAMESPACE = UUID("6f1d2a52-3e0c-5f0e-9a53-0b1f6c0d7a11")
"""Root of all ids made here; never changed, so that a replay gives the same ids."""

MOST_TRACKS = 64
"""Track ids kept for one episode: a crowd's event stays small. Source: our choice."""

UPDATE_EVERY_NS = NS_PER_S
"""At most one update a second an episode (the port's contract)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What shows, now, that an episode holds. ``started_at`` is when its condition began to hold."""

    started_at: UtcNs
    track_ids: tuple[str, ...] = ()
    box: Box | None = None
    score: float = 1.0
    facts: Mapping[str, float | str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class _Open:
    """An episode that has begun."""

    event_id: str
    started_at: UtcNs
    met_at: UtcNs
    held_at: UtcNs
    told_at: UtcNs
    track_ids: tuple[str, ...]
    sighting: Sighting


def event_id_of(rule: Rule, run_id: str, started_at: UtcNs, key: str) -> str:
    """The id of an episode: the same rule version, run, start and key give the same id, always."""
    return str(uuid5(NAMESPACE, "|".join((rule.rule_id, str(rule.version), run_id, str(started_at), key))))


class Episodes:
    """The open episodes of one rule, by key. Says BEGUN, UPDATED and ENDED; keeps nothing once all have ended."""

    def __init__(self, rule: Rule, *, model: str) -> None:
        self._rule = rule
        self._model = model
        self._open: dict[str, _Open] = {}
        self._frame: FrameRef | None = None

    def at(self, frame: FrameRef | None) -> None:
        """The frame that is being judged: events name its run and size (none: those of the last one)."""
        if frame is not None:
            self._frame = frame

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of the open episodes."""
        return tuple(self._open)

    def held_at(self, key: str) -> UtcNs | None:
        """When an open episode was last seen to hold."""
        episode = self._open.get(key)
        return episode.held_at if episode else None

    def started_at(self, key: str) -> UtcNs | None:
        """When an open episode's condition began to hold."""
        episode = self._open.get(key)
        return episode.started_at if episode else None

    def hold(self, key: str, sighting: Sighting, now: UtcNs) -> list[Event]:
        """The condition holds now: BEGUN the first time, then UPDATED at most once a second."""
        episode = self._open.get(key)
        if episode is None:
            run_id = self._frame.run_id if self._frame else ""
            episode = _Open(
                event_id=event_id_of(self._rule, run_id, sighting.started_at, key),
                started_at=sighting.started_at,
                met_at=now,
                held_at=now,
                told_at=now,
                track_ids=sighting.track_ids[:MOST_TRACKS],
                sighting=sighting,
            )
            self._open[key] = episode
            return [self._event(episode, EventPhase.BEGUN)]
        fresh = tuple(t for t in sighting.track_ids if t not in episode.track_ids)
        episode.track_ids = (episode.track_ids + fresh)[:MOST_TRACKS]
        episode.held_at, episode.sighting = now, sighting
        if now - episode.told_at < UPDATE_EVERY_NS:
            return []
        episode.told_at = now
        return [self._event(episode, EventPhase.UPDATED)]

    def end(self, key: str) -> list[Event]:
        """The episode is over; nothing when there is none of that key."""
        episode = self._open.pop(key, None)
        return [self._event(episode, EventPhase.ENDED)] if episode else []

    def end_all(self) -> list[Event]:
        """End every open episode, in the order they began, and forget the frame."""
        events = [event for key in self.keys for event in self.end(key)]
        self._frame = None
        return events

    def end_unheld(self, now: UtcNs, gap_ns: int) -> list[Event]:
        """End the episodes that nothing has shown for longer than ``gap_ns``."""
        late = [key for key, episode in self._open.items() if now - episode.held_at > gap_ns]
        return [event for key in late for event in self.end(key)]

    def _event(self, episode: _Open, phase: EventPhase) -> Event:
        frame = self._frame
        return Event(
            event_id=episode.event_id,
            camera_id=self._rule.camera_id,
            run_id=frame.run_id if frame else "",
            rule_id=self._rule.rule_id,
            rule_version=self._rule.version,
            situation=self._rule.situation,
            phase=phase,
            started_at=episode.started_at,
            met_at=episode.met_at,
            last_held_at=episode.held_at,
            media_time_s=ns_to_seconds(frame.media_time_ns) if frame else 0.0,
            track_ids=episode.track_ids,
            box_xyxy_px=episode.sighting.box,
            width_px=frame.width_px if frame else 0,
            height_px=frame.height_px if frame else 0,
            score=min(max(episode.sighting.score, 0.0), 1.0),
            model=self._model,
            facts=dict(episode.sighting.facts),
        )


def hull_of(boxes: Sequence[Box]) -> Box | None:
    """The smallest box around all; None when there is none."""
    if not boxes:
        return None
    left, top, right, low = zip(*boxes, strict=True)
    return (min(left), min(top), max(right), max(low))


def mean_score(scores: Iterable[float]) -> float:
    """The mean of the tracks' scores: what an event is worth until scores are calibrated."""
    given = list(scores)
    return sum(given) / len(given) if given else 0.0
