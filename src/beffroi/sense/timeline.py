"""From a stream's own time stamps, which may lie, to media time, which does not.

Design doc: docs/design/time.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from beffroi.vocabulary.time import NS_PER_MS, NS_PER_S

MAX_GAP_NS = 10 * NS_PER_S
"""A forward leap this much beyond the time that really went by is a step of the camera's clock. Source: our choice."""

_REORDER_NS = NS_PER_S
_WRAPS = (1 << 32, 1 << 33)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where a packet lies in its run; ``decode_ns`` never falls, ``stepped`` tells that the stamps leapt."""

    media_ns: int
    decode_ns: int
    duration_ns: int
    stepped: bool


class MediaTimeline:
    """Media time of one run: 0 at its first packet, unrolled over wraps, mended over leaps and falls.

    ``max_gap_ns`` None believes every forward gap (a recording with pauses).
    """

    def __init__(self, time_base: Fraction, *, nominal_ns: int, max_gap_ns: int | None = MAX_GAP_NS) -> None:
        self._base = time_base
        self._usual = nominal_ns
        self._max_gap = max_gap_ns
        self._shift_ns: int | None = None
        self._raw_ns = 0
        self._decode_ns = 0
        self._steady_ns = 0
        self.steps = 0

    def place(self, pts: int | None, dts: int | None, duration: int | None, steady_ns: int) -> Placed:
        """Place a packet by its stamps in ticks (None: it has none) and the time at which it came."""
        pts, dts = (dts if pts is None else pts), (pts if dts is None else dts)
        length = self._ns(duration) if duration else self._usual
        if pts is None or dts is None:
            return self._unstamped(length, steady_ns)
        raw, shown = self._ns(dts), self._ns(pts)
        ahead = shown - raw if 0 <= shown - raw < 5 * NS_PER_S else 0
        if self._shift_ns is None:
            self._shift_ns = -raw - ahead
            self._raw_ns, self._decode_ns, self._steady_ns = raw, -ahead, steady_ns
            return Placed(media_ns=0, decode_ns=-ahead, duration_ns=length, stepped=False)
        elapsed = max(0, steady_ns - self._steady_ns)
        stepped = not self._plausible(raw - self._raw_ns, elapsed, reordered=pts == dts)
        if stepped:
            raw, stepped = self._unwrapped(raw, elapsed)
        if stepped:
            self.steps += 1
            self._shift_ns = self._decode_ns + max(NS_PER_MS, elapsed or length) - self._ns(dts)
            raw = self._ns(dts)
        elif raw != self._ns(dts):
            self._shift_ns += raw - self._ns(dts)
            raw = self._ns(dts)
        if not stepped and 0 < raw - self._raw_ns < NS_PER_S:
            self._usual = raw - self._raw_ns
        decode = raw + self._shift_ns
        media = decode + ahead
        self._raw_ns, self._steady_ns = raw, steady_ns
        self._decode_ns = max(self._decode_ns, decode)
        return Placed(media_ns=media, decode_ns=self._decode_ns, duration_ns=length, stepped=stepped)

    def _unstamped(self, length: int, steady_ns: int) -> Placed:
        if self._shift_ns is None:
            self._shift_ns, self._steady_ns = 0, steady_ns
            return Placed(media_ns=0, decode_ns=0, duration_ns=length, stepped=False)
        elapsed = max(NS_PER_MS, steady_ns - self._steady_ns or length)
        self._decode_ns += elapsed
        self._raw_ns += elapsed
        self._steady_ns = steady_ns
        return Placed(media_ns=self._decode_ns, decode_ns=self._decode_ns, duration_ns=length, stepped=False)

    def _plausible(self, delta: int, elapsed: int, *, reordered: bool) -> bool:
        if delta < (-_REORDER_NS if reordered else 0):
            return False
        return self._max_gap is None or delta <= elapsed + self._max_gap

    def _unwrapped(self, raw: int, elapsed: int) -> tuple[int, bool]:
        """Try the wraps of 32- and 33-bit counters; (time, whether it is still a step)."""
        for ticks in _WRAPS:
            whole = self._ns(ticks)
            if 0 <= raw + whole - self._raw_ns <= elapsed + (self._max_gap or MAX_GAP_NS):
                return raw + whole, False
        return raw, True

    def _ns(self, ticks: int) -> int:
        return ticks * NS_PER_S * self._base.numerator // self._base.denominator
