from __future__ import annotations

from collections.abc import Callable

from beffroi.see.track import ByteTracker, count_now, in_view
from beffroi.vocabulary.picture import Detections, MotionMap, ObjectClass

Seen = Callable[..., Detections]
Moves = Callable[..., MotionMap]
INSIDE = (300.0, 100.0, 340.0, 200.0)
AT_BORDER = (600.0, 100.0, 640.0, 200.0)


def test_only_believed_things_of_the_class_count(seen: Seen) -> None:
    tracker = ByteTracker("cam")
    car = (20.0, 20.0, 120.0, 80.0)
    first = tracker.update(seen(0.0, [(INSIDE, 0.55, "person"), (car, 0.9, "vehicle")]))
    assert count_now(first, ObjectClass.PERSON) == 0
    assert count_now(first, ObjectClass.VEHICLE) == 1  # strong: counted before it is believed
    assert not any(in_view(state, first) for state in first.states)
    now = tracker.update(seen(0.2, [(INSIDE, 0.9, "person"), (car, 0.9, "vehicle")]))
    assert count_now(now, ObjectClass.PERSON) == 1
    assert count_now(now, ObjectClass.VEHICLE) == 1
    assert count_now(now, ObjectClass.ANIMAL) == 0


def test_a_blink_does_not_change_the_count_a_long_absence_does(seen: Seen) -> None:
    tracker = ByteTracker("cam")
    for i in range(5):
        tracker.update(seen(i / 5, [(INSIDE, 0.9, "person")]))
    assert count_now(tracker.update(seen(1.0)), ObjectClass.PERSON) == 1
    assert count_now(tracker.update(seen(1.2)), ObjectClass.PERSON) == 0


def test_unseen_at_the_border_is_taken_to_have_left(seen: Seen) -> None:
    tracker = ByteTracker("cam")
    for i in range(5):
        now = tracker.update(seen(i / 5, [(AT_BORDER, 0.9, "person")]))
    assert count_now(now, ObjectClass.PERSON) == 1
    assert count_now(tracker.update(seen(1.0)), ObjectClass.PERSON) == 0


def test_held_things_count_however_long(seen: Seen, moves: Moves) -> None:
    tracker = ByteTracker("cam")
    for i in range(5):
        tracker.update(seen(i / 5, [(INSIDE, 0.9, "person"), (AT_BORDER, 0.9, "person")]))
    for i in range(5, 100):
        now = tracker.hold(moves(i / 5))
    assert all(in_view(state, now) for state in now.states)
    assert count_now(now, ObjectClass.PERSON) == 2
