"""Two registers: of recordings (CSI, R. 252-11) and of processing activities (GDPR, art. 30)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from beffroi.govern.paper import Block, Heading, Paper, Paragraph, Table
from beffroi.govern.register import statements as say
from beffroi.govern.register.facts import Facts, day_text, days_text, moment_text
from beffroi.govern.register.words import ROLES
from beffroi.govern.rights import Role
from beffroi.keep.store.register import Recording, Viewing
from beffroi.vocabulary.time import UtcNs

FOOTAGE_ACTS = ("see_live", "see_evidence", "lift_blur", "export", "seal_export", "download_export", "hold")
"""Acts upon footage that the register of recordings tells one by one."""

HANDED_OVER = ("export", "seal_export", "download_export")
"""Those of them that hand recordings over to justice."""

VIEWINGS_MOST = 2000
"""Rows of viewings in one paper; what is beyond is told, and is in the journal's own export."""

WORDS = {
    "see_live": "consultation en direct",
    "see_evidence": "consultation d’un enregistrement",
    "lift_blur": "levée du floutage",
    "export": "extraction",
    "seal_export": "extraction scellée",
    "download_export": "remise de l’extraction",
    "hold": "conservation",
}


@dataclass(slots=True)
class _Day:
    """The recordings of a camera on a day."""

    count: int = 0
    kept: int = 0
    first: UtcNs | None = None
    last: UtcNs | None = None
    due: UtcNs | None = None
    destroyed: list[UtcNs] = field(default_factory=list)

    def take(self, one: Recording) -> None:
        self.count += 1
        self.due = one.expires_at if self.due is None else max(self.due, one.expires_at)
        if one.to_at:
            self.first = one.from_at if self.first is None else min(self.first, one.from_at)
            self.last = one.to_at if self.last is None else max(self.last, one.to_at)
        if one.destroyed_at is None:
            self.kept += one.state != "missing"
        else:
            self.destroyed.append(one.destroyed_at)


def recordings_register(
    facts: Facts, month: tuple[int, int], made: Iterable[Recording], seen: tuple[list[Viewing], int]
) -> Paper:
    """The register of recordings of a month: recordings made, day of destruction, handing over to justice; viewings.

    Source: CSI, art. R. 252-11, which asks for the recordings made, the date of their destruction and, where it
    applies, of their transmission to the public prosecutor.
    """
    names = {one.camera_id: one.name for one in facts.cameras}
    days: dict[tuple[str, str], _Day] = {}
    for one in made:
        days.setdefault((day_text(one.born_at), one.camera_id), _Day()).take(one)
    rows = [
        (
            day,
            names.get(camera, camera),
            str(one.count),
            "-" if one.first is None or one.last is None else f"{moment_text(one.first)} - {moment_text(one.last)}",
            "-" if one.due is None else day_text(one.due),
            _destroyed(one),
        )
        for (day, camera), one in days.items()
    ]
    head = ("Jour", "Caméra", "Enregistrements", "Étendue", "À détruire au plus tard le", "Détruits le")
    viewings, total = seen
    sent = [one for one in viewings if one.act in HANDED_OVER and one.allowed]
    blocks: list[Block] = [
        say.who(facts),
        Heading(text="Enregistrements réalisés et date de destruction"),
        Table(head=head, rows=rows, shares=(1, 1.8, 1, 2.6, 1.5, 1.8))
        if rows
        else Paragraph(text="Aucun enregistrement ce mois-ci."),
        Heading(text="Transmissions à l’autorité judiciaire"),
        _viewings(sent) if sent else Paragraph(text="Aucune transmission ce mois-ci."),
        Heading(text="Consultations"),
        _viewings(viewings) if viewings else Paragraph(text="Aucune consultation ce mois-ci."),
    ]
    if total > len(viewings):
        left = total - len(viewings)
        blocks.append(Paragraph(text=f"{left} consultation(s) de plus : voir l’export du journal."))
    title = f"Registre des enregistrements (CSI, art. R. 252-11) - {month[1]:02d}/{month[0]}"
    return say.paper(facts, title, blocks, wide=True)


def _destroyed(day: _Day) -> str:
    told = []
    if day.destroyed:
        told.append(f"{len(day.destroyed)}, dernier le {moment_text(max(day.destroyed))}")
    if day.kept:
        told.append(f"{day.kept} encore conservé(s)")
    return " ; ".join(told) or "rien n’a pu être conservé"


def _viewings(rows: list[Viewing]) -> Table:
    head = ("Instant", "Agent", "Rôle", "Acte", "Objet", "Motif", "Permis")
    roles = {role.value: words.fr for role, words in ROLES.items()}
    cells = [
        (
            moment_text(one.at),
            one.actor,
            roles.get(one.role, one.role),
            WORDS.get(one.act, one.act),
            one.about,
            one.why or "-",
            say.yes_no(one.allowed),
        )
        for one in rows
    ]
    return Table(head=head, rows=cells, shares=(1.3, 1.2, 1.2, 1.5, 2, 2, 0.7))


def processing_entry(facts: Facts) -> Paper:
    """The entry of the record of processing activities (GDPR, art. 30, 1)."""
    town, settings = facts.town, facts.settings
    roles = sorted({viewer for one in facts.in_force for viewer in one.viewers} & {role.value for role in Role})
    eyes = "seconde personne pour les actes les plus sensibles" if settings.four_eyes else "sans seconde personne"
    rows = [
        (
            "Responsable (art. 30, 1, a)",
            f"{say.value(town.responsible, 'responsable')}, {say.value(town.address, 'adresse')}",
        ),
        ("Délégué à la protection des données", say.value(town.dpo_contact, "coordonnées du délégué")),
        ("Finalités (b)", ", ".join(one.label_fr for one in facts.purposes) or "aucune"),
        (
            "Base et régimes",
            "; ".join(f"{one.legal_basis} ({one.reference}, {facts.regime_name(one)})" for one in facts.in_force)
            or "aucune autorisation en vigueur",
        ),
        ("Personnes concernées (c)", "Passants et occupants de véhicules dans le champ ; agents de la salle"),
        ("Données (c)", "Images, alertes, réponses des agents, journal des accès. Aucune donnée biométrique."),
        ("Destinataires (d)", ", ".join(ROLES[Role(role)].fr for role in roles) or "aucun"),
        ("Transferts hors Union (e)", f"[ {say.ASKED} : aucun, ou lesquels ]"),
        (
            "Effacement (f)",
            "; ".join(
                f"{one.label_fr} : {days_text(min(one.retention_s, settings.retention_max_s))}"
                for one in facts.purposes
            )
            + f" ; journal : {days_text(settings.journal_keep_s)}",
        ),
        (
            "Sécurité (g)",
            f"Droits par rôle, secteur et finalité ; motif écrit, {eyes} ; journal chaîné ; "
            f"{sum(bool(one.masks) for one in facts.cameras)} caméra(s) avec zones masquées, "
            f"{sum(one.blur for one in facts.cameras)} avec floutage ; voir l’AIPD.",
        ),
    ]
    blocks: list[Block] = [
        Table(head=("Rubrique", "Contenu"), rows=rows, shares=(1, 3)),
        say.blank("sous-traitants et références des contrats (art. 28)"),
        say.blank("date d’entrée au registre et signature du responsable"),
    ]
    return say.paper(facts, "Registre des activités de traitement (RGPD, art. 30) : vidéoprotection", blocks)
