"""Four eyes, authorisations and holds keep within scopes: nobody acts on, or is shown, cameras beyond their own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from beffroi.govern.retention.holding import NewHold
from beffroi.govern.rights import LOCAL_ADMINISTRATOR, Actor, Scope
from beffroi.govern.sensitive import RequestState, SensitiveKind
from beffroi.testing.town import ADMINISTRATOR, DPO, INVESTIGATOR, NOON, SUPERVISOR, Town, authorisation
from beffroi.vocabulary.errors import NotAuthorisedError, NotFoundError
from beffroi.vocabulary.time import NS_PER_S, UtcNs

SAFETY = Scope(groups=frozenset({"centre"}), purposes=frozenset({"safety"}))
TRAFFIC = Scope(groups=frozenset({"centre"}), purposes=frozenset({"traffic"}))
QUAYS = Scope(groups=frozenset({"quays"}))
BEYOND = [(TRAFFIC, NotAuthorisedError), (QUAYS, NotFoundError)]
WHY = "réquisition 2026-44"


def limited(who: Actor, scope: Scope) -> Actor:
    return replace(who, scopes=(scope,))


@pytest.fixture
def placed(town: Town) -> Town:
    """Its camera "mairie" is of the centre, "quai" of the quays."""
    for camera_id, groups in (("mairie", ("centre",)), ("quai", ("quays",))):
        camera = town.doors.cameras.get(LOCAL_ADMINISTRATOR, camera_id)
        town.doors.cameras.change(LOCAL_ADMINISTRATOR, replace(camera, groups=groups))
    return town


def hold(cameras: tuple[str, ...] = ("mairie",), alerts: tuple[str, ...] = ()) -> NewHold:
    return NewHold(
        reference="2026/118",
        authority="Tribunal judiciaire",
        reason="requisition of the investigating judge",
        cameras=cameras,
        alerts=alerts,
        from_at=NOON,
        to_at=UtcNs(NOON + 3600 * NS_PER_S),
        ends_at=UtcNs(NOON + 10 * 86_400 * NS_PER_S),
    )


ORDER = replace(authorisation("order-2"), cameras=frozenset({"mairie"}))


@pytest.mark.parametrize(("scope", "refusal"), BEYOND)
def test_a_grant_beyond_reach_is_neither_asked_for_nor_seconded_nor_listed(
    placed: Town, scope: Scope, refusal: type[Exception]
) -> None:
    doors = placed.doors
    for act in (doors.authorisations.check, lambda who, order: doors.authorisations.grant(who, order, why=WHY)):
        with pytest.raises(refusal):
            act(limited(ADMINISTRATOR, scope), ORDER)
    asked = doors.authorisations.grant(limited(ADMINISTRATOR, SAFETY), ORDER, why=WHY)
    elsewhere = limited(SUPERVISOR, scope)
    with pytest.raises(refusal):
        doors.sensitive.second(elsewhere, asked.request_id)
    with pytest.raises(refusal):
        doors.sensitive.refuse(elsewhere, asked.request_id, why="not of my business")
    assert not doors.journal.recent(LOCAL_ADMINISTRATOR, limit=1)[0].allowed
    assert doors.sensitive.all(elsewhere) == []
    assert doors.authorisations.waiting(elsewhere) == []
    within = limited(SUPERVISOR, SAFETY)
    assert [one.request_id for one in doors.sensitive.all(within)] == [asked.request_id]
    assert len(doors.authorisations.waiting(within)) == 1
    assert doors.sensitive.second(within, asked.request_id).state is RequestState.DONE


@pytest.mark.parametrize(("scope", "refusal"), BEYOND)
def test_an_order_beyond_reach_is_not_revoked_or_replaced(placed: Town, scope: Scope, refusal: type[Exception]) -> None:
    doors = placed.doors
    doors.authorisations.grant(LOCAL_ADMINISTRATOR, ORDER)
    with pytest.raises(refusal):
        doors.authorisations.revoke(limited(DPO, scope), "order-2", why=WHY)
    quays = replace(authorisation("order-3"), cameras=frozenset({"quai"}), replaces="order-2")
    with pytest.raises(NotFoundError):
        doors.authorisations.grant(limited(ADMINISTRATOR, QUAYS), quays, why=WHY)
    with pytest.raises(NotFoundError):  # it names the quays too
        doors.authorisations.revoke(limited(DPO, SAFETY), "order-1", why=WHY)
    assert [one.revoked_at for one in doors.authorisations.all(DPO)] == [None, None]
    doors.authorisations.revoke(limited(DPO, SAFETY), "order-2", why=WHY)


@pytest.mark.parametrize(("scope", "refusal"), BEYOND)
def test_holds_keep_within_reach(placed: Town, scope: Scope, refusal: type[Exception]) -> None:
    doors, elsewhere = placed.doors, limited(INVESTIGATOR, scope)
    alert_id, _ = placed.ready("walk")
    for new in (hold(), hold(cameras=(), alerts=(alert_id,))):
        with pytest.raises(refusal):
            doors.retention.holds.place(elsewhere, new)
        hold_id = doors.retention.holds.place(limited(INVESTIGATOR, SAFETY), new).hold.hold_id
        later = UtcNs(NOON + 20 * 86_400 * NS_PER_S)
        with pytest.raises(refusal):
            doors.retention.holds.extend(elsewhere, hold_id, later, why=WHY)
        with pytest.raises(refusal):
            doors.sensitive.ask(elsewhere, SensitiveKind.RELEASE_HOLD, f"hold:{hold_id}", why=WHY)
        asked = doors.sensitive.ask(INVESTIGATOR, SensitiveKind.RELEASE_HOLD, f"hold:{hold_id}", why=WHY)
        doors.sensitive.second(limited(SUPERVISOR, SAFETY), asked.request_id)
        with pytest.raises(refusal):
            doors.retention.holds.release(elsewhere, hold_id, asked.request_id)
    assert doors.retention.holds.all(elsewhere) == []
    assert {one.state for one in doors.retention.holds.all(limited(INVESTIGATOR, SAFETY))} == {"held"}


def test_masks_are_seconded_by_who_reaches_the_camera(placed: Town) -> None:
    asked = placed.doors.sensitive.ask(ADMINISTRATOR, SensitiveKind.CHANGE_MASKS, "camera:mairie", why=WHY)
    with pytest.raises(NotFoundError):
        placed.doors.sensitive.second(limited(SUPERVISOR, QUAYS), asked.request_id)
    assert placed.doors.sensitive.second(limited(SUPERVISOR, TRAFFIC), asked.request_id).answered_by == "odile"
