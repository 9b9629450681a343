"""The public register, the town's sheet and measured figures on the wire."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from beffroi.govern.payloads import instant_json
from beffroi.govern.register.door import MapKind, Performance, SheetVersion, TownSheet
from beffroi.govern.register.public import Order, PublicRegister, YearCounts
from beffroi.govern.register.words import NOT_LOOKED_FOR, ROLES, Words, situation_words
from beffroi.serve.wire.form import Instant, Wire, example
from beffroi.vocabulary.time import iso_utc

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=400)]
TOWN_EXAMPLE = {
    "responsible": "Commune de Sainte-Croix-du-Val, représentée par son maire",
    "address": "1 place de la Mairie, 99000 Sainte-Croix-du-Val",
    "service": "Centre de supervision urbain",
    "phone": "01 99 00 00 00",
    "email": "mairie@sainte-croix.example",
    "dpo_contact": "dpo@sainte-croix.example",
    "rights_contact": "Mairie, service vidéoprotection, 1 place de la Mairie",
    "prefecture": "Préfecture du Val",
    "complaint": "",
    "website": "https://sainte-croix.example",
    "map": "perimeter",
}
PERFORMANCE_EXAMPLE = {
    "situation": {"id": "zone_entered", "fr": "Zone interdite ou sensible", "en": "Zone entered"},
    "events": 20,
    "detected": 18,
    "recall_95": [0.7, 0.97],
    "false_alerts": 1,
    "camera_hours": 12.5,
    "false_per_hour_95": [0.002, 0.45],
    "latency_p95_s": 1.4,
    "model": "nanodet-g-416@1",
    "version": "0.1.0",
    "measured_on": "2026-05-04",
    "note": "Douze heures de la Grand-Place, jour et nuit, étiquetées à la main.",
}


class TownIn(Wire):
    """What only the town can say of itself. `map`: how precisely the public sees where cameras are."""

    model_config = example(version=0, **TOWN_EXAMPLE)

    version: int = Field(ge=0)
    responsible: Text = ""
    address: Text = ""
    service: Text = ""
    phone: Text = ""
    email: Text = ""
    dpo_contact: Text = ""
    rights_contact: Text = ""
    prefecture: Text = ""
    complaint: Text = ""
    website: Text = ""
    map: MapKind = MapKind.NONE

    def sheet(self) -> TownSheet:
        """The sheet as a noun."""
        return TownSheet(**self.model_dump(exclude={"version"}))


class TownOut(Wire):
    """The town's sheet, and which needed texts are missing. `version` 0: nobody has filled it in."""

    model_config = example(version=3, made_at="2026-05-04T08:00:00.000Z", missing=[], **TOWN_EXAMPLE)

    version: int
    made_at: Instant | None
    missing: list[str]
    responsible: str
    address: str
    service: str
    phone: str
    email: str
    dpo_contact: str
    rights_contact: str
    prefecture: str
    complaint: str
    website: str
    map: MapKind


class LabelOut(Wire):
    """Something of the catalogue in both languages."""

    model_config = example(id="zone_entered", fr="Zone interdite ou sensible", en="Zone entered")

    id: str
    fr: str
    en: str


class RegimeOut(Wire):
    """A legal regime in plain words."""

    model_config = example(
        id="private_site",
        fr="Site privé",
        en="Private site",
        meaning_fr="Lieux fermés au public, personnel informé.",
        meaning_en="Places closed to the public, staff informed.",
        legal=["RGPD, art. 6 et 13"],
    )

    id: str
    fr: str
    en: str
    meaning_fr: str
    meaning_en: str
    legal: list[str]


class OrderOut(Wire):
    """An authorisation in force: reference, text, dates, situations, who may see. No person is named."""

    model_config = example(
        regime_fr="Site privé",
        regime_en="Private site",
        reference="2026-117",
        legal_basis="CSI L. 251-2",
        valid_from="2026-01-01T00:00:00.000Z",
        valid_to="2026-12-31T23:00:00.000Z",
        situations=[{"id": "zone_entered", "fr": "Zone interdite ou sensible", "en": "Zone entered"}],
        purpose_id="securite-site",
        cameras=2,
        all_hours=True,
        roles=[{"id": "operator", "fr": "Opérateur", "en": "Operator"}],
        named_people=0,
        alerts=True,
    )

    regime_fr: str
    regime_en: str
    reference: str
    legal_basis: str
    valid_from: Instant
    valid_to: Instant
    situations: list[LabelOut]
    purpose_id: str
    cameras: int
    all_hours: bool
    roles: list[LabelOut]
    named_people: int
    alerts: bool


