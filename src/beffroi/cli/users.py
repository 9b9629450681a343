"""`beffroi users`: accounts, from the machine's own console."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from beffroi.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from beffroi.govern.doors import Doors
    from beffroi.govern.rights import Role, Scope

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Accounts: add, list, close; their role, scopes, password and second factor.",
)
Data = Annotated[Path | None, typer.Option(help="Data folder (default: $BEFFROI_DATA or ./beffroi-data).")]
ROLES = "operator, supervisor, investigator, dpo, administrator, auditor or maintainer."
Stdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input, one line.")]
Username = Annotated[str, typer.Argument(help="User name of the account.")]
SCOPE = "GROUPS:PURPOSES, or GROUPS:PURPOSES:clear to see there without blur; several joined by +, empty for all."
Scopes = Annotated[list[str] | None, typer.Option("--scope", help=f"Where rights hold. {SCOPE} Repeat for more.")]


@contextmanager
def _doors(data: Path | None) -> Iterator[Doors]:
    """The doors of a data folder, closed afterwards."""
    from beffroi.app.house import open_doors
    from beffroi.app.settings import load

    doors = open_doors(load(data))
    try:
        yield doors
    finally:
        doors.close()


def _password(from_stdin: bool) -> str:
    """Ask twice, or read one line. Never an argument: those are visible to every process of the machine."""
    if from_stdin:
        line = sys.stdin.readline().rstrip("\r\n")
        if not line:
            raise InvalidInputError("no password came", where="standard input", mend="Write it on one line.")
        return line
    if not sys.stdin.isatty():
        mend = "Run this in a terminal, or give --password-stdin."
        raise InvalidInputError("there is no terminal to ask for the password", mend=mend)
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


def _role(given: str, where: str) -> Role:
    """The role of that name.

    Raises:
        InvalidInputError: no account can have it; names those that can be had.
    """
    from beffroi.govern.rights import Role

    allowed = [one.value for one in Role if one is not Role.SYSTEM]
    if given not in allowed:
        raise InvalidInputError(f"there is no role {given!r}", where=where, mend=f"Use one of {', '.join(allowed)}.")
    return Role(given)


def _scopes(given: list[str], doors: Doors) -> tuple[Scope, ...]:
    """Scopes as they are written on the command line. A group or purpose that nothing carries is a spelling mistake
    that would silently take rights away.

    Raises:
        InvalidInputError: one is not written as a scope, or names what does not exist; says what does.
    """
    from beffroi.govern.rights import ALL, LOCAL_ADMINISTRATOR, Scope

    purposes = {one.purpose_id for one in doors.authorisations.purposes(LOCAL_ADMINISTRATOR)}
    groups = {group for one in doors.cameras.all(LOCAL_ADMINISTRATOR) for group in one.groups}
    scopes = []
    for text in given:
        parts = text.split(":")
        if len(parts) not in (2, 3) or parts[2:] not in ([], ["clear"]):
            raise InvalidInputError(f"{text!r} is not a scope", where="scope", mend=f"Write {SCOPE}")
        said = [frozenset(one for one in part.split("+") if one) or frozenset({ALL}) for part in parts[:2]]
        for what, names, known in (("group", said[0], groups), ("purpose", said[1], purposes)):
            for one in sorted(names - known - {ALL}):
                mend = f"Known here: {', '.join(sorted(known)) or 'none yet'}; empty is all."
                raise InvalidInputError(f"there is no {what} {one!r}", where=text, mend=mend)
        scopes.append(Scope(groups=said[0], purposes=said[1], clear=len(parts) == 3))
    return tuple(scopes)


@app.command()
def add(
    username: Annotated[str, typer.Argument(help="3 to 64 of a-z, 0-9, dot, dash, underscore.")],
    role: Annotated[str, typer.Option(help=ROLES)],
    name: Annotated[str, typer.Option(help="Name shown to colleagues.")] = "",
    scope: Scopes = None,
    data: Data = None,
    password_stdin: Stdin = False,
) -> None:
    """Add an account. Without --scope its rights hold for every camera and purpose."""
    from beffroi.govern.accounts import NewUser
    from beffroi.govern.rights import EVERYWHERE, LOCAL_ADMINISTRATOR

    wanted = _role(role, "--role")
    with _doors(data) as doors:
        scopes = _scopes(scope, doors) if scope else EVERYWHERE
        password = _password(password_stdin)
        new = NewUser(username=username, display_name=name or username, role=wanted, password=password, scopes=scopes)
        doors.accounts.add(LOCAL_ADMINISTRATOR, new)
    typer.echo(f"{username}: {role}")


@app.command("list")
def list_accounts(data: Data = None) -> None:
    """List the accounts, one a line: user name, role, name; then where its rights hold if not everywhere, and how
    it stands: second factor, locked, closed.
    """
    from beffroi.govern.identity.administering import told
    from beffroi.govern.rights import EVERYWHERE, LOCAL_ADMINISTRATOR

    with _doors(data) as doors:
        for sheet in doors.accounts.sheets(LOCAL_ADMINISTRATOR):
            user = sheet.user
            more = [] if user.scopes == EVERYWHERE else [told(user.scopes)]
            more += ["second factor"] if sheet.second_factor else []
            more += ["locked"] if sheet.locked_until is not None else []
            more += [] if user.enabled else ["closed"]
            typer.echo("\t".join((user.username, user.role.value, user.display_name, *more)))


@app.command()
def passwd(username: Username, data: Data = None, password_stdin: Stdin = False) -> None:
    """Give an account another password; its sessions end."""
    from beffroi.govern.rights import LOCAL_ADMINISTRATOR

    with _doors(data) as doors:
        doors.accounts.set_password(LOCAL_ADMINISTRATOR, username, _password(password_stdin))
    typer.echo(f"{username}: password changed, sessions ended")


@app.command("role")
def set_role(username: Username, role: Annotated[str, typer.Argument(help=ROLES)], data: Data = None) -> None:
    """Give an account another role; its sessions end."""
    from beffroi.govern.rights import LOCAL_ADMINISTRATOR

    wanted = _role(role, "role")
    with _doors(data) as doors:
        doors.accounts.set_role(LOCAL_ADMINISTRATOR, username, wanted)
    typer.echo(f"{username}: {role}, sessions ended")


@app.command("scopes")
def set_scopes(
    username: Username,
    scope: Annotated[list[str], typer.Argument(help=f"Each {SCOPE} All of all: a single colon.")],
    data: Data = None,
) -> None:
    """Say for which camera groups and purposes an account's rights hold; its sessions end."""
    from beffroi.govern.identity.administering import told
    from beffroi.govern.rights import LOCAL_ADMINISTRATOR

    with _doors(data) as doors:
        after = doors.accounts.set_scopes(LOCAL_ADMINISTRATOR, username, _scopes(scope, doors))
    typer.echo(f"{username}: {told(after.scopes)}, sessions ended")


