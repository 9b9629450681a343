"""Papers say what the configuration is, change when it changes, and leave what a person must judge blank."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape

import pytest

from beffroi.govern.paper import to_html, to_pdf
from beffroi.govern.register.door import FRESH_S
from beffroi.govern.register.page import register_paper
from beffroi.govern.register.papers import PaperKind
from beffroi.govern.rights import LOCAL_ADMINISTRATOR, SYSTEM
from beffroi.testing.registers import SHEET, metrics
from beffroi.testing.town import ADMINISTRATOR, DPO, SUPERVISOR, Town, authorisation
from beffroi.vocabulary.authorisation import Regime
from beffroi.vocabulary.errors import InvalidInputError
from beffroi.vocabulary.evidence import PartKind
from beffroi.vocabulary.rules import Situation
from beffroi.vocabulary.time import UtcNs


def text_of(town: Town, kind: PaperKind, period: str = "") -> str:
    """The paper's HTML twin as plain text."""
    page = to_html(town.doors.papers.make(DPO, kind, period=period))
    return unescape(re.sub(r"<[^>]+>", " ", page.split("</style>")[1]))


@pytest.mark.parametrize("kind", PaperKind)
def test_each_paper_is_dated_bears_the_digest_and_is_journalled(town: Town, kind: PaperKind) -> None:
    made = town.doors.papers.make(DPO, kind)
    digest = town.doors.register.facts(DPO).digest
    assert digest in made.footer and made.made_at == town.clock.now
    entry = town.doors.journal.recent(ADMINISTRATOR, limit=1)[0]
    assert (entry.act, entry.about) == ("make_paper", f"register:{kind.value}")
    assert entry.detail["configuration_sha256"] == digest
    assert to_pdf(made).startswith(b"%PDF")


@pytest.mark.parametrize("kind", PaperKind)
def test_gaps_of_the_sheet_are_blanks_until_they_are_filled(town: Town, kind: PaperKind) -> None:
    assert "[ À remplir" in text_of(town, kind)
    assert "dpo@sainte-croix.example" not in text_of(town, kind)
    town.doors.register.change_sheet(DPO, SHEET, version=0)
    assert "dpo@sainte-croix.example" in text_of(town, kind)


def test_what_a_person_must_judge_stays_blank_in_a_full_configuration(town: Town) -> None:
    town.doors.register.change_sheet(DPO, replace(SHEET, complaint="CNIL", website="https://x.example"), version=0)
    told = text_of(town, PaperKind.DPIA)
    for judged in ("gravité et vraisemblance", "avis du délégué", "plan d’action", "décision du responsable"):
        assert re.search(rf"\[ À remplir : [^\]]*{judged}", told), judged


def test_the_assessment_follows_the_configuration(town: Town) -> None:
    before, digest = text_of(town, PaperKind.DPIA), town.doors.register.facts(DPO).digest
    assert "0 caméra(s) sur 2 ont des zones masquées" in before
    assert "2 couverte(s) par une autorisation en vigueur" in before and "2026-117" in before
    camera = town.doors.cameras.get(ADMINISTRATOR, "mairie")
    town.doors.cameras.change(ADMINISTRATOR, replace(camera, name="Mairie, rue neuve"))
    town.doors.authorisations.revoke(LOCAL_ADMINISTRATOR, "order-1", why="over and done")
    after = text_of(town, PaperKind.DPIA)
    assert "Mairie, rue neuve" in after and "Mairie, rue neuve" not in before
    assert "0 couverte(s) par une autorisation en vigueur" in after and "2026-117" not in after
    assert town.doors.register.facts(DPO).digest != digest


def test_measured_figures_enter_the_papers(town: Town) -> None:
    assert "aucune mesure n’a été publiée" in text_of(town, PaperKind.DPIA)
    content = json.dumps(metrics()).encode()
    town.doors.register.import_performance(DPO, content, note="Grand-Place, jour et nuit", measured_on="2026-05-04")
    for kind in (PaperKind.DPIA, PaperKind.PREFECT):
        assert "18 sur 20 (70% - 97%)" in text_of(town, kind)


