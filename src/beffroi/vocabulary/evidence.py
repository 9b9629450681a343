"""Evidence: the clip and stills that let a person verify an alert."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from beffroi.vocabulary.time import UtcNs


class PartKind(StrEnum):
    """What a part of the evidence is. Blurred copies are for those who may not see people and plates clearly."""

    CLIP = "clip"
    STILL = "still"
    CLIP_BLURRED = "clip_blurred"
    STILL_BLURRED = "still_blurred"


BLURRED_COPY = {PartKind.CLIP: PartKind.CLIP_BLURRED, PartKind.STILL: PartKind.STILL_BLURRED}
"""Which part is the blurred copy of which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidencePart:
    """One file: ``path`` relative to the data folder, its size and SHA-256 (hex) when written."""

    kind: PartKind
    path: str
    media_type: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was kept for one alert, from ``from_at`` to ``to_at``; ``expires_at`` is set at birth.

    ``redaction`` says what was hidden from everybody: "none", or "masks:2" where two masks were burned in.
    ``previous_sha256`` chains the records.
    """

    evidence_id: str
    alert_id: str
    camera_id: str
    purpose_id: str
    from_at: UtcNs
    to_at: UtcNs
    parts: tuple[EvidencePart, ...]
    redaction: str
    expires_at: UtcNs
    previous_sha256: str
