"""Sensitive acts: asked for with a reason, seconded by another person where they must be (four eyes), done once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from beffroi.govern.passage import Passage, Writing, new_id
from beffroi.govern.reaching import is_unlimited, of_request, reaches, refuse_unless_reached
from beffroi.govern.rights import LOCAL_ADMINISTRATOR, Actor, Right
from beffroi.govern.settings import GovernanceSettings
from beffroi.keep.store import sensitive
from beffroi.keep.store.sensitive import RequestState as RequestState
from beffroi.keep.store.sensitive import SensitiveRequest as SensitiveRequest
from beffroi.vocabulary.errors import ConflictError, InvalidInputError, NotAuthorisedError, NotFoundError
from beffroi.vocabulary.time import UtcNs, seconds_to_ns

_REASON_LEAST, _REASON_MOST = 8, 500


class SensitiveKind(StrEnum):
    """What takes a reason, and, in ``TERMS``, which right asks for it and whether a second person must agree."""

    LIFT_BLUR = "lift_blur"
    EXPORT = "export"
    HOLD = "hold"
    RELEASE_HOLD = "release_hold"
    GRANT_AUTHORISATION = "grant_authorisation"
    RESUME_ANALYSIS = "resume_analysis"
    CHANGE_MASKS = "change_masks"


@dataclass(frozen=True, slots=True, kw_only=True)
class SensitiveTerms:
    """``right``: who may ask. ``second``: whether another person, with the right to second, must agree first."""

    right: Right
    second: bool


TERMS: dict[SensitiveKind, SensitiveTerms] = {
    SensitiveKind.LIFT_BLUR: SensitiveTerms(right=Right.LIFT_BLUR, second=False),
    SensitiveKind.EXPORT: SensitiveTerms(right=Right.EXPORT, second=True),
    SensitiveKind.HOLD: SensitiveTerms(right=Right.HOLD, second=False),
    SensitiveKind.RELEASE_HOLD: SensitiveTerms(right=Right.HOLD, second=True),
    SensitiveKind.GRANT_AUTHORISATION: SensitiveTerms(right=Right.EDIT_AUTHORISATIONS, second=True),
    SensitiveKind.RESUME_ANALYSIS: SensitiveTerms(right=Right.RESUME_ANALYSIS, second=False),
    # masks that grow need a reason; those that shrink show homes, so they are asked for apart
    SensitiveKind.CHANGE_MASKS: SensitiveTerms(right=Right.EDIT_MASKS, second=True),
}


def check_reason(why: str, *, where: str = "why") -> str:
    """A reason that says something, trimmed.

    Raises:
        InvalidInputError: it is too short or too long.
    """
    said = " ".join(why.split())
    if not _REASON_LEAST <= len(said) <= _REASON_MOST:
        mend = f"Say why in {_REASON_LEAST} to {_REASON_MOST} characters: it is kept in the journal."
        raise InvalidInputError("no reason is given that says something", where=where, mend=mend)
    return said


def payload_digest(payload: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of what is asked, so that what is done is what was seconded."""
    text = json.dumps(payload, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class SensitiveActs:
    """The door of requests. Doors that do sensitive acts call ``take`` in the transaction of the act itself."""

    def __init__(self, passage: Passage, settings: GovernanceSettings) -> None:
        self._passage = passage
        self._settings = settings
        self._executors: dict[str, Callable[[Writing, SensitiveRequest], None]] = {}

    def executes(self, kind: SensitiveKind, act: Callable[[Writing, SensitiveRequest], None]) -> None:
        """Have an act of this kind done in the very transaction in which a second person agrees to it."""
        self._executors[kind.value] = act

    def ask(
        self, actor: Actor, kind: SensitiveKind, about: str, *, why: str, payload: Mapping[str, Any] | None = None
    ) -> SensitiveRequest:
        """Ask for a sensitive act. One that needs no second person is seconded at once, by nobody.

        Raises:
            InvalidInputError: no reason.
            NotFoundError: it concerns a camera that is not this person's business.
            NotAuthorisedError: the right to ask for this is missing, or it serves none of this person's purposes.
        """
        reason, terms = check_reason(why), TERMS[kind]
        asked = dict(payload or {})
        detail = {"kind": kind.value}
        with self._passage.writing(
            actor, terms.right, about, act="ask_sensitive", why=reason, detail=detail
        ) as writing:
            if not is_unlimited(actor):
                concerned = of_request(self._passage, writing.connection, about, asked)
                what = about.replace(":", " ")
                refuse_unless_reached(writing.connection, actor, concerned, about=about, what=what)
            request = SensitiveRequest(
                request_id=new_id("request"),
                kind=kind.value,
                about=about,
                asked_by=actor.name,
                asked_at=writing.now,
                why=reason,
                payload=asked,
                payload_sha256=payload_digest(asked),
                state=RequestState.WAITING if self.needs_second(actor, kind) else RequestState.SECONDED,
                answered_by="",
                answered_at=None,
                answer_why="",
                expires_at=UtcNs(writing.now + seconds_to_ns(self._settings.request_valid_s)),
            )
            sensitive.add_request(writing.connection, request)
            writing.tell("request.changed", {"request_id": request.request_id, "state": request.state.value})
        return request

    def needs_second(self, actor: Actor, kind: SensitiveKind) -> bool:
        """Whether another person must agree. The machine's own console stands alone: root can do anything anyway."""
        return TERMS[kind].second and self._settings.four_eyes and actor != LOCAL_ADMINISTRATOR

    def all(self, actor: Actor, *, waiting: bool = False) -> list[SensitiveRequest]:
        """Requests within this person's scopes, newest first. Who may neither second nor read the journal sees only
        their own.
        """
        with self._passage.reading(actor, Right.SEE_REQUESTS) as connection:
            found = self._within(connection, actor, sensitive.requests(connection, waiting=waiting))
        if self._passage.may_any(actor, (Right.SECOND, Right.READ_JOURNAL)):
            return found
        return [one for one in found if one.asked_by == actor.name]

    def second(self, actor: Actor, request_id: str, *, why: str = "") -> SensitiveRequest:
        """Agree to another person's request.

        Raises:
            NotFoundError: no such request, or it concerns a camera that is not this person's business.
            NotAuthorisedError: it serves none of this person's purposes, is their own, or the right is missing.
            ConflictError: it was answered, done, or its time is over.
        """
        return self._answer(actor, request_id, RequestState.SECONDED, why)

    def refuse(self, actor: Actor, request_id: str, *, why: str) -> SensitiveRequest:
        """Refuse another person's request, with a reason. Errors as for ``second``."""
        return self._answer(actor, request_id, RequestState.REFUSED, check_reason(why))

    def take(self, writing: Writing, request_id: str, kind: SensitiveKind, about: str) -> SensitiveRequest:
        """Use up a request in the transaction of its act: it must be this person's, of this kind, about this thing,
        seconded where it must be, and not used before.

        Raises:
            NotAuthorisedError: it is not such a request.
        """
        request = sensitive.get_request(writing.connection, request_id)
        fits = request is not None and (request.kind, request.about) == (kind.value, about)
        if request is None or not fits or request.asked_by != writing.actor.name:
            raise NotAuthorisedError(f"there is no request of {writing.actor.name} for this act: ask for it first")
        if request.state is not RequestState.SECONDED or writing.now >= request.expires_at:
            state = "expired" if writing.now >= request.expires_at else request.state.value
            raise NotAuthorisedError(f"the request for this act is {state}: a second person must agree to it in time")
        sensitive.set_state(writing.connection, request_id, RequestState.DONE)
        writing.tell("request.changed", {"request_id": request_id, "state": RequestState.DONE.value})
        return request

    def expire(self, actor: Actor) -> int:
        """Close the requests whose time is over; how many."""
        with self._passage.writing(actor, Right.RUN_PIPELINE) as writing:
            return len(sensitive.expire(writing.connection, writing.now))

    def _within(self, connection: Connection, actor: Actor, found: list[SensitiveRequest]) -> list[SensitiveRequest]:
        if is_unlimited(actor):
            return found
        of = {one.request_id: of_request(self._passage, connection, one.about, one.payload) for one in found}
        return [one for one in found if reaches(connection, actor, of[one.request_id])]

    def _answer(self, actor: Actor, request_id: str, state: RequestState, why: str) -> SensitiveRequest:
        about = f"request:{request_id}"
        with self._passage.writing(actor, Right.SECOND, about) as writing:
            request = sensitive.get_request(writing.connection, request_id)
            if request is None:
                raise NotFoundError(f"there is no request {request_id!r}")
            concerned = of_request(self._passage, writing.connection, request.about, request.payload)
            what = f"request {request_id!r}"
            refuse_unless_reached(writing.connection, actor, concerned, about=about, what=what)
            if request.asked_by == actor.name:
                raise NotAuthorisedError("nobody seconds a request of their own: ask another person")
            if request.state is not RequestState.WAITING or writing.now >= request.expires_at:
                over = "expired" if writing.now >= request.expires_at else request.state.value
                raise ConflictError(f"the request is {over} already")
            sensitive.answer(writing.connection, request_id, state, by=actor.name, now=writing.now, why=why)
            act = "second" if state is RequestState.SECONDED else "refuse_request"
            detail = {"kind": request.kind, "asked_by": request.asked_by, "request": request_id}
            writing.trace(act, request.about, why=why, detail=detail)
            writing.tell("request.changed", {"request_id": request_id, "state": state.value})
            execute = self._executors.get(request.kind)
            if execute is not None and state is RequestState.SECONDED:
                execute(writing, request)
                sensitive.set_state(writing.connection, request_id, RequestState.DONE)
            answered = sensitive.get_request(writing.connection, request_id)
        assert answered is not None
        return answered
