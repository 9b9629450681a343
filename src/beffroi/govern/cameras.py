"""The door of cameras: credentials go in and come out for the pipeline alone."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import Connection

from beffroi.govern.in_force import Viewing
from beffroi.govern.passage import NotAViewerError, Passage, Writing
from beffroi.govern.payloads import status_json
from beffroi.govern.rights import LOCAL_ADMINISTRATOR, Actor, Right
from beffroi.govern.sight import clearness
from beffroi.govern.widening import check_widening, told
from beffroi.keep.store import cameras
from beffroi.sense.failures import split_credentials
from beffroi.vocabulary.camera import Camera, CameraStatus, StreamKind, StreamSpec
from beffroi.vocabulary.errors import ConflictError, InvalidInputError, NotAuthorisedError, NotFoundError
from beffroi.vocabulary.time import NS_PER_S, UtcNs

_CAMERA_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_GROUP = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_GROUPS_MOST = 20
_GLANCE_NS = 600 * NS_PER_S
"""Stills of a camera that somebody sees within ten minutes are one entry of the journal."""
_NOT_LET = "no authorisation in force lets you see the live picture of this camera"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Glance:
    """When a look at stills was last traced, and under which authorisation ("": refused)."""

    at: UtcNs
    under: str


_NEVER = _Glance(at=UtcNs(-_GLANCE_NS), under="")


class Cameras:
    """Cameras, their states and figures."""

    def __init__(self, passage: Passage, data_folder: Path) -> None:
        self._passage = passage
        self._data = data_folder
        self._glances: dict[tuple[str, str], _Glance] = {}
        self._lock = threading.Lock()

    def all(self, actor: Actor) -> list[Camera]:
        """Every camera that is this person's business, by name, without credentials."""
        with self._passage.reading(actor, Right.SEE_CAMERAS) as connection:
            return [one for one in cameras.all_cameras(connection) if actor.reaches(one.groups)]

    def reached(self, actor: Actor) -> frozenset[str] | None:
        """The ids of the cameras that are this person's business; None: all there are."""
        with self._passage.reading(actor, Right.SEE_CAMERAS) as connection:
            return self._passage.reached(connection, actor)

    def get(self, actor: Actor, camera_id: str) -> Camera:
        """One camera, without credentials.

        Raises:
            NotFoundError: no such camera, or it is not this person's business.
        """
        with self._passage.reading(actor, Right.SEE_CAMERAS, f"camera:{camera_id}") as connection:
            return self._reached(connection, actor, camera_id)

    def has_credentials(self, actor: Actor, camera_id: str) -> tuple[bool, bool]:
        """Whether the main stream and the substream have credentials; never which."""
        with self._passage.reading(actor, Right.SEE_CAMERAS) as connection:
            self._passage.refuse_out_of_reach(connection, actor, camera_id)
            known = cameras.credentials(connection, camera_id)
        return ("main" in known, "sub" in known)

    def add(self, actor: Actor, camera: Camera, *, why: str = "") -> Camera:
        """Add a camera; what comes back has no credentials. Inside the perimeter of an authorisation it takes a reason
        and the right to edit authorisations.

        Raises:
            InvalidInputError: a field cannot be used, or a reason is missing; says which and how to mend it.
            NotAuthorisedError: it would be under an authorisation, and this person may edit none.
            ConflictError: the id is taken.
        """
        check_camera(camera)
        self.refuse_own_files(camera)
        with self._editing(actor, camera.camera_id) as writing:
            _check_groups(actor, camera)
            if not camera.blur and actor != LOCAL_ADMINISTRATOR:
                _refuse("blur", "a new camera shows people", "Add it, then ask on its privacy page not to blur it.")
            if camera.camera_id in cameras.names(writing.connection):
                raise ConflictError(f"there is, or was, a camera {camera.camera_id!r}: choose another id")
            said = check_widening(writing.connection, actor, (None, camera), why=why, now=writing.now)
            writing.trace("add_camera", f"camera:{camera.camera_id}", why=said, detail=told(None, camera))
            cameras.insert_camera(writing.connection, camera, writing.now)
        return cameras.without_credentials(camera)

    def change(self, actor: Actor, camera: Camera, *, why: str = "", keep_credentials: bool = True) -> Camera:
        """Write over a camera. A stream that comes with neither user name nor password keeps those it has,
        unless its address leads elsewhere: credentials never follow a stream to another host. Masks and blur stay as
        they are: they have a door of their own. A place or groups that widen what is authorised take a reason and the
        right to edit authorisations.

        Raises:
            InvalidInputError: a field cannot be used, or a reason is missing.
            NotAuthorisedError: it widens what is authorised, and this person may edit no authorisation.
            NotFoundError: no such camera.
        """
        check_camera(camera)
        self.refuse_own_files(camera)
        with self._editing(actor, camera.camera_id) as writing:
            before = self._reached(writing.connection, actor, camera.camera_id)
            _check_groups(actor, camera)
            camera = replace(camera, masks=before.masks, blur=before.blur)
            said = check_widening(writing.connection, actor, (before, camera), why=why, now=writing.now)
            writing.trace("change_camera", f"camera:{camera.camera_id}", why=said, detail=told(before, camera))
            pairs = {"main": (before.main, camera.main), "sub": (before.sub, camera.sub)}
            kept = {stream for stream, (old, new) in pairs.items() if keep_credentials and _keeps(old, new)}
            cameras.change_camera(writing.connection, camera, writing.now, keeping=kept)
        return cameras.without_credentials(camera)

    def remove(self, actor: Actor, camera_id: str) -> None:
        """Take a camera away; its past alerts still name it, its credentials are forgotten.

        Raises:
            NotFoundError: no such camera.
        """
        with self._editing(actor, camera_id) as writing:
            writing.trace("remove_camera", f"camera:{camera_id}")
            self._reached(writing.connection, actor, camera_id)
            cameras.remove_camera(writing.connection, camera_id, writing.now)

    def refuse_own_files(self, camera: Camera) -> None:
        """Do nothing unless a stream plays a file of this house's own data: evidence, recordings, keys, the store.

        Raises:
            InvalidInputError: it does; names the stream.
        """
        for where, spec in (("main", camera.main), ("sub", camera.sub)):
            if spec is not None:
                self.refuse_own_file(spec, where=f"{where}.url")

    def refuse_own_file(self, spec: StreamSpec, *, where: str = "url") -> None:
        """``refuse_own_files`` of one stream: links are followed. Errors as there."""
        if spec.kind is not StreamKind.FILE:
            return
        try:
            path = Path(spec.url.strip().removeprefix("file://")).resolve()
        except (OSError, RuntimeError, ValueError):  # a loop of links, or no text that could be a path
            path = self._data.resolve()
        if path.is_relative_to(self._data.resolve()):
            _refuse(where, "this leads into the house's own data folder, or nowhere", "Play a film from elsewhere.")

    def for_watching(self, actor: Actor) -> list[Camera]:
        """Every camera with its credentials: for the pipeline, never for a screen."""
        with self._passage.reading(actor, Right.RUN_PIPELINE) as connection:
            return [cameras.with_credentials(connection, one) for one in cameras.all_cameras(connection)]

    def credentials_of(self, actor: Actor, camera_id: str, stream: str) -> tuple[str, str]:
        """User name and password of a stream ("main", "sub"), to try that stream again: send them nowhere else."""
        with self._passage.reading(actor, Right.EDIT_CAMERAS, f"camera:{camera_id}") as connection:
            self._passage.refuse_out_of_reach(connection, actor, camera_id)
            return cameras.credentials(connection, camera_id).get(stream, ("", ""))

    def viewed_live(self, actor: Actor, camera_id: str) -> Viewing:
        """Let somebody see the live picture, clear or blurred as they may, when an authorisation in force lets them;
        the viewing is traced.

        Raises:
            NotFoundError: no such camera, or it is not this person's business.
            NotAuthorisedError: the right is missing, or no authorisation in force lets this person see this camera.
        """
        return self._viewed(actor, camera_id, kind="live")

    def may_see_live(self, actor: Actor, camera_id: str) -> Viewing:
        """Check again what ``viewed_live`` checked: for a viewing that goes on. Errors as there; nothing is traced
        but a refusal.
        """
        with self._passage.reading(actor, Right.SEE_LIVE, f"camera:{camera_id}") as connection:
            return self._viewing(connection, actor, camera_id)

    def glanced(self, actor: Actor, camera_id: str) -> Viewing:
        """Let somebody see the newest still, over and over: traced once in a while, not each time; so are refusals.
        Errors as there.
        """
        now, key = self._passage.clock(), (actor.name, camera_id)
        with self._lock:
            last = self._glances.get(key, _NEVER)
        fresh = 0 <= now - last.at < _GLANCE_NS
        with self._passage.reading(actor, Right.SEE_LIVE, f"camera:{camera_id}") as connection:
            viewing = self._best(connection, actor, camera_id)
        under = f"{viewing.authorisation_id} {viewing.clear}" if viewing is not None else ""
        if fresh and under == last.under:
            if viewing is None:
                raise NotAuthorisedError(_NOT_LET)
            return viewing
        try:
            viewing = self._viewed(actor, camera_id, kind="still")
        except NotAuthorisedError:
            self._note(key, _Glance(at=now, under=""))
            raise
        self._note(key, _Glance(at=now, under=f"{viewing.authorisation_id} {viewing.clear}"))
        return viewing

    def _note(self, key: tuple[str, str], glance: _Glance) -> None:
        """Remember what the journal has taken; never before it has: else the next still is shown unlogged."""
        with self._lock:
            self._glances = {one: last for one, last in self._glances.items() if glance.at - last.at < _GLANCE_NS}
            self._glances[key] = glance

    def _viewed(self, actor: Actor, camera_id: str, *, kind: str) -> Viewing:
        about = f"camera:{camera_id}"
        with self._passage.writing(actor, Right.SEE_LIVE, about) as writing:
            viewing = self._viewing(writing.connection, actor, camera_id)
            detail = {"authorisation": viewing.authorisation_id} | viewing.clearness.detail
            detail |= {"kind": kind} if kind != "live" else {}
            writing.trace("see_live", about, purpose=viewing.purpose_id, detail=detail)
        return viewing

    def _viewing(self, connection: Connection, actor: Actor, camera_id: str) -> Viewing:
        viewing = self._best(connection, actor, camera_id)
        if viewing is None:
            raise NotAViewerError(_NOT_LET, about=f"camera:{camera_id}", why="no_authorisation")
        return viewing

    def _best(self, connection: Connection, actor: Actor, camera_id: str) -> Viewing | None:
        """Under which authorisation somebody sees a camera now: one that shows it clearly before others."""
        found, now = self._reached(connection, actor, camera_id), self._passage.clock()
        about = f"camera:{camera_id}"
        how = [
            replace(one, clearness=clearness(connection, actor, found, (one.purpose_id,), about, now))
            for one in self._passage.in_force(connection).viewings(found, actor)
        ]
        return next((one for one in how if one.clear), how[0] if how else None)

    def statuses(self, actor: Actor) -> dict[str, CameraStatus]:
        """The last known state of each camera that ever had one, of this person's."""
        with self._passage.reading(actor, Right.SEE_CAMERAS) as connection:
            reached = self._passage.reached(connection, actor)
            known = cameras.statuses(connection)
        return {name: status for name, status in known.items() if reached is None or name in reached}

    def set_status(self, actor: Actor, status: CameraStatus) -> bool:
        """Keep a camera's state and tell it; False when the camera is gone. Told only when state or reason change."""
        with self._passage.writing(actor, Right.RUN_PIPELINE) as writing:
            if cameras.get_camera(writing.connection, status.camera_id) is None:
                return False
            before = cameras.statuses(writing.connection).get(status.camera_id)
            if before == status:
                return True
            cameras.set_status(writing.connection, status)
            if before is None or (before.state, before.reason) != (status.state, status.reason):
                writing.tell("camera.state", status_json(status))
        return True

    def record_counters(self, actor: Actor, camera_id: str, values: Mapping[str, float]) -> None:
        """Keep a camera's running figures."""
        with self._passage.writing(actor, Right.RUN_PIPELINE) as writing:
            if cameras.get_camera(writing.connection, camera_id) is not None:
                cameras.set_counters(writing.connection, camera_id, values, writing.now)

    def counters(self, actor: Actor, camera_id: str) -> dict[str, float]:
        """A camera's running figures as last told."""
        with self._passage.reading(actor, Right.SEE_CAMERAS) as connection:
            self._passage.refuse_out_of_reach(connection, actor, camera_id)
            return cameras.get_counters(connection, camera_id)

    def _reached(self, connection: Connection, actor: Actor, camera_id: str) -> Camera:
        found = cameras.get_camera(connection, camera_id)
        if found is None:
            raise NotFoundError(f"there is no camera {camera_id!r}")
        self._passage.refuse_out_of_reach(connection, actor, camera_id)
        return found

    @contextmanager
    def _editing(self, actor: Actor, camera_id: str) -> Iterator[Writing]:
        with self._passage.writing(actor, Right.EDIT_CAMERAS, f"camera:{camera_id}") as writing:
            yield writing


