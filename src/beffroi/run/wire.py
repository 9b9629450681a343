"""The wire between server and workers: length-prefixed JSON headers with optional bytes, on a local socket.

A message is: header length (4 bytes, big endian), payload length (4 bytes), header (JSON object with "type"),
payload. Both ends belong to one machine and one account; the socket lies in a folder only that account enters,
and each end checks the other's account and, for workers, process id.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import struct
import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")

PREFIX = struct.Struct("!II")
LARGEST_HEADER = 16_000_000
LARGEST_PAYLOAD = 64_000_000


class WireError(Exception):
    """The other end sent something that is no message, or is not who it should be."""


def to_plain(value: Any) -> Any:
    """JSON-ready form of a noun: dataclasses become objects, enums their values, sets sorted lists."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(to_plain(k)): to_plain(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [to_plain(v) for v in value]
    if isinstance(value, frozenset | set):
        return sorted(to_plain(v) for v in value)
    return value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def from_plain(kind: type[T], value: Any) -> T:
    """The noun of that type from its JSON form.

    Raises:
        WireError: the form does not fit the type.
    """
    try:
        return cast(T, _build(kind, value))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise WireError(f"not a {getattr(kind, '__name__', kind)}: {type(error).__name__}") from error


def _build(kind: Any, value: Any) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _build_union(get_args(kind), value)
    if origin is tuple:
        inner = get_args(kind)
        if len(inner) == 2 and inner[1] is Ellipsis:
            return tuple(_build(inner[0], v) for v in value)
        return tuple(_build(k, v) for k, v in zip(inner, value, strict=True))
    if origin in (frozenset, set):
        return frozenset(_build(get_args(kind)[0], v) for v in value)
    if origin is not None and issubclass(origin, Mapping):
        key, inner_kind = get_args(kind)
        return {_build(key, k): _build(inner_kind, v) for k, v in value.items()}
    if isinstance(kind, typing.NewType):
        return _build(kind.__supertype__, value)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = _hints(kind)
        return kind(**{f.name: _build(hints[f.name], value[f.name]) for f in fields(kind) if f.name in value})
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    return _build_scalar(kind, value)


def _build_union(kinds: tuple[Any, ...], value: Any) -> Any:
    if value is None and type(None) in kinds:
        return None
    real = [k for k in kinds if k is not type(None)]
    if len(real) == 1:
        return _build(real[0], value)
    for kind in real:
        if isinstance(kind, type) and type(value) is kind:
            return value
    if isinstance(value, int) and not isinstance(value, bool) and float in real:
        return float(value)
    raise TypeError("no member of the union fits")


def _build_scalar(kind: Any, value: Any) -> Any:
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if kind is Any or type(value) is kind:
        return value
    raise TypeError(f"expected {kind}")


def pack(header: Mapping[str, Any], payload: bytes = b"") -> bytes:
    """A message's bytes."""
    text = json.dumps(header, separators=(",", ":")).encode()
    return PREFIX.pack(len(text), len(payload)) + text + payload


def _sizes(prefix: bytes) -> tuple[int, int]:
    header, payload = PREFIX.unpack(prefix)
    if header > LARGEST_HEADER or payload > LARGEST_PAYLOAD:
        raise WireError(f"a message of {header} + {payload} bytes")
    return header, payload


def _header(text: bytes) -> dict[str, Any]:
    try:
        header = json.loads(text)
    except ValueError as error:
        raise WireError("a header that is not JSON") from error
    if not isinstance(header, dict) or not isinstance(header.get("type"), str):
        raise WireError("a header without type")
    return header


async def receive(reader: asyncio.StreamReader) -> tuple[dict[str, Any], bytes] | None:
    """The next message, or None when the other end has gone.

    Raises:
        WireError: what came is no message.
    """
    try:
        header_bytes, payload_bytes = _sizes(await reader.readexactly(PREFIX.size))
        header = _header(await reader.readexactly(header_bytes))
        return header, await reader.readexactly(payload_bytes) if payload_bytes else b""
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


def _read_exactly(connection: socket.socket, count: int) -> bytes | None:
    parts: list[bytes] = []
    while count:
        part = connection.recv(min(count, 1 << 20))
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def receive_blocking(connection: socket.socket) -> tuple[dict[str, Any], bytes] | None:
    """The same, for the worker's own thread."""
    try:
        prefix = _read_exactly(connection, PREFIX.size)
        if prefix is None:
            return None
        header_bytes, payload_bytes = _sizes(prefix)
        text = _read_exactly(connection, header_bytes)
        payload = _read_exactly(connection, payload_bytes) if payload_bytes else b""
    except OSError:
        return None
    return None if text is None or payload is None else (_header(text), payload)


def _peer(connection: socket.socket) -> tuple[int, int]:
    found = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    pid, uid, _gid = struct.unpack("3i", found)
    return pid, uid


def peer_pid(connection: socket.socket) -> int:
    """The process at the other end of a local socket."""
    return _peer(connection)[0]


def check_peer(connection: socket.socket, *, pid: int | None = None) -> None:
    """Refuse an end that runs under another account, or is not the process expected.

    Raises:
        WireError: it is somebody else.
    """
    found_pid, found_uid = _peer(connection)
    if found_uid != os.getuid():
        raise WireError(f"a process of account {found_uid} on the workers' socket")
    if pid is not None and found_pid != pid:
        raise WireError(f"process {found_pid} on the workers' socket, expected {pid}")
