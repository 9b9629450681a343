"""Cameras: how they are reached, where they stand, what state they are in. Credentials go in, never out."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from beffroi.govern.payloads import status_json
from beffroi.sense.failures import split_credentials, without_credentials
from beffroi.serve.wire.form import Id, Instant, Name, Share, Wire, example
from beffroi.vocabulary.camera import Camera, CameraStatus, StreamKind, StreamSpec

Url = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Group = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
"""What people's rights are given for."""

Secret = Annotated[str, StringConstraints(max_length=200)]

STREAM_EXAMPLE = {"kind": "rtsp", "url": "rtsp://10.0.4.17:554/stream1", "has_credentials": True}
STREAM_IN_EXAMPLE = {"kind": "rtsp", "url": "rtsp://10.0.4.17:554/stream1", "username": "vms", "password": "secret"}
STATUS_EXAMPLE = {
    "camera_id": "mairie-nord",
    "state": "watched",
    "reason": "none",
    "since": "2026-05-04T05:58:00.000Z",
    "detail": "",
    "analysed_fps": 5.0,
    "late_share": 0.0,
    "width_px": 768,
    "height_px": 576,
    "codec": "h264",
}


_SCHEMES = {StreamKind.RTSP: ("rtsp://", "rtsps://"), StreamKind.MJPEG: ("http://", "https://")}


class Reached(Wire):
    """Where a stream is, with its credentials. Those pasted into the address are taken out of it."""

    model_config = example(**STREAM_IN_EXAMPLE)

    kind: StreamKind
    url: Url
    username: Secret = ""
    password: Secret = Field("", repr=False)

    @model_validator(mode="before")
    @classmethod
    def _take_apart(cls, given: Any) -> Any:
        if not isinstance(given, dict) or given.get("kind") not in tuple(_SCHEMES):
            return given
        url = given.get("url")
        if not isinstance(url, str):
            return given
        bare, username, password = split_credentials(url.strip())
        if bare == url.strip():
            return given
        beside = (given.get("username") or "", given.get("password") or "")
        if any(beside) and beside != (username, password):
            raise ValueError("credentials are in the address and beside it: keep one of them")
        return {**given, "url": bare, "username": username, "password": password}

    @model_validator(mode="after")
    def _fits(self) -> Self:
        schemes = _SCHEMES.get(self.kind)
        if schemes and not self.url.startswith(schemes):
            raise ValueError(f"a {self.kind.value} address begins with {' or '.join(schemes)}")
        return self


class StreamIn(Reached):
    """How a stream is reached. Empty credentials on a change keep the former ones."""

    model_config = example(**STREAM_IN_EXAMPLE)

    loop: bool = False

    def spec(self) -> StreamSpec:
        """The stream as a noun."""
        return StreamSpec(kind=self.kind, url=self.url, username=self.username, password=self.password, loop=self.loop)


class StreamOut(Wire):
    """How a stream is reached, without its credentials."""

    model_config = example(**STREAM_EXAMPLE)

    kind: StreamKind
    url: str
    has_credentials: bool
    loop: bool = False


class StatusOut(Wire):
    """The state a camera is in, why and since when. `not_watched` is never hidden behind another state."""

    model_config = example(**STATUS_EXAMPLE)

    camera_id: str
    state: str
    reason: str
    since: Instant
    detail: str
    analysed_fps: float
    late_share: float
    width_px: int
    height_px: int
    codec: str


class CameraIn(Wire):
    """A camera as an administrator describes it."""

    model_config = example(
        camera_id="mairie-nord",
        name="Mairie, façade nord",
        place="Place de la Mairie",
        plan_xy=[0.42, 0.37],
        heading_deg=135.0,
        enabled=True,
        analysed_fps=5.0,
        groups=["centre"],
        main=STREAM_IN_EXAMPLE,
        sub=None,
        why="",
    )

    camera_id: Id | Literal[""] = ""
    name: Name
    place: Annotated[str, StringConstraints(max_length=200)] = ""
    plan_xy: tuple[Share, Share] | None = None
    heading_deg: float = Field(0.0, ge=-360, le=360)
    enabled: bool = True
    analysed_fps: float = Field(5.0, ge=1, le=25)
    groups: Annotated[tuple[Group, ...], Field(max_length=20)] = ()
    main: StreamIn
    sub: StreamIn | None = None
    why: Annotated[str, StringConstraints(max_length=500)] = Field(
        "", description="Needed when its place or groups bring it under an authorisation, or before more viewers."
    )

    def over(self, before: Camera) -> Camera:
        """The camera as it becomes; what this message does not speak of stays."""
        given = self.camera(before.camera_id)
        groups = given.groups if "groups" in self.model_fields_set else before.groups
        return replace(given, groups=groups, masks=before.masks, blur=before.blur)

    def camera(self, camera_id: str) -> Camera:
        """The camera as a noun."""
        return Camera(
            camera_id=camera_id,
            name=self.name,
            place=self.place,
            plan_xy=self.plan_xy,
            heading_deg=self.heading_deg % 360,
            enabled=self.enabled,
            analysed_fps=self.analysed_fps,
            groups=tuple(dict.fromkeys(self.groups)),
            main=self.main.spec(),
            sub=self.sub.spec() if self.sub else None,
        )


class CameraOut(Wire):
    """A camera with its state, how many rules and open alerts it has, and its running figures."""

    model_config = example(
        camera_id="mairie-nord",
        name="Mairie, façade nord",
        place="Place de la Mairie",
        plan_xy=[0.42, 0.37],
        heading_deg=135.0,
        enabled=True,
        analysed_fps=5.0,
        groups=["centre"],
        main=STREAM_EXAMPLE,
        sub=None,
        status=STATUS_EXAMPLE,
        rules=2,
        open_alerts=1,
        counters={"pelouse.inside": 1.0},
    )

    camera_id: str
    name: str
    place: str
    plan_xy: tuple[float, float] | None
    heading_deg: float
    enabled: bool
    analysed_fps: float
    groups: tuple[str, ...]
    main: StreamOut
    sub: StreamOut | None
    status: StatusOut
    rules: int
    open_alerts: int
    counters: dict[str, float]


class ProbeIn(Reached):
    """A stream to try before it is kept."""

    model_config = example(**STREAM_IN_EXAMPLE, camera_id="", stream="main")

    camera_id: Id | Literal[""] = Field("", description="Use the credentials kept for this camera when none are given.")
    stream: Literal["main", "sub"] = "main"

    def spec(self) -> StreamSpec:
        """The stream as a noun."""
        return StreamSpec(kind=self.kind, url=self.url, username=self.username, password=self.password)


class ProbeOut(Wire):
    """What a stream turned out to be; `reason` and `detail` say why it cannot be used."""

    model_config = example(ok=True, codec="h264", width_px=768, height_px=576, reason="none", detail="")

    ok: bool
    codec: str
    width_px: int
    height_px: int
    reason: str
    detail: str


def status_out(status: CameraStatus) -> StatusOut:
    """A state on the wire, as the event stream and the sinks say it too."""
    return StatusOut.model_validate(status_json(status))


def stream_out(stream: StreamSpec, *, has_credentials: bool, whole: bool) -> StreamOut:
    """A stream on the wire, never with its credentials. ``whole``: with the query of its address, in which some cameras
    want a password or token; only who may change it sees that.
    """
    url = stream.url if whole else without_credentials(stream.url)
    return StreamOut(kind=stream.kind, url=url, has_credentials=has_credentials, loop=stream.loop)
