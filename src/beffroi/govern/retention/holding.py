"""Holds for a judge: what must not be destroyed before a day, effective at once, lifted by two people."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from beffroi.govern.passage import Passage, new_id
from beffroi.govern.reaching import is_unlimited, of_hold, reaches, refuse_unless_reached
from beffroi.govern.rights import Actor, Right
from beffroi.govern.sensitive import SensitiveActs, SensitiveKind, check_reason
from beffroi.govern.settings import DAY_S
from beffroi.keep.store import alerts, cameras, due, holds
from beffroi.keep.store.due import Covered
from beffroi.keep.store.holds import Hold
from beffroi.vocabulary.errors import ConflictError, InvalidInputError, NotFoundError
from beffroi.vocabulary.time import NS_PER_S, UtcNs

LONGEST_NS = 3 * 365 * DAY_S * NS_PER_S
"""How far off a hold's end may be; it can be put off again. Source: our choice."""
_LEAST, _MOST = 3, 120
_MOST_NAMED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHold:
    """What is asked: the requisition's ``reference``, the ``authority`` it comes from, what is to be kept, until when.

    ``from_at``..``to_at`` matters to ``cameras`` only; ``to_at`` may lie ahead: what is recorded until then is held.
    """

    reference: str
    authority: str
    reason: str
    cameras: tuple[str, ...]
    alerts: tuple[str, ...] = ()
    from_at: UtcNs
    to_at: UtcNs
    ends_at: UtcNs


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldStanding:
    """A hold, what it keeps now, and whether it still does: ``held``, ``ended`` or ``released``."""

    hold: Hold
    state: str
    covered: Covered


class Holding:
    """The door of holds. ``turn`` is that of destruction: a batch that runs is let finish, the next sees the hold."""

    def __init__(self, passage: Passage, sensitive: SensitiveActs, turn: threading.Lock) -> None:
        self._passage = passage
        self._sensitive = sensitive
        self._turn = turn

    def all(self, actor: Actor) -> list[HoldStanding]:
        """The holds of what this person's scopes reach, newest first."""
        now = self._passage.clock()
        with self._passage.reading(actor, Right.SEE_RETENTION) as connection:
            found = [one for one in holds.all_holds(connection) if self._reached(connection, actor, one)]
            return [_standing(connection, one, now) for one in found]

    def place(self, actor: Actor, new: NewHold) -> HoldStanding:
        """Keep things from destruction. When this returns, what is still there stays until the hold ends.

        Raises:
            InvalidInputError: no reference, authority or reason; nothing named; an unknown camera or alert; an inverted
                span; an end that is past or too far off.
            NotFoundError: a camera, or that of an alert, is not this person's business.
            NotAuthorisedError: the right to hold is missing, or something serves none of this person's purposes.
        """
        self._passage.check(actor, Right.HOLD, "hold:new")
        now = self._passage.clock()
        checked = replace(
            new,
            reference=_text(new.reference, "reference", "Write the requisition's number."),
            authority=_text(new.authority, "authority", "Write who asks: the court, the judge, the investigator."),
            reason=check_reason(new.reason, where="reason"),
        )
        _check_spans(checked, now)
        hold = Hold(
            hold_id=new_id("hold"),
            reference=checked.reference,
            authority=checked.authority,
            reason=checked.reason,
            cameras=tuple(sorted(set(new.cameras))),
            alerts=tuple(sorted(set(new.alerts))),
            from_at=new.from_at,
            to_at=new.to_at,
            ends_at=new.ends_at,
            placed_at=now,
            placed_by=actor.name,
        )
        with self._turn, self._passage.writing(actor, Right.HOLD, f"hold:{hold.hold_id}") as writing:
            _check_named(writing.connection, hold)
            for camera_id in hold.cameras:
                self._passage.refuse_out_of_reach(writing.connection, actor, camera_id)
            self._refuse_unless_reached(writing.connection, actor, hold, "camera or alert that the hold names")
            holds.add_hold(writing.connection, hold)
            detail: dict[str, str | int] = {"reference": hold.reference, "ends_at": hold.ends_at}
            detail |= {"cameras": ",".join(hold.cameras), "alerts": ",".join(hold.alerts)}
            writing.trace("hold", f"hold:{hold.hold_id}", why=hold.reason, detail=detail)
            return _standing(writing.connection, hold, now)

    def extend(self, actor: Actor, hold_id: str, ends_at: UtcNs, *, why: str) -> HoldStanding:
        """Put off the end of a hold that still holds.

        Raises:
            NotFoundError: no such hold, or something of it is not this person's business.
            ConflictError: it ended or was released: what it kept may be gone; place a new one.
            InvalidInputError: the new end is not later than the former one, or too far off; no reason.
        """
        about = f"hold:{hold_id}"
        self._passage.check(actor, Right.HOLD, about)
        reason = check_reason(why)
        with self._turn, self._passage.writing(actor, Right.HOLD, about) as writing:
            hold = self._live(writing.connection, actor, hold_id, writing.now)
            if ends_at <= hold.ends_at:
                mend = "Give a later day; to end it sooner, ask for its release, which a second person agrees to."
                raise InvalidInputError("the new end is not later than the former one", where="ends_at", mend=mend)
            _check_end(ends_at, writing.now)
            holds.set_end(writing.connection, hold_id, ends_at)
            writing.trace("extend_hold", about, why=reason, detail={"from": hold.ends_at, "to": ends_at})
            return _standing(writing.connection, replace(hold, ends_at=ends_at), writing.now)

    def release(self, actor: Actor, hold_id: str, request_id: str) -> HoldStanding:
        """Lift a hold before its end, with a request that a second person agreed to. What is over goes at the next run.

        Raises:
            NotFoundError: no such hold, or something of it is not this person's business.
            ConflictError: it does not hold any more.
            NotAuthorisedError: the right is missing, or nobody agreed.
        """
        about = f"hold:{hold_id}"
        with self._passage.writing(actor, Right.HOLD, about) as writing:
            hold = self._live(writing.connection, actor, hold_id, writing.now)
            request = self._sensitive.take(writing, request_id, SensitiveKind.RELEASE_HOLD, about)
            holds.release(writing.connection, hold_id, by=actor.name, now=writing.now, why=request.why)
            detail = {"request": request_id, "second": request.answered_by}
            writing.trace("release_hold", about, why=request.why, detail=detail)
            released = replace(hold, released_at=writing.now, released_by=actor.name, released_why=request.why)
            return _standing(writing.connection, released, writing.now)

    def _live(self, connection: Connection, actor: Actor, hold_id: str, now: UtcNs) -> Hold:
        hold = holds.get_hold(connection, hold_id)
        if hold is None:
            raise NotFoundError(f"there is no hold {hold_id!r}")
        self._refuse_unless_reached(connection, actor, hold, f"hold {hold_id!r}")
        if not hold.holds_at(now):
            raise ConflictError("this hold has ended or was released: what it kept may be gone. Place a new one")
        return hold

    def _reached(self, connection: Connection, actor: Actor, hold: Hold) -> bool:
        return is_unlimited(actor) or reaches(connection, actor, of_hold(self._passage, connection, hold))

    def _refuse_unless_reached(self, connection: Connection, actor: Actor, hold: Hold, what: str) -> None:
        concerned = of_hold(self._passage, connection, hold)
        refuse_unless_reached(connection, actor, concerned, about=f"hold:{hold.hold_id}", what=what)


