"""How long a running house takes to stop analysis: revoked, expired, stopped from a console, stopped over HTTP.

Real processes on real video; each prints its seconds (`pytest -s tests/fault/test_stopping.py`).
"""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from beffroi.app.demonstration import ACCOUNTS, street
from beffroi.app.house import open_doors, wall_clock
from beffroi.app.settings import load
from beffroi.govern.accounts import NewUser
from beffroi.govern.doors import Purpose
from beffroi.govern.rights import LOCAL_ADMINISTRATOR
from beffroi.vocabulary.authorisation import Authorisation, Regime
from beffroi.vocabulary.camera import Camera, StreamKind, StreamSpec
from beffroi.vocabulary.picture import ObjectClass
from beffroi.vocabulary.rules import Line, Rule, Schedule, Situation, Zone
from beffroi.vocabulary.time import UtcNs, seconds_to_ns

WITHIN_S = 5.0
STARTED_S = 90.0
"""How long a house may take to start: it measures the detector first, beside whatever else the machine does."""
ENVIRONMENT = {"BEFFROI_ANALYSIS__WORKERS": "1", "BEFFROI_EVIDENCE__BEFORE_S": "2", "BEFFROI_EVIDENCE__AFTER_S": "3"}
EVERYWHERE = Zone(points=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))
ACROSS = Line(points=((0.5, 0.0), (0.5, 1.0)))
ZONE = Rule(
    rule_id="zone",
    version=1,
    camera_id="street",
    situation=Situation.ZONE_ENTERED,
    purpose_id="test",
    classes=(ObjectClass.PERSON,),
    zone=EVERYWHERE,
)
CROSSING = replace(ZONE, rule_id="crossing", situation=Situation.LINE_CROSSED, zone=None, line=ACROSS)


def order(now: UtcNs, *, regime: str, situation: Situation, valid_s: float = 3600.0) -> Authorisation:
    return Authorisation(
        authorisation_id="order-1",
        regime=regime,
        legal_basis="essai",
        reference="essai",
        cameras=frozenset({"street"}),
        situations=frozenset({situation}),
        purpose_id="test",
        valid_from=now,
        valid_to=UtcNs(now + seconds_to_ns(valid_s)),
        signatory="essai",
        hours=Schedule(),
        viewers=frozenset({"operator"}),
    )


@dataclass
class House:
    """`beffroi serve` on one camera of real street video, and the figures that its API tells."""

    data: Path
    process: subprocess.Popen[str]
    client: httpx.Client

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get("/cameras/street").json()["status"]
        return found

    def figure(self, name: str) -> float:
        found = re.search(rf'^beffroi_camera_{name}\S*{{camera_id="street"}} (\S+)$', self.metrics(), re.M)
        return float(found.group(1)) if found else 0.0

    def metrics(self) -> str:
        return self.client.get("/metrics").text

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.data / "beffroi.db")) as file:
            return file.execute(query).fetchall()

    def stopped_within(self, began: float) -> float:
        """Seconds until the camera says it is not watched."""
        until(lambda: self.status()["state"] == "not_watched", WITHIN_S)
        return time.monotonic() - began


def until(what: Callable[[], Any], within_s: float) -> Any:
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.05)
    raise AssertionError(f"nothing within {within_s} s")


def sign_in(client: httpx.Client, which: int) -> None:
    """As one of the demonstration's accounts: 0 an operator, 1 a supervisor."""
    account = ACCOUNTS[which]
    signed = client.post("/session", json={"username": account.username, "password": account.password})
    client.headers["X-CSRF-Token"] = signed.json()["csrf_token"]


@pytest.fixture
def open_house(tmp_path: Path) -> Iterator[Callable[..., House]]:
    running: list[subprocess.Popen[str]] = []

    def make(rule: Rule, given: Authorisation | None) -> House:
        data = tmp_path / "house"
        doors = open_doors(load(data))
        console = LOCAL_ADMINISTRATOR
        for one in ACCOUNTS:
            new = NewUser(username=one.username, display_name=one.display_name, role=one.role, password=one.password)
            doors.accounts.add(console, new)
        purpose = Purpose(purpose_id="test", label_fr="Essai", label_en="Trial", retention_s=86_400)
        doors.authorisations.add_purpose(console, purpose)
        stream = StreamSpec(kind=StreamKind.FILE, url=street(), loop=True)
        doors.cameras.add(console, Camera(camera_id="street", name="Rue", main=stream))
        doors.rules.add(console, rule)
        if given is not None:
            doors.authorisations.grant(console, given)
        doors.close()
        command = [sys.executable, "-m", "beffroi.cli.main", "serve", "--data", str(data), "--port", "0"]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=os.environ | ENVIRONMENT
        )
        running.append(process)
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found, "no address"
        client = httpx.Client(base_url=f"{found.group()}/api/v1", timeout=60, trust_env=False)
        sign_in(client, 0)
        return House(data=data, process=process, client=client)

    yield make
    for process in running:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def revoke(house: House) -> None:
    doors = open_doors(load(house.data))
    doors.authorisations.revoke(LOCAL_ADMINISTRATOR, "order-1", why="the square is closed")
    doors.close()


