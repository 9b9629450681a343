"""vehicle_stopped: a vehicle that was seen to arrive stays in one place for so long.

Vehicles already parked when the rule starts, and those first seen standing, are not told unless asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import hypot

from beffroi.judge.drawn import DrawnZone
from beffroi.judge.episodes import Sighting, hull_of, mean_score
from beffroi.judge.lineage import Seen
from beffroi.judge.stillness import Stay, Stillness
from beffroi.judge.track_watch import TrackWatch
from beffroi.ports.registry import API_VERSION
from beffroi.ports.situation import ParamSpec, SituationNeeds, SituationSpec
from beffroi.vocabulary.judgement import Box, Event
from beffroi.vocabulary.picture import FrameRef
from beffroi.vocabulary.rules import Point, Rule, Situation
from beffroi.vocabulary.time import UtcNs

STILL_SIZES = 0.2
"""A vehicle that keeps within this part of its own size stands still: boxes tremble, brakes do not creep. Source: our
choice, ADR 31."""
ARRIVED_SIZES = 0.6
"""It was seen to arrive if it now stands at least so many of its sizes from where it was first seen: a parked vehicle
half hidden for a while seems to shift by less. Source: our choice, ADR 31."""


def gap_in_sizes(first: Box, second: Box) -> float:
    """Distance between the middles of two boxes, in the size (root of the surface) of the larger."""
    size = max(_size(first), _size(second))
    (ax, ay), (bx, by) = _middle(first), _middle(second)
    return hypot(ax - bx, ay - by) / size if size > 0 else float("inf")


class VehicleStoppedWatch(TrackWatch):
    """Watches for stopped vehicles, in a zone or anywhere."""

    def __init__(self, rule: Rule, *, model: str) -> None:
        super().__init__(rule, model=model, spec=SPEC)
        self._zone = DrawnZone(rule)
        self._stillness = Stillness(gap=gap_in_sizes, radius=STILL_SIZES, remember_s=self.number("gap_s"))
        self._latest: dict[str, UtcNs] = {}
        self._stopped = 0

    @property
    def counters(self) -> Mapping[str, float]:
        """Vehicles stopped for long enough now."""
        return {"stopped": float(self._stopped)}

    def _gap_ns(self) -> int:
        return self.span_ns("gap_s")

    def _clear(self) -> None:
        self._stillness.clear()
        self._latest.clear()
        self._stopped = 0

    def _judge(self, seen: list[Seen], frame: FrameRef, now: UtcNs) -> list[Event]:
        stays = self._stillness.step(seen, now)
        inside = self._zone.depths([_ground(stay.home) for stay in stays], frame) >= 0
        stop_ns = self.span_ns("min_stopped_s")
        stopped = [
            stay
            for stay, is_in in zip(stays, inside, strict=True)
            if is_in and stay.astray_at is None and now - stay.since >= stop_ns and self._arrived(stay)
        ]
        self._stopped = len(stopped)
        events = self.episodes.end_unheld(now, self._gap_ns())
        self._latest = {key: at for key, at in self._latest.items() if key in self.episodes.keys}
        groups: dict[str, list[Stay]] = {}
        for stay in sorted(stopped, key=lambda s: (s.since, s.key)):
            groups.setdefault(self._key_for(stay), []).append(stay)
        for key, stays_of in groups.items():
            if any(stay.seen_at == now for stay in stays_of):
                events += self.episodes.hold(key, _sighting(stays_of), now)
        return events

    def _arrived(self, stay: Stay) -> bool:
        return bool(self.params["report_parked"]) or gap_in_sizes(stay.born, stay.home) >= ARRIVED_SIZES

    def _key_for(self, stay: Stay) -> str:
        """The episode of a stopped vehicle: its own, or that of others which stopped shortly before (a queue)."""
        if stay.episode not in self._latest:
            within = self.span_ns("group_s")
            joined = [key for key, at in self._latest.items() if stay.since - at <= within]
            stay.episode = joined[0] if joined else stay.key
        self._latest[stay.episode] = max(stay.since, self._latest.get(stay.episode, stay.since))
        return stay.episode


def _sighting(stays: list[Stay]) -> Sighting:
    return Sighting(
        started_at=stays[0].since,
        track_ids=tuple(stay.track_id for stay in stays),
        box=hull_of([stay.box for stay in stays]),
        score=mean_score(stay.score for stay in stays),
        facts={"count": float(len(stays)), "class": stays[0].object_class.value},
    )


def _size(box: Box) -> float:
    return float((max(box[2] - box[0], 0.0) * max(box[3] - box[1], 0.0)) ** 0.5)


def _middle(box: Box) -> Point:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _ground(box: Box) -> Point:
    return (box[0] + box[2]) / 2, box[3]


def watch(rule: Rule, *, model: str) -> VehicleStoppedWatch:
    """The watch of one rule."""
    return VehicleStoppedWatch(rule, model=model)


SPEC = SituationSpec(
    situation=Situation.VEHICLE_STOPPED,
    api_version=API_VERSION,
    factory=watch,
    needs=SituationNeeds(zone="optional", classes=("vehicle", "bicycle")),
    params=(
        ParamSpec(
            name="min_stopped_s",
            default=30.0,
            minimum=1.0,
            maximum=86_400.0,
            unit="s",
            label_fr="Durée minimale de l'arrêt",
            label_en="Shortest stop",
            source="our choice: longer than letting somebody out, ADR 31",
        ),
        ParamSpec(
            name="report_parked",
            default=False,
            label_fr="Signaler aussi les véhicules déjà garés",
            label_en="Also tell of vehicles already parked",
            source="our choice: what stood there before is known",
        ),
        ParamSpec(
            name="group_s",
            default=60.0,
            minimum=0.0,
            maximum=3600.0,
            unit="s",
            label_fr="Arrêts regroupés sous",
            label_en="Stops told together within",
            source="our choice: a queue is one thing to look at, ADR 31",
        ),
        ParamSpec(
            name="gap_s",
            default=10.0,
            minimum=0.2,
            maximum=600.0,
            unit="s",
            label_fr="Absence qui met fin à l'épisode",
            label_en="Absence that ends the episode",
            source="our choice: a bus hides a car for about that long, ADR 31",
        ),
    ),
    label_fr="Arrêt ou stationnement gênant",
    label_en="Vehicle stopped",
    severity="moderate",
)
