"""Triggers that make a table append-only: the database refuses, whoever asks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def append_only(table: str, dialect: str, *, kept: str = "") -> Iterable[str]:
    """The statements that guard one table, in the dialect's words.

    ``kept``: which rows may not be deleted, as an SQL condition on ``OLD``; without it none may.

    >>> len(list(append_only("verdicts", "sqlite")))
    2
    """
    if dialect == "postgresql":
        yield from _postgresql(table, kept)
        return
    for verb in ("UPDATE", "DELETE"):
        when = f"WHEN {kept} " if kept and verb == "DELETE" else ""
        yield (
            f"CREATE TRIGGER keep_{table}_{verb.lower()} BEFORE {verb} ON {table} {when}"
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def _postgresql(table: str, kept: str) -> Iterable[str]:
    yield (
        f"CREATE FUNCTION keep_{table}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    if not kept:
        yield (
            f"CREATE TRIGGER keep_{table} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION keep_{table}()"
        )
        return
    yield (
        f"CREATE FUNCTION keep_{table}_rows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {kept} THEN RAISE EXCEPTION '{table} is append-only'; END IF; "
        f"RETURN OLD; END $$"
    )
    yield (
        f"CREATE TRIGGER keep_{table} BEFORE UPDATE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION keep_{table}()"
    )
    yield f"CREATE TRIGGER keep_{table}_rows BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION keep_{table}_rows()"


def sealed(table: str, columns: Sequence[str], dialect: str) -> Iterable[str]:
    """The statements that refuse to delete a table's rows or to alter some of their columns.

    >>> len(list(sealed("authorisations", ["document"], "sqlite")))
    2
    """
    if dialect == "postgresql":
        yield (
            f"CREATE FUNCTION seal_{table}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{table} stay as they were signed'; END $$"
        )
        yield (
            f"CREATE TRIGGER seal_{table} BEFORE DELETE OR TRUNCATE OR UPDATE OF {', '.join(columns)} ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION seal_{table}()"
        )
        return
    for verb in (f"UPDATE OF {', '.join(columns)}", "DELETE"):
        yield (
            f"CREATE TRIGGER seal_{table}_{verb.split()[0].lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} stay as they were signed'); END"
        )
