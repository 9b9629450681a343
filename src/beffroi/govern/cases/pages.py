"""The pages inside an export: the one to read first, and the one that plays."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from typing import Any

from beffroi.govern.catalogue import LABELS
from beffroi.govern.paper import Block, Heading, Paper, Paragraph, Table, to_html
from beffroi.keep.store.cases import Case
from beffroi.keep.store.exports import Export
from beffroi.vocabulary.time import UtcNs, iso_utc


def player_page(facts: dict[str, Any], lines: Sequence[dict[str, Any]]) -> bytes:
    """One page that shows everything and asks nobody for anything: no outside part, no network, no storage."""
    shown = {**{name: value for name, value in facts.items() if name != "evidence"}, "files": list(lines)}
    # inside a script element only "<" could end it; U+2028 and U+2029 are fine in JSON of today's browsers
    data = json.dumps(shown, ensure_ascii=False).replace("<", "\\u003c")
    page = files("beffroi.govern.cases").joinpath("player.html").read_text("utf-8")
    title = escape(str(facts["case"]["requisition"]))
    labels = json.dumps({one.value: names for one, names in LABELS.items()}, ensure_ascii=False)
    # the data last: what a person wrote in it is not looked at for our marks
    page = page.replace("%TITLE%", title).replace("%SITUATIONS%", labels).replace("%DATA%", data)
    return page.encode("utf-8", "replace")


_TEXTS = {
    "fr": {
        "title": "Export scellé",
        "what": "Que contient ce dossier ?",
        "rows": (
            ("player.html", "Ouvrir dans un navigateur : lecture des clips, images, heures, réquisition. Sans réseau."),
            ("evidence/", "Les fichiers d'origine, octet pour octet, un dossier par alerte."),
            ("blurred/", "Leurs copies floutées, si elles ont été demandées."),
            ("manifest.json", "La liste signée : réquisition, demandeur, heures, taille et SHA-256 de chaque fichier."),
            ("manifest.sig", "La signature Ed25519 de manifest.json (base64)."),
            ("public_key.txt", "La clé publique qui vérifie la signature (base64)."),
            ("audit.json", "Les entrées du journal sur ces alertes et ce dossier, avec leurs empreintes chaînées."),
            ("verify.py", "Le vérificateur : Python 3.8 ou plus récent, rien d'autre à installer."),
        ),
        "how": "Vérifier",
        "steps": (
            "Sur l'archive reçue : python3 -I verify.py export.zip --key EMPREINTE. Dans le dossier décompressé : "
            "python3 -I verify.py --key EMPREINTE. Toute modification, suppression, ajout ou renommage est nommé.",
            "L'empreinte de la clé est sur le récépissé remis par la commune. Obtenez-la par une autre voie que "
            "l'archive : sans cette comparaison, on sait que l'archive est cohérente, non de qui elle vient.",
            "Extrayez verify.py d'un envoi dont vous êtes sûr, ou demandez-le à la commune : un vérificateur modifié "
            "peut dire ce qu'il veut.",
        ),
        "case": "La réquisition",
        "names": ("Numéro", "Autorité", "Fondement", "Objet", "Période", "Fin de la réquisition", "Demandé par"),
        "second": "Accord de",
        "why": "Motif",
        "receipt": "Récépissé d'export",
        "made": "Scellé le",
        "size": "Taille (octets)",
        "print": "Empreinte de la clé",
        "gone": "Fichier détruit ici le",
        "compare": "À comparer",
        "handed": "Remise",
        "who": "Remis à (nom, qualité, service) :",
        "sign": "Date, signatures :",
        "limits": "Ce que la vérification prouve",
        "proof": "Que les fichiers sont ceux que le système de la commune avait enregistrés et scellés, que la liste "
        "n'a pas été modifiée depuis. Elle ne dit rien de ce qui s'est passé avant l'enregistrement (horloge ou "
        "réglage de la caméra). Les heures sont en UTC.",
    },
    "en": {
        "title": "Sealed export",
        "what": "What is in this folder?",
        "rows": (
            ("player.html", "Open it in a browser: plays the clips, shows stills, times, requisition. No network."),
            ("evidence/", "The original files, byte for byte, one folder an alert."),
            ("blurred/", "Their blurred copies, if they were asked for."),
            ("manifest.json", "The signed list: requisition, who asked, times, size and SHA-256 of each file."),
            ("manifest.sig", "The Ed25519 signature of manifest.json (base64)."),
            ("public_key.txt", "The public key that checks the signature (base64)."),
            ("audit.json", "The journal's entries about these alerts and this case, with their chained digests."),
            ("verify.py", "The verifier: Python 3.8 or later, nothing else to install."),
        ),
        "how": "Check it",
        "steps": (
            "On the archive: python3 -I verify.py export.zip --key FINGERPRINT --en. In the unpacked folder: "
            "python3 -I verify.py --key FINGERPRINT --en. Whatever was altered, removed, added or renamed is named.",
            "The fingerprint of the key is on the receipt that the town handed over. Get it by another way than the "
            "archive: without that comparison one knows that the archive is consistent, not whose it is.",
            "Take verify.py from a delivery you are sure of, or ask the town for it: an altered verifier can say "
            "whatever it likes.",
        ),
        "case": "The requisition",
        "names": ("Number", "Authority", "Legal basis", "Purpose", "Span", "The requisition ends", "Asked by"),
        "second": "Seconded by",
        "why": "Why",
        "receipt": "Receipt of an export",
        "made": "Sealed at",
        "size": "Size (bytes)",
        "print": "Fingerprint of the key",
        "gone": "File destroyed here at",
        "compare": "To compare",
        "handed": "Handing over",
        "who": "Handed to (name, function, service):",
        "sign": "Date, signatures:",
        "limits": "What the check proves",
        "proof": "That the files are those that the town's system had recorded and sealed, and that the list has not "
        "been altered since. It says nothing of what was before the recording (the camera's clock or settings). "
        "Times are UTC.",
    },
}


def receipt(case: Case, export: Export, at: UtcNs, language: str) -> Paper:
    """What is handed over beside the archive: its digest and the key's fingerprint, to compare with."""
    text: dict[str, Any] = _TEXTS[language]
    made = iso_utc(export.made_at) if export.made_at is not None else ""
    gone = iso_utc(export.destroyed_at) if export.destroyed_at is not None else ""
    values = (*_said(case, export, text), (text["made"], made), (text["size"], f"{export.bytes}"))
    proofs = (("SHA-256 (ZIP)", export.sha256), (text["print"], export.key_id))
    rows = [*values, *((text["gone"], one) for one in (gone,) if one)]
    blocks: list[Block] = [
        Heading(text=text["case"]),
        Table(head=("", ""), rows=rows, shares=(1, 3)),
        Heading(text=text["compare"]),
        Table(head=("", ""), rows=proofs, shares=(1, 3)),
        Paragraph(text=text["steps"][0]),
        Heading(text=text["handed"]),
        Paragraph(text=text["who"], to_fill=True),
        Paragraph(text=text["sign"], to_fill=True),
    ]
    title = f"{text['receipt']} · {case.requisition}"
    return Paper(title=title, made_at=at, blocks=blocks, language=language, footer=export.export_id)


