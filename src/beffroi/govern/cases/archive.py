"""Writes a sealed archive: contents read twice (measured, copied), every other byte foreseen, nothing half left."""

from __future__ import annotations

import base64
import errno
import hashlib
import json
import os
import re
import shutil
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from beffroi.govern.cases.sealing import directory_end, directory_entry, local_header, merkle_root
from beffroi.govern.cases.verify import MANIFEST, SAFE_NAME, SIGNATURE
from beffroi.govern.keys import Signer
from beffroi.vocabulary.errors import StorageError

CHUNK = 1 << 20
_SPARE = 64 << 20
"""Room to leave on the disk beside the archive. Source: our choice."""
_SEALING = re.compile(r"^from beffroi\.govern\.cases\.sealing import \(.*?^\)\n", re.MULTILINE | re.DOTALL)

Progress = Callable[[int, int], None]
"""Told bytes done and bytes in all; what it raises stops the writing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One file of an export: its ``name`` there (made by us, never from what a person typed), where it comes from
    (a file, or ``text``), the digest it must have ("" when it was made just now), and what the manifest says of it.
    """

    name: str
    source: Path | None = None
    text: bytes = b""
    sha256: str = ""
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A piece with its size and digests."""

    piece: Piece
    bytes: int
    sha256: str
    crc32: int

    @property
    def line(self) -> dict[str, Any]:
        """Its line in the manifest."""
        sizes = {"path": self.piece.name, "bytes": self.bytes, "sha256": self.sha256, "crc32": self.crc32}
        return {**sizes, **self.piece.facts}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """The finished archive."""

    bytes: int
    sha256: str
    key_id: str


def standalone_verifier() -> bytes:
    """The verifier as one file that needs nothing of ours: ``sealing`` stands where ``verify`` imports it."""
    folder = Path(__file__).parent
    sealing = (folder / "sealing.py").read_text("utf-8")
    body = sealing.partition("from typing import Any\n")[2]
    return _SEALING.sub(lambda _: body + "\n", (folder / "verify.py").read_text("utf-8"), count=1).encode()


def measure(pieces: Sequence[Piece], progress: Progress) -> list[Measured]:
    """Read every piece once: its size and digests.

    Raises:
        StorageError: one is gone, cannot be read, or is not what was recorded.
    """
    total, done, found = sum(_size(one) for one in pieces), 0, []
    for piece in pieces:
        sha, crc, size = hashlib.sha256(), 0, 0
        for block in _blocks(piece):
            sha.update(block)
            crc = zlib.crc32(block, crc)
            size += len(block)
            progress(done + size, 2 * total)
        done += size
        if piece.sha256 and sha.hexdigest() != piece.sha256:
            raise StorageError(f"{piece.name} was altered: it is not the file that was recorded. Nothing is exported.")
        found.append(Measured(piece=piece, bytes=size, sha256=sha.hexdigest(), crc32=crc))
    return found


def manifest_bytes(facts: dict[str, Any], measured: Sequence[Measured], public_key: str, key_id: str) -> bytes:
    """The manifest: what it tells of the export, every file, the root over them, the key that signs it."""
    files = [one.line for one in sorted(measured, key=lambda one: one.piece.name)]
    whole = {**facts, "files": files, "merkle_root": merkle_root(files), "key_id": key_id, "public_key": public_key}
    return (json.dumps(whole, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode("utf-8", "replace")


def seal(
    target: Path, measured: Sequence[Measured], facts: dict[str, Any], signer: Signer, progress: Progress
) -> Sealed:
    """Write the archive, sync it, give it its name; on any failure nothing is left.

    Raises:
        StorageError: the disk is full or refuses, a file changed meanwhile, the key cannot be used.
    """
    ordered = sorted(measured, key=lambda one: one.piece.name)
    names = [one.piece.name for one in ordered]
    if len(set(names)) != len(names) or not all(SAFE_NAME.fullmatch(name) for name in names):
        raise StorageError("a file name of the export is not safe: nothing is written")
    total = sum(one.bytes for one in ordered)
    manifest, signature, key_id = _signed(facts, ordered, signer)
    heads = [_held(MANIFEST, manifest), _held(SIGNATURE, signature)]
    with _whole_or_nothing(target, total) as out:
        writer = _Writer(out)
        for one in heads:
            writer.add(one, lambda _: None)
        done = total
        for one in ordered:
            start = done
            writer.add(one, lambda size, start=start: progress(start + size, 2 * total))  # type: ignore[misc]
            done += one.bytes
        writer.finish()
    return Sealed(bytes=writer.at, sha256=writer.sha.hexdigest(), key_id=key_id)


def _signed(facts: dict[str, Any], ordered: Sequence[Measured], signer: Signer) -> tuple[bytes, bytes, str]:
    """The manifest, the signature file and the key's id; anew when the key was changed in between."""
    while True:
        key_id = signer.ready()
        public = next(one.public_key for one in signer.public_keys() if one.key_id == key_id)
        manifest = manifest_bytes(facts, ordered, public, key_id)
        signed = signer.sign(manifest)
        if signed.key_id == key_id:
            return manifest, base64.b64encode(base64.b64decode(signed.signature)) + b"\n", key_id


