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

_PUBLISHED = "orders are published acts, and the public register says as much to everybody"
_CATALOGUE = "a list of the law or of the program: it names no camera"
_HOUSE = "of the whole house: it names no camera and shows nothing"
_WHOLE = "proves nothing with lines left out; shows no footage"
_OWN = "one's own session, account or lifts only"
_OPEN = "open to everybody: it gives nothing that a scope limits"
_ACCOUNTS = "accounts are tied to no camera; nobody gives or touches wider scopes than their own"
_DOCUMENTS = "the town's own documents and figures, of all its cameras; no footage"

BESIDE: dict[tuple[str, str], Asks | str] = {
    ("POST", "/session"): _OPEN,
    ("POST", "/session/code"): _OPEN,
    ("GET", "/session"): _OWN,
    ("DELETE", "/session"): _OWN,
    ("GET", "/session/outside"): _OPEN,
    ("GET", "/session/outside/start"): _OPEN,
    ("GET", "/session/outside/callback"): _OPEN,
    ("GET", "/account"): _OWN,
    ("PUT", "/account/password"): _OWN,
    ("POST", "/account/second-factor"): _OWN,
    ("POST", "/account/second-factor/confirm"): _OWN,
    ("POST", "/account/second-factor/remove"): _OWN,
    ("GET", "/account/sessions"): _OWN,
    ("DELETE", "/account/sessions/{session_id}"): _OWN,
    ("GET", "/lifts"): _OWN,
    ("DELETE", "/lifts/{lift_id}"): _OWN,
    ("GET", "/operators"): "names of people, whom an alert can be handed to; handing over asks their scopes",
    ("GET", "/accounts"): _ACCOUNTS,
    ("POST", "/accounts"): _ACCOUNTS,
    ("PUT", "/accounts/{username}/role"): _ACCOUNTS,
    ("PUT", "/accounts/{username}/scopes"): _ACCOUNTS,
    ("PUT", "/accounts/{username}/open"): _ACCOUNTS,
    ("PUT", "/accounts/{username}/password"): _ACCOUNTS,
    ("DELETE", "/accounts/{username}/lock"): _ACCOUNTS,
    ("DELETE", "/accounts/{username}/second-factor"): _ACCOUNTS,
    ("DELETE", "/accounts/{username}/sessions"): _ACCOUNTS,
    ("GET", "/requests"): Asks.LISTED,
    ("POST", "/requests/{request_id}/second"): Asks.PURPOSE,
    ("POST", "/requests/{request_id}/refuse"): Asks.PURPOSE,
    ("GET", "/analysis"): _HOUSE,
    ("POST", "/analysis/stop"): "stopping may never fail for want of a scope",
    ("POST", "/analysis/resume"): _HOUSE,
    ("POST", "/analysis/clock"): _HOUSE,
    ("GET", "/regimes"): _CATALOGUE,
    ("GET", "/situations"): _CATALOGUE,
    ("GET", "/authorisations"): _PUBLISHED,
    ("GET", "/authorisations/{authorisation_id}/order"): _PUBLISHED,
    ("GET", "/authorisations/waiting"): Asks.LISTED,
    ("POST", "/authorisations/check"): Asks.PURPOSE,
    ("POST", "/authorisations"): Asks.PURPOSE,
    ("POST", "/authorisations/{authorisation_id}/end"): Asks.PURPOSE,
    ("POST", "/orders"): "a file that allows nothing until an authorisation names it",
    ("GET", "/purposes"): _PUBLISHED,
    ("POST", "/purposes"): _HOUSE,
    ("POST", "/cameras"): Asks.CAMERA,
    ("POST", "/cameras/probe"): "an address that the person types; a camera's kept password asks for its group",
    ("GET", "/plan.svg"): "the drawing of the town, without cameras",
    ("GET", "/cases"): Asks.LISTED,
    ("POST", "/cases"): Asks.PURPOSE,
    ("GET", "/cases/{case_id}"): Asks.PURPOSE,
    ("POST", "/cases/{case_id}/close"): "closing gives nothing and destroys exports: being named is enough",
    ("GET", "/cases/{case_id}/alerts"): Asks.PURPOSE,
    ("PUT", "/cases/{case_id}/alerts"): Asks.PURPOSE,
    ("GET", "/cases/{case_id}/exports"): Asks.PURPOSE,
    ("POST", "/cases/{case_id}/exports"): Asks.PURPOSE,
    ("GET", "/exports/{export_id}"): Asks.PURPOSE,
    ("POST", "/exports/{export_id}/build"): Asks.PURPOSE,
    ("GET", "/exports/{export_id}/receipt.pdf"): Asks.PURPOSE,
    ("GET", "/exports/{export_id}/file.zip"): Asks.PURPOSE,
    ("GET", "/events/stream"): Asks.LISTED,
    ("GET", "/health"): _OPEN,
    ("GET", "/metrics"): "for machines, on a token or the machine itself: figures of cameras, no picture",
    ("GET", "/journal"): _WHOLE,
    ("GET", "/journal/checkpoints"): _WHOLE,
    ("POST", "/journal/verify"): _WHOLE,
    ("GET", "/journal/export.csv"): _WHOLE,
    ("GET", "/journal/export.pdf"): _WHOLE,
    ("GET", "/register"): _OPEN,
    ("GET", "/register.html"): _OPEN,
    ("GET", "/register/plan.svg"): _OPEN,
    ("GET", "/register/documents/{kind}"): _DOCUMENTS,
    ("GET", "/register/notice"): _DOCUMENTS,
    ("GET", "/register/town"): _DOCUMENTS,
    ("PUT", "/register/town"): _DOCUMENTS,
    ("POST", "/register/performance"): _DOCUMENTS,
    ("GET", "/retention"): _WHOLE,
    ("GET", "/retention/terms"): _WHOLE,
    ("PUT", "/retention/terms"): Asks.CAMERA,
    ("GET", "/retention/ledger"): _WHOLE,
    ("POST", "/retention/verify"): _WHOLE,
    ("GET", "/holds"): Asks.LISTED,
    ("POST", "/holds"): Asks.PURPOSE,
    ("POST", "/holds/{hold_id}/extend"): Asks.PURPOSE,
    ("POST", "/holds/{hold_id}/ask-release"): Asks.PURPOSE,
    ("POST", "/holds/{hold_id}/release"): Asks.PURPOSE,
}
"""Every other route: what it asks of scopes about the cameras it concerns, or why they do not matter there."""

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
    lines += ["", f"{'every other route':<62}asks of scopes, or why nothing"]
    lines += [f"{method + ' ' + path:<62}{asks}" for (method, path), asks in BESIDE.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())  # noqa: T201  (a command)
