"""Drawing by mouse and by keyboard, and what is said when a drawing or a save cannot be used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import FloatRect, Page, expect

if TYPE_CHECKING:
    from tests.browser.conftest import House, Visitor

pytestmark = pytest.mark.browser
CAMERA = "grand-place"


def rules_of(house: House) -> list[dict[str, Any]]:
    """The camera's rules, as kept."""
    with house.client("superviseur") as client:
        rules: list[dict[str, Any]] = client.get(f"/cameras/{CAMERA}/rules").json()
    return rules


def named(house: House, name: str) -> dict[str, Any]:
    """The rule of a name."""
    return next(rule for rule in rules_of(house) if rule["name"] == name)


def new_rule(visitor: Visitor, name: str, situation: str) -> FloatRect:
    """Begin a rule; gives where the picture is."""
    page = visitor.page
    visitor.sign_in("superviseur")
    visitor.go(f"/cameras/{CAMERA}/rules")
    page.locator("[data-act=new-rule]").click()
    page.get_by_label("Nom de la règle").fill(name)
    page.get_by_label("Situation").select_option(situation)
    page.wait_for_selector(".still img")
    page.wait_for_timeout(300)
    box = page.locator(".board").bounding_box()
    assert box
    return box


def click(page: Page, box: FloatRect, x: float, y: float) -> None:
    """Press on a place of the picture, in shares of it."""
    page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])


def save(page: Page) -> None:
    """Save and wait for the answer."""
    page.get_by_role("button", name="Enregistrer", exact=False).last.click()
    expect(page.locator("[data-announcer]")).to_contain_text("Règle enregistrée")


def test_a_zone_is_drawn_moved_and_saved_by_mouse(visitor: Visitor, house: House) -> None:
    page = visitor.page
    box = new_rule(visitor, "À la souris", "zone_entered")
    for x, y in ((0.2, 0.4), (0.6, 0.4), (0.6, 0.8), (0.2, 0.8)):
        click(page, box, x, y)
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.8 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.9 * box["height"], steps=8)
    page.mouse.up()
    visitor.shot("editor-zone")
    save(page)
    kept = named(house, "À la souris")
    wanted = [(0.2, 0.4), (0.6, 0.4), (0.7, 0.9), (0.2, 0.8)]
    assert len(kept["zone"]["points"]) == 4
    for point, (x, y) in zip(kept["zone"]["points"], wanted, strict=True):
        assert point == pytest.approx([x, y], abs=0.01)
    covered = str(kept["authorisation"]["covered"]).lower()
    expect(page.locator("[data-covered]")).to_have_attribute("data-covered", covered)


def test_a_zone_is_drawn_moved_undone_and_saved_by_keyboard(visitor: Visitor, house: House) -> None:
    page = visitor.page
    new_rule(visitor, "Au clavier", "zone_entered")
    page.locator(".board").focus()
    for keys in (["Shift+ArrowLeft"] * 4, ["Shift+ArrowRight"] * 8, ["Shift+ArrowDown"] * 6):
        for key in keys:
            page.keyboard.press(key)
        page.keyboard.press("Enter")
    expect(page.locator(".point")).to_have_count(3)
    page.keyboard.press("Enter")
    expect(page.locator(".point")).to_have_count(4)
    page.keyboard.press("Control+z")
    expect(page.locator(".point")).to_have_count(3)
    page.keyboard.press("Tab")
    expect(page.locator(".point").first).to_be_focused()
    page.keyboard.press("Shift+ArrowUp")
    page.locator("[data-act=undo]").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator(".point")).to_have_count(2)
    page.locator(".board").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Nom de la règle").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-announcer]")).to_contain_text("Règle enregistrée")
    points = named(house, "Au clavier")["zone"]["points"]
    assert [pytest.approx(point, abs=0.002) for point in points] == [[0.3, 0.5], [0.7, 0.5], [0.7, 0.8]]


