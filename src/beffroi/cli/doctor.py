"""`beffroi doctor`: what is missing on this machine, and how to mend it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
_MARKS = {"ok": "ok     ", "warning": "warning", "missing": "MISSING"}


@app.command()
def doctor(
    data: Annotated[Path | None, typer.Option(help="Data folder (default: $BEFFROI_DATA or ./beffroi-data).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document instead of text.")] = False,
) -> None:
    """Check this machine. Exit code 1 when something needed is missing."""
    from beffroi.app.machine import examine  # here: `--help` needs none of it

    findings = examine(data)
    if as_json:
        rows = [{"name": f.name, "state": f.state, "found": f.found, "mend": f.mend} for f in findings]
        typer.echo(json.dumps({"findings": rows}, indent=2, ensure_ascii=False))
    else:
        width = max(len(finding.name) for finding in findings)
        for finding in findings:
            typer.echo(f"{_MARKS[finding.state]}  {finding.name:<{width}}  {finding.found}")
            if finding.mend:
                typer.echo(f"{'':9}{'':{width}}  → {finding.mend}")
    if any(finding.state == "missing" for finding in findings):
        raise typer.Exit(1)