def press_at_the_console(house: House) -> None:
    command = [sys.executable, "-m", "beffroi.cli.main", "stop-analysis", "--why", "false", "--data", str(house.data)]
    subprocess.run(command, check=True, timeout=30, capture_output=True)


def press_on_the_page(house: House) -> None:
    assert house.client.post("/analysis/stop", json={"why": "false"}).status_code == 200


def let_expire(house: House) -> None:
    ends = house.rows("SELECT document ->> 'valid_to' FROM authorisations")[0][0]
    time.sleep(max(0.0, (int(ends) - wall_clock()) / 1e9))


STOPS: dict[str, tuple[Callable[[House], None], str]] = {
    "revoked": (revoke, "authorisation order-1 was revoked"),
    "console": (press_at_the_console, "analysis stopped by local:console: false"),
    "page": (press_on_the_page, f"analysis stopped by {ACCOUNTS[0].username}: false"),
    "expired": (let_expire, "authorisation order-1 has expired"),
}


@pytest.mark.parametrize("how", STOPS)
def test_analysis_stops_within_five_seconds_and_says_why(open_house: Callable[..., House], how: str) -> None:
    act, why = STOPS[how]
    house = open_house(ZONE, None)
    until(lambda: house.status()["reason"] == "no_authorisation", STARTED_S)
    doors = open_doors(load(house.data))
    valid_s = 15.0 if how == "expired" else 3600.0
    given = order(wall_clock(), regime=Regime.PRIVATE_SITE, situation=Situation.ZONE_ENTERED, valid_s=valid_s)
    doors.authorisations.grant(LOCAL_ADMINISTRATOR, given)
    doors.close()
    until(lambda: house.status()["state"] != "not_watched" and house.figure("analysed") > 2, 14)
    act(house)
    stopped_s = house.stopped_within(time.monotonic())
    sys.stdout.write(f"{how}: analysis stopped in {stopped_s:.2f} s\n")
    until(lambda: house.status()["detail"] == why, WITHIN_S)
    told = until(lambda: house.rows("SELECT why FROM journal WHERE act = 'analysis_stopped'"), WITHIN_S)
    assert told[-1] == (why,)
    time.sleep(1.5)  # the last figures of the second in which it stopped
    analysed, packets = house.figure("analysed"), house.figure("packets")
    events = house.rows("SELECT count(*), max(met_at) FROM events")
    time.sleep(2.5)
    assert house.figure("analysed") == analysed
    assert house.rows("SELECT count(*), max(met_at) FROM events") == events
    assert house.figure("packets") > packets, "the stream is still read, for live pictures and recording"
    if how in ("console", "page"):
        assert house.client.get("/cameras/street/still.jpg").content[:2] == b"\xff\xd8"


def test_nothing_is_decoded_without_an_authorisation(open_house: Callable[..., House]) -> None:
    house = open_house(ZONE, None)
    until(lambda: house.status()["reason"] == "no_authorisation" and house.figure("packets") > 50, STARTED_S)
    assert house.status()["detail"] == "no authorisation names this camera"
    assert (house.figure("decode_ms"), house.figure("analysed")) == (0.0, 0.0)


def test_statistics_leave_numbers_and_nothing_else(open_house: Callable[..., House]) -> None:
    given = order(wall_clock(), regime=Regime.STATISTICS, situation=Situation.LINE_CROSSED)
    house = open_house(CROSSING, given)
    sign_in(house.client, 1)  # figures are not an operator's
    items = until(lambda: [one for one in house.client.get("/counts").json()["items"] if one["value"]], STARTED_S)
    assert {one["counter"] for one in items} <= {"forward", "backward"}
    for table in ("events", "alerts", "evidence", "segments"):
        assert house.rows(f"SELECT count(*) FROM {table}") == [(0,)], table
    assert house.rows("SELECT count(*) FROM outbox WHERE topic LIKE 'alert%'") == [(0,)]
    pictures = {".mp4", ".jpg", ".jpeg", ".png", ".m4s"}
    assert not [path for path in house.data.rglob("*") if path.suffix in pictures]
    text = "".join(
        str(row)
        for (name,) in house.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
        for row in house.rows(f'SELECT * FROM "{name}"')
    )
    assert "box_xyxy" not in text
    assert "track_ids" not in text
