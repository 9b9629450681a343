"""Cameras, their streams and the state each is always in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from beffroi.vocabulary.rules import Zone
from beffroi.vocabulary.time import UtcNs


class StreamKind(StrEnum):
    """How a stream is reached."""

    FILE = "file"
    RTSP = "rtsp"
    MJPEG = "mjpeg"
    USB = "usb"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSpec:
    """Where a stream is. ``url`` never holds credentials: they are in ``username`` and ``password``.

    ``password`` is left out of repr. ``pace`` is for files: "live" (by their timestamps, looping when
    ``loop``) or "fast".
    """

    kind: StreamKind
    url: str
    username: str = ""
    password: str = ""
    open_timeout_s: float = 5.0
    read_timeout_s: float = 5.0
    pace: str = "live"
    loop: bool = False

    def __repr__(self) -> str:
        return f"StreamSpec(kind={self.kind.value!r}, url={self.url!r}, username={'***' if self.username else ''!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """A camera: main stream (kept, shown) and substream (analysed; None: the main stream serves both).

    ``plan_xy`` places it on the town plan, normalised to [0, 1]; ``heading_deg`` clockwise from up.
    ``analysed_fps`` is how many frames a second are looked at (1 to 25). ``groups`` are what people's rights are
    given for. ``masks`` (homes) are burned in before anything is analysed, stored or shown. ``blur``: people and
    plates are blurred for those who may not see them clearly; false only where nobody comes into view.
    """

    camera_id: str
    name: str
    main: StreamSpec
    sub: StreamSpec | None = None
    analysed_fps: float = 5.0
    enabled: bool = True
    plan_xy: tuple[float, float] | None = None
    heading_deg: float = 0.0
    place: str = ""
    groups: tuple[str, ...] = ()
    masks: tuple[Zone, ...] = ()
    blur: bool = True


class WatchState(StrEnum):
    """Whether a camera is being watched."""

    WATCHED = "watched"
    DEGRADED = "degraded"
    NOT_WATCHED = "not_watched"


class CameraReason(StrEnum):
    """Why a camera is not simply watched."""

    NONE = "none"
    STARTING = "starting"
    DISABLED = "disabled"
    NO_AUTHORISATION = "no_authorisation"
    ANALYSIS_STOPPED = "analysis_stopped"
    NO_RULE = "no_rule"
    REFUSED = "refused"
    LOST = "lost"
    FROZEN = "frozen"
    UNREADABLE = "unreadable"
    ENDED = "ended"
    SUBSTREAM_LOST = "substream_lost"
    MAIN_STREAM_LOST = "main_stream_lost"
    LATE = "late"
    CLOCK_UNSURE = "clock_unsure"
    IMPAIRED = "impaired"
    MODEL_MISSING = "model_missing"
    PLUGIN_FAILED = "plugin_failed"
    WORKER_LOST = "worker_lost"
    DISK_FULL = "disk_full"


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraStatus:
    """The state a camera is in, why, since when; ``detail`` is a sentence without secrets."""

    camera_id: str
    state: WatchState
    reason: CameraReason
    since: UtcNs
    detail: str = ""
    analysed_fps: float = 0.0
    late_share: float = 0.0
    width_px: int = 0
    height_px: int = 0
    codec: str = ""
