"""What a house knows of its provider, and how signing in there can fail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from beffroi.govern.rights import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIdSettings:
    """The provider of a house (see docs/reference/settings.md for each). An empty ``issuer``: there is none."""

    issuer: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    scopes: tuple[str, ...] = ("openid", "profile")
    role_claim: str = "roles"
    roles: Mapping[str, Role] = field(default_factory=dict)
    groups_claim: str = ""
    label: str = ""
    timeout_s: float = 5.0
    ca_file: str = ""
    proxy: str = ""


class OpenIdError(Exception):
    """Signing in at the provider failed. ``code`` is stable; the text is for the log and holds no secret."""

    def __init__(self, code: str, what: str) -> None:
        super().__init__(what)
        self.code = code


UNAVAILABLE = "oidc_unavailable"
"""The provider does not answer in time, or not as a provider answers."""

MISCONFIGURED = "oidc_misconfigured"
"""The provider does not know this house by the name and secret of its settings."""

STATE = "outside_state"
"""The answer belongs to no sign-in begun in this browser, or was used already."""

DENIED = "outside_denied"
"""The provider, or the person there, said no."""

TOKEN = "outside_token"  # noqa: S105 - a code of a refusal
"""What the provider sent proves nothing: signature, issuer, audience, time or nonce are not right."""
