"""What is watched: worked out again every second from cameras, rules and authorisations. In doubt, nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from beffroi.govern.doors import Doors
from beffroi.govern.rights import SYSTEM
from beffroi.govern.rules import RuleStanding
from beffroi.run.messages import AuthorisedRule, CameraOrder
from beffroi.run.supervisor import Supervisor
from beffroi.vocabulary.camera import Camera
from beffroi.vocabulary.errors import BeffroiError

log = structlog.get_logger("beffroi.app")
UNCHECKED = "authorisations cannot be checked"


def orders_of(cameras: Sequence[Camera], standings: dict[str, list[RuleStanding]]) -> list[CameraOrder]:
    """The wanted state: each camera with the rules that an authorisation covers now, or why it has none."""
    orders = []
    for camera in cameras:
        rules: list[AuthorisedRule] = []
        refusals: list[str] = []
        for standing in standings.get(camera.camera_id, []):
            coverage = standing.coverage
            if coverage.covered and coverage.valid_until is not None:
                rules.append(
                    AuthorisedRule(
                        rule=standing.rule,
                        authorisation_id=coverage.authorisation_id,
                        valid_until=coverage.valid_until,
                        alerts=coverage.alerts,
                    )
                )
            else:
                named = f" ({coverage.authorisation_id})" if coverage.authorisation_id else ""
                refusals.append(f"{coverage.reason.value}{named}")
        refused = refusals[0] if refusals and not rules else ""
        orders.append(CameraOrder(camera=camera, rules=tuple(rules), refused=refused))
    return orders


class Watching:
    """The loop that keeps workers to what is allowed."""

    def __init__(self, doors: Doors, supervisor: Supervisor, *, check_s: float) -> None:
        self._doors, self._supervisor, self._check_s = doors, supervisor, check_s
        self._again = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._cameras: tuple[Camera, ...] = ()
        self.failing = ""

    def rewatch(self) -> None:
        """Work the orders out again now: a rule, camera or authorisation changed. Called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._again.set)

    async def run(self) -> None:
        """Check and apply until cancelled."""
        self._loop = asyncio.get_running_loop()
        while True:
            self._again.clear()
            await self.check()
            try:
                await asyncio.wait_for(self._again.wait(), self._check_s)
            except TimeoutError:
                continue

    async def check(self) -> None:
        """Work the orders out once and apply them. If that fails, nothing is analysed until it works again."""
        try:
            orders = await asyncio.to_thread(self._orders)
            self.failing = ""
        except Exception as error:  # whatever the cause: what cannot be checked is not authorised
            cause = str(error) if isinstance(error, BeffroiError) else type(error).__name__
            if not self.failing:
                log.error("authorisations_unchecked", cause=cause, exc_info=error)
            self.failing = cause
            orders = [CameraOrder(camera=camera, refused=UNCHECKED) for camera in self._cameras]
        await self._supervisor.apply(orders)

    def _orders(self) -> list[CameraOrder]:
        cameras = self._doors.cameras.for_watching(SYSTEM)
        self._cameras = tuple(cameras)
        return orders_of(cameras, self._doors.rules.for_watching(SYSTEM))
