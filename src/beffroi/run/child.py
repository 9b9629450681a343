"""One worker process as its supervisor sees it: started, fed, watched, restarted."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import structlog

from beffroi.run.settings import RunSettings
from beffroi.run.wire import pack

log = structlog.get_logger(__name__)

CONNECT_WITHIN_S = 60.0
STOP_WITHIN_S = 8.0
STEADY_AFTER_S = 30.0
"""A worker that lived so long is restarted at once, one that did not after a growing pause."""

ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
"""Workers share the cores out among themselves, so no library gets threads of its own; few arenas keep memory small."""


class WorkerSlot:
    """A place for one worker: whatever process fills it, its cameras stay."""

    def __init__(self, number: int, socket_path: Path, settings: RunSettings) -> None:
        self.number, self._path, self._settings = number, socket_path, settings
        self.cameras: set[str] = set()
        self.stopping = False
        self.heard_at = 0.0
        self.restarts = 0
        self.beat: dict[str, float] = {}
        self.model = self.runtime = ""
        self._process: asyncio.subprocess.Process | None = None
        self._writer: asyncio.StreamWriter | None = None

    @property
    def pid(self) -> int | None:
        """The process that fills the slot now."""
        return self._process.pid if self._process is not None else None

    @property
    def connected(self) -> bool:
        """Whether orders reach a process."""
        return self._writer is not None

    def attach(self, writer: asyncio.StreamWriter) -> None:
        """The slot's process has connected."""
        self._writer, self.heard_at = writer, time.monotonic()

    def detach(self, writer: asyncio.StreamWriter) -> None:
        """That connection has ended."""
        if self._writer is writer:
            self._writer = None

    def send(self, header: Mapping[str, Any]) -> None:
        """Tell the process, if it listens: a new one is told everything when it connects."""
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(pack(header))

    async def keep_alive(self, lost: Callable[[WorkerSlot], None]) -> None:
        """Run a process in this slot for ever; ``lost`` is called each time one ended unasked."""
        pause = self._settings.restart_first_s
        while not self.stopping:
            started = time.monotonic()
            code = await self._run_one()
            self._writer = self._process = None
            if self._told_to_stop():
                return
            lived = time.monotonic() - started
            self.restarts += 1
            log.warning("worker_ended", worker=self.number, code=code, lived_s=round(lived, 1))
            lost(self)
            pause = self._settings.restart_first_s if lived > STEADY_AFTER_S else pause
            await asyncio.sleep(pause)
            pause = min(pause * 2, self._settings.restart_most_s)

    def _told_to_stop(self) -> bool:
        return self.stopping

    async def _run_one(self) -> int:
        self.heard_at = time.monotonic() + CONNECT_WITHIN_S
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "beffroi.run.worker",
            str(self._path),
            stdin=asyncio.subprocess.DEVNULL,
            env=os.environ | ENVIRONMENT,
        )
        self._process = process
        watch = asyncio.create_task(self._watch(process))
        try:
            return await process.wait()
        except asyncio.CancelledError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            raise
        finally:
            watch.cancel()

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        """End a process that says nothing any more: it is stopped, stuck or starved."""
        while True:
            await asyncio.sleep(self._settings.beat_s)
            if time.monotonic() - self.heard_at > self._settings.silent_after_s:
                log.error("worker_silent", worker=self.number, pid=process.pid)
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                return

    async def stop(self) -> None:
        """Ask the process to end; after a while, end it."""
        self.stopping = True
        process = self._process
        if process is None:
            return
        self.send({"type": "stop"})
        try:
            await asyncio.wait_for(process.wait(), STOP_WITHIN_S if self.connected else 0.1)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    def figures(self) -> dict[str, float | str]:
        """What is known of the process: pid, restarts, cameras, memory, CPU seconds."""
        return {
            "worker": float(self.number),
            "pid": float(self.pid or 0),
            "restarts": float(self.restarts),
            "cameras": float(len(self.cameras)),
            "model": self.model,
            "runtime": self.runtime,
            **self.beat,
        }
