from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.see.track import ByteTracker, TrackSettings
from beffroi.vocabulary.picture import Detections, FrameRef, MotionMap
from beffroi.vocabulary.time import UtcNs, seconds_to_ns
from beffroi.vocabulary.tracks import TracksNow

Seen = tuple[float, float, float, float, float, int]

thing = st.tuples(
    st.floats(0, 560), st.floats(0, 280), st.floats(8, 79), st.floats(8, 79), st.floats(0, 1), st.integers(0, 4)
)
frame = st.tuples(st.sampled_from([0.04, 0.1, 0.2, 0.5, 1.0, 3.0]), st.lists(thing, max_size=8), st.booleans())


def ref(at_s: float, run_id: str) -> FrameRef:
    return FrameRef(
        camera_id="cam",
        run_id=run_id,
        index=0,
        media_time_ns=seconds_to_ns(at_s),
        captured_at=UtcNs(10**18 + seconds_to_ns(at_s)),
        captured_at_error_ns=0,
        width_px=640,
        height_px=360,
    )


def seen(at_s: float, things: Sequence[Seen], run_id: str = "r") -> Detections:
    rows = np.array(things, np.float64).reshape(-1, 6)
    boxes = np.stack([rows[:, 0], rows[:, 1], rows[:, 0] + rows[:, 2], rows[:, 1] + rows[:, 3]], axis=1)
    return Detections(
        frame=ref(at_s, run_id),
        boxes_xyxy_px=boxes.astype(np.float32),
        scores=rows[:, 4].astype(np.float32),
        class_ids=rows[:, 5].astype(np.int32),
        model="made@1",
    )


def nothing_moves(at_s: float, run_id: str = "r") -> MotionMap:
    return MotionMap(frame=ref(at_s, run_id), regions_xyxy_px=np.zeros((0, 4), np.float32), moving_share=0.0, warm=True)


def play(tracker: ByteTracker, frames: Sequence[tuple[float, list[Seen], bool]], run_id: str = "r") -> list[TracksNow]:
    at_s, answers = 0.0, []
    for span, things, look in frames:
        at_s += span
        answers.append(
            tracker.update(seen(at_s, things, run_id)) if look else tracker.hold(nothing_moves(at_s, run_id))
        )
    return answers


@settings(max_examples=60, deadline=None)
@given(st.lists(frame, max_size=30), st.lists(frame, max_size=10))
def test_ids_are_never_used_twice_and_each_track_ends_once(
    first: list[tuple[float, list[Seen], bool]], second: list[tuple[float, list[Seen], bool]]
) -> None:
    tracker = ByteTracker("cam")
    ended: list[str] = []
    met: set[str] = set()
    for run_id, frames in (("a", first), ("b", second)):
        alive: set[str] = set()
        for now in play(tracker, frames, run_id):
            ids = [state.track_id for state in now.states]
            assert len(ids) == len(set(ids))
            assert not set(ids) & set(ended)
            assert not set(ids) & set(now.ended)
            met |= set(ids)
            alive = set(ids)
            ended += now.ended
        last = tracker.finish()
        assert set(last) == alive
        ended += last
    assert len(ended) == len(set(ended))
    assert met <= set(ended)


@settings(max_examples=60, deadline=None)
@given(st.lists(frame, max_size=30))
def test_state_is_bounded_and_empties_in_silence(frames: list[tuple[float, list[Seen], bool]]) -> None:
    tracker = ByteTracker("cam")
    patience = TrackSettings().still_lost_s
    at_s = 0.0
    recent: list[tuple[float, int]] = []
    for span, things, _ in frames:
        at_s += span
        recent = [(t, n) for t, n in recent if at_s - t <= patience + 0.001] + [(at_s, len(things))]
        tracker.update(seen(at_s, things))
        # Each track alive was seen within the longest patience, and a frame's things are at most as many tracks.
        assert len(tracker) <= sum(n for _, n in recent)
    silent = at_s
    while silent < at_s + patience + 1:
        silent += 0.5
        tracker.update(seen(silent, []))
    assert len(tracker) == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(frame, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_detections_does_not_matter(frames: list[tuple[float, list[Seen], bool]], random: object) -> None:
    def shape(answers: list[TracksNow]) -> list[list[tuple[float, ...]]]:
        return [
            sorted((*np.round(state.box_xyxy_px, 3), float(state.confirmed)) for state in now.states) for now in answers
        ]

    # Things all different, so that no tie has to be broken by order.
    spread = [
        (span, [(x + 0.37 * i, y, w, h, s, c) for i, (x, y, w, h, s, c) in enumerate(things)], look)
        for span, things, look in frames
    ]
    turned = [(span, things[::-1], look) for span, things, look in spread]
    assert shape(play(ByteTracker("cam"), spread)) == shape(play(ByteTracker("cam"), turned))


@settings(max_examples=40, deadline=None)
@given(
    st.floats(-60, 60),
    st.floats(-20, 20),
    st.floats(30, 150),
    st.sampled_from([2.0, 5.0, 10.0, 25.0]),
    st.integers(0, 9),
)
def test_one_walker_is_one_track_whatever_speed_size_and_frame_rate(
    vx: float, vy: float, height: float, fps: float, seed: int
) -> None:
    """Up to two body widths a second with a detector's usual jitter."""
    noise = np.random.default_rng(seed)
    tracker = ByteTracker("cam")
    width, ids = 0.4 * height, set()
    vx, vy = vx * height / 90, vy * height / 90
    for i in range(int(3 * fps)):
        x, y = 280 + vx * i / fps, 100 + vy * i / fps
        shake = noise.normal(0, 0.02 * height, 2)
        now = tracker.update(seen(i / fps, [(x + shake[0], y + shake[1], width, height, 0.9, 0)]))
        ids |= {state.track_id for state in now.states}
    assert ids == {"cam-r-1"}
    assert now.states[0].confirmed
