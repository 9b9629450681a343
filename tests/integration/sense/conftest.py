"""Real cameras for the tests: films made here, servers run as processes."""

from __future__ import annotations

import io
import logging
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

ROOT = Path(__file__).parents[3]
STREET = ROOT / "src/beffroi/cli/assets/street.mp4"
SERVERS = ROOT / "tests/servers"
SYSTEM_PYTHON = "/usr/bin/python3"
SECRET = "p@ss/w:ö%rd"


class Server:
    """A server process: started, frozen, thawed, killed, started again on its port."""

    def __init__(self, command: list[str]) -> None:
        self.command = command
        self.port = 0
        self.process: subprocess.Popen[str] | None = None
        self.start()

    def start(self) -> None:
        command = [*self.command, "--port", str(self.port)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert self.process.stdout is not None
        until = time.monotonic() + 20
        said = ""
        while time.monotonic() < until:
            if not select.select([self.process.stdout], [], [], 0.2)[0]:
                continue
            line = self.process.stdout.readline()
            said += line
            if line.startswith("ready "):
                self.port = int(line.split()[1])
                return
            if not line:
                break
        self.stop()
        pytest.fail(f"{command[1]} did not start: {said.strip() or 'it said nothing'}")

    def signal(self, number: int) -> None:
        assert self.process is not None
        os.kill(self.process.pid, number)

    def freeze(self) -> None:
        self.signal(signal.SIGSTOP)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            if self.process.stdout is not None:
                self.process.stdout.close()
            self.process = None


Starter = Callable[..., Server]


@pytest.fixture
def rtsp() -> Iterator[Starter]:
    """Start an RTSP server: ``rtsp("street=film.mp4", "--fps", "10")``."""
    started: list[Server] = []

    def start(mount: str, *options: str) -> Server:
        script = str(SERVERS / "rtsp_server.py")
        started.append(Server([SYSTEM_PYTHON, script, "--mount", mount, *options]))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def http_camera() -> Iterator[Starter]:
    """Start an HTTP camera that shows the street."""
    started: list[Server] = []

    def start(*options: str) -> Server:
        started.append(Server([sys.executable, str(SERVERS / "mjpeg_server.py"), "--file", str(STREET), *options]))
        return started[-1]

    yield start
    for server in started:
        server.stop()


def make_film(path: Path, codec: str, size: tuple[int, int], frames: int, **options: str) -> Path:
    """A film with a square that walks to the right; eight fields on top tell the frame number in binary."""
    width, height = size
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream(codec, rate=10, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 10)
        stream.gop_size = 10
        for number in range(frames):
            picture = np.full((height, width, 3), 90, np.uint8)
            for bit in range(8):
                picture[: height // 6, bit * width // 8 : (bit + 1) * width // 8] = 230 * (number >> bit & 1)
            left = number * 4 % (width - 40)
            picture[height // 3 : height // 3 + 40, left : left + 40] = (230, 60, 60)
            frame: Any = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 10)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Small films by what is special about them."""
    folder = tmp_path_factory.mktemp("films")
    fast = {"preset": "ultrafast"}
    quiet = {"x265-params": "log-level=none:pools=1:frame-threads=1:bframes=0:repeat-headers=0", "preset": "ultrafast"}
    return {
        "plain": make_film(folder / "plain.mp4", "libx264", (320, 240), 60, bf="0", **fast),
        "small": make_film(folder / "small.mp4", "libx264", (160, 120), 60, bf="0", **fast),
        "reordered": make_film(folder / "reordered.mp4", "libx264", (320, 240), 60, bf="3", preset="veryfast"),
        "sliced": make_film(folder / "sliced.mp4", "libx264", (320, 240), 60, bf="0", slices="3", **fast),
        "h265": make_film(folder / "h265.mp4", "libx265", (320, 240), 40, **quiet),
        "mpeg4": make_film(folder / "mpeg4.mp4", "mpeg4", (320, 240), 30),
        "mjpeg": make_film(folder / "mjpeg.avi", "mjpeg", (320, 240), 20, strict="-2"),
    }


@pytest.fixture
def street() -> Path:
    """The film of the demo."""
    return STREET


@pytest.fixture
def everything_logged() -> Iterator[io.StringIO]:
    """All that any logger says, at the lowest level."""
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    handler.setLevel(1)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(1)
    libav = logging.getLogger("libav")
    libav_before = libav.level
    libav.setLevel(1)
    yield said
    root.removeHandler(handler)
    root.setLevel(before)
    libav.setLevel(libav_before)