def _said(case: Case, export: Export, text: dict[str, Any]) -> list[tuple[str, str]]:
    span = f"{iso_utc(case.from_at)} / {iso_utc(case.to_at)}"
    values = (case.requisition, case.authority, case.legal_basis, case.purpose, span, iso_utc(case.ends_at))
    rows = [*zip(text["names"], (*values, export.asked_by), strict=True), (text["why"], export.why)]
    return [*rows, (text["second"], export.seconded_by)] if export.seconded_by else rows


def read_me(case: Case, export: Export, at: UtcNs, language: str) -> bytes:
    """What the folder holds and how to check it, for whoever receives it."""
    text: dict[str, Any] = _TEXTS[language]
    rows = _said(case, export, text)
    blocks: list[Block] = [
        Heading(text=text["what"]),
        Table(head=("", ""), rows=text["rows"], shares=(1, 4)),
        Heading(text=text["how"]),
        *(Paragraph(text=step) for step in text["steps"]),
        Heading(text=text["case"]),
        Table(head=("", ""), rows=rows, shares=(1, 4)),
        Heading(text=text["limits"]),
        Paragraph(text=text["proof"]),
    ]
    title = f"{text['title']} · {case.requisition}"
    return to_html(Paper(title=title, made_at=at, blocks=blocks, language=language, footer=export.export_id)).encode(
        "utf-8", "replace"
    )
