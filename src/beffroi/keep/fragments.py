"""Live video for a browser: fragmented MP4, one fragment a picture."""

from __future__ import annotations

from beffroi.keep.mp4 import REMUXABLE, TIMESCALE, Sample, codecs, fragment, init_segment, ticks
from beffroi.ports.source import Packet, StreamInfo


class FragmentMuxer:
    """Turns the packets of one run, from a keyframe on, into pieces that Media Source Extensions take.

    ``mime`` tells the page what comes: it asks its browser whether it can play that (Debian's Chromium cannot play
    H.265). Streams that MP4 cannot carry have the mime "image/jpeg" and give no bytes: the page shows stills.
    """

    def __init__(self, info: StreamInfo) -> None:
        self._info = info
        self._playable = info.codec in REMUXABLE and bool(codecs(info))
        self._run_id = ""
        self._start = 0
        self._decode_at = 0
        self._sequence = 0

    @property
    def mime(self) -> str:
        """The media type with its codecs."""
        return f'video/mp4; codecs="{codecs(self._info)}"' if self._playable else "image/jpeg"

    def header(self) -> bytes:
        """The init segment; empty for streams that cannot be carried."""
        return init_segment(self._info) if self._playable else b""

    def shown_at_s(self, media_time_ns: int) -> float | None:
        """Where on the page's time axis a picture of this run is shown; None until the first fragment."""
        return ticks(media_time_ns) / TIMESCALE - self._start / TIMESCALE if self._run_id else None

    def push(self, packet: Packet) -> bytes:
        """The fragment of a packet; empty until the first keyframe, and for streams that cannot be carried.

        A packet of another run gives nothing: make a new muxer for it.
        """
        if not self._playable or (self._run_id and packet.run_id != self._run_id):
            return b""
        shown, decode = ticks(packet.media_time_ns), ticks(packet.decode_ns)
        if not self._run_id:
            if not packet.is_keyframe:
                return b""
            self._run_id, self._start, self._decode_at = packet.run_id, min(shown, decode), -1
        decode = max(decode - self._start, self._decode_at + 1)
        self._decode_at = decode
        self._sequence += 1
        sample = Sample(
            data=packet.data,
            decode_at=decode,
            shown_at=shown - self._start,
            duration=max(1, ticks(packet.duration_ns)),
            is_keyframe=packet.is_keyframe,
        )
        return fragment([sample], self._sequence)
