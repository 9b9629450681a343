"""A real HTTP server over a small town's real doors; no camera is watched, events are stated by the tests."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from beffroi.app.house import probe
from beffroi.app.serving import listen
from beffroi.run.plugins import registry, situation_specs
from beffroi.run.settings import RunSettings
from beffroi.run.supervisor import Supervisor
from beffroi.serve.application import create_app
from beffroi.serve.deps import ServeDeps, ServeSettings
from beffroi.serve.stream import EventHub
from beffroi.testing.town import PASSWORD, Town
from beffroi.vocabulary.rules import Rule


@dataclass
class SseReader:
    """Reads an event stream in a thread; ``wait`` finds the first message that fits."""

    client: httpx.Client
    last_id: str = ""
    messages: list[tuple[str, str, Any]] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    comments: int = 0
    opened: threading.Event = field(default_factory=threading.Event)

    def start(self) -> SseReader:
        threading.Thread(target=self._read, daemon=True).start()
        assert self.opened.wait(5)
        return self

    def _read(self) -> None:
        headers = {"Last-Event-ID": self.last_id} if self.last_id else {}
        try:
            with self.client.stream("GET", "/events/stream", headers=headers, timeout=30) as answer:
                assert answer.status_code == 200
                event, seq, data = "message", "", ""
                for line in answer.iter_lines():
                    self.opened.set()
                    if line.startswith(":"):
                        self.comments += 1
                    elif line.startswith("id: "):
                        seq = self.last_id = line[4:]
                    elif line.startswith("event: "):
                        event = line[7:]
                    elif line.startswith("data: "):
                        data = line[6:]
                    elif not line:
                        if data:
                            self.messages.append((event, seq, json.loads(data)))
                        event, seq, data = "message", "", ""
        except httpx.HTTPError:
            pass  # the server went away: what was read so far counts
        finally:
            self.ended.set()

    def wait(self, event: str, fits: Callable[[Any], bool] = lambda _: True, timeout_s: float = 5.0) -> Any:
        until = time.monotonic() + timeout_s
        while time.monotonic() < until:
            for name, _, data in list(self.messages):
                if name == event and fits(data):
                    return data
            time.sleep(0.01)
        raise AssertionError(f"no fitting {event!r} among {[(n, s) for n, s, _ in self.messages]}")


class ServedTown:
    """A town behind a real server on a free port."""

    def __init__(self, folder: Path, *, streams: int = 50, **settings: Any) -> None:
        self.town = Town(folder)
        self.lawn: Rule = self.town.settle()
        self.hub = EventHub(heartbeat_s=0.3, backlog=50, clients=streams)
        self.supervisor = Supervisor(RunSettings(data_dir=str(folder), workers=1), lambda _: None)
        self.rewatched = 0
        deps = ServeDeps(
            doors=self.town.doors,
            supervisor=self.supervisor,
            hub=self.hub,
            specs=situation_specs(registry()),
            settings=replace(ServeSettings(), **settings),
            clock=self.town.clock,
            probe=probe,
            rewatch=self._rewatch,
            intake_behind=lambda: 0,
        )
        self.app = create_app(deps)
        self._socket = listen("127.0.0.1", 0)
        self.base = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._server = uvicorn.Server(
            uvicorn.Config(self.app, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
        )
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _rewatch(self) -> None:
        self.rewatched += 1

    def _run(self) -> None:
        async def serve() -> None:
            self.hub.start()
            await self._server.serve(sockets=[self._socket])

        asyncio.run(serve())

    def start(self) -> ServedTown:
        self._unlisten = self.town.doors.outbox.listen(self.hub.grown)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        return self

    def stop(self) -> None:
        self._unlisten()
        self.hub.stop()
        self._server.should_exit = True
        self._thread.join(10)
        assert not self._thread.is_alive()
        self._socket.close()
        self.town.doors.close()

    def anonymous(self) -> httpx.Client:
        return httpx.Client(base_url=f"{self.base}/api/v1", timeout=10, trust_env=False)

    def sign_in(self, username: str) -> httpx.Client:
        """A client with the session's cookie and CSRF token."""
        client = self.anonymous()
        answer = client.post("/session", json={"username": username, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        return client

    def sse(self, client: httpx.Client, last_id: str = "") -> SseReader:
        return SseReader(client=client, last_id=last_id).start()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedTown]:
    """One town for all tests of a module."""
    town = ServedTown(tmp_path_factory.mktemp("town")).start()
    yield town
    town.stop()


@pytest.fixture
def make_served(tmp_path: Path) -> Iterator[Callable[..., ServedTown]]:
    """Makes a town of one's own, with its settings."""
    made: list[ServedTown] = []

    def make(**settings: Any) -> ServedTown:
        made.append(ServedTown(tmp_path / f"town{len(made)}", **settings).start())
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture(scope="module")
def make_lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., ServedTown]]:
    """Makes a town for all tests of a module, with its settings."""
    made: list[ServedTown] = []

    def make(**settings: Any) -> ServedTown:
        made.append(ServedTown(tmp_path_factory.mktemp("town"), **settings).start())
        return made[-1]

    yield make
    for one in made:
        one.stop()
