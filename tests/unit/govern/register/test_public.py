"""What anybody may know: complete, current, and without a person, a secret or a small number in it."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.govern.alerts import Answer
from beffroi.govern.register.door import FRESH_S, MapKind, TownSheet
from beffroi.govern.register.public import AREA_MARGIN, SMALL, areas_of, small_safe
from beffroi.govern.rights import LOCAL_ADMINISTRATOR
from beffroi.testing.registers import SHEET, metrics
from beffroi.testing.town import ADMINISTRATOR, DPO, EVERYBODY, OPERATOR, SUPERVISOR, Town
from beffroi.vocabulary.camera import Camera, StreamKind, StreamSpec
from beffroi.vocabulary.errors import ConflictError, InvalidInputError
from beffroi.vocabulary.judgement import Decision


def test_a_house_without_a_sheet_says_what_is_missing(town: Town) -> None:
    told = town.doors.register.public()
    assert set(told.missing) == {"responsible", "address", "phone", "dpo_contact", "rights_contact", "prefecture"}
    assert not told.areas and not told.spots, "nothing is shown of where cameras are before the town says so"


def test_the_sheet_is_kept_in_versions_and_traced(town: Town) -> None:
    door = town.doors.register
    assert door.sheet(DPO).version == 0
    kept = door.change_sheet(DPO, SHEET, version=0)
    assert (kept.version, door.sheet(ADMINISTRATOR).sheet) == (1, SHEET)
    with pytest.raises(ConflictError, match="version 1"):
        door.change_sheet(ADMINISTRATOR, SHEET, version=0)
    entry = town.doors.journal.recent(ADMINISTRATOR, limit=1)[0]
    assert (entry.act, entry.actor, entry.detail["version"]) == ("change_sheet", DPO.name, 1)
    assert town.doors.register.public().missing == ()


@pytest.mark.parametrize(
    "sheet",
    [TownSheet(address="x" * 401), TownSheet(phone="01\x0799"), TownSheet(website="javascript:alert(1)")],
    ids=["address", "phone", "website"],
)
def test_texts_that_cannot_be_shown_are_refused(town: Town, sheet: TownSheet, request: pytest.FixtureRequest) -> None:
    with pytest.raises(InvalidInputError) as refused:
        town.doors.register.change_sheet(DPO, sheet, version=0)
    assert refused.value.where in request.node.name and refused.value.mend
    assert town.doors.register.sheet(DPO).version == 0


def test_it_names_no_person_and_no_secret(town: Town) -> None:
    town.doors.register.change_sheet(DPO, replace(SHEET, map=MapKind.EXACT), version=0)
    town.raised(town.doors.rules.get(SUPERVISOR, "lawn").rule)
    told = json.dumps(asdict(town.doors.register.public()), default=str)
    for secret in ("10.0.0.9", "rtsp", "se cret", 'cam"', "The prefect", *(who.name for who in EVERYBODY)):
        assert secret not in told, secret
    assert "2026-117" in told and "CSI L. 251-2" in told


def test_an_order_that_ends_is_no_longer_told(town: Town) -> None:
    assert [one.reference for one in town.doors.register.public().orders] == ["2026-117"]
    town.doors.authorisations.revoke(LOCAL_ADMINISTRATOR, "order-1", why="the judge said so")
    town.clock.advance(FRESH_S + 1)
    told = town.doors.register.public()
    assert (told.orders, told.cameras_analysed, told.cameras) == ((), 0, 2)


def test_asking_often_does_not_ask_the_store(town: Town) -> None:
    first = town.doors.register.public()
    town.clock.advance(FRESH_S - 1)
    assert town.doors.register.public() is first
    town.clock.advance(2)
    assert town.doors.register.public() is not first


def test_yearly_numbers_count_and_protect(town: Town) -> None:
    rule = town.doors.rules.get(SUPERVISOR, "lawn").rule
    for number in range(7):
        alert_id = town.raised(rule)
        town.clock.advance(40)
        if number < 6:
            key = f"answer-{number:05d}"
            town.doors.alerts.give_verdict(OPERATOR, alert_id, Answer(decision=Decision.CONFIRM), idempotency_key=key)
    this, last = town.doors.register.public().years
    row = this.situations[0]
    assert (this.year, last.year) == (2026, 2025)
    assert (row.situation, row.raised, row.confirmed, row.dismissed, row.unanswered) == (
        "zone_entered",
        "5",
        "5",
        "0",
        "<5",
    )
    assert last.situations == ()


@given(st.integers(min_value=0, max_value=10**6))
def test_no_published_count_gives_away_a_few(count: int) -> None:
    told = small_safe(count)
    if told == f"<{SMALL}":
        assert 0 < count < SMALL
    else:
        assert int(told) % SMALL == 0 and abs(int(told) - count) <= SMALL // 2


SHARE = st.floats(min_value=0.0, max_value=1.0, allow_nan=False)


@given(st.lists(st.tuples(SHARE, SHARE), max_size=12))
def test_every_placed_camera_lies_in_an_area_well_inside_it(spots: list[tuple[float, float]]) -> None:
    stream = StreamSpec(kind=StreamKind.FILE, url="a.mp4")
    cameras = [Camera(camera_id=f"c{n}", name="c", main=stream, plan_xy=spot) for n, spot in enumerate(spots)]
    areas = areas_of(cameras)
    assert sum(one.cameras for one in areas) == len(spots)
    for spot in spots:
        assert any(math.dist(spot, (one.x, one.y)) <= one.radius - AREA_MARGIN + 1e-3 for one in areas)


def test_measured_figures_are_published_and_replaced(town: Town) -> None:
    door = town.doors.register
    assert door.public().unmeasured == ("zone_entered",)
    figures = metrics()
    content = json.dumps(figures).encode()
    door.import_performance(DPO, content, note="Grand-Place, jour et nuit", measured_on="2026-05-04")
    told = door.public()
    assert told.unmeasured == ()
    assert [(one.situation, one.detected, one.events) for one in told.performance] == [("zone_entered", 18, 20)]
    figures["situations"]["zone_entered"] |= {"detected": 20}
    door.import_performance(DPO, json.dumps(figures).encode(), note="Après réglage", measured_on="2026-06-01")
    assert [one.detected for one in door.public().performance] == [20]
    entry = town.doors.journal.recent(ADMINISTRATOR, limit=1)[0]
    assert (entry.act, entry.why) == ("import_performance", "Après réglage")


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"note": "court"}, "note"),
        ({"measured_on": "2027-01-01"}, "measured_on"),
        ({"measured_on": "hier"}, "measured_on"),
        ({"content": b"{"}, "metrics.json"),
        ({"content": b"[" * 100_000}, "metrics.json"),
        ({"content": b'{"model": "m", "version": "1", "situations": {}}'}, "metrics.json"),
        ({"content": b'{"model": "m", "version": "1", "situations": {"face_seen": {}}}'}, "metrics.json"),
    ],
)
def test_figures_that_cannot_be_published_are_refused(town: Town, change: dict[str, Any], where: str) -> None:
    given_ = {"content": json.dumps(metrics()).encode(), "note": "Une note assez longue", "measured_on": "2026-05-04"}
    wrong = given_ | change
    with pytest.raises(InvalidInputError) as refused:
        town.doors.register.import_performance(DPO, wrong.pop("content"), **wrong)
    assert refused.value.where == where and refused.value.mend
    assert town.doors.register.public().performance == ()


@pytest.mark.parametrize(
    "figures", [{"detected": 21}, {"events": -1}, {"recall_95": [0.2, 1.7]}, {"camera_hours": float("inf")}]
)
def test_figures_that_contradict_themselves_are_refused(town: Town, figures: dict[str, Any]) -> None:
    wrong = metrics()
    wrong["situations"]["zone_entered"] |= figures
    with pytest.raises(InvalidInputError):
        town.doors.register.import_performance(
            DPO, json.dumps(wrong).encode(), note="Une note assez longue", measured_on="2026-05-04"
        )
