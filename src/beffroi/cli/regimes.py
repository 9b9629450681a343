"""`beffroi regimes`: the legal regimes of a house, and whether a file is one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Legal regimes: list, check a file.",
)


@app.command("list")
def list_regimes(
    data: Annotated[Path | None, typer.Option(help="Data folder (default: $BEFFROI_DATA or ./beffroi-data).")] = None,
) -> None:
    """List the regimes, one a line: id, outputs, longest authorisation, label. Exit code 1 when a file is broken."""
    from beffroi.app.settings import load  # here: `--help` needs none of it
    from beffroi.govern.regimes.reading import known_regimes

    book = known_regimes(load(data).data)
    for name, terms in sorted(book.terms.items()):
        outputs = ",".join(sorted(terms.outputs))
        typer.echo(f"{name}\t{outputs}\t{terms.longest_days:g} d\t{terms.label_fr}\t{terms.label_en}")
    for broken in book.broken:
        typer.echo(f"BROKEN, nothing runs under it: {broken.why}", err=True)
    if book.broken:
        raise typer.Exit(1)


@app.command()
def check(file: Annotated[Path, typer.Argument(help="A regime file (YAML).")]) -> None:
    """Check a regime file: what is wrong is named with file, line and reason (exit code 2)."""
    from beffroi.govern.regimes.reading import read_regime

    terms = read_regime(file)
    typer.echo(f"{file}: the regime {terms.regime!r}, {len(terms.situations)} situations")
