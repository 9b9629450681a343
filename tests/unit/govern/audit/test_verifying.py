"""What a verification finds in a journal that somebody has been at, and that it names it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from beffroi.govern.audit.findings import Kind, Verification
from beffroi.govern.audit.material import COPY
from beffroi.govern.audit.verifying import verify_folder
from beffroi.govern.rights import LOCAL_ADMINISTRATOR
from beffroi.testing.town import OPERATOR, Town
from beffroi.vocabulary.errors import NotFoundError, StorageError
from beffroi.vocabulary.journal import digested_fields, entry_digest


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A journal of some forty entries, signed twice, closed cleanly."""
    town = Town(tmp_path)
    town.settle()
    for _ in range(8):
        town.doors.cameras.viewed_live(OPERATOR, "mairie")
        town.clock.advance(1)
    town.doors.journal.sign()
    for _ in range(8):
        town.doors.cameras.viewed_live(OPERATOR, "quai")
        town.clock.advance(1)
    town.doors.journal.sign()
    town.doors.close()
    return tmp_path


def tamper(data: Path, *statements: str) -> None:
    """Somebody who can write the file: the triggers go first."""
    connection = sqlite3.connect(data / "beffroi.db")
    for verb in ("update", "delete"):
        connection.execute(f"DROP TRIGGER IF EXISTS keep_journal_{verb}")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def faults(result: Verification) -> list[tuple[Kind, int, int]]:
    return [(one.kind, one.seq, max(one.seq, one.last_seq)) for one in result.findings if one.is_fault]


def last_seq(data: Path) -> int:
    return verify_folder(data).last_seq


def test_a_journal_that_nobody_touched_is_whole(kept: Path) -> None:
    told: list[tuple[int, int]] = []
    result = verify_folder(kept, progress=lambda done, total: told.append((done, total)))
    assert result.ok
    assert result.findings == ()
    assert (result.first_seq, result.signed_to, result.checkpoints) == (1, result.last_seq, 2)
    assert result.entries == result.last_seq >= 30
    assert told[-1] == (result.entries, result.entries)
    assert len(result.key_ids) == 1


def test_it_is_verified_while_the_house_runs_and_nothing_is_written(tmp_path: Path) -> None:
    town = Town(tmp_path)
    town.settle()
    town.doors.journal.sign()
    town.doors.cameras.viewed_live(OPERATOR, "mairie")
    result = verify_folder(tmp_path)
    assert result.ok
    assert [(one.kind, one.seq) for one in result.findings] == [(Kind.NOT_SIGNED_YET, result.last_seq)]
    assert town.doors.journal.recent(LOCAL_ADMINISTRATOR, limit=1)[0].act == "see_live"
    town.doors.close()


@pytest.mark.parametrize(
    ("statement", "wanted"),
    [
        ("UPDATE journal SET why = 'nothing' WHERE seq = 12", (Kind.ALTERED, 12)),
        ("UPDATE journal SET at = at + 1 WHERE seq = 12", (Kind.ALTERED, 12)),
        ("UPDATE journal SET allowed = 2 WHERE seq = 12", (Kind.ALTERED, 12)),
        ("UPDATE journal SET actor = x'ff' WHERE seq = 12", (Kind.ALTERED, 12)),
        ("UPDATE journal SET actor = actor || char(31) || role, role = '' WHERE seq = 12", (Kind.ALTERED, 12)),
        ("UPDATE journal SET sha256 = upper(sha256) WHERE seq = 12", (Kind.ALTERED, 12)),
        ("UPDATE journal SET previous_sha256 = sha256 WHERE seq = 12", (Kind.ALTERED, 12)),
        ("DELETE FROM journal WHERE seq = 12", (Kind.MISSING, 12)),
        ("DELETE FROM journal WHERE seq BETWEEN 12 AND 15", (Kind.MISSING, 12)),
        ("DELETE FROM journal WHERE seq = 1", (Kind.MISSING, 1)),
        ("UPDATE journal_start SET seq = 5", (Kind.START_MOVED, 5)),
        ("UPDATE journal_start SET previous_sha256 = 'ab'", (Kind.START_MOVED, 1)),
        ("UPDATE journal_checkpoints SET head_sha256 = 'ab' WHERE previous_seq = 0", (Kind.CHECKPOINT_FORGED, 0)),
        ("UPDATE journal_checkpoints SET signature = 'ab' WHERE previous_seq > 0", (Kind.CHECKPOINT_FORGED, 0)),
        ("DELETE FROM journal_checkpoints WHERE previous_seq = 0", (Kind.CHECKPOINT_MISSING, 0)),
        ("DELETE FROM journal_checkpoints", (Kind.CHECKPOINT_MISSING, 0)),
        ("DELETE FROM signing_keys", (Kind.KEY_UNKNOWN, 0)),
        ("UPDATE signing_keys SET public_key = 'YWJj'", (Kind.KEY_UNKNOWN, 0)),
    ],
)
def test_what_was_changed_is_named(kept: Path, statement: str, wanted: tuple[Kind, int]) -> None:
    tamper(kept, statement)
    result = verify_folder(kept)
    kind, seq = wanted
    assert not result.ok
    named = [one for one in result.findings if one.kind is kind]
    assert named
    if seq:
        assert named[0].seq == seq
        assert result.faults == 1 or "start" in statement, result.findings


