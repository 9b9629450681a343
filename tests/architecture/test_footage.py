"""Footage is reached only through govern: serve and cli open no file of the data folder but one a door named."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "beffroi"
FOOTAGE_FOLDERS = {"evidence", "exports", "segments", "recordings", "ring"}
"""Folders of a house in which footage lies."""
READERS = {"open", "read_bytes", "read_text", "imread", "VideoCapture"}
OWN_FILES = {
    ("serve/routes/house.py", "read_bytes"): "the bundled plan of the demonstration town",
    ("serve/routes/house.py", "open"): "the plan that the settings name",
}
"""What serve reads without asking a door, and what it is: none of it is footage."""
OWN_ANSWERS = {"serve/pages.py": "the built pages"}


def modules(*rooms: str) -> Iterator[tuple[str, ast.Module]]:
    for room in rooms:
        for path in sorted((SOURCE / room).rglob("*.py")):
            yield path.relative_to(SOURCE).as_posix(), ast.parse(path.read_text("utf-8"))


def name_of(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


def built_paths(tree: ast.Module) -> Iterator[int]:
    """Lines that make the path of a folder of footage themselves."""
    for node in ast.walk(tree):
        parts: list[ast.expr] = []
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            parts = [node.right]
        elif isinstance(node, ast.Call) and name_of(node.func) in {"joinpath", "Path", "join"}:
            parts = node.args
        for part in parts:
            said = part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else ""
            if FOOTAGE_FOLDERS & set(said.split("/")):
                yield part.lineno


def readers(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Calls that read a file, apart from those of a door."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name_of(node.func) in READERS and "doors." not in ast.unparse(node.func):
            yield node.lineno, name_of(node.func)


def sent_without_a_door(tree: ast.Module) -> Iterator[int]:
    """Lines that answer with a file whose path did not come out of a door in the same function."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        from_doors = {
            target.id
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and "doors." in ast.unparse(node.value)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and name_of(node.func) == "FileResponse":
                given = node.args[0] if node.args else None
                of = given.value if isinstance(given, ast.Attribute) else None
                if not (isinstance(of, ast.Name) and of.id in from_doors):
                    yield node.lineno


def test_no_room_above_govern_makes_the_path_of_footage() -> None:
    assert [f"{name}:{line}" for name, tree in modules("serve", "cli") for line in built_paths(tree)] == []


def test_serve_reads_no_file_but_its_own() -> None:
    found = {(name, what): line for name, tree in modules("serve") for line, what in readers(tree)}
    assert {f"{name}:{found[name, what]} {what}" for name, what in found if (name, what) not in OWN_FILES} == set()
    assert set(OWN_FILES) - set(found) == set(), "a row for what is not read any more"


def test_serve_answers_with_files_that_a_door_named() -> None:
    found = {name: list(sent_without_a_door(tree)) for name, tree in modules("serve")}
    assert {name: lines for name, lines in found.items() if lines and name not in OWN_ANSWERS} == {}
    assert any("FileResponse" in ast.unparse(tree) for name, tree in modules("serve") if name not in OWN_ANSWERS)


@pytest.mark.parametrize(
    "sin",
    [
        "def a(folder):\n    return FileResponse(folder / 'evidence' / 'x.mp4')",
        "def a(request):\n    found = request.path\n    return FileResponse(found.path)",
        "def a(request):\n    return FileResponse(request.query_params['path'])",
        "def a(folder):\n    return (folder / 'x').read_bytes()",
        "def a(folder):\n    return open(folder)",
        "def a(folder):\n    return folder.joinpath('segments/a')",
    ],
)
def test_the_checks_above_can_fail(sin: str) -> None:
    tree = ast.parse(sin)
    assert [*built_paths(tree), *readers(tree), *sent_without_a_door(tree)]


def test_what_a_door_named_may_be_sent() -> None:
    tree = ast.parse(
        "def a(request):\n    part = deps_of(request).doors.alerts.file()\n    return FileResponse(part.path)"
    )
    assert [*built_paths(tree), *readers(tree), *sent_without_a_door(tree)] == []
