"""An annotated video: the analysed frames with tracks, zones, lines and the rules that are met."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import cv2
import numpy as np

from beffroi.vocabulary.arrays import UInt8s
from beffroi.vocabulary.errors import StorageError
from beffroi.vocabulary.judgement import Event, EventPhase
from beffroi.vocabulary.picture import Frame, ObjectClass
from beffroi.vocabulary.rules import Point, Rule
from beffroi.vocabulary.time import NS_PER_MS
from beffroi.vocabulary.tracks import TracksNow

COLOURS: dict[ObjectClass, tuple[int, int, int]] = {
    ObjectClass.PERSON: (255, 176, 0),
    ObjectClass.BICYCLE: (100, 143, 255),
    ObjectClass.VEHICLE: (120, 94, 240),
    ObjectClass.ANIMAL: (0, 158, 115),
    ObjectClass.OBJECT: (220, 38, 127),
}
"""RGB, told apart by people with colour-blindness (Wong 2011 and the IBM palette)."""
DRAWN, MET = (230, 230, 230), (255, 64, 64)
TICKS_PER_S = 1000
FONT = cv2.FONT_HERSHEY_SIMPLEX


class AnnotatedVideo:
    """Writes H.264 at the analysed rate. Open with ``with``; the file is whole only after it is closed.

    Raises:
        StorageError: the file cannot be written.
    """

    def __init__(self, path: Path, rules: Sequence[Rule]) -> None:
        self._path, self._rules = path, rules
        self._met: dict[str, str] = {}
        self._last_tick = -1
        try:
            self._container = av.open(str(path), "w", options={"movflags": "+faststart"})
        except (av.error.FFmpegError, OSError) as error:
            raise StorageError(f"{path}: cannot be written: {error}") from error
        self._stream: av.VideoStream | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._container.mux(self._stream.encode())
        self._container.close()

    def write(self, frame: Frame, tracks: TracksNow | None, events: Sequence[Event]) -> None:
        """Draw what is known of a frame and append it."""
        for event in events:
            if event.phase is EventPhase.ENDED:
                self._met.pop(event.event_id, None)
            else:
                self._met[event.event_id] = event.rule_id
        picture = frame.rgb.copy()
        self._draw_rules(picture)
        for state in tracks.states if tracks else ():
            if state.confirmed:
                name = f"{state.object_class} {state.track_id.rsplit('-', 1)[-1]}"
                _box(picture, state.box_xyxy_px, COLOURS[state.object_class], name, solid=state.observed or state.held)
        self._append(frame, picture)

    def _draw_rules(self, picture: UInt8s) -> None:
        met = set(self._met.values())
        for rule in self._rules:
            colour = MET if rule.rule_id in met else DRAWN
            if rule.zone is not None:
                cv2.polylines(picture, [_pixels(rule.zone.points, picture)], True, colour, 2, cv2.LINE_AA)
            if rule.line is not None:
                cv2.polylines(picture, [_pixels(rule.line.points, picture)], False, colour, 2, cv2.LINE_AA)
        for row, rule_id in enumerate(sorted(met)):
            cv2.putText(picture, rule_id, (8, 24 + 22 * row), FONT, 0.6, MET, 2, cv2.LINE_AA)

    def _append(self, frame: Frame, picture: UInt8s) -> None:
        even = picture[: picture.shape[0] // 2 * 2, : picture.shape[1] // 2 * 2]
        if self._stream is None:
            stream = self._container.add_stream("libx264", rate=25)
            stream.height, stream.width, stream.pix_fmt = even.shape[0], even.shape[1], "yuv420p"
            stream.codec_context.time_base = Fraction(1, TICKS_PER_S)
            stream.options = {"crf": "24", "preset": "veryfast"}
            self._stream = stream
        if (even.shape[1], even.shape[0]) != (self._stream.width, self._stream.height):
            even = np.asarray(cv2.resize(even, (self._stream.width, self._stream.height)), np.uint8)
        drawn = av.VideoFrame.from_ndarray(np.ascontiguousarray(even), format="rgb24")
        # A looping or mended clock may repeat an instant; the container wants rising ones.
        self._last_tick = max(frame.ref.media_time_ns // NS_PER_MS, self._last_tick + 1)
        drawn.pts, drawn.time_base = self._last_tick, Fraction(1, TICKS_PER_S)
        try:
            self._container.mux(self._stream.encode(drawn))
        except (av.error.FFmpegError, OSError) as error:
            raise StorageError(f"{self._path}: cannot be written: {error}") from error


def _pixels(points: Sequence[Point], picture: UInt8s) -> np.ndarray:
    height, width = picture.shape[:2]
    return np.array([(round(x * width), round(y * height)) for x, y in points], np.int32)


def _box(
    picture: UInt8s, box: tuple[float, float, float, float], colour: tuple[int, int, int], name: str, *, solid: bool
) -> None:
    x1, y1, x2, y2 = (round(v) for v in box)
    cv2.rectangle(picture, (x1, y1), (x2, y2), colour, 2 if solid else 1)
    cv2.putText(picture, name, (x1 + 2, max(y1 - 4, 10)), FONT, 0.42, (0, 0, 0), 3, cv2.LINE_AA)
    cv2.putText(picture, name, (x1 + 2, max(y1 - 4, 10)), FONT, 0.42, colour, 1, cv2.LINE_AA)
