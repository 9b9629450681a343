"""Pictures out of a multipart/x-mixed-replace body, whatever sizes it arrives in; bounded.

Source: RFC 2046, section 5.1; cameras break it in every way, so the boundary is a hint and the JPEG's own end counts.
"""

from __future__ import annotations

MAX_PICTURE_BYTES = 16 << 20
MAX_HEAD_BYTES = 16 << 10

_START, _END = b"\xff\xd8\xff", b"\xff\xd9"


class BrokenMultipartError(Exception):
    """The body holds no pictures, or one larger than is taken."""


class MultipartReader:
    """Takes bytes, gives whole JPEG files. With a Content-Length a part is cut by it, else by the JPEG's end mark."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._wanted: int | None = None
        self._searched = 0

    def push(self, data: bytes) -> list[bytes]:
        """The pictures completed by these bytes.

        Raises:
            BrokenMultipartError: nothing that looks like a picture within 16 KiB, or one above 16 MiB.
        """
        self._held += data
        pictures: list[bytes] = []
        while (picture := self._next()) is not None:
            pictures.append(picture)
        return pictures

    def _next(self) -> bytes | None:
        if self._wanted is None and not self._begin():
            return None
        size = self._wanted or 0
        if size:
            if len(self._held) < size:
                return None
            end = size
        else:
            found = _picture_end(self._held, self._searched)
            if found is None:
                self._searched = max(0, len(self._held) - 1)
                if len(self._held) > MAX_PICTURE_BYTES:
                    raise BrokenMultipartError(f"a picture larger than {MAX_PICTURE_BYTES >> 20} MiB")
                return None
            end = found
        picture = bytes(self._held[:end])
        del self._held[:end]
        self._wanted, self._searched = None, 0
        return picture

    def _begin(self) -> bool:
        """Skip to the next picture's first byte; learn its announced length."""
        at = self._held.find(_START)
        if at < 0:
            if len(self._held) > MAX_HEAD_BYTES:
                raise BrokenMultipartError("no JPEG picture in it")
            return False
        if at > MAX_HEAD_BYTES:
            raise BrokenMultipartError("no JPEG picture in it")
        announced = _content_length(bytes(self._held[:at]))
        if announced > MAX_PICTURE_BYTES:
            raise BrokenMultipartError(f"a picture larger than {MAX_PICTURE_BYTES >> 20} MiB")
        del self._held[:at]
        self._wanted, self._searched = announced, 0
        return True


def _content_length(head: bytes) -> int:
    """The last Content-Length of a part's head; 0 when there is none that can be believed."""
    length = 0
    for line in head.lower().splitlines():
        name, colon, value = line.partition(b":")
        if colon and name.strip() == b"content-length" and value.strip().isdigit() and len(value) < 12:
            length = int(value)
    return length


def _picture_end(data: bytearray, start: int) -> int | None:
    """Where the JPEG at the front ends; a thumbnail inside its head has an end mark of its own, which is passed by."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    if at + 4 > len(data):
        return None
    found = data.find(_END, max(start, at))
    return None if found < 0 else found + len(_END)
