"""Live pictures over a WebSocket: video only, clear or with people and plates hidden, as the viewer may see them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress

import structlog
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from starlette.websockets import WebSocketState

from beffroi.govern.in_force import Viewing
from beffroi.govern.rights import Right
from beffroi.run.messages import LiveChunk
from beffroi.serve.access import Needs, session_of
from beffroi.serve.cookies import COOKIE
from beffroi.serve.deps import ServeDeps, deps_of
from beffroi.serve.guards import same_origin
from beffroi.serve.problems import Problem, as_problem
from beffroi.vocabulary.errors import BeffroiError, SourceError
from beffroi.vocabulary.time import iso_utc

log = structlog.get_logger("beffroi.serve")
router = APIRouter(tags=["live"])
SEND_TIMEOUT_S = 10.0
RECHECK_S = 2.0
"""An authorisation or a lift of the blur that ends, ends what is seen under it within 5 s."""
NEEDS = Needs(Right.SEE_LIVE)


class LiveSeats:
    """How many live views may be open at one time."""

    def __init__(self, most: int) -> None:
        self.most, self.taken = most, 0

    def __enter__(self) -> None:
        """Take a seat.

        Raises:
            Problem: 503 `too_many_live_views`.
        """
        if self.taken >= self.most:
            mend = "Close another live view; the still pictures go on."
            raise Problem(503, "too_many_live_views", f"{self.most} live views are open already", mend=mend)
        self.taken += 1

    def __exit__(self, *_: object) -> None:
        """Give it back."""
        self.taken -= 1


@router.websocket("/cameras/{camera_id}/live")
async def live(socket: WebSocket, camera_id: str) -> None:
    """The camera's video as it comes: text `{"mime", "picture"}` (clear or blurred, and until when), binary fragments,
    `{"tracks"}` between; `{"error"}` last.
    """
    deps = deps_of(socket)
    if not same_origin(socket.headers, public_url=deps.settings.public_url):
        await _refuse(socket, Problem(403, "other_origin", "the request comes from another site"))
        return
    seats: LiveSeats = socket.app.state.seats
    try:
        session = await asyncio.to_thread(session_of, socket)
        await asyncio.to_thread(NEEDS.check, socket, session.actor)
        with seats:
            seen = await asyncio.to_thread(deps.doors.cameras.viewed_live, session.actor, camera_id)
            await socket.accept()
            await _show(socket, deps, seen)
    except Problem as problem:
        await _refuse(socket, problem)
    except BeffroiError as error:
        await _refuse(socket, as_problem(error))
    except (WebSocketDisconnect, TimeoutError):
        log.debug("live_left")
    if socket.application_state is WebSocketState.CONNECTED and socket.client_state is WebSocketState.CONNECTED:
        with suppress(WebSocketDisconnect):  # a viewer that goes at this very instant has left as well
            await socket.close()


def picture_json(seen: Viewing) -> dict[str, str | None]:
    """How the picture is shown: `clear` or `blurred`; a lift of the blur with its end."""
    lift = seen.clearness.lift
    return {
        "picture": "clear" if seen.clear else "blurred",
        "lift_id": lift.lift_id if lift else None,
        "until_at": iso_utc(lift.until_at) if lift else None,
    }


async def _show(socket: WebSocket, deps: ServeDeps, seen: Viewing) -> None:
    """Send until the source ends, the viewer leaves, is signed out, or may see it otherwise than so far."""
    sending = asyncio.create_task(
        _send(socket, deps.supervisor.live(seen.camera.camera_id, clear=seen.clear), picture_json(seen))
    )
    leaving = asyncio.create_task(_left(socket))
    watching = asyncio.create_task(_no_longer_welcome(socket, seen))
    tasks = (sending, leaving, watching)
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if watching in done and not watching.exception():
        await socket.send_text(json.dumps({"error": "not_authorised", "detail": "this may no longer be seen by you"}))
    for task in done:
        task.result()


async def _send(socket: WebSocket, chunks: AsyncIterator[LiveChunk], how: dict[str, str | None]) -> None:
    """Pass chunks on; a viewer that takes none for long is let go, so that nothing piles up."""
    try:
        async for chunk in chunks:
            await asyncio.wait_for(_pass(socket, chunk, how), SEND_TIMEOUT_S)
    except SourceError as error:
        await socket.send_text(json.dumps({"error": error.reason, "detail": str(error)}))
    finally:
        closing = getattr(chunks, "aclose", None)
        if closing is not None:
            await closing()


async def _pass(socket: WebSocket, chunk: LiveChunk, how: dict[str, str | None]) -> None:
    if chunk.kind == "mime":
        await socket.send_text(json.dumps({"mime": chunk.data.decode()} | how))
    elif chunk.kind == "tracks":
        await socket.send_text(inside_picture(chunk.data))
    elif chunk.kind == "error":
        await socket.send_text(chunk.data.decode())
    else:
        await socket.send_bytes(chunk.data)


def inside_picture(tracks: bytes) -> str:
    """Tracks as the API promises them: boxes cut at the picture's borders (a tracker follows things beyond them).

    >>> inside_picture(b'{"tracks": [{"id": "1", "class": "person", "box": [-0.1, 0.2, 0.5, 1.3]}]}')
    '{"tracks": [{"id": "1", "class": "person", "box": [0.0, 0.2, 0.5, 1.0]}]}'
    """
    told = json.loads(tracks)
    for track in told.get("tracks", []):
        track["box"] = [min(1.0, max(0.0, value)) for value in track["box"]]
    return json.dumps(told)


async def _left(socket: WebSocket) -> None:
    """Return when the viewer has gone. What it says meanwhile is ignored."""
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return


async def _no_longer_welcome(socket: WebSocket, seen: Viewing) -> None:
    """Return when the session no longer stands, or the camera may no longer be seen for the same purpose and as
    clearly; what cannot be asked is not allowed.
    """
    doors, token = deps_of(socket).doors, socket.cookies.get(COOKIE, "")
    while True:
        await asyncio.sleep(RECHECK_S)
        try:
            session = await asyncio.to_thread(doors.sessions.standing, token)
            now = await asyncio.to_thread(doors.cameras.may_see_live, session.actor, seen.camera.camera_id)
        except BeffroiError:
            return
        if (now.purpose_id, now.clear) != (seen.purpose_id, seen.clear):
            return


async def _refuse(socket: WebSocket, problem: Problem) -> None:
    """Say why, then close: a browser cannot read the body of a refused handshake."""
    try:
        if socket.application_state is WebSocketState.CONNECTING:
            await socket.accept()
        await socket.send_text(json.dumps({"error": problem.out.code, "detail": problem.out.detail}))
        await socket.close(code=4000 + problem.out.status)
    except (WebSocketDisconnect, RuntimeError):
        log.debug("live_left")
