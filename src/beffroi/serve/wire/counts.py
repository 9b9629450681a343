"""Counts on the wire: numbers per quarter of an hour, and how often a pilot's rules were met."""

from __future__ import annotations

from beffroi.govern.counts import SPAN_S, Count, PilotDay
from beffroi.serve.wire.form import Instant, Wire, example
from beffroi.vocabulary.time import iso_utc


class CountOut(Wire):
    """What a rule counted in one quarter of an hour; 0: it was watched and nobody came. A quarter of an hour that is
    missing was not watched.
    """

    model_config = example(
        camera_id="pont-neuf",
        rule_id="passage",
        rule_name="Passage du pont",
        counter="forward",
        from_at="2026-06-01T10:15:00.000Z",
        value=42.0,
    )

    camera_id: str
    rule_id: str
    rule_name: str
    counter: str
    from_at: Instant
    value: float


class CountsOut(Wire):
    """Counts, oldest first, each of `span_s` seconds."""

    model_config = example(
        span_s=SPAN_S,
        items=[
            {
                "camera_id": "pont-neuf",
                "rule_id": "passage",
                "rule_name": "Passage du pont",
                "counter": "forward",
                "from_at": "2026-06-01T10:15:00.000Z",
                "value": 42.0,
            }
        ],
    )

    span_s: int
    items: list[CountOut]


class PilotDayOut(Wire):
    """How often a rule was met on a day of the town's clock, where no alert may be shown."""

    model_config = example(
        camera_id="pont-neuf",
        rule_id="quai",
        rule_name="Quai interdit",
        situation="zone_entered",
        day="2026-06-01",
        times=3,
    )

    camera_id: str
    rule_id: str
    rule_name: str
    situation: str
    day: str
    times: int


class PilotOut(Wire):
    """What pilots measured, oldest day first. A rule that was never met is not listed."""

    model_config = example(
        items=[
            {
                "camera_id": "pont-neuf",
                "rule_id": "quai",
                "rule_name": "Quai interdit",
                "situation": "zone_entered",
                "day": "2026-06-01",
                "times": 3,
            }
        ]
    )

    items: list[PilotDayOut]


def pilot_out(found: list[PilotDay]) -> PilotOut:
    """What pilots measured, on the wire."""
    items = [
        PilotDayOut(
            camera_id=one.camera_id,
            rule_id=one.rule_id,
            rule_name=one.rule_name,
            situation=one.situation.value,
            day=one.day.isoformat(),
            times=one.times,
        )
        for one in found
    ]
    return PilotOut(items=items)


def counts_out(found: list[Count]) -> CountsOut:
    """Counts on the wire."""
    items = [
        CountOut(
            camera_id=one.camera_id,
            rule_id=one.rule_id,
            rule_name=one.rule_name,
            counter=one.counter,
            from_at=iso_utc(one.from_at),
            value=one.value,
        )
        for one in found
    ]
    return CountsOut(span_s=SPAN_S, items=items)
