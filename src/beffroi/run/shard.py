"""The cameras of one worker: their readers fill mailboxes, one analysis thread empties them, oldest first."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic, monotonic_ns, time_ns

import structlog

from beffroi.ports.registry import Registry
from beffroi.ports.situation import SituationSpec
from beffroi.ports.vision import Detector
from beffroi.run.camera import CameraLife
from beffroi.run.evidence import EvidenceWriter
from beffroi.run.mailbox import Due, Mailboxes
from beffroi.run.messages import CameraOrder, Counted, CountersNow, EventSeen, StatusChanged, WorkerMessage
from beffroi.run.pipeline import Analysed, build_pipeline
from beffroi.run.settings import RunSettings
from beffroi.vocabulary.authorisation import Output
from beffroi.vocabulary.camera import WatchState
from beffroi.vocabulary.errors import BeffroiError
from beffroi.vocabulary.judgement import Event, EventPhase
from beffroi.vocabulary.rules import Situation
from beffroi.vocabulary.time import UtcNs, seconds_to_ns

log = structlog.get_logger(__name__)

TICK_S = 0.1
_TOLD = frozenset({Output.ALERTS, Output.EVENTS})
TRY_AGAIN_S = 10.0
"""After a situation or the pipeline failed on a camera, it is begun anew so much later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardParts:
    """What a shard is made with. ``open_detector`` may take seconds; it is called once, in the analysis thread.

    ``sources`` offers foreign sources; None: there are only ours.
    """

    settings: RunSettings
    specs: Mapping[Situation, SituationSpec]
    open_detector: Callable[[], Detector]
    evidence: EvidenceWriter
    send: Callable[[WorkerMessage], None]
    on_analysed: Callable[[str, Analysed], None]
    on_gone: Callable[[str], None]
    sources: Registry | None = None


