"""How many cameras two cores hold: simulated 640x360@5 substreams over real RTSP, rules on.

A due frame is late when it was analysed more than a second after it came, or never. The most cameras that hold are
those with less than 1 % late. The server that plays the streams runs on the same cores; its cost is told apart.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from beffroi.run.messages import AuthorisedRule, CameraOrder, WorkerMessage
from beffroi.run.settings import EvidenceSettings, RunSettings
from beffroi.run.supervisor import Supervisor
from beffroi.vocabulary.camera import Camera, StreamKind, StreamSpec, WatchState
from beffroi.vocabulary.picture import ObjectClass
from beffroi.vocabulary.rules import Line, Rule, Situation, Zone
from beffroi.vocabulary.time import UtcNs
from benchmarks._footage import STREET, StreamServer, make_substreams, table

GOAL = 30
HOLDS = 0.01
STAGES = ("read", "decode", "gate", "health", "detect", "track", "judge")


def order(camera_id: str, url: str) -> CameraOrder:
    """A camera with four rules: a zone, a line, a stopped vehicle, its own health."""
    until = UtcNs(time.time_ns() + 3600 * 10**9)
    people = (ObjectClass.PERSON,)
    square = Zone(points=((0.1, 0.4), (0.5, 0.4), (0.5, 0.95), (0.1, 0.95)))
    across = Line(points=((0.0, 0.6), (1.0, 0.6)))

    def rule(name: str, situation: Situation, **drawn: Any) -> AuthorisedRule:
        made = Rule(
            rule_id=f"{camera_id}-{name}",
            version=1,
            camera_id=camera_id,
            situation=situation,
            purpose_id="benchmark",
            **drawn,
        )
        return AuthorisedRule(rule=made, authorisation_id="benchmark", valid_until=until)

    return CameraOrder(
        camera=Camera(camera_id=camera_id, name=camera_id, main=StreamSpec(kind=StreamKind.RTSP, url=url)),
        rules=(
            rule("zone", Situation.ZONE_ENTERED, classes=people, zone=square),
            rule("line", Situation.LINE_CROSSED, classes=people, line=across),
            rule("parked", Situation.VEHICLE_STOPPED, zone=square),
            rule("health", Situation.CAMERA_IMPAIRED),
        ),
    )


@dataclass(frozen=True)
class Reading:
    """Sums over all cameras at one moment."""

    at: float
    figures: dict[str, float]
    workers_cpu_s: float
    workers_mb: float
    supervisor_cpu_s: float
    server_cpu_s: float


class Bench:
    """A supervisor with a growing number of cameras."""

    def __init__(self, supervisor: Supervisor, server: StreamServer) -> None:
        self.supervisor, self.server = supervisor, server
        self._me = psutil.Process()

    def read(self) -> Reading:
        figures: dict[str, float] = {}
        known = self.supervisor.figures()
        for camera in known["cameras"].values():
            for name, value in camera.items():
                figures[name] = figures.get(name, 0.0) + value
        times = self._me.cpu_times()
        processes = [psutil.Process(int(worker["pid"])) for worker in known["workers"]]
        used = [p.cpu_times() for p in processes]
        return Reading(
            at=time.perf_counter(),
            figures=figures,
            workers_cpu_s=sum(t.user + t.system for t in used),
            workers_mb=sum(p.memory_info().rss for p in processes) / 1e6,
            supervisor_cpu_s=times.user + times.system,
            server_cpu_s=self.server.cpu_s(),
        )

    async def grow(self, cameras: int) -> None:
        """Have so many cameras, all watched."""
        orders = [order(f"cam{n}", self.server.url(n)) for n in range(cameras)]
        await self.supervisor.apply(orders)
        end = time.perf_counter() + 90
        while not all(s.state is not WatchState.NOT_WATCHED for s in self.supervisor.statuses().values()):
            if time.perf_counter() > end:
                return
            await asyncio.sleep(0.2)

    async def measure(self, seconds: float) -> tuple[Reading, Reading]:
        await asyncio.sleep(6.0)  # backgrounds are learned, first looks are over
        first = self.read()
        await asyncio.sleep(seconds)
        return first, self.read()


def row(cameras: int, first: Reading, last: Reading) -> tuple[list[object], float]:
    """A line of the table, and the share of late frames."""
    span = last.at - first.at

    def more(name: str) -> float:
        return last.figures.get(name, 0.0) - first.figures.get(name, 0.0)

    late = more("late") / max(1.0, more("due"))
    return [
        cameras,
        f"{more('due') / span / cameras:.2f}",
        f"{late:.2%}",
        f"{more('detected') / max(1.0, more('analysed')):.0%}",
        *[f"{more(f'{stage}_ms') / span / cameras:.2f}" for stage in STAGES],
        f"{(last.workers_cpu_s - first.workers_cpu_s) / span / cameras * 1000:.1f}",
        f"{(last.workers_cpu_s - first.workers_cpu_s) / span:.2f}",
        f"{(last.supervisor_cpu_s - first.supervisor_cpu_s) / span:.2f}",
        f"{(last.server_cpu_s - first.server_cpu_s) / span:.2f}",
        f"{last.workers_mb / cameras:.1f}",
    ], late


async def search(args: argparse.Namespace, folder: Path, films: list[Path]) -> None:
    steps = [n for n in args.steps if n <= args.most]
    server = StreamServer(films, max(steps))
    settings = RunSettings(
        data_dir=str(folder / "data"), workers=args.workers, model=args.model, evidence=EvidenceSettings()
    )
    heard: list[WorkerMessage] = []
    supervisor = Supervisor(settings, heard.append)
    bench = Bench(supervisor, server)
    rows: list[list[object]] = []
    most = 0
    await supervisor.start()
    try:
        for cameras in steps:
            await bench.grow(cameras)
            first, last = await bench.measure(args.seconds)
            line, late = row(cameras, first, last)
            rows.append(line)
            if late >= HOLDS:
                break
            most = cameras
    finally:
        await supervisor.stop()
        server.stop()
    heads = ["cameras", "due/s", "late", "detected"]
    heads += [f"{stage} ms/s" for stage in STAGES] + ["all ms/s", "workers", "supervisor", "server", "MB/cam"]
    table(rows, heads)
    print("ms/s: CPU milliseconds per camera and second of stream; workers, supervisor, server: CPU seconds per second")
    print(
        f"model {args.model}, {args.workers} workers: holds {most} cameras;"
        f" ratio to the goal of {GOAL}: {most / GOAL:.2f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="nanodet-g-416")
    parser.add_argument("--data", type=Path, default=STREET, help="the film the substreams are made of")
    parser.add_argument("--workers", type=int, default=min(2, len(os.sched_getaffinity(0))))
    parser.add_argument("--seconds", type=float, default=25.0, help="how long each step is measured")
    parser.add_argument("--most", type=int, default=120)
    parser.add_argument("--steps", type=int, nargs="+", default=[10, 20, 30, 40, 50, 60, 75, 90, 105, 120])
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        films = make_substreams(args.data, folder)
        asyncio.run(search(args, folder, films))


if __name__ == "__main__":
    main()
