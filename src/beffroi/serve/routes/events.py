"""The stream of events, by server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import StreamingResponse

from beffroi.govern.accounts import Session
from beffroi.govern.outbox import OutboxRow
from beffroi.govern.rights import Right, may
from beffroi.govern.switching import switch_json
from beffroi.serve.access import Needs
from beffroi.serve.cookies import COOKIE
from beffroi.serve.deps import ServeDeps, deps_of
from beffroi.serve.problems import Problem, problems
from beffroi.serve.wire.alerts import governor_out
from beffroi.serve.wire.cameras import status_out
from beffroi.vocabulary.errors import NotAuthorisedError

router = APIRouter(tags=["events"])
Desk = Annotated[Session, Depends(Needs(Right.SEE_QUEUE))]

STREAM_EXAMPLE = (
    'id: 42\nevent: alert\ndata: {"alert_id":"al_01J9ZK3M7Q","state":"open","...":"..."}\n\n'
    'event: counters\ndata: {"camera_id":"mairie-nord","counters":{"pelouse.inside":1.0}}\n\n: beat\n\n'
)


@dataclass(slots=True, kw_only=True)
class ActorOutlet:
    """The outbox as one signed-in person may read it."""

    deps: ServeDeps
    session: Session
    token: str
    _cameras: frozenset[str] | None = frozenset()

    def rows(self, after: int, limit: int) -> list[OutboxRow]:
        """The next messages this person may see."""
        return list(self.deps.doors.outbox.for_actor(self.session.actor, after, limit=limit))

    def bounds(self) -> tuple[int, int]:
        """The oldest and newest message there is."""
        return self.deps.doors.outbox.bounds()

    def still_welcome(self) -> bool:
        """Whether the session still stands; to look is no use of it, so a page left open does not keep it alive."""
        try:
            self.session = self.deps.doors.sessions.standing(self.token)
            self._cameras = self.deps.doors.cameras.reached(self.session.actor)
        except NotAuthorisedError:
            return False
        return may(self.session.actor, Right.SEE_QUEUE)

    def shows(self, event: str, key: str) -> bool:
        """Whether a passing figure is of a camera that this person reaches, or of none."""
        return event != "counters" or self._cameras is None or key in self._cameras

    def greeting(self) -> list[tuple[str, dict[str, Any]]]:
        """All camera states and the governor as they are now, so that a page is right from its first second."""
        self._cameras = self.deps.doors.cameras.reached(self.session.actor)
        statuses = self.deps.supervisor.statuses()
        first: list[tuple[str, dict[str, Any]]] = [
            ("camera", status_out(statuses[one.camera_id]).model_dump(mode="json"))
            for one in self.deps.doors.cameras.all(self.session.actor)
            if one.camera_id in statuses
        ]
        governor = self.deps.doors.alerts.queue(self.session.actor, limit=1).governor
        state = self.deps.doors.analysis.state(self.session.actor)
        return [*first, ("governor", governor_out(governor).model_dump()), ("analysis", switch_json(state.switch))]


@router.get(
    "/events/stream",
    summary="What happens, as it happens",
    response_class=StreamingResponse,
    responses={
        **problems(401, 403, 503),
        200: {
            "content": {"text/event-stream": {"schema": {"type": "string"}, "example": STREAM_EXAMPLE}},
            "description": (
                "`alert`, `verdict`, `camera`, `analysis`, `request` carry an `id`; `counters`, `governor` pass; "
                "`reset`: too much was missed, read the queue again."
            ),
        },
    },
)
async def stream(
    request: Request,
    session: Desk,
    last_event_id: Annotated[str | None, Header(pattern=r"^\d{0,18}$", examples=["41"])] = None,
) -> StreamingResponse:
    """Server-sent events. After a break the browser names the last `id` it got and misses nothing."""
    deps = deps_of(request)
    if deps.hub.full:
        raise Problem(503, "too_many_streams", "too many event streams are open", mend="Close pages that are not used.")
    outlet = ActorOutlet(deps=deps, session=session, token=request.cookies.get(COOKIE, ""))
    return StreamingResponse(
        _follow(deps, outlet, int(last_event_id) if last_event_id else None),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _follow(deps: ServeDeps, outlet: ActorOutlet, last_seq: int | None) -> AsyncIterator[bytes]:
    """The hub's stream of one client."""
    async for piece in deps.hub.follow(outlet, last_seq):
        yield piece
