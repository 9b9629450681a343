"""Cameras served over real RTSP, and a real supervisor with real workers to watch them."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import pytest

from beffroi.run.messages import (
    AuthorisedRule,
    CameraOrder,
    EventSeen,
    EvidenceDone,
    StatusChanged,
    WorkerMessage,
)
from beffroi.run.settings import EvidenceSettings, RunSettings
from beffroi.run.supervisor import Supervisor
from beffroi.vocabulary.camera import Camera, CameraReason, StreamKind, StreamSpec, WatchState
from beffroi.vocabulary.picture import ObjectClass
from beffroi.vocabulary.rules import Rule, Situation, Zone
from beffroi.vocabulary.time import UtcNs

ROOT = Path(__file__).parents[2]
STREET = ROOT / "src" / "beffroi" / "cli" / "assets" / "street.mp4"
SERVER = ROOT / "tests" / "servers" / "rtsp_server.py"
EVERYWHERE = Zone(points=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))


def _shrunk(target: Path, width: int, height: int, from_s: float = 40.0, seconds: float = 15.0) -> Path:
    """A piece of the street at five frames a second, a keyframe each second, as a camera's substream."""
    with av.open(str(STREET)) as source, av.open(str(target), "w") as out:
        stream = out.add_stream("libx264", rate=5)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"g": "5", "bf": "0", "preset": "ultrafast", "crf": "26"}
        count = 0
        for number, frame in enumerate(source.decode(video=0)):
            at_s = frame.time or 0.0
            if at_s < from_s or number % 2:
                continue
            if at_s >= from_s + seconds:
                break
            small = frame.reformat(width, height)
            small.pts, small.time_base = count, Fraction(1, 5)
            count += 1
            out.mux(stream.encode(small))
        out.mux(stream.encode(None))
    return target


