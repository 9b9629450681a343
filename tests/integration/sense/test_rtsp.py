"""RTSP cameras, with a real server that is refused, frozen, killed, restarted and changed."""

from __future__ import annotations

import io
import itertools
import signal
import socket
import subprocess
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import pytest

from beffroi.keep.clips import write_clip
from beffroi.keep.fragments import FragmentMuxer
from beffroi.keep.ring import PacketRing
from beffroi.ports.source import Packet, PacketSource
from beffroi.sense.decoding import StreamDecoder
from beffroi.sense.opening import open_source
from beffroi.vocabulary.camera import StreamKind, StreamSpec
from beffroi.vocabulary.errors import SourceError, SourceLostError, SourceRefusedError
from beffroi.vocabulary.picture import Frame

SECRET = "p@ss/w:ö%rd"
LENGTHS = {"h265": 40, "reordered": 60, "sliced": 60}
OPENSSL = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"


def spec(port: int, path: str = "cam", **given: Any) -> StreamSpec:
    return StreamSpec(kind=StreamKind.RTSP, url=f"rtsp://127.0.0.1:{port}/{path}", **given)


def take(source: PacketSource, count: int) -> list[Packet]:
    packets = list(itertools.islice(source.packets(), count))
    source.close()
    return packets


def number_on(frame: Frame) -> int:
    """The number that the film shows in its top row."""
    height, width = frame.rgb.shape[:2]
    return sum((int(frame.rgb[height // 12, (2 * bit + 1) * width // 16, 0]) > 128) << bit for bit in range(8))


def test_packets_come_with_true_times(rtsp: Callable[..., Any], films: dict[str, Path]) -> None:
    server = rtsp(f"cam={films['plain']}", "--fps", "20")
    time.sleep(0.3)
    source = open_source(spec(server.port), camera_id="quai")
    before = time.time_ns()
    packets = take(source, 40)
    after = time.time_ns()
    assert source.info.codec == "h264"
    assert (source.info.width_px, source.info.height_px) == (320, 240)
    assert packets[0].is_keyframe
    assert packets[0].media_time_ns == 0
    gaps = {round((b.media_time_ns - a.media_time_ns) / 1e6) for a, b in itertools.pairwise(packets)}
    assert gaps == {50}
    assert all(a.captured_at < b.captured_at for a, b in itertools.pairwise(packets))
    assert all(before - 10**9 < p.captured_at <= p.arrived_at <= after for p in packets)
    late = sorted(p.arrived_at - p.captured_at for p in packets)
    assert late[len(late) // 2] < 40_000_000


def test_a_stream_joined_in_mid_group_begins_with_a_keyframe(rtsp: Callable[..., Any], films: dict[str, Path]) -> None:
    server = rtsp(f"cam={films['plain']}", "--fps", "10")
    time.sleep(0.45)
    source = open_source(spec(server.port), camera_id="quai")
    decoder = StreamDecoder(source.info, camera_id="quai", analysed_fps=25)
    packets = take(source, 12)
    assert [p.is_keyframe for p in packets].index(True) == 0
    frames = [frame for packet in packets for frame in decoder.decode(packet)]
    assert len(frames) == 12
    assert decoder.corrupted == 0


@pytest.mark.parametrize("name", ["h265", "reordered", "sliced"])
@pytest.mark.parametrize("described", [True, False], ids=["described", "undescribed"])
def test_every_kind_of_stream_decodes(
    rtsp: Callable[..., Any], films: dict[str, Path], name: str, described: bool
) -> None:
    server = rtsp(f"cam={films[name]}", "--fps", "20", *(() if described else ("--no-header",)))
    source = open_source(spec(server.port), camera_id="quai")
    decoder = StreamDecoder(source.info, camera_id="quai", analysed_fps=25, max_width_px=160)
    packets = take(source, 30)
    frames = [frame for packet in packets for frame in decoder.decode(packet)] + decoder.flush()
    assert decoder.corrupted == 0
    assert decoder.decoded == 30
    assert {(f.ref.width_px, f.ref.height_px) for f in frames} == {(160, 120)}
    shown = [number_on(frame) for frame in frames]
    assert len(shown) >= 28
    assert {(b - a) % LENGTHS[name] for a, b in itertools.pairwise(shown)} == {1}, shown


@pytest.mark.parametrize("name", ["plain", "h265"])
def test_a_clip_and_live_pieces_of_a_camera_can_be_played(
    rtsp: Callable[..., Any], films: dict[str, Path], tmp_path: Path, name: str
) -> None:
    server = rtsp(f"cam={films[name]}", "--fps", "20", "--no-header")
    source = open_source(spec(server.port), camera_id="quai")
    packets = take(source, 25)
    ring = PacketRing(max_s=20, max_bytes=1 << 24)
    muxer = FragmentMuxer(source.info)
    live = io.BytesIO(muxer.header() + b"".join(muxer.push(packet) for packet in packets))
    for packet in packets:
        ring.push(packet, source.info)
    path = tmp_path / "clip.mp4"
    write_clip(ring.span(packets[0].captured_at, packets[-1].captured_at), source.info, path)
    for played in (str(path), live):
        film: Any = av.open(played)
        with film:
            assert sum(not frame.is_corrupt for frame in film.decode(video=0)) == 25


@pytest.mark.parametrize("way", [(), ("--basic",)], ids=["digest", "basic"])
def test_the_right_credentials_open_the_stream(
    rtsp: Callable[..., Any], films: dict[str, Path], way: tuple[str, ...]
) -> None:
    server = rtsp(f"cam={films['plain']}", "--fps", "20", "--user", "vidéo", "--password", SECRET, *way)
    assert take(open_source(spec(server.port, username="vidéo", password=SECRET), camera_id="quai"), 3)


@pytest.mark.parametrize(("user", "password"), [("vidéo", "wrong-secret"), ("", "")])
def test_wrong_or_no_credentials_are_refused(
    rtsp: Callable[..., Any], films: dict[str, Path], user: str, password: str
) -> None:
    server = rtsp(f"cam={films['plain']}", "--user", "vidéo", "--password", SECRET)
    with pytest.raises(SourceRefusedError, match="user name and password") as caught:
        open_source(spec(server.port, username=user, password=password), camera_id="quai")
    assert caught.value.reason == "refused"


def links(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def test_no_credential_is_ever_told(
    rtsp: Callable[..., Any],
    films: dict[str, Path],
    everything_logged: io.StringIO,
    capfd: pytest.CaptureFixture[str],
) -> None:
    server = rtsp(f"cam={films['plain']}", "--fps", "20", "--user", "agent", "--password", SECRET)
    told = ""
    cases = [
        spec(server.port, username="agent", password="other-" + SECRET),
        spec(server.port, "nowhere", username="agent", password=SECRET),
        spec(1, username="agent", password=SECRET),
        spec(server.port, username="agent", password=SECRET, read_timeout_s=0.5),
    ]
    for case in cases:
        told += repr(case)
        try:
            source = open_source(case, camera_id="quai")
            server.freeze()
            list(source.packets())
        except SourceError as error:
            for link in links(error):
                told += "".join(traceback.format_exception(link)) + repr(link) + repr(getattr(link, "filename", ""))
    assert told.count("SourceLostError") >= 3
    assert "SourceRefusedError" in told
    out = capfd.readouterr()
    for text in (told, everything_logged.getvalue(), out.out, out.err):
        for secret in (SECRET, "p%40ss", "agent"):
            assert secret not in text


def test_a_frozen_server_is_lost_within_the_read_time_out(rtsp: Callable[..., Any], films: dict[str, Path]) -> None:
    server = rtsp(f"cam={films['plain']}", "--fps", "20")
    source = open_source(spec(server.port, read_timeout_s=1.0), camera_id="quai")
    packets = source.packets()
    next(packets)
    server.freeze()
    since = time.monotonic()
    with pytest.raises(SourceLostError, match="sent nothing for 1 s") as caught:
        list(packets)
    assert caught.value.reason == "frozen"
    assert 0.9 < time.monotonic() - since < 2.0


def test_a_server_frozen_before_it_is_opened_is_lost_within_the_open_time_out(
    rtsp: Callable[..., Any], films: dict[str, Path]
) -> None:
    server = rtsp(f"cam={films['plain']}")
    server.freeze()
    since = time.monotonic()
    with pytest.raises(SourceLostError):
        open_source(spec(server.port, open_timeout_s=1.0), camera_id="quai")
    assert time.monotonic() - since < 2.0


def test_a_killed_server_is_lost_and_a_restarted_one_found(rtsp: Callable[..., Any], films: dict[str, Path]) -> None:
    server = rtsp(f"cam={films['plain']}", "--fps", "20")
    source = open_source(spec(server.port), camera_id="quai")
    packets = source.packets()
    first = next(packets)
    server.stop()
    since = time.monotonic()
    with pytest.raises(SourceLostError) as caught:
        list(packets)
    assert time.monotonic() - since < 1.0
    assert caught.value.reason in ("lost", "ended")
    with pytest.raises(SourceLostError, match="nothing listens there"):
        open_source(spec(server.port), camera_id="quai")
    server.start()
    again = take(open_source(spec(server.port), camera_id="quai"), 1)
    assert again[0].run_id != first.run_id


def test_another_picture_size_ends_the_run_and_the_next_one_has_it(
    rtsp: Callable[..., Any], films: dict[str, Path]
) -> None:
    server = rtsp(f"cam={films['plain']},{films['small']}", "--fps", "20")
    source = open_source(spec(server.port), camera_id="quai")
    packets = source.packets()
    next(packets)
    server.signal(signal.SIGUSR1)
    with pytest.raises(SourceLostError, match="changed its picture size") as caught:
        list(packets)
    assert caught.value.reason == "changed"
    source = open_source(spec(server.port), camera_id="quai")
    assert take(source, 1)[0].is_keyframe
    assert (source.info.width_px, source.info.height_px) == (160, 120)


def test_closing_from_another_thread_ends_the_packets(rtsp: Callable[..., Any], films: dict[str, Path]) -> None:
    server = rtsp(f"cam={films['plain']}", "--fps", "10")
    source = open_source(spec(server.port), camera_id="quai")
    seen: list[Packet] = []
    reader = threading.Thread(target=lambda: seen.extend(source.packets()))
    reader.start()
    while not seen and reader.is_alive():
        time.sleep(0.02)
    source.close()
    source.close()
    reader.join(2.0)
    assert not reader.is_alive()


def test_a_path_that_is_not_there_is_named(rtsp: Callable[..., Any], films: dict[str, Path]) -> None:
    server = rtsp(f"cam={films['plain']}")
    with pytest.raises(SourceLostError, match="no stream of that name"):
        open_source(spec(server.port, "other"), camera_id="quai")


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH_9.2\r\n" * 50, bytes(range(256)) * 40])
def test_what_is_no_camera_is_told_apart(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.recv(1024)
                peer.sendall(answer)

        server = threading.Thread(target=serve, daemon=True)
        server.start()
        since = time.monotonic()
        with pytest.raises(SourceError) as caught:
            open_source(spec(listener.getsockname()[1], open_timeout_s=1.0), camera_id="quai")
        assert caught.value.reason in ("lost", "unreadable", "ended", "frozen")
        assert time.monotonic() - since < 2.5
        server.join(2)


@pytest.mark.parametrize(
    "url", ["rtsp://", "rtsp://no host/", "http://127.0.0.1:1/a", "rtsp://256.1.1.1/x", "nonsense"]
)
def test_addresses_that_are_none_are_told(url: str) -> None:
    with pytest.raises(SourceError):
        open_source(StreamSpec(kind=StreamKind.RTSP, url=url, open_timeout_s=1.0), camera_id="quai")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        [*OPENSSL.split(), "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    return certificate, key


def secure(port: int) -> StreamSpec:
    return StreamSpec(
        kind=StreamKind.RTSP, url=f"rtsps://127.0.0.1:{port}/cam", username="agent", password=SECRET, open_timeout_s=3.0
    )


def test_rtsps_with_a_trusted_certificate(
    rtsp: Callable[..., Any],
    films: dict[str, Path],
    certificate: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cert, key = map(str, certificate)
    server = rtsp(
        f"cam={films['plain']}", "--user", "agent", "--password", SECRET, "--tls-cert", cert, "--tls-key", key
    )
    monkeypatch.setenv("BEFFROI_TLS_CA_FILE", cert)
    assert take(open_source(secure(server.port), camera_id="quai"), 2)


def test_rtsps_with_an_unknown_certificate_is_refused(
    rtsp: Callable[..., Any], films: dict[str, Path], certificate: tuple[Path, Path]
) -> None:
    cert, key = map(str, certificate)
    server = rtsp(f"cam={films['plain']}", "--tls-cert", cert, "--tls-key", key)
    with pytest.raises(SourceError, match="certificate"):
        open_source(secure(server.port), camera_id="quai")
