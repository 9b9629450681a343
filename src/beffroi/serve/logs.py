"""Logs: one JSON object a line, without names, addresses, credentials or query strings."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_PRIVATE_KEYS = frozenset(
    {"username", "password", "user", "actor", "client", "ip", "cookie", "token", "authorization", "csrf_token", "note"}
)
_CREDENTIALS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)[^/\s@]+@", re.IGNORECASE)
_HIDDEN = "***"


def without_private(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide what must not be in a log, whoever wrote it there: private keys, and credentials inside addresses.

    >>> without_private(None, "", {"event": "x", "url": "rtsp://a:b@c/d", "username": "jo"})
    {'event': 'x', 'url': 'rtsp://***@c/d', 'username': '***'}
    """
    for key, value in event.items():
        if key in _PRIVATE_KEYS:
            event[key] = _HIDDEN
        elif isinstance(value, str):
            event[key] = _CREDENTIALS.sub(rf"\g<scheme>{_HIDDEN}@", value)
    return event


def set_up(*, level: str, as_json: bool) -> None:
    """Send all logs, ours and the libraries', through one form to standard error."""
    chain: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        without_private,
    ]
    last: Any = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[*chain, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=chain,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, without_private, last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("httpx", "httpcore", "uvicorn.access", "asyncio"):  # they write addresses
        logging.getLogger(name).setLevel("WARNING")
