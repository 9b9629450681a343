"""Judicial cases, the alerts they cover, their sealed exports."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AwareDatetime, Field, StringConstraints

from beffroi.govern.cases.exporting import ExportNow
from beffroi.govern.cases.opening import CaseAlert, CaseNow, NewCase
from beffroi.govern.payloads import instant_json
from beffroi.serve.wire.form import Id, Instant, Wire, example
from beffroi.vocabulary.time import iso_utc, utc_ns

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
Username = Annotated[str, StringConstraints(pattern=r"^[a-z0-9._-]{1,64}$")]

_NEW: dict[str, Any] = {
    "requisition": "PV 2026/0417",
    "authority": "OPJ Martin, commissariat central",
    "legal_basis": "CPP art. 60-1",
    "purpose": "Vol avec violence du 4 mai, place de la mairie",
    "cameras": ["mairie-nord"],
    "from_at": "2026-05-04T20:00:00.000Z",
    "to_at": "2026-05-04T23:00:00.000Z",
    "ends_at": "2026-06-04T22:00:00.000Z",
    "people": ["enqueteur"],
}
_CASE = {
    "case_id": "case-9868a99e2349650ef6ea160bcbe561b1",
    **_NEW,
    "state": "open",
    "count": 2,
    "opened_by": "enqueteur",
    "opened_at": "2026-05-05T07:12:00.000Z",
    "closed_at": None,
    "closed_by": "",
    "closed_why": "",
}
_ALERT = {
    "alert_id": "al_01J9ZK3M7Q",
    "camera_id": "mairie-nord",
    "camera_name": "Mairie, façade nord",
    "situation": "zone_entered",
    "state": "confirmed",
    "raised_at": "2026-05-04T21:03:07.250Z",
    "from_at": "2026-05-04T21:02:57.250Z",
    "to_at": "2026-05-04T21:03:17.250Z",
    "evidence_state": "ready",
    "bytes": 2148331,
    "chosen": True,
}
_EXPORT = {
    "export_id": "export-96dcf4950e3a586f007953dd21ce87ac",
    "case_id": _CASE["case_id"],
    "request_id": "request-0d2f6b2a5c0f4a0c8f2f1d9a7b6c5d4e",
    "request_state": "done",
    "answered_by": "superviseur",
    "answer_why": "",
    "asked_by": "enqueteur",
    "asked_at": "2026-05-05T07:20:00.000Z",
    "why": "Transmission au procureur",
    "blurred": False,
    "count": 2,
    "state": "ready",
    "reason": "",
    "progress": None,
    "bytes": 4301222,
    "sha256": "c7b1d7ba0fb6c9abcb105383f121886d217f0296187ffa4bf487f2023fdb6d80",
    "key_id": "73e302bbcde60b390bda68459154220439ab87fc651f0c821c43e76043ef0d16",
    "made_at": "2026-05-05T07:31:00.000Z",
    "expires_at": "2026-06-04T07:31:00.000Z",
    "destroyed_at": None,
}


class CaseIn(Wire):
    """A requisition, as on the paper; `to_at` is not included; from `ends_at` on the case gives nothing."""

    model_config = example(**_NEW)

    requisition: Text
    authority: Text
    legal_basis: Text
    purpose: Text
    cameras: Annotated[tuple[Id, ...], Field(max_length=500)]
    from_at: AwareDatetime
    to_at: AwareDatetime
    ends_at: AwareDatetime
    people: Annotated[tuple[Username, ...], Field(max_length=20)] = ()

    def new(self) -> NewCase:
        """What the door takes."""
        return NewCase(
            requisition=self.requisition,
            authority=self.authority,
            legal_basis=self.legal_basis,
            purpose=self.purpose,
            cameras=self.cameras,
            from_at=utc_ns(self.from_at),
            to_at=utc_ns(self.to_at),
            ends_at=utc_ns(self.ends_at),
            people=self.people,
        )


class CaseOut(Wire):
    """A case: `open`, `ended` (the requisition's time is over) or `closed`. `count`: alerts in it."""

    model_config = example(**_CASE)

    case_id: str
    requisition: str
    authority: str
    legal_basis: str
    purpose: str
    cameras: list[str]
    from_at: Instant
    to_at: Instant
    ends_at: Instant
    people: list[str]
    state: str
    count: int
    opened_by: str
    opened_at: Instant
    closed_at: Instant | None
    closed_by: str
    closed_why: str


class WhyIn(Wire):
    """A reason; it is kept in the journal."""

    model_config = example(why="Remis à l'OPJ Martin le 6 mai")

    why: Text


class CaseAlertOut(Wire):
    """An alert that lies wholly inside the case. `chosen`: it was put into the case; `bytes`: of its originals."""

    model_config = example(**_ALERT)

    alert_id: str
    camera_id: str
    camera_name: str
    situation: str
    state: str
    raised_at: Instant
    from_at: Instant
    to_at: Instant
    evidence_state: str
    bytes: int
    chosen: bool


class ChooseIn(Wire):
    """Alerts to put into the case and to take out of it."""

    model_config = example(add=["al_01J9ZK3M7Q"], remove=[])

    add: Annotated[tuple[Id, ...], Field(max_length=500)] = ()
    remove: Annotated[tuple[Id, ...], Field(max_length=500)] = ()


class ExportIn(Wire):
    """An export of what is in the case now. `blurred`: with blurred copies beside the originals; `recordings`: with
    the recordings that lie wholly inside the requisition.
    """

    model_config = example(why="Transmission au procureur", blurred=False, recordings=False)

    why: Text
    blurred: bool = False
    recordings: bool = False


class ExportOut(Wire):
    """An export. `request_state`: `waiting`, `seconded`, `refused`, `done`, `expired`. `progress` while it is built.

    Once `ready`, `bytes`, `sha256` (of the ZIP) and `key_id` (fingerprint of the key) are its receipt; it stays.
    """

    model_config = example(**_EXPORT)

    export_id: str
    case_id: str
    request_id: str
    request_state: str
    answered_by: str
    answer_why: str
    asked_by: str
    asked_at: Instant
    why: str
    blurred: bool
    count: int
    state: str
    reason: str
    progress: float | None
    bytes: int
    sha256: str
    key_id: str
    made_at: Instant | None
    expires_at: Instant | None
    destroyed_at: Instant | None


def case_out(now: CaseNow) -> CaseOut:
    """A case on the wire."""
    case = now.case
    return CaseOut(
        case_id=case.case_id,
        requisition=case.requisition,
        authority=case.authority,
        legal_basis=case.legal_basis,
        purpose=case.purpose,
        cameras=list(case.cameras),
        from_at=iso_utc(case.from_at),
        to_at=iso_utc(case.to_at),
        ends_at=iso_utc(case.ends_at),
        people=list(case.people),
        state=now.state.value,
        count=now.count,
        opened_by=case.opened_by,
        opened_at=iso_utc(case.opened_at),
        closed_at=instant_json(case.closed_at),
        closed_by=case.closed_by,
        closed_why=case.closed_why,
    )


def case_alert_out(one: CaseAlert) -> CaseAlertOut:
    """An alert of a case on the wire."""
    alert, kept = one.record.alert, one.evidence
    return CaseAlertOut(
        alert_id=alert.alert_id,
        camera_id=alert.camera_id,
        camera_name=one.record.camera_name,
        situation=alert.situation.value,
        state=alert.state.value,
        raised_at=iso_utc(alert.raised_at),
        from_at=iso_utc(kept.from_at if kept else alert.started_at),
        to_at=iso_utc(kept.to_at if kept else alert.raised_at),
        evidence_state=kept.state.value if kept else "missing",
        bytes=sum(part.bytes for part in kept.parts) if kept else 0,
        chosen=one.chosen,
    )


def export_out(now: ExportNow) -> ExportOut:
    """An export on the wire."""
    export = now.export
    return ExportOut(
        export_id=export.export_id,
        case_id=export.case_id,
        request_id=export.request_id,
        request_state=now.request_state,
        answered_by=now.answered_by,
        answer_why=now.answer_why,
        asked_by=export.asked_by,
        asked_at=iso_utc(export.asked_at),
        why=export.why,
        blurred=export.blurred,
        count=sum(len(ids) for ids in export.items.values()),
        state=export.state.value,
        reason=export.reason,
        progress=now.progress,
        bytes=export.bytes,
        sha256=export.sha256,
        key_id=export.key_id,
        made_at=instant_json(export.made_at),
        expires_at=instant_json(export.expires_at),
        destroyed_at=instant_json(export.destroyed_at),
    )
