"""Every route × every role: a route without a row here fails."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute, APIWebSocketRoute

from beffroi.govern.rights import LOCAL_ADMINISTRATOR, RIGHTS, Right, Role
from beffroi.serve import live
from beffroi.serve.access import Needs, Open
from beffroi.serve.application import PREFIX, ROUTERS, openapi
from beffroi.testing.town import EVERYBODY, PASSWORD

OPEN = "open"
SIGNED_IN = "signed in"
ROLES = tuple(role for role in Role if role is not Role.SYSTEM)
NAMES = {who.role: who.name for who in reversed(EVERYBODY)}
"""An account of each role."""

TABLE: dict[tuple[str, str], str | Right] = {
    ("POST", "/session"): OPEN,
    ("GET", "/session"): SIGNED_IN,
    ("DELETE", "/session"): SIGNED_IN,
    ("POST", "/session/code"): OPEN,
    ("GET", "/session/outside"): OPEN,
    ("GET", "/session/outside/start"): OPEN,
    ("GET", "/session/outside/callback"): OPEN,
    ("GET", "/account"): SIGNED_IN,
    ("PUT", "/account/password"): SIGNED_IN,
    ("POST", "/account/second-factor"): SIGNED_IN,
    ("POST", "/account/second-factor/confirm"): SIGNED_IN,
    ("POST", "/account/second-factor/remove"): SIGNED_IN,
    ("GET", "/account/sessions"): SIGNED_IN,
    ("DELETE", "/account/sessions/{session_id}"): SIGNED_IN,
    ("GET", "/accounts"): Right.MANAGE_ACCOUNTS,
    ("POST", "/accounts"): Right.MANAGE_ACCOUNTS,
    ("PUT", "/accounts/{username}/role"): Right.MANAGE_ACCOUNTS,
    ("PUT", "/accounts/{username}/scopes"): Right.MANAGE_ACCOUNTS,
    ("PUT", "/accounts/{username}/open"): Right.MANAGE_ACCOUNTS,
    ("PUT", "/accounts/{username}/password"): Right.MANAGE_ACCOUNTS,
    ("DELETE", "/accounts/{username}/lock"): Right.MANAGE_ACCOUNTS,
    ("DELETE", "/accounts/{username}/second-factor"): Right.MANAGE_ACCOUNTS,
    ("DELETE", "/accounts/{username}/sessions"): Right.MANAGE_ACCOUNTS,
    ("GET", "/requests"): Right.SEE_REQUESTS,
    ("POST", "/requests/{request_id}/second"): Right.SECOND,
    ("POST", "/requests/{request_id}/refuse"): Right.SECOND,
    ("GET", "/operators"): Right.SEE_QUEUE,
    ("GET", "/cameras"): Right.SEE_CAMERAS,
    ("GET", "/cameras/{camera_id}"): Right.SEE_CAMERAS,
    ("POST", "/cameras"): Right.EDIT_CAMERAS,
    ("PUT", "/cameras/{camera_id}"): Right.EDIT_CAMERAS,
    ("DELETE", "/cameras/{camera_id}"): Right.EDIT_CAMERAS,
    ("POST", "/cameras/probe"): Right.EDIT_CAMERAS,
    ("GET", "/cameras/{camera_id}/still.jpg"): Right.SEE_LIVE,
    ("GET", "/cameras/{camera_id}/privacy"): Right.EDIT_MASKS,
    ("PUT", "/cameras/{camera_id}/privacy"): Right.EDIT_MASKS,
    ("POST", "/cameras/{camera_id}/lifts"): Right.SEE_LIVE,
    ("POST", "/alerts/{alert_id}/lifts"): Right.LIFT_BLUR,
    ("GET", "/lifts"): Right.LIFT_BLUR,
    ("DELETE", "/lifts/{lift_id}"): Right.LIFT_BLUR,
    ("GET", "/situations"): Right.SEE_CAMERAS,
    ("GET", "/cameras/{camera_id}/rules"): Right.SEE_CAMERAS,
    ("POST", "/cameras/{camera_id}/rules"): Right.EDIT_RULES,
    ("PUT", "/rules/{rule_id}"): Right.EDIT_RULES,
    ("DELETE", "/rules/{rule_id}"): Right.EDIT_RULES,
    ("GET", "/rules/{rule_id}/versions"): Right.SEE_CAMERAS,
    ("GET", "/authorisations"): Right.SEE_AUTHORISATIONS,
    ("GET", "/purposes"): Right.SEE_AUTHORISATIONS,
    ("POST", "/purposes"): Right.EDIT_AUTHORISATIONS,
    ("GET", "/regimes"): Right.SEE_AUTHORISATIONS,
    ("GET", "/authorisations/waiting"): Right.SEE_AUTHORISATIONS,
    ("POST", "/authorisations/check"): Right.EDIT_AUTHORISATIONS,
    ("POST", "/authorisations"): Right.EDIT_AUTHORISATIONS,
    ("POST", "/authorisations/{authorisation_id}/end"): Right.END_AUTHORISATIONS,
    ("GET", "/authorisations/{authorisation_id}/order"): Right.SEE_AUTHORISATIONS,
    ("POST", "/orders"): Right.EDIT_AUTHORISATIONS,
    ("GET", "/queue"): Right.SEE_QUEUE,
    ("GET", "/alerts"): Right.READ_HISTORY,
    ("GET", "/counts"): Right.READ_FIGURES,
    ("GET", "/pilot"): Right.READ_FIGURES,
    ("GET", "/journal"): Right.READ_JOURNAL,
    ("GET", "/journal/checkpoints"): Right.READ_JOURNAL,
    ("GET", "/journal/export.csv"): Right.READ_JOURNAL,
    ("GET", "/journal/export.pdf"): Right.READ_JOURNAL,
    ("POST", "/journal/verify"): Right.READ_JOURNAL,
    ("GET", "/alerts/{alert_id}"): Right.SEE_QUEUE,
    ("GET", "/alerts/{alert_id}/clip.mp4"): Right.SEE_EVIDENCE,
    ("GET", "/alerts/{alert_id}/still.jpg"): Right.SEE_EVIDENCE,
    ("POST", "/alerts/{alert_id}/verdicts"): Right.DECIDE,
    ("GET", "/events/stream"): Right.SEE_QUEUE,
    ("GET", "/analysis"): Right.SEE_CAMERAS,
    ("POST", "/analysis/stop"): Right.STOP_ANALYSIS,
    ("POST", "/analysis/resume"): Right.RESUME_ANALYSIS,
    ("POST", "/analysis/clock"): Right.RESUME_ANALYSIS,
    ("GET", "/cases"): Right.SEE_CASES,
    ("POST", "/cases"): Right.EXPORT,
    ("GET", "/cases/{case_id}"): Right.SEE_CASES,
    ("POST", "/cases/{case_id}/close"): Right.EXPORT,
    ("GET", "/cases/{case_id}/alerts"): Right.EXPORT,
    ("PUT", "/cases/{case_id}/alerts"): Right.EXPORT,
    ("GET", "/cases/{case_id}/exports"): Right.SEE_CASES,
    ("POST", "/cases/{case_id}/exports"): Right.EXPORT,
    ("GET", "/exports/{export_id}"): Right.SEE_CASES,
    ("POST", "/exports/{export_id}/build"): Right.EXPORT,
    ("GET", "/exports/{export_id}/receipt.pdf"): Right.SEE_CASES,
    ("GET", "/exports/{export_id}/file.zip"): Right.EXPORT,
    ("GET", "/health"): OPEN,
    ("GET", "/metrics"): OPEN,
    ("GET", "/plan.svg"): Right.SEE_CAMERAS,
    ("GET", "/retention"): Right.SEE_RETENTION,
    ("GET", "/retention/terms"): Right.SEE_RETENTION,
    ("PUT", "/retention/terms"): Right.EDIT_RETENTION,
    ("GET", "/retention/ledger"): Right.SEE_RETENTION,
    ("POST", "/retention/verify"): Right.SEE_RETENTION,
    ("GET", "/holds"): Right.SEE_RETENTION,
    ("POST", "/holds"): Right.HOLD,
    ("POST", "/holds/{hold_id}/extend"): Right.HOLD,
    ("POST", "/holds/{hold_id}/ask-release"): Right.HOLD,
    ("POST", "/holds/{hold_id}/release"): Right.HOLD,
    ("GET", "/register"): OPEN,
    ("GET", "/register.html"): OPEN,
    ("GET", "/register/plan.svg"): OPEN,
    ("GET", "/register/documents/{kind}"): Right.EDIT_REGISTER,
    ("GET", "/register/notice"): Right.EDIT_REGISTER,
    ("GET", "/register/town"): Right.EDIT_REGISTER,
    ("PUT", "/register/town"): Right.EDIT_REGISTER,
    ("POST", "/register/performance"): Right.EDIT_REGISTER,
}
"""What each route needs: one right; or it is open to anyone, or to anyone signed in. Roles follow from RIGHTS."""

SOCKETS = {"/cameras/{camera_id}/live": Right.SEE_LIVE}
UNWALKED = {"/session", "/session/code", "/metrics"}
"""The first two open and end the session that asks; the last is tested by address and token."""

BODIES: dict[str, Any] = {
    "/authorisations/{authorisation_id}/end": {"why": ""},
    "/analysis/stop": {"why": "x" * 501},
    "/analysis/resume": {"why": ""},
    "/analysis/clock": {"why": ""},
    "/cameras": {"name": "x", "main": {"kind": "file", "url": "/nowhere"}, "camera_id": "INVALID"},
    "/cameras/probe": {"kind": "file", "url": "/nowhere"},
    "/retention/terms": {"camera_id": "nowhere", "kind": "evidence", "keep_s": 3600, "why": "as the order says"},
    "/holds": {"reference": "", "authority": "", "reason": "x", "from_at": "", "to_at": "", "ends_at": ""},
    "/holds/{hold_id}/extend": {"ends_at": "2027-01-01T00:00:00Z", "why": "the inquiry goes on"},
    "/holds/{hold_id}/ask-release": {"why": "the inquiry is closed"},
    "/holds/{hold_id}/release": {"request_id": "none"},
    "/alerts/{alert_id}/verdicts": {"decision": "confirm"},
    "/cameras/{camera_id}/lifts": {"why": "the access table is tried"},
    "/alerts/{alert_id}/lifts": {"why": "the access table is tried"},
    "/cameras/{camera_id}/privacy": {"masks": [], "blur": True, "why": "the access table is tried"},
}


def let_in(role: Role | None, wanted: str | Right) -> bool:
    """Whether somebody (None: nobody who is signed in) gets past the lock of a route."""
    if isinstance(wanted, Right):
        return role is not None and wanted in RIGHTS[role]
    return wanted == OPEN or role is not None


def http_routes() -> list[tuple[str, APIRoute]]:
    """(method, route) of everything under the API's prefix."""
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    return [(method, route) for route in routes for method in sorted(route.methods or ())]


