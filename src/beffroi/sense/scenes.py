"""Scene files: what to watch for on a camera, written by hand for batch work.

Design doc: docs/reference/scene-file.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from beffroi.geometry.polygons import faults
from beffroi.ports.situation import ParamSpec, SituationSpec
from beffroi.sense.marked_yaml import Spot, parse_yaml, read_yaml
from beffroi.vocabulary.authorisation import Authorisation, Regime
from beffroi.vocabulary.errors import RuleError, SceneError
from beffroi.vocabulary.judgement import Severity
from beffroi.vocabulary.picture import CLASS_NAMES, ObjectClass
from beffroi.vocabulary.rules import Line, Point, Rule, Schedule, Situation, Weekly, Zone
from beffroi.vocabulary.time import UtcNs

DEFAULT_CAMERA_ID = "camera"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DIRECTIONS: dict[str, Point] = {"left": (-1.0, 0.0), "right": (1.0, 0.0), "up": (0.0, -1.0), "down": (0.0, 1.0)}

_TOP = ("format", "purpose", "authorisation", "cameras", "rules")
_CAMERA = ("id", "name", "picture_px", "start_at", "analysed_fps")
_AUTHORISATION = (
    "id",
    "regime",
    "legal_basis",
    "reference",
    "signatory",
    "situations",
    "cameras",
    "valid_from",
    "valid_to",
    "hours",
    "viewers",
)
_RULE = (
    "id",
    "name",
    "camera",
    "situation",
    "enabled",
    "classes",
    "zone",
    "zone_px",
    "line",
    "line_px",
    "direction",
    "params",
    "schedule",
    "severity",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneCamera:
    """A camera of a scene. ``picture_px`` is the (width, height) on which ``*_px`` points were measured;
    ``start_at`` when its recording began, if told; ``analysed_fps`` None leaves the default.
    """

    camera_id: str
    name: str
    picture_px: tuple[float, float] | None = None
    start_at: UtcNs | None = None
    analysed_fps: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a scene file says. Its authorisation covers exactly what it names: a rule outside it must not run."""

    purpose_id: str
    cameras: tuple[SceneCamera, ...]
    rules: tuple[Rule, ...]
    authorisations: tuple[Authorisation, ...]

    def for_camera(self, camera_id: str, *, of: str | None = None) -> Scene:
        """The scene of one of its cameras (``of``, or its only one), given to a camera called ``camera_id``.

        Raises:
            SceneError: ``of`` is not in the scene, or it has several cameras and none was chosen.
        """
        known = [camera.camera_id for camera in self.cameras]
        chosen = of if of is not None else known[0] if len(known) == 1 else ""
        if chosen not in known:
            raise SceneError(f"camera {of!r} is not in the scene" if of else "several cameras", where="cameras",
                             mend=f"Choose one of {', '.join(known)}.")  # fmt: skip
        return Scene(
            purpose_id=self.purpose_id,
            cameras=tuple(replace(c, camera_id=camera_id) for c in self.cameras if c.camera_id == chosen),
            rules=tuple(replace(r, camera_id=camera_id) for r in self.rules if r.camera_id == chosen),
            authorisations=tuple(
                replace(a, cameras=frozenset({camera_id}) if chosen in a.cameras else frozenset())
                for a in self.authorisations
            ),
        )


def load_scene(path: Path | str, specs: Mapping[Situation, SituationSpec]) -> Scene:
    """Read a scene file; ``specs`` are the situations that exist.

    Raises:
        SceneError: anything is wrong, with file, line, key and what is allowed.
    """
    return _scene(read_yaml(Path(path)), specs)


def parse_scene(raw: bytes, specs: Mapping[Situation, SituationSpec], *, file: str = "scene") -> Scene:
    """As ``load_scene``, from bytes."""
    return _scene(parse_yaml(raw, file), specs)


def _scene(root: Spot, specs: Mapping[Situation, SituationSpec]) -> Scene:
    top = root.mapping(_TOP, ("format", "purpose", "authorisation", "rules"))
    top["format"].one_of(("1",))
    purpose_id = top["purpose"].text("a purpose, such as public_safety")
    cameras = tuple(_cameras(top.get("cameras")))
    seen: set[str] = set()
    rules: list[Rule] = []
    for spot in top["rules"].items("rules"):
        rule = _rule(spot, specs, cameras, purpose_id)
        if rule.rule_id in seen:
            raise spot.fault(f"two rules are called {rule.rule_id!r}", "Give each its own id.")
        seen.add(rule.rule_id)
        rules.append(rule)
    if not rules:
        raise top["rules"].fault("no rule", "Give at least one rule; without a rule nothing is watched.")
    authorisation = _authorisation(top["authorisation"], purpose_id, [c.camera_id for c in cameras])
    return Scene(purpose_id=purpose_id, cameras=cameras, rules=tuple(rules), authorisations=(authorisation,))


