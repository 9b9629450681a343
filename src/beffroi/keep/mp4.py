"""MP4 boxes, as few as a browser needs: one video track, coded pictures as they came.

Source: ISO/IEC 14496-12 (boxes), 14496-15 (avc1, hvc1). Every ``samples`` here is in decoding order.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from beffroi.ports.source import Packet, StreamInfo
from beffroi.vocabulary.time import NS_PER_S

TIMESCALE = 90_000
REMUXABLE = ("h264", "hevc")
_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_SYNC, _NOT_SYNC = 0x02000000, 0x01010000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One coded picture on the file's own time axis, in ticks of TIMESCALE."""

    data: bytes
    decode_at: int
    shown_at: int
    duration: int
    is_keyframe: bool


def ticks(nanoseconds: int) -> int:
    """A time in ticks, rounded to the nearest.

    >>> ticks(200_000_000)
    18000
    """
    return (nanoseconds * TIMESCALE + NS_PER_S // 2) // NS_PER_S


def box(kind: bytes, *parts: bytes) -> bytes:
    """One box: length, name, content."""
    return b"".join((struct.pack(">I4s", 8 + sum(map(len, parts)), kind), *parts))


def codecs(info: StreamInfo) -> str:
    """The RFC 6381 name of the stream's codec, "" for one that MP4 cannot carry here.

    >>> from beffroi.ports.source import StreamInfo
    >>> codecs(StreamInfo(codec="h264", width_px=2, height_px=2, time_base_num=1, time_base_den=1,
    ...     extradata=bytes.fromhex("0142c01effe1"), nominal_fps=5.0))
    'avc1.42C01E'
    """
    header = info.extradata
    if info.codec == "h264" and len(header) > 4:
        return f"avc1.{header[1:4].hex().upper()}"
    if info.codec == "hevc" and len(header) > 22:
        space = ("", "A", "B", "C")[header[1] >> 6]
        tier = "H" if header[1] & 0x20 else "L"
        flags = int(f"{int.from_bytes(header[2:6], 'big'):032b}"[::-1], 2)
        constraints = header[6:12].rstrip(b"\x00")
        tail = "".join(f".{byte:X}" for byte in constraints)
        return f"hvc1.{space}{header[1] & 31}.{flags:X}.{tier}{header[12]}{tail}"
    return ""


def samples_of(packets: Sequence[Packet]) -> list[Sample]:
    """Packets as samples that start at 0; the duration of each is the way to the next, as players want it."""
    if not packets:
        return []
    shown = [ticks(packet.media_time_ns) for packet in packets]
    decode = _decode_times(packets, shown)
    start = min(shown)
    last = max(1, ticks(packets[-1].duration_ns))
    lengths = [max(1, b - a) for a, b in pairwise(decode)] + [last]
    return [
        Sample(data=p.data, decode_at=d - decode[0], shown_at=s - start, duration=n, is_keyframe=p.is_keyframe)
        for p, s, d, n in zip(packets, shown, decode, lengths, strict=True)
    ]


def _decode_times(packets: Sequence[Packet], shown: list[int]) -> list[int]:
    """Strictly rising decode times. Where stamps contradict themselves, the sorted presentation times serve."""
    decode = [ticks(packet.decode_ns) for packet in packets]
    if all(a < b for a, b in pairwise(decode)):
        return decode
    ordered = sorted(shown)
    for i in range(1, len(ordered)):
        ordered[i] = max(ordered[i], ordered[i - 1] + 1)
    return ordered


def _head(info: StreamInfo, duration: int, tables: bytes, tail: bytes = b"") -> bytes:
    """The boxes ftyp and moov: ``tables`` are the sample tables after stsd, ``tail`` ends the moov (mvex)."""
    size = struct.pack(">II", info.width_px << 16, info.height_px << 16)
    mvhd = struct.pack(">IIIIIIHHII", 0, 0, 0, TIMESCALE, duration, 0x10000, 0x0100, 0, 0, 0) + _MATRIX
    mvhd += bytes(24) + struct.pack(">I", 2)
    tkhd = struct.pack(">IIIIIIIIHHHH", 3, 0, 0, 1, 0, duration, 0, 0, 0, 0, 0, 0) + _MATRIX + size
    mdhd = struct.pack(">IIIIIHH", 0, 0, 0, TIMESCALE, duration, 0x55C4, 0)
    hdlr = struct.pack(">II4s", 0, 0, b"vide") + bytes(12) + b"video\x00"
    dinf = box(b"dinf", box(b"dref", struct.pack(">II", 0, 1), box(b"url ", struct.pack(">I", 1))))
    stbl = box(b"stbl", _stsd(info), tables)
    minf = box(b"minf", box(b"vmhd", struct.pack(">IHHHH", 1, 0, 0, 0, 0)), dinf, stbl)
    mdia = box(b"mdia", box(b"mdhd", mdhd), box(b"hdlr", hdlr), minf)
    moov = box(b"moov", box(b"mvhd", mvhd), box(b"trak", box(b"tkhd", tkhd), mdia), tail)
    return box(b"ftyp", b"isom", struct.pack(">I", 512), b"isomiso6avc1mp41") + moov


def _stsd(info: StreamInfo) -> bytes:
    name, header = (b"avc1", b"avcC") if info.codec == "h264" else (b"hvc1", b"hvcC")
    entry = bytes(6) + struct.pack(">H", 1) + bytes(16) + struct.pack(">HH", info.width_px, info.height_px)
    entry += struct.pack(">IIIH", 0x480000, 0x480000, 0, 1) + bytes(32) + struct.pack(">Hh", 24, -1)
    return box(b"stsd", struct.pack(">II", 0, 1), box(name, entry, box(header, info.extradata)))


def init_segment(info: StreamInfo) -> bytes:
    """The head of a fragmented MP4."""
    empty = b"".join(box(kind, bytes(8)) for kind in (b"stts", b"stsc", b"stco")) + box(b"stsz", bytes(12))
    mvex = box(b"mvex", box(b"trex", struct.pack(">IIIIII", 0, 1, 1, 0, 0, 0)))
    return _head(info, 0, empty, mvex)


def fragment(samples: Sequence[Sample], sequence: int) -> bytes:
    """The boxes moof and mdat of some samples, in decoding order."""
    rows = b"".join(
        struct.pack(">IIIi", s.duration, len(s.data), _SYNC if s.is_keyframe else _NOT_SYNC, s.shown_at - s.decode_at)
        for s in samples
    )
    mfhd = box(b"mfhd", struct.pack(">II", 0, sequence))
    tfhd = box(b"tfhd", struct.pack(">II", 0x020000, 1))
    tfdt = box(b"tfdt", struct.pack(">IQ", 0x01000000, samples[0].decode_at))
    size = 8 + len(mfhd) + 8 + len(tfhd) + len(tfdt) + 20 + len(rows)
    trun = box(b"trun", struct.pack(">IIi", 0x01000F01, len(samples), size + 8), rows)
    return box(b"moof", mfhd, box(b"traf", tfhd, tfdt, trun)) + box(b"mdat", *(s.data for s in samples))


def whole_head(info: StreamInfo, samples: Sequence[Sample]) -> bytes:
    """Everything of a plain MP4 that precedes its pictures ("fast start"), the mdat's own head included.

    Raises:
        ValueError: more than 4 GiB of pictures, which these tables cannot address.
    """
    body = sum(len(s.data) for s in samples)
    if body >= 1 << 32:
        raise ValueError("a clip of more than 4 GiB")
    duration = samples[-1].decode_at + samples[-1].duration
    length = len(_head(info, duration, _tables(samples, 0)))
    return _head(info, duration, _tables(samples, length + 8)) + struct.pack(">I4s", 8 + body, b"mdat")


def _tables(samples: Sequence[Sample], first_byte: int) -> bytes:
    keys = [number for number, s in enumerate(samples, 1) if s.is_keyframe]
    offsets = [s.shown_at - s.decode_at for s in samples]
    tables = box(b"stts", struct.pack(">I", 0), *_runs([s.duration for s in samples], "I"))
    if any(offsets):
        tables += box(b"ctts", struct.pack(">I", 0x01000000), *_runs(offsets, "i"))
    tables += box(b"stss", struct.pack(">II", 0, len(keys)), struct.pack(f">{len(keys)}I", *keys))
    tables += box(b"stsc", struct.pack(">IIIII", 0, 1, 1, len(samples), 1))
    sizes = [len(s.data) for s in samples]
    tables += box(b"stsz", struct.pack(">III", 0, 0, len(sizes)), struct.pack(f">{len(sizes)}I", *sizes))
    return tables + box(b"stco", struct.pack(">III", 0, 1, first_byte))


def _runs(values: Sequence[int], code: str) -> list[bytes]:
    """Run-length entries with their count in front."""
    runs: list[list[int]] = []
    for value in values:
        if runs and runs[-1][1] == value:
            runs[-1][0] += 1
        else:
            runs.append([1, value])
    return [struct.pack(">I", len(runs))] + [struct.pack(f">I{code}", *run) for run in runs]
