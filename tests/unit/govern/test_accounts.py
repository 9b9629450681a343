"""Accounts: argon2, lock-out, sessions, CSRF."""

from __future__ import annotations

import resource
import sqlite3
import threading

import pytest

from beffroi.govern.accounts import BadCredentialsError, LockedOutError, NewUser, NotSignedInError
from beffroi.govern.identity.sessions import Visitor
from beffroi.govern.rights import LOCAL_ADMINISTRATOR, Role
from beffroi.testing.town import ADMINISTRATOR, OPERATOR, PASSWORD, SUPERVISOR, Town
from beffroi.vocabulary.errors import ConflictError, InvalidInputError, NotAuthorisedError, NotFoundError, StorageError


def rows(town: Town, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(town.folder / "beffroi.db") as connection:
        return connection.execute(query).fetchall()


def test_signing_in_gives_a_session_with_role_and_csrf(town: Town) -> None:
    signed = town.doors.sessions.sign_in("Jeanne ", PASSWORD, visitor=Visitor(client="10.0.0.7"))
    session = town.doors.sessions.session(signed.token)
    assert session.actor == OPERATOR
    assert session.user.display_name == "Jeanne"
    assert session.csrf_token == signed.session.csrf_token
    town.doors.sessions.check_csrf(session, session.csrf_token)
    for wrong in ("", session.csrf_token[:-1], session.csrf_token + "0", "é" * 64):
        with pytest.raises(NotAuthorisedError):
            town.doors.sessions.check_csrf(session, wrong)


def test_neither_token_nor_password_is_kept_or_shown(town: Town) -> None:
    signed = town.doors.sessions.sign_in("jeanne", PASSWORD)
    town.doors.close()
    content = (town.folder / "beffroi.db").read_bytes()
    assert b"$argon2id$" in content
    assert PASSWORD.encode() not in content
    assert signed.token.encode() not in content
    assert signed.token not in repr(signed)
    assert signed.session.csrf_token not in repr(signed)


@pytest.mark.parametrize(
    ("username", "password"), [("jeanne", "wrong"), ("nobody", PASSWORD), ("", ""), ("jeanne", "")]
)
def test_wrong_credentials_say_one_thing_only(town: Town, username: str, password: str) -> None:
    with pytest.raises(BadCredentialsError, match=r"^wrong user name or password$"):
        town.doors.sessions.sign_in(username, password)


@pytest.mark.parametrize("username", ["jeanne", "nobody"])
def test_lock_out_grows_and_betrays_no_account(town: Town, username: str) -> None:
    waits = []
    for _ in range(4):
        with pytest.raises(BadCredentialsError):
            town.doors.sessions.sign_in(username, "wrong")
    for _ in range(3):
        with pytest.raises(BadCredentialsError):
            town.doors.sessions.sign_in(username, "wrong")
        with pytest.raises(LockedOutError) as locked:
            town.doors.sessions.sign_in(username, PASSWORD)
        waits.append(locked.value.retry_after_s)
        town.clock.advance(locked.value.retry_after_s)
    assert waits == [30.0, 60.0, 120.0]


def test_the_right_password_opens_after_the_wait_and_resets_the_count(town: Town) -> None:
    for _ in range(5):
        with pytest.raises(BadCredentialsError):
            town.doors.sessions.sign_in("jeanne", "wrong")
    town.clock.advance(30)
    town.doors.sessions.sign_in("jeanne", PASSWORD)
    for _ in range(4):
        with pytest.raises(BadCredentialsError):
            town.doors.sessions.sign_in("jeanne", "wrong")
    town.doors.sessions.sign_in("jeanne", PASSWORD)


def test_many_guesses_at_once_gain_nothing(town: Town) -> None:
    outcomes: list[str] = []

    def guess() -> None:
        try:
            town.doors.sessions.sign_in("jeanne", "wrong")
        except (BadCredentialsError, LockedOutError) as error:
            outcomes.append(type(error).__name__)

    threads = [threading.Thread(target=guess) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("BadCredentialsError") == 5
    assert outcomes.count("LockedOutError") == 15


def test_a_session_lapses_when_idle_and_at_the_end_of_the_shift(town: Town) -> None:
    idle = town.doors.sessions.sign_in("jeanne", PASSWORD).token
    town.clock.advance(2 * 3600)
    with pytest.raises(NotSignedInError):
        town.doors.sessions.session(idle)
    busy = town.doors.sessions.sign_in("jeanne", PASSWORD).token
    for _ in range(11):
        town.clock.advance(3600)
        town.doors.sessions.session(busy)
    town.clock.advance(3600)
    with pytest.raises(NotSignedInError):
        town.doors.sessions.session(busy)


def test_a_full_disk_does_not_shut_the_desk(town: Town) -> None:
    """The file of the store may not grow any more: sessions go on, though none is prolonged."""
    signed_in = town.doors.sessions.sign_in("jeanne", PASSWORD)
    town.clock.advance(120)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, ((town.folder / "beffroi.db-wal").stat().st_size, hard))
    try:
        with pytest.raises(StorageError):
            town.doors.sessions.sign_out(signed_in.token)
        session = town.doors.sessions.session(signed_in.token)
        assert (session.actor, session.expires_at) == (OPERATOR, signed_in.session.expires_at)
        assert town.doors.alerts.queue(session.actor).shown_total == 0
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert town.doors.sessions.session(signed_in.token).expires_at > signed_in.session.expires_at


def test_to_look_whether_a_session_stands_does_not_keep_it_alive(town: Town) -> None:
    token = town.doors.sessions.sign_in("jeanne", PASSWORD).token
    for _ in range(4):
        town.clock.advance(1_790)
        assert town.doors.sessions.standing(token).actor == OPERATOR
    town.clock.advance(50)
    for look in (town.doors.sessions.standing, town.doors.sessions.session):
        with pytest.raises(NotSignedInError):
            look(token)


def test_signing_out_closing_and_new_passwords_end_sessions(town: Town) -> None:
    accounts = town.doors.accounts
    tokens = [town.doors.sessions.sign_in("jeanne", PASSWORD).token for _ in range(2)]
    town.doors.sessions.sign_out(tokens[0])
    town.doors.sessions.sign_out(tokens[0])
    with pytest.raises(NotSignedInError):
        town.doors.sessions.session(tokens[0])
    assert town.doors.sessions.session(tokens[1]).actor == OPERATOR
    accounts.set_password(ADMINISTRATOR, "jeanne", "une autre phrase longue")
    with pytest.raises(NotSignedInError):
        town.doors.sessions.session(tokens[1])
    fresh = town.doors.sessions.sign_in("jeanne", "une autre phrase longue").token
    accounts.disable(ADMINISTRATOR, "jeanne")
    with pytest.raises(NotSignedInError):
        town.doors.sessions.session(fresh)
    with pytest.raises(BadCredentialsError):
        town.doors.sessions.sign_in("jeanne", "une autre phrase longue")
    accounts.disable(ADMINISTRATOR, "jeanne", enabled=True)
    town.doors.sessions.sign_in("jeanne", "une autre phrase longue")


def test_rotation_swaps_token_and_csrf(town: Town) -> None:
    before = town.doors.sessions.sign_in("jeanne", PASSWORD)
    after = town.doors.sessions.rotate(before.token)
    assert after.session.actor == OPERATOR
    assert after.session.csrf_token != before.session.csrf_token
    with pytest.raises(NotSignedInError):
        town.doors.sessions.session(before.token)
    assert town.doors.sessions.session(after.token).expires_at == before.session.expires_at


def test_sessions_survive_a_restart(town: Town) -> None:
    token = town.doors.sessions.sign_in("jeanne", PASSWORD).token
    town.restart()
    assert town.doors.sessions.session(token).actor == OPERATOR


@pytest.mark.parametrize("token", ["", "x", "é", "a" * 10_000])
def test_tokens_of_nobody(town: Town, token: str) -> None:
    with pytest.raises(NotSignedInError):
        town.doors.sessions.session(token)


@pytest.mark.parametrize(
    ("username", "password", "where"),
    [
        ("ab", PASSWORD, "username"),
        ("Jean", PASSWORD, "username"),
        ("system:pipeline", PASSWORD, "username"),
        ("jean\n", PASSWORD, "username"),
        ("jean", "short", "password"),
        ("jean", "aaaaaaaaaaaaaaa", "password"),
        ("jean", "Jean-se-promene-ici", "password"),
        ("jean", "x1y2z3" * 50, "password"),
    ],
)
def test_weak_accounts_are_refused(town: Town, username: str, password: str, where: str) -> None:
    new = NewUser(username=username, display_name="", role=Role.OPERATOR, password=password)
    with pytest.raises(InvalidInputError) as refused:
        town.doors.accounts.add(LOCAL_ADMINISTRATOR, new)
    assert refused.value.where == where
    assert refused.value.mend
    assert password not in str(refused.value)


def test_nobody_becomes_the_pipeline_and_names_are_unique(town: Town) -> None:
    with pytest.raises(InvalidInputError):
        town.doors.accounts.add(
            ADMINISTRATOR, NewUser(username="robot", display_name="", role=Role.SYSTEM, password=PASSWORD)
        )
    with pytest.raises(ConflictError):
        town.doors.accounts.add(
            ADMINISTRATOR, NewUser(username="jeanne", display_name="", role=Role.OPERATOR, password=PASSWORD)
        )
    with pytest.raises(NotFoundError):
        town.doors.accounts.set_password(ADMINISTRATOR, "nobody", PASSWORD)


def test_only_administrators_manage_accounts_and_refusals_are_traced(town: Town) -> None:
    with pytest.raises(NotAuthorisedError):
        town.doors.accounts.disable(SUPERVISOR, "jeanne")
    last = town.doors.journal.recent(ADMINISTRATOR, limit=1)[0]
    assert (last.actor, last.act, last.about, last.allowed) == ("odile", "manage_accounts", "user:jeanne", False)
    assert [user.username for user in town.doors.accounts.operators(OPERATOR)] == ["ines", "jeanne", "malik", "odile"]


def test_a_failed_sign_in_is_traced_without_what_was_typed(town: Town) -> None:
    with pytest.raises(BadCredentialsError):
        town.doors.sessions.sign_in("my-password-by-mistake", "x", visitor=Visitor(client="10.0.0.7"))
    last = town.doors.journal.recent(ADMINISTRATOR, limit=1)[0]
    assert (last.actor, last.act, last.allowed, dict(last.detail)) == (
        "unknown",
        "sign_in",
        False,
        {"client": "10.0.0.7"},
    )
    assert not [row for row in rows(town, "SELECT about FROM journal") if "mistake" in str(row)]
