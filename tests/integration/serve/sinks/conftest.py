"""A settled town, a real HTTP receiver and a real MQTT broker."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from beffroi.testing.town import Town


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path / "data")
    made.settle()
    yield made
    made.doors.close()


async def eventually(condition: Callable[[], bool], within_s: float = 10.0) -> None:
    """Wait in a thread until something is so; fail when it takes too long."""

    def wait() -> None:
        end = time.monotonic() + within_s
        while not condition():
            assert time.monotonic() < end, "it never came to be"
            time.sleep(0.01)

    await asyncio.to_thread(wait)


Eventually = Callable[[Callable[[], bool]], Coroutine[None, None, None]]


@pytest.fixture(name="eventually")
def _eventually() -> Eventually:
    return eventually


@dataclass
class Received:
    """One request as it came over the wire."""

    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Takes POSTs on a random port; answers what it is told to, in turn, then 204."""

    port: int = 0
    answers: list[bytes] = field(default_factory=list)
    hang: bool = False
    received: list[Received] = field(default_factory=list)
    server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?site=7"

    async def start(self) -> None:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self.server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self.server is not None:
            self.server.close()
            with suppress(TimeoutError):
                await asyncio.wait_for(self.server.wait_closed(), 1)

    async def until(self, count: int) -> list[Received]:
        """Wait until so many requests have come."""
        await eventually(lambda: len(self.received) >= count)
        return self.received

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
                body = await reader.readexactly(int(headers["content-length"]))
                self.received.append(Received(headers=headers, body=body))
                if self.hang:
                    await asyncio.sleep(60)
                answer = self.answers.pop(0) if self.answers else b"204 No Content"
                writer.write(b"HTTP/1.1 " + answer + b"\r\nContent-Length: 0\r\n\r\n")
                await writer.drain()
        writer.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    await made.start()
    yield made
    await made.stop()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


class Broker:
    """A real mosquitto that can be stopped and started again on its port."""

    def __init__(self, folder: Path, lines: str = "allow_anonymous true") -> None:
        self.port = free_port()
        self._config = folder / "mosquitto.conf"
        self._lines = lines
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        binary = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/opt/homebrew/sbin")
        assert binary, "mosquitto is missing: apt-get install mosquitto"
        self._config.write_text(f"listener {self.port} 127.0.0.1\n{self._lines}\n")
        self._process = await asyncio.to_thread(
            subprocess.Popen, [binary, "-c", str(self._config)], stderr=subprocess.DEVNULL
        )
        async with asyncio.timeout(10):
            while True:
                with suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                    writer.close()
                    return
                await asyncio.sleep(0.02)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(5)
            self._process = None


MakeBroker = Callable[[str], Broker]


@pytest.fixture
def make_broker(tmp_path: Path) -> Iterator[MakeBroker]:
    made: list[Broker] = []

    def make(lines: str = "allow_anonymous true") -> Broker:
        made.append(Broker(tmp_path, lines))
        return made[-1]

    yield make
    for one in made:
        one.stop()
