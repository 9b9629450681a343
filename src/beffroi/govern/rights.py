"""Who may do what: one table, deny by default."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from beffroi.vocabulary.errors import NotAuthorisedError


class Role(StrEnum):
    """What a person is here. ``SYSTEM`` is the pipeline: no account can have it."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"


class Right(StrEnum):
    """The acts that need a right. What is not listed cannot be done."""

    SEE_QUEUE = "see_queue"
    SEE_CAMERAS = "see_cameras"
    SEE_LIVE = "see_live"
    SEE_EVIDENCE = "see_evidence"
    DECIDE = "decide"
    READ_HISTORY = "read_history"
    SEE_AUTHORISATIONS = "see_authorisations"
    EDIT_RULES = "edit_rules"
    EDIT_CAMERAS = "edit_cameras"
    EDIT_AUTHORISATIONS = "edit_authorisations"
    MANAGE_ACCOUNTS = "manage_accounts"
    READ_TRACES = "read_traces"
    RUN_PIPELINE = "run_pipeline"


_WATCHING = frozenset(
    {
        Right.SEE_QUEUE,
        Right.SEE_CAMERAS,
        Right.SEE_LIVE,
        Right.SEE_EVIDENCE,
        Right.DECIDE,
        Right.READ_HISTORY,
        Right.SEE_AUTHORISATIONS,
    }
)
_ARRANGING = _WATCHING | {Right.EDIT_RULES}
_RUNNING_THE_HOUSE = _ARRANGING | {
    Right.EDIT_CAMERAS,
    Right.EDIT_AUTHORISATIONS,
    Right.MANAGE_ACCOUNTS,
    Right.READ_TRACES,
}

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.OPERATOR: _WATCHING,
    Role.SUPERVISOR: _ARRANGING,
    Role.ADMINISTRATOR: _RUNNING_THE_HOUSE,
    # the pipeline writes what the machine states; it decides nothing and watches no footage
    Role.SYSTEM: frozenset({Right.RUN_PIPELINE, Right.SEE_CAMERAS}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts: a signed-in person (``name`` is the user name), the pipeline, or the machine's own console."""

    name: str
    role: Role


SYSTEM = Actor(name="system:pipeline", role=Role.SYSTEM)
"""The pipeline."""

LOCAL_ADMINISTRATOR = Actor(name="local:console", role=Role.ADMINISTRATOR)
"""Whoever has a shell on the machine: seeding, the command line. No user name can hold a colon."""


def may(actor: Actor, right: Right) -> bool:
    """Whether the table gives the right.

    >>> may(Actor(name="jeanne", role=Role.OPERATOR), Right.EDIT_RULES)
    False
    """
    return right in RIGHTS.get(actor.role, frozenset())


def require(actor: Actor, right: Right) -> None:
    """Do nothing when the table gives the right.

    Raises:
        NotAuthorisedError: it does not.
    """
    if not may(actor, right):
        raise NotAuthorisedError(f"{actor.name} ({actor.role.value}) may not {right.value.replace('_', ' ')}")
