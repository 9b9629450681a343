"""Evidence clips: the coded pictures as the camera sent them, in an MP4 that plays at once."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from beffroi.keep.disk import write_whole
from beffroi.keep.mp4 import REMUXABLE, TIMESCALE, samples_of, ticks, whole_head
from beffroi.ports.source import Packet, StreamInfo
from beffroi.vocabulary.errors import StorageError
from beffroi.vocabulary.evidence import EvidencePart, PartKind

_FRAGMENTED = "frag_keyframe+empty_moov+default_base_moof"
_TIME_BASE = Fraction(1, TIMESCALE)


def write_clip(packets: Sequence[Packet], info: StreamInfo, path: Path, kind: PartKind = PartKind.CLIP) -> EvidencePart:
    """Write packets of one run, from a keyframe on, as an MP4 whose index comes first; its ``path`` is as given.

    H.264 and H.265 are kept bit for bit. Other codes (MJPEG cameras) no browser plays from MP4: they are coded to
    H.264 once, here.

    Raises:
        StorageError: no packets, not beginning with a keyframe, of several runs, or the disk refuses.
    """
    if not packets:
        raise StorageError("there is no video of that moment: the stream was down or the buffer too short")
    if not packets[0].is_keyframe or any(p.run_id != packets[0].run_id for p in packets):
        raise StorageError("the video of that moment has no beginning that can be decoded")
    chunks = _remuxed(packets, info) if info.codec in REMUXABLE else [_recoded(packets, info)]
    size, digest = write_whole(path, chunks)
    return EvidencePart(kind=kind, path=str(path), media_type="video/mp4", bytes=size, sha256=digest)


def _remuxed(packets: Sequence[Packet], info: StreamInfo) -> Iterator[bytes]:
    samples = samples_of(packets)
    yield whole_head(info, samples)
    for sample in samples:
        yield sample.data


def _recoded(packets: Sequence[Packet], info: StreamInfo) -> bytes:
    """The pictures coded to H.264, as a whole MP4 file.

    Raises:
        StorageError: none of them can be decoded.
    """
    out = io.BytesIO()
    decoder = av.CodecContext.create(info.codec, "r")
    decoder.extradata = info.extradata or None
    stream: Any = None
    with av.open(out, "w", format="mp4", options={"movflags": _FRAGMENTED}) as container:
        for picture in _pictures(decoder, packets):
            if stream is None:
                options = {"preset": "ultrafast", "crf": "23"}
                stream = container.add_stream("libx264", rate=max(1, round(info.nominal_fps)), options=options)
                stream.width, stream.height = picture.width // 2 * 2, picture.height // 2 * 2
                stream.pix_fmt = "yuv420p"
                stream.codec_context.time_base = _TIME_BASE
            scaled = picture.reformat(stream.width, stream.height, "yuv420p")
            scaled.pts, scaled.time_base = picture.pts, _TIME_BASE
            container.mux(stream.encode(scaled))
        if stream is not None:
            container.mux(stream.encode(None))
    if stream is None:
        raise StorageError("the video of that moment cannot be decoded")
    return out.getvalue()


def _pictures(decoder: Any, packets: Sequence[Packet]) -> Iterator[Any]:
    """The pictures that can be decoded, stamped in ticks from the first packet on, strictly rising."""
    last = -1
    for packet in [*packets, None]:
        coded = None
        if packet is not None:
            coded = av.Packet(len(packet.data))
            coded.update(packet.data)
            coded.pts = ticks(packet.media_time_ns - packets[0].media_time_ns)
            coded.time_base = _TIME_BASE
        try:
            pictures = decoder.decode(coded)
        except av.error.FFmpegError:
            continue
        for picture in pictures:
            if picture.pts is not None and picture.pts > last:
                last = picture.pts
                yield picture
