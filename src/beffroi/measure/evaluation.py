"""Run the product over a data set, exactly as live, and keep what an operator would have been shown.

The pipeline is handed in by whoever composes the house (``Analyse``): this room knows its results only.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from beffroi.judge.alerts import PolicySettings, Raise, consider
from beffroi.measure.raw import AlertRow, Box, ClipRun, CountRow, MotOutput, MotRow, RawOutput
from beffroi.measure.truth import NEEDS_NO_DRAWING, TrueRule, Truth
from beffroi.ports.situation import SituationSpec
from beffroi.see.track import count_now, in_view
from beffroi.vocabulary.camera import Camera, StreamKind, StreamSpec
from beffroi.vocabulary.errors import BeffroiError
from beffroi.vocabulary.judgement import Alert, Event
from beffroi.vocabulary.picture import FrameRef, ObjectClass
from beffroi.vocabulary.rules import Line, Rule, Situation, Zone
from beffroi.vocabulary.time import NS_PER_S
from beffroi.vocabulary.tracks import TracksNow

PURPOSE = "evaluation"
MAX_PROBLEM_TEXT = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenFrame:
    """What the pipeline made of one frame. ``frame`` may be smaller than the file's picture."""

    frame: FrameRef
    tracks: TracksNow | None
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipOrder:
    """What is to be run: the clip's file, as a camera with the rules of its truth."""

    path: Path
    camera: Camera
    rules: tuple[Rule, ...]


