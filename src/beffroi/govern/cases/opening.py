"""The door of cases: opened on a requisition, filled with alerts of its cameras and span, closed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from beffroi.govern.accounts import scopes_of
from beffroi.govern.audit.consultations import Consultations
from beffroi.govern.passage import Passage, Writing, new_id
from beffroi.govern.reaching import is_unlimited, of_cameras, of_case, of_items, reaches, refuse_unless_reached
from beffroi.govern.rights import Actor, Right, Role, may
from beffroi.govern.sensitive import check_reason
from beffroi.keep.store import alerts, cameras, cases, evidence, users
from beffroi.keep.store.alerts import AlertRecord
from beffroi.keep.store.cases import Case as Case
from beffroi.keep.store.cases import CaseState as CaseState
from beffroi.keep.store.evidence import EvidenceRecord
from beffroi.vocabulary.errors import ConflictError, InvalidInputError, NotAuthorisedError, NotFoundError
from beffroi.vocabulary.time import NS_PER_S, UtcNs, iso_utc

MOST_ITEMS = 500
_LONGEST_NS = 366 * 86_400 * NS_PER_S
_REQUISITION = re.compile(r"[\w./ °-]{3,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCase:
    """What a requisition says, as a person typed it. ``people``: colleagues who work on it beside who opens it."""

    requisition: str
    authority: str
    legal_basis: str
    purpose: str
    cameras: tuple[str, ...]
    from_at: UtcNs
    to_at: UtcNs
    ends_at: UtcNs
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseNow:
    """A case, where it stands, and how many things it holds."""

    case: Case
    state: CaseState
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAlert:
    """An alert inside a case's cameras and span: with its evidence, and whether it was put into the case."""

    record: AlertRecord
    evidence: EvidenceRecord | None
    chosen: bool


class CaseOverError(ConflictError):
    """The requisition has ended, or its case is closed: it gives nothing any more."""

    code = "case_over"


class CaseTakenError(ConflictError):
    """A case is open on this requisition already."""

    code = "case_taken"


class OutsideCaseError(InvalidInputError):
    """Something is not among the requisition's cameras, or not wholly inside its span."""

    code = "outside_case"


