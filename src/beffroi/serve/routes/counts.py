"""Figures: counts per quarter of an hour, and how often the rules of pilots were met."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from beffroi.govern.accounts import Session
from beffroi.govern.rights import Right
from beffroi.serve.access import Needs
from beffroi.serve.deps import deps_of
from beffroi.serve.problems import problems
from beffroi.serve.wire.counts import CountsOut, PilotOut, counts_out, pilot_out
from beffroi.vocabulary.errors import InvalidInputError
from beffroi.vocabulary.time import UtcNs, seconds_to_ns, utc_ns

router = APIRouter(tags=["counts"])
Reader = Annotated[Session, Depends(Needs(Right.READ_FIGURES))]
From = Annotated[datetime | None, Query(alias="from", description="RFC 3339, with its zone; a day before `to`")]
To = Annotated[datetime | None, Query(description="RFC 3339, with its zone; not included; now")]
Word = Annotated[str, Query(max_length=80)]
_DAY = timedelta(days=1)


@router.get("/counts", summary="Counts per quarter of an hour", responses=problems(401, 403, 404, 422))
def counts(
    request: Request, session: Reader, from_: From = None, to: To = None, camera_id: Word = "", rule_id: Word = ""
) -> CountsOut:
    """What rules counted, at most 31 days at once: only those whose authorisation allows counts count."""
    doors, (from_at, to_at) = deps_of(request).doors, _span(request, from_, to)
    return counts_out(doors.counts.between(session.actor, from_at, to_at, camera_id=camera_id, rule_id=rule_id))


@router.get("/pilot", summary="How often the rules of pilots were met", responses=problems(401, 403, 422))
def pilot(request: Request, session: Reader, from_: From = None, to: To = None) -> PilotOut:
    """By day and rule, at most 31 days at once: what would have been alerts, where none may be shown."""
    doors, (from_at, to_at) = deps_of(request).doors, _span(request, from_, to)
    return pilot_out(doors.counts.of_pilots(session.actor, from_at, to_at))


def _span(request: Request, from_: datetime | None, to: datetime | None) -> tuple[UtcNs, UtcNs]:
    to_at = _instant(to, "to") or deps_of(request).clock()
    return _instant(from_, "from") or UtcNs(to_at - seconds_to_ns(_DAY.total_seconds())), to_at


def _instant(given: datetime | None, name: str) -> UtcNs | None:
    if given is None:
        return None
    try:
        return utc_ns(given)
    except (ValueError, OverflowError):
        mend = "Write it as 2026-05-04T21:03:07Z."
        raise InvalidInputError("is not an instant with its time zone", where=f"query.{name}", mend=mend) from None
