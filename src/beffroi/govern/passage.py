"""The one way through a door: right checked, transaction opened, act traced in it, listeners told after it."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from sqlalchemy import Connection

from beffroi.govern.authorisations import may_view
from beffroi.govern.rights import Actor, Right, Role, may, require
from beffroi.keep.store import authorisations, journal, outbox
from beffroi.keep.store.database import Database
from beffroi.vocabulary.errors import NotAuthorisedError
from beffroi.vocabulary.journal import Detail, JournalEntry
from beffroi.vocabulary.time import UtcNs

log = structlog.get_logger("beffroi.govern")

Clock = Callable[[], UtcNs]


def new_id(kind: str) -> str:
    """A name that nobody can guess and nothing else has: ``kind`` and 128 random bits.

    >>> new_id("alert").startswith("alert-")
    True
    """
    return f"{kind}-{secrets.token_hex(16)}"


class Writing:
    """An open write transaction: its connection, its one instant, and what it tells once committed."""

    def __init__(self, connection: Connection, actor: Actor, now: UtcNs) -> None:
        self.connection = connection
        self.actor = actor
        self.now = now
        self.told = False

    def tell(self, topic: str, payload: dict[str, Any], *, authorisation_id: str = "") -> None:
        """Put a message in line, in this transaction. With an authorisation only its viewers are told."""
        self.told = True
        outbox.add_message(
            self.connection,
            message_id=new_id("message"),
            topic=topic,
            payload=payload,
            authorisation_id=authorisation_id,
            now=self.now,
        )

    def trace(
        self,
        act: str,
        about: str,
        *,
        why: str = "",
        purpose: str = "",
        allowed: bool = True,
        detail: Detail | None = None,
    ) -> JournalEntry:
        """Write who did what, why and what for into the journal, in this transaction."""
        entry = JournalEntry(
            at=self.now,
            actor=self.actor.name,
            role=self.actor.role.value,
            act=act,
            about=about,
            why=why,
            purpose=purpose,
            allowed=allowed,
            detail=detail or {},
        )
        return journal.add_entry(self.connection, entry)


class Passage:
    """Opens checked transactions on the store. Thread-safe."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock
        self._listeners: list[Callable[[], None]] = []
        self._listening = threading.Lock()

    def check(self, actor: Actor, right: Right, about: str) -> None:
        """Let through or refuse; a refusal is traced.

        Raises:
            NotAuthorisedError: the table does not give this right.
        """
        if may(actor, right):
            return
        with self._transaction(actor) as writing:
            writing.trace(right.value, about, allowed=False, why="role")
        require(actor, right)

    def may_any(self, actor: Actor, rights: Iterable[Right]) -> bool:
        """Whether the table gives one of some rights; nothing is traced."""
        return any(may(actor, right) for right in rights)

    @contextmanager
    def reading(self, actor: Actor, right: Right, about: str = "") -> Iterator[Connection]:
        """A read transaction for somebody who has the right.

        Raises:
            NotAuthorisedError: the right is missing.
            StorageError: the store refuses.
        """
        self.check(actor, right, about)
        with self.database.read() as connection:
            yield connection

    @contextmanager
    def writing(
        self, actor: Actor, right: Right, about: str = "", *, act: str = "", why: str = "", detail: Detail | None = None
    ) -> Iterator[Writing]:
        """A write transaction for somebody who has the right; with ``act`` the act is traced in it.

        Raises:
            NotAuthorisedError: the right is missing.
            StorageError: the store refuses; nothing was kept.
        """
        self.check(actor, right, about)
        with self._transaction(actor) as writing:
            if act:
                writing.trace(act, about, why=why, detail=detail)
            yield writing

    @contextmanager
    def signing(self, name: str) -> Iterator[Writing]:
        """A write transaction for somebody who is not signed in yet: needs no right, so it serves accounts only."""
        with self._transaction(Actor(name=name, role=Role.OPERATOR)) as writing:
            yield writing

    def viewable(self, connection: Connection, actor: Actor) -> list[str] | None:
        """The authorisations whose alerts this person may see; None (all) for the pipeline alone."""
        if actor.role is Role.SYSTEM:
            return None
        given = authorisations.all_authorisations(connection)
        return [one.authorisation_id for one in given if may_view(one, actor)]

    def refuse_unless_viewable(self, connection: Connection, actor: Actor, authorisation_id: str) -> None:
        """Do nothing when the person may see what this authorisation gave.

        Raises:
            NotAuthorisedError: its viewers name neither the person nor the role.
        """
        viewable = self.viewable(connection, actor)
        if viewable is not None and authorisation_id not in viewable:
            raise NotAuthorisedError(f"the authorisation behind this alert does not name {actor.name} as a viewer")

    def listen(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back after each commit that told something, in the writer's thread; returns how to stop."""
        with self._listening:
            self._listeners.append(callback)

        def stop() -> None:
            with self._listening:
                if callback in self._listeners:
                    self._listeners.remove(callback)

        return stop

    @contextmanager
    def _transaction(self, actor: Actor) -> Iterator[Writing]:
        with self.database.write() as connection:
            writing = Writing(connection, actor, self.clock())
            yield writing
        if writing.told:
            with self._listening:
                listeners = list(self._listeners)
            for callback in listeners:
                try:
                    callback()
                except Exception:  # what was written is written: a listener's trouble is not the writer's
                    log.exception("listener_failed")
