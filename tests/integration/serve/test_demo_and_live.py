"""`beffroi demo` as a person runs it: accounts as printed, cameras in their states, live pictures, graceful stop."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from beffroi.serve.sinks.webhook import signature

pytestmark = pytest.mark.slow
SECRET = "a secret of this test alone"


@dataclass
class Demo:
    """A running demonstration."""

    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)

    @property
    def base(self) -> str:
        found = re.search(r"http://\S+", "".join(self.said))
        return found.group() if found else ""

    def sign_in(self, username: str) -> httpx.Client:
        """With the password that was printed."""
        printed = re.search(rf"{username} +(\S+)", "".join(self.said))
        assert printed, self.said
        client = httpx.Client(base_url=f"{self.base}/api/v1", timeout=15, trust_env=False)
        answer = client.post("/session", json={"username": username, "password": printed.group(1)})
        assert answer.status_code == 200, answer.text
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        return client

    def live(self, client: httpx.Client, camera_id: str, **how: Any) -> Any:
        url = f"{self.base.replace('http', 'ws')}/api/v1/cameras/{camera_id}/live"
        headers = {"Cookie": f"beffroi_session={client.cookies.get('beffroi_session', '')}"}
        return connect(url, additional_headers=headers, proxy=None, max_size=8_000_000, **how)


class Receiver:
    """A web server that notes what a webhook posts to it."""

    def __init__(self) -> None:
        got: list[tuple[dict[str, str], bytes]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                got.append((dict(self.headers), body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                return

        self.got = got
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def until(what: Callable[[], Any], within_s: float) -> Any:
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.05)
    raise AssertionError(f"nothing within {within_s} s")


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    log = (folder / "log").open("w")
    sink = {"kind": "webhook", "name": "hook", "url": receiver.url, "secret": SECRET}
    environment = os.environ | {
        "XDG_DATA_HOME": str(folder),
        "BEFFROI_ANALYSIS__WORKERS": "1",
        "BEFFROI_SINKS": json.dumps([sink]),
    }
    command = [sys.executable, "-m", "beffroi.cli.main", "demo", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
    made = Demo(process=process)
    reading = threading.Thread(target=made.read, daemon=True)
    reading.start()
    try:
        until(lambda: "Ctrl-C" in "".join(made.said), 30)
        yield made
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0, (folder / "log").read_text()[-2000:]
        assert "Traceback" not in (folder / "log").read_text()
        assert (folder / "beffroi" / "demo" / "beffroi.db").exists()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        log.close()


def test_every_printed_account_opens_its_role(demo: Demo) -> None:
    roles = {"operateur": "operator", "superviseur": "supervisor", "administrateur": "administrator"}
    roles |= {"investigateur": "investigator", "dpo": "dpo", "auditeur": "auditor"}
    for username, role in roles.items():
        assert demo.sign_in(username).get("/session").json()["user"]["role"] == role


def test_cameras_play_and_the_silent_one_says_that_it_is_lost(demo: Demo) -> None:
    client = demo.sign_in("operateur")

    def reasons() -> dict[str, str]:
        return {one["camera_id"]: one["status"]["reason"] for one in client.get("/cameras").json()}

    until(lambda: reasons()["parking-gare"] == "lost", 30)
    until(lambda: not {"starting"} & set(reasons().values()), 30)
    lost = client.get("/cameras/parking-gare").json()["status"]
    assert lost["state"] == "not_watched"
    assert lost["detail"]
    still = client.get("/cameras/parking-gare/still.jpg")
    assert (still.status_code, still.json()["code"]) == (503, "source_unavailable")
    assert client.get("/cameras/campus-pelouse/still.jpg").content[:2] == b"\xff\xd8"


def test_the_authorisation_says_that_it_is_a_demonstration(demo: Demo) -> None:
    given = demo.sign_in("operateur").get("/authorisations").json()
    assert [one["regime"] for one in given] == ["private_site"]
    assert "DÉMONSTRATION" in given[0]["legal_basis"]
    assert "DÉMONSTRATION" in given[0]["signatory"]
    rules = demo.sign_in("operateur").get("/cameras/campus-pelouse/rules").json()
    assert rules[0]["authorisation"]["covered"] is True


def test_live_gives_its_kind_an_init_segment_fragments_and_tracks(demo: Demo) -> None:
    client = demo.sign_in("operateur")
    until(lambda: client.get("/cameras/campus-pelouse/still.jpg").status_code == 200, 30)
    begun = time.monotonic()
    texts: list[dict[str, Any]] = []
    pieces: list[bytes] = []
    with demo.live(client, "campus-pelouse") as socket:
        while time.monotonic() - begun < 20 and (len(pieces) < 5 or not any("tracks" in one for one in texts)):
            message = socket.recv(timeout=10)
            if isinstance(message, bytes):
                assert texts, "the kind of video comes before the video"
                pieces.append(message)
            else:
                texts.append(json.loads(message))
    assert texts[0]["mime"].startswith('video/mp4; codecs="avc1.')
    assert pieces[0][4:8] == b"ftyp"
    assert b"moov" in pieces[0]
    assert all(piece[4:8] in (b"moof", b"styp", b"sidx") for piece in pieces[1:])
    told = next(one for one in texts if "tracks" in one)
    assert 0.0 <= told["at_s"] < 60.0, "boxes say which picture of the view they belong to"
    for track in told["tracks"]:
        assert set(track) == {"id", "class", "box"}
        assert all(0.0 <= value <= 1.0 for value in track["box"])


@pytest.mark.parametrize(
    ("who", "camera_id", "how", "code", "closed"),
    [
        ("", "campus-pelouse", {}, "not_signed_in", 4401),
        ("operateur", "nowhere", {}, "not_found", 4404),
        ("operateur", "campus-pelouse", {"origin": "https://evil.example"}, "other_origin", 4403),
    ],
)
def test_live_is_refused_with_its_reason(
    demo: Demo, who: str, camera_id: str, how: dict[str, Any], code: str, closed: int
) -> None:
    client = demo.sign_in(who) if who else httpx.Client()
    with demo.live(client, camera_id, **how) as socket:
        assert json.loads(socket.recv(timeout=5))["error"] == code
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=5)
        assert socket.close_code == closed


def test_live_of_a_lost_camera_ends_with_its_reason(demo: Demo) -> None:
    client = demo.sign_in("operateur")
    with demo.live(client, "parking-gare") as socket:
        message = json.loads(socket.recv(timeout=20))
        assert message["error"]
        assert message["detail"]


def test_sinks_of_the_settings_are_told_and_what_they_get_is_signed(demo: Demo, receiver: Receiver) -> None:
    def lost() -> Any:
        return [(head, body) for head, body in receiver.got if b"parking-gare" in body and b"lost" in body]

    headers, body = until(lost, 30)[0]
    stamp = int(headers["Beffroi-Timestamp"])
    assert headers["Beffroi-Signature"] == signature(SECRET, stamp, body)
    assert json.loads(body)["topic"] in ("camera.state", "alert.raised")
    figures = httpx.get(f"{demo.base}/api/v1/metrics", trust_env=False).text
    assert 'beffroi_sink_behind{sink="hook"}' in figures


def test_live_is_let_in_from_our_own_pages(demo: Demo) -> None:
    client = demo.sign_in("operateur")
    with demo.live(client, "campus-pelouse", origin=demo.base) as socket:
        assert "mime" in json.loads(socket.recv(timeout=15))


def test_health_and_metrics_tell_how_the_house_is(demo: Demo) -> None:
    with httpx.Client(base_url=f"{demo.base}/api/v1", trust_env=False) as client:
        assert client.get("/health").json()["status"] == "ok"
        figures = client.get("/metrics").text
    assert 'beffroi_cameras{reason="lost",state="not_watched"} 1.0' in figures
    assert "beffroi_camera_rate_fps" in figures
    assert "beffroi_worker_pid" in figures


def test_a_second_demonstration_beside_the_first_is_refused(demo: Demo, tmp_path: Path) -> None:
    port = demo.base.rsplit(":", 1)[1]
    command = [sys.executable, "-m", "beffroi.cli.main", "demo", "--port", port, "--data", str(tmp_path / "other")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert f"port {port} of 127.0.0.1 is in use" in done.stderr
