"""Pixels of stills, no picture without blur, the end of a lift."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from tests.fault.who_sees_what.served import WITHIN_S, House, assert_masked, ok, people, picture, served, settle, until
from websockets.exceptions import ConnectionClosed

from beffroi.ports.vision import Detector

pytestmark = pytest.mark.slow

BROKEN = """
from beffroi.ports.registry import PluginSpec
from beffroi.see.detect.opening import open_detector

class Broken:
    def __init__(self, inner):
        self.model, self.score_high, self.class_names = "broken@1", inner.score_high, inner.class_names

    def detect(self, frame, regions_xyxy_px=None):
        raise ZeroDivisionError("the detector is broken")

def open_broken(*, data, runtime, threads):
    return Broken(open_detector(data=data, runtime="onnxruntime", threads=threads))

eye = PluginSpec(name="broken-eye", group="detectors", api_version=1, factory=open_broken)
"""


@pytest.mark.parametrize(("username", "how"), [("operateur", "blurred"), ("superviseur", "clear")])
def test_stills_hide_people_from_an_operator_and_the_house_from_everybody(
    house: House, detector: Detector, username: str, how: str
) -> None:
    client = house.sign_in(username)
    answer = until(lambda: ok(client.get("/cameras/street/still.jpg")), 60)
    assert answer.headers["X-Beffroi-Picture"] == how
    shown = picture(answer.content)
    assert_masked(shown)
    if how == "blurred":
        assert people(detector, shown) == []


def last_clear(house: House, client: httpx.Client, seen: threading.Event) -> float:
    """When the last clear picture came; returns once the view is blurred. One that ends (the film begins anew, it may
    no longer be seen so) is opened again, as a page does.
    """
    last, end = 0.0, time.time() + 45
    while time.time() < end:
        with house.live(client) as socket:
            told = json.loads(socket.recv(timeout=30))
            if told.get("picture") == "blurred":
                return last
            try:
                while time.time() < end:
                    if isinstance(socket.recv(timeout=10), bytes):
                        last = time.time()
                        seen.set()
            except (ConnectionClosed, TimeoutError):
                continue
    raise AssertionError("it is clear for ever")


@pytest.mark.parametrize("ends", ["by hand", "by itself"])
def test_a_lift_of_the_blur_ends_what_is_seen_within_five_seconds(
    house: House, ends: str, record_property: Callable[[str, object], None]
) -> None:
    operator, seen = house.sign_in("operateur"), threading.Event()
    minutes = 5.0 if ends == "by hand" else 0.15
    lift = operator.post("/cameras/street/lifts", json={"why": "Is the man on the ground hurt?", "minutes": minutes})
    assert lift.status_code == 201, lift.text
    over_at = datetime.fromisoformat(lift.json()["until_at"]).timestamp()
    with ThreadPoolExecutor(1) as beside:
        watching = beside.submit(last_clear, house, operator, seen)
        assert seen.wait(20), "the lift shows nothing"
        if ends == "by hand":
            assert operator.delete(f"/lifts/{lift.json()['lift_id']}").status_code == 204
            over_at = time.time()
        last = watching.result()
    record_property("last_clear_picture_s", round(last - over_at, 1))
    assert last - over_at <= WITHIN_S


def test_no_picture_leaves_where_the_detector_is_broken(tmp_path: Path) -> None:
    site = tmp_path / "site"
    (site / "broken_eye-1.0.dist-info").mkdir(parents=True)
    (site / "broken_eye.py").write_text(BROKEN)
    (site / "broken_eye-1.0.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: broken-eye\nVersion: 1.0\n"
    )
    (site / "broken_eye-1.0.dist-info" / "entry_points.txt").write_text(
        "[beffroi.detectors]\nbroken-eye = broken_eye:eye\n"
    )
    data = tmp_path / "house"
    settle(data)
    path = os.pathsep.join(one for one in (str(site), os.environ.get("PYTHONPATH", "")) if one)
    with served(data, BEFFROI_ANALYSIS__MODEL="broken-eye", PYTHONPATH=path) as broken:
        operator, supervisor = broken.sign_in("operateur"), broken.sign_in("superviseur")
        clear = until(lambda: (answer := supervisor.get("/cameras/street/still.jpg")).status_code == 200 and answer, 90)
        assert_masked(picture(clear.content))
        still = operator.get("/cameras/street/still.jpg")
        assert (still.status_code, still.json()["code"]) == (503, "blur_unavailable")
        seen = broken.watch(operator, lambda seen: seen.pieces > 0)
        assert (seen.error, seen.video) == ("blur_unavailable", b"")
