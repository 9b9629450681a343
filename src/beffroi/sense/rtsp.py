"""RTSP and RTSPS over TCP."""

from __future__ import annotations

from typing import Any

from beffroi.sense.failures import with_credentials, without_credentials
from beffroi.sense.opening import open_container
from beffroi.vocabulary.camera import StreamSpec


def dial(spec: StreamSpec) -> tuple[Any, Any]:
    """(container, video stream) of an RTSP address, within its open time-out.

    Raises:
        SourceError: refused, lost or unreadable.
    """
    options = {
        "rtsp_transport": "tcp",
        "allowed_media_types": "video",
        "timeout": str(round(max(spec.open_timeout_s, spec.read_timeout_s) * 1_000_000)),
        "fflags": "noparse",
        "analyzeduration": "1",
        "probesize": "32",
    }
    return open_container(
        with_credentials(spec.url, spec.username, spec.password),
        without_credentials(spec.url),
        timeouts_s=(spec.open_timeout_s, spec.read_timeout_s),
        options=options,
        format="rtsp",
    )
