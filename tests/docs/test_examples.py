"""Examples tell the truth: those in docstrings and the Python blocks of documents run as they stand."""

from __future__ import annotations

import doctest
import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "src"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)

WITH_EXAMPLES = sorted(
    ".".join(path.relative_to(SOURCES).with_suffix("").parts).removesuffix(".__init__")
    for path in SOURCES.rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)
BLOCKS = [
    pytest.param(block, id=f"{page.relative_to(ROOT)}-{number}")
    for page in sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
    for number, block in enumerate(BLOCK.findall(page.read_text(encoding="utf-8")))
]


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_in_docstrings_hold(name: str) -> None:
    found = doctest.testmod(importlib.import_module(name))
    assert found.attempted
    assert not found.failed


@pytest.mark.parametrize("block", BLOCKS)
def test_python_in_documents_runs(block: str) -> None:
    names: dict[str, object] = {"__name__": "document"}
    exec(compile(block, "document", "exec"), names)
    assert len(names) > 2, "the block did nothing"


PARTS = [
    pytest.param(page, id=str(page.relative_to(ROOT)))
    for page in sorted([*(ROOT / "docs" / "design").glob("*.md"), *(ROOT / "docs" / "reference").glob("*.md")])
]
ROOMS = "|".join(sorted(path.name for path in (SOURCES / "beffroi").iterdir() if (path / "__init__.py").exists()))


def is_there(name: str) -> bool:
    """Whether a dotted name is a module of ours, or something inside one."""
    words = f"beffroi.{name}".split(".")
    for size in range(len(words), 1, -1):
        try:
            found: object = importlib.import_module(".".join(words[:size]))
        except ModuleNotFoundError:
            continue
        for word in words[size:]:
            found = getattr(found, word, None)
        return found is not None
    return False


@pytest.mark.parametrize("page", PARTS)
def test_parts_named_in_documents_exist(page: Path) -> None:
    named = set(re.findall(rf"`(?:beffroi\.)?((?:{ROOMS})(?:\.\w+)+)", page.read_text(encoding="utf-8")))
    assert not sorted(name for name in named if not is_there(name) and not name.endswith((".py", ".md")))


def test_there_are_examples() -> None:
    assert len(WITH_EXAMPLES) >= 20
    assert BLOCKS
