"""The demonstration town: accounts, cameras on bundled street video, rules, and an authorisation marked as such."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path

from beffroi.govern.accounts import NewUser
from beffroi.govern.doors import Doors, Purpose
from beffroi.govern.rights import LOCAL_ADMINISTRATOR, Role
from beffroi.vocabulary.authorisation import Authorisation, Regime
from beffroi.vocabulary.camera import Camera, StreamKind, StreamSpec
from beffroi.vocabulary.picture import ObjectClass
from beffroi.vocabulary.rules import Line, Rule, Schedule, Situation, Zone
from beffroi.vocabulary.time import NS_PER_S, UtcNs

PURPOSE = "demonstration"
AUTHORISATION = "demonstration"
YEAR_NS = 365 * 86_400 * NS_PER_S

LAWN = Zone(
    points=(
        (0.0, 0.43),
        (0.21, 0.47),
        (0.34, 0.52),
        (0.46, 0.58),
        (0.56, 0.66),
        (0.68, 0.73),
        (0.78, 0.79),
        (0.999, 0.90),
        (0.999, 0.998),
        (0.0, 0.998),
    )
)
AVENUE = Zone(points=((0.55, 0.05), (0.8, 0.05), (0.98, 0.42), (0.98, 0.8), (0.7, 0.55)))
GATE = Line(points=((0.0, 0.38), (0.25, 0.30)))


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoAccount:
    """An account of the demonstration. Its password is printed: it protects nothing but invented data."""

    username: str
    display_name: str
    role: Role
    password: str = field(repr=False)


ACCOUNTS = (
    DemoAccount(
        username="operateur",
        display_name="Camille Opératrice",
        role=Role.OPERATOR,
        password="une-cloche-au-matin",  # noqa: S106  (printed)
    ),
    DemoAccount(
        username="superviseur",
        display_name="Dominique Chef",
        role=Role.SUPERVISOR,
        password="deux-cloches-a-midi",  # noqa: S106  (printed by the demo)
    ),
    DemoAccount(
        username="administrateur",
        display_name="Alex Technique",
        role=Role.ADMINISTRATOR,
        password="trois-cloches-le-soir",  # noqa: S106  (printed by the demo)
    ),
    DemoAccount(
        username="investigateur",
        display_name="Sacha Enquête",
        role=Role.INVESTIGATOR,
        password="quatre-cloches-au-loin",  # noqa: S106  (printed by the demo)
    ),
    DemoAccount(
        username="dpo",
        display_name="Maxime Données",
        role=Role.DPO,
        password="cinq-cloches-au-vent",  # noqa: S106  (printed by the demo)
    ),
    DemoAccount(
        username="auditeur",
        display_name="Claude Contrôle",
        role=Role.AUDITOR,
        password="six-cloches-dans-la-nuit",  # noqa: S106  (printed by the demo)
    ),
)


def street() -> str:
    """The path of the bundled video."""
    return str(Path(str(files("beffroi.cli").joinpath("assets/street.mp4"))))


def demo_cameras() -> tuple[Camera, ...]:
    """Three cameras playing the bundled video for ever, and one that does not answer."""
    playing = StreamSpec(kind=StreamKind.FILE, url=street(), pace="live", loop=True)
    silent = StreamSpec(kind=StreamKind.RTSP, url="rtsp://127.0.0.1:9/parking", open_timeout_s=2.0, read_timeout_s=2.0)
    return (
        Camera(
            camera_id="campus-pelouse",
            name="Campus, pelouse",
            place="Pelouse sud",
            main=playing,
            plan_xy=(0.79, 0.72),
            heading_deg=225.0,
        ),
        Camera(
            camera_id="campus-allee",
            name="Campus, allée",
            place="Allée des tilleuls",
            main=playing,
            plan_xy=(0.86, 0.83),
            heading_deg=315.0,
        ),
        Camera(
            camera_id="grand-place",
            name="Grand-Place",
            place="Angle de la mairie",
            main=playing,
            plan_xy=(0.55, 0.31),
            heading_deg=160.0,
        ),
        Camera(
            camera_id="parking-gare",
            name="Parking de la gare",
            place="Entrée est",
            main=silent,
            plan_xy=(0.72, 0.05),
            heading_deg=90.0,
        ),
    )


def demo_rules() -> tuple[Rule, ...]:
    """One rule or more for each camera, chosen so that the film of 80 s gives a handful of alerts each time."""
    person = (ObjectClass.PERSON,)
    lawn = _rule("pelouse", "campus-pelouse", Situation.ZONE_ENTERED, "Pelouse interdite")
    path = _rule("allee-passages", "campus-allee", Situation.LINE_CROSSED, "Passages dans l'allée")
    one_way = _rule("allee-sens", "campus-allee", Situation.WRONG_WAY, "Sens unique de l'allée")
    group = _rule("place-groupe", "grand-place", Situation.GROUP_FORMED, "Attroupement sur la place")
    parking = _rule("parking-zone", "parking-gare", Situation.CAMERA_IMPAIRED, "Caméra du parking défaillante")
    place = _rule("place-camera", "grand-place", Situation.CAMERA_IMPAIRED, "Caméra de la place défaillante")
    return (
        replace(lawn, zone=LAWN, classes=person, severity="severe"),
        replace(path, line=GATE, classes=person, severity="minor"),
        replace(
            one_way, allowed_direction=(-1.0, 0.0), zone=AVENUE, classes=person, params={"min_travel_heights": 3.0}
        ),
        replace(group, classes=person, params={"min_people": 2.0}),
        place,
        parking,
    )


def _rule(rule_id: str, camera_id: str, situation: Situation, name: str) -> Rule:
    return Rule(rule_id=rule_id, version=1, camera_id=camera_id, situation=situation, purpose_id=PURPOSE, name=name)


def demo_authorisation(now: UtcNs, cameras: Sequence[Camera], rules: Sequence[Rule]) -> Authorisation:
    """A year's authorisation that says of itself that it is a demonstration."""
    return Authorisation(
        authorisation_id=AUTHORISATION,
        regime=Regime.PRIVATE_SITE,
        legal_basis="DÉMONSTRATION : vidéo enregistrée, aucun lieu réel n'est surveillé",
        reference="DEMONSTRATION",
        cameras=frozenset(one.camera_id for one in cameras),
        situations=frozenset(one.situation for one in rules),
        purpose_id=PURPOSE,
        valid_from=now,
        valid_to=UtcNs(now + YEAR_NS),
        signatory="DÉMONSTRATION (sans valeur)",
        hours=Schedule(),
        viewers=frozenset(one.value for one in Role if one is not Role.SYSTEM),
    )


