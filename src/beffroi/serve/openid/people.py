"""Whom the claims of a provider make here: a name, a role, groups of cameras."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from beffroi.govern.identity.outside import OutsidePerson
from beffroi.govern.rights import ALL, Role
from beffroi.serve.openid.settings import OpenIdSettings

_GROUPS_MOST = 100
_LONGEST = 80


def found(claims: Mapping[str, Any], name: str) -> Any:
    """The value of a claim; a name with dots also finds one inside another. None: there is none.

    >>> found({"realm_access": {"roles": ["agent"]}}, "realm_access.roles")
    ['agent']
    """
    if name in claims:
        return claims[name]
    here: Any = claims
    for part in name.split("."):
        if not isinstance(here, Mapping) or part not in here:
            return None
        here = here[part]
    return here


def _texts(value: Any) -> list[str]:
    """One text or a list of them, as a list; whatever is no text is left out."""
    listed = value if isinstance(value, list) else [value]
    return [one for one in listed if isinstance(one, str)]


def role_of(claims: Mapping[str, Any], settings: OpenIdSettings) -> Role | None:
    """The role of the first line of the settings that fits; None: no line does."""
    said = set(_texts(found(claims, settings.role_claim)))
    return next((role for value, role in settings.roles.items() if value in said), None)


def groups_of(claims: Mapping[str, Any], settings: OpenIdSettings) -> frozenset[str] | None:
    """The groups of cameras where the rights hold: nowhere when the claim names none. None: there is no such claim, and
    the house alone says where.
    """
    if not settings.groups_claim:
        return None
    said = _texts(found(claims, settings.groups_claim))
    # "*" would mean every camera here: a provider names groups, it does not open all of them by a sign
    groups = {one.strip() for one in said} - {"", ALL}
    return frozenset(sorted(one for one in groups if len(one) <= _LONGEST)[:_GROUPS_MOST])


def person_of(claims: Mapping[str, Any], settings: OpenIdSettings) -> OutsidePerson:
    """The person that checked claims speak of."""
    username = next(iter(_texts(claims.get("preferred_username"))), "")
    shown = next(iter(_texts(claims.get("name"))), "")
    return OutsidePerson(
        issuer=settings.issuer,
        subject=claims["sub"],
        username=username.partition("@")[0],
        display_name="".join(mark for mark in shown if mark.isprintable()),
        role=role_of(claims, settings),
        groups=groups_of(claims, settings),
    )
