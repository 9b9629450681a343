"""`beffroi audit`: the journal verified, exported, and its signing key rotated, from the machine's own console."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from beffroi.vocabulary.errors import InvalidInputError, StorageError

if TYPE_CHECKING:
    from beffroi.govern.audit.findings import Verification
    from beffroi.govern.audit.verifying import Progress
    from beffroi.govern.doors import Doors
    from beffroi.vocabulary.time import UtcNs

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="The journal: verify, export, rotate its signing key.",
)
Data = Annotated[Path | None, typer.Option(help="Data folder (default: $BEFFROI_DATA or ./beffroi-data).")]


class Form(StrEnum):
    """How the journal is exported."""

    CSV = "csv"
    PDF = "pdf"
    JSONL = "jsonl"


class Language(StrEnum):
    """Language of the words on paper."""

    FR = "fr"
    EN = "en"


@contextmanager
def _doors(data: Path | None) -> Iterator[Doors]:
    from beffroi.app.house import open_doors
    from beffroi.app.settings import load

    doors = open_doors(load(data))
    try:
        yield doors
    finally:
        doors.close()


@contextmanager
def _bar() -> Iterator[Progress]:
    """A bar over entries, on standard error; it goes away when the work is done."""
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task("entries", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@app.command()
def verify(
    file: Annotated[
        Path | None, typer.Argument(help="An exported journal (jsonl); without it the data folder.")
    ] = None,
    data: Data = None,
    checkpoints: Annotated[Path | None, typer.Option(help="Checkpoints kept elsewhere, to compare with.")] = None,
    tsa_root: Annotated[
        Path | None, typer.Option(help="Root certificate (PEM) of the time-stamping authority.")
    ] = None,
) -> None:
    """Verify the journal; whatever is altered, missing, moved or forged is named. Exit 0: whole, 1: it is not."""
    from beffroi.app.settings import load
    from beffroi.govern.audit.timestamps import Authority
    from beffroi.govern.audit.verifying import verify_file, verify_folder

    authority = Authority.known_by("", tsa_root)
    with _bar() as progress:
        if file is not None:
            result = verify_file(file, authority=authority, progress=progress)
        else:
            result = verify_folder(load(data).data, authority=authority, progress=progress, copy=checkpoints)
    _tell(result)
    if not result.ok:
        raise typer.Exit(1)


def _tell(result: Verification) -> None:
    from beffroi.vocabulary.time import iso_utc

    span = ""
    if result.first_at is not None and result.last_at is not None:
        span = f", {iso_utc(result.first_at)} to {iso_utc(result.last_at)}"
    rate = result.entries / max(result.seconds, 1e-9)
    typer.echo(f"{result.entries} entries ({result.first_seq} to {result.last_seq}{span})")
    typer.echo(f"{result.checkpoints} checkpoints, signed up to entry {result.signed_to}, {result.timestamps} stamped")
    for key_id in result.key_ids:
        typer.echo(f"key {key_id}")
    for found in result.findings:
        typer.echo(f"{'FAULT ' if found.is_fault else 'remark'}  {found.line()}")
    verdict = "the journal is whole" if result.ok else f"THE JOURNAL IS NOT WHOLE: {result.faults} faults"
    typer.echo(f"{verdict} ({result.seconds:.2f} s, {rate:,.0f} entries/s)")


@app.command()
def export(
    why: Annotated[str, typer.Option(help="The reason, kept in the journal.")],
    out: Annotated[Path, typer.Option(help="The file to write; one that is there is not written over.")],
    form: Annotated[Form, typer.Option("--format", help="csv, pdf, or jsonl, which can be verified.")] = Form.JSONL,
    span: Annotated[str, typer.Option(help="FROM/TO, RFC 3339 with their zones; TO is not included.")] = "",
    lang: Annotated[Language, typer.Option(help="Language of the words on paper.")] = Language.FR,
    data: Data = None,
) -> None:
    """Export the journal; csv and pdf need a span of at most a year."""
    from beffroi.govern.audit.journal import JournalFilter, Wish
    from beffroi.govern.rights import LOCAL_ADMINISTRATOR

    first, _, last = span.partition("/")
    wanted = JournalFilter(from_at=_instant(first), to_at=_instant(last))
    wish = Wish(wanted=wanted, why=why, language=lang.value)
    with _doors(data) as doors:
        if form is Form.JSONL:
            lines = io.BytesIO()
            doors.journal.export_lines(LOCAL_ADMINISTRATOR, wish, lines)
            content = lines.getvalue()
        elif form is Form.CSV:
            content = doors.journal.export_csv(LOCAL_ADMINISTRATOR, wish)
        else:
            content = doors.journal.export_pdf(LOCAL_ADMINISTRATOR, wish)
    try:
        with out.open("xb") as file:
            file.write(content)
    except OSError as error:
        mend = "Name another file with --out."
        raise StorageError(f"{out} cannot be written ({error.strerror}). {mend}") from error
    typer.echo(f"{out}: {len(content)} bytes")


@app.command("rotate-key")
def rotate_key(
    why: Annotated[str, typer.Option(help="The reason, kept in the journal.")],
    data: Data = None,
) -> None:
    """Retire the signing key and make another; what the old one signed stays verifiable."""
    from beffroi.govern.rights import LOCAL_ADMINISTRATOR
    from beffroi.govern.sensitive import check_reason

    reason = check_reason(why, where="--why")
    with _doors(data) as doors:
        doors.journal.sign()
        key_id = doors.signer.rotate(LOCAL_ADMINISTRATOR, why=reason)
        doors.journal.sign()
    typer.echo(f"key {key_id}")


def _instant(text: str) -> UtcNs | None:
    from beffroi.vocabulary.time import utc_ns

    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        mend = "Write it as 2026-05-04T00:00:00Z/2026-05-05T00:00:00Z."
        raise InvalidInputError(f"{text!r} is no instant with its zone", where="--span", mend=mend)
    return utc_ns(moment)
