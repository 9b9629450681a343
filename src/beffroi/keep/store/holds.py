"""Judicial holds: what must not be destroyed before a day, for which requisition, and who said so."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, exists, func, insert, select, update

from beffroi.keep.store.tables.retention import hold_alerts, hold_cameras, holds
from beffroi.vocabulary.time import UtcNs


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One hold: everything of its cameras that overlaps ``from_at``..``to_at``, and all that belongs to its alerts.

    It holds until ``ends_at``, or until it was released.
    """

    hold_id: str
    reference: str
    authority: str
    reason: str
    cameras: tuple[str, ...]
    alerts: tuple[str, ...]
    from_at: UtcNs
    to_at: UtcNs
    ends_at: UtcNs
    placed_at: UtcNs
    placed_by: str
    released_at: UtcNs | None = None
    released_by: str = ""
    released_why: str = ""

    def holds_at(self, now: UtcNs) -> bool:
        """Whether it still holds."""
        return self.released_at is None and now < self.ends_at


_PLAIN = tuple(name for name in Hold.__slots__ if name not in ("cameras", "alerts"))


def add_hold(connection: Connection, hold: Hold) -> None:
    """Keep a new hold."""
    connection.execute(insert(holds).values(**{name: getattr(hold, name) for name in _PLAIN}))
    if hold.cameras:
        rows = [{"hold_id": hold.hold_id, "camera_id": one} for one in hold.cameras]
        connection.execute(insert(hold_cameras), rows)
    if hold.alerts:
        connection.execute(insert(hold_alerts), [{"hold_id": hold.hold_id, "alert_id": one} for one in hold.alerts])


def set_end(connection: Connection, hold_id: str, ends_at: UtcNs) -> None:
    """Keep a later (or sooner) end."""
    connection.execute(update(holds).where(holds.c.hold_id == hold_id).values(ends_at=ends_at))


def release(connection: Connection, hold_id: str, *, by: str, now: UtcNs, why: str) -> None:
    """Keep that a hold was lifted before its end."""
    values = {"released_at": now, "released_by": by, "released_why": why}
    connection.execute(update(holds).where(holds.c.hold_id == hold_id).values(**values))


def get_hold(connection: Connection, hold_id: str) -> Hold | None:
    """One hold."""
    return next(iter(_read(connection, holds.c.hold_id == hold_id)), None)


def all_holds(connection: Connection, limit: int = 500) -> list[Hold]:
    """Every hold, newest first."""
    return _read(connection, None, limit)


def any_live(connection: Connection, now: UtcNs) -> bool:
    """Whether anything is held."""
    live = select(func.count()).select_from(holds).where(*live_at(now))
    return bool(connection.execute(live).scalar_one())


def live_at(now: UtcNs) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """What makes a row of ``holds`` hold at an instant."""
    return holds.c.released_at.is_(None), holds.c.ends_at > now


def covers(
    now: UtcNs,
    *,
    camera_id: ColumnElement[str],
    from_at: ColumnElement[int],
    to_at: ColumnElement[int],
    alert_id: ColumnElement[str] | None = None,
) -> ColumnElement[bool]:
    """The condition that a live hold covers a row of some table. Touching a hold's span is being in it."""
    by_camera = exists(
        select(hold_cameras.c.hold_id)
        .join(holds, holds.c.hold_id == hold_cameras.c.hold_id)
        .where(hold_cameras.c.camera_id == camera_id, *live_at(now))
        .where(holds.c.from_at <= to_at, holds.c.to_at >= from_at)
    )
    if alert_id is None:
        return by_camera
    by_alert = exists(
        select(hold_alerts.c.hold_id)
        .join(holds, holds.c.hold_id == hold_alerts.c.hold_id)
        .where(hold_alerts.c.alert_id == alert_id, *live_at(now))
    )
    return by_camera | by_alert


def _read(connection: Connection, where: ColumnElement[bool] | None, limit: int = 1) -> list[Hold]:
    query = select(holds).order_by(holds.c.placed_at.desc(), holds.c.hold_id).limit(limit)
    if where is not None:
        query = query.where(where)
    found = []
    for row in connection.execute(query).mappings().all():
        of_hold = hold_cameras.c.hold_id == row["hold_id"]
        cameras = connection.execute(select(hold_cameras.c.camera_id).where(of_hold).order_by("camera_id")).scalars()
        named = hold_alerts.c.hold_id == row["hold_id"]
        alerts = connection.execute(select(hold_alerts.c.alert_id).where(named).order_by("alert_id")).scalars()
        found.append(Hold(**row, cameras=tuple(cameras), alerts=tuple(alerts)))
    return found
