"""What is in force at one instant: authorisations with their perimeters, the kill switch, and the clock's word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy import Connection

from beffroi.geometry.polygons import contains
from beffroi.govern.authorisations import (
    Coverage,
    CoverageReason,
    Disagreement,
    coverage,
    disagreements,
    joint_name,
    may_view,
    outputs_of,
)
from beffroi.govern.regimes.terms import RegimeBook
from beffroi.govern.rights import Actor
from beffroi.govern.sight import BLURRED, Clearness
from beffroi.keep.store import authorisations, cameras, switches
from beffroi.keep.store.switches import SwitchState
from beffroi.vocabulary.authorisation import Authorisation, Output
from beffroi.vocabulary.camera import Camera
from beffroi.vocabulary.rules import Situation
from beffroi.vocabulary.time import UtcNs, seconds_to_ns

CLOCK_SLACK_S = 5.0
"""How far a clock may be put back without anybody having to look at it. Source: our choice (NTP corrections)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewing:
    """A live picture that somebody may see: the camera, what for, under which authorisation, and how clearly."""

    camera: Camera
    purpose_id: str
    authorisation_id: str
    clearness: Clearness = BLURRED

    @property
    def clear(self) -> bool:
        """Whether people and plates are shown without blur."""
        return self.clearness.clear


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """One consistent state of what is allowed. ``seen`` is the latest instant this house has ever written down."""

    given: Sequence[Authorisation]
    regimes: RegimeBook
    now: UtcNs
    seen: UtcNs
    switch: SwitchState

    @property
    def stepped_back(self) -> bool:
        """Whether the clock shows an instant that was over already: what has ended must not come to life again."""
        return self.now < self.seen - seconds_to_ns(CLOCK_SLACK_S)

    def coverage(self, camera_id: str, situation: Situation, purpose_id: str) -> Coverage:
        """Whether a camera may be analysed for a situation and purpose now."""
        answer = coverage(
            self.given,
            camera_id=camera_id,
            situation=situation,
            purpose_id=purpose_id,
            now=self.now,
            regimes=self.regimes,
        )
        if not answer.covered:
            return answer
        if self.switch.stopped:
            return _withheld(answer, CoverageReason.ANALYSIS_STOPPED)
        if self.stepped_back:
            return _withheld(answer, CoverageReason.CLOCK_STEPPED_BACK)
        return answer

    def viewings(self, camera: Camera, actor: Actor) -> list[Viewing]:
        """Under which purposes a person may see a camera live now; none: not at all.

        Of one purpose all authorisations that speak of live pictures must name the person: the narrower wins. A clock
        that was put back brings no ended authorisation back to life.
        """
        found = []
        for purpose_id, together in sorted(self._for_watching(camera.camera_id).items()):
            named = all(may_view(one, actor) for one in together)
            if named and actor.reaches(camera.groups, purpose_id):
                joint = joint_name([one.authorisation_id for one in together])
                found.append(Viewing(camera=camera, purpose_id=purpose_id, authorisation_id=joint))
        return found

    def disagreements_of(self, camera_id: str) -> list[tuple[tuple[str, ...], tuple[Disagreement, ...]]]:
        """Groups of authorisations that apply together to a camera and differ: their ids and on what."""
        found = {}
        on_camera = [one for one in self.given if camera_id in one.cameras and _dated(one, self.now)]
        for first in on_camera:
            for situation in sorted(first.situations):
                together = [
                    one for one in on_camera if one.purpose_id == first.purpose_id and situation in one.situations
                ]
                differing = tuple(disagreements(together, self.regimes))
                if differing:
                    found[tuple(sorted(one.authorisation_id for one in together))] = differing
        return sorted(found.items(), key=lambda pair: pair[0])

    def _for_watching(self, camera_id: str) -> dict[str, list[Authorisation]]:
        at = UtcNs(max(self.now, self.seen)) if self.stepped_back else self.now
        by_purpose: dict[str, list[Authorisation]] = {}
        for one in self.given:
            dated = camera_id in one.cameras and _dated(one, at) and one.hours.holds_at(at)
            if dated and Output.LIVE in outputs_of(one, self.regimes):
                by_purpose.setdefault(one.purpose_id, []).append(one)
        return by_purpose


def read_in_force(connection: Connection, regimes: RegimeBook, now: UtcNs) -> InForce:
    """What is in force, read in one transaction.

    Raises:
        StorageError: the switch or an authorisation cannot be read: nothing may be analysed.
    """
    given = authorisations.all_authorisations(connection)
    if any(one.perimeter for one in given):
        places = {one.camera_id: one.plan_xy for one in cameras.all_cameras(connection) if one.plan_xy is not None}
        given = [with_perimeter(one, places) for one in given]
    return InForce(
        given=given,
        regimes=regimes,
        now=now,
        seen=switches.clock_mark(connection),
        switch=switches.analysis_switch(connection),
    )


def with_perimeter(given: Authorisation, places: dict[str, tuple[float, float]]) -> Authorisation:
    """The authorisation with the cameras that stand inside its perimeter (``places`` on the plan, by camera id)."""
    if not given.perimeter or not places:
        return given
    points = np.array(list(places.values()), np.float64)
    inside = contains(np.array(given.perimeter, np.float64), points)
    return replace(given, cameras=given.cameras | {name for name, is_in in zip(places, inside, strict=True) if is_in})


def _dated(given: Authorisation, now: UtcNs) -> bool:
    """Whether an authorisation is in force by its dates."""
    return given.valid_from <= now and not given.ended(now)


def _withheld(answer: Coverage, reason: CoverageReason) -> Coverage:
    return Coverage(
        covered=False,
        reason=reason,
        authorisation_id=answer.authorisation_id,
        authorisation_ids=answer.authorisation_ids,
        disagreements=answer.disagreements,
    )
