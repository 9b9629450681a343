"""What the commands on files share: the folder for results, and the bar that shows speed and time left."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from beffroi.vocabulary.errors import StorageError


def make_folder(out: Path) -> None:
    """Make the folder for results.

    Raises:
        StorageError: it cannot be made.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{out}: the folder cannot be made: {error.strerror}. Name another with --out.") from error


def video_progress(console: Console) -> Progress:
    """A bar over seconds of video; its tasks have a field ``speed``. It goes away when the work is done."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=console, transient=True)
