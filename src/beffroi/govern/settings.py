"""How govern behaves: sessions, lock-out, retention."""

from __future__ import annotations

from dataclasses import dataclass

DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class GovernanceSettings:
    """Defaults are our choice (ADR 0061) unless a source is named.

    ``retention_max_s`` is the law's ceiling (CSI L. 252-5: one month), whatever a purpose asks.
    ``evidence_patience_s``: how long after the alert its clip and the blurred copy of it may still come, post-roll
    included. ``blur_lift_minutes``: how long blur is lifted unless less is asked; never longer.
    """

    session_idle_s: float = 2 * 3600
    session_max_s: float = 12 * 3600
    touch_every_s: float = 60
    failures_before_lock: int = 5
    lock_first_s: float = 30
    lock_max_s: float = 900
    second_step_s: float = 300
    """How long a right password waits for the code of the second factor."""
    second_factor_roles: frozenset[str] = frozenset()
    """Roles that can do nothing before they have set up a second factor."""
    password_min_length: int = 12
    """ANSSI/CNIL 2022: 12 characters where attempts are limited and locked out."""
    argon2_time_cost: int = 3
    """With memory 64 MiB and 4 lanes: RFC 9106, second recommended option."""
    argon2_memory_kib: int = 65_536
    argon2_lanes: int = 4
    retention_max_s: int = 30 * DAY_S
    evidence_patience_s: float = 180
    evidence_before_s: float = 5
    """How long before the event a clip begins; it begins at a key picture, so earlier still."""
    evidence_after_s: float = 10
    extend_every_s: float = 5
    outbox_keep_s: float = 7 * DAY_S
    snooze_max_minutes: int = 480
    four_eyes: bool = True
    """Whether sensitive acts that need a second person wait for one. Off only in a house with a single agent."""
    request_valid_s: float = 24 * 3600
    journal_keep_s: int = 3 * 365 * DAY_S
    """How long journal entries are kept. CNIL 2021 (recommendation on logging): six months to three years."""
    blur_lift_minutes: float = 10
    export_keep_s: float = 30 * DAY_S
    """How long a sealed export stays here to be fetched, at most; it goes with its requisition anyway."""
    checkpoint_entries: int = 1000
    """The journal is signed after so many entries, or so long after the last time: what came since could be cut off
    unseen (ADR 0090)."""
    checkpoint_every_s: float = 300
    timestamp_url: str = ""
    """Who time-stamps the journal's checkpoints (RFC 3161); empty: nobody."""
    timestamp_root: str = ""
    """The file of that authority's root certificate; empty: who stamped is not checked."""
