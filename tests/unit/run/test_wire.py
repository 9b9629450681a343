"""The wire: what goes in comes out the same, what is no message is refused."""

from __future__ import annotations

import asyncio
import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.run.messages import AuthorisedRule, CameraOrder, CountersNow, EventSeen, EvidenceDone, StatusChanged
from beffroi.run.settings import RunSettings
from beffroi.run.wire import (
    WireError,
    check_peer,
    from_plain,
    pack,
    peer_pid,
    receive,
    receive_blocking,
    to_plain,
)
from beffroi.vocabulary.camera import Camera, CameraReason, CameraStatus, StreamKind, StreamSpec, WatchState
from beffroi.vocabulary.evidence import EvidencePart, PartKind
from beffroi.vocabulary.judgement import Event, EventPhase
from beffroi.vocabulary.picture import ObjectClass
from beffroi.vocabulary.rules import Line, Rule, Schedule, Situation, Weekly, Zone
from beffroi.vocabulary.time import UtcNs

numbers = st.integers(min_value=0, max_value=2**62)
shares = st.floats(min_value=0, max_value=1, allow_nan=False)
texts = st.text(max_size=30)
points = st.tuples(shares, shares)

events = st.builds(
    Event,
    event_id=texts,
    camera_id=texts,
    run_id=texts,
    rule_id=texts,
    rule_version=st.integers(1, 9),
    situation=st.sampled_from(Situation),
    phase=st.sampled_from(EventPhase),
    started_at=numbers.map(UtcNs),
    met_at=numbers.map(UtcNs),
    last_held_at=numbers.map(UtcNs),
    media_time_s=shares,
    track_ids=st.lists(texts, max_size=3).map(tuple),
    box_xyxy_px=st.none() | st.tuples(shares, shares, shares, shares),
    width_px=st.integers(1, 4000),
    height_px=st.integers(1, 4000),
    score=shares,
    model=texts,
    facts=st.dictionaries(texts, shares | texts, max_size=3),
)

rules = st.builds(
    Rule,
    rule_id=texts,
    version=st.integers(1, 9),
    camera_id=texts,
    situation=st.sampled_from(Situation),
    purpose_id=st.just("p"),
    classes=st.lists(st.sampled_from(ObjectClass), max_size=2).map(tuple),
    zone=st.none() | st.builds(Zone, points=st.lists(points, min_size=3, max_size=5).map(tuple)),
    line=st.none() | st.builds(Line, points=st.lists(points, min_size=2, max_size=3).map(tuple)),
    allowed_direction=st.none() | points,
    params=st.dictionaries(texts, shares | st.booleans() | texts, max_size=3),
    schedule=st.builds(Schedule, spans=st.just((Weekly(days=(0, 6), from_minute=60, to_minute=30),))),
)


@given(events)
def test_events_cross_unchanged(event: Event) -> None:
    assert from_plain(EventSeen, to_plain(EventSeen(event=event))) == EventSeen(event=event)


@given(rules)
def test_orders_cross_unchanged(rule: Rule) -> None:
    main = StreamSpec(kind=StreamKind.RTSP, url="rtsp://camera/1", username="u", password="p", loop=True)
    order = CameraOrder(
        camera=Camera(camera_id="c", name="Place", main=main, sub=None, plan_xy=(0.1, 0.9)),
        rules=(AuthorisedRule(rule=rule, authorisation_id="a", valid_until=UtcNs(5)),),
    )
    assert from_plain(CameraOrder, to_plain(order)) == order


def test_settings_and_reports_cross_unchanged() -> None:
    status = CameraStatus(camera_id="c", state=WatchState.DEGRADED, reason=CameraReason.LATE, since=UtcNs(1))
    part = EvidencePart(kind=PartKind.CLIP, path="evidence/x.mp4", media_type="video/mp4", bytes=3, sha256="00")
    done = EvidenceDone(event_id="e", camera_id="c", parts=(part,), from_at=UtcNs(1), to_at=UtcNs(2), error="half")
    for message in (
        StatusChanged(status=status),
        done,
        CountersNow(camera_id="c", counters={"r.in": 2.0}),
        RunSettings(data_dir="/data"),
    ):
        assert from_plain(type(message), to_plain(message)) == message


@pytest.mark.parametrize("wrong", [{}, {"event": 3}, {"event": {"event_id": 1}}, None, []])
def test_what_does_not_fit_is_refused(wrong: object) -> None:
    with pytest.raises(WireError):
        from_plain(EventSeen, wrong)


def test_messages_are_read_whole_from_pieces() -> None:
    near, far = socket.socketpair(socket.AF_UNIX)
    message = pack({"type": "still", "id": 3}, b"picture") + pack({"type": "beat"})
    near.sendall(message)
    near.close()
    assert receive_blocking(far) == ({"type": "still", "id": 3}, b"picture")
    assert receive_blocking(far) == ({"type": "beat"}, b"")
    assert receive_blocking(far) is None
    far.close()


async def test_the_other_ends_death_is_an_end_not_an_error() -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(pack({"type": "beat"}) + b"\x00\x00")
    reader.feed_eof()
    assert await receive(reader) == ({"type": "beat"}, b"")
    assert await receive(reader) is None


@pytest.mark.parametrize(
    "sent", [struct.pack("!II", 2**31, 0), struct.pack("!II", 4, 0) + b"null", struct.pack("!II", 2, 0) + b"{}"]
)
async def test_what_is_no_message_is_refused(sent: bytes) -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(sent)
    reader.feed_eof()
    with pytest.raises(WireError):
        await receive(reader)


def test_only_the_process_expected_may_speak() -> None:
    near, far = socket.socketpair(socket.AF_UNIX)
    mine = peer_pid(far)
    check_peer(far, pid=mine)
    with pytest.raises(WireError, match="expected"):
        check_peer(far, pid=mine + 1)
    near.close()
    far.close()
