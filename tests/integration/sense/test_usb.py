"""USB cameras: without a device, what is said about everything that is none; raw pictures from a real raw film."""

from __future__ import annotations

import itertools
import os
import pty
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from beffroi.sense.clocks import SYSTEM_CLOCK
from beffroi.sense.container import ContainerSource, RunTerms
from beffroi.sense.decoding import StreamDecoder
from beffroi.sense.opening import open_source
from beffroi.vocabulary.camera import StreamKind, StreamSpec
from beffroi.vocabulary.errors import SourceLostError, SourceRefusedError, SourceUnreadableError
from beffroi.vocabulary.time import UtcNs


def usb(url: str) -> StreamSpec:
    return StreamSpec(kind=StreamKind.USB, url=url)


def test_a_missing_camera_is_named() -> None:
    with pytest.raises(SourceLostError, match=r"/dev/video199 does not exist: is the camera plugged in"):
        open_source(usb("199"), camera_id="hall")


def test_a_device_that_is_no_camera_is_told() -> None:
    with pytest.raises(SourceUnreadableError, match="a device but no camera"):
        open_source(usb("/dev/null"), camera_id="hall")


def test_a_terminal_is_no_camera() -> None:
    ours, theirs = pty.openpty()
    try:
        with pytest.raises(SourceUnreadableError, match="no camera"):
            open_source(usb(os.ttyname(theirs)), camera_id="hall")
    finally:
        os.close(ours)
        os.close(theirs)


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_file_or_folder_is_no_camera(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x"
    path.mkdir() if kind == "folder" else path.write_text("x")
    with pytest.raises(SourceUnreadableError, match="no camera but a file or folder"):
        open_source(usb(str(path)), camera_id="hall")


def test_a_camera_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    """Root may read everything, so the question is asked by another account, in a process of its own."""
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o700)
    (folder / "video0").write_text("")
    code = 5
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                os.setgid(65534)
                os.setuid(65534)
            else:
                folder.chmod(0)
            open_source(usb(str(folder / "video0")), camera_id="hall")
        except SourceRefusedError as error:
            code = 0 if "group 'video'" in str(error) else 6
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    folder.chmod(0o700)
    assert os.waitstatus_to_exitcode(status) == 0


def test_raw_pictures_become_jpeg(tmp_path: Path, street: Path) -> None:
    """A raw film stands for a camera that does not compress: same packets of the same codec, read the same way."""
    raw = tmp_path / "raw.nut"
    with av.open(str(street)) as film, av.open(str(raw), "w") as out:
        stream: Any = out.add_stream("rawvideo", rate=10)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuyv422"
        stream.codec_context.time_base = Fraction(1, 10)
        for frame in itertools.islice(film.decode(video=0), 8):
            out.mux(stream.encode(frame.reformat(160, 120, "yuyv422")))
        out.mux(stream.encode(None))
    container = av.open(str(raw))
    terms = RunTerms(
        address="raw",
        run_id="r",
        pace="arrival",
        open_timeout_s=1,
        read_timeout_s=1,
        clock=SYSTEM_CLOCK,
        start_at=UtcNs(0),
    )
    source = ContainerSource(container, container.streams.video[0], terms)
    assert (source.info.codec, source.info.width_px, source.info.height_px) == ("mjpeg", 160, 120)
    decoder = StreamDecoder(source.info, camera_id="hall", analysed_fps=25)
    packets = []
    with pytest.raises(SourceLostError, match="ended"):
        for packet in source.packets():
            packets.append(packet)
    assert all(packet.data.startswith(b"\xff\xd8") and packet.is_keyframe for packet in packets)
    frames = [frame for packet in packets for frame in decoder.decode(packet)]
    assert len(packets) == 8
    assert len(frames) >= 7
    assert frames[0].rgb.shape == (120, 160, 3)
    assert frames[0].rgb.std() > 20
