"""One database file: opened safely, migrated, one writer at a time, failures named.

SQLite in WAL mode with ``synchronous=FULL``: when a write transaction returns, it survives a power cut.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import ConnectionPoolEntry

from beffroi.vocabulary.errors import ConflictError, StorageError

BUSY_TIMEOUT_S = 10.0
CHECK_WHOLE_FILE_UP_TO_BYTES = 256 * 1024 * 1024
_WRITES = "beffroi_writes"


class Database:
    """The store's file. ``write()`` and ``read()`` give connections inside one transaction each.

    Writers queue in this process; another process that writes is waited for ``BUSY_TIMEOUT_S``. Readers see the
    last committed state and wait for nobody.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer = threading.RLock()
        self._writing = threading.local()
        _make_private_file(path)
        self.engine = _sqlite_engine(path)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A write transaction: committed and on disk when the block ends, undone when it raises.

        Raises:
            StorageError: disk or database refuses; nothing of the block was kept.
            ConflictError: a key that must be unique is taken, or a row that is named does not exist.
        """
        if self.is_writing_here:
            raise RuntimeError("a write transaction inside another of the same thread would wait for itself")
        with self._writer, translated(self.path):
            self._writing.now = True
            try:
                with self.engine.connect().execution_options(**{_WRITES: True}) as connection, connection.begin():
                    yield connection
            finally:
                self._writing.now = False

    @property
    def is_writing_here(self) -> bool:
        """Whether this thread is inside a write transaction."""
        return bool(getattr(self._writing, "now", False))

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read transaction: one consistent state, however many statements.

        Raises:
            StorageError: disk or database refuses.
        """
        with translated(self.path), self.engine.connect() as connection, connection.begin():
            yield connection

    def check(self) -> None:
        """Read the file's structure for damage (the whole file when it is small enough to do so at start).

        Raises:
            StorageError: it is damaged; the message says what to do.
        """
        with self.read() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one()
            if self.path.stat().st_size <= CHECK_WHOLE_FILE_UP_TO_BYTES:
                verdict = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
                if verdict != "ok":
                    raise StorageError(_damaged(self.path, str(verdict)))

    def fold(self) -> bool:
        """Fold the write-ahead log into the file and empty it, so that nothing deleted lives on there; False when a
        reader stands in the way (the next time then).
        """
        with translated(self.path), self.engine.connect() as connection:
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
        return not busy

    def close(self) -> None:
        """Let go of the file; the write-ahead log is folded into it."""
        self.engine.dispose()


@contextmanager
def looking_at(path: Path) -> Iterator[Connection]:
    """One consistent state of a store that this process may not change: nothing is made, nothing migrated.

    Raises:
        StorageError: there is no such file, or it cannot be read.
    """
    if not path.is_file():
        raise StorageError(f"there is no store at {path}. Name the data folder of a house.")
    address = sqlalchemy.URL.create("sqlite", database=f"file:{quote(str(path))}", query={"mode": "ro", "uri": "true"})
    engine = sqlalchemy.create_engine(address, connect_args={"timeout": BUSY_TIMEOUT_S}, hide_parameters=True)
    try:
        with translated(path), engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn the driver's errors into ours, with what to do about them. Values never enter the message."""
    try:
        yield
    except IntegrityError as error:
        raise ConflictError(f"the store refuses: {error.orig}") from error
    except DBAPIError as error:
        raise StorageError(_say(path, error.orig)) from error
    except sqlite3.Error as error:
        raise StorageError(_say(path, error)) from error


def _say(path: Path, error: BaseException | None) -> str:
    """One sentence for a person: what happened to which file, how to mend it."""
    code = getattr(error, "sqlite_errorname", "") or ""
    text = str(error)
    if code.startswith("SQLITE_FULL") or "disk is full" in text:
        return f"no room left on the disk of {path}. Free space there; nothing that was acknowledged is lost."
    if code.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or "malformed" in text or "not a database" in text:
        return _damaged(path, text)
    if code.startswith("SQLITE_READONLY"):
        return f"{path} is read-only. Give the account that runs Beffroi the right to write there."
    if code.startswith("SQLITE_CANTOPEN"):
        return f"{path} cannot be opened. Check that its folder exists and that Beffroi may write there."
    if code.startswith("SQLITE_IOERR"):
        return f"the disk of {path} fails or is full ({code}). Look at the system log, free space, replace the disk."
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return f"{path} is held by another process. Stop the other Beffroi server that uses this data folder."
    return f"the store {path} refuses ({code or type(error).__name__}: {text})"


def _damaged(path: Path, text: str) -> str:
    return (
        f"{path} is damaged ({text}). Stop the server, keep a copy of the file, then put back the last saved copy "
        f"or recover what can be read with: sqlite3 {path} .recover | sqlite3 {path}.recovered"
    )


def _make_private_file(path: Path) -> None:
    """Create folder (0700) and file (0600) when missing; take other people's rights away when not."""
    try:
        if not path.parent.exists():
            path.parent.mkdir(parents=True, mode=0o700)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(handle).st_mode & 0o077:
                os.fchmod(handle, 0o600)
        finally:
            os.close(handle)
    except OSError as error:
        mend = "Check that its folder exists and that Beffroi may write there."
        raise StorageError(f"{path} cannot be opened ({error.strerror}). {mend}") from error


def _sqlite_engine(path: Path) -> Engine:
    engine = sqlalchemy.create_engine(
        sqlalchemy.URL.create("sqlite", database=str(path)),
        connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
        max_overflow=-1,  # a reader never waits for another reader's connection
        hide_parameters=True,  # a failing statement must not print a password hash
    )

    @event.listens_for(engine, "connect")
    def _settle(connection: Any, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves: the driver's own way breaks DDL and read snapshots
        try:
            for pragma in (
                "journal_mode=WAL",
                "synchronous=FULL",
                "foreign_keys=ON",
                "secure_delete=ON",  # what retention deletes is overwritten
                "trusted_schema=OFF",
            ):
                connection.execute(f"PRAGMA {pragma}")
        except sqlite3.Error as error:
            connection.close()
            raise StorageError(_say(path, error)) from error

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        # IMMEDIATE takes the write lock at once: no reader can turn writer too late and fail
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
