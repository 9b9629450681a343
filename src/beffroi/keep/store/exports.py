"""Sealed exports: asked for, built, handed over, destroyed; their receipt stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, insert, or_, select, update

from beffroi.keep.store.tables.cases import cases, exports
from beffroi.vocabulary.retention import Why
from beffroi.vocabulary.time import UtcNs


class ExportState(StrEnum):
    """Where an export stands."""

    ASKED = "asked"
    BUILDING = "building"
    READY = "ready"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
    DESTROYED = "destroyed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One export. ``items`` is what was asked and seconded: {"alert": [ids], "segment": [ids]}. Once ready, ``bytes``
    and ``sha256`` (of the ZIP) and ``key_id`` are its receipt; it stays after the file is destroyed.
    """

    export_id: str
    case_id: str
    request_id: str
    asked_by: str
    asked_at: UtcNs
    why: str
    seconded_by: str = ""
    seconded_at: UtcNs | None = None
    blurred: bool = False
    items: Mapping[str, list[str]]
    state: ExportState = ExportState.ASKED
    reason: str = ""
    bytes: int = 0
    sha256: str = ""
    key_id: str = ""
    made_at: UtcNs | None = None
    expires_at: UtcNs | None = None
    destroyed_at: UtcNs | None = None


def add_export(connection: Connection, export: Export) -> None:
    """Keep a new export."""
    values = {name: getattr(export, name) for name in export.__slots__}
    values |= {"state": export.state.value, "items": {kind: list(ids) for kind, ids in export.items.items()}}
    connection.execute(insert(exports).values(**values))


def get_export(connection: Connection, export_id: str) -> Export | None:
    """One export."""
    row = connection.execute(select(exports).where(exports.c.export_id == export_id)).mappings().one_or_none()
    return None if row is None else _export(row)


def exports_of(connection: Connection, case_id: str) -> list[Export]:
    """The exports of a case, newest first."""
    query = select(exports).where(exports.c.case_id == case_id).order_by(exports.c.asked_at.desc())
    return [_export(row) for row in connection.execute(query).mappings()]


def in_state(connection: Connection, state: ExportState) -> list[Export]:
    """The exports that stand so."""
    query = select(exports).where(exports.c.state == state.value)
    return [_export(row) for row in connection.execute(query).mappings()]


def kept_files(connection: Connection) -> frozenset[str]:
    """The exports whose file may lie on the disk."""
    query = select(exports.c.export_id).where(exports.c.state == ExportState.READY.value)
    return frozenset(connection.execute(query).scalars())


def over(connection: Connection, now: UtcNs) -> list[tuple[Export, Why]]:
    """Ready exports whose time is over, or whose case has ended or was closed; with why."""
    joined = select(exports, cases.c.closed_at, cases.c.ends_at, cases.c.ended_at).join(
        cases, cases.c.case_id == exports.c.case_id
    )
    ended = or_(cases.c.closed_at.is_not(None), cases.c.ended_at.is_not(None), cases.c.ends_at <= now)
    query = joined.where(exports.c.state == ExportState.READY.value, or_(exports.c.expires_at <= now, ended))
    found = []
    for row in connection.execute(query).mappings():
        rest = dict(row)
        closed, ends_at, ended_at = (rest.pop(name) for name in ("closed_at", "ends_at", "ended_at"))
        over_now = ended_at is not None or ends_at <= now
        found.append((_export(rest), Why.CASE_CLOSED if closed else Why.CASE_ENDED if over_now else Why.EXPIRED))
    return found


def change_export(connection: Connection, export_id: str, **values: Any) -> None:
    """Keep what has changed of an export."""
    kept = {name: value.value if isinstance(value, ExportState) else value for name, value in values.items()}
    connection.execute(update(exports).where(exports.c.export_id == export_id).values(**kept))


def _export(row: Any) -> Export:
    return Export(**{**row, "state": ExportState(row["state"])})