class Shard:
    """Some cameras, analysed by one thread. Orders may come from any thread and take effect in that one."""

    def __init__(self, parts: ShardParts) -> None:
        self._parts, self._settings = parts, parts.settings
        self._lives: dict[str, CameraLife] = {}
        self._mail = Mailboxes(seconds_to_ns(parts.settings.late_after_s))
        self._orders: queue.SimpleQueue[CameraOrder | str] = queue.SimpleQueue()
        self._detector: Detector | None = None
        self._model_missing = ""
        self._failed_at: dict[str, float] = {}
        self._told_at: dict[str, float] = {}
        self._stopping = threading.Event()
        self._tick_at = self._count_at = 0.0
        self.alive_at = monotonic()
        self._thread = threading.Thread(target=self._run, name="analysis", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def order(self, order: CameraOrder) -> None:
        """Take the wanted state of one camera."""
        self._orders.put(order)

    def drop(self, camera_id: str) -> None:
        """Take a camera away."""
        self._orders.put(camera_id)

    def life(self, camera_id: str) -> CameraLife | None:
        """A camera, for stills and live views."""
        return self._lives.get(camera_id)

    @property
    def camera_count(self) -> int:
        """How many cameras it has."""
        return len(self._lives)

    @property
    def detector(self) -> Detector | None:
        """The detector, once it is open."""
        return self._detector

    def stop(self, timeout_s: float) -> None:
        """Let go of every camera."""
        self._stopping.set()
        self._mail.close()
        self._thread.join(timeout_s)
        for life in list(self._lives.values()):
            life.stop()

    def _run(self) -> None:
        self._take_orders()  # streams open while the detector does
        try:
            self._detector = self._parts.open_detector()
        except Exception as error:  # a foreign detector may raise anything; what hinders it is shown, not lost
            foreseen = isinstance(error, BeffroiError)
            self._model_missing = str(error) if foreseen else f"the detector broke at its start: {error!r}"[:300]
            log.error("detector_missing", cause=self._model_missing)
        while not self._stopping.is_set():
            self.alive_at = monotonic()
            self._take_orders()
            due = self._mail.take(TICK_S)
            if due is not None:
                self._analyse(due)
            if monotonic() >= self._tick_at:
                self._tick_at = monotonic() + TICK_S
                self._tick()
        for life in self._lives.values():
            self._end_analysis(life)

    def _take_orders(self) -> None:
        while True:
            try:
                order = self._orders.get_nowait()
            except queue.Empty:
                return
            if isinstance(order, str):
                self._let_go(order)
                continue
            life = self._lives.get(order.camera.camera_id)
            if life is not None and life.order.camera == order.camera:
                life.with_order(order)
                self._failed_at.pop(life.camera_id, None)
                continue
            self._let_go(order.camera.camera_id)
            life = CameraLife(order, self._settings, self._mail.put, self._parts.sources)
            self._lives[life.camera_id] = life
            life.start()

    def _let_go(self, camera_id: str) -> None:
        life = self._lives.pop(camera_id, None)
        if life is None:
            return
        life.stop()
        self._parts.on_gone(camera_id)
        self._end_analysis(life)
        self._parts.evidence.hurry(camera_id)
        self._mail.forget([camera_id])
        self._failed_at.pop(camera_id, None)

    def _end_analysis(self, life: CameraLife) -> None:
        life.active = ()
        life.steer()
        if life.pipeline is not None:
            self._tell_counts(life)
            self._tell_events(life, life.pipeline.finish(UtcNs(time_ns())), None)
            life.pipeline = None
        life.impaired = ""

    def _analyse(self, due: Due) -> None:
        life = self._lives.get(due.camera_id)
        if life is None:
            self._mail.forget([due.camera_id])  # a last frame of a camera that has gone
            return
        self._authorise(life)
        if life.pipeline is not None:
            try:
                result = life.pipeline.step(due.frame)
            except Exception as error:  # one camera's plug-in or picture must not stop the others
                self._failed(life, error)
            else:
                life.analysed(result)
                self._tell_events(life, result.events, result)
                if any(Output.TRACKS in authorised.outputs for authorised in life.active):
                    self._parts.on_analysed(life.camera_id, result)
        self._mail.done(due, monotonic_ns())

    def _failed(self, life: CameraLife, error: Exception) -> None:
        log.error("analysis_failed", camera_id=life.camera_id, exc_info=error)
        self._tell_counts(life)
        life.plugin_failed = f"analysis failed ({type(error).__name__}): begun anew in {TRY_AGAIN_S:.0f} s"
        life.pipeline, life.active = None, ()
        self._failed_at[life.camera_id] = monotonic()

    def _authorise(self, life: CameraLife) -> None:
        """Let exactly the rules in force run; the first thing before any frame is looked at."""
        active = life.in_force(UtcNs(time_ns()))
        if active == life.active:
            return
        if not active:
            self._end_analysis(life)
            return
        failed = self._failed_at.get(life.camera_id)
        if self._detector is None or (failed is not None and monotonic() - failed < TRY_AGAIN_S):
            life.model_missing = self._model_missing
            return
        try:
            if life.pipeline is None:
                life.pipeline = build_pipeline(
                    life.camera_id, active, self._detector, self._parts.specs, self._settings.analysis
                )
            else:
                self._tell_events(life, life.pipeline.change_rules(active, UtcNs(time_ns())), None)
        except Exception as error:  # a foreign part may raise anything; the other cameras go on
            self._failed(life, error)
            life.plugin_failed = str(error) if isinstance(error, BeffroiError) else life.plugin_failed
            return
        life.active, life.plugin_failed = active, ""
        life.steer()

    def _tell_events(self, life: CameraLife, events: Sequence[Event], seen: Analysed | None) -> None:
        unseen = {authorised.rule.rule_id for authorised in life.active if not authorised.alerts}
        counted = {authorised.rule.rule_id for authorised in life.active if not authorised.outputs & _TOLD}
        for event in events:
            if event.rule_id in counted:
                continue  # counts only: nothing that happened to somebody leaves this process
            self._parts.send(EventSeen(event=event))
            if event.phase is EventPhase.BEGUN and event.rule_id not in unseen:
                frame, motion = (seen.frame, seen.motion) if seen is not None else (None, None)
                self._parts.evidence.begun(event, frame, life.span, life.redaction, motion)

    def _tick(self) -> None:
        count = monotonic() >= self._count_at
        if count:
            self._count_at = monotonic() + self._settings.beat_s
        for life in list(self._lives.values()):
            self._authorise(life)
            life.steer()
            tally = self._mail.tally(life.camera_id)
            if count:
                life.note_tally(tally)
            status = life.judge_state(self._parts.evidence.full)
            if status is not None:
                self._parts.send(StatusChanged(status=status))
            self._tell_pipeline(life, changed=status is not None)
            if count:
                self._parts.send(CountersNow(camera_id=life.camera_id, **life.running_figures(tally)))
                self._tell_counts(life)

    def _tell_counts(self, life: CameraLife) -> None:
        """Tell what was counted since the last time: a worker that begins anew begins from nothing, not from before."""
        added = life.pipeline.take_counts() if life.pipeline is not None else {}
        if added:
            self._parts.send(Counted(camera_id=life.camera_id, added=added))

    def _tell_pipeline(self, life: CameraLife, *, changed: bool) -> None:
        """Situations hear of each change of state, and once a second while the camera is not simply watched."""
        if life.pipeline is None or life.status is None:
            return
        troubled = life.status.state is not WatchState.WATCHED
        if changed or (troubled and monotonic() - self._told_at.get(life.camera_id, 0.0) >= 1.0):
            self._told_at[life.camera_id] = monotonic()
            events = life.pipeline.tell(life.status, UtcNs(time_ns()))
            life.note_impairment(events)
            self._tell_events(life, events, None)
