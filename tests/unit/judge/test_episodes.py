from __future__ import annotations

from dataclasses import replace

import pytest

from beffroi.judge.episodes import MOST_TRACKS, Episodes, Sighting, event_id_of, hull_of, mean_score
from beffroi.vocabulary.judgement import EventPhase
from beffroi.vocabulary.picture import FrameRef
from beffroi.vocabulary.rules import Rule, Situation, Zone
from beffroi.vocabulary.time import NS_PER_S, UtcNs

RULE = Rule(
    rule_id="r",
    version=2,
    camera_id="cam-1",
    situation=Situation.ZONE_ENTERED,
    purpose_id="p",
    zone=Zone(points=((0, 0), (1, 0), (1, 1))),
)
T0 = 1_800_000_000 * NS_PER_S


def at(seconds: float) -> UtcNs:
    return UtcNs(T0 + round(seconds * NS_PER_S))


def frame(seconds: float = 0.0, run_id: str = "run-1") -> FrameRef:
    return FrameRef(
        camera_id="cam-1",
        run_id=run_id,
        index=0,
        media_time_ns=round(seconds * NS_PER_S),
        captured_at=at(seconds),
        captured_at_error_ns=0,
        width_px=640,
        height_px=480,
    )


def sighting(*tracks: str, score: float = 0.5) -> Sighting:
    return Sighting(started_at=at(0), track_ids=tracks or ("a",), box=(1, 2, 3, 4), score=score, facts={"count": 1.0})


def test_begun_then_updated_at_most_once_a_second_then_ended() -> None:
    episodes = Episodes(RULE, model="m@1")
    told = []
    for tick in range(11):
        episodes.at(frame(tick / 5))
        told += episodes.hold("k", sighting(), at(tick / 5))
    told += episodes.end("k")
    assert [e.phase for e in told] == [EventPhase.BEGUN, EventPhase.UPDATED, EventPhase.UPDATED, EventPhase.ENDED]
    assert [e.last_held_at for e in told] == [at(0), at(1), at(2), at(2)]
    assert {e.met_at for e in told} == {at(0)}
    assert len({e.event_id for e in told}) == 1
    assert episodes.keys == ()
    assert episodes.end("k") == []


def test_ids_are_the_same_on_a_replay_and_differ_otherwise() -> None:
    first = event_id_of(RULE, "run-1", at(0), "k")
    assert first == event_id_of(RULE, "run-1", at(0), "k")
    others = {
        event_id_of(replace(RULE, version=3), "run-1", at(0), "k"),
        event_id_of(RULE, "run-2", at(0), "k"),
        event_id_of(RULE, "run-1", at(1), "k"),
        event_id_of(RULE, "run-1", at(0), "other"),
    }
    assert len(others | {first}) == 5


def test_tracks_are_gathered_in_order_and_bounded() -> None:
    episodes = Episodes(RULE, model="m@1")
    episodes.at(frame())
    for number in range(MOST_TRACKS + 20):
        episodes.hold("k", sighting(f"t{number}"), at(number / 10))
    (ended,) = episodes.end("k")
    assert ended.track_ids[:2] == ("t0", "t1")
    assert len(ended.track_ids) == MOST_TRACKS


def test_what_nothing_shows_any_more_ends() -> None:
    episodes = Episodes(RULE, model="m@1")
    episodes.at(frame())
    episodes.hold("old", sighting(), at(0))
    episodes.hold("new", sighting(), at(3))
    assert [e.last_held_at for e in episodes.end_unheld(at(4), 2 * NS_PER_S)] == [at(0)]
    assert episodes.keys == ("new",)
    assert len(episodes.end_all()) == 1


@pytest.mark.parametrize(("given", "kept"), [(-0.5, 0.0), (0.5, 0.5), (1.5, 1.0)])
def test_scores_stay_in_their_range(given: float, kept: float) -> None:
    episodes = Episodes(RULE, model="m@1")
    episodes.at(frame())
    (begun,) = episodes.hold("k", sighting(score=given), at(0))
    assert begun.score == kept


def test_an_event_names_its_provenance() -> None:
    episodes = Episodes(RULE, model="m@1")
    episodes.at(frame(4.5))
    (begun,) = episodes.hold("k", sighting(), at(4.5))
    assert (begun.camera_id, begun.run_id, begun.rule_id, begun.rule_version) == ("cam-1", "run-1", "r", 2)
    assert (begun.model, begun.width_px, begun.height_px, begun.media_time_s) == ("m@1", 640, 480, 4.5)


def test_before_any_frame_there_is_no_size() -> None:
    (begun,) = Episodes(RULE, model="m@1").hold("lost", Sighting(started_at=at(0)), at(0))
    assert (begun.run_id, begun.width_px, begun.box_xyxy_px) == ("", 0, None)


def test_hull_and_mean_of_nothing() -> None:
    assert hull_of([]) is None
    assert hull_of([(0, 5, 2, 6), (1, 1, 9, 2)]) == (0, 1, 9, 6)
    assert mean_score([]) == 0.0
    assert mean_score([0.5, 1.0]) == 0.75
