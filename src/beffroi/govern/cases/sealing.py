"""What seals an export: signature check, bytes of the archive, digests.

Shared by the writer and by the verifier that goes into each export: Python 3.8, standard library, nothing of ours.
"""

from __future__ import annotations

import hashlib
import json
import struct
from typing import Any

BIG = 0xFFFFFFFF
"""From this size on ZIP needs 64-bit fields (APPNOTE 6.3, 4.3.9)."""

# --- Ed25519, RFC 8032 section 5.1: verification only, so nothing here is secret ---------------------------------
_P, _L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)


def _add(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % _P, (a[1] + a[0]) * (b[1] + b[0]) % _P
    g, h = 2 * a[3] * b[3] * _D % _P, 2 * a[2] * b[2] % _P
    p, q, r, s = f - e, h - g, h + g, f + e
    return (p * q % _P, r * s % _P, q * r % _P, p * s % _P)


def _times(factor: int, point: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    total = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            total = _add(total, point)
        point = _add(point, point)
        factor >>= 1
    return total


def _x_of(y: int, sign: int) -> int | None:
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    return _P - x if x & 1 != sign else x


def _point(data: bytes) -> tuple[int, int, int, int] | None:
    number = int.from_bytes(data, "little")
    y, sign = number & (2**255 - 1), number >> 255
    x = _x_of(y, sign) if y < _P else None
    return None if x is None else (x, y, 1, x * y % _P)


_Y = 4 * pow(5, _P - 2, _P) % _P
_X = _x_of(_Y, 0) or 0
_G = (_X, _Y, 1, _X * _Y % _P)


def ed25519_holds(public: bytes, signature: bytes, data: bytes) -> bool:
    """Whether an Ed25519 signature (64 bytes) over some bytes is that of a public key (32 bytes). RFC 8032, 5.1.7."""
    key = _point(public) if len(public) == 32 and len(signature) == 64 else None
    s = int.from_bytes(signature[32:], "little")
    if key is None or s >= _L:
        return False
    less = (_P - key[0], key[1], 1, _P - key[3])
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + data).digest(), "little") % _L
    x, y, z, _ = _add(_times(s, _G), _times(k, less))
    inverse = pow(z, _P - 2, _P)
    x, y = x * inverse % _P, y * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


# --- The archive: every byte that is not a file's is foreseen ------------------------------------------------------
_DATE = 0x21  # 1 January 1980: the archive says nothing of when it was made, the manifest does


def local_header(name: str, size: int, crc: int) -> bytes:
    """The bytes before a file's content (stored, not compressed), with 64-bit sizes where 32 bits do not do."""
    big = size >= BIG
    extra = struct.pack("<HHQQ", 1, 16, size, size) if big else b""
    short = BIG if big else size
    head = (b"PK\3\4", 45 if big else 20, 0, 0, 0, _DATE, crc, short, short, len(name), len(extra))
    return struct.pack("<4s5H3L2H", *head) + name.encode("ascii") + extra


def directory_entry(name: str, size: int, crc: int, offset: int) -> bytes:
    """A file's line in the archive's directory."""
    wide = ([size, size] if size >= BIG else []) + ([offset] if offset >= BIG else [])
    extra = struct.pack("<HH%dQ" % len(wide), 1, 8 * len(wide), *wide) if wide else b""  # noqa: UP031
    short, need = min(size, BIG), 45 if wide else 20
    head = (b"PK\1\2", 0x300 | need, need, 0, 0, 0, _DATE, crc, short, short, len(name), len(extra), 0, 0, 0)
    return struct.pack("<4s6H3L5H2L", *head, 0o100444 << 16, min(offset, BIG)) + name.encode("ascii") + extra


def directory_end(count: int, size: int, offset: int) -> bytes:
    """The archive's last bytes."""
    wide = b""
    if count >= 0xFFFF or size >= BIG or offset >= BIG:
        wide = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 0x32D, 45, 0, 0, count, count, size, offset)
        wide += struct.pack("<4sLQL", b"PK\6\7", 0, offset + size, 1)
    few = min(count, 0xFFFF)
    return wide + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, few, few, min(size, BIG), min(offset, BIG), 0)


def merkle_root(files: list[dict[str, Any]]) -> str:
    """The root of RFC 6962's tree over the files in their order: a leaf takes in path, size, SHA-256, a line each."""
    leaves = ["{path}\n{bytes}\n{sha256}".format(**one).encode() for one in files]
    level = [hashlib.sha256(b"\0" + leaf).digest() for leaf in leaves] or [hashlib.sha256(b"").digest()]
    while len(level) > 1:
        pairs = [level[i : i + 2] for i in range(0, len(level), 2)]
        level = [hashlib.sha256(b"\1" + b"".join(pair)).digest() if len(pair) == 2 else pair[0] for pair in pairs]
    return level[0].hex()


def evidence_digest(record: dict[str, Any]) -> str:
    """The digest of an evidence record: canonical JSON of all but the digest itself."""
    kept = {key: value for key, value in record.items() if key != "record_sha256"}
    return hashlib.sha256(json.dumps(kept, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def entry_digest(entry: dict[str, Any]) -> str:
    """The digest of a journal entry: the digest before it and its fields, a unit separator between them."""
    names = ("previous_sha256", "seq", "at", "actor", "role", "act", "about", "why", "purpose")
    texts = [str(entry[name]) for name in names] + ["1" if entry["allowed"] else "0", entry["detail"]]
    return hashlib.sha256("\x1f".join(texts).encode("utf-8", "surrogatepass")).hexdigest()
