"""Media time and captured_at: clocks are data here."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.sense.clocks import WALL_STEP_NS, ArrivalTimes
from beffroi.sense.timeline import MediaTimeline

MS, S = 1_000_000, 1_000_000_000
BASE = Fraction(1, 90_000)
FRAME = 18_000  # ticks: 200 ms


@dataclass
class GivenClock:
    """Clocks that show what they are told."""

    steady: int = 5 * S
    wall: int = 1_700_000_000 * S

    def wall_ns(self) -> int:
        return self.wall

    def steady_ns(self) -> int:
        return self.steady

    def go(self, span_ns: int) -> None:
        self.steady += span_ns
        self.wall += span_ns


def timeline(**given: int | None) -> MediaTimeline:
    return MediaTimeline(BASE, nominal_ns=200 * MS, **given)


def place_all(line: MediaTimeline, stamps: list[int | None], every_ns: int = 200 * MS) -> list[int]:
    return [line.place(pts, None, None, n * every_ns).media_ns for n, pts in enumerate(stamps)]


def test_media_time_starts_at_nothing_and_follows_the_stamps() -> None:
    assert place_all(timeline(), [900, 900 + FRAME, 900 + 2 * FRAME]) == [0, 200 * MS, 400 * MS]


@pytest.mark.parametrize("bits", [32, 33])
def test_wraps_are_unrolled_exactly(bits: int) -> None:
    top = 1 << bits
    stamps: list[int | None] = [(top - 2 * FRAME + n * FRAME) % top for n in range(6)]
    line = timeline()
    assert place_all(line, stamps) == [n * 200 * MS for n in range(6)]
    assert line.steps == 0


@pytest.mark.parametrize("leap_s", [3600, -3600, -2, 20])
def test_a_step_of_the_cameras_clock_leaves_no_leap(leap_s: int) -> None:
    leap = leap_s * 90_000
    first = 10_000_000_000
    stamps: list[int | None] = [first + n * FRAME + (leap if n >= 5 else 0) for n in range(10)]
    line = timeline()
    assert place_all(line, stamps) == [n * 200 * MS for n in range(10)]
    assert line.steps == 1


def test_a_pause_that_really_was_is_kept() -> None:
    line = timeline()
    line.place(0, None, None, 0)
    assert line.place(60 * 90_000, None, None, 60 * S).media_ns == 60 * S
    assert line.steps == 0


def test_a_recording_with_a_gap_keeps_it() -> None:
    line = timeline(max_gap_ns=None)
    line.place(0, 0, None, 0)
    assert line.place(3600 * 90_000, 3600 * 90_000, None, 1).media_ns == 3600 * S


def test_packets_without_stamps_take_their_time_of_arrival() -> None:
    assert place_all(timeline(), [None, None, None]) == [0, 200 * MS, 400 * MS]


def test_reordered_pictures_keep_their_presentation_times() -> None:
    line = timeline()
    shown, decoded = [0, 3, 1, 2, 6, 4, 5], range(-1, 6)
    placed = [
        line.place((s + 9) * FRAME, (d + 9) * FRAME, FRAME, i * 200 * MS)
        for i, (s, d) in enumerate(zip(shown, decoded, strict=True))
    ]
    assert [p.media_ns for p in placed] == [s * 200 * MS for s in shown]
    assert all(a.decode_ns < b.decode_ns for a, b in itertools.pairwise(placed))
    assert all(p.decode_ns <= p.media_ns for p in placed)


@given(st.lists(st.one_of(st.none(), st.integers(-(1 << 62), 1 << 62)), min_size=1, max_size=60))
def test_lying_stamps_never_make_time_fall_or_run_ahead(stamps: list[int | None]) -> None:
    line = timeline()
    placed = [line.place(pts, pts, None, n * 200 * MS) for n, pts in enumerate(stamps)]
    assert all(a.decode_ns <= b.decode_ns for a, b in itertools.pairwise(placed))
    for a, b in itertools.pairwise(placed):
        assert b.media_ns - a.media_ns <= 200 * MS + 10 * S


def arrivals(clock: GivenClock, lateness_ms: list[int], drift: float = 1.0) -> list[tuple[int, int]]:
    """captured_at (as an error against the truth) and its half-width for packets every 200 ms."""
    times = ArrivalTimes(clock)
    begun_steady, begun_wall = clock.steady, clock.wall
    out = []
    came = begun_steady
    for n, late in enumerate(lateness_ms):
        came = max(came, begun_steady + n * 200 * MS + late * MS)
        clock.go(came - clock.steady)
        media = round(n * 200 * MS * drift)
        captured, error = times.captured_at(media, came)
        out.append((captured - (begun_wall + n * 200 * MS), error))
    return out


def test_jitter_is_smoothed_to_the_least_late_packet() -> None:
    chance = random.Random(3)
    found = arrivals(GivenClock(), [0] + [chance.randint(0, 90) for _ in range(300)])
    assert max(abs(off) for off, _ in found[50:]) < 12 * MS
    assert all(error < 130 * MS for _, error in found)


def test_a_burst_at_the_start_is_seen_through() -> None:
    """Servers send what they hold at once: the first packets come up to two seconds late."""
    found = arrivals(GivenClock(), [2000 - 200 * n if n < 10 else 0 for n in range(40)])
    assert found[0][0] == 2000 * MS
    assert abs(found[-1][0]) < 15 * MS
    assert all(error >= abs(off) for off, error in found[10:])  # once seen, the half-width admits it


def test_a_drifting_camera_is_followed() -> None:
    found = arrivals(GivenClock(), [0] * 3000, drift=1.0003)
    assert max(abs(off) for off, _ in found) < 25 * MS


@given(st.lists(st.integers(0, 3000), min_size=2, max_size=80))
def test_instants_rise_whatever_the_network_does(lateness: list[int]) -> None:
    clock = GivenClock()
    times = ArrivalTimes(clock)
    seen = []
    for n, late in enumerate(lateness):
        clock.go(200 * MS)
        seen.append(times.captured_at(n * 200 * MS, clock.steady + late * MS)[0])
    assert all(a < b for a, b in itertools.pairwise(seen))


def test_our_own_clock_being_set_is_noticed_and_does_not_bend_the_run() -> None:
    clock = GivenClock()
    times = ArrivalTimes(clock)
    before, _ = times.captured_at(0, clock.steady)
    clock.go(200 * MS)
    clock.wall += 3600 * S
    after, error = times.captured_at(200 * MS, clock.steady)
    assert times.wall_stepped
    assert after - before == 200 * MS
    assert error > 3599 * S


def test_a_small_correction_of_our_clock_is_followed_slowly() -> None:
    clock = GivenClock()
    times = ArrivalTimes(clock)
    times.captured_at(0, clock.steady)
    clock.wall += WALL_STEP_NS // 2
    last = 0
    for n in range(1, 1500):
        clock.go(200 * MS)
        captured, _ = times.captured_at(n * 200 * MS, clock.steady)
        assert captured > last
        last = captured
    assert not times.wall_stepped
    assert abs(last - clock.wall) < 5 * MS
