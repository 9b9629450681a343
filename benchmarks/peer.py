"""The same task as a plain script with supervision and trackers, same weights, side by side: CPU per second of video.

Two films: the street as filmed (something always moves), and a street camera as most are (something moves for about a
fifth of the time). The script tells each new track in the zone; we tell an episode once. So what counts is how many of
the script's alerts fall into an episode of ours (three seconds of slack), and how many episodes hold none of them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks._footage import STREET, make_substreams, table

GOAL = 0.5
AGREE_S = 3.0


def child(module: str, film: Path, model: str, cores: int) -> dict[str, Any]:
    """Run one side in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{module}", str(film), model, str(cores)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def agreed(alerts: list[float], episodes: list[list[float]]) -> int:
    """How many of the script's alerts fall into an episode of ours."""
    return sum(any(begun - AGREE_S <= at_s <= ended + AGREE_S for begun, ended in episodes) for at_s in alerts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="nanodet-g-416")
    parser.add_argument("--data", type=Path, default=STREET, help="the film")
    parser.add_argument("--cores", type=int, default=min(2, len(os.sched_getaffinity(0))))
    args = parser.parse_args()
    rows: list[list[object]] = []
    ratios: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        quiet = make_substreams(args.data, Path(name), 1)[0]
        for label, film in (("always moving", args.data), ("a fifth moving", quiet)):
            theirs = child("_plain", film, args.model, args.cores)
            ours = child("_ours", film, args.model, args.cores)
            for who, found in (("plain script", theirs), ("beffroi", ours)):
                rows.append(
                    [
                        label,
                        who,
                        f"{found['cpu_s'] / found['video_s'] * 1000:.0f}",
                        f"{found['video_s'] / found['wall_s']:.1f}",
                        found["frames"],
                        found.get("detected", found["frames"]),
                        len(found["alerts"]) if "alerts" in found else len(found["episodes"]),
                    ]
                )
            ratios[label] = ours["cpu_s"] / theirs["cpu_s"]
            both = agreed(theirs["alerts"], ours["episodes"])
            alone = sum(agreed(theirs["alerts"], [episode]) == 0 for episode in ours["episodes"])
            print(f"{label}: {both} of the script's {len(theirs['alerts'])} alerts are in our episodes;", end=" ")
            print(f"{alone} of our {len(ours['episodes'])} episodes have no alert of the script's", flush=True)
    table(rows, ["film", "program", "CPU ms/s", "x real time", "frames", "detected", "alerts"])
    told = "; ".join(f"{label} {ratio:.2f}" for label, ratio in ratios.items())
    print(f"model {args.model}: CPU, ours to the script's: {told} (goal for a camera: {GOAL})")


if __name__ == "__main__":
    main()
