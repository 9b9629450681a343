"""`beffroi register`: figures published, papers made, and the search for biometrics, from the machine's own console."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from beffroi.vocabulary.errors import InvalidInputError, StorageError

if TYPE_CHECKING:
    from beffroi.govern.doors import Doors

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="The public register: publish measured figures, make papers, look for biometrics.",
)
Data = Annotated[Path | None, typer.Option(help="Data folder (default: $BEFFROI_DATA or ./beffroi-data).")]
METRICS_MOST_BYTES = 4_000_000


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


@app.command()
def performance(
    file: Annotated[Path, typer.Argument(help="The metrics.json of `beffroi evaluate`.")],
    note: Annotated[str, typer.Option(help="On what footage and under which conditions.")],
    on: Annotated[str, typer.Option(help="Day of the measure, YYYY-MM-DD (default: the file's own).")] = "",
    data: Data = None,
) -> None:
    """Publish measured figures in the public register."""
    from beffroi.govern.rights import LOCAL_ADMINISTRATOR

    try:
        if file.stat().st_size > METRICS_MOST_BYTES:
            raise InvalidInputError("it is too large for a metrics.json", where=str(file), mend="Name another file.")
        content = file.read_bytes()
        day = on or datetime.fromtimestamp(file.stat().st_mtime, UTC).date().isoformat()
    except OSError as error:
        mend = "Name the metrics.json that `beffroi evaluate` wrote."
        raise InvalidInputError(f"it cannot be read ({error.strerror})", where=str(file), mend=mend) from error
    with _doors(data) as doors:
        kept = doors.register.import_performance(LOCAL_ADMINISTRATOR, content, note=note, measured_on=day)
    for one in kept:
        false = f"{one.false_alerts} false in {one.camera_hours:g} h"
        typer.echo(f"{one.situation}: {one.detected} of {one.events}, {false}")


@app.command()
def paper(
    kind: Annotated[str, typer.Argument(help="dpia, recordings, processing or prefect.")],
    out: Annotated[Path, typer.Option("--out", help="The file to write, .html or .pdf.")],
    period: Annotated[str, typer.Option(help="YYYY-MM for recordings, YYYY for prefect (default: now).")] = "",
    data: Data = None,
) -> None:
    """Make a paper from the configuration."""
    from beffroi.govern.paper import to_html, to_pdf
    from beffroi.govern.register.papers import PaperKind
    from beffroi.govern.rights import LOCAL_ADMINISTRATOR

    kinds = [one.value for one in PaperKind]
    if kind not in kinds:
        raise InvalidInputError(f"there is no paper {kind!r}", where="kind", mend=f"Use one of {', '.join(kinds)}.")
    if out.suffix not in (".html", ".pdf"):
        raise InvalidInputError(f"{out.name} is neither .html nor .pdf", where="--out", mend="Name such a file.")
    with _doors(data) as doors:
        made = doors.papers.make(LOCAL_ADMINISTRATOR, PaperKind(kind), period=period)
    try:
        out.write_bytes(to_pdf(made) if out.suffix == ".pdf" else to_html(made).encode())
    except OSError as error:
        raise StorageError(f"{out} cannot be written ({error.strerror}). Name another file.") from error
    typer.echo(str(out))


@app.command()
def check() -> None:
    """Look for biometrics in this installed copy and the packages beside it. Exit code 1 on a find."""
    import beffroi
    from beffroi.testing.forbidden import exceptions, findings, judged

    root = Path(beffroi.__file__).parent
    files = [one for one in root.rglob("*") if one.is_file() and "static" not in one.parts and one.suffix != ".pyc"]
    packages = {str(one.metadata["Name"]) for one in distributions()}
    found = findings(root, files) | judged("packages", packages)
    known = exceptions()
    unexpected = sorted(one for one in found if (one.where, one.name) not in known)
    for one in unexpected:
        typer.echo(f"{one.where}: {one.name} ({one.kind}: {one.word})")
    typer.echo(f"{len(files)} files and {len(packages)} packages searched, {len(unexpected)} found")
    if unexpected:
        raise typer.Exit(code=1)
