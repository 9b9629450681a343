"""A town with a judicial case to test against: alerts with footage, exports asked for, seconded and built."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from beffroi.govern.cases.exporting import ExportNow, ExportState
from beffroi.govern.cases.opening import CaseNow, NewCase
from beffroi.govern.rights import SYSTEM
from beffroi.testing.town import INVESTIGATOR, NOON, SUPERVISOR, Town
from beffroi.vocabulary.evidence import BLURRED_COPY, PartKind
from beffroi.vocabulary.rules import Rule
from beffroi.vocabulary.time import UtcNs, seconds_to_ns

DAY = 86_400.0


def at(seconds: float) -> UtcNs:
    """An instant so long after noon."""
    return UtcNs(NOON + seconds_to_ns(seconds))


def requisition(**changes: Any) -> NewCase:
    """What a requisition says, valid for ten days, about the last hour and the next."""
    said: dict[str, Any] = {
        "requisition": "PV 2026/0417",
        "authority": "OPJ Martin, commissariat central",
        "legal_basis": "CPP art. 60-1",
        "purpose": "Vol avec violence du 1er juin",
        "cameras": ("mairie",),
        "from_at": at(-3600),
        "to_at": at(3600),
        "ends_at": at(10 * DAY),
    }
    return NewCase(**{**said, **changes})


class Casework:
    """A settled town in which Ariane, the investigator, has a case open on one camera."""

    def __init__(self, folder: Path) -> None:
        self.town = Town(folder / "data")
        self._count = 0
        self.rule = self.town.settle()
        self.doors = self.town.doors
        self.case: CaseNow = self.doors.cases.open(INVESTIGATOR, requisition())
        self.case_id = self.case.case.case_id

    def filmed(
        self, rule: Rule | None = None, *, content: bytes = b"moving pictures" * 999, blurred: bool = False
    ) -> str:
        """An alert whose clip and still came, with their blurred copies when asked; its id."""
        rule = rule or self.rule
        self.town.clock.advance(1)
        self._count += 1
        event_id = f"filmed-{self._count:05d}"
        alert_id = self.town.raised(rule, event_id)
        still = self.town.footage(event_id, PartKind.STILL, b"a picture" * 99)
        parts = [self.town.footage(event_id, content=content + event_id.encode()), still]
        if blurred:
            parts += [self.town.footage(event_id, kind, kind.value.encode()) for kind in BLURRED_COPY.values()]
        now = self.town.clock.now
        self.doors.intake.take_evidence(
            SYSTEM, event_id, parts=parts, from_at=UtcNs(now - 10**9), to_at=UtcNs(now + 10**9)
        )
        return alert_id

    def asked(self, count: int = 2) -> ExportNow:
        """An export of some alerts, asked for."""
        chosen = [self.filmed() for _ in range(count)]
        self.doors.cases.choose(INVESTIGATOR, self.case_id, add=chosen)
        return self.doors.exports.ask(INVESTIGATOR, self.case_id, blurred=False, why="Pour le procureur")

    def seconded(self, count: int = 2) -> str:
        """An export that a second person agreed to; its id."""
        asked = self.asked(count)
        self.doors.sensitive.second(SUPERVISOR, asked.export.request_id)
        return asked.export.export_id

    def ready(self, count: int = 2) -> Path:
        """A finished export; its file."""
        export_id = self.seconded(count)
        self.doors.exports.build(INVESTIGATOR, export_id)
        built = self.settled(export_id).export
        if built.state is not ExportState.READY:
            raise AssertionError(f"the export is {built.state.value}: {built.reason}")
        return self.doors.exports.file(INVESTIGATOR, export_id).path

    def settled(self, export_id: str) -> ExportNow:
        """The export once it is no longer being built."""
        until = time.monotonic() + 20
        while time.monotonic() < until:
            now = self.doors.exports.get(INVESTIGATOR, export_id)[1]
            if now.export.state is not ExportState.BUILDING:
                return now
            time.sleep(0.01)
        raise AssertionError("the export was not built in time")
