"""A case gives nothing that a person's scopes do not reach, at its opening and at each later use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from beffroi.govern.accounts import NewUser
from beffroi.govern.doors import Purpose
from beffroi.govern.rights import LOCAL_ADMINISTRATOR, Actor, Role, Scope
from beffroi.testing.casework import Casework, at, requisition
from beffroi.testing.town import INVESTIGATOR, PASSWORD, SUPERVISOR, authorisation
from beffroi.vocabulary.errors import InvalidInputError, NotAuthorisedError, NotFoundError

SAFETY = Scope(groups=frozenset({"centre"}), purposes=frozenset({"safety"}))
TRAFFIC = Scope(groups=frozenset({"centre"}), purposes=frozenset({"traffic"}))
QUAYS = Scope(groups=frozenset({"quays"}))
OTHERS = [(TRAFFIC, NotAuthorisedError), (QUAYS, NotFoundError)]


def limited(who: Actor, scope: Scope) -> Actor:
    return replace(who, scopes=(scope,))


@pytest.fixture
def placed(casework: Casework) -> Casework:
    """Its camera "mairie" is of the centre and serves safety; "quai" is of the quays."""
    for camera_id, groups in (("mairie", ("centre",)), ("quai", ("quays",))):
        camera = casework.doors.cameras.get(LOCAL_ADMINISTRATOR, camera_id)
        casework.doors.cameras.change(LOCAL_ADMINISTRATOR, replace(camera, groups=groups))
    return casework


@pytest.mark.parametrize(("scope", "refusal"), OTHERS)
def test_a_case_is_opened_only_on_cameras_and_purposes_within_reach(
    placed: Casework, scope: Scope, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        placed.doors.cases.open(limited(INVESTIGATOR, scope), requisition(requisition="PV 9"))
    assert not placed.doors.journal.recent(LOCAL_ADMINISTRATOR, limit=1)[0].allowed
    opened = placed.doors.cases.open(limited(INVESTIGATOR, SAFETY), requisition(requisition="PV 9"))
    assert opened.case.people == (INVESTIGATOR.name,)


@pytest.mark.parametrize(("scope", "refusal"), OTHERS)
def test_scopes_that_were_narrowed_since_are_asked_at_each_use(
    placed: Casework, scope: Scope, refusal: type[Exception]
) -> None:
    placed.ready()
    doors, case_id, actor = placed.doors, placed.case_id, limited(INVESTIGATOR, scope)
    done = doors.exports.of_case(INVESTIGATOR, case_id)[0].export
    waiting = doors.exports.ask(INVESTIGATOR, case_id, blurred=False, why="for the judge").export
    doors.sensitive.second(SUPERVISOR, waiting.request_id)
    assert doors.cases.all(actor) == []
    assert [one.case.case_id for one in doors.cases.all(limited(INVESTIGATOR, SAFETY))] == [case_id]
    acts: tuple[Callable[[], object], ...] = (
        lambda: doors.cases.get(actor, case_id),
        lambda: doors.cases.alerts(actor, case_id),
        lambda: doors.cases.choose(actor, case_id, add=done.items["alert"]),
        lambda: doors.exports.ask(actor, case_id, blurred=False, why="for the judge"),
        lambda: doors.exports.build(actor, waiting.export_id),
        lambda: doors.exports.file(actor, done.export_id),
        lambda: doors.exports.receipt(actor, done.export_id, "fr"),
    )
    for act in acts:
        with pytest.raises(refusal):
            act()
    assert doors.exports.file(limited(INVESTIGATOR, SAFETY), done.export_id).sha256 == done.sha256


def test_on_a_camera_of_two_purposes_each_gets_their_own(placed: Casework) -> None:
    """A camera that serves traffic too is that investigator's, what it filmed for safety is not."""
    alert_id = placed.filmed()
    twofold = limited(INVESTIGATOR, TRAFFIC)
    traffic = Purpose(purpose_id="traffic", label_fr="Circulation", label_en="Traffic", retention_s=86_400)
    placed.doors.authorisations.add_purpose(LOCAL_ADMINISTRATOR, traffic)
    order = replace(authorisation("order-2"), purpose_id="traffic")
    placed.doors.authorisations.grant(LOCAL_ADMINISTRATOR, order)
    assert [one.record.alert.alert_id for one in placed.doors.cases.alerts(INVESTIGATOR, placed.case_id)] == [alert_id]
    assert placed.doors.cases.alerts(twofold, placed.case_id) == []
    with pytest.raises(NotAuthorisedError):
        placed.doors.cases.choose(twofold, placed.case_id, add=[alert_id])
    placed.doors.cases.choose(INVESTIGATOR, placed.case_id, add=[alert_id])
    with pytest.raises(NotAuthorisedError):
        placed.doors.exports.ask(twofold, placed.case_id, blurred=False, why="for the judge")


