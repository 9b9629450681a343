"""H.264 and H.265 as MP4 wants them: length-prefixed units, one codec header (avcC, hvcC) beside them.

Cameras send units behind start codes and repeat their parameter sets; files store lengths and a header. Everything
behind the source sees the second form only.
Source: ISO/IEC 14496-15 (avcC, hvcC), ITU-T H.264 and H.265, section 7.3 and annex B.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any

import av

_AVC_SPS, _AVC_PPS, _AVC_AUD = 7, 8, 9
_HEVC_VPS, _HEVC_SPS, _HEVC_PPS, _HEVC_AUD = 32, 33, 34, 35
_HIGH_PROFILES = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})


def split_annex_b(data: bytes) -> list[bytes]:
    r"""The units between start codes, without their trailing zeros.

    >>> split_annex_b(bytes.fromhex("00000001 6742 000001 68ce"))
    [b'gB', b'h\xce']
    """
    units: list[bytes] = []
    start = data.find(b"\x00\x00\x01")
    while start >= 0:
        end = data.find(b"\x00\x00\x01", start + 3)
        unit = data[start + 3 : end if end >= 0 else len(data)].rstrip(b"\x00")
        if unit:
            units.append(unit)
        start = end
    return units


def native_packet(data: bytes) -> Any:
    """The bytes in libav's own, padded memory.

    A packet that borrows Python's bytes needs the interpreter to be let go of; a decoder thread that asks for it while
    the decoder is being deleted waits for ever.
    """
    coded = av.Packet(len(data))
    coded.update(data)
    return coded


def is_picture_unit(codec: str, unit: bytes) -> bool:
    """Whether a unit is a slice of a picture."""
    return 1 <= (unit[0] & 31) <= 5 if codec == "h264" else (unit[0] >> 1 & 63) < 32


def is_keyframe_unit(codec: str, unit: bytes) -> bool:
    """Whether a unit shows that decoding can begin with its picture (H.264 also by recovery point)."""
    if codec == "hevc":
        return 16 <= (unit[0] >> 1 & 63) <= 21
    return (unit[0] & 31) == 5 or ((unit[0] & 31) == 6 and unit[1:2] == b"\x06")


def split_prefixed(data: bytes, size: int) -> list[bytes]:
    """The units behind big-endian lengths of ``size`` bytes; a cut last unit is left out."""
    units: list[bytes] = []
    at = 0
    while at + size <= len(data):
        length = int.from_bytes(data[at : at + size], "big")
        at += size
        if length and at + length <= len(data):
            units.append(data[at : at + length])
        at += length
    return units


class _Bits:
    """Reads a unit's payload bit by bit, emulation prevention removed.

    Raises:
        ValueError: it ends too early.
    """

    def __init__(self, unit: bytes) -> None:
        self._bytes = unit.replace(b"\x00\x00\x03", b"\x00\x00")
        self._at = 0

    def take(self, count: int) -> int:
        value = 0
        for _ in range(count):
            byte, bit = divmod(self._at, 8)
            if byte >= len(self._bytes):
                raise ValueError("the parameter set ends too early")
            value = value << 1 | self._bytes[byte] >> (7 - bit) & 1
            self._at += 1
        return value

    def exp_golomb(self) -> int:
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > 32:
                raise ValueError("the parameter set is not one")
        return (1 << zeros) - 1 + self.take(zeros)


@dataclass(slots=True)
class ParameterSets:
    """The parameter sets of one run by (unit type, id), and the codec header they make."""

    codec: str
    sets: dict[tuple[int, int], bytes] = field(default_factory=dict)

    def kind(self, unit: bytes) -> int:
        """The unit's type number."""
        return unit[0] & 31 if self.codec == "h264" else unit[0] >> 1 & 63

    def key(self, unit: bytes) -> tuple[int, int] | None:
        """(type, id) of a parameter set, None for other units and for broken sets."""
        kind = self.kind(unit)
        try:
            if self.codec == "h264":
                if kind == _AVC_SPS:
                    return kind, _Bits(unit[4:]).exp_golomb()
                return (kind, _Bits(unit[1:]).exp_golomb()) if kind == _AVC_PPS else None
            if kind in (_HEVC_VPS, _HEVC_SPS):
                return kind, 0
            return (kind, _Bits(unit[2:]).exp_golomb()) if kind == _HEVC_PPS else None
        except ValueError:
            return None

    def is_sps(self, key: tuple[int, int]) -> bool:
        """Whether a key names a sequence parameter set, which fixes size and profile."""
        return key[0] == (_AVC_SPS if self.codec == "h264" else _HEVC_SPS)

    def is_delimiter(self, unit: bytes) -> bool:
        """Whether a unit only marks a picture's begin (MP4 forbids it none, needs it never)."""
        return self.kind(unit) == (_AVC_AUD if self.codec == "h264" else _HEVC_AUD)

    def header(self) -> bytes:
        """The avcC or hvcC record; empty while sets are missing or cannot be read."""
        try:
            return _avcc(self.sets) if self.codec == "h264" else _hvcc(self.sets)
        except (ValueError, IndexError, struct.error):  # struct: a set longer than the record can say
            return b""


def _of(sets: dict[tuple[int, int], bytes], kind: int) -> list[bytes]:
    return [unit for (k, _), unit in sorted(sets.items()) if k == kind]


