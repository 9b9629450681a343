"""What goes into a sealed export: footage, records, the journal's entries, and the pages that present them."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from beffroi import __version__
from beffroi.govern.cases.archive import Measured, Piece, standalone_verifier
from beffroi.govern.cases.held import is_over
from beffroi.govern.cases.opening import check_inside, refuse_unless_open
from beffroi.govern.cases.pages import player_page, read_me
from beffroi.govern.cases.verify import AUDIT, FORMAT
from beffroi.govern.footage import Footage
from beffroi.keep.store import alerts, cameras, cases, checkpoints, due, evidence, journal, segments, signing_keys
from beffroi.keep.store.alerts import AlertRecord
from beffroi.keep.store.cases import Case
from beffroi.keep.store.evidence import EvidenceRecord
from beffroi.keep.store.exports import Export
from beffroi.keep.store.segments import Segment
from beffroi.vocabulary.errors import ConflictError, InvalidInputError, NotFoundError, StorageError
from beffroi.vocabulary.evidence import BLURRED_COPY, EvidencePart
from beffroi.vocabulary.journal import Checkpoint, JournalEntry, canonical_detail, statement
from beffroi.vocabulary.retention import DataKind
from beffroi.vocabulary.time import UtcNs, iso_utc

_SUFFIX = {"video/mp4": ".mp4", "image/jpeg": ".jpg", "image/png": ".png"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What is exported, read in one transaction."""

    case: Case
    export: Export
    at: UtcNs
    alerts: tuple[tuple[AlertRecord, EvidenceRecord], ...]
    camera_names: dict[str, str]
    entries: tuple[JournalEntry, ...]
    segments: tuple[Segment, ...]
    checkpoint: Checkpoint | None
    keys: dict[str, str]


def check_items(connection: Connection, case: Case, items: dict[str, list[str]]) -> None:
    """Do nothing when something is asked for and all alerts of it lie inside a case.

    Raises:
        InvalidInputError: nothing is, or one does not.
    """
    if not any(items.values()):
        mend = "Put at least one alert into the case first."
        raise InvalidInputError("nothing is in the case", where="alerts", mend=mend)
    for alert_id in items["alert"]:
        record, kept = alerts.get_alert(connection, alert_id), evidence.evidence_of_alert(connection, alert_id)
        check_inside(case, alert_id, record, kept)


def gather(connection: Connection, export: Export, now: UtcNs) -> Gathered:
    """Read what an export holds; everything is checked again, for time has gone by since it was asked.

    Raises:
        ConflictError: the requisition has ended, or footage is gone or not complete.
        InvalidInputError: something is outside the case.
        NotFoundError: the case is gone.
    """
    case = cases.get_case(connection, export.case_id)
    if case is None:
        raise NotFoundError(f"there is no case {export.case_id!r}")
    refuse_unless_open(case, now)
    found = []
    for alert_id in export.items.get("alert", []):
        record = alerts.get_alert(connection, alert_id)
        kept = evidence.evidence_of_alert(connection, alert_id)
        check_inside(case, alert_id, record, kept)
        assert record is not None and kept is not None
        _check_there(kept, alert_id, is_over(connection, kept, now))
        found.append((record, kept))
    abouts = {f"case:{case.case_id}", f"export:{export.export_id}", f"request:{export.request_id}"}
    for record, kept in found:
        abouts |= {f"alert:{record.alert.alert_id}", f"evidence:{kept.evidence.evidence_id}"}
    return Gathered(
        case=case,
        export=export,
        at=now,
        alerts=tuple(found),
        camera_names={**cameras.names(connection), **{r.alert.camera_id: r.camera_name for r, _ in found}},
        entries=tuple(journal.about_things(connection, abouts)),
        segments=tuple(_segment(connection, case, one, now) for one in export.items.get("segment", [])),
        checkpoint=checkpoints.newest(connection),
        keys={one.key_id: one.public_key for one in signing_keys.all_keys(connection)},
    )


