"""What a verification looks at: a data folder (house running or not), or an exported journal file."""

from __future__ import annotations

import binascii
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from beffroi.govern.audit.chain import Row
from beffroi.govern.audit.findings import Findings, Kind
from beffroi.govern.keys import exact_base64, key_id_of_text
from beffroi.keep.store.reading import look_at
from beffroi.vocabulary.errors import InvalidInputError, StorageError
from beffroi.vocabulary.journal import Checkpoint
from beffroi.vocabulary.time import UtcNs

DATABASE_NAME = "beffroi.db"
COPY = Path("audit") / "checkpoints.jsonl"
"""The checkpoints once more, beside the store, to be copied elsewhere."""

COLUMNS = (
    "seq",
    "at",
    "actor",
    "role",
    "act",
    "about",
    "why",
    "purpose",
    "allowed",
    "detail",
    "previous_sha256",
    "sha256",
)
_CHECKPOINT_COLUMNS = "seq, at, head_sha256, previous_seq, key_id, signature, token"


@dataclass(slots=True, kw_only=True)
class Material:
    """``copies`` are the checkpoints of the file beside the store (None: there should be one and is none),
    ``apart`` that the rows come with their own end instead, as an exported file does.
    """

    start: tuple[int, str]
    rows: Iterator[Row]
    total: int
    checkpoints: list[Checkpoint]
    keys: Mapping[str, str]
    copies: list[Checkpoint] | None = None
    apart: bool = False
    end: dict[str, Any] = field(default_factory=dict)


@contextmanager
def of_folder(data: Path, findings: Findings, copy: Path | None = None) -> Iterator[Material]:
    """The journal of a data folder; ``copy``: checkpoints kept elsewhere, instead of those of the folder.

    Raises:
        NotFoundError: there is no journal.
        StorageError: the file cannot be read at all.
    """
    # the file first: what it says, the store said before it
    copies = read_copies(copy or data / COPY, findings)
    with look_at(data / DATABASE_NAME) as connection:
        start = connection.execute("SELECT seq, previous_sha256 FROM journal_start").fetchone() or (1, b"")
        (total,) = connection.execute("SELECT count(*) FROM journal").fetchone()
        told = connection.execute(f"SELECT {_CHECKPOINT_COLUMNS} FROM journal_checkpoints ORDER BY seq")  # noqa: S608
        checkpoints = [
            Checkpoint(
                seq=seq,
                at=UtcNs(at),
                head_sha256=_text(head),
                previous_seq=before,
                key_id=_text(key_id),
                signature=_text(signature),
                token=token or b"",
            )
            for seq, at, head, before, key_id, signature, token in told
        ]
        keys = {
            _text(one): _text(two) for one, two in connection.execute("SELECT key_id, public_key FROM signing_keys")
        }
        rows = connection.execute(f"SELECT {', '.join(COLUMNS)} FROM journal ORDER BY seq")  # noqa: S608
        yield Material(
            start=(start[0], _text(start[1])),
            rows=rows,
            total=total,
            checkpoints=checkpoints,
            keys=keys,
            copies=copies,
        )


def read_copies(path: Path, findings: Findings) -> list[Checkpoint] | None:
    """The checkpoints of a file, oldest first; None when there is no such file. A line that says nothing is named."""
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        mend = "Give this account the right to read it."
        raise StorageError(f"the checkpoints {path} cannot be read ({error.strerror}). {mend}") from error
    found: dict[int, Checkpoint] = {}
    seen = 0
    # a last line without its end is one that is being written, or that a crash cut short: the next checkpoint mends it
    for number, line in enumerate(text.split(b"\n")[:-1], start=1):
        try:
            checkpoint = checkpoint_of(json.loads(line))
        except (ValueError, KeyError, TypeError, binascii.Error):
            findings.add(Kind.FILE_UNREADABLE, seen, f"line {number} of {path.name} was altered or cut")
            continue
        before = found.setdefault(checkpoint.seq, checkpoint)
        if before != checkpoint:
            says = f"{path.name} says two things of it (line {number})"
            findings.add(Kind.CHECKPOINT_DIFFERS, checkpoint.seq, says, at=checkpoint.at)
        seen = checkpoint.seq
    return sorted(found.values(), key=lambda one: one.seq)


def checkpoint_json(checkpoint: Checkpoint, public_key: str) -> dict[str, Any]:
    """A checkpoint as a line of a file, with the key to check it by. The time-stamp is not in it: it comes later."""
    return {
        "seq": checkpoint.seq,
        "at": checkpoint.at,
        "head_sha256": checkpoint.head_sha256,
        "previous_seq": checkpoint.previous_seq,
        "key_id": checkpoint.key_id,
        "signature": checkpoint.signature,
        "public_key": public_key,
    }


