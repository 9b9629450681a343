"""The store when the worst happens: killed while writing, disk full, file damaged, file of somebody else."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from beffroi.govern.alerts import AlertFilter, Answer
from beffroi.govern.rights import SYSTEM
from beffroi.keep.store.database import Database
from beffroi.testing.town import OPERATOR, Town
from beffroi.vocabulary.errors import StorageError
from beffroi.vocabulary.judgement import AlertState, Decision, EvidenceState

ANSWERING = """
import sys
from pathlib import Path
from beffroi.govern.alerts import Answer
from beffroi.govern.rights import SYSTEM
from beffroi.testing.town import OPERATOR, SimulatedClock, Town
from beffroi.vocabulary.judgement import Decision
from beffroi.vocabulary.time import UtcNs

town = Town(Path(sys.argv[1]), clock=SimulatedClock(UtcNs(int(sys.argv[2]))))
rule = town.doors.rules.get(SYSTEM, "lawn").rule
number = 0
while True:
    name = f"{sys.argv[3]}-{number}"
    alert_id = town.raised(rule, name)
    print("raised", alert_id, flush=True)
    answer = Answer(decision=Decision.DISMISS, reason="weather", note=name)
    given = town.doors.alerts.give_verdict(OPERATOR, alert_id, answer, idempotency_key=f"key-{name}")
    print("answered", given.verdict.verdict_id, flush=True)
    town.clock.advance(1)
    number += 1
"""


def answering(folder: Path, now: int, life: int) -> list[str]:
    """Let a process raise and answer alerts, kill it in the middle; what it had acknowledged."""
    command = [sys.executable, "-c", ANSWERING, str(folder), str(now), f"life{life}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(10 + life * 7)]
    time.sleep(0.003 * life)  # not always at the same point of its work
    process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate(timeout=10)
    assert process.returncode == -signal.SIGKILL
    # a last line cut short was not acknowledged
    return [line for line in [*lines, *rest.splitlines(keepends=True)] if line.endswith("\n")]


def test_kill_9_while_answering_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    town = Town(tmp_path / "data")
    town.settle()
    raised: set[str] = set()
    answered: set[str] = set()
    for life in range(3):
        town.doors.close()
        for line in answering(town.folder, town.clock.now, life):
            word, name = line.split()
            (raised if word == "raised" else answered).add(name)
        town.clock.advance(3600)
        town.restart()
        page = town.doors.alerts.history(OPERATOR, AlertFilter(), limit=1000)
        kept = {record.alert.alert_id for record in page.items}
        verdicts = {record.last_verdict.verdict_id for record in page.items if record.last_verdict}
        assert raised <= kept
        assert answered <= verdicts
        # at most the one that was being written when the end came, each life
        assert len(kept - raised) <= life + 1
        assert len(verdicts - answered) <= life + 1
        for record in page.items:
            whole = AlertState.DISMISSED if record.last_verdict else record.alert.state
            assert record.alert.state is whole
            assert record.alert.evidence_state is EvidenceState.MISSING
            assert record.alert.evidence_reason == "interrupted"
    rows = town.doors.outbox.for_actor(OPERATOR, 0, limit=10_000)
    told = {row.payload["alert_id"] for row in rows if row.topic == "alert.raised"}
    assert told == kept
    assert len(answered) >= 15
    town.doors.close()


FILLING = """
import resource, signal, sys
from pathlib import Path
from beffroi.govern.alerts import AlertFilter, Answer
from beffroi.govern.rights import SYSTEM
from beffroi.testing.town import OPERATOR, Town
from beffroi.vocabulary.errors import StorageError
from beffroi.vocabulary.judgement import Decision

town = Town(Path(sys.argv[1]))
rule = town.doors.rules.get(SYSTEM, "lawn").rule
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
limit = int(sys.argv[2])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
acknowledged = []
failure = ""
for number in range(20_000):
    try:
        acknowledged.append(town.raised(rule, f"event-{number}"))
    except StorageError as error:
        failure = str(error)
        break
print(failure)
page = town.doors.alerts.history(OPERATOR, AlertFilter(), limit=1000)
print(page.total, len(acknowledged))
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    town.raised(rule, "after")
    print(town.doors.alerts.history(OPERATOR, AlertFilter(), limit=1).total)
