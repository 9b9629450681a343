"""`beffroi export`: check a sealed export, with the verifier that each of them carries."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Check a sealed export.",
)


@app.callback()
def _group() -> None:
    """Sealed exports."""


@app.command()
def verify(
    place: Annotated[Path, typer.Argument(help="The ZIP, or the unpacked folder.")],
    key: Annotated[str, typer.Option(help="The fingerprint on the receipt.")] = "",
) -> None:
    """Name whatever was altered, removed, added or renamed. Exit code 0: intact; 1: altered; 2: cannot be opened."""
    from beffroi.govern.cases.verify import main

    raise typer.Exit(main([str(place), "--en", *(["--key", key] if key else [])]))
