"""A provider that lies, hangs or is half broken: nobody is let in, in seconds, with a name for it; nothing is a 500."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beffroi.govern.rights import LOCAL_ADMINISTRATOR, Role
from beffroi.serve.openid.settings import OpenIdSettings
from beffroi.testing.town import PASSWORD
from beffroi.vocabulary.time import UtcNs

if TYPE_CHECKING:
    from tests.integration.serve.conftest import ServedTown
    from tests.integration.serve.openid.conftest import MakeHouse

START, CALLBACK = "/api/v1/session/outside/start", "/api/v1/session/outside/callback"


def begin(web: httpx.Client, house: ServedTown) -> dict[str, str]:
    """What the house sends along to the provider."""
    answer = web.get(f"{house.base}{START}")
    assert answer.status_code == 303, answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def come_back(house: ServedTown, lie: str, **more: str) -> tuple[httpx.Response, httpx.Client]:
    web = httpx.Client(timeout=20, trust_env=False)
    sent = begin(web, house)
    answer = web.get(
        f"{house.base}{CALLBACK}", params={"state": sent["state"], "code": f"{lie}~{sent['nonce']}", **more}
    )
    return answer, web


@pytest.fixture(scope="module")
def house(lying: str, make_lasting: Callable[..., ServedTown]) -> ServedTown:
    """One house for all lies; its clock tells the time that the provider's does."""
    made = make_lasting(openid=settings_for(f"{lying}/good"))
    made.town.clock.now = UtcNs(time.time_ns())
    return made


def settings_for(issuer: str) -> OpenIdSettings:
    return OpenIdSettings(
        issuer=issuer,
        client_id="beffroi",
        client_secret="with / odd % signs + more",
        roles={"cctv": Role.OPERATOR},
        timeout_s=1.0,
    )


@pytest.mark.parametrize("truth", ["honest", "elliptic", "later"])
def test_the_same_provider_is_believed_when_it_tells_the_truth(house: ServedTown, truth: str) -> None:
    answer, web = come_back(house, truth)
    assert (answer.status_code, answer.headers["location"]) == (303, "/"), answer.text
    assert web.get(f"{house.base}/api/v1/session").json()["user"]["username"] == "somebody"


LIES = (
    "wrong_nonce",
    "no_nonce",
    "wrong_audience",
    "more_audiences",
    "other_party",
    "wrong_issuer",
    "expired",
    "no_expiry",
    "of_tomorrow",
    "no_subject",
    "number_as_subject",
    "empty_subject",
    "alg_none",
    "no_kid_alg_none",
    "hs256_public_key",
    "hs256_client_secret",
    "rs512",
    "foreign_key",
    "unknown_key",
    "cut",
    "changed",
    "garbage",
    "binary",
    "list_as_payload",
    "empty",
    "no_token",
    "other_person",
)


@pytest.mark.parametrize("lie", LIES)
def test_a_token_that_is_wrong_lets_nobody_in_and_is_journalled(house: ServedTown, lie: str) -> None:
    before = len(refusals(house))
    answer, web = come_back(house, lie)
    assert (answer.status_code, answer.json()["code"]) == (403, "outside_token"), answer.text
    assert "beffroi_session" not in web.cookies
    assert web.get(f"{house.base}/api/v1/session").status_code == 401
    assert len(refusals(house)) == before + 1


def refusals(house: ServedTown) -> list[Any]:
    entries = house.town.doors.journal.recent(LOCAL_ADMINISTRATOR, limit=300)
    return [one for one in entries if one.act == "sign_in" and not one.allowed and one.why == "outside_token"]


@pytest.mark.parametrize(
    ("lie", "status", "code"),
    [
        ("status_500", 503, "oidc_unavailable"),
        ("not_json", 503, "oidc_unavailable"),
        ("hang", 503, "oidc_unavailable"),
        ("bad_client", 503, "oidc_misconfigured"),
        ("bad_code", 403, "outside_denied"),
    ],
)
def test_a_failing_exchange_is_named_in_time(house: ServedTown, lie: str, status: int, code: str) -> None:
    begun = time.monotonic()
    answer, web = come_back(house, lie)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert time.monotonic() - begun < 3
    assert "beffroi_session" not in web.cookies


def test_an_answer_that_names_another_issuer_is_refused(house: ServedTown) -> None:
    answer, _ = come_back(house, "honest", iss="https://another.example")
    assert answer.json()["code"] == "outside_token"


def test_a_promised_issuer_must_come(lying: str, make_house: MakeHouse) -> None:
    house = make_house(f"{lying}/promising")
    assert come_back(house, "honest")[0].json()["code"] == "outside_token"
    assert come_back(house, "honest", iss=f"{lying}/promising")[0].headers["location"] == "/"


def test_without_keys_nothing_is_believed(lying: str, make_house: MakeHouse) -> None:
    assert come_back(make_house(f"{lying}/nokeys"), "honest")[0].json()["code"] == "oidc_unavailable"


@pytest.mark.parametrize(
    "variant", ["otherissuer", "readable", "nothing", "notjson", "deep", "huge", "moved", "broken", "hang"]
)
def test_a_discovery_document_that_is_wrong_is_named_in_seconds(
    lying: str, make_house: MakeHouse, variant: str
) -> None:
    house = make_house(f"{lying}/{variant}", timeout_s=0.5)
    with httpx.Client(timeout=20, trust_env=False) as web:
        begun = time.monotonic()
        answer = web.get(f"{house.base}{START}")
        assert (answer.status_code, answer.json()["code"]) == (503, "oidc_unavailable")
        assert time.monotonic() - begun < 2
        page = web.get(f"{house.base}{START}", headers={"Accept": "text/html,*/*"})
        assert (page.status_code, page.headers["location"]) == (303, "/?outside=oidc_unavailable")
        local = web.post(f"{house.base}/api/v1/session", json={"username": "jeanne", "password": PASSWORD})
        assert local.status_code == 200


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    query=st.lists(
        st.tuples(
            st.sampled_from(["state", "code", "error", "iss", "session_state"]),
            st.one_of(st.text(max_size=60), st.just("x" * 5000), st.sampled_from(["mine", "honest~", "\u0000", "%00"])),
        ),
        max_size=6,
    ),
    cookie=st.sampled_from(["none", "own", "forged"]),
)
def test_whatever_comes_back_is_never_a_failure_of_the_house(
    house: ServedTown, query: list[tuple[str, str]], cookie: str
) -> None:
    with httpx.Client(timeout=20, trust_env=False) as web:
        state = begin(web, house)["state"] if cookie == "own" else ""
        if cookie == "forged":
            web.cookies.set("beffroi_outside", "gAAAAABforged", path="/api/v1/session/outside")
        told = [(name, state if value == "mine" else value) for name, value in query]
        answer = web.get(f"{house.base}{CALLBACK}", params=tuple(told))
        assert answer.status_code in (403, 503), answer.text
        assert answer.json()["code"] in ("outside_state", "outside_denied", "outside_token", "oidc_unavailable")
        assert "beffroi_session" not in web.cookies
