"""A camera's state: every cause has its name, the gravest first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from beffroi.run.state import Facts, Link, link_of, state_of
from beffroi.vocabulary.camera import CameraReason, WatchState

FINE = Facts(main=Link.UP, sub=Link.UP, analysed=True)


def test_a_camera_that_is_fine_is_watched() -> None:
    assert state_of(FINE) == (WatchState.WATCHED, CameraReason.NONE, "")


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (replace(FINE, enabled=False), CameraReason.DISABLED),
        (replace(FINE, refused="no order covers it"), CameraReason.NO_AUTHORISATION),
        (replace(FINE, has_rules=False), CameraReason.NO_RULE),
        (replace(FINE, model_missing="no weights"), CameraReason.MODEL_MISSING),
        (replace(FINE, plugin_failed="it broke"), CameraReason.PLUGIN_FAILED),
        (replace(FINE, analysed=False), CameraReason.STARTING),
        (Facts(), CameraReason.STARTING),
        (Facts(main=Link.REFUSED), CameraReason.REFUSED),
        (Facts(main=Link.LOST), CameraReason.LOST),
        (Facts(main=Link.FROZEN, sub=Link.LOST), CameraReason.FROZEN),
        (Facts(main=Link.UNREADABLE), CameraReason.UNREADABLE),
        (Facts(main=Link.ENDED), CameraReason.ENDED),
    ],
)
def test_causes_for_which_nothing_is_watched(facts: Facts, reason: CameraReason) -> None:
    assert state_of(facts)[:2] == (WatchState.NOT_WATCHED, reason)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (replace(FINE, sub=Link.LOST), CameraReason.SUBSTREAM_LOST),
        (replace(FINE, main=Link.FROZEN), CameraReason.MAIN_STREAM_LOST),
        (replace(FINE, late_share=0.2), CameraReason.LATE),
        (replace(FINE, clock_error_ns=5_000_000_000), CameraReason.CLOCK_UNSURE),
        (replace(FINE, impaired="blurred"), CameraReason.IMPAIRED),
        (replace(FINE, disk_full="the disk is full"), CameraReason.DISK_FULL),
        (replace(FINE, plugin_failed="one rule broke", some_watched=True), CameraReason.PLUGIN_FAILED),
    ],
)
def test_causes_for_which_a_camera_is_watched_badly(facts: Facts, reason: CameraReason) -> None:
    assert state_of(facts)[:2] == (WatchState.DEGRADED, reason)


def test_a_missing_authorisation_is_told_before_a_stream_that_is_still_opening() -> None:
    assert state_of(Facts(refused="expired"))[1] is CameraReason.NO_AUTHORISATION


def test_a_broken_line_is_told_before_a_missing_authorisation() -> None:
    assert state_of(Facts(main=Link.LOST, refused="expired"))[1] is CameraReason.LOST


def test_the_detail_is_the_cause_that_was_told() -> None:
    assert state_of(Facts(main=Link.LOST, main_detail="no route to the camera"))[2] == "no route to the camera"


def test_a_reason_that_no_link_knows_is_a_loss() -> None:
    assert link_of("refused") is Link.REFUSED
    assert link_of("worker_lost") is Link.LOST
