"""The public register as a page to read without any script, to print and to archive."""

from __future__ import annotations

from beffroi.govern.paper import Block, Heading, Paper, Paragraph, Table
from beffroi.govern.register.facts import day_text, days_text, moment_text
from beffroi.govern.register.public import PublicRegister, YearCounts
from beffroi.govern.register.words import (
    ACTS,
    CNIL,
    FIELDS,
    KEPT,
    NOT_LOOKED_FOR,
    ROLES,
    Words,
    situation_words,
)
from beffroi.keep.store.register import MapKind, Performance

TITLE = Words("Registre public de la vidéoprotection", "Public register of video protection")
GAP = Words("À compléter par la collectivité", "Still to be given by the town")
STOPPED = Words(
    "Toute analyse automatique est arrêtée en ce moment ; l’enregistrement continue.",
    "All automatic analysis is stopped now; recording goes on.",
)
RUNNING = Words("L’analyse automatique n’est pas arrêtée.", "Automatic analysis is not stopped.")
NO_ORDER = Words(
    "Aucune autorisation n’est en vigueur : aucune caméra n’est analysée.",
    "No authorisation is in force: no camera is analysed.",
)
NOT_MEASURED = Words("pas encore mesuré", "not measured yet")
RIGHTS = Words(
    "Vous pouvez demander à voir les images où vous apparaissez, et à en faire vérifier la destruction, auprès de "
    "l’adresse ci-dessus. L’accès peut être refusé pour un motif de sûreté ou de procédure, ou pour protéger "
    "d’autres personnes.",
    "You may ask to see the pictures in which you appear, and to have their destruction verified, at the address "
    "above. Access may be refused for reasons of safety or of legal procedure, or to protect other people.",
)
SMALL_COUNTS = Words(
    "Nombres arrondis à 5 près, « <5 » au-dessous, pour que personne ne puisse être reconnu.",
    'Counts rounded to the nearest 5, "<5" below that, so that nobody can be recognised.',
)


def register_paper(told: PublicRegister, language: str) -> Paper:
    """The register as a paper in a language ("fr" or "en")."""
    blocks: list[Block] = [
        Paragraph(text=(STOPPED if told.stopped else RUNNING).of(language)),
        *_who(told, language),
        *_cameras(told, language),
        *_orders(told, language),
        *_kept(told, language),
        *_performance(told, language),
    ]
    for year in told.years:
        blocks += _numbers(year, language)
    blocks += [
        Heading(text=Words("Ce que ce logiciel ne fait pas", "What this software does not do").of(language)),
        Paragraph(text=NOT_LOOKED_FOR.of(language)),
    ]
    made = Words("État au", "As of").of(language)
    return Paper(
        title=TITLE.of(language),
        subtitle=told.sheet.sheet.responsible,
        made_at=told.made_at,
        blocks=blocks,
        language=language,
        footer=f"{made} {moment_text(told.made_at)} · Beffroi {told.version} · {told.digest[:16]}",
    )


def _who(told: PublicRegister, language: str) -> list[Block]:
    town = told.sheet.sheet
    names = [name for name in FIELDS if getattr(town, name) or name in told.missing]
    rows = [(FIELDS[name].of(language), getattr(town, name) or f"[ {GAP.of(language)} ]") for name in names]
    if not town.complaint:
        rows.append((FIELDS["complaint"].of(language), CNIL))
    head = (Words("Qui répond", "Who answers").of(language), "")
    return [
        Heading(text=Words("À qui s’adresser", "Whom to ask").of(language)),
        Table(head=head, rows=rows, shares=(1, 3)),
        Paragraph(text=RIGHTS.of(language)),
    ]


def _cameras(told: PublicRegister, language: str) -> list[Block]:
    rows = [
        (Words("Caméras", "Cameras").of(language), str(told.cameras)),
        (
            Words("dont couvertes par une autorisation d’analyse", "covered by an authorisation of analysis").of(
                language
            ),
            str(told.cameras_analysed),
        ),
        (Words("dont des logements sont masqués", "with homes masked").of(language), str(told.cameras_masked)),
        (
            Words("dont personnes et plaques sont floutées", "with people and plates blurred").of(language),
            str(told.cameras_blurred),
        ),
    ]
    blocks: list[Block] = [
        Heading(text=Words("Les caméras", "The cameras").of(language)),
        Table(head=("", Words("Nombre", "Number").of(language)), rows=rows, shares=(3, 1)),
    ]
    if told.sheet.sheet.map is MapKind.EXACT:
        head = (Words("Caméra", "Camera").of(language), Words("Lieu", "Place").of(language))
        blocks.append(Table(head=head, rows=[(one.name, one.place) for one in told.spots]))
    return blocks


