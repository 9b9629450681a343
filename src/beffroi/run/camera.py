"""One camera's life in a worker: its two streams, its pipeline, its state."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import monotonic_ns, time_ns

from beffroi.keep.privacy import burn
from beffroi.keep.stills import jpeg
from beffroi.ports.registry import Registry
from beffroi.ports.source import Packet, StreamInfo
from beffroi.run.mailbox import Tally
from beffroi.run.messages import AuthorisedRule, CameraOrder, Redaction
from beffroi.run.pipeline import STAGES, Analysed, CameraPipeline
from beffroi.run.reader import ReadSettings, StreamReader
from beffroi.run.settings import RunSettings
from beffroi.run.state import LATE_SHARE, Facts, Link, state_of
from beffroi.sense.decoding import StreamDecoder
from beffroi.vocabulary.camera import CameraReason, CameraStatus
from beffroi.vocabulary.errors import BeffroiError, SourceLostError
from beffroi.vocabulary.judgement import Event, EventPhase
from beffroi.vocabulary.picture import Frame
from beffroi.vocabulary.rules import Situation
from beffroi.vocabulary.time import NS_PER_S, UtcNs, seconds_to_ns

WINDOW_NS = 10 * NS_PER_S
FRESH_STILL_NS = 2 * NS_PER_S
SUBSTREAM_PATIENCE_NS = 3 * NS_PER_S
"""How long a substream may take at the start before the main stream is analysed instead. Source: ADR 51."""

FrameTaker = Callable[[Frame, str, int], None]


@dataclass(slots=True)
class StageSums:
    """What one camera's analysis has cost since the start, milliseconds of each stage, and how often."""

    analysed: int = 0
    detected: int = 0
    milliseconds: dict[str, float] | None = None

    def add(self, result: Analysed) -> None:
        """Count one frame."""
        self.analysed += 1
        self.detected += result.detections is not None
        sums = self.milliseconds = self.milliseconds or dict.fromkeys(STAGES, 0.0)
        for stage, spent in result.stage_ns.items():
            sums[stage] += spent / 1e6


