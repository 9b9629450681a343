"""The composition: the one place where rooms are introduced to each other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

import structlog
from fastapi import FastAPI
from pydantic import SecretStr

from beffroi.app.intake import Intake
from beffroi.app.oidc_settings import openid_settings
from beffroi.app.settings import Settings
from beffroi.app.watching import Watching
from beffroi.govern.doors import Doors
from beffroi.govern.rights import LOCAL_ADMINISTRATOR
from beffroi.govern.settings import DAY_S, GovernanceSettings
from beffroi.judge.alerts import GovernorSettings, PolicySettings
from beffroi.ports.registry import Registry
from beffroi.ports.sink import Sink
from beffroi.ports.situation import SituationSpec
from beffroi.run.messages import CountersNow, WorkerMessage
from beffroi.run.plugins import log_broken, registry, situation_specs
from beffroi.run.settings import AnalysisSettings, EvidenceSettings, RunSettings
from beffroi.run.supervisor import Supervisor
from beffroi.sense.opening import open_source
from beffroi.serve import sinks
from beffroi.serve.application import create_app
from beffroi.serve.deps import Probed, ServeDeps, ServeSettings
from beffroi.serve.sinks.delivering import Sinks
from beffroi.serve.stream import EventHub
from beffroi.serve.wire.alerts import governor_out
from beffroi.vocabulary.camera import StreamSpec
from beffroi.vocabulary.errors import BeffroiError, SourceError
from beffroi.vocabulary.rules import Situation
from beffroi.vocabulary.time import UtcNs

log = structlog.get_logger("beffroi.app")
TEND_S = 2.0
COUNTERS_S = 60.0
COUNTS_S = 10.0
"""How much counting a house that is killed may lose. Source: our choice."""


def wall_clock() -> UtcNs:
    """This machine's clock."""
    return UtcNs(time.time_ns())


def probe(spec: StreamSpec, known: Registry | None = None) -> Probed:
    """Open a stream once and tell what it is. Never raises for a stream that cannot be used: says why."""
    try:
        source = open_source(spec, camera_id="probe", registry=known)
    except SourceError as error:
        return Probed(ok=False, reason=error.reason, detail=str(error))
    except BeffroiError as error:
        return Probed(ok=False, reason="unreadable", detail=str(error))
    try:
        info = source.info
        return Probed(ok=True, codec=info.codec, width_px=info.width_px, height_px=info.height_px)
    finally:
        source.close()


def open_sinks(settings: Settings, known: Registry) -> dict[str, Sink]:
    """The sinks of the settings, by name; none is connected yet."""
    for spec in sinks.BUILT_IN:
        known.add("sinks", spec.name, spec)
    opened: dict[str, Sink] = {}
    for given in settings.sinks:
        options = {
            key: value.get_secret_value() if isinstance(value, SecretStr) else value
            for key, value in given
            if key not in ("kind", "name")
        }
        opened[given.name] = known.get("sinks", given.kind).factory(options)
    return opened


@dataclass(slots=True, kw_only=True)
class House:
    """Everything that runs in the server process. ``asgi`` is served between ``start`` and ``stop``."""

    settings: Settings
    doors: Doors
    supervisor: Supervisor
    intake: Intake
    watching: Watching
    hub: EventHub
    sinks: Sinks
    asgi: FastAPI
    specs: Mapping[Situation, SituationSpec]
    _tasks: list[asyncio.Task[None]]
    _unlisten: Callable[[], None] | None = None
    _governor_told: dict[str, int] | None = None

    async def start(self) -> None:
        """Recover what was interrupted, then start workers and loops. Alerts kept before are there at once."""
        await asyncio.to_thread(self.doors.recover)
        self.hub.start()
        self._unlisten = self.doors.outbox.listen(self.hub.grown)
        self.intake.start()
        await self.sinks.start()
        await self.supervisor.start()
        self._tasks = [
            asyncio.create_task(self.watching.run(), name="watching"),
            asyncio.create_task(self._tend(), name="tending"),
        ]
        log.info("house_started", workers=self.settings.analysis.workers, situations=len(self.specs))

    async def stop(self) -> None:
        """Stop watching, write what is waiting, close the store."""
        self.hub.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.supervisor.stop()
        with suppress(BeffroiError):
            await asyncio.to_thread(self.watching.close)
        await asyncio.to_thread(self.intake.stop)
        await self.sinks.stop()
        if self._unlisten is not None:
            self._unlisten()
        with suppress(BeffroiError):
            await asyncio.to_thread(self.intake.keep_counters)
        with suppress(BeffroiError):
            await asyncio.to_thread(self.intake.keep_counts)
        with suppress(BeffroiError):  # on a full disk: what is not signed now is signed at the next start
            await asyncio.to_thread(self.doors.journal.sign)
        await asyncio.to_thread(self.doors.close)
        log.info("house_stopped")

    def _tell_governor(self) -> None:
        """Tell browsers how many alerts were shown against what is bearable, when that has changed."""
        figures = governor_out(self.doors.alerts.queue(LOCAL_ADMINISTRATOR, limit=1).governor).model_dump()
        if figures != self._governor_told:
            self._governor_told = figures
            self.hub.passing("governor", "", figures)

    async def _tend(self) -> None:
        """Every few seconds: snoozes that end, held alerts that may be shown, evidence that expires."""
        next_counters, next_counts = time.monotonic() + COUNTERS_S, time.monotonic() + COUNTS_S
        while True:
            await asyncio.sleep(TEND_S)
            try:
                await asyncio.to_thread(self.doors.tend)
                await asyncio.to_thread(self._tell_governor)
                if time.monotonic() >= next_counts:
                    next_counts = time.monotonic() + COUNTS_S
                    await asyncio.to_thread(self.intake.keep_counts)
                if time.monotonic() >= next_counters:
                    next_counters = time.monotonic() + COUNTERS_S
                    await asyncio.to_thread(self.intake.keep_counters)
            except BeffroiError as error:
                log.error("tending_failed", cause=str(error))
            except Exception:  # tending goes on: what it could not do now it tries again in a moment
                log.exception("tending_failed")


