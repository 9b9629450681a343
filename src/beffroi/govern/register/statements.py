"""Parts that several papers share: each statement is read from the facts, or is a blank that a person must fill."""

from __future__ import annotations

from beffroi.govern.paper import Block, Paper, Paragraph, Table
from beffroi.govern.register.facts import Facts, day_text, days_text
from beffroi.govern.register.public import access_of, kept_of
from beffroi.govern.register.words import CNIL, FIELDS, KEPT, ROLES, situation_words
from beffroi.govern.rights import Role
from beffroi.vocabulary.authorisation import Authorisation

ASKED = "À remplir"


def blank(what: str) -> Paragraph:
    """A blank: what a person must judge or write."""
    return Paragraph(text=f"[ {ASKED} : {what} ]", to_fill=True)


def value(text: str, what: str) -> str:
    """A text that the town gave, or a visible blank in its place."""
    return text or f"[ {ASKED} : {what} ]"


def paper(facts: Facts, title: str, blocks: list[Block], *, wide: bool = False) -> Paper:
    """A paper made from these facts: dated, with the digest of the configuration it was made from."""
    return Paper(
        title=title,
        subtitle=facts.town.responsible,
        made_at=facts.now,
        blocks=blocks,
        wide=wide,
        footer=f"Beffroi {facts.version} · configuration {facts.digest}",
    )


def who(facts: Facts) -> Table:
    """Who answers, with blanks where the town's sheet has gaps."""
    rows = [(words.fr, value(getattr(facts.town, name), words.fr.lower())) for name, words in FIELDS.items()]
    rows = [
        (name, CNIL) if name == FIELDS["complaint"].fr and not facts.town.complaint else (name, text)
        for name, text in rows
    ]
    return Table(head=("Qui", "Coordonnées"), rows=rows, shares=(1, 3))


def orders(facts: Facts, given: tuple[Authorisation, ...]) -> list[Block]:
    """Authorisations, one a row."""
    if not given:
        return [Paragraph(text="Aucune autorisation : aucune caméra n’est analysée.")]
    head = ("Référence", "Texte", "Régime", "Finalité", "Situations", "Caméras", "Du", "Au", "Signataire", "État")
    rows = []
    for one in given:
        purpose = facts.purpose(one.purpose_id)
        rows.append(
            (
                one.reference,
                one.legal_basis,
                facts.regime_name(one),
                purpose.label_fr if purpose else one.purpose_id,
                situations(facts, one),
                ", ".join(sorted(_names(facts, one))),
                day_text(one.valid_from),
                day_text(one.valid_to),
                one.signatory,
                state(facts, one),
            )
        )
    return [Table(head=head, rows=rows, shares=(1.1, 1.6, 1.1, 1.1, 1.8, 1.6, 0.9, 0.9, 1.1, 1))]


def situations(facts: Facts, one: Authorisation) -> str:
    """The situations an authorisation really allows, in words."""
    allowed = one.situations & facts.terms(one).situations
    return ", ".join(sorted(situation_words(each.value).fr for each in allowed)) or "aucune"


def state(facts: Facts, one: Authorisation) -> str:
    """Whether an authorisation holds now."""
    if one.revoked_at is not None and (one.withdrawn or one.revoked_at <= facts.now):
        return f"retirée le {day_text(one.revoked_at)}"
    if facts.now < one.valid_from:
        return "à venir"
    return "en vigueur" if facts.now < one.valid_to else "expirée"


def kept(facts: Facts) -> Table:
    """How long each kind of thing is kept."""
    rows = [
        (f"{KEPT[one.kind].fr} - {one.label_fr}" if one.label_fr else KEPT[one.kind].fr, days_text(one.seconds))
        for one in kept_of(facts)
    ]
    return Table(head=("Données", "Conservées au plus"), rows=rows, shares=(3, 1))


def access(facts: Facts) -> Table:
    """Which role may see what, and which of them an authorisation in force names."""
    named = {viewer for one in facts.in_force for viewer in one.viewers}
    rows = [
        (
            ROLES[one.role].fr,
            yes_no(one.live),
            yes_no(one.recordings),
            yes_no(one.clear),
            yes_no(one.role.value in named),
        )
        for one in access_of()
    ]
    head = ("Rôle", "Direct", "Enregistrements", "Sans floutage", "Nommé par une autorisation en vigueur")
    return Table(head=head, rows=rows, shares=(2, 1, 1.2, 1.1, 2))


def named_people(facts: Facts) -> int:
    """How many persons are named as viewers one by one, beside the roles."""
    roles = {role.value for role in Role}
    return len({viewer for one in facts.in_force for viewer in one.viewers if viewer not in roles})


def camera_rows(facts: Facts) -> Table:
    """Cameras with what protects those in view."""
    head = ("Caméra", "Lieu", "Secteurs", "Zones masquées", "Floutage", "En service")
    rows = [
        (
            one.name,
            one.place or "-",
            ", ".join(one.groups) or "-",
            str(len(one.masks)),
            yes_no(one.blur),
            yes_no(one.enabled),
        )
        for one in facts.cameras
    ]
    return Table(head=head, rows=rows, shares=(2, 2, 1.4, 1, 1, 1))


def yes_no(whether: bool) -> str:
    """A yes or no, in French."""
    return "oui" if whether else "non"


def _names(facts: Facts, one: Authorisation) -> list[str]:
    known = {camera.camera_id: camera.name for camera in facts.cameras}
    return [known.get(camera_id, f"{camera_id} (inconnue)") for camera_id in one.cameras]
