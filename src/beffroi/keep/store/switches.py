"""The switches of the house, and the latest instant it has seen."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from beffroi.keep.store.rows import put
from beffroi.keep.store.tables.authorising import clock_marks, switches
from beffroi.vocabulary.errors import StorageError
from beffroi.vocabulary.time import UtcNs

ANALYSIS = "analysis"
_PLACE = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchState:
    """Whether all analysis is stopped, since when, by whom and why."""

    stopped: bool
    at: UtcNs
    by: str
    why: str


def analysis_switch(connection: Connection) -> SwitchState:
    """The kill switch.

    Raises:
        StorageError: its row is missing; who asks must take it for stopped.
    """
    row = connection.execute(select(switches).where(switches.c.switch == ANALYSIS)).mappings().one_or_none()
    if row is None:
        raise StorageError("the kill switch cannot be read: its row is missing. Analysis stays stopped.")
    return SwitchState(stopped=bool(row["stopped"]), at=UtcNs(row["at"]), by=row["by"], why=row["why"])


def set_analysis_switch(connection: Connection, state: SwitchState) -> None:
    """Turn the kill switch."""
    values = {"stopped": state.stopped, "at": state.at, "by": state.by, "why": state.why}
    connection.execute(update(switches).where(switches.c.switch == ANALYSIS).values(**values))


def clock_mark(connection: Connection) -> UtcNs:
    """The latest instant that was written down; 0 when none was."""
    found = connection.execute(select(clock_marks.c.at).where(clock_marks.c.place == _PLACE)).scalar_one_or_none()
    return UtcNs(found or 0)


def set_clock_mark(connection: Connection, at: UtcNs) -> None:
    """Write an instant down as the latest seen."""
    put(connection, clock_marks, {"place": _PLACE, "at": at})
