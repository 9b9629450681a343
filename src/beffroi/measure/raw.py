"""The raw output of an evaluation: what was seen, so that anybody can score it again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipRun:
    """One clip as it ran: the situations that were watched, time spent, or why it failed."""

    clip: str
    situations: tuple[str, ...]
    wall_s: float
    cpu_s: float
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """One alert an operator would have been shown; times in media seconds, box in pixels of the file."""

    clip: str
    situation: str
    rule: str | None
    raised_at_s: float
    started_at_s: float
    box_px: Box | None
    score: float
    still: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRow:
    """People counted at a media second, or on a still."""

    clip: str
    t_s: float
    count: int
    still: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MotRow:
    """One person's box in one file frame (counted from 1), as x, y, width, height."""

    frame: int
    track: int
    xywh: tuple[float, float, float, float]
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MotOutput:
    """The people followed in one clip, and the file frames (from 1) that were analysed."""

    frames: tuple[int, ...]
    rows: tuple[MotRow, ...]


@dataclass(slots=True, kw_only=True)
class RawOutput:
    """Everything an evaluation saw."""

    clips: list[ClipRun] = field(default_factory=list)
    alerts: list[AlertRow] = field(default_factory=list)
    counts: list[CountRow] = field(default_factory=list)
    tracks: dict[str, MotOutput] = field(default_factory=dict)


def _write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def write_raw(out: Path, raw: RawOutput) -> None:
    """Write the raw output's files under ``out`` (EVALUATION's names)."""
    (out / "tracks").mkdir(parents=True, exist_ok=True)
    _write_lines(out / "clips.jsonl", (asdict(c) for c in raw.clips))
    _write_lines(out / "alerts.jsonl", (asdict(a) for a in raw.alerts))
    _write_lines(out / "counts.jsonl", (asdict(c) for c in raw.counts))
    for name in ("waterline.jsonl", "search.jsonl"):
        (out / name).write_text("", encoding="utf-8")
    for clip, mot in raw.tracks.items():
        lines = ["# frames " + " ".join(map(str, mot.frames))]
        for row in mot.rows:
            x, y, w, h = row.xywh
            lines.append(f"{row.frame},{row.track},{x:.2f},{y:.2f},{w:.2f},{h:.2f},{row.score:.4f},-1,-1,-1")
        (out / "tracks" / f"{clip}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
