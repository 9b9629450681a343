"""What is watched: worked out again every second from cameras, rules and authorisations. In doubt, nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

import structlog

from beffroi.govern.authorisations import Coverage, CoverageReason
from beffroi.govern.doors import Doors
from beffroi.govern.rights import SYSTEM
from beffroi.govern.rules import RuleStanding
from beffroi.govern.switching import AnalysisChange, SwitchState
from beffroi.run.messages import AuthorisedRule, CameraOrder
from beffroi.run.state import STOPPED
from beffroi.run.supervisor import Supervisor
from beffroi.vocabulary.camera import Camera
from beffroi.vocabulary.errors import BeffroiError

log = structlog.get_logger("beffroi.app")
UNCHECKED = "authorisations cannot be checked"
_WORDS: dict[CoverageReason, str] = {
    CoverageReason.NO_AUTHORISATION: "no authorisation names this camera",
    CoverageReason.SITUATION_NOT_COVERED: "authorisation {} does not cover what the rule watches for",
    CoverageReason.PURPOSE_DIFFERS: "authorisation {} is for another purpose than the rule",
    CoverageReason.REGIME_FORBIDS: "the regime of authorisation {} does not allow it",
    CoverageReason.REVOKED: "authorisation {} was revoked",
    CoverageReason.EXPIRED: "authorisation {} has expired",
    CoverageReason.NOT_YET_VALID: "authorisation {} does not hold yet",
    CoverageReason.OUTSIDE_HOURS: "outside the hours of authorisation {}",
    CoverageReason.NOTHING_IN_COMMON: "authorisations {} allow nothing in common",
    CoverageReason.CLOCK_STEPPED_BACK: "the clock was put back: somebody must say that it is right",
    CoverageReason.ANALYSIS_STOPPED: STOPPED,
}
"""Why a camera is not analysed, for its status and the journal."""


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
                        outputs=coverage.outputs,
                        authorisations=coverage.authorisation_ids,
                    )
                )
            else:
                refusals.append(why_refused(coverage))
        refused = refusals[0] if refusals and not rules else ""
        orders.append(CameraOrder(camera=camera, rules=tuple(rules), refused=refused))
    return orders


def why_refused(coverage: Coverage) -> str:
    """Why nothing is analysed, in a sentence that names the authorisation.

    >>> why_refused(Coverage(covered=False, reason=CoverageReason.REVOKED, authorisation_id="order-1"))
    'authorisation order-1 was revoked'
    """
    return _WORDS.get(coverage.reason, coverage.reason.value).format(coverage.authorisation_id)


def why_stopped(switch: SwitchState) -> str:
    """Who stopped all analysis and why, in a sentence.

    >>> why_stopped(SwitchState(stopped=True, at=0, by="ines", why="false alerts"))
    'analysis stopped by ines: false alerts'
    """
    by = f" by {switch.by}" if switch.by else ""
    return f"{STOPPED}{by}: {switch.why}" if switch.why else f"{STOPPED}{by}"


class Watching:
    """The loop that keeps workers to what is allowed."""

    def __init__(
        self,
        doors: Doors,
        supervisor: Supervisor,
        *,
        check_s: float,
        on_switched: Callable[[], None] = lambda: None,
    ) -> None:
        self._doors, self._supervisor, self._check_s = doors, supervisor, check_s
        self._on_switched = on_switched
        self._switch: SwitchState | None = None
        self._told: dict[str, tuple[str, ...]] = {}
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

    def close(self) -> None:
        """Write down that analysis ends with the house."""
        self._tell([], why="the house stops")

    def _orders(self) -> list[CameraOrder]:
        self._doors.analysis.mark_clock(SYSTEM)
        cameras = self._doors.cameras.for_watching(SYSTEM)
        self._cameras = tuple(cameras)
        orders = orders_of(cameras, self._doors.rules.for_watching(SYSTEM))
        switch = self._doors.analysis.state(SYSTEM).switch  # last: what was refused by it can then name who turned it
        if self._switch is not None and switch != self._switch:
            self._on_switched()  # another process may have turned it: pages hear of it from here
        self._switch = switch
        if switch.stopped:  # also when the switch cannot be read
            orders = [replace(one, rules=(), refused=why_stopped(switch)) for one in orders]
        self._tell(orders)
        return orders

    def _tell(self, orders: Sequence[CameraOrder], *, why: str = "") -> None:
        """Write into the journal which cameras' analysis begins or ends, before it does: unlogged, nothing begins."""
        now = {one.camera.camera_id: _under(one) for one in orders}
        causes = {one.camera.camera_id: one.refused for one in orders}
        changes = []
        for camera_id in sorted(now.keys() | self._told.keys()):
            before, after = self._told.get(camera_id, ()), now.get(camera_id, ())
            if before == after:
                continue
            if before:
                cause = why or causes.get(camera_id) or ("other authorisations" if after else "no rule or no camera")
                changes.append(AnalysisChange(camera_id=camera_id, began=False, authorisations=before, why=cause))
            if after:
                changes.append(AnalysisChange(camera_id=camera_id, began=True, authorisations=after, why="authorised"))
        if changes:
            self._doors.analysis.note(SYSTEM, changes)
        self._told = now


def _under(order: CameraOrder) -> tuple[str, ...]:
    """The authorisations a camera is analysed under; none: it is not."""
    if order.refused or not order.camera.enabled:
        return ()
    return tuple(sorted({one for rule in order.rules for one in rule.authorisations or (rule.authorisation_id,)}))
