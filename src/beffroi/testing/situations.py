"""The conformance kit of situations: ``check_situation(spec)`` raises with what is wrong. Ours pass it too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from types import MemberDescriptorType

from beffroi.ports.registry import API_VERSION
from beffroi.ports.situation import SituationSpec, SituationWatch
from beffroi.testing.scenes import Impairment, Scene, person, play, vehicle
from beffroi.vocabulary.errors import RuleError
from beffroi.vocabulary.judgement import Event, EventPhase, Severity
from beffroi.vocabulary.picture import CLASS_NAMES, ObjectClass
from beffroi.vocabulary.rules import Line, Rule, Zone
from beffroi.vocabulary.time import NS_PER_S

MODEL = "conformance@1"
RATES = (2.0, 5.0, 12.0, 25.0)
"""Frame rates at which a situation must say the same."""
START_TOLERANCE_NS = 1_200_000_000
"""How far two frame rates may disagree on when an episode began: two frames of the slowest, and a little."""


class ConformanceError(AssertionError):
    """A situation breaks its contract; the text says which part of it."""


def check_situation(spec: SituationSpec, scenes: Sequence[Scene] = (), rule: Rule | None = None) -> list[Event]:
    """Check a situation's whole contract; gives the events it stated at 5 frames a second, for a look.

    ``scenes``: further worlds in which it must behave, beside the stock ones. ``rule``: the rule to watch with, where
    a plain one (a zone in the middle, a level line, right is allowed, default parameters) makes no sense.

    Raises:
        ConformanceError: what is wrong, in a sentence.
    """
    _check_card(spec)
    watched = rule or plain_rule(spec)
    _check_refusals(spec, watched)
    told: list[Event] = []
    for scene in (*stock_scenes(), *scenes):
        by_rate = {fps: _check_watch(spec, watched, scene, fps) for fps in RATES}
        _check_rates_agree(by_rate)
        told += by_rate[5.0]
    return told


def plain_rule(spec: SituationSpec) -> Rule:
    """A rule with whatever the situation requires, and default parameters."""
    needs = spec.needs
    return Rule(
        rule_id="plain",
        version=1,
        camera_id="cam-1",
        situation=spec.situation,
        purpose_id="conformance",
        zone=Zone(points=((0.3, 0.3), (0.7, 0.3), (0.7, 0.95), (0.3, 0.95))) if needs.zone == "required" else None,
        line=Line(points=((0.05, 0.5), (0.95, 0.5))) if needs.line == "required" else None,
        allowed_direction=(1.0, 0.0) if needs.direction == "required" else None,
        severity=spec.severity,
    )


def stock_scenes() -> tuple[Scene, ...]:
    """Empty street; busy street; the same with a drop; a camera that falls ill."""
    busy = (
        person("right", (2, 40, 300), (12, 600, 300)),
        person("left", (14, 600, 320), (24, 40, 320)),
        person("down", (5, 320, 130), (20, 330, 440)),
        replace(person("ann", (26, 300, 300), (64, 300, 300)), tremble_px=1.0),
        replace(person("bob", (26, 340, 302), (66, 340, 302)), hidden=((40, 41),)),
        person("cid", (20, 40, 310), (28, 375, 310), (66, 375, 310)),
        vehicle("car", (1, -60, 400), (6, 330, 400), (62, 330, 400), (68, 700, 400)),
        vehicle("parked", (0, 560, 200), (70, 560, 200)),
    )
    ill = tuple(
        Impairment(cause=cause, span=(30.0 + 25 * i, 45.0 + 25 * i))
        for i, cause in enumerate(("black", "masked", "moved", "frozen", "blurred", "dazzled"))
    )
    return (
        Scene(duration_s=5.0),
        Scene(duration_s=70.0, actors=busy),
        Scene(duration_s=70.0, actors=busy, drops=((33.0, 42.0),)),
        Scene(duration_s=190.0, impairments=ill),
    )


def run_through(watch: SituationWatch, scene: Scene, fps: float) -> list[Event]:
    """Every statement of a watch about a scene, its end included."""
    events: list[Event] = []
    now = scene.starts_at
    for moment in play(scene, fps):
        events += watch.step(moment)
        now = moment.now
    return events + list(watch.finish(now))


def check_episodes(events: Sequence[Event]) -> None:
    """Each episode begins once, is updated at most once a second, and ends once, in order.

    Raises:
        ConformanceError: one does not.
    """
    by_id: dict[str, list[Event]] = {}
    for event in events:
        by_id.setdefault(event.event_id, []).append(event)
    for event_id, told in by_id.items():
        phases = [event.phase for event in told]
        wanted = [EventPhase.BEGUN, *[EventPhase.UPDATED] * (len(told) - 2), EventPhase.ENDED]
        _require(phases == wanted, f"episode {event_id} was told as {', '.join(phases)}")
        held = [event.last_held_at for event in told]
        _require(held == sorted(held), f"episode {event_id} goes back in time")
        begun = told[0]
        _require(begun.started_at <= begun.met_at, f"episode {event_id} was met before it started")
        same = all((e.started_at, e.met_at) == (begun.started_at, begun.met_at) for e in told)
        _require(same, f"episode {event_id} changes when it started or was met")
        updates = [event.last_held_at for event in told[:-1]]
        close = any(b - a < NS_PER_S for a, b in pairwise(updates))
        _require(not close, f"episode {event_id} is updated more than once a second")


def _check_card(spec: SituationSpec) -> None:
    name = str(spec.situation)
    _require(spec.api_version == API_VERSION, f"{name} was made for API {spec.api_version}; this is {API_VERSION}")
    _require(bool(spec.label_fr and spec.label_en), f"{name} has no French or no English label")
    _require(spec.severity in {s.value for s in Severity}, f"{name} has the unknown severity {spec.severity!r}")
    _require(bool(spec.licence), f"{name} names no licence")
    for part in (spec.needs.zone, spec.needs.line, spec.needs.direction):
        _require(part in ("none", "optional", "required"), f"{name} needs {part!r}: say none, optional or required")
    unknown_signals = spec.needs.signals - {"tracks", "health", "status"}
    _require(not unknown_signals, f"{name} reads unknown signals: {', '.join(sorted(unknown_signals))}")
    unknown = [c for c in spec.needs.classes if c not in CLASS_NAMES]
    _require(not unknown, f"{name} watches unknown classes: {', '.join(unknown)}")
    names = [param.name for param in spec.params]
    _require(len(names) == len(set(names)), f"{name} has two parameters of one name")
    for param in spec.params:
        where = f"{name}.{param.name}"
        _require(bool(param.label_fr and param.label_en), f"{where} has no French or no English label")
        _require(bool(param.source), f"{where} does not say where its default comes from")
        if isinstance(param.default, float | int) and not isinstance(param.default, bool):
            bounded = param.minimum is not None and param.maximum is not None
            _require(bounded and bool(param.unit), f"{where} is a number without range or unit")
        try:
            param.check(param.default, where)
        except RuleError as error:
            raise ConformanceError(f"{where} refuses its own default: {error}") from error


def _check_refusals(spec: SituationSpec, rule: Rule) -> None:
    """Bad rules are refused when the watch is made, not found out later."""
    bad = {"an unknown parameter": replace(rule, params={**rule.params, "no_such_parameter": 1.0})}
    for param in spec.params:
        if param.maximum is not None:
            bad[f"{param.name} over its range"] = replace(rule, params={**rule.params, param.name: param.maximum + 1})
        if isinstance(param.default, bool):
            bad[f"{param.name} as a text"] = replace(rule, params={**rule.params, param.name: "maybe"})
        elif param.choices:
            bad[f"{param.name} of no choice"] = replace(rule, params={**rule.params, param.name: "no such choice"})
    other = next((ObjectClass(name) for name in CLASS_NAMES if name not in spec.needs.classes), None)
    if other is not None:
        bad[f"the class {other}"] = replace(rule, classes=(other,))
    if spec.needs.zone == "required":
        bad["no zone"] = replace(rule, zone=None)
    if spec.needs.zone != "none":
        bow_tie = Zone(points=((0.1, 0.1), (0.9, 0.9), (0.9, 0.1), (0.1, 0.9)))
        bad["a zone that crosses itself"] = replace(rule, zone=bow_tie)
    if spec.needs.line == "required":
        bad["no line"] = replace(rule, line=None)
        bad["a line without length"] = replace(rule, line=Line(points=((0.5, 0.5), (0.5, 0.5))))
    if spec.needs.direction == "required":
        bad["no direction"] = replace(rule, allowed_direction=None)
        bad["a direction without length"] = replace(rule, allowed_direction=(0.0, 0.0))
    for what, wrong in bad.items():
        try:
            spec.factory(wrong, model=MODEL)
        except RuleError:
            continue
        raise ConformanceError(f"{spec.situation} takes a rule with {what}")


def _check_watch(spec: SituationSpec, rule: Rule, scene: Scene, fps: float) -> list[Event]:
    """One scene at one frame rate: episodes, provenance, determinism, nothing left behind."""
    watch = spec.factory(rule, model=MODEL)
    fresh_size = state_size(watch)
    events = run_through(watch, scene, fps)
    check_episodes(events)
    for event in events:
        _check_provenance(event, rule, scene)
    left = state_size(watch)
    _require(left <= fresh_size, f"{spec.situation} keeps {left - fresh_size} things after its end")
    _require(not watch.finish(scene.at(scene.duration_s)), f"{spec.situation} ends its episodes twice")
    again = run_through(spec.factory(rule, model=MODEL), scene, fps)
    _require(again == events, f"{spec.situation} does not state the same about the same")
    for start, end in scene.drops:
        early = [e for e in events if scene.at(end) <= e.met_at < scene.at(end) + NS_PER_S // 4]
        began = [e for e in early if e.phase is EventPhase.BEGUN and e.started_at < scene.at(start)]
        _require(not began, f"{spec.situation} bridges a drop of the camera")
    return events


def _check_provenance(event: Event, rule: Rule, scene: Scene) -> None:
    """An event names its camera, rule, version and model, and its figures are plain."""
    named = (event.camera_id, event.rule_id, event.rule_version, event.situation, event.model)
    wanted = (rule.camera_id, rule.rule_id, rule.version, rule.situation, MODEL)
    _require(named == wanted, f"event {event.event_id} names {named}, not {wanted}")
    _require(0.0 <= event.score <= 1.0, f"event {event.event_id} has the score {event.score}")
    _require(
        all(isinstance(value, float | str) for value in event.facts.values()),
        f"event {event.event_id} has facts that are neither numbers nor texts",
    )
    _require(
        (event.width_px, event.height_px) == (scene.width_px, scene.height_px), "an event has another frame's size"
    )


def _check_rates_agree(by_rate: dict[float, list[Event]]) -> None:
    """The same episodes at every frame rate, begun at about the same time."""
    begun = {fps: [e for e in events if e.phase is EventPhase.BEGUN] for fps, events in by_rate.items()}
    fastest = begun[max(begun)]
    for fps, events in begun.items():
        _require(
            len(events) == len(fastest),
            f"{len(events)} episodes at {fps:g} frames a second, {len(fastest)} at {max(begun):g}",
        )
        for one, other in zip(events, fastest, strict=True):
            apart = abs(one.started_at - other.started_at)
            _require(
                apart <= START_TOLERANCE_NS,
                f"an episode starts {apart / NS_PER_S:.1f} s apart at {fps:g} and at 25 frames a second",
            )


def state_size(root: object) -> int:
    """How much an object remembers: the entries of all containers reached through its attributes."""
    seen: set[int] = set()
    todo, size = [root], 0
    while todo:
        thing = todo.pop()
        if id(thing) in seen or isinstance(thing, type) or callable(thing):
            continue
        seen.add(id(thing))
        parts = _parts(thing)
        if isinstance(thing, dict | list | set | frozenset):
            size += len(thing)
        todo += parts
    return size


def _parts(thing: object) -> list[object]:
    """What one thing holds."""
    if isinstance(thing, dict):
        return [*thing.keys(), *thing.values()]
    if isinstance(thing, list | tuple | set | frozenset):
        return list(thing)
    slots = [n for kind in type(thing).__mro__ for n, v in vars(kind).items() if isinstance(v, MemberDescriptorType)]
    held = [getattr(thing, name) for name in slots if hasattr(thing, name)]
    return held + list(vars(thing).values()) if hasattr(thing, "__dict__") else held


def _require(holds: bool, text: str) -> None:
    if not holds:
        raise ConformanceError(text)


__all__ = [
    "ConformanceError",
    "check_episodes",
    "check_situation",
    "plain_rule",
    "run_through",
    "state_size",
    "stock_scenes",
]
