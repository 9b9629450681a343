"""A worker process: one shard of cameras, told what to do over a local socket."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from time import monotonic
from typing import Any, cast

import cv2
import psutil
import structlog

from beffroi.ports.registry import Registry
from beffroi.ports.vision import Detector
from beffroi.run import logs
from beffroi.run.evidence import EvidenceWriter
from beffroi.run.eyes import Eyes
from beffroi.run.live import LiveViews
from beffroi.run.messages import CameraOrder, Counted, CountersNow, EventSeen, EvidenceDone, WorkerMessage
from beffroi.run.plugins import log_broken, registry, situation_specs
from beffroi.run.redaction import blurred_still
from beffroi.run.settings import RunSettings
from beffroi.run.shard import Shard, ShardParts
from beffroi.run.wire import WireError, check_peer, from_plain, pack, receive_blocking, to_plain
from beffroi.see.detect.opening import RUNTIMES, open_detector
from beffroi.vocabulary.errors import BeffroiError, BlurUnavailableError, PluginError

log = structlog.get_logger(__name__)

LIVE_BYTES_WAITING = 16_000_000
STUCK_AFTER_S = 60.0
"""An analysis thread that has not moved for so long will not: the worker ends and is restarted."""

PR_SET_PDEATHSIG = 1


class Outbox:
    """What goes up to the server, from all threads, in order; live pictures only while the wire takes them."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._queue: SimpleQueue[tuple[bytes, bool] | None] = SimpleQueue()
        self._live_bytes = 0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
        self._thread.start()

    def put(self, header: Mapping[str, Any], payload: bytes = b"") -> None:
        """Send; never blocks, never drops."""
        self._queue.put((pack(header, payload), False))

    def say(self, message: WorkerMessage) -> None:
        """Send a statement."""
        kinds = {EventSeen: "event", EvidenceDone: "evidence", CountersNow: "counters", Counted: "counted"}
        kind = kinds.get(type(message), "status")
        self.put({"type": kind, "body": to_plain(message)})

    def live(self, number: int, kind: str, data: bytes) -> bool:
        """Send a piece of a live view; false when too much waits already (its last word always goes)."""
        with self._lock:
            if self._live_bytes > LIVE_BYTES_WAITING and kind != "error":
                return False
            message = pack({"type": "live", "id": number, "kind": kind}, data)
            self._live_bytes += len(message)
        self._queue.put((message, True))
        return True

    def close(self, timeout_s: float) -> None:
        """Send what waits, then end."""
        self._queue.put(None)
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while (item := self._queue.get()) is not None:
            message, is_live = item
            try:
                self._connection.sendall(message)
            except OSError:
                return  # the server has gone: the main thread sees it too and ends the worker
            if is_live:
                with self._lock:
                    self._live_bytes -= len(message)


def chosen_detector(settings: RunSettings, known: Registry) -> Detector:
    """The detector of the settings, on one thread: workers share the cores out among themselves.

    A foreign detector is chosen by its plug-in's name, and made with ``data``, ``runtime`` and ``threads``.

    Raises:
        BeffroiError: unknown, broken, or its engine is not installed.
    """
    runtime = next((known for known in RUNTIMES if known == settings.runtime), None)
    if runtime is None:
        raise PluginError(f"no runtime is called {settings.runtime!r}; there are {', '.join(RUNTIMES)}")
    data = Path(settings.data_dir)
    if known.concerns("detectors", settings.model):
        detector: Detector = known.get("detectors", settings.model).factory(data=data, runtime=runtime, threads=1)
        return detector
    return open_detector(settings.model, data=data, runtime=runtime, threads=1)