def footage_pieces(gathered: Gathered, footage: Footage) -> list[Piece]:
    """The files of the alerts, byte for byte, and their blurred copies when they were asked for.

    Raises:
        ConflictError: a blurred copy was asked for and is missing: nothing is exported.
        NotFoundError, StorageError: a file is gone or was altered.
    """
    pieces: list[Piece] = []
    copies = set(BLURRED_COPY.values())
    for number, (record, kept) in enumerate(gathered.alerts, start=1):
        parts = {part.kind: part for part in kept.parts}
        for kind, part in sorted(parts.items()):
            if kind in copies:
                continue
            pieces.append(_piece(f"evidence/{number:04d}/{kind.value}", part, record, kept, footage))
            if gathered.export.blurred:
                copy = parts.get(BLURRED_COPY[kind])
                if copy is None:
                    raise ConflictError(
                        f"the blurred copy of the {kind.value} of alert {record.alert.alert_id} is missing: nothing is "
                        "exported. Ask without blurred copies, or take this alert out of the case."
                    )
                pieces.append(_piece(f"blurred/{number:04d}/{kind.value}", copy, record, kept, footage))
    return pieces


def segment_pieces(gathered: Gathered, data: Path) -> list[Piece]:
    """The recordings that were asked for, byte for byte.

    Raises:
        StorageError: a record leads out of the recordings.
    """
    pieces, root = [], data.resolve() / "recordings"
    for number, one in enumerate(gathered.segments, start=1):
        path = (data.resolve() / one.path).resolve()
        if not path.is_relative_to(root):
            raise StorageError("a recording's record leads out of its folder: it was altered; it is not followed")
        facts = {
            "kind": "segment",
            "media_type": "video/mp4",
            "segment_id": one.segment_id,
            "camera_id": one.camera_id,
            "camera_name": gathered.camera_names.get(one.camera_id, one.camera_id),
            "from_at": iso_utc(one.from_at),
            "to_at": iso_utc(one.to_at),
        }
        pieces.append(Piece(name=f"segments/{number:04d}.mp4", source=path, sha256=one.sha256, facts=facts))
    return pieces


def recordings_inside(connection: Connection, case: Case, now: UtcNs) -> list[str]:
    """The recordings that lie wholly inside a case."""
    found = [
        one
        for camera_id in case.cameras
        for one in segments.of_camera(connection, camera_id, case.from_at, case.to_at, now=now)
    ]
    return [one.segment_id for one in found if case.covers(one.camera_id, one.from_at, one.to_at)]


def _segment(connection: Connection, case: Case, segment_id: str, now: UtcNs) -> Segment:
    one = segments.get_segment(connection, segment_id)
    held = due.is_held(connection, DataKind.SEGMENTS, segment_id, now)
    if one is None or one.destroyed_at is not None or (now >= one.expires_at and not held):
        raise ConflictError(f"the recording {segment_id} is destroyed: its time was over. Ask for another export.")
    if not case.covers(one.camera_id, one.from_at, one.to_at):
        raise ConflictError(f"the recording {segment_id} is outside the requisition {case.requisition}")
    return one


def paper_pieces(gathered: Gathered, measured: Sequence[Measured], public_key: str) -> list[Piece]:
    """What explains and proves the footage: the journal's extract, the pages, the verifier, the key."""
    facts = manifest_facts(gathered)
    lines = [one.line for one in measured]
    texts: dict[str, tuple[str, bytes]] = {
        AUDIT: ("audit", _audit(gathered)),
        "player.html": ("player", player_page(facts, lines)),
        "LISEZMOI.html": ("read_me", read_me(gathered.case, gathered.export, gathered.at, "fr")),
        "README.html": ("read_me", read_me(gathered.case, gathered.export, gathered.at, "en")),
        "public_key.txt": ("key", f"{public_key}\n".encode()),
        "verify.py": ("verifier", standalone_verifier()),
    }
    return [Piece(name=name, text=text, facts={"kind": kind}) for name, (kind, text) in texts.items()]


