"""The queue, the history, one alert, its evidence, and the answers people give."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.responses import FileResponse

from beffroi.govern.accounts import Session
from beffroi.govern.alerts import AlertDetail, AlertFilter, Answer
from beffroi.govern.payloads import alert_json, instant_json, verdict_json
from beffroi.govern.rights import Right
from beffroi.serve.access import Needs
from beffroi.serve.deps import deps_of
from beffroi.serve.problems import Problem, problems
from beffroi.serve.wire.alerts import (
    AlertDetailOut,
    AlertOut,
    AlertPageOut,
    EvidenceOut,
    GivenOut,
    PartOut,
    QueueOut,
    VerdictIn,
    VerdictOut,
    governor_out,
)
from beffroi.serve.wire.rules import CoverageOut, rule_out
from beffroi.vocabulary.evidence import PartKind
from beffroi.vocabulary.judgement import AlertState, Decision
from beffroi.vocabulary.rules import Situation
from beffroi.vocabulary.time import UtcNs, utc_ns

router = APIRouter(tags=["alerts"])
Desk = Annotated[Session, Depends(Needs(Right.SEE_QUEUE))]
Reader = Annotated[Session, Depends(Needs(Right.READ_HISTORY))]
Judge = Annotated[Session, Depends(Needs(Right.DECIDE))]
Witness = Annotated[Session, Depends(Needs(Right.SEE_EVIDENCE))]
AlertId = Annotated[str, Path(max_length=80, examples=["al_01J9ZK3M7Q"])]
PART_FILES = {PartKind.CLIP: "clip.mp4", PartKind.STILL: "still.jpg"}


@router.get("/queue", summary="What waits for an answer", responses=problems(401, 403))
def queue(request: Request, session: Desk, limit: Annotated[int, Query(ge=1, le=500)] = 200) -> QueueOut:
    """Alerts to answer, most urgent first; those held back by the rate governor; those snoozed. Totals count all."""
    now = deps_of(request).doors.alerts.queue(session.actor, limit=limit)
    return QueueOut(
        shown=[AlertOut.model_validate(alert_json(one)) for one in now.shown],
        held=[AlertOut.model_validate(alert_json(one)) for one in now.held],
        snoozed=[AlertOut.model_validate(alert_json(one)) for one in now.snoozed],
        shown_total=now.shown_total,
        held_total=now.held_total,
        snoozed_total=now.snoozed_total,
        governor=governor_out(now.governor),
    )


class HistoryQuery:
    """The filters of the history, as the address gives them."""

    def __init__(
        self,
        state: AlertState | None = None,
        camera_id: Annotated[str, Query(max_length=80)] = "",
        situation: Situation | None = None,
        decision: Decision | None = None,
        from_: Annotated[datetime | None, Query(alias="from", description="RFC 3339, with its zone")] = None,
        to: Annotated[datetime | None, Query(description="RFC 3339, with its zone; not included")] = None,
    ) -> None:
        self.wanted = AlertFilter(
            state=state,
            camera_id=camera_id or None,
            situation=situation,
            decision=decision,
            from_at=_instant(from_, "from"),
            to_at=_instant(to, "to"),
        )


@router.get("/alerts", summary="The history of alerts", responses=problems(401, 403, 422))
def alerts(
    request: Request,
    session: Reader,
    wanted: Annotated[HistoryQuery, Depends()],
    cursor: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> AlertPageOut:
    """Alerts of any state, newest first, page by page."""
    page = deps_of(request).doors.alerts.history(session.actor, wanted.wanted, cursor=cursor, limit=limit)
    items = [AlertOut.model_validate(alert_json(one)) for one in page.items]
    return AlertPageOut(items=items, next_cursor=page.next_cursor, total=page.total)


@router.get("/alerts/{alert_id}", summary="One alert", responses=problems(401, 403, 404))
def alert(request: Request, session: Desk, alert_id: AlertId) -> AlertDetailOut:
    """An alert, all answers to it, its evidence, and the rule that raised it."""
    return _detail(deps_of(request).doors.alerts.get(session.actor, alert_id))


@router.get(
    "/alerts/{alert_id}/clip.mp4",
    summary="The clip",
    response_class=FileResponse,
    responses={
        **problems(401, 403, 404, 416, 503),
        200: {"content": {"video/mp4": {}}, "description": "MP4"},
        206: {"content": {"video/mp4": {}}, "description": "The bytes asked for"},
    },
)
def clip(request: Request, session: Witness, alert_id: AlertId) -> Response:
    """The alert's video as recorded, or its blurred copy for those who may not see people clearly; byte ranges are
    answered. The viewing is traced.
    """
    return _evidence(request, session, alert_id, PartKind.CLIP)


@router.get(
    "/alerts/{alert_id}/still.jpg",
    summary="The still",
    response_class=FileResponse,
    responses={**problems(401, 403, 404, 503), 200: {"content": {"image/jpeg": {}}, "description": "JPEG"}},
)
def still(request: Request, session: Witness, alert_id: AlertId) -> Response:
    """The picture in which the rule was met, with boxes, clear or blurred as for the clip. The viewing is traced."""
    return _evidence(request, session, alert_id, PartKind.STILL)


@router.post(
    "/alerts/{alert_id}/verdicts",
    summary="Answer an alert",
    status_code=201,
    responses={
        **problems(401, 403, 404, 409, 422),
        200: {"model": GivenOut, "description": "This answer was kept before: the same Idempotency-Key"},
    },
)
def give_verdict(
    request: Request,
    response: Response,
    session: Judge,
    alert_id: AlertId,
    given: VerdictIn,
    idempotency_key: Annotated[str, Header(min_length=8, max_length=128, examples=["6f1c5a1e-5d1e-4f6e-9c1b"])],
) -> GivenOut:
    """Keep a person's answer. When this returns it is on the disk. The same key again changes nothing."""
    answer = Answer(
        decision=given.decision,
        reason=given.reason,
        note=given.note,
        evidence_seen=tuple(given.evidence_seen),
        snooze_minutes=given.snooze_minutes,
        handed_to=given.handed_to,
        expected_state=given.expected_state,
    )
    kept = deps_of(request).doors.alerts.give_verdict(session.actor, alert_id, answer, idempotency_key=idempotency_key)
    if not kept.is_new:
        response.status_code = 200
    return GivenOut(
        verdict=VerdictOut.model_validate(verdict_json(kept.verdict)),
        alert=AlertOut.model_validate(alert_json(kept.record)),
    )


