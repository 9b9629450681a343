"""The notice for the street: what people in view must be told, with the address of the public register as a QR code.

Sources: GDPR art. 13; law 78-17 of 6 January 1978, art. 104; CSI, book II, title V (a camera's pictogram, whom to ask).
"""

from __future__ import annotations

from dataclasses import dataclass

import segno

from beffroi.govern.register.drawing import HEIGHT_MM, WIDTH_MM, Fill, Stroke, Write, box, lines_of
from beffroi.govern.register.facts import Facts, day_text, days_text
from beffroi.govern.register.statements import value
from beffroi.govern.register.words import CNIL, TEXTS
from beffroi.vocabulary.authorisation import Authorisation
from beffroi.vocabulary.camera import Camera
from beffroi.vocabulary.errors import NotFoundError
from beffroi.vocabulary.rules import Situation

INK, PALE, DEEP, ALERT = "#101418", "#ffffff", "#12355b", "#7a2e00"
MARGIN, BAND_MM, FOOT_MM = 14.0, 74.0, 62.0
QR_MM = 46.0
SIZES = (4.6, 4.2, 3.9, 3.6, 3.3, 3.0, 2.7, 2.4, 2.1)
"""Sizes of type that are tried in turn until everything fits, in millimetres."""

_PICTOGRAM = (
    ((0, 20), (9, 8), (62, 30), (53, 52)),
    ((66, 36), (80, 42), (75, 55), (61, 48)),
    ((20, 44), (29, 48), (25, 62), (6, 62), (6, 53), (18, 53)),
    ((-2, 46), (6, 46), (6, 70), (-2, 70)),
)
"""A camera on its arm, in a square of 80."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a notice is for: one camera, a group of them, or (neither given) all."""

    camera_id: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A drawn notice; ``address`` is what its QR code leads to ("" where none is set)."""

    title: str
    address: str
    strokes: tuple[Stroke, ...]


def cameras_of(facts: Facts, place: Place) -> tuple[Camera, ...]:
    """The cameras that a notice stands for.

    Raises:
        NotFoundError: no camera is called so, or none is in the group.
    """
    if place.camera_id:
        found = tuple(one for one in facts.cameras if one.camera_id == place.camera_id)
    elif place.group:
        found = tuple(one for one in facts.cameras if place.group in one.groups)
    else:
        return facts.cameras
    if not found:
        raise NotFoundError(f"there is no camera {place.camera_id or 'of group ' + place.group}")
    return found


def notice(facts: Facts, place: Place, *, address: str) -> Notice:
    """The notice of a place. ``address``: of the public register, "" where none is set.

    Raises:
        NotFoundError: no camera is called so, or none is in the group.
    """
    cameras = cameras_of(facts, place)
    title = "Zone sous vidéoprotection"
    strokes = [*_band(title, _where(cameras, place)), *_texts(_told(facts, cameras)), *_foot(address)]
    return Notice(title=f"{title} : {_where(cameras, place)}", address=address, strokes=tuple(strokes))


def _where(cameras: tuple[Camera, ...], place: Place) -> str:
    if place.camera_id:
        return cameras[0].place or cameras[0].name
    return f"Secteur {place.group}" if place.group else "Ensemble du périmètre de la commune"


def analysing(facts: Facts, cameras: tuple[Camera, ...]) -> list[Authorisation]:
    """The authorisations in force under which some of these cameras are analysed for more than their own health."""
    ids = {one.camera_id for one in cameras}
    about_people = frozenset(Situation) - {Situation.CAMERA_IMPAIRED}
    return [
        one
        for one in facts.in_force
        if one.cameras & ids and one.situations & facts.terms(one).situations & about_people
    ]


def _told(facts: Facts, cameras: tuple[Camera, ...]) -> list[tuple[str, str, str]]:
    """(heading, text, English) of each part."""
    town, ids = facts.town, {one.camera_id for one in cameras}
    here = [one for one in facts.in_force if one.cameras & ids]
    used = {one.purpose_id for one in here}
    purposes = [one for one in facts.purposes if one.purpose_id in used]
    longest = max((min(one.retention_s, facts.settings.retention_max_s) for one in purposes), default=0)
    delay = days_text(longest) if longest else value("", "durée de conservation")
    in_english = days_text(longest, "en") if longest else "to be given"
    acts = analysing(facts, cameras)
    machine = "; ".join(f"{facts.regime_name(one)}, {one.reference} ({one.legal_basis})" for one in acts)
    orders = "; ".join(
        f"{one.reference}, du {day_text(one.valid_from)} au {day_text(one.valid_to)}, {one.signatory}" for one in here
    )
    ask = " - ".join(
        one for one in (value(town.rights_contact, "où exercer vos droits"), town.phone, town.email) if one
    )
    who = ", ".join(one for one in (value(town.responsible, "responsable"), town.service, town.address) if one)
    return [
        (
            f"Analyse automatisée des images : {'OUI' if acts else 'NON'}",
            machine or "Aucun texte ne l’autorise ici : aucune image n’y est analysée pour des personnes.",
            f"Automated analysis of the pictures: {'YES' if acts else 'NO'}",
        ),
        ("Responsable du traitement", who, "Controller"),
        (
            "Finalités",
            ", ".join(one.label_fr for one in purposes) or value("", "finalités"),
            "Purposes: see the register",
        ),
        (
            "Durée de conservation",
            f"Images : {delay} au plus, puis destruction.",
            f"Pictures kept at most {in_english}",
        ),
        ("Autorisation", orders or value("", "référence de l’autorisation"), "Authorisation"),
        ("Vos droits : accès, effacement, limitation", ask, "Your rights: access, erasure, restriction"),
        (
            "Délégué à la protection des données",
            value(town.dpo_contact, "coordonnées du délégué"),
            "Data-protection officer",
        ),
        ("Réclamation", town.complaint or CNIL, "Complaint"),
    ]


def _band(title: str, where: str) -> list[Stroke]:
    scale, left, top = 0.62, MARGIN + 4.0, 12.0
    strokes: list[Stroke] = [box(0, 0, WIDTH_MM, BAND_MM, DEEP)]
    for shape in _PICTOGRAM:
        points = tuple((left + scale * x, top + scale * y) for x, y in shape)
        strokes.append(Fill(points=points, colour=PALE))
    x = 76.0
    for number, line in enumerate(lines_of(title.upper(), bold=True, size=12.5, width=WIDTH_MM - x - MARGIN)):
        strokes.append(Write(x=x, y=26.0 + 14.5 * number, size=12.5, text=line, bold=True, colour=PALE))
    strokes.append(Write(x=x, y=54.0, size=5.0, text="This area is under video protection", colour=PALE))
    for number, line in enumerate(lines_of(where, bold=True, size=5.0, width=WIDTH_MM - x - MARGIN)[:2]):
        strokes.append(Write(x=x, y=62.0 + 6.0 * number, size=5.0, text=line, bold=True, colour=PALE))
    return strokes


def _texts(told: list[tuple[str, str, str]]) -> list[Stroke]:
    room = HEIGHT_MM - BAND_MM - FOOT_MM - 6.0
    strokes: list[Stroke] = []
    for size in SIZES:
        strokes, height = _laid_out(told, size)
        if height <= room:
            break
    return strokes


def _laid_out(told: list[tuple[str, str, str]], size: float) -> tuple[list[Stroke], float]:
    strokes: list[Stroke] = []
    width, y = WIDTH_MM - 2 * MARGIN, BAND_MM + 3.0
    for number, (heading, text, english) in enumerate(told):
        large = 1.45 * size if number == 0 else size * 1.08
        y += large + 1.0
        strokes.append(Write(x=MARGIN, y=y, size=large, text=heading, bold=True, colour=DEEP))
        for line in lines_of(text, bold=False, size=size, width=width):
            y += 1.28 * size
            colour = ALERT if line.startswith("[ ") else INK
            strokes.append(Write(x=MARGIN, y=y, size=size, text=line, colour=colour))
        y += 1.1 * size
        strokes.append(Write(x=MARGIN, y=y, size=0.8 * size, text=english, colour="#4a4f58"))
        y += 0.55 * size
    return strokes, y - BAND_MM


def _foot(address: str) -> list[Stroke]:
    top = HEIGHT_MM - FOOT_MM
    strokes: list[Stroke] = [box(0, top, WIDTH_MM, 0.6, DEEP)]
    x, y = MARGIN + QR_MM + 8.0, top + 14.0
    if address:
        strokes += qr_code(address, MARGIN, top + 8.0, QR_MM)
        heading, text = "Registre public : tout savoir, en français et en anglais", address
    else:
        strokes.append(box(MARGIN, top + 8.0, QR_MM, QR_MM, "#e9ecf1"))
        heading = "[ Adresse du registre public à régler ]"
        text = "Réglage server.public_url : l’adresse https de ce serveur, telle que le public la voit."
    width = WIDTH_MM - x - MARGIN
    for bold, size, words in ((True, 4.4, heading), (False, 4.0, text), (False, 3.0, TEXTS)):
        for line in lines_of(words, bold=bold, size=size, width=width):
            strokes.append(Write(x=x, y=y, size=size, text=line, bold=bold, colour=DEEP if bold else INK))
            y += 1.3 * size
        y += 2.0
    return strokes


def qr_code(address: str, x: float, y: float, side: float) -> list[Fill]:
    """A QR code as filled squares, black on white, with the quiet zone that the standard asks for (ISO 18004)."""
    rows = list(segno.make(address, error="m", micro=False).matrix_iter(border=4))
    module = side / len(rows)
    squares = [box(x, y, side, side, PALE)]
    for down, row in enumerate(rows):
        start = None
        for across, dark in enumerate((*row, 0)):
            if dark and start is None:
                start = across
            elif not dark and start is not None:
                squares.append(box(x + start * module, y + down * module, (across - start) * module, module, "#000000"))
                start = None
    return squares
