"""Cameras, their credentials apart, their last known states and counters."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from sqlalchemy import Connection, delete, insert, select, update

from beffroi.keep.store.rows import Document, put
from beffroi.keep.store.tables import camera_credentials, camera_states, cameras, counters
from beffroi.vocabulary.camera import Camera, CameraStatus, StreamSpec
from beffroi.vocabulary.time import UtcNs

_CAMERA = Document(Camera)
_STATUS = Document(CameraStatus)


def _bare(stream: StreamSpec) -> StreamSpec:
    return replace(stream, username="", password="")


def without_credentials(camera: Camera) -> Camera:
    """The camera as anybody may see it."""
    return replace(camera, main=_bare(camera.main), sub=_bare(camera.sub) if camera.sub else None)


def insert_camera(connection: Connection, camera: Camera, now: UtcNs) -> None:
    """Keep a new camera. Raises ConflictError through the transaction when its id is taken, removed ones included."""
    document = _CAMERA.write(without_credentials(camera))
    values = {"camera_id": camera.camera_id, "name": camera.name, "document": document}
    connection.execute(insert(cameras).values(**values, made_at=now, changed_at=now))
    _keep_credentials(connection, camera)


def change_camera(connection: Connection, camera: Camera, now: UtcNs, *, keeping: Collection[str]) -> bool:
    """Write over a camera; False when there is none. Streams in ``keeping`` that come bare keep their credentials."""
    document = _CAMERA.write(without_credentials(camera))
    done = connection.execute(
        update(cameras)
        .where(cameras.c.camera_id == camera.camera_id, cameras.c.removed_at.is_(None))
        .values(name=camera.name, document=document, changed_at=now)
    )
    if not done.rowcount:
        return False
    for stream, spec in (("main", camera.main), ("sub", camera.sub)):
        if spec is None or not (stream in keeping or spec.username or spec.password):
            _forget_credentials(connection, camera.camera_id, stream)
    _keep_credentials(connection, camera)
    return True


def remove_camera(connection: Connection, camera_id: str, now: UtcNs) -> bool:
    """Take a camera away: its alerts still name it, its credentials are gone; False when there is none."""
    done = connection.execute(
        update(cameras).where(cameras.c.camera_id == camera_id, cameras.c.removed_at.is_(None)).values(removed_at=now)
    )
    connection.execute(delete(camera_credentials).where(camera_credentials.c.camera_id == camera_id))
    connection.execute(delete(camera_states).where(camera_states.c.camera_id == camera_id))
    return bool(done.rowcount)


def get_camera(connection: Connection, camera_id: str) -> Camera | None:
    """A camera that is not removed, without credentials."""
    found = connection.execute(
        select(cameras.c.document).where(cameras.c.camera_id == camera_id, cameras.c.removed_at.is_(None))
    ).scalar_one_or_none()
    return None if found is None else _CAMERA.read(found)


def all_cameras(connection: Connection) -> list[Camera]:
    """Every camera that is not removed, by name, without credentials."""
    query = (
        select(cameras.c.document).where(cameras.c.removed_at.is_(None)).order_by(cameras.c.name, cameras.c.camera_id)
    )
    return [_CAMERA.read(document) for document in connection.execute(query).scalars()]


def groups(connection: Connection) -> dict[str, tuple[str, ...]]:
    """The groups of each camera, removed ones included: their alerts are still somebody's business."""
    rows = connection.execute(select(cameras.c.camera_id, cameras.c.document["groups"].label("groups")))
    return {row.camera_id: tuple(row.groups or ()) for row in rows}


def names(connection: Connection) -> dict[str, str]:
    """The name of each camera, removed ones included."""
    return {row.camera_id: row.name for row in connection.execute(select(cameras.c.camera_id, cameras.c.name))}


def with_credentials(connection: Connection, camera: Camera) -> Camera:
    """The camera as the pipeline needs it."""
    known = credentials(connection, camera.camera_id)
    main_name, main_word = known.get("main", ("", ""))
    sub_name, sub_word = known.get("sub", ("", ""))
    return replace(
        camera,
        main=replace(camera.main, username=main_name, password=main_word),
        sub=replace(camera.sub, username=sub_name, password=sub_word) if camera.sub else None,
    )


def credentials(connection: Connection, camera_id: str) -> dict[str, tuple[str, str]]:
    """User name and password of each stream ("main", "sub") that has them."""
    table = camera_credentials
    query = select(table.c.stream, table.c.username, table.c.password).where(table.c.camera_id == camera_id)
    return {row.stream: (row.username, row.password) for row in connection.execute(query)}


def _keep_credentials(connection: Connection, camera: Camera) -> None:
    for stream, spec in (("main", camera.main), ("sub", camera.sub)):
        if spec is not None and (spec.username or spec.password):
            key = {"camera_id": camera.camera_id, "stream": stream}
            put(connection, camera_credentials, {**key, "username": spec.username, "password": spec.password})


def _forget_credentials(connection: Connection, camera_id: str, stream: str) -> None:
    table = camera_credentials
    connection.execute(delete(table).where(table.c.camera_id == camera_id, table.c.stream == stream))


def set_status(connection: Connection, status: CameraStatus) -> None:
    """Keep the state a camera is in, so that "not watched since" survives a restart."""
    put(connection, camera_states, {"camera_id": status.camera_id, "status": _STATUS.write(status)})


def statuses(connection: Connection) -> dict[str, CameraStatus]:
    """The last known state of each camera that ever had one."""
    rows = connection.execute(select(camera_states.c.camera_id, camera_states.c.status))
    return {row.camera_id: _STATUS.read(row.status) for row in rows}


def set_counters(connection: Connection, camera_id: str, values: Mapping[str, float], now: UtcNs) -> None:
    """Keep a camera's running figures."""
    for name, value in values.items():
        put(connection, counters, {"camera_id": camera_id, "name": name, "value": float(value), "at": now})


def get_counters(connection: Connection, camera_id: str) -> dict[str, float]:
    """A camera's running figures as last told."""
    query = select(counters.c.name, counters.c.value).where(counters.c.camera_id == camera_id)
    return {row.name: row.value for row in connection.execute(query)}
