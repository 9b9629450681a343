#!/usr/bin/env python3
"""The table of rooms in ARCHITECTURE.md, from the rooms' own cards. ``--write`` puts it there."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FLOORS = (
    ("cli",),
    ("app",),
    ("serve",),
    ("run",),
    ("testing",),
    ("govern",),
    ("find", "measure"),
    ("sense", "see", "judge", "keep"),
    ("geometry",),
    ("ports",),
    ("vocabulary",),
)
BEGIN, END = "<!-- rooms: made by tools/architecture_table.py -->", "<!-- end of rooms -->"


def card(room: str) -> dict[str, str]:
    """What a room says of itself: its first line and the four lines of its card."""
    source = (ROOT / "src" / "beffroi" / room / "__init__.py").read_text(encoding="utf-8")
    text = ast.get_docstring(ast.parse(source)) or ""
    lines = {"is": text.splitlines()[0].rstrip(".")}
    for key in ("Takes", "Gives"):
        found = re.search(rf"^{key}: (.+)$", text, re.MULTILINE)
        lines[key] = found.group(1).rstrip(".") if found else ""
    return lines


def table() -> str:
    """The table in Markdown, upper floors first."""
    rows = ["| floor | room | what it is | takes | gives |", "|---|---|---|---|---|"]
    for number, rooms in zip(range(len(FLOORS), 0, -1), FLOORS, strict=True):
        for room in rooms:
            said = card(room)
            rows.append(f"| {number} | `{room}` | {said['is']} | {said['Takes']} | {said['Gives']} |")
    return "\n".join([BEGIN, *rows, END])


def main() -> int:
    if "--write" in sys.argv:
        page = ROOT / "ARCHITECTURE.md"
        text = page.read_text(encoding="utf-8")
        page.write_text(text[: text.index(BEGIN)] + table() + text[text.index(END) + len(END) :], encoding="utf-8")
    else:
        print(table())
    return 0


if __name__ == "__main__":
    sys.exit(main())