def run_settings(settings: Settings) -> RunSettings:
    """The part that workers get."""
    return RunSettings(
        data_dir=str(settings.data),
        workers=settings.analysis.workers,
        model=settings.analysis.model,
        runtime=settings.analysis.runtime,
        still_max_age_s=settings.live.still_max_age_s,
        analysis=AnalysisSettings(max_width_px=settings.analysis.max_width_px),
        evidence=EvidenceSettings(
            before_s=settings.evidence.before_s,
            after_s=settings.evidence.after_s,
            ring_bytes=settings.evidence.ring_mb * 1_000_000,
        ),
    )


def open_doors(settings: Settings, specs: Mapping[Situation, SituationSpec] | None = None) -> Doors:
    """The doors to the stores of a data folder, with the settings they need.

    Raises:
        StorageError: the folder or its database cannot be used.
    """
    alerts, session, evidence = settings.alerts, settings.session, settings.evidence
    return Doors.open(
        settings.data,
        clock=wall_clock,
        specs=situation_specs(registry()) if specs is None else specs,
        policy=PolicySettings(
            repeat_within_s=alerts.repeat_within_s,
            same_track_within_s=alerts.same_track_within_s,
            group_within_s=alerts.group_within_s,
            due_extreme_s=alerts.due_extreme_s,
            due_severe_s=alerts.due_severe_s,
            due_moderate_s=alerts.due_moderate_s,
            due_minor_s=alerts.due_minor_s,
        ),
        governor=GovernorSettings(
            bearable_an_hour=alerts.bearable_an_hour,
            most_an_hour=alerts.limit_hour,
            most_in_ten_minutes=alerts.limit_10_min,
        ),
        settings=GovernanceSettings(
            session_idle_s=session.idle_minutes * 60.0,
            session_max_s=session.hours * 3600.0,
            failures_before_lock=session.attempts,
            lock_first_s=session.lockout_s,
            lock_max_s=session.lockout_most_s,
            second_factor_roles=frozenset(settings.accounts.second_factor_roles),
            four_eyes=settings.accounts.four_eyes,
            request_valid_s=settings.accounts.request_hours * 3600.0,
            blur_lift_minutes=settings.privacy.lift_minutes,
            export_keep_s=settings.privacy.export_keep_days * DAY_S,
            retention_max_s=round(evidence.retention_days * DAY_S),
            journal_keep_s=settings.audit.keep_days * DAY_S,
            checkpoint_every_s=settings.audit.checkpoint_minutes * 60.0,
            timestamp_url=settings.audit.timestamp_url,
            timestamp_root=settings.audit.timestamp_root,
            evidence_patience_s=60.0 + evidence.before_s + evidence.after_s,
            evidence_before_s=evidence.before_s,
            evidence_after_s=evidence.after_s,
        ),
    )


def build(settings: Settings) -> House:
    """The house of these settings, not yet started.

    Raises:
        StorageError: the data folder or its database cannot be used.
    """
    known = registry()
    log_broken(known)
    specs = situation_specs(known)
    doors = open_doors(settings, specs)
    hub = EventHub(
        heartbeat_s=settings.stream.heartbeat_s, backlog=settings.stream.backlog, clients=settings.stream.clients
    )
    intake = Intake(doors)

    def on_message(message: WorkerMessage) -> None:
        intake.take(message)
        if isinstance(message, CountersNow):
            shown = {"camera_id": message.camera_id, "counters": dict(message.counters)}
            hub.passing("counters", message.camera_id, shown)

    supervisor = Supervisor(run_settings(settings), on_message)
    watching = Watching(doors, supervisor, check_s=settings.analysis.check_s, on_switched=hub.grown)
    delivering = Sinks(doors.outbox, open_sinks(settings, known), wall_clock)
    deps = ServeDeps(
        doors=doors,
        supervisor=supervisor,
        hub=hub,
        specs=specs,
        settings=serve_settings(settings),
        clock=wall_clock,
        probe=lambda spec: probe(spec, known),
        rewatch=watching.rewatch,
        intake_behind=lambda: intake.behind,
        sinks=delivering.figures,
        broken=tuple(known.broken),
    )
    return House(
        settings=settings,
        doors=doors,
        supervisor=supervisor,
        intake=intake,
        watching=watching,
        hub=hub,
        sinks=delivering,
        asgi=create_app(deps),
        specs=specs,
        _tasks=[],
    )


def serve_settings(settings: Settings) -> ServeSettings:
    """The part that the HTTP side gets."""
    return ServeSettings(
        public_url=settings.server.public_url,
        cookie_always_secure=settings.server.cookie_secure == "always",
        session_hours=settings.session.hours,
        max_body_bytes=settings.server.max_body_bytes,
        live_clients=settings.live.clients,
        metrics_token=settings.metrics.token.get_secret_value(),
        plan_file=settings.plan.file,
        openid=openid_settings(settings.oidc),
    )