def _instant(given: datetime | None, name: str) -> UtcNs | None:
    """An instant of the address.

    Raises:
        Problem: 422, it has no time zone.
    """
    if given is None:
        return None
    if given.tzinfo is None:
        raise Problem(422, "invalid", f"{name} has no time zone", mend="Write it as 2026-05-04T21:00:00Z.")
    return utc_ns(given)


def _detail(detail: AlertDetail) -> AlertDetailOut:
    """An alert with everything about it, on the wire."""
    kept = detail.evidence
    alert_id = detail.record.alert.alert_id
    shown = detail.shown_parts()
    parts = [
        PartOut(
            kind=kind.value,
            media_type=part.media_type,
            url=f"/api/v1/alerts/{alert_id}/{PART_FILES[kind]}",
            bytes=part.bytes,
            sha256=part.sha256,
        )
        for kind, part in shown.items()
    ]
    lift = detail.clearness.lift
    evidence = EvidenceOut(
        state=kept.state.value,
        reason=kept.reason,
        from_at=instant_json(kept.from_at),
        to_at=instant_json(kept.to_at),
        met_at=instant_json(detail.met_at),
        expires_at=instant_json(kept.expires_at),
        parts=parts,
        picture="clear" if detail.clearness.clear else "blurred",
        redaction=kept.evidence.redaction,
        lift_id=lift.lift_id if lift else None,
        until_at=instant_json(lift.until_at if lift else None),
    )
    # The one in force when the alert was raised, whatever has become of it since: the sheet must be able to name it.
    under = detail.record.authorisation_id
    raised_under = CoverageOut(covered=True, authorisation_id=under, reason="", valid_until=None)
    fields: dict[str, Any] = alert_json(detail.record) | {
        "evidence": evidence,
        "verdicts": [verdict_json(one) for one in detail.verdicts],
        "rule": rule_out(detail.rule).model_copy(update={"authorisation": raised_under}),
    }
    return AlertDetailOut.model_validate(fields)


def _evidence(request: Request, session: Session, alert_id: str, kind: PartKind) -> FileResponse:
    """A file of the evidence. Its name on disk and its digest let it be compared with the record."""
    part = deps_of(request).doors.alerts.evidence_file(session.actor, alert_id, kind)
    headers = {"Cache-Control": "private, no-store", "ETag": f'"{part.sha256}"'}
    return FileResponse(part.path, media_type=part.media_type, headers=headers)
