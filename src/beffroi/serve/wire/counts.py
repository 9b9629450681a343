"""Counts on the wire: numbers per quarter of an hour, and how often a pilot's rules were met."""

from __future__ import annotations

from beffroi.govern.counts import SPAN_S, Count
from beffroi.serve.wire.form import Instant, Wire, example
from beffroi.vocabulary.time import iso_utc


class CountOut(Wire):
    """What a rule counted in one quarter of an hour; 0: it was watched and nobody came. A quarter of an hour that is
    missing was not watched.
    """

    model_config = example(
        camera_id="pont-neuf",
        rule_id="passage",
        counter="forward",
        from_at="2026-06-01T10:15:00.000Z",
        value=42.0,
    )

    camera_id: str
    rule_id: str
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
                "counter": "forward",
                "from_at": "2026-06-01T10:15:00.000Z",
                "value": 42.0,
            }
        ],
    )

    span_s: int
    items: list[CountOut]


def counts_out(found: list[Count]) -> CountsOut:
    """Counts on the wire."""
    items = [
        CountOut(
            camera_id=one.camera_id,
            rule_id=one.rule_id,
            counter=one.counter,
            from_at=iso_utc(one.from_at),
            value=one.value,
        )
        for one in found
    ]
    return CountsOut(span_s=SPAN_S, items=items)
