"""Signing in at a certified provider, a process of its own, through its own pages."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import pytest

from beffroi.govern.rights import LOCAL_ADMINISTRATOR, Scope
from beffroi.testing.town import PASSWORD
from beffroi.vocabulary.time import UtcNs

if TYPE_CHECKING:
    from tests.integration.serve.conftest import ServedTown
    from tests.integration.serve.openid.conftest import MakeHouse, MakeVisit, RealProvider, Visit

CALLBACK = "/api/v1/session/outside/callback"
PAGE = {"accept": "text/html,application/xhtml+xml"}


def journalled(house: ServedTown) -> list[tuple[str, bool, str]]:
    entries = house.town.doors.journal.recent(LOCAL_ADMINISTRATOR, limit=50)
    return [(one.about, one.allowed, one.why) for one in entries if one.act == "sign_in"]


def session_cookie(answer: Any) -> str:
    return next((one for one in answer.headers.get_list("set-cookie") if one.startswith("beffroi_session=")), "")


def test_a_person_signs_in_with_the_role_that_the_claim_gives(house: ServedTown, visit: Visit) -> None:
    offered = visit.web.get(f"{house.base}/api/v1/session/outside").json()
    assert offered == {"offered": True, "label": "Compte de la ville"}
    answer = visit.sign_in("lea")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "HttpOnly" in session_cookie(answer) and "SameSite=strict" in session_cookie(answer)
    said = visit.who().json()
    assert said["user"] == {"username": "lea.martin", "display_name": "Léa Martin", "role": "operator"}
    assert said["step"] == "done" and "decide" in said["rights"]
    assert ("user:lea.martin", True, "") in journalled(house)
    assert visit.sign_in("lea").headers["location"] == "/"  # the second time the account is there already


def test_a_role_nobody_knows_is_refused_with_words(house: ServedTown, visit: Visit) -> None:
    answer = visit.come_back(visit.to_the_callback("sam"))
    assert (answer.status_code, answer.json()["code"]) == (403, "outside_no_role")
    assert "no role" in answer.json()["detail"] and not session_cookie(answer)
    assert visit.who().status_code == 401
    assert ("user:unknown", False, "no_role") in journalled(house)


def test_a_page_is_led_back_to_where_the_words_are(house: ServedTown, visit: Visit) -> None:
    answer = visit.come_back(visit.to_the_callback("sam"), **PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/?outside=outside_no_role")


def test_a_closed_account_stays_closed(house: ServedTown, visit: Visit) -> None:
    visit.sign_in("lea")
    house.town.doors.accounts.disable(LOCAL_ADMINISTRATOR, "lea.martin")
    assert visit.who().status_code == 401
    answer = visit.sign_in("lea")
    assert (answer.json()["code"], session_cookie(answer)) == ("outside_closed", "")


def test_the_name_of_a_local_account_is_not_taken_over(house: ServedTown, visit: Visit) -> None:
    assert visit.sign_in("twin").json()["code"] == "outside_name_taken"
    local = visit.web.post(f"{house.base}/api/v1/session", json={"username": "jeanne", "password": PASSWORD})
    assert local.json()["user"]["display_name"] == "Jeanne"


def test_groups_limit_the_cameras_and_a_star_opens_none(
    make_house: MakeHouse, provider: RealProvider, make_visit: MakeVisit
) -> None:
    house = make_house(provider.issuer, groups_claim="groups")
    provider.serve(f"{house.base}{CALLBACK}")
    visit = make_visit(house)
    assert visit.sign_in("lea").headers["location"] == "/"
    users = {one.username: one for one in house.town.doors.accounts.users(LOCAL_ADMINISTRATOR)}
    assert users["lea.martin"].scopes == (Scope(groups=frozenset({"quays"})),)
    assert visit.web.get(f"{house.base}/api/v1/cameras").json() == []  # the town's cameras are in no group


def test_an_answer_is_good_once(house: ServedTown, visit: Visit) -> None:
    there = visit.to_the_callback("lea")
    sealed = {"Cookie": f"beffroi_outside={visit.web.cookies['beffroi_outside']}"}
    assert visit.come_back(there).headers["location"] == "/"
    assert visit.come_back(there).json()["code"] == "outside_state"  # its cookie is gone
    replayed = visit.come_back(there, **sealed)  # and even with a copy of it
    assert (replayed.json()["code"], session_cookie(replayed)) == ("outside_state", "")


def test_a_code_from_before_does_not_serve_a_new_sign_in(house: ServedTown, visit: Visit) -> None:
    used = visit.to_the_callback("lea")
    visit.come_back(used)
    code = re.search(r"code=([^&]+)", used)
    state = re.search(r"state=([^&]+)", visit.start().headers["location"])
    assert code and state
    iss = house.app.state.outside.provider.settings.issuer
    answer = visit.come_back(f"{house.base}{CALLBACK}?code={code[1]}&state={state[1]}&iss={iss}")
    assert (answer.json()["code"], session_cookie(answer)) == ("outside_denied", "")


@pytest.mark.parametrize("forged", ["", "x", "é" * 40, "A" * 43])
def test_a_forged_state_is_refused(house: ServedTown, visit: Visit, forged: str) -> None:
    there = visit.to_the_callback("lea")
    answer = visit.come_back(re.sub(r"state=[^&]+", f"state={forged}", there))
    assert (answer.status_code, answer.json()["code"]) == (403, "outside_state")
    assert not session_cookie(answer)


def test_the_answer_of_another_browser_is_refused(house: ServedTown, visit: Visit, make_visit: MakeVisit) -> None:
    victim = make_visit(house)
    victim.start()
    answer = victim.come_back(visit.to_the_callback("lea"))
    assert (answer.json()["code"], session_cookie(answer)) == ("outside_state", "")
    assert make_visit(house).come_back(visit.to_the_callback("lea")).json()["code"] == "outside_state"


def test_an_answer_after_ten_minutes_is_too_late(house: ServedTown, visit: Visit) -> None:
    there = visit.to_the_callback("lea")
    house.town.clock.advance(601)
    assert visit.come_back(there).json()["code"] == "outside_state"


def test_the_session_that_was_there_before_ends(house: ServedTown, visit: Visit) -> None:
    visit.web.post(f"{house.base}/api/v1/session", json={"username": "jeanne", "password": PASSWORD})
    before = {"Cookie": f"beffroi_session={visit.web.cookies['beffroi_session']}"}
    visit.sign_in("lea")
    assert visit.who().json()["user"]["username"] == "lea.martin"
    visit.web.cookies.clear()
    assert visit.web.get(f"{house.base}/api/v1/session", headers=before).status_code == 401


def test_a_provider_that_is_down_is_named_in_seconds_and_local_accounts_go_on(
    house: ServedTown, visit: Visit, provider: RealProvider
) -> None:
    there = visit.to_the_callback("lea")
    provider.stop()
    begun = time.monotonic()
    answer = visit.come_back(there)  # down between the sign-in there and the exchange here
    assert (answer.status_code, answer.json()["code"]) == (503, "oidc_unavailable")
    assert time.monotonic() - begun < 4
    local = visit.web.post(f"{house.base}/api/v1/session", json={"username": "jeanne", "password": PASSWORD})
    assert local.status_code == 200
    provider.come_back()
    assert visit.sign_in("lea").headers["location"] == "/"


def test_a_provider_that_comes_up_later_is_found(
    make_house: MakeHouse, provider: RealProvider, make_visit: MakeVisit
) -> None:
    house = make_house(provider.issuer)
    provider.serve(f"{house.base}{CALLBACK}")
    provider.stop()
    visit = make_visit(house)
    begun = time.monotonic()
    answer = visit.start()
    assert (answer.status_code, answer.json()["code"]) == (503, "oidc_unavailable")
    assert time.monotonic() - begun < 4
    assert visit.start(**PAGE).headers["location"] == "/?outside=oidc_unavailable"
    provider.come_back()
    until = time.monotonic() + 15
    while visit.start().status_code != 303:  # left alone for two seconds after a failure
        assert time.monotonic() < until
        time.sleep(0.2)
    house.town.clock.now = UtcNs(time.time_ns())
    assert visit.sign_in("lea").headers["location"] == "/"


def test_a_wrong_secret_is_named_as_such(make_house: MakeHouse, provider: RealProvider, make_visit: MakeVisit) -> None:
    house = make_house(provider.issuer, client_secret="another")
    provider.serve(f"{house.base}{CALLBACK}")
    answer = make_visit(house).sign_in("lea")
    assert (answer.status_code, answer.json()["code"]) == (503, "oidc_misconfigured")


def test_without_a_provider_nothing_is_offered(served: ServedTown, make_visit: MakeVisit) -> None:
    visit = make_visit(served)
    assert visit.web.get(f"{served.base}/api/v1/session/outside").json() == {"offered": False, "label": ""}
    assert visit.start().status_code == 404
    assert visit.come_back(f"{served.base}{CALLBACK}?state=a&code=b").status_code == 404
