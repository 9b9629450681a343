"""Whole video files, as fast as they can be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from beffroi.sense.container import codec_of
from beffroi.sense.decoding import StreamDecoder
from beffroi.sense.dialling import open_container
from beffroi.sense.opening import FILE_OPTIONS, checked_file, open_file, recorded_at
from beffroi.vocabulary.camera import StreamKind, StreamSpec
from beffroi.vocabulary.errors import SourceLostError, SourceUnreadableError
from beffroi.vocabulary.picture import Frame
from beffroi.vocabulary.time import UtcNs, ns_to_seconds

_MISSING_S = 2.0
_MISSING_SHARE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class FileInfo:
    """What a video file is. ``duration_s`` and ``frames`` are as the file says (0 when it does not).

    ``start_at`` is the instant of its first picture if the file tells it.
    """

    path: Path
    codec: str
    width_px: int
    height_px: int
    fps: float
    duration_s: float
    frames: int
    bytes: int
    start_at: UtcNs | None


def probe(path: Path | str) -> FileInfo:
    """What a file is, without reading it through.

    Raises:
        SourceError: missing, empty, not video, or in an unknown code.
    """
    path = Path(path)
    checked_file(path)
    container, stream = open_container(f"file:{path}", str(path), timeouts_s=(10.0, 10.0), options=FILE_OPTIONS)
    with container:
        codec, context = codec_of(stream, str(path)), stream.codec_context
        rate = float(stream.average_rate or stream.guessed_rate or 0)
        seconds = container.duration / 1e6 if container.duration else float((stream.duration or 0) * stream.time_base)
        return FileInfo(
            path=path,
            codec=codec,
            width_px=context.width,
            height_px=context.height,
            fps=rate,
            duration_s=max(0.0, seconds),
            frames=stream.frames or round(max(0.0, seconds) * rate),
            bytes=path.stat().st_size,
            start_at=recorded_at(container),
        )


def read_frames(
    path: Path | str,
    *,
    camera_id: str,
    analysed_fps: float,
    max_width_px: int | None = None,
    start_at: UtcNs | None = None,
    threads: int = 1,
) -> Iterator[Frame]:
    """The due frames of a file, in order, as fast as they can be decoded.

    One decoder thread leaves the cores to the detector: a second costs 10-40 % more in all and gains nothing beside it
    (ADR 42). ``start_at`` is the instant of the first picture; without it the file's own recording time, else 1970, so
    that instants are then times in the file.

    Raises:
        SourceError: missing, empty, not video; or, after its last readable frame, cut off.
    """
    path = Path(path)
    expected_s = probe(path).duration_s
    spec = StreamSpec(kind=StreamKind.FILE, url=str(path), pace="fast")
    source = open_file(spec, camera_id=camera_id, start_at=start_at)
    decoder = StreamDecoder(
        source.info, camera_id=camera_id, analysed_fps=analysed_fps, max_width_px=max_width_px, threads=threads
    )
    reached_ns = 0
    try:
        for packet in source.packets():
            reached_ns = max(reached_ns, packet.media_time_ns + packet.duration_ns)
            yield from decoder.decode(packet)
    except SourceLostError as error:
        if error.reason != "ended":
            raise
    finally:
        source.close()
    yield from decoder.flush()
    reached_s = ns_to_seconds(reached_ns)
    if not decoder.decoded:
        raise SourceUnreadableError(f"{path} holds no picture that can be decoded: copy it again")
    if expected_s - reached_s > max(_MISSING_S, _MISSING_SHARE * expected_s):
        text = f"{path} is cut off: it stops at {reached_s:.1f} s of {expected_s:.1f} s; copy it again"
        raise SourceUnreadableError(text)
