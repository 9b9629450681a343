"""Accounts, scopes, second factors, sessions, and sensitive acts that wait for a second person."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from beffroi.govern.accounts import OpenSession
from beffroi.govern.identity.administering import AccountSheet
from beffroi.govern.payloads import instant_json
from beffroi.govern.rights import Scope
from beffroi.govern.sensitive import SensitiveRequest
from beffroi.serve.wire.form import Instant, Wire, example
from beffroi.serve.wire.session import USER_EXAMPLE, Password, SessionOut, UserOut, user_out

AccountRole = Literal["operator", "supervisor", "investigator", "dpo", "administrator", "auditor", "maintainer"]
Part = Annotated[str, StringConstraints(pattern=r"^(\*|[A-Za-z0-9][A-Za-z0-9_.-]{0,63})$")]
Why = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
SCOPE_EXAMPLE = {"groups": ["quays"], "purposes": ["*"], "clear": False}
PASSWORD_EXAMPLE = {"password": "une phrase que personne ne devine"}
ENROLMENT_EXAMPLE = {"secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "qr_svg": "<svg …/>"}
FACTOR_EXAMPLE = {"confirmed": True, "required": True, "recovery_left": 8}
SESSION_OUT_EXAMPLE = {"step": "done", "user": USER_EXAMPLE, "csrf_token": "b1f0c6…", "rights": ["see_queue"]}


class ScopeOut(Wire):
    """Where rights hold: cameras of these groups, for these purposes; `*` is all. `clear`: without blur."""

    model_config = example(**SCOPE_EXAMPLE)

    groups: Annotated[tuple[Part, ...], Field(min_length=1, max_length=100)]
    purposes: Annotated[tuple[Part, ...], Field(min_length=1, max_length=100)]
    clear: bool = False

    def scope(self) -> Scope:
        """The scope as a noun."""
        return Scope(groups=frozenset(self.groups), purposes=frozenset(self.purposes), clear=self.clear)


class AccountOut(Wire):
    """An account as administrators see it."""

    model_config = example(
        user=USER_EXAMPLE,
        enabled=True,
        outside=False,
        scopes=[SCOPE_EXAMPLE],
        second_factor=False,
        locked_until=None,
        sessions=1,
        made_at="2026-05-04T05:58:00.000Z",
    )

    user: UserOut
    enabled: bool
    outside: bool
    scopes: tuple[ScopeOut, ...]
    second_factor: bool
    locked_until: Instant | None
    sessions: int
    made_at: Instant


class NewAccountIn(Wire):
    """An account to make."""

    model_config = example(
        username="j.martin",
        display_name="Jo Martin",
        role="operator",
        scopes=[SCOPE_EXAMPLE],
        **PASSWORD_EXAMPLE,
    )

    username: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=64)]
    display_name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)] = ""
    role: AccountRole
    scopes: Annotated[tuple[ScopeOut, ...], Field(max_length=50)]
    password: Password = Field(repr=False)


class RoleIn(Wire):
    """Another role."""

    model_config = example(role="supervisor")

    role: AccountRole


class ScopesIn(Wire):
    """Where an account's rights hold; none: nowhere."""

    model_config = example(scopes=[SCOPE_EXAMPLE])

    scopes: Annotated[tuple[ScopeOut, ...], Field(max_length=50)]


class OpenIn(Wire):
    """Whether an account is open."""

    model_config = example(open=False)

    open: bool


class PasswordIn(Wire):
    """Another password."""

    model_config = example(**PASSWORD_EXAMPLE)

    password: Password = Field(repr=False)


class OwnPasswordIn(Wire):
    """One's own former and new password."""

    model_config = example(former="l'ancienne phrase du compte", **PASSWORD_EXAMPLE)

    former: Password = Field(repr=False)
    password: Password = Field(repr=False)


class FactorOut(Wire):
    """A second factor: whether there is one, whether the role needs it, how many recovery codes are unused."""

    model_config = example(**FACTOR_EXAMPLE)

    confirmed: bool
    required: bool
    recovery_left: int


class OwnAccountOut(Wire):
    """One's own account."""

    model_config = example(user=USER_EXAMPLE, outside=False, scopes=[SCOPE_EXAMPLE], second_factor=FACTOR_EXAMPLE)

    user: UserOut
    outside: bool
    scopes: tuple[ScopeOut, ...]
    second_factor: FactorOut