class AreaOut(Wire):
    """A round area of the plan with some cameras in it; shares of the plan's width and height."""

    model_config = example(x=0.55, y=0.3, radius=0.1, cameras=2)

    x: float
    y: float
    radius: float
    cameras: int


class SpotOut(Wire):
    """A camera shown where it is (only where the town chose so)."""

    model_config = example(name="Mairie, parvis", place="Place de la Mairie", x=0.55, y=0.31)

    name: str
    place: str
    x: float | None
    y: float | None


class KeptOut(Wire):
    """How long something is kept, at most. `kind`: `recordings` (of a purpose) or another word of the register."""

    model_config = example(kind="recordings", label_fr="Sécurité", label_en="Safety", seconds=604800.0)

    kind: str
    label_fr: str
    label_en: str
    seconds: float


class RoleAccessOut(Wire):
    """What a role may see at all, where an authorisation names it."""

    model_config = example(
        role={"id": "operator", "fr": "Opérateur", "en": "Operator"}, live=True, recordings=True, clear=False
    )

    role: LabelOut
    live: bool
    recordings: bool
    clear: bool


class PerformanceOut(Wire):
    """What was measured for a situation: `detected` of `events`, `false_alerts` in `camera_hours`, 95 % intervals."""

    model_config = example(**PERFORMANCE_EXAMPLE)

    situation: LabelOut
    events: int
    detected: int
    recall_95: tuple[float, float] | None
    false_alerts: int
    camera_hours: float
    false_per_hour_95: tuple[float, float] | None
    latency_p95_s: float | None
    model: str
    version: str
    measured_on: str
    note: str


class SituationCountOut(Wire):
    """Alerts of a situation in a year. Counts under 5 are "<5", others to the nearest 5: nobody can be singled out."""

    model_config = example(
        situation={"id": "zone_entered", "fr": "Zone interdite ou sensible", "en": "Zone entered"},
        raised="120",
        confirmed="35",
        dismissed="80",
        unanswered="<5",
    )

    situation: LabelOut
    raised: str
    confirmed: str
    dismissed: str
    unanswered: str


class YearOut(Wire):
    """The numbers of a year; `acts` by word of the register."""

    model_config = example(year=2026, situations=[], acts={"refusals": "2", "exports": "<5", "destroyed": "118"})

    year: int
    situations: list[SituationCountOut]
    acts: dict[str, str]


class RegisterOut(Wire):
    """The public register. `missing` names what the town has still to say; `stopped`: the kill switch is on."""

    model_config = example(
        made_at="2026-05-04T08:00:00.000Z",
        version="0.1.0",
        digest="0" * 64,
        town=TOWN_EXAMPLE | {"version": 3, "made_at": "2026-05-04T08:00:00.000Z", "missing": []},
        stopped=False,
        cameras=4,
        cameras_analysed=2,
        cameras_masked=1,
        cameras_blurred=4,
        areas=[{"x": 0.55, "y": 0.3, "radius": 0.1, "cameras": 2}],
        spots=[],
        regimes=[],
        orders=[],
        purposes=[{"id": "securite-site", "fr": "Sécurité du site", "en": "Site security"}],
        kept=[{"kind": "recordings", "label_fr": "Sécurité", "label_en": "Safety", "seconds": 604800.0}],
        access=[],
        performance=[PERFORMANCE_EXAMPLE],
        unmeasured=[],
        years=[],
        not_looked_for={"id": "not_looked_for", "fr": "Ce logiciel ne contient ni…", "en": "This software holds no…"},
    )

    made_at: Instant
    version: str
    digest: str
    town: TownOut
    stopped: bool
    cameras: int
    cameras_analysed: int
    cameras_masked: int
    cameras_blurred: int
    areas: list[AreaOut]
    spots: list[SpotOut]
    regimes: list[RegimeOut]
    orders: list[OrderOut]
    purposes: list[LabelOut]
    kept: list[KeptOut]
    access: list[RoleAccessOut]
    performance: list[PerformanceOut]
    unmeasured: list[LabelOut]
    years: list[YearOut]
    not_looked_for: LabelOut