class Cases:
    """Judicial cases. Only a case's people get anything of it; those who account for the house see that it is there."""

    def __init__(self, passage: Passage) -> None:
        self._passage = passage
        self._consulted = Consultations(passage)

    def all(self, actor: Actor) -> list[CaseNow]:
        """Cases within one's scopes, newest first: one's own; every one for those who second or read the journal."""
        with self._passage.reading(actor, Right.SEE_CASES) as connection:
            counts = cases.counts(connection)
            found = [one for one in cases.all_cases(connection) if self._concerns(actor, one)]
            if not is_unlimited(actor):
                found = [one for one in found if reaches(connection, actor, of_case(self._passage, connection, one))]
        now = self._passage.clock()
        return [CaseNow(case=one, state=one.state(now), count=counts.get(one.case_id, 0)) for one in found]

    def get(self, actor: Actor, case_id: str) -> CaseNow:
        """One case.

        Raises:
            NotFoundError: no such case, or a camera of it is not this person's business.
            NotAuthorisedError: the right is missing, it is another person's case, or its purposes are not theirs.
        """
        with self._passage.reading(actor, Right.SEE_CASES, f"case:{case_id}") as connection:
            case = self._visible(connection, actor, case_id)
            count = cases.counts(connection).get(case_id, 0)
        return CaseNow(case=case, state=case.state(self._passage.clock()), count=count)

    def open(self, actor: Actor, new: NewCase) -> CaseNow:
        """Open a case on a requisition.

        Raises:
            InvalidInputError: a field cannot be, or a colleague may not work on this; says which and how to mend it.
            NotFoundError: a camera is not this person's business.
            NotAuthorisedError: the right is missing, or none of a camera's purposes is this person's.
            CaseTakenError: a case with this number is open.
        """
        _check_texts(new)
        with self._passage.writing(actor, Right.EXPORT, "case:new") as writing:
            _check_times(new, writing.now)
            self._check_cameras(writing.connection, actor, new.cameras)
            people = self._people(writing.connection, actor, new)
            number = " ".join(new.requisition.split())
            if any(
                one.requisition == number and one.state(writing.now) is CaseState.OPEN
                for one in cases.all_cases(writing.connection)
            ):
                raise CaseTakenError(f"a case is open on the requisition {number}: use it, or close it first")
            case = Case(
                case_id=new_id("case"),
                requisition=number,
                authority=" ".join(new.authority.split()),
                legal_basis=" ".join(new.legal_basis.split()),
                purpose=check_reason(new.purpose, where="purpose"),
                cameras=tuple(sorted(set(new.cameras))),
                from_at=new.from_at,
                to_at=new.to_at,
                ends_at=new.ends_at,
                people=people,
                opened_by=actor.name,
                opened_at=writing.now,
            )
            cases.add_case(writing.connection, case)
            detail = {
                "requisition": number,
                "authority": case.authority,
                "cameras": ",".join(case.cameras),
                "from": iso_utc(case.from_at),
                "to": iso_utc(case.to_at),
                "ends": iso_utc(case.ends_at),
                "people": ",".join(people),
            }
            writing.trace("open_case", f"case:{case.case_id}", why=case.purpose, detail=detail)
        return CaseNow(case=case, state=CaseState.OPEN, count=0)

    def close(self, actor: Actor, case_id: str, *, why: str) -> CaseNow:
        """Close a case: its exports are destroyed at the next round.

        Raises:
            InvalidInputError: no reason.
            CaseOverError: it is closed already.
            NotFoundError, NotAuthorisedError: as for ``get``.
        """
        reason, about = check_reason(why), f"case:{case_id}"
        with self._passage.writing(actor, Right.EXPORT, about) as writing:
            # it gives nothing and destroys exports: whoever is named may, even one whose scopes were narrowed since
            case = _named(writing.connection, actor, case_id)
            if case.state(writing.now) is CaseState.CLOSED:
                raise CaseOverError("the case is closed already")
            cases.close_case(writing.connection, case_id, by=actor.name, now=writing.now, why=reason)
            writing.trace("close_case", about, why=reason, detail={"requisition": case.requisition})
            count = cases.counts(writing.connection).get(case_id, 0)
            closed = cases.get_case(writing.connection, case_id)
        assert closed is not None
        return CaseNow(case=closed, state=closed.state(writing.now), count=count)

    def alerts(
        self, actor: Actor, case_id: str, *, camera_id: str = "", span: tuple[UtcNs, UtcNs] | None = None
    ) -> list[CaseAlert]:
        """The alerts that lie wholly inside the case (its cameras, its span) and serve this person's purposes, oldest
        first, of at most 500; of one camera and a part of the span only when they are named. An ended or closed case
        gives none. The search is journalled before anything is given.

        Raises:
            CaseOverError: the requisition has ended, or the case is closed.
            NotFoundError, NotAuthorisedError: as for ``get``; only its people are shown what it covers.
        """
        with self._passage.reading(actor, Right.EXPORT, f"case:{case_id}") as connection:
            case = self.live(connection, actor, case_id)
            chosen = set(cases.items_of(connection, case_id, "alert"))
            wanted = (camera_id,) if camera_id else case.cameras
            asked = span or (case.from_at, case.to_at)
            within = cases.alerts_within(connection, case, wanted, asked, MOST_ITEMS)
            every = is_unlimited(actor)
            mine = [one for one in within if every or reaches(connection, actor, of_items(connection, "alert", [one]))]
            found = [(alerts.get_alert(connection, one), evidence.evidence_of_alert(connection, one)) for one in mine]
        detail = {
            "requisition": case.requisition,
            "from": iso_utc(max(case.from_at, asked[0])),
            "to": iso_utc(min(case.to_at, asked[1])),
        }
        detail |= {"camera": camera_id} if camera_id else {}
        self._consulted.note(actor, Right.EXPORT, "search_case", f"case:{case_id}", detail=detail)
        return [
            CaseAlert(record=record, evidence=kept, chosen=record.alert.alert_id in chosen)
            for record, kept in found
            if record is not None
        ]

    def choose(self, actor: Actor, case_id: str, *, add: Sequence[str] = (), remove: Sequence[str] = ()) -> CaseNow:
        """Put alerts into a case, take others out.

        Raises:
            InvalidInputError: an alert is outside the case's cameras or span; too many.
            ConflictError, NotFoundError, NotAuthorisedError: as for ``alerts``.
        """
        about = f"case:{case_id}"
        with self._passage.writing(actor, Right.EXPORT, about) as writing:
            case = self.live(writing.connection, actor, case_id)
            for alert_id in remove:
                if cases.remove_item(writing.connection, case_id, "alert", alert_id):
                    writing.trace("remove_from_case", about, detail={"alert": alert_id})
            for alert_id in add:
                self._add(writing, case, alert_id)
            if len(cases.items_of(writing.connection, case_id, "alert")) > MOST_ITEMS:
                mend = "Take some out, or open a second case."
                raise InvalidInputError(f"a case holds at most {MOST_ITEMS} alerts", where="add", mend=mend)
        return self.get(actor, case_id)

    def own(self, connection: Connection, actor: Actor, case_id: str) -> Case:
        """A case of this person's, within their scopes as they are now.

        Raises:
            NotFoundError: no such case, or a camera of it is not this person's business.
            NotAuthorisedError: it is another person's, or its purposes are not this person's.
        """
        case = _named(connection, actor, case_id)
        self._refuse_unless_reached(connection, actor, case)
        return case

    def refuse_items(
        self, connection: Connection, actor: Actor, case_id: str, items: Mapping[str, Sequence[str]]
    ) -> None:
        """Do nothing when what is in a case, or in an export of it, serves this person's purposes.

        Raises:
            NotAViewerError: something does not.
            OutOfReachError: a camera is not this person's business.
        """
        found = [one for kind, ids in items.items() for one in of_items(connection, kind, ids)]
        if found:
            refuse_unless_reached(connection, actor, found, about=f"case:{case_id}", what="footage of this case")

    def live(self, connection: Connection, actor: Actor, case_id: str) -> Case:
        """A case of this person's whose requisition still gives something.

        Raises:
            CaseOverError: it has ended, or is closed.
            NotFoundError, NotAuthorisedError: as for ``own``.
        """
        case = self.own(connection, actor, case_id)
        refuse_unless_open(case, self._passage.clock())
        return case

    def _add(self, writing: Writing, case: Case, alert_id: str) -> None:
        kept = evidence.evidence_of_alert(writing.connection, alert_id)
        record = alerts.get_alert(writing.connection, alert_id)
        check_inside(case, alert_id, record, kept)
        self.refuse_items(writing.connection, writing.actor, case.case_id, {"alert": [alert_id]})
        if cases.add_item(writing.connection, case.case_id, "alert", alert_id, by=writing.actor.name, now=writing.now):
            writing.trace("add_to_case", f"case:{case.case_id}", detail={"alert": alert_id})

    def _visible(self, connection: Connection, actor: Actor, case_id: str) -> Case:
        case = cases.get_case(connection, case_id)
        if case is None:
            raise NotFoundError(f"there is no case {case_id!r}")
        if not self._concerns(actor, case):
            return _named(connection, actor, case_id)
        self._refuse_unless_reached(connection, actor, case)
        return case

    def _concerns(self, actor: Actor, case: Case) -> bool:
        """Whether this person may know of a case: works on it, or accounts for the house."""
        return actor.name in case.people or self._passage.may_any(actor, (Right.SECOND, Right.READ_JOURNAL))

    def _refuse_unless_reached(self, connection: Connection, actor: Actor, case: Case) -> None:
        concerned, about = of_case(self._passage, connection, case), f"case:{case.case_id}"
        refuse_unless_reached(connection, actor, concerned, about=about, what=f"case {case.case_id!r}")

    def _check_cameras(self, connection: Connection, actor: Actor, camera_ids: Iterable[str]) -> None:
        known = {one.camera_id for one in cameras.all_cameras(connection)}
        wanted = list(camera_ids)
        if not wanted:
            raise InvalidInputError("no camera is named", where="cameras", mend="Choose those of the requisition.")
        for camera_id in wanted:
            self._passage.refuse_out_of_reach(connection, actor, camera_id)
            if camera_id not in known:
                mend = "Choose among the cameras listed."
                raise InvalidInputError(f"there is no camera {camera_id!r}", where="cameras", mend=mend)
        concerned = of_cameras(self._passage, connection, wanted)
        refuse_unless_reached(connection, actor, concerned, about="case:new", what="one of these cameras")

    def _people(self, connection: Connection, actor: Actor, new: NewCase) -> tuple[str, ...]:
        """Who opens a case and the colleagues: each may export, and their scopes reach what the case covers."""
        concerned = of_cameras(self._passage, connection, new.cameras)
        for name in new.people:
            found = users.get_user(connection, name)
            if found is None or not found.enabled:
                mend = "Give user names of this house, or leave this empty."
                raise InvalidInputError(f"nobody here has the user name {name!r}", where="people", mend=mend)
            colleague = Actor(name=name, role=Role(found.role), scopes=scopes_of(found))
            if not may(colleague, Right.EXPORT) or not reaches(connection, colleague, concerned):
                mend = "Name people whose role works on cases and whose scopes hold these cameras and what they serve."
                raise InvalidInputError(f"{name} may not work on this case", where="people", mend=mend)
        return tuple(dict.fromkeys((actor.name, *new.people)))


