from __future__ import annotations

from collections.abc import Callable, Sequence
from math import hypot

import pytest

from beffroi.see.track import ByteTracker, TrackSettings
from beffroi.vocabulary.picture import Detections, MotionMap, ObjectClass
from beffroi.vocabulary.tracks import TracksNow, TrackState

Box = tuple[float, float, float, float]
Seen = Callable[..., Detections]
Moves = Callable[..., MotionMap]
Walker = Callable[[float], Box]

STANDING = (300.0, 100.0, 340.0, 200.0)


def confirmed(now: TracksNow) -> list[TrackState]:
    return [state for state in now.states if state.confirmed]


def follow(tracker: ByteTracker, seen: Seen, box: Walker, times: Sequence[float], score: float = 0.9) -> TracksNow:
    now = None
    for at_s in times:
        now = tracker.update(seen(at_s, [(box(at_s), score, "person")]))
    assert now is not None
    return now


@pytest.mark.parametrize("fps", [1, 2, 5, 10, 25])
def test_a_walker_keeps_one_id_and_true_speed_at_any_frame_rate(seen: Seen, walker: Walker, fps: int) -> None:
    tracker = ByteTracker("cam")
    now = follow(tracker, seen, walker, [i / fps for i in range(fps * 6)])
    (state,) = now.states
    assert state.track_id == "cam-run1-1"
    assert state.confirmed
    assert state.velocity_px_s == pytest.approx((60, 0), abs=4)
    assert state.box_xyxy_px == pytest.approx(walker((fps * 6 - 1) / fps), abs=4)


def test_irregular_frames_change_nothing(seen: Seen, walker: Walker) -> None:
    times = [0, 0.2, 0.25, 0.9, 1.0, 1.8, 1.84, 1.88, 2.9, 3.0, 4.1]
    now = follow(ByteTracker("cam"), seen, walker, times)
    assert [s.track_id for s in now.states] == ["cam-run1-1"]
    assert now.states[0].velocity_px_s[0] == pytest.approx(60, abs=4)


def test_instants_are_those_of_frames(seen: Seen, walker: Walker) -> None:
    first = seen(0.0).frame.captured_at
    now = follow(ByteTracker("cam"), seen, walker, [0.0, 0.2, 0.4])
    assert now.states[0].first_seen_at == first
    assert now.states[0].last_observed_at == now.frame.captured_at == first + 400_000_000


def test_one_sighting_is_not_believed_two_strong_ones_are(seen: Seen, walker: Walker) -> None:
    tracker = ByteTracker("cam")
    assert not confirmed(follow(tracker, seen, walker, [0.0]))
    assert confirmed(follow(tracker, seen, walker, [0.2]))


def test_a_middling_thing_must_be_seen_longer(seen: Seen) -> None:
    tracker = ByteTracker("cam", TrackSettings(score_high=0.5))
    times = [i / 5 for i in range(10)]
    states = [bool(confirmed(follow(tracker, seen, lambda _: STANDING, [t], 0.6))) for t in times]
    assert states == [t >= 0.9 for t in times]


def test_a_flash_ends_at_once(seen: Seen, walker: Walker) -> None:
    tracker = ByteTracker("cam")
    follow(tracker, seen, walker, [0.0])
    assert tracker.update(seen(0.2)).ended == ()
    assert tracker.update(seen(0.4)).ended == ("cam-run1-1",)
    assert len(tracker) == 0


def test_weak_detections_continue_a_track_but_begin_none(seen: Seen, walker: Walker) -> None:
    tracker = ByteTracker("cam")
    assert follow(tracker, seen, walker, [0.0, 0.2, 0.4], score=0.3).states == ()
    follow(tracker, seen, walker, [0.6, 0.8, 1.0], score=0.9)
    (state,) = follow(tracker, seen, walker, [1.2, 1.4, 1.6], score=0.3).states
    assert state.observed
    assert state.score == pytest.approx(0.3)


def test_below_score_low_nothing_counts(seen: Seen, walker: Walker) -> None:
    tracker = ByteTracker("cam")
    follow(tracker, seen, walker, [0.0, 0.2, 0.4])
    (state,) = follow(tracker, seen, walker, [0.6], score=0.05).states
    assert not state.observed


