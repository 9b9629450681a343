"""What of events, alerts and verdicts becomes a figure when its time is over."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection

from beffroi.govern.passage import Passage
from beffroi.govern.payloads import alert_json
from beffroi.govern.retention.inscribing import Pen
from beffroi.govern.retention.terms import Terms
from beffroi.govern.rights import SYSTEM, Right
from beffroi.keep.store import alerts, reducing
from beffroi.vocabulary.retention import EVERY_CAMERA, DataKind, LedgerEntry, Why
from beffroi.vocabulary.time import NS_PER_S, UtcNs, seconds_to_ns

AT_ONCE = 200
BATCHES_A_ROUND = 10
_MEASURED_AT_ONCE = 20_000
SETTLED_NS = 120 * NS_PER_S
"""Twice the shortest term: what was set aside for a sink since waits for the next round. Source: our choice."""


class Reduction:
    """Takes what is personal from old rows, in bounded batches, each its own transaction."""

    def __init__(self, passage: Passage, pen: Pen, terms: Terms) -> None:
        self._passage = passage
        self._pen = pen
        self._terms = terms

    def run(self, now: UtcNs) -> int:
        """Reduce what is over at ``now``; how many alerts.

        Raises:
            StorageError: the store refuses; what was not done is done the next time.
        """
        with self._passage.reading(SYSTEM, Right.RUN_PIPELINE) as connection:
            groups = reducing.groups_with_alerts(connection)
            befores = {one: self._before(connection, one, now) for one in groups}
        reduced = sum(self._reduce(group, before, now) for group, before in befores.items())
        with self._passage.reading(SYSTEM, Right.RUN_PIPELINE) as connection:
            of_events = reducing.groups_with_events(connection)
        with self._passage.writing(SYSTEM, Right.RUN_PIPELINE) as writing:
            connection = writing.connection
            dropped = 0
            for group in of_events:
                before = events_before(connection, self._terms, group, now)
                dropped += reducing.drop_events(connection, group, before, _MEASURED_AT_ONCE)
            before = self._before(connection, (EVERY_CAMERA, ""), now)
            dropped += reducing.drop_messages(connection, before)
            dropped += reducing.drop_parked(connection, before, UtcNs(now - SETTLED_NS))
            reducing.drop_observations(connection, figures_before(connection, self._terms, now), _MEASURED_AT_ONCE)
        if reduced or dropped:
            self._passage.database.fold()
        return reduced

    def _before(self, connection: Connection, group: tuple[str, str], now: UtcNs) -> UtcNs:
        return reduced_before(connection, self._terms, group, now)

    def _reduce(self, group: tuple[str, str], before: UtcNs, now: UtcNs) -> int:
        count = 0
        for _ in range(BATCHES_A_ROUND):
            with self._passage.reading(SYSTEM, Right.RUN_PIPELINE) as connection:
                if not reducing.old_alerts(connection, group, before, now, 1):
                    return count
            self._pen.ready()
            with self._passage.writing(SYSTEM, Right.RUN_PIPELINE) as writing:
                old = reducing.old_alerts(writing.connection, group, before, now, AT_ONCE)
                reducing.reduce(writing.connection, old, writing.now)
                _blank_newest(writing.connection, {one.alert_id for one in old})
                self._pen.write(writing, [_entry(one, before, writing.now) for one in old])
                writing.trace("reduce_alerts", f"camera:{group[0]}", why="expired", detail={"count": len(old)})
            count += len(old)
        return count


def reduced_before(connection: Connection, terms: Terms, group: tuple[str, str], now: UtcNs) -> UtcNs:
    """Before which instant alerts of a camera and an authorisation must have become figures."""
    term = terms.effective(connection, group[0], DataKind.ALERTS, authorisation_id=group[1])
    return UtcNs(now - seconds_to_ns(term.keep_s))


def events_before(connection: Connection, terms: Terms, group: tuple[str, str], now: UtcNs) -> UtcNs:
    """Before which instant events of a camera and an authorisation that raised no alert must have gone."""
    return UtcNs(now - seconds_to_ns(terms.of_events(connection, *group).keep_s))


def figures_before(connection: Connection, terms: Terms, now: UtcNs) -> UtcNs:
    """Before which instant measured values must have gone."""
    return UtcNs(now - seconds_to_ns(terms.effective(connection, EVERY_CAMERA, DataKind.FIGURES).keep_s))


def _blank_newest(connection: Connection, reduced: Collection[str]) -> None:
    """The newest message of all stays: let it say no more of a reduced alert than the alert itself does."""
    seq, alert_id = reducing.newest_told_of(connection)
    record = alerts.get_alert(connection, alert_id) if alert_id in reduced else None
    if record is not None:
        reducing.tell_no_more(connection, seq, "alert.changed", alert_json(record))


def _entry(old: reducing.OldAlert, before: UtcNs, now: UtcNs) -> LedgerEntry:
    return LedgerEntry(
        at=now,
        kind=DataKind.ALERTS,
        item_id=old.alert_id,
        camera_id=old.camera_id,
        files=(),
        from_at=old.started_at,
        to_at=old.last_held_at,
        born_at=old.raised_at,
        expired_at=UtcNs(old.raised_at + now - before),
        why=Why.EXPIRED,
    )
