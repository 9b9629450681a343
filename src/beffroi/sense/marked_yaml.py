"""YAML that remembers its lines, so that whoever wrote a fault is told where; bounded against hostile files."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import yaml

from beffroi.vocabulary.errors import SceneError
from beffroi.vocabulary.time import UtcNs, utc_ns

MAX_BYTES = 256 * 1024
MAX_DEPTH = 20
MAX_NODES = 20_000

_LOADER = yaml.SafeLoader
_RESOLVE = yaml.SafeLoader("")
_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A node of the file: what is there and where. A reading that fails raises SceneError with file, line and key."""

    file: str
    path: str
    node: Any

    @property
    def where(self) -> str:
        """File, line and key path."""
        place = f"{self.file}:{self.node.start_mark.line + 1}"
        return f"{place} ({self.path})" if self.path else place

    def fault(self, what: str, mend: str = "") -> SceneError:
        """The error that names this place."""
        return SceneError(what, where=self.where, mend=mend)

    def mapping(self, allowed: Sequence[str], required: Sequence[str] = ()) -> dict[str, Spot]:
        """Key → spot, for a mapping that knows only the ``allowed`` keys."""
        names = ", ".join(allowed)
        if not isinstance(self.node, yaml.MappingNode):
            raise self.fault(f"{self._shown()} where keys were expected", f"Allowed keys: {names}.")
        found: dict[str, Spot] = {}
        for key_node, value_node in self.node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else "[...]"
            here = Spot(file=self.file, path=self._under(f".{key}"), node=key_node)
            if key not in allowed:
                raise here.fault(f"unknown key {key!r}", f"Allowed keys: {names}.")
            if key in found:
                raise here.fault(f"key {key!r} is given twice", "Keep one of them.")
            found[key] = Spot(file=self.file, path=here.path, node=value_node)
        for key in required:
            if key not in found:
                raise self.fault(f"key {key!r} is missing", f"Give {key!r}; allowed keys: {names}.")
        return found

    def entries(self) -> dict[str, Spot]:
        """Key → spot, for a mapping whose keys the caller checks."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.fault(f"{self._shown()} where keys were expected", "Write 'name: value' lines.")
        keys = [key.value if isinstance(key, yaml.ScalarNode) else "[...]" for key, _ in self.node.value]
        return self.mapping(keys)

    def items(self, what: str) -> list[Spot]:
        """The spots of a list."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.fault(f"{self._shown()} where a list of {what} was expected", "Write a list, [a, b] or '- a'.")
        return [Spot(file=self.file, path=f"{self.path}[{i}]", node=n) for i, n in enumerate(self.node.value)]

    def text(self, what: str = "a text") -> str:
        """A text that is not empty; numbers and dates are taken as written."""
        if not isinstance(self.node, yaml.ScalarNode) or not self.node.value.strip() or self._tag() == "null":
            raise self.fault(f"{self._shown()} where {what} was expected", f"Give {what}.")
        return str(self.node.value)

    def one_of(self, choices: Sequence[str]) -> str:
        """A text out of a few."""
        value = self.node.value if isinstance(self.node, yaml.ScalarNode) else None
        if value not in choices:
            raise self.fault(f"{self._shown()} is not known here", f"Use one of {', '.join(choices)}.")
        return str(value)

    def number(self, minimum: float = -math.inf, maximum: float = math.inf) -> float:
        """A finite number in a closed range."""
        allowed = "Give a number."
        if minimum > -math.inf:
            allowed = (
                f"Give a number from {minimum:g} to {maximum:g}."
                if maximum < math.inf
                else (f"Give a number from {minimum:g} up.")
            )
        value = self.scalar()
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.fault(f"{self._shown()} is not a number", allowed)
        try:
            number = float(value)
        except OverflowError:
            raise self.fault("the number is too large", allowed) from None
        if not math.isfinite(number) or not minimum <= number <= maximum:
            raise self.fault(f"{self._shown()} is out of range", allowed)
        return number

    def boolean(self) -> bool:
        """A truth value: true or false."""
        value = self.scalar()
        if not isinstance(value, bool):
            raise self.fault(f"{self._shown()} is neither true nor false", "Use true or false.")
        return value

    def instant(self) -> UtcNs:
        """An instant: a date (its begin, UTC) or a date and time with its zone."""
        mend = "Write 2026-01-31 or 2026-01-31T18:00:00+01:00."
        value = self.node.value if isinstance(self.node, yaml.ScalarNode) else ""
        try:
            if len(value) == 10:
                return utc_ns(datetime.combine(date.fromisoformat(value), time(tzinfo=UTC)))
            return utc_ns(datetime.fromisoformat(value))
        except (ValueError, OverflowError):
            raise self.fault(f"{self._shown()} is no date with a time zone", mend) from None

    def scalar(self) -> float | bool | str | None:
        """A plain value, typed as YAML types it; other types are left as text."""
        if not isinstance(self.node, yaml.ScalarNode):
            raise self.fault(f"{self._shown()} where a single value was expected", "Give one value.")
        text = self.node.value
        try:
            if self._tag() == "bool":
                return bool(_RESOLVE.construct_yaml_bool(self.node))
            if self._tag() == "int":
                return int(text, 10)
            if self._tag() == "float":
                return float(_RESOLVE.construct_yaml_float(self.node))
        except (ValueError, yaml.YAMLError):
            raise self.fault(f"{self._shown()} cannot be read as a number", "Write it in decimal, as 12.5.") from None
        return None if self._tag() == "null" else str(text)

    def _tag(self) -> str:
        return str(self.node.tag).removeprefix(_TAG)

    def _under(self, key: str) -> str:
        return (self.path + key).lstrip(".")

    def _shown(self) -> str:
        if isinstance(self.node, yaml.MappingNode):
            return "keys"
        if isinstance(self.node, yaml.SequenceNode):
            return "a list"
        return repr(self.node.value[:60]) if self.node.value else "nothing"


