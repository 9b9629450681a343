"""Every route that touches a camera, an alert or footage × every role × every purpose, asked for with real sessions."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from beffroi.govern.accounts import NewUser
from beffroi.govern.counts import SPAN_S, Counting, span_of
from beffroi.govern.retention.holding import NewHold
from beffroi.govern.rights import LOCAL_ADMINISTRATOR, SYSTEM, Role
from beffroi.run.messages import CameraOrder
from beffroi.serve.application import PREFIX, ROUTERS
from beffroi.testing.casework import requisition
from beffroi.testing.reach import (
    BESIDE,
    HIDDEN,
    LET_IN,
    NOT_FOUND,
    REFUSED,
    ROLES,
    SCOPES,
    TABLE,
    Asks,
    Reach,
    outcome,
    table,
)
from beffroi.testing.town import INVESTIGATOR, PASSWORD, Town, authorisation
from beffroi.vocabulary.authorisation import Regime
from beffroi.vocabulary.evidence import PartKind
from beffroi.vocabulary.time import UtcNs, iso_utc, seconds_to_ns

CAMERA = {"name": "Mairie", "main": {"kind": "file", "url": "/nowhere"}, "groups": ["centre"]}
RULE = {
    "version": 1,
    "situation": "zone_entered",
    "purpose_id": "safety",
    "name": "Lawn",
    "classes": ["person"],
    "zone": {"points": [[0.0, 0.5], [1.0, 0.5], [1.0, 1.0], [0.0, 1.0]]},
}


@dataclass
class Place:
    """A town whose camera "mairie" is of the centre, with an alert about safety and its footage."""

    town: Town
    client: TestClient
    alert_id: str
    made: int = 0

    def fresh(self, path: str) -> str:
        """The address of a thing that this request may change or destroy: each gets its own."""
        self.made += 1
        name = f"fresh-{self.made}"
        if "{rule_id}" in path:
            self.town.add_rule(name)
            return path.replace("{rule_id}", name)
        camera = self.town.doors.cameras.get(LOCAL_ADMINISTRATOR, "mairie")
        self.town.doors.cameras.add(LOCAL_ADMINISTRATOR, replace(camera, camera_id=name))
        return path.replace("{camera_id}", name)

    def address(self, method: str, path: str) -> str:
        if method in ("PUT", "DELETE"):
            return self.fresh(path)
        answered = path.endswith("/verdicts")  # an alert of its own: the other one stays in the queue
        lawn = self.town.doors.rules.get(LOCAL_ADMINISTRATOR, "lawn").rule
        alert = path.replace("{alert_id}", self.town.raised(lawn) if answered else self.alert_id)
        return alert.replace("{camera_id}", "mairie").replace("{rule_id}", "lawn")


@pytest.fixture(scope="module")
def place(premises: Any) -> Place:
    town = premises.town
    everybody = frozenset(role.value for role in ROLES)
    town.doors.authorisations.revoke(LOCAL_ADMINISTRATOR, "order-1", why="another order follows")
    town.doors.authorisations.grant(LOCAL_ADMINISTRATOR, authorisation("order-8", regime=Regime.PILOT))
    town.doors.intake.take_event(SYSTEM, town.event(town.doors.rules.get(LOCAL_ADMINISTRATOR, "lawn").rule))
    town.clock.advance(1.0)  # the last instant of a span is not in it
    town.doors.authorisations.revoke(LOCAL_ADMINISTRATOR, "order-8", why="the pilot is over")
    town.doors.authorisations.grant(LOCAL_ADMINISTRATOR, authorisation("order-9", viewers=everybody))
    camera = town.doors.cameras.get(LOCAL_ADMINISTRATOR, "mairie")
    town.doors.cameras.change(LOCAL_ADMINISTRATOR, replace(camera, groups=("centre",)))
    watched = town.doors.cameras.get(LOCAL_ADMINISTRATOR, "mairie")
    asyncio.run(premises.app.state.deps.supervisor.apply([CameraOrder(camera=watched)]))
    alert_id = town.raised(town.doors.rules.get(LOCAL_ADMINISTRATOR, "lawn").rule, "event-reach")
    parts = (town.footage("event-reach"), town.footage("event-reach", PartKind.STILL))
    town.doors.intake.take_evidence(SYSTEM, "event-reach", parts=parts, from_at=town.clock(), to_at=town.clock())
    key = ("mairie", "lawn.entries", UtcNs(span_of(town.clock()) - seconds_to_ns(SPAN_S)))
    town.doors.counts.add(SYSTEM, {key: Counting(added=3.0, last_at=town.clock())})
    for role in ROLES:
        for reach in Reach:
            new = NewUser(
                username=name_of(role, reach), display_name="", role=role, password=PASSWORD, scopes=(SCOPES[reach],)
            )
            town.doors.accounts.add(LOCAL_ADMINISTRATOR, new)
    return Place(town=town, client=TestClient(premises.app, raise_server_exceptions=False), alert_id=alert_id)


def name_of(role: Role, reach: Reach) -> str:
    return f"{role.value}-{reach.value.replace(' ', '-')}"


def asked(place: Place, method: str, path: str, headers: dict[str, str]) -> str:
    """What came of a request, in the words of the table."""
    address = f"{PREFIX}{place.address(method, path)}"
    if method == "WS":
        with place.client.websocket_connect(address, headers=headers) as socket:
            error = socket.receive_json().get("error")
        return {"not_authorised": REFUSED, "not_found": NOT_FOUND}.get(error, LET_IN)
    body: dict[str, Any] = CAMERA if path.startswith("/cameras/{camera_id}") and method == "PUT" else RULE
    if path.endswith("/verdicts"):
        body = {"decision": "confirm"}
    elif path.endswith("/lifts"):
        body = {"why": "the access table is tried"}
    elif path.endswith("/privacy"):
        body = {"masks": [], "blur": True, "why": "the access table is tried"}
    sent = None if method in ("GET", "DELETE") else body
    answer = place.client.request(
        method, address, json=sent, headers={**headers, "Idempotency-Key": f"reach-{place.made}-{len(headers)}"}
    )
    assert answer.status_code not in (401, 422), answer.text
    if answer.status_code in (403, 404):
        return REFUSED if answer.status_code == 403 else NOT_FOUND
    thing = "mairie" if path in ("/cameras", "/counts", "/pilot") else place.alert_id
    return LET_IN if "{" in path or thing in answer.text else HIDDEN


def routes() -> set[tuple[str, str]]:
    return {
        (method, getattr(route, "path", ""))
        for router in ROUTERS
        for route in router.routes
        for method in getattr(route, "methods", None) or ("WS",)
    }


def test_every_route_about_a_camera_an_alert_or_a_rule_has_a_row() -> None:
    found = {row for row in routes() if re.search(r"{(camera|alert|rule)_id}", row[1])}
    assert found == {row for row in TABLE if "{" in row[1]}


def test_every_route_says_what_it_asks_of_scopes_or_why_nothing() -> None:
    assert set(TABLE).isdisjoint(BESIDE)
    assert routes() == set(TABLE) | set(BESIDE)
    assert [row for row, asks in BESIDE.items() if not isinstance(asks, Asks) and len(asks) < 20] == []


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.value)
def test_each_role_and_purpose_gets_what_the_table_says(place: Place, role: Role) -> None:
    for reach in Reach:
        place.client.cookies.clear()
        given = {"username": name_of(role, reach), "password": PASSWORD}
        signed = place.client.post(f"{PREFIX}/session", json=given).json()
        headers = {"X-CSRF-Token": signed["csrf_token"]}
        for method, path in TABLE:
            got = asked(place, method, path, headers)
            assert got == outcome(method, path, role, reach), (method, path, role.value, reach.value)


def test_the_table_can_be_printed_whole() -> None:
    lines = table().splitlines()
    assert len(lines) == 3 + len(TABLE) * len(ROLES) * len(Reach) + len(BESIDE)


@dataclass
class Papers:
    """A case with an export that waits, a hold and an order of the camera "mairie"; who works on the case by reach."""

    ids: dict[str, str]
    later: str


@pytest.fixture(scope="module")
def papers(place: Place) -> Papers:
    doors, now = place.town.doors, place.town.clock()
    doors.authorisations.grant(LOCAL_ADMINISTRATOR, replace(authorisation("order-m"), cameras=frozenset({"mairie"})))
    names = {reach: f"case-{reach.value.replace(' ', '-')}" for reach in Reach}
    for name in names.values():
        new = NewUser(username=name, display_name="", role=Role.INVESTIGATOR, password=PASSWORD)
        doors.accounts.add(LOCAL_ADMINISTRATOR, new)
    case = doors.cases.open(INVESTIGATOR, requisition(people=tuple(names.values()))).case
    for reach, name in names.items():
        doors.accounts.set_scopes(LOCAL_ADMINISTRATOR, name, (SCOPES[reach],))
    doors.cases.choose(INVESTIGATOR, case.case_id, add=[place.alert_id])
    export = doors.exports.ask(INVESTIGATOR, case.case_id, blurred=False, why="the access table is tried").export
    new_hold = NewHold(
        reference="2026/118",
        authority="Tribunal judiciaire",
        reason="the access table is tried",
        cameras=("mairie",),
        from_at=now,
        to_at=now,
        ends_at=UtcNs(now + seconds_to_ns(86_400)),
    )
    ids = {
        "case_id": case.case_id,
        "export_id": export.export_id,
        "request_id": export.request_id,
        "hold_id": doors.retention.holds.place(INVESTIGATOR, new_hold).hold.hold_id,
        "authorisation_id": "order-m",
    }
    return Papers(ids=ids, later=iso_utc(UtcNs(now + seconds_to_ns(2 * 86_400))))


WALKED = [
    ("GET", "/cases", "case"),
    ("GET", "/cases/{case_id}", "case"),
    ("GET", "/cases/{case_id}/alerts", "case"),
    ("PUT", "/cases/{case_id}/alerts", "case"),
    ("GET", "/cases/{case_id}/exports", "case"),
    ("POST", "/cases/{case_id}/exports", "case"),
    ("GET", "/exports/{export_id}", "case"),
    ("GET", "/exports/{export_id}/receipt.pdf", "case"),
    ("GET", "/holds", "case"),
    ("POST", "/holds/{hold_id}/extend", "case"),
    ("POST", "/holds/{hold_id}/ask-release", "case"),
    ("GET", "/requests", "supervisor"),
    ("POST", "/requests/{request_id}/refuse", "supervisor"),
    ("POST", "/authorisations/{authorisation_id}/end", "dpo"),
]


@pytest.mark.parametrize("reach", list(reversed(Reach)), ids=lambda reach: reach.value)
def test_cases_holds_requests_and_orders_ask_what_the_table_says(place: Place, papers: Papers, reach: Reach) -> None:
    for method, path, who in WALKED:
        place.client.cookies.clear()
        given = {"username": f"{who}-{reach.value.replace(' ', '-')}", "password": PASSWORD}
        token = place.client.post(f"{PREFIX}/session", json=given).json()["csrf_token"]
        why = {"why": "the access table is tried"}
        body: dict[str, Any] = {**why, "ends_at": papers.later} if path.endswith("/extend") else why
        body = {"add": [place.alert_id]} if method == "PUT" else body
        sent = None if method == "GET" else body
        address = PREFIX + path.format(**papers.ids)
        answer = place.client.request(method, address, json=sent, headers={"X-CSRF-Token": token})
        assert answer.status_code not in (401, 422), answer.text
        asks = BESIDE[(method, path)]
        if asks is Asks.LISTED:
            listed = any(one in answer.text for one in papers.ids.values())
            assert (answer.status_code, listed) == (200, reach is Reach.WITHIN), (path, reach)
            continue
        refusal = {Reach.OTHER_PURPOSE: 403, Reach.OTHER_GROUP: 404}.get(reach)
        assert (answer.status_code if answer.status_code in (403, 404) else None) == refusal, (path, answer.text)
