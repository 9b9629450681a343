"""A migrated database for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from beffroi.keep.store.database import Database
from beffroi.keep.store.migrating import migrate


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "store" / "beffroi.db")
    migrate(made)
    yield made
    made.close()
