"""A database file looked at by somebody who may change nothing: one state, raw rows, the house running or not."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from beffroi.keep.store.database import translated
from beffroi.vocabulary.errors import NotFoundError

_TIMEOUT_S = 10.0


@contextmanager
def look_at(path: Path) -> Iterator[sqlite3.Connection]:
    """A read-only connection inside one transaction. Texts come as bytes, undecoded: a damaged one must not stop us.

    Raises:
        NotFoundError: there is no such file.
        StorageError: it cannot be read, or is no database.
    """
    if not path.is_file():
        raise NotFoundError(f"there is no journal here: {path} does not exist. Name the data folder with --data.")
    with translated(path):
        connection = _open(path)
        try:
            connection.text_factory = bytes
            connection.execute("BEGIN")
            yield connection
        finally:
            connection.close()


def _open(path: Path) -> sqlite3.Connection:
    """Read-only; where not even the side files may be made (a read-only disk, a stopped house), as it lies there."""
    where = f"file:{quote(str(path.absolute()))}?mode=ro"
    connection = sqlite3.connect(where, uri=True, isolation_level=None, timeout=_TIMEOUT_S)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        if path.with_name(f"{path.name}-wal").exists():
            raise
        connection = sqlite3.connect(f"{where}&immutable=1", uri=True, isolation_level=None, timeout=_TIMEOUT_S)
    return connection
