"""One pass over the journal's raw rows: each digest is computed again, each link and number is checked.

Rows are tuples as the database gives them, texts as bytes: nothing is decoded that need not be, for speed and so that
a damaged text is a finding, not an end.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from beffroi.govern.audit.findings import Finding, Findings, Kind

Row = tuple[Any, ...]
"""seq, at, actor, role, act, about, why, purpose, allowed, detail, previous_sha256, sha256."""

_KEY_ACTS = (b"make_key", b"rotate_key")
_TELL_EVERY = 8192
_KEEP_ALTERED = 64


@dataclass(slots=True)
class Walk:
    """What one pass has seen. ``heads``: the digest that each checkpoint says its entry had."""

    expected: int
    previous: bytes
    heads: Mapping[int, bytes]
    findings: Findings
    entries: int = 0
    first_at: int = 0
    last_at: int = 0
    last_seq: int = 0
    key_entries: list[tuple[int, str, str]] = field(default_factory=list)
    """Number, first letters of the key's name, and why, of each entry that announces a key."""
    _other: bytes = b""
    _gaps: list[range] = field(default_factory=list)
    _altered: list[Row] = field(default_factory=list)
    _signed: int = 0

    def over(self, rows: Iterable[Row], progress: Callable[[int], None] | None = None) -> None:
        """Go through the rows, in the order in which they come."""
        sha256, link = hashlib.sha256, b"\x1f".join
        for row in rows:
            seq, at, actor, role, act, about, why, purpose, allowed, detail, previous, digest = row
            try:
                text = link(
                    (
                        previous,
                        str(seq).encode(),
                        str(at).encode(),
                        actor,
                        role,
                        act,
                        about,
                        why,
                        purpose,
                        str(allowed).encode(),
                        detail,
                    )
                )
                whole = sha256(text).hexdigest().encode() == digest
            except TypeError:  # a field that must be a text is none
                whole, text = False, b""
            if whole and seq == self.expected and previous == self.previous and at >= self.last_at:
                self.previous = digest
                self._other = b""
                self.expected = seq + 1
            else:
                self._look_closer(row, whole, sha256(text).hexdigest().encode())
            self.last_at = at if isinstance(at, int) else self.last_at
            if seq in self.heads:
                self._compare(seq, at, digest, whole)
            if act in _KEY_ACTS:
                self.key_entries.append((seq, _text(about).removeprefix("key:"), _text(why)))
            self.entries += 1
            if self.entries == 1:
                self.first_at = self.last_at
            if progress is not None and self.entries % _TELL_EVERY == 0:
                progress(self.entries)
        self.last_seq = self.expected - 1
        self._settle()

    def _look_closer(self, row: Row, whole: bool, computed: bytes) -> None:
        """Something about this row is not as it must be: name it, then go on from it."""
        seq, at, previous, digest = row[0], row[1], row[10], row[11]
        if not isinstance(seq, int) or seq < self.expected:
            self._out_of_order(seq if isinstance(seq, int) else 0, at)
            return
        follows = seq == self.expected
        if not follows:
            self._gaps.append(range(self.expected, seq))
        if not whole:
            self.findings.add(Kind.ALTERED, seq, "what it says is not what was written", at=_instant(at))
            if len(self._altered) < _KEEP_ALTERED:
                self._altered.append(row)
        elif follows and previous not in (self.previous, self._other):
            says = f"it does not follow entry {seq - 1}: one of the two was put in the place of another"
            self.findings.add(Kind.BROKEN_LINK, seq, says, at=_instant(at))
        if isinstance(at, int) and at < self.last_at and whole:
            self.findings.add(Kind.CLOCK_BACK, seq, "the clock was set back before this entry", at=at)
        # the entry after an altered one holds the digest as it was first, or as it was made to look
        self.previous, self._other = digest, computed if not whole else b""
        self.expected = seq + 1

    def _out_of_order(self, seq: int, at: Any) -> None:
        for place, gap in enumerate(self._gaps):
            if seq in gap:
                self._gaps[place : place + 1] = [range(gap.start, seq), range(seq + 1, gap.stop)]
                self.findings.add(Kind.REORDERED, seq, "it does not stand in its place", at=_instant(at))
                return
        self.findings.add(Kind.INSERTED, seq, "there is an entry of this number already", at=_instant(at))

    def _compare(self, seq: int, at: Any, digest: bytes, whole: bool) -> None:
        """An entry that a checkpoint vouches for."""
        if whole and digest != self.heads[seq]:
            says = "the signed checkpoint of this entry says otherwise: entries since the one before were rewritten"
            self.findings.add(Kind.REWRITTEN, self._signed + 1, says, last_seq=seq, at=_instant(at))
        self._signed = seq

    def _settle(self) -> None:
        """Name what only shows at the end: numbers that never came, and rows that changed places."""
        for gap in self._gaps:
            if gap:
                says = "it is gone" if len(gap) == 1 else "these entries are gone"
                self.findings.add(Kind.MISSING, gap.start, says, last_seq=gap.stop - 1)
        for row in self._altered:
            for other in self._altered:
                if other[0] != row[0] and _digest_as(row, other[0]) == row[11]:
                    self._rename(row[0], f"it stands in the place of entry {row[0]}, it is entry {other[0]}")
                    break

    def _rename(self, seq: int, says: str) -> None:
        for place, found in enumerate(self.findings.named):
            if found.kind is Kind.ALTERED and found.seq == seq:
                self.findings.named[place] = Finding(kind=Kind.REORDERED, seq=seq, says=says, at=found.at)
        # that the next entry does not follow says the same once more
        again = [one for one in self.findings.named if one.kind is Kind.BROKEN_LINK and one.seq == seq + 1]
        for one in again:
            self.findings.named.remove(one)
            self.findings.faults -= 1


def _digest_as(row: Row, seq: int) -> bytes:
    """The digest a row would have under another number."""
    fields = (row[10], seq, *row[1:10])
    texts = (one if isinstance(one, bytes) else str(one).encode() for one in fields)
    return hashlib.sha256(b"\x1f".join(texts)).hexdigest().encode()


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""


def _instant(value: Any) -> int | None:
    return value if isinstance(value, int) else None