def _orders(told: PublicRegister, language: str) -> list[Block]:
    purposes = {name: Words(fr, en) for name, fr, en in told.purposes}
    rows = []
    for one in told.orders:
        names = ", ".join(situation_words(name).of(language) for name in one.situations)
        roles = [ROLES[role].of(language) for role in one.roles]
        if one.named_people:
            roles.append(f"{one.named_people} {Words('personne(s) désignée(s)', 'named person(s)').of(language)}")
        rows.append(
            (
                f"{one.reference}\n{one.legal_basis}",
                one.regime_fr if language == "fr" else one.regime_en,
                purposes[one.purpose_id].of(language) if one.purpose_id in purposes else one.purpose_id,
                names or "-",
                f"{day_text(one.valid_from)} - {day_text(one.valid_to)}",
                str(one.cameras),
                ", ".join(roles) or "-",
            )
        )
    heading = Heading(text=Words("Autorisations en vigueur", "Authorisations in force").of(language))
    if not rows:
        return [heading, Paragraph(text=NO_ORDER.of(language))]
    head = (
        Words("Acte et texte", "Order and text"),
        Words("Régime", "Regime"),
        Words("Finalité", "Purpose"),
        Words("Situations", "Situations"),
        Words("Dates", "Dates"),
        Words("Caméras", "Cameras"),
        Words("Qui peut voir", "Who may see"),
    )
    plain = [
        f"{one.label_fr} : {one.note_fr}" if language == "fr" else f"{one.label_en}: {one.note_en}"
        for one in told.regimes
    ]
    return [
        heading,
        Table(head=tuple(one.of(language) for one in head), rows=rows, shares=(2.2, 1.3, 1.3, 2, 1.5, 0.9, 1.6)),
        *(Paragraph(text=text) for text in plain),
    ]


def _kept(told: PublicRegister, language: str) -> list[Block]:
    rows = []
    for one in told.kept:
        purpose = one.label_fr if language == "fr" else one.label_en
        name = KEPT[one.kind].of(language) if one.kind in KEPT else one.kind
        rows.append((f"{name} ({purpose})" if purpose else name, days_text(one.seconds, language)))
    head = (Words("Quoi", "What").of(language), Words("Au plus", "At most").of(language))
    return [
        Heading(text=Words("Durées de conservation", "How long things are kept").of(language)),
        Table(head=head, rows=rows, shares=(3, 1)),
    ]


def performance_row(one: Performance, language: str) -> tuple[str, ...]:
    """The figures of a situation as cells: n of m, intervals, conditions."""
    recall = "" if one.recall_95 is None else f" ({one.recall_95[0]:.0%} - {one.recall_95[1]:.0%})"
    rate = (
        ""
        if one.false_per_hour_95 is None
        else f" ({one.false_per_hour_95[0]:.3f} - {one.false_per_hour_95[1]:.3f} /h)"
    )
    of, within = Words("sur", "of").of(language), Words("en", "in").of(language)
    return (
        situation_words(one.situation).of(language),
        f"{one.detected} {of} {one.events}{recall}",
        f"{one.false_alerts} {within} {one.camera_hours:g} h{rate}",
        one.measured_on,
        f"{one.model}, Beffroi {one.version}. {one.note}",
    )


def performance_head(language: str) -> tuple[str, ...]:
    """What the cells of ``performance_row`` are."""
    head = (
        Words("Situation", "Situation"),
        Words("Trouvées (intervalle à 95 %)", "Found (95 % interval)"),
        Words("Fausses alertes par heure de caméra (95 %)", "False alerts per camera-hour (95 %)"),
        Words("Mesuré le", "Measured on"),
        Words("Modèle et conditions", "Model and conditions"),
    )
    return tuple(one.of(language) for one in head)


def _performance(told: PublicRegister, language: str) -> list[Block]:
    rows = [performance_row(one, language) for one in told.performance]
    rows += [(situation_words(name).of(language), NOT_MEASURED.of(language), "", "", "") for name in told.unmeasured]
    heading = Heading(text=Words("Performance mesurée", "Measured performance").of(language))
    if not rows:
        return [heading, Paragraph(text=NOT_MEASURED.of(language).capitalize() + ".")]
    return [heading, Table(head=performance_head(language), rows=rows, shares=(1.4, 1.5, 1.6, 0.9, 2.4))]


def _numbers(year: YearCounts, language: str) -> list[Block]:
    head = (
        Words("Situation", "Situation"),
        Words("Alertes", "Alerts"),
        Words("Confirmées", "Confirmed"),
        Words("Écartées", "Dismissed"),
        Words("Sans réponse", "Unanswered"),
    )
    rows = [
        (situation_words(one.situation).of(language), one.raised, one.confirmed, one.dismissed, one.unanswered)
        for one in year.situations
    ]
    acts = [(ACTS[name].of(language) if name in ACTS else name, count) for name, count in year.acts.items()]
    blocks: list[Block] = [Heading(text=Words(f"Nombres de {year.year}", f"Numbers of {year.year}").of(language))]
    if rows:
        blocks.append(Table(head=tuple(one.of(language) for one in head), rows=rows, shares=(2, 1, 1, 1, 1)))
    what = (Words("Actes", "Acts").of(language), Words("Nombre", "Number").of(language))
    return [*blocks, Table(head=what, rows=acts, shares=(3, 1)), Paragraph(text=SMALL_COUNTS.of(language))]
