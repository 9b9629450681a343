"""What the house asks of people follows its settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from beffroi.app.demonstration import ACCOUNTS, seed
from beffroi.app.house import open_doors, wall_clock
from beffroi.app.settings import load
from beffroi.cli.demo import welcome
from beffroi.govern.accounts import Step
from beffroi.govern.rights import Actor, Role
from beffroi.govern.sensitive import SensitiveKind
from beffroi.vocabulary.errors import InvalidInputError


def steps(folder: Path) -> dict[Role, Step]:
    """What each account of the demonstration must do first."""
    doors = open_doors(load(folder))
    seed(doors, wall_clock())
    found = {one.role: doors.sessions.sign_in(one.username, one.password).session.step for one in ACCOUNTS}
    doors.close()
    return found


def test_roles_that_need_a_second_factor_must_set_one_up(tmp_path: Path) -> None:
    (tmp_path / "beffroi.yaml").write_text("accounts:\n  second_factor_roles: [supervisor, administrator]\n")
    wanting = {role for role, step in steps(tmp_path).items() if step is Step.ENROL}
    assert wanting == {Role.SUPERVISOR, Role.ADMINISTRATOR}


def test_no_role_needs_one_unless_said(tmp_path: Path) -> None:
    assert set(steps(tmp_path).values()) == {Step.DONE}


@pytest.mark.parametrize("four_eyes", [True, False])
def test_a_house_with_a_lone_agent_can_do_without_a_second_person(tmp_path: Path, four_eyes: bool) -> None:
    (tmp_path / "beffroi.yaml").write_text(f"accounts: {{four_eyes: {str(four_eyes).lower()}, request_hours: 2}}\n")
    doors = open_doors(load(tmp_path))
    actor = Actor(name="ines", role=Role.INVESTIGATOR)
    assert doors.sensitive.needs_second(actor, SensitiveKind.EXPORT) is four_eyes
    asked = doors.sensitive.ask(actor, SensitiveKind.EXPORT, "case:1", why="requisition of the prosecutor")
    assert asked.expires_at - asked.asked_at == 2 * 3600 * 1_000_000_000
    doors.close()


def test_a_role_nobody_has_is_refused(tmp_path: Path) -> None:
    (tmp_path / "beffroi.yaml").write_text("accounts:\n  second_factor_roles: [king]\n")
    with pytest.raises(InvalidInputError, match="investigator"):
        load(tmp_path)


def test_the_printed_accounts_stand_in_columns(tmp_path: Path) -> None:
    lines = welcome("http://127.0.0.1:1", tmp_path).splitlines()
    starts = {line.index(one.role.value, 30) for one in ACCOUNTS for line in lines if f" {one.username} " in line}
    assert len(starts) == 1
    assert len({one.role for one in ACCOUNTS}) == len(ACCOUNTS) == 6
