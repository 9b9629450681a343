"""line_crossed: someone or something goes from one side of a drawn line to the other.

One episode is one burst of crossings: those that follow each other closely are told together and all counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from beffroi.judge.drawn import DrawnLine
from beffroi.judge.episodes import Sighting, hull_of, mean_score
from beffroi.judge.lineage import LINK_S, Seen
from beffroi.judge.track_watch import TrackWatch
from beffroi.ports.registry import API_VERSION
from beffroi.ports.situation import ParamSpec, SituationNeeds, SituationSpec
from beffroi.vocabulary.errors import RuleError
from beffroi.vocabulary.judgement import Event
from beffroi.vocabulary.picture import FrameRef
from beffroi.vocabulary.rules import Point, Rule, Situation
from beffroi.vocabulary.time import UtcNs, seconds_to_ns


@dataclass(slots=True, kw_only=True)
class _Walk:
    """One thing's way since it was last clear of the line. ``clear``: it has been clear of it at all."""

    foot: Point
    seen_at: UtcNs
    net: int = 0
    clear: bool = False


class LineCrossedWatch(TrackWatch):
    """Watches one line and counts both ways, whichever way the rule asks for."""

    def __init__(self, rule: Rule, *, model: str) -> None:
        super().__init__(rule, model=model, spec=SPEC)
        if rule.line is None:
            raise RuleError("line_crossed needs a line", where=f"rule {rule.rule_id}", mend="Draw the line.")
        self._line = DrawnLine(rule.line, rule)
        self._walks: dict[str, _Walk] = {}
        self._bursts = 0
        self._count = 0
        self._totals = {"forward": 0.0, "backward": 0.0}

    @property
    def counters(self) -> Mapping[str, float]:
        """Crossings since the rule began, by way."""
        return dict(self._totals)

    def _gap_ns(self) -> int:
        return self.span_ns("group_s")

    def _clear(self) -> None:
        self._walks.clear()
        self._bursts = 0
        self._count = 0

    def _judge(self, seen: list[Seen], frame: FrameRef, now: UtcNs) -> list[Event]:
        events = self.episodes.end_unheld(now, self._gap_ns())
        wanted = self.params["direction"]
        crossed = []
        for thing in seen:
            way = self._crosses(thing, frame, now)
            if way:
                self._totals[way] += 1
                if wanted in ("both", way):
                    crossed.append((thing, way))
        lost_ns = seconds_to_ns(LINK_S)
        self._walks = {key: walk for key, walk in self._walks.items() if now - walk.seen_at <= lost_ns}
        if crossed and self._gap_ns() == 0:
            for one in crossed:
                events += self._tell([one], now) + self.episodes.end(self._key)
        elif crossed:
            events += self._tell(crossed, now)
        return events

    @property
    def _key(self) -> str:
        return f"burst {self._bursts}"

    def _tell(self, crossed: list[tuple[Seen, str]], now: UtcNs) -> list[Event]:
        if not self.episodes.keys:
            self._bursts += 1
            self._count = 0
        self._count += len(crossed)
        ways = sorted({way for _, way in crossed})
        things = [thing for thing, _ in crossed]
        sighting = Sighting(
            started_at=now,
            track_ids=tuple(thing.state.track_id for thing in things),
            box=hull_of([thing.box for thing in things]),
            score=mean_score(thing.state.score for thing in things),
            facts={"count": float(self._count), "direction": " ".join(ways)},
        )
        return self.episodes.hold(self._key, sighting, now)

    def _crosses(self, thing: Seen, frame: FrameRef, now: UtcNs) -> str | None:
        """The way a thing has just crossed. It counts once the thing is clear of the line on the other side."""
        foot = thing.state.foot_px
        clear_px = self.number("min_depth_heights") * (thing.box[3] - thing.box[1])
        is_clear = self._line.distance(foot, frame) >= clear_px
        walk = self._walks.get(thing.key)
        if walk is None:
            self._walks[thing.key] = _Walk(foot=foot, seen_at=now, clear=is_clear)
            return None
        walk.net += self._line.net_crossings(walk.foot, foot, frame)
        walk.foot, walk.seen_at = foot, now
        if not is_clear:
            return None
        net, was_clear = walk.net, walk.clear
        walk.net, walk.clear = 0, True
        if net == 0 or not was_clear:
            return None
        return "forward" if net > 0 else "backward"


def watch(rule: Rule, *, model: str) -> LineCrossedWatch:
    """The watch of one rule."""
    return LineCrossedWatch(rule, model=model)


SPEC = SituationSpec(
    situation=Situation.LINE_CROSSED,
    api_version=API_VERSION,
    factory=watch,
    needs=SituationNeeds(line="required", classes=("person", "bicycle", "vehicle")),
    params=(
        ParamSpec(
            name="direction",
            default="both",
            choices=("both", "forward", "backward"),
            label_fr="Sens de franchissement",
            label_en="Direction of crossing",
            source="our choice: an installer narrows it",
        ),
        ParamSpec(
            name="min_depth_heights",
            default=0.1,
            minimum=0.0,
            maximum=5.0,
            unit="body heights",
            label_fr="Éloignement de la ligne, avant et après",
            label_en="Distance from the line, before and after",
            source="our choice: twice the trembling of a box, ADR 30",
        ),
        ParamSpec(
            name="group_s",
            default=2.0,
            minimum=0.0,
            maximum=600.0,
            unit="s",
            label_fr="Franchissements regroupés sous",
            label_en="Crossings told together within",
            source="our choice: one alert for people who walk together, ADR 30",
        ),
    ),
    label_fr="Ligne franchie",
    label_en="Line crossed",
    totals=frozenset({"forward", "backward"}),
    severity="moderate",
)
