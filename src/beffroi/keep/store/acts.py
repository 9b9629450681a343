"""The trace: who did, saw or was refused what, when and why. Only ever added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, insert, select

from beffroi.keep.store.tables import acts
from beffroi.vocabulary.time import UtcNs


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act. ``about`` names the thing ("alert:…", "camera:…"); ``allowed`` is false for a refusal."""

    at: UtcNs
    actor: str
    role: str
    act: str
    about: str
    why: str = ""
    allowed: bool = True
    detail: Mapping[str, str | int | float | bool] = field(default_factory=dict)


def add_act(connection: Connection, act: Act) -> None:
    """Keep an act."""
    who = {"at": act.at, "actor": act.actor, "role": act.role}
    what = {"act": act.act, "about": act.about, "why": act.why, "allowed": act.allowed, "detail": dict(act.detail)}
    connection.execute(insert(acts).values(**who, **what))


def recent_acts(connection: Connection, limit: int, about: str | None = None) -> list[Act]:
    """Acts, newest first; about one thing only when it is named."""
    kept = (acts.c.at, acts.c.actor, acts.c.role, acts.c.act, acts.c.about, acts.c.why, acts.c.allowed, acts.c.detail)
    query = select(*kept).order_by(acts.c.act_seq.desc()).limit(limit)
    if about is not None:
        query = query.where(acts.c.about == about)
    return [Act(**row) for row in connection.execute(query).mappings()]