def test_the_register_of_recordings_tells_making_destruction_and_viewing(town: Town) -> None:
    rule = town.doors.rules.get(SUPERVISOR, "lawn").rule
    alert_id = town.raised(rule, "event-x")
    part = town.footage("event-x")
    taken = town.doors.intake.take_evidence
    assert taken(SYSTEM, "event-x", parts=(part,), from_at=town.clock.now, to_at=UtcNs(town.clock.now + 10**9))
    town.doors.alerts.evidence_file(SUPERVISOR, alert_id, PartKind.CLIP)
    told = text_of(town, PaperKind.RECORDINGS)
    assert "Mairie, parvis" in told and "1 encore conservé(s)" in told and "08/06/2026" in told
    assert "consultation d’un enregistrement" in told and SUPERVISOR.name in told
    town.clock.advance(8 * 86_400)
    town.doors.tend()
    again = text_of(town, PaperKind.RECORDINGS, "2026-06")
    assert "1, dernier le 09/06/2026" in again and "encore conservé" not in again
    assert "Aucun enregistrement ce mois-ci" in text_of(town, PaperKind.RECORDINGS, "2026-05")


def test_the_report_counts_to_the_unit_and_tells_ended_orders(town: Town) -> None:
    rule = town.doors.rules.get(SUPERVISOR, "lawn").rule
    for _ in range(3):
        town.raised(rule)
        town.clock.advance(40)
    town.doors.authorisations.revoke(LOCAL_ADMINISTRATOR, "order-1", why="over and done")
    told = text_of(town, PaperKind.PREFECT, "2026")
    assert re.search(r"Zone interdite ou sensible\s+3\s+0\s+0\s+3", told)
    assert "retirée le 01/06/2026" in told and "année en cours" in told
    assert "2026-117" not in text_of(town, PaperKind.PREFECT, "2024")


@pytest.mark.parametrize(
    ("kind", "period"),
    [
        (PaperKind.PREFECT, "2027"),
        (PaperKind.PREFECT, "26"),
        (PaperKind.PREFECT, "²⁰²⁶"),
        (PaperKind.RECORDINGS, "2026-13"),
        (PaperKind.RECORDINGS, "2026-07"),
        (PaperKind.RECORDINGS, "2026"),
    ],
)
def test_a_period_that_cannot_be_told_is_refused(town: Town, kind: PaperKind, period: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        town.doors.papers.make(DPO, kind, period=period)
    assert refused.value.where == "period" and refused.value.mend


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_public_page_stands_alone_and_hides_its_makers(town: Town, language: str) -> None:
    town.doors.register.change_sheet(DPO, SHEET, version=0)
    page = to_html(register_paper(town.doors.register.public(), language))
    assert f'<html lang="{language}">' in page and "<script" not in page and "src=" not in page
    assert "2026-117" in page and "The prefect" not in page and "rtsp" not in page
    town.doors.authorisations.revoke(LOCAL_ADMINISTRATOR, "order-1", why="over and done")
    town.clock.advance(FRESH_S + 1)
    words = "Aucune autorisation n’est en vigueur" if language == "fr" else "No authorisation is in force"
    assert words in to_html(register_paper(town.doors.register.public(), language))


def test_situations_that_the_regime_does_not_allow_are_not_told_as_allowed(town: Town) -> None:
    town.doors.authorisations.revoke(LOCAL_ADMINISTRATOR, "order-1", why="over and done")
    counted = frozenset({Situation.LINE_CROSSED, Situation.CROWD_DENSE})
    given = replace(authorisation("order-2", regime=Regime.STATISTICS), situations=counted)
    town.doors.authorisations.grant(LOCAL_ADMINISTRATOR, given)
    order = town.doors.register.public().orders[0]
    assert set(order.situations) == {Situation.LINE_CROSSED.value, Situation.CROWD_DENSE.value}
    assert not order.alerts
