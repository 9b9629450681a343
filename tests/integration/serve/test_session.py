"""Signing in over real HTTP: cookies, CSRF, origin, lock-out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from beffroi.serve import application, seats
from beffroi.testing.town import PASSWORD

Make = Callable[..., Any]


def test_sign_in_sets_a_cookie_that_scripts_cannot_read(served: Any) -> None:
    answer = served.anonymous().post("/session", json={"username": "jeanne", "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    assert answer.status_code == 200
    assert answer.json()["user"] == {"username": "jeanne", "display_name": "Jeanne", "role": "operator"}
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Secure" not in cookie, "over plain http on loopback a Secure cookie would never come back"
    assert answer.headers["cache-control"] == "no-store"


def test_cookie_is_secure_behind_a_tls_proxy(served: Any) -> None:
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}
    answer = served.anonymous().post("/session", json={"username": "jeanne", "password": PASSWORD}, headers=headers)
    assert "Secure" in answer.headers["set-cookie"]
    assert answer.headers["strict-transport-security"].startswith("max-age=")


def test_who_is_signed_in_and_sign_out(served: Any) -> None:
    client = served.sign_in("malik")
    assert client.get("/session").json()["user"]["username"] == "malik"
    token = client.cookies["beffroi_session"]
    assert client.delete("/session").status_code == 204
    client.cookies.set("beffroi_session", token)
    answer = client.get("/session")
    assert answer.status_code == 401, "the session is over on the server, not only in the browser"
    assert answer.json()["code"] == "not_signed_in"


def test_unsafe_methods_need_the_csrf_token(served: Any) -> None:
    client = served.sign_in("jeanne")
    client.headers["X-CSRF-Token"] = "0" * 64
    answer = client.delete("/session")
    assert (answer.status_code, answer.json()["code"]) == (403, "bad_csrf")
    assert client.get("/session").status_code == 200


def test_another_site_cannot_sign_anybody_in(served: Any) -> None:
    given = {"username": "jeanne", "password": PASSWORD}
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = served.anonymous().post("/session", json=given, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "other_origin"), headers
    own = served.anonymous().post("/session", json=given, headers={"Origin": served.base})
    assert own.status_code == 200


def test_wrong_passwords_lock_an_account_and_a_stranger_alike(make_served: Make) -> None:
    served = make_served()
    for username in ("jeanne", "nobody"):
        client = served.anonymous()
        codes = [
            client.post("/session", json={"username": username, "password": "wrong password"}).json()["code"]
            for _ in range(6)
        ]
        assert codes == ["bad_credentials"] * 5 + ["locked_out"]
        answer = client.post("/session", json={"username": username, "password": PASSWORD})
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) >= 1


def test_a_wrong_request_is_not_repeated_in_its_answer(served: Any) -> None:
    answer = served.anonymous().post("/session", json={"username": "jeanne", "pasword": "my secret"})
    assert answer.status_code == 422
    assert "my secret" not in answer.text
    assert {fault["where"] for fault in answer.json()["errors"]} == {"body.password", "body.pasword"}


def test_bodies_are_bounded_chunked_ones_too(make_served: Make) -> None:
    served = make_served(max_body_bytes=2048)
    big = b'{"username": "' + b"a" * 4096 + b'"}'
    plain = served.anonymous().post("/session", content=big)
    chunked = served.anonymous().post("/session", content=iter([big[:1000], big[1000:]]))
    assert [plain.status_code, chunked.status_code] == [413, 413]
    assert plain.json()["code"] == "too_large"


def test_https_only_house_refuses_plain_http(make_served: Make) -> None:
    served = make_served(cookie_always_secure=True)
    plain = served.anonymous().get("/health")
    assert (plain.status_code, plain.json()["code"]) == (403, "https_only")
    assert served.anonymous().get("/health", headers={"X-Forwarded-Proto": "https"}).status_code != 403


def test_every_answer_carries_the_protective_headers(served: Any) -> None:
    for path in ("/health", "/nothing-here", "/session"):
        headers = served.anonymous().get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert len(headers["x-request-id"]) == 16


def test_pages_of_an_unbuilt_web_say_how_to_build_them(make_served: Make, tmp_path: Any) -> None:
    served = make_served(static_dir=tmp_path / "static")
    answer = httpx.get(served.base, trust_env=False)
    assert answer.status_code == 503
    assert "make web" in answer.text


def test_pages_are_cached_by_kind_and_unknown_addresses_are_the_page(make_served: Make, tmp_path: Any) -> None:
    static = tmp_path / "static"
    (static / "assets").mkdir(parents=True)
    (static / "index.html").write_text("<!doctype html><title>Beffroi</title>")
    (static / "assets" / "app-1a2b.js").write_text("export {}")
    (tmp_path / "secret.txt").write_text("secret")
    served = make_served(static_dir=static)
    with httpx.Client(base_url=served.base, trust_env=False) as client:
        assert client.get("/").headers["cache-control"] == "no-cache"
        assert client.get("/alertes/al_1").text.startswith("<!doctype html>")
        assert "immutable" in client.get("/assets/app-1a2b.js").headers["cache-control"]
        assert client.get("/assets/gone.js").status_code == 404
        assert client.get("/%2e%2e/secret.txt").status_code == 404
        assert client.get("/api/v1/nothing").json()["code"] == "not_found"


def test_a_flood_of_sign_ins_is_turned_away_and_the_rest_goes_on(
    make_served: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seats, "SEAT_WITHIN_S", 0.2)
    monkeypatch.setattr(application, "SEATS", 0)  # as if all seats were taken by others
    served = make_served()
    answer = served.anonymous().post("/session", json={"username": "malik", "password": PASSWORD})
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "busy", "2")
    assert served.anonymous().get("/session").status_code == 401, "everything else is answered"
