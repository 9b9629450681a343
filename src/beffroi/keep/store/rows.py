"""How nouns become rows and back: one codec for documents, one way to insert twice without harm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from beffroi.vocabulary.errors import StorageError

Noun = TypeVar("Noun")


class Document(Generic[Noun]):
    """Writes a noun as JSON and reads it back, checked: a row altered by hand is found, not believed."""

    def __init__(self, noun: type[Noun]) -> None:
        self._noun = noun
        self._adapter: TypeAdapter[Noun] = TypeAdapter(noun)

    def write(self, noun: Noun) -> dict[str, Any]:
        """The noun as plain JSON values."""
        # whole numbers in a float field are welcome; the serializer would warn of each
        written: dict[str, Any] = self._adapter.dump_python(noun, mode="json", warnings=False)
        return written

    def read(self, document: object) -> Noun:
        """The noun again.

        Raises:
            StorageError: the row is not such a noun.
        """
        try:
            return self._adapter.validate_python(document)
        except ValidationError as error:
            fields = ", ".join(".".join(str(part) for part in fault["loc"]) for fault in error.errors())
            raise StorageError(
                f"a stored {self._noun.__name__} cannot be read (fields: {fields}). Put back the last saved copy."
            ) from error


def insert_once(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless one with its primary key is there; whether it was inserted."""
    insert: Any = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    keys = [column.name for column in table.primary_key.columns]
    done = connection.execute(insert(table).values(dict(values)).on_conflict_do_nothing(index_elements=keys))
    return bool(done.rowcount)


def put(connection: Connection, table: Table, values: Mapping[str, Any]) -> None:
    """Insert a row, or write over the one with its primary key."""
    insert: Any = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    keys = [column.name for column in table.primary_key.columns]
    rest = {name: value for name, value in values.items() if name not in keys}
    statement = insert(table).values(dict(values))
    connection.execute(
        statement.on_conflict_do_update(index_elements=keys, set_=rest)
        if rest
        else statement.on_conflict_do_nothing(index_elements=keys)
    )
