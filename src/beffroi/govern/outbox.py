"""The door of what is told: the event stream of each person, and the line each sink works through."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from beffroi.govern.passage import Passage
from beffroi.govern.rights import Actor, Right
from beffroi.keep.store import outbox
from beffroi.keep.store.outbox import OutboxRow as OutboxRow
from beffroi.keep.store.outbox import ParkedMessage as ParkedMessage
from beffroi.keep.store.outbox import SinkState as SinkState


class Outbox:
    """Messages in the order in which they were committed."""

    def __init__(self, passage: Passage) -> None:
        self._passage = passage

    def for_actor(self, actor: Actor, seq: int, *, limit: int = 200) -> list[OutboxRow]:
        """What this person may be told, after a message; in order."""
        with self._passage.reading(actor, Right.SEE_QUEUE) as connection:
            viewable = self._passage.viewable(connection, actor)
            return outbox.after(connection, seq, viewable=viewable, limit=limit)

    def bounds(self) -> tuple[int, int]:
        """Numbers of the oldest message still kept and of the newest; (0, 0) when there is none yet."""
        with self._passage.database.read() as connection:
            return outbox.bounds(connection)

    def listen(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back, in the writer's thread, after each commit that told something; returns how to stop."""
        return self._passage.listen(callback)

    def join(self, actor: Actor, sink: str) -> SinkState:
        """A sink's state; a sink that is new begins with what is told from now on."""
        with self._passage.writing(actor, Right.RUN_PIPELINE) as writing:
            return outbox.join(writing.connection, sink)

    def retire_others(self, actor: Actor, kept: Sequence[str]) -> list[str]:
        """Forget sinks that are no longer set up, traced; one that is set up again later begins anew. Which."""
        with self._passage.writing(actor, Right.RUN_PIPELINE) as writing:
            gone = outbox.retire_others(writing.connection, kept)
            for sink in gone:
                writing.trace("retire_sink", f"sink:{sink}")
        return gone

    def batch(self, actor: Actor, sink: str, *, limit: int = 100) -> tuple[SinkState, list[OutboxRow]]:
        """How far a sink has got, and what comes next for it."""
        with self._passage.reading(actor, Right.RUN_PIPELINE) as connection:
            state = next((one for one in outbox.sink_states(connection) if one.sink == sink), None)
            if state is not None:
                return state, outbox.after(connection, state.cursor, viewable=None, limit=limit)
        return self.join(actor, sink), []

    def delivered(self, actor: Actor, sink: str, seq: int) -> None:
        """A sink has taken everything up to ``seq``."""
        with self._passage.writing(actor, Right.RUN_PIPELINE) as writing:
            outbox.advance(writing.connection, sink, seq, writing.now)

    def failed(self, actor: Actor, sink: str, error: str) -> SinkState:
        """A sink could not take the next message; how often and since when, now."""
        with self._passage.writing(actor, Right.RUN_PIPELINE) as writing:
            return outbox.note_failure(writing.connection, sink, error[:500], writing.now)

    def parked(self, actor: Actor, sink: str, row: OutboxRow, *, attempts: int, why: str) -> None:
        """A sink can never take this message: set it aside, traced, and let the line go on."""
        detail: dict[str, str | int | float | bool] = {"sink": sink, "seq": row.seq, "attempts": attempts}
        with self._passage.writing(
            actor, Right.RUN_PIPELINE, f"message:{row.message_id}", act="park_message", why=why[:500], detail=detail
        ) as writing:
            outbox.park(writing.connection, sink, row, attempts=attempts, why=why[:500], now=writing.now)

    def sinks(self, actor: Actor) -> list[SinkState]:
        """How far every sink has got."""
        with self._passage.reading(actor, Right.SEE_CAMERAS) as connection:
            return outbox.sink_states(connection)

    def set_aside(self, actor: Actor, *, limit: int = 100) -> list[ParkedMessage]:
        """Messages that sinks could never take, newest first."""
        with self._passage.reading(actor, Right.READ_JOURNAL) as connection:
            return outbox.parked(connection, limit)