def check_camera(camera: Camera) -> None:
    """Do nothing when every field of a camera can be used.

    Raises:
        InvalidInputError: names the field and what is allowed.
    """
    if not _CAMERA_ID.fullmatch(camera.camera_id):
        _refuse("camera_id", f"{camera.camera_id!r} cannot be an id", "Use 1 to 64 of a-z, 0-9, dash, underscore.")
    if not camera.name.strip() or len(camera.name) > 200:
        _refuse("name", "the name is empty or longer than 200 characters", "Give the name people use.")
    if not 1.0 <= camera.analysed_fps <= 25.0:
        _refuse("analysed_fps", f"{camera.analysed_fps} frames a second", "Give a number from 1 to 25.")
    if camera.plan_xy is not None and not all(0.0 <= value <= 1.0 for value in camera.plan_xy):
        _refuse("plan_xy", f"{camera.plan_xy} is off the plan", "Give two numbers from 0 to 1.")
    if not 0.0 <= camera.heading_deg < 360.0:
        _refuse("heading_deg", f"{camera.heading_deg} is no heading", "Give degrees from 0 to 360, clockwise from up.")
    wrong = [one for one in camera.groups if not _GROUP.fullmatch(one)]
    if wrong or len(camera.groups) > _GROUPS_MOST:
        mend = f"At most {_GROUPS_MOST}, each 1 to 40 of a-z, 0-9, dash, underscore."
        _refuse("groups", f"{wrong[0]!r} cannot be a group" if wrong else "there are too many groups", mend)
    for where, spec in (("main", camera.main), ("sub", camera.sub)):
        if spec is not None:
            _check_stream(where, spec)


