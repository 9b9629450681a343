"""Rows without a file go in their time too, and a proof counts those that did not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from beffroi.govern.rights import SYSTEM
from beffroi.keep.store.tables import events, observations, outbox, parked_messages
from beffroi.testing.town import ADMINISTRATOR, DPO, Town, authorisation
from beffroi.vocabulary.authorisation import Regime
from beffroi.vocabulary.proof import FindingKind
from beffroi.vocabulary.retention import EVERY_CAMERA, DataKind
from beffroi.vocabulary.rules import Situation
from beffroi.vocabulary.time import NS_PER_S

DAY_S = 86_400
REGIME = """id: quays
label_fr: Quais
label_en: Quays
legal: ["CSI L. 251-2"]
situations: [zone_entered]
outputs: [events, counts]
retention_days: {images: 0, alerts: 0, events: 2, counts: 1095}
longest_days: 90
requires: []
note_fr: Essai
note_en: Trial
"""


def kept_events(town: Town) -> list[str]:
    with town.doors.database.read() as connection:
        return list(connection.execute(select(events.c.event_id).order_by("event_id")).scalars())


def settled(folder: Path, regime: str) -> Town:
    (folder / "regimes").mkdir(parents=True)
    (folder / "regimes" / "quays.yaml").write_text(REGIME)
    town = Town(folder)
    order = authorisation(regime=regime, valid_s=(-DAY_S, 60 * DAY_S))
    town.settle(replace(order, situations=frozenset({Situation.ZONE_ENTERED})))
    taken = town.doors.intake.take_event(SYSTEM, town.event(town.doors.rules.get(SYSTEM, "lawn").rule, event_id="e"))
    assert taken.outcome == "ignored"
    assert kept_events(town) == ["e"]
    return town


@pytest.mark.parametrize(("regime", "left_after_3_days"), [("quays", []), (Regime.PILOT, ["e"])])
def test_events_go_by_what_their_regime_says_of_events(
    tmp_path: Path, regime: str, left_after_3_days: list[str]
) -> None:
    town = settled(tmp_path / "data", regime)
    town.live(DAY_S)
    assert kept_events(town) == ["e"]
    town.live(2 * DAY_S)
    assert kept_events(town) == left_after_3_days
    assert town.doors.retention.verify(DPO).clean
    town.doors.close()


def test_a_proof_counts_rows_past_their_term(town: Town) -> None:
    town.ready("walk")
    now = town.clock.now
    row = {"source_id": "mairie", "property": "p", "value": 1.0, "unit": "1", "reported_at": 0, "quality": "good"}
    with town.doors.database.write() as connection:
        connection.execute(insert(observations).values(**row, measured_at=now - 4 * 365 * DAY_S * NS_PER_S))
        first = connection.execute(select(events).limit(1)).mappings().one()
        old = {"event_id": "old", "alert_id": None, "met_at": now - 366 * DAY_S * NS_PER_S}
        connection.execute(insert(events).values(**{**first, **old}))
        aside = {"sink": "hook", "seq": 1, "message_id": "m", "topic": "camera.state", "payload": {}}
        rest = {"attempts": 1, "why": "refused", "parked_at": now - 366 * DAY_S * NS_PER_S}
        connection.execute(insert(parked_messages).values(**aside, **rest))
        oldest = select(outbox.c.seq).order_by(outbox.c.seq).limit(1).scalar_subquery()
        connection.execute(update(outbox).where(outbox.c.seq == oldest).values(made_at=now - 366 * DAY_S * NS_PER_S))
    found = {one.where: one.kind for one in town.doors.retention.verify(DPO).findings}
    named = ("events:mairie", "figures:*", "messages:set_aside", "messages:waiting")
    assert found == dict.fromkeys(named, FindingKind.DUE_RECORD)
    town.live(1)
    assert town.doors.retention.verify(DPO).clean


def test_a_proof_judges_by_the_terms_of_now(town: Town) -> None:
    town.doors.retention.set_term(DPO, EVERY_CAMERA, DataKind.ALERTS, 30 * DAY_S, why="as the council decided")
    town.doors.analysis.stop(DPO, why="a court said so")
    town.doors.analysis.resume(ADMINISTRATOR, why="the court changed its mind")
    town.clock.advance(31 * DAY_S)
    assert [one.where for one in town.doors.retention.verify(DPO).findings] == ["messages:waiting"]
