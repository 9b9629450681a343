"""Each page of governance as each role that has it, in French and English: accessible, in words, no console error."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import ConsoleMessage, expect

if TYPE_CHECKING:
    from tests.browser.conftest import House, Visitor

pytestmark = pytest.mark.browser

TABS = ("authorisations", "requests", "accounts", "journal", "retention", "figures", "cases", "transparency")
SEEN_BY = {
    "administrateur": TABS,
    "superviseur": ("authorisations", "requests", "retention", "figures", "cases"),
    "investigateur": ("authorisations", "requests", "retention", "cases"),
    "dpo": ("authorisations", "requests", "journal", "retention", "figures", "cases", "transparency"),
    "auditeur": ("authorisations", "requests", "journal", "retention", "figures", "cases"),
    "operateur": ("authorisations", "requests"),
}
"""The tabs that each account finds: as the table of rights gives them."""

CLOSELY = {("administrateur", "fr"), ("administrateur", "en"), ("investigateur", "fr"), ("dpo", "en")}
"""For whom axe looks too: together they have every page with every form, in either language."""

RAW = """() => {
  const shown = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    const held = walker.currentNode.parentElement;
    if (!text || held.closest('code, script, style, [data-raw]')) continue;
    if (/(^|\\s)[a-z]+(_[a-z]+)*\\.[a-z]+(_[a-z]+)+($|\\s)/.test(text)) shown.push(text);
    else if (/^[a-z]+(_[a-z]+)+$/.test(text)) shown.push(text);
    else if (/\\bundefined\\b|\\bNaN\\b|\\[object |\\{[a-z]+\\}/.test(text)) shown.push(text);
  }
  return shown;
}"""


@pytest.fixture(scope="module")
def lively(house: House) -> None:
    """A case, a hold, a term, a mask, a lifted blur and a refusal: the pages have something to show."""
    now = datetime.now(UTC)
    span = {"from_at": (now - timedelta(hours=1)).isoformat(), "to_at": now.isoformat()}
    ends = {"ends_at": (now + timedelta(days=30)).isoformat()}
    with house.client("investigateur") as client:
        case = {
            "requisition": "PV 2026/0417",
            "authority": "OPJ Martin, commissariat central",
            "legal_basis": "CPP art. 60-1",
            "purpose": "Vol avec violence, pelouse du campus",
            "cameras": ["campus-pelouse"],
            "people": ["investigateur"],
        }
        assert client.post("/cases", json={**case, **span, **ends}).status_code == 201
        hold = {"reference": "2026/118", "authority": "Tribunal judiciaire", "reason": "Réquisition du 12 mai"}
        asked = client.post("/holds", json={**hold, "cameras": ["campus-pelouse"], "alerts": [], **span, **ends})
        assert asked.status_code == 201, asked.text
    with house.client("dpo") as client:
        term = {"camera_id": "campus-allee", "kind": "evidence", "keep_s": 432_000, "why": "Délibération 2026-41"}
        assert client.put("/retention/terms", json=term).status_code == 200
    with house.client("superviseur") as client:
        mask = {"points": [[0.05, 0.05], [0.2, 0.05], [0.2, 0.2]]}
        hidden = {"masks": [mask], "blur": True, "why": "Fenêtres d’un logement"}
        assert client.put("/cameras/grand-place/privacy", json=hidden).status_code == 200
        asked = client.put("/cameras/grand-place/privacy", json={**hidden, "masks": [], "why": "Logement démoli"})
        assert asked.status_code == 202, asked.text
    with house.client("operateur") as client:
        assert client.get("/journal").status_code == 403


def settled(visitor: Visitor) -> None:
    """Wait until the page has its heading and asks for nothing more."""
    expect(visitor.page.locator("main h1").first).to_be_visible()
    visitor.page.wait_for_timeout(250)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("who", sorted(SEEN_BY))
def test_each_governance_page_is_whole(visitor: Visitor, lively: None, who: str, language: str) -> None:
    page = visitor.page
    visitor.speak(language)
    visitor.sign_in(who)
    heard: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            heard.append(f"{page.url} {message.text}")

    page.on("console", hear)
    visitor.go("/governance")
    settled(visitor)
    tabs = page.locator("nav.tabs a")
    assert [str(one.get_attribute("href")).rpartition("/")[2] for one in tabs.all()] == list(SEEN_BY[who])
    wrong: dict[str, list[str]] = {}
    for tab in SEEN_BY[who]:
        page.locator(f"nav.tabs a[href='/governance/{tab}']").click()
        settled(visitor)
        wrong[tab] = page.evaluate(RAW) + (visitor.axe() if (who, language) in CLOSELY else [])
        if page.evaluate("document.documentElement.scrollWidth") > 1280:
            wrong[tab].append("scrolls sideways")
        visitor.shot(f"governance-{tab}-{who}-{language}", whole=True)
    assert {tab: found for tab, found in wrong.items() if found} == {}
    assert heard == []


def test_a_person_without_a_desk_starts_where_their_work_is(visitor: Visitor) -> None:
    visitor.sign_in("auditeur")
    settled(visitor)
    assert visitor.page.url.endswith("/governance")


def test_what_is_hidden_on_a_camera_and_what_is_asked(visitor: Visitor, lively: None) -> None:
    page = visitor.page
    visitor.sign_in("superviseur")
    visitor.go("/cameras/grand-place/privacy")
    expect(page.get_by_role("heading", level=1)).to_have_text("Vie privée : Grand-Place")
    expect(page.locator(".request")).to_contain_text("Logement démoli")
    assert page.evaluate(RAW) == []
    assert visitor.axe() == []


def test_an_entry_of_the_journal_says_what_was_done_to_which_camera(visitor: Visitor, lively: None) -> None:
    page = visitor.page
    visitor.sign_in("dpo")
    visitor.go("/governance/journal")
    page.get_by_label("Acte", exact=True).select_option("change_masks")
    expect(page.locator("tbody tr", has_text="Caméra Grand-Place").first).to_be_visible()
    page.get_by_role("button", name="Modification des zones masquées").first.focus()
    page.keyboard.press("Enter")
    detail = page.get_by_role("region", name="Détail de l’entrée")
    expect(detail).to_contain_text("Fenêtres d’un logement")
    expect(detail.get_by_role("heading")).to_be_focused()
    page.get_by_role("button", name="Vérifier le journal").click()
    expect(page.get_by_text("Journal intact")).to_be_visible()
    assert visitor.axe() == []
