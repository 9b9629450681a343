"""The desk by keyboard alone, in a real browser, on real alerts of real video."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from tests.browser.conftest import House, Visitor

pytestmark = pytest.mark.browser
PATIENCE_MS = 90_000
"""Alerts come when people walk there, not when a test wants them."""

SELECTED = ".list [aria-selected=true]"
PLAYING = """() => {
  const video = document.querySelector('.clip video');
  return video !== null && !video.paused && video.currentTime > 0.8;
}"""


def selected(page: Page) -> str:
    """The alert the operator is looking at."""
    found = page.get_attribute(SELECTED, "data-alert")
    assert found
    return found


def choose_playable(page: Page) -> str:
    """Go down the queue by keyboard until an alert has its clip, and see it play by itself."""
    page.wait_for_selector(SELECTED, timeout=PATIENCE_MS)
    page.keyboard.press("Home")
    for _ in range(30):
        page.wait_for_timeout(500)
        if page.locator(".clip[data-evidence=ready] video").count():
            page.wait_for_function(PLAYING)
            return selected(page)
        page.keyboard.press("j")
    raise AssertionError("no alert of the queue has a clip")


def gone(page: Page, alert_id: str) -> None:
    """Wait until an alert has left the queue."""
    expect(page.locator(f'[data-alert="{alert_id}"]')).to_have_count(0)


def answers(house: House, alert_id: str) -> list[str]:
    """All answers an alert has had."""
    with house.client("superviseur") as client:
        return [str(one["decision"]) for one in client.get(f"/alerts/{alert_id}").json()["verdicts"]]


def test_alerts_are_played_and_answered_by_keyboard_and_survive_a_killed_server(visitor: Visitor) -> None:
    page, house = visitor.page, visitor.house
    visitor.sign_in("operateur")
    first = choose_playable(page)
    visitor.shot("desk")
    page.keyboard.press("c")
    gone(page, first)
    expect(page.locator(".recent [data-decision=confirm]")).to_be_visible()
    expect(page.locator(".recent [data-decision=confirm] button")).to_be_in_viewport(ratio=1)

    second = choose_playable(page)
    assert second != first
    page.keyboard.press("f")
    expect(page.locator(".choices button")).to_have_count(9)
    visitor.shot("desk-reasons")
    page.keyboard.press("4")
    gone(page, second)
    expect(page.locator("[data-announcer]")).to_contain_text("Enregistré : Fausse alerte")

    house.stop(signal.SIGKILL)
    expect(page.locator("[data-lost]")).to_contain_text("Liaison avec le serveur perdue", timeout=30_000)
    visitor.shot("desk-offline")
    house.start()
    expect(page.locator(".feed[data-state=live]")).to_be_visible(timeout=30_000)
    expect(page.locator("[data-lost]")).to_have_count(0)

    for alert_id, state, reason in ((first, "confirmed", ""), (second, "dismissed", "Ombre ou lumière")):
        visitor.go(f"/history?state={state}&alert={alert_id}")
        row = page.locator(f'tr[data-alert="{alert_id}"]')
        expect(row.locator(f"[data-state={state}]")).to_be_visible()
        expect(page.locator(".verdicts li")).to_contain_text(["séquence"])
        page.wait_for_function("() => document.querySelector('.detail video').readyState >= 1")
        if reason:
            expect(page.locator(".verdicts li")).to_contain_text([reason])
    visitor.shot("history")


def test_an_alert_that_has_only_just_slid_under_the_key_takes_no_answer(visitor: Visitor) -> None:
    page = visitor.page
    visitor.sign_in("operateur")
    page.wait_for_selector(SELECTED, timeout=PATIENCE_MS)
    page.wait_for_timeout(600)
    before = page.locator(".list [data-alert]").count()
    page.keyboard.press("j")
    alert_id = selected(page)
    page.evaluate(
        """() => {
          for (const key of ['k', 'c']) dispatchEvent(new KeyboardEvent('keydown', { key, cancelable: true }));
        }"""
    )
    expect(page.locator("[data-announcer]")).to_contain_text("regardez-la avant de répondre")
    assert page.locator(".list [data-alert]").count() >= before
    assert page.locator(f'[data-alert="{alert_id}"]').count() == 1


def test_an_answer_is_undone_by_a_new_verdict(visitor: Visitor) -> None:
    page = visitor.page
    visitor.sign_in("operateur")
    page.wait_for_selector(SELECTED, timeout=PATIENCE_MS)
    page.wait_for_timeout(600)
    alert_id = selected(page)
    page.keyboard.press("n")
    page.keyboard.type("vu avec la patrouille c")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    gone(page, alert_id)
    page.keyboard.press("u")
    expect(page.locator(SELECTED)).to_have_attribute("data-alert", alert_id)

    with visitor.house.client("superviseur") as client:
        verdicts = client.get(f"/alerts/{alert_id}").json()["verdicts"]
    assert [one["decision"] for one in verdicts[-2:]] == ["confirm", "reopen"]
    assert verdicts[-2]["note"] == "vu avec la patrouille c"


def test_an_alert_is_snoozed_and_another_handed_to_a_colleague_who_gets_it(visitor: Visitor) -> None:
    page = visitor.page
    visitor.sign_in("operateur")
    page.wait_for_selector(SELECTED, timeout=PATIENCE_MS)
    page.wait_for_timeout(600)
    snoozed = selected(page)
    page.keyboard.press("s")
    page.keyboard.press("1")
    gone(page, snoozed)
    page.keyboard.press("t")
    page.keyboard.press("t")
    expect(page.locator("[data-list=snoozed]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(f'[data-alert="{snoozed}"]')).to_be_visible()
    page.keyboard.press("t")

    page.wait_for_timeout(600)
    handed = selected(page)
    page.keyboard.press("p")
    page.get_by_role("group", name="À qui passer").get_by_role("button", name="Dominique").wait_for()
    names = page.locator(".choices button").all_inner_texts()
    page.keyboard.press(str(1 + next(n for n, name in enumerate(names) if "Dominique" in name)))
    gone(page, handed)

    with visitor.house.client("superviseur") as client:
        alert = client.get(f"/alerts/{handed}").json()
        assert (alert["state"], alert["assigned_to"]) == ("handed_over", "superviseur")
        assert client.get(f"/alerts/{snoozed}").json()["state"] == "snoozed"


def test_an_answer_the_server_could_not_take_is_never_shown_as_given(visitor: Visitor) -> None:
    page, house = visitor.page, visitor.house
    visitor.sign_in("operateur")
    page.wait_for_selector(SELECTED, timeout=PATIENCE_MS)
    page.wait_for_timeout(600)
    alert_id = selected(page)
    before = answers(house, alert_id)
    house.stop()
    page.keyboard.press("c")
    problem = page.locator(".actions [role=alert]")
    expect(problem).to_contain_text("n’est pas enregistrée")
    expect(problem).to_contain_text("Le serveur ne répond pas")
    expect(page.locator(f'[data-alert="{alert_id}"]')).to_be_visible()
    visitor.shot("desk-not-recorded")
    house.start()
    expect(page.locator(".feed[data-state=live]")).to_be_visible(timeout=30_000)
    problem.get_by_role("button", name="Réessayer").click()
    gone(page, alert_id)
    assert answers(house, alert_id) == [*before, "confirm"]


def test_what_a_colleague_answered_meanwhile_is_not_answered_twice(visitor: Visitor, house: House) -> None:
    page = visitor.page
    visitor.sign_in("operateur")
    page.wait_for_selector(SELECTED, timeout=PATIENCE_MS)
    page.wait_for_timeout(600)
    alert_id = selected(page)
    before = answers(house, alert_id)
    with house.client("superviseur") as client:
        body = {"decision": "dismiss", "reason": "weather", "expected_state": "open"}
        given = client.post(f"/alerts/{alert_id}/verdicts", json=body, headers={"Idempotency-Key": "from-a-colleague"})
        assert given.status_code == 201, given.text
        gone(page, alert_id)
        expect(page.locator("[data-announcer]")).to_contain_text("traitée ou retirée ailleurs")
        assert selected(page) != alert_id
    assert answers(house, alert_id) == [*before, "dismiss"]


def test_the_keyboard_map_opens_and_single_letters_can_be_turned_off(visitor: Visitor) -> None:
    page = visitor.page
    visitor.sign_in("operateur")
    page.wait_for_selector(SELECTED, timeout=PATIENCE_MS)
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Raccourcis clavier")
    expect(dialog).to_be_visible()
    visitor.shot("keys")
    dialog.get_by_label("Raccourcis d’une seule lettre").uncheck()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.wait_for_timeout(600)
    alert_id = selected(page)
    page.keyboard.press("c")
    page.wait_for_timeout(800)
    assert selected(page) == alert_id
    page.keyboard.press("f")
    expect(page.locator(".choices")).to_have_count(0)
