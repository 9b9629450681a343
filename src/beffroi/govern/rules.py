"""The door of rules: checked against their situation, versioned, never altered, with what covers them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from beffroi.govern.authorisations import Coverage, check_hours
from beffroi.govern.passage import Passage, new_id
from beffroi.govern.rights import Actor, Right
from beffroi.keep.store import authorisations, cameras, rules
from beffroi.ports.situation import SituationSpec
from beffroi.vocabulary.camera import Camera
from beffroi.vocabulary.errors import ConflictError, NotFoundError, RuleError
from beffroi.vocabulary.judgement import Severity
from beffroi.vocabulary.rules import Rule, Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleStanding:
    """A rule and what covers it now, or why nothing does."""

    rule: Rule
    coverage: Coverage


class Rules:
    """What supervisors ask to be told about."""

    def __init__(self, passage: Passage, specs: Mapping[Situation, SituationSpec]) -> None:
        self._passage = passage
        self._specs = specs

    def of_camera(self, actor: Actor, camera_id: str) -> list[RuleStanding]:
        """The rules of a camera, by name, disabled ones included.

        Raises:
            NotFoundError: no such camera.
        """
        with self._passage.reading(actor, Right.SEE_CAMERAS) as connection:
            self._camera(connection, actor, camera_id)
            return self._standings(connection, rules.rules_of(connection, [camera_id]))

    def get(self, actor: Actor, rule_id: str) -> RuleStanding:
        """The newest version of a rule.

        Raises:
            NotFoundError: no such rule.
        """
        with self._passage.reading(actor, Right.SEE_CAMERAS) as connection:
            found = _newest(connection, rule_id)
            self._passage.refuse_out_of_reach(connection, actor, found.camera_id)
            return self._standings(connection, [found])[0]

    def versions(self, actor: Actor, rule_id: str) -> list[Rule]:
        """Every version of a rule, oldest first, those of a removed rule too.

        Raises:
            NotFoundError: there never was such a rule.
        """
        with self._passage.reading(actor, Right.SEE_CAMERAS) as connection:
            found = rules.versions(connection, rule_id)
            if not found:
                raise NotFoundError(f"there is no rule {rule_id!r}")
            self._passage.refuse_out_of_reach(connection, actor, found[0].camera_id)
        return found

    def for_watching(self, actor: Actor) -> dict[str, list[RuleStanding]]:
        """The enabled rules of each camera with what covers them; those that nothing covers too: refuse them."""
        with self._passage.reading(actor, Right.RUN_PIPELINE) as connection:
            there = {camera.camera_id for camera in cameras.all_cameras(connection)}
            enabled = [rule for rule in rules.all_rules(connection) if rule.enabled and rule.camera_id in there]
            standings = self._standings(connection, enabled)
        by_camera: dict[str, list[RuleStanding]] = {}
        for standing in standings:
            by_camera.setdefault(standing.rule.camera_id, []).append(standing)
        return by_camera

    def add(self, actor: Actor, rule: Rule) -> RuleStanding:
        """Keep a new rule (an empty ``rule_id`` gets one); it runs only once an authorisation covers it.

        Raises:
            RuleError: the situation does not exist here, or a parameter, zone, line or class does not suit it.
            InvalidInputError: its time zone is not known.
            NotFoundError: no such camera.
            ConflictError: the id is taken.
        """
        first = replace(rule, rule_id=rule.rule_id or new_id("rule"), version=1)
        self.check(first)
        about, detail = f"rule:{first.rule_id}", {"version": 1, "situation": first.situation.value}
        with self._passage.writing(actor, Right.EDIT_RULES, about, act="add_rule", detail=detail) as writing:
            self._check_places(writing.connection, actor, first)
            if rules.versions(writing.connection, first.rule_id):
                raise ConflictError(f"there is, or was, a rule {first.rule_id!r}: choose another id")
            rules.add_version(writing.connection, first, now=writing.now, by=actor.name)
            return self._standings(writing.connection, [first])[0]

    def change(self, actor: Actor, rule: Rule) -> RuleStanding:
        """Keep a new version; ``rule.version`` is the one that was read.

        Raises:
            RuleError: something does not suit the situation, or the rule moves to another camera or situation.
            ConflictError: somebody changed it meanwhile.
            NotFoundError: no such rule.
        """
        self.check(rule)
        about, detail = f"rule:{rule.rule_id}", {"version": rule.version + 1, "situation": rule.situation.value}
        with self._passage.writing(actor, Right.EDIT_RULES, about, act="change_rule", detail=detail) as writing:
            before = _newest(writing.connection, rule.rule_id)
            self._check_purpose(writing.connection, actor, before)
            if before.version != rule.version:
                raise ConflictError(
                    f"rule {rule.rule_id!r} was changed meanwhile (version {before.version}, yours {rule.version}): "
                    "read it again and redo the change"
                )
            if (before.camera_id, before.situation) != (rule.camera_id, rule.situation):
                mend = "Remove this rule and add another."
                raise RuleError("a rule keeps its camera and situation", where=f"rule {rule.rule_id}", mend=mend)
            self._check_places(writing.connection, actor, rule)
            after = replace(rule, version=before.version + 1)
            rules.add_version(writing.connection, after, now=writing.now, by=actor.name)
            return self._standings(writing.connection, [after])[0]

    def disable(self, actor: Actor, rule_id: str, version: int, *, enabled: bool = False) -> RuleStanding:
        """Switch a rule off, or on again: a new version.

        Raises:
            ConflictError: somebody changed it meanwhile.
            NotFoundError: no such rule.
        """
        current = self.get(actor, rule_id).rule
        return self.change(actor, replace(current, version=version, enabled=enabled))

    def remove(self, actor: Actor, rule_id: str) -> None:
        """Take a rule away: a last version that says so; its past alerts still name it.

        Raises:
            NotFoundError: no such rule.
        """
        with self._passage.writing(actor, Right.EDIT_RULES, f"rule:{rule_id}", act="remove_rule") as writing:
            before = _newest(writing.connection, rule_id)
            self._check_purpose(writing.connection, actor, before)
            last = replace(before, version=before.version + 1, enabled=False)
            rules.add_version(writing.connection, last, now=writing.now, by=actor.name, removed=True)

    def check(self, rule: Rule) -> None:
        """Do nothing when the rule suits its situation.

        Raises:
            RuleError: says what does not, and what is allowed.
        """
        where = f"rule {rule.rule_id}" if rule.rule_id else "rule"
        spec = self._specs.get(rule.situation)
        if spec is None:
            known = ", ".join(sorted(situation.value for situation in self._specs))
            mend = f"Choose one of {known}."
            raise RuleError(f"situation {rule.situation.value} is not implemented", where=where, mend=mend)
        spec.settled(rule, where)
        check_hours(rule.schedule, where=f"{where}, schedule")
        wrong = [one.value for one in rule.classes if one.value not in spec.needs.classes]
        if wrong:
            allowed = ", ".join(spec.needs.classes) or "none"
            raise RuleError(
                f"{spec.situation.value} does not watch {', '.join(wrong)}", where=where, mend=f"Allowed: {allowed}."
            )
        if rule.severity not in tuple(Severity):
            allowed = ", ".join(severity.value for severity in Severity)
            raise RuleError(f"severity {rule.severity!r}", where=where, mend=f"Use one of {allowed}.")
        try:
            spec.factory(rule, model="check")  # what was drawn is checked by whoever will watch it
        except RuleError:
            raise
        except Exception as error:  # foreign code may raise anything
            mend = "Draw it again, or ask whoever made this situation."
            raise RuleError(f"{spec.situation.value} cannot use it ({error})", where=where, mend=mend) from error

    def _camera(self, connection: Connection, actor: Actor, camera_id: str) -> Camera:
        found = cameras.get_camera(connection, camera_id)
        if found is None:
            raise NotFoundError(f"there is no camera {camera_id!r}")
        self._passage.refuse_out_of_reach(connection, actor, camera_id)
        return found

    def _check_purpose(self, connection: Connection, actor: Actor, rule: Rule) -> None:
        camera = cameras.get_camera(connection, rule.camera_id)
        if camera is not None:
            self._passage.refuse_out_of_reach(connection, actor, rule.camera_id)
            self._passage.refuse_unless_serving(actor, camera, [rule.purpose_id])

    def _check_places(self, connection: Connection, actor: Actor, rule: Rule) -> None:
        camera = self._camera(connection, actor, rule.camera_id)
        if authorisations.get_purpose(connection, rule.purpose_id) is None:
            known = ", ".join(one.purpose_id for one in authorisations.all_purposes(connection)) or "none yet"
            mend = f"Known purposes: {known}."
            raise RuleError(f"there is no purpose {rule.purpose_id!r}", where=f"rule {rule.rule_id}", mend=mend)
        self._passage.refuse_unless_serving(actor, camera, [rule.purpose_id])

    def _standings(self, connection: Connection, found: list[Rule]) -> list[RuleStanding]:
        now = self._passage.in_force(connection)
        return [
            RuleStanding(rule=rule, coverage=now.coverage(rule.camera_id, rule.situation, rule.purpose_id))
            for rule in found
        ]


def _newest(connection: Connection, rule_id: str) -> Rule:
    found = rules.get_rule(connection, rule_id)
    if found is None:
        raise NotFoundError(f"there is no rule {rule_id!r}")
    return found
