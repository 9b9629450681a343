"""`beffroi stop-analysis` and `beffroi resume-analysis`: the kill switch, from the machine's own console."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[Path | None, typer.Option(help="Data folder (default: $BEFFROI_DATA or ./beffroi-data).")]


def stop_analysis(
    why: Annotated[str, typer.Option(help="Why; it is kept in the journal and shown on every page.")] = "",
    data: Data = None,
) -> None:
    """Stop all analysis at once, on a running server too; live pictures and recording go on."""
    from beffroi.app.house import open_doors  # here: `--help` needs none of it
    from beffroi.app.settings import load
    from beffroi.govern.rights import LOCAL_ADMINISTRATOR

    doors = open_doors(load(data))
    try:
        doors.analysis.stop(LOCAL_ADMINISTRATOR, why=why)
    finally:
        doors.close()
    typer.echo("analysis stopped; recording goes on")


def resume_analysis(
    why: Annotated[str, typer.Option(help="Why it may go on (8 characters or more).")], data: Data = None
) -> None:
    """Let analysis go on, as far as authorisations allow it."""
    from beffroi.app.house import open_doors
    from beffroi.app.settings import load
    from beffroi.govern.rights import LOCAL_ADMINISTRATOR

    doors = open_doors(load(data))
    try:
        doors.analysis.resume(LOCAL_ADMINISTRATOR, why=why)
    finally:
        doors.close()
    typer.echo("analysis goes on where an authorisation allows it")
