"""Coded pictures out of what RTSP delivers: pieces of units, one after the other.

A libav parser would hold every picture back until the next one begins: 200 ms at 5 pictures a second. Here a picture
is given out with its last piece, once this stream has shown that its last pieces can be told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av

from beffroi.sense.bitstream import is_keyframe_unit, is_picture_unit, native_packet, split_annex_b
from beffroi.sense.clocks import Clock

_LEARNED_PICTURES = 12
_SURELY_FULL = 1000
"""Bytes; a piece shorter than this was not cut to fit a packet. Source: our choice, below every usual packet size."""
_START = (b"\x00\x00\x01", b"\x00\x00\x00\x01")
_MOST_BYTES = 32 << 20
_TENTH = Fraction(1, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodedPicture:
    """One picture as coded, with the stream's own stamps in ticks; ``came_at_ns`` on the steady clock."""

    data: bytes
    is_keyframe: bool
    pts: int | None
    dts: int | None
    duration: int | None
    came_at_ns: int


class PictureAssembler:
    """Joins the pieces of one picture (they share its time stamp).

    Whether a piece is the last is foretold (a piece shorter than a full one ends a unit, and pictures have as many
    slices as those before); foretelling is only trusted after it was right for 12 pictures with a keyframe among
    them, and given up for the rest of the run when it was wrong once (``broken`` counts that).
    """

    def __init__(self, codec: str) -> None:
        self._codec = codec
        self._pieces: list[bytes] = []
        self._size = 0
        self._pts: int | None = None
        self._came_at = 0
        self._given: int | None = None
        self._slices = 0
        self._usual_slices = 0
        self._full = _SURELY_FULL
        self._foretold = 0
        self._right = 0
        self._right_keys = 0
        self._hopeless = False
        self.broken = 0

    @property
    def prompt(self) -> bool:
        """Whether pictures are given out with their last piece."""
        return not self._hopeless and self._right >= _LEARNED_PICTURES and self._right_keys > 0

    def push(self, piece: bytes, pts: int | None, came_at_ns: int) -> list[CodedPicture]:
        """Take a piece; the pictures (at most two) that are complete with it."""
        done: list[CodedPicture] = []
        if self._pieces and pts is not None and pts != self._pts:
            done.append(self._finish())
        if not self._pieces and pts is not None and pts == self._given:
            self._late(piece)
            return done
        if not self._pieces:
            self._pts = pts
        begins = piece.startswith(_START)
        if begins:
            self._slices += sum(is_picture_unit(self._codec, unit) for unit in split_annex_b(piece))
        else:
            self._full = max(self._full, len(piece))
        self._pieces.append(piece)
        self._size += len(piece)
        self._came_at = came_at_ns
        if self._size > _MOST_BYTES:
            self._reset()
            return done
        ends = self._full > len(piece) and self._slices >= max(1, self._usual_slices)
        if ends and not self._foretold:
            self._foretold = len(self._pieces)
        if ends and self.prompt:
            done.append(self._finish())
        return done

    def _finish(self) -> CodedPicture:
        units = split_annex_b(data := b"".join(self._pieces))
        is_key = any(is_keyframe_unit(self._codec, unit) for unit in units)
        self._learn(is_key)
        picture = CodedPicture(
            data=data, is_keyframe=is_key, pts=self._pts, dts=None, duration=None, came_at_ns=self._came_at
        )
        self._given = self._pts
        self._reset()
        return picture

    def _learn(self, is_key: bool) -> None:
        if self._usual_slices and self._slices != self._usual_slices:
            self._hopeless = True
        self._usual_slices = max(self._usual_slices, self._slices)
        if self._foretold and self._foretold != len(self._pieces):
            self._right = self._right_keys = 0
        elif self._foretold:
            self._right += 1
            self._right_keys += is_key

    def _late(self, piece: bytes) -> None:
        """A piece of a picture that was already given out."""
        rest = not piece.startswith(_START)
        if rest or any(is_picture_unit(self._codec, unit) for unit in split_annex_b(piece)):
            self.broken += 1
            self._hopeless = True

    def _reset(self) -> None:
        self._pieces, self._size, self._slices, self._foretold = [], 0, 0, 0


def assembled(demuxed: Iterator[Any], codec: str, clock: Clock) -> Iterator[CodedPicture]:
    """The pictures of an RTSP stream read without libav's parser."""
    assembler = PictureAssembler(codec)
    for raw in demuxed:
        if raw.size:
            yield from assembler.push(bytes(raw), raw.pts if raw.pts is not None else raw.dts, clock.steady_ns())


def as_they_come(demuxed: Iterator[Any], clock: Clock) -> Iterator[CodedPicture]:
    """The pictures of a stream whose packets are whole pictures."""
    for raw in demuxed:
        if raw.size:
            yield CodedPicture(
                data=bytes(raw),
                is_keyframe=bool(raw.is_keyframe),
                pts=raw.pts,
                dts=raw.dts,
                duration=raw.duration or None,
                came_at_ns=clock.steady_ns(),
            )


def as_jpeg(pictures: Iterator[CodedPicture], decoder: Any, clock: Clock) -> Iterator[CodedPicture]:
    """Raw pictures as JPEG files, at quality about 90."""
    coder: Any = None
    number = 0
    for raw in pictures:
        packet = native_packet(raw.data)
        packet.pts = raw.pts
        for frame in decoder.decode(packet):
            if coder is None or (coder.width, coder.height) != (frame.width, frame.height):
                coder = av.CodecContext.create("mjpeg", "w")
                coder.width, coder.height, coder.pix_fmt = frame.width, frame.height, "yuvj420p"
                coder.time_base = _TENTH
                coder.options = {"qmin": "3", "qmax": "5"}
            still = frame.reformat(format="yuvj420p")
            still.pts, still.time_base = number, _TENTH
            number += 1
            for coded in coder.encode(still):
                yield CodedPicture(
                    data=bytes(coded),
                    is_keyframe=True,
                    pts=raw.pts,
                    dts=None,
                    duration=raw.duration,
                    came_at_ns=clock.steady_ns(),
                )
