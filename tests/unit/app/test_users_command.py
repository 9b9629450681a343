"""`beffroi users` beyond adding: role, scopes, second factor, lock, closing."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pyotp
import pytest

from beffroi.app.demonstration import ACCOUNTS, seed
from beffroi.app.house import open_doors, wall_clock
from beffroi.app.settings import load
from beffroi.cli.main import main
from beffroi.govern.accounts import BadCredentialsError, LockedOutError, Step

OPERATOR = ACCOUNTS[0]
Users = Callable[..., tuple[int, str, str]]


@pytest.fixture
def users(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Users:
    """`beffroi users ...` on the demonstration's accounts: exit code, standard output, standard error."""
    doors = open_doors(load(tmp_path))
    seed(doors, wall_clock())
    doors.close()

    def called(*words: str, given: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(given))
        with pytest.raises(SystemExit) as ended:
            main(["users", *words, "--data", str(tmp_path)])
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return called


def line(users: Users, name: str) -> str:
    return next(one for one in users("list")[1].splitlines() if one.startswith(f"{name}\t"))


def test_an_account_is_added_with_scopes_and_given_others(users: Users) -> None:
    words = ("add", "jeanne", "--role", "supervisor", "--scope", ":demonstration:clear", "--password-stdin")
    assert users(*words, given="quatre vents sur la place")[0] == 0
    assert line(users, "jeanne") == "jeanne\tsupervisor\tjeanne\t* for demonstration (clear)"
    assert users("scopes", "jeanne", ":") == (0, "jeanne: * for *, sessions ended\n", "")
    assert line(users, "jeanne") == "jeanne\tsupervisor\tjeanne"
    said = users("scopes", "jeanne", ":demonstration", "::clear")[1]
    assert said == "jeanne: * for demonstration; * for * (clear), sessions ended\n"


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        (":demonstratoin", "there is no purpose 'demonstratoin'. Known here: demonstration"),
        ("quais:", "there is no group 'quais'. Known here: none yet"),
        ("quais", "'quais' is not a scope"),
        ("::blurred", "'::blurred' is not a scope"),
    ],
)
def test_a_scope_that_is_a_mistake_changes_nothing(users: Users, scope: str, words: str) -> None:
    code, _, said = users("scopes", "operateur", scope)
    assert (code, words in said) == (2, True), said
    assert line(users, "operateur") == "operateur\toperator\tCamille Opératrice"


def test_a_role_is_changed_but_the_last_administrator_stays(users: Users) -> None:
    assert users("role", "operateur", "auditor") == (0, "operateur: auditor, sessions ended\n", "")
    assert line(users, "operateur").split("\t")[1] == "auditor"
    code, _, said = users("role", "administrateur", "operator")
    assert (code != 0, "last open administrator" in said) == (True, True)
    code, _, said = users("role", "operateur", "king")
    assert (code, "operator, supervisor" in said) == (2, True)
    code, _, said = users("close", "administrateur")
    assert (code != 0, "last open administrator" in said) == (True, True)


def test_a_lost_second_factor_is_forgotten(users: Users, tmp_path: Path) -> None:
    doors = open_doors(load(tmp_path))
    session = doors.sessions.sign_in(OPERATOR.username, OPERATOR.password)
    enrolment = doors.own.begin_enrolment(session.token)
    doors.own.confirm_enrolment(session.token, pyotp.TOTP(enrolment.secret).now())
    assert doors.sessions.sign_in(OPERATOR.username, OPERATOR.password).session.step is Step.CODE
    doors.close()
    assert line(users, "operateur").endswith("\tsecond factor")
    assert users("reset-second-factor", "operateur")[0] == 0
    assert users("reset-second-factor", "operateur")[0] != 0
    doors = open_doors(load(tmp_path))
    assert doors.sessions.sign_in(OPERATOR.username, OPERATOR.password).session.step is Step.DONE
    doors.close()


def test_a_lock_is_lifted_and_a_closed_account_opens_again(users: Users, tmp_path: Path) -> None:
    doors = open_doors(load(tmp_path))
    for _ in range(6):
        with pytest.raises((BadCredentialsError, LockedOutError)):
            doors.sessions.sign_in(OPERATOR.username, "not the password")
    doors.close()
    assert line(users, "operateur").endswith("\tlocked")
    assert users("unlock", "operateur") == (0, "operateur: unlocked\n", "")
    assert users("close", "operateur") == (0, "operateur: closed, sessions ended\n", "")
    assert line(users, "operateur").endswith("\tclosed")
    doors = open_doors(load(tmp_path))
    with pytest.raises(BadCredentialsError):
        doors.sessions.sign_in(OPERATOR.username, OPERATOR.password)
    doors.close()
    assert users("reopen", "operateur") == (0, "operateur: open\n", "")
    doors = open_doors(load(tmp_path))
    assert doors.sessions.sign_in(OPERATOR.username, OPERATOR.password).session.user.username == "operateur"
    doors.close()
    for words in (("unlock", "nobody"), ("close", "nobody"), ("scopes", "nobody", ":"), ("role", "nobody", "auditor")):
        code, _, said = users(*words)
        assert code != 0
        assert "no account" in said
