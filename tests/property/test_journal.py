"""Whatever is done to one entry of a signed journal is found, and named."""

from __future__ import annotations

import io
import sqlite3
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beffroi.govern.audit.journal import JournalFilter, Wish
from beffroi.govern.audit.verifying import verify_file, verify_folder
from beffroi.govern.rights import LOCAL_ADMINISTRATOR
from beffroi.testing.town import OPERATOR, Town

TEXTS = ("actor", "role", "act", "about", "why", "purpose", "detail", "previous_sha256", "sha256")
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes, int]:
    """A signed journal's database, its export, and its last number."""
    town = Town(tmp_path_factory.mktemp("town"))
    town.settle()
    for _ in range(6):
        town.doors.cameras.viewed_live(OPERATOR, "mairie")
    out = io.BytesIO()
    town.doors.journal.export_lines(LOCAL_ADMINISTRATOR, Wish(wanted=JournalFilter(), why="yearly check"), out)
    town.doors.journal.sign()
    town.doors.close()
    result = verify_folder(town.folder)
    assert result.ok
    (town.folder / "audit" / "checkpoints.jsonl").rename(town.folder.parent / "kept.jsonl")
    return (town.folder / "beffroi.db").read_bytes(), out.getvalue(), result.last_seq


@pytest.fixture(scope="module")
def copy_of_checkpoints(signed: tuple[bytes, bytes, int], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return next(tmp_path_factory.getbasetemp().glob("kept.jsonl"))


def changed(folder: Path, database: bytes, *statements: tuple[str, tuple[object, ...]]) -> None:
    for name in ("beffroi.db", "beffroi.db-wal", "beffroi.db-shm"):
        (folder / name).unlink(missing_ok=True)
    (folder / "beffroi.db").write_bytes(database)
    connection = sqlite3.connect(folder / "beffroi.db")
    for verb in ("update", "delete"):
        connection.execute(f"DROP TRIGGER keep_journal_{verb}")
    for statement, values in statements:
        connection.execute(statement, values)
    connection.commit()
    connection.close()


@FEW
@given(data=st.data())
def test_any_field_of_any_entry(
    tmp_path: Path, signed: tuple[bytes, bytes, int], copy_of_checkpoints: Path, data: st.DataObject
) -> None:
    database, _, last = signed
    seq = data.draw(st.integers(1, last))
    column = data.draw(st.sampled_from((*TEXTS, "at", "allowed")))
    changed(tmp_path, database)
    connection = sqlite3.connect(tmp_path / "beffroi.db")
    (before,) = connection.execute(f"SELECT {column} FROM journal WHERE seq = ?", (seq,)).fetchone()
    if isinstance(before, int):
        value: object = data.draw(st.integers(-(2**62), 2**62).filter(lambda one: one != before))
    else:
        value = data.draw(st.text(st.characters(codec="utf-8"), max_size=20).filter(lambda one: one != before))
    connection.execute(f"UPDATE journal SET {column} = ? WHERE seq = ?", (value, seq))
    connection.commit()
    connection.close()
    result = verify_folder(tmp_path, copy=copy_of_checkpoints)
    assert not result.ok
    assert seq in {one.seq for one in result.findings if one.is_fault}


@FEW
@given(data=st.data())
def test_any_entry_deleted_swapped_or_cut(
    tmp_path: Path, signed: tuple[bytes, bytes, int], copy_of_checkpoints: Path, data: st.DataObject
) -> None:
    database, _, last = signed
    one = data.draw(st.integers(1, last))
    other = data.draw(st.integers(1, last).filter(lambda number: number != one))
    how = data.draw(st.sampled_from(("delete", "swap", "cut")))
    if how == "delete":
        changed(tmp_path, database, ("DELETE FROM journal WHERE seq = ?", (one,)))
    elif how == "cut":
        changed(tmp_path, database, ("DELETE FROM journal WHERE seq >= ?", (one,)))
    else:
        move = "UPDATE journal SET seq = ? WHERE seq = ?"
        changed(tmp_path, database, (move, (-1, one)), (move, (one, other)), (move, (other, -1)))
    result = verify_folder(tmp_path, copy=copy_of_checkpoints)
    assert not result.ok
    assert one in {found.seq for found in result.findings if found.is_fault}


@FEW
@given(data=st.data())
def test_any_byte_of_an_exported_journal(tmp_path: Path, signed: tuple[bytes, bytes, int], data: st.DataObject) -> None:
    _, lines, _ = signed
    begins = lines.index(b'"kind":"entry"') - 2000
    place = data.draw(st.integers(max(begins, lines.index(b"\n") + 1), len(lines) - 2))
    value = data.draw(st.integers(0, 255).filter(lambda one: one != lines[place]))
    path = tmp_path / "journal.jsonl"
    path.write_bytes(lines[:place] + bytes([value]) + lines[place + 1 :])
    assert not verify_file(path).ok
    path.write_bytes(lines)
    assert verify_file(path).ok


@pytest.mark.parametrize("field", [b'"public_key":"', b'"signature":"'])
def test_every_character_of_a_checkpoint_in_an_exported_journal(
    tmp_path: Path, signed: tuple[bytes, bytes, int], field: bytes
) -> None:
    """Its key is not signed with it, and the last character of a base64 text has bits that decoding drops."""
    _, lines, _ = signed
    begins = lines.index(field, lines.index(b'"kind":"checkpoint"')) + len(field)
    path = tmp_path / "journal.jsonl"
    for place in range(begins, lines.index(b'"', begins)):
        for value in {b" ", bytes([lines[place] ^ 1]), bytes([lines[place] + 1])} - {lines[place : place + 1]}:
            path.write_bytes(lines[:place] + value + lines[place + 1 :])
            assert not verify_file(path).ok, (place, value)


@FEW
@given(data=st.data())
def test_any_line_of_an_exported_journal_left_out_or_the_file_cut(
    tmp_path: Path, signed: tuple[bytes, bytes, int], data: st.DataObject
) -> None:
    lines = signed[1].splitlines(keepends=True)
    first = next(number for number, line in enumerate(lines) if b'"kind":"entry"' in line)
    place = data.draw(st.integers(first, len(lines) - 1))
    left = lines[:place] if data.draw(st.booleans()) else lines[:place] + lines[place + 1 :]
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b"".join(left))
    assert not verify_file(path).ok
