"""Looks for biometrics in a house's parts: names in code, tables, messages, pages, models, dependencies and files."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from beffroi.vocabulary.forbidden import forbidden_kind

_PLAIN = re.compile(r"[\w./:{}@*-]{1,120}")
"""Texts that name something (a key, a column, a route, a class), as opposed to sentences."""

_NAME = re.compile(r"@?[A-Za-z_$][\w$-]*")
_COMMENTS = re.compile(r"/\*.*?\*/|<!--.*?-->|(?<![:\w])//[^\n]*", re.DOTALL)
_STRINGS = re.compile(r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|`(?:[^`\\]|\\.)*`", re.DOTALL)


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A forbidden word: ``where`` (a path), the ``name`` that holds it, the word and its kind."""

    where: str
    name: str
    word: str
    kind: str


def judged(where: str, names: Iterable[str]) -> set[Finding]:
    """The findings among some names."""
    found = set()
    for name in names:
        hit = forbidden_kind(name)
        if hit is not None:
            found.add(Finding(where, name, *hit))
    return found


def python_names(source: str) -> Iterator[str]:
    """Every name of a module: classes, functions, arguments, variables, fields, imports, and texts that name things
    (enum values, columns, settings, routes, keys). Sentences are left out.
    """
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                yield node.name
            case ast.Name():
                yield node.id
            case ast.Attribute():
                yield node.attr
            case ast.arg():
                yield node.arg
            case ast.keyword() if node.arg:
                yield node.arg
            case ast.alias():
                yield node.name
            case ast.Constant(value=str() as text) if _PLAIN.fullmatch(text):
                yield text


def page_names(source: str) -> Iterator[str]:
    """Every name of a TypeScript, Svelte or CSS source; of its texts only those that name things (keys of words)."""
    bare = _COMMENTS.sub(" ", source)
    for text in _STRINGS.findall(bare):
        if _PLAIN.fullmatch(text[1:-1]):
            yield text[1:-1]
    yield from _NAME.findall(_STRINGS.sub(" ", bare))


def description_names(described: Any) -> Iterator[str]:
    """Every key and naming text of an OpenAPI description; summaries and examples are sentences and values."""
    if isinstance(described, dict):
        for key, value in described.items():
            yield str(key)
            if key not in {"description", "summary", "examples", "title", "detail"}:
                yield from description_names(value)
    elif isinstance(described, list):
        for one in described:
            yield from description_names(one)
    elif isinstance(described, str) and _PLAIN.fullmatch(described):
        yield described


def card_names(source: str) -> Iterator[str]:
    """Names in a model card: its name, source, files and classes. Its limits are sentences."""
    card = yaml.safe_load(source)
    if not isinstance(card, dict):
        return
    yield from (str(card.get(key, "")) for key in ("name", "family", "source"))
    yield from (str(one.get("file", "")) for one in card.get("weights") or () if isinstance(one, dict))
    yield from (str(one) for one in (card.get("classes") or {}).values())
    yield from (str(one) for one in card.get("figures") or ())


def locked_python(source: str) -> Iterator[str]:
    """Package names of a pip lock file."""
    for line in source.splitlines():
        found = re.match(r"([A-Za-z0-9][\w.-]*)\s*==", line)
        if found:
            yield found[1].lower()


def locked_node(source: str) -> Iterator[str]:
    """Package names of an npm lock file."""
    for path in json.loads(source).get("packages", {}):
        if path:
            yield path.rsplit("node_modules/", 1)[-1]


_EXCEPTIONS = """
app/house.py still_max_age_s
app/settings.py still_max_age_s
run/camera.py still_max_age_s
run/settings.py still_max_age_s
serve/cookies.py max_age
"""


def exceptions() -> set[tuple[str, str]]:
    """(path in the package, name) of the names that hold a forbidden word and mean something else."""
    rows = (line.split(" ") for line in _EXCEPTIONS.strip().splitlines())
    return {(path, name) for path, name in rows}


def names_of(path: Path) -> Iterable[str]:
    """The names in a file, by what kind of file it is; its own name always."""
    text = path.read_text(encoding="utf-8") if path.suffix in _READERS or path.name in _BY_NAME else ""
    reader = _BY_NAME.get(path.name) or _READERS.get(path.suffix)
    return [path.stem, *(reader(text) if reader else ())]


_READERS = {
    ".py": python_names,
    ".ts": page_names,
    ".svelte": page_names,
    ".css": page_names,
    ".yaml": card_names,
}
_BY_NAME = {
    "openapi.json": lambda text: description_names(json.loads(text)),
    "lock.txt": locked_python,
    "package-lock.json": locked_node,
}


def findings(root: Path, files: Iterable[Path]) -> set[Finding]:
    """Every forbidden name in some files; paths are told from ``root``."""
    found: set[Finding] = set()
    for path in files:
        found |= judged(str(path.relative_to(root)), names_of(path))
    return found
