"""Settings of signing in at an OpenID Connect provider."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from beffroi.govern.rights import Role
from beffroi.serve.openid.asking import is_safe
from beffroi.serve.openid.settings import OpenIdSettings

RoleName = Literal[
    "operator", "supervisor", "investigator", "administrator", "dpo", "auditor", "maintainer"
]  # a test compares it with the roles there are


class OidcSettings(BaseModel):
    """Signing in at an OpenID Connect provider."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: str = Field("", description="Address of the provider, exactly as it calls itself; empty: none is offered.")
    client_id: str = Field("", description="What this house is called there.")
    client_secret: SecretStr = Field(SecretStr(""), description="Its secret there; empty: a public client.")
    scopes: tuple[str, ...] = Field(("openid", "profile"), description="What is asked for; `openid` is among them.")
    role_claim: str = Field(
        "roles", min_length=1, description="Claim that gives the role; dots find one inside another."
    )
    roles: dict[str, RoleName] = Field({}, description="Value of that claim: role here. The first that fits counts.")
    groups_claim: str = Field("", description="Claim that names groups of cameras; empty: every camera.")
    label: str = Field("", max_length=60, description="What the button on the sign-in page says; empty: usual words.")
    timeout_s: float = Field(5.0, ge=0.5, le=30, description="How long the provider may take to answer, in seconds.")
    ca_file: str = Field("", description="Certificates to check it against; empty: those of the machine.")
    proxy: str = Field("", description="http:// proxy to go through; empty: none, the environment is not asked.")

    @field_validator("issuer")
    @classmethod
    def _issuer(cls, value: str) -> str:
        if value and (not is_safe(value) or "?" in value or "#" in value):
            raise ValueError("is an https:// address without credentials, question or fragment")
        return value

    @field_validator("scopes")
    @classmethod
    def _openid(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if "openid" not in value:
            raise ValueError("openid is missing among them")
        return value

    @model_validator(mode="after")
    def _whole(self) -> OidcSettings:
        if self.issuer and not (self.client_id and self.roles):
            raise ValueError("with an issuer, client_id and roles are needed too")
        return self


def openid_settings(given: OidcSettings) -> OpenIdSettings:
    """The part that the HTTP side gets."""
    return OpenIdSettings(
        issuer=given.issuer,
        client_id=given.client_id,
        client_secret=given.client_secret.get_secret_value(),
        scopes=given.scopes,
        role_claim=given.role_claim,
        roles={value: Role(role) for value, role in given.roles.items()},
        groups_claim=given.groups_claim,
        label=given.label.strip(),
        timeout_s=given.timeout_s,
        ca_file=given.ca_file,
        proxy=given.proxy,
    )
