"""wrong_way: someone or something goes against the allowed direction.

What counts is the latest stretch of its path: far enough, straight enough, against the direction and not merely
across it. One episode lasts as long as anyone goes on against it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from beffroi.geometry.directions import unit
from beffroi.geometry.motion_along import Stretch, ground_steps, latest_stretch
from beffroi.judge.drawn import DrawnZone
from beffroi.judge.episodes import Sighting, mean_score
from beffroi.judge.lineage import LINK_S, Seen
from beffroi.judge.track_watch import TrackWatch
from beffroi.ports.registry import API_VERSION
from beffroi.ports.situation import ParamSpec, SituationNeeds, SituationSpec
from beffroi.vocabulary.errors import RuleError
from beffroi.vocabulary.judgement import Box, Event
from beffroi.vocabulary.picture import FrameRef
from beffroi.vocabulary.rules import Rule, Situation
from beffroi.vocabulary.time import NS_PER_S, UtcNs, seconds_to_ns

SAMPLE_NS = NS_PER_S // 5
"""Paths are kept at five points a second at most, so that a rule sees alike at any frame rate. Source: our choice."""
SAMPLE_SIZES = 0.02
"""A box that has moved by less is no new point of the path: who stands still needs no memory. Source: our choice."""
PATH_S = 60.0
"""How far back a path is kept. Source: our choice: whoever needs longer for so short a way is not going it."""
MIN_SIZES = 0.3
"""Travel shorter than this part of the thing's own size may be a trembling box, whatever the rule's pixels say.
Source: our choice, ADR 32."""
MIN_TRAVEL_NS = NS_PER_S // 2
"""Nobody is told of before so long a travel: a jump takes no time. Source: our choice, ADR 32."""
STRAIGHT = 0.6
"""Net over total travel of a thing that goes somewhere. Source: our choice, ADR 32."""
LARGEST_STEP = 0.7
"""A stretch most of which was one step is a box that jumped. Source: our choice, ADR 32."""
STILL_GOING = 0.1
"""Part of the travel that must have been made within the last ``gap_s``: who stopped no longer goes. Source: our
choice, ADR 32."""
JUMP_SIZES_PER_S = 12.0
"""Faster than this a box has jumped to another thing (its own sizes a second). Source: our choice, ADR 32."""


@dataclass(slots=True, kw_only=True)
class _Path:
    """Where one thing went lately. ``met_since`` is when the stretch began that made it wrong, while it is."""

    times: list[UtcNs] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    seen_at: UtcNs
    met_since: UtcNs | None = None


class WrongWayWatch(TrackWatch):
    """Watches one direction, in a zone or anywhere."""

    def __init__(self, rule: Rule, *, model: str) -> None:
        super().__init__(rule, model=model, spec=SPEC)
        try:
            x, y = unit(rule.allowed_direction or (0.0, 0.0))
        except ValueError:
            where = f"rule {rule.rule_id}, allowed_direction"
            raise RuleError("the direction has no length", where=where, mend="Draw an arrow.") from None
        self._against = (-x, -y)
        self._zone = DrawnZone(rule)
        self._paths: dict[str, _Path] = {}
        self._going = 0

    @property
    def counters(self) -> Mapping[str, float]:
        """How many go the wrong way now."""
        return {"wrong_way": float(self._going)}

    def _gap_ns(self) -> int:
        return self.span_ns("gap_s")

    def _clear(self) -> None:
        self._paths.clear()
        self._going = 0

    def _judge(self, seen: list[Seen], frame: FrameRef, now: UtcNs) -> list[Event]:
        depths = self._zone.depths([thing.state.foot_px for thing in seen], frame)
        size = (float(frame.width_px), float(frame.height_px))
        wrong = []
        for thing, depth in zip(seen, depths, strict=True):
            if depth < 0:
                self._paths.pop(thing.key, None)
                continue
            path = self._walked(thing, now)
            stretch = self._against_direction(path, size)
            if stretch is None:
                path.met_since = None
                continue
            path.met_since = path.met_since or path.times[stretch.first]
            wrong.append((thing, stretch, path.met_since))
        lost_ns = seconds_to_ns(LINK_S)
        self._paths = {key: path for key, path in self._paths.items() if now - path.seen_at <= lost_ns}
        self._going = len(wrong)
        events = self.episodes.end_unheld(now, self._gap_ns())
        if wrong:
            events += self.episodes.hold("wrong way", _sighting(wrong), now)
        return events

    def _walked(self, thing: Seen, now: UtcNs) -> _Path:
        """The thing's path with its newest box, thinned; begun anew where the box jumped."""
        path = self._paths.setdefault(thing.key, _Path(seen_at=now))
        box = thing.box
        if path.times and _jumped(path.boxes[-1], box, (now - path.seen_at) / NS_PER_S):
            path.times.clear()
            path.boxes.clear()
        path.seen_at = now
        if len(path.times) >= 2 and (now - path.times[-2] < SAMPLE_NS or _as_before(path.boxes[-2], path.boxes[-1])):
            path.times[-1], path.boxes[-1] = now, box
        else:
            path.times.append(now)
            path.boxes.append(box)
        while now - path.times[0] > seconds_to_ns(PATH_S):
            del path.times[0], path.boxes[0]
        return path

    def _against_direction(self, path: _Path, size: tuple[float, float]) -> Stretch | None:
        """The latest stretch against the direction, when it is long, slow, straight and steep enough."""
        if len(path.times) < 3:
            return None
        boxes = np.asarray(path.boxes, np.float64)
        steps = ground_steps(boxes, size)
        stretch = latest_stretch(steps, self._against, self._enough(boxes))
        if stretch is None or path.times[-1] - path.times[stretch.first] < MIN_TRAVEL_NS:
            return None
        if stretch.angle_deg > self.number("max_angle_deg") or stretch.straightness < STRAIGHT:
            return None
        # One that is known to go the wrong way has not jumped when it reappears further on.
        if stretch.largest_step_share > LARGEST_STEP and path.met_since is None:
            return None
        lately = sum(1 for at in path.times[:-1] if path.times[-1] - at <= self._gap_ns())
        gained = float((steps[-lately:] @ np.asarray(self._against)).sum()) if lately else 0.0
        return stretch if gained >= STILL_GOING * stretch.travel else None

    def _enough(self, boxes: np.ndarray) -> float:
        """How far is far enough, in pixels of the frame."""
        heights, widths = boxes[:, 3] - boxes[:, 1], boxes[:, 2] - boxes[:, 0]
        fixed_px = self.number("min_travel_px")
        wanted = fixed_px if fixed_px > 0 else self.number("min_travel_heights") * float(np.median(heights))
        return max(wanted, MIN_SIZES * float(np.median(np.sqrt(np.maximum(heights * widths, 0)))), 1.0)


