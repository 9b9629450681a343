"""Simulated substreams of real footage, and the server that plays them."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import psutil

ROOT = Path(__file__).parents[1]
STREET = ROOT / "src" / "beffroi" / "cli" / "assets" / "street.mp4"
SERVER = ROOT / "tests" / "servers" / "rtsp_server.py"

WIDTH, HEIGHT, FPS = 640, 360, 5
MOVING_S, CYCLE_S = 3, 40
"""Of each cycle, so many seconds are the street as filmed; the rest holds its last picture, with sensor noise."""


def street_pictures(data: Path) -> list[np.ndarray[Any, Any]]:
    """The film at five pictures a second, cut to 16:9, 640x360, RGB."""
    pictures: list[np.ndarray[Any, Any]] = []
    due_s = 0.0
    with av.open(str(data)) as film:
        for frame in film.decode(video=0):
            if (frame.time or 0.0) + 1e-6 < due_s:
                continue
            due_s += 1 / FPS
            rgb = frame.to_ndarray(format="rgb24")
            cut = rgb.shape[1] * HEIGHT // WIDTH
            top = max(0, (rgb.shape[0] - cut) // 2)
            pictures.append(cv2.resize(rgb[top : top + cut], (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA))
    return pictures


def make_substreams(data: Path, folder: Path, count: int = 6) -> list[Path]:
    """Films of 640x360@5 H.264 in which things move for a part of the time; each begins elsewhere in the cycle.

    Held pictures carry fresh noise (sigma 1.5 grey levels), as a real sensor's do.
    """
    moving = street_pictures(data)
    noise = np.random.default_rng(1)
    still = [noise.normal(0, 1.5, (HEIGHT, WIDTH, 1)).astype(np.float32) for _ in range(16)]
    made: list[Path] = []
    for number in range(count):
        path = folder / f"sub{number}.mp4"
        with av.open(str(path), "w") as out:
            stream = out.add_stream("libx264", rate=FPS)
            stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
            stream.options = {"g": str(2 * FPS), "bf": "0", "preset": "veryfast", "crf": "27"}
            at = number * len(moving) // count
            for index in range(4 * CYCLE_S * FPS):
                phase = (index + number * CYCLE_S * FPS // count) % (CYCLE_S * FPS)
                if phase < MOVING_S * FPS:
                    at = (at + 1) % len(moving)
                noisy = np.clip(moving[at] + still[index % len(still)], 0, 255).astype(np.uint8)
                frame = av.VideoFrame.from_ndarray(noisy, format="rgb24")
                frame.pts, frame.time_base = index, Fraction(1, FPS)
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
        made.append(path)
    return made


class StreamServer:
    """The RTSP server process, whose cost is counted apart."""

    def __init__(self, films: Sequence[Path], cameras: int) -> None:
        command = ["/usr/bin/python3", str(SERVER), "--fps", str(FPS)]
        for number in range(cameras):
            command += ["--mount", f"cam{number}={films[number % len(films)]}"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline().split()
        if line[:1] != ["ready"]:
            raise SystemExit("the RTSP server did not start: " + " ".join(line))
        self._port = int(line[1])
        self._seen = psutil.Process(self._process.pid)

    def url(self, number: int) -> str:
        """Where a camera's stream is."""
        return f"rtsp://127.0.0.1:{self._port}/cam{number}"

    def cpu_s(self) -> float:
        """CPU seconds it has used."""
        times = self._seen.cpu_times()
        return float(times.user + times.system)

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


def table(rows: Sequence[Sequence[object]], heads: Sequence[str]) -> None:
    """Print rows under their heads, in columns."""
    texts = [[str(head) for head in heads], *[[str(value) for value in row] for row in rows]]
    widths = [max(len(row[column]) for row in texts) for column in range(len(heads))]
    for number, row in enumerate(texts):
        print("  ".join(value.rjust(width) for value, width in zip(row, widths, strict=True)), flush=True)
        if number == 0:
            print("  ".join("-" * width for width in widths))
