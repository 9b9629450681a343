"""People at the keyboard: a second factor set up and used; a request of one person answered by another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pyotp
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext
    from tests.browser.conftest import House, MakeVisitor, Visitor

pytestmark = pytest.mark.browser
PHRASE = "une phrase bien longue"
WHY = "Nouvel arrêté de la préfecture"


def tab_to(visitor: Visitor, selector: str) -> None:
    """Press Tab until something has the focus, as a person without a mouse does."""
    for _ in range(80):
        if visitor.page.evaluate("wanted => document.activeElement?.matches(wanted) ?? false", selector):
            return
        visitor.page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by keyboard")


def sign_out(visitor: Visitor) -> None:
    visitor.page.get_by_role("button", name="Quitter").focus()
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_selector("#username")


@pytest.fixture(scope="module")
def town(make_house: Callable[[], House]) -> Iterator[House]:
    """A house of these tests alone: they need no alert, and leave accounts behind."""
    house = make_house()
    house.start()
    yield house
    house.stop()


@pytest.fixture
def visitor(context: BrowserContext, town: House, make_visitor: MakeVisitor) -> Iterator[Visitor]:
    """Somebody on the sign-in screen of that house."""
    visitor = make_visitor(context.new_page(), town)
    visitor.go("/")
    visitor.page.wait_for_selector("#username")
    yield visitor
    assert visitor.errors == []


def add_newcomer(house: House, name: str) -> None:
    """A supervisor of one's own."""
    with house.client("administrateur") as client:
        scopes = [{"groups": ["*"], "purposes": ["*"], "clear": False}]
        new = {"username": name, "display_name": "Noémie", "role": "supervisor", "password": PHRASE, "scopes": scopes}
        answer = client.post("/accounts", json=new)
        assert answer.status_code in {200, 201}, answer.text


def give_name_and_password(visitor: Visitor, name: str) -> None:
    visitor.page.focus("#username")
    visitor.page.keyboard.type(name)
    visitor.page.keyboard.press("Tab")
    visitor.page.keyboard.type(PHRASE)
    visitor.page.keyboard.press("Enter")


def test_a_second_factor_is_set_up_and_asked_for_at_the_next_sign_in(visitor: Visitor, town: House) -> None:
    page = visitor.page
    add_newcomer(town, "noemie")
    give_name_and_password(visitor, "noemie")
    page.wait_for_selector("header .user")
    visitor.go("/account")
    page.wait_for_selector("section")
    tab_to(visitor, "section .button.primary")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-secret]")
    secret = page.inner_text("[data-secret]").replace(" ", "")
    assert visitor.axe() == []
    tab_to(visitor, "#factor-code")
    page.keyboard.type(pyotp.TOTP(secret).now())
    page.keyboard.press("Enter")
    page.wait_for_selector(".codes")
    spare = page.inner_text(".codes li >> nth=0")
    assert page.locator(".codes li").count() >= 8
    tab_to(visitor, "section .button.primary")
    page.keyboard.press("Enter")
    page.wait_for_selector(".codes", state="detached")
    sign_out(visitor)
    give_name_and_password(visitor, "noemie")
    page.wait_for_selector("#code")
    page.reload()  # the second step is gone on with, not begun anew
    page.wait_for_selector("#code")
    page.focus("#code")
    page.keyboard.type("000000")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=alert]")
    page.focus("#code")
    page.keyboard.type(spare)
    page.keyboard.press("Enter")
    page.wait_for_selector("header .user")
    sign_out(visitor)


def ask_for_a_grant(client: httpx.Client) -> None:
    """An authorisation like the one there is, which another person must agree to."""
    known: dict[str, Any] = client.get("/authorisations").json()[0]
    answer = client.post(
        "/authorisations",
        json={
            "authorisation_id": "arrete-2026-12",
            "regime": known["regime"],
            "legal_basis": "CSI L. 251-2",
            "reference": "2026-12",
            "cameras": ["grand-place"],
            "situations": ["wrong_way"],
            "purpose_id": "demonstration",
            "valid_from": known["valid_from"],
            "valid_to": known["valid_to"],
            "signatory": "Le préfet",
            "viewers": ["operator"],
            "why": WHY,
            "overlap_accepted": True,
        },
    )
    assert answer.json()["granted"] is False, answer.text


def test_what_one_person_asks_another_agrees_to_by_keyboard(visitor: Visitor, town: House) -> None:
    page = visitor.page
    visitor.sign_in("superviseur")
    page.wait_for_selector("nav a")
    with town.client("administrateur") as asking:
        ask_for_a_grant(asking)
        # the badge comes by the event stream, before the next look
        page.wait_for_selector("header [data-waiting='1']", timeout=10_000)
        visitor.go("/governance/requests")
        page.wait_for_selector("article[data-request]")
        for name in ("Grand-Place", "Démonstration", "Site privé"):  # names come a moment after the request
            page.get_by_text(name).first.wait_for()
        text = page.inner_text("article[data-request]")
        for words in (WHY, "Grand-Place", "Sens de circulation", "Démonstration", "Opérateur", "Le préfet"):
            assert words in text
        for raw in ("purpose_id", "valid_from", "wrong_way", "null", "{"):
            assert raw not in text
        assert visitor.axe() == []
        visitor.shot("people-requests-fr")
        tab_to(visitor, "article[data-request] .button.primary")
        page.keyboard.press("Enter")
        page.wait_for_selector("article[data-request]", state="detached")
        page.wait_for_selector("header [data-waiting]", state="detached")
        given = {one["authorisation_id"] for one in asking.get("/authorisations").json()}
        assert "arrete-2026-12" in given
        asking.post("/authorisations/arrete-2026-12/end", json={"why": "end of the test of the pages"})


def test_the_accounts_are_managed_with_lists_to_tick(visitor: Visitor) -> None:
    page = visitor.page
    visitor.sign_in("administrateur")
    visitor.go("/governance/accounts")
    page.wait_for_selector("table tbody tr")
    assert visitor.axe() == []
    page.locator("tr", has_text="auditeur").get_by_role("button").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog #purposes-0-all")
    page.get_by_role("checkbox", name="Démonstration").wait_for()  # the purposes come a moment after the dialog
    assert visitor.axe() == []
    page.focus("#purposes-0-all")
    page.keyboard.press("Space")
    page.wait_for_selector(".wanting")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.wait_for_selector(".wanting", state="detached")
    page.get_by_role("button", name="Enregistrer la portée").focus()
    page.keyboard.press("Enter")
    row = page.locator("tr", has_text="auditeur")
    row.get_by_text("Tous les groupes · demonstration").wait_for()
