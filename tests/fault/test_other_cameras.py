"""Cameras that do not speak H.264 over RTSP: watched, alerted on, kept and shown all the same."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from beffroi.vocabulary.camera import StreamKind, StreamSpec

SERVER = Path(__file__).parents[1] / "servers" / "mjpeg_server.py"


@pytest.fixture
def h265(tmp_path: Path, substream: Path) -> Path:
    """The street as an H.265 camera sends it, a keyframe each second."""
    target = tmp_path / "h265.mp4"
    with av.open(str(substream)) as source, av.open(str(target), "w") as out:
        stream = out.add_stream("libx265", rate=5)
        stream.width, stream.height, stream.pix_fmt = 384, 288, "yuv420p"
        stream.options = {"preset": "ultrafast", "x265-params": "keyint=5:min-keyint=5:bframes=0:log-level=none"}
        for count, frame in enumerate(source.decode(video=0)):
            picture = frame.reformat(384, 288)
            picture.pts, picture.time_base = count, Fraction(1, 5)
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
    return target


@pytest.fixture
def serve_mjpeg(substream: Path) -> Iterator[Callable[..., str]]:
    """Start HTTP cameras; they end with the test. Gives their address."""
    running: list[subprocess.Popen[str]] = []

    def start(*options: str) -> str:
        command = [sys.executable, str(SERVER), "--file", str(substream), "--fps", "5", "--width", "384", *options]
        running.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        assert running[-1].stdout is not None
        return f"http://127.0.0.1:{running[-1].stdout.readline().split()[1]}/video"

    yield start
    for process in running:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


async def kept(watch: Any, camera_id: str) -> dict[str, Path]:
    """The first complete evidence of a camera: where still and clip lie."""
    await watch.until(lambda: any(m.final for m in watch.evidence(camera_id)), 40, "evidence")
    done = next(m for m in watch.evidence(camera_id) if m.final)
    assert done.error == ""
    assert any(m.event.event_id == done.event_id for m in watch.events(camera_id))
    return {part.kind.value: watch.data / part.path for part in done.parts}


def seen_in(path: Path) -> tuple[str, int]:
    """A clip's codec, and how many pictures it holds."""
    with av.open(str(path)) as clip:
        return clip.streams.video[0].codec_context.name, sum(1 for _ in clip.decode(video=0))


async def test_an_h265_camera_is_watched_kept_and_shown(
    serve_rtsp: Any, watching: Any, camera: Any, rtsp_spec: Any, h265: Path, tmp_path: Path
) -> None:
    server = serve_rtsp({"one": [h265]})
    watch = await watching(camera("c", rtsp_spec(server.url("one"))))
    await watch.until_watched("c")
    assert watch.supervisor.statuses()["c"].codec == "hevc"
    files = await kept(watch, "c")
    codec, pictures = seen_in(files["clip"])
    assert codec == "hevc", "a clip is the camera's own pictures, not coded anew"
    assert pictures >= 8
    assert files["still"].read_bytes()[:2] == b"\xff\xd8"
    film, mime = bytearray(), ""
    async for chunk in watch.supervisor.live("c", clear=True):
        mime = chunk.data.decode() if chunk.kind == "mime" else mime
        if chunk.kind in ("init", "media"):
            film += chunk.data
        if len(film) > 20_000:
            break
    assert "hvc1" in mime
    (tmp_path / "live.mp4").write_bytes(film)
    assert seen_in(tmp_path / "live.mp4")[0] == "hevc"


async def test_an_http_camera_is_watched_kept_and_shown_as_stills(
    serve_mjpeg: Callable[..., str], watching: Any, camera: Any
) -> None:
    url = serve_mjpeg("--user", "agent", "--password", "right-one")
    stream = StreamSpec(kind=StreamKind.MJPEG, url=url, username="agent", password="right-one")
    watch = await watching(camera("c", stream))
    await watch.until_watched("c")
    assert watch.supervisor.statuses()["c"].codec == "mjpeg"
    files = await kept(watch, "c")
    codec, pictures = seen_in(files["clip"])
    assert codec == "h264", "browsers play no MJPEG: its clip is coded"
    assert pictures >= 8
    async for chunk in watch.supervisor.live("c", clear=True):
        assert (chunk.kind, chunk.data) == ("mime", b"image/jpeg"), "the page is told to show stills"
        break
    assert (await watch.supervisor.still("c", clear=True))[:2] == b"\xff\xd8"
