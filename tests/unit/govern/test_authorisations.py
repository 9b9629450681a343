"""Coverage: deny by default, and say why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.govern.authorisations import (
    Coverage,
    CoverageReason,
    Disagreement,
    Disputed,
    coverage,
    hours_end,
    may_view,
)
from beffroi.govern.regimes.reading import built_in
from beffroi.govern.rights import SYSTEM, Actor, Role
from beffroi.testing.town import NOON, authorisation
from beffroi.vocabulary.authorisation import Authorisation, Output, Regime
from beffroi.vocabulary.rules import Schedule, Situation, Weekly
from beffroi.vocabulary.time import NS_PER_S, UtcNs, iso_utc, utc_ns

DAY_NS = 86_400 * NS_PER_S
GIVEN = replace(
    authorisation(),
    regime=Regime.EXPERIMENTAL_ALERT,
    situations=frozenset({Situation.ZONE_ENTERED, Situation.WRONG_WAY, Situation.GROUP_FORMED}),
)


def ask(
    *authorisations: Authorisation,
    camera_id: str = "mairie",
    situation: Situation = Situation.ZONE_ENTERED,
    purpose_id: str = "safety",
    now: int = NOON,
) -> Coverage:
    return coverage(authorisations, camera_id=camera_id, situation=situation, purpose_id=purpose_id, now=UtcNs(now))


def test_covered_until_the_dates_end() -> None:
    answer = ask(GIVEN)
    assert answer == Coverage(
        covered=True,
        reason=CoverageReason.COVERED,
        authorisation_id="order-1",
        valid_until=GIVEN.valid_to,
        alerts=True,
        authorisation_ids=("order-1",),
        outputs=built_in().terms["experimental_alert"].outputs,
        image_retention_s=30 * 86_400,
    )


def test_no_authorisation_covers_nothing() -> None:
    assert ask() == Coverage(covered=False, reason=CoverageReason.NO_AUTHORISATION)


@pytest.mark.parametrize(
    ("changed", "asked", "reason"),
    [
        ({}, {"camera_id": "gare"}, CoverageReason.NO_AUTHORISATION),
        ({"cameras": frozenset()}, {}, CoverageReason.NO_AUTHORISATION),
        ({}, {"situation": Situation.LINE_CROSSED}, CoverageReason.SITUATION_NOT_COVERED),
        ({"situations": frozenset()}, {}, CoverageReason.SITUATION_NOT_COVERED),
        ({}, {"purpose_id": "traffic"}, CoverageReason.PURPOSE_DIFFERS),
        ({}, {"purpose_id": ""}, CoverageReason.PURPOSE_DIFFERS),
        ({"purpose_id": ""}, {"purpose_id": ""}, CoverageReason.PURPOSE_DIFFERS),
        ({}, {"situation": Situation.GROUP_FORMED}, CoverageReason.REGIME_FORBIDS),
        ({"regime": Regime.SUPERVISION}, {}, CoverageReason.REGIME_FORBIDS),
        ({"regime": Regime.JUDICIAL_SEARCH}, {}, CoverageReason.REGIME_FORBIDS),
        ({"regime": Regime.ENVIRONMENT}, {}, CoverageReason.REGIME_FORBIDS),
        ({"revoked_at": NOON}, {}, CoverageReason.REVOKED),
        ({}, {"now": GIVEN.valid_to}, CoverageReason.EXPIRED),
        ({}, {"now": GIVEN.valid_to + 400 * DAY_NS}, CoverageReason.EXPIRED),
        ({}, {"now": GIVEN.valid_from - 1}, CoverageReason.NOT_YET_VALID),
        ({"hours": Schedule(spans=(Weekly(from_minute=20 * 60, to_minute=60),))}, {}, CoverageReason.OUTSIDE_HOURS),
        ({"hours": Schedule(spans=(Weekly(days=(1,)),))}, {}, CoverageReason.OUTSIDE_HOURS),
    ],
)
def test_each_miss_is_refused_and_named(
    changed: dict[str, object], asked: dict[str, object], reason: CoverageReason
) -> None:
    answer = ask(replace(GIVEN, **changed), **asked)  # type: ignore[arg-type]
    assert not answer.covered
    assert not answer.alerts
    assert answer.valid_until is None
    assert answer.reason is reason
    named = "" if reason is CoverageReason.NO_AUTHORISATION else "order-1"
    assert answer.authorisation_id == named


def test_first_and_last_instants() -> None:
    assert ask(GIVEN, now=GIVEN.valid_from).covered
    assert ask(GIVEN, now=GIVEN.valid_to - 1).covered
    assert ask(replace(GIVEN, revoked_at=UtcNs(NOON + 1))).valid_until == NOON + 1


def test_the_nearest_miss_is_named_whatever_the_order() -> None:
    other_purpose = replace(GIVEN, authorisation_id="far", purpose_id="traffic")
    expired = replace(GIVEN, authorisation_id="near", valid_to=NOON)
    for listed in ([other_purpose, expired], [expired, other_purpose]):
        answer = ask(*listed)
        assert (answer.authorisation_id, answer.reason) == ("near", CoverageReason.EXPIRED)


def test_of_several_the_narrower_wins_whatever_the_order() -> None:
    pilot = replace(
        GIVEN,
        authorisation_id="pilot",
        regime=Regime.PILOT,
        valid_to=UtcNs(NOON + DAY_NS),
        viewers=frozenset({"supervisor"}),
        retention_s=3600,
    )
    for listed in ([pilot, GIVEN], [GIVEN, pilot]):
        answer = ask(*listed)
        assert answer.covered
        assert not answer.alerts
        assert answer.authorisation_id == "order-1+pilot"
        assert answer.authorisation_ids == ("order-1", "pilot")
        assert answer.outputs == {Output.COUNTS, Output.EVENTS}
        assert answer.valid_until == pilot.valid_to
        assert answer.image_retention_s == 0
        assert [(one.on, one.narrowed_by) for one in answer.disagreements] == [
            (Disputed.OUTPUTS, ("pilot",)),
            (Disputed.END, ("pilot",)),
            (Disputed.VIEWERS, ("pilot",)),
            (Disputed.RETENTION, ("pilot",)),
        ]
    assert ask(pilot).disagreements == ()


def test_hours_of_all_must_hold_and_outputs_must_meet() -> None:
    nights = replace(GIVEN, authorisation_id="nights", hours=Schedule(spans=(Weekly(from_minute=1320, to_minute=360),)))
    answer = ask(GIVEN, nights)
    assert (answer.covered, answer.reason) == (False, CoverageReason.OUTSIDE_HOURS)
    assert answer.authorisation_id == "nights"
    crossing = {"situations": frozenset({Situation.LINE_CROSSED})}
    counts = replace(GIVEN, authorisation_id="counts", regime=Regime.STATISTICS, **crossing)  # type: ignore[arg-type]
    alone = ask(counts, situation=Situation.LINE_CROSSED)
    assert (alone.covered, alone.alerts, alone.outputs) == (True, False, frozenset({Output.COUNTS}))
    terms = dict(built_in().terms)
    terms["quiet"] = replace(terms["pilot"], regime="quiet", outputs=frozenset({Output.EVENTS}))
    book = replace(built_in(), terms=terms)
    quiet = replace(counts, authorisation_id="quiet", regime="quiet")
    asked = {"camera_id": "mairie", "situation": Situation.LINE_CROSSED, "purpose_id": "safety"}
    both = coverage([counts, quiet], now=NOON, regimes=book, **asked)  # type: ignore[arg-type]
    assert (both.covered, both.reason) == (False, CoverageReason.NOTHING_IN_COMMON)
    assert both.disagreements[0] == Disagreement(
        on=Disputed.OUTPUTS, narrowed_by=("counts", "quiet"), lost=("counts", "events")
    )


def test_one_that_has_ended_or_not_begun_restricts_nothing() -> None:
    ended = replace(GIVEN, authorisation_id="ended", regime=Regime.PILOT, valid_to=NOON)
    revoked = replace(GIVEN, authorisation_id="revoked", regime=Regime.PILOT, revoked_at=NOON)
    later = replace(GIVEN, authorisation_id="later", regime=Regime.PILOT, valid_from=UtcNs(NOON + 1))
    answer = ask(GIVEN, ended, revoked, later)
    assert answer.alerts
    assert answer.authorisation_ids == ("order-1",)


def test_under_an_unknown_or_broken_regime_nothing_runs_not_even_beside_a_good_one() -> None:
    strange = replace(GIVEN, authorisation_id="strange", regime="from_elsewhere")
    assert ask(strange).reason is CoverageReason.REGIME_FORBIDS
    beside = ask(GIVEN, strange)
    assert (beside.covered, beside.authorisation_id) == (False, "strange")


@given(
    st.permutations(
        [GIVEN, replace(GIVEN, authorisation_id="b"), replace(GIVEN, authorisation_id="c", revoked_at=NOON)]
    )
)
def test_order_never_matters(listed: list[Authorisation]) -> None:
    assert ask(*listed).authorisation_id == "b+order-1"


def utc(year: int, month: int, day: int, hour: int, minute: int) -> UtcNs:
    return utc_ns(datetime(year, month, day, hour, minute, tzinfo=UTC))


@pytest.mark.parametrize(
    ("span", "now", "end"),
    [
        # Monday noon in Paris, until 18:00
        (Weekly(from_minute=8 * 60, to_minute=18 * 60), NOON, "2026-06-01T16:00:00.000Z"),
        # past midnight: 22:00 to 06:00, asked at 01:00 on Tuesday
        (Weekly(days=(0,), from_minute=22 * 60, to_minute=6 * 60), utc(2026, 6, 1, 23, 0), "2026-06-02T04:00:00.000Z"),
        # to midnight of Monday only
        (Weekly(days=(0,)), NOON, "2026-06-01T22:00:00.000Z"),
        # the clock jumps from 02:00 to 03:00: 02:30 never comes, so it ends at the jump
        (Weekly(from_minute=60, to_minute=150), utc(2026, 3, 29, 0, 30), "2026-03-29T01:00:00.000Z"),
        # the clock repeats 02:00 to 03:00: it ends the first time 02:30 is shown
        (Weekly(from_minute=60, to_minute=150), utc(2026, 10, 24, 23, 30), "2026-10-25T00:30:00.000Z"),
    ],
)
def test_hours_end_with_the_wall_clock(span: Weekly, now: UtcNs, end: str) -> None:
    found = hours_end(Schedule(spans=(span,)), now)
    assert found is not None
    assert iso_utc(found) == end


def test_hours_all_week_never_end() -> None:
    assert hours_end(Schedule(), NOON) is None
    assert hours_end(Schedule(spans=(Weekly(),)), NOON) is None
    halves = (Weekly(to_minute=720), Weekly(from_minute=720))
    assert hours_end(Schedule(spans=halves), NOON) is None


minutes = st.integers(0, 1439)
spans = st.builds(
    lambda days, start, length: Weekly(
        days=tuple(sorted(days)), from_minute=start, to_minute=(start + length) % 1440 or 1440
    ),
    st.sets(st.integers(0, 6), min_size=1),
    minutes,
    st.integers(1, 1438),
).filter(lambda span: span.from_minute != span.to_minute)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(spans, min_size=1, max_size=3),
    st.sampled_from([NOON, utc(2026, 3, 28, 20, 7), utc(2026, 10, 24, 20, 7)]),
    st.integers(0, 1440),
)
def test_hours_end_agrees_with_going_minute_by_minute(listed: list[Weekly], start: UtcNs, offset: int) -> None:
    hours = Schedule(spans=tuple(listed))
    minute_ns = 60 * NS_PER_S
    now = UtcNs(start + offset * minute_ns)
    if not hours.holds_at(now):
        return
    expected = next(
        (now + step * minute_ns for step in range(1, 2 * 1440) if not hours.holds_at(UtcNs(now + step * minute_ns))),
        None,
    )
    found = hours_end(hours, now)
    if expected is None:
        assert found is None or found > now + 2 * DAY_NS - 2 * minute_ns
    else:
        assert found == expected


def test_viewers_are_named_by_user_name_or_role_and_nobody_else_sees() -> None:
    given_to = replace(GIVEN, viewers=frozenset({"supervisor", "jeanne"}))
    assert may_view(given_to, Actor(name="jeanne", role=Role.OPERATOR))
    assert may_view(given_to, Actor(name="odile", role=Role.SUPERVISOR))
    assert not may_view(given_to, Actor(name="malik", role=Role.OPERATOR))
    assert not may_view(given_to, Actor(name="ines", role=Role.ADMINISTRATOR))
    assert not may_view(replace(GIVEN, viewers=frozenset()), Actor(name="jeanne", role=Role.OPERATOR))
    assert not may_view(replace(GIVEN, viewers=frozenset({"system"})), SYSTEM)
