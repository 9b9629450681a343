"""Cameras on this machine's own bus (Video4Linux).

Cameras that compress themselves are read as they are; raw pictures are coded to JPEG once, here, so that all that
follows gets coded pictures.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import stat
from typing import Any

from beffroi.sense.dialling import open_container
from beffroi.vocabulary.camera import StreamSpec
from beffroi.vocabulary.errors import SourceError, SourceLostError, SourceRefusedError, SourceUnreadableError

_QUERYCAP = 0x80685600
"""VIDIOC_QUERYCAP. Source: linux/videodev2.h."""

_CAPTURES = 0x1
_FORMATS = ("h264", "mjpeg", "")


def device_path(url: str) -> str:
    """The device of an address: a path, or a bare number.

    >>> device_path("0"), device_path("usb:///dev/video2")
    ('/dev/video0', '/dev/video2')
    """
    bare = re.sub(r"^(usb|v4l2|file)://", "", url)
    return f"/dev/video{bare}" if bare.isdigit() else bare


def checked_device(path: str) -> None:
    """Refuse what is no camera before libav sees it.

    Raises:
        SourceError: missing, not permitted, in use, or not a camera.
    """
    address = path
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - a device, not a file
        handle = os.open(path, os.O_RDWR | os.O_NONBLOCK) if stat.S_ISCHR(mode) else -1
    except FileNotFoundError:
        raise SourceLostError(f"{address} does not exist: is the camera plugged in? See 'ls /dev/video*'") from None
    except PermissionError:
        text = f"{address} may not be read by this account: add it to the group 'video'"
        raise SourceRefusedError(text) from None
    except OSError as error:
        if error.errno == errno.EBUSY:
            raise SourceLostError(f"{address} is in use by another program") from None
        raise SourceUnreadableError(f"{address} is no camera: give a device such as /dev/video0") from None
    if handle < 0:
        raise SourceUnreadableError(f"{address} is no camera but a file or folder: give a device such as /dev/video0")
    try:
        answer = bytearray(104)
        fcntl.ioctl(handle, _QUERYCAP, answer)
    except OSError:
        answer = bytearray(104)
    finally:
        os.close(handle)
    capabilities = int.from_bytes(answer[88:92], "little") or int.from_bytes(answer[84:88], "little")
    if not capabilities & _CAPTURES:
        raise SourceUnreadableError(f"{address} is a device but no camera: give another, such as /dev/video0")


def dial(spec: StreamSpec) -> tuple[Any, Any]:
    """(container, video stream) of a camera; its own compression is preferred.

    Raises:
        SourceError: missing, refused, or not a camera.
    """
    path = device_path(spec.url)
    checked_device(path)
    last: SourceError | None = None
    for form in _FORMATS:
        options = {"input_format": form} if form else {}
        try:
            return open_container(
                path, path, timeouts_s=(spec.open_timeout_s, spec.read_timeout_s), format="v4l2", options=options
            )
        except SourceError as error:
            last = error
    raise last or SourceUnreadableError(f"{path} gives no video")
