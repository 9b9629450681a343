"""Settings of privacy and of what leaves the house."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class PrivacySettings(BaseModel):
    """How long the blur is lifted, and how long a sealed export stays here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lift_minutes: float = Field(
        10.0, ge=1, le=120, description="The blur is lifted for so long unless less is asked; never longer."
    )
    export_keep_days: float = Field(
        30.0, gt=0, le=30, description="A sealed export is destroyed after so many days, or with its requisition."
    )
