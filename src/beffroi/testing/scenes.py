"""Little worlds with known truth: actors walk, stand, drive, hide; cameras drop and go blind. A real fake.

A scene is played at any frame rate: what happens depends on time alone, never on the frames.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import sin

from beffroi.ports.situation import Moment
from beffroi.vocabulary.camera import CameraReason, CameraStatus, WatchState
from beffroi.vocabulary.judgement import Box
from beffroi.vocabulary.picture import FrameRef, ObjectClass
from beffroi.vocabulary.time import UtcNs, seconds_to_ns
from beffroi.vocabulary.tracks import PictureHealth, TracksNow, TrackState

Span = tuple[float, float]
"""From (included) to (not included), in seconds of the scene."""

LOST_S = 2.0
"""A thing hidden for longer comes back under another track id, as with a real tracker."""

MIDNIGHT = UtcNs(1_767_222_000_000_000_000)
"""Where scenes begin unless they say otherwise: 2026-01-01 00:00 in Paris."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Where an actor's feet are at a time (pixels), and how tall it is there."""

    at_s: float
    x: float
    y: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """One thing. It is there from its first step to its last, moving straight in between.

    ``hidden``: spans in which nobody sees it; ``held``: spans in which the motion gate holds it in place;
    ``renamed_at``: instants at which the tracker gives it another id; ``tremble_px``: how much its box trembles.
    """

    name: str
    steps: tuple[Step, ...]
    object_class: ObjectClass = ObjectClass.PERSON
    shape: float = 0.4
    score: float = 0.8
    hidden: tuple[Span, ...] = ()
    held: tuple[Span, ...] = ()
    renamed_at: tuple[float, ...] = ()
    tremble_px: float = 0.0

    def box_at(self, t_s: float) -> Box | None:
        """Its box, uncut; None while it is not there."""
        if not self.steps[0].at_s <= t_s <= self.steps[-1].at_s:
            return None
        for before, after in zip(self.steps, self.steps[1:], strict=False):
            if before.at_s <= t_s <= after.at_s:
                span = after.at_s - before.at_s
                share = (t_s - before.at_s) / span if span > 0 else 1.0
                x, y = before.x + share * (after.x - before.x), before.y + share * (after.y - before.y)
                height = before.height + share * (after.height - before.height)
                x += self.tremble_px * sin(17.0 * t_s + len(self.name))
                y += self.tremble_px * sin(23.0 * t_s + 2 * len(self.name))
                half = height * self.shape / 2
                return (x - half, y - height, x + half, y)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Impairment:
    """The picture is ill for a while: black, dazzled, frozen, masked, blurred or moved."""

    cause: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A place with its actors. ``drops``: spans without video, after which another run begins."""

    duration_s: float
    actors: tuple[Actor, ...] = ()
    drops: tuple[Span, ...] = ()
    impairments: tuple[Impairment, ...] = ()
    camera_id: str = "cam-1"
    width_px: int = 640
    height_px: int = 480
    starts_at: UtcNs = MIDNIGHT

    def at(self, t_s: float) -> UtcNs:
        """The instant of a time of the scene."""
        return UtcNs(self.starts_at + seconds_to_ns(t_s))


def person(name: str, *path: tuple[float, float, float], height: float = 100.0) -> Actor:
    """Someone who goes through points (t, x, y) at one height."""
    return Actor(name=name, steps=tuple(Step(at_s=t, x=x, y=y, height=height) for t, x, y in path))


def vehicle(name: str, *path: tuple[float, float, float], height: float = 80.0) -> Actor:
    """A car that goes through points (t, x, y)."""
    steps = tuple(Step(at_s=t, x=x, y=y, height=height) for t, x, y in path)
    return Actor(name=name, steps=steps, object_class=ObjectClass.VEHICLE, shape=1.6)


def play(scene: Scene, fps: float) -> Iterator[Moment]:
    """What the situations get, frame by frame; during a drop only the camera's status speaks, once a second."""
    player = _Player(scene)
    frames = int(scene.duration_s * fps + 1e-6) + 1
    told_s = -1.0
    for number in range(frames):
        t_s = number / fps
        if _within(t_s, scene.drops):
            player.drop()
            if t_s - told_s >= 1.0:
                told_s = t_s
                yield player.lost(t_s)
            continue
        yield player.frame(t_s)


