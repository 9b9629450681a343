"""group_formed: at least so many people stay together in one place for so long.

People who walk together do not stay; people who pass a standing group do not join it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from beffroi.geometry.on_the_ground import clusters, gap_in_body_heights, gaps_in_body_heights
from beffroi.judge.drawn import DrawnZone
from beffroi.judge.episodes import Sighting, hull_of, mean_score
from beffroi.judge.lineage import Seen
from beffroi.judge.stillness import Stay, Stillness
from beffroi.judge.track_watch import TrackWatch
from beffroi.ports.registry import API_VERSION
from beffroi.ports.situation import ParamSpec, SituationNeeds, SituationSpec
from beffroi.vocabulary.judgement import Box, Event
from beffroi.vocabulary.picture import FrameRef
from beffroi.vocabulary.rules import Rule, Situation
from beffroi.vocabulary.time import UtcNs

PLACE_HEIGHTS = 0.5
"""Whoever keeps within so many body heights of a spot stays there: a step aside, not a walk. Source: our choice,
ADR 31."""
SETTLED_S = 2.5
"""Nobody counts as staying before this: at 1.4 m/s a walker crosses a place sooner. Source: our choice, ADR 31."""


@dataclass(slots=True, kw_only=True)
class _Group:
    """A group that was told, and who was last seen in it."""

    members: frozenset[str]
    box: Box


class GroupFormedWatch(TrackWatch):
    """Watches for standing groups, in a zone or anywhere."""

    def __init__(self, rule: Rule, *, model: str) -> None:
        super().__init__(rule, model=model, spec=SPEC)
        self._zone = DrawnZone(rule)
        self._width_px = 1.0
        self._stillness = Stillness(gap=self._gap, radius=PLACE_HEIGHTS, remember_s=self.number("gap_s"))
        self._groups: dict[str, _Group] = {}
        self._largest = 0

    @property
    def counters(self) -> Mapping[str, float]:
        """People in the largest group that stays now."""
        return {"largest_group": float(self._largest)}

    def _gap(self, first: Box, second: Box) -> float:
        """How far one person has gone from one box to the other, in body heights: whichever of head and feet says
        less, because whoever passes in front hides feet and moves nobody.
        """
        by_heads = (second[0], second[1], second[2], second[1] + first[3] - first[1])
        return min(gap_in_body_heights(first, other, self._width_px) for other in (second, by_heads))

    def _gap_ns(self) -> int:
        return self.span_ns("gap_s")

    def _clear(self) -> None:
        self._stillness.clear()
        self._groups.clear()
        self._largest = 0

    def _judge(self, seen: list[Seen], frame: FrameRef, now: UtcNs) -> list[Event]:
        self._width_px = float(frame.width_px)
        inside = self._zone.depths([thing.state.foot_px for thing in seen], frame) >= 0
        stays = self._stillness.step([thing for thing, is_in in zip(seen, inside, strict=True) if is_in], now)
        standing = [s for s in stays if now - s.since >= SETTLED_S * 1e9]
        people = int(self.number("min_people"))
        grouped = [g for g in self._together(standing) if len(g) >= people]
        self._largest = max((len(g) for g in grouped), default=0)
        events: list[Event] = []
        for group in grouped:
            events += self._tell(group, people, now)
        events += self.episodes.end_unheld(now, self._gap_ns())
        self._groups = {key: group for key, group in self._groups.items() if key in self.episodes.keys}
        return events

    def _together(self, standing: Sequence[Stay]) -> list[list[Stay]]:
        """Groups of people each of whom stands near another of the same group."""
        if not standing:
            return []
        boxes = np.asarray([stay.box for stay in standing], np.float64)
        near = gaps_in_body_heights(boxes, boxes, self._width_px) <= self.number("max_distance_heights")
        return [[standing[i] for i in group] for group in clusters(near)]

    def _tell(self, group: list[Stay], people: int, now: UtcNs) -> list[Event]:
        """Begin or hold the group's episode, once the ``people`` longest there have been there long enough."""
        since = sorted(stay.since for stay in group)[people - 1]
        members = frozenset(stay.key for stay in group)
        box = hull_of([stay.box for stay in group])
        if box is None:
            return []
        key = self._known(members, box)
        if key is None:
            settled = sorted((stay.astray_at or now) - stay.since for stay in group)
            if settled[-people] < self.span_ns("min_stay_s"):
                return []
            key = min(group, key=lambda stay: (stay.since, stay.key)).key
        self._groups[key] = _Group(members=members, box=box)
        sighting = Sighting(
            started_at=since,
            track_ids=tuple(stay.track_id for stay in group),
            box=box,
            score=mean_score(stay.score for stay in group),
            facts={"count": float(len(group))},
        )
        # A member remembered but not seen holds its place; a group that nobody sees any more is not held.
        if not any(stay.seen_at == now for stay in group):
            return []
        return self.episodes.hold(key, sighting, now)

    def _known(self, members: frozenset[str], box: Box) -> str | None:
        """The key of the open episode that this group goes on with: it shares members or its place."""
        for key, group in self._groups.items():
            if group.members & members or _overlap(group.box, box):
                return key
        return None


def _overlap(first: Box, second: Box) -> bool:
    return min(first[2], second[2]) > max(first[0], second[0]) and min(first[3], second[3]) > max(first[1], second[1])


def watch(rule: Rule, *, model: str) -> GroupFormedWatch:
    """The watch of one rule."""
    return GroupFormedWatch(rule, model=model)


SPEC = SituationSpec(
    situation=Situation.GROUP_FORMED,
    api_version=API_VERSION,
    factory=watch,
    needs=SituationNeeds(zone="optional", classes=("person",)),
    params=(
        ParamSpec(
            name="min_people",
            default=3.0,
            minimum=2.0,
            maximum=200.0,
            unit="people",
            label_fr="Nombre minimal de personnes",
            label_en="Fewest people",
            source="our choice; two people who talk are no gathering",
        ),
        ParamSpec(
            name="min_stay_s",
            default=10.0,
            minimum=2.0,
            maximum=3600.0,
            unit="s",
            label_fr="Durée minimale du rassemblement",
            label_en="Shortest stay together",
            source="our choice, ADR 31",
        ),
        ParamSpec(
            name="max_distance_heights",
            default=1.2,
            minimum=0.2,
            maximum=10.0,
            unit="body heights",
            label_fr="Distance maximale entre voisins",
            label_en="Largest distance between neighbours",
            source="about 2 m: the far end of personal distance, E. T. Hall, The Hidden Dimension (1966), and a step",
        ),
        ParamSpec(
            name="gap_s",
            default=5.0,
            minimum=0.2,
            maximum=600.0,
            unit="s",
            label_fr="Absence qui met fin à l'épisode",
            label_en="Absence that ends the episode",
            source="our choice: passers-by hide a group for a few seconds, ADR 31",
        ),
    ),
    label_fr="Attroupement",
    label_en="Group formed",
    severity="minor",
)
