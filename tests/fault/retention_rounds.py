"""Kills a house that records, destroys and verifies, over and over, at random moments; prints what it found as JSON.

Run as a process of its own: ``python retention_rounds.py FOLDER ROUNDS SEED``. Each life is a forked process that is
really killed (SIGKILL). Its clock and what it was told is kept stand in files that outlive it.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from beffroi.govern.doors import Doors
from beffroi.govern.retention.door import Segment
from beffroi.govern.rights import SYSTEM
from beffroi.testing.town import DPO, FAST, NOON, SimulatedClock, Town
from beffroi.vocabulary.time import UtcNs, seconds_to_ns

STEP_S = 7.0
KEPT_S = (5, 30, 70, 200, 700, 4000)


class Notes:
    """What a killed process leaves behind: its clock, and every file that it was told is kept."""

    def __init__(self, folder: Path) -> None:
        self.clock_file, self.acknowledged = folder / "clock", folder / "acknowledged"

    def clock(self) -> UtcNs:
        return UtcNs(int(self.clock_file.read_text() or NOON)) if self.clock_file.exists() else NOON

    def tick(self, now: int) -> None:
        handle = os.open(self.clock_file, os.O_WRONLY | os.O_CREAT)
        os.pwrite(handle, str(now).encode(), 0)  # 19 digits, always: written in one piece
        os.close(handle)

    def kept(self) -> dict[str, int]:
        """Path and expiry of what was acknowledged; a last line cut short was not."""
        if not self.acknowledged.exists():
            return {}
        lines = self.acknowledged.read_text().splitlines(keepends=True)
        return {line.split()[0]: int(line.split()[1]) for line in lines if line.endswith("\n")}


def open_house(folder: Path, clock: SimulatedClock) -> Doors:
    return Doors.open(folder, clock=clock, settings=FAST)


def record(doors: Doors, folder: Path, notes: Notes, clock: SimulatedClock, name: str, keep_s: float) -> None:
    """Write three segments as a recorder would: the file whole, then its record; then somebody is told."""
    born = []
    for part in range(3):
        path = folder / "recordings" / "mairie" / f"{name}-{part}.mp4"
        path.parent.mkdir(parents=True, exist_ok=True)
        content = f"{name}-{part}".encode() * 40
        half = path.with_name(f".{path.name}.part")
        half.write_bytes(content)
        half.replace(path)
        born.append(
            Segment(
                segment_id=f"segment-{name}-{part}",
                camera_id="mairie",
                path=str(path.relative_to(folder)),
                bytes=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
                from_at=clock.now,
                to_at=clock.now,
                born_at=clock.now,
                expires_at=UtcNs(clock.now + seconds_to_ns(keep_s)),
                authorisation_id="",
                purpose_id="",
            )
        )
    doors.retention.keep_segments(SYSTEM, born)
    with notes.acknowledged.open("a") as file:
        file.writelines(f"{one.path} {one.expires_at}\n" for one in born)


def live(folder: Path, notes: Notes, life: int) -> None:
    """One life: start, then record and destroy, or verify, until the end comes."""
    clock = SimulatedClock(notes.clock())
    choose = random.Random(life)
    doors = open_house(folder, clock)
    doors.recover()
    number = 0
    while True:
        if life % 4 == 3:
            doors.retention.verify(DPO)
        for _ in range(3):
            record(doors, folder, notes, clock, f"life{life}-{number}", choose.choice(KEPT_S))
            number += 1
        notes.tick(clock.advance(STEP_S))
        doors.tend()


def killed(folder: Path, notes: Notes, life: int, after_s: float) -> bool:
    """Let a life run and kill it; whether it was the kill that ended it."""
    child = os.fork()
    if child == 0:
        try:
            live(folder, notes, life)
        finally:
            os._exit(3)
    time.sleep(after_s)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def check(folder: Path, notes: Notes) -> dict[str, object]:
    """Start again and look, by our own notes first: no expired byte, no lost one; then by the product's proof."""
    clock = SimulatedClock(notes.clock())
    doors = open_house(folder, clock)
    doors.recover()
    doors.tend()
    there = {str(path.relative_to(folder)) for path in (folder / "recordings").rglob("*") if path.is_file()}
    kept = notes.kept()
    proof = doors.retention.verify(DPO)
    doors.close()
    return {
        "expired": sorted(path for path in there if kept.get(path, clock.now + 1) <= clock.now),
        "lost": sorted(path for path, expires_at in kept.items() if expires_at > clock.now and path not in there),
        "findings": [[one.kind.value, one.where] for one in proof.findings],
    }


def main() -> None:
    folder, rounds, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    town = Town(folder / "data")
    town.settle()
    town.doors.signer.ready()
    town.doors.close()
    notes, choose = Notes(folder), random.Random(seed)
    started, kills, wrong, most = time.monotonic(), 0, [], 0
    for life in range(rounds):
        kills += killed(town.folder, notes, life, choose.uniform(0.01, 0.25))
        found = check(town.folder, notes)
        if any(found.values()):
            wrong.append({"life": life, **found})
        most = max(most, len(notes.kept()))
    doors = open_house(town.folder, SimulatedClock(notes.clock()))
    entries = doors.retention.standing(DPO).entries
    doors.close()
    took_s = round(time.monotonic() - started, 1)
    told = {"kills": kills, "wrong": wrong, "kept": most, "destroyed": entries, "took_s": took_s}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
