"""The journal: who did, saw or was refused what. Reading, verifying and exporting it are entries too."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from beffroi.govern.accounts import Session
from beffroi.govern.audit.journal import JournalFilter, Wish
from beffroi.govern.payloads import instant_json
from beffroi.govern.rights import Right, Role
from beffroi.serve.access import Needs
from beffroi.serve.deps import deps_of
from beffroi.serve.problems import Problem, problems
from beffroi.serve.wire.journal import (
    CheckpointsOut,
    JournalPageOut,
    KeyOut,
    VerificationOut,
    checkpoint_out,
    entry_out,
    verification_out,
)
from beffroi.vocabulary.time import UtcNs, iso_utc, utc_ns

router = APIRouter(tags=["journal"])
Reader = Annotated[Session, Depends(Needs(Right.READ_JOURNAL))]
Moment = Annotated[datetime | None, Query(description="RFC 3339, with its zone")]
Word = Annotated[str, Query(max_length=128)]
Why = Annotated[str, Query(max_length=500, description="The reason, kept in the journal")]
Language = Annotated[Literal["fr", "en"], Query(description="Language of the words")]


class JournalQuery:
    """The filters of the journal, as the address gives them."""

    def __init__(
        self,
        actor: Word = "",
        role: Role | None = None,
        act: Word = "",
        about: Annotated[str, Query(max_length=300)] = "",
        camera_id: Word = "",
        refused: Annotated[bool, Query(description="Refused acts only")] = False,
    ) -> None:
        self.chosen = JournalFilter(
            actor=actor, role=role.value if role else "", act=act, about=about, camera_id=camera_id, refused=refused
        )


class Span:
    """From when to when; `to` is not included."""

    def __init__(
        self,
        from_: Annotated[datetime | None, Query(alias="from", description="RFC 3339, with its zone")] = None,
        to: Moment = None,
    ) -> None:
        self.from_at, self.to_at = _instant(from_, "from"), _instant(to, "to")

    def of(self, query: JournalQuery) -> JournalFilter:
        """The whole filter."""
        chosen = query.chosen
        return JournalFilter(
            actor=chosen.actor,
            role=chosen.role,
            act=chosen.act,
            about=chosen.about,
            camera_id=chosen.camera_id,
            refused=chosen.refused,
            from_at=self.from_at,
            to_at=self.to_at,
        )


Filtered = Annotated[JournalQuery, Depends()]
Within = Annotated[Span, Depends()]


@router.get("/journal", summary="The journal", responses=problems(401, 403, 422))
def journal(
    request: Request,
    session: Reader,
    query: Filtered,
    span: Within,
    cursor: Annotated[str, Query(max_length=20)] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> JournalPageOut:
    """Entries, newest first, page by page. The question itself is journalled, once for all its pages."""
    page = deps_of(request).doors.journal.page(session.actor, span.of(query), cursor=cursor, limit=limit)
    return JournalPageOut(items=[entry_out(one) for one in page.items], next_cursor=page.next_cursor)


@router.get("/journal/checkpoints", summary="Signed checkpoints of the journal", responses=problems(401, 403))
def journal_checkpoints(
    request: Request, session: Reader, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> CheckpointsOut:
    """The last signed statements about the journal, newest first, and every public key."""
    door = deps_of(request).doors.journal
    keys = [
        KeyOut(
            key_id=one.key_id,
            public_key=one.public_key,
            made_at=iso_utc(one.made_at),
            retired_at=instant_json(one.retired_at),
            retired_why=one.retired_why,
        )
        for one in door.keys(session.actor)
    ]
    items = [checkpoint_out(one) for one in door.checkpoints(session.actor, limit=limit)]
    return CheckpointsOut(items=items, keys=keys, timestamp_trouble=door.timestamp_trouble)


@router.post("/journal/verify", summary="Verify the journal", responses=problems(401, 403, 409))
def verify_journal(request: Request, session: Reader) -> VerificationOut:
    """Compute every digest again, check links, numbers, signatures and copies; whatever is wrong is named."""
    return verification_out(deps_of(request).doors.journal.verify(session.actor))


@router.get(
    "/journal/export.csv",
    summary="The journal as a table",
    response_class=Response,
    responses={**problems(401, 403, 422), 200: {"content": {"text/csv": {}}, "description": "CSV, UTF-8"}},
)
def export_journal_csv(
    request: Request, session: Reader, query: Filtered, span: Within, why: Why = "", lang: Language = "fr"
) -> Response:
    """A bounded span, oldest first. The reason is journalled before anything is given."""
    wish = Wish(wanted=span.of(query), why=why, language=lang)
    content = deps_of(request).doors.journal.export_csv(session.actor, wish)
    return Response(content, media_type="text/csv; charset=utf-8", headers=_attached("journal.csv"))


@router.get(
    "/journal/export.pdf",
    summary="The journal on paper",
    response_class=Response,
    responses={**problems(401, 403, 422), 200: {"content": {"application/pdf": {}}, "description": "PDF"}},
)
def export_journal_pdf(
    request: Request, session: Reader, query: Filtered, span: Within, why: Why = "", lang: Language = "fr"
) -> Response:
    """A bounded span, oldest first, in words. The reason is journalled before anything is given."""
    wish = Wish(wanted=span.of(query), why=why, language=lang)
    content = deps_of(request).doors.journal.export_pdf(session.actor, wish)
    return Response(content, media_type="application/pdf", headers=_attached("journal.pdf"))


def _attached(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}


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
