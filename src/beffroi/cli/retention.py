"""`beffroi retention`: what will be destroyed when, and the proof that nothing expired is left."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from beffroi.vocabulary.proof import Proof

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Retention: what goes when, and the proof that nothing expired is left.",
)
Data = Annotated[Path | None, typer.Option(help="Data folder (default: $BEFFROI_DATA or ./beffroi-data).")]
_MOST_SHOWN = 100


@app.command()
def verify(
    data: Data = None,
    grace: Annotated[float, typer.Option(help="Seconds the house has to destroy what is over.", min=0)] = 120.0,
) -> None:
    """Prove that nothing expired is left and nothing unexpired is lost; exit code 1 when something is wrong.

    Reads only: every file of the data folder against the records, the records against the clock, the ledger of
    destruction against itself and its signatures. It can run beside the house.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    from beffroi.app.house import wall_clock
    from beffroi.app.settings import load
    from beffroi.govern.retention.looking import proved
    from beffroi.govern.settings import DAY_S, GovernanceSettings

    settings = load(data)
    governance = GovernanceSettings(retention_max_s=round(settings.evidence.retention_days * DAY_S))
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Verifying", total=None)
        proof = proved(
            settings.data,
            governance,
            now=wall_clock(),
            grace_s=grace,
            tell=lambda done, total: bar.update(task, completed=done, total=total),
        )
    _say(proof)
    raise typer.Exit(0 if proof.clean else 1)


@app.command()
def plan(
    data: Data = None,
    days: Annotated[int, typer.Option(help="How many days ahead.", min=1, max=3660)] = 31,
) -> None:
    """Show what will be destroyed on which day: kind, camera, how many things, how many megabytes."""
    from beffroi.app.house import wall_clock
    from beffroi.app.settings import load
    from beffroi.govern.retention.looking import planned
    from beffroi.vocabulary.time import to_datetime

    coming, held = planned(load(data).data, now=wall_clock(), days=days)
    for one in coming:
        day = to_datetime(one.day_at).date().isoformat()
        typer.echo(f"{day}\t{one.kind.value}\t{one.camera_id}\t{one.items}\t{one.bytes / 1e6:.1f} MB")
    if not coming:
        typer.echo(f"nothing is to be destroyed within {days} days")
    if held:
        typer.echo(f"kept beyond their time by a hold: {held}")


def _say(proof: Proof) -> None:
    looked = ", ".join(f"{name} {count}" for name, count in proof.looked_at.items())
    typer.echo(f"looked at: {looked}")
    for one in proof.findings[:_MOST_SHOWN]:
        typer.echo(f"{one.kind.value}: {one.where}: {one.what}. {one.mend}")
    if proof.clean:
        typer.echo("clean: nothing expired is left, nothing unexpired is lost, the ledger holds")
        return
    total = sum(proof.wrong.values())
    if total > _MOST_SHOWN:
        typer.echo(f"... and {total - _MOST_SHOWN} more")
    typer.echo("wrong: " + ", ".join(f"{kind.value} {count}" for kind, count in sorted(proof.wrong.items())))
