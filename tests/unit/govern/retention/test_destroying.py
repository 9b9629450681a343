"""What is due goes, in an order that a crash cannot hurt, and the ledger proves it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from beffroi.govern.retention.inscribing import Pen
from beffroi.govern.rights import SYSTEM
from beffroi.keep.store import destructions, due
from beffroi.testing.town import DPO, OPERATOR, Town
from beffroi.vocabulary.errors import ConflictError, StorageError
from beffroi.vocabulary.proof import FindingKind
from beffroi.vocabulary.retention import DataKind, Why, ledger_digest
from beffroi.vocabulary.time import NS_PER_S, UtcNs

DAY_S = 86_400


def test_evidence_and_recordings_go_in_time_and_the_ledger_says_what(town: Town) -> None:
    alert_id, clip = town.ready("walk")
    early, late = town.recorded("early", keep_s=DAY_S), town.recorded("late", keep_s=20 * DAY_S)
    town.live(8 * DAY_S)
    assert not clip.parent.exists()
    assert not early.exists()
    assert late.exists()
    entries = town.doors.retention.ledger(DPO)
    assert {(one.kind, one.item_id, one.why) for one in entries} >= {(DataKind.SEGMENTS, "segment-early", Why.EXPIRED)}
    assert [one.seq for one in entries] == [2, 1]
    evidence_entry = next(one for one in entries if one.kind is DataKind.EVIDENCE)
    kept = town.doors.alerts.get(OPERATOR, alert_id).evidence
    assert evidence_entry.item_id == kept.evidence.evidence_id
    assert [file.sha256 for file in evidence_entry.files] == [part.sha256 for part in kept.parts]
    assert all(one.sha256 == ledger_digest(one) for one in entries)
    proof = town.doors.retention.verify(DPO)
    assert proof.clean, proof.findings
    assert proof.looked_at["signatures"] >= 1


def test_no_segment_is_kept_beyond_the_law(town: Town) -> None:
    town.recorded("long", keep_s=400 * DAY_S)
    with town.doors.database.read() as connection:
        over = due.due(connection, UtcNs(town.clock.now + 30 * DAY_S * NS_PER_S))
    assert [one.item_id for one in over] == ["segment-long"]


def test_the_ledger_cannot_be_altered_in_place(town: Town) -> None:
    town.recorded("early", keep_s=DAY_S)
    town.live(2 * DAY_S)
    with sqlite3.connect(town.folder / "beffroi.db") as connection:
        for verb in ("UPDATE destruction_ledger SET why = 'x'", "DELETE FROM destruction_ledger"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(verb)


@pytest.mark.parametrize("column", ["item_id", "files", "camera_id", "at", "why", "previous_sha256"])
def test_whatever_is_altered_in_the_ledger_is_found(town: Town, column: str) -> None:
    for name in ("one", "two", "three"):
        town.recorded(name, keep_s=DAY_S)
    town.live(2 * DAY_S)
    with sqlite3.connect(town.folder / "beffroi.db") as connection:
        connection.execute("DROP TRIGGER keep_destruction_ledger_update")
        value = {"files": "[]", "at": 5, "why": "shortened"}.get(column, "forged")
        connection.execute(f"UPDATE destruction_ledger SET {column} = ? WHERE seq = 2", (value,))
    proof = town.doors.retention.verify(DPO)
    assert FindingKind.LEDGER_BROKEN in proof.wrong
    assert any(one.where == "ledger:2" for one in proof.findings)


def test_a_ledger_that_was_cut_off_is_found(town: Town) -> None:
    town.recorded("one", keep_s=DAY_S)
    town.live(2 * DAY_S)
    with sqlite3.connect(town.folder / "beffroi.db") as connection:
        connection.execute("DROP TRIGGER keep_destruction_ledger_delete")
        connection.execute("DELETE FROM destruction_ledger")
    kinds = town.doors.retention.verify(DPO).wrong
    assert {FindingKind.LEDGER_BROKEN, FindingKind.NOT_IN_LEDGER} <= set(kinds)


def test_a_forged_signature_is_found(town: Town) -> None:
    town.recorded("one", keep_s=DAY_S)
    town.live(2 * DAY_S)
    with sqlite3.connect(town.folder / "beffroi.db") as connection:
        connection.execute("DROP TRIGGER keep_ledger_signatures_update")
        connection.execute("UPDATE ledger_signatures SET signature = 'AAAA'")
    assert set(town.doors.retention.verify(DPO).wrong) == {FindingKind.SIGNATURE_BAD}


def test_a_crash_between_unlink_and_ledger_is_finished_at_the_next_start(town: Town) -> None:
    path = town.recorded("early", keep_s=DAY_S)
    kept = town.recorded("kept")
    town.live(DAY_S - 1)
    town.clock.advance(2)
    with town.doors.database.write() as connection:
        destructions.begin(connection, due.due(connection, town.clock.now), town.clock.now)
    path.unlink()
    town.restart()
    assert [one.item_id for one in town.doors.retention.ledger(DPO)] == ["segment-early"]
    assert kept.exists()
    assert town.doors.retention.verify(DPO).clean


def test_a_folder_instead_of_a_file_is_a_named_refusal_that_is_tried_again(town: Town) -> None:
    stuck, free = town.recorded("stuck", keep_s=DAY_S), town.recorded("free", keep_s=DAY_S)
    stuck.unlink()
    stuck.mkdir()
    town.live(2 * DAY_S)
    assert not free.exists()
    standing = town.doors.retention.standing(DPO)
    assert (standing.state, standing.refused_total) == ("refused", 1)
    assert "stuck.mp4" in standing.refused[0].error
    assert town.doors.retention.health() == ("refused", 1)
    town.clock.advance(200)
    found = town.doors.retention.verify(DPO)
    assert FindingKind.REFUSED in found.wrong
    stuck.rmdir()
    town.doors.tend()
    assert town.doors.retention.standing(DPO).state == "ok"
    assert town.doors.retention.verify(DPO).clean


def test_a_record_that_leads_out_destroys_nothing_elsewhere(town: Town) -> None:
    town.recorded("one", keep_s=DAY_S)
    with sqlite3.connect(town.folder / "beffroi.db") as connection:
        connection.execute("UPDATE segments SET path = 'recordings/../beffroi.db'")
    town.live(2 * DAY_S)
    assert (town.folder / "beffroi.db").exists()
    assert "leads out" in town.doors.retention.standing(DPO).refused[0].error


def test_a_link_among_recordings_is_unlinked_not_followed(town: Town, tmp_path: Path) -> None:
    path = town.recorded("one", keep_s=DAY_S)
    outside = tmp_path / "outside.mp4"
    outside.write_bytes(b"of somebody else")
    path.unlink()
    path.symlink_to(outside)
    town.live(2 * DAY_S)
    assert outside.exists()
    assert not path.is_symlink()


def test_a_key_that_cannot_be_read_stops_no_destruction_and_the_next_signature_covers_all(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = town.recorded("one", keep_s=DAY_S)
    town.recorded("two", keep_s=3 * DAY_S)

    def no_key() -> str:
        raise StorageError("the signing key cannot be read")

    with monkeypatch.context() as patch:
        patch.setattr(town.doors.signer, "ready", no_key)
        town.live(2 * DAY_S)
    assert not first.exists()
    assert set(town.doors.retention.verify(DPO).wrong) == {FindingKind.LEDGER_UNSIGNED}
    town.live(2 * DAY_S)
    assert town.doors.retention.verify(DPO).clean


def test_the_same_path_cannot_be_recorded_twice(town: Town) -> None:
    town.recorded("one")
    with pytest.raises(ConflictError):
        town.recorded("one")


def test_footage_nobody_asked_for_is_in_the_ledger(town: Town) -> None:
    now = town.clock.now
    town.doors.intake.take_evidence(SYSTEM, "stranger", parts=(town.footage("stranger"),), from_at=now, to_at=now)
    town.footage("orphan")
    town.restart()
    entries = town.doors.retention.ledger(DPO)
    assert {(one.item_id, one.why) for one in entries} == {
        ("event:stranger", Why.NO_ALERT),
        ("event:orphan", Why.NO_RECORD),
    }
    assert town.doors.retention.verify(DPO).clean


class _Killed(BaseException):
    """What no handler catches: the process is gone."""


@pytest.mark.parametrize("path", ["evidence/2026-06-01/orphan/clip.mp4", "recordings/mairie/x.mp4", "exports/a.zip"])
def test_a_kill_between_a_nameless_file_and_the_ledger_leaves_nothing_untold(
    town: Town, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    stray = town.folder / path
    stray.parent.mkdir(parents=True, exist_ok=True)
    stray.write_bytes(b"nobody's")

    def die(*_: object) -> None:
        raise _Killed

    with monkeypatch.context() as patch:
        patch.setattr(Pen, "write", die)
        with pytest.raises(_Killed):
            town.doors.recover()
    assert not stray.exists()
    assert town.doors.retention.ledger(DPO) == []
    town.restart()
    wanted = "event:orphan" if path.startswith("evidence") else f"file:{path}"
    assert [(one.item_id, one.why) for one in town.doors.retention.ledger(DPO)] == [(wanted, Why.NO_RECORD)]
    assert town.doors.retention.verify(DPO).clean


def test_two_nameless_recordings_with_long_names_are_two_lines_in_the_ledger(town: Town) -> None:
    folder = town.folder / "recordings" / ("m" * 60)
    folder.mkdir(parents=True)
    for name in ("1.mp4", "2.mp4"):
        (folder / name).write_bytes(b"nobody's")
    town.restart()
    entries = town.doors.retention.ledger(DPO)
    assert {file.path.rpartition("/")[2] for one in entries for file in one.files} == {"1.mp4", "2.mp4"}
    assert len({one.item_id for one in entries}) == 2
