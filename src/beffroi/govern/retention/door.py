"""The door of retention: terms, what goes when, the ledger, holds, proof; and the house's own round."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection

from beffroi.govern.footage import Footage
from beffroi.govern.passage import NotAViewerError, Passage
from beffroi.govern.retention.clock import BELIEVE_AFTER_NS, BelievedClock
from beffroi.govern.retention.destroying import Destruction
from beffroi.govern.retention.holding import Holding
from beffroi.govern.retention.inscribing import Pen, nameless
from beffroi.govern.retention.reducing import Reduction
from beffroi.govern.retention.removing import Remover
from beffroi.govern.retention.sweeping import Sweep
from beffroi.govern.retention.terms import LEAST_S, Terms
from beffroi.govern.retention.verifying import Tell, Verification
from beffroi.govern.rights import ALL, SYSTEM, Actor, Right
from beffroi.govern.sensitive import SensitiveActs, check_reason
from beffroi.keep.store import cameras, destructions, due, evidence, ledger, retention_state, retention_terms, segments
from beffroi.keep.store.destructions import Begun as Begun
from beffroi.keep.store.due import DayPlanned as DayPlanned
from beffroi.keep.store.retention_state import RetentionState as RetentionState
from beffroi.keep.store.retention_terms import Term as Term
from beffroi.keep.store.segments import Segment as Segment
from beffroi.vocabulary.errors import InvalidInputError, NotFoundError
from beffroi.vocabulary.proof import Proof as Proof
from beffroi.vocabulary.retention import EVERY_CAMERA, DataKind, EffectiveTerm, LedgerEntry, Limit
from beffroi.vocabulary.time import NS_PER_S, UtcNs

GRACE_S = 120.0
"""The house destroys within seconds of the hour: what is later than this is a finding. Source: our choice."""
_REDUCE_EVERY_NS = 300 * NS_PER_S
_FORGET_AFTER_NS = 30 * 86_400 * NS_PER_S
_MOST_ENTRIES = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class TermStanding:
    """How long a kind of data of a camera is kept now and by which limit; ``own`` is what a person set for it."""

    camera_id: str
    camera_name: str
    kind: DataKind
    effective: EffectiveTerm
    own: Term | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What goes when, days that are past first: those go within seconds; ``held``: over already, a hold keeps it."""

    at: UtcNs
    days: tuple[DayPlanned, ...]
    held: dict[DataKind, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionStanding:
    """How retention stands: ``ok``, ``refused`` (the disk does not let go), ``doubted`` (the clock leapt ahead until
    ``believed_from``), ``stepped_back`` (within a day), ``never`` (no round yet). ``refused`` names what is stuck.
    """

    state: str
    refused: tuple[Begun, ...]
    refused_total: int
    believed_from: UtcNs | None
    known: RetentionState | None
    entries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepingParts:
    """What retention is made of: the footage's folder, requests of two people, the pen of the ledger, the terms."""

    data_folder: Path
    footage: Footage
    sensitive: SensitiveActs
    pen: Pen
    terms: Terms


class Retention:
    """Nothing kept too long, nothing lost before its time, and both can be proved."""

    def __init__(self, passage: Passage, parts: KeepingParts) -> None:
        turn = threading.Lock()
        self._passage = passage
        self._data = parts.data_folder
        self._footage = parts.footage
        self._terms = parts.terms
        self._clock = BelievedClock(passage)
        remover = Remover(parts.data_folder)
        self._destruction = Destruction(passage, remover, parts.pen, turn)
        self._sweep = Sweep(passage, self._destruction, parts.data_folder)
        self._reduction = Reduction(passage, parts.pen, parts.terms)
        self._reduced_at = UtcNs(0)
        self.holds = Holding(passage, parts.sensitive, turn)

    def recover(self) -> None:
        """After a start: finish what was being destroyed; destroy footage that no record names.

        Raises:
            StorageError: the disk or the store refuses.
        """
        self._clock.look()
        self._destruction.recover()
        with self._passage.reading(SYSTEM, Right.RUN_PIPELINE) as connection:
            known = evidence.kept_events(connection)
        now = self._passage.clock()
        stray = [
            nameless(DataKind.EVIDENCE, f"event:{event_id}", (), now, folder=event_id)
            for event_id in self._footage.nameless(known)
        ]
        self._destruction.destroy_nameless(stray)
        self._sweep.run()

    def tend(self) -> None:
        """Every few seconds: destroy what is due, if the clock may be believed; now and then shorten and reduce.

        Raises:
            StorageError: the store refuses; what was not done is done the next time.
        """
        now = self._clock.look()
        if now is None:
            return
        if abs(now - self._reduced_at) >= _REDUCE_EVERY_NS:
            self._reduced_at = now
            self.apply_terms()
            self._reduction.run(now)
            with self._passage.writing(SYSTEM, Right.RUN_PIPELINE) as writing:
                segments.forget_destroyed(writing.connection, UtcNs(now - _FORGET_AFTER_NS))
        self._destruction.run(now)

    def look_at_clock(self) -> bool:
        """Whether the clock may be believed now."""
        return self._clock.look() is not None

    def apply_terms(self) -> int:
        """Let what is there go no later than its term says now: after an order, a purpose or a regime changed. How many
        things go sooner by that.
        """
        with self._passage.reading(SYSTEM, Right.RUN_PIPELINE) as connection:
            if not self._terms.would_shorten(connection):
                return 0
        with self._passage.writing(SYSTEM, Right.RUN_PIPELINE) as writing:
            return self._terms.apply(writing.connection)

    def keep_segments(self, actor: Actor, born: Sequence[Segment]) -> list[Segment]:
        """Keep the records of recorded files, each with its expiry: its own, or sooner where its term says so.

        Raises:
            NotAuthorisedError: the actor is not the pipeline.
            InvalidInputError: a path outside of ``recordings/``.
        """
        outside = next((one.path for one in born if not one.path.startswith("recordings/") or ".." in one.path), "")
        if outside:
            raise InvalidInputError("a recording lies outside of its folder", where=outside, mend="Use recordings/.")
        with self._passage.writing(actor, Right.RUN_PIPELINE) as writing:
            kept = [self._bounded(writing.connection, one) for one in born]
            segments.add_segments(writing.connection, kept)
        return kept

    def terms(self, actor: Actor) -> list[TermStanding]:
        """How long each kind of data is kept: the house's row first, then each camera's."""
        with self._passage.reading(actor, Right.SEE_RETENTION) as connection:
            own = {(one.camera_id, one.kind): one for one in retention_terms.all_terms(connection)}
            reached = self._passage.reached(connection, actor)
            here = [one for one in cameras.all_cameras(connection) if reached is None or one.camera_id in reached]
            names = {EVERY_CAMERA: ""} | {one.camera_id: one.name for one in here}
            return [
                TermStanding(
                    camera_id=camera_id,
                    camera_name=name,
                    kind=kind,
                    effective=self._terms.of_camera(connection, camera_id, kind),
                    own=own.get((camera_id, kind)),
                )
                for camera_id, name in names.items()
                for kind in DataKind
            ]

    def set_term(self, actor: Actor, camera_id: str, kind: DataKind, keep_s: int, *, why: str) -> int:
        """Say how long a kind of data of a camera (or of every one) is kept. What is there already goes sooner at once
        when that is shorter, never later when it is longer. How many things go sooner by that.

        Raises:
            NotFoundError: no such camera.
            NotAuthorisedError: the camera, or the whole house, is not this person's business.
            InvalidInputError: beyond what the law, the house, the purpose or the order allows; no reason.
        """
        about = f"camera:{camera_id}"
        self._passage.check(actor, Right.EDIT_RETENTION, about)
        reason = check_reason(why)
        with self._passage.writing(actor, Right.EDIT_RETENTION, about) as writing:
            connection = writing.connection
            self._refuse_unless_theirs(connection, actor, camera_id)
            most = self._terms.most_a_person_may_set(connection, camera_id, kind)
            if not LEAST_S <= keep_s <= most.keep_s:
                raise _beyond(keep_s, most)
            before = self._terms.effective(connection, camera_id, kind).keep_s
            term = Term(
                camera_id=camera_id, kind=kind, keep_s=keep_s, set_at=writing.now, set_by=actor.name, why=reason
            )
            retention_terms.set_term(connection, term)
            sooner = self._terms.apply(connection)
            detail: dict[str, str | int] = {"kind": kind.value, "from_s": before, "to_s": keep_s, "sooner": sooner}
            writing.trace("set_term", about, why=reason, detail=detail)
        self._reduced_at = UtcNs(0)
        return sooner

    def clear_term(self, actor: Actor, camera_id: str, kind: DataKind, *, why: str) -> None:
        """Take a camera's own term back: the house's holds again, for what comes from now on.

        Raises:
            NotFoundError: there is none, or no such camera.
            NotAuthorisedError: the camera, or the whole house, is not this person's business.
            InvalidInputError: no reason.
        """
        about = f"camera:{camera_id}"
        self._passage.check(actor, Right.EDIT_RETENTION, about)
        reason = check_reason(why)
        with self._passage.writing(actor, Right.EDIT_RETENTION, about) as writing:
            self._refuse_unless_theirs(writing.connection, actor, camera_id)
            if not retention_terms.clear_term(writing.connection, camera_id, kind):
                raise NotFoundError("no term of its own was set there")
            self._terms.apply(writing.connection)
            writing.trace("clear_term", about, why=reason, detail={"kind": kind.value})

    def plan(self, actor: Actor, *, days: int = 31) -> Planned:
        """What goes on which day, from now on."""
        now = self._passage.clock()
        with self._passage.reading(actor, Right.SEE_RETENTION) as connection:
            until = UtcNs(now + days * due.DAY_NS)
            return Planned(at=now, days=tuple(due.plan(connection, until)), held=due.count_held(connection, now))

    def ledger(
        self,
        actor: Actor,
        *,
        before: int | None = None,
        kind: DataKind | None = None,
        camera_id: str = "",
        limit: int = 50,
    ) -> list[LedgerEntry]:
        """What was destroyed, newest first, from just before a number on."""
        most = max(1, min(limit, _MOST_ENTRIES))
        with self._passage.reading(actor, Right.SEE_RETENTION) as connection:
            return ledger.page(connection, before=before, kind=kind, camera_id=camera_id, limit=most)

    def standing(self, actor: Actor) -> RetentionStanding:
        """How retention stands, with what the disk refuses and whether the clock is believed."""
        with self._passage.reading(actor, Right.SEE_RETENTION) as connection:
            return self._standing(connection)

    def health(self) -> tuple[str, int]:
        """For the house's own health and figures: the state, and how many things the disk would not let go of."""
        with self._passage.reading(SYSTEM, Right.RUN_PIPELINE) as connection:
            standing = self._standing(connection)
        return standing.state, standing.refused_total

    def verify(self, actor: Actor, tell: Tell | None = None) -> Proof:
        """Prove that nothing expired is left and nothing unexpired is lost; the result is kept and journalled.

        Raises:
            StorageError: the store cannot be read or written.
        """
        now = self._passage.clock()
        with self._passage.reading(actor, Right.SEE_RETENTION) as connection:
            proof = Verification(connection, self._data, self._terms, now=now, grace_s=GRACE_S).run(tell)
        wrong = sum(proof.wrong.values())
        about, detail = "house:retention", {"findings": wrong, "files": proof.looked_at.get("files", 0)}
        with self._passage.writing(actor, Right.SEE_RETENTION, about, act="verify_retention", detail=detail) as writing:
            if retention_state.state_of(writing.connection) is None:
                retention_state.begin(writing.connection, now)
            report = {
                "findings": [[one.kind.value, one.where, one.what, one.mend] for one in proof.findings],
                "wrong": {kind.value: count for kind, count in proof.wrong.items()},
                "looked_at": dict(proof.looked_at),
            }
            retention_state.change(writing.connection, verified_at=now, verified_by=actor.name, report=report)
        return proof

    def _refuse_unless_theirs(self, connection: Connection, actor: Actor, camera_id: str) -> None:
        """Do nothing when a person may say how long a camera's data is kept; the house's own term is that of people
        who are limited to nothing.
        """
        about = f"camera:{camera_id}"
        if camera_id == EVERY_CAMERA:
            if not any(ALL in scope.groups and ALL in scope.purposes for scope in actor.scopes):
                what = f"the house's term is set by somebody who has every camera and purpose: {actor.name} has not"
                raise NotAViewerError(what, about=about, why="scope")
            return
        self._passage.refuse_out_of_reach(connection, actor, camera_id)
        if cameras.get_camera(connection, camera_id) is None:
            raise NotFoundError(f"there is no camera {camera_id!r}")

    def _standing(self, connection: Connection) -> RetentionStanding:
        now = self._passage.clock()
        known = retention_state.state_of(connection)
        refused = tuple(one for one in destructions.begun(connection) if one.error)
        doubted = known.doubted_since if known else None
        recently = known is not None and known.stepped_back_at is not None
        if known is None:
            state = "never"
        elif refused:
            state = "refused"
        elif doubted is not None:
            state = "doubted"
        elif recently and now - (known.stepped_back_at or 0) < due.DAY_NS:
            state = "stepped_back"
        else:
            state = "ok"
        return RetentionStanding(
            state=state,
            refused=refused,
            refused_total=destructions.count_refused(connection),
            believed_from=None if doubted is None else UtcNs(doubted + BELIEVE_AFTER_NS),
            known=known,
            entries=ledger.count(connection),
        )

    def _bounded(self, connection: Connection, born: Segment) -> Segment:
        term = self._terms.effective(
            connection,
            born.camera_id,
            DataKind.SEGMENTS,
            purpose_id=born.purpose_id,
            authorisation_id=born.authorisation_id,
        )
        latest = UtcNs(born.from_at + term.keep_s * NS_PER_S)
        return born if born.expires_at <= latest else replace(born, expires_at=latest)


_WHOSE = {
    Limit.LAW: "the law allows one month for images (CSI L. 252-5)",
    Limit.SETTING: "the setting evidence.retention_days allows no more",
    Limit.PURPOSE: "the purpose's own retention allows no more",
    Limit.AUTHORISATION: "the authorisation or its regime allows no more",
}


def _beyond(keep_s: int, most: EffectiveTerm) -> InvalidInputError:
    if keep_s < LEAST_S:
        mend = f"Give at least {LEAST_S} seconds; to keep nothing, end the authorisation."
        return InvalidInputError(f"{keep_s} s is no term", where="keep_s", mend=mend)
    whose = _WHOSE.get(most.limit, "no term is longer than ten years")
    days = most.keep_s / 86_400
    what = f"{keep_s / 86_400:g} days is too long: {whose}"
    return InvalidInputError(what, where="keep_s", mend=f"Give at most {days:g} days ({most.keep_s} s).")
