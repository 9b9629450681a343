"""What `beffroi analyse` writes: events.jsonl and report.html with stills, timeline and counts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from beffroi.measure.charts import curve, timeline
from beffroi.measure.pictures import as_data_address, with_box
from beffroi.measure.report import environment
from beffroi.vocabulary.judgement import Event, EventPhase
from beffroi.vocabulary.picture import Frame
from beffroi.vocabulary.time import NS_PER_S, iso_utc

MOST_STILLS = 200
"""A report stays a file one can open; further events are listed without their picture."""


@dataclass(slots=True)
class _Episode:
    event: Event
    still: str
    end_s: float


@dataclass(slots=True)
class VideoNotes:
    """One video's events and counts, gathered while it runs. Memory: one still an event, one number a second."""

    name: str
    rule_names: Mapping[str, str]
    episodes: dict[str, _Episode] = field(default_factory=dict)
    people: list[tuple[float, float]] = field(default_factory=list)
    vehicles: list[tuple[float, float]] = field(default_factory=list)
    duration_s: float = 0.0
    frames: int = 0

    def frame(self, at_s: float, people: int, vehicles: int) -> None:
        """Note what is in view: the most of each whole second."""
        self.frames += 1
        self.duration_s = max(self.duration_s, at_s)
        for points, count in ((self.people, people), (self.vehicles, vehicles)):
            second = float(int(at_s))
            if points and points[-1][0] == second:
                points[-1] = (second, max(points[-1][1], float(count)))
            else:
                points.append((second, float(count)))

    def event(self, event: Event, frame: Frame | None) -> None:
        """Note a statement; the frame is the one that shows it, for its still."""
        known = self.episodes.get(event.event_id)
        if known is None:
            still = ""
            if frame is not None and len(self.episodes) < MOST_STILLS:
                still = as_data_address(with_box(frame.rgb, event.box_xyxy_px))
            known = self.episodes[event.event_id] = _Episode(event=event, still=still, end_s=event.media_time_s)
        known.end_s = max(known.end_s, event.media_time_s - _since_held_s(event))


def _since_held_s(event: Event) -> float:
    return max(0, event.met_at - event.last_held_at) / NS_PER_S if event.phase is EventPhase.ENDED else 0.0


def event_row(video: str, event: Event) -> dict[str, Any]:
    """One line of events.jsonl; the box is normalised to [0, 1]."""
    box = None
    if event.box_xyxy_px is not None:
        x1, y1, x2, y2 = event.box_xyxy_px
        box = [
            round(v, 4) for v in (x1 / event.width_px, y1 / event.height_px, x2 / event.width_px, y2 / event.height_px)
        ]
    return {
        "video": video,
        "event_id": event.event_id,
        "phase": event.phase.value,
        "situation": event.situation.value,
        "rule_id": event.rule_id,
        "rule_version": event.rule_version,
        "media_time_s": round(event.media_time_s, 3),
        "started_at": iso_utc(event.started_at),
        "met_at": iso_utc(event.met_at),
        "last_held_at": iso_utc(event.last_held_at),
        "track_ids": list(event.track_ids),
        "box": box,
        "score": round(event.score, 4),
        "model": event.model,
        "facts": dict(event.facts),
    }


class EventLines:
    """events.jsonl, a line written as soon as it is known."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, video: str, event: Event) -> None:
        """Append one statement and hand it to the system at once."""
        self._file.write(json.dumps(event_row(video, event), ensure_ascii=False) + "\n")
        self._file.flush()


def _section(notes: VideoNotes) -> dict[str, Any]:
    by_rule: dict[str, list[tuple[float, float]]] = {}
    for episode in notes.episodes.values():
        label = notes.rule_names.get(episode.event.rule_id, episode.event.rule_id)
        start = episode.event.media_time_s - (episode.event.met_at - episode.event.started_at) / NS_PER_S
        by_rule.setdefault(label, []).append((max(start, 0.0), episode.end_s))
    duration = max(notes.duration_s, 1.0)
    return {
        "notes": notes,
        "timeline": timeline(sorted(by_rule.items()), duration, f"Événements / events – {notes.name}"),
        "people": curve(notes.people, duration, f"Personnes en vue / people in view – {notes.name}"),
        "vehicles": curve(notes.vehicles, duration, f"Véhicules en vue / vehicles in view – {notes.name}"),
        "episodes": sorted(notes.episodes.values(), key=lambda e: e.event.media_time_s),
    }


def write_analysis(path: Path, videos: Sequence[VideoNotes], setting: Mapping[str, str]) -> None:
    """Write one self-contained page for all videos."""
    page = environment().get_template("analysis.html.j2")
    text = page.render(setting=setting, sections=[_section(notes) for notes in videos])
    path.write_text(text, encoding="utf-8")
