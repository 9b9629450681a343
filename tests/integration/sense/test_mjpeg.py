"""HTTP cameras, with a real server."""

from __future__ import annotations

import contextlib
import io
import itertools
import signal
import socket
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from beffroi.keep.stills import jpeg
from beffroi.ports.source import Packet, PacketSource
from beffroi.sense.decoding import StreamDecoder
from beffroi.sense.opening import open_source
from beffroi.vocabulary.camera import StreamKind, StreamSpec
from beffroi.vocabulary.errors import SourceError, SourceLostError, SourceRefusedError, SourceUnreadableError

SECRET = "p@ss/w:ö%rd"


def spec(port: int, path: str = "video", **given: Any) -> StreamSpec:
    return StreamSpec(kind=StreamKind.MJPEG, url=f"http://127.0.0.1:{port}/{path}", **given)


def take(source: PacketSource, count: int) -> list[Packet]:
    packets = list(itertools.islice(source.packets(), count))
    source.close()
    return packets


@pytest.mark.parametrize("options", [(), ("--no-length",)], ids=["with lengths", "without"])
def test_pictures_come_with_their_times(http_camera: Callable[..., Any], options: tuple[str, ...]) -> None:
    server = http_camera("--fps", "25", *options)
    source = open_source(spec(server.port), camera_id="pont")
    decoder = StreamDecoder(source.info, camera_id="pont", analysed_fps=5)
    packets = take(source, 20)
    assert (source.info.codec, source.info.width_px, source.info.height_px) == ("mjpeg", 320, 240)
    assert packets[0].media_time_ns == 0
    assert 0.6e9 < packets[-1].media_time_ns < 2e9
    assert all(a.captured_at < b.captured_at <= b.arrived_at for a, b in itertools.pairwise(packets))
    frames = [frame for packet in packets for frame in decoder.decode(packet)]
    assert decoder.decoded == 20
    assert 3 <= len(frames) <= 9
    assert frames[0].rgb.std() > 20


@pytest.mark.parametrize("way", [(), ("--basic",)], ids=["digest", "basic"])
def test_credentials(http_camera: Callable[..., Any], everything_logged: io.StringIO, way: tuple[str, ...]) -> None:
    server = http_camera("--user", "agent", "--password", SECRET, *way)
    assert take(open_source(spec(server.port, username="agent", password=SECRET), camera_id="pont"), 2)
    told = ""
    for wrong in ({"username": "agent", "password": "other-" + SECRET}, {}):
        with pytest.raises(SourceRefusedError) as caught:
            open_source(spec(server.port, **wrong), camera_id="pont")
        told += "".join(traceback.format_exception(caught.value)) + repr(caught.value.__context__)
    for text in (told, everything_logged.getvalue()):
        assert SECRET not in text
        assert "agent" not in text.replace("user-agent", "").replace("User-Agent", "")


def test_a_frozen_camera_is_lost_within_the_read_time_out(http_camera: Callable[..., Any]) -> None:
    server = http_camera()
    packets = open_source(spec(server.port, read_timeout_s=0.8), camera_id="pont").packets()
    next(packets)
    server.freeze()
    since = time.monotonic()
    with pytest.raises(SourceLostError, match=r"sent nothing for 0\.8 s") as caught:
        list(packets)
    assert caught.value.reason == "frozen"
    assert time.monotonic() - since < 2.0


def test_a_killed_camera_is_lost_and_found_again(http_camera: Callable[..., Any]) -> None:
    server = http_camera("--fps", "20")
    packets = open_source(spec(server.port), camera_id="pont").packets()
    first = next(packets)
    server.stop()
    with pytest.raises(SourceLostError):
        list(packets)
    with pytest.raises(SourceLostError, match="nothing answers there"):
        open_source(spec(server.port), camera_id="pont")
    server.start()
    assert take(open_source(spec(server.port), camera_id="pont"), 1)[0].run_id != first.run_id


def test_an_ended_stream_says_so(http_camera: Callable[..., Any]) -> None:
    server = http_camera("--fps", "50", "--stop-after", "5")
    with pytest.raises(SourceLostError) as caught:
        list(open_source(spec(server.port), camera_id="pont").packets())
    assert caught.value.reason == "ended"


def test_another_picture_size_ends_the_run(http_camera: Callable[..., Any]) -> None:
    server = http_camera("--fps", "20")
    packets = open_source(spec(server.port), camera_id="pont").packets()
    next(packets)
    server.signal(signal.SIGUSR1)
    with pytest.raises(SourceLostError, match="changed its picture size") as caught:
        list(packets)
    assert caught.value.reason == "changed"


def test_closing_from_another_thread_ends_a_read_under_way(http_camera: Callable[..., Any]) -> None:
    server = http_camera("--fps", "20")
    source = open_source(spec(server.port, read_timeout_s=30.0), camera_id="pont")
    seen: list[Packet] = []
    reader = threading.Thread(target=lambda: seen.extend(source.packets()))
    reader.start()
    time.sleep(0.2)
    server.freeze()
    time.sleep(0.2)
    source.close()
    source.close()
    reader.join(1.0)
    assert not reader.is_alive()


@pytest.mark.parametrize(
    ("path", "kind", "text"),
    [
        ("page", SourceUnreadableError, "no MJPEG stream"),
        ("away", SourceUnreadableError, "another address"),
        ("other", SourceLostError, "check the path"),
    ],
)
def test_what_is_no_stream_is_told(
    http_camera: Callable[..., Any], path: str, kind: type[SourceError], text: str
) -> None:
    server = http_camera()
    with pytest.raises(kind, match=text):
        open_source(spec(server.port, path), camera_id="pont")


@pytest.mark.parametrize("url", ["", "http://", "ftp://127.0.0.1/x", "http://[::1", "http://127.0.0.1:99999/x"])
def test_addresses_that_are_none_are_told(url: str) -> None:
    with pytest.raises(SourceError):
        open_source(StreamSpec(kind=StreamKind.MJPEG, url=url, open_timeout_s=1.0), camera_id="pont")


def test_a_camera_that_trickles_bytes_but_no_picture_is_frozen() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n\r\n--b\r\n\r\n"
    ended = threading.Event()

    def trickle(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, contextlib.suppress(OSError):
            connection.recv(4096)
            connection.sendall(
                head + jpeg(np.full((48, 64, 3), 90, np.uint8)) + b"\r\n--b\r\n\r\n\xff\xd8\xff\xe0\x00\x10"
            )
            while not ended.wait(0.05):
                connection.sendall(b"\x00")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=trickle, args=(listener,))
        thread.start()
        packets = open_source(spec(listener.getsockname()[1], read_timeout_s=0.6), camera_id="pont").packets()
        assert next(packets).data.startswith(b"\xff\xd8")
        since = time.monotonic()
        with pytest.raises(SourceLostError, match=r"completed no picture for 0\.6 s") as caught:
            next(packets)
        assert caught.value.reason == "frozen"
        assert 0.5 < time.monotonic() - since < 2.0
        ended.set()
        thread.join(5)
