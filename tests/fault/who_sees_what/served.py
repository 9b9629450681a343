"""A served house with one camera on a film of a street, and what its viewers are delivered."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import cv2
import httpx
import numpy as np
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from beffroi.app.demonstration import ACCOUNTS, street
from beffroi.app.house import open_doors, wall_clock
from beffroi.app.settings import load
from beffroi.govern.accounts import NewUser
from beffroi.govern.doors import Purpose
from beffroi.govern.rights import LOCAL_ADMINISTRATOR
from beffroi.keep.privacy import MASK_RGB
from beffroi.ports.vision import Detector
from beffroi.vocabulary.arrays import UInt8s
from beffroi.vocabulary.authorisation import Authorisation, Regime
from beffroi.vocabulary.camera import Camera, StreamKind, StreamSpec
from beffroi.vocabulary.picture import Frame, FrameRef, ObjectClass
from beffroi.vocabulary.rules import Rule, Schedule, Situation, Zone
from beffroi.vocabulary.time import NS_PER_S, UtcNs

HOUSE = Zone(points=((0.05, 0.05), (0.3, 0.05), (0.3, 0.35), (0.05, 0.35)))
EVERYWHERE = Zone(points=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))
WITHIN_S = 5.0
"""What may no longer be seen clearly must be gone so soon."""


def settle(data: Path) -> None:
    """One camera on a film of a street with a masked house, one rule that people meet within seconds."""
    doors = open_doors(load(data))
    console, now = LOCAL_ADMINISTRATOR, wall_clock()
    for one in ACCOUNTS:
        new = NewUser(username=one.username, display_name=one.display_name, role=one.role, password=one.password)
        doors.accounts.add(console, new)
    purpose = Purpose(purpose_id="test", label_fr="Essai", label_en="Trial", retention_s=86_400)
    doors.authorisations.add_purpose(console, purpose)
    stream = StreamSpec(kind=StreamKind.FILE, url=street(), loop=True)
    doors.cameras.add(console, Camera(camera_id="street", name="Rue", main=stream, masks=(HOUSE,)))
    rule = Rule(
        rule_id="zone",
        version=1,
        camera_id="street",
        situation=Situation.ZONE_ENTERED,
        purpose_id="test",
        classes=(ObjectClass.PERSON,),
        zone=EVERYWHERE,
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
        viewers=frozenset({"operator", "supervisor"}),
    )
    doors.authorisations.grant(console, given)
    doors.close()


@dataclass
class Seen:
    """What a live view delivered."""

    how: dict[str, Any] = field(default_factory=dict)
    video: bytes = b""
    pieces: int = 0
    error: str = ""

    def frames(self) -> list[UInt8s]:
        """The pictures as a browser would show them, 640 pixels wide."""
        with av.open(io.BytesIO(self.video), "r") as film:
            return [
                one.reformat(640, 480, format="rgb24").to_ndarray().astype(np.uint8) for one in film.decode(video=0)
            ]


class House:
    """`beffroi serve` on a data folder and a free port."""

    def __init__(self, data: Path, **settings: str) -> None:
        self.data = data
        self._log = (data.parent / f"{data.name}.log").open("ab")
        command = [sys.executable, "-m", "beffroi.cli.main", "serve", "--data", str(data), "--port", "0"]
        few = {"BEFFROI_ANALYSIS__WORKERS": "1", "BEFFROI_EVIDENCE__BEFORE_S": "2", "BEFFROI_EVIDENCE__AFTER_S": "1"}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self._log, text=True, env=os.environ | few | settings
        )
        assert self.process.stdout is not None
        found = re.search(r"http://\S+", self.process.stdout.readline())
        assert found, (data.parent / f"{data.name}.log").read_text()[-2000:]
        self.base = found.group()

    def sign_in(self, username: str) -> httpx.Client:
        account = next(one for one in ACCOUNTS if one.username == username)
        client = httpx.Client(base_url=f"{self.base}/api/v1", timeout=15, trust_env=False)
        answer = client.post("/session", json={"username": username, "password": account.password})
        assert answer.status_code == 200, answer.text
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        return client

    def live(self, client: httpx.Client) -> ClientConnection:
        url = f"{self.base.replace('http', 'ws')}/api/v1/cameras/street/live"
        headers = {"Cookie": f"beffroi_session={client.cookies.get('beffroi_session', '')}"}
        return connect(url, additional_headers=headers, proxy=None, max_size=8_000_000)

    def watch(self, client: httpx.Client, enough: Callable[[Seen], bool]) -> Seen:
        """The live view from its first picture on, until that is enough or it ends."""
        seen, end = Seen(), time.monotonic() + 60
        with self.live(client) as socket:
            while time.monotonic() < end and not enough(seen):
                try:
                    message = socket.recv(timeout=10)
                except (ConnectionClosed, TimeoutError):
                    break
                if isinstance(message, bytes):
                    seen.video, seen.pieces = seen.video + message, seen.pieces + 1
                elif "mime" in (told := json.loads(message)):
                    seen.how = told
                elif "error" in told:
                    seen.error = told["error"]
        return seen

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        self._log.close()


@contextmanager
def served(data: Path, **settings: str) -> Iterator[House]:
    house = House(data, **settings)
    try:
        yield house
    finally:
        house.stop()


def until(what: Callable[[], Any], within_s: float) -> Any:
    """The first true answer."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.1)
    raise AssertionError(f"nothing within {within_s} s")


def ok(answer: httpx.Response) -> httpx.Response | None:
    """An answer that holds what was asked for."""
    return answer if answer.status_code == 200 else None


def people(detector: Detector, rgb: UInt8s) -> list[tuple[int, int, int, int]]:
    """The middles of the people that the detector is sure of: left, top, right, bottom."""
    height, width = rgb.shape[:2]
    ref = FrameRef(
        camera_id="street",
        run_id="run",
        index=0,
        media_time_ns=0,
        captured_at=UtcNs(0),
        captured_at_error_ns=0,
        width_px=width,
        height_px=height,
    )
    seen = detector.detect(Frame(ref=ref, rgb=rgb))
    found = seen.boxes_xyxy_px[(seen.class_ids == 0) & (seen.scores > 0.6)]
    middles = []
    for x1, y1, x2, y2 in found:
        inset_x, inset_y = (x2 - x1) * 0.2, (y2 - y1) * 0.15
        left, top, right, bottom = (round(v / 4) * 4 for v in (x1 + inset_x, y1 + inset_y, x2 - inset_x, y2 - inset_y))
        if right - left >= 8 and bottom - top >= 24:
            middles.append((left, top, right, bottom))
    return middles


def assert_masked(rgb: UInt8s) -> None:
    """The house is one colour, but for what coding adds."""
    height, width = rgb.shape[:2]
    inside = rgb[int(0.08 * height) : int(0.32 * height), int(0.07 * width) : int(0.28 * width)]
    assert np.abs(inside.astype(int) - MASK_RGB).max() <= 24, "the mask is not whole"


def picture(jpeg: bytes) -> UInt8s:
    decoded = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None, "no picture"
    return cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB).astype(np.uint8)