def checkpoint_of(said: Mapping[str, Any]) -> Checkpoint:
    """A checkpoint as a line of a file says it.

    Raises:
        ValueError: a field is of another kind, or the key is not the one that it names.
        KeyError: a field is missing.
    """
    numbers = [said[name] for name in ("seq", "at", "previous_seq")]
    texts = [said[name] for name in ("head_sha256", "key_id", "signature", "public_key")]
    if not all(type(one) is int for one in numbers) or not all(isinstance(one, str) for one in texts):
        raise ValueError("a field is of another kind")
    # an empty key is one that the house had lost when it wrote the line; any other bears its own name
    if texts[3] and key_id_of_text(texts[3]) != texts[1]:
        raise ValueError("the key is not the one of that name")
    return Checkpoint(
        seq=numbers[0],
        at=UtcNs(numbers[1]),
        previous_seq=numbers[2],
        head_sha256=texts[0],
        key_id=texts[1],
        signature=texts[2],
        token=exact_base64(said["token"]) if said.get("token") else b"",
    )


def canonical(said: Mapping[str, Any]) -> str:
    """A line as it is written: one way only, so that no byte of it can change unseen."""
    return json.dumps(said, sort_keys=True, separators=(",", ":"))


@contextmanager
def of_file(path: Path, findings: Findings) -> Iterator[Material]:
    """The journal of an exported file (JSON lines): keys and checkpoints first, then the entries, then its end.

    Raises:
        StorageError: the file cannot be read.
        InvalidInputError: it is no exported journal.
    """
    try:
        lines = path.open("rb")
    except OSError as error:
        raise StorageError(f"{path} cannot be read ({error.strerror}).") from error
    with lines:
        first = _line(lines.readline())
        if first.get("kind") != "journal" or type(first.get("first_seq")) is not int:
            mend = "Give a file made by `beffroi audit export --format jsonl`, or a data folder with --data."
            raise InvalidInputError("this is no exported journal", where=str(path), mend=mend)
        material = Material(
            start=(first["first_seq"], str(first.get("previous_sha256"))),
            rows=iter(()),
            total=first["entries"] if type(first.get("entries")) is int else 0,
            checkpoints=[],
            keys={},
            apart=True,
        )
        keys: dict[str, str] = {}
        head, waiting = 1, b""
        for line in lines:
            said = _line(line)
            if said.get("kind") not in ("key", "checkpoint"):
                waiting = line
                break
            head += 1
            _take_head(said, material, keys, findings, head)
        material.keys = keys
        material.rows = _entries(waiting, lines, material, findings)
        yield material


def _take_head(said: dict[str, Any], material: Material, keys: dict[str, str], findings: Findings, number: int) -> None:
    try:
        if said["kind"] == "key":
            keys[str(said["key_id"])] = str(said["public_key"])
        else:
            material.checkpoints.append(checkpoint_of(said))
    except (ValueError, KeyError, binascii.Error):
        findings.add(Kind.FILE_UNREADABLE, material.start[0], f"line {number} was altered or cut")


def _entries(waiting: bytes, lines: Iterator[bytes], material: Material, findings: Findings) -> Iterator[Row]:
    """The rows of the entry lines; the end, where it stands, is put aside."""
    seq = material.start[0] - 1
    line = waiting
    while line:
        said = _line(line)
        if material.end:
            findings.add(Kind.INSERTED, seq, "something stands after the end of the file")
            return
        if said.get("kind") == "end":
            material.end = said
        elif said.get("kind") == "entry" and _is_entry(said):
            seq = said["seq"]
            yield tuple(_raw(said[name]) for name in COLUMNS)
        else:
            findings.add(Kind.UNREADABLE, seq + 1, "the line after the entry before it was altered or cut")
        line = next(lines, b"")


def _is_entry(said: dict[str, Any]) -> bool:
    """Whether each field is of its kind: a number written as a text would have the same digest."""
    texts = (*COLUMNS[2:8], *COLUMNS[9:])
    return (
        set(said) == {"kind", *COLUMNS}
        and all(isinstance(said[name], str) for name in texts)
        and type(said["seq"]) is int
        and type(said["at"]) is int
        and isinstance(said["allowed"], bool)
    )


def _raw(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    return int(value) if isinstance(value, bool) else value


def _line(line: bytes) -> dict[str, Any]:
    """A line as an object; an empty one when it is none, or not written as we write it."""
    try:
        said = json.loads(line)
    except ValueError:
        return {}
    if not isinstance(said, dict) or canonical(said).encode() != line.removesuffix(b"\n"):
        return {}
    return said


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
