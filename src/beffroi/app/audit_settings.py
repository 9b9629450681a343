"""Settings of the journal."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, field_validator


class AuditSettings(BaseModel):
    """How long the journal is kept, how often it is signed, who time-stamps it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    keep_days: int = Field(
        1095, ge=180, le=1095, description="Journal entries are kept so long (CNIL: 6 months to 3 years)."
    )
    checkpoint_minutes: float = Field(5.0, ge=1, le=1440, description="The journal is signed at least so often.")
    timestamp_url: str = Field("", description="RFC 3161 authority that stamps the checkpoints; empty: none.")
    timestamp_root: str = Field("", description="File (PEM) of that authority's root certificate; empty: not checked.")

    @field_validator("timestamp_url")
    @classmethod
    def _url(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("begins with http:// or https://")
        return value
