"""Live views in a worker: one browser, one muxer; tracks between. Packets as they come where nothing is hidden."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

from beffroi.keep.fragments import FragmentMuxer
from beffroi.ports.source import Packet, StreamInfo
from beffroi.run.camera import CameraLife
from beffroi.run.eyes import Eyes
from beffroi.run.pipeline import Analysed
from beffroi.run.rendition import Rendition
from beffroi.vocabulary.errors import BeffroiError, SourceError
from beffroi.vocabulary.picture import FrameRef

SendChunk = Callable[[int, str, bytes], bool]
"""Live view's number, kind of chunk, its bytes; false when the wire is congested."""


def shown_tracks(result: Analysed) -> list[dict[str, object]]:
    """The confirmed tracks of an analysed frame as the browser draws them: boxes normalised to [0, 1]."""
    ref = result.frame.ref
    return [
        {
            "id": state.track_id,
            "class": state.object_class.value,
            "box": [
                round(state.box_xyxy_px[0] / ref.width_px, 4),
                round(state.box_xyxy_px[1] / ref.height_px, 4),
                round(state.box_xyxy_px[2] / ref.width_px, 4),
                round(state.box_xyxy_px[3] / ref.height_px, 4),
            ],
        }
        for state in (result.tracks.states if result.tracks is not None else ())
        if state.confirmed and (state.observed or state.held)
    ]


class LiveView:
    """One browser's view of one camera: begins at a keyframe, ends when its stream's run ends."""

    def __init__(self, number: int, send: SendChunk) -> None:
        self._number, self._send = number, send
        self._muxer: FragmentMuxer | None = None
        self._run_id = ""
        self.over = False
        self.end: Callable[[], None] = lambda: None

    def take(self, packet: Packet, info: StreamInfo) -> None:
        """A packet of the camera's stream, in its reader's thread."""
        if self.over:
            return
        try:
            if self._muxer is None:
                if not packet.is_keyframe:
                    return
                self._begin(packet, info)
            elif packet.run_id != self._run_id:
                self.fail("restarted", "the camera's stream began anew")
                return
            assert self._muxer is not None
            data = self._muxer.push(packet)
        except BeffroiError as error:
            self.fail("not_playable", str(error))
            return
        except Exception as error:  # a stream that cannot be muxed must not stop the reader that serves analysis
            self.fail("not_playable", f"this stream cannot be shown live ({type(error).__name__})")
            return
        if data and not self._send(self._number, "media", data):
            self.fail("too_slow", "the server cannot take more live pictures now")

    def _begin(self, packet: Packet, info: StreamInfo) -> None:
        self._muxer, self._run_id = FragmentMuxer(info), packet.run_id
        header = self._muxer.header()
        self._send(self._number, "mime", self._muxer.mime.encode())
        if header:
            self._send(self._number, "init", header)

    def tracks(self, shown: list[dict[str, object]], frame: FrameRef) -> None:
        """Boxes to draw over the picture, with the second at which the page shows it when they are of the same run."""
        if self.over or self._muxer is None:
            return
        at_s = self._muxer.shown_at_s(frame.media_time_ns) if frame.run_id == self._run_id else None
        message: dict[str, object] = {"tracks": shown}
        if at_s is not None and at_s >= 0:  # before its first picture the view shows nothing to draw over
            message["at_s"] = round(at_s, 3)
        self._send(self._number, "tracks", json.dumps(message, separators=(",", ":")).encode())

    def fail(self, code: str, detail: str) -> None:
        """Say why it ends, and end."""
        if not self.over:
            self.over = True
            self._send(self._number, "error", json.dumps({"error": code, "detail": detail}).encode())


class LiveViews:
    """All live views of a worker. Opened and closed by its main thread, fed by readers and the analysis thread."""

    def __init__(self, send: SendChunk, eyes: Eyes) -> None:
        self._send, self._eyes = send, eyes
        self._views: dict[int, tuple[str, LiveView]] = {}
        self._renditions: dict[tuple[str, bool], Rendition] = {}
        self._lock = threading.Lock()

    def open(self, number: int, life: CameraLife | None, *, clear: bool) -> None:
        """A browser wants to see a camera, ``clear`` or with people and vehicles hidden; what hinders it is told on
        the view itself.
        """
        view = LiveView(number, self._send)
        if life is None:
            view.fail("not_found", "this camera is not watched here")
            return
        try:
            self._connect(view, life, clear=clear or not life.order.camera.blur)
        except SourceError as error:
            view.fail(error.reason, str(error))
            return
        with self._lock:
            self._views[number] = (life.camera_id, view)

    def _connect(self, view: LiveView, life: CameraLife, *, clear: bool) -> None:
        """Packets as they come only where nothing at all is to be hidden."""
        if clear and not life.order.camera.masks:
            view.end = life.listen(view.take)
            return
        key = (life.camera_id, clear)
        rendition = self._renditions.get(key) or Rendition(life, self._eyes, blurred=not clear)
        self._renditions[key] = rendition
        rendition.join(view)

        def end() -> None:
            if rendition.leave(view) and self._renditions.get(key) is rendition:
                del self._renditions[key]

        view.end = end

    def close(self, number: int) -> None:
        """The browser has gone."""
        with self._lock:
            _, view = self._views.pop(number, ("", None))
        if view is not None:
            view.over = True
            view.end()

    def camera_gone(self, camera_id: str) -> None:
        """A camera was taken away or given other streams."""
        with self._lock:
            gone = [(n, v) for n, (c, v) in self._views.items() if c == camera_id]
        for number, view in gone:
            view.fail("lost", "the camera was changed or removed")
            self.close(number)

    def analysed(self, camera_id: str, result: Analysed) -> None:
        """Draw a frame's tracks over the views of its camera."""
        with self._lock:
            views = [v for c, v in self._views.values() if c == camera_id]
        if views:
            shown = shown_tracks(result)
            for view in views:
                view.tracks(shown, result.frame.ref)