def _held(name: str, text: bytes) -> Measured:
    piece = Piece(name=name, text=text, facts={})
    return Measured(piece=piece, bytes=len(text), sha256=hashlib.sha256(text).hexdigest(), crc32=zlib.crc32(text))


class _Writer:
    """Writes strictly forward, so that the archive's own digest is known at the end."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out, self._directory = out, b""
        self._count, self.at, self.sha = 0, 0, hashlib.sha256()

    def add(self, one: Measured, progress: Callable[[int], None]) -> None:
        name, sha, size = one.piece.name, hashlib.sha256(), 0
        self._directory += directory_entry(name, one.bytes, one.crc32, self.at)
        self._count += 1
        self._write(local_header(name, one.bytes, one.crc32))
        for block in _blocks(one.piece):
            sha.update(block)
            self._write(block)
            size += len(block)
            progress(size)
        if sha.hexdigest() != one.sha256:
            raise StorageError(f"{name} changed while it was copied: nothing is exported, try again")

    def finish(self) -> None:
        begin = self.at
        self._write(self._directory)
        self._write(directory_end(self._count, self.at - begin, begin))

    def _write(self, block: bytes) -> None:
        self._out.write(block)
        self.sha.update(block)
        self.at += len(block)


@contextmanager
def _whole_or_nothing(target: Path, total: int) -> Iterator[IO[bytes]]:
    """A file that gets its name only once it is whole and on the disk.

    Raises:
        StorageError: no room, or the disk refuses.
    """
    fresh = target.with_suffix(".part")
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        free = shutil.disk_usage(target.parent).free
        if free < total + _SPARE:
            raise StorageError(_full(target, total + _SPARE, free))
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(target)
        folder = os.open(target.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageError(_full(target, total, 0)) from error
        mend = f"Check the rights of the folder {target.parent.name}/."
        raise StorageError(f"the export cannot be written ({error.strerror}). {mend}") from error
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def _full(target: Path, needed: int, free: int) -> str:
    return (
        f"no room for the export on the disk of {target.parent.name}/: it needs {needed // 1_000_000 + 1} MB, "
        f"{free // 1_000_000} MB are free. Free space there, then build it again; nothing half done is left."
    )


def _size(piece: Piece) -> int:
    try:
        return len(piece.text) if piece.source is None else piece.source.stat().st_size
    except OSError as error:
        raise StorageError(f"{piece.name} is no longer on the disk ({error.strerror}): nothing is exported") from error


def _blocks(piece: Piece) -> Iterator[bytes]:
    """A piece, block by block: originals may be larger than the memory.

    Raises:
        StorageError: it is gone or cannot be read.
    """
    if piece.source is None:
        yield piece.text
        return
    try:
        stream = piece.source.open("rb")
    except OSError as error:
        raise StorageError(f"{piece.name} cannot be read ({error.strerror}): nothing is exported") from error
    with stream:
        while block := _read(stream, piece.name):
            yield block


def _read(stream: IO[bytes], name: str) -> bytes:
    try:
        return stream.read(CHUNK)
    except OSError as error:
        raise StorageError(f"{name} cannot be read ({error.strerror}): nothing is exported") from error
