"""Pixels of the live view and of evidence, as delivered to an operator and to a supervisor."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import av
import cv2
import httpx
import numpy as np
import pytest
from tests.fault.who_sees_what.served import House, assert_masked, ok, people, picture, until

from beffroi.ports.vision import Detector
from beffroi.vocabulary.arrays import UInt8s

pytestmark = pytest.mark.slow


def fine(rgb: UInt8s, box: tuple[int, int, int, int]) -> float:
    """Fine detail inside a box: what is left when each cell of 4 x 4 pixels loses its mean, in grey levels.

    Every block that hides is made of such cells: a hidden part has no more of it than the coding of video adds.
    """
    left, top, right, bottom = box
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)[top:bottom, left:right].astype(float)
    cells = cv2.resize(grey, (grey.shape[1] // 4, grey.shape[0] // 4), interpolation=cv2.INTER_AREA)
    means = cv2.resize(cells, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_NEAREST)
    return float((grey - means).std())


def pairs(blurred: list[UInt8s], clear: list[UInt8s]) -> list[tuple[UInt8s, UInt8s]]:
    """Each blurred picture with the clear one of the same moment: blocks keep their mean, so coarse pictures agree."""

    def coarse(rgb: UInt8s) -> Any:
        return cv2.resize(rgb, (40, 30), interpolation=cv2.INTER_AREA).astype(float)

    small = [coarse(one) for one in clear]
    return [(one, clear[int(np.argmin([np.abs(coarse(one) - c).sum() for c in small]))]) for one in blurred]


def test_live_hides_people_from_an_operator_and_the_house_from_everybody(
    house: House, detector: Detector, record_property: Callable[[str, object], None]
) -> None:
    operator, supervisor = house.sign_in("operateur"), house.sign_in("superviseur")
    with ThreadPoolExecutor(2) as both:
        first = both.submit(house.watch, operator, lambda seen: seen.pieces >= 30)
        open_ = both.submit(house.watch, supervisor, lambda _: first.done()).result()
        hidden = first.result()
    assert (hidden.how["picture"], open_.how["picture"]) == ("blurred", "clear")
    blurred, clear = hidden.frames(), open_.frames()
    together = pairs(blurred[len(blurred) // 2 :], clear)
    assert len(together) >= 5
    left, before, background = [], [], []
    for shown, filmed in together:
        assert_masked(shown)
        assert_masked(filmed)
        for box in people(detector, filmed):
            left.append(fine(shown, box))
            before.append(fine(filmed, box))
        background.append(float((np.abs(shown.astype(int) - filmed.astype(int)).max(axis=2) < 24).mean()))
    record_property("people", f"{len(left)}, fine detail {np.mean(before):.1f} clear, {np.mean(left):.1f} blurred")
    record_property("background_kept", f"{np.median(background):.2f}")
    assert len(left) >= 10
    assert np.mean(left) < 0.35 * np.mean(before), "people keep their fine detail"
    assert np.median(background) > 0.5, "the street itself must stay visible"
    assert not [box for shown, _ in together for box in people(detector, shown)], "a person is still found"


def served_to(client: httpx.Client, route: str) -> httpx.Response:
    return cast(httpx.Response, until(lambda: ok(client.get(route)), 60))


def test_evidence_of_an_operator_is_never_the_clear_file(house: House) -> None:
    operator, supervisor = house.sign_in("operateur"), house.sign_in("superviseur")

    def ready() -> Any:
        listed = operator.get("/alerts").json()["items"]
        return next((one["alert_id"] for one in listed if one["evidence"]["state"] == "ready"), None)

    alert_id = until(ready, 90)
    for name, media in (("still.jpg", "image/jpeg"), ("clip.mp4", "video/mp4")):
        mine, theirs = (served_to(client, f"/alerts/{alert_id}/{name}") for client in (operator, supervisor))
        assert mine.headers["content-type"] == theirs.headers["content-type"] == media
        files = list((house.data / "evidence").rglob(f"{Path(name).stem}*"))
        clear = {hashlib.sha256(path.read_bytes()).hexdigest() for path in files if path.stem == Path(name).stem}
        hidden = {hashlib.sha256(path.read_bytes()).hexdigest() for path in files} - clear
        assert hashlib.sha256(theirs.content).hexdigest() in clear
        assert hashlib.sha256(mine.content).hexdigest() in hidden
        for content in (mine.content, theirs.content):
            for shown in pictures(content, moving=name == "clip.mp4"):
                assert_masked(shown)


def pictures(content: bytes, *, moving: bool) -> Iterator[UInt8s]:
    """The picture of a still; every fifth one of a clip."""
    if not moving:
        yield picture(content)
        return
    with av.open(io.BytesIO(content), "r") as film:
        for count, frame in enumerate(film.decode(video=0)):
            if count % 5 == 0:
                yield frame.to_ndarray(format="rgb24").astype(np.uint8)
