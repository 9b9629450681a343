"""Regime files: those of the house, those of a town, and what is wrong with one, by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from beffroi.govern.regimes.reading import built_in, known_regimes, read_regime
from beffroi.govern.regimes.terms import DataKind, Requirement
from beffroi.vocabulary.authorisation import ANALYSED, Output, Regime
from beffroi.vocabulary.errors import InvalidInputError
from beffroi.vocabulary.rules import Situation

QUAYS = """id: quays
label_fr: Quais
label_en: Quays
legal: ["Arrêté 2026-12"]
situations: [water_high]
outputs: [alerts, counts]
retention_days: {images: 2, alerts: 30, events: 30, counts: 30}
longest_days: 90
requires: [order_file]
note_fr: Crues
note_en: Floods
"""


def test_the_house_brings_its_regimes_and_each_says_what_the_law_says() -> None:
    terms = built_in().terms
    assert set(terms) == set(Regime)
    eight = terms["experimental_alert"].situations
    assert {Situation.OBJECT_LEFT, Situation.WEAPON_SEEN, Situation.PERSON_DOWN} < eight
    assert Situation.FIGHT not in eight
    assert Situation.GROUP_FORMED not in eight
    assert terms["experimental_alert"].requires == {Requirement.ORDER_FILE}
    assert terms["experimental_alert"].longest_days <= 31
    assert not terms["judicial_search"].situations
    assert not terms["judicial_search"].outputs & ANALYSED
    assert terms["statistics"].outputs == {Output.COUNTS}
    assert terms["statistics"].retention_days[DataKind.IMAGES] == 0
    assert not terms["pilot"].outputs & {Output.ALERTS, Output.TRACKS, Output.LIVE, Output.EVIDENCE}
    assert all(one.retention_days[DataKind.IMAGES] <= 30 for one in terms.values())
    assert terms["supervision"].situations == {Situation.CAMERA_IMPAIRED}


def test_a_new_regime_is_a_new_file(tmp_path: Path) -> None:
    folder = tmp_path / "regimes"
    folder.mkdir()
    (folder / "quays.yaml").write_text(QUAYS)
    (folder / "broken.yaml").write_text(QUAYS.replace("id: quays", "id: broken").replace("images: 2", "images: 31"))
    (folder / "pilot.yaml").write_text(QUAYS.replace("id: quays", "id: pilot"))
    book = known_regimes(tmp_path)
    quays = book.of("quays")
    assert quays is not None
    assert not quays.built_in
    assert quays.situations == {Situation.WATER_HIGH}
    assert book.of("broken") is None
    assert book.of("pilot") == built_in().of("pilot")
    assert {one.regime for one in book.broken} == {"broken", "pilot"}
    assert "broken.yaml:7 (retention_days.images)" in book.broken[0].why


@pytest.mark.parametrize(
    ("written", "instead", "line", "said"),
    [
        ("id: quays", "id: Quays!", 1, "cannot be a regime's id"),
        ('legal: ["Arrêté 2026-12"]', "legal: []", 4, "no legal reference"),
        ("[water_high]", "[water_hihg]", 5, "is not known here"),
        ("outputs: [alerts, counts]", "outputs: [alerts, faces]", 6, "is not known here"),
        ("outputs: [alerts, counts]", "outputs: []", 6, "no output"),
        ("images: 2", "images: 400", 7, "out of range"),
        ("images: 2, ", "", 7, "'images' is missing"),
        ("longest_days: 90", "longest_days: for ever", 8, "is not a number"),
        ("requires: [order_file]", "requires: [blessing]", 9, "is not known here"),
        ("note_en: Floods", "extra: 1", 11, "unknown key"),
    ],
)
def test_what_is_wrong_is_named_with_file_line_and_reason(
    tmp_path: Path, written: str, instead: str, line: int, said: str
) -> None:
    path = tmp_path / "quays.yaml"
    path.write_text(QUAYS.replace(written, instead))
    with pytest.raises(InvalidInputError) as caught:
        read_regime(path)
    assert f"quays.yaml:{line}" in caught.value.where
    assert said in caught.value.what


def test_a_file_must_be_called_as_its_regime(tmp_path: Path) -> None:
    path = tmp_path / "other.yaml"
    path.write_text(QUAYS)
    with pytest.raises(InvalidInputError, match=r"Name the file quays\.yaml"):
        read_regime(path)