class Worker:
    """The process's main thread: takes orders until the server says stop or goes away."""

    def __init__(self, connection: socket.socket, settings: RunSettings) -> None:
        self._connection, self._settings = connection, settings
        self._out = Outbox(connection)
        known = registry()
        log_broken(known)
        self._eyes = Eyes(lambda: self._second_detector(known))
        self._evidence = EvidenceWriter(Path(settings.data_dir), settings.evidence, self._out.say, self._eyes)
        self._views = LiveViews(self._out.live, self._eyes)
        self._stills = ThreadPoolExecutor(1, thread_name_prefix="stills")
        parts = ShardParts(
            settings=settings,
            specs=situation_specs(known),
            sources=known,
            open_detector=lambda: chosen_detector(settings, known),
            evidence=self._evidence,
            send=self._out.say,
            on_analysed=self._views.analysed,
            on_gone=self._views.camera_gone,
        )
        self._shard = Shard(parts)
        threading.Thread(target=self._beat, name="beat", daemon=True).start()

    def serve(self) -> bool:
        """Take orders; true when asked to stop, false when the server has gone."""
        self._shard.start()
        while (message := receive_blocking(self._connection)) is not None:
            header, _ = message
            if header["type"] == "stop":
                return True
            self._take(header)
        return False

    def stop(self) -> None:
        """Let go of the cameras and write the clips that wait."""
        self._shard.stop(2.0)
        self._evidence.close(4.0)
        self._out.close(1.0)

    def _take(self, header: dict[str, Any]) -> None:
        kind = header["type"]
        if kind == "order":
            self._shard.order(from_plain(CameraOrder, header["order"]))
        elif kind == "drop":
            self._shard.drop(str(header["camera_id"]))
        elif kind == "still":
            clear = header.get("clear") is True
            self._stills.submit(self._still, int(header["id"]), str(header["camera_id"]), clear)
        elif kind == "live":
            clear = header.get("clear") is True
            self._views.open(int(header["id"]), self._shard.life(str(header["camera_id"])), clear=clear)
        elif kind == "live_stop":
            self._views.close(int(header["id"]))
        else:
            raise WireError(f"an order of unknown type {kind!r}")

    def _second_detector(self, known: Registry) -> Detector:
        """A detector of its own for hiding: on the same weights where the first one can be doubled."""
        first = self._shard.detector
        twin = getattr(first, "twin", None)
        return cast("Detector", twin()) if twin is not None else chosen_detector(self._settings, known)

    def _still(self, number: int, camera_id: str, clear: bool) -> None:
        life = self._shard.life(camera_id)
        picture, error, reason = b"", "this camera is not watched here", ""
        try:
            if life is not None:
                clear = clear or not life.order.camera.blur
                picture, error = life.still() if clear else blurred_still(life, self._eyes), ""
        except BlurUnavailableError as refused:
            error, reason = str(refused), refused.reason
        except BeffroiError as refused:
            error = str(refused)
        except Exception as failed:  # the asker must get an answer whatever the camera sent
            log.exception("still_failed", camera_id=camera_id)
            error = f"the picture could not be made ({type(failed).__name__})"
        self._out.put({"type": "still", "id": number, "error": error, "reason": reason}, picture)

    def _beat(self) -> None:
        process = psutil.Process()
        pause = threading.Event()
        while not pause.wait(self._settings.beat_s):
            if monotonic() - self._shard.alive_at > STUCK_AFTER_S:
                log.error("analysis_stuck")
                os._exit(3)
            times, detector = process.cpu_times(), self._shard.detector
            self._out.put(
                {
                    "type": "beat",
                    "rss_mb": process.memory_info().rss / 1e6,
                    "cpu_s": times.user + times.system,
                    "threads": process.num_threads(),
                    "model": detector.model if detector is not None else "",
                    "runtime": str(getattr(detector, "runtime", "")),
                }
            )


def die_with_parent() -> None:
    """Have the kernel end this process when its server ends, however that happens."""
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent or parent == 1:
        os._exit(1)  # the server had gone before the kernel was told


def main(arguments: list[str]) -> int:
    """Run a worker until its server ends it."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m beffroi.run.worker SOCKET (the server starts workers by itself)\n")
        return 2
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the server says when to stop
    logs.set_up_worker()
    logs.end_with_any_thread()
    cv2.setNumThreads(1)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(arguments[0])
    check_peer(connection, pid=os.getppid())
    first = receive_blocking(connection)
    if first is None:
        return 1
    worker = Worker(connection, from_plain(RunSettings, first[0]["settings"]))
    if worker.serve():
        worker.stop()
    os._exit(0)  # readers may still be inside a network time-out: nothing of theirs is worth waiting for


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
