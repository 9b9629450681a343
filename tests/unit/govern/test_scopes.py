"""Rights per camera group and purpose: what is out of a person's reach is not there, at any door."""

from __future__ import annotations

from dataclasses import replace

import pytest

from beffroi.govern.accounts import NewUser
from beffroi.govern.alerts import AlertFilter, Answer
from beffroi.govern.rights import LOCAL_ADMINISTRATOR, SYSTEM, Actor, Role, Scope
from beffroi.testing.town import NOON, PASSWORD, SUPERVISOR, Town
from beffroi.vocabulary.camera import CameraReason, CameraStatus, WatchState
from beffroi.vocabulary.errors import InvalidInputError, NotAuthorisedError, NotFoundError
from beffroi.vocabulary.evidence import PartKind
from beffroi.vocabulary.judgement import Decision
from beffroi.vocabulary.rules import Rule

SAFETY = Scope(groups=frozenset({"centre"}), purposes=frozenset({"safety"}))
TRAFFIC = Scope(groups=frozenset({"centre"}), purposes=frozenset({"traffic"}))
WHY = "The quay joins the centre"
QUAYS = Scope(groups=frozenset({"quays"}))


def supervisor(*scopes: Scope) -> Actor:
    return replace(SUPERVISOR, scopes=scopes)


@pytest.fixture
def lawn(town: Town) -> Rule:
    """A rule of a camera of the centre, whose alerts serve safety."""
    for camera_id, groups in (("mairie", ("centre",)), ("quai", ("quays",))):
        camera = town.doors.cameras.get(LOCAL_ADMINISTRATOR, camera_id)
        town.doors.cameras.change(LOCAL_ADMINISTRATOR, replace(camera, groups=groups))
    return town.doors.rules.get(LOCAL_ADMINISTRATOR, "lawn").rule


def test_lists_hold_what_scopes_reach(town: Town, lawn: Rule) -> None:
    town.raised(lawn)
    for camera_id in ("mairie", "quai"):
        status = CameraStatus(camera_id=camera_id, state=WatchState.WATCHED, reason=CameraReason.NONE, since=NOON)
        town.doors.cameras.set_status(SYSTEM, status)
    doors = town.doors

    def seen(actor: Actor) -> tuple[list[str], int, int, dict[str, int], list[str], list[str]]:
        return (
            [one.camera_id for one in doors.cameras.all(actor)],
            doors.alerts.queue(actor).shown_total,
            doors.alerts.history(actor, AlertFilter()).total,
            doors.alerts.open_counts(actor),
            sorted(doors.cameras.statuses(actor)),
            [row.topic for row in doors.outbox.for_actor(actor, 0)],
        )

    alert, state = "alert.raised", "camera.state"
    both = ["mairie", "quai"]
    assert seen(supervisor(Scope())) == (both, 1, 1, {"mairie": 1}, both, [alert, state, state])
    assert seen(supervisor(SAFETY)) == (["mairie"], 1, 1, {"mairie": 1}, ["mairie"], [alert, state])
    assert seen(supervisor(TRAFFIC)) == (["mairie"], 0, 0, {}, ["mairie"], [state])
    assert seen(supervisor(QUAYS)) == (["quai"], 0, 0, {}, ["quai"], [state])
    assert seen(supervisor(TRAFFIC, QUAYS)) == (both, 0, 0, {}, both, [state, state])
    assert seen(supervisor()) == ([], 0, 0, {}, [], [])


