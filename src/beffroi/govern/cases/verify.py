#!/usr/bin/env python3
"""Vérifie un export scellé de Beffroi / checks a sealed export of Beffroi.

    python3 -I verify.py                        dans le dossier décompressé / inside the unpacked folder
    python3 -I verify.py export.zip             l'archive elle-même / the archive itself
    python3 -I verify.py export.zip --key 1a2b… compare l'empreinte de la clé / compares the key's fingerprint
    python3 -I verify.py export.zip --en        in English

Python 3.8 or later and nothing else; nothing is unpacked or written, no network.
Exit code 0: intact; 1: altered; 2: the place cannot be opened.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import os
import re
import struct
import sys
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

from beffroi.govern.cases.sealing import (
    directory_end,
    directory_entry,
    ed25519_holds,
    entry_digest,
    evidence_digest,
    local_header,
    merkle_root,
)

FORMAT = "beffroi-sealed-export/1"
MANIFEST, SIGNATURE, AUDIT = "manifest.json", "manifest.sig", "audit.json"
SAFE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,80}(/[A-Za-z0-9_-][A-Za-z0-9_.-]{0,80}){0,3}")
CHUNK, MANIFEST_MOST = 1 << 20, 256 << 20

# --- What is said -------------------------------------------------------------------------------------------------
WORDS = {
    "altered": ("modifié", "altered"),
    "missing": ("manquant", "missing"),
    "added": ("ajouté", "added"),
    "renamed": ("renommé en {}", "renamed to {}"),
    "link": ("est un lien, pas un fichier : non suivi", "is a link, not a file: not followed"),
    "unsafe": ("nom de fichier interdit : non ouvert", "forbidden file name: not opened"),
    "unread": ("illisible : {}", "cannot be read: {}"),
    "signature": ("altéré : la signature ne correspond pas", "altered: the signature does not hold"),
    "badsig": ("altéré : ce n'est pas une signature", "altered: this is no signature"),
    "key": ("la clé n'est pas celle attendue ({})", "the key is not the expected one ({})"),
    "keyid": ("altéré : l'identifiant ne correspond pas à la clé", "altered: the key id is not that of the key"),
    "root": ("altéré : la racine de Merkle ne correspond pas", "altered: the Merkle root does not fit"),
    "header": ("en-tête ZIP modifié", "ZIP header altered"),
    "entry": ("ligne du répertoire ZIP modifiée", "line of the ZIP directory altered"),
    "end": ("fin du répertoire ZIP modifiée", "end of the ZIP directory altered"),
    "length": ("l'archive fait {} octets au lieu de {}", "the archive has {} bytes instead of {}"),
    "record": ("fiche de preuve altérée : {}", "evidence record altered: {}"),
    "part": ("n'est pas le fichier de la fiche de preuve {}", "is not the file of evidence record {}"),
    "entrysum": ("entrée {} du journal altérée", "journal entry {} altered"),
    "link2": ("les entrées {} du journal ne se suivent pas", "journal entries {} do not follow each other"),
    "point": ("le point de contrôle du journal ne correspond pas", "the journal's checkpoint does not hold"),
}


class Report:
    """What was found wrong, each with the file it concerns."""

    def __init__(self, english: bool) -> None:
        self.english, self.faults = english, []  # type: bool, list[str]

    def fault(self, where: str, word: str, *values: object) -> None:
        """Keep a fault, once."""
        shown = "".join(c if c.isprintable() else "?" for c in where)
        line = f"{shown}: {WORDS[word][self.english].format(*values)}"
        if line not in self.faults:
            self.faults.append(line)


def digest_of(stream: IO[bytes], most: int = -1) -> tuple[str, int]:
    """SHA-256 and length of what a stream still gives, at most some bytes of it."""
    total, size = hashlib.sha256(), 0
    while most < 0 or size < most:
        block = stream.read(CHUNK if most < 0 else min(CHUNK, most - size))
        if not block:
            break
        total.update(block)
        size += len(block)
    return total.hexdigest(), size


# --- The manifest and what it holds -------------------------------------------------------------------------------
def read_manifest(raw: bytes, signature: bytes, report: Report, wanted: str) -> dict[str, Any] | None:
    """The manifest, its signature checked; None when it cannot be read at all."""
    try:
        manifest = json.loads(raw.decode("utf-8"))
        files, public = manifest["files"], base64.b64decode(manifest["public_key"], validate=True)
        shaped = all(
            isinstance(one["path"], str)
            and isinstance(one["sha256"], str)
            and 0 <= int(one["bytes"]) < 1 << 62
            and 0 <= int(one["crc32"]) < 1 << 32
            for one in files
        )
        if manifest["format"] != FORMAT or not shaped or not isinstance(manifest["case"], dict):
            raise ValueError(manifest["format"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        report.fault(MANIFEST, "unread", error)
        return None
    key_id = hashlib.sha256(public).hexdigest()
    if key_id != manifest.get("key_id"):
        report.fault(MANIFEST, "keyid")
    if wanted and key_id != re.sub(r"[\s:]", "", wanted).lower():
        report.fault("manifest.json (public_key)", "key", key_id)
    try:
        given = base64.b64decode(signature.strip(), validate=True)
        whole = base64.b64encode(given) + b"\n" == signature and len(given) == 64
    except (binascii.Error, ValueError):
        given, whole = b"", False
    if not whole:
        report.fault(SIGNATURE, "badsig")
    if not ed25519_holds(public, given, raw):
        report.fault(MANIFEST + " / " + SIGNATURE, "signature")
    if merkle_root(files) != manifest.get("merkle_root"):
        report.fault(MANIFEST, "root")
    return manifest  # type: ignore[no-any-return]


def check_records(manifest: dict[str, Any], audit: bytes | None, report: Report) -> None:
    """Evidence records, the files made from them, the journal's extract, its checkpoint."""
    where = MANIFEST
    try:
        records = {one["evidence_id"]: one for one in manifest["evidence"]}
        for name, record in records.items():
            if evidence_digest(record) != record["record_sha256"]:
                report.fault(MANIFEST, "record", name)
        for one in manifest["files"]:
            record = records.get(one.get("evidence_id"))
            if record and [one["bytes"], one["sha256"]] not in [part[3:5] for part in record["parts"]]:
                report.fault(one["path"], "part", record["evidence_id"])
        where = AUDIT
        if audit is not None:
            extract = json.loads(audit.decode("utf-8"))
            check_entries(extract["entries"], report)
            check_checkpoint(extract, report)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        report.fault(where, "unread", error)