def _avcc(sets: dict[tuple[int, int], bytes]) -> bytes:
    sps, pps = _of(sets, _AVC_SPS), _of(sets, _AVC_PPS)
    if not sps or not pps:
        return b""
    record = bytes([1, sps[0][1], sps[0][2], sps[0][3], 0xFF, 0xE0 | len(sps)])
    record += b"".join(struct.pack(">H", len(u)) + u for u in sps)
    record += bytes([len(pps)]) + b"".join(struct.pack(">H", len(u)) + u for u in pps)
    if sps[0][1] in _HIGH_PROFILES:
        bits = _Bits(sps[0][4:])
        bits.exp_golomb()
        chroma = bits.exp_golomb()
        if chroma == 3:
            bits.take(1)
        luma_depth, chroma_depth = bits.exp_golomb(), bits.exp_golomb()
        record += bytes([0xFC | chroma & 3, 0xF8 | luma_depth & 7, 0xF8 | chroma_depth & 7, 0])
    return record


def _hvcc(sets: dict[tuple[int, int], bytes]) -> bytes:
    arrays = [(kind, _of(sets, kind)) for kind in (_HEVC_VPS, _HEVC_SPS, _HEVC_PPS)]
    if not all(units for _, units in arrays):
        return b""
    bits = _Bits(arrays[1][1][0][2:])
    bits.take(4)
    layers, nested = bits.take(3), bits.take(1)
    profile = bytes(bits.take(8) for _ in range(12))
    present = [(bits.take(1), bits.take(1)) for _ in range(8 if layers else 0)][:layers]
    for has_profile, has_level in present:
        bits.take(88 * has_profile + 8 * has_level)
    bits.exp_golomb()
    chroma = bits.exp_golomb()
    if chroma == 3:
        bits.take(1)
    bits.exp_golomb()
    bits.exp_golomb()
    if bits.take(1):
        for _ in range(4):
            bits.exp_golomb()
    luma_depth, chroma_depth = bits.exp_golomb(), bits.exp_golomb()
    record = b"\x01" + profile + b"\xf0\x00\xfc"
    record += bytes([0xFC | chroma & 3, 0xF8 | luma_depth & 7, 0xF8 | chroma_depth & 7, 0, 0])
    record += bytes([(layers + 1) << 3 | nested << 2 | 3, len(arrays)])
    for kind, units in arrays:
        record += bytes([0x80 | kind]) + struct.pack(">H", len(units))
        record += b"".join(struct.pack(">H", len(u)) + u for u in units)
    return record


def sets_of_header(codec: str, header: bytes) -> tuple[ParameterSets, int]:
    """The parameter sets in a codec header of either form, and the length of its units' prefixes (0: start codes)."""
    found = ParameterSets(codec)
    prefix = 0
    if header[:1] != b"\x01":
        units = split_annex_b(header)
    elif codec == "h264":
        prefix, units = (header[4] & 3) + 1 if len(header) > 4 else 4, _units_of_avcc(header)
    else:
        prefix, units = (header[21] & 3) + 1 if len(header) > 21 else 4, _units_of_hvcc(header)
    for unit in units:
        key = found.key(unit)
        if key:
            found.sets[key] = unit
    return found, prefix


def _units_of_avcc(header: bytes) -> list[bytes]:
    units: list[bytes] = []
    at = 5
    for mask in (31, 255):
        if at >= len(header):
            break
        count, at = header[at] & mask, at + 1
        for _ in range(count):
            length = int.from_bytes(header[at : at + 2], "big")
            units.append(header[at + 2 : at + 2 + length])
            at += 2 + length
    return [unit for unit in units if unit]


def _units_of_hvcc(header: bytes) -> list[bytes]:
    units: list[bytes] = []
    at = 23
    for _ in range(header[22] if len(header) > 22 else 0):
        count, at = int.from_bytes(header[at + 1 : at + 3], "big"), at + 3
        for _ in range(count):
            length = int.from_bytes(header[at : at + 2], "big")
            units.append(header[at + 2 : at + 2 + length])
            at += 2 + length
    return [unit for unit in units if unit]


class SetsChangedError(Exception):
    """The stream now has another size or profile: the run is over."""


class Framing:
    """Brings the packets of one run into length-prefixed form and keeps their codec header.

    Until the first keyframe the header from the session description counts; the keyframe's own sets win over it.
    """

    def __init__(self, codec: str, header: bytes) -> None:
        self._sets, self._prefix = sets_of_header(codec, header)
        self._begun = False
        self.header = header if self._prefix else self._sets.header()

    def frame(self, data: bytes, *, is_keyframe: bool) -> bytes:
        """The packet in length-prefixed form.

        Raises:
            SetsChangedError: another sequence parameter set than this run's.
        """
        if self._prefix == 4:
            return data
        if self._prefix:
            return b"".join(struct.pack(">I", len(u)) + u for u in split_prefixed(data, self._prefix))
        kept: list[bytes] = []
        renewed = False
        for unit in split_annex_b(data):
            key = self._sets.key(unit)
            if key is None:
                if not self._sets.is_delimiter(unit):
                    kept.append(unit)
            elif self._sets.sets.get(key) == unit:
                continue
            elif not self._begun:
                self._sets.sets[key] = unit
                renewed = True
            elif self._sets.is_sps(key):
                raise SetsChangedError
            else:
                kept.append(unit)
        if renewed:
            self.header = self._sets.header()
        self._begun = self._begun or is_keyframe
        return b"".join(struct.pack(">I", len(u)) + u for u in kept)