def test_entries_that_changed_places_are_told_from_altered_ones(kept: Path) -> None:
    tamper(
        kept,
        "UPDATE journal SET seq = -7 WHERE seq = 7",
        "UPDATE journal SET seq = 7 WHERE seq = 9",
        "UPDATE journal SET seq = 9 WHERE seq = -7",
    )
    assert faults(verify_folder(kept)) == [(Kind.REORDERED, 7, 7), (Kind.REORDERED, 9, 9)]


def test_a_cut_journal_is_found_by_what_was_signed(kept: Path) -> None:
    last = last_seq(kept)
    tamper(kept, f"DELETE FROM journal WHERE seq > {last - 3}")
    assert faults(verify_folder(kept)) == [(Kind.TRUNCATED, last - 2, last)]
    # even when the store's checkpoints were cut with it: the file beside it remembers
    tamper(kept, f"DELETE FROM journal_checkpoints WHERE seq > {last - 3}")
    assert (Kind.TRUNCATED, last - 2, last) in faults(verify_folder(kept))


def rewrite_from(data: Path, seq: int) -> None:
    """A forger with the whole recipe: alters an entry and chains all that follow anew."""
    town = Town(data)
    entries = town.doors.journal.recent(LOCAL_ADMINISTRATOR, limit=10_000)[::-1]
    town.doors.close()
    connection = sqlite3.connect(data / "beffroi.db")
    connection.execute("DROP TRIGGER IF EXISTS keep_journal_update")
    previous = entries[seq - 2].sha256
    for entry in entries[seq - 1 :]:
        actor = "nobody" if entry.seq == seq else entry.actor
        fields = list(digested_fields(entry))
        fields[2] = actor
        digest = entry_digest(previous, fields)
        connection.execute(
            "UPDATE journal SET actor = ?, previous_sha256 = ?, sha256 = ? WHERE seq = ?",
            (actor, previous, digest, entry.seq),
        )
        previous = digest
    connection.commit()
    connection.close()


def test_a_journal_that_was_chained_anew_contradicts_its_checkpoints(kept: Path) -> None:
    last = last_seq(kept)
    rewrite_from(kept, 10)
    first, second = [one for one in verify_folder(kept).findings if one.kind is Kind.REWRITTEN]
    assert (first.seq, second.last_seq) == (1, last)
    assert first.last_seq + 1 == second.seq


def test_one_entry_put_in_the_place_of_another_breaks_the_link(kept: Path) -> None:
    town = Town(kept)
    entry = next(one for one in town.doors.journal.recent(LOCAL_ADMINISTRATOR, limit=100) if one.seq == 12)
    town.doors.close()
    fields = list(digested_fields(entry))
    fields[2] = "nobody"
    digest = entry_digest(entry.previous_sha256, fields)
    tamper(kept, f"UPDATE journal SET actor = 'nobody', sha256 = '{digest}' WHERE seq = 12")
    assert faults(verify_folder(kept)) == [(Kind.BROKEN_LINK, 13, 13)]


@pytest.mark.parametrize(
    ("damage", "wanted"),
    [
        (lambda lines: None, Kind.FILE_MISSING),
        (lambda lines: [], Kind.CHECKPOINT_MISSING),
        (lambda lines: lines[1:], Kind.CHECKPOINT_MISSING),
        (lambda lines: ["not a line", *lines], Kind.FILE_UNREADABLE),
        (lambda lines: [lines[0].replace('"at":1', '"at":2'), lines[1]], Kind.CHECKPOINT_FORGED),
        (lambda lines: [*lines, lines[0].replace('"at":1', '"at":2')], Kind.CHECKPOINT_DIFFERS),
    ],
)
def test_the_copy_beside_the_store_is_checked_too(
    kept: Path, damage: Callable[[list[str]], list[str] | None], wanted: Kind
) -> None:
    path = kept / COPY
    lines = damage(path.read_text("utf-8").splitlines())
    path.unlink()
    if lines is not None:
        path.write_text("".join(f"{line}\n" for line in lines))
    result = verify_folder(kept)
    assert not result.ok
    assert wanted in {one.kind for one in result.findings}