class PerformanceIn(Wire):
    """A metrics.json of `beffroi evaluate`, the day of the measure, and on what footage and conditions it was made."""

    model_config = example(
        metrics={"model": "nanodet-g-416@1", "version": "0.1.0", "situations": {}},
        measured_on="2026-05-04",
        note="Douze heures de la Grand-Place, étiquetées à la main.",
    )

    metrics: dict[str, Any]
    measured_on: Annotated[str, StringConstraints(max_length=10)]
    note: Annotated[str, StringConstraints(max_length=500)]


def label(name: str, words: Words) -> LabelOut:
    """Words on the wire."""
    return LabelOut(id=name, fr=words.fr, en=words.en)


def town_out(kept: SheetVersion, missing: tuple[str, ...]) -> TownOut:
    """The town's sheet on the wire."""
    sheet = {name: getattr(kept.sheet, name) for name in TownIn.model_fields if name != "version"}
    return TownOut(version=kept.version, made_at=instant_json(kept.made_at), missing=list(missing), **sheet)


def performance_out(one: Performance) -> PerformanceOut:
    """Measured figures on the wire."""
    told = {name: getattr(one, name) for name in PerformanceOut.model_fields if name != "situation"}
    return PerformanceOut(situation=label(one.situation, situation_words(one.situation)), **told)


def register_out(told: PublicRegister) -> RegisterOut:
    """The public register on the wire."""
    return RegisterOut(
        made_at=iso_utc(told.made_at),
        version=told.version,
        digest=told.digest,
        town=town_out(told.sheet, told.missing),
        stopped=told.stopped,
        cameras=told.cameras,
        cameras_analysed=told.cameras_analysed,
        cameras_masked=told.cameras_masked,
        cameras_blurred=told.cameras_blurred,
        areas=[AreaOut(x=one.x, y=one.y, radius=one.radius, cameras=one.cameras) for one in told.areas],
        spots=[SpotOut(name=one.name, place=one.place, x=one.x, y=one.y) for one in told.spots],
        regimes=[
            RegimeOut(
                id=one.regime,
                fr=one.label_fr,
                en=one.label_en,
                meaning_fr=one.note_fr,
                meaning_en=one.note_en,
                legal=list(one.legal),
            )
            for one in told.regimes
        ],
        orders=[_order_out(one) for one in told.orders],
        purposes=[LabelOut(id=name, fr=fr, en=en) for name, fr, en in told.purposes],
        kept=[
            KeptOut(kind=one.kind, label_fr=one.label_fr, label_en=one.label_en, seconds=one.seconds)
            for one in told.kept
        ],
        access=[
            RoleAccessOut(
                role=label(one.role.value, ROLES[one.role]), live=one.live, recordings=one.recordings, clear=one.clear
            )
            for one in told.access
        ],
        performance=[performance_out(one) for one in told.performance],
        unmeasured=[label(one, situation_words(one)) for one in told.unmeasured],
        years=[_year_out(one) for one in told.years],
        not_looked_for=label("not_looked_for", NOT_LOOKED_FOR),
    )


def _order_out(one: Order) -> OrderOut:
    return OrderOut(
        regime_fr=one.regime_fr,
        regime_en=one.regime_en,
        reference=one.reference,
        legal_basis=one.legal_basis,
        valid_from=iso_utc(one.valid_from),
        valid_to=iso_utc(one.valid_to),
        situations=[label(name, situation_words(name)) for name in one.situations],
        purpose_id=one.purpose_id,
        cameras=one.cameras,
        all_hours=one.all_hours,
        roles=[label(role.value, ROLES[role]) for role in one.roles],
        named_people=one.named_people,
        alerts=one.alerts,
    )


def _year_out(one: YearCounts) -> YearOut:
    rows = [
        SituationCountOut(
            situation=label(row.situation, situation_words(row.situation)),
            raised=row.raised,
            confirmed=row.confirmed,
            dismissed=row.dismissed,
            unanswered=row.unanswered,
        )
        for row in one.situations
    ]
    return YearOut(year=one.year, situations=rows, acts=dict(one.acts))
