"""One camera's analysis, frame by frame: gate → detector → tracker → situations. No thread, no clock, no I/O.

Live cameras, files and evaluation run this same class. Its three strokes can be called apart, so that a file's
frames are looked at and detected on several cores; each stroke keeps its own order of frames.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import thread_time_ns

from beffroi.judge.watching import RuleFailure
from beffroi.ports.situation import Moment, SituationSpec
from beffroi.ports.vision import Detector, HealthProbe
from beffroi.run.messages import AuthorisedRule
from beffroi.run.rulebook import RuleBook
from beffroi.run.settings import AnalysisSettings
from beffroi.see.health import HealthStats
from beffroi.see.motion import GatePolicy, MogGate
from beffroi.see.track import ByteTracker, TrackSettings
from beffroi.vocabulary.camera import CameraStatus
from beffroi.vocabulary.judgement import Event
from beffroi.vocabulary.picture import Detections, Frame, MotionMap
from beffroi.vocabulary.rules import Situation
from beffroi.vocabulary.time import UtcNs, seconds_to_ns
from beffroi.vocabulary.tracks import PictureHealth, TracksNow

STAGES = ("gate", "health", "detect", "track", "judge")


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A frame after the first stroke: where it moves, how the picture is.

    ``motion`` is None when no rule needs tracks, ``health`` when it was not due. ``moves``: the detector is surely due;
    otherwise only the last stroke, which knows the tracks, can tell.
    """

    frame: Frame
    motion: MotionMap | None
    health: PictureHealth | None
    moves: bool
    stage_ns: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysed:
    """Everything known of one analysed frame. ``detections`` is None when the detector was not asked.

    ``tracks`` is None when no rule needs them. ``stage_ns`` is the CPU time each of STAGES took.
    """

    frame: Frame
    motion: MotionMap | None
    detections: Detections | None
    tracks: TracksNow | None
    health: PictureHealth | None
    events: tuple[Event, ...]
    stage_ns: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Senses:
    """The stateful parts of one camera's analysis."""

    gate: MogGate
    probe: HealthProbe
    tracker: ByteTracker
    policy: GatePolicy


