"""The door of cameras: credentials go in and come out for the pipeline alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

from beffroi.govern.passage import Passage, Writing
from beffroi.govern.payloads import status_json
from beffroi.govern.rights import Actor, Right
from beffroi.keep.store import cameras
from beffroi.sense.failures import split_credentials
from beffroi.vocabulary.camera import Camera, CameraStatus, StreamKind, StreamSpec
from beffroi.vocabulary.errors import ConflictError, InvalidInputError, NotFoundError

_CAMERA_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class Cameras:
    """Cameras, their states and figures."""

    def __init__(self, passage: Passage) -> None:
        self._passage = passage

    def all(self, actor: Actor) -> list[Camera]:
        """Every camera, by name, without credentials."""
        with self._passage.reading(actor, Right.SEE_CAMERAS) as connection:
            return cameras.all_cameras(connection)

    def get(self, actor: Actor, camera_id: str) -> Camera:
        """One camera, without credentials.

        Raises:
            NotFoundError: no such camera.
        """
        with self._passage.reading(actor, Right.SEE_CAMERAS) as connection:
            found = cameras.get_camera(connection, camera_id)
        if found is None:
            raise _unknown(camera_id)
        return found

    def has_credentials(self, actor: Actor, camera_id: str) -> tuple[bool, bool]:
        """Whether the main stream and the substream have credentials; never which."""
        with self._passage.reading(actor, Right.SEE_CAMERAS) as connection:
            known = cameras.credentials(connection, camera_id)
        return ("main" in known, "sub" in known)

    def add(self, actor: Actor, camera: Camera) -> Camera:
        """Add a camera; what comes back has no credentials.

        Raises:
            InvalidInputError: a field cannot be used; says which and how to mend it.
            ConflictError: the id is taken.
        """
        check_camera(camera)
        with self._editing(actor, camera.camera_id, "add_camera") as writing:
            if camera.camera_id in cameras.names(writing.connection):
                raise ConflictError(f"there is, or was, a camera {camera.camera_id!r}: choose another id")
            cameras.insert_camera(writing.connection, camera, writing.now)
        return cameras.without_credentials(camera)

    def change(self, actor: Actor, camera: Camera, *, keep_credentials: bool = True) -> Camera:
        """Write over a camera. A stream that comes with neither user name nor password keeps those it has,
        unless its address leads elsewhere: credentials never follow a stream to another host.

        Raises:
            InvalidInputError: a field cannot be used.
            NotFoundError: no such camera.
        """
        check_camera(camera)
        with self._editing(actor, camera.camera_id, "change_camera") as writing:
            before = cameras.get_camera(writing.connection, camera.camera_id)
            if before is None:
                raise _unknown(camera.camera_id)
            pairs = {"main": (before.main, camera.main), "sub": (before.sub, camera.sub)}
            kept = {stream for stream, (old, new) in pairs.items() if keep_credentials and _keeps(old, new)}
            cameras.change_camera(writing.connection, camera, writing.now, keeping=kept)
        return cameras.without_credentials(camera)

    def remove(self, actor: Actor, camera_id: str) -> None:
        """Take a camera away; its past alerts still name it, its credentials are forgotten.

        Raises:
            NotFoundError: no such camera.
        """
        with self._editing(actor, camera_id, "remove_camera") as writing:
            if not cameras.remove_camera(writing.connection, camera_id, writing.now):
                raise _unknown(camera_id)

    def for_watching(self, actor: Actor) -> list[Camera]:
        """Every camera with its credentials: for the pipeline, never for a screen."""
        with self._passage.reading(actor, Right.RUN_PIPELINE) as connection:
            return [cameras.with_credentials(connection, one) for one in cameras.all_cameras(connection)]

    def credentials_of(self, actor: Actor, camera_id: str, stream: str) -> tuple[str, str]:
        """User name and password of a stream ("main", "sub"), to try that stream again: send them nowhere else."""
        with self._passage.reading(actor, Right.EDIT_CAMERAS, f"camera:{camera_id}") as connection:
            return cameras.credentials(connection, camera_id).get(stream, ("", ""))

    def viewed_live(self, actor: Actor, camera_id: str) -> Camera:
        """Let somebody see the live picture; the viewing is traced.

        Raises:
            NotFoundError: no such camera.
        """
        about = f"camera:{camera_id}"
        with self._passage.writing(actor, Right.SEE_LIVE, about, act="see_live") as writing:
            found = cameras.get_camera(writing.connection, camera_id)
            if found is None:
                raise _unknown(camera_id)
        return found

    def statuses(self, actor: Actor) -> dict[str, CameraStatus]:
        """The last known state of each camera that ever had one."""
        with self._passage.reading(actor, Right.SEE_CAMERAS) as connection:
            return cameras.statuses(connection)

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
            return cameras.get_counters(connection, camera_id)

    @contextmanager
    def _editing(self, actor: Actor, camera_id: str, act: str) -> Iterator[Writing]:
        about = f"camera:{camera_id}"
        with self._passage.writing(actor, Right.EDIT_CAMERAS, about, act=act) as writing:
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


def _unknown(camera_id: str) -> NotFoundError:
    return NotFoundError(f"there is no camera {camera_id!r}")
