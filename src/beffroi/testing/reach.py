"""The table of route × role × purpose: what each route that touches a camera, an alert or footage asks of a person.

The access tests walk it with real sessions; `python -m beffroi.testing.reach` prints it whole.
"""

from __future__ import annotations

from enum import StrEnum

from beffroi.govern.rights import RIGHTS, Right, Role, Scope


class Asks(StrEnum):
    """What a route asks beside its right."""

    CAMERA = "camera"
    """That the camera's group is in a scope; otherwise the thing does not exist."""
    PURPOSE = "purpose"
    """That a scope holds the camera's group and the purpose; another purpose is refused."""
    LISTED = "listed"
    """Nothing: the list holds what scopes reach (a camera by its group, an alert by group and purpose)."""


class Reach(StrEnum):
    """How somebody's scopes lie to the thing."""

    WITHIN = "within"
    OTHER_PURPOSE = "other purpose"
    OTHER_GROUP = "other group"


SCOPES: dict[Reach, Scope] = {
    Reach.WITHIN: Scope(groups=frozenset({"centre"}), purposes=frozenset({"safety"})),
    Reach.OTHER_PURPOSE: Scope(groups=frozenset({"centre"}), purposes=frozenset({"traffic"})),
    Reach.OTHER_GROUP: Scope(groups=frozenset({"quays"}), purposes=frozenset({"safety"})),
}
ROLES = tuple(role for role in Role if role is not Role.SYSTEM)

TABLE: dict[tuple[str, str], tuple[Right, Asks]] = {
    ("GET", "/cameras"): (Right.SEE_CAMERAS, Asks.LISTED),
    ("GET", "/cameras/{camera_id}"): (Right.SEE_CAMERAS, Asks.CAMERA),
    ("PUT", "/cameras/{camera_id}"): (Right.EDIT_CAMERAS, Asks.CAMERA),
    ("DELETE", "/cameras/{camera_id}"): (Right.EDIT_CAMERAS, Asks.CAMERA),
    ("GET", "/cameras/{camera_id}/still.jpg"): (Right.SEE_LIVE, Asks.PURPOSE),
    ("WS", "/cameras/{camera_id}/live"): (Right.SEE_LIVE, Asks.PURPOSE),
    ("GET", "/cameras/{camera_id}/privacy"): (Right.EDIT_MASKS, Asks.CAMERA),
    ("PUT", "/cameras/{camera_id}/privacy"): (Right.EDIT_MASKS, Asks.CAMERA),
    ("POST", "/cameras/{camera_id}/lifts"): (Right.SEE_LIVE, Asks.PURPOSE),  # and lift_blur, which all of these have
    ("GET", "/cameras/{camera_id}/rules"): (Right.SEE_CAMERAS, Asks.CAMERA),
    ("POST", "/cameras/{camera_id}/rules"): (Right.EDIT_RULES, Asks.PURPOSE),
    ("PUT", "/rules/{rule_id}"): (Right.EDIT_RULES, Asks.PURPOSE),
    ("DELETE", "/rules/{rule_id}"): (Right.EDIT_RULES, Asks.PURPOSE),
    ("GET", "/rules/{rule_id}/versions"): (Right.SEE_CAMERAS, Asks.CAMERA),
    ("GET", "/queue"): (Right.SEE_QUEUE, Asks.LISTED),
    ("GET", "/alerts"): (Right.READ_HISTORY, Asks.LISTED),
    ("GET", "/counts"): (Right.READ_FIGURES, Asks.LISTED),
    ("GET", "/pilot"): (Right.READ_FIGURES, Asks.LISTED),
    ("GET", "/alerts/{alert_id}"): (Right.SEE_QUEUE, Asks.PURPOSE),
    ("GET", "/alerts/{alert_id}/clip.mp4"): (Right.SEE_EVIDENCE, Asks.PURPOSE),
    ("GET", "/alerts/{alert_id}/still.jpg"): (Right.SEE_EVIDENCE, Asks.PURPOSE),
    ("POST", "/alerts/{alert_id}/lifts"): (Right.LIFT_BLUR, Asks.PURPOSE),  # and see_evidence, which all of these have
    ("POST", "/alerts/{alert_id}/verdicts"): (Right.DECIDE, Asks.PURPOSE),
}
"""Every route whose address names a camera, an alert or a rule, and the lists of them."""

LET_IN, HIDDEN, REFUSED, NOT_FOUND = "let in", "not listed", "refused", "not found"


def outcome(method: str, path: str, role: Role, reach: Reach) -> str:
    """What somebody of a role, with such scopes, gets at a route.

    >>> outcome("GET", "/alerts/{alert_id}", Role.OPERATOR, Reach.OTHER_GROUP)
    'not found'
    >>> outcome("GET", "/alerts/{alert_id}", Role.MAINTAINER, Reach.WITHIN)
    'refused'
    """
    right, asks = TABLE[(method, path)]
    if right not in RIGHTS[role]:
        return REFUSED
    if asks is Asks.LISTED:
        by_group = path == "/cameras" and reach is Reach.OTHER_PURPOSE
        return LET_IN if reach is Reach.WITHIN or by_group else HIDDEN
    if reach is Reach.OTHER_GROUP:
        return NOT_FOUND
    return REFUSED if reach is Reach.OTHER_PURPOSE and asks is Asks.PURPOSE else LET_IN


def table() -> str:
    """The whole table, one line a route, role and reach."""
    lines = [f"{'route':<46}{'role':<16}{'scopes':<16}outcome"]
    for method, path in TABLE:
        for role in ROLES:
            lines += [
                f"{method + ' ' + path:<46}{role.value:<16}{reach.value:<16}{outcome(method, path, role, reach)}"
                for reach in Reach
            ]
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())  # noqa: T201  (a command)
