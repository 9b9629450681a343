"""What a verification of retention found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from beffroi.vocabulary.time import UtcNs


class FindingKind(StrEnum):
    """What is wrong."""

    EXPIRED_FILE = "expired_file"
    """A file whose time is over, or whose record says that it is gone."""
    NAMELESS_FILE = "nameless_file"
    """Footage that no record names."""
    STRAY_PICTURE = "stray_picture"
    """A picture or film outside of the folders that retention watches."""
    MISSING_FILE = "missing_file"
    """A file that should be there and is not."""
    ALTERED_FILE = "altered_file"
    DUE_RECORD = "due_record"
    """A record whose time is over and that was not destroyed."""
    REFUSED = "refused"
    """The disk does not let go of it."""
    NOT_REDUCED = "not_reduced"
    """Alerts that still say more than a figure after their term."""
    NOT_IN_LEDGER = "not_in_ledger"
    LIVES_AFTER_LEDGER = "lives_after_ledger"
    """The ledger says that it is gone, and it is not."""
    LEDGER_BROKEN = "ledger_broken"
    LEDGER_UNSIGNED = "ledger_unsigned"
    SIGNATURE_BAD = "signature_bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong: ``where`` is a path in the data folder or a record's name, ``mend`` what to do."""

    kind: FindingKind
    where: str
    what: str
    mend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The result of a verification. ``findings`` holds the first ones, ``wrong`` counts all, by kind.

    ``looked_at`` counts what was looked at: files, bytes, records, held, ledger, signatures.
    """

    at: UtcNs
    findings: tuple[Finding, ...]
    wrong: Mapping[FindingKind, int]
    looked_at: Mapping[str, int]

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong."""
        return not self.wrong