def test_a_copy_kept_elsewhere_finds_a_house_that_was_rewritten_whole(kept: Path, tmp_path: Path) -> None:
    """Whoever holds machine and key can sign anew: only what is elsewhere speaks against it."""
    elsewhere = tmp_path / "elsewhere.jsonl"
    elsewhere.write_bytes((kept / COPY).read_bytes())
    rewrite_from(kept, 10)
    tamper(kept, "DELETE FROM journal_checkpoints")
    (kept / COPY).unlink()
    town = Town(kept)
    town.doors.journal.sign()
    town.doors.close()
    assert verify_folder(kept).ok
    result = verify_folder(kept, copy=elsewhere)
    assert {Kind.REWRITTEN, Kind.CHECKPOINT_DIFFERS} <= {one.kind for one in result.findings}


def test_a_clock_set_back_is_a_remark_not_a_fault(tmp_path: Path) -> None:
    town = Town(tmp_path)
    town.settle()
    town.clock.advance(-3600)
    town.doors.cameras.viewed_live(OPERATOR, "mairie")
    seq = town.doors.journal.recent(LOCAL_ADMINISTRATOR, limit=1)[0].seq
    town.doors.tend()
    town.doors.close()
    result = verify_folder(tmp_path)
    assert result.ok
    assert (Kind.CLOCK_BACK, seq) in [(one.kind, one.seq) for one in result.findings]


def test_lost_and_rotated_keys_are_told_and_hold(tmp_path: Path) -> None:
    town = Town(tmp_path)
    town.settle()
    town.doors.journal.sign()
    town.doors.signer.rotate(LOCAL_ADMINISTRATOR, why="every year")
    town.doors.journal.sign()
    town.doors.close()
    (tmp_path / "keys" / "signing.pem").unlink()
    town = Town(tmp_path)
    town.doors.cameras.viewed_live(OPERATOR, "mairie")
    town.doors.journal.sign()
    town.doors.close()
    result = verify_folder(tmp_path)
    assert result.ok, result.findings
    assert [one.says.split("(")[1] for one in result.findings] == ["every year)", "lost)"]
    assert len(result.key_ids) == 3


def test_a_checkpoint_of_a_retired_key_is_no_checkpoint(tmp_path: Path) -> None:
    """A key that was stolen and then rotated signs nothing more."""
    town = Town(tmp_path)
    town.settle()
    town.doors.journal.sign()
    old = (tmp_path / "keys" / "signing.pem").read_bytes()
    town.doors.signer.rotate(LOCAL_ADMINISTRATOR, why="stolen")
    town.doors.close()
    tamper(
        tmp_path,
        "UPDATE signing_keys SET retired_at = CASE WHEN retired_at IS NULL THEN 1 ELSE NULL END",
    )
    (tmp_path / "keys" / "signing.pem").write_bytes(old)
    town = Town(tmp_path)
    town.doors.journal.sign()
    town.doors.close()
    assert Kind.KEY_OUT_OF_FORCE in {one.kind for one in verify_folder(tmp_path).findings}


def test_another_process_that_rotates_is_noticed(tmp_path: Path) -> None:
    town, beside = Town(tmp_path), Town(tmp_path)
    first = town.doors.signer.ready()
    second = beside.doors.signer.rotate(LOCAL_ADMINISTRATOR, why="every year")
    assert town.doors.signer.ready() == second != first
    town.doors.journal.sign()
    town.doors.close()
    beside.doors.close()
    assert verify_folder(tmp_path).ok


def test_a_damaged_file_is_a_finding_and_no_file_a_message(kept: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="--data"):
        verify_folder(tmp_path / "nowhere")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "beffroi.db").write_text("this is no database at all" * 100)
    with pytest.raises(StorageError):
        verify_folder(tmp_path / "other")


def test_a_fault_is_told_in_a_line_with_its_number_and_hour(kept: Path) -> None:
    tamper(kept, "UPDATE journal SET why = 'nothing' WHERE seq = 12")
    (line,) = [one.line() for one in verify_folder(kept).findings]
    assert line == "entry 12 (2026-06-01T10:00:00.000Z): altered: what it says is not what was written"
