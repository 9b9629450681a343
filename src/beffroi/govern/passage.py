"""The one way through a door: right checked, transaction opened, act traced in it, listeners told after it."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import structlog
from sqlalchemy import Connection

from beffroi.govern.authorisations import may_view
from beffroi.govern.in_force import InForce, read_in_force
from beffroi.govern.regimes.reading import built_in
from beffroi.govern.regimes.terms import RegimeBook
from beffroi.govern.rights import ALL, Actor, Right, Role, may, require
from beffroi.keep.store import authorisations, cameras, journal, outbox
from beffroi.keep.store.database import Database
from beffroi.keep.store.sight import Grant, Sight
from beffroi.vocabulary.camera import Camera
from beffroi.vocabulary.errors import NotAuthorisedError, NotFoundError
from beffroi.vocabulary.journal import Detail, JournalEntry
from beffroi.vocabulary.time import UtcNs

log = structlog.get_logger("beffroi.govern")

_WHY_MOST = 300

Clock = Callable[[], UtcNs]


def new_id(kind: str) -> str:
    """A name that nobody can guess and nothing else has: ``kind`` and 128 random bits.

    >>> new_id("alert").startswith("alert-")
    True
    """
    return f"{kind}-{secrets.token_hex(16)}"


class OutOfReachError(NotFoundError):
    """A thing is not this person's business: told as if it did not exist, traced as a refusal."""

    def __init__(self, message: str, *, about: str, why: str = "scope") -> None:
        self.about, self.why = about, why
        super().__init__(message)


class NotAViewerError(NotAuthorisedError):
    """The viewers or the purpose of what was asked for leave this person out; traced."""

    def __init__(self, message: str, *, about: str, why: str) -> None:
        self.about, self.why = about, why
        super().__init__(message)


def _camera_of(payload: Mapping[str, Any]) -> str:
    """The camera that a message concerns, by itself or through its alert; "" for none."""
    alert = payload.get("alert")
    inner = alert if isinstance(alert, Mapping) else {}
    return str(payload.get("camera_id") or inner.get("camera_id") or "")