class EnrolmentOut(Wire):
    """What an authenticator application needs, shown once: a QR code (SVG), or the secret to type."""

    model_config = example(**ENROLMENT_EXAMPLE)

    secret: str = Field(repr=False)
    qr_svg: str = Field(repr=False)


class EnrolledOut(Wire):
    """The recovery codes, shown once, and the session under its new token."""

    model_config = example(recovery_codes=["ABCD-EFGH-IJKL-MNOP"], session=SESSION_OUT_EXAMPLE)

    recovery_codes: tuple[str, ...] = Field(repr=False)
    session: SessionOut


class OpenSessionOut(Wire):
    """A session of one's own. `here`: the one that asks."""

    model_config = example(
        session_id="4be1f6d0a1c2e3f4",
        made_at="2026-05-04T05:58:00.000Z",
        seen_at="2026-05-04T07:12:00.000Z",
        expires_at="2026-05-04T09:12:00.000Z",
        client="10.0.0.7",
        agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0",
        here=True,
    )

    session_id: str
    made_at: Instant
    seen_at: Instant
    expires_at: Instant
    client: str
    agent: str
    here: bool


class RequestOut(Wire):
    """A sensitive act that was asked for. `mine`: one's own, which another person must answer."""

    model_config = example(
        request_id="request-01J9ZK",
        kind="export",
        about="case:2026-14",
        asked_by="ariane",
        asked_at="2026-05-04T05:58:00.000Z",
        why="Réquisition 2026/114 du parquet",
        payload={"cameras": ["mairie-nord"]},
        state="waiting",
        answered_by="",
        answered_at=None,
        answer_why="",
        expires_at="2026-05-05T05:58:00.000Z",
        mine=False,
    )

    request_id: str
    kind: str
    about: str
    asked_by: str
    asked_at: Instant
    why: str
    payload: dict[str, Any]
    state: str
    answered_by: str
    answered_at: Instant | None
    answer_why: str
    expires_at: Instant
    mine: bool


class SecondIn(Wire):
    """Agreement, with words if one likes."""

    model_config = example(why="Vu avec le commissariat")

    why: Why = ""


class RefuseIn(Wire):
    """Refusal, with its reason."""

    model_config = example(why="La réquisition ne nomme pas cette caméra")

    why: Why


def scopes_out(scopes: tuple[Scope, ...]) -> tuple[ScopeOut, ...]:
    """Scopes on the wire."""
    return tuple(
        ScopeOut(groups=tuple(sorted(one.groups)), purposes=tuple(sorted(one.purposes)), clear=one.clear)
        for one in scopes
        if one.groups and one.purposes  # what holds nothing is none
    )


def account_out(sheet: AccountSheet) -> AccountOut:
    """An account on the wire."""
    return AccountOut(
        user=user_out(sheet.user),
        enabled=sheet.user.enabled,
        outside=sheet.user.outside,
        scopes=scopes_out(sheet.user.scopes),
        second_factor=sheet.second_factor,
        locked_until=instant_json(sheet.locked_until),
        sessions=sheet.sessions,
        made_at=instant_json(sheet.made_at) or "",
    )


def open_session_out(session: OpenSession) -> OpenSessionOut:
    """A session of one's own on the wire."""
    return OpenSessionOut(
        session_id=session.session_id,
        made_at=instant_json(session.made_at) or "",
        seen_at=instant_json(session.seen_at) or "",
        expires_at=instant_json(session.expires_at) or "",
        client=session.client,
        agent=session.agent,
        here=session.here,
    )


def request_out(request: SensitiveRequest, *, by: str) -> RequestOut:
    """A request on the wire, as somebody sees it."""
    return RequestOut(
        request_id=request.request_id,
        kind=request.kind,
        about=request.about,
        asked_by=request.asked_by,
        asked_at=instant_json(request.asked_at) or "",
        why=request.why,
        payload=dict(request.payload),
        state=request.state.value,
        answered_by=request.answered_by,
        answered_at=instant_json(request.answered_at),
        answer_why=request.answer_why,
        expires_at=instant_json(request.expires_at) or "",
        mine=request.asked_by == by,
    )
