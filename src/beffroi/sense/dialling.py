"""Opening a container by libav, and naming a run: what every kind of stream needs."""

from __future__ import annotations

import time
import uuid
from typing import Any

import av

from beffroi.sense.failures import failure
from beffroi.vocabulary.errors import SourceError, SourceUnreadableError

_TIMED_OUT_SHARE = 0.95


def open_container(url: str, address: str, *, timeouts_s: tuple[float, float], **how: Any) -> tuple[Any, Any]:
    """(container, video stream) by libav; ``url`` may hold credentials, ``address`` never does.

    Raises:
        SourceError: as libav's error says, in our words.
    """
    broken: SourceError | None = None
    container: Any = None
    since = time.monotonic()
    try:
        container = av.open(url, timeout=timeouts_s, **how)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        timed_out = time.monotonic() - since >= _TIMED_OUT_SHARE * timeouts_s[0]  # libav then says "invalid data"
        broken = failure(TimeoutError() if timed_out else error, address, waited_s=timeouts_s[0])
    if broken:
        raise broken
    if not container.streams.video:
        container.close()
        raise SourceUnreadableError(f"{address} holds no video stream: give a video file or a camera's video address")
    return container, container.streams.video[0]


def fresh_run_id(camera_id: str) -> str:
    """The name of a new run: never given twice."""
    return f"{camera_id}.{uuid.uuid4().hex[:16]}"
