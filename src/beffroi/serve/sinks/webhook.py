"""A web address that is told of alerts: signed, idempotent, told again only where that can help."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

from beffroi.ports.registry import API_VERSION, PluginSpec
from beffroi.ports.sink import DeliveryError, OutgoingMessage

_TRY_AGAIN = frozenset({408, 425, 429})
"""Refusals that pass: time-out, too early, too many requests. Source: RFC 9110, RFC 8470, RFC 6585."""

SIGNATURE_HEADER = "Beffroi-Signature"
TIMESTAMP_HEADER = "Beffroi-Timestamp"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookOptions:
    """``secret`` signs each message. ``proxy`` is an http:// address, "" for none: the environment is not asked."""

    url: str
    secret: str = field(repr=False)
    timeout_s: float = 10.0
    proxy: str = ""


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """What the signature header must say: ``v1=`` and HMAC-SHA256 (hex) of timestamp, a dot and the body.

    >>> signature("k", 1, b"{}")[:9]
    'v1=3dd49b'
    """
    mac = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1={mac.hexdigest()}"


class WebhookSink:
    """Posts each message as JSON. The address and the secret never enter an error."""

    def __init__(self, options: WebhookOptions, unix_time: Callable[[], float] = time.time) -> None:
        self._options = options
        self._unix_time = unix_time
        self._host = urlsplit(options.url).hostname or "?"
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(options.timeout_s),
            follow_redirects=False,
            verify=httpx.create_ssl_context(),  # SSL_CERT_FILE names the town's own authority
            trust_env=False,
            proxy=options.proxy or None,
            limits=httpx.Limits(max_connections=2, max_keepalive_connections=1),
        )

    async def deliver(self, message: OutgoingMessage) -> None:
        """Post once.

        Raises:
            DeliveryError: no answer, or one that asks to come again; permanent when the receiver refuses it for good.
        """
        body = json.dumps(message.payload, ensure_ascii=False, separators=(",", ":")).encode()
        now = int(self._unix_time())
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": message.message_id,
            "Beffroi-Topic": message.topic,
            TIMESTAMP_HEADER: str(now),
            SIGNATURE_HEADER: signature(self._options.secret, now, body),
        }
        try:
            # as a stream: however much the receiver answers, none of it is read
            async with self._client.stream("POST", self._options.url, content=body, headers=headers) as answer:
                status = answer.status_code
        except httpx.HTTPError as error:
            raise DeliveryError(f"{self._host} does not answer ({type(error).__name__})") from None
        if 200 <= status < 300:
            return
        permanent = 300 <= status < 500 and status not in _TRY_AGAIN
        raise DeliveryError(f"{self._host} answers {status}", permanent=permanent)

    async def close(self) -> None:
        """Let go of the connection."""
        await self._client.aclose()


def open_webhook(settings: Mapping[str, Any]) -> WebhookSink:
    """The sink of checked settings (``url``, ``secret``, ``timeout_s``, ``proxy``)."""
    return WebhookSink(WebhookOptions(**settings))


SPEC = PluginSpec(
    name="webhook",
    group="sinks",
    api_version=API_VERSION,
    factory=open_webhook,
    settings={"timeout_s": 10.0, "proxy": ""},
)
