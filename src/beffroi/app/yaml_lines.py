"""YAML with the line of every key, so that a mistake can be pointed at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from beffroi.vocabulary.errors import InvalidInputError

Lines = dict[tuple[str | int, ...], int]


def read_yaml(path: Path) -> tuple[dict[str, Any], Lines]:
    """The mapping a file holds, and the line (from 1) of each key path in it. An empty file is an empty mapping.

    Raises:
        InvalidInputError: unreadable, not YAML, not a mapping, or a key is given twice.
    """
    try:
        text = path.read_text("utf-8")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except UnicodeDecodeError:
        raise InvalidInputError("is not UTF-8 text", where=str(path), mend="Save the file as UTF-8.") from None
    except OSError as error:
        mend = "Check that the file may be read."
        raise InvalidInputError(f"cannot be read: {error.strerror}", where=str(path), mend=mend) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        mend = "Check indentation, colons and quotes on this line and the one before."
        raise InvalidInputError(f"is not YAML: {error.problem}", where=f"{path}:{line}", mend=mend) from None
    if root is None:
        return {}, {}
    if not isinstance(root, yaml.MappingNode):
        raise InvalidInputError("is not a mapping of settings", where=f"{path}:1", mend="Write `group:` lines.")
    lines: Lines = {}
    _walk(root, (), lines, path)
    return yaml.safe_load(text), lines


def _walk(node: yaml.Node, at: tuple[str | int, ...], lines: Lines, path: Path) -> None:
    """Note the line of each key below a node."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*at, str(key.value))
            line = key.start_mark.line + 1
            if here in lines:
                where = f"{path}:{line}"
                raise InvalidInputError(f"key {key.value!r} is given twice", where=where, mend="Keep one of them.")
            lines[here] = line
            _walk(value, here, lines, path)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            lines[(*at, index)] = value.start_mark.line + 1
            _walk(value, (*at, index), lines, path)
