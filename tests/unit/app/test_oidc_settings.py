"""Settings of the provider: what makes no sense stops the start, with its place; roles are those there are."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from beffroi.app.house import serve_settings
from beffroi.app.oidc_settings import RoleName
from beffroi.app.settings import load
from beffroi.govern.rights import Role
from beffroi.vocabulary.errors import InvalidInputError

WHOLE = "oidc:\n  issuer: https://id.town.example/\n  client_id: beffroi\n  client_secret: of-the-provider\n"


def test_the_roles_that_can_be_given_are_all_but_the_machines_own() -> None:
    assert set(get_args(RoleName)) == {role.value for role in Role} - {Role.SYSTEM.value}


def test_a_provider_reaches_the_routes_and_its_secret_no_text(tmp_path: Path) -> None:
    (tmp_path / "beffroi.yaml").write_text(f"{WHOLE}  roles: {{chiefs: supervisor, staff: operator}}\n")
    settings = load(tmp_path)
    given = serve_settings(settings).openid
    assert (given.issuer, given.client_secret) == ("https://id.town.example/", "of-the-provider")
    assert list(given.roles.items()) == [("chiefs", Role.SUPERVISOR), ("staff", Role.OPERATOR)]
    assert "of-the-provider" not in repr(settings) + repr(given)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (WHOLE, "client_id and roles are needed"),
        (f"{WHOLE}  roles: {{staff: system}}\n", "'operator'"),
        ("oidc:\n  issuer: http://id.town.example\n", "https://"),
        ("oidc:\n  issuer: https://u:p@id.town.example\n", "credentials"),
        ("oidc:\n  issuer: https://id.town.example/?a=b\n", "question"),
        ("oidc:\n  scopes: [profile]\n", "openid is missing"),
        ("oidc:\n  timeout_s: 0\n", "0.5"),
        ("oidc:\n  isuer: x\n", "unknown setting 'oidc.isuer'. Known here: ca_file"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "beffroi.yaml").write_text(text)
    with pytest.raises(InvalidInputError) as raised:
        load(tmp_path)
    assert words in str(raised.value) and "beffroi.yaml:" in raised.value.where
