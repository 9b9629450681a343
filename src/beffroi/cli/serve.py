"""`beffroi serve`: run the house."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from beffroi.app.house import House

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def serve(
    data: Annotated[Path | None, typer.Option(help="Data folder (default: $BEFFROI_DATA or ./beffroi-data).")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on (default 127.0.0.1).")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port (default 8470; 0: a free one).")] = None,
) -> None:
    """Run the house: watch the cameras, raise alerts, serve the pages. Stop it with Ctrl-C or SIGTERM."""
    from beffroi.app.serving import run  # here: `--help` needs none of it
    from beffroi.app.settings import load
    from beffroi.govern.rights import LOCAL_ADMINISTRATOR

    given: dict[str, Any] = {}
    if host is not None:
        given["host"] = host
    if port is not None:
        given["port"] = port
    settings = load(data, {"server": given} if given else None)

    def ready(address: str) -> None:
        typer.echo(f"Beffroi : {settings.server.public_url or address}  (données : {settings.data})")

    def prepare(house: House) -> None:
        if not house.doors.accounts.users(LOCAL_ADMINISTRATOR):
            command = f"beffroi users add NAME --role administrator --data {settings.data}"
            typer.echo(f"Nobody can sign in yet: {command}", err=True)

    run(settings, prepare=prepare, ready=ready)
