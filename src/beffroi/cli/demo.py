"""`beffroi demo`: a house with invented accounts and bundled video, to look around in."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from beffroi.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from beffroi.app.house import House

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
MARK = "DEMONSTRATION.txt"
_MARK_TEXT = "This folder belongs to `beffroi demo`; --fresh destroys it.\n"


def demo_folder() -> Path:
    """Where the demonstration lives when nothing else is said."""
    place = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(place) / "beffroi" / "demo"


@app.command()
def demo(
    data: Annotated[Path | None, typer.Option(help="Data folder (default: the user's own, kept between runs).")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on (default 127.0.0.1).")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port (default 8470; 0: a free one).")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Destroy the demonstration folder first.")] = False,
) -> None:
    """Run a demonstration: three cameras on bundled street video, one that does not answer, an account a role."""
    from beffroi.app.demonstration import seed  # here: `--help` needs none of it
    from beffroi.app.house import wall_clock
    from beffroi.app.serving import run
    from beffroi.app.settings import load

    folder = prepare_folder(data or demo_folder(), fresh=fresh)
    given: dict[str, Any] = {key: value for key, value in (("host", host), ("port", port)) if value is not None}
    overrides: dict[str, Any] = {"server": given} if given else {}
    if not (folder / "beffroi.yaml").exists() and "BEFFROI_LOG__LEVEL" not in os.environ:
        overrides["log"] = {"level": "warning"}
    settings = load(folder, overrides)

    def prepare(house: House) -> None:
        seed(house.doors, wall_clock())

    run(settings, prepare=prepare, ready=lambda address: typer.echo(welcome(address, folder)))


def prepare_folder(folder: Path, *, fresh: bool) -> Path:
    """The demonstration's folder, marked as such; emptied when asked, if it is marked.

    Raises:
        InvalidInputError: the folder holds something else.
    """
    folder = folder.absolute()
    marked = (folder / MARK).exists()
    if folder.exists() and any(folder.iterdir()) and not marked:
        mend = "Give an empty folder with --data; a real house is served with `beffroi serve`."
        raise InvalidInputError("this folder is not of the demonstration", where=str(folder), mend=mend)
    if fresh and marked:
        shutil.rmtree(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        (folder / MARK).write_text(_MARK_TEXT, "utf-8")
    except OSError as error:
        mend = "Choose another with --data."
        raise InvalidInputError(f"cannot be written: {error.strerror}", where=str(folder), mend=mend) from None
    return folder


def welcome(address: str, folder: Path) -> str:
    """What is said once the demonstration answers."""
    from beffroi.app.demonstration import ACCOUNTS

    lines = [f"  {one.username:<16}{one.password:<26}{one.role.value}" for one in ACCOUNTS]
    return "\n".join(
        (
            "",
            f"Beffroi, démonstration : {address}",
            "",
            f"  {'compte / account':<16}{'  mot de passe / password':<26}",
            *lines,
            "",
            f"  données / data : {folder}",
            "  Ctrl-C pour arrêter / to stop",
            "",
        )
    )
