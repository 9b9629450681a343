"""The whole house as a process of its own: kill -9, port in use, full disk; with real workers and real video."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from beffroi.app.demonstration import ACCOUNTS, LAWN, street
from beffroi.app.house import open_doors, wall_clock
from beffroi.app.settings import load
from beffroi.govern.accounts import NewUser
from beffroi.govern.doors import Purpose
from beffroi.govern.rights import LOCAL_ADMINISTRATOR
from beffroi.vocabulary.authorisation import Authorisation, Regime
from beffroi.vocabulary.camera import Camera, StreamKind, StreamSpec
from beffroi.vocabulary.picture import ObjectClass
from beffroi.vocabulary.rules import Rule, Schedule, Situation, Zone
from beffroi.vocabulary.time import NS_PER_S, UtcNs

ENVIRONMENT = {"BEFFROI_ANALYSIS__WORKERS": "1", "BEFFROI_EVIDENCE__BEFORE_S": "2", "BEFFROI_EVIDENCE__AFTER_S": "3"}
EVERYWHERE = Zone(points=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))


def settle(data: Path, *, zone: Zone = EVERYWHERE) -> None:
    """One camera on real street video, one rule that people meet within seconds, one authorisation."""
    doors = open_doors(load(data))
    console, now = LOCAL_ADMINISTRATOR, wall_clock()
    for one in ACCOUNTS:
        new = NewUser(username=one.username, display_name=one.display_name, role=one.role, password=one.password)
        doors.accounts.add(console, new)
    doors.authorisations.add_purpose(
        console, Purpose(purpose_id="test", label_fr="Essai", label_en="Trial", retention_s=86_400)
    )
    stream = StreamSpec(kind=StreamKind.FILE, url=street(), loop=True)
    doors.cameras.add(console, Camera(camera_id="street", name="Rue", main=stream))
    rule = Rule(
        rule_id="zone",
        version=1,
        camera_id="street",
        situation=Situation.ZONE_ENTERED,
        purpose_id="test",
        classes=(ObjectClass.PERSON,),
        zone=zone,
    )
    doors.rules.add(console, rule)
    given = Authorisation(
        authorisation_id="test",
        regime=Regime.PRIVATE_SITE,
        legal_basis="essai",
        reference="essai",
        cameras=frozenset({"street"}),
        situations=frozenset({Situation.ZONE_ENTERED}),
        purpose_id="test",
        valid_from=now,
        valid_to=UtcNs(now + 3600 * NS_PER_S),
        signatory="essai",
        hours=Schedule(),
        viewers=frozenset({"operator"}),
    )
    doors.authorisations.grant(console, given)
    doors.close()


class Process:
    """`beffroi serve` on a data folder and a free port."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self._log = (data.parent / f"{data.name}.log").open("ab")

        command = [sys.executable, "-m", "beffroi.cli.main", "serve", "--data", str(data), "--port", "0"]
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env=os.environ | ENVIRONMENT,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, f"no address in {line!r}; log: {self.log()[-2000:]}"
        self.base = found.group()
        self.answered_in_s = time.monotonic() - self.started

    def log(self) -> str:
        return (self.data.parent / f"{self.data.name}.log").read_text()

    def operator(self) -> httpx.Client:
        client = httpx.Client(base_url=f"{self.base}/api/v1", timeout=15, trust_env=False)
        account = ACCOUNTS[0]
        answer = client.post("/session", json={"username": account.username, "password": account.password})
        assert answer.status_code == 200, answer.text
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        return client

    def workers(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def kill(self) -> list[psutil.Process]:
        """kill -9 of the server alone; its workers, which must end by themselves."""
        workers = self.workers()
        self.process.kill()
        self.process.wait(10)
        return workers

    def stop(self) -> int:
        """Ask politely; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        self._log.close()
        return code


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    running: list[Process] = []

    def make(data: Path) -> Process:
        running.append(Process(data))
        return running[-1]

    yield make
    for one in running:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait(10)


def until(what: Callable[[], Any], within_s: float) -> Any:
    """The first true answer."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"nothing within {within_s} s")


def alerts_of(client: httpx.Client) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = client.get("/alerts").json()["items"]
    return listed


def follow(client: httpx.Client, into: list[tuple[float, dict[str, Any]]]) -> None:
    """Note each alert of the event stream and when it came, in a thread."""

    def read() -> None:
        try:
            with client.stream("GET", "/events/stream", timeout=60) as answer:
                event = ""
                for line in answer.iter_lines():
                    if line.startswith("event: "):
                        event = line[7:]
                    elif line.startswith("data: ") and event == "alert":
                        into.append((time.time(), json.loads(line[6:])))
        except httpx.HTTPError:
            return  # the server was killed: that is the test

    threading.Thread(target=read, daemon=True).start()


def logged(log: str, event: str) -> list[dict[str, Any]]:
    """The lines of a log that tell of an event; every line must be one JSON object."""
    lines: list[dict[str, Any]] = [json.loads(line) for line in log.splitlines() if line.strip()]
    return [line for line in lines if line["event"] == event]


def assert_logged_without_people(log: str, *private: str) -> None:
    """A session's log names neither who was there, nor what they typed, nor from where."""
    account = ACCOUNTS[0]
    for secret in (account.username, account.display_name, account.password, "127.0.0.1", *private):
        assert secret not in log, f"{secret!r} is in the log"


def test_from_street_video_to_a_verdict_that_survives_kill_9(tmp_path: Path, serve: Callable[..., Process]) -> None:
    data = tmp_path / "house"
    settle(data)
    first = serve(data)
    client = first.operator()
    told: list[tuple[float, dict[str, Any]]] = []
    follow(first.operator(), told)
    came_at, alert = until(lambda: told and told[0], 40)
    assert alert["situation"] == "zone_entered"
    assert alert["camera_id"] == "street"
    assert came_at - _seconds(alert["raised_at"]) < 2.0
    ready = until(lambda: [one for one in alerts_of(client) if one["evidence"]["state"] == "ready"], 40)[-1]
    clip = client.get(f"/alerts/{ready['alert_id']}/clip.mp4")
    assert clip.content[4:8] == b"ftyp"
    assert client.get(f"/alerts/{ready['alert_id']}/still.jpg").content[:2] == b"\xff\xd8"
    assert client.get("/cameras/street/still.jpg").content[:2] == b"\xff\xd8"
    camera = client.get("/cameras/street").json()
    assert camera["status"]["width_px"] == 768
    assert camera["status"]["state"] in ("watched", "degraded")
    key = {"Idempotency-Key": "verdict-before-the-kill"}
    sent = {"decision": "confirm", "note": "vu par la voisine du 12", "evidence_seen": ["clip"]}
    given = client.post(f"/alerts/{ready['alert_id']}/verdicts", json=sent, headers=key)
    assert given.status_code == 201
    before = {one["alert_id"] for one in alerts_of(client)}
    workers = first.kill()
    _, alive = psutil.wait_procs(workers, timeout=15)
    assert not alive, "workers outlived their server"
    assert_logged_without_people(first.log(), "voisine", client.cookies["beffroi_session"])
    assert [line["remembered"] for line in logged(first.log(), "runtime_chosen")] == [False]
    assert set(logged(first.log(), "runtime_chosen")[0]["milliseconds"]) == {"onnxruntime", "openvino"}

    second = serve(data)
    again = second.operator()
    assert before <= {one["alert_id"] for one in alerts_of(again)}
    detail = again.get(f"/alerts/{ready['alert_id']}").json()
    assert detail["state"] == "confirmed"
    assert [one["verdict_id"] for one in detail["verdicts"]] == [given.json()["verdict"]["verdict_id"]]
    repeated = again.post(f"/alerts/{ready['alert_id']}/verdicts", json=sent, headers=key)
    assert repeated.status_code == 200, "a browser that never got its answer may ask again after the restart"
    assert again.get(f"/alerts/{ready['alert_id']}/clip.mp4").content == clip.content
    assert not [one for one in alerts_of(again) if one["evidence"]["state"] == "pending" and one["alert_id"] in before]
    chosen = until(lambda: logged(second.log(), "runtime_chosen")[1:], 30)  # both wrote to one log
    assert [line["remembered"] for line in chosen] == [True]
    workers = second.workers()
    assert second.stop() == 0
    _, alive = psutil.wait_procs(workers, timeout=5)
    assert not alive


def test_kill_9_in_a_stream_of_verdicts_loses_none_that_was_answered(
    tmp_path: Path, serve: Callable[..., Process]
) -> None:
    data = tmp_path / "house"
    settle(data)
    first = serve(data)
    client = first.operator()
    alert = until(lambda: alerts_of(client), 40)[0]
    acknowledged: list[str] = []

    def answer() -> None:
        for number in range(10_000):
            decision = "confirm" if number % 2 == 0 else "reopen"
            try:
                given = client.post(
                    f"/alerts/{alert['alert_id']}/verdicts",
                    json={"decision": decision},
                    headers={"Idempotency-Key": f"stream-of-verdicts-{number}"},
                )
            except httpx.HTTPError:
                return
            assert given.status_code == 201
            acknowledged.append(given.json()["verdict"]["verdict_id"])

    answering = threading.Thread(target=answer)
    answering.start()
    until(lambda: len(acknowledged) > 20, 20)
    first.kill()
    answering.join(20)
    second = serve(data)
    kept = [one["verdict_id"] for one in second.operator().get(f"/alerts/{alert['alert_id']}").json()["verdicts"]]
    assert kept[: len(acknowledged)] == acknowledged
    assert len(kept) - len(acknowledged) in (0, 1), "at most the one on its way when the server died"
    with closing(sqlite3.connect(data / "beffroi.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_disk_that_is_full_for_clips_leaves_the_alert_and_says_why(
    tmp_path: Path, serve: Callable[..., Process]
) -> None:
    """The workers write evidence and nothing else: a limit on their files refuses the clip as a full disk would."""
    data = tmp_path / "house"
    settle(data)
    house = serve(data)
    for worker in until(house.workers, 10):
        worker.rlimit(psutil.RLIMIT_FSIZE, (100_000, 100_000))
    client = house.operator()
    missing = until(lambda: [one for one in alerts_of(client) if one["evidence"]["state"] == "missing"], 40)[0]
    assert missing["evidence"]["reason"]
    assert missing["state"] in ("open", "held")
    assert client.get(f"/alerts/{missing['alert_id']}/clip.mp4").status_code == 404
    key = {"Idempotency-Key": "answered-without-clip"}
    given = client.post(f"/alerts/{missing['alert_id']}/verdicts", json={"decision": "confirm"}, headers=key)
    assert given.status_code == 201


def test_a_revoked_authorisation_stops_analysis_within_seconds(tmp_path: Path, serve: Callable[..., Process]) -> None:
    data = tmp_path / "house"
    settle(data, zone=LAWN)
    house = serve(data)
    client = house.operator()

    def reason() -> str:
        return str(client.get("/cameras/street").json()["status"]["reason"])

    until(lambda: reason() not in ("starting", "no_authorisation"), 30)
    doors = open_doors(load(data))
    doors.authorisations.revoke(LOCAL_ADMINISTRATOR, "test", why="essai")
    doors.close()
    until(lambda: reason() == "no_authorisation", 5)
    standing = client.get("/cameras/street/rules").json()[0]["authorisation"]
    assert (standing["covered"], standing["reason"]) == (False, "revoked")


def test_a_port_in_use_is_said_and_how_to_mend_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "beffroi.cli.main", "serve", "--data", str(tmp_path), "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert f"port {port} of 127.0.0.1 is in use" in done.stderr
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


def test_two_houses_do_not_serve_one_folder(tmp_path: Path, serve: Callable[..., Process]) -> None:
    data = tmp_path / "house"
    serve(data)
    command = [sys.executable, "-m", "beffroi.cli.main", "serve", "--data", str(data), "--port", "0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert "is being served already" in done.stderr


def _seconds(instant: str) -> float:
    return datetime.fromisoformat(instant).timestamp()


def test_stopping_ends_open_streams_and_live_views_at_once(tmp_path: Path, serve: Callable[..., Process]) -> None:
    data = tmp_path / "house"
    settle(data)
    house = serve(data)
    client = house.operator()
    told: list[tuple[float, dict[str, Any]]] = []
    follow(house.operator(), told)
    until(lambda: client.get("/cameras/street/still.jpg").status_code == 200, 30)
    url = f"{house.base.replace('http', 'ws')}/api/v1/cameras/street/live"
    cookie = {"Cookie": f"beffroi_session={client.cookies['beffroi_session']}"}
    with connect(url, additional_headers=cookie, proxy=None, max_size=8_000_000) as socket:
        socket.recv(timeout=15)
        begun = time.monotonic()
        assert house.stop() == 0
        assert time.monotonic() - begun < 12.0
        with pytest.raises(ConnectionClosed):
            while True:
                socket.recv(timeout=5)
    assert "Traceback" not in house.log()