class CameraPipeline:
    """One camera's analysis. Frames come in order; a frame of another run ends all tracks and episodes of the last."""

    def __init__(self, senses: Senses, detector: Detector, rules: RuleBook, settings: AnalysisSettings) -> None:
        self._senses, self._detector, self._rules = senses, detector, rules
        self._health_every_ns = seconds_to_ns(settings.health_every_s)
        self._follow_always = settings.follow_always
        self._look_run = self._judge_run = ""
        self._health_due_at = 0
        self._last_at: UtcNs | None = None
        self._tracks: TracksNow | None = None

    @property
    def detector(self) -> Detector:
        """The detector this camera is seen with."""
        return self._detector

    @property
    def counters(self) -> Mapping[str, float]:
        """The rules' running figures, named ``<rule_id>.<name>``."""
        return self._rules.counters

    def take_counts(self) -> dict[str, float]:
        """What the rules counted since this was last asked; only those of which counts may be kept."""
        return self._rules.take_counts()

    @property
    def failures(self) -> tuple[RuleFailure, ...]:
        """Rules that are not watched though they should be, and why."""
        return self._rules.failures

    @property
    def watched(self) -> tuple[str, ...]:
        """Ids of the rules at work."""
        return self._rules.watched

    def change_rules(self, rules: Sequence[AuthorisedRule], now: UtcNs) -> list[Event]:
        """Watch these rules from the next frame on; the events that end with those that go."""
        return self._rules.change(rules, now)

    def step(self, frame: Frame) -> Analysed:
        """Analyse the next frame."""
        return self.conclude(self.look(frame), None)

    def look(self, frame: Frame) -> Looked:
        """First stroke: motion and picture health."""
        ref = frame.ref
        if ref.run_id != self._look_run:
            self._look_run = ref.run_id
            self._senses.gate.reset()
            self._senses.probe.reset()
            self._health_due_at = 0
        started = thread_time_ns()
        follow = self._follow_always or self._rules.wants("tracks", ref.captured_at)
        motion = self._senses.gate.look(frame) if follow else None
        gated = thread_time_ns()
        health = None
        if ref.media_time_ns >= self._health_due_at and self._rules.wants("health", ref.captured_at):
            self._health_due_at = ref.media_time_ns + self._health_every_ns
            health = self._senses.probe.look(frame)
        moves = motion is not None and (not motion.warm or len(motion.regions_xyxy_px) > 0)
        spent = {"gate": gated - started, "health": thread_time_ns() - gated}
        return Looked(frame=frame, motion=motion, health=health, moves=moves, stage_ns=spent)

    def detect(self, looked: Looked) -> tuple[Detections, int]:
        """Second stroke: what the detector sees, and how long it took. Frames may be asked for in any order."""
        started = thread_time_ns()
        detections = self._detector.detect(looked.frame)
        return detections, thread_time_ns() - started

    def conclude(self, looked: Looked, detected: tuple[Detections, int] | None) -> Analysed:
        """Last stroke: tracks and situations.

        ``detected`` may be given where the frame moves; else the detector is asked here if it is due.
        """
        ref = looked.frame.ref
        closing = self._new_run(ref.run_id)
        due = looked.motion is not None and self._senses.policy.due(looked.motion, self._tracks, ref.media_time_ns)
        if due and detected is None:
            detected = self.detect(looked)
        detections, detect_ns = detected if due and detected is not None else (None, 0)
        started = thread_time_ns()
        self._tracks = self._follow(looked.motion, detections)
        tracked = thread_time_ns()
        moment = Moment(now=ref.captured_at, frame=ref, tracks=self._tracks, health=looked.health)
        events = (*closing, *self._rules.step(moment))
        self._last_at = ref.captured_at
        judged = thread_time_ns()
        spent = {"detect": detect_ns, "track": tracked - started, "judge": judged - tracked}
        return Analysed(
            frame=looked.frame,
            motion=looked.motion,
            detections=detections,
            tracks=self._tracks,
            health=looked.health,
            events=events,
            stage_ns=looked.stage_ns | spent,
        )

    def _follow(self, motion: MotionMap | None, detections: Detections | None) -> TracksNow | None:
        if detections is not None:
            return self._senses.tracker.update(detections, motion)
        return self._senses.tracker.hold(motion) if motion is not None else None

    def _new_run(self, run_id: str) -> Sequence[Event]:
        if run_id == self._judge_run:
            return ()
        first, self._judge_run = not self._judge_run, run_id
        self._senses.tracker.finish()
        self._senses.policy.reset()
        self._tracks = None
        return () if first or self._last_at is None else tuple(self._rules.finish(self._last_at))

    def tell(self, status: CameraStatus, now: UtcNs | None = None) -> list[Event]:
        """The camera's state, for lost is a situation too; ``now`` defaults to its ``since``."""
        return list(self._rules.step(Moment(now=status.since if now is None else now, frame=None, status=status)))

    def finish(self, now: UtcNs) -> list[Event]:
        """End of the stream, the camera or its authorisation: everything open ends."""
        self._senses.tracker.finish()
        self._look_run = self._judge_run = ""
        self._tracks = None
        return list(self._rules.finish(now))


def build_pipeline(
    camera_id: str,
    rules: Sequence[AuthorisedRule],
    detector: Detector,
    specs: Mapping[Situation, SituationSpec],
    settings: AnalysisSettings,
) -> CameraPipeline:
    """The analysis of one camera under its authorised rules; those that cannot be watched are in its ``failures``."""
    tracker = ByteTracker(camera_id, replace(TrackSettings(), score_high=detector.score_high))
    senses = Senses(gate=MogGate(), probe=HealthStats(), tracker=tracker, policy=GatePolicy())
    return CameraPipeline(senses, detector, RuleBook(rules, specs, model=detector.model), settings)
