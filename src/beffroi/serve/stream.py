"""The stream of events to browsers: each client reads the outbox at its own speed, woken when something is new.

Nothing is queued for a client but its place in the outbox and the newest of each passing figure, so that a slow
browser costs no memory and hurts nobody; one that is too far behind is told to start afresh (`reset`).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog

from beffroi.govern.outbox import OutboxRow
from beffroi.vocabulary.errors import StorageError

log = structlog.get_logger("beffroi.serve")


class Outlet(Protocol):
    """What one client may read, bound to its actor. Called in a thread."""

    def rows(self, after: int, limit: int) -> Sequence[OutboxRow]:
        """The next messages the client may see."""
        ...

    def bounds(self) -> tuple[int, int]:
        """The oldest and newest sequence numbers that exist (0, 0 when none)."""
        ...

    def still_welcome(self) -> bool:
        """Whether the session still stands."""
        ...

    def shows(self, event: str, key: str) -> bool:
        """Whether a passing figure is this client's business."""
        ...

    def greeting(self) -> list[tuple[str, dict[str, Any]]]:
        """What a client gets first: (event, payload) of all states and the governor."""
        ...


_PAGE = 200


def sse(event: str, payload: Any, seq: int | None = None) -> bytes:
    r"""One message in the event-stream format.

    >>> sse("alert", {"a": 1}, 7)
    b'id: 7\nevent: alert\ndata: {"a":1}\n\n'
    """
    head = f"id: {seq}\n" if seq is not None else ""
    text = json.dumps(payload, separators=(",", ":"), ensure_ascii=False)
    return f"{head}event: {event}\ndata: {text}\n\n".encode()


def told(row: OutboxRow) -> bytes:
    """A message of the outbox as a browser gets it. A verdict also tells how its alert now stands; topics that are
    none of a browser's business give nothing.
    """
    if row.topic in ("alert.raised", "alert.changed"):
        return sse("alert", row.payload, row.seq)
    if row.topic == "verdict.given":
        return sse("alert", row.payload["alert"], row.seq) + sse("verdict", row.payload["verdict"], row.seq)
    if row.topic == "camera.state":
        return sse("camera", row.payload, row.seq)
    if row.topic == "analysis.changed":
        return sse("analysis", row.payload, row.seq)
    if row.topic == "request.changed":
        return sse("request", row.payload, row.seq)
    return b""


@dataclass(slots=True, kw_only=True, eq=False)
class _Client:
    """One open stream: its bell, and the newest of each passing figure."""

    bell: asyncio.Event = field(default_factory=asyncio.Event)
    passing: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)


class EventHub:
    """Wakes clients when the outbox grew or figures changed."""

    def __init__(self, *, heartbeat_s: float, backlog: int, clients: int) -> None:
        self._heartbeat_s, self._backlog, self._most = heartbeat_s, backlog, clients
        self._clients: set[_Client] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = asyncio.Event()

    @property
    def clients(self) -> int:
        """How many streams are open."""
        return len(self._clients)

    @property
    def full(self) -> bool:
        """Whether no further client is taken."""
        return len(self._clients) >= self._most

    def start(self) -> None:
        """Bind to the running event loop."""
        self._loop = asyncio.get_running_loop()

    def stop(self) -> None:
        """End all streams, so that the server can stop."""
        self._closed.set()
        self._ring()

    def grown(self) -> None:
        """The outbox has new rows. Called from any thread."""
        self._soon(self._ring)

    def passing(self, event: str, key: str, payload: dict[str, Any]) -> None:
        """A figure that only matters while it is new: not kept, not resumed. Called from any thread."""
        self._soon(lambda: self._pass(event, key, payload))

    def _soon(self, call: Callable[[], None]) -> None:
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(call)

    def _ring(self) -> None:
        for client in self._clients:
            client.bell.set()

    def _pass(self, event: str, key: str, payload: dict[str, Any]) -> None:
        for client in self._clients:
            client.passing[(event, key)] = payload
            client.bell.set()

    async def follow(self, outlet: Outlet, last_seq: int | None) -> AsyncIterator[bytes]:
        """What one client gets, until it leaves, is signed out, or the house stops.

        ``last_seq`` is the client's ``Last-Event-ID``; None: it starts now.
        """
        client = _Client()
        self._clients.add(client)
        try:
            yield b"retry: 2000\n\n"
            seq, first = await asyncio.to_thread(self._beginning, outlet, last_seq)
            yield first
            loop, checked_at = asyncio.get_running_loop(), asyncio.get_running_loop().time()
            while not self._closed.is_set():
                client.bell.clear()
                rows, place = await asyncio.to_thread(self._next, outlet, seq)
                moved, seq = place != seq, place
                passing, client.passing = client.passing, {}
                text = rows + b"".join(
                    sse(event, payload) for (event, key), payload in passing.items() if outlet.shows(event, key)
                )
                if text:
                    yield text
                if loop.time() - checked_at >= self._heartbeat_s:
                    checked_at = loop.time()
                    if not await asyncio.to_thread(outlet.still_welcome):
                        return
                if not moved and not await self._woken(client):
                    yield b": beat\n\n"
        except StorageError as error:
            log.warning("stream_broken", cause=str(error))  # the browser comes back by itself and misses nothing
        finally:
            self._clients.discard(client)

    async def _woken(self, client: _Client) -> bool:
        """Wait for the bell; False when nothing came within the heartbeat."""
        try:
            await asyncio.wait_for(client.bell.wait(), self._heartbeat_s)
        except TimeoutError:
            return False
        return True

    def _beginning(self, outlet: Outlet, last_seq: int | None) -> tuple[int, bytes]:
        """Where a client starts, and its first messages."""
        oldest, newest = outlet.bounds()
        first = b""
        seq = newest if last_seq is None else last_seq
        gone = last_seq is not None and (
            last_seq > newest or last_seq + 1 < oldest or newest - last_seq > self._backlog
        )
        if gone:
            seq = newest
            first = sse("reset", {"reason": "too_old"}, newest)
        elif last_seq is None:
            first = f"id: {newest}\n\n".encode()
        return seq, first + b"".join(sse(event, payload) for event, payload in outlet.greeting())

    def _next(self, outlet: Outlet, seq: int) -> tuple[bytes, int]:
        """The next messages and the new place; a client that fell too far behind is reset."""
        newest = outlet.bounds()[1]
        if newest <= seq:
            return b"", seq
        if newest - seq > self._backlog:
            return sse("reset", {"reason": "too_slow"}, newest), newest
        rows = outlet.rows(seq, _PAGE)
        text = b"".join(told(row) for row in rows)
        if len(rows) < _PAGE:
            return text, max([newest, *(row.seq for row in rows)])
        return text, rows[-1].seq
