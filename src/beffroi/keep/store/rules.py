"""Rules: each change is a new version, none is ever altered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, and_, func, insert, select

from beffroi.keep.store.rows import Document
from beffroi.keep.store.tables import rules
from beffroi.vocabulary.rules import Rule
from beffroi.vocabulary.time import UtcNs

_RULE = Document(Rule)


def add_version(connection: Connection, rule: Rule, *, now: UtcNs, by: str, removed: bool = False) -> None:
    """Keep one more version of a rule (the first has version 1)."""
    key = {"rule_id": rule.rule_id, "version": rule.version, "camera_id": rule.camera_id}
    rest = {"purpose_id": rule.purpose_id, "name": rule.name, "document": _RULE.write(rule)}
    connection.execute(insert(rules).values(**key, **rest, removed=removed, made_at=now, made_by=by))


def get_rule(connection: Connection, rule_id: str) -> Rule | None:
    """The newest version, unless it says that the rule is removed."""
    return next(iter(_read(connection, _newest().where(rules.c.rule_id == rule_id))), None)


def get_version(connection: Connection, rule_id: str, version: int) -> Rule | None:
    """One version, whether or not the rule was removed since."""
    query = select(rules.c.document).where(rules.c.rule_id == rule_id, rules.c.version == version)
    return next(iter(_read(connection, query)), None)


def versions(connection: Connection, rule_id: str) -> list[Rule]:
    """Every version, oldest first."""
    return _read(connection, select(rules.c.document).where(rules.c.rule_id == rule_id).order_by(rules.c.version))


def rules_of(connection: Connection, camera_ids: Sequence[str]) -> list[Rule]:
    """The newest versions of the rules of some cameras, by name."""
    return _read(connection, _newest().where(rules.c.camera_id.in_(camera_ids)))


def all_rules(connection: Connection) -> list[Rule]:
    """The newest version of every rule that is not removed, by name."""
    return _read(connection, _newest())


def ever(connection: Connection) -> list[Rule]:
    """The newest version of every rule there ever was, removed ones included."""
    return list(
        {rule.rule_id: rule for rule in _read(connection, select(rules.c.document).order_by(rules.c.version))}.values()
    )


def names(connection: Connection) -> dict[tuple[str, int], str]:
    """The name of each version of each rule."""
    query = select(rules.c.rule_id, rules.c.version, rules.c.name)
    return {(row.rule_id, row.version): row.name for row in connection.execute(query)}


def purposes(connection: Connection) -> set[tuple[str, str]]:
    """Which purposes the rules of each camera ever served: (camera, purpose), removed rules included."""
    query = select(rules.c.camera_id, rules.c.purpose_id).distinct()
    return {(row.camera_id, row.purpose_id) for row in connection.execute(query)}


def _newest() -> Select[Any]:
    last = select(rules.c.rule_id, func.max(rules.c.version).label("version")).group_by(rules.c.rule_id).subquery()
    newest = and_(rules.c.rule_id == last.c.rule_id, rules.c.version == last.c.version)
    order = (rules.c.name, rules.c.rule_id)
    return select(rules.c.document).join(last, newest).where(rules.c.removed.is_(False)).order_by(*order)


def _read(connection: Connection, query: Select[Any]) -> list[Rule]:
    return [_RULE.read(document) for document in connection.execute(query).scalars()]