def locks_of(route: APIRoute) -> list[Needs | Open]:
    """The locks among a route's dependencies, wherever they are declared."""
    found: list[Needs | Open] = []
    waiting = [route.dependant]
    while waiting:
        dependant = waiting.pop()
        if isinstance(dependant.call, Needs | Open):
            found.append(dependant.call)
        waiting += dependant.dependencies
    return found


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    assert {(method, route.path) for method, route in http_routes()} == set(TABLE)
    sockets = [r for router in ROUTERS for r in router.routes if isinstance(r, APIWebSocketRoute)]
    assert {route.path for route in sockets} == set(SOCKETS)


def test_nothing_is_described_that_is_not_in_the_table() -> None:
    described = {
        (method.upper(), path.removeprefix(PREFIX))
        for path, methods in openapi()["paths"].items()
        for method in methods
    }
    assert described == set(TABLE)


def test_every_route_names_its_right_as_the_table_says() -> None:
    for method, route in http_routes():
        locks, wanted = locks_of(route), TABLE[(method, route.path)]
        assert locks, f"{method} {route.path} names no right: give it Needs(...) or Open(why)"
        if wanted == OPEN:
            assert all(isinstance(lock, Open) and lock.why for lock in locks), route.path
            continue
        rights = {lock.right for lock in locks if isinstance(lock, Needs)}
        assert rights, f"{method} {route.path} is open"
        named = {right for right in rights if right is not None}
        assert named == ({wanted} if isinstance(wanted, Right) else set()), (method, route.path)


