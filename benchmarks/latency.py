"""From the frame in which a rule is met to the browser's event stream (SSE), with ten cameras over real RTSP.

The clock starts at the capture of that frame, as the worker estimates it, and stops when the alert's line has come
through HTTP to a signed-in reader: decoding, detection, tracks, rule, socket, policy, the store's commit and the
stream lie between. Beside it: how much of that had passed when the server process heard of the event.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import tempfile
import time
from pathlib import Path

import httpx
import numpy as np
import uvicorn

from beffroi.app.house import House, build
from beffroi.app.serving import listen
from beffroi.app.settings import AlertSettings, AnalysisSettings, Settings
from beffroi.govern.accounts import NewUser
from beffroi.govern.doors import Purpose
from beffroi.govern.rights import LOCAL_ADMINISTRATOR, Role
from beffroi.run.messages import EventSeen, WorkerMessage
from beffroi.serve import logs
from beffroi.vocabulary.authorisation import Authorisation, Regime
from beffroi.vocabulary.camera import WatchState
from beffroi.vocabulary.judgement import EventPhase
from beffroi.vocabulary.rules import Schedule, Situation
from beffroi.vocabulary.time import UtcNs, iso_utc
from benchmarks._footage import STREET, StreamServer, make_substreams, table
from benchmarks.cameras import order

GOAL_MS = 500.0
NAME, PASSWORD = "bench", "quatre vents sur la place"


def furnish(house: House, server: StreamServer, cameras: int) -> None:
    """Cameras, rules, an authorisation and one account."""
    doors, console = house.doors, LOCAL_ADMINISTRATOR
    orders = [order(f"cam{n}", server.url(n)) for n in range(cameras)]
    new = NewUser(username=NAME, display_name=NAME, role=Role.OPERATOR, password=PASSWORD)
    doors.accounts.add(console, new)
    purpose = Purpose(purpose_id="benchmark", label_fr="Mesure", label_en="Benchmark", retention_s=86_400)
    doors.authorisations.add_purpose(console, purpose)
    for one in orders:
        doors.cameras.add(console, one.camera)
        for authorised in one.rules:
            doors.rules.add(console, authorised.rule)
    now = time.time_ns()
    doors.authorisations.grant(
        console,
        Authorisation(
            authorisation_id="benchmark",
            regime=Regime.PRIVATE_SITE,
            legal_basis="benchmark on recorded video",
            reference="benchmark",
            cameras=frozenset(one.camera.camera_id for one in orders),
            situations=frozenset(Situation),
            purpose_id="benchmark",
            valid_from=UtcNs(now - 1),
            valid_to=UtcNs(now + 86_400 * 10**9),
            signatory="benchmark",
            hours=Schedule(),
            viewers=frozenset({Role.OPERATOR.value}),
        ),
    )


class Stopwatch:
    """When events were met, heard of by the server, and shown to the reader."""

    def __init__(self, house: House) -> None:
        self.met: dict[tuple[str, str], tuple[int, float]] = {}
        self.shown: dict[tuple[str, str], float] = {}
        inner = house.supervisor._on_message  # the house's own ear: listened to, not replaced

        def hear(message: WorkerMessage) -> None:
            if isinstance(message, EventSeen) and message.event.phase is EventPhase.BEGUN:
                event = message.event
                key = event.rule_id, iso_utc(event.started_at)
                self.met[key] = event.met_at, (time.time_ns() - event.met_at) / 1e6
            inner(message)

        house.supervisor._on_message = hear

    async def read(self, address: str) -> None:
        """Sign in and read the event stream for ever."""
        async with httpx.AsyncClient(base_url=f"{address}/api/v1", timeout=None) as client:
            (await client.post("/session", json={"username": NAME, "password": PASSWORD})).raise_for_status()
            kind = ""
            async with client.stream("GET", "/events/stream") as stream:
                stream.raise_for_status()
                async for line in stream.aiter_lines():
                    if line.startswith("event:"):
                        kind = line.removeprefix("event:").strip()
                    elif line.startswith("data:") and kind == "alert":
                        alert = json.loads(line.removeprefix("data:"))
                        key = alert["rule_id"], alert["started_at"]
                        if key in self.met and key not in self.shown:
                            self.shown[key] = (time.time_ns() - self.met[key][0]) / 1e6


async def measure(args: argparse.Namespace, folder: Path, films: list[Path]) -> list[tuple[float, float]]:
    """Milliseconds from the met frame to the server's ear, and to the reader."""
    settings = Settings(
        data=folder / "data",
        analysis=AnalysisSettings(workers=args.workers, model=args.model),
        alerts=AlertSettings(repeat_within_s=0, group_within_s=0),
    )
    server = StreamServer(films, args.cameras)
    house = build(settings)
    furnish(house, server, args.cameras)
    watch = Stopwatch(house)
    opened = listen("127.0.0.1", 0)
    http = uvicorn.Server(uvicorn.Config(house.asgi, log_config=None, access_log=False, lifespan="off"))
    await house.start()
    tasks = [asyncio.create_task(http.serve(sockets=[opened]))]
    try:
        for _ in range(300):
            if _watched(house, args.cameras):
                break
            await asyncio.sleep(0.2)
        tasks.append(asyncio.create_task(watch.read(f"http://127.0.0.1:{opened.getsockname()[1]}")))
        await asyncio.sleep(8.0)  # backgrounds are learned
        watch.met.clear()
        await asyncio.sleep(args.seconds)
        if tasks[1].done():
            tasks[1].result()
    finally:
        house.hub.stop()
        http.should_exit = True
        for task in tasks[1:]:
            task.cancel()
        with contextlib.suppress(TimeoutError, asyncio.CancelledError):
            await asyncio.wait_for(tasks[0], 5.0)
        await house.stop()
        server.stop()
    return [(watch.met[key][1], shown) for key, shown in watch.shown.items() if key in watch.met]


def _watched(house: House, cameras: int) -> bool:
    states = house.supervisor.statuses().values()
    return len(states) == cameras and all(status.state is not WatchState.NOT_WATCHED for status in states)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="nanodet-g-416")
    parser.add_argument("--data", type=Path, default=STREET, help="the film the substreams are made of")
    parser.add_argument("--workers", type=int, default=min(2, len(os.sched_getaffinity(0))))
    parser.add_argument("--cameras", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=120.0)
    args = parser.parse_args()
    logs.set_up(level="error", as_json=False)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = asyncio.run(measure(args, folder, make_substreams(args.data, folder)))
    if not found:
        raise SystemExit("no alert was shown: nothing was measured")
    rows = []
    for label, spans in (("server hears", [a for a, _ in found]), ("browser reads", [b for _, b in found])):
        p50, p95 = np.percentile(spans, [50, 95])
        rows.append([label, len(spans), f"{p50:.0f}", f"{p95:.0f}", f"{max(spans):.0f}"])
    table(rows, ["until the", "alerts", "p50 ms", "p95 ms", "most ms"])
    p95 = float(np.percentile([b for _, b in found], 95))
    print(
        f"model {args.model}, {args.cameras} cameras: p95 {p95:.0f} ms; ratio to the goal of {GOAL_MS:.0f} ms:", end=" "
    )
    print(f"{p95 / GOAL_MS:.2f}")


if __name__ == "__main__":
    main()
