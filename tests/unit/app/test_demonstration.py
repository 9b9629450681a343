"""The demonstration town: everything in it fits together, twice as well as once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from beffroi.app.demonstration import ACCOUNTS, demo_cameras, demo_rules, seed, street
from beffroi.app.house import open_doors, wall_clock
from beffroi.app.settings import load
from beffroi.govern.rights import LOCAL_ADMINISTRATOR, SYSTEM
from beffroi.vocabulary.rules import Situation


def test_every_rule_runs_and_a_second_seeding_changes_nothing(tmp_path: Path) -> None:
    doors = open_doors(load(tmp_path))
    assert seed(doors, wall_clock()) is True
    assert seed(doors, wall_clock()) is False
    standings = [one for found in doors.rules.for_watching(SYSTEM).values() for one in found]
    assert {one.rule.rule_id for one in standings} == {one.rule_id for one in demo_rules()}
    assert all(one.coverage.covered and one.coverage.alerts for one in standings)
    assert {one.rule.camera_id for one in standings} == {one.camera_id for one in demo_cameras()}
    assert {one.rule.situation for one in standings} >= {
        Situation.ZONE_ENTERED,
        Situation.LINE_CROSSED,
        Situation.WRONG_WAY,
        Situation.GROUP_FORMED,
        Situation.CAMERA_IMPAIRED,
    }
    for account in ACCOUNTS:
        assert doors.sessions.sign_in(account.username, account.password).session.user.role is account.role
    doors.close()


def test_the_video_is_found_again_after_the_installation_moved(tmp_path: Path) -> None:
    doors = open_doors(load(tmp_path))
    seed(doors, wall_clock())
    camera = doors.cameras.get(LOCAL_ADMINISTRATOR, "grand-place")
    doors.cameras.change(LOCAL_ADMINISTRATOR, replace(camera, main=replace(camera.main, url="/old/place/street.mp4")))
    seed(doors, wall_clock())
    assert doors.cameras.get(LOCAL_ADMINISTRATOR, "grand-place").main.url == street()
    assert Path(street()).stat().st_size > 1_000_000
    doors.close()
