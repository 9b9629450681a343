"""Cameras that send JPEG pictures over HTTP."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from beffroi.ports.source import Packet, StreamInfo
from beffroi.sense.clocks import SYSTEM_CLOCK, ArrivalTimes, Clock
from beffroi.sense.container import picture_size
from beffroi.sense.dialling import fresh_run_id
from beffroi.sense.failures import without_credentials
from beffroi.sense.multipart import BrokenMultipartError, MultipartReader
from beffroi.sense.timeline import MediaTimeline
from beffroi.vocabulary.camera import StreamSpec
from beffroi.vocabulary.errors import SourceError, SourceLostError, SourceRefusedError, SourceUnreadableError
from beffroi.vocabulary.time import NS_PER_S

if TYPE_CHECKING:
    import httpx

_NOMINAL_FPS = 10.0


class MjpegSource:
    """One HTTP answer that never ends: each JPEG in it is a packet and a keyframe. Times are those of arrival."""

    def __init__(self, spec: StreamSpec, *, camera_id: str, clock: Clock = SYSTEM_CLOCK) -> None:
        self._spec = spec
        self._address = without_credentials(spec.url)
        self._clock = clock
        self._run_id = fresh_run_id(camera_id)
        self._closed = threading.Event()
        self._reader = MultipartReader()
        self._ready: list[bytes] = []
        self._client: httpx.Client | None = None
        self._answer: Any = None
        self._body: Iterator[bytes] | None = None
        self._lock = threading.Lock()
        self._reading = True
        self._dial(clock.steady_ns() + round(spec.open_timeout_s * NS_PER_S))
        self._times = ArrivalTimes(clock)
        self._timeline = MediaTimeline(Fraction(1, NS_PER_S), nominal_ns=round(NS_PER_S / _NOMINAL_FPS))
        self._reading = False

    @property
    def info(self) -> StreamInfo:
        """What the stream is."""
        return self._info

    @property
    def run_id(self) -> str:
        """The name of this run."""
        return self._run_id

    def packets(self) -> Iterator[Packet]:
        """One packet a picture; blocks at most the read time-out.

        Raises:
            SourceError: the stream broke, or its pictures changed size. After ``close`` the packets just end.
        """
        with self._lock:
            if self._closed.is_set():
                return
            self._reading = True
        try:
            while not self._closed.is_set():
                for picture in self._next_pictures():
                    if self._closed.is_set():
                        return
                    yield self._packet(picture)
        finally:
            self._let_go()

    def close(self) -> None:
        """Let go at once, from any thread; may be called twice."""
        with self._lock:
            self._closed.set()
            if self._reading:
                self._wake()
                return
        self._let_go()

    def _wake(self) -> None:
        """End a read under way in another thread: closing its socket would not."""
        stream = self._answer.extensions.get("network_stream") if self._answer is not None else None
        connection = stream.get_extra_info("socket") if stream is not None else None
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _let_go(self) -> None:
        with self._lock:
            self._closed.set()
            self._reading = False
        for held in (self._answer, self._client):
            if held is not None:
                with contextlib.suppress(Exception):  # a socket that is being read elsewhere may break while closing
                    held.close()

    def _dial(self, until_ns: int) -> None:
        broken: SourceError | None = None
        try:
            self._answer = self._asked()
            self._check()
            while not self._ready:
                if self._clock.steady_ns() > until_ns:
                    text = f"{self._address} sent no picture within {self._spec.open_timeout_s:g} s"
                    raise SourceLostError(text, reason="frozen")
                self._ready = self._read()
            size = picture_size("mjpeg", b"", self._ready[0])
            if not all(size):
                raise SourceUnreadableError(f"{self._address} sends pictures that cannot be decoded as JPEG")
            self._info = StreamInfo(
                codec="mjpeg",
                width_px=size[0],
                height_px=size[1],
                time_base_num=1,
                time_base_den=NS_PER_S,
                extradata=b"",
                nominal_fps=_NOMINAL_FPS,
            )
        except SourceError as error:
            broken = error
        if broken:
            self._let_go()
            raise broken

    def _asked(self) -> Any:
        """The answer whose body is the stream. Credentials are sent only in answer to a challenge."""
        import httpx

        limits = httpx.Timeout(self._spec.open_timeout_s, read=self._spec.read_timeout_s)
        broken: SourceError | None = None
        try:
            self._client = httpx.Client(timeout=limits, follow_redirects=False, trust_env=False)
            answer = self._client.send(self._client.build_request("GET", self._spec.url), stream=True)
            if answer.status_code == 401 and self._spec.username:
                challenge = answer.headers.get("www-authenticate", "").lower()
                answer.close()
                pair = (self._spec.username, self._spec.password)
                auth = httpx.DigestAuth(*pair) if challenge.startswith("digest") else httpx.BasicAuth(*pair)
                answer = self._client.send(self._client.build_request("GET", self._spec.url), auth=auth, stream=True)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            broken = self._broken(error)
        if broken:
            raise broken
        return answer

    def _check(self) -> None:
        status = self._answer.status_code
        if status in (401, 403):
            raise SourceRefusedError(f"{self._address} refuses: check the user name and password of this camera")
        if status == 404:
            raise SourceLostError(f"{self._address}: the device answers but has nothing of that name: check the path")
        if 300 <= status < 400:
            raise SourceUnreadableError(f"{self._address} sends on to another address: give that address itself")
        if status != 200:
            raise SourceLostError(f"{self._address} answers with HTTP error {status}")

    def _read(self) -> list[bytes]:
        import httpx

        broken: SourceError | None = None
        pictures: list[bytes] = []
        try:
            if self._body is None:
                self._body = self._answer.iter_raw()
            data = next(self._body, None)
            if data is None:
                broken = SourceLostError(f"{self._address}: the stream ended", reason="ended")
            else:
                pictures = self._reader.push(data)
        except BrokenMultipartError as error:
            broken = SourceUnreadableError(f"{self._address} sends no MJPEG stream ({error}): check the path")
        except (httpx.HTTPError, httpx.StreamError, OSError, RuntimeError, ValueError) as error:
            broken = self._broken(error)
        if broken:
            raise broken
        return pictures

    def _broken(self, error: Exception) -> SourceError:
        import httpx

        if isinstance(error, httpx.ReadTimeout):
            text = f"{self._address} sent nothing for {self._spec.read_timeout_s:g} s: is the device overloaded?"
            return SourceLostError(text, reason="frozen")
        if isinstance(error, httpx.TimeoutException):
            text = f"{self._address} did not answer within {self._spec.open_timeout_s:g} s: is the device on?"
            return SourceLostError(text)
        if isinstance(error, httpx.ConnectError):
            return SourceLostError(f"{self._address}: nothing answers there: check the address, port and certificate")
        if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol | ValueError):
            return SourceUnreadableError(f"{self._address} is no HTTP address: write http://host/path")
        return SourceLostError(f"{self._address}: the connection broke")

    def _next_pictures(self) -> list[bytes]:
        """The pictures that are complete next; a device that trickles bytes but completes none is frozen too."""
        pictures, self._ready = self._ready, []
        until = self._clock.steady_ns() + round(self._spec.read_timeout_s * NS_PER_S)
        try:
            while not pictures and not self._closed.is_set():
                pictures = self._read()
                if not pictures and self._clock.steady_ns() > until:
                    text = f"{self._address} completed no picture for {self._spec.read_timeout_s:g} s"
                    raise SourceLostError(f"{text}: is the device or its network overloaded?", reason="frozen")
        except SourceError:
            if not self._closed.is_set():
                raise
            pictures = []
        return pictures

    def _packet(self, picture: bytes) -> Packet:
        size = jpeg_size(picture)
        if size is not None and size != (self._info.width_px, self._info.height_px):
            raise SourceLostError(f"{self._address} changed its picture size: a new run begins", reason="changed")
        steady = self._clock.steady_ns()
        placed = self._timeline.place(steady, None, None, steady)
        captured_at, error_ns = self._times.captured_at(placed.media_ns, steady)
        if self._times.wall_stepped:
            text = f"{self._address}: this machine's clock was set, so a new run begins"
            raise SourceLostError(text, reason="changed")
        return Packet(
            raw=None,
            data=picture,
            is_keyframe=True,
            media_time_ns=placed.media_ns,
            duration_ns=placed.duration_ns,
            captured_at=captured_at,
            captured_at_error_ns=error_ns,
            arrived_at=self._times.arrived_at(steady),
            run_id=self._run_id,
        )


def jpeg_size(picture: bytes) -> tuple[int, int] | None:
    """(width, height) as a JPEG's frame header tells; None when there is none.

    Source: ITU-T T.81, annex B.2.2.
    """
    at = 2
    while at + 9 <= len(picture) and picture[at] == 0xFF:
        marker = picture[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = picture[at + 5 : at + 7], picture[at + 7 : at + 9]
            return int.from_bytes(width, "big"), int.from_bytes(height, "big")
        if marker == 0xDA:
            return None
        at += 2 + int.from_bytes(picture[at + 2 : at + 4], "big")
    return None
