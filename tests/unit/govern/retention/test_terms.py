"""Of all terms the shortest holds, shortening reaches back, old alerts become figures, a clock is not just believed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from beffroi.govern.alerts import AlertFilter, Answer
from beffroi.govern.retention.door import Segment
from beffroi.govern.retention.looking import planned, proved
from beffroi.govern.rights import LOCAL_ADMINISTRATOR, SYSTEM, Scope
from beffroi.testing.town import DPO, FAST, OPERATOR, Town, authorisation
from beffroi.vocabulary.errors import InvalidInputError, NotAuthorisedError, NotFoundError, StorageError
from beffroi.vocabulary.judgement import Decision
from beffroi.vocabulary.proof import FindingKind
from beffroi.vocabulary.retention import EVERY_CAMERA, DataKind, Limit
from beffroi.vocabulary.time import NS_PER_S, UtcNs

DAY_S = 86_400


def test_shortening_holds_at_once_and_lengthening_never_reaches_back(town: Town) -> None:
    _, clip = town.ready("walk")
    retention = town.doors.retention
    assert retention.set_term(DPO, "mairie", DataKind.EVIDENCE, DAY_S, why="as the council decided") == 1
    retention.set_term(DPO, "mairie", DataKind.EVIDENCE, 6 * DAY_S, why="as the council decided")
    town.live(DAY_S + 1)
    assert not clip.exists()
    assert town.doors.journal.evidence_broken_at(DPO) is None
    assert retention.ledger(DPO)[0].why.value == "shortened"


def test_a_term_beyond_a_limit_is_refused_with_the_limit_that_forbids_it(town: Town) -> None:
    retention = town.doors.retention
    for camera_id, said in ((EVERY_CAMERA, "law"), ("mairie", "purpose")):
        with pytest.raises(InvalidInputError, match=said):
            retention.set_term(DPO, camera_id, DataKind.EVIDENCE, 31 * DAY_S, why="as the council decided")
    with pytest.raises(NotFoundError):
        retention.set_term(DPO, "nowhere", DataKind.EVIDENCE, DAY_S, why="as the council decided")


def test_of_two_orders_that_apply_together_the_shorter_holds(town: Town) -> None:
    narrower = replace(authorisation("order-2"), retention_s=DAY_S)
    town.doors.authorisations.grant(LOCAL_ADMINISTRATOR, narrower)
    alert_id, _ = town.ready("walk")
    joint = town.doors.alerts.get(OPERATOR, alert_id).record.authorisation_id
    assert joint == "order-1+order-2"
    now = town.clock.now
    born = Segment(
        segment_id="segment-1",
        camera_id="mairie",
        path="recordings/mairie/1.mp4",
        bytes=1,
        sha256="0" * 64,
        from_at=now,
        to_at=UtcNs(now + NS_PER_S),
        born_at=now,
        expires_at=UtcNs(now + 30 * DAY_S * NS_PER_S),
        authorisation_id=joint,
        purpose_id="safety",
    )
    assert [one.expires_at for one in town.doors.retention.keep_segments(SYSTEM, [born])] == [now + DAY_S * NS_PER_S]


def test_terms_are_those_of_whom_the_cameras_are_and_the_house_s_of_whom_nothing_limits(town: Town) -> None:
    retention, why = town.doors.retention, "as the council decided"
    for camera_id, groups in (("mairie", ("centre",)), ("quai", ("quays",))):
        camera = town.doors.cameras.get(LOCAL_ADMINISTRATOR, camera_id)
        town.doors.cameras.change(LOCAL_ADMINISTRATOR, replace(camera, groups=groups))
        retention.set_term(DPO, camera_id, DataKind.EVIDENCE, DAY_S, why=why)
    retention.set_term(DPO, EVERY_CAMERA, DataKind.EVIDENCE, 2 * DAY_S, why=why)
    quays = replace(DPO, scopes=(Scope(groups=frozenset({"quays"})),))
    traffic = replace(DPO, scopes=(Scope(purposes=frozenset({"traffic"})),))
    for camera_id in ("mairie", "nowhere"):
        with pytest.raises(NotFoundError, match="no camera"):
            retention.clear_term(quays, camera_id, DataKind.EVIDENCE, why=why)
    for limited in (quays, traffic):
        with pytest.raises(NotAuthorisedError, match="every camera and purpose"):
            retention.clear_term(limited, EVERY_CAMERA, DataKind.EVIDENCE, why=why)
        with pytest.raises(NotAuthorisedError, match="every camera and purpose"):
            retention.set_term(limited, EVERY_CAMERA, DataKind.EVIDENCE, DAY_S, why=why)
    assert len([one for one in retention.terms(DPO) if one.own]) == 3
    retention.clear_term(quays, "quai", DataKind.EVIDENCE, why=why)
    assert len([one for one in retention.terms(DPO) if one.own]) == 2


def test_the_table_says_which_limit_made_each_term(town: Town) -> None:
    town.doors.retention.set_term(DPO, "mairie", DataKind.EVIDENCE, DAY_S, why="as the council decided")
    rows = {(one.camera_id, one.kind): one.effective for one in town.doors.retention.terms(DPO)}
    assert rows["mairie", DataKind.EVIDENCE].limit is Limit.CAMERA
    assert rows["quai", DataKind.EVIDENCE].limit is Limit.PURPOSE
    assert rows[EVERY_CAMERA, DataKind.SEGMENTS].limit is Limit.LAW


def test_old_alerts_become_figures_and_their_notes_go(town: Town) -> None:
    alert_id, _ = town.ready("walk")
    answer = Answer(decision=Decision.CONFIRM, note="a neighbour, Mrs X")
    town.doors.alerts.give_verdict(OPERATOR, alert_id, answer, idempotency_key="k" * 8)
    town.live(8 * DAY_S)
    town.ready("later")  # the newest message of all is kept for whoever reads on from it
    town.live(356 * DAY_S)
    assert town.doors.alerts.get(OPERATOR, alert_id).verdicts
    town.live(2 * DAY_S)
    detail = town.doors.alerts.get(OPERATOR, alert_id)
    assert not detail.verdicts
    assert (detail.record.alert.box_xyxy_px, dict(detail.record.alert.facts)) == (None, {})
    found = town.doors.alerts.history(OPERATOR, AlertFilter(decision=Decision.CONFIRM))
    assert found.total == 1
    assert town.doors.retention.verify(DPO).clean
    town.doors.close()
    assert b"a neighbour, Mrs X" not in (town.folder / "beffroi.db").read_bytes()


def test_a_clock_put_back_brings_nothing_back(town: Town) -> None:
    path = town.recorded("one", keep_s=DAY_S)
    town.doors.retention.look_at_clock()
    town.live(DAY_S - 100)
    town.clock.advance(200)
    town.doors.retention.look_at_clock()
    town.clock.advance(-10 * DAY_S)
    town.restart()
    town.doors.tend()
    assert not path.exists()
    assert town.doors.retention.standing(DPO).state == "stepped_back"


def test_a_clock_that_leapt_is_doubted_over_a_restart(town: Town) -> None:
    path = town.recorded("one", keep_s=DAY_S)
    town.doors.tend()
    town.clock.advance(400 * DAY_S)
    town.restart()
    town.doors.tend()
    standing = town.doors.retention.standing(DPO)
    assert (standing.state, path.exists()) == ("doubted", True)
    town.clock.advance(-400 * DAY_S)
    town.doors.tend()
    assert (town.doors.retention.standing(DPO).state, path.exists()) == ("ok", True)


def test_each_thing_out_of_place_is_named(town: Town) -> None:
    lost, cut = town.recorded("lost"), town.recorded("cut")
    lost.unlink()
    cut.write_bytes(b"x")
    (town.folder / "recordings" / "nobody.mp4").write_bytes(b"x")
    (town.folder / "evidence" / "2026-06-01" / "ghost").mkdir(parents=True)
    (town.folder / "evidence" / "2026-06-01" / "ghost" / ".clip.mp4.part").write_bytes(b"half")
    (town.folder / "holiday.jpg").write_bytes(b"x")
    (town.folder / "exports").mkdir(exist_ok=True)
    (town.folder / "exports" / "export-0.zip").write_bytes(b"x")
    kinds = {one.where: one.kind for one in town.doors.retention.verify(DPO).findings}
    assert kinds == {
        "recordings/mairie/lost.mp4": FindingKind.MISSING_FILE,
        "recordings/mairie/cut.mp4": FindingKind.ALTERED_FILE,
        "recordings/nobody.mp4": FindingKind.NAMELESS_FILE,
        "evidence/2026-06-01/ghost/.clip.mp4.part": FindingKind.NAMELESS_FILE,
        "holiday.jpg": FindingKind.STRAY_PICTURE,
        "exports/export-0.zip": FindingKind.NAMELESS_FILE,
    }


def test_from_outside_a_folder_is_verified_and_planned_without_being_changed(town: Town, tmp_path: Path) -> None:
    town.recorded("one", keep_s=DAY_S)
    assert proved(town.folder, FAST, now=town.clock.now, grace_s=0).clean
    late = town.clock.advance(DAY_S + 1)
    kinds = proved(town.folder, FAST, now=late, grace_s=0).wrong
    assert set(kinds) == {FindingKind.EXPIRED_FILE, FindingKind.DUE_RECORD}
    coming, held = planned(town.folder, now=late, days=31)
    assert ([one.items for one in coming], held) == ([1], 0)
    with pytest.raises(StorageError, match="no store"):
        proved(tmp_path / "nowhere", FAST, now=late, grace_s=0)
