"""What every process's log keeps to itself, and the last words of a worker."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import MutableMapping
from typing import Any

import structlog

from beffroi.sense.failures import hidden_in

_PRIVATE_KEYS = frozenset(
    {"username", "password", "user", "actor", "client", "ip", "cookie", "token", "authorization", "csrf_token", "note"}
)
_HIDDEN = "***"
BROKEN_EXIT = 3


def without_private(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide what must not be in a log, whoever wrote it there: private keys, and credentials inside addresses.

    >>> without_private(None, "", {"event": "x", "url": "rtsp://a:b@c/d", "username": "jo"})
    {'event': 'x', 'url': 'rtsp://***@c/d', 'username': '***'}
    """
    for key, value in event.items():
        if key in _PRIVATE_KEYS:
            event[key] = _HIDDEN
        elif isinstance(value, str):
            event[key] = hidden_in(value)
    return event


def set_up_worker() -> None:
    """A worker's log: JSON lines on standard error, which is the server's own."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            without_private,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def end_with_any_thread() -> None:
    """End the process when one of its threads breaks: cameras must not look watched while nothing watches them.

    The supervisor starts another at once, and shows the cameras as not watched until it is there.
    """

    def last_words(broken: threading.ExceptHookArgs) -> None:
        error = broken.exc_value
        if error is None or isinstance(error, SystemExit):
            return
        name = broken.thread.name if broken.thread is not None else ""
        structlog.get_logger(__name__).error("thread_broke", thread=name, exc_info=error)
        sys.stderr.flush()
        os._exit(BROKEN_EXIT)

    threading.excepthook = last_words
