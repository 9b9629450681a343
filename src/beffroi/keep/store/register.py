"""What the register is made of beside the configuration: the town's sheet, measured figures, counts of a span."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, func, insert, select

from beffroi.keep.store.rows import Document
from beffroi.keep.store.tables import alerts, evidence
from beffroi.keep.store.tables.journal import journal
from beffroi.keep.store.tables.register import performance_figures, town_sheets
from beffroi.vocabulary.time import UtcNs

Span = tuple[UtcNs, UtcNs]
"""From (included) to (not included)."""


class MapKind(StrEnum):
    """What the public register shows of where the cameras are."""

    NONE = "none"
    PERIMETER = "perimeter"
    EXACT = "exact"


@dataclass(frozen=True, slots=True, kw_only=True)
class TownSheet:
    """What only the town can say of itself; an empty text is a gap, and shown as one.

    ``responsible`` is the body that answers for the processing, ``service`` the one that runs the control room;
    ``rights_contact`` is where a person asks for access to images; ``map`` how precisely cameras are shown.
    """

    responsible: str = ""
    address: str = ""
    service: str = ""
    phone: str = ""
    email: str = ""
    dpo_contact: str = ""
    rights_contact: str = ""
    prefecture: str = ""
    complaint: str = ""
    website: str = ""
    map: MapKind = MapKind.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetVersion:
    """The sheet as it stands. ``version`` 0: nobody has filled it in yet."""

    sheet: TownSheet
    version: int = 0
    made_at: UtcNs | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """What was measured for one situation: ``detected`` of ``events``, ``false_alerts`` in ``camera_hours``.

    ``recall_95`` and ``false_per_hour_95`` are 95 % intervals; None where nothing was there to count. ``measured_on``
    is a day (YYYY-MM-DD), ``note`` says on what footage and under which conditions.
    """

    situation: str
    events: int
    detected: int
    false_alerts: int
    camera_hours: float
    recall_95: tuple[float, float] | None
    false_per_hour_95: tuple[float, float] | None
    latency_p95_s: float | None
    model: str
    version: str
    measured_on: str
    note: str


_SHEET = Document(TownSheet)
_PERFORMANCE = Document(Performance)


def sheet_now(connection: Connection) -> SheetVersion:
    """The newest version of the town's sheet."""
    table = town_sheets
    row = connection.execute(select(table).order_by(table.c.version.desc()).limit(1)).one_or_none()
    if row is None:
        return SheetVersion(sheet=TownSheet())
    return SheetVersion(sheet=_SHEET.read(row.document), version=row.version, made_at=UtcNs(row.made_at))


def add_sheet(connection: Connection, sheet: TownSheet, *, version: int, now: UtcNs, by: str) -> None:
    """Keep a new version of the town's sheet."""
    values = {"version": version, "document": _SHEET.write(sheet), "made_at": now, "made_by": by}
    connection.execute(insert(town_sheets).values(values))


def add_performance(connection: Connection, figures: Performance, *, sha256: str, now: UtcNs, by: str) -> None:
    """Keep what was measured for one situation; the latest import counts."""
    connection.execute(
        insert(performance_figures).values(
            situation=figures.situation,
            document=_PERFORMANCE.write(figures),
            source_sha256=sha256,
            imported_at=now,
            imported_by=by,
        )
    )


def performance_now(connection: Connection) -> list[Performance]:
    """The latest figures of each situation, by situation."""
    table = performance_figures
    newest = select(func.max(table.c.place)).group_by(table.c.situation)
    rows = connection.execute(select(table.c.document).where(table.c.place.in_(newest)).order_by(table.c.situation))
    return [_PERFORMANCE.read(row.document) for row in rows]


def alert_counts(connection: Connection, span: Span) -> dict[tuple[str, str], int]:
    """How many alerts were raised in a span, by (situation, state now)."""
    table = alerts
    query = (
        select(table.c.situation, table.c.state, func.count())
        .where(table.c.raised_at >= span[0], table.c.raised_at < span[1])
        .group_by(table.c.situation, table.c.state)
    )
    return {(situation, state): count for situation, state, count in connection.execute(query)}


def act_counts(connection: Connection, span: Span) -> dict[tuple[str, bool], int]:
    """How often each act was done (True) or refused (False) in a span, from the journal."""
    table = journal
    query = (
        select(table.c.act, table.c.allowed, func.count())
        .where(table.c.at >= span[0], table.c.at < span[1])
        .group_by(table.c.act, table.c.allowed)
    )
    return {(act, bool(allowed)): count for act, allowed, count in connection.execute(query)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A recording kept for an alert; ``from_at`` to ``to_at`` are zero where nothing could be kept."""

    camera_id: str
    state: str
    from_at: UtcNs
    to_at: UtcNs
    born_at: UtcNs
    expires_at: UtcNs
    destroyed_at: UtcNs | None


def recordings(connection: Connection, span: Span) -> Iterator[Recording]:
    """What was recorded for the alerts of a span, oldest first."""
    table = evidence
    names = ("camera_id", "state", "from_at", "to_at", "born_at", "expires_at", "destroyed_at")
    query = (
        select(*(table.c[name] for name in names))
        .where(table.c.born_at >= span[0], table.c.born_at < span[1])
        .order_by(table.c.born_at)
    )
    for row in connection.execute(query).mappings():
        yield Recording(**row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewing:
    """An act upon footage, from the journal."""

    at: UtcNs
    actor: str
    role: str
    act: str
    about: str
    why: str
    allowed: bool


def viewings(connection: Connection, span: Span, acts: tuple[str, ...], limit: int) -> tuple[list[Viewing], int]:
    """The first ``limit`` acts of these kinds in a span, oldest first, and how many there are in all."""
    table = journal
    here = (table.c.at >= span[0], table.c.at < span[1], table.c.act.in_(acts))
    total = connection.execute(select(func.count()).select_from(table).where(*here)).scalar_one()
    names = ("at", "actor", "role", "act", "about", "why", "allowed")
    query = select(*(table.c[name] for name in names)).where(*here).order_by(table.c.seq).limit(limit)
    return [Viewing(**row) for row in connection.execute(query).mappings()], int(total)