def _as_before(before: Box, after: Box) -> bool:
    """Whether a box has hardly moved on any side."""
    small = SAMPLE_SIZES * (after[3] - after[1])
    return all(abs(one - other) <= small for one, other in zip(before, after, strict=True))


def _jumped(before: Box, after: Box, span_s: float) -> bool:
    """Whether a box moved faster than anything does."""
    size = (max(before[2] - before[0], 1.0) * max(before[3] - before[1], 1.0)) ** 0.5
    moved = max(abs(before[0] + before[2] - after[0] - after[2]), abs(before[1] + before[3] - after[1] - after[3])) / 2
    return bool(moved > size * (0.5 + JUMP_SIZES_PER_S * span_s))


def _sighting(wrong: list[tuple[Seen, Stretch, UtcNs]]) -> Sighting:
    thing, stretch, since = min(wrong, key=lambda one: one[2])
    return Sighting(
        started_at=since,
        track_ids=tuple(one.state.track_id for one, _, _ in wrong),
        box=thing.box,
        score=mean_score(one.state.score for one, _, _ in wrong),
        facts={
            "count": float(len(wrong)),
            "class": thing.state.object_class.value,
            "travel_px": round(stretch.travel, 1),
            "angle_deg": round(stretch.angle_deg, 1),
        },
    )


def watch(rule: Rule, *, model: str) -> WrongWayWatch:
    """The watch of one rule."""
    return WrongWayWatch(rule, model=model)


SPEC = SituationSpec(
    situation=Situation.WRONG_WAY,
    api_version=API_VERSION,
    factory=watch,
    needs=SituationNeeds(zone="optional", direction="required", classes=("person", "bicycle", "vehicle")),
    params=(
        ParamSpec(
            name="min_travel_heights",
            default=1.0,
            minimum=0.3,
            maximum=50.0,
            unit="body heights",
            label_fr="Trajet minimal à contresens (hauteurs de l'objet)",
            label_en="Shortest travel against the direction (heights of the thing)",
            source="our choice: scales with perspective, ADR 32",
        ),
        ParamSpec(
            name="min_travel_px",
            default=0.0,
            minimum=0.0,
            maximum=10_000.0,
            unit="px",
            label_fr="Trajet minimal à contresens en pixels (0 : en hauteurs)",
            label_en="Shortest travel against the direction in pixels (0: in heights)",
            source="for rules measured on a picture; pixels of the analysed frame",
        ),
        ParamSpec(
            name="max_angle_deg",
            default=60.0,
            minimum=5.0,
            maximum=89.0,
            unit="deg",
            label_fr="Écart maximal avec le sens contraire",
            label_en="Largest deviation from the opposite direction",
            source="our choice: traffic that crosses is not wrong, ADR 32",
        ),
        ParamSpec(
            name="gap_s",
            default=2.0,
            minimum=0.2,
            maximum=600.0,
            unit="s",
            label_fr="Absence qui met fin à l'épisode",
            label_en="Absence that ends the episode",
            source="our choice: one alert for those who go together, ADR 32",
        ),
    ),
    label_fr="Sens de circulation non respecté",
    label_en="Wrong way",
    severity="severe",
)
