"""The tables, portable between SQLite and PostgreSQL, one module a subject.

Instants are integer nanoseconds UTC and end in ``_at``. Texts that a plug-in or a law may extend (situations,
regimes, reasons) are plain strings; closed sets carry a check. What is append-only has a trigger (``guards``).
"""

from __future__ import annotations

from beffroi.keep.store.tables import (
    accounts,
    authorising,
    cases,
    journal,
    main_road,
    privacy,
    register,
    retention,
    sensitive,
)
from beffroi.keep.store.tables.main_road import (
    alerts,
    authorisations,
    camera_credentials,
    camera_states,
    cameras,
    counters,
    events,
    evidence,
    evidence_parts,
    observations,
    outbox,
    parked_messages,
    purposes,
    rules,
    sessions,
    sinks,
    users,
    verdicts,
)
from beffroi.keep.store.tables.shape import metadata

APPEND_ONLY = (
    "verdicts",
    "rules",
    "parked_messages",
    *(
        name
        for module in (journal, sensitive, authorising, accounts, privacy, retention, cases, register)
        for name in module.APPEND_ONLY
    ),
)
"""Tables whose rows are never altered or deleted; the database itself refuses."""

__all__ = [
    "APPEND_ONLY",
    "alerts",
    "authorisations",
    "camera_credentials",
    "camera_states",
    "cameras",
    "counters",
    "events",
    "evidence",
    "evidence_parts",
    "main_road",
    "metadata",
    "observations",
    "outbox",
    "parked_messages",
    "purposes",
    "rules",
    "sessions",
    "sinks",
    "users",
    "verdicts",
]