def test_the_reference_lists_each_route_with_its_right() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "api.md").read_text("utf-8")
    listed = {(method, path): right for method, path, right in re.findall(r"^\| `(\w+) (\S+)` \| (.+?) \|", page, re.M)}
    needs: dict[tuple[str, str], str | Right] = TABLE | {("WS", path): right for path, right in SOCKETS.items()}
    assert listed == {key: f"`{row.value}`" if isinstance(row, Right) else row for key, row in needs.items()}


def test_the_live_view_names_its_right() -> None:
    assert live.NEEDS.right is SOCKETS["/cameras/{camera_id}/live"]


async def signed_in(premises: Any, role: Role | None) -> httpx.AsyncClient:
    client: httpx.AsyncClient = premises.client()
    if role is not None:
        answer = await client.post("/session", json={"username": NAMES[role], "password": PASSWORD})
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
    return client


@pytest.mark.parametrize("role", (None, *ROLES), ids=lambda role: role.value if role else "nobody")
async def test_each_role_gets_where_the_table_lets_it(premises: Any, role: Role | None) -> None:
    """Asked for real, with a person's session and token. Refused by the lock, which names the right; or past it."""
    client = await signed_in(premises, role)
    for (method, path), wanted in sorted(TABLE.items()):
        if path in UNWALKED:
            continue
        headers = {"Idempotency-Key": "access-table-1"}
        answer = await client.request(method, re.sub(r"{\w+}", "none", path), json=BODIES.get(path), headers=headers)
        if let_in(role, wanted):
            locked = answer.status_code == 403 and answer.json()["detail"].startswith("this needs the right")
            assert not locked and answer.status_code != 401, (method, path, answer.text)
        elif role is None:
            assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in"), (method, path, answer.text)
        else:
            assert (answer.status_code, answer.json()["code"]) == (403, "not_authorised"), (method, path, answer.text)
            assert isinstance(wanted, Right) and wanted.value in answer.json()["detail"], (method, path, answer.text)
    await client.aclose()


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.value)
async def test_no_role_changes_anything_without_the_csrf_token(premises: Any, role: Role) -> None:
    client = await signed_in(premises, role)
    del client.headers["X-CSRF-Token"]
    for method, path in sorted(TABLE):
        if method == "GET" or TABLE[(method, path)] == OPEN:
            continue
        place = re.sub(r"{\w+}", "none", path)
        answer = await client.request(method, place, json=BODIES.get(path), headers={"Idempotency-Key": "no-token-1"})
        assert answer.status_code == 403, (method, path)
        assert answer.json()["code"] == "bad_csrf", (method, path)
    await client.aclose()


async def test_a_forged_cookie_opens_nothing(premises: Any) -> None:
    client = premises.client()
    client.cookies.set("beffroi_session", "x" * 43)
    for path in ("/queue", "/cameras", f"/alerts/{premises.alert_id}", "/events/stream"):
        assert (await client.get(path)).status_code == 401, path
    await client.aclose()


async def test_a_closed_account_is_out_at_once(premises: Any) -> None:
    client = await signed_in(premises, Role.OPERATOR)
    assert (await client.get("/queue")).status_code == 200
    premises.town.doors.accounts.disable(LOCAL_ADMINISTRATOR, "jeanne")
    assert (await client.get("/queue")).status_code == 401
    premises.town.doors.accounts.disable(LOCAL_ADMINISTRATOR, "jeanne", enabled=True)
    await client.aclose()


@pytest.mark.parametrize("method", ["PATCH", "TRACE", "PROPFIND"])
async def test_other_methods_are_refused(premises: Any, method: str) -> None:
    client = await signed_in(premises, Role.ADMINISTRATOR)
    assert (await client.request(method, "/cameras")).status_code in (404, 405)
    await client.aclose()
