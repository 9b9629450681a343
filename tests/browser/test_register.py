"""The public register in a citizen's browser, without an account; the notice's code as a telephone would read it."""

from __future__ import annotations

import re
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import expect

SHEET = {
    "responsible": "Commune de Sainte-Croix",
    "address": "1 place de la Mairie",
    "dpo_contact": "dpo@sainte-croix.example",
    "map": "perimeter",
}


@pytest.fixture
def told(house: Any) -> None:
    with house.client("administrateur") as client:
        version = client.get("/register/town").json()["version"]
        assert client.put("/register/town", json={**SHEET, "version": version}).status_code == 200


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_citizen_reads_the_register_without_an_account(visitor: Any, told: None, language: str, width: int) -> None:
    page = visitor.page
    page.set_viewport_size({"width": width, "height": 844})
    visitor.go("/register")
    page.get_by_role("button", name="English" if language == "en" else "Français").click()
    title = "Public register" if language == "en" else "Registre public"
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.get_by_text("Commune de Sainte-Croix").first).to_be_visible()
    expect(page.locator(".area")).to_have_count(3)
    assert page.get_attribute("html", "lang") == language
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    visitor.shot(f"register-{language}-{width}", whole=True)
    assert visitor.axe() == []


def test_the_keeper_fills_the_sheet_and_prints_a_notice(visitor: Any, told: None) -> None:
    page = visitor.page
    visitor.sign_in("administrateur")
    visitor.go("/governance/transparency")
    page.get_by_label("Préfecture").fill("Préfecture du Val")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text(re.compile("Registre enregistré, version"))).to_be_visible()
    assert visitor.axe() == []
    page.get_by_role("link", name="Voir le panneau").click()
    expect(page.locator("main img")).to_be_visible()
    expect(page.locator("main img")).to_have_js_property("complete", True)
    assert page.locator("main img").evaluate("picture => picture.naturalWidth") > 0
    assert visitor.axe() == []
    visitor.shot("notice-fr", whole=True)


def test_a_printed_code_is_read_back(visitor: Any) -> None:
    from beffroi.govern.register.drawing import to_svg
    from beffroi.govern.register.notice import qr_code

    address = "https://videoprotection.sainte-croix.example/register"
    page = visitor.page.context.new_page()
    page.set_content(to_svg(qr_code(address, 20.0, 20.0, 60.0), "code"))
    picture = cv2.imdecode(np.frombuffer(page.screenshot(full_page=True), np.uint8), cv2.IMREAD_GRAYSCALE)
    page.close()
    assert picture is not None
    assert cv2.QRCodeDetector().detectAndDecode(picture)[0] == address