@pytest.fixture(scope="session")
def substream(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """People walking, 384x288, 5 frames a second."""
    return _shrunk(tmp_path_factory.mktemp("clips") / "small.mp4", 384, 288)


@pytest.fixture(scope="session")
def larger_substream(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same street in another size."""
    return _shrunk(tmp_path_factory.mktemp("clips") / "larger.mp4", 512, 384, seconds=6.0)


class Rtsp:
    """A real RTSP server process that can be frozen, killed and started again on its port."""

    def __init__(self, mounts: dict[str, Sequence[Path]], *, user: str = "", password: str = "") -> None:
        self._mounts, self._user, self._password = mounts, user, password
        self.port = 0
        self.process = self._started()

    def _started(self) -> subprocess.Popen[str]:
        command = ["/usr/bin/python3", str(SERVER), "--fps", "5", "--port", str(self.port)]
        for name, files in self._mounts.items():
            command += ["--mount", f"{name}={','.join(map(str, files))}"]
        if self._user:
            command += ["--user", self._user, "--password", self._password]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        assert line.startswith("ready "), f"the RTSP server did not start: {line}"
        self.port = int(line.split()[1])
        return process

    def url(self, name: str) -> str:
        return f"rtsp://127.0.0.1:{self.port}/{name}"

    def send(self, what: signal.Signals) -> None:
        self.process.send_signal(what)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def start_again(self) -> None:
        self.process = self._started()


@pytest.fixture
def serve_rtsp() -> Iterator[Callable[..., Rtsp]]:
    """Start RTSP servers; they end with the test."""
    servers: list[Rtsp] = []

    def start(mounts: dict[str, Sequence[Path]], *, user: str = "", password: str = "") -> Rtsp:
        servers.append(Rtsp(mounts, user=user, password=password))
        return servers[-1]

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.send(signal.SIGCONT)
            server.kill()
        if server.process.stdout is not None:
            server.process.stdout.close()


class Watch:
    """A running supervisor and everything it has been told."""

    def __init__(self, supervisor: Supervisor, data: Path) -> None:
        self.supervisor, self.data = supervisor, data
        self.heard: list[WorkerMessage] = []
        self.orders: dict[str, CameraOrder] = {}

    async def until(self, seen: Callable[[], object], within_s: float, what: str) -> None:
        end = time.monotonic() + within_s
        while not seen():
            states = {c: (s.state.value, s.reason.value) for c, s in self.supervisor.statuses().items()}
            assert time.monotonic() < end, f"{what} not seen within {within_s} s; states: {states}"
            await asyncio.sleep(0.05)

    async def until_state(
        self, camera_id: str, state: WatchState, reason: CameraReason = CameraReason.NONE, within_s: float = 30.0
    ) -> None:
        def there() -> bool:
            status = self.supervisor.statuses().get(camera_id)
            return status is not None and (status.state, status.reason) == (state, reason)

        await self.until(there, within_s, f"camera {camera_id} {state.value}/{reason.value}")

    async def until_watched(self, *camera_ids: str) -> None:
        for camera_id in camera_ids:
            await self.until_state(camera_id, WatchState.WATCHED)

    async def order(self, *orders: CameraOrder) -> None:
        self.orders |= {order.camera.camera_id: order for order in orders}
        await self.supervisor.apply(list(self.orders.values()))

    def events(self, camera_id: str) -> list[EventSeen]:
        return [m for m in self.heard if isinstance(m, EventSeen) and m.event.camera_id == camera_id]

    def evidence(self, camera_id: str) -> list[EvidenceDone]:
        return [m for m in self.heard if isinstance(m, EvidenceDone) and m.camera_id == camera_id]

    def states(self, camera_id: str) -> list[tuple[WatchState, CameraReason]]:
        return [
            (m.status.state, m.status.reason)
            for m in self.heard
            if isinstance(m, StatusChanged) and m.status.camera_id == camera_id
        ]

    def pid(self, worker: int = 0) -> int:
        return int(self.supervisor.figures()["workers"][worker]["pid"])

    def analysed(self, camera_id: str) -> float:
        return float(self.supervisor.figures()["cameras"].get(camera_id, {}).get("analysed", 0.0))

    async def until_analysed_more(self, camera_id: str, frames: int, within_s: float) -> None:
        before = self.analysed(camera_id)
        await self.until(lambda: self.analysed(camera_id) >= before + frames, within_s, f"{frames} frames more")


@pytest.fixture
async def watching(tmp_path: Path) -> AsyncIterator[Callable[..., object]]:
    """Start a supervisor with so many workers; it ends with the test."""
    running: list[Watch] = []

    async def start(*orders: CameraOrder, workers: int = 1, model: str = "nanodet-g-416") -> Watch:
        heard: list[WorkerMessage] = []
        settings = RunSettings(
            data_dir=str(tmp_path),
            workers=workers,
            model=model,
            runtime="onnxruntime",
            beat_s=0.25,
            silent_after_s=8.0,
            evidence=EvidenceSettings(before_s=2.0, after_s=1.0),
        )
        watch = Watch(Supervisor(settings, heard.append), tmp_path)
        watch.heard = heard
        running.append(watch)
        await watch.supervisor.start()
        await watch.order(*orders)
        return watch

    yield start
    for watch in running:
        await watch.supervisor.stop()


def spec(url: str, *, username: str = "", password: str = "", read_timeout_s: float = 2.0) -> StreamSpec:
    return StreamSpec(
        kind=StreamKind.RTSP,
        url=url,
        username=username,
        password=password,
        open_timeout_s=3.0,
        read_timeout_s=read_timeout_s,
    )


@pytest.fixture
def camera() -> Callable[..., CameraOrder]:
    """An order for an RTSP camera with a rule that any person in the picture meets."""

    def make(camera_id: str, main: StreamSpec, sub: StreamSpec | None = None, **changes: object) -> CameraOrder:
        rules = (
            Rule(
                rule_id=f"{camera_id}-people",
                version=1,
                camera_id=camera_id,
                situation=Situation.ZONE_ENTERED,
                purpose_id="test",
                classes=(ObjectClass.PERSON,),
                zone=EVERYWHERE,
            ),
            Rule(
                rule_id=f"{camera_id}-health",
                version=1,
                camera_id=camera_id,
                situation=Situation.CAMERA_IMPAIRED,
                purpose_id="test",
                params={"lost_s": 1.0},
            ),
        )
        valid_until = UtcNs(int(str(changes.get("valid_until", time.time_ns() + 3600 * 10**9))))
        authorised = tuple(AuthorisedRule(rule=r, authorisation_id="a1", valid_until=valid_until) for r in rules)
        refused = str(changes.get("refused", ""))
        made = Camera(
            camera_id=camera_id, name=camera_id, main=main, sub=sub, enabled=bool(changes.get("enabled", True))
        )
        return CameraOrder(camera=made, rules=() if refused else authorised, refused=refused)

    return make


@pytest.fixture
def rtsp_spec() -> Callable[..., StreamSpec]:
    """Where an RTSP stream is, with time-outs short enough for a test."""
    return spec


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
