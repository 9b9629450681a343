"""The house's signing key (Ed25519): made at first need, kept in a private file, rotated, never forgotten."""

from __future__ import annotations

import base64
import hashlib
import os
import threading
from dataclasses import dataclass
from pathlib import Path

import structlog
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from sqlalchemy import Connection

from beffroi.govern.passage import Passage, Writing
from beffroi.govern.rights import SYSTEM, Actor, Right
from beffroi.keep.store import signing_keys
from beffroi.keep.store.signing_keys import SigningKey as SigningKey
from beffroi.vocabulary.errors import StorageError

log = structlog.get_logger("beffroi.govern")
_FOLDER, _FILE = "keys", "signing.pem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A signature: ``key_id`` is SHA-256 (hex) of the raw public key, ``signature`` base64 of its 64 bytes."""

    key_id: str
    signature: str


def key_id_of(public: bytes) -> str:
    """The name of a public key (32 raw bytes)."""
    return hashlib.sha256(public).hexdigest()


def key_id_of_text(public_key: str) -> str:
    """The name of a public key (base64); empty when it is none."""
    try:
        return key_id_of(exact_base64(public_key))
    except ValueError:
        return ""


def exact_base64(text: str) -> bytes:
    """The bytes of a base64 text written in the one usual way.

    Plain decoding drops the spare bits of the last character: two texts would say the same, and a changed byte go
    unseen.

    Raises:
        ValueError: it is no base64, or another writing of it.
    """
    read = base64.b64decode(text, validate=True)
    if base64.b64encode(read).decode() != text:
        raise ValueError("another writing of the same bytes")
    return read


def signature_holds(public_key: str, signature: str, data: bytes) -> bool:
    """Whether a signature (base64) over some bytes is that of a public key (base64 of 32 raw bytes)."""
    try:
        key = Ed25519PublicKey.from_public_bytes(exact_base64(public_key))
        key.verify(exact_base64(signature), data)
    except (InvalidSignature, ValueError):
        return False
    return True