def check_entries(entries: list[dict[str, Any]], report: Report) -> None:
    """Each entry's digest; entries that stand next to each other in the journal are chained, none stands twice."""
    for entry in entries:
        if entry_digest(entry) != entry["sha256"]:
            report.fault(AUDIT, "entrysum", entry["seq"])
    for before, entry in zip(entries, entries[1:]):  # noqa: B905, RUF007 - Python 3.8 knows neither
        follows = entry["seq"] == before["seq"] + 1
        if entry["seq"] <= before["seq"] or (follows and entry["previous_sha256"] != before["sha256"]):
            report.fault(AUDIT, "link2", "{}, {}".format(before["seq"], entry["seq"]))


def check_checkpoint(extract: dict[str, Any], report: Report) -> None:
    """The signed checkpoint, when there is one: it seals the journal up to one of the entries given here."""
    point = extract.get("checkpoint")
    if not point:
        return
    signed, public = base64.b64decode(point["signed"]), base64.b64decode(point["public_key"])
    heads = {entry["seq"]: entry["sha256"] for entry in extract["entries"]}
    holds = ed25519_holds(public, base64.b64decode(point["signature"]), signed)
    named = point["head_sha256"].encode() in signed and str(point["seq"]).encode() in signed
    if not holds or not named or heads.get(point["seq"], point["head_sha256"]) != point["head_sha256"]:
        report.fault(AUDIT, "point")


def compare(wanted: dict[str, Any], found: dict[str, Any], report: Report) -> None:
    """Name what is missing, added or renamed. ``found``: what is there, with its digest where it was read."""
    gone = {name: one for name, one in wanted.items() if name not in found}
    for name in [one for one in found if one not in wanted and one not in (MANIFEST, SIGNATURE)]:
        twin = next((old for old, one in gone.items() if found[name] and one["sha256"] == found[name][0]), None)
        report.fault(twin or name, "renamed" if twin else "added", name)
        gone.pop(twin or name, None)
    for name in gone:
        report.fault(name, "missing")
    for name, one in wanted.items():
        if found.get(name) and found[name] != (one["sha256"], one["bytes"]):
            report.fault(name, "altered")


