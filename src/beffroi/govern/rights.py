"""Who may do what: one table, deny by default."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from beffroi.vocabulary.errors import NotAuthorisedError


class Role(StrEnum):
    """What a person is here. ``SYSTEM`` is the pipeline: no account can have it."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    INVESTIGATOR = "investigator"
    DPO = "dpo"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    MAINTAINER = "maintainer"
    SYSTEM = "system"


class Right(StrEnum):
    """The acts that need a right. What is not listed cannot be done."""

    SEE_QUEUE = "see_queue"
    SEE_CAMERAS = "see_cameras"
    SEE_LIVE = "see_live"
    SEE_EVIDENCE = "see_evidence"
    SEE_CLEAR = "see_clear"
    """People and plates without blur, at any time."""
    LIFT_BLUR = "lift_blur"
    """People and plates without blur, for a time, with a reason."""
    DECIDE = "decide"
    READ_HISTORY = "read_history"
    READ_FIGURES = "read_figures"
    """Counts, and how often a pilot's rules were met: numbers that stand for nobody."""
    SEE_AUTHORISATIONS = "see_authorisations"
    EDIT_RULES = "edit_rules"
    EDIT_MASKS = "edit_masks"
    EDIT_CAMERAS = "edit_cameras"
    EDIT_AUTHORISATIONS = "edit_authorisations"
    END_AUTHORISATIONS = "end_authorisations"
    STOP_ANALYSIS = "stop_analysis"
    """The kill switch."""
    RESUME_ANALYSIS = "resume_analysis"
    SECOND = "second"
    """Be the second person of a sensitive act."""
    SEE_REQUESTS = "see_requests"
    MANAGE_ACCOUNTS = "manage_accounts"
    READ_JOURNAL = "read_journal"
    SEE_RETENTION = "see_retention"
    EDIT_RETENTION = "edit_retention"
    HOLD = "hold"
    """Keep from destruction for a judge."""
    SEE_CASES = "see_cases"
    EXPORT = "export"
    EDIT_REGISTER = "edit_register"
    """The public register's texts, and the documents made from the configuration."""
    RUN_PIPELINE = "run_pipeline"


_LOOKING = frozenset({Right.SEE_CAMERAS, Right.SEE_AUTHORISATIONS})
_WATCHING = _LOOKING | {
    Right.SEE_QUEUE,
    Right.SEE_LIVE,
    Right.SEE_EVIDENCE,
    Right.LIFT_BLUR,
    Right.DECIDE,
    Right.READ_HISTORY,
    Right.STOP_ANALYSIS,
    Right.SEE_REQUESTS,
}
_ARRANGING = _WATCHING | {
    Right.SEE_CLEAR,
    Right.EDIT_RULES,
    Right.EDIT_MASKS,
    Right.RESUME_ANALYSIS,
    Right.SECOND,
    Right.SEE_RETENTION,
    Right.SEE_CASES,
    Right.READ_FIGURES,
}
_RUNNING_THE_HOUSE = _ARRANGING | {
    Right.EDIT_CAMERAS,
    Right.EDIT_AUTHORISATIONS,
    Right.END_AUTHORISATIONS,
    Right.MANAGE_ACCOUNTS,
    Right.READ_JOURNAL,
    Right.EDIT_RETENTION,
    Right.EDIT_REGISTER,
}
_ACCOUNTING = _LOOKING | {
    Right.READ_JOURNAL,
    Right.SEE_RETENTION,
    Right.SEE_REQUESTS,
    Right.SEE_CASES,
    Right.READ_FIGURES,
}

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.OPERATOR: _WATCHING,
    Role.SUPERVISOR: _ARRANGING,
    # works on a case: past alerts and their footage, never the queue or a live picture
    Role.INVESTIGATOR: _LOOKING
    | {
        Right.SEE_EVIDENCE,
        Right.LIFT_BLUR,
        Right.READ_HISTORY,
        Right.SEE_REQUESTS,
        Right.SEE_RETENTION,
        Right.HOLD,
        Right.SEE_CASES,
        Right.EXPORT,
    },
    # proves that all stayed inside the law, ends what did not; sees no footage
    Role.DPO: _ACCOUNTING
    | {Right.END_AUTHORISATIONS, Right.STOP_ANALYSIS, Right.SECOND, Right.EDIT_RETENTION, Right.EDIT_REGISTER},
    Role.ADMINISTRATOR: _RUNNING_THE_HOUSE,
    # reads the accounts of others, changes nothing, sees no footage
    Role.AUDITOR: _ACCOUNTING,
    # mends cameras and machines, sees no footage
    Role.MAINTAINER: frozenset({Right.SEE_CAMERAS, Right.EDIT_CAMERAS}),
    # the pipeline writes what the machine states; it decides nothing and watches no footage
    Role.SYSTEM: frozenset({Right.RUN_PIPELINE, Right.SEE_CAMERAS}),
}

FOOTAGE = frozenset({Right.SEE_LIVE, Right.SEE_EVIDENCE, Right.SEE_CLEAR, Right.LIFT_BLUR, Right.EXPORT})
"""The rights that show people: no technical, auditing or data-protection role has one of them."""

ALL = "*"
"""In a scope: every camera group, or every purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where a person's rights hold: cameras of these groups, for these purposes. ``clear``: without blur there."""

    groups: frozenset[str] = frozenset({ALL})
    purposes: frozenset[str] = frozenset({ALL})
    clear: bool = False

    def holds(self, groups: Collection[str], purpose_id: str | None) -> bool:
        """Whether it covers a camera of these groups, for a purpose (None: for any at all).

        >>> Scope(groups=frozenset({"quays"})).holds(("quays", "centre"), "safety")
        True
        >>> Scope(groups=frozenset({"quays"})).holds((), "safety")
        False
        """
        here = ALL in self.groups or not self.groups.isdisjoint(groups)
        return here and (purpose_id is None or ALL in self.purposes or purpose_id in self.purposes)


EVERYWHERE = (Scope(),)
"""The scopes of somebody who is limited to nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts: a signed-in person (``name`` is the user name), the pipeline, or the machine's own console.

    ``scopes`` limit every right that concerns a camera; none at all: no camera.
    """

    name: str
    role: Role
    scopes: tuple[Scope, ...] = EVERYWHERE

    def reaches(self, groups: Collection[str], purpose_id: str | None = None) -> bool:
        """Whether a camera of these groups is this person's business, for a purpose (None: for any at all)."""
        return any(scope.holds(groups, purpose_id) for scope in self.scopes)

    def sees_clear(self, groups: Collection[str], purpose_id: str | None = None) -> bool:
        """Whether this person sees people and plates without blur there, without asking."""
        standing = Right.SEE_CLEAR in RIGHTS.get(self.role, frozenset())
        return any(scope.holds(groups, purpose_id) and (standing or scope.clear) for scope in self.scopes)


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
