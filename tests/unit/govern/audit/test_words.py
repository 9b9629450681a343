"""Every act that the sources can write into the journal has words, on paper and on screen."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from beffroi.govern.audit.words import ACTS, RIGHTS, ROLES, act_words, role_words
from beffroi.govern.rights import Right, Role

ROOT = Path(__file__).resolve().parents[4]
SOURCES = ROOT / "src" / "beffroi"
PLACE = {"trace": 0, "refused": 1, "_editing": 2}
"""Calls that take the act by place, and which."""


def named(node: ast.expr) -> Iterator[str]:
    """The texts that an expression can be: itself, or either end of a condition."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from named(node.body)
        yield from named(node.orelse)


def acts_of(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            places = [word.value for word in node.keywords if word.arg == "act"]
            at = PLACE.get(called)
            places += [] if at is None else node.args[at : at + 1]
            for place in places:
                yield from named(place)
        elif isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id == "act" for to in node.targets):
            yield from named(node.value)


def written() -> set[str]:
    """The acts written anywhere in the sources, and the rights, which name refusals."""
    found = {right.value for right in Right}
    for path in SOURCES.rglob("*.py"):
        found.update(one for one in acts_of(ast.parse(path.read_text("utf-8"))) if one)
    return found


def test_the_search_finds_each_manner_of_writing_an_act() -> None:
    assert {"open_case", "verify_journal", "add_camera", "forged_request", "refuse_request", "rotate_key"} <= written()


def test_every_act_has_words_on_paper() -> None:
    assert {act for act in written() if act not in ACTS and act not in RIGHTS} == set()
    assert set(ROLES) == {role.value for role in Role}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_act_has_the_same_words_on_screen(language: str) -> None:
    text = (ROOT / "web" / "src" / "i18n" / language / "journal.ts").read_text("utf-8")
    shown = dict(re.findall(r"'act\.(\w+)': '([^']+)',", text))
    assert {act for act in written() if act not in shown} == set()
    both = set(shown) & (set(ACTS) | set(RIGHTS))
    assert {act: shown[act] for act in both if shown[act] != act_words(act, language)} == {}


def test_what_has_no_words_is_written_as_it_is() -> None:
    assert act_words("of_a_later_version", "fr") == "of_a_later_version"
    assert role_words("of_a_later_version", "fr") == "of_a_later_version"