# --- A folder -----------------------------------------------------------------------------------------------------
def check_folder(folder: str, report: Report, key: str) -> dict[str, Any] | None:
    """Check an unpacked export. Links are named, never followed; nothing outside the folder is opened."""
    root = Path(folder)
    paths, found = {}, {}  # type: dict[str, Path], dict[str, tuple[str, int] | None]
    for place, folders, files in os.walk(folder):
        for name in sorted(folders + files):
            path = Path(place) / name
            shown = path.relative_to(root).as_posix()
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                report.fault(shown, "link")
            elif name in files:
                paths[shown] = path
    held = {name: _bytes_of(paths.get(name)) for name in (MANIFEST, SIGNATURE, AUDIT)}
    for name in sorted(paths):
        with paths[name].open("rb") as stream:
            found[name] = digest_of(stream)
    for name in (MANIFEST, SIGNATURE):
        if name not in paths:
            report.fault(name, "missing")
    manifest = read_manifest(held[MANIFEST], held[SIGNATURE], report, key)
    if manifest is not None:
        compare(_wanted(manifest, report), found, report)
        check_records(manifest, held[AUDIT] if AUDIT in paths else None, report)
    return manifest


def _bytes_of(path: Path | None) -> bytes:
    if path is None:
        return b""
    with path.open("rb") as stream:
        return stream.read(MANIFEST_MOST)


def _wanted(manifest: dict[str, Any], report: Report) -> dict[str, Any]:
    """The files of the manifest by name; names that could lead elsewhere are refused."""
    for one in manifest["files"]:
        if not SAFE_NAME.fullmatch(one["path"]):
            report.fault(one["path"], "unsafe")
    return {one["path"]: one for one in manifest["files"] if SAFE_NAME.fullmatch(one["path"])}


# --- An archive ---------------------------------------------------------------------------------------------------
def check_archive(path: str, report: Report, key: str) -> dict[str, Any] | None:
    """Check the archive itself, every byte of it; nothing is unpacked."""
    with Path(path).open("rb") as archive:
        raw, signature, audit = (_head(archive, name) for name in (MANIFEST, SIGNATURE, AUDIT))
        manifest = read_manifest(raw, signature, report, key)
        if manifest is None:
            return None
        wanted = _wanted(manifest, report)
        order = [(name, len(text), zlib.crc32(text)) for name, text in ((MANIFEST, raw), (SIGNATURE, signature))]
        order += [(name, int(one["bytes"]), int(one["crc32"])) for name, one in wanted.items()]
        places, foreseen = _check_layout(archive, order, report)
        size = archive.seek(0, os.SEEK_END)
        listed = _by_name(archive, wanted, places) if report.faults else {}
        if size == foreseen and not set(listed) - {name for name, _, _ in order}:
            found = {}  # type: dict[str, tuple[str, int] | None]
            for name in wanted:
                archive.seek(places[name])
                found[name] = digest_of(archive, int(wanted[name]["bytes"]))
            if AUDIT in wanted:
                archive.seek(places[AUDIT])
                audit = archive.read(min(int(wanted[AUDIT]["bytes"]), MANIFEST_MOST))
        else:
            if size != foreseen:
                report.fault(Path(path).name, "length", size, foreseen)
            found = listed or _by_name(archive, wanted, places)
    compare(wanted, found, report)
    check_records(manifest, audit if AUDIT in found else None, report)
    return manifest


def _head(archive: IO[bytes], name: str) -> bytes:
    """A small file of the archive, by its directory, or by its place at the front when that is damaged."""
    try:
        with zipfile.ZipFile(archive) as opened, opened.open(name) as stream:
            return stream.read(MANIFEST_MOST)
    except (zipfile.BadZipFile, KeyError, OSError, ValueError, NotImplementedError, RuntimeError, struct.error):
        archive.seek(0)
        for _ in range(2):
            header = archive.read(30)
            size, length, extra = struct.unpack("<18xL4x2H", header) if len(header) == 30 else (0, 0, 0)
            if archive.read(length + extra)[:length] == name.encode():
                return archive.read(min(size, MANIFEST_MOST))
            archive.seek(size, os.SEEK_CUR)
    return b""