def test_the_purpose_is_asked_where_the_group_is_right(town: Town, lawn: Rule) -> None:
    alert_id = town.raised(lawn)
    answer, doors = Answer(decision=Decision.CONFIRM), town.doors
    acts = (
        lambda actor: doors.alerts.get(actor, alert_id),
        lambda actor: doors.alerts.evidence_file(actor, alert_id, PartKind.CLIP),
        lambda actor: doors.alerts.give_verdict(actor, alert_id, answer, idempotency_key="k" * 8),
        lambda actor: doors.cameras.viewed_live(actor, "mairie"),
        lambda actor: doors.cameras.glanced(actor, "mairie"),
        lambda actor: doors.rules.change(actor, lawn),
        lambda actor: doors.rules.remove(actor, "lawn"),
    )
    for act in acts:
        with pytest.raises(NotAuthorisedError):
            act(supervisor(TRAFFIC))
        with pytest.raises(NotFoundError):
            act(supervisor(QUAYS))
    traced = doors.journal.recent(LOCAL_ADMINISTRATOR, limit=2 * len(acts))
    assert [(entry.allowed, entry.why) for entry in traced].count((False, "scope")) == len(acts)
    assert {entry.why for entry in traced} == {"scope", "viewers", "purpose", "no_authorisation"}
    assert doors.cameras.viewed_live(supervisor(SAFETY), "mairie").camera.camera_id == "mairie"


def test_a_camera_out_of_reach_is_not_there(town: Town, lawn: Rule) -> None:
    doors, actor = town.doors, Actor(name="ines", role=Role.ADMINISTRATOR, scopes=(QUAYS,))
    camera = doors.cameras.get(LOCAL_ADMINISTRATOR, "mairie")
    for act in (
        lambda: doors.cameras.get(actor, "mairie"),
        lambda: doors.cameras.change(actor, replace(camera, groups=("quays",))),
        lambda: doors.cameras.remove(actor, "mairie"),
        lambda: doors.cameras.credentials_of(actor, "mairie", "main"),
        lambda: doors.cameras.has_credentials(actor, "mairie"),
        lambda: doors.cameras.counters(actor, "mairie"),
        lambda: doors.rules.of_camera(actor, "mairie"),
        lambda: doors.rules.get(actor, "lawn"),
        lambda: doors.rules.versions(actor, "lawn"),
        lambda: doors.rules.add(actor, replace(lawn, rule_id="")),
    ):
        with pytest.raises(NotFoundError):
            act()


def test_nobody_puts_a_camera_out_of_their_own_reach(town: Town, lawn: Rule) -> None:
    actor = Actor(name="ines", role=Role.ADMINISTRATOR, scopes=(QUAYS,))
    quay = town.doors.cameras.get(actor, lawn.camera_id.replace("mairie", "quai"))
    for groups in ((), ("centre",)):
        with pytest.raises(InvalidInputError, match="reach"):
            town.doors.cameras.change(actor, replace(quay, groups=groups))
    with pytest.raises(InvalidInputError, match="cannot be a group"):
        town.doors.cameras.change(actor, replace(quay, groups=("quays", "Les Quais")))
    assert town.doors.cameras.change(actor, replace(quay, groups=("quays", "centre")), why=WHY).groups == (
        "quays",
        "centre",
    )


def test_an_alert_is_handed_only_to_who_reaches_it(town: Town, lawn: Rule) -> None:
    alert_id = town.raised(lawn)
    handed = Answer(decision=Decision.HAND_OVER, handed_to="zoe")
    zoe = NewUser(username="zoe", display_name="", role=Role.OPERATOR, password=PASSWORD, scopes=(QUAYS,))
    town.doors.accounts.add(LOCAL_ADMINISTRATOR, zoe)
    with pytest.raises(InvalidInputError, match="zoe may not see this alert"):
        town.doors.alerts.give_verdict(supervisor(SAFETY), alert_id, handed, idempotency_key="k" * 8)


def test_stills_seen_over_and_over_are_one_entry(town: Town, lawn: Rule) -> None:
    def entries() -> int:
        return len([one for one in town.doors.journal.recent(LOCAL_ADMINISTRATOR) if one.act == "see_live"])

    for _ in range(5):
        town.doors.cameras.glanced(supervisor(SAFETY), lawn.camera_id)
        town.clock.advance(60)
    assert entries() == 1
    town.clock.advance(600)
    town.doors.cameras.glanced(supervisor(SAFETY), lawn.camera_id)
    assert entries() == 2
