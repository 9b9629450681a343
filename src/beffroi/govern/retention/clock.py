"""Which time may be believed: what is destroyed by a clock that leapt is gone for good."""

from __future__ import annotations

import structlog

from beffroi.govern.passage import Passage
from beffroi.govern.rights import SYSTEM, Right
from beffroi.keep.store import retention_state, retention_terms
from beffroi.keep.store.retention_state import RetentionState
from beffroi.vocabulary.time import NS_PER_S, UtcNs

log = structlog.get_logger("beffroi.govern")

LEAP_NS = 600 * NS_PER_S
"""Between two looks, seconds apart, no more time than this goes by. Source: our choice."""
BELIEVE_AFTER_NS = 900 * NS_PER_S
"""A clock that leapt ahead has so long to be set right before anything is destroyed by it. Source: our choice."""
_KEEP_EVERY_NS = 30 * NS_PER_S
_STEP_NS = NS_PER_S
"""Less than this backwards is a clock being adjusted, not set."""


class BelievedClock:
    """Compares the clock with the latest time that was believed, which is kept in the store and outlives restarts.

    Ahead by more than ``LEAP_NS``: doubted until it has stood for ``BELIEVE_AFTER_NS``. Meanwhile nothing is destroyed,
    and the doors show nothing that seems expired either. Back: what was due before stays due.
    """

    def __init__(self, passage: Passage) -> None:
        self._passage = passage
        self._believed_at = UtcNs(0)
        self._kept_at = UtcNs(0)
        self._looked_at = UtcNs(0)

    def look(self) -> UtcNs | None:
        """The time to destroy by; None while the clock is doubted.

        Raises:
            StorageError: the store refuses.
        """
        now = self._passage.clock()
        state = self._state(now)
        believed = UtcNs(max(self._believed_at, state.clock_at))
        since = state.doubted_since
        leapt_again = self._looked_at and now - self._looked_at > LEAP_NS
        self._looked_at = now
        if now < believed:
            self._step_back(now, believed)
            return now
        if now - believed <= LEAP_NS or (since is not None and not leapt_again and now - since >= BELIEVE_AFTER_NS):
            self._believe(now, state)
            return now
        if since is None or leapt_again or now < since:
            self._doubt(now, believed)
        return None

    def _state(self, now: UtcNs) -> RetentionState:
        with self._passage.reading(SYSTEM, Right.RUN_PIPELINE) as connection:
            state = retention_state.state_of(connection)
        if state is not None:
            return state
        with self._passage.writing(SYSTEM, Right.RUN_PIPELINE) as writing:
            if retention_state.state_of(writing.connection) is None:
                retention_state.begin(writing.connection, now)
        return RetentionState(began_at=now, clock_at=now)

    def _believe(self, now: UtcNs, state: RetentionState) -> None:
        self._believed_at = now
        if state.doubted_since is None and now - max(self._kept_at, state.clock_at) < _KEEP_EVERY_NS:
            return
        with self._passage.writing(SYSTEM, Right.RUN_PIPELINE) as writing:
            retention_state.change(writing.connection, clock_at=now, doubted_since=None)
            if state.doubted_since is not None:
                writing.trace("believe_clock", "house:clock")
        self._kept_at = now

    def _doubt(self, now: UtcNs, believed: UtcNs) -> None:
        ahead_s = (now - believed) // NS_PER_S
        with self._passage.writing(SYSTEM, Right.RUN_PIPELINE) as writing:
            retention_state.change(writing.connection, doubted_since=now)
            writing.trace("doubt_clock", "house:clock", why="leapt_ahead", detail={"seconds": ahead_s})
        log.error("clock_leapt", seconds=ahead_s)

    def _step_back(self, now: UtcNs, believed: UtcNs) -> None:
        back_s = (believed - now) // NS_PER_S
        with self._passage.writing(SYSTEM, Right.RUN_PIPELINE) as writing:
            touched = retention_terms.keep_due(writing.connection, believed, now)
            retention_state.change(writing.connection, clock_at=now, doubted_since=None)
            if believed - now > _STEP_NS:
                retention_state.change(writing.connection, stepped_back_at=now, stepped_back_s=back_s)
                detail = {"seconds": back_s, "stay_due": touched}
                writing.trace("doubt_clock", "house:clock", why="stepped_back", detail=detail)
                log.error("clock_stepped_back", seconds=back_s)
        self._believed_at = self._kept_at = now