class Signer:
    """Signs what must be proved later. The private key is in ``<data>/keys/signing.pem`` (0600) and nowhere else;
    public keys, retired ones too, are in the store. Thread-safe.
    """

    def __init__(self, passage: Passage, data_folder: Path) -> None:
        self._passage = passage
        self._path = data_folder / _FOLDER / _FILE
        self._lock = threading.Lock()
        self._key: tuple[str, Ed25519PrivateKey] | None = None
        self._read_at: tuple[int, int] | None = None

    def sign(self, data: bytes) -> Signed:
        """Sign some bytes. Call outside of a write transaction, or after ``ready``: a first key is written down.

        Raises:
            StorageError: the key file cannot be read or made.
        """
        key_id, key = self._current()
        return Signed(key_id=key_id, signature=base64.b64encode(key.sign(data)).decode())

    def ready(self) -> str:
        """Make sure that there is a key; its id.

        Raises:
            StorageError: the key file cannot be read or made.
        """
        return self._current()[0]

    def public_keys(self) -> list[SigningKey]:
        """Every public key there ever was, oldest first."""
        with self._passage.database.read() as connection:
            return signing_keys.all_keys(connection)

    def rotate(self, actor: Actor, *, why: str) -> str:
        """Retire the key and make another; what the old one signed stays verifiable. The new key's id.

        Raises:
            NotAuthorisedError: the right to manage accounts is missing.
            StorageError: the key file cannot be made.
        """
        with self._lock:
            made = Ed25519PrivateKey.generate()
            with self._passage.writing(actor, Right.MANAGE_ACCOUNTS, "house:signing_key") as writing:
                key_id = self._register(writing, made, why=why, act="rotate_key")
                self._stage(key_id, made)
            self._key = None
            self._settle()
            self._key, self._read_at = (key_id, made), self._mark()
            return key_id

    def _current(self) -> tuple[str, Ed25519PrivateKey]:
        with self._lock:
            mark = self._mark()
            if self._key is None or mark != self._read_at:
                # first, lost, or rotated by another process: the command line beside a running house
                self._key = self._open()
                self._read_at = self._mark()
            return self._key

    def _mark(self) -> tuple[int, int] | None:
        """What tells one key file from the next."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns

    def _open(self) -> tuple[str, Ed25519PrivateKey]:
        """The key of the file if the store knows it as the one in force; else a new one, and the journal says why."""
        with self._passage.database.read() as connection:
            found, active = self._known(connection)
        if found is not None and active is not None and key_id_of(_raw(found)) == active.key_id:
            return active.key_id, found
        made = Ed25519PrivateKey.generate()
        with self._passage.writing(SYSTEM, Right.RUN_PIPELINE, "house:signing_key") as writing:
            # once more with nobody else writing: another process may be in the middle of changing it, or have ended
            # between keeping a new key's name and putting its file in place
            self._place(writing.connection)
            found, active = self._known(writing.connection)
            if found is not None and active is not None and key_id_of(_raw(found)) == active.key_id:
                return active.key_id, found
            why = "first" if active is None else ("lost" if found is None else "replaced")
            key_id = self._register(writing, made, why=why, act="make_key")
            self._stage(key_id, made)
        self._settle()
        if why != "first":
            log.error("signing_key_renewed", why=why)
        return key_id, made

    def _known(self, connection: Connection) -> tuple[Ed25519PrivateKey | None, SigningKey | None]:
        """The key of the file, and the one in force."""
        kept = signing_keys.all_keys(connection)
        return self._read(self._path), next((one for one in kept if one.retired_at is None), None)

    def _register(self, writing: Writing, made: Ed25519PrivateKey, *, why: str, act: str) -> str:
        public = _raw(made)
        key_id = key_id_of(public)
        signing_keys.retire_all(writing.connection, writing.now, why)
        signing_keys.add_key(writing.connection, key_id, base64.b64encode(public).decode(), writing.now)
        writing.trace(act, f"key:{key_id[:16]}", why=why)
        return key_id

    def _settle(self) -> None:
        """Put the file of the key in force in its place, once the store has kept its name; nobody else writes."""
        with self._passage.database.write() as connection:
            self._place(connection)

    def _place(self, connection: Connection) -> None:
        active = next((one for one in signing_keys.all_keys(connection) if one.retired_at is None), None)
        staged = self._staged(active.key_id) if active is not None else None
        key = self._read(staged) if staged is not None else None
        if active is None or staged is None or key is None or key_id_of(_raw(key)) != active.key_id:
            return
        try:
            staged.replace(self._path)
            for left in self._path.parent.glob(f"{self._path.stem}.*.new"):
                left.unlink()  # of a key that was never kept
            self._sync_folder()
        except OSError as error:
            raise StorageError(f"the signing key {self._path} cannot be put in place ({error.strerror})") from error

    def _staged(self, key_id: str) -> Path:
        return self._path.with_suffix(f".{key_id[:16]}.new")

    def _sync_folder(self) -> None:
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _read(self, path: Path) -> Ed25519PrivateKey | None:
        try:
            key = load_pem_private_key(path.read_bytes(), password=None)
        except FileNotFoundError:
            return None
        except OSError as error:
            mend = "Give the account that runs Beffroi the right to read it."
            raise StorageError(f"the signing key {path} cannot be read ({error.strerror}). {mend}") from error
        except ValueError:
            return None
        return key if isinstance(key, Ed25519PrivateKey) else None

    def _stage(self, key_id: str, key: Ed25519PrivateKey) -> None:
        """Write a key's file beside the one in force, before the store keeps its name: whatever happens after, the key
        that the store names is on the disk.
        """
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        fresh = self._staged(key_id)
        try:
            self._path.parent.mkdir(mode=0o700, exist_ok=True)
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(pem)
                file.flush()
                os.fsync(file.fileno())
            self._sync_folder()
        except OSError as error:
            raise StorageError(f"the signing key {self._path} cannot be written ({error.strerror})") from error


def _raw(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()
