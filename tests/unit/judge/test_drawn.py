from __future__ import annotations

from dataclasses import replace

import pytest

from beffroi.judge.drawn import DrawnLine, DrawnZone
from beffroi.vocabulary.errors import RuleError
from beffroi.vocabulary.picture import FrameRef
from beffroi.vocabulary.rules import Line, Rule, Situation, Zone
from beffroi.vocabulary.time import UtcNs

RULE = Rule(rule_id="r", version=1, camera_id="c", situation=Situation.ZONE_ENTERED, purpose_id="p")
SMALL = FrameRef(
    camera_id="c",
    run_id="r",
    index=0,
    media_time_ns=0,
    captured_at=UtcNs(0),
    captured_at_error_ns=0,
    width_px=320,
    height_px=240,
)
LARGE = replace(SMALL, width_px=1280, height_px=960)


def test_a_zone_follows_the_size_of_the_frame() -> None:
    zone = DrawnZone(replace(RULE, zone=Zone(points=((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75)))))
    assert zone.depths([(160, 120)], SMALL).tolist() == [60.0]
    assert zone.depths([(160, 120)], LARGE)[0] < 0
    assert zone.depths([(640, 480)], LARGE).tolist() == [240.0]
    assert zone.depths([], SMALL).shape == (0,)


def test_no_zone_is_the_whole_picture() -> None:
    assert DrawnZone(RULE).depths([(-5, 9999)], SMALL).tolist() == [float("inf")]


@pytest.mark.parametrize(
    "points",
    [
        ((0.1, 0.1), (0.9, 0.9)),
        ((0.1, 0.1), (0.9, 0.9), (0.9, 0.1), (0.1, 0.9)),
        ((0.1, 0.1), (1.4, 0.1), (0.5, 0.9)),
        ((0.1, 0.1), (0.5, 0.1), (0.9, 0.1)),
        ((0.1, float("nan")), (0.5, 0.1), (0.9, 0.9)),
    ],
)
def test_what_cannot_be_a_zone_is_refused_with_the_rule_s_name(points: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(RuleError, match="rule r, zone"):
        DrawnZone(replace(RULE, zone=Zone(points=points)))


@pytest.mark.parametrize("points", [((0.1, 0.1),), (), ((0.1, 0.1), (0.1, 0.1), (0.9, 0.9))])
def test_what_cannot_be_a_line_is_refused(points: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(RuleError, match="no length"):
        DrawnLine(Line(points=points), RULE)


def test_crossings_are_forward_less_backward() -> None:
    line = DrawnLine(Line(points=((0.1, 0.5), (0.9, 0.5))), RULE)
    assert line.net_crossings((160, 100), (160, 140), SMALL) == 1
    assert line.net_crossings((160, 140), (160, 100), SMALL) == -1
    assert line.net_crossings((160, 100), (200, 110), SMALL) == 0
    assert line.distance((160, 100), SMALL) == pytest.approx(20.0)
    assert line.distance((640, 480), LARGE) == pytest.approx(0.0)
