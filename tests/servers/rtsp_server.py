"""A real RTSP server for tests and benchmarks: cameras played from files, endlessly, at any rate.

Run by the system's Python, which has Debian's gst-rtsp-server:

    /usr/bin/python3 tests/servers/rtsp_server.py --mount street=street.mp4 --fps 5 --user me --password secret

It prints ``ready PORT`` when it listens. A mount may name several files (``name=a.mp4,b.mp4``): SIGUSR1 goes to the
next one, as a camera whose picture size was changed. Where a camera is in its file follows from the time since the
server began, so a client that comes later comes in mid-group, as in life.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from dataclasses import dataclass, field
from typing import Any

try:
    import gi

    gi.require_version("Gst", "1.0")
    gi.require_version("GstRtsp", "1.0")
    gi.require_version("GstRtspServer", "1.0")
    from gi.repository import Gio, GLib, Gst, GstRtsp, GstRtspServer
except (ImportError, ValueError) as missing:
    sys.exit(
        f"missing: {missing}. Install the Debian packages python3-gi, gir1.2-gst-rtsp-server-1.0, "
        "gstreamer1.0-plugins-base, gstreamer1.0-plugins-good, gstreamer1.0-plugins-bad, glib-networking "
        "and run this with /usr/bin/python3"
    )

TICK_MS = 10
SINK = "appsink name=out sync=false max-buffers=0"


@dataclass
class Film:
    """The coded pictures of a file, in decoding order, and what they are."""

    caps: Any
    pictures: list[bytes]
    places: list[int]
    """Where each is shown, counted in pictures from where it is decoded (never negative)."""


def read_film(path: str, *, with_header: bool) -> Film:
    """Read an MP4 or Matroska file with H.264 or H.265 through GStreamer's demuxer.

    Every keyframe is sent with its parameter sets in front, as cameras do. Without ``with_header`` the session
    description leaves them out.
    """
    pipeline = Gst.parse_launch(f'filesrc location="{path}" ! {demuxer(path)} ! queue ! {SINK}')
    out = pipeline.get_by_name("out")
    pipeline.set_state(Gst.State.PLAYING)
    pictures: list[bytes] = []
    stamps: list[int] = []
    caps = None
    sets = b""
    while True:
        sample = out.emit("try-pull-sample", 5 * Gst.SECOND)
        if sample is None:
            break
        buffer = sample.get_buffer()
        if caps is None:
            caps = sample.get_caps()
            sets = parameter_sets(caps.get_structure(0))
            if caps.get_structure(0).get_name() == "video/x-h265":
                caps = caps.copy()
                caps.set_value("stream-format", "hvc1")
        data = buffer.extract_dup(0, buffer.get_size())
        if not buffer.has_flags(Gst.BufferFlags.DELTA_UNIT):
            data = sets + data
        pictures.append(data if with_header else start_codes(data))
        stamps.append(buffer.pts)
    pipeline.set_state(Gst.State.NULL)
    if caps is None or not pictures:
        raise SystemExit(f"no pictures could be read from {path}")
    if not with_header:
        kind = caps.get_structure(0).get_name()
        caps = Gst.Caps.from_string(f"{kind},stream-format=byte-stream,alignment=au")
    ranks = {stamp: rank for rank, stamp in enumerate(sorted(stamps))}
    moved = [ranks[stamp] - number for number, stamp in enumerate(stamps)]
    return Film(caps=caps, pictures=pictures, places=[place - min(moved) for place in moved])


def parameter_sets(structure: Any) -> bytes:
    """The parameter sets of the caps' codec header, behind four-byte lengths."""
    header_buffer = structure.get_value("codec_data")
    header = header_buffer.extract_dup(0, header_buffer.get_size())
    units: list[bytes] = []
    if structure.get_name() == "video/x-h264":
        at = 5
        for mask in (31, 255):
            count, at = header[at] & mask, at + 1
            for _ in range(count):
                length = int.from_bytes(header[at : at + 2], "big")
                units.append(header[at + 2 : at + 2 + length])
                at += 2 + length
    else:
        at = 23
        for _ in range(header[22]):
            count, at = int.from_bytes(header[at + 1 : at + 3], "big"), at + 3
            for _ in range(count):
                length = int.from_bytes(header[at : at + 2], "big")
                units.append(header[at + 2 : at + 2 + length])
                at += 2 + length
    return b"".join(len(unit).to_bytes(4, "big") + unit for unit in units)


def start_codes(data: bytes) -> bytes:
    """Units behind start codes instead of four-byte lengths."""
    out = bytearray()
    at = 0
    while at + 4 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        out += b"\x00\x00\x00\x01" + data[at + 4 : at + 4 + length]
        at += 4 + length
    return bytes(out)


def demuxer(path: str) -> str:
    """The demuxer for a file name."""
    return "matroskademux" if path.endswith(".mkv") else "qtdemux"


@dataclass
class Playing:
    """One stream being sent: the source element and how far it is."""

    source: Any
    begun_at: float
    first: int
    sent: int = 0
    film: int = -1
    origin: int = 0


