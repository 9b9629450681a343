"""Mailboxes: oldest first, newest frame kept, nobody starved, every late frame counted."""

from __future__ import annotations

import threading

import numpy as np

from beffroi.run.mailbox import Mailboxes
from beffroi.vocabulary.picture import Frame, FrameRef
from beffroi.vocabulary.time import UtcNs

SECOND = 1_000_000_000


def frame(camera_id: str, index: int) -> Frame:
    ref = FrameRef(
        camera_id=camera_id,
        run_id="r",
        index=index,
        media_time_ns=index * SECOND,
        captured_at=UtcNs(index * SECOND),
        captured_at_error_ns=0,
        width_px=2,
        height_px=2,
    )
    return Frame(ref=ref, rgb=np.zeros((2, 2, 3), np.uint8))


def test_the_camera_that_waits_longest_comes_first() -> None:
    mail = Mailboxes(SECOND)
    mail.put(frame("b", 0), "b", 20)
    mail.put(frame("a", 0), "a", 10)
    taken = [mail.take(0.0), mail.take(0.0)]
    assert [due.camera_id for due in taken if due is not None] == ["a", "b"]
    assert mail.take(0.0) is None


def test_a_short_stall_costs_no_frame() -> None:
    mail = Mailboxes(SECOND, slots=3)
    for index in range(3):
        mail.put(frame("a", index), "a", index)
    taken = [mail.take(0.0) for _ in range(3)]
    assert [due.frame.ref.index for due in taken if due is not None] == [0, 1, 2]
    assert mail.tally("a").late == 0


def test_the_newest_frame_pushes_out_the_oldest_when_all_slots_are_full_and_that_one_is_late() -> None:
    mail = Mailboxes(SECOND, slots=1)
    mail.put(frame("a", 0), "a", 0)
    mail.put(frame("a", 1), "a", 5)
    due = mail.take(0.0)
    assert due is not None
    assert due.frame.ref.index == 1
    mail.done(due, 6)
    tally = mail.tally("a")
    assert (tally.due, tally.taken, tally.late) == (2, 1, 1)


def test_a_frame_analysed_too_late_is_counted_once() -> None:
    mail = Mailboxes(SECOND)
    mail.put(frame("a", 0), "a", 0)
    due = mail.take(0.0)
    assert due is not None
    mail.done(due, 2 * SECOND)
    assert mail.tally("a").late == 1


def test_in_an_overload_every_camera_gets_its_turn() -> None:
    """Ten cameras at five frames a second, phases apart, and an analysis that manages half: none may starve."""
    mail = Mailboxes(SECOND)
    step, cameras = 20_000_000, [f"c{n}" for n in range(10)]
    for tick in range(2000):
        camera = cameras[tick % 10]
        mail.put(frame(camera, tick), camera, tick * step)
        if tick % 2:
            due = mail.take(0.0)
            assert due is not None
            mail.done(due, tick * step)
    taken = [mail.tally(camera).taken for camera in cameras]
    assert min(taken) >= 0.8 * max(taken), taken


def test_a_waiting_taker_is_woken() -> None:
    mail = Mailboxes(SECOND)
    found: list[str] = []

    def wait() -> None:
        due = mail.take(5.0)
        found.append(due.camera_id if due is not None else "")

    thread = threading.Thread(target=wait)
    thread.start()
    mail.put(frame("a", 0), "a", 0)
    thread.join(5.0)
    assert found == ["a"]


def test_a_camera_that_has_gone_leaves_nothing() -> None:
    mail = Mailboxes(SECOND)
    mail.put(frame("a", 0), "a", 0)
    mail.forget(["a"])
    assert mail.take(0.0) is None
    assert mail.tally("a").due == 0
