"""Keeps the worker processes alive and tells each what to watch; runs in the server process."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import structlog

from beffroi.run.child import WorkerSlot
from beffroi.run.messages import (
    CameraOrder,
    Counted,
    CountersNow,
    EventSeen,
    EvidenceDone,
    LiveChunk,
    StatusChanged,
    WorkerMessage,
)
from beffroi.run.settings import RunSettings
from beffroi.run.wire import WireError, check_peer, from_plain, peer_pid, receive, to_plain
from beffroi.vocabulary.camera import CameraReason, CameraStatus, WatchState
from beffroi.vocabulary.errors import BlurUnavailableError, NotFoundError, SourceLostError
from beffroi.vocabulary.time import UtcNs

log = structlog.get_logger(__name__)

MESSAGES: dict[str, type[Any]] = {
    "event": EventSeen,
    "evidence": EvidenceDone,
    "status": StatusChanged,
    "counters": CountersNow,
    "counted": Counted,
}
LIVE_PENDING = 400
"""Chunks of one live view that may wait for a slow browser before it is cut off. Source: our choice, ADR 52."""

STILL_WITHIN_S = 5.0


class Supervisor:
    """The workers and what is known of the cameras. All methods belong to one event loop.

    ``on_message`` is called in that loop for each statement of a worker; it must return at once.
    """

    def __init__(self, settings: RunSettings, on_message: Callable[[WorkerMessage], None]) -> None:
        self._settings, self._on_message = settings, on_message
        self._slots: list[WorkerSlot] = []
        self._orders: dict[str, CameraOrder] = {}
        self._statuses: dict[str, CameraStatus] = {}
        self._counters: dict[str, CountersNow] = {}
        self._stills: dict[int, asyncio.Future[bytes]] = {}
        self._lives: dict[int, tuple[str, asyncio.Queue[LiveChunk]]] = {}
        self._next_id = 0
        self._folder: Path | None = None
        self._server: asyncio.Server | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Open the socket and start the workers; they connect by themselves."""
        self._folder = Path(tempfile.mkdtemp(prefix="beffroi-"))  # made for this account alone (0700)
        path = self._folder / "workers"
        self._server = await asyncio.start_unix_server(self._connected, path=str(path), limit=1 << 20)
        self._slots = [WorkerSlot(n, path, self._settings) for n in range(self._settings.worker_count)]
        for slot in self._slots:
            self._tasks.append(asyncio.create_task(slot.keep_alive(self._worker_lost), name=f"worker {slot.number}"))
        await self.apply(list(self._orders.values()))

    async def stop(self) -> None:
        """End the workers: they finish the clips they are writing, then go."""
        for slot in self._slots:
            slot.stopping = True
        await asyncio.gather(*(slot.stop() for slot in self._slots))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        self._fail_waiting(lambda _camera_id: True, "the server is stopping")
        if self._server is not None:
            self._server.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    async def apply(self, orders: Sequence[CameraOrder]) -> None:
        """Take the whole wanted state; only what differs is acted on."""
        wanted = {order.camera.camera_id: order for order in orders}
        for camera_id in [c for c in self._orders if c not in wanted]:
            slot = self._slot_of(camera_id)
            del self._orders[camera_id]
            self._statuses.pop(camera_id, None)
            self._counters.pop(camera_id, None)
            if slot is not None:
                slot.cameras.discard(camera_id)
                slot.send({"type": "drop", "camera_id": camera_id})
        for camera_id, order in wanted.items():
            changed = self._orders.get(camera_id) != order
            self._orders[camera_id] = order
            slot = self._slot_of(camera_id)
            if slot is None and self._slots:
                slot = self._assign(camera_id)
                changed = True
            if changed and slot is not None:
                slot.send({"type": "order", "order": to_plain(order)})

    def _assign(self, camera_id: str) -> WorkerSlot:
        def load(slot: WorkerSlot) -> float:
            return sum(self._orders[c].camera.analysed_fps for c in slot.cameras if self._orders[c].camera.enabled)

        slot = min(self._slots, key=load)
        slot.cameras.add(camera_id)
        if camera_id not in self._statuses:
            self._note_status(_status(camera_id, CameraReason.STARTING, ""))
        return slot

    def _slot_of(self, camera_id: str) -> WorkerSlot | None:
        return next((slot for slot in self._slots if camera_id in slot.cameras), None)

    def statuses(self) -> dict[str, CameraStatus]:
        """The state of every camera ordered."""
        return dict(self._statuses)

    def counters(self, camera_id: str) -> dict[str, float]:
        """The running figures of a camera's rules, named ``<rule_id>.<name>``; empty while nothing is known."""
        known = self._counters.get(camera_id)
        return dict(known.counters) if known else {}

    def figures(self) -> dict[str, Any]:
        """Figures for monitoring: ``workers`` (a list) and ``cameras`` (by id)."""
        return {
            "workers": [slot.figures() for slot in self._slots],
            "cameras": {camera_id: dict(known.figures) for camera_id, known in self._counters.items()},
        }

    async def still(self, camera_id: str, *, clear: bool) -> bytes:
        """JPEG of the camera's newest picture, ``clear`` or with people and vehicles hidden.

        Raises:
            NotFoundError: no such camera.
            SourceLostError: there is no picture, or none recent enough.
            BlurUnavailableError: there is one, but what must be hidden in it cannot be.
        """
        slot = self._worker_of(camera_id)
        self._next_id += 1
        number, answer = self._next_id, asyncio.get_running_loop().create_future()
        self._stills[number] = answer
        try:
            slot.send({"type": "still", "id": number, "camera_id": camera_id, "clear": clear})
            return await asyncio.wait_for(answer, STILL_WITHIN_S)
        except TimeoutError:
            raise SourceLostError(f"camera {camera_id} gave no picture within {STILL_WITHIN_S:.0f} s") from None
        finally:
            self._stills.pop(number, None)

    async def live(self, camera_id: str, *, clear: bool) -> AsyncIterator[LiveChunk]:
        """The camera's live view until the caller stops or an "error" chunk ends it, ``clear`` or with people and
        vehicles hidden.

        Raises:
            NotFoundError: no such camera.
            SourceLostError: its worker is being restarted.
        """
        slot = self._worker_of(camera_id)
        self._next_id += 1
        number = self._next_id
        chunks: asyncio.Queue[LiveChunk] = asyncio.Queue()
        self._lives[number] = (camera_id, chunks)
        try:
            slot.send({"type": "live", "id": number, "camera_id": camera_id, "clear": clear})
            while True:
                chunk = await chunks.get()
                yield chunk
                if chunk.kind == "error":
                    return
        finally:
            self._lives.pop(number, None)
            slot.send({"type": "live_stop", "id": number})

    def _worker_of(self, camera_id: str) -> WorkerSlot:
        if camera_id not in self._orders:
            raise NotFoundError(f"there is no camera {camera_id}")
        slot = self._slot_of(camera_id)
        if slot is None or not slot.connected:
            raise SourceLostError(f"the worker of camera {camera_id} is starting", reason="worker_lost")
        return slot

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        slot = None
        try:
            connection = writer.get_extra_info("socket")
            check_peer(connection)
            slot = await self._slot_with(peer_pid(connection))
            slot.attach(writer)
            slot.send({"type": "settings", "settings": to_plain(self._settings)})
            for camera_id in sorted(slot.cameras):
                slot.send({"type": "order", "order": to_plain(self._orders[camera_id])})
            while (message := await receive(reader)) is not None:
                slot.heard_at = time.monotonic()
                self._take(slot, *message)
        except WireError as error:
            log.warning("worker_refused", cause=str(error))
        finally:
            if slot is not None:
                slot.detach(writer)
            writer.close()

    async def _slot_with(self, pid: int) -> WorkerSlot:
        for _ in range(100):  # a worker may connect before its start has been noted here
            for slot in self._slots:
                if slot.pid == pid:
                    return slot
            await asyncio.sleep(0.02)
        raise WireError(f"process {pid} on the workers' socket is none of ours")

    def _take(self, slot: WorkerSlot, header: dict[str, Any], payload: bytes) -> None:
        kind = header["type"]
        if kind == "still":
            self._take_still(header, payload)
        elif kind == "live":
            self._take_live(slot, header, payload)
        elif kind == "beat":
            slot.beat = {k: float(v) for k, v in header.items() if k not in ("type", "model", "runtime")}
            slot.model, slot.runtime = str(header.get("model", "")), str(header.get("runtime", ""))
        elif kind in MESSAGES:
            self._take_message(slot, from_plain(MESSAGES[kind], header["body"]))
        else:
            raise WireError(f"a message of unknown type {kind!r}")

    def _take_message(self, slot: WorkerSlot, message: WorkerMessage) -> None:
        if isinstance(message, StatusChanged):
            if message.status.camera_id in slot.cameras:  # else it was taken away meanwhile
                self._note_status(message.status)
            return
        if isinstance(message, CountersNow):
            if message.camera_id not in slot.cameras:
                return
            self._counters[message.camera_id] = message
        self._tell(message)

    def _note_status(self, status: CameraStatus) -> None:
        self._statuses[status.camera_id] = status
        self._tell(StatusChanged(status=status))

    def _tell(self, message: WorkerMessage) -> None:
        try:
            self._on_message(message)
        except Exception:  # the house's mistake must not cut off the workers; it is logged with its trace
            log.exception("message_not_taken", kind=type(message).__name__)

    def _take_still(self, header: dict[str, Any], payload: bytes) -> None:
        answer = self._stills.get(int(header["id"]))
        if answer is None or answer.done():
            return
        if header.get("reason") == "blur_unavailable":
            answer.set_exception(BlurUnavailableError(str(header["error"])))
        elif header.get("error"):
            answer.set_exception(SourceLostError(str(header["error"])))
        else:
            answer.set_result(payload)

    def _take_live(self, slot: WorkerSlot, header: dict[str, Any], payload: bytes) -> None:
        number = int(header["id"])
        if number not in self._lives:
            return
        chunks = self._lives[number][1]
        if chunks.qsize() >= LIVE_PENDING:
            slot.send({"type": "live_stop", "id": number})
            while not chunks.empty():
                chunks.get_nowait()
            chunks.put_nowait(live_error("too_slow", "the connection is too slow for this stream"))
            return
        chunks.put_nowait(LiveChunk(kind=str(header["kind"]), data=payload))

    def _worker_lost(self, slot: WorkerSlot) -> None:
        for camera_id in sorted(slot.cameras):
            self._counters.pop(camera_id, None)
            self._note_status(_status(camera_id, CameraReason.WORKER_LOST, "its worker ended and is being restarted"))
        self._fail_waiting(lambda camera_id: camera_id in slot.cameras, "its worker ended")

    def _fail_waiting(self, concerns: Callable[[str], bool], why: str) -> None:
        for camera_id, chunks in self._lives.values():
            if concerns(camera_id):
                chunks.put_nowait(live_error("worker_lost", why))


def live_error(code: str, detail: str) -> LiveChunk:
    """The last chunk of a live view: a stable code and a sentence."""
    return LiveChunk(kind="error", data=json.dumps({"error": code, "detail": detail}).encode())


def _status(camera_id: str, reason: CameraReason, detail: str) -> CameraStatus:
    now = UtcNs(time.time_ns())
    return CameraStatus(camera_id=camera_id, state=WatchState.NOT_WATCHED, reason=reason, since=now, detail=detail)
