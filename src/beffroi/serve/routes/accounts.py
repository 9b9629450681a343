"""The administration of accounts."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request

from beffroi.govern.accounts import NewUser, Session
from beffroi.govern.rights import Right, Role
from beffroi.serve.access import Needs
from beffroi.serve.deps import deps_of
from beffroi.serve.problems import problems
from beffroi.serve.seats import password_seat
from beffroi.serve.wire.accounts import (
    AccountOut,
    NewAccountIn,
    OpenIn,
    PasswordIn,
    RoleIn,
    ScopesIn,
    account_out,
)
from beffroi.vocabulary.errors import NotFoundError

router = APIRouter(tags=["accounts"])
Administrator = Annotated[Session, Depends(Needs(Right.MANAGE_ACCOUNTS))]
Username = Annotated[str, Path(max_length=80, examples=["operateur"])]


def _one(request: Request, session: Session, username: str) -> AccountOut:
    """An account as it is now.

    Raises:
        NotFoundError: there is none.
    """
    for sheet in deps_of(request).doors.accounts.sheets(session.actor):
        if sheet.user.username == username:
            return account_out(sheet)
    raise NotFoundError(f"there is no account {username!r}")


@router.get("/accounts", summary="All accounts", responses=problems(401, 403))
def accounts(request: Request, session: Administrator) -> list[AccountOut]:
    """Every account with its role, scopes, second factor, lock and sessions."""
    return [account_out(one) for one in deps_of(request).doors.accounts.sheets(session.actor)]


@router.post("/accounts", summary="Add an account", status_code=201, responses=problems(401, 403, 409, 422, 503))
async def add_account(request: Request, session: Administrator, given: NewAccountIn) -> AccountOut:
    """Add an account. Its owner changes the password at the first sign-in, if told to."""
    new = NewUser(
        username=given.username,
        display_name=given.display_name,
        role=Role(given.role),
        password=given.password,
        scopes=tuple(one.scope() for one in given.scopes),
    )
    async with password_seat(request):
        await asyncio.to_thread(deps_of(request).doors.accounts.add, session.actor, new)
    return await asyncio.to_thread(_one, request, session, given.username)


@router.put("/accounts/{username}/role", summary="Change a role", responses=problems(401, 403, 404, 409, 422))
def set_role(request: Request, session: Administrator, username: Username, given: RoleIn) -> AccountOut:
    """Another role; the account's sessions end. Nobody changes their own, and the last administrator stays."""
    deps_of(request).doors.accounts.set_role(session.actor, username, Role(given.role))
    return _one(request, session, username)


@router.put("/accounts/{username}/scopes", summary="Change scopes", responses=problems(401, 403, 404, 409, 422))
def set_scopes(request: Request, session: Administrator, username: Username, given: ScopesIn) -> AccountOut:
    """Where the rights hold; the account's sessions end. Nobody gives more than they have."""
    scopes = tuple(one.scope() for one in given.scopes)
    deps_of(request).doors.accounts.set_scopes(session.actor, username, scopes)
    return _one(request, session, username)


@router.put("/accounts/{username}/open", summary="Close or reopen", responses=problems(401, 403, 404, 409))
def set_open(request: Request, session: Administrator, username: Username, given: OpenIn) -> AccountOut:
    """Close an account, which ends its sessions at once, or open it again. Accounts are never deleted."""
    deps_of(request).doors.accounts.disable(session.actor, username, enabled=given.open)
    return _one(request, session, username)


@router.put(
    "/accounts/{username}/password",
    summary="Give another password",
    status_code=204,
    responses=problems(401, 403, 404, 409, 422, 503),
)
async def set_password(request: Request, session: Administrator, username: Username, given: PasswordIn) -> None:
    """Another password; a lock is lifted, the account's sessions end."""
    async with password_seat(request):
        await asyncio.to_thread(deps_of(request).doors.accounts.set_password, session.actor, username, given.password)


@router.delete("/accounts/{username}/lock", summary="Lift a lock", status_code=204, responses=problems(401, 403, 404))
def unlock(request: Request, session: Administrator, username: Username) -> None:
    """Let an account try again that wrong passwords or codes have locked."""
    deps_of(request).doors.accounts.unlock(session.actor, username)


@router.delete(
    "/accounts/{username}/second-factor",
    summary="Reset a second factor",
    status_code=204,
    responses=problems(401, 403, 404),
)
def reset_second_factor(request: Request, session: Administrator, username: Username) -> None:
    """Forget a second factor whose telephone is lost; the account's sessions end."""
    deps_of(request).doors.accounts.reset_second_factor(session.actor, username)


@router.delete(
    "/accounts/{username}/sessions", summary="End all sessions", status_code=204, responses=problems(401, 403, 404)
)
def end_sessions(request: Request, session: Administrator, username: Username) -> None:
    """Sign an account out everywhere."""
    deps_of(request).doors.accounts.end_sessions(session.actor, username)
