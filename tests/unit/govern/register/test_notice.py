"""The notice: its QR code is read by another program, its texts follow the configuration, everything fits."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from beffroi.govern.register.door import TownSheet
from beffroi.govern.register.drawing import A3_TIMES, HEIGHT_MM, WIDTH_MM, Fill, Write, lines_of, to_pdf, to_svg
from beffroi.govern.register.notice import FOOT_MM, MARGIN, Notice, Place
from beffroi.govern.rights import LOCAL_ADMINISTRATOR
from beffroi.testing.registers import SHEET
from beffroi.testing.town import ADMINISTRATOR, DPO, Town, authorisation
from beffroi.vocabulary.authorisation import Regime
from beffroi.vocabulary.errors import NotFoundError
from beffroi.vocabulary.rules import Situation

ADDRESS = "https://videoprotection.sainte-croix.example/register"


def drawn(town: Town, place: Place | None = None, address: str = ADDRESS) -> Notice:
    return town.doors.papers.notice(DPO, place or Place(), address=address)


def said(notice: Notice) -> str:
    return " ".join(one.text for one in notice.strokes if isinstance(one, Write))


def painted(notice: Notice, per_mm: int = 8) -> np.ndarray:
    """The filled shapes of the sheet as pixels."""
    sheet = np.full((int(HEIGHT_MM * per_mm), int(WIDTH_MM * per_mm)), 255, np.uint8)
    for one in notice.strokes:
        if isinstance(one, Fill):
            grey = int(one.colour[1:3], 16)
            corners = np.round(np.array(one.points) * per_mm).astype(np.int32)
            cv2.fillPoly(sheet, [corners], grey)
    return sheet


@pytest.mark.parametrize("address", [ADDRESS, "https://x.fr/register", f"https://{'a' * 60}.example/vp/register"])
def test_another_program_reads_the_address(town: Town, address: str) -> None:
    text, _, _ = cv2.QRCodeDetector().detectAndDecode(painted(drawn(town, address=address)))
    assert text == address


def test_without_an_address_it_says_what_to_set(town: Town) -> None:
    notice = drawn(town, address="")
    assert "server.public_url" in said(notice)
    assert cv2.QRCodeDetector().detectAndDecode(painted(notice))[0] == ""


def test_it_says_what_the_law_asks(town: Town) -> None:
    assert "[ À remplir : responsable ]" in said(drawn(town))
    town.doors.register.change_sheet(DPO, SHEET, version=0)
    told = said(drawn(town))
    for part in (
        "ZONE SOUS",
        "This area is under video protection",
        SHEET.responsible,
        SHEET.rights_contact,
        SHEET.dpo_contact,
        "CNIL",
        "2026-117",
        "Sécurité",
        "7 jours",
        "Ensemble du périmètre",
    ):
        assert part in told, part
    assert "À remplir" not in told


def test_analysis_is_told_by_the_text_that_allows_it(town: Town) -> None:
    assert "images : OUI" in said(drawn(town)) and "CSI L. 251-2" in said(drawn(town))
    town.doors.authorisations.revoke(LOCAL_ADMINISTRATOR, "order-1", why="over and done")
    watching = replace(
        authorisation("order-2", regime=Regime.SUPERVISION), situations=frozenset({Situation.CAMERA_IMPAIRED})
    )
    town.doors.authorisations.grant(LOCAL_ADMINISTRATOR, watching)
    assert "images : NON" in said(drawn(town))


def test_it_is_of_a_camera_of_a_group_or_of_all(town: Town) -> None:
    camera = town.doors.cameras.get(ADMINISTRATOR, "mairie")
    town.doors.cameras.change(
        ADMINISTRATOR, replace(camera, groups=("centre",), place="Parvis"), why="The square is ours"
    )
    assert "Parvis" in drawn(town, Place(camera_id="mairie")).title
    assert "centre" in drawn(town, Place(group="centre")).title
    for nothing in (Place(camera_id="nowhere"), Place(group="nowhere")):
        with pytest.raises(NotFoundError):
            drawn(town, nothing)


def test_long_texts_still_fit_on_the_sheet(town: Town) -> None:
    words = "mairie annexe du quartier des Quatre-Vents " * 9
    long = words[:400].strip()
    town.doors.register.change_sheet(
        DPO, TownSheet(responsible=long, address=long, dpo_contact=long, rights_contact=long, complaint=long), version=0
    )
    notice = drawn(town)
    for one in notice.strokes:
        if isinstance(one, Write):
            assert one.y <= HEIGHT_MM, one.text
            fits = lines_of(one.text, bold=one.bold, size=one.size, width=WIDTH_MM - MARGIN - one.x + 0.5)
            assert len(fits) <= 1, one.text
    lowest = max(one.y for one in notice.strokes if isinstance(one, Write) and one.x == MARGIN)
    assert lowest < HEIGHT_MM - FOOT_MM


def test_both_forms_are_of_the_same_sheet(town: Town) -> None:
    notice = drawn(town)
    svg = to_svg(notice.strokes, notice.title)
    assert svg.count("<text") == sum(isinstance(one, Write) for one in notice.strokes)
    assert "<script" not in svg and "http://" not in svg.replace("http://www.w3.org/2000/svg", "")
    a4, a3 = to_pdf(notice.strokes, notice.title), to_pdf(notice.strokes, notice.title, times=A3_TIMES)
    assert b"/MediaBox [ 0 0 595.2756 841.8898 ]" in a4
    assert a4 != a3 and a3.startswith(b"%PDF")
