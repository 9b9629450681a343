"""Alerts, verdicts and states as JSON: one shape for the HTTP API, the event stream and the sinks."""

from __future__ import annotations

import math
from typing import Any

from beffroi.keep.store.alerts import AlertRecord
from beffroi.vocabulary.camera import CameraStatus
from beffroi.vocabulary.judgement import Box, Verdict
from beffroi.vocabulary.time import UtcNs, iso_utc


def alert_json(record: AlertRecord) -> dict[str, Any]:
    """An alert as the API gives it: box normalised to [0, 1], instants RFC 3339 with milliseconds."""
    alert = record.alert
    return {
        "alert_id": alert.alert_id,
        "camera_id": alert.camera_id,
        "camera_name": record.camera_name,
        "rule_id": alert.rule_id,
        "rule_version": alert.rule_version,
        "rule_name": record.rule_name,
        "situation": alert.situation.value,
        "severity": alert.severity.value,
        "certainty": alert.certainty.value,
        "state": alert.state.value,
        "started_at": iso_utc(alert.started_at),
        "raised_at": iso_utc(alert.raised_at),
        "due_at": iso_utc(alert.due_at),
        "last_held_at": instant_json(alert.last_held_at),
        "box": box_json(alert.box_xyxy_px, alert.width_px, alert.height_px),
        "score": finite(alert.score),
        "repeats": alert.repeats,
        "evidence": {"state": alert.evidence_state.value, "reason": alert.evidence_reason},
        "snoozed_until": instant_json(alert.snoozed_until),
        "assigned_to": alert.assigned_to,
        "last_verdict": None if record.last_verdict is None else verdict_json(record.last_verdict),
        "facts": {name: finite(value) for name, value in alert.facts.items()},
    }


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """A verdict as the API gives it."""
    return {
        "verdict_id": verdict.verdict_id,
        "alert_id": verdict.alert_id,
        "actor": verdict.actor,
        "decision": verdict.decision.value,
        "reason": verdict.reason,
        "note": verdict.note,
        "evidence_seen": list(verdict.evidence_seen),
        "decided_at": iso_utc(verdict.decided_at),
        "snooze_until": instant_json(verdict.snooze_until),
        "handed_to": verdict.handed_to,
    }


def status_json(status: CameraStatus) -> dict[str, Any]:
    """A camera's state as the API gives it."""
    return {
        "camera_id": status.camera_id,
        "state": status.state.value,
        "reason": status.reason.value,
        "since": iso_utc(status.since),
        "detail": status.detail,
        "analysed_fps": finite(status.analysed_fps),
        "late_share": finite(status.late_share),
        "width_px": status.width_px,
        "height_px": status.height_px,
        "codec": status.codec,
    }


def instant_json(instant: UtcNs | None) -> str | None:
    """An instant that may be missing."""
    return None if instant is None else iso_utc(instant)


def box_json(box: Box | None, width_px: int, height_px: int) -> list[float] | None:
    """Pixels to shares of the picture, cut at its borders; None when there is no box or no picture."""
    if box is None or width_px <= 0 or height_px <= 0:
        return None
    sides = (width_px, height_px, width_px, height_px)
    return [round(min(1.0, max(0.0, value / side)), 5) for value, side in zip(box, sides, strict=True)]


def finite(value: float | str) -> float | str | None:
    """JSON knows no infinity: such a figure is left out."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
