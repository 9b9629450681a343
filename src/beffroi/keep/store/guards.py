"""Triggers that make a table append-only: the database refuses, whoever asks."""

from __future__ import annotations

from collections.abc import Iterable


def append_only(table: str, dialect: str) -> Iterable[str]:
    """The statements that guard one table, in the dialect's words.

    >>> len(list(append_only("verdicts", "sqlite")))
    2
    """
    if dialect == "postgresql":
        yield (
            f"CREATE FUNCTION keep_{table}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
        )
        yield (
            f"CREATE TRIGGER keep_{table} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION keep_{table}()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        yield (
            f"CREATE TRIGGER keep_{table}_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