def test_hidden_for_a_second_it_is_predicted_and_found_again(seen: Seen, walker: Walker) -> None:
    tracker = ByteTracker("cam")
    follow(tracker, seen, walker, [i / 5 for i in range(10)])
    for at_s in (2.0, 2.2, 2.4, 2.6, 2.8):
        (state,) = tracker.update(seen(at_s)).states
        assert (state.observed, state.held) == (False, False)
        assert state.box_xyxy_px[0] == pytest.approx(walker(at_s)[0], abs=12)
    (state,) = follow(tracker, seen, walker, [3.0]).states
    assert (state.track_id, state.observed) == ("cam-run1-1", True)


def test_gone_longer_than_lost_s_it_ends_and_comes_back_as_another(seen: Seen) -> None:
    tracker = ByteTracker("cam")
    follow(tracker, seen, lambda _: STANDING, [0.0, 0.2, 0.4])
    ended = [name for i in range(3, 20) for name in tracker.update(seen(i / 5)).ended]
    assert ended == ["cam-run1-1"]
    assert follow(tracker, seen, lambda _: STANDING, [4.2]).states[0].track_id == "cam-run1-2"


def test_two_who_cross_keep_their_ids(seen: Seen) -> None:
    tracker = ByteTracker("cam")

    def right(at_s: float) -> Box:
        return (60 + 80 * at_s, 140.0, 100 + 80 * at_s, 240.0)

    def left(at_s: float) -> Box:
        return (500 - 80 * at_s, 150.0, 540 - 80 * at_s, 255.0)

    for i in range(28):
        at_s = i / 5
        things = [(right(at_s), 0.9, "person"), (left(at_s), 0.9, "person")]
        if abs(right(at_s)[0] - left(at_s)[0]) < 30:  # the nearer one hides the other
            things = things[1:]
        now = tracker.update(seen(at_s, things))
    ways = {state.track_id: state.velocity_px_s[0] for state in confirmed(now)}
    assert set(ways) == {"cam-run1-1", "cam-run1-2"}
    assert ways["cam-run1-1"] > 50
    assert ways["cam-run1-2"] < -50


def test_a_rider_seen_now_as_person_now_as_bicycle_is_one_thing(seen: Seen, walker: Walker) -> None:
    tracker = ByteTracker("cam")
    for i in range(20):
        name = "person" if i % 3 == 0 else "bicycle"
        now = tracker.update(seen(i / 5, [(walker(i / 5), 0.9, name)]))
    (state,) = now.states
    assert (state.track_id, state.object_class) == ("cam-run1-1", ObjectClass.BICYCLE)


def test_a_person_never_becomes_a_vehicle(seen: Seen) -> None:
    tracker = ByteTracker("cam")
    follow(tracker, seen, lambda _: STANDING, [0.0, 0.2, 0.4])
    now = tracker.update(seen(0.6, [(STANDING, 0.95, "vehicle")]))
    assert {s.object_class: s.observed for s in now.states} == {ObjectClass.PERSON: False, ObjectClass.VEHICLE: True}


def test_two_names_for_one_box_give_one_track(seen: Seen) -> None:
    tracker = ByteTracker("cam")
    for i in range(6):
        now = tracker.update(seen(i / 5, [(STANDING, 0.9, "person"), (STANDING, 0.8, "bicycle")]))
    believed = confirmed(now)
    assert len(believed) <= 2
    follow(tracker, seen, lambda _: STANDING, [1.2, 1.4])
    now = tracker.update(seen(1.6, [(STANDING, 0.9, "person"), ((301.0, 100.0, 341.0, 200.0), 0.8, "bicycle")]))
    assert sum(1 for s in now.states if s.first_seen_at == now.frame.captured_at) == 0


def test_who_stands_is_held_as_long_as_nothing_moves(seen: Seen, moves: Moves) -> None:
    tracker = ByteTracker("cam")
    follow(tracker, seen, lambda _: STANDING, [i / 5 for i in range(10)])
    states = [tracker.hold(moves(i / 5)).states[0] for i in range(10, 5 * 600)]
    assert all((state.held, state.observed) == (True, False) for state in states)
    assert len({state.last_observed_at for state in states}) == 1
    assert states[-1].box_xyxy_px == pytest.approx(STANDING, abs=0.01)
    assert hypot(*states[-1].velocity_px_s) == 0
    (again,) = follow(tracker, seen, lambda _: STANDING, [601.0]).states
    assert (again.track_id, again.observed, again.held) == ("cam-run1-1", True, False)


def test_who_walks_is_not_held(seen: Seen, moves: Moves, walker: Walker) -> None:
    tracker = ByteTracker("cam")
    follow(tracker, seen, walker, [i / 5 for i in range(10)])
    ended: list[str] = []
    for i in range(10, 25):
        now = tracker.hold(moves(i / 5))
        assert not any(state.held for state in now.states)
        ended += now.ended
    assert ended == ["cam-run1-1"]


