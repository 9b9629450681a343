"""A town's sheet filled in, and figures as `beffroi evaluate` writes them, to test the register with."""

from __future__ import annotations

from typing import Any

from beffroi.govern.register.door import MapKind, TownSheet

SHEET = TownSheet(
    responsible="Commune de Sainte-Croix",
    address="1 place de la Mairie",
    service="Centre de supervision urbain",
    phone="01 99 00 00 00",
    email="mairie@sainte-croix.example",
    dpo_contact="dpo@sainte-croix.example",
    rights_contact="Mairie, service vidéoprotection",
    prefecture="Préfecture du Val",
    map=MapKind.PERIMETER,
)
"""Of an invented town."""


def metrics() -> dict[str, Any]:
    """A metrics.json with one measured situation and one that is not implemented."""
    measured = {
        "status": "measured",
        "events": 20,
        "detected": 18,
        "missed": 2,
        "false_alerts": 1,
        "camera_hours": 12.5,
        "recall_95": [0.699, 0.972],
        "false_per_hour_95": [0.002, 0.446],
        "latency_p95_s": 1.4,
    }
    silent = {"status": "not implemented", "events": 3, "detected": None, "not_run_events": 3}
    return {
        "model": "nanodet-g-416@1",
        "version": "0.1.0",
        "situations": {"zone_entered": measured, "weapon_seen": silent},
    }
