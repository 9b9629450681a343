"""Opens streams: one plug-in for each kind, named errors, time-outs that hold."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any

from beffroi.ports.registry import API_VERSION, PluginSpec, Registry
from beffroi.ports.source import PacketSource
from beffroi.sense.clocks import SYSTEM_CLOCK, Clock
from beffroi.sense.container import ContainerSource, RunTerms
from beffroi.sense.dialling import fresh_run_id, open_container
from beffroi.sense.failures import without_credentials
from beffroi.vocabulary.camera import StreamKind, StreamSpec
from beffroi.vocabulary.errors import BeffroiError, PluginError, SourceError, SourceLostError, SourceUnreadableError
from beffroi.vocabulary.time import UtcNs, utc_ns

FILE_OPTIONS = {
    "protocol_whitelist": "file",
    "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,m4v,h264,hevc,flv,asf,nut,ogg,"
    "mjpeg,ivf,dhav,wav,mp3,aac",
}
"""A file, once opened, may not lead elsewhere: playlists and the like are no films."""


def open_source(
    spec: StreamSpec, *, camera_id: str, clock: Clock = SYSTEM_CLOCK, registry: Registry | None = None
) -> PacketSource:
    """Open a stream by its kind; ``registry`` offers foreign sources, which win over ours.

    Raises:
        SourceError: refused, lost or unreadable, within the spec's open time-out; no secret in its text.
        PluginError: the kind's plug-in cannot be loaded or breaks; its cause is named.
    """
    if registry is not None and registry.concerns("sources", spec.kind.value):
        return _opened_by(registry.get("sources", spec.kind.value), spec, camera_id)
    opened: PacketSource = _BY_KIND[spec.kind].factory(spec, camera_id=camera_id, clock=clock)
    return opened


def _opened_by(plugin: PluginSpec, spec: StreamSpec, camera_id: str) -> PacketSource:
    """What a foreign plug-in opens. Of its own errors only the kind is told: their text may hold a password."""
    broken = ""
    try:
        source: PacketSource = plugin.factory(spec, camera_id=camera_id)
    except BeffroiError:
        raise
    except Exception as error:  # foreign code may raise anything
        broken = type(error).__name__
    if broken:
        raise PluginError(f"the source plug-in {plugin.name!r} broke while opening ({broken}): ask its maker")
    return source


def checked_file(path: Path) -> None:
    """Refuse what is no readable, filled file before libav sees it.

    Raises:
        SourceError: missing, a folder, empty.
    """
    if not path.exists():
        raise SourceLostError(f"{path} does not exist: check the path")
    if not path.is_file():
        raise SourceUnreadableError(f"{path} is not a file: give the path of a video file")
    if not path.stat().st_size:
        raise SourceUnreadableError(f"{path} is empty: copy it again, the recording or the transfer failed")


def recorded_at(container: Any) -> UtcNs | None:
    """The instant a recording says it began at (its creation_time), if it does."""
    text = container.metadata.get("creation_time", "")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return utc_ns(moment) if moment.tzinfo and moment.year > 1980 else None


def open_file(
    spec: StreamSpec, *, camera_id: str, clock: Clock = SYSTEM_CLOCK, start_at: UtcNs | None = None
) -> ContainerSource:
    """Open a video file. At pace "live" it plays from now on, at pace "fast" its times are the recording's own.

    A fast file that does not say when it was recorded, and for which no ``start_at`` is given, begins at 1970: its
    instants are then times in the file. Its run id is the same each time, so results can be compared.
    """
    path = Path(spec.url.removeprefix("file://"))
    checked_file(path)
    container, stream = open_container(
        f"file:{path}", str(path), timeouts_s=(spec.open_timeout_s, spec.read_timeout_s), options=FILE_OPTIONS
    )
    fast = spec.pace == "fast"
    known = hashlib.sha256(f"{camera_id}\0{path.name}\0{path.stat().st_size}".encode()).hexdigest()[:12]
    terms = RunTerms(
        address=str(path),
        run_id=f"{camera_id}.{known}" if fast else fresh_run_id(camera_id),
        pace="fast" if fast else "live",
        open_timeout_s=spec.open_timeout_s,
        read_timeout_s=spec.read_timeout_s,
        clock=clock,
        start_at=start_at if start_at is not None else recorded_at(container) or UtcNs(0),
        loops=spec.loop,
    )
    return _begun(container, stream, terms)


def open_rtsp(spec: StreamSpec, *, camera_id: str, clock: Clock = SYSTEM_CLOCK) -> PacketSource:
    """Open an RTSP or RTSPS stream over TCP."""
    from beffroi.sense.rtsp import dial

    return _begun(*dial(spec), _live_terms(spec, camera_id, clock))


def open_usb(spec: StreamSpec, *, camera_id: str, clock: Clock = SYSTEM_CLOCK) -> PacketSource:
    """Open a camera on this machine's own bus."""
    from beffroi.sense.usb import dial

    return _begun(*dial(spec), _live_terms(spec, camera_id, clock))


def open_mjpeg(spec: StreamSpec, *, camera_id: str, clock: Clock = SYSTEM_CLOCK) -> PacketSource:
    """Open a camera that sends JPEG pictures over HTTP."""
    from beffroi.sense.mjpeg import MjpegSource

    return MjpegSource(spec, camera_id=camera_id, clock=clock)


def _live_terms(spec: StreamSpec, camera_id: str, clock: Clock) -> RunTerms:
    return RunTerms(
        address=without_credentials(spec.url),
        run_id=fresh_run_id(camera_id),
        pace="arrival",
        start_at=UtcNs(0),
        open_timeout_s=spec.open_timeout_s,
        read_timeout_s=spec.read_timeout_s,
        clock=clock,
    )


def _begun(container: Any, stream: Any, terms: RunTerms) -> ContainerSource:
    try:
        return ContainerSource(container, stream, terms)
    except SourceError:
        container.close()
        raise


BUILT_IN: tuple[PluginSpec, ...] = (
    PluginSpec(name=StreamKind.FILE.value, group="sources", api_version=API_VERSION, factory=open_file),
    PluginSpec(name=StreamKind.RTSP.value, group="sources", api_version=API_VERSION, factory=open_rtsp),
    PluginSpec(name=StreamKind.MJPEG.value, group="sources", api_version=API_VERSION, factory=open_mjpeg),
    PluginSpec(name=StreamKind.USB.value, group="sources", api_version=API_VERSION, factory=open_usb),
)
_BY_KIND = {StreamKind(spec.name): spec for spec in BUILT_IN}
