"""The plug-in registry: built-ins and foreign parts register alike, as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import Any

from beffroi.ports.situation import SituationSpec
from beffroi.vocabulary.errors import PluginError
from beffroi.vocabulary.rules import Situation

API_VERSION = 1
GROUPS = ("sources", "detectors", "situations", "sensors", "sinks")


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginSpec:
    """A part on offer. ``factory`` makes it from a checked settings mapping; ``needs`` names what must be installed."""

    name: str
    group: str
    api_version: int
    factory: Callable[..., Any]
    settings: Mapping[str, Any] = field(default_factory=dict)
    licence: str = "Apache-2.0"
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenPlugin:
    """A plug-in that could not be loaded, and why: shown, never hidden."""

    name: str
    group: str
    cause: str


class Registry:
    """Plug-ins by group and name. Foreign code is loaded once, at start; a broken one is named with its cause."""

    def __init__(self) -> None:
        self._specs: dict[tuple[str, str], Any] = {}
        self.broken: list[BrokenPlugin] = []

    def add(self, group: str, name: str, spec: Any) -> None:
        """Register a part.

        Raises:
            PluginError: unknown group, name or situation taken, no specification, or made for another API version.
        """
        if group not in GROUPS:
            raise PluginError(f"plug-in group {group!r} does not exist; groups are {', '.join(GROUPS)}")
        if (group, name) in self._specs:
            raise PluginError(f"two plug-ins are called {name!r} in {group}")
        expected = SituationSpec if group == "situations" else PluginSpec
        if not isinstance(spec, expected):
            raise PluginError(f"plug-in {name!r} offers a {type(spec).__name__}, not a {expected.__name__}")
        if spec.api_version != API_VERSION:
            raise PluginError(f"plug-in {name!r} was made for API {spec.api_version}; this is API {API_VERSION}")
        if isinstance(spec, SituationSpec):
            self._refuse_second(name, spec)
        self._specs[(group, name)] = spec

    def _refuse_second(self, name: str, spec: SituationSpec) -> None:
        if not isinstance(spec.situation, Situation):
            raise PluginError(f"plug-in {name!r} watches for {spec.situation!r}, which is not in the catalogue")
        for (group, other), known in self._specs.items():
            if group == "situations" and known.situation is spec.situation:
                raise PluginError(f"plug-ins {other!r} and {name!r} both watch for {spec.situation.value}")

    def concerns(self, group: str, name: str) -> bool:
        """Whether a part of that name is there, in order or broken."""
        return (group, name) in self._specs or any((one.group, one.name) == (group, name) for one in self.broken)

    def get(self, group: str, name: str) -> Any:
        """The part of that name.

        Raises:
            PluginError: there is none, or it is broken (its cause is told).
        """
        if (group, name) in self._specs:
            return self._specs[(group, name)]
        for broken in self.broken:
            if (broken.group, broken.name) == (group, name):
                raise PluginError(f"plug-in {name!r} cannot be loaded: {broken.cause}")
        known = ", ".join(sorted(n for g, n in self._specs if g == group)) or "none"
        raise PluginError(f"no plug-in {name!r} in {group}; known: {known}")

    def names(self, group: str) -> tuple[str, ...]:
        """The names of a group, sorted."""
        return tuple(sorted(n for g, n in self._specs if g == group))

    def load_entry_points(self) -> None:
        """Add foreign plug-ins (entry points ``beffroi.<group>``); a failure is kept in ``broken``."""
        for group in GROUPS:
            for point in entry_points(group=f"beffroi.{group}"):
                try:
                    self.add(group, point.name, point.load())
                except (
                    Exception,
                    SystemExit,
                ) as error:  # foreign code may raise anything
                    cause = f"{type(error).__name__}: {error}"
                    self.broken.append(BrokenPlugin(name=point.name, group=group, cause=cause))