def _named(connection: Connection, actor: Actor, case_id: str) -> Case:
    case = cases.get_case(connection, case_id)
    if case is None:
        raise NotFoundError(f"there is no case {case_id!r}")
    if actor.name not in case.people:
        raise NotAuthorisedError(f"the case {case.requisition} does not name {actor.name} among its people")
    return case


def refuse_unless_open(case: Case, now: UtcNs) -> None:
    """Do nothing while a requisition gives something.

    Raises:
        CaseOverError: it has ended, or the case is closed; says since when.
    """
    state = case.state(now)
    if state is CaseState.ENDED:
        ended = iso_utc(case.ends_at)
        raise CaseOverError(f"the requisition {case.requisition} ended on {ended}: it gives nothing any more")
    if state is CaseState.CLOSED:
        raise CaseOverError(f"the case {case.requisition} is closed: it gives nothing any more")


def check_inside(case: Case, alert_id: str, record: AlertRecord | None, kept: EvidenceRecord | None) -> None:
    """Do nothing when an alert and its footage lie inside a case.

    Raises:
        InvalidInputError: no such alert.
        OutsideCaseError: they do not; says why.
    """
    if record is None or kept is None:
        raise InvalidInputError(f"there is no alert {alert_id!r}", where="alerts", mend="Choose among those listed.")
    if record.alert.camera_id not in case.cameras:
        what = f"the camera {record.camera_name} is not named by the requisition {case.requisition}"
        raise OutsideCaseError(what, where="alerts", mend="Take it out, or ask for a wider requisition.")
    if not case.covers(record.alert.camera_id, kept.from_at, kept.to_at):
        span = f"{iso_utc(kept.from_at)} to {iso_utc(kept.to_at)}"
        what = f"the footage of alert {alert_id} ({span}) is not wholly inside the span of {case.requisition}"
        raise OutsideCaseError(what, where="alerts", mend="Take it out, or ask for a wider requisition.")


