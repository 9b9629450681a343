"""Who stays in place, where and since when: what standing groups and stopped vehicles have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from beffroi.judge.lineage import Seen
from beffroi.vocabulary.judgement import Box
from beffroi.vocabulary.picture import ObjectClass
from beffroi.vocabulary.time import UtcNs, seconds_to_ns

Gap = Callable[[Box, Box], float]
"""Distance between two boxes in the thing's own sizes."""

GLITCH_S = 0.8
"""A box that strays and is back within this has not moved: something passed in front. Source: our choice, ADR 31."""
ALIKE = 1.6
"""By what factor a thing's height may differ and still be the same at the same place. Source: our choice, ADR 31."""


@dataclass(slots=True, kw_only=True)
class Stay:
    """One thing in one place. ``born`` is the box in which it was first seen at all, ``home`` where it stays.

    ``since`` is when it came to stay, ``seen_at`` when it was last seen, ``astray_at`` when its box began to stray
    from home (None while it is there). ``episode`` is the key of the episode it belongs to, if any.
    """

    key: str
    object_class: ObjectClass
    born: Box
    home: Box
    box: Box
    score: float
    track_id: str
    since: UtcNs
    seen_at: UtcNs
    astray_at: UtcNs | None = None
    episode: str = ""


class Stillness:
    """Remembers each thing's place. One that is lost in place is remembered for a while: whoever is found at that
    very place then is it. One that was seen to move off is not remembered there.
    """

    def __init__(self, *, gap: Gap, radius: float, remember_s: float) -> None:
        self._gap = gap
        self._radius = radius
        self._remember_ns = seconds_to_ns(remember_s)
        self._stays: dict[str, Stay] = {}

    def clear(self) -> None:
        """Forget everything."""
        self._stays.clear()

    def step(self, seen: Sequence[Seen], now: UtcNs) -> list[Stay]:
        """The stays as they are now: of the things seen, and of those lost in place not long ago."""
        present = {thing.key for thing in seen}
        for thing in seen:
            stay = self._stays.get(thing.key) or self._found_again(thing, present, now)
            if stay is None:
                self._stays[thing.key] = _newly(thing, now)
            else:
                self._follow(stay, thing, now)
        # Lost on the move: nobody waits there. Lost in place: remembered.
        self._stays = {
            key: stay
            for key, stay in self._stays.items()
            if now - stay.seen_at <= (self._remember_ns if stay.astray_at is None else seconds_to_ns(GLITCH_S))
        }
        return list(self._stays.values())

    def _found_again(self, thing: Seen, present: set[str], now: UtcNs) -> Stay | None:
        """The stay of a thing lost at the place where this one has just been found, now under the new key."""
        best: tuple[float, Stay] | None = None
        for key, stay in self._stays.items():
            if key in present or stay.seen_at >= now or stay.object_class is not thing.state.object_class:
                continue
            gap = self._gap(stay.home, thing.box)
            if gap <= self._radius and _alike(stay.home, thing.box) and (best is None or gap < best[0]):
                best = (gap, stay)
        if best is None:
            return None
        stay = best[1]
        del self._stays[stay.key]
        stay.key = thing.key
        self._stays[thing.key] = stay
        return stay

    def _follow(self, stay: Stay, thing: Seen, now: UtcNs) -> None:
        if self._gap(stay.home, thing.box) <= self._radius:
            stay.astray_at = None
        else:
            stay.astray_at = now if stay.astray_at is None else stay.astray_at
            if now - stay.astray_at >= seconds_to_ns(GLITCH_S):
                stay.home, stay.since, stay.astray_at, stay.episode = thing.box, now, None, ""
        stay.box, stay.score, stay.seen_at = thing.box, thing.state.score, now
        stay.track_id = thing.state.track_id


def _newly(thing: Seen, now: UtcNs) -> Stay:
    return Stay(
        key=thing.key,
        object_class=thing.state.object_class,
        born=thing.box,
        home=thing.box,
        box=thing.box,
        score=thing.state.score,
        track_id=thing.state.track_id,
        since=now,
        seen_at=now,
    )


def _alike(first: Box, second: Box) -> bool:
    """Whether two boxes may be the same thing at the same place."""
    one, other = first[3] - first[1], second[3] - second[1]
    return one > 0 and other > 0 and 1 / ALIKE <= one / other <= ALIKE
