"""Files through the pipeline: the same results on one core or two, clear errors, nothing without authorisation."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import pytest

from beffroi.ports.situation import SituationSpec
from beffroi.run.batch import analyse_file
from beffroi.run.messages import AuthorisedRule
from beffroi.run.pipeline import Analysed
from beffroi.vocabulary.camera import Camera, StreamKind, StreamSpec
from beffroi.vocabulary.errors import NotAuthorisedError, RuleError, SourceLostError, SourceUnreadableError
from beffroi.vocabulary.judgement import EventPhase
from beffroi.vocabulary.rules import Rule, Situation
from beffroi.vocabulary.time import UtcNs

Specs = dict[Situation, SituationSpec]


def camera(path: Path) -> Camera:
    return Camera(camera_id="c", name="c", main=StreamSpec(kind=StreamKind.FILE, url=str(path)))


def summary(results: list[Analysed]) -> list[object]:
    return [
        (
            r.frame.ref.media_time_ns,
            r.detections is not None,
            tuple(s.box_xyxy_px for s in r.tracks.states) if r.tracks else None,
            tuple((e.rule_id, e.phase, e.met_at) for e in r.events),
        )
        for r in results
    ]


def test_one_detector_or_three_give_the_same(
    walking_file: Path, right_half: AuthorisedRule, new_detector: Any, specs: Specs
) -> None:
    alone = list(analyse_file(walking_file, camera(walking_file), [right_half], [new_detector()], specs))
    three = [new_detector() for _ in range(3)]
    shared = list(analyse_file(walking_file, camera(walking_file), [right_half], three, specs))
    assert len(alone) == 100
    assert summary(alone) == summary(shared)
    begun = [e for r in alone for e in r.events if e.phase is EventPhase.BEGUN]
    assert len(begun) == 1
    assert sum(detector.asked > 0 for detector in three) > 1


def test_what_is_open_ends_with_the_file(
    walking_file: Path, make_rule: Any, new_detector: Any, specs: Specs, tmp_path: Path
) -> None:
    results = list(analyse_file(walking_file, camera(walking_file), [make_rule("r")], [new_detector()], specs))
    events = [e for r in results for e in r.events]
    assert [e.phase for e in events if e.phase is not EventPhase.UPDATED].count(EventPhase.BEGUN) == [
        e.phase for e in events
    ].count(EventPhase.ENDED)


def test_a_file_that_is_cut_off_is_analysed_as_far_as_it_goes(
    walking_file: Path, right_half: AuthorisedRule, new_detector: Any, specs: Specs, tmp_path: Path
) -> None:
    cut = tmp_path / "cut.mkv"
    with av.open(str(walking_file)) as source, av.open(str(cut), "w") as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)
    whole = cut.read_bytes()
    cut.write_bytes(whole[: len(whole) * 6 // 10])
    seen: list[Analysed] = []
    with pytest.raises(SourceUnreadableError, match="cut off"):
        for result in analyse_file(cut, camera(cut), [right_half], [new_detector()], specs):
            seen.append(result)
    assert len(seen) > 30


@pytest.mark.parametrize(("content", "error"), [(None, SourceLostError), (b"", SourceUnreadableError)])
def test_no_file_and_an_empty_file_are_named(
    content: bytes | None,
    error: type[Exception],
    right_half: AuthorisedRule,
    new_detector: Any,
    specs: Specs,
    tmp_path: Path,
) -> None:
    path = tmp_path / "film.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(error, match=r"film\.mp4"):
        list(analyse_file(path, camera(path), [right_half], [new_detector()], specs))


def test_nothing_is_analysed_without_an_authorisation_in_force(
    walking_file: Path, right_half: AuthorisedRule, new_detector: Any, specs: Specs
) -> None:
    detector = new_detector()
    for refused in (replace(right_half, valid_until=UtcNs(1)), replace(right_half, authorisation_id="")):
        with pytest.raises(NotAuthorisedError, match="right"):
            analyse_file(walking_file, camera(walking_file), [refused], [detector], specs)
    assert detector.asked == 0


def test_a_rule_that_nothing_can_watch_is_an_error(
    walking_file: Path, right_half: AuthorisedRule, new_detector: Any, specs: Specs
) -> None:
    rule = Rule(rule_id="fire", version=1, camera_id="c", situation=Situation.FIRE_SMOKE, purpose_id="test")
    with pytest.raises(RuleError, match="fire"):
        analyse_file(walking_file, camera(walking_file), [replace(right_half, rule=rule)], [new_detector()], specs)


def test_a_caller_who_stops_leaves_no_thread_behind(
    walking_file: Path, right_half: AuthorisedRule, new_detector: Any, specs: Specs
) -> None:
    before = threading.active_count()
    results = analyse_file(walking_file, camera(walking_file), [right_half], [new_detector(), new_detector()], specs)
    for _, _result in zip(range(5), results, strict=False):
        pass
    results.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before
