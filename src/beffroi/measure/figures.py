"""metrics.json: every figure of an evaluation, from its raw output and the truth."""

from __future__ import annotations

import math
import resource
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from beffroi.measure.matching import Judged, Tally, match_clip, match_stills
from beffroi.measure.raw import CountRow, RawOutput
from beffroi.measure.tracking import tracking_figures
from beffroi.measure.truth import Truth
from beffroi.vocabulary.rules import Situation

NEAR_S = 1.0
"""A count belongs to a true instant when it is at most this far away."""
NOT_IMPLEMENTED = "not implemented"


@dataclass(slots=True, kw_only=True)
class Figures:
    """The figures, and what became of each alert and event."""

    metrics: dict[str, Any]
    judged: list[Judged] = field(default_factory=list)


def _situations(truths: Sequence[Truth], raw: RawOutput, implemented: frozenset[Situation]) -> dict[Situation, Tally]:
    ran = {clip.clip: frozenset(clip.situations) for clip in raw.clips}
    # a clip that is not there at all counts as watched and missed, for every situation that exists
    absent = frozenset(situation.value for situation in implemented)
    tallies: dict[Situation, Tally] = {}
    for truth in truths:
        alerts = [alert for alert in raw.alerts if alert.clip == truth.clip_id]
        match = match_stills if truth.stills else match_clip
        match(truth, alerts, ran.get(truth.clip_id, absent), tallies)
    return tallies


def _told(situation: Situation, tally: Tally, implemented: frozenset[Situation]) -> dict[str, Any]:
    if situation in implemented:
        return {"status": "measured", **tally.figures()}
    return {
        "status": NOT_IMPLEMENTED,
        "events": tally.not_run_events,
        "detected": None,
        "missed": None,
        "repeats": None,
        "false_alerts": None,
        "not_run_events": tally.not_run_events,
    }


def _nearest(counts: Sequence[CountRow], t_s: float) -> int:
    near = [row for row in counts if row.still is None and abs(row.t_s - t_s) <= NEAR_S]
    return min(near, key=lambda row: abs(row.t_s - t_s)).count if near else 0


def _count_figures(rows: Sequence[tuple[float, float, float]]) -> dict[str, Any] | None:
    if not rows:
        return None
    values = np.array(rows, np.float64)
    off = np.abs(values[:, 1] - values[:, 0])
    return {
        "mae": float(off.mean()),
        "relative": float(off.sum() / max(values[:, 0].sum(), 1.0)),
        "within_tolerance": int((off <= values[:, 2]).sum()),
        "n": len(rows),
    }


def _counts(truths: Sequence[Truth], raw: RawOutput) -> dict[str, Any]:
    clips: list[tuple[float, float, float]] = []
    stills: list[tuple[float, float, float]] = []
    for truth in truths:
        rows = [row for row in raw.counts if row.clip == truth.clip_id]
        if truth.stills:
            by_file = {row.still: row.count for row in rows}
            stills += [(s.count, by_file.get(s.file, 0), 0.0) for s in truth.stills if s.count is not None]
        else:
            clips += [(want.count, _nearest(rows, want.t_s), want.tolerance) for want in truth.counts]
    out = {}
    if figures := _count_figures(clips):
        out["counts"] = figures
    if figures := _count_figures(stills):
        out["counts_stills"] = figures
    return out


def _tracking(truths: Sequence[Truth], raw: RawOutput) -> dict[str, Any]:
    clips = {
        truth.clip_id: asdict(tracking_figures(truth.tracks_file, raw.tracks[truth.clip_id]))
        for truth in truths
        if truth.tracks_file is not None and truth.clip_id in raw.tracks
    }
    if not clips:
        return {}
    means = {key: float(np.mean([clip[key] for clip in clips.values()])) for key in ("hota", "mota", "idf1")}
    return {"tracking": {**means, "clips": clips}}


def _speed(truths: Sequence[Truth], raw: RawOutput) -> dict[str, float]:
    ran = {clip.clip for clip in raw.clips}
    video_s = sum(truth.duration_s for truth in truths if truth.clip_id in ran)
    wall_s, cpu_s = sum(clip.wall_s for clip in raw.clips), sum(clip.cpu_s for clip in raw.clips)
    return {
        "realtime_factor": video_s / max(wall_s, 1e-9),
        "cpu_s_per_video_s": cpu_s / max(video_s, 1e-9),
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def figures_of(truths: Sequence[Truth], raw: RawOutput, implemented: frozenset[Situation]) -> Figures:
    """Everything EVALUATION asks for. Situations that do not exist yet are said so, never counted as silent."""
    tallies = _situations(truths, raw, implemented)
    failed = [clip.clip for clip in raw.clips if clip.error]
    absent = sorted({truth.clip_id for truth in truths} - {clip.clip for clip in raw.clips})
    metrics: dict[str, Any] = {
        "situations": {s.value: _told(s, tally, implemented) for s, tally in sorted(tallies.items())},
        **_counts(truths, raw),
        **_tracking(truths, raw),
        "speed": _speed(truths, raw),
        "failed_clips": failed + absent,
    }
    return Figures(metrics=metrics, judged=[j for tally in tallies.values() for j in tally.judged])


def finite(value: Any) -> Any:
    """The same value with infinities and not-a-numbers as None, so that strict JSON readers accept it."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value