"""


def filling(folder: Path, limit: int) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", FILLING, str(folder), str(limit)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_file_that_may_not_grow_refuses_and_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    town = Town(tmp_path / "data")
    town.settle()
    town.doors.close()
    failure, counts, after = filling(town.folder, (town.folder / "beffroi.db").stat().st_size + 1_500_000)
    total, acknowledged = map(int, counts.split())
    assert "beffroi.db" in failure
    assert "free space" in failure.lower()
    assert total == acknowledged > 10
    assert int(after) == total + 1
    again = Town(town.folder)
    assert again.doors.alerts.history(OPERATOR, AlertFilter()).total == total + 1
    again.doors.close()


def can_mount(folder: Path) -> bool:
    """Whether a small disk can be had here (root, and a kernel that lets us)."""
    if os.geteuid() != 0:
        return False
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True)
    return done.returncode == 0


def test_a_full_disk_refuses_and_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = can_mount(disk)
    limit = 0 if mounted else 1_500_000  # elsewhere the same end comes by the size a file may have
    try:
        town = Town(disk / "data")
        town.settle()
        town.doors.close()
        failure, counts = filling(disk / "data", limit)[:2]
        total, acknowledged = map(int, counts.split())
        assert "free space" in failure.lower()
        assert total == acknowledged > 10
        with sqlite3.connect(disk / "data" / "beffroi.db") as connection:
            (whole,) = connection.execute("PRAGMA integrity_check").fetchone()
            alerts, told, evidence = connection.execute(
                "SELECT (SELECT count(*) FROM alerts), (SELECT count(*) FROM outbox), (SELECT count(*) FROM evidence)"
            ).fetchone()
        connection.close()
        assert whole == "ok"
        assert alerts == told == evidence == acknowledged
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(disk)], check=True)


def settled_file(folder: Path) -> Path:
    town = Town(folder)
    rule = town.settle()
    for _ in range(30):
        town.raised(rule)
    town.doors.close()
    return folder / "beffroi.db"


@pytest.mark.parametrize("damage", ["header", "middle", "cut", "text"])
def test_a_damaged_file_is_named_with_what_to_do_and_left_as_it_is(tmp_path: Path, damage: str) -> None:
    path = settled_file(tmp_path / "data")
    content = bytearray(path.read_bytes())
    if damage == "header":
        content[:100] = b"\xff" * 100
    elif damage == "middle":
        for page in range(3, len(content) // 4096, 2):
            content[page * 4096 : page * 4096 + 512] = b"\xa5" * 512
    elif damage == "cut":
        del content[len(content) // 2 :]
    else:
        content = bytearray(b"this is a letter, not a database. " * 200)
    path.write_bytes(content)
    with pytest.raises(StorageError) as refused:
        Town(tmp_path / "data")
    assert str(path) in str(refused.value)
    assert "damaged" in str(refused.value)
    assert ".recover" in str(refused.value)
    assert path.read_bytes() == content


def test_a_read_only_folder_is_named(tmp_path: Path) -> None:
    database = Database(tmp_path / "beffroi.db")
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE t (x)")
        connection.exec_driver_sql("PRAGMA query_only=ON")
    with pytest.raises(StorageError, match="read-only"), database.write() as connection:
        connection.exec_driver_sql("INSERT INTO t VALUES (1)")
    database.close()


def test_a_store_that_fails_between_two_steps_keeps_neither(tmp_path: Path) -> None:
    town = Town(tmp_path / "data")
    rule = town.settle()
    alert_id = town.raised(rule)
    with sqlite3.connect(town.folder / "beffroi.db") as connection:
        connection.execute(
            "CREATE TRIGGER broken BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'the disk fails here'); END"
        )
    connection.close()
    answer = Answer(decision=Decision.CONFIRM)
    with pytest.raises(Exception, match="the disk fails here"):
        town.doors.alerts.give_verdict(OPERATOR, alert_id, answer, idempotency_key="key-00001")
    with pytest.raises(Exception, match="the disk fails here"):
        town.doors.intake.take_event(SYSTEM, town.event(rule, event_id="second"))
    with sqlite3.connect(town.folder / "beffroi.db") as connection:
        connection.execute("DROP TRIGGER broken")
    connection.close()
    detail = town.doors.alerts.get(OPERATOR, alert_id)
    assert (detail.record.alert.state, detail.verdicts) == (AlertState.OPEN, ())
    assert town.doors.alerts.history(OPERATOR, AlertFilter()).total == 1
    given = town.doors.alerts.give_verdict(OPERATOR, alert_id, answer, idempotency_key="key-00001")
    assert given.is_new
    town.doors.close()