def test_a_direction_and_a_line_are_drawn(visitor: Visitor, house: House) -> None:
    page = visitor.page
    box = new_rule(visitor, "Sens", "wrong_way")
    page.get_by_role("button", name="Sens", exact=True).click()
    click(page, box, 0.8, 0.5)
    expect(page.get_by_text("Sens autorisé : vers la droite.")).to_be_visible()
    save(page)
    assert named(house, "Sens")["allowed_direction"] == pytest.approx([0.3, 0.0], abs=0.01)
    page.locator("[data-act=new-rule]").click()
    page.get_by_label("Nom de la règle").fill("Ligne")
    page.get_by_label("Situation").select_option("line_crossed")
    click(page, box, 0.2, 0.5)
    click(page, box, 0.8, 0.5)
    visitor.shot("editor-line")
    save(page)
    assert named(house, "Ligne")["line"]["points"][1] == pytest.approx([0.8, 0.5], abs=0.01)


def test_a_zone_that_crosses_itself_is_said_at_once_and_not_saved(visitor: Visitor, house: House) -> None:
    page = visitor.page
    before = len(rules_of(house))
    box = new_rule(visitor, "Nœud", "zone_entered")
    for x, y in ((0.2, 0.3), (0.7, 0.8), (0.7, 0.3), (0.2, 0.8)):
        click(page, box, x, y)
    expect(page.get_by_text("La zone se recoupe elle-même").first).to_be_visible()
    visitor.shot("editor-crossing")
    page.get_by_role("button", name="Enregistrer la règle").click()
    expect(page.locator(".wrongs")).to_contain_text("La zone se recoupe elle-même")
    assert len(rules_of(house)) == before
    page.once("dialog", lambda asked: asked.accept())
    page.get_by_role("link", name="Historique").click()
    expect(page.get_by_role("heading", name="Historique")).to_be_visible()


def test_a_rule_that_changed_meanwhile_is_not_overwritten_unasked(visitor: Visitor, house: House) -> None:
    page = visitor.page
    box = new_rule(visitor, "À deux", "zone_entered")
    for x, y in ((0.3, 0.3), (0.7, 0.3), (0.5, 0.8)):
        click(page, box, x, y)
    save(page)
    mine = named(house, "À deux")
    with house.client("administrateur") as client:
        theirs = {name: value for name, value in mine.items() if name not in ("authorisation", "camera_id")}
        answer = client.put(f"/rules/{mine['rule_id']}", json={**theirs, "severity": "severe"})
        assert answer.status_code == 200, answer.text
    page.get_by_label("Nom de la règle").fill("À deux, la mienne")
    page.get_by_role("button", name="Enregistrer la version 2").click()
    conflict = page.locator(".conflict")
    expect(conflict).to_contain_text("La version 2 a été enregistrée par quelqu’un d’autre")
    visitor.shot("editor-conflict")
    assert named(house, "À deux")["version"] == 2
    conflict.get_by_role("button", name="Enregistrer la mienne").click()
    expect(page.locator("[data-announcer]")).to_contain_text("Règle enregistrée, version 3")
    assert named(house, "À deux, la mienne")["severity"] == "minor" or named(house, "À deux, la mienne")["version"] == 3
    page.get_by_label("Versions précédentes").select_option("2")
    expect(page.get_by_label("Nom de la règle")).to_have_value("À deux")


def test_an_operator_reads_rules_and_changes_none(visitor: Visitor) -> None:
    page = visitor.page
    visitor.sign_in("operateur")
    visitor.go("/cameras/campus-pelouse/rules")
    page.wait_for_selector(".point")
    expect(page.get_by_text("Consultation seule")).to_be_visible()
    expect(page.locator("[data-covered=true]")).to_contain_text("Couverte par l’autorisation")
    expect(page.get_by_label("Nom de la règle")).to_be_disabled()
    expect(page.locator("[data-act=new-rule]")).to_have_count(0)
