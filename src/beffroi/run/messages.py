"""What crosses between the supervisor and a worker: orders down, statements up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from beffroi.vocabulary.authorisation import Output
from beffroi.vocabulary.camera import Camera, CameraStatus
from beffroi.vocabulary.evidence import EvidencePart
from beffroi.vocabulary.judgement import Event
from beffroi.vocabulary.rules import Rule, Zone
from beffroi.vocabulary.time import UtcNs


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisedRule:
    """A rule that may run, on which authorisation, and until when: the worker stops by itself at ``valid_until``.

    ``alerts`` is false where the authorisation allows measuring only: then no footage is written of what is seen.
    ``outputs`` are all that may come of it: without ALERTS or EVENTS no event leaves the worker, without TRACKS no box
    is sent to a live view. ``authorisations`` are those that apply together.
    """

    rule: Rule
    authorisation_id: str
    valid_until: UtcNs
    alerts: bool = True
    outputs: frozenset[Output] = frozenset(Output)
    authorisations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraOrder:
    """The wanted state of one camera. ``refused`` says why nothing may be analysed (empty: it may)."""

    camera: Camera
    rules: tuple[AuthorisedRule, ...] = ()
    refused: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction:
    """What is taken out of a camera's pictures. ``blur``: a blurred copy is made for those who may not see clearly."""

    masks: tuple[Zone, ...] = ()
    blur: bool = True

    @property
    def says(self) -> str:
        """As evidence records say it: what is hidden from everybody."""
        return f"masks:{len(self.masks)}" if self.masks else "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSeen:
    """A rule was met, still holds, or ended."""

    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceDone:
    """What could be kept of an event; ``error`` says what could not and why (empty: all was kept).

    Told several times: with each part as it is written (``final`` false), then with everything. ``redaction`` says what
    was hidden in the parts that are not blurred ("none", "masks:2").
    """

    event_id: str
    camera_id: str
    parts: tuple[EvidencePart, ...]
    from_at: UtcNs
    to_at: UtcNs
    error: str = ""
    final: bool = True
    redaction: str = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChanged:
    """A camera is in another state, or in the same for another reason."""

    status: CameraStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class CountersNow:
    """Running figures of one camera, about once a second.

    ``counters`` are the rules' own, named ``<rule_id>.<name>``; ``figures`` are the run's: analysed, due, late,
    detected (frames), cpu milliseconds of each stage since the start, pictures a second.
    """

    camera_id: str
    counters: Mapping[str, float] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What the rules of one camera have counted since this was last told, about once a second, named
    ``<rule_id>.<name>``; only rules of which counts may be kept. A rule that is watched and counts nothing says 0.
    """

    camera_id: str
    added: Mapping[str, float]


WorkerMessage = EventSeen | EvidenceDone | StatusChanged | CountersNow | Counted
"""What a supervisor tells its house."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveChunk:
    """A piece of a live view: "mime" (text, once), "init", "media" (fMP4), "tracks" (JSON), "error" (JSON, last)."""

    kind: str
    data: bytes
