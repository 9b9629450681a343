"""Whether somebody sees people and plates clearly: one answer for live pictures, stills and evidence."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection

from beffroi.govern.rights import Actor, Right, may
from beffroi.keep.store import blur_lifts
from beffroi.keep.store.blur_lifts import BlurLift
from beffroi.vocabulary.camera import Camera
from beffroi.vocabulary.time import UtcNs


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearness:
    """``clear``: without blur. ``lift``: because it was lifted for a time."""

    clear: bool
    lift: BlurLift | None = None

    @property
    def detail(self) -> dict[str, str]:
        """For the journal: what exactly was seen."""
        seen = {"picture": "clear" if self.clear else "blurred"}
        return seen | ({"lift": self.lift.lift_id} if self.lift else {})


BLURRED = Clearness(clear=False)
CLEAR = Clearness(clear=True)


def clearness(
    connection: Connection, actor: Actor, camera: Camera | None, purposes: Collection[str], about: str, now: UtcNs
) -> Clearness:
    """How this person sees a thing ("camera:...", "alert:...") of a camera that serves some purposes.

    A camera that is gone is taken for one that shows people. Nobody needs a lift for what they see clearly anyway.
    """
    if camera is not None and not camera.blur:
        return CLEAR
    groups = camera.groups if camera is not None else ()
    standing = any(actor.sees_clear(groups, one) for one in purposes) if purposes else actor.sees_clear(groups)
    if standing:
        return CLEAR
    if not may(actor, Right.LIFT_BLUR):
        return BLURRED
    held = blur_lifts.lifts_now(connection, now, actor=actor.name, about=about)
    return Clearness(clear=True, lift=held[-1]) if held else BLURRED
