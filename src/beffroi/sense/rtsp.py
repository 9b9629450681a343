"""RTSP and RTSPS over TCP."""

from __future__ import annotations

import os
from typing import Any

from beffroi.sense.dialling import open_container
from beffroi.sense.failures import with_credentials, without_credentials
from beffroi.vocabulary.camera import StreamSpec

CA_FILE = "BEFFROI_TLS_CA_FILE"
"""Names a PEM file of certificates to trust instead of the system's: cameras mostly sign their own."""


def dial(spec: StreamSpec) -> tuple[Any, Any]:
    """(container, video stream) of an RTSP address, within its open time-out.

    libav gets only what needs no look into the video: the picture assembler does the rest, so opening takes one
    round trip and not the second that libav's own probing would. RTSPS certificates are always checked.

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
    if spec.url.startswith("rtsps:"):
        options["tls_verify"] = "1"
        if os.environ.get(CA_FILE):
            options["ca_file"] = os.environ[CA_FILE]
    return open_container(
        with_credentials(spec.url, spec.username, spec.password),
        without_credentials(spec.url),
        timeouts_s=(spec.open_timeout_s, spec.read_timeout_s),
        options=options,
        format="rtsp",
    )