def manifest_facts(gathered: Gathered) -> dict[str, Any]:
    """What the manifest tells beside the files."""
    case, export = gathered.case, gathered.export
    names = gathered.camera_names
    return {
        "format": FORMAT,
        "made_by": f"Beffroi {__version__}",
        "made_at": iso_utc(gathered.at),
        "export_id": export.export_id,
        "case": {
            "case_id": case.case_id,
            "requisition": case.requisition,
            "authority": case.authority,
            "legal_basis": case.legal_basis,
            "purpose": case.purpose,
            "cameras": [{"camera_id": one, "name": names.get(one, one)} for one in case.cameras],
            "from_at": iso_utc(case.from_at),
            "to_at": iso_utc(case.to_at),
            "ends_at": iso_utc(case.ends_at),
            "opened_by": case.opened_by,
            "opened_at": iso_utc(case.opened_at),
        },
        "asked_by": export.asked_by,
        "asked_at": iso_utc(export.asked_at),
        "why": export.why,
        "seconded_by": export.seconded_by,
        "seconded_at": iso_utc(export.seconded_at) if export.seconded_at is not None else None,
        "blurred_copies": export.blurred,
        "alerts": [_alert(number, *one) for number, one in enumerate(gathered.alerts, start=1)],
        "evidence": [_record(kept) for _, kept in gathered.alerts],
    }


def _check_there(kept: EvidenceRecord, alert_id: str, over: bool) -> None:
    if over or not kept.parts or not kept.record_sha256:
        why = "its time was over: it is destroyed" if over else "it is not complete, or it never came"
        raise ConflictError(
            f"the footage of alert {alert_id} cannot be exported: {why}. Take this alert out of the case and ask again."
        )


def _piece(stem: str, part: EvidencePart, record: AlertRecord, kept: EvidenceRecord, footage: Footage) -> Piece:
    name = stem + _SUFFIX.get(part.media_type, ".bin")
    facts = {
        "kind": part.kind.value,
        "media_type": part.media_type,
        "alert_id": record.alert.alert_id,
        "evidence_id": kept.evidence.evidence_id,
    }
    return Piece(name=name, source=footage.path(part), sha256=part.sha256, facts=facts)


def _alert(number: int, record: AlertRecord, kept: EvidenceRecord) -> dict[str, Any]:
    alert, verdict = record.alert, record.last_verdict
    return {
        "number": number,
        "alert_id": alert.alert_id,
        "camera_id": alert.camera_id,
        "camera_name": record.camera_name,
        "situation": alert.situation.value,
        "rule": record.rule_name,
        "authorisation_id": record.authorisation_id,
        "raised_at": iso_utc(alert.raised_at),
        "from_at": iso_utc(kept.from_at),
        "to_at": iso_utc(kept.to_at),
        "state": alert.state.value,
        "last_decision": verdict.decision.value if verdict else "",
        "redaction": kept.evidence.redaction,
    }


def _record(kept: EvidenceRecord) -> dict[str, Any]:
    """An evidence record with everything its digest takes in, so that whoever receives it computes it anew."""
    return {**evidence.digested(kept.evidence, kept.event_id), "record_sha256": kept.record_sha256}


def _audit(gathered: Gathered) -> bytes:
    entries = [
        {
            "seq": one.seq,
            "at": one.at,
            "actor": one.actor,
            "role": one.role,
            "act": one.act,
            "about": one.about,
            "why": one.why,
            "purpose": one.purpose,
            "allowed": one.allowed,
            "detail": canonical_detail(one.detail),
            "previous_sha256": one.previous_sha256,
            "sha256": one.sha256,
        }
        for one in gathered.entries
    ]
    told = {"entries": entries, "checkpoint": _checkpoint(gathered.checkpoint, gathered.keys)}
    return (json.dumps(told, indent=1) + "\n").encode()


def _checkpoint(point: Checkpoint | None, keys: dict[str, str]) -> dict[str, Any] | None:
    """The newest signed checkpoint, as it was signed: it seals the journal, these entries with it."""
    if point is None or point.key_id not in keys:
        return None
    signed = {"signed": base64.b64encode(statement(point)).decode(), "signature": point.signature}
    return {"seq": point.seq, "head_sha256": point.head_sha256, "public_key": keys[point.key_id], **signed}
