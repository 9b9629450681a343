"""An authorisation from its order to its end, by keyboard; the general stop and who lifts it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.conftest import House, MakeVisitor, Visitor

pytestmark = pytest.mark.browser
ORDER = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PATH = "/governance/authorisations"


def _type(page: Page, label: str, text: str) -> None:
    page.get_by_label(label).focus()
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def _tick(page: Page, name: str, value: str) -> None:
    page.locator(f"#grant-{name} input[value={value}]").focus()
    page.keyboard.press("Space")


def _date(page: Page, field: str, moment: datetime) -> None:
    page.locator(f"#grant-{field}").fill(moment.strftime("%Y-%m-%dT%H:%M"))


def _press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).first.focus()
    page.keyboard.press("Enter")


def _fill(page: Page, order: Path) -> None:
    """The form from the regime to the purpose, by keyboard."""
    expect(page.get_by_role("heading", name="Nouvelle autorisation")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("Exp")
    expect(page.locator("[data-regime]")).to_contain_text("Demande le fichier de l’acte signé")
    _type(page, "Référence de l’acte", "Arrêté n° 2026-114")
    expect(page.get_by_label("Nom court", exact=True)).to_have_value("arrete-n-2026-114")
    _type(page, "Signataire", "Le préfet")
    order.write_bytes(ORDER)
    page.locator("#grant-order_sha256").set_input_files(str(order))
    expect(page.locator("[data-order]")).to_contain_text("arrete.pdf, 1 Ko")
    page.locator("#grant-perimeter summary").focus()
    page.keyboard.press("Enter")
    page.get_by_role("application").focus()
    for aim in ("ArrowUp", "ArrowRight", "ArrowDown"):
        page.keyboard.press("Enter")
        for _ in range(3):
            page.keyboard.press(f"Shift+{aim}")
    page.keyboard.press("Enter")
    expect(page.locator("#grant-perimeter")).to_contain_text("Dedans : Grand-Place.")
    _tick(page, "situations", "line_crossed")
    page.get_by_label("Finalité", exact=True).focus()
    page.keyboard.type("D")


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_page_and_its_form_are_accessible(visitor: Visitor, language: str, theme: str) -> None:
    page = visitor.page
    visitor.speak(language)
    if theme == "light":
        page.get_by_role("button", name="thème clair" if language == "fr" else "light theme").click()
        page.wait_for_timeout(300)
    visitor.sign_in("administrateur")
    visitor.go(PATH)
    page.wait_for_selector("[data-authorisation]")
    page.locator("[data-authorisation] details").first.evaluate("one => one.open = true")
    assert visitor.axe() == []
    visitor.shot(f"authorisations-{language}-{theme}", whole=True)
    page.locator("[data-act=grant]").click()
    page.locator("#grant-regime").select_option("experimental_alert")
    page.locator("#grant-perimeter").evaluate("one => one.open = true")
    page.wait_for_selector("#grant-perimeter [role=application]")
    page.keyboard.press("Escape")
    page.locator("form button[type=submit]").click()
    expect(page.locator("form [role=alert]").first).to_be_focused()
    assert visitor.axe() == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    visitor.shot(f"grant-{language}-{theme}", whole=True)


def test_an_authorisation_from_its_order_to_its_end(
    visitor: Visitor, house: House, make_visitor: MakeVisitor, tmp_path: Path
) -> None:
    page = visitor.page
    visitor.sign_in("administrateur")
    visitor.go(PATH)
    page.wait_for_selector("[data-authorisation]")
    _press(page, "Nouvelle autorisation")
    _fill(page, tmp_path / "arrete.pdf")
    now = datetime.now(ZoneInfo("Europe/Paris"))
    _date(page, "valid_from", now - timedelta(days=1))
    _date(page, "valid_to", now + timedelta(days=90))
    _tick(page, "viewers", "operator")
    _type(page, "Motif de la demande", "Arrêté reçu ce jour")
    _press(page, "Demander l’autorisation")
    expect(page.locator("#grant-valid_to-wrong")).to_contain_text("dans la durée que permet le régime")
    _date(page, "valid_to", now + timedelta(days=10))
    _press(page, "Demander l’autorisation")
    expect(page.locator("form [data-overlaps]")).to_contain_text("la plus étroite l’emporte")
    visitor.shot("grant-overlap-fr", whole=True)
    _press(page, "Demander malgré tout")
    card = page.locator("[data-authorisation=arrete-n-2026-114]")
    expect(page.locator(".said")).to_be_focused()
    expect(card).to_have_attribute("data-state", "waiting")
    visitor.shot("authorisations-waiting-fr")

    browser = page.context.browser
    assert browser is not None
    with browser.new_context(viewport={"width": 1280, "height": 720}, locale="fr-FR") as other:
        second = make_visitor(other.new_page(), house)
        second.go("/governance/requests")
        second.sign_in("dpo")
        second.go("/governance/requests")
        second.page.wait_for_selector("[data-authorisation]")
        second.shot("requests-authorisation-fr", whole=True)
        asked = second.page.locator("article", has=second.page.locator("[data-authorisation=arrete-n-2026-114]"))
        asked.get_by_role("button", name="Donner mon accord").press("Enter")
        expect(asked.get_by_role("button", name="Donner mon accord")).to_have_count(0)

    page.reload()
    expect(card).to_have_attribute("data-state", "soon")
    expect(card).to_contain_text("En vigueur, se termine dans 10 jours")
    expect(card.locator("[data-overlaps]")).to_contain_text("Qui peut voir")
    with page.expect_download() as got:
        card.get_by_role("link", name="Télécharger l’acte signé").press("Enter")
    assert got.value.path().read_bytes() == ORDER
    visitor.go("/cameras")
    expect(page.locator("[data-camera=grand-place] [data-covering]")).to_contain_text("arrete-n-2026-114")
    visitor.shot("cameras-covering-fr", whole=True)

    visitor.go(PATH)
    card.get_by_role("button", name="Mettre fin").press("Enter")
    page.get_by_label("Motif, gardé au journal").focus()
    page.keyboard.type("La fête est annulée")
    page.keyboard.press("Enter")
    expect(card).to_have_attribute("data-state", "over")
    expect(card).to_contain_text("par administrateur : La fête est annulée")


def test_one_person_stops_all_analysis_and_a_supervisor_resumes_it(visitor: Visitor, house: House) -> None:
    page = visitor.page
    visitor.sign_in("superviseur")
    page.locator("[data-general-stop]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-stopped]")).to_have_count(0)
    page.keyboard.press("Enter")
    banner = page.locator("[data-stopped]")
    try:
        for path in ("/", "/cameras", "/history", PATH, "/governance/requests", "/account"):
            visitor.go(path)
            expect(banner).to_contain_text("Analyse arrêtée sur toutes les caméras")
            expect(banner).to_contain_text("L’image en direct et l’enregistrement continuent")
            assert visitor.axe() == [], path
        visitor.shot("stopped-fr")
        banner.get_by_role("button", name="Reprendre").press("Enter")
        page.get_by_label("Motif de la reprise").focus()
        page.keyboard.type("Vérification terminée")
        page.keyboard.press("Enter")
        expect(page.locator("[data-general-stop]")).to_be_visible(timeout=15_000)
        expect(banner).to_have_count(0)
    finally:
        with house.client("superviseur") as client:
            if client.get("/analysis").json()["stopped"]:
                client.post("/analysis/resume", json={"why": "Remise en marche après le test"})