def seed(doors: Doors, now: UtcNs) -> bool:
    """Fill an empty data folder with the demonstration; one that has accounts is left as it is, but for the path of
    the video, which moves with the installation. True when it was filled.

    Raises:
        BeffroiError: the store refuses.
    """
    console = LOCAL_ADMINISTRATOR
    cameras, rules = demo_cameras(), demo_rules()
    if doors.accounts.users(console):
        known = {one.camera_id: one for one in doors.cameras.all(console)}
        for camera in cameras:
            kept = known.get(camera.camera_id)
            if kept is not None and kept.main.kind is StreamKind.FILE and kept.main.url != camera.main.url:
                doors.cameras.change(console, replace(kept, main=camera.main))
        return False
    for account in ACCOUNTS:
        new = NewUser(
            username=account.username,
            display_name=account.display_name,
            role=account.role,
            password=account.password,
        )
        doors.accounts.add(console, new)
    purpose = Purpose(purpose_id=PURPOSE, label_fr="Démonstration", label_en="Demonstration", retention_s=7 * 86_400)
    doors.authorisations.add_purpose(console, purpose)
    for camera in cameras:
        doors.cameras.add(console, camera)
    for rule in rules:
        doors.rules.add(console, rule)
    doors.authorisations.grant(console, demo_authorisation(now, cameras, rules))
    return True
