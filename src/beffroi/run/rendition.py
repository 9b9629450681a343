"""A camera's live picture coded anew, once for all who watch it so: homes masked, people and vehicles hidden."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import structlog

from beffroi.ports.source import Packet, StreamInfo
from beffroi.run.camera import CameraLife
from beffroi.run.coding import PictureCoder
from beffroi.run.eyes import Eyes, yield_to_analysis
from beffroi.run.redaction import (
    BLURRED_FPS,
    BLURRED_WIDTH_PX,
    CLEAR_FPS,
    CLEAR_WIDTH_PX,
    BlurredPictures,
    masked,
)
from beffroi.sense.decoding import StreamDecoder
from beffroi.vocabulary.errors import BeffroiError, BlurUnavailableError
from beffroi.vocabulary.picture import Frame

log = structlog.get_logger(__name__)

MOST_WAITING = 400
"""Packets that wait for a decoder that does not keep up; then it begins anew at a keyframe. Source: our choice."""


class Watching(Protocol):
    """A live view that takes packets and is told why it ends."""

    def take(self, packet: Packet, info: StreamInfo) -> None:
        """The next packet."""
        ...

    def fail(self, code: str, detail: str) -> None:
        """Say why it ends, and end."""
        ...


class Rendition:
    """One thread between a camera and its viewers. It shows the newest picture it can, late ones are left out.

    Whatever hinders the hiding ends every view with its reason: no clear picture takes the place of a hidden one.
    """

    def __init__(self, life: CameraLife, eyes: Eyes, *, blurred: bool) -> None:
        camera = life.order.camera
        self._camera_id, self._masks = camera.camera_id, camera.masks
        self._pictures = BlurredPictures(camera.camera_id, camera.masks, eyes) if blurred else None
        self._fps, self._width_px = (BLURRED_FPS, BLURRED_WIDTH_PX) if blurred else (CLEAR_FPS, CLEAR_WIDTH_PX)
        self._views: tuple[Watching, ...] = ()
        self._joined = False
        self._waiting: deque[tuple[Packet, StreamInfo]] = deque()
        self._changed = threading.Condition()
        self._over = False
        self._decoder: StreamDecoder | None = None
        self._coder: PictureCoder | None = None
        self._held: Packet | None = None
        self._run_id = ""
        self._decoded_ns = -1
        self._end_listening: Callable[[], None] = life.listen(self._take, smallest=blurred)
        with self._changed:
            self._waiting.extendleft(reversed(life.newest_pictures(smallest=blurred)))
        name = f"{'blurred' if blurred else 'masked'} {camera.camera_id}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def join(self, view: Watching) -> None:
        """Somebody watches from now on, beginning with a keyframe."""
        with self._changed:
            self._views, self._joined = (*self._views, view), True

    def leave(self, view: Watching) -> bool:
        """Somebody watches no more; true when nobody is left: then it ends by itself."""
        with self._changed:
            self._views = tuple(one for one in self._views if one is not view)
            if self._views:
                return False
            self._over = True
            self._changed.notify()
        self._end_listening()
        return True

    def _take(self, packet: Packet, info: StreamInfo) -> None:
        """A packet, in its reader's thread."""
        with self._changed:
            if len(self._waiting) >= MOST_WAITING:
                self._waiting.clear()
                self._run_id = ""  # what is decoded next must be a keyframe
            self._waiting.append((packet, info))
            self._changed.notify()

    def _run(self) -> None:
        yield_to_analysis()
        while (batch := self._next_batch()) is not None:
            try:
                frame = self._newest(batch)
                if frame is not None:
                    self._show(frame)
            except BlurUnavailableError as error:
                self._fail("blur_unavailable", str(error))
            except BeffroiError as error:
                self._fail("not_playable", str(error))
            except Exception as error:  # a lying camera may break any decoder
                log.exception("rendition_failed", camera_id=self._camera_id)
                self._fail("blur_unavailable", f"the picture could not be made ({type(error).__name__})")

    def _next_batch(self) -> list[tuple[Packet, StreamInfo]] | None:
        with self._changed:
            while not self._waiting and not self._over:
                self._changed.wait()
            if self._over:
                return None
            batch = list(self._waiting)
            self._waiting.clear()
            return batch

    def _newest(self, batch: list[tuple[Packet, StreamInfo]]) -> Frame | None:
        """Decode everything; the last picture that is due. The others teach what moves."""
        frames: list[Frame] = []
        for packet, info in batch:
            if packet.run_id != self._run_id or self._decoder is None:
                if not packet.is_keyframe:
                    continue
                self._begin(packet, info)
            if packet.decode_ns <= self._decoded_ns:
                continue  # it was among those the ring gave at the start
            self._decoded_ns = packet.decode_ns
            assert self._decoder is not None
            frames.extend(self._decoder.decode(packet))
        if self._pictures is not None:
            for frame in frames[:-1]:
                self._pictures.watch(frame)
        return frames[-1] if frames else None

    def _begin(self, packet: Packet, info: StreamInfo) -> None:
        self._run_id, self._decoded_ns, self._coder, self._held = packet.run_id, -1, None, None
        self._decoder = StreamDecoder(
            info, camera_id=self._camera_id, analysed_fps=self._fps, max_width_px=self._width_px
        )

    def _show(self, frame: Frame) -> None:
        shown = masked(frame, self._masks) if self._pictures is None else self._pictures.blurred(frame)
        if self._coder is None:
            self._coder = PictureCoder(self._fps)
        with self._changed:
            views, joined, self._joined = self._views, self._joined, False
        packet, info = self._coder.code(shown.rgb, shown.ref, keyframe=joined)
        held, self._held = self._held, packet
        if held is None:
            return
        # a picture lasts until the next one, which comes when it can: a hole between two would stop the browser
        lasting = replace(held, duration_ns=max(1, packet.media_time_ns - held.media_time_ns))
        for view in views:
            view.take(lasting, info)

    def _fail(self, code: str, detail: str) -> None:
        with self._changed:
            views = self._views
        for view in views:
            view.fail(code, detail)