Analyse = Callable[[ClipOrder], Iterable[SeenFrame]]
CountStill = Callable[[Path], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an evaluation is, in clips and in seconds of video."""

    clip: str
    clips_done: int
    clips: int
    video_s_done: float
    video_s: float


@dataclass(slots=True, kw_only=True)
class Evaluator:
    """Runs clips one after the other. ``analysed_width_px`` is what the pipeline scales wider pictures to."""

    analyse: Analyse
    count_still: CountStill
    specs: Mapping[Situation, SituationSpec]
    analysed_fps: float
    analysed_width_px: int
    policy: PolicySettings = field(default_factory=PolicySettings)

    def run(self, truths: Sequence[Truth], tell: Callable[[Progress], None] = lambda _: None) -> RawOutput:
        """Every clip's raw output; a clip that fails is kept with its error and the others go on."""
        raw = RawOutput()
        total, done = sum(t.duration_s for t in truths), 0.0
        for number, truth in enumerate(truths):
            tell(Progress(clip=truth.clip_id, clips_done=number, clips=len(truths), video_s_done=done, video_s=total))
            wall, cpu, error = time.perf_counter(), time.process_time(), None
            rules = rules_of(truth, self.specs, self.analysed_width_px)
            try:
                self._one(truth, rules, raw)
            except BeffroiError as failure:
                error = str(failure)[:MAX_PROBLEM_TEXT]
            raw.clips.append(
                ClipRun(
                    clip=truth.clip_id,
                    situations=tuple(sorted({rule.situation.value for rule in rules})),
                    wall_s=time.perf_counter() - wall,
                    cpu_s=time.process_time() - cpu,
                    error=error,
                )
            )
            done += truth.duration_s
        tell(Progress(clip="", clips_done=len(truths), clips=len(truths), video_s_done=done, video_s=total))
        return raw

    def _one(self, truth: Truth, rules: tuple[Rule, ...], raw: RawOutput) -> None:
        for still in truth.stills:
            if still.count is not None:
                people = self.count_still(truth.path.parent / still.file)
                raw.counts.append(CountRow(clip=truth.clip_id, t_s=0.0, count=people, still=still.file))
        if truth.clip is None:
            return
        order = ClipOrder(path=truth.clip, camera=camera_of(truth, self.analysed_fps), rules=rules)
        note = _ClipNotes(truth, rules, self.policy)
        for seen in self.analyse(order):
            note.take(seen)
        raw.alerts.extend(note.alerts)
        raw.counts.extend(note.counts)
        raw.tracks[truth.clip_id] = note.mot()


class _ClipNotes:
    """Turns one clip's frames into rows: alerts after the policy, counts each second, people's boxes."""

    def __init__(self, truth: Truth, rules: Sequence[Rule], policy: PolicySettings) -> None:
        self._truth, self._policy = truth, policy
        self._rules = {rule.rule_id: rule for rule in rules}
        self._drawn = {rule.rule_id for rule in truth.rules}
        self._recent: list[Alert] = []
        self._ids: dict[str, int] = {}
        self._frames: list[int] = []
        self._rows: list[MotRow] = []
        self.alerts: list[AlertRow] = []
        self.counts: list[CountRow] = []

    def take(self, seen: SeenFrame) -> None:
        for event in seen.events:
            self._event(event)
        if seen.tracks is None:
            return
        at_s = seen.frame.media_time_ns / NS_PER_S
        people = count_now(seen.tracks, ObjectClass.PERSON)
        self.counts.append(CountRow(clip=self._truth.clip_id, t_s=round(at_s, 3), count=people))
        self._people(seen.frame, seen.tracks)

    def _event(self, event: Event) -> None:
        rule = self._rules[event.rule_id]
        outcome = consider(event, rule=rule, recent=self._recent, settings=self._policy, now=event.met_at)
        if not isinstance(outcome, Raise):
            return
        self._recent.append(outcome.alert)
        begun_before_s = (event.met_at - event.started_at) / NS_PER_S
        row = AlertRow(
            clip=self._truth.clip_id,
            situation=event.situation.value,
            rule=event.rule_id if event.rule_id in self._drawn else None,
            raised_at_s=round(event.media_time_s, 3),
            started_at_s=round(event.media_time_s - begun_before_s, 3),
            box_px=self._in_file_pixels(event.box_xyxy_px, event.width_px),
            score=round(event.score, 4),
        )
        self.alerts.append(row)

    def _in_file_pixels(self, box: Box | None, width_px: int) -> Box | None:
        if box is None:
            return None
        scale = self._truth.width_px / width_px if self._truth.width_px else 1.0
        x1, y1, x2, y2 = (round(v * scale, 1) for v in box)
        return x1, y1, x2, y2

    def _people(self, frame: FrameRef, tracks: TracksNow) -> None:
        self._frames.append(frame.index + 1)
        for state in tracks.states:
            if state.object_class is not ObjectClass.PERSON or not in_view(state, tracks):
                continue
            box = self._in_file_pixels(state.box_xyxy_px, frame.width_px)
            if box is None:
                continue
            number = self._ids.setdefault(state.track_id, len(self._ids) + 1)
            xywh = (box[0], box[1], box[2] - box[0], box[3] - box[1])
            self._rows.append(MotRow(frame=frame.index + 1, track=number, xywh=xywh, score=state.score))

    def mot(self) -> MotOutput:
        return MotOutput(frames=tuple(self._frames), rows=tuple(self._rows))


def camera_of(truth: Truth, analysed_fps: float) -> Camera:
    """The clip as a camera."""
    stream = StreamSpec(kind=StreamKind.FILE, url=str(truth.clip), pace="fast")
    return Camera(camera_id=truth.clip_id, name=truth.clip_id, main=stream, analysed_fps=analysed_fps)


def rules_of(truth: Truth, specs: Mapping[Situation, SituationSpec], analysed_width_px: int) -> tuple[Rule, ...]:
    """The clip's rules among the situations that exist; undrawn ones run by default where they are labelled.

    Pixel parameters are scaled to the analysed picture when the file's is wider. A parameter that a situation
    does not know (written for another product) is left out.
    """
    scale = min(1.0, analysed_width_px / truth.width_px) if truth.width_px else 1.0
    drawn = [_rule(truth, true_rule, specs[true_rule.situation], scale) for true_rule in _known(truth, specs)]
    named = {rule.situation for rule in drawn}
    undrawn = sorted((truth.labelled & NEEDS_NO_DRAWING & set(specs)) - named)
    return tuple(drawn) + tuple(_default_rule(truth, situation) for situation in undrawn)


def _known(truth: Truth, specs: Mapping[Situation, SituationSpec]) -> Iterator[TrueRule]:
    return (rule for rule in truth.rules if rule.situation in specs and rule.situation in truth.labelled)


def _default_rule(truth: Truth, situation: Situation) -> Rule:
    return Rule(rule_id=situation.value, version=1, camera_id=truth.clip_id, situation=situation, purpose_id=PURPOSE)


def _rule(truth: Truth, raw: TrueRule, spec: SituationSpec, scale: float) -> Rule:
    known = {param.name for param in spec.params}
    params = {k: v * scale if k.endswith("_px") else v for k, v in raw.params.items() if k in known}
    across, down = truth.width_px, truth.height_px
    zone = tuple((x / across, y / down) for x, y in raw.polygon_px)
    line = tuple((x / across, y / down) for x, y in raw.line_px)
    return Rule(
        rule_id=raw.rule_id,
        version=1,
        camera_id=truth.clip_id,
        situation=raw.situation,
        purpose_id=PURPOSE,
        classes=tuple(ObjectClass(name) for name in raw.classes),
        zone=Zone(points=zone) if zone else None,
        line=Line(points=line) if line else None,
        allowed_direction=raw.allowed_direction,
        params=params,
    )
