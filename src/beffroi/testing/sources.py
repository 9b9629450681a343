"""The conformance kit of sources: ``check_source(open, spec)`` raises with what is wrong. Ours pass it too."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from itertools import islice, pairwise

from beffroi.ports.source import Packet, PacketSource, SourceOpener
from beffroi.testing.situations import ConformanceError
from beffroi.vocabulary.camera import StreamSpec
from beffroi.vocabulary.errors import SourceError

CLOSES_WITHIN_S = 2.0


def check_source(opener: SourceOpener, spec: StreamSpec, *, count: int = 30) -> list[Packet]:
    """Open a real stream, read so many packets and check its contract; gives the packets, for a look.

    Raises:
        ConformanceError: what is wrong, in a sentence.
        SourceError: the stream cannot be opened or ended before so many packets came.
    """
    source = opener(spec, camera_id="conformance")
    try:
        read = list(islice(source.packets(), count))
        _check_info(source, spec)
        _ask(len(read) == count, f"gives {len(read)} packets and ends without a SourceError that says why")
        _check_packets(read, source.run_id)
        _check_form(read, source.info.codec)
    finally:
        source.close()
    source.close()  # twice is allowed
    _check_closing(opener, spec)
    return read


def _ask(kept: bool, otherwise: str) -> None:
    if not kept:
        raise ConformanceError(f"the source {otherwise}")


def _check_info(source: PacketSource, spec: StreamSpec) -> None:
    info = source.info
    _ask(bool(info.codec) and info.width_px > 0 and info.height_px > 0, f"does not say what its stream is: {info}")
    _ask(info.time_base_num > 0 and info.time_base_den > 0, "has no time base")
    _ask(bool(source.run_id), "gives its run no name")
    if spec.password:
        _ask(spec.password not in f"{info!r} {source.run_id} {source!r}", "shows its password")


def _check_packets(read: Sequence[Packet], run_id: str) -> None:
    _ask(read[0].is_keyframe, "does not begin with a keyframe")
    _ask({packet.run_id for packet in read} == {run_id}, "gives packets of several runs as one")
    _ask(all(packet.data for packet in read), "gives a packet without data")
    _ask(all(packet.captured_at_error_ns >= 0 for packet in read), "claims a negative error of its instants")
    _ask(read[0].decode_ns >= 0 and read[0].media_time_ns >= 0, "counts media time from before its first packet")
    _ask(all(a.decode_ns < b.decode_ns for a, b in pairwise(read)), "gives packets out of decoding order")
    shown = sorted(read, key=lambda packet: packet.media_time_ns)
    _ask(all(a.media_time_ns < b.media_time_ns for a, b in pairwise(shown)), "shows two pictures at one time")
    _ask(
        all(a.captured_at < b.captured_at for a, b in pairwise(shown)),
        "has instants that do not rise with its media time",
    )


def _check_form(read: Sequence[Packet], codec: str) -> None:
    for packet in read:
        if codec == "mjpeg":
            _ask(packet.data.startswith(b"\xff\xd8"), "gives MJPEG packets that are no JPEG files")
        elif codec in ("h264", "hevc"):
            at = 0
            while at < len(packet.data):
                at += 4 + int.from_bytes(packet.data[at : at + 4], "big")
            _ask(at == len(packet.data), f"gives {codec} packets that are not units behind four-byte lengths")


def _check_closing(opener: SourceOpener, spec: StreamSpec) -> None:
    """Closing from another thread ends a read under way."""
    source = opener(spec, camera_id="conformance")
    ended = threading.Event()

    def read() -> None:
        try:
            for _ in source.packets():
                begun.set()
        except SourceError:
            pass  # either end is an end
        ended.set()

    begun = threading.Event()
    threading.Thread(target=read, daemon=True).start()
    begun.wait(spec.open_timeout_s + spec.read_timeout_s)
    source.close()
    within_s = CLOSES_WITHIN_S + spec.read_timeout_s
    _ask(ended.wait(within_s), f"still reads {within_s:.0f} s after it was closed from another thread")
