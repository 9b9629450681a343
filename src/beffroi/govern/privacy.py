"""The door of privacy: masks on homes, blur of people and plates, and the lifting of that blur for a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from beffroi.geometry.polygons import as_points, faults
from beffroi.govern.passage import Passage, Writing, new_id
from beffroi.govern.rights import SYSTEM, Actor, Right, may
from beffroi.govern.sensitive import SensitiveActs, SensitiveKind, SensitiveRequest, check_reason, payload_digest
from beffroi.govern.settings import GovernanceSettings
from beffroi.govern.sight import clearness
from beffroi.keep.privacy import uncovered
from beffroi.keep.store import alerts, blur_lifts, cameras, evidence, sensitive
from beffroi.keep.store.blur_lifts import BlurLift as BlurLift
from beffroi.keep.store.sensitive import RequestState
from beffroi.vocabulary.camera import Camera
from beffroi.vocabulary.errors import ConflictError, InvalidInputError, NotAuthorisedError, NotFoundError
from beffroi.vocabulary.rules import Zone
from beffroi.vocabulary.time import UtcNs, seconds_to_ns

MASKS_MOST, POINTS_MOST = 50, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """What is hidden in a camera's pictures: ``masks`` from everybody, people and plates where ``blur``."""

    masks: tuple[Zone, ...]
    blur: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyStanding:
    """What is hidden on a camera now, and this person's request to hide less, if one is open."""

    camera: Camera
    hidden: Hidden
    request: SensitiveRequest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What became of a wish: done, or (``request``) waiting for a second person."""

    standing: PrivacyStanding
    done: bool


class Privacy:
    """Masks, blur, and who sees without."""

    def __init__(self, passage: Passage, acts: SensitiveActs, settings: GovernanceSettings) -> None:
        self._passage, self._acts, self._settings = passage, acts, settings

    def of_camera(self, actor: Actor, camera_id: str) -> PrivacyStanding:
        """What is hidden on a camera.

        Raises:
            NotFoundError: no such camera, or it is not this person's business.
        """
        with self._passage.reading(actor, Right.EDIT_MASKS, f"camera:{camera_id}") as connection:
            return self._standing(connection, actor, camera_id)

    def change(self, actor: Actor, camera_id: str, wanted: Hidden, *, why: str, request_id: str = "") -> Changed:
        """Hide more, at once, or less: that takes a second person's agreement first, then this call again with the
        request's id. Evidence that lies on the disk is not written anew.

        Raises:
            InvalidInputError: no reason, or a mask that is no polygon; says which and how to mend it.
            NotFoundError: no such camera, or it is not this person's business.
            NotAuthorisedError: the right is missing, or the request is not one for exactly this.
            ConflictError: what is hidden has changed since it was asked.
        """
        reason, about = check_reason(why), f"camera:{camera_id}"
        check_masks(wanted.masks)
        with self._passage.reading(actor, Right.EDIT_MASKS, about) as connection:
            before = self._standing(connection, actor, camera_id).hidden
            less = _less(before, wanted)
        if less and not request_id:
            asked = self._acts.ask(
                actor, SensitiveKind.CHANGE_MASKS, about, why=reason, payload=_payload(wanted, before)
            )
            request_id = asked.request_id
            if asked.state is not RequestState.SECONDED:
                return Changed(standing=self.of_camera(actor, camera_id), done=False)
        with self._passage.writing(actor, Right.EDIT_MASKS, about) as writing:
            self._apply(writing, camera_id, wanted, reason, request_id)
        return Changed(standing=self.of_camera(actor, camera_id), done=True)

    def lift(self, actor: Actor, about: str, *, why: str, minutes: float | None = None) -> BlurLift:
        """See a camera's live picture ("camera:...") or an alert's evidence ("alert:...") without blur for a time.

        Raises:
            InvalidInputError: no reason, or a time that is too long.
            NotFoundError: no such thing, or it is not this person's business.
            ConflictError: this person sees it clearly already.
            NotAuthorisedError: the right is missing, or the authorisation does not name this person as a viewer.
        """
        reason, most = check_reason(why), self._settings.blur_lift_minutes
        asked = most if minutes is None else minutes
        if not 0 < asked <= most:
            mend = f"Give at most {most:g} minutes: it can be lifted again."
            raise InvalidInputError(f"{asked:g} minutes", where="minutes", mend=mend)
        with self._passage.writing(actor, Right.LIFT_BLUR, about) as writing:
            camera_id, camera, purposes = self._seen(writing, actor, about)
            if clearness(writing.connection, actor, camera, purposes, about, writing.now).clear:
                raise ConflictError("this is shown without blur already")
            lift = BlurLift(
                lift_id=new_id("lift"),
                actor=actor.name,
                about=about,
                camera_id=camera_id,
                purpose_id=sorted(purposes)[0] if purposes else "",
                why=reason,
                from_at=writing.now,
                until_at=UtcNs(writing.now + seconds_to_ns(asked * 60)),
            )
            blur_lifts.add_lift(writing.connection, lift)
            detail = {"lift": lift.lift_id, "minutes": f"{asked:g}", "camera": camera_id}
            writing.trace("lift_blur", about, why=reason, purpose=lift.purpose_id, detail=detail)
        return lift

    def end(self, actor: Actor, lift_id: str) -> None:
        """Blur again, before its time; one's own lifts only. One that has ended stays so.

        Raises:
            NotFoundError: this person has no such lift.
        """
        with self._passage.writing(actor, Right.LIFT_BLUR) as writing:
            lift = blur_lifts.get_lift(writing.connection, lift_id)
            if lift is None or lift.actor != actor.name:
                raise NotFoundError("you have no such lift of the blur")
            if lift.ended_at is None:
                _end(writing, lift, why="by_hand")

    def lifts(self, actor: Actor) -> list[BlurLift]:
        """What this person sees without blur for the moment."""
        with self._passage.reading(actor, Right.LIFT_BLUR) as connection:
            return blur_lifts.lifts_now(connection, self._passage.clock(), actor=actor.name)

    def tend(self) -> int:
        """Note the end of the lifts whose time is over (they ended by themselves); how many."""
        with self._passage.reading(SYSTEM, Right.RUN_PIPELINE) as connection:
            if not blur_lifts.lifts_over(connection, self._passage.clock()):
                return 0
        with self._passage.writing(SYSTEM, Right.RUN_PIPELINE) as writing:
            over = blur_lifts.lifts_over(writing.connection, writing.now)
            for lift in over:
                _end(writing, lift, why="time_over")
        return len(over)

    def _apply(self, writing: Writing, camera_id: str, wanted: Hidden, reason: str, request_id: str) -> None:
        connection, about = writing.connection, f"camera:{camera_id}"
        before = self._standing(connection, writing.actor, camera_id)
        if _less(before.hidden, wanted):
            taken = self._acts.take(writing, request_id, SensitiveKind.CHANGE_MASKS, about)
            if taken.payload.get("before") != _hidden_json(before.hidden):
                what = "the masks or the blur of this camera have changed since this was asked"
                raise ConflictError(f"{what}: look at the camera again and ask anew")
            if taken.payload_sha256 != payload_digest(_payload(wanted, before.hidden)):
                raise ConflictError("what was agreed to is something else: ask anew")
        changed = replace(before.camera, masks=wanted.masks, blur=wanted.blur)
        cameras.change_camera(connection, changed, writing.now, keeping=("main", "sub"))
        detail = {
            "masks_before": len(before.hidden.masks),
            "masks": len(wanted.masks),
            "blur": "on" if wanted.blur else "off",
            "hides": "less" if _less(before.hidden, wanted) else "more",
        }
        writing.trace(
            "change_masks", about, why=reason, detail=detail | ({"request": request_id} if request_id else {})
        )

    def _standing(self, connection: Connection, actor: Actor, camera_id: str) -> PrivacyStanding:
        found = cameras.get_camera(connection, camera_id)
        if found is None:
            raise NotFoundError(f"there is no camera {camera_id!r}")
        self._passage.refuse_out_of_reach(connection, actor, camera_id)
        now, about = self._passage.clock(), f"camera:{camera_id}"
        mine = [
            one
            for one in sensitive.requests(connection, waiting=False)
            if (one.kind, one.about, one.asked_by) == (SensitiveKind.CHANGE_MASKS.value, about, actor.name)
            and one.state in (RequestState.WAITING, RequestState.SECONDED)
            and one.expires_at > now
        ]
        hidden = Hidden(masks=found.masks, blur=found.blur)
        return PrivacyStanding(camera=found, hidden=hidden, request=mine[0] if mine else None)

    def _seen(self, writing: Writing, actor: Actor, about: str) -> tuple[str, Camera | None, set[str]]:
        """The camera a thing was seen by, and what for; refused to those who may not see it even blurred."""
        connection, (kind, _, name) = writing.connection, about.partition(":")
        wanted = Right.SEE_LIVE if kind == "camera" else Right.SEE_EVIDENCE
        if not may(actor, wanted):
            raise NotAuthorisedError(f"this needs the right {wanted.value}")
        if kind == "camera":
            camera = cameras.get_camera(connection, name)
            if camera is None:
                raise NotFoundError(f"there is no camera {name!r}")
            self._passage.refuse_out_of_reach(connection, actor, name)
            viewings = self._passage.in_force(connection).viewings(camera, actor)
            if not viewings:
                raise NotAuthorisedError("no authorisation in force lets you see this camera for your purposes")
            return name, camera, {one.purpose_id for one in viewings}
        if kind == "alert":
            record = alerts.get_alert(connection, name)
            kept = evidence.evidence_of_alert(connection, name)
            if record is None or kept is None:
                raise NotFoundError(f"there is no alert {name!r}")
            camera_id = record.alert.camera_id
            self._passage.refuse_unless_viewable(
                connection, actor, record.authorisation_id, camera_id=camera_id, about=about
            )
            return camera_id, cameras.get_camera(connection, camera_id), {kept.evidence.purpose_id}
        raise NotFoundError("blur is lifted of a camera or an alert that you may see")


def check_masks(masks: Sequence[Zone]) -> None:
    """Do nothing when every mask can be drawn.

    Raises:
        InvalidInputError: names the mask and what is allowed.
    """
    if len(masks) > MASKS_MOST:
        mend = f"Use at most {MASKS_MOST}: join those that touch."
        raise InvalidInputError(f"{len(masks)} masks", where="masks", mend=mend)
    for place, zone in enumerate(masks):
        where = f"masks.{place}"
        if not 3 <= len(zone.points) <= POINTS_MOST:
            mend = f"Use 3 to {POINTS_MOST} corners."
            raise InvalidInputError(f"{len(zone.points)} corners", where=where, mend=mend)
        if not all(0.0 <= value <= 1.0 for point in zone.points for value in point):
            raise InvalidInputError("a corner is outside the picture", where=where, mend="Use shares from 0 to 1.")
        wrong = faults(as_points(zone.points))
        if wrong:
            raise InvalidInputError(wrong[0].text, where=where, mend="Draw it so that no edge crosses another.")


def _less(before: Hidden, wanted: Hidden) -> bool:
    """Whether something would be seen that is hidden now."""
    return (before.blur and not wanted.blur) or uncovered(before.masks, wanted.masks)


def _payload(wanted: Hidden, before: Hidden) -> dict[str, object]:
    """What is asked, and of what: who agrees agrees to the step from one to the other, no other step."""
    return _hidden_json(wanted) | {"before": _hidden_json(before)}


def _hidden_json(hidden: Hidden) -> dict[str, object]:
    return {"masks": [[list(point) for point in zone.points] for zone in hidden.masks], "blur": hidden.blur}


def _end(writing: Writing, lift: BlurLift, *, why: str) -> None:
    at = min(writing.now, lift.until_at)
    blur_lifts.end_lift(writing.connection, lift.lift_id, at=UtcNs(max(at, lift.from_at)), by=writing.actor.name)
    detail = {"lift": lift.lift_id, "of": lift.actor, "camera": lift.camera_id}
    writing.trace("blur_again", lift.about, why=why, purpose=lift.purpose_id, detail=detail)
