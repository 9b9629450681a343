"""From the packet of the frame in which a rule is met to the message at the supervisor, with ten cameras.

Each camera crosses its own zone rule again and again; the clock starts when the frame's packet arrives in the worker
(its capture time as the worker estimates it) and stops when the event's message is in the server process.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from pathlib import Path

import numpy as np

from beffroi.run.messages import EventSeen, WorkerMessage
from beffroi.run.settings import RunSettings
from beffroi.run.supervisor import Supervisor
from beffroi.vocabulary.judgement import EventPhase
from benchmarks._footage import STREET, StreamServer, make_substreams, table
from benchmarks.cameras import Bench

GOAL_MS = 500.0


async def measure(args: argparse.Namespace, folder: Path, films: list[Path]) -> list[tuple[str, float]]:
    """Milliseconds from the met frame's capture to the message, by situation."""
    server = StreamServer(films, args.cameras)
    found: list[tuple[str, float]] = []
    listening = False

    def hear(message: WorkerMessage) -> None:
        if listening and isinstance(message, EventSeen) and message.event.phase is EventPhase.BEGUN:
            found.append((message.event.situation.value, (time.time_ns() - message.event.met_at) / 1e6))

    settings = RunSettings(data_dir=str(folder / "data"), workers=args.workers, model=args.model)
    supervisor = Supervisor(settings, hear)
    bench = Bench(supervisor, server)
    await supervisor.start()
    try:
        await bench.grow(args.cameras)
        await asyncio.sleep(5.0)
        listening = True
        await asyncio.sleep(args.seconds)
    finally:
        await supervisor.stop()
        server.stop()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="nanodet-g-416")
    parser.add_argument("--data", type=Path, default=STREET, help="the film the substreams are made of")
    parser.add_argument("--workers", type=int, default=min(2, len(os.sched_getaffinity(0))))
    parser.add_argument("--cameras", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=90.0)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = asyncio.run(measure(args, folder, make_substreams(args.data, folder)))
    if not found:
        raise SystemExit("no rule was met: nothing was measured")
    rows = []
    for situation in [*sorted({s for s, _ in found}), "all"]:
        spans = np.array([ms for s, ms in found if situation in (s, "all")])
        p50, p95 = np.percentile(spans, [50, 95])
        rows.append([situation, len(spans), f"{p50:.0f}", f"{p95:.0f}", f"{spans.max():.0f}"])
    table(rows, ["situation", "events", "p50 ms", "p95 ms", "most ms"])
    p95 = float(np.percentile([ms for _, ms in found], 95))
    print(
        f"model {args.model}, {args.cameras} cameras: p95 {p95:.0f} ms;"
        f" ratio to the goal of {GOAL_MS:.0f} ms: {p95 / GOAL_MS:.2f}"
    )


if __name__ == "__main__":
    main()
