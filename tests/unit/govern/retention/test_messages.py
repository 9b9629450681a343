"""What was told of an alert goes with it: messages repeat names, notes and boxes."""

from __future__ import annotations

import sqlite3

import pytest

from beffroi.govern.alerts import Answer
from beffroi.govern.rights import SYSTEM
from beffroi.keep.store import outbox
from beffroi.testing.town import DPO, OPERATOR, Town
from beffroi.vocabulary.judgement import Decision
from beffroi.vocabulary.retention import EVERY_CAMERA, DataKind

DAY_S = 86_400
NOTE = "a neighbour, Mrs X"
WHY = "as the council decided"


def answered(town: Town) -> str:
    alert_id, _ = town.ready("walk")
    answer = Answer(decision=Decision.CONFIRM, note=NOTE)
    town.doors.alerts.give_verdict(OPERATOR, alert_id, answer, idempotency_key="k" * 8)
    return alert_id


def park_all(town: Town) -> None:
    town.doors.outbox.join(SYSTEM, "hook")
    with town.doors.database.read() as connection:
        rows = outbox.after(connection, 0, viewable=None, limit=500)
    for row in rows:
        town.doors.outbox.parked(SYSTEM, "hook", row, attempts=3, why="refused")


def told(town: Town) -> list[str]:
    with town.doors.database.read() as connection:
        return [str(row.payload) for row in outbox.after(connection, 0, viewable=None, limit=500)]


def test_a_reduced_alert_s_messages_go_parked_ones_too_and_the_newest_says_no_more(town: Town) -> None:
    alert_id = answered(town)
    park_all(town)
    assert any(NOTE in one for one in told(town))
    town.doors.retention.set_term(DPO, "mairie", DataKind.EVIDENCE, 3600, why=WHY)
    town.doors.retention.set_term(DPO, "mairie", DataKind.ALERTS, 2 * 3600, why=WHY)
    town.live(DAY_S)
    town.live(DAY_S)
    left = [one for one in told(town) if alert_id in one]
    assert len(left) <= 1
    assert not [one for one in left if NOTE in one or "'facts': {}" not in one]
    assert town.doors.outbox.set_aside(DPO) == []
    town.doors.close()
    assert NOTE.encode() not in (town.folder / "beffroi.db").read_bytes()


def test_what_was_set_aside_goes_with_the_town_s_term_for_alerts(town: Town) -> None:
    town.doors.analysis.stop(DPO, why="a court said so")
    park_all(town)
    town.live(364 * DAY_S)
    assert town.doors.outbox.set_aside(DPO)
    town.doors.retention.set_term(DPO, EVERY_CAMERA, DataKind.ALERTS, 30 * DAY_S, why=WHY)
    town.live(3600)
    assert town.doors.outbox.set_aside(DPO) == []


def test_what_was_set_aside_is_never_altered_and_not_deleted_at_once(town: Town) -> None:
    answered(town)
    park_all(town)
    with sqlite3.connect(town.folder / "beffroi.db") as connection:
        for verb in ("UPDATE parked_messages SET why = 'x'", "DELETE FROM parked_messages"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(verb)