@dataclass(slots=True)
class _Player:
    """Plays one scene: keeps the run, the frame's number and what the tracker calls each actor."""

    scene: Scene
    run: int = 1
    index: int = 0
    run_began_s: float | None = None
    dropped: bool = False
    first_seen: dict[str, float] = field(default_factory=dict)
    last_seen: dict[str, float] = field(default_factory=dict)
    track: dict[str, str] = field(default_factory=dict)
    names_given: int = 0

    def drop(self) -> None:
        if not self.dropped:
            self.dropped = True
            self.run, self.index, self.run_began_s = self.run + 1, 0, None
            for known in (self.first_seen, self.last_seen, self.track):
                known.clear()

    def lost(self, t_s: float) -> Moment:
        status = CameraStatus(
            camera_id=self.scene.camera_id,
            state=WatchState.NOT_WATCHED,
            reason=CameraReason.LOST,
            since=self.scene.at(t_s),
        )
        return Moment(now=self.scene.at(t_s), frame=None, status=status)

    def frame(self, t_s: float) -> Moment:
        self.dropped = False
        if self.run_began_s is None:
            self.run_began_s = t_s
        now = self.scene.at(t_s)
        ref = FrameRef(
            camera_id=self.scene.camera_id,
            run_id=f"{self.scene.camera_id}-run-{self.run}",
            index=self.index,
            media_time_ns=seconds_to_ns(t_s - self.run_began_s),
            captured_at=now,
            captured_at_error_ns=0,
            width_px=self.scene.width_px,
            height_px=self.scene.height_px,
        )
        self.index += 1
        states: list[TrackState] = []
        ended: list[str] = []
        for actor in self.scene.actors:
            state = self._state(actor, t_s, ended)
            if state is not None:
                states.append(state)
        tracks = TracksNow(frame=ref, states=tuple(states), ended=tuple(ended))
        return Moment(now=now, frame=ref, tracks=tracks, health=_health(self.scene, t_s, ref))

    def _state(self, actor: Actor, t_s: float, ended: list[str]) -> TrackState | None:
        box = actor.box_at(t_s)
        seen = box is not None and not _within(t_s, actor.hidden) and self._in_picture(box)
        last_s = self.last_seen.get(actor.name)
        renamed = last_s is not None and any(last_s < at <= t_s for at in actor.renamed_at)
        if last_s is not None and (renamed or t_s - last_s > LOST_S or (box is None and not seen)):
            ended.append(self.track.pop(actor.name))
            del self.last_seen[actor.name], self.first_seen[actor.name]
            last_s = None
        if seen:
            if last_s is None:
                self.names_given += 1
                self.track[actor.name] = f"{self.run}:{self.names_given}:{actor.name}"
                self.first_seen[actor.name] = t_s
            self.last_seen[actor.name] = last_s = t_s
        if last_s is None:
            return None
        shown = actor.box_at(last_s)
        if shown is None:
            return None
        held = seen and _within(t_s, actor.held)
        return TrackState(
            track_id=self.track[actor.name],
            object_class=actor.object_class,
            box_xyxy_px=shown,
            score=actor.score,
            observed=seen and not held,
            held=held,
            confirmed=True,
            velocity_px_s=_velocity(actor, last_s),
            first_seen_at=self.scene.at(self.first_seen[actor.name]),
            last_observed_at=self.scene.at(last_s),
        )

    def _in_picture(self, box: Box) -> bool:
        """At least half of it is."""
        wide = min(box[2], self.scene.width_px) - max(box[0], 0.0)
        high = min(box[3], self.scene.height_px) - max(box[1], 0.0)
        return wide > 0 and high > 0 and wide * high >= 0.5 * (box[2] - box[0]) * (box[3] - box[1])


def _velocity(actor: Actor, t_s: float) -> tuple[float, float]:
    before, after = actor.box_at(t_s - 0.1), actor.box_at(t_s)
    if before is None or after is None:
        return (0.0, 0.0)
    return ((after[0] + after[2] - before[0] - before[2]) / 0.2, (after[3] - before[3]) / 0.1)


def _within(t_s: float, spans: tuple[Span, ...]) -> bool:
    return any(start <= t_s < end for start, end in spans)


def _health(scene: Scene, t_s: float, ref: FrameRef) -> PictureHealth:
    """A sound picture's figures, or those of what ails it."""
    sound = {
        "mean_luma": 110.0 + 3.0 * sin(t_s),
        "contrast": 50.0,
        "sharpness": 400.0 + 20.0 * sin(3.0 * t_s),
        "change": 1.5,
        "edge_overlap": 0.9,
        "covered_share": 0.05,
    }
    ill: dict[str, dict[str, float]] = {
        "black": {"mean_luma": 12.0, "contrast": 2.0, "sharpness": 1.0, "edge_overlap": 0.0, "covered_share": 1.0},
        "dazzled": {"mean_luma": 245.0, "contrast": 10.0, "sharpness": 5.0, "edge_overlap": 0.05},
        "frozen": {"change": 0.0},
        "masked": {"contrast": 15.0, "sharpness": 30.0, "edge_overlap": 0.05, "covered_share": 0.95},
        "blurred": {"sharpness": 40.0, "edge_overlap": 0.5},
        "moved": {"edge_overlap": 0.1},
    }
    for impairment in scene.impairments:
        if _within(t_s, (impairment.span,)):
            sound |= ill[impairment.cause]
    return PictureHealth(frame=ref, **sound)
