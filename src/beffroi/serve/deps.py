"""What the routes need from the house, given by `app`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from starlette.requests import HTTPConnection

from beffroi.govern.doors import Doors
from beffroi.ports.registry import BrokenPlugin
from beffroi.ports.situation import SituationSpec
from beffroi.run.supervisor import Supervisor
from beffroi.serve.openid.settings import OpenIdSettings
from beffroi.serve.sinks.delivering import SinkFigures
from beffroi.serve.stream import EventHub
from beffroi.vocabulary.camera import StreamSpec
from beffroi.vocabulary.rules import Situation
from beffroi.vocabulary.time import UtcNs


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeSettings:
    """Settings of the HTTP side (see docs/reference/settings.md for each)."""

    public_url: str = ""
    cookie_always_secure: bool = False
    session_hours: float = 12.0
    max_body_bytes: int = 262_144
    live_clients: int = 32
    metrics_token: str = field(default="", repr=False)
    plan_file: Path | None = None
    static_dir: Path | None = None
    openid: OpenIdSettings = field(default_factory=OpenIdSettings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """What trying a stream showed; ``reason`` is a CameraReason value, ``detail`` a sentence without secrets."""

    ok: bool
    codec: str = ""
    width_px: int = 0
    height_px: int = 0
    reason: str = "none"
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeDeps:
    """The rooms behind the routes.

    ``rewatch`` asks that orders be worked out again at once (a rule or camera changed). ``intake_behind`` tells how
    many worker messages wait for the store, ``sinks`` how each sink stands. ``probe`` opens a stream once and tells
    what it is.
    """

    doors: Doors
    supervisor: Supervisor
    hub: EventHub
    specs: Mapping[Situation, SituationSpec]
    settings: ServeSettings
    clock: Callable[[], UtcNs]
    probe: Callable[[StreamSpec], Probed]
    rewatch: Callable[[], None]
    intake_behind: Callable[[], int]
    sinks: Callable[[], Mapping[str, SinkFigures]] = dict
    broken: tuple[BrokenPlugin, ...] = ()


def deps_of(connection: HTTPConnection) -> ServeDeps:
    """The rooms behind the application that serves this request."""
    deps = connection.app.state.deps
    assert isinstance(deps, ServeDeps)
    return deps