def _cameras(spot: Spot | None) -> list[SceneCamera]:
    if spot is None:
        return [SceneCamera(camera_id=DEFAULT_CAMERA_ID, name=DEFAULT_CAMERA_ID)]
    cameras: list[SceneCamera] = []
    for item in spot.items("cameras"):
        keys = item.mapping(_CAMERA, ("id",))
        camera_id = keys["id"].text("a camera id")
        if any(camera.camera_id == camera_id for camera in cameras):
            raise item.fault(f"two cameras are called {camera_id!r}", "Give each its own id.")
        cameras.append(
            SceneCamera(
                camera_id=camera_id,
                name=keys["name"].text() if "name" in keys else camera_id,
                picture_px=_pair(keys["picture_px"], 2, 16_384) if "picture_px" in keys else None,
                start_at=keys["start_at"].instant() if "start_at" in keys else None,
                analysed_fps=keys["analysed_fps"].number(1, 25) if "analysed_fps" in keys else None,
            )
        )
    if not cameras:
        raise spot.fault("no camera", "Name at least one, or leave 'cameras' out.")
    return cameras


def _authorisation(spot: Spot, purpose_id: str, cameras: Sequence[str]) -> Authorisation:
    needed = ("regime", "legal_basis", "reference", "signatory", "situations", "valid_from", "valid_to")
    keys = spot.mapping(_AUTHORISATION, needed)
    valid_from, valid_to = keys["valid_from"].instant(), keys["valid_to"].instant()
    if valid_to <= valid_from:
        raise keys["valid_to"].fault("the authorisation ends before it begins", "Give a 'valid_to' after 'valid_from'.")
    situations = [Situation(s.one_of(list(Situation))) for s in keys["situations"].items("situations")]
    covered = [c.one_of(cameras) for c in keys["cameras"].items("camera ids")] if "cameras" in keys else cameras
    return Authorisation(
        authorisation_id=keys["id"].text() if "id" in keys else "scene",
        regime=keys["regime"].one_of(list(Regime)),
        legal_basis=keys["legal_basis"].text("the legal text"),
        reference=keys["reference"].text("the number or date of the order"),
        cameras=frozenset(covered),
        situations=frozenset(situations),
        purpose_id=purpose_id,
        valid_from=valid_from,
        valid_to=valid_to,
        signatory=keys["signatory"].text("who signed"),
        hours=_schedule(keys["hours"]) if "hours" in keys else Schedule(),
        viewers=frozenset(v.text() for v in keys["viewers"].items("users")) if "viewers" in keys else frozenset(),
    )


def _rule(
    spot: Spot, specs: Mapping[Situation, SituationSpec], cameras: Sequence[SceneCamera], purpose_id: str
) -> Rule:
    keys = spot.mapping(_RULE, ("id", "situation"))
    spec = specs[Situation(keys["situation"].one_of([s.value for s in specs]))]
    camera = _camera_of(spot, keys.get("camera"), cameras)
    zone = _drawn(keys, "zone", camera)
    line = _drawn(keys, "line", camera)
    if zone:
        _check_zone(keys.get("zone") or keys["zone_px"], zone)
    if line and (len(line) < 2 or len(set(line)) < 2):
        raise (keys.get("line") or keys["line_px"]).fault("a line needs two different points", "Give [[x, y], [x, y]].")
    classes = keys["classes"].items("classes") if "classes" in keys else []
    allowed = spec.needs.classes or CLASS_NAMES
    severity = keys["severity"].one_of(list(Severity)) if "severity" in keys else spec.severity
    rule = Rule(
        rule_id=keys["id"].text("a rule id"),
        version=1,
        camera_id=camera.camera_id,
        situation=spec.situation,
        purpose_id=purpose_id,
        name=keys["name"].text() if "name" in keys else "",
        enabled=keys["enabled"].boolean() if "enabled" in keys else True,
        classes=tuple(ObjectClass(c.one_of(allowed)) for c in classes),
        zone=Zone(points=zone) if zone else None,
        line=Line(points=line) if line else None,
        allowed_direction=_direction(keys["direction"]) if "direction" in keys else None,
        params=_params(keys["params"], spec) if "params" in keys else {},
        schedule=_schedule(keys["schedule"]) if "schedule" in keys else Schedule(),
        severity=severity,
    )
    try:
        spec.settled(rule, spot.where)
    except RuleError as error:
        raise SceneError(error.what, where=error.where, mend=error.mend) from None
    return rule


