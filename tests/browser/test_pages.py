"""Every page in both languages and both themes: accessible, whole at each size, silent about nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.conftest import House, Visitor

pytestmark = pytest.mark.browser
CAMERA = "campus-pelouse"
SIZES = {"desktop": (1280, 720), "tablet": (820, 1180)}
SMALL = """() => [...document.querySelectorAll('button, a[href], select, input:not([type=checkbox]):not([type=range])')]
  .filter(one => !one.closest('.skip, p, label.check') && one.checkVisibility({visibilityProperty: true}))
  .map(one => [one, one.getBoundingClientRect()])
  .filter(([one, box]) => box.height > 0 && box.height < 43.5 && !one.classList.contains('skip'))
  .map(([one, box]) => `${one.tagName} ${one.textContent.trim().slice(0, 30)} ${box.height}`)"""


@pytest.fixture(scope="module")
def alert_id(house: House) -> str:
    """An alert with its evidence."""
    with house.client("operateur") as client:
        items = client.get("/alerts?limit=50").json()["items"]
    return str(next(one["alert_id"] for one in items if one["evidence"]["state"] == "ready"))


def pages_of(alert_id: str) -> dict[str, tuple[str, str]]:
    """Each page: its address, and what is there once it is whole."""
    return {
        "desk": ("/", ".list [aria-selected=true]"),
        "cameras": ("/cameras", "[data-camera] img"),
        "editor": (f"/cameras/{CAMERA}/rules", ".point"),
        "history": (f"/history?alert={alert_id}", ".detail dl"),
        "print": (f"/alerts/{alert_id}/print", ".sheet dl"),
    }


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_axe_finds_nothing_on_any_page(visitor: Visitor, alert_id: str, language: str, theme: str) -> None:
    page = visitor.page
    visitor.speak(language)
    if theme == "light":
        page.get_by_role("button", name="thème clair" if language == "fr" else "light theme").click()
        page.wait_for_selector("html[data-theme=light]")
        page.wait_for_timeout(300)
    found = {"signin": visitor.axe()}
    visitor.shot(f"signin-{language}-{theme}")
    visitor.sign_in("administrateur")
    for name, (path, whole) in pages_of(alert_id).items():
        visitor.go(path)
        page.wait_for_selector(whole, timeout=90_000)
        assert page.get_attribute("html", "lang") == language
        found[name] = visitor.axe()
        visitor.shot(f"{name}-{language}-{theme}")
    visitor.go("/cameras")
    page.locator("[data-act=add-camera]").click()
    page.wait_for_selector("dialog[open]")
    found["camera form"] = visitor.axe()
    visitor.shot(f"camera-form-{language}-{theme}")
    assert {name: faults for name, faults in found.items() if faults} == {}


@pytest.mark.parametrize("size", sorted(SIZES))
def test_no_page_scrolls_sideways_and_fingers_find_every_control(visitor: Visitor, alert_id: str, size: str) -> None:
    page = visitor.page
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    visitor.sign_in("administrateur")
    for name, (path, whole) in pages_of(alert_id).items():
        visitor.go(path)
        page.wait_for_selector(whole, timeout=90_000)
        page.wait_for_timeout(500)
        visitor.shot(f"{name}-{size}", whole=size == "tablet")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        if size == "tablet":
            assert page.evaluate(SMALL) == [], name
    if size == "desktop":
        visitor.go("/")
        page.wait_for_selector(".list [aria-selected=true]", timeout=90_000)
        assert page.evaluate("document.documentElement.scrollHeight") <= height, "the desk does not fit its screen"


def test_the_language_and_theme_are_remembered(visitor: Visitor) -> None:
    page = visitor.page
    visitor.sign_in("operateur")
    visitor.speak("en")
    page.get_by_role("button", name="Switch to the light theme").click()
    page.reload()
    expect(page.get_by_role("link", name="History")).to_be_visible()
    assert page.get_attribute("html", "data-theme") == "light"
    assert page.title() == "Alerts · Beffroi"


def test_a_wrong_password_says_what_to_do_and_tells_nothing(visitor: Visitor) -> None:
    page = visitor.page
    page.wait_for_selector("#username:focus")
    page.keyboard.type("operateur")
    page.keyboard.press("Tab")
    page.keyboard.type("pas-le-bon")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Identifiant ou mot de passe incorrect")
    assert page.input_value("#password") == ""


def test_a_session_that_ends_leads_back_to_signing_in(visitor: Visitor) -> None:
    page = visitor.page
    visitor.sign_in("operateur")
    page.context.clear_cookies()
    page.evaluate("document.querySelector('nav a[href=\"/history\"]')?.click()")  # unless it has been noticed already
    expect(page.get_by_role("status")).to_contain_text("Votre session est terminée")


def test_cameras_say_what_is_not_watched_and_why(visitor: Visitor) -> None:
    page = visitor.page
    visitor.sign_in("superviseur")
    page.get_by_role("link", name="Caméras").click()
    lost = page.locator("[data-camera=parking-gare]")
    expect(lost).to_contain_text("Non surveillée")
    expect(lost).to_contain_text("Caméra injoignable")
    page.get_by_role("searchbox").fill("pelouse sud")
    expect(page.locator("[data-camera]")).to_have_count(1)
    expect(page.locator("[data-act=add-camera]")).to_have_count(0)


def test_an_administrator_tries_and_adds_a_camera_whose_secrets_never_come_back(visitor: Visitor) -> None:
    page = visitor.page
    visitor.sign_in("administrateur")
    visitor.go("/cameras")
    page.locator("[data-act=add-camera]").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Nom", exact=True).fill("Pont neuf")
    form.get_by_label("Adresse").fill("rtsp://vms:secret-de-camera@127.0.0.1:9/none")
    form.get_by_label("Adresse").press("Tab")
    expect(form.get_by_label("Adresse")).to_have_value("rtsp://127.0.0.1:9/none")
    expect(form.get_by_label("Identifiant de la caméra")).to_have_value("vms")
    form.get_by_role("button", name="Essayer ce flux").click()
    expect(form.get_by_role("status")).to_contain_text("Caméra injoignable")
    form.get_by_role("button", name="Enregistrer").click()
    card = page.locator("[data-camera]", has_text="Pont neuf")
    expect(card).to_be_visible()
    assert "secret-de-camera" not in page.content()
    card.get_by_role("button", name="Modifier").click()
    expect(form).to_contain_text("Des identifiants sont enregistrés")
    page.once("dialog", lambda asked: asked.accept())
    form.get_by_role("button", name="Supprimer").click()
    expect(card).to_have_count(0)


def test_the_history_is_filtered_by_its_address_and_leads_to_a_sheet(visitor: Visitor, alert_id: str) -> None:
    page = visitor.page
    visitor.sign_in("superviseur")  # whose sheet names the footage as filmed, whatever becomes of blurred copies
    visitor.go("/history?situation=line_crossed")
    page.wait_for_selector("tbody tr")
    assert set(page.locator("tbody tr .open-alert").all_inner_texts()) == {"Ligne franchie"}
    page.get_by_label("Du", exact=True).fill("2001-01-01")
    page.get_by_label("Au", exact=True).fill("2001-01-02")
    expect(page.locator(".none")).to_contain_text("Aucune alerte ne correspond")
    assert "first=2001-01-01" in page.url
    page.get_by_role("button", name="Effacer les filtres").click()
    page.wait_for_selector("tbody tr")
    visitor.go(f"/history?alert={alert_id}")
    page.get_by_role("link", name="Fiche à imprimer").click()
    expect(page.locator(".sheet .digest")).to_have_count(2, timeout=60_000)  # its footage may be in the making
    expect(page.locator(".sheet .digest").first).to_contain_text("SHA-256")
    page.emulate_media(media="print")
    expect(page.locator(".sheet .bar")).to_be_hidden()
    visitor.shot("print-paper", whole=True)
