"""Evidence of an event: a still at once, a clip when the time after it is over, then a blurred copy of each."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic

import structlog

from beffroi.keep.clips import write_clip
from beffroi.keep.stills import write_still
from beffroi.ports.source import Packet, StreamInfo
from beffroi.run.copies import BlurredCopies
from beffroi.run.eyes import Eyes
from beffroi.run.messages import EvidenceDone, Redaction
from beffroi.run.redaction import BlurredPictures, blurred_packets, masked_packets
from beffroi.run.settings import EvidenceSettings
from beffroi.vocabulary.errors import BeffroiError, StorageError
from beffroi.vocabulary.evidence import EvidencePart, PartKind
from beffroi.vocabulary.judgement import Box, Event
from beffroi.vocabulary.picture import Frame, MotionMap
from beffroi.vocabulary.time import UtcNs, seconds_to_ns, to_datetime

log = structlog.get_logger(__name__)

GRACE_S = 1.0
"""How long packets of the last moment may still be under way. Source: our choice, ADR 53."""

Span = Callable[[UtcNs, UtcNs], tuple[Sequence[Packet], StreamInfo | None]]
"""The packets a camera still has from one instant to another, of one run, with what their stream is."""


@dataclass(order=True, slots=True)
class _Job:
    due_at: float
    number: int
    event: Event = field(compare=False)
    span: Span = field(compare=False)
    redaction: Redaction = field(compare=False)
    parts: list[EvidencePart] = field(compare=False, default_factory=list)
    errors: list[str] = field(compare=False, default_factory=list)


class EvidenceWriter:
    """Writes the evidence of one worker's events under ``<data>/evidence/<yyyy-mm-dd>/<event_id>/``.

    A failure never stops it: it is told in ``EvidenceDone.error``, and ``full`` says why while the disk refuses. What
    is masked on the camera is masked in everything that is written; where that fails nothing is written.
    """

    def __init__(
        self, data_dir: Path, settings: EvidenceSettings, report: Callable[[EvidenceDone], None], eyes: Eyes
    ) -> None:
        self._data, self._settings, self._report, self._eyes = data_dir, settings, report, eyes
        self._copies = BlurredCopies()
        self._jobs: list[_Job] = []
        self._stills: list[tuple[_Job, Frame, MotionMap | None]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._closing = False
        self.full = ""
        self._thread = threading.Thread(target=self._run, name="evidence", daemon=True)
        self._thread.start()

    def begun(
        self, event: Event, frame: Frame | None, span: Span, redaction: Redaction, motion: MotionMap | None = None
    ) -> None:
        """An event has begun, in this frame (masked already) if it was seen in one: keep it. Returns at once.

        ``motion`` is where that frame moves; without it the blurred copy of the still hides the whole picture.
        """
        due_at = monotonic() + self._settings.after_s + GRACE_S
        job = _Job(due_at=due_at, number=next(self._numbers), event=event, span=span, redaction=redaction)
        with self._changed:
            if frame is not None:
                self._stills.append((job, frame, motion))
            heapq.heappush(self._jobs, job)
            self._changed.notify()

    def hurry(self, camera_id: str) -> None:
        """A camera goes: write its clips now, with what there is."""
        with self._changed:
            for job in self._jobs:
                if job.event.camera_id == camera_id:
                    job.due_at = 0.0
            heapq.heapify(self._jobs)
            self._changed.notify()

    def close(self, timeout_s: float) -> None:
        """Write what is pending with what there is, then end."""
        with self._changed:
            self._closing = True
            for job in self._jobs:
                job.due_at = 0.0
            self._changed.notify()
        ends_at = monotonic() + timeout_s
        self._thread.join(timeout_s)
        self._copies.finish(max(0.0, ends_at - monotonic()))

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._stills and not self._ready():
                    if self._closing and not self._jobs:
                        return
                    wait = self._jobs[0].due_at - monotonic() if self._jobs else None
                    self._changed.wait(wait)
                still = self._stills.pop(0) if self._stills else None
                job = None if still else heapq.heappop(self._jobs)
            if still is not None:
                self._write_still(*still)
            elif job is not None:
                self._write_clip(job)

    def _ready(self) -> bool:
        return bool(self._jobs) and self._jobs[0].due_at <= monotonic()

    def _folder(self, event: Event) -> Path:
        return self._data / "evidence" / to_datetime(event.met_at).strftime("%Y-%m-%d") / event.event_id

    def _write_still(self, job: _Job, frame: Frame, motion: MotionMap | None) -> None:
        box = job.event.box_xyxy_px
        boxes = [box] if box else []  # no word burned in: pages say the situation, in the reader's language
        part = self._kept(job, lambda folder: write_still(frame, boxes, folder / "still.jpg"))
        if part is not None:
            job.parts.append(part)
            at = frame.ref.captured_at
            self._tell(job, at, at, final=False)
        if job.redaction.blur:
            self._copies.make(lambda: self._copy_still(job, frame, boxes, motion), soon=True)

    def _copy_still(self, job: _Job, frame: Frame, boxes: Sequence[Box], motion: MotionMap | None) -> None:
        def write(folder: Path) -> EvidencePart:
            pictures = BlurredPictures(job.event.camera_id, (), self._eyes)
            shown = pictures.blurred(frame, motion)
            return write_still(shown, boxes, folder / "still_blurred.jpg", PartKind.STILL_BLURRED)

        part = self._kept(job, write)
        if part is not None:
            job.parts.append(part)
            self._tell(job, frame.ref.captured_at, frame.ref.captured_at, final=False)

    def _write_clip(self, job: _Job) -> None:
        event = job.event
        start = UtcNs(event.met_at - seconds_to_ns(self._settings.before_s))
        end = UtcNs(event.met_at + seconds_to_ns(self._settings.after_s))
        packets, info = job.span(start, end)
        if not packets or info is None:
            job.errors.append("the camera gave no video around the event: no clip")
            self._tell(job, event.met_at, event.met_at, final=True)
            return
        masks, camera_id = job.redaction.masks, event.camera_id

        def write(folder: Path) -> EvidencePart:
            shown = masked_packets(packets, info, masks, camera_id=camera_id) if masks else (packets, info)
            return write_clip(*shown, folder / "clip.mp4")

        part = self._kept(job, write)
        if part is not None:
            job.parts.append(part)
        first, last = min(p.captured_at for p in packets), max(p.captured_at for p in packets)
        span = UtcNs(first), UtcNs(last)
        self._tell(job, *span, final=not job.redaction.blur)
        if job.redaction.blur:
            self._copies.make(lambda: self._copy_clip(job, packets, info, span), soon=False)

    def _copy_clip(self, job: _Job, packets: Sequence[Packet], info: StreamInfo, span: tuple[UtcNs, UtcNs]) -> None:
        camera_id = job.event.camera_id

        def write(folder: Path) -> EvidencePart:
            pictures = BlurredPictures(camera_id, job.redaction.masks, self._eyes, urgent=False)
            coded = blurred_packets(packets, info, pictures, camera_id=camera_id)
            return write_clip(*coded, folder / "clip_blurred.mp4", PartKind.CLIP_BLURRED)

        part = self._kept(job, write)
        if part is not None:
            job.parts.append(part)
        self._tell(job, *span, final=True)

    def _kept(self, job: _Job, write: Callable[[Path], EvidencePart]) -> EvidencePart | None:
        try:
            part = write(self._folder(job.event))
        except StorageError as error:
            if isinstance(error.__cause__, OSError):
                self.full = str(error)
            job.errors.append(str(error))
        except (BeffroiError, ValueError) as error:
            job.errors.append(str(error))
        except Exception as error:  # evidence of one event must not end the evidence of all
            log.exception("evidence_failed", event_id=job.event.event_id)
            job.errors.append(f"it could not be written ({type(error).__name__})")
        else:
            self.full = ""
            return replace(part, path=str(Path(part.path).relative_to(self._data)))
        return None

    def _tell(self, job: _Job, from_at: UtcNs, to_at: UtcNs, *, final: bool) -> None:
        self._report(
            EvidenceDone(
                event_id=job.event.event_id,
                camera_id=job.event.camera_id,
                parts=tuple(job.parts),
                from_at=from_at,
                to_at=to_at,
                error="; ".join(dict.fromkeys(job.errors)),
                final=final,
                redaction=job.redaction.says,
            )
        )