@app.command("reset-second-factor")
def reset_second_factor(username: Username, data: Data = None) -> None:
    """Forget an account's second factor (a lost telephone); its sessions end."""
    from beffroi.govern.rights import LOCAL_ADMINISTRATOR

    with _doors(data) as doors:
        doors.accounts.reset_second_factor(LOCAL_ADMINISTRATOR, username)
    typer.echo(f"{username}: second factor forgotten, sessions ended")


@app.command()
def unlock(username: Username, data: Data = None) -> None:
    """Lift the lock that wrong passwords and codes have put on an account."""
    from beffroi.govern.rights import LOCAL_ADMINISTRATOR

    with _doors(data) as doors:
        doors.accounts.unlock(LOCAL_ADMINISTRATOR, username)
    typer.echo(f"{username}: unlocked")


@app.command()
def close(username: Username, data: Data = None) -> None:
    """Close an account: nobody signs in with it any more; its sessions end. What it did stays in the journal."""
    from beffroi.govern.rights import LOCAL_ADMINISTRATOR

    with _doors(data) as doors:
        doors.accounts.disable(LOCAL_ADMINISTRATOR, username)
    typer.echo(f"{username}: closed, sessions ended")


@app.command()
def reopen(username: Username, data: Data = None) -> None:
    """Open a closed account again."""
    from beffroi.govern.rights import LOCAL_ADMINISTRATOR

    with _doors(data) as doors:
        doors.accounts.disable(LOCAL_ADMINISTRATOR, username, enabled=True)
    typer.echo(f"{username}: open")
