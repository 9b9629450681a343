"""Regimes, authorisations and their granting on the wire."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from beffroi.govern.authorising import KeptAuthorisation
from beffroi.govern.granting import Overlap
from beffroi.govern.payloads import instant_json
from beffroi.govern.regimes.terms import RegimeTerms
from beffroi.serve.wire.form import Id, Instant, PointOut, Wire, example
from beffroi.serve.wire.rules import DisagreementOut, ScheduleIn, disagreements_out, schedule_of, schedule_out
from beffroi.vocabulary.authorisation import Authorisation
from beffroi.vocabulary.errors import InvalidInputError
from beffroi.vocabulary.rules import Situation
from beffroi.vocabulary.time import UtcNs, iso_utc, utc_ns

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
Why = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
_ORDER = {
    "authorisation_id": "site-prive-2026",
    "regime": "private_site",
    "legal_basis": "Démonstration : site privé, personnel informé",
    "reference": "DEMO-2026-01",
    "cameras": ["mairie-nord"],
    "situations": ["line_crossed", "zone_entered"],
    "purpose_id": "securite-site",
    "valid_from": "2026-01-01T00:00:00.000Z",
    "valid_to": "2026-12-31T23:00:00.000Z",
    "signatory": "Responsable du site",
    "viewers": ["operator", "supervisor"],
}


class OverlapOut(Wire):
    """Another authorisation that would apply together with a new one."""

    model_config = example(authorisation_id="parvis-ete", disagreements=[])

    authorisation_id: str
    disagreements: list[DisagreementOut]


class RegimeTermsOut(Wire):
    """A legal regime: what it allows, on which texts, for how long. ``broken`` says why its file cannot be used."""

    model_config = example(
        regime="statistics",
        label_fr="Statistiques anonymes",
        label_en="Anonymous statistics",
        legal=["RGPD, art. 5"],
        situations=["line_crossed"],
        outputs=["counts"],
        retention_days={"images": 0, "alerts": 0, "events": 0, "counts": 1095},
        longest_days=1826,
        requires=[],
        note_fr="Des nombres seulement",
        note_en="Numbers only",
        built_in=True,
        broken="",
    )

    regime: str
    label_fr: str = ""
    label_en: str = ""
    legal: list[str] = Field(default_factory=list)
    situations: list[str] = Field(default_factory=list)
    outputs: list[str] = Field(default_factory=list)
    retention_days: dict[str, float] = Field(default_factory=dict)
    longest_days: float = 0.0
    requires: list[str] = Field(default_factory=list)
    note_fr: str = ""
    note_en: str = ""
    built_in: bool = False
    broken: str = ""


class AuthorisationOut(Wire):
    """Who allowed what, on which text, where and until when. ``cameras`` holds those inside the perimeter too."""

    model_config = example(**_ORDER, revoked_at=None, in_force=True)

    authorisation_id: str
    regime: str
    legal_basis: str
    reference: str
    cameras: list[str]
    situations: list[str]
    purpose_id: str
    valid_from: Instant
    valid_to: Instant
    signatory: str
    viewers: list[str]
    revoked_at: Instant | None
    in_force: bool
    hours: ScheduleIn = ScheduleIn()
    perimeter: list[PointOut] = Field(default_factory=list)
    requisition: str = ""
    order_name: str = ""
    order_sha256: str = ""
    retention_s: int | None = None
    replaces: str = ""
    made_at: Instant | None = None
    made_by: str = ""
    revoked_by: str = ""
    revoked_why: str = ""
    overlaps: list[OverlapOut] = Field(default_factory=list)


class WaitingGrantOut(Wire):
    """An authorisation that waits for a second person."""

    model_config = example(request_id="request-1", asked_by="administrateur", why="Fête de la ville", authorisation={})

    request_id: str
    asked_by: str
    asked_at: Instant
    expires_at: Instant
    why: str
    authorisation: AuthorisationOut


class AuthorisationIn(Wire):
    """An authorisation to grant. ``overlap_accepted``: others apply together with it, and the narrower may win."""

    model_config = example(**_ORDER, why="Fête de la ville, arrêté reçu ce jour")

    authorisation_id: Id
    regime: Annotated[str, StringConstraints(max_length=40)]
    legal_basis: Text
    reference: Text
    cameras: Annotated[list[Id], Field(max_length=2000)] = Field(default_factory=list)
    situations: Annotated[list[Situation], Field(max_length=50)] = Field(default_factory=list)
    purpose_id: Id
    valid_from: Instant
    valid_to: Instant
    signatory: Text
    viewers: Annotated[list[Id], Field(max_length=200)] = Field(default_factory=list)
    hours: ScheduleIn = ScheduleIn()
    perimeter: Annotated[list[PointOut], Field(max_length=200)] = Field(default_factory=list)
    requisition: Text = ""
    order_sha256: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?$")] = ""
    order_name: Annotated[str, StringConstraints(max_length=120)] = ""
    retention_s: Annotated[int | None, Field(ge=0, le=30 * 86_400)] = None
    replaces: Annotated[str, StringConstraints(max_length=80)] = ""
    why: Why = ""
    overlap_accepted: bool = False

    def authorisation(self) -> Authorisation:
        """The noun.

        Raises:
            InvalidInputError: an instant cannot be read, the end is before the beginning, or the hours make no sense.
        """
        begin, end = _instant(self.valid_from, "valid_from"), _instant(self.valid_to, "valid_to")
        if end <= begin:
            what = "the authorisation ends before it begins"
            raise InvalidInputError(what, where="body.valid_to", mend="Give an end after the beginning.")
        try:
            hours = schedule_of(self.hours)
        except ValueError as error:
            raise InvalidInputError(str(error), where="body.hours", mend="Give a beginning and another end.") from None
        return Authorisation(
            authorisation_id=self.authorisation_id,
            regime=self.regime,
            legal_basis=self.legal_basis,
            reference=self.reference,
            cameras=frozenset(self.cameras),
            situations=frozenset(self.situations),
            purpose_id=self.purpose_id,
            valid_from=begin,
            valid_to=end,
            signatory=self.signatory,
            hours=hours,
            viewers=frozenset(self.viewers),
            perimeter=tuple(self.perimeter),
            requisition=self.requisition,
            order_sha256=self.order_sha256,
            order_name=self.order_name,
            retention_s=self.retention_s,
            replaces=self.replaces,
        )


class GrantedOut(Wire):
    """What became of a grant: granted, or waiting for a second person."""

    model_config = example(granted=False, request_id="request-1")

    granted: bool
    request_id: str


class OrderFileOut(Wire):
    """A kept file: name its digest when the authorisation is granted."""

    model_config = example(sha256="0" * 64, name="arrete.pdf", media_type="application/pdf", bytes=12345)

    sha256: str
    name: str
    media_type: str
    bytes: int


class PurposeIn(Wire):
    """A purpose to add; ``retention_s`` is how long what serves it is kept at most (seconds)."""

    model_config = example(purpose_id="trafic", label_fr="Circulation", label_en="Traffic", retention_s=604800)

    purpose_id: Id
    label_fr: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
    label_en: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
    retention_s: int


def _instant(text: str, where: str) -> UtcNs:
    try:
        return utc_ns(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        mend = "Write it as 2026-06-01T08:00:00Z."
        raise InvalidInputError(f"{text[:40]!r} is no instant", where=f"body.{where}", mend=mend) from None


def overlap_out(found: Overlap) -> OverlapOut:
    """An overlap on the wire."""
    return OverlapOut(authorisation_id=found.authorisation_id, disagreements=disagreements_out(found.disagreements))


def regime_out(terms: RegimeTerms) -> RegimeTermsOut:
    """A regime on the wire."""
    return RegimeTermsOut(
        regime=terms.regime,
        label_fr=terms.label_fr,
        label_en=terms.label_en,
        legal=list(terms.legal),
        situations=sorted(terms.situations),
        outputs=sorted(terms.outputs),
        retention_days={str(kind.value): days for kind, days in terms.retention_days.items()},
        longest_days=terms.longest_days,
        requires=sorted(terms.requires),
        note_fr=terms.note_fr,
        note_en=terms.note_en,
        built_in=terms.built_in,
    )


def authorisation_out(
    given: Authorisation,
    *,
    now: int,
    kept: KeptAuthorisation | None = None,
    cameras: Iterable[str] | None = None,
    together: Iterable[Overlap] = (),
) -> AuthorisationOut:
    """An authorisation on the wire, with its entry, its end and those it applies together with, where known."""
    return AuthorisationOut(
        authorisation_id=given.authorisation_id,
        regime=given.regime,
        legal_basis=given.legal_basis,
        reference=given.reference,
        cameras=sorted(given.cameras if cameras is None else cameras),
        situations=sorted(one.value for one in given.situations),
        purpose_id=given.purpose_id,
        valid_from=iso_utc(given.valid_from),
        valid_to=iso_utc(given.valid_to),
        signatory=given.signatory,
        viewers=sorted(given.viewers),
        revoked_at=instant_json(given.revoked_at),
        in_force=given.valid_from <= now and not given.ended(UtcNs(now)),
        hours=schedule_out(given.hours),
        perimeter=list(given.perimeter),
        requisition=given.requisition,
        order_name=given.order_name,
        order_sha256=given.order_sha256,
        retention_s=given.retention_s,
        replaces=given.replaces,
        made_at=instant_json(kept.made_at) if kept else None,
        made_by=kept.made_by if kept else "",
        revoked_by=kept.revoked_by if kept else "",
        revoked_why=kept.revoked_why if kept else "",
        overlaps=[overlap_out(one) for one in together],
    )
