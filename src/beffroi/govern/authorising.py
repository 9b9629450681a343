"""The door of authorisations and purposes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from beffroi.govern.authorisations import Coverage, Disagreement
from beffroi.govern.granting import Overlap, all_overlaps, check_authorisation, overlaps
from beffroi.govern.passage import Passage, Writing
from beffroi.govern.reaching import of_order, reaches, refuse_unless_reached
from beffroi.govern.regimes.terms import RegimeBook
from beffroi.govern.rights import LOCAL_ADMINISTRATOR, Actor, Right
from beffroi.govern.sensitive import SensitiveActs, SensitiveKind, SensitiveRequest, check_reason
from beffroi.govern.settings import GovernanceSettings
from beffroi.keep.store import authorisations, sensitive
from beffroi.keep.store.authorisations import KeptAuthorisation as KeptAuthorisation
from beffroi.keep.store.authorisations import Purpose
from beffroi.vocabulary.authorisation import Authorisation
from beffroi.vocabulary.errors import ConflictError, InvalidInputError, NotFoundError
from beffroi.vocabulary.rules import Situation
from beffroi.vocabulary.time import UtcNs


@dataclass(frozen=True, slots=True, kw_only=True)
class Granting:
    """What became of a grant: in force by its dates, or waiting for a second person under ``request_id``."""

    granted: bool
    request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingGrant:
    """An authorisation that waits for a second person, and the request it waits with."""

    authorisation: Authorisation
    request: SensitiveRequest


class Authorisations:
    """What was allowed, by whom, for what."""

    def __init__(self, passage: Passage, settings: GovernanceSettings, acts: SensitiveActs) -> None:
        self._passage = passage
        self._settings = settings
        self._acts = acts
        acts.executes(SensitiveKind.GRANT_AUTHORISATION, self._seconded)

    @property
    def regimes(self) -> RegimeBook:
        """The regimes of this house, broken files named. No secret: the law is for everybody."""
        return self._passage.regimes

    def all(self, actor: Actor) -> list[Authorisation]:
        """Every authorisation ever given, by id, ended ones included."""
        with self._passage.reading(actor, Right.SEE_AUTHORISATIONS) as connection:
            return authorisations.all_authorisations(connection)

    def kept(self, actor: Actor) -> list[KeptAuthorisation]:
        """Every authorisation with who entered it and who ended it, why."""
        with self._passage.reading(actor, Right.SEE_AUTHORISATIONS) as connection:
            return authorisations.kept_authorisations(connection)

    def resolved(self, actor: Actor) -> dict[str, frozenset[str]]:
        """The cameras of each authorisation now, those inside its perimeter included, by its id."""
        with self._passage.reading(actor, Right.SEE_AUTHORISATIONS) as connection:
            return {one.authorisation_id: one.cameras for one in self._passage.in_force(connection).given}

    def disagreements(self, actor: Actor, camera_id: str) -> list[tuple[tuple[str, ...], tuple[Disagreement, ...]]]:
        """Authorisations in force that apply together to a camera and differ: their ids, and on what."""
        with self._passage.reading(actor, Right.SEE_AUTHORISATIONS) as connection:
            return self._passage.in_force(connection).disagreements_of(camera_id)

    def overlapping(self, actor: Actor) -> dict[str, list[Overlap]]:
        """Of each authorisation that has not ended, those that apply together with it and on what they differ."""
        with self._passage.reading(actor, Right.SEE_AUTHORISATIONS) as connection:
            return all_overlaps(connection, self._passage.regimes, self._passage.clock())

    def purposes(self, actor: Actor) -> list[Purpose]:
        """Every purpose, by id."""
        with self._passage.reading(actor, Right.SEE_AUTHORISATIONS) as connection:
            return authorisations.all_purposes(connection)

    def coverage(self, actor: Actor, *, camera_id: str, situation: Situation, purpose_id: str) -> Coverage:
        """Whether a camera may be analysed for a situation and purpose now."""
        with self._passage.reading(actor, Right.SEE_AUTHORISATIONS) as connection:
            return self._passage.in_force(connection).coverage(camera_id, situation, purpose_id)

    def check(self, actor: Actor, authorisation: Authorisation) -> list[Overlap]:
        """Try an authorisation without granting it: the others it would disagree with, the narrower winning.

        Raises:
            InvalidInputError: names the field and how to mend it.
            ConflictError: the id is taken.
            NotFoundError: one of its cameras, or of those of the one it replaces, is not this person's business.
            NotAuthorisedError: its purpose is not this person's.
        """
        about, what = f"authorisation:{authorisation.authorisation_id}", "camera that this authorisation names"
        with self._passage.reading(actor, Right.EDIT_AUTHORISATIONS, about) as connection:
            now = self._passage.clock()
            concerned = of_order(self._passage, connection, authorisation)
            refuse_unless_reached(connection, actor, concerned, about=about, what=what)
            check_authorisation(connection, authorisation, self._passage.regimes, now)
            return overlaps(connection, authorisation, self._passage.regimes, now)

    def grant(
        self, actor: Actor, authorisation: Authorisation, *, why: str = "", overlap_accepted: bool = True
    ) -> Granting:
        """Keep a signed authorisation, or ask a second person to agree to it first. Once kept it is never altered;
        one that replaces another ends that other in the same transaction.

        Raises:
            InvalidInputError: a field cannot be used, no reason is given, or it overlaps another and that was not
                accepted.
            ConflictError, NotFoundError, NotAuthorisedError: as for ``check``.
        """
        found = self.check(actor, authorisation)
        if found and not overlap_accepted:
            ids = ", ".join(one.authorisation_id for one in found)
            mend = "The narrower wins on each point; accept that, or change dates, cameras or situations."
            raise InvalidInputError(f"it overlaps {ids}", where="overlap_accepted", mend=mend)
        about = f"authorisation:{authorisation.authorisation_id}"
        if actor == LOCAL_ADMINISTRATOR:
            with self._passage.writing(actor, Right.EDIT_AUTHORISATIONS, about) as writing:
                self._keep(writing, authorisation, by=actor.name, why=why)
            return Granting(granted=True)
        check_reason(why)
        payload = authorisations.document_of(authorisation)
        request = self._acts.ask(actor, SensitiveKind.GRANT_AUTHORISATION, about, why=why, payload=payload)
        if self._acts.needs_second(actor, SensitiveKind.GRANT_AUTHORISATION):
            return Granting(granted=False, request_id=request.request_id)
        with self._passage.writing(actor, Right.EDIT_AUTHORISATIONS, about) as writing:
            taken = self._acts.take(writing, request.request_id, SensitiveKind.GRANT_AUTHORISATION, about)
            self._keep(writing, authorisations.authorisation_of(taken.payload), by=actor.name, why=why)
        return Granting(granted=True, request_id=request.request_id)

    def waiting(self, actor: Actor) -> list[WaitingGrant]:
        """The authorisations that wait for a second person and concern cameras within one's scopes, newest first."""
        kind, now = SensitiveKind.GRANT_AUTHORISATION, self._passage.clock()
        with self._passage.reading(actor, Right.SEE_AUTHORISATIONS) as connection:
            asked = [one for one in sensitive.requests(connection, waiting=True) if one.kind == kind]
            found = [
                WaitingGrant(authorisation=authorisations.authorisation_of(one.payload), request=one)
                for one in asked
                if now < one.expires_at
            ]
            return [
                one
                for one in found
                if reaches(connection, actor, of_order(self._passage, connection, one.authorisation))
            ]

    def revoke(self, actor: Actor, authorisation_id: str, *, why: str) -> None:
        """End an authorisation now; analysis and viewing under it stop. One person is enough.

        Raises:
            InvalidInputError: no reason is given.
            NotFoundError: there is none, it has ended already, or a camera of it is not this person's business.
            NotAuthorisedError: its purpose is not this person's.
        """
        if not why.strip():
            raise InvalidInputError("no reason is given", where="why", mend="Say why it ends.")
        about = f"authorisation:{authorisation_id}"
        with self._passage.writing(
            actor, Right.END_AUTHORISATIONS, about, act="revoke_authorisation", why=why
        ) as writing:
            by, connection = actor.name, writing.connection
            what = f"authorisation {authorisation_id!r}"
            for given in self._passage.in_force(connection).given:
                if given.authorisation_id == authorisation_id:
                    concerned = of_order(self._passage, connection, replace(given, replaces=""))
                    refuse_unless_reached(connection, actor, concerned, about=about, what=what)
            if not authorisations.revoke(writing.connection, authorisation_id, now=writing.now, by=by, why=why):
                raise NotFoundError(f"there is no authorisation {authorisation_id!r} that could be ended")

    def add_purpose(self, actor: Actor, purpose: Purpose) -> None:
        """Keep a purpose; it is never written over.

        Raises:
            InvalidInputError: no id, or a retention of nothing or beyond the law's.
            ConflictError: the id is taken.
        """
        longest = self._settings.retention_max_s
        if not purpose.purpose_id.strip():
            raise InvalidInputError("it is empty", where="purpose_id", mend="Give the purpose a short name.")
        if not 0 < purpose.retention_s <= longest:
            mend = f"Give 1 to {longest} seconds ({longest // 86_400} days)."
            raise InvalidInputError(f"{purpose.retention_s} s", where="retention_s", mend=mend)
        about = f"purpose:{purpose.purpose_id}"
        with self._passage.writing(actor, Right.EDIT_AUTHORISATIONS, about, act="add_purpose") as writing:
            if not authorisations.add_purpose(writing.connection, purpose):
                raise ConflictError(f"there is a purpose {purpose.purpose_id!r} already: choose another id")

    def _seconded(self, writing: Writing, request: SensitiveRequest) -> None:
        """What happens when a second person agrees: the authorisation is checked again, then kept."""
        self._keep(writing, authorisations.authorisation_of(request.payload), by=request.asked_by, why=request.why)

    def _keep(self, writing: Writing, given: Authorisation, *, by: str, why: str) -> None:
        check_authorisation(writing.connection, given, self._passage.regimes, writing.now)
        detail: dict[str, Any] = {"reference": given.reference, "regime": given.regime, "asked_by": by}
        if given.order_sha256:
            detail["order_sha256"] = given.order_sha256
        if given.replaces:
            detail["replaces"] = given.replaces
            end_at = UtcNs(max(writing.now, given.valid_from))
            said = f"replaced by {given.authorisation_id}"
            if not authorisations.revoke(writing.connection, given.replaces, now=end_at, by=by, why=said):
                raise ConflictError(f"the authorisation {given.replaces!r} has ended meanwhile")
            writing.trace("revoke_authorisation", f"authorisation:{given.replaces}", why=said)
        about = f"authorisation:{given.authorisation_id}"
        writing.trace("grant_authorisation", about, why=why, purpose=given.purpose_id, detail=detail)
        authorisations.add_authorisation(writing.connection, given, now=writing.now, by=by)
