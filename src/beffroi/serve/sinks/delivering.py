"""One task a sink works through the outbox in order; how far it has got is kept on the disk."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

import structlog

from beffroi.govern.outbox import Outbox, OutboxRow, SinkState
from beffroi.govern.rights import SYSTEM
from beffroi.ports.sink import DeliveryError, Sink
from beffroi.serve.sinks.leaving import outgoing, without_people
from beffroi.vocabulary.errors import StorageError
from beffroi.vocabulary.time import UtcNs, ns_to_seconds

log = structlog.get_logger("beffroi.sinks")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettings:
    """Retries wait ``first_retry_s``, then twice as long each time, to ``longest_retry_s``, less up to half at random.

    A message older than ``give_up_after_s`` that still cannot be delivered is set aside, not forgotten.
    """

    timeout_s: float = 30.0
    first_retry_s: float = 1.0
    longest_retry_s: float = 60.0
    give_up_after_s: float = 86_400.0
    look_every_s: float = 5.0
    batch: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class SinkFigures:
    """A sink's state for screens and metrics: messages ``behind`` it, tries at the next one, the last error."""

    behind: int
    attempts: int
    last_error: str


class Delivery:
    """One sink at work."""

    def __init__(
        self, name: str, sink: Sink, outbox: Outbox, settings: DeliverySettings, clock: Callable[[], UtcNs]
    ) -> None:
        self.name = name
        self._sink = sink
        self._outbox = outbox
        self._settings = settings
        self._clock = clock
        self._grown = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def wake(self) -> None:
        """There is more to tell. Safe from any thread, even when the loop is gone."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._grown.set)

    async def run(self) -> None:
        """Deliver for ever; only cancelling ends it."""
        pause_s = self._settings.first_retry_s
        while True:
            self._grown.clear()  # before reading: what comes meanwhile is not slept over
            try:
                pause_s, wait_s = await self._work(pause_s)
            except StorageError as error:
                log.error("sink_waits_for_store", sink=self.name, cause=str(error))
                wait_s = self._settings.longest_retry_s
            except Exception as error:  # a line that ended would be silent for ever: it is tried again instead
                log.error("sink_stumbled", sink=self.name, cause=type(error).__name__)
                wait_s = self._settings.longest_retry_s
            if wait_s > 0:
                await asyncio.sleep(wait_s)

    async def _work(self, pause_s: float) -> tuple[float, float]:
        """Deliver what is there; the next pause after a failure, and how long to wait now."""
        state, rows = await asyncio.to_thread(self._outbox.batch, SYSTEM, self.name, limit=self._settings.batch)
        if not rows:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._grown.wait(), self._settings.look_every_s)
            return pause_s, 0.0
        for row in rows:
            error = await self._try(row)
            if error is None:
                await asyncio.to_thread(self._outbox.delivered, SYSTEM, self.name, row.seq)
                pause_s = self._settings.first_retry_s
                continue
            state = await asyncio.to_thread(self._outbox.failed, SYSTEM, self.name, str(error))
            if await self._parked(row, state, error):
                continue
            log.warning("sink_failed", sink=self.name, attempts=state.attempts, cause=str(error))
            wait_s = pause_s * random.uniform(0.5, 1.0)  # noqa: S311 - spreads retries, guards nothing
            return min(pause_s * 2, self._settings.longest_retry_s), wait_s
        return pause_s, 0.0

    async def _try(self, row: OutboxRow) -> DeliveryError | None:
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                await self._sink.deliver(outgoing(row))
        except DeliveryError as error:
            return error
        except TimeoutError:
            return DeliveryError(f"no answer in {self._settings.timeout_s:g} s")
        except Exception as error:  # a foreign sink may raise anything; it must not stop its own line
            return DeliveryError(f"the sink broke: {type(error).__name__}")
        return None

    async def _parked(self, row: OutboxRow, state: SinkState, error: DeliveryError) -> bool:
        old = ns_to_seconds(self._clock() - row.made_at) > self._settings.give_up_after_s
        if not (error.permanent or old):
            return False
        why = str(error) if error.permanent else f"too old: {error}"
        kept = replace(row, payload=without_people(row.payload))
        await asyncio.to_thread(self._outbox.parked, SYSTEM, self.name, kept, attempts=state.attempts, why=why)
        log.error("sink_message_set_aside", sink=self.name, topic=row.topic, seq=row.seq, cause=why)
        return True


class Sinks:
    """All sinks of a house. One that is slow or dead holds up neither the others nor the pipeline."""

    def __init__(
        self,
        outbox: Outbox,
        sinks: Mapping[str, Sink],
        clock: Callable[[], UtcNs],
        settings: DeliverySettings | None = None,
    ) -> None:
        self._outbox = outbox
        self._sinks = dict(sinks)
        self._clock = clock
        self._settings = settings or DeliverySettings()
        self._tasks: list[asyncio.Task[None]] = []
        self._deliveries: list[Delivery] = []
        self._unlisten: Callable[[], None] | None = None

    async def start(self) -> None:
        """Begin where each sink was when the house stopped; a new one begins with what is told from now on.

        Raises:
            StorageError: the store refuses.
        """
        await asyncio.to_thread(self._outbox.retire_others, SYSTEM, list(self._sinks))
        for name, sink in self._sinks.items():
            await asyncio.to_thread(self._outbox.join, SYSTEM, name)
            self._deliveries.append(Delivery(name, sink, self._outbox, self._settings, self._clock))
        self._unlisten = self._outbox.listen(self._wake)
        self._tasks = [asyncio.create_task(one.run(), name=f"sink {one.name}") for one in self._deliveries]

    async def stop(self) -> None:
        """Stop at once; what was not delivered is delivered after the next start."""
        if self._unlisten is not None:
            self._unlisten()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks, self._deliveries = [], []
        for sink in self._sinks.values():
            with suppress(DeliveryError, OSError, TimeoutError):
                async with asyncio.timeout(5):
                    await sink.close()

    def figures(self) -> dict[str, SinkFigures]:
        """How each sink stands. Reads the store: call it from a thread.

        Raises:
            StorageError: the store refuses.
        """
        newest = self._outbox.bounds()[1]
        return {
            state.sink: SinkFigures(
                behind=max(0, newest - state.cursor), attempts=state.attempts, last_error=state.last_error
            )
            for state in self._outbox.sinks(SYSTEM)
            if state.sink in self._sinks
        }

    def _wake(self) -> None:
        for delivery in self._deliveries:
            delivery.wake()
