"""What carries alerts out of the house must do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """One thing to tell. ``message_id`` is the idempotency key: the same id is the same message, however often sent."""

    message_id: str
    topic: str
    """alert.raised, alert.changed, verdict.given, camera.state"""
    payload: dict[str, Any]


class Sink(Protocol):
    """Delivers messages somewhere. Called by its own worker, never by the pipeline."""

    async def deliver(self, message: OutgoingMessage) -> None:
        """Deliver once or raise; the outbox retries with back-off.

        Raises:
            DeliveryError: try again later (``permanent`` false) or never (``permanent`` true).
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class DeliveryError(Exception):
    """A sink could not deliver; ``permanent`` tells that a retry is useless."""

    def __init__(self, text: str, *, permanent: bool = False) -> None:
        self.permanent = permanent
        super().__init__(text)
