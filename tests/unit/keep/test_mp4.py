"""Clips, fragments and stills of real footage, read back by libav."""

from __future__ import annotations

import hashlib
import io
import itertools
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from beffroi.keep.clips import write_clip
from beffroi.keep.fragments import FragmentMuxer
from beffroi.keep.stills import DrawnBox, drawn, write_still
from beffroi.ports.source import Packet, StreamInfo
from beffroi.vocabulary.errors import StorageError
from beffroi.vocabulary.picture import Frame, FrameRef
from beffroi.vocabulary.time import UtcNs

STREET = Path(__file__).parents[3] / "src/beffroi/cli/assets/street.mp4"


def stream_of(path: Path, count: int = 10**6) -> tuple[list[Packet], StreamInfo]:
    """Packets of an MP4, AVI or Matroska file, as a source gives them."""
    packets: list[Packet] = []
    with av.open(str(path)) as film:
        stream: Any = film.streams.video[0]
        context = stream.codec_context
        info = StreamInfo(
            codec=context.codec.canonical_name,
            width_px=context.width,
            height_px=context.height,
            time_base_num=stream.time_base.numerator,
            time_base_den=stream.time_base.denominator,
            extradata=bytes(context.extradata or b""),
            nominal_fps=float(stream.average_rate),
        )
        start: Fraction | None = None
        for raw in itertools.islice(film.demux(stream), count):
            if not raw.size:
                continue
            start = raw.pts * stream.time_base if start is None else start
            shown = round((raw.pts * stream.time_base - start) * 10**9)
            decode = round((raw.dts * stream.time_base - start) * 10**9)
            packets.append(
                Packet(
                    raw=None,
                    data=bytes(raw),
                    is_keyframe=raw.is_keyframe,
                    media_time_ns=shown,
                    duration_ns=10**8,
                    captured_at=UtcNs(10**18 + shown),
                    captured_at_error_ns=0,
                    arrived_at=UtcNs(10**18 + shown),
                    run_id="r",
                    decode_time_ns=decode,
                )
            )
    return packets, info


def film(path: Path, codec: str, **options: str) -> Path:
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream(codec, rate=10, options=options)
        stream.width, stream.height, stream.pix_fmt = 160, 128, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 10)
        stream.gop_size = 10
        for number in range(30):
            picture = np.full((128, 160, 3), 60, np.uint8)
            picture[40:80, number * 3 : number * 3 + 40] = 220
            frame: Any = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 10)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def h265(folder: Path) -> Path:
    quiet = "log-level=none:pools=1:frame-threads=1:bframes=2"
    return film(folder / "h265.mp4", "libx265", **{"x265-params": quiet, "preset": "ultrafast"})


def decoded(source: Any) -> list[tuple[float, np.ndarray[Any, Any]]]:
    with av.open(source) as container:
        return [(float(f.pts * f.time_base), f.to_ndarray(format="gray")) for f in container.decode(video=0)]


@pytest.fixture(scope="module")
def street() -> tuple[list[Packet], StreamInfo]:
    return stream_of(STREET, 121)


