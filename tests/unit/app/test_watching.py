"""What is watched follows cameras, rules and authorisations; in doubt, nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from beffroi.app.watching import UNCHECKED, Watching, orders_of
from beffroi.govern.rights import LOCAL_ADMINISTRATOR, SYSTEM
from beffroi.run.messages import CameraOrder
from beffroi.run.settings import RunSettings
from beffroi.run.supervisor import Supervisor
from beffroi.testing.town import SUPERVISOR, Town, authorisation
from beffroi.vocabulary.authorisation import Regime
from beffroi.vocabulary.time import seconds_to_ns


class Noting(Supervisor):
    """A supervisor without workers, whose orders can be read."""

    def wanted(self) -> dict[str, CameraOrder]:
        return dict(self._orders)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    yield made
    made.doors.close()


def orders(town: Town) -> dict[str, CameraOrder]:
    doors = town.doors
    made = orders_of(doors.cameras.for_watching(SYSTEM), doors.rules.for_watching(SYSTEM))
    return {one.camera.camera_id: one for one in made}


def test_covered_rules_run_until_their_authorisation_ends(town: Town) -> None:
    town.settle()
    order = orders(town)["mairie"]
    assert [one.rule.rule_id for one in order.rules] == ["lawn"]
    assert order.rules[0].authorisation_id == "order-1"
    assert order.rules[0].valid_until == town.clock.now + seconds_to_ns(10 * 86_400)
    assert order.rules[0].alerts
    assert order.refused == ""
    assert order.camera.main.password == "se cret", "the pipeline needs the credentials"


def test_a_pilot_is_ordered_without_footage(town: Town) -> None:
    town.settle(authorisation(regime=Regime.PILOT))
    assert [one.alerts for one in orders(town)["mairie"].rules] == [False]


def test_a_camera_without_rules_is_ordered_without_refusal(town: Town) -> None:
    town.settle()
    order = orders(town)["quai"]
    assert (order.rules, order.refused) == ((), "")


def test_revoked_and_expired_are_refused_and_say_so(town: Town) -> None:
    town.settle()
    town.doors.authorisations.revoke(LOCAL_ADMINISTRATOR, "order-1", why="over")
    assert orders(town)["mairie"].rules == ()
    assert orders(town)["mairie"].refused == "authorisation order-1 was revoked"


def test_expiry_is_seen_without_anybody_doing_anything(town: Town) -> None:
    town.settle()
    town.clock.advance(10 * 86_400)
    assert orders(town)["mairie"].refused == "authorisation order-1 has expired"


async def test_a_change_is_acted_on_at_once_and_the_rest_every_so_often(town: Town, tmp_path: Path) -> None:
    town.settle()
    supervisor = Noting(RunSettings(data_dir=str(tmp_path)), lambda _: None)
    watching = Watching(town.doors, supervisor, check_s=60)
    running = asyncio.create_task(watching.run())
    await _until(lambda: bool(supervisor.wanted()))
    assert len(supervisor.wanted()["mairie"].rules) == 1
    town.doors.rules.disable(SUPERVISOR, "lawn", 1)
    watching.rewatch()
    await _until(lambda: not supervisor.wanted()["mairie"].rules)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_what_cannot_be_checked_is_not_watched(town: Town, tmp_path: Path) -> None:
    town.settle()
    supervisor = Noting(RunSettings(data_dir=str(tmp_path)), lambda _: None)
    watching = Watching(town.doors, supervisor, check_s=60)
    await watching.check()
    assert supervisor.wanted()["mairie"].rules
    town.doors.close()
    database = tmp_path / "beffroi.db"
    kept = database.read_bytes()
    database.write_bytes(b"this is no database any more" * 200)
    await watching.check()
    assert supervisor.wanted()["mairie"].rules == (), "analysis went on without a valid check"
    assert supervisor.wanted()["mairie"].refused == UNCHECKED
    assert watching.failing
    town.doors.close()
    database.write_bytes(kept)
    await watching.check()
    assert supervisor.wanted()["mairie"].rules
    assert watching.failing == ""


async def _until(what: object, within_s: float = 5.0) -> None:
    assert callable(what)
    for _ in range(int(within_s * 100)):
        if what():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come")


def diary(town: Town) -> list[tuple[str, str, str, str]]:
    found = town.doors.journal.recent(LOCAL_ADMINISTRATOR)
    told = [one for one in reversed(found) if one.act in ("analysis_started", "analysis_stopped")]
    return [(one.act, one.about, str(one.detail["authorisations"]), one.why) for one in told]


async def test_the_journal_says_when_analysis_begins_and_ends_and_why(town: Town, tmp_path: Path) -> None:
    town.settle()
    rung: list[int] = []
    watching = Watching(
        town.doors,
        Noting(RunSettings(data_dir=str(tmp_path)), lambda _: None),
        check_s=60,
        on_switched=lambda: rung.append(1),
    )
    for _ in range(3):
        await watching.check()
    assert diary(town) == [("analysis_started", "camera:mairie", "order-1", "authorised")]
    town.doors.analysis.stop(SUPERVISOR, why="The model has gone mad")
    await watching.check()
    why = "analysis stopped by odile: The model has gone mad"
    assert diary(town)[1:] == [("analysis_stopped", "camera:mairie", "order-1", why)]
    assert rung == [1]
    town.doors.analysis.resume(SUPERVISOR, why="The model was replaced")
    await watching.check()
    town.doors.authorisations.revoke(LOCAL_ADMINISTRATOR, "order-1", why="The square is closed")
    await watching.check()
    assert diary(town)[2:] == [
        ("analysis_started", "camera:mairie", "order-1", "authorised"),
        ("analysis_stopped", "camera:mairie", "order-1", "authorisation order-1 was revoked"),
    ]
    town.doors.authorisations.grant(LOCAL_ADMINISTRATOR, authorisation("order-2"))
    await watching.check()
    watching.close()
    assert diary(town)[-1] == ("analysis_stopped", "camera:mairie", "order-2", "the house stops")


async def test_what_cannot_be_written_down_does_not_begin(town: Town, tmp_path: Path) -> None:
    town.settle()
    supervisor = Noting(RunSettings(data_dir=str(tmp_path)), lambda _: None)
    watching = Watching(town.doors, supervisor, check_s=60)
    with town.doors.database.write() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
        )
    await watching.check()
    assert supervisor.wanted()["mairie"].refused == UNCHECKED
    with town.doors.database.write() as connection:
        connection.exec_driver_sql("DROP TRIGGER full")
    await watching.check()
    assert [one.rule.rule_id for one in supervisor.wanted()["mairie"].rules] == ["lawn"]
    assert len(diary(town)) == 1
