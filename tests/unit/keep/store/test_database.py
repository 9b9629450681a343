"""The file itself: private, migrated, durable, with failures that say what to do."""

from __future__ import annotations

import re
import sqlite3
import stat
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import insert, select

from beffroi.keep.store.database import Database
from beffroi.keep.store.migrating import migrate, sql_for
from beffroi.keep.store.tables import APPEND_ONLY, cameras, counters, metadata, observations
from beffroi.vocabulary.errors import ConflictError, StorageError

ROW = {"source_id": "s", "property": "p", "value": 1.0, "unit": "1", "reported_at": 0, "quality": "good"}


def test_the_migrations_make_the_tables_the_code_knows(database: Database) -> None:
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrating_twice_changes_nothing(database: Database) -> None:
    first, last = migrate(database)
    assert first == last == "0009"


def test_the_same_shape_can_be_had_for_postgresql() -> None:
    sql = sql_for("postgresql")
    for table in metadata.sorted_tables:
        assert f"CREATE TABLE {table.name} (" in sql
    for name in APPEND_ONLY:
        guarded = re.findall(rf"CREATE TRIGGER keep_{name}(?:_rows)? BEFORE (.+?) ON {name} ", sql)
        assert {verb for verbs in guarded for verb in verbs.split(" OR ")} == {"UPDATE", "DELETE", "TRUNCATE"}, name
    assert "BIGSERIAL" in sql


def test_a_file_of_a_later_version_is_left_alone(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StorageError, match="later version"):
        migrate(database)


def test_settings_that_make_acknowledged_mean_durable(database: Database) -> None:
    with database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one() == 10_000
        assert connection.exec_driver_sql("PRAGMA secure_delete").scalar_one() == 1


def test_nobody_else_may_read_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "fresh"
    database = Database(folder / "beffroi.db")
    migrate(database)
    with database.write() as connection:
        connection.execute(insert(observations).values(**ROW, measured_at=1))
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    database.close()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert modes == {"beffroi.db": 0o600, "beffroi.db-wal": 0o600, "beffroi.db-shm": 0o600}
    (folder / "beffroi.db").chmod(0o644)
    Database(folder / "beffroi.db").close()
    assert stat.S_IMODE((folder / "beffroi.db").stat().st_mode) == 0o600


def test_a_block_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        connection.execute(insert(observations).values(**ROW, measured_at=1))
        raise ZeroDivisionError
    with database.read() as connection:
        assert connection.execute(select(observations)).all() == []


def test_readers_keep_their_state_while_somebody_writes(database: Database) -> None:
    with database.read() as reading:
        assert reading.execute(select(observations)).all() == []
        with database.write() as writing:
            writing.execute(insert(observations).values(**ROW, measured_at=1))
        assert reading.execute(select(observations)).all() == []
    with database.read() as connection:
        assert len(connection.execute(select(observations)).all()) == 1


def test_writers_of_many_threads_queue_and_none_is_lost(database: Database) -> None:
    def write(worker: int) -> None:
        for number in range(20):
            with database.write() as connection:
                connection.execute(insert(observations).values(**ROW, measured_at=worker * 100 + number))

    threads = [threading.Thread(target=write, args=(worker,)) for worker in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        assert len(connection.execute(select(observations)).all()) == 120


def test_a_write_inside_a_write_is_refused_instead_of_hanging(database: Database) -> None:
    with pytest.raises(RuntimeError), database.write(), database.write():
        pass


def test_rows_that_name_nothing_are_refused(database: Database) -> None:
    with pytest.raises(ConflictError), database.write() as connection:
        connection.execute(insert(counters).values(camera_id="none", name="x", value=1.0, at=1))


def test_parameters_never_enter_an_error(database: Database) -> None:
    row = {"camera_id": "a", "name": "hunter2", "document": {}, "made_at": 1, "changed_at": 1}
    with database.write() as connection:
        connection.execute(insert(cameras).values(**row))
    with pytest.raises(ConflictError) as refused, database.write() as connection:
        connection.execute(insert(cameras).values(**row))
    assert "hunter2" not in str(refused.value)
    assert "hunter2" not in str(refused.value.__cause__)


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET rowid = rowid"])
def test_append_only_tables_have_both_guards(database: Database, table: str, statement: str) -> None:
    with sqlite3.connect(database.path) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
        names = [column[1] for column in columns]
        values = ", ".join("1" for _ in names)
        connection.execute(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({values})")
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(statement.format(table))


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be opened"):
        Database(tmp_path / "file" / "beffroi.db")


def test_another_process_that_writes_too_long_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("beffroi.keep.store.database.BUSY_TIMEOUT_S", 0.1)
    database = Database(tmp_path / "beffroi.db")
    migrate(database)
    other = sqlite3.connect(tmp_path / "beffroi.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError, match="another process"), database.write():
        pass
    other.execute("ROLLBACK")
    other.close()
    with database.write() as connection:
        connection.execute(insert(observations).values(**ROW, measured_at=1))
    database.close()
