"""The application over a small town's real doors, called without a network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from fastapi import FastAPI

from beffroi.app.house import probe
from beffroi.run.plugins import registry, situation_specs
from beffroi.run.settings import RunSettings
from beffroi.run.supervisor import Supervisor
from beffroi.serve.application import create_app
from beffroi.serve.deps import ServeDeps, ServeSettings
from beffroi.serve.stream import EventHub
from beffroi.testing.town import Town


@dataclass
class Premises:
    """A town, its application, and an alert of it."""

    town: Town
    app: FastAPI
    alert_id: str

    def client(self) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://beffroi.test/api/v1")


@pytest.fixture(scope="module")
def premises(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    folder = tmp_path_factory.mktemp("town")
    town = Town(folder)
    alert_id = town.raised(town.settle())
    hub = EventHub(heartbeat_s=0.2, backlog=50, clients=0)  # full: a stream would never end here
    deps = ServeDeps(
        doors=town.doors,
        supervisor=Supervisor(RunSettings(data_dir=str(folder), workers=1), lambda _: None),
        hub=hub,
        specs=situation_specs(registry()),
        settings=ServeSettings(),
        clock=town.clock,
        probe=probe,
        rewatch=lambda: None,
        intake_behind=lambda: 0,
    )
    yield Premises(town=town, app=create_app(deps), alert_id=alert_id)
    town.doors.close()
