"""zone_entered: someone or something is inside a drawn zone.

One episode is one *presence*: from the first that stays to the last that leaves, however many come and go.
"""

from __future__ import annotations

from collections.abc import Mapping

from beffroi.judge.drawn import DrawnZone
from beffroi.judge.episodes import Sighting, mean_score
from beffroi.judge.lineage import LINK_S, Seen
from beffroi.judge.track_watch import TrackWatch
from beffroi.ports.registry import API_VERSION
from beffroi.ports.situation import ParamSpec, SituationNeeds, SituationSpec
from beffroi.vocabulary.judgement import Event
from beffroi.vocabulary.picture import FrameRef
from beffroi.vocabulary.rules import Rule, Situation
from beffroi.vocabulary.time import UtcNs, seconds_to_ns

BORDER_HEIGHTS = 0.05
"""Feet must be this far inside to have entered, and this far outside to have left, in body heights: boxes tremble by
about that much. Source: our choice, ADR 30."""

PRESENCE = "presence"


class ZoneEnteredWatch(TrackWatch):
    """Watches one zone."""

    def __init__(self, rule: Rule, *, model: str) -> None:
        super().__init__(rule, model=model, spec=SPEC)
        self._zone = DrawnZone(rule)
        self._since: dict[str, UtcNs] = {}
        self._inside_at: dict[str, UtcNs] = {}
        self._counted: set[str] = set()
        self._inside_now = 0
        self._entries = 0

    @property
    def counters(self) -> Mapping[str, float]:
        """Things inside now, and how many have stayed long enough since the rule began."""
        return {"inside": float(self._inside_now), "entries": float(self._entries)}

    def _gap_ns(self) -> int:
        return self.span_ns("gap_s")

    def _clear(self) -> None:
        self._since.clear()
        self._inside_at.clear()
        self._counted.clear()
        self._inside_now = 0

    def _judge(self, seen: list[Seen], frame: FrameRef, now: UtcNs) -> list[Event]:
        inside = self._inside(seen, frame, now)
        self._inside_now = len(inside)
        stay_ns = self.span_ns("min_stay_s")
        staying = [thing for thing in inside if now - self._since[thing.key] >= stay_ns]
        events = self.episodes.end_unheld(now, self._gap_ns())
        for thing in staying:
            if thing.key not in self._counted:
                self._counted.add(thing.key)
                self._entries += 1
        if staying or (inside and self.episodes.keys):
            events += self.episodes.hold(PRESENCE, self._sighting(staying or inside, inside), now)
        return events

    def _inside(self, seen: list[Seen], frame: FrameRef, now: UtcNs) -> list[Seen]:
        """Those inside now. A thing unseen for a moment keeps its stay; one seen outside loses it."""
        depths = self._zone.depths([thing.state.foot_px for thing in seen], frame)
        inside = []
        for thing, depth in zip(seen, depths, strict=True):
            border_px = BORDER_HEIGHTS * (thing.box[3] - thing.box[1])
            if depth >= (-border_px if thing.key in self._since else border_px):
                if thing.key not in self._since:
                    self._since[thing.key] = now
                self._inside_at[thing.key] = now
                inside.append(thing)
            else:
                self._leave(thing.key)
        lost_ns = seconds_to_ns(LINK_S)
        for key in [k for k, at in self._inside_at.items() if now - at > lost_ns]:
            self._leave(key)
        return inside

    def _leave(self, key: str) -> None:
        self._since.pop(key, None)
        self._inside_at.pop(key, None)
        self._counted.discard(key)

    def _sighting(self, staying: list[Seen], inside: list[Seen]) -> Sighting:
        first = min(staying, key=lambda thing: self._since[thing.key])
        return Sighting(
            started_at=self._since[first.key],
            track_ids=tuple(thing.state.track_id for thing in inside),
            box=first.box,
            score=mean_score(thing.state.score for thing in staying),
            facts={"count": float(len(inside)), "class": first.state.object_class.value},
        )


def watch(rule: Rule, *, model: str) -> ZoneEnteredWatch:
    """The watch of one rule."""
    return ZoneEnteredWatch(rule, model=model)


SPEC = SituationSpec(
    situation=Situation.ZONE_ENTERED,
    api_version=API_VERSION,
    factory=watch,
    needs=SituationNeeds(zone="required", classes=("person", "bicycle", "vehicle")),
    params=(
        ParamSpec(
            name="min_stay_s",
            default=0.5,
            minimum=0.0,
            maximum=3600.0,
            unit="s",
            label_fr="Durée minimale dans la zone",
            label_en="Shortest stay in the zone",
            source="our choice: shorter stays are mostly trembling boxes, ADR 30",
        ),
        ParamSpec(
            name="gap_s",
            default=2.0,
            minimum=0.2,
            maximum=600.0,
            unit="s",
            label_fr="Absence qui met fin à l'épisode",
            label_en="Absence that ends the episode",
            source="our choice: longer than most losses of a track, shorter than between two visits, ADR 30",
        ),
    ),
    label_fr="Zone interdite ou sensible : entrée",
    label_en="Zone entered",
    totals=frozenset({"entries"}),
    severity="moderate",
)
