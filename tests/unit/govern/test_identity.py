"""Second factor, own password, administration of accounts, people of an outside provider."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyotp
import pytest

from beffroi.govern.accounts import (
    BadCodeError,
    BadCredentialsError,
    LockedOutError,
    NotSignedInError,
    OutsideRefusedError,
    SecondFactorMissingError,
    SignedIn,
    Step,
)
from beffroi.govern.identity.outside import OutsidePerson
from beffroi.govern.identity.second_factor import RECOVERY_CODES
from beffroi.govern.identity.sessions import Visitor
from beffroi.govern.rights import EVERYWHERE, LOCAL_ADMINISTRATOR, Actor, Role, Scope
from beffroi.govern.settings import GovernanceSettings
from beffroi.testing.town import PASSWORD, Town
from beffroi.vocabulary.errors import ConflictError, InvalidInputError, NotAuthorisedError, NotFoundError

QUAYS = Scope(groups=frozenset({"quays"}))
OTHER = "une autre phrase bien longue"


def code_of(town: Town, secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(town.clock.now // 1_000_000_000 + 30 * steps)


def enrolled(town: Town, username: str = "jeanne") -> tuple[str, tuple[str, ...]]:
    """Give an account a second factor: its secret and recovery codes. The code is used up; time goes on."""
    token = town.doors.sessions.sign_in(username, PASSWORD).token
    secret = town.doors.own.begin_enrolment(token).secret
    done = town.doors.own.confirm_enrolment(token, code_of(town, secret))
    town.clock.advance(60)
    return secret, done.recovery_codes


def first_step(town: Town, username: str = "jeanne") -> SignedIn:
    signed = town.doors.sessions.sign_in(username, PASSWORD)
    assert signed.session.step is Step.CODE
    return signed


def test_a_password_alone_opens_nothing_once_there_is_a_factor(town: Town) -> None:
    secret, _ = enrolled(town)
    half = first_step(town)
    for door in (town.doors.sessions.session, town.doors.sessions.own, town.doors.sessions.rotate):
        with pytest.raises(NotSignedInError):
            door(half.token)
    whole = town.doors.sessions.give_code(half.token, code_of(town, secret))
    assert whole.token != half.token, "the token changes with the privilege"
    assert town.doors.sessions.session(whole.token).user.username == "jeanne"
    with pytest.raises(NotSignedInError):
        town.doors.sessions.give_code(half.token, code_of(town, secret, 1))


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_clock_may_be_one_step_off(town: Town, steps: int) -> None:
    secret, _ = enrolled(town)
    town.clock.advance(120)
    whole = town.doors.sessions.give_code(first_step(town).token, code_of(town, secret, steps))
    assert town.doors.sessions.session(whole.token).user.username == "jeanne"


@pytest.mark.parametrize("steps", [-3, -2, 2, 3])
def test_a_clock_may_not_be_further_off(town: Town, steps: int) -> None:
    secret, _ = enrolled(town)
    town.clock.advance(120)
    with pytest.raises(BadCodeError):
        town.doors.sessions.give_code(first_step(town).token, code_of(town, secret, steps))


def test_a_code_serves_once(town: Town) -> None:
    secret, recovery = enrolled(town)
    assert len(set(recovery)) == RECOVERY_CODES
    for code in (code_of(town, secret), recovery[0]):
        town.doors.sessions.give_code(first_step(town).token, code)
        with pytest.raises(BadCodeError):
            town.doors.sessions.give_code(first_step(town).token, code)
    session = town.doors.sessions.give_code(first_step(town).token, recovery[1].lower().replace("-", " ")).session
    assert town.doors.own.factor(session).recovery_left == RECOVERY_CODES - 2


def test_wrong_codes_lock_the_account_whatever_passwords_come_between(town: Town) -> None:
    enrolled(town)
    with pytest.raises(LockedOutError):
        for _ in range(20):
            half = first_step(town)
            with pytest.raises(BadCodeError):
                town.doors.sessions.give_code(half.token, "000000")


def test_the_first_step_lasts_five_minutes(town: Town) -> None:
    secret, _ = enrolled(town)
    half = first_step(town)
    town.clock.advance(301)
    with pytest.raises(NotSignedInError):
        town.doors.sessions.give_code(half.token, code_of(town, secret))


def test_a_role_that_needs_a_factor_reaches_nothing_before(tmp_path: Path) -> None:
    settings = GovernanceSettings(
        argon2_time_cost=1, argon2_memory_kib=8, argon2_lanes=1, second_factor_roles=frozenset({"administrator"})
    )
    town = Town(tmp_path, settings=settings)
    town.settle()
    signed = town.doors.sessions.sign_in("ines", PASSWORD)
    assert signed.session.step is Step.ENROL
    with pytest.raises(SecondFactorMissingError):
        town.doors.sessions.session(signed.token)
    secret = town.doors.own.begin_enrolment(signed.token).secret
    done = town.doors.own.confirm_enrolment(signed.token, code_of(town, secret))
    assert town.doors.sessions.session(done.signed.token).step is Step.DONE
    town.clock.advance(60)
    with pytest.raises(ConflictError, match="needs a second factor"):
        town.doors.own.drop_factor(done.signed.token, code_of(town, secret))
    town.doors.close()


def test_another_password_ends_the_other_sessions_and_the_former_token(town: Town) -> None:
    here, there = (town.doors.sessions.sign_in("jeanne", PASSWORD).token for _ in range(2))
    with pytest.raises(BadCredentialsError):
        town.doors.own.set_password(here, "wrong", OTHER)
    with pytest.raises(InvalidInputError):
        town.doors.own.set_password(here, PASSWORD, "short")
    now = town.doors.own.set_password(here, PASSWORD, OTHER)
    for gone in (here, there):
        with pytest.raises(NotSignedInError):
            town.doors.sessions.session(gone)
    assert town.doors.sessions.session(now.token).user.username == "jeanne"
    with pytest.raises(BadCredentialsError):
        town.doors.sessions.sign_in("jeanne", PASSWORD)


def test_people_see_and_end_their_own_sessions_only(town: Town) -> None:
    at = Visitor(client="10.0.0.7", agent="Firefox")
    mine = town.doors.sessions.session(town.doors.sessions.sign_in("jeanne", PASSWORD, visitor=at).token)
    other = town.doors.sessions.session(town.doors.sessions.sign_in("malik", PASSWORD).token)
    (shown,) = town.doors.sessions.of(mine)
    assert (shown.client, shown.agent, shown.here) == ("10.0.0.7", "Firefox", True)
    with pytest.raises(NotFoundError):
        town.doors.sessions.end(other, shown.session_id)
    town.doors.sessions.end(mine, shown.session_id)
    assert town.doors.sessions.of(mine) == []


def test_the_last_open_administrator_stays(town: Town) -> None:
    accounts = town.doors.accounts
    for act in (
        lambda: accounts.disable(LOCAL_ADMINISTRATOR, "ines"),
        lambda: accounts.set_role(LOCAL_ADMINISTRATOR, "ines", Role.AUDITOR),
    ):
        with pytest.raises(ConflictError, match="last open administrator"):
            act()
    accounts.set_role(LOCAL_ADMINISTRATOR, "malik", Role.ADMINISTRATOR)
    accounts.disable(LOCAL_ADMINISTRATOR, "ines")
    accounts.disable(LOCAL_ADMINISTRATOR, "ines", enabled=True)


def test_nobody_gives_or_touches_more_than_they_have(town: Town) -> None:
    limited = Actor(name="zoe", role=Role.ADMINISTRATOR, scopes=(QUAYS,))
    accounts = town.doors.accounts
    with pytest.raises(NotAuthorisedError):
        accounts.set_password(limited, "jeanne", OTHER)  # jeanne reaches everything: zoe would become her
    accounts.set_scopes(LOCAL_ADMINISTRATOR, "jeanne", (QUAYS,))
    accounts.set_password(limited, "jeanne", OTHER)
    with pytest.raises(NotAuthorisedError, match="further"):
        accounts.set_scopes(limited, "jeanne", EVERYWHERE)
    ines = Actor(name="ines", role=Role.ADMINISTRATOR)
    with pytest.raises(ConflictError, match="own role"):
        accounts.set_role(ines, "ines", Role.OPERATOR)


def test_new_rights_end_the_sessions_that_had_the_former_ones(town: Town) -> None:
    for act in (
        lambda: town.doors.accounts.set_role(LOCAL_ADMINISTRATOR, "jeanne", Role.AUDITOR),
        lambda: town.doors.accounts.set_scopes(LOCAL_ADMINISTRATOR, "jeanne", ()),
        lambda: town.doors.accounts.end_sessions(LOCAL_ADMINISTRATOR, "jeanne"),
    ):
        token = town.doors.sessions.sign_in("jeanne", PASSWORD).token
        act()
        with pytest.raises(NotSignedInError):
            town.doors.sessions.session(token)


def test_a_lost_telephone_is_reset_by_an_administrator_and_said_in_the_journal(town: Town) -> None:
    enrolled(town)
    town.doors.accounts.reset_second_factor(LOCAL_ADMINISTRATOR, "jeanne")
    assert town.doors.sessions.sign_in("jeanne", PASSWORD).session.step is Step.DONE
    acts = [entry.act for entry in town.doors.journal.recent(LOCAL_ADMINISTRATOR)]
    assert "reset_second_factor" in acts
    assert "enrol_second_factor" in acts


SAFETY, LOCAL = Scope(purposes=frozenset({"safety"})), frozenset({"centre"})


def outsider(role: Role = Role.OPERATOR, groups: frozenset[str] | None = None) -> OutsidePerson:
    return OutsidePerson(
        issuer="https://id.example", subject="s-9", username="claire", display_name="Claire", role=role, groups=groups
    )


def test_without_a_say_of_the_provider_scopes_stay_as_they_were_set_here(town: Town) -> None:
    enter, accounts = town.doors.outside.enter, town.doors.accounts
    assert enter(outsider(), visitor=Visitor()).session.actor.scopes == (Scope(),)
    for narrowed in ((SAFETY,), (QUAYS,), ()):
        accounts.set_scopes(LOCAL_ADMINISTRATOR, "claire", narrowed)
        assert enter(outsider(Role.SUPERVISOR), visitor=Visitor()).session.actor.scopes == narrowed


def test_with_a_groups_claim_purposes_stay_and_changed_scopes_are_journalled(town: Town) -> None:
    enter, accounts = town.doors.outside.enter, town.doors.accounts
    enter(outsider(groups=LOCAL), visitor=Visitor())
    accounts.set_scopes(LOCAL_ADMINISTRATOR, "claire", (replace(SAFETY, groups=LOCAL),))

    def scopes(*groups: str) -> tuple[Scope, ...]:
        return enter(outsider(groups=frozenset(groups)), visitor=Visitor()).session.actor.scopes

    assert scopes("centre") == (replace(SAFETY, groups=LOCAL),)
    both = frozenset({"centre", "quays"})
    assert scopes(*both) == (replace(SAFETY, groups=both),)
    changed = [one for one in town.doors.journal.recent(LOCAL_ADMINISTRATOR) if one.act == "set_scopes"]
    assert changed[0].detail == {"provider": "https://id.example", "scopes": "centre+quays for safety"}
    assert not any(one.holds(both, None) for one in scopes())
    assert scopes("quays") == (replace(SAFETY, groups=frozenset({"quays"})),)  # purposes are remembered meanwhile
    twofold = (replace(SAFETY, groups=LOCAL), Scope(groups=frozenset({"quays"}), purposes=frozenset({"traffic"})))
    accounts.set_scopes(LOCAL_ADMINISTRATOR, "claire", twofold)
    assert scopes("centre", "quays", "port") == twofold  # the new one has no purpose in common with both
    accounts.set_scopes(LOCAL_ADMINISTRATOR, "claire", ())
    assert scopes("quays") == ()


def test_the_last_open_administrator_is_not_demoted_by_a_provider(town: Town) -> None:
    enter, accounts = town.doors.outside.enter, town.doors.accounts
    enter(outsider(Role.ADMINISTRATOR), visitor=Visitor())
    accounts.disable(LOCAL_ADMINISTRATOR, "ines")
    with pytest.raises(OutsideRefusedError, match="last_administrator"):
        enter(outsider(Role.OPERATOR), visitor=Visitor())
    assert {one.username: one.role for one in accounts.users(LOCAL_ADMINISTRATOR)}["claire"] is Role.ADMINISTRATOR
    accounts.disable(LOCAL_ADMINISTRATOR, "ines", enabled=True)
    assert enter(outsider(Role.OPERATOR), visitor=Visitor()).session.actor.role is Role.OPERATOR


def test_an_outside_person_gets_what_the_provider_says_now(town: Town) -> None:
    def person(role: Role | None, subject: str = "s-1", username: str = "claire") -> OutsidePerson:
        return OutsidePerson(
            issuer="https://id.example",
            subject=subject,
            username=username,
            display_name="Claire",
            role=role,
            groups=QUAYS.groups,
        )

    enter, at = town.doors.outside.enter, Visitor()
    first = enter(person(Role.OPERATOR), visitor=at)
    assert (first.session.actor.role, first.session.actor.scopes) == (Role.OPERATOR, (QUAYS,))
    second = enter(person(Role.SUPERVISOR), visitor=at)
    assert town.doors.sessions.session(second.token).actor.role is Role.SUPERVISOR
    with pytest.raises(NotSignedInError):
        town.doors.sessions.session(first.token)
    with pytest.raises(BadCredentialsError):
        town.doors.sessions.sign_in("claire", "")
    for refused, why in (
        (person(None), "no_role"),
        (person(Role.OPERATOR, "s-2", "jeanne"), "name_taken"),
        (person(Role.OPERATOR, "s-3", "../x"), "bad_name"),
    ):
        with pytest.raises(OutsideRefusedError, match=why):
            enter(refused, visitor=at)
    town.doors.accounts.disable(LOCAL_ADMINISTRATOR, "claire")
    with pytest.raises(OutsideRefusedError, match="closed"):
        enter(person(Role.SUPERVISOR), visitor=at)