def read_yaml(path: Path) -> Spot:
    """The root of a YAML file of one document.

    Raises:
        SceneError: missing, unreadable, too large, too deep, with aliases or tags of its own, or not YAML.
    """
    file = str(path)
    try:
        with path.open("rb") as handle:
            raw = handle.read(MAX_BYTES + 1)
    except OSError as error:
        raise SceneError(f"cannot be read: {error.strerror}", where=file, mend="Check the path.") from None
    return parse_yaml(raw, file)


def parse_yaml(raw: bytes, file: str) -> Spot:
    """The root of a YAML text, named ``file`` in errors.

    Raises:
        SceneError: as ``read_yaml``.
    """
    if len(raw) > MAX_BYTES:
        raise SceneError(f"larger than {MAX_BYTES // 1024} KiB", where=file, mend="A scene is a few pages at most.")
    try:
        text = raw.decode("utf-8")
        _bounded(text, file)
        node = yaml.compose(text, Loader=_LOADER)
    except UnicodeDecodeError:
        raise SceneError("not a text file", where=file, mend="Save it as UTF-8.") from None
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise SceneError(f"not YAML: {error.problem or error.context}", where=f"{file}{line}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise SceneError(f"not YAML: {type(error).__name__}", where=file, mend="Save it as plain YAML.") from None
    if node is None:
        raise SceneError("the file is empty", where=file, mend="Begin with 'format: 1'; see the examples folder.")
    return Spot(file=file, path="", node=node)


def _bounded(text: str, file: str) -> None:
    """Walk the events, which takes no recursion and expands nothing, before any tree is built."""
    depth = nodes = 0
    for event in yaml.parse(text, Loader=_LOADER):
        where = f"{file}:{event.start_mark.line + 1}" if event.start_mark else file
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise SceneError("anchors (&) and aliases (*) are not taken here", where=where, mend="Write it out.")
        tag = getattr(event, "tag", None)
        if tag and tag != "!":
            raise SceneError(f"tags like {tag[:30]!r} are not taken here", where=where, mend="Remove the tag.")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        nodes += isinstance(event, yaml.NodeEvent)
        if depth > MAX_DEPTH or nodes > MAX_NODES:
            raise SceneError("nested too deeply or too long", where=where, mend="A scene is a few pages at most.")
