"""The street and its house, served once for all the tests here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.fault.who_sees_what.served import House, served, settle, until

from beffroi.ports.vision import Detector
from beffroi.see.detect.opening import open_detector


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    data = tmp_path_factory.mktemp("seen") / "house"
    settle(data)
    with served(data) as house:
        client = house.sign_in("superviseur")
        until(lambda: client.get("/cameras/street/still.jpg").status_code == 200, 90)
        yield house


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> Detector:
    """The bundled one: whom it finds on a clear picture is a person that can be seen."""
    return open_detector(data=tmp_path_factory.mktemp("eye"), runtime="onnxruntime", threads=1)