def _standing(connection: Connection, hold: Hold, now: UtcNs) -> HoldStanding:
    state = "released" if hold.released_at is not None else ("held" if hold.holds_at(now) else "ended")
    return HoldStanding(hold=hold, state=state, covered=due.covered_by(connection, hold, now))


def _text(given: str, where: str, mend: str) -> str:
    said = " ".join(given.split())
    if not _LEAST <= len(said) <= _MOST:
        raise InvalidInputError(f"a hold needs a text of {_LEAST} to {_MOST} characters", where=where, mend=mend)
    return said


def _check_spans(new: NewHold, now: UtcNs) -> None:
    if not new.cameras and not new.alerts:
        mend = "Name at least one camera or alert."
        raise InvalidInputError("the hold names nothing", where="cameras", mend=mend)
    if len(new.cameras) > _MOST_NAMED or len(new.alerts) > _MOST_NAMED:
        mend = f"Name at most {_MOST_NAMED}; place a second hold for the others."
        raise InvalidInputError("the hold names too much", where="cameras", mend=mend)
    if new.to_at < new.from_at:
        mend = "Give the earlier instant first."
        raise InvalidInputError("the span ends before it begins", where="to_at", mend=mend)
    _check_end(new.ends_at, now)


def _check_end(ends_at: UtcNs, now: UtcNs) -> None:
    if ends_at <= now:
        raise InvalidInputError("the hold's end is past", where="ends_at", mend="Give a day that is still to come.")
    if ends_at - now > LONGEST_NS:
        mend = "Give a day within three years; the end can be put off again."
        raise InvalidInputError("the hold's end is too far off", where="ends_at", mend=mend)


def _check_named(connection: Connection, hold: Hold) -> None:
    known = cameras.names(connection)
    unknown = ", ".join(one for one in hold.cameras if one not in known)
    if unknown:
        mend = "Choose cameras of the list."
        raise InvalidInputError(f"there is no camera {unknown}", where="cameras", mend=mend)
    missing = next((one for one in hold.alerts if alerts.get_alert(connection, one) is None), "")
    if missing:
        raise InvalidInputError(f"there is no alert {missing}", where="alerts", mend="Copy its name from the history.")
