"""Video files: whole, cut, empty, and what is no video."""

from __future__ import annotations

import itertools
import shutil
import threading
import time
from pathlib import Path

import pytest

from beffroi.ports.source import Packet
from beffroi.sense.files import probe, read_frames
from beffroi.sense.opening import open_source
from beffroi.vocabulary.camera import StreamKind, StreamSpec
from beffroi.vocabulary.errors import SourceError, SourceLostError, SourceUnreadableError
from beffroi.vocabulary.time import UtcNs


def film(path: Path, **given: object) -> StreamSpec:
    return StreamSpec(kind=StreamKind.FILE, url=str(path), **given)  # type: ignore[arg-type]


def test_a_file_tells_what_it_is(street: Path) -> None:
    info = probe(street)
    assert (info.codec, info.width_px, info.height_px, info.fps, info.frames) == ("h264", 768, 576, 10.0, 795)
    assert info.duration_s == pytest.approx(79.5)


def test_frames_come_at_the_asked_rate_and_size(street: Path) -> None:
    frames = list(itertools.islice(read_frames(street, camera_id="a", analysed_fps=5, max_width_px=384), 50))
    assert {frame.rgb.shape for frame in frames} == {(288, 384, 3)}
    assert {(b.ref.media_time_ns - a.ref.media_time_ns) for a, b in itertools.pairwise(frames)} == {200_000_000}
    assert [frame.ref.index for frame in frames[:3]] == [0, 2, 4]
    assert frames[0].ref.captured_at == 0


def test_all_frames_of_a_film_are_read_in_order(films: dict[str, Path]) -> None:
    for name in ("plain", "reordered", "sliced", "mpeg4", "mjpeg"):
        frames = list(read_frames(films[name], camera_id="a", analysed_fps=25))
        expected = {"mpeg4": 30, "mjpeg": 20}.get(name, 60)
        assert [frame.ref.index for frame in frames] == list(range(expected)), name
        numbers = []
        for frame in frames:
            row = frame.rgb[frame.ref.height_px // 12, :, 0]
            numbers.append(sum((int(row[(2 * bit + 1) * len(row) // 16]) > 128) << bit for bit in range(8)))
        assert numbers == list(range(expected)), name
        assert frames[-1].ref.media_time_ns == pytest.approx((expected - 1) * 1e8, abs=1e6)


def test_results_can_be_compared_run_after_run(films: dict[str, Path]) -> None:
    once, again = (list(read_frames(films["plain"], camera_id="a", analysed_fps=5)) for _ in range(2))
    assert [frame.ref for frame in once] == [frame.ref for frame in again]
    assert all((a.rgb == b.rgb).all() for a, b in zip(once, again, strict=True))


def test_the_start_of_a_recording_can_be_given(films: dict[str, Path]) -> None:
    frames = list(read_frames(films["plain"], camera_id="a", analysed_fps=1, start_at=UtcNs(10**18)))
    assert [frame.ref.captured_at - 10**18 for frame in frames[:3]] == [0, 8 * 10**8, 18 * 10**8]


def test_a_live_film_keeps_its_pace_and_its_end_is_told(films: dict[str, Path]) -> None:
    source = open_source(film(films["mpeg4"]), camera_id="a")
    since, wall = time.monotonic(), time.time_ns()
    packets: list[Packet] = []
    with pytest.raises(SourceLostError) as caught:
        for packet in source.packets():
            packets.append(packet)
    assert caught.value.reason == "ended"
    assert time.monotonic() - since == pytest.approx(2.9, abs=0.3)
    assert abs(packets[0].captured_at - wall) < 0.2e9
    assert packets[-1].captured_at - packets[0].captured_at == pytest.approx(2.9e9, abs=1e7)


def test_a_loop_is_a_new_run(films: dict[str, Path]) -> None:
    first = open_source(film(films["plain"], loop=True), camera_id="a")
    second = open_source(film(films["plain"], loop=True, pace="fast"), camera_id="a")
    with pytest.raises(SourceLostError) as caught:
        list(second.packets())
    assert caught.value.reason == "changed"
    assert first.run_id != second.run_id
    first.close()


def test_closing_a_live_film_wakes_its_reader(street: Path) -> None:
    source = open_source(film(street), camera_id="a")
    reader = threading.Thread(target=lambda: list(source.packets()))
    reader.start()
    time.sleep(0.3)
    source.close()
    reader.join(0.5)
    assert not reader.is_alive()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceLostError, match=r"away\.mp4 does not exist"):
        probe(tmp_path / "away.mp4")


@pytest.mark.parametrize(
    ("content", "text"),
    [(b"", "is empty"), (b"just some text\n" * 99, "no video that can be read"), (b"\x00" * 9999, "no video")],
)
def test_what_is_no_video_is_told(tmp_path: Path, content: bytes, text: str) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    for read in (probe, lambda p: list(read_frames(p, camera_id="a", analysed_fps=5))):
        with pytest.raises(SourceUnreadableError, match=text):
            read(path)


def test_a_folder_is_no_video(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadableError, match="not a file"):
        probe(tmp_path)


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    path.write_bytes(
        b"RIFF\x24\x08\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00"
        b"data\x00\x08\x00\x00" + bytes(2048)
    )
    with pytest.raises(SourceUnreadableError, match="no video stream"):
        probe(path)


def test_a_film_cut_off_gives_what_is_there_and_says_so(tmp_path: Path, street: Path) -> None:
    path = tmp_path / "cut.mp4"
    path.write_bytes(street.read_bytes()[:1_500_000])
    frames = []
    with pytest.raises(SourceError, match=r"cut off|no video that can be read") as caught:
        for frame in read_frames(path, camera_id="a", analysed_fps=5, max_width_px=192):
            frames.append(frame)
    if "cut off" in str(caught.value):
        assert len(frames) > 50
        assert "of 79.5 s" in str(caught.value)


def test_a_film_with_its_index_gone_is_unreadable(tmp_path: Path, films: dict[str, Path]) -> None:
    path = tmp_path / "cut.mp4"
    path.write_bytes(films["plain"].read_bytes()[:-2000])
    with pytest.raises(SourceUnreadableError, match="no video that can be read"):
        probe(path)


def test_damaged_pictures_are_left_out_and_the_rest_is_read(tmp_path: Path, street: Path) -> None:
    path = tmp_path / "damaged.mp4"
    shutil.copy(street, path)
    whole = path.read_bytes()
    with path.open("r+b") as out:
        for at in range(400_000, 800_000, 9_000):
            out.seek(at)
            out.write(b"\xa5" * 600)
    assert path.read_bytes() != whole
    frames = list(read_frames(path, camera_id="a", analysed_fps=5, max_width_px=192))
    assert 250 < len(frames) <= 398
    times = [frame.ref.media_time_ns for frame in frames]
    assert times == sorted(set(times))


def test_a_file_cannot_lead_to_the_network(tmp_path: Path) -> None:
    path = tmp_path / "list.m3u8"
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://127.0.0.1:9/segment.ts\n")
    with pytest.raises(SourceError):
        probe(path)
