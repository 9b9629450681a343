"""Plain words, French and English, for what the register and its papers name. Engineering notes, not legal advice."""

from __future__ import annotations

from dataclasses import dataclass

from beffroi.govern.catalogue import LABELS
from beffroi.govern.rights import Role
from beffroi.vocabulary.rules import Situation

CNIL = "CNIL, 3 place de Fontenoy, TSA 80715, 75334 Paris Cedex 07 ; www.cnil.fr/fr/plaintes"
"""Where anybody may complain (GDPR art. 77), unless the town names another address."""

TEXTS = "RGPD, art. 13 ; loi n° 78-17 du 6 janvier 1978, art. 104 ; code de la sécurité intérieure, livre II, titre V"
"""What the public must be told, and by which texts."""


@dataclass(frozen=True, slots=True)
class Words:
    """A text in both languages."""

    fr: str
    en: str

    def of(self, language: str) -> str:
        """The text in a language ("fr" or "en")."""
        return self.fr if language == "fr" else self.en


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


KEPT: dict[str, Words] = {
    "recordings": Words("Enregistrements et images", "Recordings and pictures"),
    "journal": Words("Journal des accès", "Journal of accesses"),
}
"""What is kept for a time."""

ACTS: dict[str, Words] = {
    "live_views": Words("Consultations en direct", "Live views"),
    "recording_views": Words("Consultations d’enregistrements", "Recordings viewed"),
    "blur_lifts": Words("Floutages levés, avec un motif", "Blurs lifted, with a reason"),
    "exports": Words("Extractions pour la justice", "Exports for justice"),
    "holds": Words("Conservations ordonnées par la justice", "Recordings held for justice"),
    "destroyed": Words("Destructions d’enregistrements", "Destructions of recordings"),
    "kill_switch": Words("Arrêts de toute analyse", "Stops of all analysis"),
    "refusals": Words("Accès refusés", "Accesses refused"),
}
"""Acts that are counted each year."""
