"""Alerts against the truth, case by case as docs/design/evaluation.md says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from beffroi.measure.figures import figures_of, finite
from beffroi.measure.intervals import poisson_rate_95, wilson_95
from beffroi.measure.matching import Tally, match_clip
from beffroi.measure.raw import AlertRow, ClipRun, CountRow, RawOutput
from beffroi.measure.truth import Truth, load_truths, parse_truth
from beffroi.vocabulary.errors import InvalidInputError
from beffroi.vocabulary.rules import Situation

ZONE = Situation.ZONE_ENTERED
RULE = {"id": "lawn", "situation": "zone_entered", "polygon_px": [[0, 0], [50, 0], [50, 50]]}


def truth(**changes: Any) -> Truth:
    raw: dict[str, Any] = {
        "format": 1,
        "id": "clip",
        "file": "clip.mp4",
        "fps": 10.0,
        "width_px": 100,
        "height_px": 100,
        "duration_s": 60.0,
        "rules": [RULE],
        "events": [
            {"situation": "zone_entered", "rule": "lawn", "start_s": 10.0, "end_s": 20.0, "box_px": [0, 0, 20, 20]}
        ],
        "not": [],
    }
    return parse_truth(raw | changes, Path("/nowhere/clip.truth.yaml"))


def alert(at_s: float, **changes: Any) -> AlertRow:
    row: dict[str, Any] = {
        "clip": "clip",
        "situation": "zone_entered",
        "rule": "lawn",
        "raised_at_s": at_s,
        "started_at_s": at_s,
        "box_px": (10.0, 10.0, 30.0, 30.0),
        "score": 0.9,
    }
    return AlertRow(**(row | changes))


def tally(subject: Truth, *alerts: AlertRow, ran: frozenset[str] = frozenset({"zone_entered"})) -> Tally:
    tallies: dict[Situation, Tally] = {}
    match_clip(subject, alerts, ran, tallies)
    return tallies[ZONE]


@pytest.mark.parametrize(("at_s", "detected"), [(8.9, 0), (9.0, 1), (15.0, 1), (30.0, 1), (30.1, 0)])
def test_an_alert_may_be_a_second_early_and_ten_seconds_late(at_s: float, detected: int) -> None:
    scored = tally(truth(), alert(at_s))
    assert (scored.detected, scored.false_alerts) == (detected, 1 - detected)


def test_a_second_alert_on_an_event_is_a_repeat_and_an_apart_box_is_false() -> None:
    scored = tally(truth(), alert(12.0), alert(14.0), alert(15.0, box_px=(60.0, 60.0, 90.0, 90.0)))
    assert (scored.detected, scored.repeats, scored.false_alerts) == (1, 1, 1)


def test_an_unknown_box_meets_all_and_another_rule_does_not() -> None:
    two = truth(rules=[RULE, {**RULE, "id": "path"}])
    assert tally(two, alert(12.0, box_px=None)).detected == 1
    scored = tally(two, alert(12.0, rule="path"))
    assert (scored.detected, scored.false_alerts) == (0, 1)
    assert [j.verdict for j in scored.judged] == ["false", "missed"]


def test_spans_to_ignore_and_negative_spans_are_respected() -> None:
    assert tally(truth(ignore=[[40, 50]]), alert(45.0)).false_alerts == 0
    assert tally(truth(negative_spans=[[40, 50]]), alert(55.0)).false_alerts == 0
    assert tally(truth(negative_spans=[[40, 50]]), alert(45.0)).false_alerts == 1


def test_a_situation_that_did_not_run_is_not_silent() -> None:
    scored = tally(truth(), ran=frozenset())
    assert (scored.events, scored.not_run_events, scored.hours) == (0, 1, 0.0)
    raw = RawOutput(clips=[ClipRun(clip="clip", situations=(), wall_s=1.0, cpu_s=1.0)])
    told = figures_of([truth()], raw, frozenset()).metrics["situations"]["zone_entered"]
    assert told["status"] == "not implemented"
    assert told["false_alerts"] is None


def test_counts_use_the_nearest_instant_and_count_zero_where_none_is_near() -> None:
    subject = truth(counts=[{"t_s": 1.0, "count": 3}, {"t_s": 30.0, "count": 2, "tolerance": 1}])
    raw = RawOutput(
        clips=[ClipRun(clip="clip", situations=("zone_entered",), wall_s=2.0, cpu_s=3.0)],
        counts=[CountRow(clip="clip", t_s=0.9, count=3), CountRow(clip="clip", t_s=1.8, count=9)],
    )
    metrics = figures_of([subject], raw, frozenset({ZONE})).metrics
    assert metrics["counts"] == {"mae": 1.0, "relative": 2 / 5, "within_tolerance": 1, "n": 2}
    assert metrics["speed"]["realtime_factor"] == pytest.approx(30.0)


def test_a_failed_or_absent_clip_counts_as_missed() -> None:
    metrics = figures_of([truth()], RawOutput(), frozenset({ZONE})).metrics
    assert metrics["failed_clips"] == ["clip"]
    assert metrics["situations"]["zone_entered"]["missed"] == 1


def test_intervals_are_those_of_the_books() -> None:
    assert wilson_95(0, 0) == (0.0, 1.0)
    low, high = wilson_95(8, 10)
    assert (low, high) == pytest.approx((0.490, 0.943), abs=1e-3)
    assert poisson_rate_95(3, 2.0) == pytest.approx((0.3094, 4.3836), abs=1e-3)
    assert finite({"x": [float("inf"), 1.0]}) == {"x": [None, 1.0]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("format: 2", "format is 2"),
        ("format: 1", "key 'id' is missing"),
        ("format: 1\nid: a\nevents: [{situation: flying, start_s: 0, end_s: 1}]", "flying"),
        ("[1, 2]", "not a mapping"),
        ("a: [", "not YAML"),
    ],
)
def test_a_bad_truth_file_is_named_with_its_fault(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "bad.truth.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInputError, match=said) as caught:
        load_truths(tmp_path)
    assert "bad.truth.yaml" in str(caught.value)


def test_an_empty_or_absent_folder_and_twin_ids_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"no \*\.truth\.yaml"):
        load_truths(tmp_path)
    with pytest.raises(InvalidInputError, match="no such folder"):
        load_truths(tmp_path / "absent")
    for name in ("a", "b"):
        (tmp_path / f"{name}.truth.yaml").write_text("format: 1\nid: twin\n", encoding="utf-8")
    with pytest.raises(InvalidInputError, match="used twice"):
        load_truths(tmp_path)