def _check_texts(new: NewCase) -> None:
    number = " ".join(new.requisition.split())
    if not _REQUISITION.fullmatch(number):
        mend = "Give 3 to 64 letters, figures, spaces, dots, dashes or slashes, as on the paper."
        raise InvalidInputError("this is no requisition number", where="requisition", mend=mend)
    for where, text in (("authority", new.authority), ("legal_basis", new.legal_basis)):
        if not 3 <= len(" ".join(text.split())) <= 200:
            mend = "Write it as on the requisition, 3 to 200 characters."
            raise InvalidInputError("this is missing or too long", where=where, mend=mend)
    check_reason(new.purpose, where="purpose")


def _check_times(new: NewCase, now: UtcNs) -> None:
    faults = (
        (new.from_at >= new.to_at, "to_at", "the span ends before it begins", "Give an end after the beginning."),
        (new.to_at - new.from_at > _LONGEST_NS, "to_at", "the span is longer than a year", "Give a shorter span."),
        (new.ends_at <= now, "ends_at", "the requisition has ended", "Give its end, or ask for a new one."),
        (new.ends_at - now > _LONGEST_NS, "ends_at", "a case lasts a year at most", "Give an end within a year."),
        (new.from_at > new.ends_at, "from_at", "the span begins after the requisition's end", "Correct the dates."),
    )
    for stands, where, what, mend in faults:
        if stands:
            raise InvalidInputError(what, where=where, mend=mend)
