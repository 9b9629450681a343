"""A small town to test against: real doors on a real folder, a clock that goes when told, a few people and rules."""

from __future__ import annotations

import hashlib
from pathlib import Path

from beffroi.govern.accounts import NewUser
from beffroi.govern.doors import Doors, Purpose
from beffroi.govern.retention.door import Segment
from beffroi.govern.rights import LOCAL_ADMINISTRATOR, SYSTEM, Actor, Role
from beffroi.govern.settings import GovernanceSettings
from beffroi.judge.alerts import GovernorSettings
from beffroi.keep.store import retention_state
from beffroi.vocabulary.authorisation import Authorisation, Regime
from beffroi.vocabulary.camera import Camera, StreamKind, StreamSpec
from beffroi.vocabulary.evidence import EvidencePart, PartKind
from beffroi.vocabulary.judgement import Box, Event, EventPhase
from beffroi.vocabulary.picture import ObjectClass
from beffroi.vocabulary.rules import Rule, Schedule, Situation, Zone
from beffroi.vocabulary.time import UtcNs, seconds_to_ns

NOON = UtcNs(1_780_308_000_000_000_000)
"""Monday 1 June 2026, 10:00 UTC, noon in Paris."""

PASSWORD = "quatre vents sur la place"  # noqa: S105 - of accounts that exist in tests only
FAST = GovernanceSettings(argon2_time_cost=1, argon2_memory_kib=8, argon2_lanes=1)
"""Passwords hashed as fast as argon2 goes."""

OPERATOR = Actor(name="jeanne", role=Role.OPERATOR)
OTHER_OPERATOR = Actor(name="malik", role=Role.OPERATOR)
SUPERVISOR = Actor(name="odile", role=Role.SUPERVISOR)
ADMINISTRATOR = Actor(name="ines", role=Role.ADMINISTRATOR)
INVESTIGATOR = Actor(name="ariane", role=Role.INVESTIGATOR)
DPO = Actor(name="basile", role=Role.DPO)
AUDITOR = Actor(name="celeste", role=Role.AUDITOR)
MAINTAINER = Actor(name="dario", role=Role.MAINTAINER)
WATCHERS = (OPERATOR, OTHER_OPERATOR, SUPERVISOR, ADMINISTRATOR)
EVERYBODY = (*WATCHERS, INVESTIGATOR, DPO, AUDITOR, MAINTAINER)
"""Somebody of every role."""


class SimulatedClock:
    """Goes only when told."""

    def __init__(self, now: UtcNs = NOON) -> None:
        self.now = now

    def __call__(self) -> UtcNs:
        """The time it is."""
        return self.now

    def advance(self, seconds: float) -> UtcNs:
        """Let time pass; the time it is then."""
        self.now = UtcNs(self.now + seconds_to_ns(seconds))
        return self.now


def authorisation(
    authorisation_id: str = "order-1",
    *,
    regime: str = Regime.PRIVATE_SITE,
    viewers: frozenset[str] = frozenset({"operator", "supervisor", "administrator"}),
    hours: Schedule | None = None,
    valid_s: tuple[float, float] = (-86_400.0, 10 * 86_400.0),
) -> Authorisation:
    """An order for the town's two cameras and every situation, valid around noon."""
    return Authorisation(
        authorisation_id=authorisation_id,
        regime=regime,
        legal_basis="CSI L. 251-2",
        reference="2026-117",
        cameras=frozenset({"mairie", "quai"}),
        situations=frozenset(Situation),
        purpose_id="safety",
        valid_from=UtcNs(NOON + seconds_to_ns(valid_s[0])),
        valid_to=UtcNs(NOON + seconds_to_ns(valid_s[1])),
        signatory="The prefect",
        hours=hours or Schedule(),
        viewers=viewers,
    )


