"""The words of the journal on paper: acts, roles and heads, French and English. Screens have the same words."""

from __future__ import annotations

ACTS: dict[str, tuple[str, str]] = {
    "sign_in": ("Connexion", "Sign-in"),
    "sign_out": ("Déconnexion", "Sign-out"),
    "see_live": ("Visionnage en direct", "Live viewing"),
    "see_evidence": ("Visionnage d’une preuve", "Viewing of evidence"),
    "search_history": ("Recherche dans l’historique", "Search of the history"),
    "search_case": ("Recherche dans un dossier", "Search of a case"),
    "decide": ("Réponse à une alerte", "Answer to an alert"),
    "read_journal": ("Consultation du journal", "Reading of the journal"),
    "verify_journal": ("Vérification du journal", "Verification of the journal"),
    "export_journal": ("Export du journal", "Export of the journal"),
    "prune_journal": ("Fin de conservation d’entrées du journal", "Journal entries past their time"),
    "make_key": ("Création d’une clé de signature", "Signing key made"),
    "rotate_key": ("Changement de la clé de signature", "Signing key rotated"),
    "add_user": ("Création d’un compte", "Account added"),
    "set_password": ("Changement de mot de passe", "Password changed"),
    "disable_user": ("Fermeture d’un compte", "Account closed"),
    "enable_user": ("Réouverture d’un compte", "Account opened again"),
    "add_camera": ("Ajout d’une caméra", "Camera added"),
    "change_camera": ("Modification d’une caméra", "Camera changed"),
    "remove_camera": ("Retrait d’une caméra", "Camera removed"),
    "add_rule": ("Ajout d’une règle", "Rule added"),
    "change_rule": ("Modification d’une règle", "Rule changed"),
    "disable_rule": ("Suspension d’une règle", "Rule disabled"),
    "remove_rule": ("Retrait d’une règle", "Rule removed"),
    "grant_authorisation": ("Octroi d’une autorisation", "Authorisation granted"),
    "revoke_authorisation": ("Retrait d’une autorisation", "Authorisation revoked"),
    "add_purpose": ("Ajout d’une finalité", "Purpose added"),
    "ask_sensitive": ("Demande d’un acte sensible", "Sensitive act asked for"),
    "second": ("Accord donné à une demande", "Request seconded"),
    "refuse_request": ("Refus d’une demande", "Request refused"),
    "take_event": ("Événement sans autorisation", "Event without authorisation"),
    "destroy_footage": ("Destruction d’images", "Footage destroyed"),
    "park_message": ("Message mis de côté", "Message set aside"),
    "retire_sink": ("Retrait d’un connecteur", "Sink retired"),
    "add_to_case": ("Ajout d’une alerte à un dossier", "Alert added to a case"),
    "ask_export": ("Demande d’export de preuves", "Export of evidence asked for"),
    "believe_clock": ("Horloge de nouveau fiable", "Clock believed again"),
    "blur_again": ("Remise du floutage", "Blur put back"),
    "change_masks": ("Modification des zones masquées", "Masked areas changed"),
    "change_own_password": ("Changement de son propre mot de passe", "Own password changed"),
    "change_sheet": ("Modification de la fiche du registre", "Register sheet changed"),
    "clear_term": ("Retour à la durée de conservation par défaut", "Retention term taken back"),
    "close_case": ("Clôture d’un dossier", "Case closed"),
    "destroy_export": ("Destruction d’un export", "Export destroyed"),
    "doubt_clock": ("Horloge mise en doute", "Clock doubted"),
    "download_export": ("Téléchargement d’un export", "Export downloaded"),
    "drop_second_factor": ("Retrait du second facteur", "Second factor taken off"),
    "end_case": ("Fin de conservation d’un dossier", "Case past its time"),
    "end_session": ("Fermeture d’une session", "Session ended"),
    "enrol_second_factor": ("Activation du second facteur", "Second factor set up"),
    "export_again": ("Relance d’un export", "Export tried again"),
    "export_not_built": ("Échec de la préparation d’un export", "Export could not be built"),
    "extend_hold": ("Prolongation d’un gel judiciaire", "Judicial hold extended"),
    "forged_request": ("Requête falsifiée (CSRF)", "Forged request (CSRF)"),
    "import_performance": ("Import de mesures de performance", "Performance figures imported"),
    "keep_order": ("Dépôt d’un arrêté", "Order filed"),
    "make_notice": ("Création d’un panneau d’information", "Information notice made"),
    "make_paper": ("Création d’un document", "Paper made"),
    "open_case": ("Ouverture d’un dossier", "Case opened"),
    "read_order": ("Consultation d’un arrêté", "Order read"),
    "reduce_alerts": ("Réduction d’alertes à leurs statistiques", "Alerts reduced to their statistics"),
    "refuse_event": ("Événement écarté faute d’autorisation", "Event refused for want of an authorisation"),
    "release_hold": ("Levée d’un gel judiciaire", "Judicial hold released"),
    "remove_from_case": ("Retrait d’une alerte d’un dossier", "Alert removed from a case"),
    "seal_export": ("Scellement d’un export", "Export sealed"),
    "set_role": ("Changement de rôle", "Role changed"),
    "set_scopes": ("Changement de portée", "Scopes changed"),
    "set_term": ("Modification d’une durée de conservation", "Retention term set"),
    "trust_clock": ("Horloge déclarée fiable", "Clock declared right"),
    "verify_retention": ("Vérification de la conservation", "Verification of retention"),
    "analysis_started": ("Reprise effective de l’analyse", "Analysis running again"),
    "analysis_stopped": ("Arrêt effectif de l’analyse", "Analysis stopped"),
}
"""Each act that the journal can hold, but the rights: a refused act is named by its right."""

