"""Settings of analysis, evidence and workers, as the worker processes get them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from beffroi.vocabulary.time import UtcNs


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisSettings:
    """How one camera is analysed.

    ``max_width_px``: wider pictures are shrunk before anything looks at them. ``health_every_s``: how often the
    picture's health is measured, in media time, so that live and batch agree. ``follow_always``: things are
    followed though no rule asks for them, for counts and figures on files. ``start_at``: the instant of a file's
    first picture (None: what the file says, else 1970, so that instants are times in the file).

    Source: our choice, ADR 50.
    """

    max_width_px: int = 960
    health_every_s: float = 0.5
    follow_always: bool = False
    start_at: UtcNs | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceSettings:
    """What is kept of an event: seconds before and after it, and the ring buffer's bound in memory."""

    before_s: float = 5.0
    after_s: float = 10.0
    ring_bytes: int = 48_000_000

    @property
    def ring_s(self) -> float:
        """How far back the ring buffer must reach: the clip, one group of pictures (10 s at most), some delay."""
        return self.before_s + self.after_s + 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """What the supervisor and its workers need.

    ``data_dir`` holds evidence and model choices; ``workers`` 0 is one for each core; ``model`` is a catalogue
    name or the path of a model card; ``late_after_s`` is when an analysed frame counts as late.
    """

    data_dir: str
    workers: int = 0
    model: str = "nanodet-g-416"
    runtime: str = "auto"
    late_after_s: float = 1.0
    check_s: float = 0.5
    beat_s: float = 1.0
    silent_after_s: float = 15.0
    restart_first_s: float = 0.25
    restart_most_s: float = 10.0
    still_max_age_s: float = 10.0
    analysis: AnalysisSettings = field(default_factory=AnalysisSettings)
    evidence: EvidenceSettings = field(default_factory=EvidenceSettings)

    @property
    def worker_count(self) -> int:
        """How many worker processes to run."""
        return self.workers or len(os.sched_getaffinity(0))