def test_missed_where_nothing_moves_is_held_missed_where_it_moves_is_not(seen: Seen, moves: Moves) -> None:
    tracker = ByteTracker("cam")
    follow(tracker, seen, lambda _: STANDING, [i / 5 for i in range(10)])
    elsewhere, here = [(0.0, 0.0, 50.0, 50.0)], [(310.0, 120.0, 330.0, 150.0)]
    (state,) = tracker.update(seen(2.0), moves(2.0, elsewhere)).states
    assert state.held
    (state,) = tracker.update(seen(2.2), moves(2.2, here)).states
    assert not state.held
    follow(tracker, seen, lambda _: STANDING, [2.4])
    (state,) = tracker.update(seen(2.6), moves(2.6, elsewhere)).states
    assert state.held
    (state,) = tracker.update(seen(2.8), moves(2.8, elsewhere, warm=False)).states
    assert not state.held
    (state,) = tracker.update(seen(3.0), moves(3.0, elsewhere)).states
    assert not state.held  # it may have gone while nothing could be said


def test_missed_again_and_again_even_what_stands_ends(seen: Seen, moves: Moves) -> None:
    tracker = ByteTracker("cam", TrackSettings(still_lost_s=8.0))
    follow(tracker, seen, lambda _: STANDING, [i / 5 for i in range(10)])
    ended_at = next(at for at in (2 + i / 5 for i in range(100)) if tracker.update(seen(at), moves(at)).ended)
    assert ended_at == pytest.approx(1.8 + 8.0 + 0.2, abs=0.21)


def test_a_new_run_ends_every_track_and_reuses_no_id(seen: Seen, walker: Walker) -> None:
    tracker = ByteTracker("cam")
    follow(tracker, seen, walker, [0.0, 0.2, 0.4])
    now = tracker.update(seen(0.0, [(walker(0.4), 0.9, "person")], run_id="run2"))
    assert now.ended == ("cam-run1-1",)
    assert [s.track_id for s in now.states] == ["cam-run2-2"]


def test_finish_ends_all_and_the_same_run_begun_again_reuses_no_id(seen: Seen, walker: Walker) -> None:
    tracker = ByteTracker("cam")
    follow(tracker, seen, walker, [0.0, 0.2])
    assert tracker.finish() == ("cam-run1-1",)
    assert tracker.finish() == ()
    assert len(tracker) == 0
    assert follow(tracker, seen, walker, [0.0]).states[0].track_id == "cam-run1-2"


def test_a_run_named_after_its_camera_is_not_named_twice(seen: Seen, walker: Walker) -> None:
    now = ByteTracker("cam").update(seen(0.0, [(walker(0), 0.9, "person")], run_id="cam-77"))
    assert now.states[0].track_id == "cam-77-1"


def test_who_leaves_the_picture_ends_soon(seen: Seen) -> None:
    tracker = ByteTracker("cam")

    def leaving(at_s: float) -> Box:
        x = 500 + 100 * at_s
        return (x, 150.0, min(x + 40, 640.0), 250.0)

    follow(tracker, seen, leaving, [i / 5 for i in range(7)])
    gone = next(i for i in range(7, 30) if tracker.update(seen(i / 5)).ended)
    assert (gone - 6) / 5 <= 1.0


def test_frames_of_another_camera_or_going_back_are_refused(seen: Seen) -> None:
    tracker = ByteTracker("cam")
    tracker.update(seen(1.0))
    with pytest.raises(ValueError, match="earlier than the last one"):
        tracker.update(seen(0.5))
    with pytest.raises(ValueError, match="camera 'other'"):
        tracker.update(seen(2.0, camera_id="other"))


def test_a_frame_given_twice_does_no_harm(seen: Seen, walker: Walker) -> None:
    tracker = ByteTracker("cam")
    follow(tracker, seen, walker, [0.0, 0.2, 0.2, 0.4])
    assert [s.track_id for s in follow(tracker, seen, walker, [0.6]).states] == ["cam-run1-1"]


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="low <= high"):
        TrackSettings(score_low=0.6, score_high=0.5)
    with pytest.raises(ValueError, match="at least one"):
        TrackSettings(confirm_hits=0)
    with pytest.raises(ValueError, match="negative"):
        TrackSettings(lost_s=-1)