RIGHTS: dict[str, tuple[str, str]] = {
    "see_queue": ("Accès à la file d’alertes", "Access to the alert queue"),
    "see_cameras": ("Accès aux caméras", "Access to the cameras"),
    "see_clear": ("Accès sans floutage", "Access without blur"),
    "lift_blur": ("Levée du floutage", "Lifting of the blur"),
    "read_figures": ("Accès aux chiffres", "Access to the figures"),
    "read_history": ("Accès à l’historique", "Access to the history"),
    "see_authorisations": ("Accès aux autorisations", "Access to the authorisations"),
    "edit_rules": ("Modification des règles", "Editing of rules"),
    "edit_masks": ("Modification des masques", "Editing of masks"),
    "edit_cameras": ("Modification des caméras", "Editing of cameras"),
    "edit_authorisations": ("Modification des autorisations", "Editing of authorisations"),
    "end_authorisations": ("Retrait d’autorisations", "Ending of authorisations"),
    "stop_analysis": ("Arrêt de l’analyse", "Stop of the analysis"),
    "resume_analysis": ("Reprise de l’analyse", "Resuming of the analysis"),
    "see_requests": ("Accès aux demandes", "Access to the requests"),
    "manage_accounts": ("Gestion des comptes", "Management of accounts"),
    "see_retention": ("Accès aux durées de conservation", "Access to retention"),
    "edit_retention": ("Modification des durées de conservation", "Editing of retention"),
    "hold": ("Gel judiciaire", "Judicial hold"),
    "see_cases": ("Accès aux dossiers", "Access to the cases"),
    "export": ("Export de preuves", "Export of evidence"),
    "edit_register": ("Modification du registre", "Editing of the register"),
    "run_pipeline": ("Acte réservé à la machine", "Act of the machine alone"),
}

ROLES: dict[str, tuple[str, str]] = {
    "operator": ("Opérateur", "Operator"),
    "supervisor": ("Superviseur", "Supervisor"),
    "investigator": ("Enquêteur", "Investigator"),
    "dpo": ("Délégué à la protection des données", "Data-protection officer"),
    "administrator": ("Administrateur", "Administrator"),
    "auditor": ("Auditeur", "Auditor"),
    "maintainer": ("Mainteneur technique", "Technical maintainer"),
    "system": ("Machine", "Machine"),
}

HEADS: dict[str, tuple[str, ...]] = {
    "fr": (
        "N°",
        "Date et heure",
        "Qui",
        "Rôle",
        "Acte",
        "Objet",
        "Motif",
        "Finalité",
        "Résultat",
        "Précisions",
        "Empreinte",
    ),
    "en": ("No.", "Date and time", "Who", "Role", "Act", "About", "Why", "Purpose", "Result", "Detail", "Digest"),
}

TEXTS: dict[str, dict[str, str]] = {
    "fr": {
        "title": "Journal d’audit",
        "span": "Du {first} au {last} (exclu). {entries} entrées, numéros {low} à {high}.",
        "by": "Export demandé par {who} ({role}). Motif : {why}",
        "filter": "Filtres : {filter}",
        "proof": "Chaque entrée contient l’empreinte SHA-256 de la précédente ; le journal est signé (Ed25519) jusqu’à "
        "l’entrée {signed}. La preuve se fait sur le journal lui-même : beffroi audit verify.",
        "none": "Aucune entrée dans cette période.",
        "allowed": "Autorisé",
        "refused": "REFUSÉ",
        "page": "Journal d’audit",
    },
    "en": {
        "title": "Audit journal",
        "span": "From {first} to {last} (not included). {entries} entries, numbers {low} to {high}.",
        "by": "Export asked for by {who} ({role}). Reason: {why}",
        "filter": "Filters: {filter}",
        "proof": "Each entry holds the SHA-256 digest of the one before; the journal is signed (Ed25519) up to entry "
        "{signed}. The proof is made on the journal itself: beffroi audit verify.",
        "none": "No entry in this span.",
        "allowed": "Allowed",
        "refused": "REFUSED",
        "page": "Audit journal",
    },
}


def act_words(act: str, language: str) -> str:
    """An act in words, or as it is written where there are none.

    >>> act_words("see_live", "fr")
    'Visionnage en direct'
    """
    found = ACTS.get(act) or RIGHTS.get(act)
    return found[0 if language == "fr" else 1] if found else act


def role_words(role: str, language: str) -> str:
    """A role in words.

    >>> role_words("dpo", "en")
    'Data-protection officer'
    """
    found = ROLES.get(role)
    return found[0 if language == "fr" else 1] if found else role
