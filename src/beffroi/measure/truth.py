"""Ground truth: what a person saw in a clip, as the files of format 1 say it.

Design doc: docs/design/evaluation.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from beffroi.vocabulary.errors import InvalidInputError
from beffroi.vocabulary.rules import Situation

Box = tuple[float, float, float, float]
Span = tuple[float, float]

NEEDS_NO_DRAWING = frozenset(
    {
        Situation.PERSON_DOWN,
        Situation.FIGHT,
        Situation.FIRE_SMOKE,
        Situation.WEAPON_SEEN,
        Situation.OBJECT_LEFT,
        Situation.CROWD_SURGE,
        Situation.CAMERA_IMPAIRED,
    }
)
"""These run with their default rule wherever a clip says they are there or are not."""

TIME_LAPSE_FACTOR = 10.0
"""Above this many real seconds for a media second, only the water level means anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueEvent:
    """What a person watching would want to be told; times in media seconds, box in pixels of the file."""

    situation: Situation
    start_s: float
    end_s: float
    rule: str = ""
    box_px: Box | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueRule:
    """What an installer would set up; points in pixels of the file."""

    rule_id: str
    situation: Situation
    polygon_px: tuple[tuple[float, float], ...] = ()
    line_px: tuple[tuple[float, float], ...] = ()
    allowed_direction: tuple[float, float] | None = None
    classes: tuple[str, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueCount:
    """People in view at a media second, give or take ``tolerance``."""

    t_s: float
    count: int
    tolerance: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueStill:
    """One picture and what is in it: a situation present or not, or a number of people."""

    file: str
    situation: Situation | None = None
    present: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """One clip, or one set of stills. Paths are absolute."""

    clip_id: str
    path: Path
    clip: Path | None
    fps: float
    width_px: int
    height_px: int
    duration_s: float
    seconds_per_media_second: float
    rules: tuple[TrueRule, ...]
    events: tuple[TrueEvent, ...]
    absent: frozenset[Situation]
    counts: tuple[TrueCount, ...]
    stills: tuple[TrueStill, ...]
    tracks_file: Path | None
    ignore_s: tuple[Span, ...]
    negative_spans_s: tuple[Span, ...]
    waterline_rows: tuple[tuple[float, float], ...]
    searches: tuple[tuple[str, tuple[Span, ...]], ...]
    source_group: str
    note: str

    @property
    def hours(self) -> float:
        """Real hours watched."""
        return self.duration_s * self.seconds_per_media_second / 3600

    @property
    def labelled(self) -> frozenset[Situation]:
        """The situations about which this clip can say something."""
        named = {event.situation for event in self.events} | self.absent
        named |= {rule.situation for rule in self.rules if rule.situation not in NEEDS_NO_DRAWING}
        if self.seconds_per_media_second > TIME_LAPSE_FACTOR:
            named &= {Situation.WATER_HIGH}
        return frozenset(named)


def _points(value: Any) -> tuple[tuple[float, float], ...]:
    return tuple((float(x), float(y)) for x, y in value or ())


def _span(value: Any) -> Span:
    start, end = (value["start_s"], value["end_s"]) if isinstance(value, Mapping) else value
    return float(start), float(end)


def _spans(value: Any) -> tuple[Span, ...]:
    return tuple(_span(item) for item in value or ())


def _box(value: Any) -> Box | None:
    if not value:
        return None
    x1, y1, x2, y2 = (float(v) for v in value)
    return x1, y1, x2, y2


def _rule(raw: Mapping[str, Any]) -> TrueRule:
    direction = raw.get("allowed_direction")
    return TrueRule(
        rule_id=str(raw["id"]),
        situation=Situation(raw["situation"]),
        polygon_px=_points(raw.get("polygon_px")),
        line_px=_points(raw.get("line_px")),
        allowed_direction=(float(direction[0]), float(direction[1])) if direction else None,
        classes=tuple(raw.get("classes") or ()),
        params=dict(raw.get("params") or {}),
    )


def _still(raw: Mapping[str, Any]) -> TrueStill:
    return TrueStill(
        file=str(raw["file"]),
        situation=Situation(raw["situation"]) if raw.get("situation") else None,
        present=bool(raw.get("present", False)),
        count=int(raw["count"]) if "count" in raw else None,
    )


def parse_truth(raw: Mapping[str, Any], path: Path) -> Truth:
    """A truth file's content, checked.

    Raises:
        InvalidInputError: unknown format, missing or malformed key; the file is named.
    """
    if raw.get("format") != 1:
        raise InvalidInputError(
            f"format is {raw.get('format')!r}", where=str(path), mend="This release reads format 1."
        )
    try:
        return _parsed(raw, path)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        what = f"key {error} is missing" if isinstance(error, KeyError) else str(error)
        raise InvalidInputError(what, where=str(path), mend="See docs/design/evaluation.md for the format.") from error


def _parsed(raw: Mapping[str, Any], path: Path) -> Truth:
    folder = path.parent
    tracks = raw.get("tracks")
    events = tuple(
        TrueEvent(
            situation=Situation(e["situation"]),
            start_s=float(e["start_s"]),
            end_s=float(e["end_s"]),
            rule=str(e.get("rule") or ""),
            box_px=_box(e.get("box_px")),
        )
        for e in raw.get("events") or ()
    )
    counts = tuple(
        TrueCount(t_s=float(c["t_s"]), count=int(c["count"]), tolerance=int(c.get("tolerance", 0)))
        for c in raw.get("counts") or ()
    )
    rows = (raw.get("waterline") or {}).get("rows") or ()
    return Truth(
        clip_id=str(raw["id"]),
        path=path,
        clip=folder / raw["file"] if raw.get("file") else None,
        fps=float(raw.get("fps") or 0.0),
        width_px=int(raw.get("width_px") or 0),
        height_px=int(raw.get("height_px") or 0),
        duration_s=float(raw.get("duration_s") or 0.0),
        seconds_per_media_second=float(raw.get("seconds_per_media_second") or 1.0),
        rules=tuple(_rule(r) for r in raw.get("rules") or ()),
        events=events,
        absent=frozenset(Situation(s) for s in raw.get("not") or ()),
        counts=counts,
        stills=tuple(_still(s) for s in raw.get("stills") or ()),
        tracks_file=folder / tracks["file"] if tracks else None,
        ignore_s=_spans(raw.get("ignore")),
        negative_spans_s=_spans(raw.get("negative_spans")),
        waterline_rows=tuple((float(r["t_s"]), float(r["y_px"])) for r in rows),
        searches=tuple((str(s["query"]), _spans(s["answers_s"])) for s in raw.get("search") or ()),
        source_group=str(raw.get("source_group") or ""),
        note=str(raw.get("note") or ""),
    )


def load_truths(folder: Path) -> tuple[Truth, ...]:
    """Every ``*.truth.yaml`` under a folder, by name.

    Raises:
        InvalidInputError: no such folder, no truth file in it, one that cannot be read, or an id used twice.
    """
    if not folder.is_dir():
        raise InvalidInputError(
            "no such folder", where=str(folder), mend="Name a folder that holds *.truth.yaml files."
        )
    truths: list[Truth] = []
    for path in sorted(folder.rglob("*.truth.yaml")):
        try:
            raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise InvalidInputError(f"not YAML: {error}", where=str(path), mend="Mend the file.") from error
        if not isinstance(raw, Mapping):
            raise InvalidInputError("not a mapping", where=str(path), mend="See docs/design/evaluation.md.")
        truths.append(parse_truth(raw, path))
    if not truths:
        raise InvalidInputError("no *.truth.yaml in it", where=str(folder), mend="See docs/design/evaluation.md.")
    _refuse_twins(truths)
    return tuple(truths)


def _refuse_twins(truths: Sequence[Truth]) -> None:
    seen: dict[str, Path] = {}
    for truth in truths:
        if truth.clip_id in seen:
            mend = f"It is also in {seen[truth.clip_id]}: ids are unique."
            raise InvalidInputError(f"id {truth.clip_id} is used twice", where=str(truth.path), mend=mend)
        seen[truth.clip_id] = truth.path
