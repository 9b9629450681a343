"""What retention knows of itself: since when it keeps a ledger, which time it believed last, what was last verified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from beffroi.keep.store.tables.retention import retention_state
from beffroi.vocabulary.time import UtcNs


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionState:
    """``clock_at``: the latest time that was believed. ``doubted_since``: when the clock leapt ahead, while that is
    waited for. ``report``: the last verification, as it was told.
    """

    began_at: UtcNs
    clock_at: UtcNs
    doubted_since: UtcNs | None = None
    stepped_back_at: UtcNs | None = None
    stepped_back_s: int = 0
    verified_at: UtcNs | None = None
    verified_by: str = ""
    report: Mapping[str, Any] | None = None


def state_of(connection: Connection) -> RetentionState | None:
    """The state; None in a house that has never tended."""
    row = connection.execute(select(retention_state)).mappings().one_or_none()
    return None if row is None else RetentionState(**{name: row[name] for name in RetentionState.__slots__})


def begin(connection: Connection, now: UtcNs) -> None:
    """Keep since when each destruction is in the ledger."""
    rest = {"stepped_back_s": 0, "verified_by": ""}
    connection.execute(insert(retention_state).values(place=1, began_at=now, clock_at=now, **rest))


def change(connection: Connection, **values: Any) -> None:
    """Keep what has changed."""
    connection.execute(update(retention_state).values(**values))