@dataclass
class Mount:
    """One camera: its films, the one shown, and the streams being sent."""

    films: list[Film]
    fps: float
    shown: int = 0
    playing: list[Playing] = field(default_factory=list)

    def switch(self) -> None:
        """Go to the next film, from its first keyframe."""
        self.shown = (self.shown + 1) % len(self.films)

    def push_due(self, now: float) -> None:
        """Send every picture whose time has come."""
        for playing in list(self.playing):
            while playing.sent <= (now - playing.begun_at) * self.fps:
                if not self._push(playing):
                    self.playing.remove(playing)
                    break

    def _push(self, playing: Playing) -> bool:
        film = self.films[self.shown]
        if playing.film != self.shown:
            if playing.film >= 0:
                playing.first, playing.origin = 0, playing.sent
            playing.film = self.shown
            playing.source.set_property("caps", film.caps)
        number = (playing.first + playing.sent - playing.origin) % len(film.pictures)
        buffer = Gst.Buffer.new_wrapped(film.pictures[number])
        length = round(Gst.SECOND / self.fps)
        buffer.dts = round(playing.sent * Gst.SECOND / self.fps)
        buffer.pts = round((playing.sent + film.places[number]) * Gst.SECOND / self.fps)
        buffer.duration = length
        playing.sent += 1
        return bool(playing.source.emit("push-buffer", buffer) == Gst.FlowReturn.OK)


class Factory(GstRtspServer.RTSPMediaFactory):  # type: ignore[misc]
    """Makes the stream of one mount; all clients of a mount share it."""

    def __init__(self, mount: Mount, begun_at: float) -> None:
        super().__init__()
        self.mount, self.begun_at = mount, begun_at
        kind = mount.films[0].caps.get_structure(0).get_name()
        pay = "rtph264pay" if kind == "video/x-h264" else "rtph265pay"
        self.set_launch(
            f"( appsrc name=src is-live=true format=time max-bytes=0 ! {pay} name=pay0 pt=96 config-interval=0 )"
        )
        self.set_shared(True)
        self.set_protocols(GstRtsp.RTSPLowerTrans.TCP)
        self.connect("media-configure", self.configure)

    def configure(self, _factory: Any, media: Any) -> None:
        """A first client has come: begin to send where the camera is now."""
        now = time.monotonic()
        source = media.get_element().get_by_name("src")
        first = int((now - self.begun_at) * self.mount.fps)
        playing = Playing(source=source, begun_at=now, first=first)
        self.mount.playing.append(playing)
        media.connect(
            "unprepared", lambda _m: self.mount.playing.remove(playing) if playing in self.mount.playing else None
        )


def protect(server: Any, args: argparse.Namespace) -> Any:
    """Ask for digest credentials, speak TLS, or both; the permissions that mounts need then."""
    auth = GstRtspServer.RTSPAuth()
    permissions = None
    if args.user:
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "viewer")
        if args.basic:
            auth.set_supported_methods(GstRtsp.RTSPAuthMethod.BASIC)
            auth.add_basic(GstRtspServer.RTSPAuth.make_basic(args.user, args.password), token)
        else:
            auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
            auth.add_digest(args.user, args.password, token)
        permissions = GstRtspServer.RTSPPermissions()
        for right in ("media.factory.access", "media.factory.construct"):
            permissions.add_permission_for_role("viewer", right, True)
    if args.tls_cert:
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_files(args.tls_cert, args.tls_key))
        if not args.user:
            token = GstRtspServer.RTSPToken()
            token.set_string("media.factory.role", "anonymous")
            auth.set_default_token(token)
            permissions = GstRtspServer.RTSPPermissions()
            for right in ("media.factory.access", "media.factory.construct"):
                permissions.add_permission_for_role("anonymous", right, True)
    server.set_auth(auth)
    return permissions


def arguments() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description="cameras played from files, over RTSP")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--mount", action="append", required=True, metavar="NAME=FILE[,FILE]")
    parser.add_argument("--fps", type=float, default=5.0)
    parser.add_argument("--user", default="")
    parser.add_argument("--password", default="")
    parser.add_argument("--basic", action="store_true", help="basic instead of digest credentials")
    parser.add_argument("--tls-cert", default="")
    parser.add_argument("--tls-key", default="")
    parser.add_argument("--no-header", action="store_true", help="leave the codec header out of the description")
    return parser.parse_args()


def main() -> None:
    """Serve until told to end."""
    args = arguments()
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(args.port))
    permissions = protect(server, args) if args.user or args.tls_cert else None
    films: dict[str, Film] = {}
    mounts: list[Mount] = []
    begun_at = time.monotonic()
    points = server.get_mount_points()
    for entry in args.mount:
        name, _, files = entry.partition("=")
        for path in files.split(","):
            if path not in films:
                films[path] = read_film(path, with_header=not args.no_header)
        mount = Mount(films=[films[path] for path in files.split(",")], fps=args.fps)
        factory = Factory(mount, begun_at)
        if permissions:
            factory.set_permissions(permissions)
        points.add_factory(f"/{name}", factory)
        mounts.append(mount)
    if not server.attach(None):
        raise SystemExit(f"port {args.port} cannot be listened on")
    loop = GLib.MainLoop()

    def tick() -> bool:
        now = time.monotonic()
        for mount in mounts:
            mount.push_due(now)
        return True

    def switch() -> bool:
        for mount in mounts:
            mount.switch()
        return True

    GLib.timeout_add(TICK_MS, tick)
    GLib.unix_signal_add(GLib.PRIORITY_HIGH, signal.SIGUSR1, switch)
    GLib.unix_signal_add(GLib.PRIORITY_HIGH, signal.SIGTERM, loop.quit)
    GLib.unix_signal_add(GLib.PRIORITY_HIGH, signal.SIGINT, loop.quit)
    sys.stdout.write(f"ready {server.get_bound_port()}\n")
    sys.stdout.flush()
    loop.run()


if __name__ == "__main__":
    main()
