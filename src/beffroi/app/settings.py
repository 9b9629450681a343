"""Every setting of a house: `beffroi.yaml` in its data folder, over it `BEFFROI_*` variables.

The reference is docs/reference/settings.md; a test compares it with these classes key by key.
"""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from beffroi.app.audit_settings import AuditSettings
from beffroi.app.governance_settings import AccountSettings
from beffroi.app.oidc_settings import OidcSettings
from beffroi.app.privacy_settings import PrivacySettings
from beffroi.app.yaml_lines import read_yaml
from beffroi.vocabulary.errors import InvalidInputError

FILE_NAME = "beffroi.yaml"
ENV_PREFIX = "BEFFROI_"
OTHER_VARIABLES = frozenset({"BEFFROI_MODELS"})
"""Read by other rooms (folders of weights, see docs/guide/models.md)."""


class _Part(BaseModel):
    """A group of settings: an unknown key is an error, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ServerSettings(_Part):
    """Where the house listens and who may ask."""

    host: str = Field("127.0.0.1", description="Address to listen on. Stay on loopback behind a TLS proxy.")
    port: int = Field(8470, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    public_url: str = Field(
        "", description="Address that browsers use when a reverse proxy stands before (https://...)."
    )
    trusted_proxies: tuple[str, ...] = Field(
        ("127.0.0.1", "::1"), description="Addresses of reverse proxies whose X-Forwarded-* headers are believed."
    )
    cookie_secure: Literal["auto", "always"] = Field(
        "auto", description="`auto`: the cookie is Secure whenever the page came over https; `always`: no http at all."
    )
    max_body_bytes: int = Field(262_144, ge=1024, le=16_777_216, description="Largest request body accepted, in bytes.")
    stop_within_s: float = Field(
        5.0, ge=0.5, le=60, description="How long open requests may take when stopping, in seconds."
    )

    @field_validator("public_url")
    @classmethod
    def _url(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("begins with http:// or https://")
        return value.rstrip("/")

    @field_validator("trusted_proxies")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            ipaddress.ip_network(one, strict=False)
        return value


class SessionSettings(_Part):
    """How long a sign-in lasts and how guessing is stopped."""

    idle_minutes: int = Field(120, ge=1, le=1440, description="A session ends after this long without a request.")
    hours: int = Field(12, ge=1, le=168, description="A session ends after this long in any case: one shift.")
    attempts: int = Field(5, ge=1, le=100, description="Wrong passwords before an account is locked out.")
    lockout_s: float = Field(
        30.0, ge=1, le=3600, description="How long the first lock-out lasts; each next one doubles."
    )
    lockout_most_s: float = Field(900.0, ge=1, le=86_400, description="How long a lock-out lasts at most.")


class AnalysisSettings(_Part):
    """How cameras are analysed."""

    workers: int = Field(0, ge=0, le=256, description="Worker processes; 0: one for each core.")
    model: str = Field("nanodet-g-416", min_length=1, description="Detector: name in the catalogue, or a model card.")
    runtime: Literal["auto", "onnxruntime", "openvino"] = Field(
        "auto", description="What runs the detector; `auto` measures at first start."
    )
    max_width_px: int = Field(960, ge=160, le=3840, description="Pictures wider than this are shrunk before analysis.")
    check_s: float = Field(1.0, ge=0.1, le=10, description="How often authorisations are checked again, in seconds.")


class EvidenceSettings(_Part):
    """What is kept with an alert, and how long."""

    before_s: float = Field(5.0, ge=0, le=60, description="Seconds of video kept before the event.")
    after_s: float = Field(10.0, ge=0, le=120, description="Seconds of video kept after the event.")
    retention_days: float = Field(
        30.0, gt=0, le=30, description="Evidence is destroyed after this many days (law: at most 30)."
    )
    ring_mb: int = Field(48, ge=4, le=2048, description="Most memory the ring buffer of one camera takes, in MB.")


class AlertSettings(_Part):
    """How events become alerts, and how many an operator bears."""

    repeat_within_s: float = Field(
        2.0, ge=0, le=3600, description="A new episode of the same rule at the same place so soon repeats its alert."
    )
    same_track_within_s: float = Field(
        60.0, ge=0, le=3600, description="The same thing tracked so soon again under the same rule repeats its alert."
    )
    group_within_s: float = Field(
        5.0, ge=0, le=3600, description="Rules about the same situation and thing begun so close make one alert."
    )
    due_extreme_s: float = Field(30.0, ge=1, le=86_400, description="When an answer to an extreme alert is due.")
    due_severe_s: float = Field(60.0, ge=1, le=86_400, description="When an answer to a severe alert is due.")
    due_moderate_s: float = Field(180.0, ge=1, le=86_400, description="When an answer to a moderate alert is due.")
    due_minor_s: float = Field(600.0, ge=1, le=86_400, description="When an answer to a minor alert is due.")
    bearable_an_hour: int = Field(
        6, ge=1, le=1000, description="Minor alerts are shown up to so many an hour (EEMUA 191)."
    )
    limit_hour: int = Field(
        12, ge=1, le=1000, description="Moderate alerts over so many shown in an hour are held (EEMUA 191)."
    )
    limit_10_min: int = Field(
        10, ge=1, le=1000, description="Moderate alerts over so many shown in 10 minutes are held (EEMUA 191)."
    )


class StreamSettings(_Part):
    """The stream of events to browsers."""

    heartbeat_s: float = Field(15.0, ge=0.2, le=120, description="Silence after which a heartbeat is sent, in seconds.")
    backlog: int = Field(1000, ge=1, le=100_000, description="Changes that a returning browser may catch up.")
    clients: int = Field(200, ge=1, le=10_000, description="Open event streams at one time.")


class LiveSettings(_Part):
    """Live pictures."""

    clients: int = Field(32, ge=1, le=1000, description="Live views open at one time.")
    still_max_age_s: float = Field(10.0, ge=0.5, le=300, description="A picture older than this is not shown as live.")


class MetricsSettings(_Part):
    """Figures for Prometheus."""

    token: SecretStr = Field(SecretStr(""), description="Bearer token for /metrics; empty: loopback addresses only.")


class LogSettings(_Part):
    """What is written to the log: no names, addresses or credentials in any case."""

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least severity that is written.")
    form: Literal["json", "text"] = Field("json", description="One JSON object a line, or text for reading.")


class PlanSettings(_Part):
    """The town plan under the cameras."""

    file: Path | None = Field(None, description="An SVG file of your town; none: the synthetic demonstration town.")


class WebhookSettings(_Part):
    """A web address that is told of alerts."""

    kind: Literal["webhook"] = Field("webhook", description="`webhook`.")
    name: str = Field(..., min_length=1, max_length=60, description="What this sink is called in states and logs.")
    url: str = Field(..., description="https:// address that takes the POST, without credentials.")
    secret: SecretStr = Field(..., description="Key of the HMAC-SHA256 signature, at least 16 characters.")
    proxy: str = Field("", description="http:// proxy to go through; empty: none, the environment is not asked.")
    timeout_s: float = Field(10.0, ge=0.5, le=120, description="How long one delivery may take, in seconds.")

    @field_validator("url")
    @classmethod
    def _url(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("begins with http:// or https://")
        if "@" in value.split("/")[2]:
            raise ValueError("holds credentials: leave them out of the address")
        return value

    @field_validator("secret")
    @classmethod
    def _long(cls, value: SecretStr) -> SecretStr:
        if len(value.get_secret_value()) < 16:
            raise ValueError("has at least 16 characters")
        return value


class MqttSettings(_Part):
    """An MQTT broker that is told of alerts."""

    kind: Literal["mqtt"] = Field(..., description="`mqtt`.")
    name: str = Field(..., min_length=1, max_length=60, description="What this sink is called in states and logs.")
    host: str = Field(..., min_length=1, description="Address of the broker.")
    port: int = Field(1883, ge=1, le=65535, description="Port of the broker (8883 with TLS).")
    tls: bool = Field(False, description="Whether the connection is encrypted and the certificate checked.")
    ca_file: str = Field("", description="Certificates to check it against; empty: those of the machine.")
    username: str = Field("", description="Account on the broker, if it wants one.")
    password: SecretStr = Field(SecretStr(""), description="Its password.")
    prefix: str = Field("beffroi", min_length=1, description="First part of the topics.")
    timeout_s: float = Field(10.0, ge=0.5, le=120, description="How long one delivery may take, in seconds.")


SinkSettings = Annotated[WebhookSettings | MqttSettings, Field(discriminator="kind")]


class Settings(BaseSettings):
    """All settings. Read with `load`, which names the file, line and mending of each mistake."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True)

    data: Path = Field(Path("beffroi-data"), description="Folder of everything this house keeps.")
    server: ServerSettings = ServerSettings()
    session: SessionSettings = SessionSettings()
    accounts: AccountSettings = AccountSettings()
    oidc: OidcSettings = OidcSettings()
    analysis: AnalysisSettings = AnalysisSettings()
    evidence: EvidenceSettings = EvidenceSettings()
    alerts: AlertSettings = AlertSettings()
    stream: StreamSettings = StreamSettings()
    live: LiveSettings = LiveSettings()
    metrics: MetricsSettings = MetricsSettings()
    log: LogSettings = LogSettings()
    plan: PlanSettings = PlanSettings()
    audit: AuditSettings = AuditSettings()
    privacy: PrivacySettings = PrivacySettings()
    sinks: tuple[SinkSettings, ...] = Field((), description="Where alerts are also sent.")


