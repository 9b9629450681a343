"""Blur lifted: by whom, of what, why, from when to when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, insert, select, update

from beffroi.keep.store.tables.privacy import blur_lifts
from beffroi.vocabulary.time import UtcNs


@dataclass(frozen=True, slots=True, kw_only=True)
class BlurLift:
    """One person sees one camera's live picture (``about`` "camera:...") or one alert's evidence ("alert:...") without
    blur, from ``from_at`` until ``until_at`` at the latest. ``ended_at`` is None while nobody has noted its end.
    """

    lift_id: str
    actor: str
    about: str
    camera_id: str
    purpose_id: str
    why: str
    from_at: UtcNs
    until_at: UtcNs
    ended_at: UtcNs | None = None
    ended_by: str = ""


def add_lift(connection: Connection, lift: BlurLift) -> None:
    """Keep a new one."""
    connection.execute(insert(blur_lifts).values(**{name: getattr(lift, name) for name in lift.__slots__}))


def get_lift(connection: Connection, lift_id: str) -> BlurLift | None:
    """One of them."""
    found = _read(connection, [blur_lifts.c.lift_id == lift_id])
    return found[0] if found else None


def lifts_now(connection: Connection, now: UtcNs, *, actor: str = "", about: str = "") -> list[BlurLift]:
    """Those in force at an instant, oldest first. One that begins later than now does not hold: the clock went back."""
    table = blur_lifts
    where = [table.c.ended_at.is_(None), table.c.from_at <= now, table.c.until_at > now]
    where += [table.c.actor == actor] if actor else []
    where += [table.c.about == about] if about else []
    return _read(connection, where)


def lifts_over(connection: Connection, now: UtcNs) -> list[BlurLift]:
    """Those whose time is over and whose end nobody has noted."""
    return _read(connection, [blur_lifts.c.ended_at.is_(None), blur_lifts.c.until_at <= now])


def end_lift(connection: Connection, lift_id: str, *, at: UtcNs, by: str) -> None:
    """Keep when one ended, and by whom."""
    where = blur_lifts.c.lift_id == lift_id
    connection.execute(update(blur_lifts).where(where).values(ended_at=at, ended_by=by))


def _read(connection: Connection, where: Sequence[ColumnElement[bool]]) -> list[BlurLift]:
    query = select(blur_lifts).where(*where).order_by(blur_lifts.c.from_at, blur_lifts.c.lift_id)
    return [BlurLift(**row) for row in connection.execute(query).mappings()]
