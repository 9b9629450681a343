"""Masks, blur and its lifting on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from beffroi.govern.privacy import BlurLift, Changed, Hidden, PrivacyStanding
from beffroi.govern.sensitive import SensitiveRequest
from beffroi.serve.wire.form import Instant, Wire, example
from beffroi.serve.wire.rules import ShapeIn
from beffroi.vocabulary.rules import Zone
from beffroi.vocabulary.time import iso_utc

MASK_EXAMPLE = {"points": [[0.1, 0.1], [0.3, 0.1], [0.3, 0.4]]}
REQUEST_EXAMPLE = {
    "request_id": "request-5f1c",
    "state": "waiting",
    "why": "The house was pulled down",
    "masks": [],
    "blur": True,
    "expires_at": "2026-05-05T21:00:00.000Z",
}


class LiftIn(Wire):
    """Why people must be seen, and for how many minutes (as long as allowed when left out)."""

    model_config = example(why="Is the man on the ground hurt?", minutes=5)

    why: Annotated[str, Field(min_length=1, max_length=600)]
    minutes: Annotated[float, Field(gt=0, le=1440)] | None = None


class LiftOut(Wire):
    """A picture that this person sees without blur, until when. It ends by itself."""

    model_config = example(
        lift_id="lift-8c1d",
        about="camera:mairie-nord",
        camera_id="mairie-nord",
        why="Is the man on the ground hurt?",
        from_at="2026-05-04T21:00:00.000Z",
        until_at="2026-05-04T21:05:00.000Z",
    )

    lift_id: str
    about: str
    camera_id: str
    why: str
    from_at: Instant
    until_at: Instant


class PrivacyIn(Wire):
    """What is to be hidden. `request_id`: the request that a second person agreed to, where less is hidden."""

    model_config = example(masks=[MASK_EXAMPLE], blur=True, why="The balcony of number 12", request_id="")

    masks: Annotated[tuple[ShapeIn, ...], Field(max_length=50)]
    blur: bool
    why: Annotated[str, Field(min_length=1, max_length=600)]
    request_id: Annotated[str, Field(max_length=64)] = ""

    def hidden(self) -> Hidden:
        """The noun."""
        return Hidden(masks=tuple(Zone(points=shape.points) for shape in self.masks), blur=self.blur)


class LessHiddenOut(Wire):
    """A request of this person to hide less, and where it stands: `waiting`, or `seconded`: then it can be done."""

    model_config = example(**REQUEST_EXAMPLE)

    request_id: str
    state: str
    why: str
    masks: tuple[ShapeIn, ...]
    blur: bool
    expires_at: Instant


class PrivacyOut(Wire):
    """What is hidden on a camera: masks from everybody, people and plates (`blur`) from those without the right.

    `done` is false when a change waits for a second person: then `request` says which.
    """

    model_config = example(camera_id="mairie-nord", masks=[MASK_EXAMPLE], blur=True, request=REQUEST_EXAMPLE, done=True)

    camera_id: str
    masks: tuple[ShapeIn, ...]
    blur: bool
    request: LessHiddenOut | None
    done: bool


def lift_out(lift: BlurLift) -> LiftOut:
    """A lift on the wire."""
    return LiftOut(
        lift_id=lift.lift_id,
        about=lift.about,
        camera_id=lift.camera_id,
        why=lift.why,
        from_at=iso_utc(lift.from_at),
        until_at=iso_utc(lift.until_at),
    )


def privacy_out(standing: PrivacyStanding, *, done: bool = True) -> PrivacyOut:
    """What is hidden, on the wire."""
    return PrivacyOut(
        camera_id=standing.camera.camera_id,
        masks=tuple(ShapeIn(points=zone.points) for zone in standing.hidden.masks),
        blur=standing.hidden.blur,
        request=_request_out(standing.request) if standing.request else None,
        done=done,
    )


def changed_out(changed: Changed) -> PrivacyOut:
    """What became of a change, on the wire."""
    return privacy_out(changed.standing, done=changed.done)


def _request_out(request: SensitiveRequest) -> LessHiddenOut:
    return LessHiddenOut(
        request_id=request.request_id,
        state=request.state.value,
        why=request.why,
        masks=tuple(ShapeIn(points=points) for points in request.payload["masks"]),
        blur=bool(request.payload["blur"]),
        expires_at=iso_utc(request.expires_at),
    )