def load(data: Path | None = None, overrides: dict[str, Any] | None = None) -> Settings:
    """The settings of a data folder. ``overrides`` (from the command line) win over variables, they over the file.

    Raises:
        InvalidInputError: a key or value is wrong; file and line (or variable) and allowed values are named.
    """
    folder = (data or Path(os.environ.get(f"{ENV_PREFIX}DATA") or "beffroi-data")).absolute()
    path = folder / FILE_NAME
    values, lines = read_yaml(path) if path.exists() else ({}, {})
    _refuse_unknown_variables()
    values.pop("data", None)

    class Here(Settings):
        """These settings with this folder's file as their lowest source."""

        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  (the library's signature)
            file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, env_settings, InitSettingsSource(settings_cls, init_kwargs=values)

    try:
        return Here(**((overrides or {}) | {"data": folder}))
    except ValidationError as error:
        raise _explained(error, path, lines) from None
    except SettingsError as error:
        raise InvalidInputError(str(error), where="environment", mend="Lists are written as JSON: [...].") from None


def _refuse_unknown_variables() -> None:
    """A variable that nothing reads is a spelling mistake that would silently leave a default in force."""
    known = {name.upper() for name in Settings.model_fields}
    for name in sorted(set(os.environ) - OTHER_VARIABLES):
        if name.startswith(ENV_PREFIX) and name.removeprefix(ENV_PREFIX).split("__")[0].upper() not in known:
            allowed = ", ".join(f"{ENV_PREFIX}{one}" for one in sorted(known))
            raise InvalidInputError("unknown variable", where=name, mend=f"Groups of settings are {allowed}.")


def _explained(error: ValidationError, path: Path, lines: dict[tuple[str | int, ...], int]) -> InvalidInputError:
    """The first mistake with its place. Values are left out: one could be a password."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    loc = tuple(part for part in first["loc"] if part not in ("webhook", "mqtt"))
    key = ".".join(str(part) for part in loc)
    variable = ENV_PREFIX + "__".join(str(part) for part in loc).upper()
    if loc in lines and variable not in {name.upper() for name in os.environ}:
        where = f"{path}:{lines[loc]}"
    elif variable in {name.upper() for name in os.environ}:
        where = variable
    else:
        near = next((lines[loc[:size]] for size in range(len(loc), 0, -1) if loc[:size] in lines), None)
        where = f"{path}:{near}" if near else str(path)
    if first["type"] == "extra_forbidden":
        return InvalidInputError(f"unknown setting {key!r}", where=where, mend=f"Known here: {_known(loc[:-1])}.")
    return InvalidInputError(f"setting {key!r} cannot be used: {first['msg']}", where=where, mend=_mending(loc))


def _field(loc: tuple[str | int, ...]) -> FieldInfo | None:
    """The field a key stands for, if it is one."""
    model: Any = Settings
    found: FieldInfo | None = None
    for part in loc:
        fields = getattr(model, "model_fields", {})
        if part not in fields:
            return None
        found = fields[part]
        model = found.annotation
    return found


def _known(parent: tuple[str | int, ...]) -> str:
    """The keys of a group."""
    field = _field(parent)
    model: Any = Settings if not parent else getattr(field, "annotation", None)
    if fields := getattr(model, "model_fields", None):
        return ", ".join(sorted(fields))
    webhook, mqtt = sorted(WebhookSettings.model_fields), sorted(MqttSettings.model_fields)
    return f"{', '.join(webhook)} (webhook); {', '.join(mqtt)} (mqtt)"


def _mending(loc: tuple[str | int, ...]) -> str:
    """What the key means, as the way to mend it."""
    field = _field(loc)
    return field.description or "" if field else ""
