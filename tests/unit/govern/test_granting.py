"""Granting: four eyes, faults by name, files of orders, amendments."""

from __future__ import annotations

from dataclasses import replace

import pytest

from beffroi.govern.doors import Purpose
from beffroi.govern.rights import LOCAL_ADMINISTRATOR
from beffroi.testing.town import ADMINISTRATOR, DPO, NOON, OPERATOR, Town, authorisation
from beffroi.vocabulary.authorisation import Regime
from beffroi.vocabulary.errors import ConflictError, InvalidInputError, NotAuthorisedError
from beffroi.vocabulary.rules import Situation
from beffroi.vocabulary.time import UtcNs, seconds_to_ns

WHY = "Arrêté reçu de la préfecture"
NEW = authorisation("order-2", viewers=frozenset({"supervisor"}))


def test_a_second_person_must_agree_and_it_is_done_in_the_same_breath(town: Town) -> None:
    door = town.doors.authorisations
    done = door.grant(ADMINISTRATOR, NEW, why=WHY)
    assert not done.granted
    assert [one.authorisation for one in door.waiting(OPERATOR)] == [NEW]
    assert [one.authorisation_id for one in door.all(OPERATOR)] == ["order-1"]
    with pytest.raises(NotAuthorisedError):
        town.doors.sensitive.second(ADMINISTRATOR, done.request_id)
    town.doors.sensitive.second(DPO, done.request_id)
    kept = door.kept(OPERATOR)[1]
    assert (kept.authorisation, kept.made_by) == (NEW, "ines")
    assert door.waiting(OPERATOR) == []
    entry = town.doors.journal.recent(LOCAL_ADMINISTRATOR, about="authorisation:order-2")
    assert ("grant_authorisation", "basile") in {(one.act, one.actor) for one in entry}


def test_what_can_no_longer_be_granted_is_refused_when_it_is_seconded(town: Town) -> None:
    soon = replace(NEW, valid_to=UtcNs(NOON + seconds_to_ns(60)))
    done = town.doors.authorisations.grant(ADMINISTRATOR, soon, why=WHY)
    town.clock.advance(120)
    with pytest.raises(InvalidInputError, match="ended already"):
        town.doors.sensitive.second(DPO, done.request_id)
    assert len(town.doors.authorisations.all(OPERATOR)) == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"regime": "nowhere"}, "regime"),
        ({"regime": Regime.EXPERIMENTAL_ALERT, "situations": frozenset({Situation.FIGHT})}, "situations"),
        ({"regime": Regime.EXPERIMENTAL_ALERT, "situations": frozenset({Situation.FIRE_SMOKE})}, "order_sha256"),
        ({"regime": Regime.JUDICIAL_SEARCH, "situations": frozenset()}, "requisition"),
        ({"cameras": frozenset({"gare"})}, "cameras"),
        ({"cameras": frozenset()}, "cameras"),
        ({"cameras": frozenset(), "perimeter": ((0.1, 0.1), (0.2, 0.1), (0.2, 0.2))}, "perimeter"),
        ({"perimeter": ((0.1, 0.1), (0.9, 0.9), (0.9, 0.1), (0.1, 0.9))}, "perimeter"),
        ({"purpose_id": "war"}, "purpose_id"),
        ({"valid_to": NOON}, "valid_to"),
        ({"valid_to": UtcNs(NOON + seconds_to_ns(3000 * 86_400))}, "valid_to"),
        ({"retention_s": 40 * 86_400}, "retention_s"),
        ({"viewers": frozenset({"nobody"})}, "viewers"),
        ({"viewers": frozenset()}, "viewers"),
        ({"order_sha256": "0" * 64}, "order_sha256"),
        ({"replaces": "order-9"}, "replaces"),
        ({"signatory": " "}, "signatory"),
    ],
)
def test_each_fault_names_its_field(town: Town, changed: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        town.doors.authorisations.check(ADMINISTRATOR, replace(NEW, **changed))  # type: ignore[arg-type]
    assert caught.value.where == field
    assert caught.value.mend


def test_a_taken_id_and_an_unaccepted_overlap_are_refused(town: Town) -> None:
    door = town.doors.authorisations
    with pytest.raises(ConflictError):
        door.check(ADMINISTRATOR, authorisation())
    with pytest.raises(InvalidInputError, match="overlaps order-1"):
        door.grant(ADMINISTRATOR, NEW, why=WHY, overlap_accepted=False)
    assert [one.disagreements[0].narrowed_by for one in door.check(ADMINISTRATOR, NEW)] == [("order-2",)]


def test_those_that_apply_together_are_told_of_each_other_until_one_ends(town: Town) -> None:
    door = town.doors.authorisations
    assert door.overlapping(OPERATOR) == {"order-1": []}
    door.grant(LOCAL_ADMINISTRATOR, NEW)
    told = door.overlapping(OPERATOR)
    assert [one.authorisation_id for one in told["order-1"]] == ["order-2"]
    assert [one.authorisation_id for one in told["order-2"]] == ["order-1"]
    assert told["order-1"][0].disagreements[0].narrowed_by == ("order-2",)
    door.revoke(ADMINISTRATOR, "order-2", why="La fête est annulée")
    assert door.overlapping(OPERATOR) == {"order-1": []}


def test_an_amendment_ends_the_former_in_the_same_transaction(town: Town) -> None:
    later = replace(NEW, replaces="order-1", valid_from=UtcNs(NOON + seconds_to_ns(3600)))
    town.doors.authorisations.grant(LOCAL_ADMINISTRATOR, later)
    former = town.doors.authorisations.kept(OPERATOR)[0]
    assert former.authorisation.revoked_at == later.valid_from
    assert former.revoked_why == "replaced by order-2"


def test_an_orders_file_is_kept_as_it_came(town: Town) -> None:
    for content in (b"", b"MZ not a paper", b"<html>"):
        with pytest.raises(InvalidInputError):
            town.doors.orders.keep(ADMINISTRATOR, "a.pdf", content)
    kept = town.doors.orders.keep(ADMINISTRATOR, "../arrete.pdf", b"%PDF-1.7 signed")
    given = replace(
        NEW,
        regime=Regime.EXPERIMENTAL_ALERT,
        situations=frozenset({Situation.FIRE_SMOKE}),
        order_sha256=kept.sha256,
        order_name=kept.name,
    )
    town.doors.authorisations.grant(LOCAL_ADMINISTRATOR, given)
    found = town.doors.orders.of(OPERATOR, "order-2")
    assert (found.content, found.name, found.media_type) == (b"%PDF-1.7 signed", "arrete.pdf", "application/pdf")


def test_a_purpose_is_never_written_over_and_the_journal_says_nothing_of_the_attempt(town: Town) -> None:
    door = town.doors.authorisations
    before = len(town.doors.journal.recent(LOCAL_ADMINISTRATOR, limit=500))
    other = Purpose(purpose_id="safety", label_fr="Autre", label_en="Other", retention_s=60)
    with pytest.raises(ConflictError, match="a purpose 'safety' already"):
        door.add_purpose(ADMINISTRATOR, other)
    assert [one.retention_s for one in door.purposes(ADMINISTRATOR)] == [7 * 86_400]
    assert len(town.doors.journal.recent(LOCAL_ADMINISTRATOR, limit=500)) == before
