"""The door of authorisations and purposes."""

from __future__ import annotations

from beffroi.govern.authorisations import Coverage, check_hours
from beffroi.govern.passage import Passage
from beffroi.govern.rights import Actor, Right
from beffroi.govern.settings import GovernanceSettings
from beffroi.keep.store import authorisations
from beffroi.keep.store.authorisations import Purpose
from beffroi.vocabulary.authorisation import Authorisation
from beffroi.vocabulary.errors import ConflictError, InvalidInputError, NotFoundError
from beffroi.vocabulary.rules import Situation


class Authorisations:
    """What was allowed, by whom, for what."""

    def __init__(self, passage: Passage, settings: GovernanceSettings) -> None:
        self._passage = passage
        self._settings = settings

    def all(self, actor: Actor) -> list[Authorisation]:
        """Every authorisation ever given, by id, ended ones included."""
        with self._passage.reading(actor, Right.SEE_AUTHORISATIONS) as connection:
            return authorisations.all_authorisations(connection)

    def purposes(self, actor: Actor) -> list[Purpose]:
        """Every purpose, by id."""
        with self._passage.reading(actor, Right.SEE_AUTHORISATIONS) as connection:
            return authorisations.all_purposes(connection)

    def coverage(self, actor: Actor, *, camera_id: str, situation: Situation, purpose_id: str) -> Coverage:
        """Whether a camera may be analysed for a situation and purpose now."""
        with self._passage.reading(actor, Right.SEE_AUTHORISATIONS) as connection:
            return self._passage.in_force(connection).coverage(camera_id, situation, purpose_id)

    def grant(self, actor: Actor, authorisation: Authorisation) -> None:
        """Keep a signed authorisation.

        Raises:
            InvalidInputError: it names no text, reference, signatory, known purpose or known time zone.
            ConflictError: the id is taken.
        """
        for field in ("authorisation_id", "legal_basis", "reference", "signatory", "purpose_id"):
            if not getattr(authorisation, field).strip():
                mend = "An authorisation names its text, reference, signatory and purpose."
                raise InvalidInputError("it is empty", where=field, mend=mend)
        check_hours(authorisation.hours, where="hours")
        about = f"authorisation:{authorisation.authorisation_id}"
        detail = {"reference": authorisation.reference, "regime": authorisation.regime}
        with self._passage.writing(
            actor, Right.EDIT_AUTHORISATIONS, about, act="grant_authorisation", detail=detail
        ) as writing:
            if authorisations.get_purpose(writing.connection, authorisation.purpose_id) is None:
                raise InvalidInputError(
                    f"there is no purpose {authorisation.purpose_id!r}",
                    where="purpose_id",
                    mend="Add the purpose first.",
                )
            known = authorisations.all_authorisations(writing.connection)
            if any(one.authorisation_id == authorisation.authorisation_id for one in known):
                raise ConflictError(f"there is an authorisation {authorisation.authorisation_id!r} already")
            authorisations.add_authorisation(writing.connection, authorisation, now=writing.now, by=actor.name)

    def revoke(self, actor: Actor, authorisation_id: str, *, why: str) -> None:
        """End an authorisation now; analysis under it stops.

        Raises:
            InvalidInputError: no reason is given.
            NotFoundError: there is none, or it has ended already.
        """
        if not why.strip():
            raise InvalidInputError("no reason is given", where="why", mend="Say why it ends.")
        about = f"authorisation:{authorisation_id}"
        with self._passage.writing(
            actor, Right.END_AUTHORISATIONS, about, act="revoke_authorisation", why=why
        ) as writing:
            by = actor.name
            if not authorisations.revoke(writing.connection, authorisation_id, now=writing.now, by=by, why=why):
                raise NotFoundError(f"there is no authorisation {authorisation_id!r} that could be ended")

    def add_purpose(self, actor: Actor, purpose: Purpose) -> bool:
        """Keep a purpose; False when its id is known already.

        Raises:
            InvalidInputError: no id, or a retention of nothing or beyond the law's.
        """
        longest = self._settings.retention_max_s
        if not purpose.purpose_id.strip():
            raise InvalidInputError("it is empty", where="purpose_id", mend="Give the purpose a short name.")
        if not 0 < purpose.retention_s <= longest:
            mend = f"Give 1 to {longest} seconds ({longest // 86_400} days)."
            raise InvalidInputError(f"{purpose.retention_s} s", where="retention_s", mend=mend)
        about = f"purpose:{purpose.purpose_id}"
        with self._passage.writing(actor, Right.EDIT_AUTHORISATIONS, about, act="add_purpose") as writing:
            return authorisations.add_purpose(writing.connection, purpose)