class CameraLife:
    """What a worker keeps of one camera. Readers run in threads of their own; everything else belongs to the analysis
    thread, except ``still`` and ``tap``, which any thread may call.
    """

    def __init__(
        self, order: CameraOrder, settings: RunSettings, on_frame: FrameTaker, sources: Registry | None = None
    ) -> None:
        self.order, self._settings = order, settings
        self.pipeline: CameraPipeline | None = None
        self.active: tuple[AuthorisedRule, ...] = ()
        self.sums = StageSums()
        self.model_missing = self.plugin_failed = self.impaired = ""
        self.status: CameraStatus | None = None
        self._newest: tuple[Frame, int] | None = None
        self._analysed_since: int | None = None
        self._window: deque[tuple[int, Tally]] = deque()
        self._started_at = monotonic_ns()
        self._late_share = self._analysed_fps = 0.0
        camera = order.camera
        self.camera_id = camera.camera_id
        read = ReadSettings(
            camera_id=camera.camera_id,
            analysed_fps=camera.analysed_fps,
            max_width_px=settings.analysis.max_width_px,
            evidence=settings.evidence,
            sources=sources,
            masks=camera.masks,
        )

        def forward(frame: Frame, due_at: int) -> None:
            on_frame(frame, camera.camera_id, due_at)

        self.main = StreamReader(camera.main, read, forward, "main")
        self.sub = StreamReader(camera.sub, read, forward, "sub") if camera.sub is not None else None
        self._steer_lock = threading.Lock()

    @property
    def readers(self) -> tuple[StreamReader, ...]:
        """Its streams, main first."""
        return (self.main,) if self.sub is None else (self.main, self.sub)

    @property
    def redaction(self) -> Redaction:
        """What is taken out of its pictures."""
        return Redaction(masks=self.order.camera.masks, blur=self.order.camera.blur)

    def start(self) -> None:
        """Begin to read, if the camera is enabled."""
        if self.order.camera.enabled:
            for reader in self.readers:
                reader.start()

    def stop(self) -> None:
        """Let go of the streams."""
        for reader in self.readers:
            reader.stop()

    def in_force(self, now: UtcNs) -> tuple[AuthorisedRule, ...]:
        """The rules that may run at this instant."""
        if self.order.refused or not self.order.camera.enabled:
            return ()
        return tuple(r for r in self.order.rules if r.rule.enabled and r.authorisation_id and now < r.valid_until)

    def steer(self) -> None:
        """Decide which stream is decoded: the substream while it comes, else the main one; none without a rule."""
        wanted = bool(self.active)
        use_sub = self.sub is not None and self._substream_serves()
        for reader, chosen in ((self.sub, use_sub), (self.main, not use_sub)):
            if reader is None:
                continue
            if wanted and chosen:
                reader.decoding.set()
            else:
                reader.decoding.clear()

    def _substream_serves(self) -> bool:
        assert self.sub is not None
        if self.sub.link is Link.UP:
            return True
        starting = self.sub.link is Link.STARTING and monotonic_ns() - self._started_at < SUBSTREAM_PATIENCE_NS
        return starting or self.main.link is not Link.UP

    def analysed(self, result: Analysed) -> None:
        """Note what the pipeline said of a frame."""
        self._newest = (result.frame, monotonic_ns())
        self._analysed_since = monotonic_ns()
        self.sums.add(result)
        self.note_impairment(result.events)

    def note_impairment(self, events: Sequence[Event]) -> None:
        """Remember whether a rule says that this camera's picture is impaired, and how."""
        for event in events:
            if event.situation is Situation.CAMERA_IMPAIRED:
                over = event.phase is EventPhase.ENDED
                self.impaired = "" if over else str(event.facts.get("reason", event.situation.value))

    def running_figures(self, tally: Tally) -> dict[str, dict[str, float]]:
        """What CountersNow tells: the rules' counters, and the run's figures since the start."""
        figures = {
            "due": float(tally.due),
            "late": float(tally.late),
            "analysed": float(self.sums.analysed),
            "detected": float(self.sums.detected),
            "packets": float(sum(r.packets_seen for r in self.readers)),
            "read_ms": sum(r.cpu_ns - r.decode_ns for r in self.readers) / 1e6,
            "decode_ms": sum(r.decode_ns for r in self.readers) / 1e6,
            **{f"{stage}_ms": ms for stage, ms in (self.sums.milliseconds or {}).items()},
        }
        return {"counters": dict(self.pipeline.counters) if self.pipeline is not None else {}, "figures": figures}

    def note_tally(self, tally: Tally) -> None:
        """Work out, from counts since the start, how the last ten seconds went."""
        now = monotonic_ns()
        if self._analysed_since is None:
            self._window.clear()  # while the detector opens nothing can be in time
        self._window.append((now, tally))
        while len(self._window) > 1 and now - self._window[0][0] > WINDOW_NS:
            self._window.popleft()
        since, oldest = self._window[0]
        self._late_share = (tally.late - oldest.late) / max(1, tally.due - oldest.due)
        self._analysed_fps = (tally.taken - oldest.taken) * NS_PER_S / max(1, now - since)

    def _lateness(self) -> float:
        """The late share that counts: a camera that was late must be well in time again to be rid of it."""
        was_late = self.status is not None and self.status.reason is CameraReason.LATE
        return max(self._late_share, LATE_SHARE) if was_late and self._late_share > LATE_SHARE / 2 else self._late_share

    def facts(self, disk_full: str) -> Facts:
        """Everything its state depends on."""
        order = self.order
        refused = order.refused
        wanted = [r for r in order.rules if r.rule.enabled]
        if not refused and wanted and not self.in_force(UtcNs(time_ns())):
            refused = f"authorisation {' '.join(sorted({r.authorisation_id for r in wanted}))} has ended"
        up = any(r.link is Link.UP for r in self.readers)
        return Facts(
            enabled=order.camera.enabled,
            refused=refused,
            has_rules=bool(wanted),
            main=self.main.link,
            sub=self.sub.link if self.sub is not None else Link.ABSENT,
            main_detail=self.main.detail,
            sub_detail=self.sub.detail if self.sub is not None else "",
            model_missing=self.model_missing,
            plugin_failed=self.plugin_failed or self._broken_rules(),
            some_watched=self.pipeline is not None and bool(self.pipeline.watched),
            analysed=up and self._analysed_since is not None,
            impaired=self.impaired,
            disk_full=disk_full,
            late_share=self._lateness(),
            clock_error_ns=max((r.clock_error_ns for r in self.readers if r.link is Link.UP), default=0),
        )

    def _broken_rules(self) -> str:
        failures = self.pipeline.failures if self.pipeline is not None else ()
        return "; ".join(f"rule {failure.rule_id}: {failure.cause}" for failure in failures)

    def judge_state(self, disk_full: str) -> CameraStatus | None:
        """The camera's state when it has changed, or its figures have much, else None."""
        state, reason, detail = state_of(self.facts(disk_full))
        info = self._shown_info()
        before = self.status
        new = CameraStatus(
            camera_id=self.camera_id,
            state=state,
            reason=reason,
            since=UtcNs(time_ns()),
            detail=detail,
            analysed_fps=round(self._analysed_fps, 1) if self.active else 0.0,
            late_share=round(self._late_share, 3),
            width_px=info.width_px if info else 0,
            height_px=info.height_px if info else 0,
            codec=info.codec if info else "",
        )
        if before is not None and (before.state, before.reason) == (state, reason):
            new = replace(new, since=before.since)
            if _alike(before, new):
                return None
        self.status = new
        return new

    def _shown_info(self) -> StreamInfo | None:
        return self.main.info or (self.sub.info if self.sub is not None else None)

    def span(self, from_at: UtcNs, to_at: UtcNs) -> tuple[Sequence[Packet], StreamInfo | None]:
        """The packets still held of that span: the main stream's, else the substream's."""
        for reader in self.readers:
            packets, info = reader.span(from_at, to_at)
            if packets:
                return packets, info
        return (), None

    def listen(self, tap: Callable[[Packet, StreamInfo], None], *, smallest: bool = False) -> Callable[[], None]:
        """Listen to the stream a browser can play best: H.264 before others, main before sub.

        ``smallest``: to the one that is cheapest to decode. What is heard is not masked: it may not leave the worker.

        Raises:
            SourceLostError: no stream is up.
        """
        return self._shown_reader(smallest=smallest).tap(tap)

    def newest_pictures(self, *, smallest: bool = False) -> list[tuple[Packet, StreamInfo]]:
        """The newest group of pictures of the stream that ``listen`` hears."""
        packets, info = self._shown_reader(smallest=smallest).newest_group()
        return [(packet, info) for packet in packets] if info is not None else []

    def _shown_reader(self, *, smallest: bool) -> StreamReader:
        up = [r for r in self.readers if r.link is Link.UP and r.info is not None]
        if not up:
            raise SourceLostError(self.main.detail or "the stream is not open yet", reason=self.main.link.value)
        if smallest:
            return up[-1]
        playable = [r for r in up if r.info is not None and r.info.codec == "h264"]
        return (playable or up)[0]

    def last_seconds(self, seconds: float) -> tuple[Sequence[Packet], StreamInfo | None]:
        """The newest packets still held of the cheapest stream, recent enough for a still."""
        now = UtcNs(time_ns())
        for reader in reversed(self.readers):
            packets, info = reader.span(UtcNs(now - seconds_to_ns(seconds)), now)
            if packets and packets[-1].arrived_at >= now - seconds_to_ns(self._settings.still_max_age_s):
                return packets, info
        return (), None

    def still(self) -> bytes:
        """JPEG of the newest picture: the analysed one if fresh, else decoded from the last seconds held.

        Raises:
            SourceLostError: there is none.
        """
        newest, now = self._newest, monotonic_ns()
        if newest is not None and now - newest[1] < FRESH_STILL_NS:
            return jpeg(newest[0].rgb)
        for reader in self.readers:
            frame = self._last_picture(reader)
            if frame is not None:
                return jpeg(frame.rgb)
        if newest is not None and now - newest[1] < seconds_to_ns(self._settings.still_max_age_s):
            return jpeg(newest[0].rgb)
        raise SourceLostError(self.main.detail or "the camera has given no picture yet", reason="lost")

    def _last_picture(self, reader: StreamReader) -> Frame | None:
        now = UtcNs(time_ns())
        packets, info = reader.newest_group()
        if info is None or not packets or packets[-1].arrived_at < now - seconds_to_ns(self._settings.still_max_age_s):
            return None
        decoder = StreamDecoder(info, camera_id=self.camera_id, analysed_fps=240.0, max_width_px=1280)
        frames: list[Frame] = []
        with contextlib.suppress(BeffroiError):
            for packet in packets:
                frames = decoder.decode(packet) or frames
            frames = decoder.flush() or frames
        return replace(frames[-1], rgb=burn(frames[-1].rgb, self.order.camera.masks)) if frames else None

    def with_order(self, order: CameraOrder) -> None:
        """Take other rules for the same streams."""
        self.order = replace(order)
        self.plugin_failed = self.model_missing = ""


def _alike(before: CameraStatus, now: CameraStatus) -> bool:
    """Whether two statuses of one state are not worth telling apart: figures tremble, and each is written down."""
    steady = abs(before.analysed_fps - now.analysed_fps) < 1.0 and abs(before.late_share - now.late_share) < LATE_SHARE
    late = now.reason is CameraReason.LATE  # whose detail is a figure
    changed = replace(
        now,
        analysed_fps=before.analysed_fps,
        late_share=before.late_share,
        detail=before.detail if late else now.detail,
    )
    return steady and changed == before
