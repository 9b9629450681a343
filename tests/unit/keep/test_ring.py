"""The ring of packets: bounded, begins with a keyframe, outlives a run."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from beffroi.keep.ring import PacketRing
from beffroi.ports.source import Packet, StreamInfo
from beffroi.vocabulary.time import UtcNs

S = 1_000_000_000
INFO = StreamInfo(
    codec="h264", width_px=2, height_px=2, time_base_num=1, time_base_den=1, extradata=b"", nominal_fps=5.0
)


def packet(second: float, *, key: bool = False, size: int = 10, run: str = "a") -> Packet:
    at = UtcNs(round(second * S))
    return Packet(
        raw=None,
        data=bytes(size),
        is_keyframe=key,
        media_time_ns=at,
        duration_ns=S // 5,
        captured_at=at,
        captured_at_error_ns=0,
        arrived_at=at,
        run_id=run,
    )


def filled(seconds: int, *, max_s: float = 10, max_bytes: int = 10**6) -> PacketRing:
    ring = PacketRing(max_s=max_s, max_bytes=max_bytes)
    for n in range(seconds * 5):
        ring.push(packet(n / 5, key=n % 10 == 0))
    return ring


def seconds(packets: list[Packet]) -> tuple[float, float]:
    return packets[0].captured_at / S, packets[-1].captured_at / S


def test_a_span_begins_with_the_keyframe_before_it() -> None:
    ring = filled(20)
    packets = ring.span(UtcNs(13 * S), UtcNs(15 * S))
    assert packets[0].is_keyframe
    assert seconds(packets) == (12.0, 15.0)


def test_a_span_that_reaches_beyond_what_is_held_gives_what_there_is() -> None:
    packets = filled(20).span(UtcNs(0), UtcNs(99 * S))
    assert packets[0].is_keyframe
    first, last = seconds(packets)
    assert 8 <= first <= 10
    assert last == 19.8


def test_nothing_of_a_span_is_nothing() -> None:
    ring = filled(20)
    assert ring.span(UtcNs(30 * S), UtcNs(40 * S)) == []
    assert PacketRing(max_s=1, max_bytes=10).span(UtcNs(0), UtcNs(S)) == []


def test_packets_before_a_first_keyframe_are_not_kept() -> None:
    ring = PacketRing(max_s=10, max_bytes=100)
    ring.push(packet(0))
    assert ring.newest() is None
    assert ring.bytes == 0


def test_a_group_larger_than_the_ring_is_dropped_and_counted() -> None:
    ring = PacketRing(max_s=10, max_bytes=100)
    ring.push(packet(0, key=True, size=60))
    ring.push(packet(1, size=60))
    assert ring.dropped_groups == 1
    assert ring.bytes == 0
    ring.push(packet(2, size=10))
    assert ring.newest() is None
    ring.push(packet(3, key=True, size=60))
    assert ring.bytes == 60


def test_a_clip_survives_the_end_of_its_run() -> None:
    ring = filled(20)
    for n in range(5):
        ring.push(packet(21 + n / 5, key=n == 0, run="b"), INFO)
    packets = ring.span(UtcNs(15 * S), UtcNs(30 * S))
    assert {p.run_id for p in packets} == {"a"}
    assert seconds(packets) == (14.0, 19.8)
    assert {p.run_id for p in ring.span(UtcNs(21 * S), UtcNs(30 * S))} == {"b"}
    assert ring.info_of("b") == INFO
    assert ring.info_of("a") is None


def test_a_new_run_joined_in_mid_group_waits_for_its_keyframe() -> None:
    ring = filled(5)
    ring.push(packet(6, run="b"))
    newest = ring.newest()
    assert newest is not None
    assert newest.run_id == "a"


def test_a_clock_that_was_set_back_does_not_make_it_grow() -> None:
    ring = PacketRing(max_s=10, max_bytes=10**9)
    for start in (100_000, 500, 90_000, 3):
        for n in range(200):
            ring.push(packet(start + n / 5, key=n % 10 == 0, run=str(start)))
    assert ring.bytes <= 10 * 5 * 14


def test_a_viewer_gets_the_newest_group() -> None:
    group = filled(9).group()
    assert group[0].is_keyframe
    assert seconds(group) == (8.0, 8.8)


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 400), st.integers(0, 3), st.sampled_from("ab")), max_size=80),
    st.integers(1, 30),
    st.integers(1, 1000),
)
def test_bounds_and_order_hold_whatever_comes(
    given_packets: list[tuple[bool, int, int, str]], max_s: int, max_bytes: int
) -> None:
    ring = PacketRing(max_s=max_s, max_bytes=max_bytes)
    at = 0
    for key, size, step, run in given_packets:
        at += step
        ring.push(packet(at, key=key, size=size, run=run))
        assert ring.bytes <= max_bytes
        held = ring.span(UtcNs(0), UtcNs(1 << 60))
        if held:
            assert held[0].is_keyframe
            assert len({p.run_id for p in held}) == 1
            assert ring.bytes >= sum(len(p.data) for p in held)