def test_a_clip_holds_the_cameras_own_pictures(tmp_path: Path, street: tuple[list[Packet], StreamInfo]) -> None:
    packets, info = street
    cut = packets[20:95]
    path = tmp_path / "clip.mp4"
    part = write_clip(cut, info, path)
    content = path.read_bytes()
    assert (part.bytes, part.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert part.media_type == "video/mp4"
    assert content.index(b"moov") < content.index(b"mdat")  # plays before it is loaded
    assert all(packet.data in content for packet in cut)
    with av.open(str(path)) as clip:
        stream = clip.streams.video[0]
        assert float((stream.duration or 0) * (stream.time_base or 0)) == pytest.approx(7.5)
        assert stream.frames == 75
    mine = decoded(str(path))
    original = decoded(str(STREET))[20:95]
    assert [round(at, 3) for at, _ in mine] == [round(n / 10, 3) for n in range(75)]
    assert all((a == b).all() for (_, a), (_, b) in zip(mine, original, strict=True))


@pytest.mark.parametrize("kind", ["reordered", "h265"])
def test_reordered_pictures_and_h265_come_back_in_order(tmp_path: Path, kind: str) -> None:
    source = h265(tmp_path) if kind == "h265" else film(tmp_path / "b.mp4", "libx264", bf="3", preset="veryfast")
    packets, info = stream_of(source)
    assert any(packet.decode_ns != packet.media_time_ns for packet in packets)
    path = tmp_path / "clip.mp4"
    write_clip(packets, info, path)
    mine, original = decoded(str(path)), decoded(str(source))
    assert len(mine) == 30
    assert all((a == b).all() for (_, a), (_, b) in zip(mine, original, strict=True))
    assert [round(at - mine[0][0], 3) for at, _ in mine] == [round(n / 10, 3) for n in range(30)]


def test_streams_without_decode_times_are_put_in_order(tmp_path: Path) -> None:
    packets, info = stream_of(film(tmp_path / "b.mp4", "libx264", bf="3", preset="veryfast"))
    path = tmp_path / "clip.mp4"
    write_clip([replace(packet, decode_time_ns=None) for packet in packets], info, path)
    assert [round(at, 2) for at, _ in decoded(str(path))] == [round(n / 10, 2) for n in range(30)]


def test_an_mjpeg_clip_is_coded_so_that_browsers_play_it(tmp_path: Path) -> None:
    packets, info = stream_of(film(tmp_path / "m.avi", "mjpeg", strict="-2"))
    path = tmp_path / "clip.mp4"
    write_clip(packets, info, path)
    with av.open(str(path)) as clip:
        assert clip.streams.video[0].codec_context.name == "h264"
    content = path.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")
    frames = decoded(str(path))
    assert len(frames) == 30
    assert frames[-1][0] - frames[0][0] == pytest.approx(2.9, abs=0.01)


def test_what_cannot_be_a_clip_is_told(tmp_path: Path, street: tuple[list[Packet], StreamInfo]) -> None:
    packets, info = street
    path = tmp_path / "clip.mp4"
    for broken in ([], packets[1:5], [packets[0], replace(packets[1], run_id="other")]):
        with pytest.raises(StorageError, match=r"the video of that moment|no video of that moment"):
            write_clip(broken, info, path)
    with pytest.raises(StorageError, match="cannot be decoded"):
        write_clip([replace(packets[0], data=b"no picture")], replace(info, codec="mjpeg", extradata=b""), path)
    assert not path.exists()


def test_live_fragments_play_and_wait_for_no_packet(street: tuple[list[Packet], StreamInfo]) -> None:
    packets, info = street
    muxer = FragmentMuxer(info)
    assert muxer.mime == 'video/mp4; codecs="avc1.64001F"'
    out = io.BytesIO()
    out.write(muxer.header())
    assert muxer.push(packets[5]) == b""  # not before a keyframe
    for packet in packets[20:]:
        piece = muxer.push(packet)
        assert piece[4:8] == b"moof"
        assert packet.data in piece
        out.write(piece)
    out.seek(0)
    frames = decoded(out)
    assert len(frames) == len(packets) - 20
    assert [round(at, 3) for at, _ in frames] == [round(n / 10, 3) for n in range(len(frames))]
    assert muxer.push(replace(packets[20], run_id="other")) == b""


def test_reordered_and_h265_streams_play_live(tmp_path: Path) -> None:
    sources = [h265(tmp_path), film(tmp_path / "b.mp4", "libx264", bf="3", preset="veryfast")]
    for source, prefix in zip(sources, ("hvc1.1.6.L", "avc1."), strict=True):
        packets, info = stream_of(source)
        muxer = FragmentMuxer(info)
        assert f'codecs="{prefix}' in muxer.mime
        out = io.BytesIO(muxer.header() + b"".join(muxer.push(packet) for packet in packets))
        frames = decoded(out)
        assert len(frames) == 30
        steps = {round(b - a, 3) for (a, _), (b, _) in itertools.pairwise(frames)}
        assert steps == {0.1}


def test_what_mp4_cannot_carry_is_shown_as_stills(tmp_path: Path) -> None:
    packets, info = stream_of(film(tmp_path / "m.avi", "mjpeg", strict="-2"))
    muxer = FragmentMuxer(info)
    assert muxer.mime == "image/jpeg"
    assert muxer.header() == b""
    assert muxer.push(packets[0]) == b""


def test_fragments_are_cheap(street: tuple[list[Packet], StreamInfo]) -> None:
    """A tenth of a millisecond a picture would already be 0.5 ms a second of stream; ten times that is a fault."""
    packets, info = street
    muxer = FragmentMuxer(info)
    since = time.process_time()
    for packet in packets:
        muxer.push(packet)
    assert (time.process_time() - since) / len(packets) < 1e-3


def frame() -> Frame:
    ref = FrameRef(
        camera_id="a",
        run_id="r",
        index=0,
        media_time_ns=0,
        captured_at=UtcNs(0),
        captured_at_error_ns=0,
        width_px=320,
        height_px=240,
    )
    return Frame(ref=ref, rgb=np.full((240, 320, 3), (10, 60, 200), np.uint8))


def test_a_still_shows_its_boxes_and_leaves_the_frame_alone(tmp_path: Path) -> None:
    path = tmp_path / "still.jpg"
    one = frame()
    part = write_still(one, [DrawnBox(box_xyxy_px=(100, 80, 180, 200), label="person 0.91"), (-50, 10, 900, 30)], path)
    assert part.media_type == "image/jpeg"
    assert part.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    picture = cv2.imread(str(path))
    assert picture is not None
    rgb = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
    assert rgb.shape == (240, 320, 3)
    assert abs(rgb[220, 20].astype(int) - (10, 60, 200)).max() < 12  # red is still red
    assert abs(rgb[140, 100].astype(int) - (10, 60, 200)).max() > 80  # a side of the box
    assert (one.rgb == (10, 60, 200)).all()


def test_labels_stay_inside_and_boxes_may_lie_outside() -> None:
    for box in ((-40.0, -40.0, -10.0, -10.0), (300.0, 0.0, 500.0, 20.0), (0.0, 230.0, 10.0, 400.0)):
        picture = drawn(frame(), [DrawnBox(box_xyxy_px=box, label="véhicule n° 12 " * 9, colour=7)])
        assert picture.shape == (240, 320, 3)
        assert (picture != (10, 60, 200)).any()
