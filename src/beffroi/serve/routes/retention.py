"""Retention: terms, what goes when, the ledger of destruction, the proof, holds for a judge."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request

from beffroi.govern.accounts import Session
from beffroi.govern.retention.holding import NewHold
from beffroi.govern.rights import Right
from beffroi.govern.sensitive import SensitiveKind
from beffroi.serve.access import Needs
from beffroi.serve.deps import deps_of
from beffroi.serve.problems import problems
from beffroi.serve.wire.retention import (
    ExtendIn,
    HoldIn,
    HoldOut,
    HoldReasonIn,
    LedgerEntryOut,
    ReleaseAskedOut,
    ReleaseIn,
    RetentionOut,
    RetentionProofOut,
    RetentionTermIn,
    RetentionTermOut,
    SoonerOut,
    entry_out,
    finding_out,
    hold_out,
    retention_out,
    term_out,
)
from beffroi.vocabulary.errors import InvalidInputError
from beffroi.vocabulary.retention import DataKind
from beffroi.vocabulary.time import UtcNs, iso_utc, utc_ns

router = APIRouter(tags=["retention"])
Reader = Annotated[Session, Depends(Needs(Right.SEE_RETENTION))]
Editor = Annotated[Session, Depends(Needs(Right.EDIT_RETENTION))]
Holder = Annotated[Session, Depends(Needs(Right.HOLD))]
HoldId = Annotated[str, Path(max_length=80, examples=["hold-1"])]


def _instant(text: str, where: str) -> UtcNs:
    """The instant of an RFC 3339 text."""
    try:
        return utc_ns(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        mend = "Write it as 2026-05-04T21:03:07Z."
        raise InvalidInputError("is not an instant with its time zone", where=f"body.{where}", mend=mend) from None


@router.get("/retention", summary="How retention stands and what goes when", responses=problems(401, 403))
def retention(request: Request, session: Reader, days: Annotated[int, Query(ge=1, le=366)] = 31) -> RetentionOut:
    """The state, what the disk refuses, the plan of the coming days, the last verification."""
    door = deps_of(request).doors.retention
    return retention_out(door.standing(session.actor), door.plan(session.actor, days=days))


@router.get("/retention/terms", summary="How long each kind of data is kept", responses=problems(401, 403))
def terms(request: Request, session: Reader) -> list[RetentionTermOut]:
    """The house's terms, then each camera's, with the limit that made them."""
    return [term_out(one) for one in deps_of(request).doors.retention.terms(session.actor)]


@router.put("/retention/terms", summary="Set or take back a term", responses=problems(401, 403, 404, 422))
def set_term(request: Request, session: Editor, given: RetentionTermIn) -> SoonerOut:
    """Shorter holds at once for what is there; longer holds for what comes."""
    door = deps_of(request).doors.retention
    if given.keep_s is None:
        door.clear_term(session.actor, given.camera_id, given.kind, why=given.why)
        return SoonerOut(sooner=0)
    return SoonerOut(sooner=door.set_term(session.actor, given.camera_id, given.kind, given.keep_s, why=given.why))


@router.get("/retention/ledger", summary="What was destroyed", responses=problems(401, 403))
def ledger(
    request: Request,
    session: Reader,
    before: Annotated[int | None, Query(ge=1)] = None,
    kind: DataKind | None = None,
    camera_id: Annotated[str, Query(max_length=80)] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> list[LedgerEntryOut]:
    """Lines of the signed ledger, newest first, from just before a number on."""
    door = deps_of(request).doors.retention
    found = door.ledger(session.actor, before=before, kind=kind, camera_id=camera_id, limit=limit)
    return [entry_out(one) for one in found]


@router.post("/retention/verify", summary="Prove that nothing expired is left", responses=problems(401, 403))
def verify(request: Request, session: Reader) -> RetentionProofOut:
    """Walk every file, record and ledger line; the result is kept and journalled."""
    proof = deps_of(request).doors.retention.verify(session.actor)
    return RetentionProofOut(
        at=iso_utc(proof.at),
        by=session.actor.name,
        clean=proof.clean,
        wrong={kind.value: count for kind, count in proof.wrong.items()},
        looked_at=dict(proof.looked_at),
        findings=[finding_out(one) for one in proof.findings],
    )


@router.get("/holds", summary="What is held for a judge", responses=problems(401, 403))
def holds(request: Request, session: Reader) -> list[HoldOut]:
    """Every hold, newest first, with what it keeps."""
    return [hold_out(one) for one in deps_of(request).doors.retention.holds.all(session.actor)]


@router.post("/holds", summary="Hold for a judge", status_code=201, responses=problems(401, 403, 404, 422))
def place_hold(request: Request, session: Holder, given: HoldIn) -> HoldOut:
    """Effective when this answers: what is still there stays until the hold ends."""
    new = NewHold(
        reference=given.reference,
        authority=given.authority,
        reason=given.reason,
        cameras=given.cameras,
        alerts=given.alerts,
        from_at=_instant(given.from_at, "from_at"),
        to_at=_instant(given.to_at, "to_at"),
        ends_at=_instant(given.ends_at, "ends_at"),
    )
    return hold_out(deps_of(request).doors.retention.holds.place(session.actor, new))


@router.post("/holds/{hold_id}/extend", summary="Put off a hold's end", responses=problems(401, 403, 404, 409, 422))
def extend_hold(request: Request, session: Holder, hold_id: HoldId, given: ExtendIn) -> HoldOut:
    """A later end, with its reason."""
    ends_at = _instant(given.ends_at, "ends_at")
    door = deps_of(request).doors.retention.holds
    return hold_out(door.extend(session.actor, hold_id, ends_at, why=given.why))


@router.post("/holds/{hold_id}/ask-release", summary="Ask to release a hold", responses=problems(401, 403, 404, 422))
def ask_release(request: Request, session: Holder, hold_id: HoldId, given: HoldReasonIn) -> ReleaseAskedOut:
    """Ask; a second person answers under the requests."""
    acts = deps_of(request).doors.sensitive
    asked = acts.ask(session.actor, SensitiveKind.RELEASE_HOLD, f"hold:{hold_id}", why=given.why)
    return ReleaseAskedOut(request_id=asked.request_id, state=asked.state.value)


@router.post("/holds/{hold_id}/release", summary="Release a hold", responses=problems(401, 403, 404, 409))
def release_hold(request: Request, session: Holder, hold_id: HoldId, given: ReleaseIn) -> HoldOut:
    """Lift it before its end, with a request that a second person agreed to."""
    return hold_out(deps_of(request).doors.retention.holds.release(session.actor, hold_id, given.request_id))
