"""The impact assessment (AIPD), pre-filled, as the CNIL structures it: context, principles, risks, validation.

Source of the structure: CNIL, PIA, 2018. Measures are read from the configuration; what a person must judge is a blank.
"""

from __future__ import annotations

from beffroi.govern.paper import Block, Heading, Paper, Paragraph, Table
from beffroi.govern.register import statements as say
from beffroi.govern.register.facts import Facts, days_text
from beffroi.govern.register.page import performance_head, performance_row
from beffroi.govern.register.words import NOT_LOOKED_FOR, TEXTS, situation_words
from beffroi.govern.sensitive import TERMS, SensitiveKind
from beffroi.vocabulary.picture import CLASS_NAMES

ACTS: dict[SensitiveKind, str] = {
    SensitiveKind.LIFT_BLUR: "Lever le floutage",
    SensitiveKind.EXPORT: "Extraire pour la justice",
    SensitiveKind.HOLD: "Conserver au-delà du délai",
    SensitiveKind.RELEASE_HOLD: "Mettre fin à une conservation",
    SensitiveKind.GRANT_AUTHORISATION: "Accorder ou étendre une autorisation",
    SensitiveKind.RESUME_ANALYSIS: "Reprendre l’analyse après un arrêt",
    SensitiveKind.CHANGE_MASKS: "Changer les zones masquées",
}


def dpia(facts: Facts) -> Paper:
    """The assessment as it can be filled today."""
    blocks = [*_context(facts), *_principles(facts), *_risks(facts), *_validation(facts)]
    return say.paper(facts, "Analyse d’impact relative à la protection des données (AIPD)", blocks, wide=True)


def _context(facts: Facts) -> list[Block]:
    watched = sorted({situation_words(rule.situation.value).fr for rule in facts.rules if rule.enabled})
    analysed = {camera for one in facts.in_force for camera in one.cameras}
    return [
        Paragraph(
            text="Document pré-rempli à partir de la configuration en service. Les passages entre crochets sont à "
            "remplir ou à juger par une personne : le logiciel ne les invente pas."
        ),
        Heading(text="1. Étude du contexte"),
        Heading(text="1.1 Vue d’ensemble", level=2),
        say.who(facts),
        Paragraph(
            text=f"Le traitement porte sur {len(facts.cameras)} caméra(s), dont "
            f"{len(analysed & {one.camera_id for one in facts.cameras})} couverte(s) par une autorisation en vigueur. "
            f"Situations que les règles actives cherchent : {', '.join(watched) or 'aucune'}."
        ),
        *say.orders(facts, facts.in_force),
        say.blank("description du besoin, lieux, faits qui justifient chaque finalité"),
        say.blank("sous-traitants : installateur, hébergeur, mainteneur, avec la référence de leur contrat (art. 28)"),
        Heading(text="1.2 Données, processus et supports", level=2),
        Table(
            head=("Données", "Personnes concernées", "Destinataires", "Durée"),
            rows=[
                (
                    "Images et séquences liées aux alertes",
                    "Passants, occupants de véhicules",
                    "Rôles nommés par l’autorisation",
                    "Voir 2.1, durées",
                ),
                (
                    f"Classes d’objets vues par le détecteur : {', '.join(CLASS_NAMES)}",
                    "Aucune n’identifie",
                    "Le même logiciel",
                    "Avec l’alerte",
                ),
                (
                    "Journal des accès : auteur, rôle, acte, objet, motif, instant",
                    "Agents",
                    "Délégué, auditeur, administrateur",
                    days_text(facts.settings.journal_keep_s),
                ),
            ],
        ),
        say.blank("emplacement du serveur, réseau, sauvegardes, chiffrement du disque"),
    ]