def _check_layout(archive: IO[bytes], order: list[tuple[str, int, int]], report: Report) -> tuple[dict[str, Any], int]:
    """Compare every header with what it must be; where each content begins, and how long the archive must be."""
    places, directory, at = {}, [], 0  # type: dict[str, int], list[tuple[str, bytes]], int
    for name, size, crc in order:
        header = local_header(name, size, crc)
        archive.seek(at)
        if archive.read(len(header)) != header:
            report.fault(name, "header")
        directory.append((name, directory_entry(name, size, crc, at)))
        places[name] = at + len(header)
        at += len(header) + size
    begin = at
    for name, entry in directory:
        archive.seek(at)
        if archive.read(len(entry)) != entry:
            report.fault(name, "entry")
        at += len(entry)
    end = directory_end(len(order), at - begin, begin)
    archive.seek(at)
    if archive.read(len(end)) != end:
        report.fault("ZIP", "end")
    return places, at + len(end)


def _by_name(archive: IO[bytes], wanted: dict[str, Any], places: dict[str, Any]) -> dict[str, Any]:
    """Digests of an archive that was built anew, by the names it has; of one cut off, by the places foreseen."""
    found = {}  # type: dict[str, tuple[str, int] | None]
    try:
        with zipfile.ZipFile(archive) as opened:
            for info in opened.infolist():
                name = info.filename + " (2)" if info.filename in found else info.filename
                try:
                    with opened.open(info) as stream:
                        found[name] = digest_of(stream)
                except (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error, OSError, EOFError):
                    found[name] = ("", -1)
    except (zipfile.BadZipFile, ValueError, OSError, struct.error, NotImplementedError, RuntimeError):
        end = archive.seek(0, os.SEEK_END)
        for name in [one for one in wanted if places[one] + int(wanted[one]["bytes"]) <= end]:
            archive.seek(places[name])
            found[name] = digest_of(archive, int(wanted[name]["bytes"]))
    return found


def main(arguments: list[str] | None = None) -> int:
    """Check and say; the exit code."""
    parser = argparse.ArgumentParser(prog="verify.py", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("place", nargs="?", default=str(Path(__file__).resolve().parent), help="ZIP, dossier / folder")
    parser.add_argument("--key", default="", metavar="FINGERPRINT", help="empreinte attendue / expected fingerprint")
    parser.add_argument("--en", action="store_true", help="English")
    given = parser.parse_args(arguments)
    report = Report(given.en)
    try:
        check = check_folder if Path(given.place).is_dir() else check_archive
        manifest = check(given.place, report, given.key)
        if Path(given.place).is_file():
            with Path(given.place).open("rb") as stream:
                _say("SHA-256 ZIP: " + digest_of(stream)[0])
    except OSError as error:
        _say(f"{error.filename or given.place}: {error.strerror}")
        return 2
    if manifest is not None:
        _introduce(manifest, given.en, bool(given.key))
    for fault in report.faults:
        _say("  x " + fault)
    if report.faults:
        _say(("ALTERED: {} fault(s)." if given.en else "ALTÉRÉ : {} défaut(s).").format(len(report.faults)))
        return 1
    count = len(manifest["files"]) + 2 if manifest else 0
    _say(("INTACT: {} files." if given.en else "INTACT : {} fichiers.").format(count))
    return 0


def _introduce(manifest: dict[str, Any], english: bool, compared: bool) -> None:
    """Say which export this is and whose key sealed it."""
    named = (manifest["case"].get("requisition"), manifest.get("export_id"))
    fingerprint = hashlib.sha256(base64.b64decode(manifest["public_key"])).hexdigest()
    _say(("Requisition: {} ({})" if english else "Réquisition : {} ({})").format(*named))
    _say(("Fingerprint of the key: {}" if english else "Empreinte de la clé : {}").format(fingerprint))
    if not compared:
        french = "  À comparer avec celle du récépissé, reçue par une autre voie (ou donner --key)."
        _say("  Compare it with the receipt's, received by another way (or give --key)." if english else french)


def _say(text: str) -> None:
    """Print, whatever letters the terminal knows, and no control character."""
    encoding = sys.stdout.encoding or "ascii"
    plain = "".join(letter if letter.isprintable() else "?" for letter in text)
    sys.stdout.write(plain.encode(encoding, "replace").decode(encoding) + "\n")


if __name__ == "__main__":
    sys.exit(main())