class Town:
    """Doors, clock, and short words for what tests do over and over."""

    def __init__(
        self,
        folder: Path,
        *,
        governor: GovernorSettings | None = None,
        settings: GovernanceSettings = FAST,
        clock: SimulatedClock | None = None,
    ) -> None:
        self.folder = folder
        self.clock = clock or SimulatedClock()
        self._governor = governor
        self._settings = settings
        self.doors = self.open()
        self._events = 0

    def open(self) -> Doors:
        """One more pair of doors on the same folder: another process, or the next start."""
        return Doors.open(self.folder, clock=self.clock, governor=self._governor, settings=self._settings)

    def restart(self) -> None:
        """Close and open again, as a server that starts anew."""
        self.doors.close()
        self.doors = self.open()
        self.doors.recover()

    def settle(self, given: Authorisation | None = None) -> Rule:
        """Cameras, people, purpose, authorisation, and the rule ``lawn`` of camera ``mairie``, which is returned."""
        for camera_id, name in (("mairie", "Mairie, parvis"), ("quai", "Quai nord")):
            stream = StreamSpec(kind=StreamKind.RTSP, url="rtsp://10.0.0.9/main", username="cam", password="se cret")  # noqa: S106
            self.doors.cameras.add(LOCAL_ADMINISTRATOR, Camera(camera_id=camera_id, name=name, main=stream))
        for who in EVERYBODY:
            new = NewUser(username=who.name, display_name=who.name.title(), role=who.role, password=PASSWORD)
            self.doors.accounts.add(LOCAL_ADMINISTRATOR, new)
        purpose = Purpose(purpose_id="safety", label_fr="Sécurité", label_en="Safety", retention_s=7 * 86_400)
        self.doors.authorisations.add_purpose(LOCAL_ADMINISTRATOR, purpose)
        self.doors.authorisations.grant(LOCAL_ADMINISTRATOR, given or authorisation())
        return self.add_rule("lawn")

    def add_rule(self, rule_id: str, camera_id: str = "mairie", severity: str = "moderate") -> Rule:
        """One more rule: nobody enters the lower half of the picture."""
        rule = Rule(
            rule_id=rule_id,
            version=1,
            camera_id=camera_id,
            situation=Situation.ZONE_ENTERED,
            purpose_id="safety",
            name=rule_id.title(),
            classes=(ObjectClass.PERSON,),
            zone=Zone(points=((0.0, 0.5), (1.0, 0.5), (1.0, 1.0), (0.0, 1.0))),
            severity=severity,
        )
        return self.doors.rules.add(SUPERVISOR, rule).rule

    def event(
        self, rule: Rule, *, event_id: str = "", phase: EventPhase = EventPhase.BEGUN, box: Box | None = None
    ) -> Event:
        """A statement about the rule now; each new episode has another track, and none overlaps another."""
        self._events += 1
        number = self._events
        name = event_id or f"event-{number:05d}"
        return Event(
            event_id=name,
            camera_id=rule.camera_id,
            run_id="run-1",
            rule_id=rule.rule_id,
            rule_version=rule.version,
            situation=rule.situation,
            phase=phase,
            started_at=self.clock.now,
            met_at=self.clock.now,
            last_held_at=self.clock.now,
            media_time_s=float(number),
            track_ids=(f"track-{name}",),
            box_xyxy_px=box or (2.0 * number, 10.0, 2.0 * number + 1.0, 20.0),
            width_px=640,
            height_px=360,
            score=0.7,
            model="test@1",
            facts={"inside": 1.0},
        )

    def raised(self, rule: Rule, event_id: str = "") -> str:
        """Raise an alert about the rule now; its id."""
        taken = self.doors.intake.take_event(SYSTEM, self.event(rule, event_id=event_id))
        if taken.outcome != "raised" or taken.alert_id is None:
            raise AssertionError(f"the event was {taken.outcome} ({taken.why}), not raised")
        return taken.alert_id

    def footage(
        self, event_id: str, kind: PartKind = PartKind.CLIP, content: bytes = b"moving pictures"
    ) -> EvidencePart:
        """Write a file where the pipeline would, and describe it."""
        moving = kind in (PartKind.CLIP, PartKind.CLIP_BLURRED)
        name, media_type = (f"{kind.value}.mp4", "video/mp4") if moving else (f"{kind.value}.jpg", "image/jpeg")
        path = self.folder / "evidence" / "2026-06-01" / event_id / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return EvidencePart(
            kind=kind,
            path=str(path.relative_to(self.folder)),
            media_type=media_type,
            bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )

    def ready(self, event_id: str) -> tuple[str, Path]:
        """An alert about the lawn with its clip; its id and the clip's file."""
        alert_id = self.raised(self.doors.rules.get(SYSTEM, "lawn").rule, event_id)
        part = self.footage(event_id, PartKind.CLIP, event_id.encode() * 20)
        now = self.clock.now
        span = (UtcNs(now - seconds_to_ns(5)), UtcNs(now + seconds_to_ns(5)))
        self.doors.intake.take_evidence(SYSTEM, event_id, parts=(part,), from_at=span[0], to_at=span[1])
        return alert_id, self.folder / part.path

    def recorded(self, name: str, *, camera_id: str = "mairie", keep_s: float = 30 * 86_400) -> Path:
        """A recorded segment of ten seconds that ends now; its file."""
        path = self.folder / "recordings" / camera_id / f"{name}.mp4"
        path.parent.mkdir(parents=True, exist_ok=True)
        content = name.encode() * 30
        path.write_bytes(content)
        now = self.clock.now
        segment = Segment(
            segment_id=f"segment-{name}",
            camera_id=camera_id,
            path=str(path.relative_to(self.folder)),
            bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            from_at=UtcNs(now - seconds_to_ns(10)),
            to_at=now,
            born_at=now,
            expires_at=UtcNs(now + seconds_to_ns(keep_s)),
            authorisation_id="",
            purpose_id="",
        )
        self.doors.retention.keep_segments(SYSTEM, [segment])
        return path

    def live(self, seconds: float) -> None:
        """Let time pass as it does while a house runs: the clock was looked at all along; then tend."""
        self.doors.retention.look_at_clock()
        self.clock.advance(seconds)
        with self.doors.database.write() as connection:
            retention_state.change(connection, clock_at=self.clock.now)
        self.doors.tend()
