"""Sessions that are replayed, planted or forged, over real HTTP: none opens anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pyotp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beffroi.testing.town import PASSWORD

Make = Callable[..., Any]
COOKIE = "beffroi_session"
COOKIE_LETTERS = st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters='";,\\')
"""RFC 6265, section 4.1.1: what a cookie's value may be made of."""


def with_cookie(served: Any, token: str, method: str = "GET", path: str = "/session", **more: Any) -> httpx.Response:
    client: httpx.Client = served.anonymous()
    with client:
        return client.request(method, path, headers={"Cookie": f"{COOKIE}={token}", **more.pop("headers", {})}, **more)


def test_a_changed_password_ends_every_token_there_was(make_served: Make) -> None:
    served = make_served()
    here, elsewhere = served.sign_in("malik"), served.sign_in("malik")
    old, other = here.cookies[COOKIE], elsewhere.cookies[COOKIE]
    csrf = here.headers["X-CSRF-Token"]
    body = {"former": PASSWORD, "password": PASSWORD + " encore une fois"}
    answer = here.put("/account/password", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.cookies[COOKIE] not in (old, other)
    assert here.get("/session").status_code == 200
    for token in (old, other):
        assert with_cookie(served, token).status_code == 401
        assert with_cookie(served, token, "DELETE", headers={"X-CSRF-Token": csrf}).status_code == 401


def test_a_token_planted_before_signing_in_is_never_adopted(make_served: Make) -> None:
    served = make_served()
    planted = "p" * 43
    person = {"username": "jeanne", "password": PASSWORD}
    answer = with_cookie(served, planted, "POST", json=person)
    assert answer.status_code == 200
    assert answer.cookies[COOKIE] != planted
    assert with_cookie(served, planted).status_code == 401


def test_the_token_of_the_first_step_opens_nothing_and_ends_with_the_second(make_served: Make) -> None:
    served = make_served()
    client = served.sign_in("malik")
    secret = client.post("/account/second-factor").json()["secret"]
    code = pyotp.TOTP(secret).at(served.town.clock() // 1_000_000_000)
    done = client.post("/account/second-factor/confirm", json={"code": code})
    assert done.status_code == 200, done.text
    spare = done.json()["recovery_codes"][0]
    first = served.anonymous().post("/session", json={"username": "malik", "password": PASSWORD})
    halfway = first.cookies[COOKIE]
    assert first.json()["step"] == "code"
    for path in ("/session", "/queue", "/cameras", "/account", "/requests"):
        assert with_cookie(served, halfway, path=path).status_code == 401, path
    second = with_cookie(served, halfway, "POST", "/session/code", json={"code": spare})
    assert second.status_code == 200, second.text
    assert second.cookies[COOKIE] != halfway
    assert with_cookie(served, halfway).status_code == 401
    assert with_cookie(served, halfway, "POST", "/session/code", json={"code": spare}).status_code == 401
    assert with_cookie(served, second.cookies[COOKIE]).status_code == 200


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(token=st.text(COOKIE_LETTERS, max_size=300))
def test_no_invented_cookie_opens_anything_or_breaks_the_server(served: Any, token: str) -> None:
    answer = with_cookie(served, token)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
    assert not token or len(token) < 8 or token not in answer.text


def test_a_real_cookie_with_one_letter_changed_opens_nothing(served: Any) -> None:
    token = served.sign_in("malik").cookies[COOKIE]
    for place in range(0, len(token), 3):
        forged = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert with_cookie(served, forged).status_code == 401, place
    assert with_cookie(served, token).status_code == 200
