from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from beffroi.see.motion import GatePolicy, GateSettings
from beffroi.vocabulary.picture import Frame, MotionMap, ObjectClass
from beffroi.vocabulary.time import UtcNs, seconds_to_ns
from beffroi.vocabulary.tracks import TracksNow, TrackState

S = 1_000_000_000
At = Callable[..., Frame]


@pytest.fixture
def motion(place: Callable[..., Any], at: At) -> Callable[..., MotionMap]:
    ref = at(place().picture(), 0.0).ref

    def make(regions: int = 0, *, warm: bool = True) -> MotionMap:
        boxes = np.tile(np.array([[1, 1, 9, 9]], np.float32), (regions, 1))
        return MotionMap(frame=ref, regions_xyxy_px=boxes, moving_share=0.0, warm=warm)

    return make


def tracks(still: MotionMap, *, confirmed: bool = True, observed: bool = True, speed: float = 0.0) -> TracksNow:
    state = TrackState(
        track_id="cam-run1-1",
        object_class=ObjectClass.PERSON,
        box_xyxy_px=(0.0, 0.0, 40.0, 100.0),
        score=0.9,
        observed=observed,
        held=not observed,
        confirmed=confirmed,
        velocity_px_s=(speed, 0.0),
        first_seen_at=UtcNs(0),
        last_observed_at=UtcNs(0),
    )
    return TracksNow(frame=still.frame, states=(state,))


def test_the_first_frame_is_due_then_only_every_refresh_s(motion: Callable[..., MotionMap]) -> None:
    policy = GatePolicy(GateSettings(refresh_s=2.0))
    due = [policy.due(motion(), None, i * S // 5) for i in range(31)]
    assert [i for i, d in enumerate(due) if d] == [0, 10, 20, 30]


def test_motion_and_ignorance_are_due(motion: Callable[..., MotionMap]) -> None:
    policy = GatePolicy()
    policy.due(motion(), None, 0)
    assert not policy.due(motion(), None, 1)
    assert policy.due(motion(1), None, 2)
    assert policy.due(motion(warm=False), None, 3)


def test_what_moves_or_is_in_doubt_is_followed_what_stands_is_not(motion: Callable[..., MotionMap]) -> None:
    policy, still = GatePolicy(), motion()
    policy.due(still, None, 0)
    assert policy.due(still, tracks(still, speed=40.0), 1)
    assert policy.due(still, tracks(still, confirmed=False), 2)
    assert not policy.due(still, tracks(still, speed=2.0), 3)
    assert not policy.due(still, tracks(still, observed=False, speed=40.0), 4)


def test_looking_for_motion_puts_the_refresh_off(motion: Callable[..., MotionMap]) -> None:
    policy = GatePolicy(GateSettings(refresh_s=2.0))
    policy.due(motion(), None, 0)
    policy.due(motion(1), None, seconds_to_ns(1.8))
    assert not policy.due(motion(), None, seconds_to_ns(2.2))
    assert policy.due(motion(), None, seconds_to_ns(3.8))


def test_a_new_run_is_due_at_once(motion: Callable[..., MotionMap]) -> None:
    policy = GatePolicy()
    policy.due(motion(), None, 100 * S)
    assert policy.due(motion(), None, 0)
    policy.reset()
    assert policy.due(motion(), None, 1)


def test_refresh_0_looks_at_every_frame(motion: Callable[..., MotionMap]) -> None:
    policy = GatePolicy(GateSettings(refresh_s=0.0))
    assert all(policy.due(motion(), None, i) for i in range(5))
    with pytest.raises(ValueError, match="negative"):
        GateSettings(refresh_s=-1)