def test_colleagues_work_on_cases_and_reach_what_it_covers(placed: Casework) -> None:
    for name, role, scope in (
        ("fanny", Role.INVESTIGATOR, SAFETY),
        ("gael", Role.INVESTIGATOR, TRAFFIC),
        ("henri", Role.INVESTIGATOR, QUAYS),
        ("irma", Role.OPERATOR, SAFETY),
    ):
        new = NewUser(username=name, display_name="", role=role, password=PASSWORD, scopes=(scope,))
        placed.doors.accounts.add(LOCAL_ADMINISTRATOR, new)
    for name in ("gael", "henri", "irma"):
        with pytest.raises(InvalidInputError, match=f"{name} may not work") as refused:
            placed.doors.cases.open(INVESTIGATOR, requisition(requisition="PV 9", people=(name,)))
        assert refused.value.where == "people"
    opened = placed.doors.cases.open(INVESTIGATOR, requisition(requisition="PV 9", people=("fanny",)))
    assert opened.case.people == (INVESTIGATOR.name, "fanny")


def test_who_accounts_for_the_house_within_limits_sees_no_case_beyond_them(placed: Casework) -> None:
    elsewhere = limited(SUPERVISOR, QUAYS)
    assert placed.doors.cases.all(elsewhere) == []
    with pytest.raises(NotFoundError):
        placed.doors.cases.get(elsewhere, placed.case_id)


def test_searching_a_case_is_journalled_with_what_was_asked(placed: Casework) -> None:
    placed.filmed()
    about = f"case:{placed.case_id}"
    placed.doors.cases.alerts(INVESTIGATOR, placed.case_id)
    placed.doors.cases.alerts(INVESTIGATOR, placed.case_id, camera_id="mairie", span=(at(-60), at(60)))
    found = placed.doors.journal.recent(LOCAL_ADMINISTRATOR, about=about, limit=2)
    whole = {"requisition": "PV 2026/0417", "from": "2026-06-01T09:00:00.000Z", "to": "2026-06-01T11:00:00.000Z"}
    part = {**whole, "camera": "mairie", "from": "2026-06-01T09:59:00.000Z", "to": "2026-06-01T10:01:00.000Z"}
    assert [(one.act, one.actor, one.detail) for one in found] == [
        ("search_case", INVESTIGATOR.name, part),
        ("search_case", INVESTIGATOR.name, whole),
    ]
    with pytest.raises(NotAuthorisedError):
        placed.doors.cases.alerts(replace(INVESTIGATOR, name="zoe"), placed.case_id)
    refused = placed.doors.journal.recent(LOCAL_ADMINISTRATOR, about=about, limit=1)[0]
    assert (refused.act, refused.allowed) == ("export", False)


def test_whoever_is_named_can_close_a_case_that_gives_them_nothing_any_more(placed: Casework) -> None:
    closed = placed.doors.cases.close(limited(INVESTIGATOR, QUAYS), placed.case_id, why="handed over")
    assert closed.state.value == "closed"
