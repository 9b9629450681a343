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

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Accounts: add, list, change a password.",
)
Data = Annotated[Path | None, typer.Option(help="Data folder (default: $BEFFROI_DATA or ./beffroi-data).")]
ROLES = "operator, supervisor, investigator, dpo, administrator, auditor or maintainer."
Stdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input, one line.")]


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


@app.command()
def add(
    username: Annotated[str, typer.Argument(help="3 to 64 of a-z, 0-9, dot, dash, underscore.")],
    role: Annotated[str, typer.Option(help=ROLES)],
    name: Annotated[str, typer.Option(help="Name shown to colleagues.")] = "",
    data: Data = None,
    password_stdin: Stdin = False,
) -> None:
    """Add an account."""
    from beffroi.govern.accounts import NewUser
    from beffroi.govern.rights import LOCAL_ADMINISTRATOR, Role

    allowed = [one.value for one in Role if one is not Role.SYSTEM]
    if role not in allowed:
        raise InvalidInputError(f"there is no role {role!r}", where="--role", mend=f"Use one of {', '.join(allowed)}.")
    with _doors(data) as doors:
        password = _password(password_stdin)
        new = NewUser(username=username, display_name=name or username, role=Role(role), password=password)
        doors.accounts.add(LOCAL_ADMINISTRATOR, new)
    typer.echo(f"{username}: {role}")


@app.command("list")
def list_accounts(data: Data = None) -> None:
    """List the accounts, one a line: user name, role, name, and whether it is closed."""
    from beffroi.govern.rights import LOCAL_ADMINISTRATOR

    with _doors(data) as doors:
        for user in doors.accounts.users(LOCAL_ADMINISTRATOR):
            closed = "" if user.enabled else "\tclosed"
            typer.echo(f"{user.username}\t{user.role.value}\t{user.display_name}{closed}")


@app.command()
def passwd(username: Annotated[str, typer.Argument()], data: Data = None, password_stdin: Stdin = False) -> None:
    """Give an account another password; its sessions end."""
    from beffroi.govern.rights import LOCAL_ADMINISTRATOR

    with _doors(data) as doors:
        doors.accounts.set_password(LOCAL_ADMINISTRATOR, username, _password(password_stdin))
    typer.echo(f"{username}: password changed, sessions ended")
