"""Clips and live pieces in the browser that Debian ships."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from beffroi.keep.clips import write_clip
from beffroi.keep.fragments import FragmentMuxer
from beffroi.ports.source import Packet, StreamInfo
from beffroi.sense.opening import open_source
from beffroi.vocabulary.camera import StreamKind, StreamSpec
from beffroi.vocabulary.errors import SourceLostError

STREET = Path(__file__).parents[3] / "src/beffroi/cli/assets/street.mp4"
CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]

LIVE = """
async ([mime, pieces]) => {
  if (!MediaSource.isTypeSupported(mime)) return {supported: false};
  const video = document.createElement('video');
  video.muted = true;
  document.body.append(video);
  const media = new MediaSource();
  video.src = URL.createObjectURL(media);
  await new Promise(done => media.addEventListener('sourceopen', done, {once: true}));
  const buffer = media.addSourceBuffer(mime);
  for (const name of pieces) {
    const bytes = await (await fetch(name)).arrayBuffer();
    buffer.appendBuffer(bytes);
    await new Promise((done, broken) => {
      buffer.addEventListener('updateend', done, {once: true});
      buffer.addEventListener('error', () => broken(new Error('append ' + name)), {once: true});
    });
  }
  await video.play();
  await new Promise(done => setTimeout(done, 700));
  return {supported: true, ranges: buffer.buffered.length, end: buffer.buffered.end(0), at: video.currentTime,
          width: video.videoWidth, error: video.error && video.error.message};
}
"""

CLIP = """
async () => {
  const video = document.createElement('video');
  video.muted = true;
  document.body.append(video);
  video.src = 'clip.mp4';
  await video.play();
  await new Promise(done => setTimeout(done, 700));
  return {at: video.currentTime, seconds: video.duration, width: video.videoWidth};
}
"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Say nothing."""


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    assert CHROMIUM, "no browser: install the Debian package chromium"
    (tmp_path / "index.html").write_text("<!doctype html><title>t</title>")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        opened = browser.new_page()
        opened.goto(f"http://127.0.0.1:{server.server_address[1]}/index.html")
        yield opened
        browser.close()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def street() -> tuple[list[Packet], StreamInfo]:
    source = open_source(StreamSpec(kind=StreamKind.FILE, url=str(STREET), pace="fast"), camera_id="a")
    packets: list[Packet] = []
    with pytest.raises(SourceLostError):
        for packet in source.packets():
            packets.append(packet)
    return packets, source.info


@pytest.mark.browser
def test_a_clip_plays_at_once(page: Page, tmp_path: Path, street: tuple[list[Packet], StreamInfo]) -> None:
    packets, info = street
    write_clip(packets[40:190], info, tmp_path / "clip.mp4")
    seen = page.evaluate(CLIP)
    assert seen["width"] == 768
    assert seen["seconds"] == pytest.approx(15.0, abs=0.05)
    assert seen["at"] > 0.3


@pytest.mark.browser
def test_live_pieces_play_in_one_stretch(page: Page, tmp_path: Path, street: tuple[list[Packet], StreamInfo]) -> None:
    packets, info = street
    muxer = FragmentMuxer(info)
    names = ["init"]
    (tmp_path / "init").write_bytes(muxer.header())
    for number, packet in enumerate(packets[20:45]):
        names.append(f"piece{number}")
        (tmp_path / names[-1]).write_bytes(muxer.push(packet))
    seen = page.evaluate(LIVE, [muxer.mime, names])
    assert seen["supported"]
    assert seen["error"] is None
    assert (seen["ranges"], seen["width"]) == (1, 768)
    assert seen["end"] == pytest.approx(2.5, abs=0.01)
    assert seen["at"] > 0.3
