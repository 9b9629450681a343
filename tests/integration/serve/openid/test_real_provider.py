"""Signing in at a certified provider, a process of its own, through its own pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.integration.serve.conftest import ServedTown
    from tests.integration.serve.openid.conftest import Visit


def test_a_person_signs_in_with_the_role_that_the_claim_gives(house: ServedTown, visit: Visit) -> None:
    assert visit.web.get(f"{house.base}/api/v1/session/outside").json() == {
        "offered": True,
        "label": "Compte de la ville",
    }
    answer = visit.sign_in("lea")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith("beffroi_session="))
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie
    said = visit.who().json()
    assert said["user"] == {"username": "lea.martin", "display_name": "Léa Martin", "role": "operator"}
    assert said["step"] == "done" and "decide" in said["rights"]