def _camera_of(rule: Spot, spot: Spot | None, cameras: Sequence[SceneCamera]) -> SceneCamera:
    names = [camera.camera_id for camera in cameras]
    if spot is None:
        if len(cameras) == 1:
            return cameras[0]
        raise rule.fault("which camera is it about?", f"Give 'camera', one of {', '.join(names)}.")
    return cameras[names.index(spot.one_of(names))]


def _drawn(keys: Mapping[str, Spot], name: str, camera: SceneCamera) -> tuple[Point, ...]:
    """The points of a zone or line, normalised; none when it is not given."""
    plain, pixels = keys.get(name), keys.get(f"{name}_px")
    if plain and pixels:
        raise pixels.fault(f"both {name} and {name}_px are given", "Keep one of them.")
    if plain:
        return tuple(_pair(point, 0, 1) for point in plain.items("[x, y] points"))
    if not pixels:
        return ()
    if camera.picture_px is None:
        mend = f"Give 'picture_px: [width, height]' for camera {camera.camera_id!r} under 'cameras'."
        raise pixels.fault(f"{name}_px is measured on a picture of unknown size", mend)
    width, height = camera.picture_px
    points = [(_pair(point, 0, max(width, height)), point) for point in pixels.items("[x, y] points")]
    for (x, y), point in points:
        if x > width or y > height:
            raise point.fault(f"({x:g}, {y:g}) lies outside the picture", f"It is {width:g} x {height:g} pixels.")
    return tuple((x / width, y / height) for (x, y), _ in points)


def _check_zone(spot: Spot, points: Sequence[Point]) -> None:
    found = faults(points)
    if found:
        items = spot.items("points")
        at = items[found[0].points[0]] if found[0].points else spot
        raise at.fault(f"the zone is not a simple polygon: {found[0].text}", "Draw its corners one after the other.")


def _pair(spot: Spot, minimum: float, maximum: float) -> Point:
    pair = spot.items("two numbers")
    if len(pair) != 2:
        raise spot.fault(f"{len(pair)} values where two were expected", "Give [x, y].")
    return pair[0].number(minimum, maximum), pair[1].number(minimum, maximum)


def _direction(spot: Spot) -> Point:
    mend = f"Give [dx, dy] (x right, y down) or one of {', '.join(DIRECTIONS)}."
    if hasattr(spot.node, "value") and isinstance(spot.node.value, str):
        if spot.node.value not in DIRECTIONS:
            raise spot.fault(f"direction {spot.node.value!r} is not known", mend)
        return DIRECTIONS[spot.node.value]
    way = _pair(spot, -1e6, 1e6)
    if way == (0.0, 0.0):
        raise spot.fault("a direction of no length", mend)
    return way


def _params(spot: Spot, spec: SituationSpec) -> dict[str, float | bool | str]:
    known: dict[str, ParamSpec] = {param.name: param for param in spec.params}
    values: dict[str, float | bool | str] = {}
    for name, value in spot.entries().items():
        if name not in known:
            allowed = ", ".join(sorted(known)) or "none"
            raise value.fault(f"unknown parameter {name!r}", f"{spec.situation} takes: {allowed}.")
        given = value.scalar()
        try:
            values[name] = known[name].check("" if given is None else given, value.where)
        except (RuleError, OverflowError) as error:
            what, mend = (error.what, error.mend) if isinstance(error, RuleError) else ("the number is too large", "")
            raise SceneError(what, where=value.where, mend=mend) from None
    return values


def _schedule(spot: Spot) -> Schedule:
    keys = spot.mapping(("time_zone", "spans"), ("spans",))
    zone = keys["time_zone"].text() if "time_zone" in keys else "Europe/Paris"
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise keys["time_zone"].fault(f"time zone {zone!r} is not known", "Write it as Europe/Paris.") from None
    spans: list[Weekly] = []
    for item in keys["spans"].items("spans"):
        span = item.mapping(("days", "from", "to"))
        days = (
            tuple(DAYS.index(d.one_of(DAYS)) for d in span["days"].items("days")) if "days" in span else tuple(range(7))
        )
        start = _minute(span["from"]) if "from" in span else 0
        end = _minute(span["to"]) if "to" in span else 1440
        try:
            spans.append(Weekly(days=days, from_minute=start, to_minute=end))
        except ValueError as error:
            raise item.fault(str(error), 'Write {days: [mon], from: "22:00", to: "06:00"}.') from None
    return Schedule(spans=tuple(spans), time_zone=zone)


def _minute(spot: Spot) -> int:
    hours, colon, minutes = spot.text("an hour").partition(":")
    if colon and hours.isascii() and minutes.isascii() and hours.isdigit() and minutes.isdigit() and len(minutes) == 2:
        total = int(hours[:3]) * 60 + int(minutes)
        if int(minutes) < 60 and total <= 1440:
            return total
    raise spot.fault(f"{spot.text()!r} is no hour of the day", 'Write it in quotes, as "22:30".')
