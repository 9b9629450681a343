"""What a verification of the journal finds: faults, which make it fail, and remarks, which do not."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from beffroi.vocabulary.time import UtcNs, iso_utc


class Kind(StrEnum):
    """What is wrong, or worth knowing. Screens have words for each."""

    ALTERED = "altered"
    REORDERED = "reordered"
    INSERTED = "inserted"
    MISSING = "missing"
    BROKEN_LINK = "broken_link"
    REWRITTEN = "rewritten"
    TRUNCATED = "truncated"
    START_MOVED = "start_moved"
    UNREADABLE = "unreadable"
    CHECKPOINT_FORGED = "checkpoint_forged"
    CHECKPOINT_MISSING = "checkpoint_missing"
    CHECKPOINT_DIFFERS = "checkpoint_differs"
    FILE_MISSING = "file_missing"
    FILE_UNREADABLE = "file_unreadable"
    KEY_UNKNOWN = "key_unknown"
    KEY_UNANNOUNCED = "key_unannounced"
    KEY_OUT_OF_FORCE = "key_out_of_force"
    TIMESTAMP_BAD = "timestamp_bad"
    END_MISSING = "end_missing"
    CLOCK_BACK = "clock_back"
    NOT_SIGNED_YET = "not_signed_yet"
    KEPT_FROM = "kept_from"
    KEY_CHANGED = "key_changed"
    FILE_BEHIND = "file_behind"
    TIMESTAMP_UNCHECKED = "timestamp_unchecked"


REMARKS = frozenset(
    {
        Kind.CLOCK_BACK,
        Kind.NOT_SIGNED_YET,
        Kind.KEPT_FROM,
        Kind.KEY_CHANGED,
        Kind.FILE_BEHIND,
        Kind.TIMESTAMP_UNCHECKED,
    }
)
"""What is worth knowing but no fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing found: about entry ``seq`` (to ``last_seq``, when about several), which says it was written ``at``."""

    kind: Kind
    seq: int
    says: str
    last_seq: int = 0
    at: UtcNs | None = None

    @property
    def is_fault(self) -> bool:
        """Whether the journal cannot be believed there."""
        return self.kind not in REMARKS

    def line(self) -> str:
        """One line for a person.

        >>> Finding(kind=Kind.MISSING, seq=4, last_seq=6, says="these entries are gone").line()
        'entries 4 to 6: missing: these entries are gone'
        """
        which = f"entries {self.seq} to {self.last_seq}" if self.last_seq > self.seq else f"entry {self.seq}"
        when = f" ({iso_utc(self.at)})" if self.at is not None else ""
        return f"{which}{when}: {self.kind.value.replace('_', ' ')}: {self.says}"


_KEPT = 200


@dataclass(slots=True)
class Findings:
    """Collects what is found: all faults are counted, the first two hundred faults and remarks are named."""

    named: list[Finding] = field(default_factory=list)
    faults: int = 0
    _remarks: int = 0

    def add(self, kind: Kind, seq: int, says: str, *, last_seq: int = 0, at: int | None = None) -> None:
        """Take a finding in."""
        when = UtcNs(at) if isinstance(at, int) and at > 0 else None
        found = Finding(kind=kind, seq=seq, says=says, last_seq=last_seq, at=when)
        if found.is_fault:
            self.faults += 1
            if self.faults <= _KEPT:
                self.named.append(found)
            return
        self._remarks += 1
        if self._remarks <= _KEPT:
            self.named.append(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The result: what was read, how far it is signed, and what was found, in the order of the journal."""

    entries: int
    first_seq: int
    last_seq: int
    first_at: UtcNs | None
    last_at: UtcNs | None
    checkpoints: int
    signed_to: int
    timestamps: int
    key_ids: tuple[str, ...]
    faults: int
    findings: tuple[Finding, ...]
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether nothing was altered, left out or forged, as far as can be proved."""
        return self.faults == 0
