"""Holds for a judge: effective at once, lifted by two, over at their end; nonsense is refused with a message."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from beffroi.govern.retention.holding import NewHold
from beffroi.govern.sensitive import SensitiveKind
from beffroi.testing.town import DPO, INVESTIGATOR, NOON, SUPERVISOR, Town
from beffroi.vocabulary.errors import ConflictError, InvalidInputError, NotAuthorisedError
from beffroi.vocabulary.time import NS_PER_S, UtcNs

DAY_S = 86_400


def hold(*, days: float = 60, cameras: tuple[str, ...] = ("mairie",), alerts: tuple[str, ...] = ()) -> NewHold:
    return NewHold(
        reference="2026/118",
        authority="Tribunal judiciaire",
        reason="requisition of the investigating judge",
        cameras=cameras,
        alerts=alerts,
        from_at=UtcNs(NOON - 3600 * NS_PER_S),
        to_at=UtcNs(NOON + 3600 * NS_PER_S),
        ends_at=UtcNs(NOON + round(days * DAY_S) * NS_PER_S),
    )


def test_what_is_held_stays_beyond_its_term_and_goes_after_the_end(town: Town) -> None:
    _, clip = town.ready("walk")
    held, other = town.recorded("held"), town.recorded("other", camera_id="quai")
    placed = town.doors.retention.holds.place(INVESTIGATOR, hold())
    assert (placed.state, placed.covered.items) == ("held", 2)
    town.live(31 * DAY_S)
    assert clip.exists()
    assert held.exists()
    assert not other.exists()
    assert town.doors.retention.verify(DPO).clean
    assert town.doors.retention.verify(DPO).looked_at["held"] == 2
    town.live(30 * DAY_S)
    assert not clip.exists()
    assert not held.exists()
    assert town.doors.retention.holds.all(DPO)[0].state == "ended"


def test_an_alert_alone_can_be_held_and_of_two_holds_the_later_counts(town: Town) -> None:
    alert_id, clip = town.ready("walk")
    town.doors.retention.holds.place(INVESTIGATOR, hold(days=10, cameras=(), alerts=(alert_id,)))
    town.doors.retention.holds.place(INVESTIGATOR, hold(days=20))
    town.live(15 * DAY_S)
    assert clip.exists()
    town.live(6 * DAY_S)
    assert not clip.exists()


def test_release_needs_a_second_person_and_takes_effect_at_the_next_round(town: Town) -> None:
    doors = town.doors
    kept = town.recorded("held", keep_s=DAY_S)
    hold_id = doors.retention.holds.place(INVESTIGATOR, hold()).hold.hold_id
    town.live(2 * DAY_S)
    about = f"hold:{hold_id}"
    asked = doors.sensitive.ask(INVESTIGATOR, SensitiveKind.RELEASE_HOLD, about, why="the inquiry is closed")
    with pytest.raises(NotAuthorisedError):
        doors.retention.holds.release(INVESTIGATOR, hold_id, asked.request_id)
    assert kept.exists()
    doors.sensitive.second(SUPERVISOR, asked.request_id)
    assert doors.retention.holds.release(INVESTIGATOR, hold_id, asked.request_id).state == "released"
    doors.tend()
    assert not kept.exists()
    with pytest.raises(ConflictError):
        doors.retention.holds.extend(INVESTIGATOR, hold_id, UtcNs(NOON + 90 * DAY_S * NS_PER_S), why="too late now")


def test_a_hold_can_be_put_off_but_never_brought_forward(town: Town) -> None:
    holds = town.doors.retention.holds
    placed = holds.place(INVESTIGATOR, hold(days=10)).hold
    later = UtcNs(NOON + 40 * DAY_S * NS_PER_S)
    assert holds.extend(INVESTIGATOR, placed.hold_id, later, why="the inquiry goes on").hold.ends_at == later
    with pytest.raises(InvalidInputError, match="not later"):
        holds.extend(INVESTIGATOR, placed.hold_id, placed.ends_at, why="the inquiry goes on")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (replace(hold(), reference=" "), "reference"),
        (replace(hold(), authority=""), "authority"),
        (replace(hold(), reason="no"), "reason"),
        (replace(hold(), cameras=()), "names nothing"),
        (replace(hold(), cameras=("nowhere",)), "nowhere"),
        (replace(hold(), alerts=("alert-x",)), "alert-x"),
        (replace(hold(), to_at=UtcNs(NOON - 7200 * NS_PER_S)), "ends before it begins"),
        (replace(hold(), ends_at=NOON), "past"),
        (hold(days=4000), "too far off"),
    ],
)
def test_nonsense_is_refused_and_says_why(town: Town, given: NewHold, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        town.doors.retention.holds.place(INVESTIGATOR, given)
    assert town.doors.retention.holds.all(DPO) == []


def test_a_hold_placed_while_destruction_runs_keeps_what_is_there_when_it_returns(town: Town) -> None:
    files = [town.recorded(f"s{number:03}", keep_s=DAY_S) for number in range(350)]
    town.live(DAY_S - 5)
    town.clock.advance(10)
    destroying = threading.Thread(target=town.doors.tend)
    destroying.start()
    town.doors.retention.holds.place(INVESTIGATOR, hold())
    there = [path for path in files if path.exists()]
    destroying.join()
    town.doors.tend()
    assert [path for path in files if path.exists()] == there
    assert town.doors.retention.verify(DPO).clean
