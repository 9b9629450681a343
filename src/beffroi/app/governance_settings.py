"""Settings of accounts and of acts that take two people."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

RoleName = Literal["operator", "supervisor", "investigator", "dpo", "administrator", "auditor", "maintainer"]


class AccountSettings(BaseModel):
    """What is asked of people before they act."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    second_factor_roles: tuple[RoleName, ...] = Field(
        (), description="Roles that can do nothing before they have set up a second factor."
    )
    four_eyes: bool = Field(
        True, description="Whether exports, grants and the like wait for a second person; off only for a lone agent."
    )
    request_hours: float = Field(
        24.0, ge=0.1, le=168, description="A request that nobody has answered by then has expired, in hours."
    )
