"""How fast files are analysed at five frames a second, beside the plain script; memory over an hour-long film.

Other programs on the machine slow both sides alike: read the ratio.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

import av

from benchmarks._footage import STREET, table
from benchmarks.peer import child

GOALS = {"nanodet-g-416": 12.0}
OTHER_GOAL = 30.0
MEMORY_GOAL_MB = 400.0


def films(data: Path) -> list[Path]:
    """One film, or those of a folder."""
    if data.is_file():
        return [data]
    return sorted(path for path in data.rglob("*") if path.suffix in (".mp4", ".mkv", ".avi"))


def repeated(film: Path, target: Path, minutes: float) -> Path:
    """The film again and again until it lasts so long, without coding it anew."""
    shift = 0
    with av.open(str(target), "w") as out:
        stream = None
        while True:
            with av.open(str(film)) as source:
                video = source.streams.video[0]
                if stream is None:
                    stream = out.add_stream_from_template(video)
                last = 0
                for packet in source.demux(video):
                    if packet.dts is None or packet.pts is None:
                        continue
                    last = max(last, packet.pts + (packet.duration or 0))
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    packet.stream = stream
                    out.mux(packet)
                shift += last
                if float(shift * (video.time_base or 0)) >= minutes * 60:
                    return target


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="nanodet-g-416")
    parser.add_argument("--data", type=Path, default=STREET, help="a film, or a folder of films")
    parser.add_argument("--cores", type=int, default=min(2, len(os.sched_getaffinity(0))))
    parser.add_argument("--minutes", type=float, default=60.0, help="length of the film for memory; 0 leaves it out")
    args = parser.parse_args()
    rows: list[list[object]] = []
    video_s = {"ours": 0.0, "script": 0.0}
    wall_s, cpu_s = dict(video_s), dict(video_s)
    for film in films(args.data):
        sides = {
            "script": child("_plain", film, args.model, args.cores),
            "ours": child("_ours", film, args.model, args.cores),
        }
        for who, found in sides.items():
            video_s[who] += found["video_s"]
            wall_s[who] += found["wall_s"]
            cpu_s[who] += found["cpu_s"]
        ours, script = sides["ours"], sides["script"]
        rows.append(
            [
                film.name,
                f"{ours['video_s']:.0f}",
                f"{ours['detected'] / ours['frames']:.0%}",
                f"{ours['video_s'] / ours['wall_s']:.1f}",
                f"{script['video_s'] / script['wall_s']:.1f}",
                f"{ours['cpu_s'] / ours['video_s'] * 1000:.0f}",
                f"{script['cpu_s'] / script['video_s'] * 1000:.0f}",
                f"{max(ours['memory_mb']):.0f}",
            ]
        )
    table(rows, ["film", "s", "detected", "ours x", "script x", "ours CPU ms/s", "script CPU ms/s", "ours MB"])
    speed = {who: video_s[who] / wall_s[who] for who in video_s}
    goal = GOALS.get(args.model, OTHER_GOAL)
    print(f"model {args.model}, {args.cores} cores, at five analysed frames a second:")
    print(
        f"{speed['ours']:.1f}x real time (goal {goal:.0f}x: {speed['ours'] / goal:.2f});"
        f" {speed['ours'] / speed['script']:.2f} times the script's {speed['script']:.1f}x;"
        f" CPU {cpu_s['ours'] / cpu_s['script']:.2f} of the script's"
    )
    if args.minutes:
        with tempfile.TemporaryDirectory() as name:
            long = repeated(films(args.data)[0], Path(name) / "long.mp4", args.minutes)
            found = child("_ours", long, args.model, args.cores)
        memory = found["memory_mb"]
        print(f"{found['video_s'] / 60:.0f} min film: MB every 5 min {memory}")
        print(
            f"most {max(memory):.0f} MB; ratio to the goal of {MEMORY_GOAL_MB:.0f}: {max(memory) / MEMORY_GOAL_MB:.2f}"
        )


if __name__ == "__main__":
    main()
