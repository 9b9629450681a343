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
    assert orders(town)["mairie"].refused == "revoked (order-1)"


def test_expiry_is_seen_without_anybody_doing_anything(town: Town) -> None:
    town.settle()
    town.clock.advance(10 * 86_400)
    assert orders(town)["mairie"].refused == "expired (order-1)"


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