class Writing:
    """An open write transaction: its connection, its one instant, and what it tells once committed."""

    def __init__(self, connection: Connection, actor: Actor, now: UtcNs) -> None:
        self.connection = connection
        self.actor = actor
        self.now = now
        self.told = False

    def tell(self, topic: str, payload: dict[str, Any], *, authorisation_id: str = "") -> None:
        """Put a message in line, in this transaction. With an authorisation only its viewers are told;
        what concerns a camera is told to those who reach it.
        """
        self.told = True
        outbox.add_message(
            self.connection,
            message_id=new_id("message"),
            topic=topic,
            payload=payload,
            whom=(authorisation_id, _camera_of(payload)),
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

    def __init__(self, database: Database, clock: Clock, regimes: RegimeBook | None = None) -> None:
        self.database = database
        self.clock = clock
        self.regimes = regimes or built_in()
        self._listeners: list[Callable[[], None]] = []
        self._listening = threading.Lock()

    def check(self, actor: Actor, right: Right, about: str) -> None:
        """Let through or refuse; a refusal is traced.

        Raises:
            NotAuthorisedError: the table does not give this right.
        """
        if may(actor, right):
            return
        self.refused(actor, right.value, about, why="role")
        require(actor, right)

    def refused(self, actor: Actor, act: str, about: str, *, why: str) -> None:
        """Journal a refusal, in a transaction of its own.

        Raises:
            StorageError: the store refuses.
        """
        with self._transaction(actor) as writing:
            writing.trace(act, about, allowed=False, why=why)

    def may_any(self, actor: Actor, rights: Iterable[Right]) -> bool:
        """Whether the table gives one of some rights; nothing is traced."""
        return any(may(actor, right) for right in rights)

    @contextmanager
    def reading(self, actor: Actor, right: Right, about: str = "") -> Iterator[Connection]:
        """A read transaction for somebody who has the right. A refusal inside it is traced.

        Raises:
            NotAuthorisedError: the right is missing.
            StorageError: the store refuses.
        """
        self.check(actor, right, about)
        try:
            with self.database.read() as connection:
                yield connection
        except (OutOfReachError, NotAuthorisedError) as refusal:
            self._trace_refusal(actor, right, about, refusal)
            raise

    @contextmanager
    def writing(
        self, actor: Actor, right: Right, about: str = "", *, act: str = "", why: str = "", detail: Detail | None = None
    ) -> Iterator[Writing]:
        """A write transaction for somebody who has the right; with ``act`` the act is traced in it. So is a refusal
        inside it, after all else was taken back.

        Raises:
            NotAuthorisedError: the right is missing.
            StorageError: the store refuses; nothing was kept.
        """
        self.check(actor, right, about)
        try:
            with self._transaction(actor) as writing:
                if act:
                    writing.trace(act, about, why=why, detail=detail)
                yield writing
        except (OutOfReachError, NotAuthorisedError) as refusal:
            self._trace_refusal(actor, right, about, refusal)
            raise

    @contextmanager
    def signing(self, name: str, role: Role = Role.OPERATOR) -> Iterator[Writing]:
        """A write transaction for somebody who signs in, or about their own account: needs no right, so it serves
        accounts only.
        """
        with self._transaction(Actor(name=name, role=role)) as writing:
            yield writing

    def viewable(self, connection: Connection, actor: Actor) -> Sight | None:
        """What this person may see: where their scopes reach, of what names them as a viewer. None (all) for the
        pipeline alone.
        """
        if actor.role is Role.SYSTEM:
            return None
        every = authorisations.all_authorisations(connection, joint=True)
        named = {one.authorisation_id for one in every if not one.joint_of and may_view(one, actor)}
        given = [one for one in every if named.issuperset(one.joint_of or (one.authorisation_id,))]
        limited = any(ALL not in scope.groups for scope in actor.scopes)
        groups = cameras.groups(connection) if limited else {}
        grants = []
        for scope in actor.scopes:
            serving = (one for one in given if ALL in scope.purposes or one.purpose_id in scope.purposes)
            here = None if ALL in scope.groups else frozenset(n for n, g in groups.items() if scope.holds(g, None))
            grants.append(Grant(authorisations=frozenset(one.authorisation_id for one in serving), cameras=here))
        return Sight(grants=tuple(grants), cameras=self.reached(connection, actor))

    def in_force(self, connection: Connection, now: UtcNs | None = None) -> InForce:
        """What may be analysed and seen at an instant (default: now).

        Raises:
            StorageError: it cannot be read: nothing may.
        """
        return read_in_force(connection, self.regimes, self.clock() if now is None else now)

    def reached(self, connection: Connection, actor: Actor) -> frozenset[str] | None:
        """The cameras that are this person's business, removed ones included; None: all there are."""
        if actor.role is Role.SYSTEM or any(ALL in scope.groups for scope in actor.scopes):
            return None
        return frozenset(name for name, groups in cameras.groups(connection).items() if actor.reaches(groups))

    def refuse_out_of_reach(self, connection: Connection, actor: Actor, camera_id: str) -> None:
        """Do nothing when a camera is this person's business, or there is none of that name.

        Raises:
            OutOfReachError: it is not; told as if there were no such camera.
        """
        reached = self.reached(connection, actor)
        if reached is not None and camera_id not in reached and camera_id in cameras.names(connection):
            raise OutOfReachError(f"there is no camera {camera_id!r}", about=f"camera:{camera_id}")

    def refuse_unless_serving(self, actor: Actor, camera: Camera, purposes: Iterable[str]) -> None:
        """Do nothing when one of some purposes is this person's on a camera; who has every purpose needs none.

        Raises:
            NotAViewerError: none is.
        """
        if not any(actor.reaches(camera.groups, purpose) for purpose in (*purposes, ALL)):
            about, what = f"camera:{camera.camera_id}", "none of the purposes this camera serves is"
            raise NotAViewerError(f"{what} one of {actor.name}'s", about=about, why="purpose")

    def refuse_unless_viewable(
        self, connection: Connection, actor: Actor, authorisation_id: str, *, camera_id: str, about: str
    ) -> None:
        """Do nothing when the person may see what this authorisation gave of this camera. ``about``: what it gave.

        Raises:
            OutOfReachError: the camera is not this person's business; told as if the thing did not exist.
            NotAViewerError: the viewers name neither the person nor the role, or the purpose is not theirs.
        """
        sight = self.viewable(connection, actor)
        if sight is None or sight.holds(authorisation_id, camera_id):
            return
        if not sight.reaches(camera_id):
            raise OutOfReachError(f"there is no {about.replace(':', ' ')!r}", about=about)
        what = f"the authorisation behind this {about.partition(':')[0]}"
        raise NotAViewerError(f"{what} does not name {actor.name} as a viewer", about=about, why="viewers")

    def listen(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back after each commit that told something, in the writer's thread; returns how to stop."""
        with self._listening:
            self._listeners.append(callback)

        def stop() -> None:
            with self._listening:
                if callback in self._listeners:
                    self._listeners.remove(callback)

        return stop

    def _trace_refusal(
        self, actor: Actor, right: Right, about: str, refusal: OutOfReachError | NotAuthorisedError
    ) -> None:
        """A refusal that only what was read could tell: nothing else of its transaction is kept, the refusal is."""
        if self.database.is_writing_here:
            return  # inside another's transaction, which ends with the same refusal and traces it
        if isinstance(refusal, OutOfReachError | NotAViewerError):
            self.refused(actor, right.value, refusal.about, why=refusal.why)
        else:
            self.refused(actor, right.value, about, why=str(refusal)[:_WHY_MOST])

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