_SCHEMES = {StreamKind.RTSP: ("rtsp", "rtsps"), StreamKind.MJPEG: ("http", "https")}


def _check_stream(where: str, spec: StreamSpec) -> None:
    if not spec.url.strip():
        _refuse(f"{where}.url", "the address is empty", "Give the stream's address.")
    schemes = _SCHEMES.get(spec.kind)
    if schemes and split_credentials(spec.url)[0] != spec.url:
        # the address itself is not repeated: it holds a password
        _refuse(f"{where}.url", "the address holds credentials", "Put them in username and password instead.")
    if schemes and not _leads_somewhere(spec.url, schemes):
        mend = f"Begin with {schemes[0]}:// and a host name; write spaces as %20."
        _refuse(f"{where}.url", "this is not such an address", mend)
    for name, seconds in (("open_timeout_s", spec.open_timeout_s), ("read_timeout_s", spec.read_timeout_s)):
        if not 0.1 <= seconds <= 60.0:
            _refuse(f"{where}.{name}", f"{seconds} s", "Give a number from 0.1 to 60.")


def _leads_somewhere(url: str, schemes: tuple[str, ...]) -> bool:
    """Whether an address has one of the schemes, a host, a port that exists, and nothing that ends a request line."""
    try:
        parts = urlsplit(url)
        whole = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return whole and url.isprintable() and " " not in url


def _keeps(before: StreamSpec | None, given: StreamSpec | None) -> bool:
    """Whether a stream goes on to the same place, so that its credentials may go on with it."""
    return before is not None and given is not None and _place(before) == _place(given)


def _place(spec: StreamSpec) -> tuple[str, str]:
    return (spec.kind.value, urlsplit(spec.url).netloc)


def _refuse(where: str, what: str, mend: str) -> None:
    raise InvalidInputError(what, where=where, mend=mend)


def _check_groups(actor: Actor, camera: Camera) -> None:
    """Nobody puts a camera where they could not reach it themselves."""
    if not actor.reaches(camera.groups):
        mine = sorted({group for scope in actor.scopes for group in scope.groups})
        _refuse("groups", "the camera would be out of your own reach", f"Give one of {', '.join(mine) or 'none'}.")