def _principles(facts: Facts) -> list[Block]:
    purposes = [(one.purpose_id, one.label_fr, days_text(one.retention_s)) for one in facts.purposes]
    masked = sum(bool(one.masks) for one in facts.cameras)
    clear = [one.name for one in facts.cameras if not one.blur]
    return [
        Heading(text="2. Étude des principes fondamentaux"),
        Heading(text="2.1 Proportionnalité et nécessité", level=2),
        Table(head=("Finalité", "Libellé", "Conservation demandée"), rows=purposes or [("-", "aucune", "-")]),
        say.blank(
            "pourquoi chaque finalité est déterminée, explicite et légitime ; pourquoi un moyen moindre ne suffit pas"
        ),
        Paragraph(
            text=f"Fondement : {'; '.join(sorted({one.legal_basis for one in facts.in_force})) or 'aucun en vigueur'}."
        ),
        Paragraph(
            text=f"Minimisation : {masked} caméra(s) sur {len(facts.cameras)} ont des zones masquées ; "
            f"{len(facts.cameras) - len(clear)} floutent personnes et plaques"
            + (f" ; sans floutage : {', '.join(clear)}." if clear else ".")
        ),
        say.camera_rows(facts),
        Paragraph(text=NOT_LOOKED_FOR.fr),
        Heading(text="Qualité : performance mesurée", level=2),
        *_quality(facts),
        Heading(text="Durées de conservation", level=2),
        say.kept(facts),
        Paragraph(
            text=f"Plafond appliqué par le logiciel aux images, quelle que soit la finalité : "
            f"{days_text(facts.settings.retention_max_s)}."
        ),
        Heading(text="2.2 Droits des personnes", level=2),
        Paragraph(text=f"Information : registre public en ligne et panneaux produits par le logiciel ({TEXTS})."),
        Paragraph(text=f"Accès : {say.value(facts.town.rights_contact, 'adresse où exercer le droit d’accès')}."),
        say.blank("délai de réponse aux demandes, modèle de réponse, traitement des oppositions et limitations"),
        say.blank("transferts hors de l’Union européenne : aucun, ou lesquels et sous quelle garantie"),
    ]


def _quality(facts: Facts) -> list[Block]:
    if not facts.performance:
        return [say.blank("aucune mesure n’a été publiée : mesurer avant la mise en service, puis publier au registre")]
    rows = [performance_row(one, "fr") for one in facts.performance]
    return [
        Table(head=performance_head("fr"), rows=rows, shares=(1.4, 1.5, 1.6, 0.9, 2.4)),
        say.blank("ces chiffres suffisent-ils pour l’usage prévu, et quels biais subsistent (lieux, météo, publics) ?"),
    ]


def _risks(facts: Facts) -> list[Block]:
    eyes = facts.settings.four_eyes
    acts = [(ACTS.get(kind, kind.value), "oui", say.yes_no(terms.second and eyes)) for kind, terms in TERMS.items()]
    fear = ("Risque", "Sources", "Gravité", "Vraisemblance", "Moyens du logiciel, à confronter aux mesures ci-dessus")
    todo = f"[ {say.ASKED} ]"
    risks = [
        ("Accès illégitime aux images", todo, todo, todo, "droits par rôle, secteur et finalité ; floutage ; journal"),
        ("Modification non désirée", todo, todo, todo, "journal chaîné et signé ; pièces scellées par empreinte"),
        ("Disparition de données", todo, todo, todo, "écriture garantie avant accusé ; destruction tracée"),
        ("Alerte fausse ou orientée", todo, todo, todo, "décision humaine ; performance mesurée et publiée"),
    ]
    session_h = facts.settings.session_idle_s / 3600
    return [
        Heading(text="3. Étude des risques"),
        Heading(text="3.1 Mesures existantes, lues dans la configuration", level=2),
        say.access(facts),
        Paragraph(text=f"Personnes nommées une par une dans les autorisations en vigueur : {say.named_people(facts)}."),
        Table(head=("Acte sensible", "Motif écrit exigé", "Seconde personne exigée"), rows=acts, shares=(3, 1, 1)),
        Paragraph(
            text=f"Comptes : {facts.settings.password_min_length} caractères au moins, blocage après "
            f"{facts.settings.failures_before_lock} échecs, session fermée après {session_h:g} h sans usage. "
            f"Journal : chaîné, gardé {days_text(facts.settings.journal_keep_s)}."
        ),
        Heading(text="3.2 Appréciation des risques", level=2),
        Table(head=fear, rows=risks, shares=(1.5, 1.2, 1, 1, 2.5)),
        say.blank(
            "pour chaque risque : impacts possibles, menaces, gravité et vraisemblance de négligeable à maximale"
        ),
    ]


def _validation(facts: Facts) -> list[Block]:
    return [
        Heading(text="4. Validation"),
        Paragraph(text=f"Délégué : {say.value(facts.town.dpo_contact, 'coordonnées du délégué')}."),
        say.blank("avis du délégué à la protection des données, daté et signé"),
        say.blank(
            "point de vue des personnes concernées ou de leurs représentants, ou pourquoi il n’est pas recueilli"
        ),
        say.blank("plan d’action : mesure, responsable, échéance"),
        say.blank("décision du responsable du traitement, date, signature ; date de la prochaine révision"),
    ]
