"""Plain words, French and English, for what the register and its papers name. Engineering notes, not legal advice."""

from __future__ import annotations

from dataclasses import dataclass

from beffroi.govern.catalogue import LABELS
from beffroi.govern.rights import Role
from beffroi.vocabulary.authorisation import Regime
from beffroi.vocabulary.rules import Situation

CNIL = "CNIL, 3 place de Fontenoy, TSA 80715, 75334 Paris Cedex 07 ; www.cnil.fr/fr/plaintes"
"""Where anybody may complain (GDPR art. 77), unless the town names another address."""

TEXTS = "RGPD, art. 13 ; loi n° 78-17 du 6 janvier 1978, art. 104 ; code de la sécurité intérieure, livre II, titre V"
"""What the public must be told, and by which texts."""

EXPERIMENT = "loi n° 2023-380 du 19 mai 2023, art. 10, et décret n° 2023-828 du 28 août 2023"


@dataclass(frozen=True, slots=True)
class Words:
    """A text in both languages."""

    fr: str
    en: str

    def of(self, language: str) -> str:
        """The text in a language ("fr" or "en")."""
        return self.fr if language == "fr" else self.en


@dataclass(frozen=True, slots=True)
class RegimeWords:
    """A regime: its name, and what it means for people in view."""

    name: Words
    meaning: Words


REGIMES: dict[Regime, RegimeWords] = {
    Regime.SUPERVISION: RegimeWords(
        Words("Supervision sans analyse", "Supervision without analysis"),
        Words(
            "Des agents regardent les images ; aucun ordinateur ne les analyse.",
            "Agents look at the pictures; no computer analyses them.",
        ),
    ),
    Regime.STATISTICS: RegimeWords(
        Words("Statistiques anonymes", "Anonymous statistics"),
        Words(
            "Seuls des nombres sont gardés : ni image, ni trajet, ni alerte.",
            "Only counts are kept: no picture, no path, no alert.",
        ),
    ),
    Regime.ENVIRONMENT: RegimeWords(
        Words("Surveillance de l’environnement", "Watch over the environment"),
        Words(
            "Fumées, eaux et capteurs ; personne n’est visé.",
            "Smoke, water and sensors; nobody is looked for.",
        ),
    ),
    Regime.PRIVATE_SITE: RegimeWords(
        Words("Site privé", "Private site"),
        Words(
            "Un lieu fermé au public, dont les occupants sont informés.",
            "A place closed to the public, whose occupants are informed.",
        ),
    ),
    Regime.JUDICIAL_SEARCH: RegimeWords(
        Words("Recherche judiciaire", "Judicial search"),
        Words(
            "Recherche dans des enregistrements, sur réquisition, pour une affaire ; rien n’est analysé en direct.",
            "Search in recordings, on a requisition, for one case; nothing is analysed live.",
        ),
    ),
    Regime.EXPERIMENTAL_ALERT: RegimeWords(
        Words("Expérimentation d’alertes", "Experimental alerts"),
        Words(
            f"Alertes sur des événements fixés par les textes ({EXPERIMENT}), sur arrêté préfectoral limité dans le "
            "temps et l’espace. Un agent vérifie et décide.",
            "Alerts on events listed by French law 2023-380 art. 10 and decree 2023-828, under a prefect's order "
            "bounded in time and place. An agent verifies and decides.",
        ),
    ),
    Regime.PILOT: RegimeWords(
        Words("Essai mesuré", "Measured trial"),
        Words(
            "L’analyse est mesurée, rien n’est montré aux agents comme alerte.",
            "The analysis is measured; nothing is shown to agents as an alert.",
        ),
    ),
}


def regime_words(regime: str) -> RegimeWords:
    """A regime in plain words; one of the town's own is called by its id here."""
    own = Words("Régime propre à la ville, voir la référence de l'acte.", "The town's own regime, see the reference.")
    return REGIMES[Regime(regime)] if regime in REGIMES else RegimeWords(Words(regime, regime), own)


ROLES: dict[Role, Words] = {
    Role.OPERATOR: Words("Opérateur", "Operator"),
    Role.SUPERVISOR: Words("Chef de salle", "Supervisor"),
    Role.INVESTIGATOR: Words("Enquêteur sur réquisition", "Investigator on requisition"),
    Role.DPO: Words("Délégué à la protection des données", "Data-protection officer"),
    Role.ADMINISTRATOR: Words("Administrateur", "Administrator"),
    Role.AUDITOR: Words("Auditeur", "Auditor"),
    Role.MAINTAINER: Words("Maintenance technique", "Technical maintainer"),
    Role.SYSTEM: Words("Système", "System"),
}

FIELDS: dict[str, Words] = {
    "responsible": Words("Responsable du traitement", "Controller"),
    "address": Words("Adresse", "Address"),
    "service": Words("Service", "Service"),
    "phone": Words("Téléphone", "Telephone"),
    "email": Words("Courriel", "E-mail"),
    "dpo_contact": Words("Délégué à la protection des données", "Data-protection officer"),
    "rights_contact": Words("Où exercer vos droits", "Where to exercise your rights"),
    "prefecture": Words("Préfecture", "Prefecture"),
    "complaint": Words("Réclamation", "Complaint"),
    "website": Words("Site", "Web site"),
}
"""The texts of the town's sheet."""

NEEDED = ("responsible", "address", "phone", "dpo_contact", "rights_contact", "prefecture")
"""Texts without which the public is not properly informed: a gap among them is shown as one."""

NOT_LOOKED_FOR = Words(
    "Ce logiciel ne contient ni reconnaissance faciale, ni réidentification d’une personne d’une caméra à l’autre, ni "
    "déduction d’une émotion, d’un âge, d’un genre ou d’une origine, ni reconnaissance de la démarche ou de la voix. "
    "Chaque version n’est publiée que si un contrôle automatique n’en trouve aucune trace dans son code, sa base, son "
    "interface, ses modèles et ses dépendances.",
    "This software holds no face recognition, no re-identification of a person from camera to camera, no inference of "
    "emotion, age, gender or origin, no recognition of gait or voice. A version is published only when an automatic "
    "check finds no trace of any of them in its code, database, interface, models and dependencies.",
)


def situation_words(situation: str) -> Words:
    """The label of a situation; one that this version does not know keeps its id."""
    known = LABELS.get(Situation(situation)) if situation in set(Situation) else None
    return Words(*known) if known else Words(situation, situation)
