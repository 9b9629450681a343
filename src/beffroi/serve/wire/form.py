"""The form all messages share: unknown fields refused, instants as RFC 3339, boxes normalised, an example each."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Instant = Annotated[str, Field(json_schema_extra={"format": "date-time"}, examples=["2026-05-04T21:03:07.250Z"])]
"""RFC 3339, UTC, milliseconds."""

Share = Annotated[float, Field(ge=0.0, le=1.0)]
PointOut = tuple[Share, Share]
BoxOut = tuple[float, float, float, float]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,80}$")]


class Wire(BaseModel):
    """A message. Unknown fields are errors, so that a spelling mistake is never silently dropped."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def example(**fields: Any) -> ConfigDict:
    """The configuration of a message with its example."""
    return ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, json_schema_extra={"examples": [fields]})


ALERT_EXAMPLE: dict[str, Any] = {
    "alert_id": "al_01J9ZK3M7Q",
    "camera_id": "mairie-nord",
    "camera_name": "Mairie, façade nord",
    "rule_id": "pelouse",
    "rule_version": 2,
    "rule_name": "Pelouse interdite la nuit",
    "situation": "zone_entered",
    "severity": "moderate",
    "certainty": "possible",
    "state": "open",
    "started_at": "2026-05-04T21:03:05.050Z",
    "raised_at": "2026-05-04T21:03:07.250Z",
    "due_at": "2026-05-04T21:05:07.250Z",
    "last_held_at": "2026-05-04T21:03:07.050Z",
    "box": [0.41, 0.32, 0.47, 0.58],
    "score": 0.83,
    "repeats": 0,
    "evidence": {"state": "pending", "reason": ""},
    "snoozed_until": None,
    "assigned_to": "",
    "last_verdict": None,
    "facts": {"count": 1},
}

VERDICT_EXAMPLE: dict[str, Any] = {
    "verdict_id": "vd_01J9ZK5T0A",
    "alert_id": "al_01J9ZK3M7Q",
    "actor": "operateur",
    "decision": "dismiss",
    "reason": "shadow_or_light",
    "note": "Phares d'une voiture sur le mur.",
    "evidence_seen": ["clip", "still"],
    "decided_at": "2026-05-04T21:04:11.000Z",
    "snooze_until": None,
    "handed_to": "",
}
